#include "session/farewell.h"

#include <signal.h>
#include <sys/time.h>

#include "base/err.h"
#include "unit.h"

/* The last words. */
#define LAST "\2scp: no\n"

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

START_TEST(the_last_words_follow_the_first_line)
{
	static const char *const lines[] = { "C0644 2 x\n", "\n", "T\nC\nD\n",
		"half\nand half" };

	for (size_t i = 0; i < COUNT(lines); i++) {
		meet(0, 0);
		say(lines[i]);
		(void)shutdown(ends[1], SHUT_WR);
		farewell(&w, LAST, strlen(LAST));
		ck_assert_str_eq(heard(), LAST);
		ck_assert(seconds() < 2);
	}
}
END_TEST

START_TEST(at_end_of_input_without_a_line_nothing_is_said)
{
	static const char *const words[] = { "", "C0644 2 x" };

	for (size_t i = 0; i < COUNT(words); i++) {
		meet(0, 0);
		say(words[i]);
		(void)shutdown(ends[1], SHUT_WR);
		farewell(&w, LAST, strlen(LAST));
		ck_assert_str_eq(heard(), "");
		ck_assert(seconds() < 2);
	}
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

START_TEST(ten_seconds_are_the_most)
{
	pid_t pid;

	meet(0, 0);
	pid = start_talking(1, 300000);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(seconds() >= 9);
	ck_assert_str_eq(heard(), LAST);
	ck_assert_int_eq((int)waitpid(pid, NULL, 0), (int)pid);
}
END_TEST

START_TEST(sixty_four_mebibytes_are_the_most)
{
	pid_t pid;

	meet(0, 0);
	w.rate = 1; /* nothing of it is kept: RateLimit does not hold */
	pid = start_talking(65536, 0);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(seconds() < 9);
	ck_assert_str_eq(heard(), LAST);
	ck_assert_int_eq((int)waitpid(pid, NULL, 0), (int)pid);
}
END_TEST

START_TEST(a_signal_ends_it)
{
	meet(0, 0);
	(void)kill(getpid(), SIGTERM);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(seconds() < 2);
	ck_assert_str_eq(heard(), LAST);
}
END_TEST

START_TEST(a_peer_that_is_gone_is_not_waited_for)
{
	meet(0, 0);
	say("C0644 2 x\n");
	(void)close(ends[1]);
	farewell(&w, LAST, strlen(LAST));
	ck_assert(w.peer_closed);
	ck_assert(seconds() < 2);
	(void)close(ends[0]);
}
END_TEST

START_TEST(where_nothing_may_be_read_nothing_is)
{
	char left[32];

	meet(0, 0);
	say("C0644 2 x\n");
	(void)shutdown(ends[1], SHUT_WR);
	farewell_unread(&w, LAST, strlen(LAST));
	ck_assert(seconds() < 2);
	ck_assert_int_eq((int)read(ends[0], left, sizeof(left)), 10);
	ck_assert_str_eq(heard(), LAST);
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

static void
ask(const char *packets, size_t n)
{
	ck_assert_int_eq((int)write(ends[1], packets, n), (int)n);
	(void)shutdown(ends[1], SHUT_WR);
	farewell_sftp(&w, ERR_READ_ONLY);
	ck_assert(seconds() < 2);
}

static void
must_hear(const char *answers, size_t n)
{
	const char *text = heard();

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

	meet(0, 0);
	ask(INIT OPEN OPEN, sizeof(INIT OPEN OPEN) - 1);
	must_hear(told, sizeof(told) - 1);
}
END_TEST

START_TEST(after_a_failed_lstat_stat_tells_nothing)
{
	static const char asked[] = "\0\0\0\5\7\0\0\0\1"
				    "\0\0\0\5\21\0\0\0\2";
	/* attributes without any */
	static const char told[] = "\0\0\0\011\151\0\0\0\2\0\0\0\0";
	const char *text;

	meet(0, 0);
	ask(asked, sizeof(asked) - 1);
	text = heard();
	ck_assert_int_eq(text[4], 101); /* STATUS */
	ck_assert_mem_eq(text + 44, told, sizeof(told) - 1);
}
END_TEST

START_TEST(no_packet_is_too_long_or_too_short_to_end_it)
{
	static const char *const heads[] = { "\0\0\0\4\3\0\0\0\1",
		"\377\377\377\377\3\0\0\0\1", "\4\0\0\0\3\0\0\0\1" };

	for (size_t i = 0; i < COUNT(heads); i++) {
		meet(0, 0);
		ask(heads[i], 9);
		must_hear("", 0);
	}
	meet(0, 0);
	ask("\0\0\0\5\3\0\0", 7); /* cut */
	must_hear("", 0);
}
END_TEST

START_TEST(a_silent_client_of_sftp_is_left_after_two_seconds)
{
	meet(0, 0);
	farewell_sftp(&w, ERR_READ_ONLY);
	ck_assert(seconds() >= 2);
	must_hear("", 0);
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
