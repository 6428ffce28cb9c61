#include "policy/account.h"

#include <pwd.h>

#include "accounts.h"

/* A uid that has no row here. */
static uid_t
unused_uid(void)
{
	uid_t uid = 4100000000U;

	while (getpwuid(uid) != NULL)
		uid++;
	return uid;
}

START_TEST(uid_0_is_root)
{
	check_by_uid(0, "root", 0);
}
END_TEST

START_TEST(an_account_without_a_row_is_named_by_its_number)
{
	char number[32];
	uid_t uid = unused_uid();

	(void)snprintf(number, sizeof(number), "%lu", (unsigned long)uid);
	check_by_uid(uid, number, (gid_t)-1);
}
END_TEST

START_TEST(an_account_is_found_by_name_with_its_groups)
{
	bool own = false;

	ck_assert_int_eq(account_by_name(&a, "root"), 0);
	ck_assert_str_eq(a.name, "root");
	ck_assert_uint_eq(a.uid, 0);
	ck_assert_uint_ge(a.group_count, 1);
	for (size_t i = 0; i < a.group_count; i++)
		own = own || a.groups[i] == a.gid;
	ck_assert(own);
	free(a.groups);
}
END_TEST

START_TEST(both_ways_find_the_same_row)
{
	static struct account by_name;
	struct passwd *pw;

	setpwent();
	while ((pw = getpwent()) != NULL) {
		account_by_uid(&a, pw->pw_uid);
		ck_assert_int_eq(account_by_name(&by_name, a.name), 0);
		ck_assert_uint_eq(by_name.uid, a.uid);
		ck_assert_uint_eq(by_name.gid, a.gid);
		free(by_name.groups);
	}
	endpwent();
}
END_TEST

START_TEST(a_name_that_nobody_has_is_ENOENT)
{
	static const char *const rows[] = { "no-such-account", "", "root ",
		"root:x", "../root" };

	check_unknown_names(rows, COUNT(rows));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		uid_0_is_root,
		an_account_without_a_row_is_named_by_its_number,
		an_account_is_found_by_name_with_its_groups,
		both_ways_find_the_same_row,
		a_name_that_nobody_has_is_ENOENT,
	};

	return unit_run("account", tests, COUNT(tests));
}
