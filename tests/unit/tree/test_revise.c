/*
 * Uploads whose octets come in any order, over a file that may be there: what
 * is stored is what a file that is written in place would hold, and nothing is
 * copied for a peer that writes the whole.
 */
#include "tree/revise.h"

#include <fcntl.h>

#include "base/err.h"
#include "put.h"

static int
open_as(struct revision *r, const struct revision_start *s)
{
	struct name name;

	ck_assert_int_eq(name_parse(&name, "f", 1), 0);
	return revise_begin(r, &rules, &dir, &name, s);
}

static int
end(struct revision *r)
{
	const struct upload_meta meta = { .mode = 0644 };
	int e = revise_finish(r, &meta);

	if (e == 0)
		e = revise_publish(r, &meta);
	revise_abort(r);
	return e;
}

static void
begin_revise(enum way way, bool both)
{
	begin_test(way, OVERWRITE_REPLACE);
	rules.read_back = both;
}

/* A write at an offset, or with NULL the size. */
struct step {
	int64_t at;
	const char *text;
};

START_TEST(what_is_stored_is_as_if_it_was_written_in_place)
{
	static const struct {
		const char *old; /* NULL: none */
		struct step steps[4];
		bool truncate;
		bool appends;
		const char *stored;
	} rows[] = {
		{ NULL, { { 0, "abc" } }, false, false, "abc" },
		{ NULL, { { 0, "abc" }, { 3, "de" } }, false, false, "abcde" },
		{ NULL, { { 3, "de" }, { 0, "abc" } }, false, false, "abcde" },
		{ NULL, { { 0, "abcdef" }, { 2, "X" } }, false, false,
		    "abXdef" },
		/* as scp does: the whole, and its size */
		{ "0123456789", { { 0, "abc" }, { 3, NULL } }, false, false,
		    "abc" },
		{ "0123456789", { { 0, "abc" } }, true, false, "abc" },
		/* without a size the old end stays */
		{ "0123456789", { { 0, "abc" } }, false, false, "abc3456789" },
		{ "0123456789", { { 4, "abc" } }, false, false, "0123abc789" },
		{ "0123456789", { { 10, "abc" } }, false, false,
		    "0123456789abc" },
		{ "0123456789", { { 4, "ab" }, { 5, NULL } }, false, false,
		    "0123a" },
		{ "0123456789", { { 5, NULL } }, false, false, "01234" },
		{ "0123456789", { { 0, NULL } }, false, false, "" },
		{ "0123", { { 0, "ab" }, { 0, "x" }, { 4, "z" } }, false, false,
		    "xb23z" },
		/* offsets mean nothing then */
		{ "0123", { { 0, "ab" }, { 0, "c" } }, false, true, "0123abc" },
	};
	struct revision_start s;
	struct revision r;

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_revise(way, i % 2 == 0);
			if (rows[i].old != NULL)
				unit_write("f", rows[i].old);
			s = (struct revision_start){ .mode = 0644,
				.truncate = rows[i].truncate,
				.appends = rows[i].appends };
			ck_assert_int_eq(open_as(&r, &s), 0);
			for (const struct step *p = rows[i].steps;
			     p->text != NULL || p->at > 0 || p == rows[i].steps;
			     p++)
				ck_assert_int_eq(p->text == NULL ?
					revise_cut(&r, p->at) :
					revise_write(&r,
					    rows[i].appends ? revise_size(&r) :
							      p->at,
					    p->text, strlen(p->text)),
				    0);
			if (rows[i].old != NULL)
				ck_assert_str_eq(unit_read("f"), rows[i].old);
			ck_assert_int_eq(
			    revise_size(&r), (int64_t)strlen(rows[i].stored));
			ck_assert_int_eq(end(&r), 0);
			ck_assert_str_eq(unit_read("f"), rows[i].stored);
			ck_assert_int_eq(unit_entries("."), 1);
		}
}
END_TEST

