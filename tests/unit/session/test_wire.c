#include "session/wire.h"

#include <signal.h>
#include <sys/time.h>

#include "base/err.h"
#include "scp/record.h"
#include "unit.h"

/* A deadline may take ten times its time on a busy machine. */
#define PATIENCE 10

/* How often we try what fails where a machine stands still for seconds. */
#define TRIES 3

static struct wire w;

/* The wire reads exactly these pieces, one read() each. */
static void
read_pieces(const char *s, size_t len, size_t first)
{
	int ends[2];

	unit_packets(ends);
	if (first > 0)
		EXPECT(send(ends[1], s, first, 0) == (ssize_t)first);
	if (first < len)
		EXPECT(send(ends[1], s + first, len - first, 0) ==
		    (ssize_t)(len - first));
	(void)close(ends[1]);
	wire_init(&w, ends[0], -1, 0, 0);
}

static void
read_bytes(const void *s, size_t len)
{
	wire_init(&w, unit_memory(s, len), -1, 0, 0);
}

static void
read_text(const char *s)
{
	read_bytes(s, strlen(s));
}

/* One read() a byte. */
static void
read_single(const char *s, size_t len)
{
	int ends[2];

	unit_packets(ends);
	for (size_t i = 0; i < len; i++)
		EXPECT(send(ends[1], s + i, 1, 0) == 1);
	(void)close(ends[1]);
	wire_init(&w, ends[0], -1, 0, 0);
}

static void
expect_line(const char *wanted, size_t cap)
{
	char line[RECORD_LINE_MAX + 16];
	size_t len = 0;

	line[cap] = '#';
	ck_assert_int_eq(wire_line(&w, line, cap, &len), 0);
	ck_assert_int_eq(line[cap], '#');
	ck_assert_uint_eq(len, strlen(wanted));
	ck_assert_mem_eq(line, wanted, len);
}

static int
line_error(size_t cap)
{
	char line[RECORD_LINE_MAX + 16];
	size_t len;

	return wire_line(&w, line, cap, &len);
}

START_TEST(lines_come_one_by_one)
{
	read_text("C0644 5 f\nE\n\n\1words\n");
	expect_line("C0644 5 f\n", RECORD_LINE_MAX);
	expect_line("E\n", RECORD_LINE_MAX);
	expect_line("\n", RECORD_LINE_MAX);
	expect_line("\1words\n", RECORD_LINE_MAX);
	ck_assert_int_eq(line_error(RECORD_LINE_MAX), ERR_EOF);
	ck_assert_int_eq(line_error(RECORD_LINE_MAX), ERR_EOF);
}
END_TEST

START_TEST(lines_split_anywhere_are_the_same_lines)
{
	static const char text[] = "T17 0 18 0\nC0644 5 file\nE\n";
	const size_t len = sizeof(text) - 1;

	for (size_t first = 0; first <= len; first++) {
		read_pieces(text, len, first);
		expect_line("T17 0 18 0\n", RECORD_LINE_MAX);
		expect_line("C0644 5 file\n", RECORD_LINE_MAX);
		expect_line("E\n", RECORD_LINE_MAX);
		ck_assert_int_eq(line_error(RECORD_LINE_MAX), ERR_EOF);
		(void)close(w.in);
	}
	read_single(text, len);
	expect_line("T17 0 18 0\n", RECORD_LINE_MAX);
	expect_line("C0644 5 file\n", RECORD_LINE_MAX);
	expect_line("E\n", RECORD_LINE_MAX);
}
END_TEST

START_TEST(a_line_may_be_as_long_as_the_cap_and_no_longer)
{
	static const size_t caps[] = { 2, 3, 16, RECORD_LINE_MAX };
	char text[RECORD_LINE_MAX + 16];

	for (size_t i = 0; i < COUNT(caps); i++) {
		memset(text, 'C', sizeof(text));
		text[caps[i] - 1] = '\n';
		text[caps[i]] = '\0';
		read_text(text);
		expect_line(text, caps[i]);
		ck_assert_int_eq(line_error(caps[i]), ERR_EOF);
		text[caps[i] - 1] = 'C';
		text[caps[i]] = '\n';
		text[caps[i] + 1] = '\0';
		read_text(text);
		ck_assert_int_eq(line_error(caps[i]), ERR_LINE);
		if (caps[i] > 64)
			continue; /* a socket does not queue so many packets */
		read_single(text, strlen(text));
		ck_assert_int_eq(line_error(caps[i]), ERR_LINE);
	}
}
END_TEST

