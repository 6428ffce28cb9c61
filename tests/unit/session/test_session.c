#include "session/session.h"

#include <errno.h>

#include "base/err.h"
#include "session/admit.h"
#include "unit.h"

static struct session session;
static struct request request;
static struct policy policy;

/* A session of a request that came as a command string. */
static void
begin(const char *root, const char *start, const char *home)
{
	memset(&session, 0, sizeof(session));
	memset(&request, 0, sizeof(request));
	policy_init(&policy);
	request.shell_syntax = true;
	(void)snprintf(policy.root, sizeof(policy.root), "%s", root);
	session.request = &request;
	session.policy = &policy;
	if (*start != '\0')
		ck_assert_int_eq(relpath_parse(&session.start, NULL, start), 0);
	if (*home != '\0')
		ck_assert_int_eq(relpath_parse(&session.home, NULL, home), 0);
}

struct row {
	const char *typed;
	const char *path; /* from the root; NULL: above it */
};

static void
check_rows(const struct row *rows, size_t count)
{
	struct relpath path;
	int e;

	for (size_t i = 0; i < count; i++) {
		e = session_path(&session, rows[i].typed, &path);
		ck_assert_msg(e == (rows[i].path != NULL ? 0 : ERR_PATH),
		    "%s: %d", rows[i].typed, e);
		if (e == 0)
			ck_assert_msg(strcmp(path.s, rows[i].path) == 0,
			    "%s: %s", rows[i].typed, path.s);
	}
}

START_TEST(an_open_session_begins_in_its_working_directory)
{
	static const struct row rows[] = {
		{ "f", "home/u/work/f" },
		{ ".", "home/u/work" },
		{ "../f", "home/u/f" },
		{ "/etc/f", "etc/f" },
		{ "/", "" },
		{ "~", "home/u" },
		{ "~/", "home/u" },
		{ "~/f", "home/u/f" },
		{ "~//f", "home/u/f" },
		{ "~/../v/f", "home/v/f" },
		{ "~/a/./b/", "home/u/a/b" },
		{ "./~", "home/u/work/~" },
		{ "a~", "home/u/work/a~" },
		{ "../../../..", NULL },
		{ "~/../../..", NULL },
		{ "/..", NULL },
	};

	begin("", "/home/u/work", "/home/u");
	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_confined_session_begins_in_its_root)
{
	static const struct row rows[] = {
		{ "f", "f" },
		{ ".", "" },
		{ "/f", "f" },
		{ "~", "" },
		{ "~/f", "f" },
		{ "~/..", NULL },
		{ "..", NULL },
		{ "a/../../b", NULL },
		/* Root's own path names the same place */
		{ "/srv/drop/f", "f" },
		{ "/srv/drop", "" },
		{ "/srv/drop/", "" },
		{ "//srv//drop//f", "f" },
		{ "/srv/drop2/f", "srv/drop2/f" },
		{ "/srv/f", "srv/f" },
		{ "srv/drop/f", "srv/drop/f" },
		{ "/srv/drop/../f", NULL },
		{ "~/srv/drop/f", "srv/drop/f" },
	};

	begin("/srv/drop", "", "");
	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_start_directory_holds_for_relative_paths_only)
{
	static const struct row rows[] = {
		{ "f", "in/box/f" },
		{ "..", "in" },
		{ "/f", "f" },
		{ "~/f", "f" },
		{ "/srv/drop/f", "f" },
		{ "../../..", NULL },
	};

	begin("/srv/drop", "/in/box", "");
	check_rows(rows, COUNT(rows));
}
END_TEST

/* Where a shell, or nobody, has been at the words before. */
START_TEST(without_the_dialect_a_tilde_is_a_name)
{
	static const struct row rows[] = {
		{ "~", "work/~" },
		{ "~/f", "work/~/f" },
		{ "~user", "work/~user" },
	};

	begin("", "/work", "/home/u");
	request.shell_syntax = false;
	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(without_a_start_only_absolute_paths_are_taken)
{
	struct relpath path;

	begin("", "", "/home/u");
	session.no_start = true;
	ck_assert_int_eq(session_path(&session, "f", &path), ENOENT);
	ck_assert_int_eq(session_path(&session, ".", &path), ENOENT);
	ck_assert_int_eq(session_path(&session, "", &path), ENOENT);
	ck_assert_int_eq(session_path(&session, "/f", &path), 0);
	ck_assert_int_eq(session_path(&session, "~/f", &path), 0);
	ck_assert_str_eq(path.s, "home/u/f");
}
END_TEST

START_TEST(what_a_pattern_begins_with_is_told_apart)
{
	static const struct {
		const char *typed;
		bool home;
		const char *text;
	} rows[] = {
		{ "*.c", false, "*.c" },
		{ "/d/*", false, "/d/*" },
		{ "~/*", true, "*" },
		{ "~//*", true, "*" },
		{ "~", true, "." },
		{ "~/", true, "." },
		{ "/srv/drop/*", false, "/*" },
		{ "/srv/dro*", false, "/srv/dro*" },
		{ "/srv/drop*", false, "/srv/drop*" },
	};
	struct operand operand;

	begin("/srv/drop", "/in", "/home");
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    session_operand(&session, rows[i].typed, &operand), 0);
		ck_assert_ptr_eq(operand.start,
		    rows[i].home ? &session.home : &session.start);
		ck_assert_str_eq(operand.text, rows[i].text);
	}
}
END_TEST