#define HOLE ((off_t)64 << 20)

/* The old file: octets at its beginning and behind the first hole. */
static void
make_sparse(off_t size)
{
	int fd = open("f", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(pwrite(fd, "begin", 5, 0), 5);
	ck_assert_int_eq(pwrite(fd, "middle", 6, HOLE), 6);
	ck_assert_int_eq(ftruncate(fd, size), 0);
	(void)close(fd); /* a scratch file */
}

static void
check_octets(int fd, off_t at, const char *wanted)
{
	char got[16];
	const size_t n = strlen(wanted);

	ck_assert_int_eq(pread(fd, got, n, at), (ssize_t)n);
	ck_assert_int_eq(memcmp(got, wanted, n), 0);
}

START_TEST(the_holes_of_an_old_file_stay_holes)
{
	/* what is written, where, and how long the file is in the end */
	static const struct {
		off_t at;
		const char *text;
		off_t size;
	} rows[] = {
		{ 1, "X", 2 * HOLE },
		{ HOLE / 2, "X", 2 * HOLE },
		{ 2 * HOLE, "X", 2 * HOLE + 1 },
		{ 3 * HOLE, "X", 3 * HOLE + 1 },
		{ HOLE + HOLE / 2, NULL, HOLE + HOLE / 2 },
	};
	const struct revision_start s = { .mode = 0644 };
	struct revision r;
	struct stat st;
	int fd;

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_revise(way, i % 2 == 0);
			make_sparse(2 * HOLE);
			ck_assert_int_eq(open_as(&r, &s), 0);
			ck_assert_int_eq(rows[i].text == NULL ?
				revise_cut(&r, rows[i].at) :
				revise_write(&r, rows[i].at, rows[i].text, 1),
			    0);
			ck_assert_int_eq(end(&r), 0);
			fd = open("f", O_RDONLY | O_CLOEXEC);
			ck_assert_int_eq(fstat(fd, &st), 0);
			ck_assert_int_eq(st.st_size, rows[i].size);
			ck_assert_int_lt(st.st_blocks, 1024); /* of 512 */
			check_octets(
			    fd, 0, rows[i].at == 1 ? "bXgin" : "begin");
			check_octets(fd, HOLE, "middle");
			if (rows[i].text != NULL)
				check_octets(fd, rows[i].at, rows[i].text);
			check_octets(fd, rows[i].size - 1,
			    rows[i].at + 1 == rows[i].size ? "X" : "");
			(void)close(fd); /* it was read */
		}
}
END_TEST

START_TEST(holes_are_not_read_for_a_digest)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;

	begin_revise(WAY_BEST, true);
	rules.digest = DIGEST_SHA256;
	make_sparse(2 * HOLE);
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_write(&r, 1, "X", 1), 0);
	ck_assert_int_eq(end(&r), 0);
	ck_assert_str_eq(r.up.digest, "");
}
END_TEST

START_TEST(an_old_file_that_becomes_shorter_is_no_hole)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;

	begin_revise(WAY_BEST, false);
	make_sparse(2 * HOLE);
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_write(&r, 0, "X", 1), 0);
	ck_assert_int_eq(truncate("f", HOLE + HOLE / 2), 0);
	ck_assert_int_eq(end(&r), ERR_CHANGED);
}
END_TEST

START_TEST(what_is_written_can_be_read_and_so_can_what_was_there)
{
	static const struct revision_start s = { .mode = 0644, .reads = true };
	struct revision r;
	char got[32];
	size_t n;

	begin_revise(WAY_BEST, true);
	unit_write("f", "0123456789");
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_read(&r, 4, got, 3, &n), 0);
	ck_assert(n == 3 && memcmp(got, "456", 3) == 0);
	ck_assert_int_ne(r.base, -1); /* nothing was copied */
	ck_assert_int_eq(revise_write(&r, 0, "ab", 2), 0);
	ck_assert_int_eq(revise_read(&r, 0, got, sizeof(got), &n), 0);
	ck_assert(n == 10 && memcmp(got, "ab23456789", 10) == 0);
	ck_assert_int_eq(revise_read(&r, 10, got, 1, &n), 0);
	ck_assert_uint_eq(n, 0);
	revise_abort(&r);
	ck_assert_str_eq(unit_read("f"), "0123456789");
}
END_TEST

