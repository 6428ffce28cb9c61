#ifndef SCP_OPTIONS_H
#define SCP_OPTIONS_H

/*
 * Policies from options, and what each keyword of them is shown as.
 */
#include <strings.h>

#include "policy/config.h"
#include "unit.h"

/* A policy from options between ";". */
static inline void
read_options(struct policy *p, const char *options)
{
	struct trouble error = { .why = "" };
	char text[8192], *rest = text, *option;

	policy_init(p);
	(void)snprintf(text, sizeof(text), "%s", options);
	while ((option = strsep(&rest, ";")) != NULL)
		if (*option != '\0')
			ck_assert_msg(config_set(p, option, &error) == 0,
			    "%s: %s", option, error.why);
}

/* The keyword of an option, or a keyword alone. */
static inline enum policy_key
keyword_of(const char *option)
{
	size_t n = strcspn(option, "= \t");
	const char *name;

	for (enum policy_key key = 0; key < KEY_COUNT; key++) {
		name = config_name(key);
		if (strlen(name) == n && strncasecmp(name, option, n) == 0)
			return key;
	}
	ck_abort_msg("no such keyword: %s", option);
}

static inline const char *
shown(const struct policy *p, enum policy_key key)
{
	static char value[3 * POLICY_LIST_MAX];
	const char *name;

	ck_assert(config_show(p, key, &name, value, sizeof(value)));
	return value;
}

#endif
