/*
 * The account database as a static program reads it, STATIC=1: the same
 * functions, built here from their source in that form.
 */
#ifndef STATIC_ACCOUNTS
#define STATIC_ACCOUNTS
#endif
#include "policy/account.c"
#include "policy/rows.c"

#include "accounts.h"

START_TEST(rows_are_found_by_uid)
{
	check_by_uid(0, "root", 0);
	check_by_uid(4100000123U, "4100000123", (gid_t)-1);
}
END_TEST

START_TEST(a_name_that_nobody_has_is_ENOENT)
{
	static const char *const rows[] = { "no-such-account", "" };

	check_unknown_names(rows, COUNT(rows));
}
END_TEST

#define PASSWD_MAX (128U << 10)

static bool
has_group(gid_t gid)
{
	for (size_t i = 0; i < a.group_count; i++)
		if (a.groups[i] == gid)
			return true;
	return false;
}

/* Every line of the two files, read here once more. */
START_TEST(every_row_of_the_files_is_found_with_its_groups)
{
	FILE *users = fopen("/etc/passwd", "r"), *groups;
	struct passwd *pw;
	struct group *gr;
	size_t member;

	ck_assert_ptr_nonnull(users);
	while ((pw = fgetpwent(users)) != NULL) {
		if (account_by_name(&a, pw->pw_name) != 0)
			continue;
		ck_assert_uint_eq(a.uid, pw->pw_uid);
		ck_assert_uint_eq(a.gid, pw->pw_gid);
		ck_assert_uint_eq(a.groups[0], pw->pw_gid);
		groups = fopen("/etc/group", "r");
		member = 1;
		while ((gr = fgetgrent(groups)) != NULL) {
			if (gr->gr_gid == a.gid || !is_member(gr, a.name))
				continue;
			ck_assert(has_group(gr->gr_gid));
			member++;
		}
		(void)fclose(groups);
		ck_assert_uint_eq(a.group_count, member);
		free(a.groups);
	}
	(void)fclose(users);
}
END_TEST

/* As many as the kernel gives a process. */
START_TEST(an_account_has_all_of_its_groups)
{
	FILE *f;

	(void)unit_directory();
	unit_write("passwd", "u:x:1000:1000::/:/bin/sh\n");
	f = fopen("group", "w");
	ck_assert_ptr_nonnull(f);
	for (int i = 1; i <= 2000; i++)
		(void)fprintf(f, "g%d:x:%d:other,u\n", i, 20000 + i);
	ck_assert_int_eq(fclose(f), 0);
	rows_users_file = "passwd";
	rows_groups_file = "group";
	ck_assert_int_eq(account_by_name(&a, "u"), 0);
	ck_assert_uint_eq(a.group_count, 2001);
	ck_assert(has_group(1000));
	ck_assert(has_group(22000));
	free(a.groups);
}
END_TEST

/* A directory can be opened like a file, but not read. */
START_TEST(a_read_error_is_not_the_end_of_the_file)
{
	struct passwd *pw;
	struct group *gr;

	(void)unit_directory();
	unit_write("passwd", "u:x:1000:1000::/:/bin/sh\n");
	rows_users_file = "passwd";
	rows_groups_file = ".";
	ck_assert_int_eq(rows_group(5, NULL, &gr), EISDIR);
	ck_assert_int_eq(rows_group(0, "g", &gr), EISDIR);
	ck_assert_int_eq(account_by_name(&a, "u"), EISDIR);
	ck_assert_ptr_null(account_group_names());
	ck_assert_int_eq(account_in_group("g"), -1);
	rows_users_file = ".";
	ck_assert_int_eq(rows_user(1000, NULL, &pw), EISDIR);
	ck_assert_int_eq(account_by_name(&a, "u"), EISDIR);
	account_by_uid(&a, 1000);
	ck_assert_str_eq(a.name, "1000");
	ck_assert_ptr_null(account_aliases());
}
END_TEST

/* Begins a file whose first row has a name of this length. */
static void
with_name_of(size_t len)
{
	static char text[PASSWD_MAX];

	lookup_failed = false;
	memset(text, 'n', len);
	text[len] = '\0';
	unit_append(text, sizeof(text), ":x:1000:1000::/:/bin/sh\n");
	unit_write("passwd", text);
	text[len] = '\0';
	ck_assert_int_eq(account_by_name(&a, text),
	    len < POLICY_USER_MAX ? 0 : ENAMETOOLONG);
	free(a.groups);
	account_by_uid(&a, 1000);
	ck_assert_str_eq(a.name, len < POLICY_USER_MAX ? text : "1000");
}

