#include "base/date.h"

#include <stdbool.h>

/* That of 9999-12-31: each year is a step below. */
#define DAYS_MAX 2932896

void
date_of_days(int64_t days, int *year, int *month, int *day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int length, y = 1970, m = 0;
	int64_t d = days < DAYS_MAX ? days : DAYS_MAX;

	for (;; y++) {
		length =
		    (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
		if (d < length)
			break;
		d -= length;
	}
	for (;; m++) {
		length = lengths[m] +
		    (m == 1 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
		if (d < length)
			break;
		d -= length;
	}
	*year = y;
	*month = m + 1;
	*day = (int)d + 1;
}
