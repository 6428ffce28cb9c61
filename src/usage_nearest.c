#include "usage_nearest.h"

#include <string.h>

/* What comes before a "=", in lower case and without "-" and "_". */
static void
plain_name(const char *name, char out[NEAREST_MAX])
{
	size_t n = 0;

	for (; *name != '\0' && *name != '=' && n + 1 < NEAREST_MAX; name++)
		if (*name != '-' && *name != '_')
			out[n++] = (char)(*name >= 'A' && *name <= 'Z' ?
				*name - 'A' + 'a' :
				*name);
	out[n] = '\0';
}

/* How many letters have to be added, left out or changed. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[NEAREST_MAX], left, above, n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		left = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = left + (a[i] != b[j]);
			if (above + 1 < row[j + 1])
				row[j + 1] = above + 1;
			if (row[j] + 1 < row[j + 1])
				row[j + 1] = row[j] + 1;
			left = above;
		}
	}
	return row[n];
}

void
nearest_begin(struct nearest *n, const char *typed)
{
	plain_name(typed, n->typed);
	n->name = NULL;
	n->distance = NEAREST_MAX;
}

/* A few letters may differ, fewer than stay, or the end may be missing. */
void
nearest_consider(struct nearest *n, const char *name)
{
	const size_t len = strlen(n->typed);
	char plain[NEAREST_MAX] = "";
	size_t d;

	plain_name(name, plain);
	d = distance(n->typed, plain);
	if (len > 2 && strncmp(plain, n->typed, len) == 0)
		d = plain[len] != '\0'; /* it is only the beginning */
	if (d <= 2 && 2 * d < len && d < n->distance) {
		n->name = name;
		n->distance = d;
	}
}
