/*
 * The verdict of scp-server-check explain, and the keyword that decided.
 */
#include "check/check.h"

#include <stdio.h>

#include "base/err.h"
#include "policy/config.h"

/* What can still refuse a file once the transfer has begun. */
static const enum policy_key later[] = {
	KEY_DOT_FILES,
	KEY_ALLOW_NAMES,
	KEY_DENY_NAMES,
	KEY_MAX_FILE_SIZE,
	KEY_MAX_SESSION_BYTES,
	KEY_MAX_SESSION_FILES,
	KEY_MAX_DEPTH,
	KEY_MIN_FREE,
};

/* Writes "Keyword value", and "(default)" if it is not set. */
static void
show_keyword(const struct check *c, const char *what, enum policy_key key)
{
	char value[2UL * POLICY_LIST_MAX];
	char line[sizeof(value) + 64];
	const char *name;

	if (!config_show(&c->policy, key, &name, value, sizeof(value)))
		return;
	(void)snprintf(line, sizeof(line), "%s %s%s", name, value,
	    check_is_given(c, key) ? "" : " (default)"); /* fits */
	check_row(what, line);
}

/* Prints the keyword that refused or allowed the command. */
static void
show_cause(const struct check *c, enum request_verb verb, int e)
{
	if (e == 0) {
		show_keyword(
		    c, "keyword", verb == REQUEST_SFTP ? KEY_SFTP : KEY_ACCESS);
		return;
	}
	if (policy_cause(e) != KEY_COUNT)
		show_keyword(c, "keyword", policy_cause(e));
	else
		check_row("keyword",
		    e > 0 || e == ERR_KIND ? "none: the file system" :
					     "none: the request itself");
}

static void
show_later(const struct check *c)
{
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (check_is_given(c, later[i]) ||
		    (policy_is_confined(&c->policy) &&
			(later[i] == KEY_DOT_FILES ||
			    later[i] == KEY_MAX_DEPTH)))
			show_keyword(c, "still", later[i]);
}

void
check_show_verdict(
    const struct check *c, enum request_verb verb, int e, const char *outside)
{
	bool allowed = e == 0 && outside == NULL;

	(void)printf("verdict: %s\n", allowed ? "allowed" : "refused");
	if (outside != NULL) {
		check_row("keyword", "none of this program");
		check_row("reason", outside);
		return;
	}
	show_cause(c, verb, e);
	if (e != 0)
		check_row("reason", err_words(err_info(e)));
	else
		show_later(c);
}
