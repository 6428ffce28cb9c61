/*
 * The groups of a session, in the form that reads the files alone: here they
 * are files of the test.
 */
#ifndef STATIC_ACCOUNTS
#define STATIC_ACCOUNTS
#endif
#include "policy/rows.c"

#include "accounts.h"
#include "policy/groups.h"

static const gid_t own[] = { 30, 10 };

static void
begin(const char *text)
{
	(void)unit_directory();
	unit_write("group", text);
	rows_groups_file = "group";
	groups_ask_for(own, COUNT(own));
}

static bool
has_name(const char *name)
{
	const char *const *names = account_group_names();

	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* Also a second one, and one that another group has, too. */
START_TEST(a_group_is_any_of_its_names)
{
	static const char *const in[] = { "a", "b", "c", "both" };
	static const char *const out[] = { "d", "A", "", "nobody", "u" };

	begin("a:x:10:u\nd:x:20:u\nb:x:10:\nc:x:30:\n"
	      "both:x:20:\nboth:x:30:\n");
	for (size_t i = 0; i < COUNT(in); i++) {
		ck_assert_int_eq(account_in_group(in[i]), 1);
		ck_assert(has_name(in[i]));
	}
	for (size_t i = 0; i < COUNT(out); i++) {
		ck_assert_int_eq(account_in_group(out[i]), 0);
		ck_assert(!has_name(out[i]));
	}
}
END_TEST

START_TEST(a_group_without_a_name_is_no_failure)
{
	begin("d:x:20:u\n");
	ck_assert_ptr_nonnull(account_group_names());
	ck_assert_ptr_null(account_group_names()[0]);
	ck_assert_int_eq(account_in_group("d"), 0);
}
END_TEST

START_TEST(a_file_that_is_missing_has_no_groups)
{
	begin("");
	rows_groups_file = "missing";
	ck_assert_ptr_null(account_group_names()[0]);
	ck_assert_int_eq(account_in_group("d"), 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_decides_nothing)
{
	begin("");
	rows_groups_file = ".";
	ck_assert_ptr_null(account_group_names());
	ck_assert_int_eq(account_in_group("d"), -1);
}
END_TEST

/* More than the list has room for at first. */
START_TEST(a_group_may_have_many_names)
{
	static char text[8192];
	char name[8];

	for (int i = 0; i < 300; i++)
		unit_append(text, sizeof(text), "n%d:x:30:\n", i);
	begin(text);
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "n%d", i); /* fits */
		ck_assert_int_eq(account_in_group(name), 1);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_group_is_any_of_its_names,
		a_group_without_a_name_is_no_failure,
		a_file_that_is_missing_has_no_groups,
		a_file_that_cannot_be_read_decides_nothing,
		a_group_may_have_many_names,
	};

	return unit_run("groups", tests, COUNT(tests));
}