START_TEST(a_line_without_end_is_refused_and_not_waited_for)
{
	int ends[2];
	char text[64];

	memset(text, 'x', sizeof(text));
	unit_packets(ends);
	ck_assert_int_eq(send(ends[1], text, 64, 0), 64);
	wire_init(&w, ends[0], -1, 0, 0); /* the other end stays open */
	ck_assert_int_eq(line_error(64), ERR_LINE);
}
END_TEST

START_TEST(a_message_that_is_too_long_is_cut)
{
	static const char kinds[] = { '\1', '\2' };
	char text[200], wanted[17];

	for (size_t i = 0; i < COUNT(kinds); i++)
		for (size_t len = 2; len < 100; len++) {
			memset(text, 'm', sizeof(text));
			text[0] = kinds[i];
			memcpy(text + len - 1, "\nE\n", 4);
			memcpy(wanted, text, len < 16 ? len : 16);
			wanted[len < 16 ? len : 16] = '\0';
			wanted[len < 16 ? len - 1 : 15] = '\n';
			read_pieces(text, len + 2, len / 2);
			expect_line(wanted, 16);
			expect_line("E\n", 16);
			ck_assert_int_eq(line_error(16), ERR_EOF);
			(void)close(w.in);
		}
}
END_TEST

START_TEST(a_message_over_many_buffers_is_cut_too)
{
	static char text[3 * WIRE_BUFFER_SIZE + 100];

	memset(text, 'm', sizeof(text));
	text[0] = '\1';
	memcpy(text + sizeof(text) - 4, "\nE\n", 4);
	read_bytes(text, sizeof(text) - 1);
	ck_assert_int_eq(line_error(RECORD_LINE_MAX), 0);
	expect_line("E\n", RECORD_LINE_MAX);
	read_bytes(text, sizeof(text) - 4);
	ck_assert_int_eq(line_error(RECORD_LINE_MAX), ERR_LOST);
}
END_TEST

START_TEST(end_of_input_is_clean_only_before_a_line)
{
	static const char text[] = "C0644 5 f\n";

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		read_bytes(text, len);
		ck_assert_int_eq(
		    line_error(RECORD_LINE_MAX), len == 0 ? ERR_EOF : ERR_LOST);
	}
	read_text("\1cut");
	ck_assert_int_eq(line_error(RECORD_LINE_MAX), ERR_LOST);
}
END_TEST

START_TEST(a_descriptor_that_fails_is_a_lost_peer)
{
	const char *p;
	size_t n;

	wire_init(&w, -1, -1, 0, 0);
	ck_assert_int_eq(line_error(64), ERR_LOST);
	ck_assert_int_eq(wire_chunk(&w, 5, &p, &n), ERR_LOST);
	ck_assert_int_eq(wire_write(&w, "x", 1), ERR_LOST);
}
END_TEST

START_TEST(a_status_is_one_of_three_bytes)
{
	char text[8], byte;
	size_t len;
	int e;

	for (int c = 0; c < 256; c++) {
		byte = (char)c;
		read_bytes(&byte, 1);
		e = wire_status(&w, text, sizeof(text), &len);
		ck_assert_int_eq(e,
		    c == 0		 ? 0 :
			c == 1 || c == 2 ? ERR_LOST :
					   ERR_STATUS);
		ck_assert_uint_eq(len, 0);
		(void)close(w.in);
	}
	read_text("");
	ck_assert_int_eq(wire_status(&w, text, sizeof(text), &len), ERR_EOF);
}
END_TEST

