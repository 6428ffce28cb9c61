#include "session/title.h"

#include <string.h>

#include "unit.h"

/* As the kernel lays them out: arguments, then the environment. */
static char area[] = "scp\0-t\0dir\0HOME=/home\0LANG=C\0after";
static char *arguments[] = { area, area + 4, area + 7, NULL };
static char elsewhere[] = "SET=later";
static char *environment[] = { area + 11, area + 22, elsewhere, NULL };

START_TEST(arguments_and_environment_are_moved_out_of_the_way)
{
	struct title t;

	title_take_place(arguments, environment);
	title_begin(&t, "user", "sink", false);
	ck_assert_str_eq(area, "scp-server: user sink");
	ck_assert_str_eq(arguments[0], "scp");
	ck_assert_str_eq(arguments[1], "-t");
	ck_assert_str_eq(arguments[2], "dir");
	ck_assert_str_eq(environment[0], "HOME=/home");
	ck_assert_str_eq(environment[1], "LANG=C");
	ck_assert(environment[2] == elsewhere);
	ck_assert_str_eq(area + sizeof(area) - sizeof("after"), "after");
}
END_TEST

/* The kernel shows what is before the first NUL only if this is none. */
START_TEST(a_short_title_leaves_no_nul_where_the_arguments_ended)
{
	static char wide[200];
	char *words[] = { wide, NULL }, *none[] = { NULL };
	struct title t;

	memset(wide, 'x', 99);
	title_take_place(words, none);
	ck_assert(words[0] != wide && strlen(words[0]) == 99);
	title_begin(&t, "u", "sink", false);
	ck_assert_str_eq(wide, "scp-server: u sink");
	ck_assert_int_eq(wide[99], '.');
	ck_assert_int_eq(wide[98], '\0');
}
END_TEST

START_TEST(a_title_that_is_too_long_is_cut)
{
	static char narrow[20] = "scp\0-t\0";
	char *words[] = { narrow, narrow + 4, NULL }, *none[] = { NULL };
	struct title t;

	narrow[7] = '!';
	title_take_place(words, none);
	title_begin(&t, "user", "sink", false);
	ck_assert_mem_eq(narrow, "scp-se\0!", 8);
}
END_TEST

START_TEST(of_a_large_environment_the_end_keeps_its_place)
{
	static char large[40000];
	char *words[] = { large, NULL };
	char *many[] = { large + 4, large + 9, large + 39000, NULL };
	struct title t;

	memcpy(large, "scp\0A=bc\0", 9);
	memset(large + 9, 'x', 38990);
	memcpy(large + 39000, "Z=z", 4);
	title_take_place(words, many);
	title_begin(&t, "user", "source", false);
	ck_assert_str_eq(words[0], "scp");
	ck_assert_str_eq(many[0], "A=bc");
	ck_assert(many[1] == large + 9 && strlen(many[1]) == 38990);
	ck_assert(many[2] == large + 39000);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		arguments_and_environment_are_moved_out_of_the_way,
		a_short_title_leaves_no_nul_where_the_arguments_ended,
		a_title_that_is_too_long_is_cut,
		of_a_large_environment_the_end_keeps_its_place,
	};

	return unit_run("title", tests, COUNT(tests));
}
