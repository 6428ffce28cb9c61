#include "scp/sink.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "sandbox/confine.h"
#include "base/err.h"
#include "talk.h"

static struct sink k;

/* What the sink may do, as its rules and target stand now. */
static unsigned int
grants_now(void)
{
	return session_upload_grants(
	    &talk.session, &k.target, &k.rules, &k.target_error);
}

/* From the target to the last reply. */
static int
run_sink(void)
{
	(void)sink_open(&k, &talk.session, 7);
	return sink_run(&k);
}

static int
serve(const char *words, const char *says, size_t len)
{
	return talk_serve(words, says, len, run_sink);
}

struct row {
	const char *words;
	const char *before; /* the tree */
	const char *says;
	size_t len;
	const char *hears;
	int status;
	const char *after;
};

static void
check_row(const struct row *row, size_t number)
{
	int status;

	talk_make(row->before);
	status = serve(row->words, row->says, row->len);
	talk_check(number, row->words, row->hears, row->status, status);
	ck_assert_msg(strcmp(talk_tree(), row->after) == 0,
	    "row %zu (%s): tree %s, not %s", number, row->words, talk_tree(),
	    row->after);
	talk_close();
}

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i], i);
}

START_TEST(files_are_stored)
{
	static const struct row rows[] = {
		{ "-t new", "", SAYS("C0644 5 f\nhello\0"), "000", 0,
		    "new=hello" },
		{ "-t d", "d/", SAYS("C0644 5 f\nhello\0"), "000", 0,
		    "d/ d/f=hello" },
		{ "-t d/", "d/", SAYS("C0644 5 f\nhello\0"), "000", 0,
		    "d/ d/f=hello" },
		{ "-t .", "", SAYS("C0644 5 f\nhello\0"), "000", 0, "f=hello" },
		{ "-t /", "", SAYS("C0644 5 f\nhello\0"), "000", 0, "f=hello" },
		{ "-t /d/../f", "d/", SAYS("C0644 1 x\ny\0"), "000", 0,
		    "d/ f=y" },
		{ "-t f", "f=before", SAYS("C0644 5 x\nafter\0"), "000", 0,
		    "f=after" },
		{ "-t d", "d/ d/f=before", SAYS("C0644 1 f\nx\0"), "000", 0,
		    "d/ d/f=x" },
		{ "-t f", "", SAYS("C0644 0 f\n\0"), "000", 0, "f=" },
		{ "-t .", "", SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"), "00000", 0,
		    "a=x b=y" },
		{ "-d -t d", "d/", SAYS("C0644 1 a\nx\0"), "000", 0,
		    "d/ d/a=x" },
		{ "-t f", "", SAYS("T17 0 18 0\nC0644 1 f\nx\0"), "0000", 0,
		    "f=x" },
		{ "-t f", "", SAYS("T17 0 18 0\nT19 0 20 0\nC0644 1 f\nx\0"),
		    "00000", 0, "f=x" },
		{ "-t f", "", SAYS("C0644 12 f\nC0644 1 g\nx\0\0"), "000", 0,
		    "f=C0644 1 g\nx" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(trees_are_stored)
{
	static const struct row rows[] = {
		{ "-r -t d", "",
		    SAYS("D0755 0 x\nC0644 1 a\nx\0D0755 0 s\nC0644 1 b\ny\0"
			 "E\nE\n"),
		    "000000000", 0, "d/ d/a=x d/s/ d/s/b=y" },
		{ "-r -t .", "",
		    SAYS("D0755 0 x\nC0644 1 a\nx\0E\nC0644 1 b\ny\0"),
		    "0000000", 0, "b=y x/ x/a=x" },
		{ "-r -t .", "x/ x/old=o", SAYS("D0755 0 x\nE\n"), "000", 0,
		    "x/ x/old=o" },
		{ "-r -t d/", "", SAYS("D0755 0 x\nE\n"), "000", 0, "d/" },
		{ "-r -t d", "",
		    SAYS("D0755 0 x\nE\nD0755 0 y\nC0644 1 b\ny\0E\n"),
		    "0000000", 0, "d/ d/b=y" },
		{ "-r -p -t .", "",
		    SAYS("T1 0 1 0\nD0755 0 d\nT1 0 1 0\nC0644 1 a\nx\0E\n"),
		    "0000000", 0, "d/ d/a=x" },
		{ "-r -t .", "", SAYS("D0755 0 d\nC0644 1 a\nx\0"), "0000", 0,
		    "d/ d/a=x" },
		{ "-r -t .", "", SAYS("D0755 0 d\nE\nE\nC0644 1 x\nx\0"),
		    "0000", 0, "d/" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_session_ends_where_the_peer_ends_it)
{
	static const struct row rows[] = {
		{ "-t d", "d/", SAYS(""), "0", 0, "d/" },
		{ "-t new", "", SAYS(""), "0", 0, "" },
		{ "-t d", "d/", SAYS("E\n"), "00", 0, "d/" },
		{ "-t d", "d/", SAYS("E\nC0644 1 a\nx\0"), "00", 0, "d/" },
		{ "-t f", "", SAYS("C0644 5 f\nhello"), "000", 0, "f=hello" },
		{ "-t f", "", SAYS("T1 0 1 0\n"), "00", 0, "" },
		{ "-t f", "", SAYS("T1 0 1 0\nE\n"), "000", 0, "" },
		{ "-t f", "", SAYS("\2scp: out of memory\n"), "0", 2, "" },
		{ "-t f", "", SAYS("C0644 1 f\nx\0\2\n"), "000", 2, "f=x" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* Acknowledged means stored, and what is not whole never appears. */
START_TEST(a_body_that_is_not_whole_is_not_stored)
{
	static const struct row rows[] = {
		{ "-t f", "f=old", SAYS("C0644 5 f\nhel"),
		    "002scp: f: lost connection|", 2, "f=old" },
		{ "-t f", "", SAYS("C0644 5 f\n"),
		    "002scp: f: lost connection|", 2, "" },
		{ "-t f", "f=old", SAYS("C0644 5 f\nhel\0\0\1scp: shrank\n"),
		    "000", 1, "f=old" },
		{ "-t .", "", SAYS("C0644 1 f\nx\1scp: no\nC0644 1 g\ny\0"),
		    "00000", 1, "g=y" },
		{ "-t f", "", SAYS("C0644 1 f\nx\2scp: no\n"), "00", 2, "" },
		{ "-t f", "", SAYS("C0644 1 f\nx\1scp: cut"),
		    "002scp: f: lost connection|", 2, "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* WinSCP gives up only where a message begins so. */
START_TEST(what_is_not_the_protocol_ends_the_session)
{
	static const struct row rows[] = {
		{ "-t f", "", SAYS("\n"),
		    "02scp: protocol error: unknown record|", 2, "" },
		{ "-t f", "", SAYS("hello\n"),
		    "02scp: protocol error: unknown record|", 2, "" },
		{ "-t f", "", SAYS("C0644 x f\n"),
		    "02scp: protocol error: bad size|", 2, "" },
		{ "-t f", "", SAYS("C9 1 f\n"),
		    "02scp: protocol error: bad mode|", 2, "" },
		{ "-t f", "", SAYS("T1 0 1\n"),
		    "02scp: protocol error: bad times|", 2, "" },
		{ "-t f", "", SAYS("C0644 1 f"), "02scp: lost connection|", 2,
		    "" },
		{ "-t f", "", SAYS("C0644 1 f\nx\0junk\n"),
		    "0002scp: protocol error: unknown record|", 2, "f=x" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(protocol_errors_within_an_item_begin_as_those_between_items)
{
	static const struct row rows[] = {
		{ "-t f", "", SAYS("C0644 1 f\nxX"),
		    "002scp: protocol error: status byte expected|", 2, "" },
		{ "-t d", "d/", SAYS("D0755 0 x\nC0644 1 a\nx\0E\n"),
		    "02scp: protocol error: received directory without -r|", 2,
		    "d/" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* A sender that grew sends more than it announced. */
START_TEST(a_body_longer_than_announced_is_not_stored)
{
	talk_make("f=old");
	ck_assert_int_eq(serve("-t f", SAYS("C0644 5 f\nhello, world\0")), 2);
	ck_assert_str_eq(talk_tree(), "f=old");
}
END_TEST

/* CVE-2018-20685, CVE-2019-6111: even where the name is not used. */
START_TEST(names_that_could_leave_their_directory_end_the_session)
{
	static const char *const names[] = { "", ".", "..", "../x", "/x", "a/b",
		"x/" };
	static const char *const words[] = { "-t .", "-t f", "-r -t .",
		"-r -t new" };
	char line[64];
	int n;

	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t w = 0; w < 2 * COUNT(words); w++) {
			n = snprintf(line, sizeof(line), "%c0777 0 %s\n%cE\n",
			    w % 2 ? 'C' : 'D', names[i], 0);
			talk_make("d/ d/x=kept");
			ck_assert_int_eq(
			    serve(words[w / 2], line, (size_t)n), 2);
			ck_assert_str_eq(talk_heard(),
			    w % 2 == 0 && strcmp(names[i], ".") == 0 ?
				"02scp: error: unexpected filename: . (name "
				"the directory, or site/*)|" :
				"02scp: protocol error: unexpected filename|");
			ck_assert_str_eq(talk_tree(), "d/ d/x=kept");
			ck_assert_uint_eq(unit_mode("root"), 0755);
			ck_assert_uint_eq(unit_mode("root/d"), 0755);
			talk_close();
		}
}
END_TEST

START_TEST(a_target_that_can_not_be_is_told_in_the_first_reply)
{
	static const struct row rows[] = {
		{ "-t no/such", "", SAYS(""),
		    "2scp: no/such: No such file or directory|", 2, "" },
		{ "-t f/x", "f=", SAYS(""), "2scp: f/x: Not a directory|", 2,
		    "f=" },
		{ "-t f/", "f=", SAYS(""), "2scp: f/: Not a directory|", 2,
		    "f=" },
		{ "-d -t f", "f=", SAYS(""), "2scp: f: Not a directory|", 2,
		    "f=" },
		{ "-d -t new", "", SAYS(""),
		    "2scp: new: No such file or directory|", 2, "" },
		{ "-t ../x", "", SAYS(""),
		    "2scp: ../x: Path leaves the served directory|", 2, "" },
		{ "-t ../root/x", "", SAYS(""),
		    "2scp: ../root/x: Path leaves the served directory|", 2,
		    "" },
		{ "-t /..", "", SAYS(""),
		    "2scp: /..: Path leaves the served directory|", 2, "" },
		{ "-t l", "l>l", SAYS(""),
		    "2scp: l: Too many levels of symbolic links|", 2, "l>l" },
		{ "-t a\33b", "", SAYS(""),
		    "2scp: a\\x1bb: Control characters in the name|", 2, "" },
		{ "-t " TEMP, "", SAYS(""),
		    "2scp: " TEMP ": Name is reserved for temporary files|", 2,
		    "" },
		{ "-t new/", "", SAYS("C0644 1 f\nx\0"),
		    "02scp: new/: No such file or directory|", 2, "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/*
 * Some peers send the body of a refused file all the same.  Whoever controls
 * its content must not get to say records.
 */
START_TEST(an_announced_body_is_never_read_as_records)
{
	static const struct row rows[] = {
		{ "-t .", "d/",
		    SAYS("C0644 24 d\nC0644 6 injected\npwned\n\0\0"),
		    "02scp: ./d: Is a directory|", 2, "d/" },
		{ "-r -t .", "d/",
		    SAYS("C0644 24 d\nC0644 6 injected\npwned\n\0\0"),
		    "001scp: ./d: Is a directory|", 1, "d/" },
		{ "-d -t .", "d/",
		    SAYS("C0644 24 d\nC0644 6 injected\npwned\n\0\0"),
		    "001scp: ./d: Is a directory|", 1, "d/" },
		{ "-r -t .",
		    "x=", SAYS("D0755 0 x\nC0644 6 injected\npwned\n\0E\n"),
		    "02scp: ./x: Not a directory|", 2, "x=" },
		{ "-t .", "", SAYS("C0644 15 a\33b\nC0644 1 x\ny\0\0\0\0\0"),
		    "02scp: .: Control characters in the name -- a\\x1bb|", 2,
		    "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(with_r_or_d_a_refused_file_does_not_stop_the_others)
{
	static const struct row rows[] = {
		{ "-r -t .", "a/", SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"),
		    "001scp: ./a: Is a directory|00", 1, "a/ b=y" },
		{ "-d -t .", "a/", SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"),
		    "001scp: ./a: Is a directory|00", 1, "a/ b=y" },
		{ "-r -t .", "", SAYS("C0644 1 \33\nx\0C0644 1 b\ny\0"),
		    "001scp: .: Control characters in the name -- \\x1b|00", 1,
		    "b=y" },
		{ "-r -t .", "", SAYS("C0644 1 " TEMP "\nx\0C0644 1 b\ny\0"),
		    "001scp: .: Name is reserved for temporary files -- " TEMP
		    "|00",
		    1, "b=y" },
		{ "-o Overwrite=deny -r -t .", "a=old",
		    SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"),
		    "001scp: ./a: File exists|00", 1, "a=old b=y" },
		{ "-r -t .", "a/", SAYS("C0644 1 a\nx\1no\nC0644 1 b\ny\0"),
		    "001scp: ./a: Is a directory|00", 1, "a/ b=y" },
		{ "-r -t .", "a/", SAYS("C0644 67108865 a\nx"),
		    "02scp: ./a: Is a directory|", 2, "a/" },
		{ "-r -t .", "a/", SAYS("C0644 9223372036854775807 a\nx"),
		    "02scp: ./a: Is a directory|", 2, "a/" },
		{ "-r -t .", "a/", SAYS("C0644 5 a\nx"),
		    "002scp: ./a: lost connection|", 2, "a/" },
		{ "-r -t .", "a/", SAYS("C0644 1 a\nx\2\n"), "00", 2, "a/" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_file_target_takes_one_file)
{
	static const struct row rows[] = {
		{ "-t f", "", SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"),
		    "0002scp: f: Not a directory, and already received|", 2,
		    "f=x" },
		{ "-r -t f", "", SAYS("C0644 1 a\nx\0C0644 1 b\ny\0"), "00000",
		    0, "f=y" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(refused_directories_end_the_session)
{
	static const struct row rows[] = {
		{ "-r -t .", "d=", SAYS("D0755 0 d\nC0644 1 a\nx\0E\n"),
		    "02scp: ./d: Not a directory|", 2, "d=" },
		{ "-r -t f", "f=", SAYS("D0755 0 d\nE\n"),
		    "02scp: f: Not a directory|", 2, "f=" },
		{ "-r -t .", "l>d d/", SAYS("D0755 0 l\nC0644 1 a\nx\0E\n"),
		    "02scp: ./l: Symbolic link not followed|", 2, "d/ l>d" },
		{ "-r -t .", "", SAYS("D0755 0 \33\nC0644 1 a\nx\0E\n"),
		    "02scp: .: Control characters in the name -- \\x1b|", 2,
		    "" },
		{ "-o MaxDepth=2 -r -t .", "",
		    SAYS("D0755 0 a\nD0755 0 b\nD0755 0 c\nE\nE\nE\n"),
		    "0002scp: ./a/b/c: Directories nested too deep|", 2,
		    "a/ a/b/" },
		/* counted from the root, not from the operand */
		{ "-o MaxDepth=2 -r -t a/b", "a/ a/b/", SAYS("D0755 0 c\nE\n"),
		    "02scp: a/b/c: Directories nested too deep|", 2,
		    "a/ a/b/" },
		{ "-o MaxDepth=1 -r -t a/b", "a/", SAYS("D0755 0 c\nE\n"),
		    "02scp: a/b: Directories nested too deep|", 2, "a/" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(messages_of_the_peer_get_no_reply)
{
	static const struct row rows[] = {
		{ "-t .", "", SAYS("\1scp: x: gone\nC0644 1 b\ny\0"), "000", 1,
		    "b=y" },
		{ "-r -t .", "", SAYS("D0755 0 d\n\1scp: x\nE\n"), "000", 1,
		    "d/" },
		{ "-t .", "", SAYS("\1\n\1\n\1\n"), "0", 1, "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(links_are_followed_once_or_refused)
{
	static const struct row rows[] = {
		{ "-t l", "f=old l>f", SAYS("C0644 3 x\nnew\0"), "000", 0,
		    "f=new l>f" },
		{ "-t l", "l>new", SAYS("C0644 3 x\nnew\0"), "000", 0,
		    "l>new new=new" },
		{ "-t l", "d/ l>d", SAYS("C0644 3 x\nnew\0"), "000", 0,
		    "d/ d/x=new l>d" },
		{ "-t .", "f=old l>f", SAYS("C0644 3 l\nnew\0"), "000", 0,
		    "f=old l=new" },
		{ "-o Root=/srv -t l", "f=old l>f", SAYS("C0644 3 x\nnew\0"),
		    "2scp: l: Symbolic link not followed|", 2, "f=old l>f" },
		{ "-o Root=/srv -t l/x", "d/ l>d", SAYS("C0644 3 x\nnew\0"),
		    "2scp: l/x: Symbolic link not followed|", 2, "d/ l>d" },
		{ "-o Root=/srv -t .", "f=old l>f", SAYS("C0644 3 l\nnew\0"),
		    "000", 0, "f=old l=new" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_confined_request_may_name_the_root_itself)
{
	static const struct row rows[] = {
		{ "-o Root=/srv/drop -t /srv/drop/f", "",
		    SAYS("C0644 1 x\ny\0"), "000", 0, "f=y" },
		{ "-o Root=/srv/drop -t /srv/drop", "", SAYS("C0644 1 x\ny\0"),
		    "000", 0, "x=y" },
		{ "-o Root=/srv/drop -t /srv/drop2/f", "", SAYS(""),
		    "2scp: /srv/drop2/f: No such file or directory|", 2, "" },
		{ "-o Root=/srv/drop -t /srv/drop/../f", "", SAYS(""),
		    "2scp: /srv/drop/../f: Path leaves the served directory|",
		    2, "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* Links to places beside the root, and what stands there. */
START_TEST(nothing_is_stored_outside_the_root)
{
	static const char *const words[] = { "-t out", "-t outdir/x",
		"-t outdir", "-t absolute", "-r -t outdir" };
	char there[256];

	for (size_t i = 0; i < COUNT(words); i++) {
		talk_make("");
		unit_write("secret", "kept");
		ck_assert_int_eq(mkdir("beside", 0755), 0);
		ck_assert_int_eq(symlink("../secret", "root/out"), 0);
		ck_assert_int_eq(symlink("../beside", "root/outdir"), 0);
		ck_assert_ptr_nonnull(getcwd(there, sizeof(there) - 8));
		memcpy(there + strlen(there), "/secret", 8);
		ck_assert_int_eq(symlink(there, "root/absolute"), 0);
		(void)serve(words[i], SAYS("C0644 1 x\ny\0D0755 0 d\nE\n"));
		ck_assert_str_eq(unit_read("secret"), "kept");
		ck_assert_int_eq(unit_entries("beside"), 0);
		ck_assert_int_eq(unit_entries("."), 3);
		talk_close();
	}
}
END_TEST

static int64_t
mtime(const char *path)
{
	return unit_status(path).st_mtim.tv_sec;
}

START_TEST(times_are_those_of_the_record_before_and_of_no_other)
{
	static const char *const untouched[] = { "root/second",
		"root/after-refused", "root/after-warning", "root/after-failed",
		"root/d/inside", "root/unusable", "root/taken" };

	talk_make("taken/");
	ck_assert_int_eq(serve("-r -t .",
			     SAYS("T1 0 1 0\nT17 5 18 6\nC0644 1 f\nx\0"
				  "C0644 1 second\nx\0"
				  "T17 0 17 0\nC0644 1 taken\nx\0"
				  "C0644 1 after-refused\nx\0"
				  "T17 0 17 0\n\1scp: skipped\n"
				  "C0644 1 after-warning\nx\0"
				  "T17 0 17 0\nC0644 1 failed\nx\1no\n"
				  "C0644 1 after-failed\nx\0"
				  "T17 0 17 0\nD0755 0 d\n"
				  "C0644 1 inside\nx\0E\n"
				  "T-5 0 17 0\nC0644 1 unusable\nx\0")),
	    1);
	ck_assert_int_eq(mtime("root/f"), 17);
	ck_assert_int_eq(mtime("root/d"), 17);
	for (size_t i = 0; i < COUNT(untouched); i++)
		ck_assert_msg(
		    mtime(untouched[i]) > 1000000, "%s", untouched[i]);
}
END_TEST

START_TEST(times_count_with_and_without_p_and_without_a_last_status)
{
	static const char *const words[] = { "-t f", "-p -t f" };
	static const struct timespec times[2] = { { 1000000001, 18000 },
		{ 1000000000, 17000 } };

	for (size_t i = 0; i < COUNT(words); i++) {
		talk_make("");
		ck_assert_int_eq(serve(words[i],
				     SAYS("T1000000000 17 1000000001 18\n"
					  "C0640 2 a\nhi")),
		    0);
		unit_check_times("root/f", times);
		ck_assert_uint_eq(unit_mode("root/f"), 0640);
		talk_close();
	}
}
END_TEST

START_TEST(modes_follow_the_umask_or_p_and_never_make_set_id_files)
{
	static const struct {
		const char *words, *path;
		mode_t mode;
	} rows[] = {
		{ "-t new", "root/new", 0755 },
		{ "-p -t new", "root/new", 0777 },
		{ "-t old", "root/old", 0644 },
		{ "-p -t old", "root/old", 0777 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		talk_make("old=x");
		ck_assert_int_eq(
		    serve(rows[i].words, SAYS("C6777 1 x\ny\0")), 0);
		ck_assert_uint_eq(unit_mode(rows[i].path), rows[i].mode);
		talk_close();
	}
}
END_TEST

START_TEST(directories_get_their_mode_when_they_are_left)
{
	static const struct {
		const char *words, *says;
		mode_t old, new;
	} rows[] = {
		{ "-r -t .", "D0777 0 new\nE\nD0777 0 old\nE\n", 0700, 0755 },
		{ "-r -t .", "D7777 0 new\nE\nD7777 0 old\nE\n", 0700, 01755 },
		{ "-r -t .", "D0555 0 new\nE\nD0555 0 old\nE\n", 0700, 0555 },
		{ "-r -p -t .", "D0777 0 new\nE\nD0777 0 old\nE\n", 0777,
		    0777 },
		{ "-r -p -t .", "D6711 0 new\nE\nD6711 0 old\nE\n", 0711,
		    0711 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		talk_make("old/");
		ck_assert_int_eq(chmod("root/old", 0700), 0);
		ck_assert_int_eq(
		    serve(rows[i].words, rows[i].says, strlen(rows[i].says)),
		    0);
		ck_assert_uint_eq(unit_mode("root/old"), rows[i].old);
		ck_assert_uint_eq(unit_mode("root/new"), rows[i].new);
		talk_close();
	}
}
END_TEST

START_TEST(where_replacing_is_denied_an_old_directory_is_not_changed)
{
	talk_make("old/");
	ck_assert_int_eq(chmod("root/old", 0700), 0);
	ck_assert_int_eq(serve("-o Overwrite=deny -r -p -t .",
			     SAYS("T17 0 17 0\nD0777 0 old\nC0644 1 f\nx\0E\n"
				  "T17 0 17 0\nD0777 0 new\nE\n")),
	    0);
	ck_assert_str_eq(talk_tree(), "new/ old/ old/f=x");
	ck_assert_uint_eq(unit_mode("root/old"), 0700);
	ck_assert_int_gt(mtime("root/old"), 1000000);
	ck_assert_uint_eq(unit_mode("root/new"), 0777);
	ck_assert_int_eq(mtime("root/new"), 17);
}
END_TEST

START_TEST(where_no_more_may_be_created_a_directory_is_still_entered)
{
	static const struct row rows[] = {
		{ "-o MaxSessionFiles=2 -r -t .", "d/",
		    SAYS("D0755 0 d\nD0755 0 s\nE\nC0644 1 a\nx\0"
			 "C0644 1 b\ny\0"),
		    "00000001scp: ./d/b: more files than one session may copy "
		    "(MaxSessionFiles)|",
		    1, "d/ d/a=x d/s/" },
		{ "-o MaxSessionFiles=1 -r -t .", "d/",
		    SAYS("C0644 1 a\nx\0D0755 0 d\nE\nD0755 0 e\n"),
		    "000002scp: ./e: more files than one session may copy "
		    "(MaxSessionFiles)|",
		    2, "a=x d/" },
		{ "-o MaxSessionFiles=1 -r -t .", "f=x",
		    SAYS("C0644 1 a\nx\0D0755 0 f\n"),
		    "0002scp: ./f: Not a directory|", 2, "a=x f=x" },
		{ "-o MaxSessionBytes=2047 -r -t .", "",
		    SAYS("D0755 0 d\nD0755 0 e\n"),
		    "002scp: ./d/e: more than one session may copy "
		    "(MaxSessionBytes)|",
		    2, "d/" },
		{ "-o MaxSessionBytes=2048 -r -t .", "",
		    SAYS("D0755 0 d\nC0644 0 a\n\0"), "0000", 0, "d/ d/a=" },
		{ "-o MinFree=4000T -r -t .", "d/",
		    SAYS("D0755 0 d\nD0755 0 e\n"),
		    "002scp: ./d/e: the file system would be too full "
		    "(MinFree)|",
		    2, "d/" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* It is filled before it gets a mode under which it could not be. */
START_TEST(a_directory_without_write_permission_can_be_filled)
{
	talk_make("");
	ck_assert_int_eq(
	    serve("-r -p -t .",
		SAYS("T17 0 17 0\nD0500 0 d\nC0400 1 a\nx\0D0000 0 s\n"
		     "C0644 1 b\ny\0")),
	    0);
	ck_assert_uint_eq(unit_mode("root/d"), 0500);
	ck_assert_uint_eq(unit_mode("root/d/a"), 0400);
	ck_assert_uint_eq(unit_mode("root/d/s"), 0);
	ck_assert_int_eq(mtime("root/d"), 17);
}
END_TEST

START_TEST(two_hundred_and_fifty_six_levels_are_taken_and_no_more)
{
	static char says[20 * 300];
	size_t n = 0;

	for (int i = 0; i < 256; i++)
		n += (size_t)sprintf(says + n, "D0755 0 d\n");
	talk_make("");
	ck_assert_int_eq(serve("-r -t .", says, n), 0);
	ck_assert_uint_eq(strlen(talk_heard()), 257);
	talk_close();
	n += (size_t)sprintf(says + n, "D0755 0 d\n");
	talk_make("");
	ck_assert_int_eq(serve("-r -t .", says, n), 2);
	ck_assert_ptr_nonnull(
	    strstr(talk_heard(), ": Directories nested too deep|"));
}
END_TEST

START_TEST(a_hundred_thousand_records_D_cost_no_stack)
{
	static char says[1000001];

	for (size_t i = 0; i < 1000000; i += 10)
		memcpy(says + i, "D0755 0 d\n", 10);
	talk_make("");
	ck_assert_int_eq(serve("-r -t .", says, 1000000), 2);
}
END_TEST

START_TEST(a_flood_of_warnings_has_its_end)
{
	static char says[200002];

	for (size_t i = 0; i < 200002; i += 2)
		memcpy(says + i, "\1\n", 2);
	talk_make("");
	ck_assert_int_eq(serve("-t .", says, 200000), 1);
	ck_assert_str_eq(talk_heard(), "0");
	talk_close();
	ck_assert_int_eq(serve("-t .", says, 200002), 2);
	ck_assert_str_eq(
	    talk_heard(), "02scp: protocol error: too many warnings|");
}
END_TEST

START_TEST(a_record_that_is_too_long_ends_the_session)
{
	static char says[6000];

	memset(says, 'x', sizeof(says));
	memcpy(says, "C0644 1 ", 8);
	memcpy(says + 5000, "\nC0644 1 tail\ny", 15);
	talk_make("");
	ck_assert_int_eq(serve("-r -t .", says, sizeof(says)), 2);
	ck_assert_str_eq(
	    talk_heard(), "02scp: protocol error: record too long|");
	ck_assert_str_eq(talk_tree(), "");
}
END_TEST

START_TEST(a_name_that_is_too_long_fails_its_file)
{
	static char says[300];
	int n;

	n = snprintf(
	    says, sizeof(says), "C0644 1 %0256d\nx%cC0644 1 b\ny", 0, 0);
	talk_make("");
	ck_assert_int_eq(serve("-r -t .", says, (size_t)n), 1);
	ck_assert_ptr_nonnull(strstr(talk_heard(), ": File name too long -- "));
	ck_assert_str_eq(talk_tree(), "b=y");
}
END_TEST

/* As a disk that fills: the rest of the body is read, the next file stored. */
START_TEST(a_body_that_can_not_be_stored_is_read_to_its_end)
{
	const struct rlimit limit = { 65536, 65536 };
	static char says[200000];
	int n = sprintf(says, "C0644 150000 f\n");

	memset(says + n, 'x', 150000);
	memcpy(says + n + 150000, "\0C0644 1 g\ny", 13);
	talk_make("f=old");
	talk_open_saying("-r -t .", says, (size_t)n + 150013);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_assert_int_eq(report_ended(&talk.report, run_sink()), 1);
	ck_assert_str_eq(talk_heard(), "001scp: ./f: File too large|00");
	ck_assert_str_eq(talk_tree(), "f=old g=y");
}
END_TEST

START_TEST(a_large_body_arrives_as_it_was_sent)
{
	static char says[300000];
	static char back[300000];
	uint64_t state = 11;
	int n = sprintf(says, "C0644 299000 f\n"), fd;

	for (int i = 0; i < 299000; i++)
		says[n + i] = (char)unit_random(&state);
	talk_make("");
	ck_assert_int_eq(serve("-t f", says, (size_t)n + 299000), 0);
	fd = open("root/f", O_RDONLY);
	ck_assert_int_eq(read(fd, back, sizeof(back)), 299000);
	ck_assert_mem_eq(back, says + n, 299000);
}
END_TEST

START_TEST(a_device_that_was_named_takes_files_in_an_open_session_only)
{
	if (geteuid() != 0)
		return;
	for (int confined = 0; confined < 2; confined++) {
		talk_make("");
		ck_assert_int_eq(
		    mknod("root/null", S_IFCHR | 0666, makedev(1, 3)), 0);
		ck_assert_int_eq(
		    serve(confined ? "-o Root=/srv -t null" : "-p -t null",
			SAYS("T1 0 1 0\nC0600 1 x\ny\0")),
		    confined ? 2 : 0);
		ck_assert_str_eq(talk_heard(),
		    confined ? "2scp: null: not a regular file|" : "0000");
		ck_assert_uint_eq(
		    unit_mode("root/null") & 07777, unit_mode("root/null"));
		talk_close();
	}
}
END_TEST

START_TEST(missing_parents_are_made)
{
	static const struct row rows[] = {
		{ "-o MakeParents=yes -t a/b/f", "", SAYS("C0644 5 x\nhello\0"),
		    "000", 0, "a/ a/b/ a/b/f=hello" },
		{ "-o MakeParents=yes -d -t a/b", "a/",
		    SAYS("C0644 5 x\nhello\0"), "000", 0,
		    "a/ a/b/ a/b/x=hello" },
		{ "-o MakeParents=yes -r -t a/", "", SAYS("D0755 0 d\nE\n"),
		    "000", 0, "a/ a/d/" },
		{ "-o MakeParents=yes -t l/b/f", "d/ l>d",
		    SAYS("C0644 5 x\nhello\0"), "000", 0,
		    "d/ d/b/ d/b/f=hello l>d" },
		{ "-o MakeParents=yes -t l/b/f", "l>none", SAYS(""),
		    "2scp: l/b/f: No such file or directory|", 2, "l>none" },
		{ "-o MakeParents=yes -t l", "l>none/f", SAYS(""),
		    "2scp: l: No such file or directory|", 2, "l>none/f" },
		{ "-o MakeParents=no -t a/f", "", SAYS(""),
		    "2scp: a/f: No such file or directory|", 2, "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* A session up to its filter. */
static void
open_only(const char *words)
{
	talk_make("");
	talk_open_saying(words, "", 0);
	(void)sink_open(&k, &talk.session, 7);
}

START_TEST(the_filter_fits_what_the_policy_allows)
{
	static const struct {
		const char *words;
		enum confine_program program;
	} rows[] = {
		{ "-t f", PROGRAM_SINK_OPEN },
		{ "-o Overwrite=deny -t f", PROGRAM_SINK_NEW },
		{ "-o Overwrite=deny -o SetIdBits=yes -t f",
		    PROGRAM_SINK_NEW_SETID },
		{ "-wo -o SetIdBits=yes -t f", PROGRAM_SINK_NEW_SETID },
		{ "-o SetIdBits=yes -t f", PROGRAM_SINK_SETID },
		{ "-o Overwrite=inplace -t f", PROGRAM_SINK_INPLACE },
		{ "-o Root=/srv -t f", PROGRAM_SINK },
		{ "-o Root=/srv -o Overwrite=deny -t f", PROGRAM_SINK_NEW },
		{ "-o Root=/srv -wo -t f", PROGRAM_SINK_NEW },
		{ "-o Root=/srv -wo -o Overwrite=replace -t f", PROGRAM_SINK },
		{ "-o DirectoryMode=2775 -t f", PROGRAM_SINK_OPEN },
		{ "-o DirectoryMode=2775 -r -t f", PROGRAM_SINK_SETGID },
		{ "-o Root=/srv -wo -o DirectoryMode=2775 -r -t f",
		    PROGRAM_SINK_NEW_SETGID },
		{ "-o DirectoryMode=2775 -o Overwrite=inplace -r -t f",
		    PROGRAM_SINK_INPLACE_SETGID },
		{ "-o DirectoryMode=2775 -o SetIdBits=yes -r -t f",
		    PROGRAM_SINK_SETID },
		/* the directory above has its mode, or gets it in the end */
		{ "-o MakeParents=yes -o DirectoryMode=2775 -t f",
		    PROGRAM_SINK_OPEN },
		{ "-o MakeParents=yes -o DirectoryMode=2555 -t f",
		    PROGRAM_SINK_SETGID },
		{ "-o Root=/srv -wo -o MakeParents=yes -t f",
		    PROGRAM_SINK_NEW },
		{ "-o Root=/srv -wo -o MakeParents=yes "
		  "-o DirectoryMode=2555 -t f",
		    PROGRAM_SINK_NEW_SETGID },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		open_only(rows[i].words);
		ck_assert_uint_eq(k.rules.next_temp, 7); /* it is prepared */
		if (k.rules.link == UPLOAD_LINK_NONE || k.target.dir.no_tmpfile)
			return; /* this file system has no unnamed files */
		ck_assert_int_eq(
		    confine_program_for(grants_now(), false), rows[i].program);
		ck_assert_int_eq(
		    k.rules.may_name, rows[i].program >= PROGRAM_SINK_NAMED);
		talk_close();
	}
}
END_TEST

/* With the bit in the directory of the target, or none of it. */
START_TEST(directories_of_a_group_have_a_filter_of_their_own)
{
	static const struct {
		const char *words;
		enum confine_program program;
	} rows[] = {
		{ "-r -t f", PROGRAM_SINK_SETGID },
		{ "-t f", PROGRAM_SINK_OPEN },
		{ "-o Root=/srv -r -t f", PROGRAM_SINK_SETGID },
		{ "-o Root=/srv -o Overwrite=deny -r -t f",
		    PROGRAM_SINK_NEW_SETGID },
		{ "-o Root=/srv -wo -r -t f", PROGRAM_SINK_NEW },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		open_only(rows[i].words);
		if (k.rules.link == UPLOAD_LINK_NONE || k.target.dir.no_tmpfile)
			return; /* this file system has no unnamed files */
		ck_assert_int_eq(fchmod(k.target.dir.fd, 02755), 0);
		ck_assert_int_eq(
		    confine_program_for(grants_now(), false), rows[i].program);
		talk_close();
	}
}
END_TEST

START_TEST(where_only_named_temporaries_work_the_filter_allows_them_or_it_ends)
{
	static const struct {
		const char *words;
		enum confine_program program;
		int err;
	} rows[] = {
		{ "-t f", PROGRAM_SINK_OPEN, 0 },
		{ "-o Root=/srv -t f", PROGRAM_SINK_NAMED, 0 },
		{ "-o Overwrite=deny -t f", PROGRAM_SINK_OPEN, 0 },
		{ "-o Root=/srv -o Overwrite=deny -t f", PROGRAM_SINK_NAMED,
		    0 },
		{ "-o Root=/srv -wo -t f", PROGRAM_SINK_NEW, ERR_NO_PUBLISH },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		open_only(rows[i].words);
		k.target.dir.no_tmpfile = true;
		ck_assert_int_eq(
		    confine_program_for(grants_now(), false), rows[i].program);
		ck_assert_int_eq(k.target_error, rows[i].err);
		ck_assert_str_eq(
		    session_publish_way(&k.target, &k.rules), "named");
		talk_close();
	}
}
END_TEST

START_TEST(each_item_leaves_its_record)
{
	static const char *const records[] = {
		"\"verb\":\"put\",\"path\":\"/t/f\",\"bytes\":2,"
		"\"mode\":\"0755\",\"result\":\"ok\",\"ms\":",
		"\"verb\":\"mkdir\",\"path\":\"/t/d\",\"bytes\":0,"
		"\"mode\":\"0750\",\"result\":\"ok\",\"ms\":",
		"\"verb\":\"put\",\"path\":\"/t/d/g\",\"bytes\":1,"
		"\"mode\":\"0600\",\"result\":\"failed\","
		"\"reason\":\"peer\",\"detail\":\"scp: no\",\"ms\":",
		"\"verb\":\"put\",\"path\":\"/t/a\",\"bytes\":0,"
		"\"mode\":\"0644\",\"result\":\"failed\","
		"\"reason\":\"EISDIR\",\"errno\":21,\"ms\":",
		"\"verb\":\"peer\",\"bytes\":0,\"mode\":\"0000\","
		"\"result\":\"failed\",\"reason\":\"peer\","
		"\"detail\":\"scp: gone\",\"ms\":",
		"\"event\":\"end\",\"files\":1,\"bytes\":2,\"failures\":3,"
		"\"lost\":0,\"reason\":\"ok\",\"status\":1}",
	};

	talk_make("t/ t/a/");
	ck_assert_int_eq(serve("-r -t t",
			     SAYS("T1 0 1 0\nC6755 2 f\nxx\0D2750 0 d\n"
				  "C0600 1 g\ny\1scp: no\nE\n"
				  "C0644 1 a\nx\0\1scp: gone\n")),
	    1);
	talk_check_records(records, COUNT(records));
	ck_assert_int_eq(talk_logged("\n"), (int)COUNT(records));
}
END_TEST

/* A peer that is gone but had sent all: what it sent is stored. */
START_TEST(a_peer_that_no_longer_listens_is_still_heard)
{
	int ends[2];

	talk_make("");
	ck_assert_int_eq(wire_arm(&talk.wire), 0);
	ck_assert_int_eq(pipe(ends), 0);
	(void)close(ends[0]);
	talk_open(
	    "-t .", unit_memory(SAYS("C0644 1 a\nx\0C0644 1 b\ny\0")), ends[1]);
	(void)run_sink();
	ck_assert_str_eq(talk_tree(), "a=x b=y");
}
END_TEST

/* Truncating a session anywhere leaves nothing that is not whole. */
START_TEST(a_session_cut_anywhere_stores_only_whole_files)
{
	static const char says[] = "T1 0 1 0\nD0755 0 d\nC0644 2 a\nxx\0E\n"
				   "C0644 3 b\nyyy\0\1w\n";
	const char *tree;

	for (size_t len = 0; len < sizeof(says) - 1; len++) {
		talk_make("");
		ck_assert_int_le(serve("-r -t .", says, len), 2);
		tree = talk_tree();
		ck_assert_msg(strcmp(tree, "") == 0 ||
			strcmp(tree, "d/") == 0 ||
			strcmp(tree, "d/ d/a=xx") == 0 ||
			strcmp(tree, "b=yyy d/ d/a=xx") == 0,
		    "%zu: %s", len, tree);
		talk_close();
	}
}
END_TEST

/* Each bit of a session flipped: never outside, never a temporary left. */
START_TEST(a_session_with_any_bit_flipped_stays_inside)
{
	static const char good[] = "T1 0 1 0\nD0755 0 d\nC0644 2 a\nxx\0E\n"
				   "C0644 3 b\nyyy\0";
	char says[sizeof(good) - 1];

	talk_make("");
	for (size_t bit = 0; bit < 8 * sizeof(says); bit++) {
		memcpy(says, good, sizeof(says));
		says[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_int_le(serve("-r -t .", says, sizeof(says)), 2);
		ck_assert_ptr_null(strstr(talk_tree(), ".part"));
		ck_assert_int_eq(unit_entries("."), 1);
		talk_close();
	}
}
END_TEST

/* So a session that is killed can't have stored what has no record. */
START_TEST(what_has_to_be_recorded_is_recorded_before_its_name_appears)
{
	static const char says[] = "C0644 1 f\nx\0";

	talk_make("");
	talk_open_saying("-t f", says, sizeof(says) - 1);
	(void)sink_open(&k, &talk.session, 7);
	talk.audit.required = true;
	ck_assert_int_ne(
	    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), talk.audit.fd), -1);
	ck_assert_int_eq(sink_run(&k), ERR_AUDIT);
	ck_assert(!unit_exists("root/f"));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		files_are_stored,
		what_has_to_be_recorded_is_recorded_before_its_name_appears,
		trees_are_stored,
		a_session_ends_where_the_peer_ends_it,
		a_body_that_is_not_whole_is_not_stored,
		what_is_not_the_protocol_ends_the_session,
		protocol_errors_within_an_item_begin_as_those_between_items,
		a_body_longer_than_announced_is_not_stored,
		names_that_could_leave_their_directory_end_the_session,
		a_target_that_can_not_be_is_told_in_the_first_reply,
		an_announced_body_is_never_read_as_records,
		with_r_or_d_a_refused_file_does_not_stop_the_others,
		a_file_target_takes_one_file,
		refused_directories_end_the_session,
		messages_of_the_peer_get_no_reply,
		links_are_followed_once_or_refused,
		a_confined_request_may_name_the_root_itself,
		nothing_is_stored_outside_the_root,
		times_are_those_of_the_record_before_and_of_no_other,
		times_count_with_and_without_p_and_without_a_last_status,
		modes_follow_the_umask_or_p_and_never_make_set_id_files,
		directories_get_their_mode_when_they_are_left,
		where_replacing_is_denied_an_old_directory_is_not_changed,
		where_no_more_may_be_created_a_directory_is_still_entered,
		a_directory_without_write_permission_can_be_filled,
		two_hundred_and_fifty_six_levels_are_taken_and_no_more,
		a_hundred_thousand_records_D_cost_no_stack,
		a_flood_of_warnings_has_its_end,
		a_record_that_is_too_long_ends_the_session,
		a_name_that_is_too_long_fails_its_file,
		a_body_that_can_not_be_stored_is_read_to_its_end,
		a_large_body_arrives_as_it_was_sent,
		a_device_that_was_named_takes_files_in_an_open_session_only,
		missing_parents_are_made,
		the_filter_fits_what_the_policy_allows,
		directories_of_a_group_have_a_filter_of_their_own,
		where_only_named_temporaries_work_the_filter_allows_them_or_it_ends,
		each_item_leaves_its_record,
		a_peer_that_no_longer_listens_is_still_heard,
		a_session_cut_anywhere_stores_only_whole_files,
		a_session_with_any_bit_flipped_stays_inside,
	};

	return unit_run("sink", tests, COUNT(tests));
}