START_TEST(a_status_brings_its_words)
{
	static const struct {
		const char *input, *words;
		int err;
	} rows[] = {
		{ "\1\nE\n", "", ERR_PEER },
		{ "\2\nE\n", "", ERR_PEER_FATAL },
		{ "\1no\nE\n", "no", ERR_PEER },
		{ "\2no\nE\n", "no", ERR_PEER_FATAL },
		{ "\1seven..\nE\n", "seven..", ERR_PEER },
		{ "\1eight...\nE\n", "eight...", ERR_PEER },
		{ "\1nine.....\nE\n", "nine....", ERR_PEER },
		{ "\2much more than eight\nE\n", "much mor", ERR_PEER_FATAL },
	};
	char text[9];
	size_t len, n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		n = strlen(rows[i].input);
		for (size_t first = 1; first < n; first++) {
			text[8] = '#';
			read_pieces(rows[i].input, n, first);
			ck_assert_int_eq(
			    wire_status(&w, text, 8, &len), rows[i].err);
			ck_assert_int_eq(text[8], '#');
			ck_assert_uint_eq(len, strlen(rows[i].words));
			ck_assert_mem_eq(text, rows[i].words, len);
			expect_line("E\n", 8);
			(void)close(w.in);
		}
	}
}
END_TEST

START_TEST(a_chunk_is_never_more_than_was_wanted)
{
	static const char text[] = "bodyE\n";
	const char *p;
	size_t n;

	for (int64_t want = 1; want <= 4; want++) {
		read_bytes(text, sizeof(text) - 1);
		for (int64_t left = 4; left > 0; left -= (int64_t)n) {
			ck_assert_int_eq(
			    wire_chunk(&w, want < left ? want : left, &p, &n),
			    0);
			ck_assert_uint_ge(n, 1);
			ck_assert_uint_le(n, (size_t)want);
			ck_assert_mem_eq(p, text + 4 - left, n);
		}
		expect_line("E\n", 64);
		(void)close(w.in);
	}
}
END_TEST

START_TEST(a_chunk_takes_what_there_is_of_a_huge_body)
{
	const char *p;
	size_t n;

	read_pieces("abc", 3, 1);
	ck_assert_int_eq(wire_chunk(&w, INT64_MAX, &p, &n), 0);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(*p, 'a');
	ck_assert_int_eq(wire_chunk(&w, INT64_MAX, &p, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_mem_eq(p, "bc", 2);
	ck_assert_int_eq(wire_chunk(&w, INT64_MAX, &p, &n), ERR_LOST);
}
END_TEST

/* What a slow reader at the other end received, as a sum. */
static uint32_t
sum_of(const unsigned char *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum = sum * 31 + p[i];
	return sum;
}

static pid_t
start_slow_reader(int fd, int other, size_t total, uint32_t wanted)
{
	unsigned char buf[1000];
	uint32_t sum = 0;
	pid_t pid = fork();
	ssize_t n;

	if (pid != 0)
		return pid;
	(void)close(other);
	sleep(2);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		sum = sum_of(buf, (size_t)n, sum);
		total -= (size_t)n;
	}
	_exit(total == 0 && sum == wanted ? 0 : 1);
}

/*
 * One write for a reader in a process of its own, which has to be content
 * unless the write failed.  Returns the error of the write.
 */
static int
write_whole(const int ends[2], pid_t reader, unsigned int idle_limit,
    const void *block, size_t n)
{
	int e;

	(void)close(ends[0]);
	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, -1, ends[1], idle_limit, 0);
	e = wire_write(&w, block, n);
	(void)close(ends[1]);
	ck_assert(unit_wait(reader) == 0 || e != 0);
	return e;
}

/* The timer interrupts it while the pipe is full: it goes on where it was. */
START_TEST(a_large_write_reaches_a_slow_reader_whole)
{
	static unsigned char block[3000000];
	uint64_t state = 5;
	int ends[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (unsigned char)unit_random(&state);
	ck_assert_int_eq(pipe(ends), 0);
	pid = start_slow_reader(
	    ends[0], ends[1], sizeof(block), sum_of(block, sizeof(block), 0));
	ck_assert_int_eq(write_whole(ends, pid, 0, block, sizeof(block)), 0);
}
END_TEST

START_TEST(a_record_is_one_write)
{
	static const char *const rows[] = { "", "C0644 5 f\n", "T1 0 1 0\n" };
	char packet[64];
	int ends[2];

	unit_packets(ends);
	wire_init(&w, -1, ends[0], 0, 0);
	ck_assert_int_eq(wire_write(&w, "", 1), 0);
	for (size_t i = 1; i < COUNT(rows); i++)
		ck_assert_int_eq(wire_write(&w, rows[i], strlen(rows[i])), 0);
	ck_assert_int_eq(recv(ends[1], packet, sizeof(packet), 0), 1);
	ck_assert_int_eq(packet[0], 0);
	for (size_t i = 1; i < COUNT(rows); i++) {
		ck_assert_int_eq(recv(ends[1], packet, sizeof(packet), 0),
		    (ssize_t)strlen(rows[i]));
		ck_assert_mem_eq(packet, rows[i], strlen(rows[i]));
	}
}
END_TEST

START_TEST(a_peer_that_reads_no_more_is_deaf_and_stays_so)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	(void)close(ends[0]);
	wire_init(&w, -1, ends[1], 0, 0);
	ck_assert_int_eq(wire_write(&w, "x", 1), ERR_DEAF);
	ck_assert(w.peer_closed);
	ck_assert_int_eq(wire_write(&w, "", 0), ERR_DEAF);
}
END_TEST

