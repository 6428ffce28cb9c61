#include "scp/source.h"

#include <errno.h>

#include "base/err.h"
#include "talk.h"

/* As many \0 as any session here needs; what is left over is ignored. */
#define YES SAYS("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")

static struct source k;

static int
run_source(void)
{
	return source_run(&k, &talk.session);
}

static int
serve(const char *words, const char *says, size_t len)
{
	return talk_serve(words, says, len, run_source);
}

struct row {
	const char *words;
	const char *tree;
	const char *says;
	size_t len;
	const char *hears;
	int status;
};

static void
check_rows(const struct row *rows, size_t count)
{
	int status;

	for (size_t i = 0; i < count; i++) {
		talk_make(rows[i].tree);
		status = serve(rows[i].words, rows[i].says, rows[i].len);
		talk_check(
		    i, rows[i].words, rows[i].hears, rows[i].status, status);
		talk_close();
	}
}

START_TEST(files_are_sent)
{
	static const struct row rows[] = {
		{ "-f f", "f=hello", YES, "C0644 5 f|hello0", 0 },
		{ "-f e", "e=", YES, "C0644 0 e|0", 0 },
		{ "-f d/f", "d/ d/f=x", YES, "C0644 1 f|x0", 0 },
		{ "-f /d/../f", "d/ f=x", YES, "C0644 1 f|x0", 0 },
		{ "-f f/", "f=x", YES, "C0644 1 f|x0", 0 },
		{ "-f a b", "a=x b=y", YES, "C0644 1 a|x0C0644 1 b|y0", 0 },
		{ "-d -f f", "f=x", YES, "C0644 1 f|x0", 0 },
		{ "-r -f f", "f=x", YES, "C0644 1 f|x0", 0 },
		{ "-o Root=/srv -f /srv/f", "f=x", YES, "C0644 1 f|x0", 0 },
		{ "-o Root=/srv -f /f", "f=x", YES, "C0644 1 f|x0", 0 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(trees_are_sent)
{
	static const struct row rows[] = {
		{ "-r -f d", "d/", YES, "D0755 0 d|E|", 0 },
		{ "-r -f d/", "d/ d/f=x", YES, "D0755 0 d|C0644 1 f|x0E|", 0 },
		{ "-r -f d", "d/ d/s/ d/s/f=x", YES,
		    "D0755 0 d|D0755 0 s|C0644 1 f|x0E|E|", 0 },
		{ "-r -f d f", "d/ f=x", YES, "D0755 0 d|E|C0644 1 f|x0", 0 },
		{ "-r -f d/.", "d/", YES, "D0755 0 d|E|", 0 },
		{ "-r -f d/s/..", "d/ d/s/", YES, "D0755 0 d|D0755 0 s|E|E|",
		    0 },
		{ "-r -f .", "f=x", YES, "D0755 0 account|C0644 1 f|x0E|", 0 },
		{ "-r -f /", "", YES, "D0755 0 account|E|", 0 },
		{ "-r -f d", "d/ d/" TEMP "=x", YES, "D0755 0 d|E|", 0 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(operands_that_can_not_be_sent_are_told_at_the_end)
{
	static const struct row rows[] = {
		{ "-f no", "", YES, "1scp: no: No such file or directory|", 1 },
		{ "-f no f", "f=x", YES,
		    "C0644 1 f|x01scp: no: No such file or directory|", 1 },
		{ "-f a/ f b", "f=x b=y", YES,
		    "C0644 1 f|x0C0644 1 b|y0"
		    "1scp: a/: No such file or directory|",
		    1 },
		{ "-f f/x", "f=x", YES, "1scp: f/x: Not a directory|", 1 },
		{ "-f d", "d/", YES, "1scp: d: not a regular file|", 1 },
		{ "-f .", "", YES, "1scp: .: not a regular file|", 1 },
		{ "-f ../x", "", YES,
		    "1scp: ../x: Path leaves the served directory|", 1 },
		{ "-f ../root/f f", "f=x", YES,
		    "C0644 1 f|x0"
		    "1scp: ../root/f: Path leaves the served directory|",
		    1 },
		{ "-f " TEMP, TEMP "=x", YES,
		    "1scp: " TEMP ": Name is reserved for temporary files|",
		    1 },
		{ "-f a\33b", "", YES,
		    "1scp: a\\x1bb: Control characters in the name|", 1 },
		{ "-f *", "f=x", YES, "1scp: *: No such file or directory|",
		    1 },
		{ "-f a b", "", YES,
		    "1scp: a: No such file or directory|"
		    "1scp: b: No such file or directory|",
		    1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(an_empty_operand_is_missing)
{
	const char *const argv[] = { "scp", "-f", "", NULL };

	talk_make("");
	talk_open_saying("-f x", YES);
	ck_assert_int_eq(
	    request_parse(&talk.request, 3, (char *const *)argv), 0);
	(void)run_source();
	ck_assert_str_eq(talk_heard(), "1scp: No such file or directory|");
}
END_TEST

/* PSCP and SSH.NET lose their place when they come earlier or later. */
START_TEST(warnings_of_a_directory_come_before_its_E)
{
	static const struct row rows[] = {
		{ "-o Symlinks=refuse -r -f d", "d/ d/l>x", YES,
		    "D0755 0 d|1scp: d/l: Symbolic link not followed|E|", 1 },
		{ "-r -f d", "d/ d/l>x", YES,
		    "D0755 0 d|1scp: d/l: No such file or directory|E|", 1 },
		{ "-r -f d", "d/ d/s/ d/s/l>x", YES,
		    "D0755 0 d|D0755 0 s|"
		    "1scp: d/s/l: No such file or directory|E|E|",
		    1 },
		{ "-r -f no d", "d/ d/l>x", YES,
		    "D0755 0 d|1scp: d/l: No such file or directory|E|"
		    "1scp: no: No such file or directory|",
		    1 },
		{ "-r -f d", "d/ d/a\33b=x", YES,
		    "D0755 0 d|"
		    "1scp: d: Control characters in the name -- a\\x1bb|E|",
		    1 },
		{ "-r -f .", "l>l", YES,
		    "D0755 0 account|"
		    "1scp: ./l: Too many levels of symbolic links|E|",
		    1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(special_files_are_skipped_with_a_warning)
{
	talk_make("d/");
	ck_assert_int_eq(mkfifo("root/d/fifo", 0666), 0);
	ck_assert_int_eq(serve("-r -f d", YES), 1);
	ck_assert_str_eq(
	    talk_heard(), "D0755 0 d|1scp: d/fifo: not a regular file|E|");
	talk_close();
	ck_assert_int_eq(serve("-f d/fifo", YES), 1);
	ck_assert_str_eq(talk_heard(), "1scp: d/fifo: not a regular file|");
}
END_TEST

START_TEST(links_are_followed_or_refused)
{
	static const struct row rows[] = {
		{ "-f l", "f=x l>f", YES, "C0644 1 l|x0", 0 },
		{ "-r -f l", "d/ l>d", YES, "D0755 0 l|E|", 0 },
		{ "-f l", "d/ d/f=x l>/d/f", YES, "C0644 1 l|x0", 0 },
		{ "-f l", "l>../../../../etc/passwd", YES,
		    "1scp: l: No such file or directory|", 1 },
		{ "-o Root=/srv -f l", "f=x l>f", YES,
		    "1scp: l: Symbolic link not followed|", 1 },
		{ "-o Root=/srv -r -f l/f", "d/ d/f=x l>d", YES,
		    "1scp: l/f: Symbolic link not followed|", 1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_directory_that_is_its_own_ancestor_is_sent_once)
{
	static const struct row rows[] = {
		{ "-r -f d", "d/ d/up>..", YES,
		    "D0755 0 d|D0755 0 up|1scp: d/up/d: Too many levels of "
		    "symbolic links|E|E|",
		    1 },
		{ "-r -f d", "d/ d/self>.", YES,
		    "D0755 0 d|1scp: d/self: Too many levels of symbolic "
		    "links|E|",
		    1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(depth_has_its_limit)
{
	static const struct row rows[] = {
		{ "-o MaxDepth=2 -r -f a", "a/ a/b/ a/b/c/", YES,
		    "D0755 0 a|D0755 0 b|"
		    "1scp: a/b/c: Directories nested too deep|E|E|",
		    1 },
		{ "-o MaxDepth=3 -r -f a", "a/ a/b/ a/b/c/", YES,
		    "D0755 0 a|D0755 0 b|D0755 0 c|E|E|E|", 0 },
		/* counted from the root, not from the operand */
		{ "-o MaxDepth=2 -r -f a/b", "a/ a/b/ a/b/c/", YES,
		    "D0755 0 b|1scp: a/b/c: Directories nested too deep|E|",
		    1 },
		{ "-o MaxDepth=1 -r -f a/b", "a/ a/b/", YES,
		    "1scp: a/b: Directories nested too deep|", 1 },
		{ "-o MaxDepth=1 -r -f .", "a/ a/b/", YES,
		    "D0755 0 account|D0755 0 a|"
		    "1scp: ./a/b: Directories nested too deep|E|E|",
		    1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* The root, and as many directories as MaxDepth can allow. */
START_TEST(the_deepest_tree_is_sent_and_one_deeper_is_not)
{
	static const char says[2 * POLICY_DEPTH_MAX + 16];
	int fd;

	for (int more = 0; more < 2; more++) {
		talk_make("");
		ck_assert_int_ne(fd = open("root", O_PATH), -1);
		for (int i = 0; i < POLICY_DEPTH_MAX + more; i++) {
			int next;

			ck_assert_int_eq(mkdirat(fd, "d", 0755), 0);
			ck_assert_int_ne(next = openat(fd, "d", O_PATH), -1);
			(void)close(fd);
			fd = next;
		}
		(void)close(fd);
		ck_assert_int_eq(serve("-r -f .", SAYS(says)), more);
		ck_assert((strstr(talk_heard(), "too deep") != NULL) == more);
		talk_close();
	}
}
END_TEST

START_TEST(what_the_peer_refuses_is_skipped)
{
	static const struct row rows[] = {
		{ "-f a b", "a=x b=y", SAYS("\0\1no\n\0\0"),
		    "C0644 1 a|C0644 1 b|y0", 1 },
		{ "-r -f d f", "d/ d/x=x f=y", SAYS("\0\1no\n\0\0"),
		    "D0755 0 d|C0644 1 f|y0", 1 },
		{ "-f a b", "a=x b=y", SAYS("\0\0\1no\n\0\0"),
		    "C0644 1 a|x0C0644 1 b|y0", 1 },
		{ "-r -f d f", "d/ f=y", SAYS("\0\0\1no\n\0\0"),
		    "D0755 0 d|E|C0644 1 f|y0", 1 },
		{ "-f a", "a=x", SAYS("\1hm\n\0\0"), "C0644 1 a|x0", 1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_peer_that_gives_up_or_leaves_ends_the_session)
{
	static const struct row rows[] = {
		{ "-f a b", "a=x b=y", SAYS("\0\2no\n\0\0"), "C0644 1 a|", 2 },
		{ "-f a", "a=x", SAYS("\2\n"), "", 2 },
		{ "-f a", "a=x", SAYS(""), "", 1 },
		{ "-f a b", "a=x b=y", SAYS("\0"), "C0644 1 a|", 1 },
		{ "-f a", "a=x", SAYS("X"), "", 1 },
		{ "-f a b", "a=x b=y", SAYS("\0\0\n\r\0\0\0"), "C0644 1 a|x0",
		    1 },
		{ "-f a b", "a=x b=y", SAYS("\0\0X\n\0\0\0"), "C0644 1 a|x0",
		    1 },
		{ "-f a", "a=x", SAYS("\0\0"), "C0644 1 a|x0", 0 },
		{ "-r -f d", "d/", SAYS("\0\0"), "D0755 0 d|E|", 0 },
		{ "-f a b", "a=x b=y", SAYS("\0\0"), "C0644 1 a|x0", 1 },
		{ "-r -f d", "d/ d/f=x", SAYS("\0\0\0"),
		    "D0755 0 d|C0644 1 f|x0", 1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(with_p_times_come_before_each_file_and_directory)
{
	static const struct timespec times[2] = { { 18, 5000 }, { 17, 4000 } };
	static const struct timespec early[2] = { { -5, 0 }, { -6, 0 } };

	talk_make("d/ d/f=x");
	ck_assert_int_eq(utimensat(AT_FDCWD, "root/d/f", times, 0), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, "root/d", times, 0), 0);
	ck_assert_int_eq(serve("-r -p -f d", YES), 0);
	ck_assert_str_eq(
	    talk_heard(), "T17 0 18 0|D0755 0 d|T17 0 18 0|C0644 1 f|x0E|");
	talk_close();
	ck_assert_int_eq(utimensat(AT_FDCWD, "root/d/f", early, 0), 0);
	ck_assert_int_eq(serve("-p -f d/f", YES), 0);
	ck_assert_str_eq(talk_heard(), "T0 0 0 0|C0644 1 f|x0");
}
END_TEST

START_TEST(a_file_whose_times_are_refused_is_skipped)
{
	talk_make("a=x b=y");
	ck_assert_int_eq(serve("-p -f a b", SAYS("\0\1no\n\0\0\0")), 1);
	ck_assert_ptr_null(strstr(talk_heard(), "C0644 1 a"));
	ck_assert_ptr_nonnull(strstr(talk_heard(), "C0644 1 b|y0"));
}
END_TEST

START_TEST(modes_are_sent_without_the_sticky_bit)
{
	talk_make("f=x d/");
	ck_assert_int_eq(chmod("root/f", 07751), 0);
	ck_assert_int_eq(chmod("root/d", 01777), 0);
	ck_assert_int_eq(serve("-r -f f d", YES), 0);
	ck_assert_str_eq(talk_heard(), "C6751 1 f|x0D0777 0 d|E|");
}
END_TEST

static int
serve_forbidden(void)
{
	return serve("-r -f d f", YES) == 1 &&
		strcmp(talk_heard(),
		    "1scp: d: Permission denied|1scp: f: Permission denied|") ==
		    0 ?
	    0 :
	    1;
}

START_TEST(what_we_may_not_read_is_told)
{
	talk_make("d/ f=x");
	ck_assert_int_eq(chmod("root/d", 0), 0);
	ck_assert_int_eq(chmod("root/f", 0), 0);
	ck_assert_int_eq(unit_as_nobody(serve_forbidden), 0);
}
END_TEST

START_TEST(a_body_of_many_blocks_is_sent_as_it_is)
{
	static char body[3 * SOURCE_BLOCK_SIZE + 17], heard[sizeof(body) + 64];
	uint64_t state = 3;
	int n, fd;

	talk_make("");
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)unit_random(&state);
	fd = open("root/f", O_WRONLY | O_CREAT, 0644);
	ck_assert_int_eq(write(fd, body, sizeof(body)), sizeof(body));
	(void)close(fd);
	ck_assert_int_eq(serve("-f f", YES), 0);
	n = snprintf(heard, 64, "C0644 %zu f\n", sizeof(body));
	ck_assert_int_eq(pread(talk.out, heard, sizeof(heard), 0),
	    n + (ssize_t)sizeof(body) + 1);
	ck_assert_mem_eq(heard + n, body, sizeof(body));
	ck_assert_int_eq(heard[n + (int)sizeof(body)], 0);
}
END_TEST

START_TEST(a_large_directory_is_sent_whole)
{
	static char yes[8000];
	const char *s;
	char name[64];
	int files = 0;

	talk_make("d/");
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(name, sizeof(name),
		    i % 2 ? "root/d/dir-%04d" : "root/d/file-%04d", i);
		EXPECT((i % 2 ? mkdir(name, 0755) :
				mknod(name, S_IFREG | 0644, 0)) == 0);
	}
	ck_assert_int_eq(serve("-r -f d", yes, sizeof(yes)), 0);
	for (s = talk_heard(); (s = strstr(s, "-")) != NULL; s++)
		files++;
	ck_assert_int_eq(files, 2000);
}
END_TEST

/* A session in a process of its own, and we are the peer. */
static pid_t pid;
static int peer;

static void
start_live(const char *words)
{
	int ends[2];

	unit_packets(ends);
	if ((pid = fork()) == 0) {
		(void)close(ends[1]);
		(void)wire_arm(&talk.wire);
		talk_open(words, ends[0], ends[0]);
		_exit(report_ended(&talk.report, run_source()));
	}
	(void)close(ends[0]);
	peer = ends[1];
}

static void
hear(const char *wanted, size_t len)
{
	char packet[256];

	ck_assert_int_eq(recv(peer, packet, sizeof(packet), 0), (ssize_t)len);
	ck_assert_mem_eq(packet, wanted, len);
}

static void
say_yes(void)
{
	ck_assert_int_eq(send(peer, "", 1, 0), 1);
}

/* A yes, and the packet that it brings. */
static void
agree(const char *wanted, size_t len)
{
	say_yes();
	hear(wanted, len);
}

/* A last yes, and the exit status. */
static void
end_live(int status)
{
	say_yes();
	ck_assert_int_eq(unit_wait(pid), status);
}

START_TEST(each_record_is_one_write_and_waits_for_its_answer)
{
	static const char *const records[] = { "D0755 0 d\n", "C0644 2 f\n" };
	char none;

	talk_make("d/ d/f=xy");
	start_live("-r -f d");
	for (size_t i = 0; i < COUNT(records); i++) {
		(void)usleep(100000);
		ck_assert_int_eq(recv(peer, &none, 1, MSG_DONTWAIT), -1);
		agree(records[i], strlen(records[i]));
	}
	(void)usleep(100000);
	ck_assert_int_eq(recv(peer, &none, 1, MSG_DONTWAIT), -1);
	agree(SAYS("xy\0")); /* a body and its status */
	agree(SAYS("E\n"));
	say_yes();
	ck_assert_int_eq(recv(peer, &none, 1, 0), 0);
	ck_assert_int_eq(unit_wait(pid), 0);
}
END_TEST

static void
expect_block(void)
{
	static char block[SOURCE_BLOCK_SIZE + 1];

	ck_assert_int_eq(
	    recv(peer, block, sizeof(block), 0), SOURCE_BLOCK_SIZE);
}

/*
 * A body longer than what is read before the answer to its C; the file has
 * another length by then.
 */
static void
start_long_body(const char *rest, off_t changed)
{
	static char block[SOURCE_BLOCK_SIZE];
	char line[64];
	int fd, n;

	talk_make("");
	fd = open("root/f", O_WRONLY | O_CREAT, 0644);
	EXPECT(write(fd, block, sizeof(block)) == sizeof(block));
	EXPECT(write(fd, rest, strlen(rest)) == (ssize_t)strlen(rest));
	(void)close(fd);
	start_live("-f f");
	n = snprintf(
	    line, sizeof(line), "C0644 %zu f\n", sizeof(block) + strlen(rest));
	agree(line, (size_t)n);
	ck_assert_int_eq(truncate("root/f", SOURCE_BLOCK_SIZE + changed), 0);
	say_yes();
	expect_block();
}

START_TEST(a_file_that_shrinks_is_padded_and_then_reported)
{
	start_long_body("0123456789", 4);
	hear(SAYS("0123"));
	hear(SAYS("\0\0\0\0\0\0"));
	hear(SAYS("\1scp: f: File shrank while it was sent\n"));
	end_live(1);
}
END_TEST

START_TEST(a_file_that_grows_is_sent_as_it_was_announced)
{
	start_long_body("abc", 6);
	hear(SAYS("abc\0"));
	end_live(0);
}
END_TEST

/* It may have let the body come, and would store our words. */
START_TEST(no_words_are_said_where_a_body_may_be_expected)
{
	talk_make("f=abc");
	start_live("-o IdleTimeout=1 -f f");
	agree(SAYS("C0644 3 f\n"));
	hear(SAYS(""));
	ck_assert_int_eq(unit_wait(pid), 2);
}
END_TEST

START_TEST(a_peer_that_never_answers_is_told_of_the_time_out)
{
	talk_make("d/");
	start_live("-o IdleTimeout=1 -r -f d");
	agree(SAYS("D0755 0 d\n"));
	hear(SAYS("\2scp: d: timed out\n"));
	ck_assert_int_eq(unit_wait(pid), 2);
}
END_TEST

START_TEST(each_item_leaves_its_record)
{
	static const char *const records[] = {
		"\"verb\":\"get\",\"path\":\"/d/f\",\"bytes\":2,"
		"\"mode\":\"0644\",\"result\":\"ok\",\"ms\":",
		"\"verb\":\"get\",\"path\":\"/g\",\"bytes\":0,"
		"\"mode\":\"0644\",\"result\":\"failed\","
		"\"reason\":\"peer\",\"detail\":\"no\",\"ms\":",
		"\"verb\":\"get\",\"path\":\"/no\",\"bytes\":0,"
		"\"mode\":\"0000\",\"result\":\"failed\","
		"\"reason\":\"ENOENT\",\"errno\":2,\"ms\":",
		"\"event\":\"end\",\"files\":1,\"bytes\":2,\"failures\":2,"
		"\"lost\":0,\"reason\":\"ok\",\"status\":1}",
	};

	talk_make("d/ d/f=xy g=z");
	ck_assert_int_eq(serve("-r -f d g no", SAYS("\0\0\0\0\0\1no\n")), 1);
	talk_check_records(records, COUNT(records));
}
END_TEST

/* What comes next has been opened by then, and still comes after it. */
START_TEST(what_fails_next_is_recorded_after_what_went_well)
{
	const char *f, *no;

	talk_make("f=xy g=z");
	ck_assert_int_eq(serve("-f f no g", YES), 1);
	f = strstr(talk_log(), "\"/f\"");
	ck_assert_ptr_nonnull(f);
	no = strstr(f, "\"/no\"");
	ck_assert_ptr_nonnull(no);
	ck_assert_ptr_nonnull(strstr(no, "\"/g\""));
}
END_TEST

START_TEST(what_ends_the_session_after_a_body_is_no_failure_of_the_next)
{
	talk_make("f=xy g=z");
	ck_assert_int_eq(serve("-f f g", SAYS("\0\0\2bye\n")), 2);
	/* once before it left, and once more since it failed */
	ck_assert_int_eq(talk_logged("\"/f\""), 2);
	ck_assert_int_eq(talk_logged("\"/g\""), 0);
	ck_assert_int_eq(talk_logged("\"failures\":1,"), 1);
	talk_close();
	ck_assert_int_eq(serve("-f f no", SAYS("\0\0\2bye\n")), 2);
	ck_assert_int_eq(talk_logged("\"/no\""), 0);
	ck_assert_int_eq(talk_logged("\"failures\":1,"), 1);
}
END_TEST

/* It reads the old file to its end: the name is another's by then. */
START_TEST(a_file_that_is_replaced_is_sent_whole_from_the_old_one)
{
	talk_make("f=abc new=xyz");
	start_live("-f f");
	agree(SAYS("C0644 3 f\n"));
	ck_assert_int_eq(rename("root/new", "root/f"), 0);
	agree(SAYS("abc\0"));
	end_live(0);
}
END_TEST

/* The status of a broken body is not hidden by what the peer answers. */
START_TEST(a_broken_body_that_the_peer_refuses_too_is_one_failure)
{
	start_long_body("0123456789", 0);
	hear(SAYS("\0\0\0\0\0\0\0\0\0\0"));
	hear(SAYS("\1scp: f: File shrank while it was sent\n"));
	ck_assert_int_eq(send(peer, "\1no\n", 4, 0), 4);
	ck_assert_int_eq(unit_wait(pid), 1);
}
END_TEST

START_TEST(answers_cut_anywhere_end_the_session_quietly)
{
	static const char yes[16];

	talk_make("d/ d/f=x g=y");
	for (size_t len = 0; len < sizeof(yes); len++) {
		ck_assert_int_le(serve("-r -p -f d g", yes, len), 1);
		talk_close();
	}
}
END_TEST

/* So a session that is killed can't have sent what has no record. */
START_TEST(what_has_to_be_recorded_is_recorded_before_its_last_octet_leaves)
{
	char sent[64];
	ssize_t n;

	talk_make("f=xyz");
	talk_open_saying("-f f", SAYS("\0\0\0"));
	talk.audit.required = true;
	ck_assert_int_ne(
	    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), talk.audit.fd), -1);
	ck_assert_int_eq(source_run(&k, &talk.session), ERR_AUDIT);
	n = pread(talk.out, sent, sizeof(sent), 0);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_null(memmem(sent, (size_t)n, "xyz", 3));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_has_to_be_recorded_is_recorded_before_its_last_octet_leaves,
		files_are_sent,
		trees_are_sent,
		operands_that_can_not_be_sent_are_told_at_the_end,
		an_empty_operand_is_missing,
		warnings_of_a_directory_come_before_its_E,
		special_files_are_skipped_with_a_warning,
		links_are_followed_or_refused,
		a_directory_that_is_its_own_ancestor_is_sent_once,
		depth_has_its_limit,
		the_deepest_tree_is_sent_and_one_deeper_is_not,
		what_the_peer_refuses_is_skipped,
		a_peer_that_gives_up_or_leaves_ends_the_session,
		with_p_times_come_before_each_file_and_directory,
		a_file_whose_times_are_refused_is_skipped,
		modes_are_sent_without_the_sticky_bit,
		what_we_may_not_read_is_told,
		a_body_of_many_blocks_is_sent_as_it_is,
		a_large_directory_is_sent_whole,
		each_record_is_one_write_and_waits_for_its_answer,
		a_file_that_shrinks_is_padded_and_then_reported,
		a_file_that_grows_is_sent_as_it_was_announced,
		no_words_are_said_where_a_body_may_be_expected,
		a_peer_that_never_answers_is_told_of_the_time_out,
		each_item_leaves_its_record,
		what_fails_next_is_recorded_after_what_went_well,
		what_ends_the_session_after_a_body_is_no_failure_of_the_next,
		a_file_that_is_replaced_is_sent_whole_from_the_old_one,
		a_broken_body_that_the_peer_refuses_too_is_one_failure,
		answers_cut_anywhere_end_the_session_quietly,
	};

	return unit_run("source", tests, COUNT(tests));
}
