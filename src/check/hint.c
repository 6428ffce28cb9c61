/*
 * What an administrator may have meant who mistyped a word.
 */
#include "check/check.h"

#include <stdio.h>
#include <string.h>

#include "policy/config.h"

/* The longest word for which a name is looked for. */
#define HINT_MAX 32

/* Letters and digits only, in lower case, up to a "=". */
static void
plain_name(const char *name, char out[HINT_MAX])
{
	size_t n = 0;

	for (; *name != '\0' && *name != '=' && n + 1 < HINT_MAX; name++)
		if (*name != '-' && *name != '_')
			out[n++] = (char)(*name >= 'A' && *name <= 'Z' ?
				*name - 'A' + 'a' :
				*name);
	out[n] = '\0';
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters have to be added, left out or changed. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[HINT_MAX], before, above, n = strlen(b);

	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i] != '\0'; i++) {
		before = row[0];
		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = smaller(before + (a[i] != b[j]),
			    smaller(above, row[j]) + 1);
			before = above;
		}
	}
	return row[n];
}

bool
check_hint(const char *typed, check_next_name *next)
{
	char plain[HINT_MAX], other[HINT_MAX];
	const char *name, *found = NULL;
	size_t d, len, least = 3;

	plain_name(typed, plain);
	len = strlen(plain);
	for (size_t i = 0; (name = next(i)) != NULL; i++) {
		plain_name(name, other);
		d = distance(plain, other);
		if (len > 2 && strncmp(other, plain, len) == 0)
			d = 1; /* the end is missing */
		if (2 * d < len && d < least) {
			least = d;
			found = name;
		}
	}
	if (found != NULL)
		(void)fprintf(
		    stderr, "scp-server-check: perhaps %s is meant\n", found);
	return found != NULL;
}

static const char *
next_keyword(size_t i)
{
	static const struct policy unset; /* zero */
	char value[CHECK_VALUE_MAX];
	const char *name;

	return config_show(&unset, i, &name, value, sizeof(value)) ? name :
								     NULL;
}

void
check_hint_keyword(const struct trouble *t)
{
	const char *word = t->word;

	if (t->why == NULL || strcmp(t->why, "unknown keyword") != 0)
		return;
	(void)check_hint(
	    word + (strncmp(word, "-o ", 3) == 0 ? 3 : 0), next_keyword);
}
