/*
 * The account database as a static program reads it, STATIC=1: the same
 * functions, built here from their source in that form.
 */
#ifndef STATIC_ACCOUNTS
#define STATIC_ACCOUNTS
#endif
#include "policy/account.c"

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
	}
	(void)fclose(users);
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
		members_are_whole_names,
		no_descriptor_stays_open,
	};

	return unit_run("account", tests, COUNT(tests));
}
