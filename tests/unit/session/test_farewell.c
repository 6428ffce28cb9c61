#include "session/farewell.h"

#include <signal.h>
#include <sys/time.h>

#include "base/err.h"
#include "unit.h"

/* The last words. */
#define LAST "\2scp: no\n"

/*
 * How often we try what has to end within some seconds: a busy machine may
 * stand still for as long, but a program that waits does so each time.
 */
#define TRIES 5

static struct wire w;
static int ends[2]; /* ours, and that of the peer */
static struct timespec begun;

static void
meet(unsigned int idle_limit, unsigned int session_limit)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	wire_init(&w, ends[0], ends[0], idle_limit, session_limit);
	ck_assert_int_eq(wire_arm(&w), 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &begun);
}

static void
say(const char *words)
{
	ck_assert_int_eq(
	    (int)write(ends[1], words, strlen(words)), (int)strlen(words));
}

static double
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - begun.tv_sec) +
	    (double)(t.tv_nsec - begun.tv_nsec) / 1e9;
}

/* All that the peer heard; the end of what we say comes with our own. */
static const char *
heard(void)
{
	static char text[256];
	ssize_t n;

	(void)close(ends[0]);
	n = recv(ends[1], text, sizeof(text) - 1, 0);
	if (n == -1 && errno == ECONNRESET) /* not all was read */
		n = recv(ends[1], text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	(void)close(ends[1]);
	return text;
}

/* A session without limits that ends before it waited for anybody. */
static void
expect_quick(void (*session)(const char *words), const char *words)
{
	int tries = TRIES;

	do {
		ck_assert_int_gt(tries--, 0);
		meet(0, 0);
		session(words);
	} while (seconds() >= 2);
}

static void
end_after_a_line(const char *line)
{
	say(line);
	(void)shutdown(ends[1], SHUT_WR);
	farewell(&w, LAST, strlen(LAST));
	ck_assert_str_eq(heard(), LAST);
}

START_TEST(the_last_words_follow_the_first_line)
{
	static const char *const lines[] = { "C0644 2 x\n", "\n", "T\nC\nD\n",
		"half\nand half" };

	for (size_t i = 0; i < COUNT(lines); i++)
		expect_quick(end_after_a_line, lines[i]);
}
END_TEST

static void
end_without_a_line(const char *words)
{
	say(words);
	(void)shutdown(ends[1], SHUT_WR);
	farewell(&w, LAST, strlen(LAST));
	ck_assert_str_eq(heard(), "");
}

START_TEST(at_end_of_input_without_a_line_nothing_is_said)
{
	static const char *const words[] = { "", "C0644 2 x" };

	for (size_t i = 0; i < COUNT(words); i++)
		expect_quick(end_without_a_line, words[i]);
}
END_TEST

START_TEST(silence_ends_it_after_two_seconds)
{
	meet(0, 0);
	say("C0644 2 x"); /* no line */
	farewell(&w, LAST, strlen(LAST));
	ck_assert(seconds() >= 2);
	ck_assert_str_eq(heard(), LAST);
	meet(0, 0);
	farewell(&w, NULL, 0);
	ck_assert(seconds() >= 2);
	ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(a_shorter_limit_of_the_session_holds)
{
	meet(1, 0);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(seconds() < 8);
	ck_assert_uint_eq(w.idle_limit, 1);
	(void)heard();
	meet(0, 1);
	farewell(&w, LAST, strlen(LAST));
	ck_assert_uint_eq(w.session_limit, 1);
	ck_assert_str_eq(heard(), LAST);
}
END_TEST

/* Sends without end, a piece at a time, until nobody takes it. */
static void
talk_on(size_t piece, unsigned int pause)
{
	static char noise[65536];

	memset(noise, 'x', sizeof(noise));
	while (send(ends[1], noise, piece, MSG_NOSIGNAL) > 0)
		if (pause > 0)
			(void)usleep(pause);
	_exit(0);
}

static pid_t
start_talking(size_t piece, unsigned int pause)
{
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		(void)close(ends[0]);
		talk_on(piece, pause);
	}
	return pid;
}

/* The seconds that a session without limits listens to such a peer. */
static double
listen_to(size_t piece, unsigned int pause)
{
	pid_t pid;
	double took;

	meet(0, 0);
	w.rate = 1; /* nothing of it is kept: RateLimit does not hold */
	pid = start_talking(piece, pause);
	farewell(&w, LAST, strlen(LAST));
	took = seconds();
	ck_assert_str_eq(heard(), LAST);
	ck_assert_int_eq((int)waitpid(pid, NULL, 0), (int)pid);
	return took;
}

/* A peer that can't run for two seconds looks silent: it is tried again. */
START_TEST(ten_seconds_are_the_most)
{
	int tries = TRIES;

	do
		ck_assert_int_gt(tries--, 0);
	while (listen_to(1, 300000) < 9);
}
END_TEST

START_TEST(sixty_four_mebibytes_are_the_most)
{
	int tries = TRIES;

	do
		ck_assert_int_gt(tries--, 0);
	while (listen_to(65536, 0) >= 9);
}
END_TEST

static void
end_with_a_signal(const char *words)
{
	say(words);
	(void)kill(getpid(), SIGTERM);
	farewell(&w, LAST, strlen(LAST));
	ck_assert_str_eq(heard(), LAST);
}

START_TEST(a_signal_ends_it)
{
	expect_quick(end_with_a_signal, "");
}
END_TEST

static void
end_alone(const char *words)
{
	say(words);
	(void)close(ends[1]);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(w.peer_closed);
	(void)close(ends[0]);
}

START_TEST(a_peer_that_is_gone_is_not_waited_for)
{
	expect_quick(end_alone, "C0644 2 x\n");
}
END_TEST

static void
end_unread(const char *words)
{
	char left[32];

	say(words);
	(void)shutdown(ends[1], SHUT_WR);
	farewell_unread(&w, LAST, strlen(LAST));
	ck_assert_int_eq(
	    (int)read(ends[0], left, sizeof(left)), (int)strlen(words));
	ck_assert_str_eq(heard(), LAST);
}

START_TEST(where_nothing_may_be_read_nothing_is)
{
	expect_quick(end_unread, "C0644 2 x\n");
	meet(0, 0);
	farewell_unread(&w, LAST, strlen(LAST));
	ck_assert(seconds() < 8);
	ck_assert_str_eq(heard(), LAST);
}
END_TEST

/* A packet of SFTP, and what is said to a client of it. */
#define INIT  "\0\0\0\5\1\0\0\0\3"
#define GREET "\0\0\0\5\2\0\0\0\3"
#define OPEN  "\0\0\0\6\3\1\2\3\4x"

/* What a client hears that sends these packets and then ends. */
static const char *
ask(const char *packets, size_t n)
{
	const char *text;
	int tries = TRIES;

	do {
		ck_assert_int_gt(tries--, 0);
		meet(0, 0);
		ck_assert_int_eq((int)write(ends[1], packets, n), (int)n);
		(void)shutdown(ends[1], SHUT_WR);
		farewell_sftp(&w, ERR_READ_ONLY);
		text = heard();
	} while (seconds() >= 2);
	return text;
}

static void
expect_heard(const char *text, const char *answers, size_t n)
{
	ck_assert_mem_eq(text, answers, n);
	ck_assert_int_eq(text[n], '\0');
}

START_TEST(a_client_of_sftp_has_the_words_in_each_answer)
{
	/* status 4, 23 octets of words, no language */
	static const char told[] =
	    GREET "\0\0\0\050\145\1\2\3\4\0\0\0\4\0\0\0\027"
		  "uploads are not allowed\0\0\0\0"
		  "\0\0\0\050\145\1\2\3\4\0\0\0\4\0\0\0\027"
		  "uploads are not allowed\0\0\0\0";

	expect_heard(ask(INIT OPEN OPEN, sizeof(INIT OPEN OPEN) - 1), told,
	    sizeof(told) - 1);
}
END_TEST

START_TEST(after_a_failed_lstat_stat_tells_nothing)
{
	static const char asked[] = "\0\0\0\5\7\0\0\0\1"
				    "\0\0\0\5\21\0\0\0\2";
	/* attributes without any */
	static const char told[] = "\0\0\0\011\151\0\0\0\2\0\0\0\0";
	const char *text = ask(asked, sizeof(asked) - 1);

	ck_assert_int_eq(text[4], 101); /* STATUS */
	ck_assert_mem_eq(text + 44, told, sizeof(told) - 1);
}
END_TEST

START_TEST(no_packet_is_too_long_or_too_short_to_end_it)
{
	static const char *const heads[] = { "\0\0\0\4\3\0\0\0\1",
		"\377\377\377\377\3\0\0\0\1", "\4\0\0\0\3\0\0\0\1" };

	for (size_t i = 0; i < COUNT(heads); i++)
		expect_heard(ask(heads[i], 9), "", 0);
	expect_heard(ask("\0\0\0\5\3\0\0", 7), "", 0); /* cut */
}
END_TEST

START_TEST(a_silent_client_of_sftp_is_left_after_two_seconds)
{
	meet(0, 0);
	farewell_sftp(&w, ERR_READ_ONLY);
	ck_assert(seconds() >= 2);
	expect_heard(heard(), "", 0);
	meet(0, 0);
	ck_assert_int_eq((int)write(ends[1], "\0\0\0\7\3\0\0\0\1", 9), 9);
	farewell_sftp(&w, ERR_READ_ONLY); /* the rest of it does not come */
	ck_assert(seconds() >= 2);
	(void)heard();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_last_words_follow_the_first_line,
		at_end_of_input_without_a_line_nothing_is_said,
		silence_ends_it_after_two_seconds,
		a_shorter_limit_of_the_session_holds,
		ten_seconds_are_the_most,
		sixty_four_mebibytes_are_the_most,
		a_signal_ends_it,
		a_peer_that_is_gone_is_not_waited_for,
		where_nothing_may_be_read_nothing_is,
		a_client_of_sftp_has_the_words_in_each_answer,
		after_a_failed_lstat_stat_tells_nothing,
		no_packet_is_too_long_or_too_short_to_end_it,
		a_silent_client_of_sftp_is_left_after_two_seconds,
	};

	return unit_run("farewell", tests, COUNT(tests));
}
