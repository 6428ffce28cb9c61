/*
 * RateLimit.  Waiting too short is wrong by the clock; waiting too long may be
 * the machine's doing, so only ten times the time is.
 */
#include "session/wire.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "base/err.h"
#include "unit.h"

static struct wire w;

static double
now(void)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(CLOCK_MONOTONIC, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
begin(int64_t rate)
{
	wire_init(&w, -1, -1, 0, 0);
	w.rate = rate;
}

START_TEST(a_body_takes_its_time)
{
	static const struct {
		int64_t rate; /* octets a second */
		size_t piece;
		int pieces;
	} rows[] = {
		{ 1000000, 10000, 50 },	   /* half a second */
		{ 100000, 65536, 1 },	   /* in one */
		{ 1000, 1, 500 },	   /* octet by octet */
		{ 100000000, 65536, 800 }, /* and fast */
		{ 1, 1, 1 },
	};
	double begun, took, wanted;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(rows[i].rate);
		begun = now();
		for (int n = 0; n < rows[i].pieces; n++)
			ck_assert_int_eq(wire_pace(&w, rows[i].piece), 0);
		took = now() - begun;
		wanted = (double)rows[i].piece * rows[i].pieces /
		    (double)rows[i].rate;
		ck_assert_msg(took > wanted - 0.11, "row %zu: %f s for %f s", i,
		    took, wanted);
		ck_assert_msg(took < 10 * wanted + 1, "row %zu: %f s for %f s",
		    i, took, wanted);
	}
}
END_TEST

/* Records and names as well as bodies: whatever is read has its time. */
START_TEST(all_input_takes_its_time)
{
	static const char record[] = "D0755 0 name\n";
	char line[64];
	int ends[2], lines = 0;
	double begun, took;
	size_t len;

	ck_assert_int_eq(pipe(ends), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(
		    write(ends[1], record, sizeof(record) - 1), 13);
	ck_assert_int_eq(close(ends[1]), 0);
	wire_init(&w, ends[0], -1, 0, 0);
	w.rate = 20000;
	begun = now();
	while (wire_line(&w, line, sizeof(line), &len) == 0)
		lines++;
	took = now() - begun;
	ck_assert_int_eq(lines, 1000);
	ck_assert_msg(took > 0.54 && took < 7.5, "%f s", took);
	(void)close(ends[0]);
}
END_TEST

START_TEST(without_a_limit_nothing_waits)
{
	double begun = now();

	begin(0);
	for (int i = 0; i < 100000; i++)
		ck_assert_int_eq(wire_pace(&w, SIZE_MAX / 4), 0);
	ck_assert(now() - begun < 10);
}
END_TEST

/* Idle time is not saved up: a tenth of a second may be made up. */
START_TEST(after_a_pause_the_rate_is_the_same)
{
	double begun;

	begin(1000000);
	ck_assert_int_eq(wire_pace(&w, 1), 0);
	(void)usleep(500000);
	begun = now();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(wire_pace(&w, 100000), 0);
	ck_assert(now() - begun > 0.39);
}
END_TEST

/* Where the peer or the disk was slow for a moment, the rate is kept. */
START_TEST(a_short_delay_is_made_up)
{
	double begun = now(), took;

	begin(1000000);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(wire_pace(&w, 50000), 0);
		(void)usleep(20000);
	}
	took = now() - begun;
	ck_assert_msg(took > 0.39 && took < 5, "%f s", took);
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
	double begun = now();
	pid_t parent = getpid(), pid;

	ck_assert_int_eq(wire_arm(&w), 0);
	begin(1);
	if ((pid = fork()) == 0) {
		(void)usleep(200000);
		(void)kill(parent, SIGTERM);
		_exit(0);
	}
	ck_assert_int_eq(wire_pace(&w, 65536), ERR_SIGNAL);
	ck_assert(w.final_words);
	ck_assert(now() - begun < 20);
	(void)unit_wait(pid);
}
END_TEST

START_TEST(the_end_of_the_session_ends_the_wait)
{
	double begun = now();

	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, -1, -1, 0, 1);
	w.rate = 1;
	ck_assert_int_eq(wire_pace(&w, 65536), ERR_TIMEOUT);
	ck_assert(now() - begun < 20);
}
END_TEST

/* It is we who wait; the peer would be sending. */
START_TEST(waiting_is_not_the_peers_idleness)
{
	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, -1, -1, 1, 0);
	w.rate = 10;
	ck_assert_int_eq(wire_pace(&w, 35), 0);
	ck_assert(!w.final_words);
}
END_TEST

/* But with its own -l it makes us wait, and can't outlive IdleTimeout so. */
START_TEST(waiting_as_the_peer_asked_is_its_idleness)
{
	double begun = now();

	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, -1, -1, 2, 0);
	w.rate = 1;
	w.rate_is_asked = true;
	ck_assert_int_eq(wire_pace(&w, 3600), ERR_TIMEOUT);
	ck_assert(now() - begun < 40);
}
END_TEST

/* A file system that hangs lets no handler run. */
START_TEST(a_session_that_can_not_be_interrupted_is_killed)
{
	sigset_t all;
	pid_t pid;
	int status;

	if ((pid = fork()) == 0) {
		wire_init(&w, -1, -1, 0, 1);
		(void)sigfillset(&all);
		if (wire_arm(&w) != 0 ||
		    sigprocmask(SIG_SETMASK, &all, NULL) != 0)
			_exit(1);
		for (int i = 0; i < 60; i++)
			(void)sleep(1);
		_exit(2);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_body_takes_its_time,
		all_input_takes_its_time,
		without_a_limit_nothing_waits,
		after_a_pause_the_rate_is_the_same,
		a_short_delay_is_made_up,
		a_signal_ends_the_wait,
		the_end_of_the_session_ends_the_wait,
		waiting_is_not_the_peers_idleness,
		waiting_as_the_peer_asked_is_its_idleness,
		a_session_that_can_not_be_interrupted_is_killed,
	};

	return unit_run("wire_pace", tests, COUNT(tests));
}
