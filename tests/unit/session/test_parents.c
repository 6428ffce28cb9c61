#include "session/parents.h"

#include <errno.h>

#include "base/err.h"
#include "talk.h"

static struct parents w;

/* A session that stores, in a root with this tree. */
static void
begin(const char *tree, const char *words)
{
	talk_make(tree);
	talk_open_saying(words, "", 0);
}

static int
begin_at(const char *text, bool itself)
{
	struct relpath path;

	ck_assert_int_eq(relpath_parse(&path, NULL, text), 0);
	return parents_begin(&w, &talk.session, &path, itself);
}

START_TEST(what_is_missing_is_found)
{
	static const struct {
		const char *path;
		bool itself;
		const char *here;
		const char *miss; /* NULL: nothing */
	} rows[] = {
		{ "/f", false, "", NULL },
		{ "/a", true, "a", NULL },
		{ "/a/f", false, "a", NULL },
		{ "/a/f", true, "a", "f" },
		{ "/a/b/c/f", false, "a", "b" },
		{ "/x/y/z", true, "", "x" },
	};
	struct name name;

	begin("a/", "-t x");
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(begin_at(rows[i].path, rows[i].itself), 0);
		ck_assert_str_eq(w.here.s, rows[i].here);
		ck_assert_int_eq(parents_miss(&w, &name), rows[i].miss != NULL);
		if (rows[i].miss != NULL)
			ck_assert_str_eq(name.s, rows[i].miss);
		ck_assert_int_eq(parents_end(&w, &talk.session, NULL), 0);
	}
	ck_assert_str_eq(talk_tree(), "a/");
	talk_close();
}
END_TEST

START_TEST(what_is_no_directory_is_told)
{
	begin("f=1 l>none", "-t x");
	ck_assert_int_eq(begin_at("/f/b/c", false), ENOTDIR);
	ck_assert_int_eq(begin_at("/", false), ERR_NAME);
	ck_assert_int_eq(begin_at("/l/b", false), 0);
	ck_assert_int_eq(parents_foresee(&w, &talk.session), ENOENT);
	ck_assert_int_eq(parents_end(&w, &talk.session, NULL), 0);
	ck_assert_int_eq(begin_at("/l/b", false), 0);
	ck_assert_int_eq(parents_make(&w, &talk.session), ENOENT);
	ck_assert_int_eq(parents_end(&w, &talk.session, NULL), 0);
	talk_close();
}
END_TEST

START_TEST(each_is_judged_and_counted)
{
	begin("", "-o MaxSessionFiles=2 -t x");
	ck_assert_int_eq(begin_at("/a/b/c", true), 0);
	ck_assert_int_eq(parents_make(&w, &talk.session), 0);
	ck_assert_int_eq(parents_make(&w, &talk.session), 0);
	ck_assert_int_eq(
	    parents_make(&w, &talk.session), ERR_MAX_SESSION_FILES);
	ck_assert_int_eq(parents_end(&w, &talk.session, NULL), 0);
	ck_assert_int_eq(talk.session.totals.files, 2);
	ck_assert_str_eq(talk_tree(), "a/ a/b/");
	talk_close();

	begin("", "-o MaxDepth=1 -t x");
	ck_assert_int_eq(begin_at("/a/b", true), 0);
	ck_assert_int_eq(parents_foresee(&w, &talk.session), 0);
	ck_assert_int_eq(parents_foresee(&w, &talk.session), ERR_DEPTH);
	ck_assert_int_eq(parents_end(&w, &talk.session, NULL), 0);
	ck_assert_str_eq(talk_tree(), "");
	talk_close();
}
END_TEST

/* Those above the last are complete; that one may have to wait. */
START_TEST(each_gets_its_mode)
{
	struct dir dir = DIR_NONE;

	begin("", "-o DirectoryMode=0500 -t x");
	ck_assert_int_eq(begin_at("/a/b", true), 0);
	ck_assert_int_eq(parents_make(&w, &talk.session), 0);
	ck_assert_uint_eq(unit_mode("root/a"), 0700);
	ck_assert_int_eq(parents_make(&w, &talk.session), 0);
	ck_assert_uint_eq(unit_mode("root/a"), 0500);
	ck_assert_int_eq(parents_end(&w, &talk.session, &dir), 0);
	ck_assert_uint_eq(unit_mode("root/a/b"), 0700);
	parents_lock(&talk.session, &dir, &w.here, false);
	ck_assert_uint_eq(unit_mode("root/a/b"), 0500);
	tree_close_dir(&dir);
	parents_lock(&talk.session, &dir, &w.here, false); /* nothing */
	talk_close();
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_is_missing_is_found,
		what_is_no_directory_is_told,
		each_is_judged_and_counted,
		each_gets_its_mode,
	};

	return unit_run("parents", tests, COUNT(tests));
}