static time_t
seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The peer's end of what wait_in_silence() writes to. */
static int ear;

static void
expect_heard(const char *wanted)
{
	char text[64] = "";

	ck_assert_int_eq(fcntl(ear, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_ge(read(ear, text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, wanted);
}

/* Input that never comes, and never ends. */
static void
wait_in_silence(unsigned int idle, unsigned int session)
{
	static int in[2], out[2];

	ck_assert_int_eq(pipe(in), 0);
	ck_assert_int_eq(pipe(out), 0);
	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, in[0], out[1], idle, session);
	ear = out[0];
}

START_TEST(silence_ends_with_the_idle_timeout)
{
	time_t begun = seconds();

	wait_in_silence(1, 0);
	ck_assert_int_eq(line_error(64), ERR_TIMEOUT);
	ck_assert_int_ge(seconds() - begun, 1);
	ck_assert_int_le(seconds() - begun, PATIENCE);
	ck_assert_int_eq(wire_write(&w, "\2scp: timed out\n", 16), 0);
}
END_TEST

START_TEST(silence_ends_with_the_session_timeout_too)
{
	time_t begun = seconds();
	const char *p;
	size_t n;

	wait_in_silence(0, 1);
	ck_assert_int_eq(wire_chunk(&w, 5, &p, &n), ERR_TIMEOUT);
	ck_assert_int_ge(seconds() - begun, 1);
	ck_assert_int_le(seconds() - begun, PATIENCE);
	ck_assert_int_eq(wire_write(&w, "\2scp: timed out\n", 16), 0);
}
END_TEST

/* Writes a byte each interval until it is killed or has written count. */
static pid_t
start_dribble(int fd, int other, useconds_t interval, int count)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(other);
	for (; count > 0; count--) {
		(void)usleep(interval);
		if (write(fd, count == 1 ? "\n" : "x", 1) != 1)
			break;
	}
	_exit(0);
}

/* The wire reads what dribbles, within these limits. */
static pid_t
read_dribble(useconds_t interval, int count, unsigned int idle_limit,
    unsigned int session_limit)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = start_dribble(ends[1], ends[0], interval, count);
	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, ends[0], -1, idle_limit, session_limit);
	return pid;
}

/* A peer that can't run for three seconds looks idle: it is tried again. */
START_TEST(a_slow_peer_is_not_an_idle_one)
{
	int tries = TRIES, e;
	pid_t pid;

	do {
		ck_assert_int_gt(tries--, 0);
		pid = read_dribble(250000, 16, 3, 0);
		e = line_error(64);
		ck_assert_int_eq(unit_wait(pid), 0);
	} while (e == ERR_TIMEOUT);
	ck_assert_int_eq(e, 0);
}
END_TEST

/* Reads a block each half second, and then whatever there is. */
static pid_t
start_sipping(int fd, int other)
{
	static char block[65536];
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	(void)close(other);
	for (int i = 0; i < 12; i++) {
		(void)usleep(500000);
		if (read(fd, block, sizeof(block)) <= 0)
			_exit(1);
	}
	while (read(fd, block, sizeof(block)) > 0)
		;
	_exit(0);
}

START_TEST(a_slow_reader_is_not_an_idle_one)
{
	static char block[14 * 65536];
	int ends[2], tries = TRIES, e;

	do {
		ck_assert_int_gt(tries--, 0);
		ck_assert_int_eq(pipe(ends), 0);
		e = write_whole(ends, start_sipping(ends[0], ends[1]), 3, block,
		    sizeof(block));
	} while (e == ERR_TIMEOUT);
	ck_assert_int_eq(e, 0);
}
END_TEST

