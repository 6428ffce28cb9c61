#ifndef SCP_DATE_H
#define SCP_DATE_H

#include <stdint.h>

/*
 * Converts a number of days since 1970-01-01, which is not negative, to a date.
 * It takes a step for each year, and what is later than 9999 is the last day of
 * that: a local writer may give a file any time.  gmtime(3) can't be used, as
 * it reads time zone files, which the filter forbids.
 */
void date_of_days(int64_t days, int *year, int *month, int *day);

#endif
