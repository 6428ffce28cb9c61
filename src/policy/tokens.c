/*
 * The tokens of Root: what %u and %h stand for.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "policy/keyword.h"

/* user = [A-Za-z0-9_] *[A-Za-z0-9._@-] */
static bool
is_plain_user(const char *user)
{
	return text_span(user, "_") > 0 &&
	    user[text_span(user, "_.@-")] == '\0';
}

/*
 * Whether the uid has several names, so that the client may choose which one
 * sshd or LOGNAME says.
 */
static bool
is_shared(const struct config_subject *who)
{
	const char *const *names;

	if (who->aliases == NULL)
		return false;
	if ((names = who->aliases()) == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, who->user) != 0)
			return true;
	return false;
}

/* Returns the value of one token, or NULL. */
static const char *
token_value(char token, const struct config_subject *who)
{
	switch (token) {
	case '%':
		return "%";
	case 'h':
		if (is_shared(who))
			return NULL;
		return who->home[0] == '/' ? who->home : NULL;
	case 'u':
		return is_plain_user(who->user) && !is_shared(who) ? who->user :
								     NULL;
	default:
		return NULL;
	}
}

/* Expands the tokens of a path. */
static int
expand_path(char path[PATH_MAX], const struct config_subject *subject,
    struct trouble *t)
{
	char out[PATH_MAX];
	const char *in, *value;
	size_t used = 0, n;

	for (in = path; *in != '\0'; in++) {
		value = in;
		n = 1;
		if (*in == '%') {
			if ((value = token_value(*++in, subject)) == NULL)
				return config_fault(t, "can't expand", path);
			n = strlen(value);
		}
		if (used + n >= sizeof(out))
			return config_fault(t, "path too long", path);
		memcpy(out + used, value, n);
		used += n;
	}
	out[used] = '\0';
	if (used > 0 && out[0] != '/')
		return config_fault(t, "not an absolute path", out);
	if (strchr(path, '%') != NULL) /* else it has not changed */
		memcpy(path, out, used + 1);
	return 0;
}

int
config_expand(
    struct policy *p, const struct config_subject *subject, struct trouble *t)
{
	int e;

	if (!policy_is_set(p, KEY_ROOT))
		return 0;
	e = expand_path(p->root, subject, t);
	if (e != 0 || !p->is_inside)
		return e;
	return expand_path(p->outer_root, subject, t);
}