START_TEST(a_peer_that_dribbles_meets_the_session_timeout)
{
	time_t begun = seconds();
	pid_t pid = read_dribble(20000, 100000, 5, 2);

	ck_assert_int_eq(line_error(4096), ERR_TIMEOUT);
	ck_assert_int_ge(seconds() - begun, 1);
	ck_assert_int_le(seconds() - begun, 2 * PATIENCE);
	(void)kill(pid, SIGKILL);
	(void)unit_wait(pid);
}
END_TEST

START_TEST(a_peer_that_does_not_read_meets_the_idle_timeout)
{
	static char block[1 << 20];
	time_t begun = seconds();

	wait_in_silence(1, 0);
	ck_assert_int_eq(wire_write(&w, block, sizeof(block)), ERR_TIMEOUT);
	ck_assert_int_le(seconds() - begun, PATIENCE);
	ck_assert_int_eq(wire_write(&w, "\2words\n", 7), ERR_LOST);
	ck_assert(w.peer_closed);
	ck_assert_int_le(seconds() - begun, 2 * PATIENCE);
}
END_TEST

START_TEST(a_signal_is_noticed_before_the_next_read)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGINT };

	for (size_t i = 0; i < COUNT(signals); i++) {
		wait_in_silence(0, 0);
		ck_assert_int_eq(raise(signals[i]), 0);
		ck_assert_int_eq(line_error(64), ERR_SIGNAL);
		ck_assert(w.final_words);
		ck_assert_int_eq(wire_write(&w, "\2scp: bye\n", 10), 0);
	}
}
END_TEST

/* What was due is written all the same. */
START_TEST(a_signal_is_noticed_after_what_is_written_whole)
{
	wait_in_silence(0, 0);
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(wire_write(&w, "x", 1), 0);
	ck_assert_int_eq(wire_check(&w), ERR_SIGNAL);
	ck_assert_int_eq(wire_write(&w, "\2scp: bye\n", 10), 0);
	expect_heard("x\2scp: bye\n");
}
END_TEST

START_TEST(a_signal_ends_a_read_that_waits)
{
	time_t begun = seconds();
	pid_t parent = getpid(), pid;

	wait_in_silence(0, 0);
	if ((pid = fork()) == 0) {
		sleep(1);
		_exit(kill(parent, SIGTERM) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(line_error(64), ERR_SIGNAL);
	ck_assert_int_le(seconds() - begun, PATIENCE);
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

/* The limits are for what the peer does, not for the time before. */
START_TEST(time_spent_elsewhere_does_not_count_as_idle)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(wire_arm(&w), 0);
	wire_init(&w, ends[0], ends[1], 2, 0);
	for (time_t end = seconds() + 4; seconds() < end;)
		(void)usleep(100000);
	ck_assert_int_eq(wire_write(&w, "E\n", 2), 0);
	expect_line("E\n", 64);
}
END_TEST

/* A commit may take long after the signal: the words are still due. */
START_TEST(last_words_are_written_to_a_peer_that_reads_even_late)
{
	wait_in_silence(0, 0);
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(line_error(64), ERR_SIGNAL);
	for (time_t end = seconds() + 3; seconds() < end;)
		(void)usleep(100000);
	(void)wire_write(&w, "\2scp: bye\n", 10);
	expect_heard("\2scp: bye\n");
}
END_TEST

START_TEST(failed_writes_are_errors_and_no_signals)
{
	struct sigaction act;

	read_text("");
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &act), 0);
	ck_assert(act.sa_handler == SIG_IGN);
	ck_assert_int_eq(sigaction(SIGXFSZ, NULL, &act), 0);
	ck_assert(act.sa_handler == SIG_IGN);
}
END_TEST

START_TEST(descriptors_that_did_not_block_do_so_now)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_NONBLOCK), 0);
	wire_init(&w, ends[0], ends[1], 0, 0);
	ck_assert_int_eq(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	if ((pid = fork()) == 0) {
		(void)usleep(300000);
		_exit(write(ends[1], "E\n", 2) == 2 ? 0 : 1);
	}
	expect_line("E\n", 64);
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

/* Whoever started us may have blocked them. */
START_TEST(arming_unblocks_the_signals_it_waits_for)
{
	sigset_t all;

	ck_assert_int_eq(sigfillset(&all), 0);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, &all, NULL), 0);
	wait_in_silence(1, 0);
	ck_assert_int_eq(line_error(64), ERR_TIMEOUT);
}
END_TEST

