/*
 * What an administrator may have meant who mistyped a word.
 */
#include "check/check.h"

#include <stdio.h>
#include <string.h>

#include "policy/config.h"
#include "usage_nearest.h"

bool
check_hint(const char *typed, check_next_name *next)
{
	struct nearest n;
	const char *name;

	nearest_begin(&n, typed);
	for (size_t i = 0; (name = next(i)) != NULL; i++)
		nearest_consider(&n, name);
	if (n.name != NULL)
		(void)fprintf(
		    stderr, "scp-server-check: perhaps %s is meant\n", n.name);
	return n.name != NULL;
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