START_TEST(a_session_that_can_not_read_copies_nothing)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;

	begin_revise(WAY_BEST, false);
	rules.hidden = true;
	unit_write("f", "0123456789");
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_write(&r, 4, "x", 1), EACCES);
	ck_assert_int_eq(revise_write(&r, 0, "abc", 3), 0);
	ck_assert_int_eq(end(&r), EACCES);
	ck_assert_str_eq(unit_read("f"), "0123456789");
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_write(&r, 0, "abc", 3), 0);
	ck_assert_int_eq(revise_cut(&r, 3), 0);
	ck_assert_int_eq(end(&r), 0);
	ck_assert_str_eq(unit_read("f"), "abc");
}
END_TEST

START_TEST(a_name_is_there_or_not_as_it_was_asked)
{
	struct revision_start s = { .mode = 0644, .must_be = true };
	struct revision r;

	begin_revise(WAY_BEST, true);
	ck_assert_int_eq(open_as(&r, &s), ENOENT);
	unit_write("f", "old");
	ck_assert_int_eq(open_as(&r, &s), 0);
	revise_abort(&r);
	s = (struct revision_start){ .mode = 0644, .exclusive = true };
	ck_assert_int_eq(open_as(&r, &s), EEXIST);
	ck_assert_int_eq(unlink("f"), 0);
	ck_assert_int_eq(symlink("elsewhere", "f"), 0);
	ck_assert_int_eq(open_as(&r, &s), EEXIST);
	s.exclusive = false;
	ck_assert_int_eq(open_as(&r, &s), ERR_LINK);
	ck_assert(!unit_exists("elsewhere"));
}
END_TEST

START_TEST(a_digest_is_that_of_the_file_or_none)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223"
				  "b00361a396177a9cb410ff61f20015ad";
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;

	for (int both = 0; both <= 1; both++) {
		begin_revise(WAY_BEST, both != 0);
		rules.digest = DIGEST_SHA256;
		ck_assert_int_eq(open_as(&r, &s), 0);
		ck_assert_int_eq(revise_write(&r, 0, "ab", 2), 0);
		ck_assert_int_eq(revise_write(&r, 2, "c", 1), 0);
		ck_assert_int_eq(end(&r), 0);
		ck_assert_str_eq(r.up.digest, abc);
		ck_assert_int_eq(unlink("f"), 0);
		ck_assert_int_eq(open_as(&r, &s), 0);
		ck_assert_int_eq(revise_write(&r, 2, "c", 1), 0);
		ck_assert_int_eq(revise_write(&r, 0, "ab", 2), 0);
		ck_assert_int_eq(end(&r), 0);
		ck_assert_str_eq(r.up.digest, both != 0 ? abc : "");
		ck_assert_int_eq(unlink("f"), 0);
		ck_assert_int_eq(open_as(&r, &s), 0); /* mostly a hole */
		ck_assert_int_eq(revise_write(&r, 1000, "c", 1), 0);
		ck_assert_int_eq(end(&r), 0);
		ck_assert_str_eq(r.up.digest, "");
	}
}
END_TEST

/* Copies n octets of a file that is there. */
static int
copy_from(
    struct revision *r, int64_t at, const char *path, int64_t in, int64_t n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int e;

	ck_assert_int_ne(fd, -1);
	e = revise_copy(r, at, fd, in, n);
	(void)close(fd);
	return e;
}