/* What is held goes out in one packet with what is written. */
START_TEST(held_pieces_go_out_with_the_next_write)
{
	char packet[32];
	int ends[2];

	unit_packets(ends);
	wire_init(&w, -1, ends[0], 0, 0);
	ck_assert_int_eq(wire_queue(&w, "ab", 2), 0);
	ck_assert_int_eq(wire_queue(&w, "", 0), 0);
	ck_assert_int_eq(wire_queue(&w, "c", 1), 0);
	ck_assert_int_eq(recv(ends[1], packet, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(wire_write(&w, "de", 2), 0);
	ck_assert_int_eq(recv(ends[1], packet, sizeof(packet), 0), 5);
	ck_assert_mem_eq(packet, "abcde", 5);
	ck_assert_int_eq(wire_write(&w, "f", 1), 0);
	ck_assert_int_eq(recv(ends[1], packet, sizeof(packet), 0), 1);
}
END_TEST

START_TEST(held_pieces_go_out_before_a_byte_is_waited_for)
{
	char packet[32], words[8];
	int ends[2];
	size_t len;

	unit_packets(ends);
	wire_init(&w, ends[0], ends[0], 0, 0);
	ck_assert_int_eq(send(ends[1], "", 1, 0), 1);
	ck_assert_int_eq(wire_queue(&w, "ab", 2), 0);
	ck_assert_int_eq(wire_status(&w, words, sizeof(words), &len), 0);
	ck_assert_int_eq(recv(ends[1], packet, sizeof(packet), 0), 2);
}
END_TEST

START_TEST(more_pieces_than_can_be_held_go_out_in_their_order)
{
	char packet[64];
	int ends[2];
	size_t got = 0;

	unit_packets(ends);
	wire_init(&w, -1, ends[0], 0, 0);
	for (int i = 0; i < 2 * WIRE_QUEUE_MAX + 1; i++)
		ck_assert_int_eq(
		    wire_queue(&w, &"abcdefghijklmnopqrstuvwxyz"[i], 1), 0);
	ck_assert_int_eq(wire_write(&w, "", 0), 0);
	while (got < 2 * WIRE_QUEUE_MAX + 1)
		got += (size_t)recv(
		    ends[1], packet + got, sizeof(packet) - got, 0);
	ck_assert_mem_eq(
	    packet, "abcdefghijklmnopqrstuvwxyz", 2 * WIRE_QUEUE_MAX + 1);
}
END_TEST

/* Larger than a pipe: each piece is taken in parts, and none is lost. */
START_TEST(held_pieces_that_do_not_fit_are_written_to_their_end)
{
	static char large[300000], seen[2 * sizeof(large) + 3];
	size_t got = 0;
	ssize_t n;
	int ends[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (char)(i * 7 / 3);
	ck_assert_int_eq(pipe(ends), 0);
	if ((pid = fork()) == 0) {
		wire_init(&w, -1, ends[1], 0, 0);
		_exit(wire_queue(&w, "ab", 2) != 0 ||
		    wire_queue(&w, large, sizeof(large)) != 0 ||
		    wire_queue(&w, large, sizeof(large)) != 0 ||
		    wire_write(&w, "c", 1) != 0);
	}
	(void)close(ends[1]);
	while ((n = read(ends[0], seen + got, sizeof(seen) - got)) > 0)
		got += (size_t)n;
	ck_assert_uint_eq(got, sizeof(seen));
	ck_assert_mem_eq(seen, "ab", 2);
	ck_assert_mem_eq(seen + 2, large, sizeof(large));
	ck_assert_mem_eq(seen + 2 + sizeof(large), large, sizeof(large));
	ck_assert_int_eq(seen[sizeof(seen) - 1], 'c');
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

START_TEST(a_file_is_sent_from_where_it_stands_after_what_is_held)
{
	char seen[16];
	size_t n = 99;
	int ends[2], fd = unit_memory("0123456789", 10);

	ck_assert_int_eq(pipe(ends), 0);
	wire_init(&w, -1, ends[1], 0, 0);
	ck_assert_int_eq(lseek(fd, 4, SEEK_SET), 4);
	ck_assert_int_eq(wire_queue(&w, "C\n", 2), 0);
	ck_assert_int_eq(wire_send_file(&w, fd, NULL, 3, &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(wire_send_file(&w, fd, NULL, 100, &n), 0);
	ck_assert_uint_eq(n, 3);
	ck_assert_int_eq(wire_send_file(&w, fd, NULL, 100, &n), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(read(ends[0], seen, sizeof(seen)), 8);
	ck_assert_mem_eq(seen, "C\n456789", 8);
}
END_TEST

START_TEST(what_can_not_be_sent_by_the_kernel_is_told_apart_from_a_deaf_peer)
{
	size_t n;
	int ends[2], fd = unit_memory("x", 1);

	ck_assert_int_eq(pipe(ends), 0);
	wire_init(&w, -1, ends[1], 0, 0);
	ck_assert_int_eq(wire_send_file(&w, ends[0], NULL, 1, &n), EINVAL);
	(void)close(ends[0]);
	ck_assert_int_eq(wire_send_file(&w, fd, NULL, 1, &n), ERR_DEAF);
	ck_assert_int_eq(wire_queue(&w, "x", 1), ERR_DEAF);
}
END_TEST

/* On a socket it shows as an error: replies sent ahead need no reader. */
START_TEST(a_peer_that_leaves_words_of_ours_unread_has_ended_its_input)
{
	char line[16];
	int ends[2];
	size_t len;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	wire_init(&w, ends[0], ends[0], 0, 0);
	ck_assert_int_eq(send(ends[1], "E\n", 2, 0), 2);
	ck_assert_int_eq(wire_write(&w, "\0\0", 2), 0);
	ck_assert_int_eq(close(ends[1]), 0);
	ck_assert_int_eq(wire_line(&w, line, sizeof(line), &len), 0);
	ck_assert_uint_eq(len, 2);
	ck_assert_int_eq(wire_line(&w, line, sizeof(line), &len), ERR_EOF);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		lines_come_one_by_one,
		lines_split_anywhere_are_the_same_lines,
		a_line_may_be_as_long_as_the_cap_and_no_longer,
		a_line_without_end_is_refused_and_not_waited_for,
		a_message_that_is_too_long_is_cut,
		a_message_over_many_buffers_is_cut_too,
		end_of_input_is_clean_only_before_a_line,
		a_descriptor_that_fails_is_a_lost_peer,
		a_status_is_one_of_three_bytes,
		a_status_brings_its_words,
		a_chunk_is_never_more_than_was_wanted,
		a_chunk_takes_what_there_is_of_a_huge_body,
		a_large_write_reaches_a_slow_reader_whole,
		a_record_is_one_write,
		a_peer_that_reads_no_more_is_deaf_and_stays_so,
		silence_ends_with_the_idle_timeout,
		silence_ends_with_the_session_timeout_too,
		a_slow_peer_is_not_an_idle_one,
		a_slow_reader_is_not_an_idle_one,
		a_peer_that_dribbles_meets_the_session_timeout,
		a_peer_that_does_not_read_meets_the_idle_timeout,
		a_signal_is_noticed_before_the_next_read,
		a_signal_is_noticed_after_what_is_written_whole,
		a_signal_ends_a_read_that_waits,
		time_spent_elsewhere_does_not_count_as_idle,
		last_words_are_written_to_a_peer_that_reads_even_late,
		failed_writes_are_errors_and_no_signals,
		descriptors_that_did_not_block_do_so_now,
		arming_unblocks_the_signals_it_waits_for,
		a_peer_that_leaves_words_of_ours_unread_has_ended_its_input,
		held_pieces_go_out_with_the_next_write,
		held_pieces_go_out_before_a_byte_is_waited_for,
		more_pieces_than_can_be_held_go_out_in_their_order,
		held_pieces_that_do_not_fit_are_written_to_their_end,
		a_file_is_sent_from_where_it_stands_after_what_is_held,
		what_can_not_be_sent_by_the_kernel_is_told_apart_from_a_deaf_peer,
	};

	return unit_run("wire", tests, COUNT(tests));
}