/* It is not cut: the account may be any. */
START_TEST(a_name_that_does_not_fit_is_not_known)
{
	static const size_t longer[] = { 257, 1024, 70000 };

	(void)unit_directory();
	rows_users_file = "passwd";
	with_name_of(256);
	ck_assert_ptr_nonnull(account_aliases());
	for (size_t i = 0; i < COUNT(longer); i++) {
		with_name_of(longer[i]);
		ck_assert_ptr_null(account_aliases());
	}
}
END_TEST

/* Names of others that the account would go by. */
START_TEST(a_name_of_another_uid_is_not_known)
{
	static const char *const texts[] = {
		"1000:x:5:5::/:/bin/sh\n",
		"u:x:5:5::/:/bin/sh\nu:x:1000:1000::/:/bin/sh\n",
	};

	(void)unit_directory();
	rows_users_file = "passwd";
	for (size_t i = 0; i < COUNT(texts); i++) {
		lookup_failed = false;
		unit_write("passwd", texts[i]);
		account_by_uid(&a, 5);
		ck_assert_ptr_nonnull(account_aliases());
		account_by_uid(&a, 1000);
		ck_assert_ptr_null(account_aliases());
	}
}
END_TEST

/* More names of one uid than anybody means to have. */
START_TEST(a_uid_of_very_many_names_is_not_known)
{
	static char text[8192];

	(void)unit_directory();
	rows_users_file = "passwd";
	for (int i = 0; i < 65; i++)
		unit_append(text, sizeof(text), "n%d:x:1000:1::/:\n", i);
	unit_write("passwd", text);
	account_by_uid(&a, 1000);
	ck_assert_str_eq(a.name, "n0");
	account_ask_for(&a);
	ck_assert_ptr_null(account_aliases());
}
END_TEST

START_TEST(a_file_that_is_missing_or_ends_early_is_whole)
{
	static const char *const texts[] = { "", "u:x:1000:1000::/:/bin/sh",
		"\n# no row\n+\n-u:x:0:0:::\nu:x:1000:1000::/:/bin/sh\n" };
	struct passwd *pw;

	(void)unit_directory();
	rows_users_file = "missing";
	ck_assert_int_eq(rows_user(0, NULL, &pw), 0);
	ck_assert_ptr_null(pw);
	rows_users_file = "passwd";
	for (size_t i = 0; i < COUNT(texts); i++) {
		unit_write("passwd", texts[i]);
		ck_assert_int_eq(rows_user(0, NULL, &pw), 0);
		ck_assert_ptr_null(pw); /* NIS names no account */
		ck_assert_int_eq(rows_user(1000, NULL, &pw), 0);
		ck_assert_int_eq(pw != NULL, i > 0);
	}
}
END_TEST

START_TEST(members_are_whole_names)
{
	char one[] = "root2", two[] = "roo", three[] = "adm";
	char *members[] = { one, two, three, NULL };
	const struct group gr = { .gr_mem = members };

	ck_assert(!is_member(&gr, "root"));
	ck_assert(!is_member(&gr, ""));
	ck_assert(is_member(&gr, "adm"));
	ck_assert(is_member(&gr, "root2"));
}
END_TEST

START_TEST(no_descriptor_stays_open)
{
	int before = unit_descriptors();

	account_by_uid(&a, 0);
	(void)account_by_name(&a, "root");
	free(a.groups);
	(void)account_by_name(&a, "no-such-account");
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		rows_are_found_by_uid,
		a_name_that_nobody_has_is_ENOENT,
		every_row_of_the_files_is_found_with_its_groups,
		an_account_has_all_of_its_groups,
		a_read_error_is_not_the_end_of_the_file,
		a_name_that_does_not_fit_is_not_known,
		a_name_of_another_uid_is_not_known,
		a_uid_of_very_many_names_is_not_known,
		a_file_that_is_missing_or_ends_early_is_whole,
		members_are_whole_names,
		no_descriptor_stays_open,
	};

	return unit_run("account", tests, COUNT(tests));
}
