#include "base/date.h"

#include "unit.h"

START_TEST(days_are_dates)
{
	static const struct {
		int64_t days;
		int year, month, day;
	} rows[] = {
		{ 0, 1970, 1, 1 },
		{ 58, 1970, 2, 28 },
		{ 59, 1970, 3, 1 },
		{ 789, 1972, 2, 29 },
		{ 11016, 2000, 2, 29 },
		{ 47540, 2100, 2, 28 },
		{ 47541, 2100, 3, 1 },
		{ 2932896, 9999, 12, 31 },
		/* any time of a file: no day that is later, and no long way */
		{ 2932897, 9999, 12, 31 },
		{ INT64_MAX / 86400, 9999, 12, 31 },
	};
	int year, month, day;

	for (size_t i = 0; i < COUNT(rows); i++) {
		date_of_days(rows[i].days, &year, &month, &day);
		ck_assert_int_eq(year, rows[i].year);
		ck_assert_int_eq(month, rows[i].month);
		ck_assert_int_eq(day, rows[i].day);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { days_are_dates };

	return unit_run("date", tests, COUNT(tests));
}