START_TEST(the_policy_of_names_is_asked_and_the_path_told)
{
	static const struct {
		const char *typed;
		int err;
		const char *path;
	} rows[] = {
		{ "f", 0, ".box/in/f" },
		{ ".f", ERR_DOTFILES, ".box/in/.f" },
		{ "d/.f", ERR_DOTFILES, ".box/in/d/.f" },
		{ ".", 0, ".box/in" }, /* the administrator's own */
		{ "..", ERR_DOTFILES, ".box" },
		{ "/.box", ERR_DOTFILES, ".box" },
		{ "/.box/in/f", 0, ".box/in/f" },
		{ "/.box/in2/f", ERR_DOTFILES, ".box/in2/f" },
		{ "/.box/other", ERR_DOTFILES, ".box/other" },
		{ "x.exe", ERR_DENY_NAMES, ".box/in/x.exe" },
		{ "x.exe/f", ERR_DENY_NAMES, ".box/in/x.exe/f" },
	};
	struct relpath path;

	begin("/srv", "/.box/in", "");
	policy.dotfiles = DOTFILES_DENY;
	(void)snprintf(policy.deny_names, sizeof(policy.deny_names), "*.exe");
	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(&path, 0, sizeof(path));
		ck_assert_msg(
		    session_path(&session, rows[i].typed, &path) == rows[i].err,
		    "%s", rows[i].typed);
		ck_assert_str_eq(path.s, rows[i].path);
	}
}
END_TEST

struct judged {
	const char *typed;
	int err;
};

static void
check_judged(const struct judged *rows, size_t count)
{
	struct relpath path;

	for (size_t i = 0; i < count; i++)
		ck_assert_msg(
		    session_path(&session, rows[i].typed, &path) == rows[i].err,
		    "%s", rows[i].typed);
}

START_TEST(the_home_is_the_administrators_too)
{
	static const struct judged rows[] = {
		{ "~", 0 },
		{ "~/f", 0 },
		{ "/srv/.homes/u/f", 0 },
		{ "~/.f", ERR_DOTFILES },
		{ "~/../v/f", ERR_DOTFILES },
		{ "/srv/.homes/u2/f", ERR_DOTFILES },
		{ "/srv/.homes", ERR_DOTFILES },
	};

	begin("", "/in", "/srv/.homes/u");
	policy.dotfiles = DOTFILES_DENY;
	check_judged(rows, COUNT(rows));
}
END_TEST

/* In the arguments the operand is the administrator's, and names below not. */
START_TEST(an_operand_in_the_arguments_is_not_judged)
{
	static const struct judged rows[] = { { ".a/.b", 0 }, { "/bin", 0 },
		{ "..", 0 }, { ".", 0 } };
	struct relpath path;

	begin("/srv", "/.box", "");
	request.shell_syntax = false;
	request.form = FORM_DIRECT;
	policy.dotfiles = DOTFILES_DENY;
	check_judged(rows, COUNT(rows));
	ck_assert_int_eq(relpath_parse(&path, NULL, ".a/.b/.c"), 0);
	ck_assert_int_eq(
	    session_check_path(&session, &path, strlen(".a/.b")), ERR_DOTFILES);
	ck_assert_int_eq(
	    session_check_path(&session, &path, strlen(".a/.b/.c")), 0);
	request.form = FORM_SCP;
	ck_assert_int_eq(
	    session_check_path(&session, &path, path.len), ERR_DOTFILES);
}
END_TEST

START_TEST(no_sum_of_sizes_overflows)
{
	struct charge a, b;

	begin("", "", "");
	admit_open(&session, &a, 0);
	admit_open(&session, &b, 5000);
	ck_assert_int_eq(session.totals.files, 2);
	ck_assert_int_eq(session.totals.bytes, 1024 + 5000);
	ck_assert_int_eq(admit_grow(&session, &a, 1, 1), 0);
	ck_assert_int_eq(
	    admit_grow(&session, &a, INT64_MAX, INT64_MAX - 1), EFBIG);
	ck_assert_int_eq(
	    admit_grow(&session, &a, INT64_MAX / 4, INT64_MAX / 4), 0);
	ck_assert_int_eq(
	    admit_grow(&session, &b, INT64_MAX / 4, INT64_MAX / 4), EFBIG);
	/* what was announced is counted already */
	ck_assert_int_eq(admit_grow(&session, &b, 5000, 5000), 0);
	ck_assert_int_eq(session.totals.bytes, INT64_MAX / 4 + 1 + 5000);
	admit_drop(&session, &a);
	admit_drop(&session, &b);
	ck_assert_int_eq(session.totals.bytes, 0);
	ck_assert_int_eq(session.totals.files, 0);
	/* some file systems say only later that no file is so large */
	admit_open(&session, &a, INT64_MAX);
	admit_open(&session, &b, INT64_MAX);
	ck_assert_int_eq(session.totals.bytes, INT64_MAX / 2);
	ck_assert_int_eq(admit_grow(&session, &b, 1, 1), EFBIG);
	admit_drop(&session, &a);
	admit_drop(&session, &b);
	ck_assert_int_eq(session.totals.bytes, 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_open_session_begins_in_its_working_directory,
		a_confined_session_begins_in_its_root,
		a_start_directory_holds_for_relative_paths_only,
		without_the_dialect_a_tilde_is_a_name,
		without_a_start_only_absolute_paths_are_taken,
		what_a_pattern_begins_with_is_told_apart,
		the_policy_of_names_is_asked_and_the_path_told,
		the_home_is_the_administrators_too,
		an_operand_in_the_arguments_is_not_judged,
		no_sum_of_sizes_overflows,
	};

	return unit_run("session", tests, COUNT(tests));
}