START_TEST(a_copy_is_written_like_octets_of_the_peer)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;

	for (int way = 0; way < 2; way++) {
		begin_revise(way == 0 ? WAY_BEST : WAY_NO_TMP, true);
		rules.digest = DIGEST_SHA256;
		unit_write("from", "0123456789");
		unit_write("f", "abcdefghijkl");
		ck_assert_int_eq(open_as(&r, &s), 0);
		ck_assert_int_eq(copy_from(&r, 0, "from", 8, 2), 0);
		ck_assert_int_eq(r.straight, 2);
		ck_assert_int_ne(r.base, -1); /* nothing else was copied */
		ck_assert_int_eq(copy_from(&r, 10, "from", 0, 5), 0);
		ck_assert_int_eq(revise_size(&r), 15);
		ck_assert_int_eq(end(&r), 0);
		ck_assert_str_eq(unit_read("f"), "89cdefghij01234");
		ck_assert_uint_eq(strlen(r.up.digest), 64);
		ck_assert_int_eq(open_as(&r, &s), 0);
		ck_assert_int_eq(copy_from(&r, 0, "from", 8, 3), ERR_CHANGED);
		revise_abort(&r);
		ck_assert_str_eq(unit_read("f"), "89cdefghij01234");
		ck_assert_int_eq(unlink("from"), 0);
	}
}
END_TEST

static int
stop(void *with)
{
	return --*(int *)with >= 0 ? 0 : ERR_TIMEOUT;
}

static void
make_large(const char *path, int megabytes)
{
	static char block[1 << 20];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	ck_assert_int_ne(fd, -1);
	for (memset(block, 'x', sizeof(block)); megabytes > 0; megabytes--)
		ck_assert_int_eq(
		    write(fd, block, sizeof(block)), sizeof(block));
	(void)close(fd); /* a scratch file */
}

START_TEST(a_copy_ends_when_the_session_has_to)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;
	int steps = 2;

	begin_revise(WAY_BEST, true);
	rules.pause = stop;
	rules.pause_with = &steps;
	make_large("from", 20); /* two steps */
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(copy_from(&r, 0, "from", 0, 20 << 20), 0);
	ck_assert_int_eq(
	    copy_from(&r, 20 << 20, "from", 0, 20 << 20), ERR_TIMEOUT);
	ck_assert_int_eq(r.straight, 20 << 20);
	revise_abort(&r);
}
END_TEST

START_TEST(a_file_gets_the_last_of_its_names)
{
	static const struct revision_start s = { .mode = 0644 };
	struct revision r;
	struct name other;

	begin_revise(WAY_BEST, true);
	if (dir.no_tmpfile || rules.link == UPLOAD_LINK_NONE)
		return;
	ck_assert_int_eq(name_parse(&other, "g", 1), 0);
	unit_write("g", "there");
	ck_assert_int_eq(open_as(&r, &s), 0);
	ck_assert_int_eq(revise_write(&r, 0, "abc", 3), 0);
	ck_assert_int_eq(revise_move(&r, &dir, &other, false), EEXIST);
	ck_assert_int_eq(revise_move(&r, &dir, &other, true), 0);
	ck_assert_int_eq(end(&r), 0);
	ck_assert_str_eq(unit_read("g"), "abc");
	ck_assert_int_eq(unit_entries("."), 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_stored_is_as_if_it_was_written_in_place,
		the_holes_of_an_old_file_stay_holes,
		holes_are_not_read_for_a_digest,
		an_old_file_that_becomes_shorter_is_no_hole,
		what_is_written_can_be_read_and_so_can_what_was_there,
		a_session_that_can_not_read_copies_nothing,
		a_name_is_there_or_not_as_it_was_asked,
		a_digest_is_that_of_the_file_or_none,
		a_copy_is_written_like_octets_of_the_peer,
		a_copy_ends_when_the_session_has_to,
		a_file_gets_the_last_of_its_names,
	};

	return unit_run("revise", tests, COUNT(tests));
}
