/*
 * Whether sshd lets the account in at all: its lists of users and groups, and
 * the login shell, without which it refuses everybody.
 */
#include "check/check.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/glob.h"

/* What a list of sshd says of the account. */
enum listed {
	LISTED_NOT,
	LISTED_FROM, /* from some hosts only */
	LISTED_YES,
};

static bool
matches(const char *pattern, size_t len, const char *name)
{
	unsigned long steps = 0;

	return match_name(pattern, len, name, MATCH_DOTS | MATCH_WORD, &steps);
}

/* list = *( user [ "@" host ] SP ) */
static enum listed
ask_users(const char *list, const char *name)
{
	enum listed found = LISTED_NOT;
	const char *at;
	size_t n, user;

	for (; *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		at = memrchr(list, '@', n);
		user = at != NULL ? (size_t)(at - list) : n;
		if (!matches(list, user, name))
			continue;
		if (at == NULL || (n == user + 2 && at[1] == '*'))
			return LISTED_YES;
		found = LISTED_FROM;
	}
	return found;
}

/* list = *( group SP ) */
static bool
ask_groups(const char *list, const char *const *names)
{
	size_t n;

	for (; *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		for (const char *const *name = names; *name != NULL; name++)
			if (matches(list, n, *name))
				return true;
	}
	return false;
}

/* A list that was cut may have the account in what is missing. */
static bool
is_whole(const struct sshd *s, enum setting list)
{
	return *s->value[list] != '\0' &&
	    strlen(s->value[list]) < SSHD_VALUE_MAX - 1;
}

static void
judge_users(struct check *c)
{
	const struct sshd *s = &c->sshd;
	enum listed deny = ask_users(s->value[SET_DENY_USERS], c->login.name);
	enum listed allow = ask_users(s->value[SET_ALLOW_USERS], c->login.name);

	if (deny == LISTED_YES)
		check_broken(c, FIX_GLOBAL, "DenyUsers without this account",
		    "DenyUsers %s: sshd lets nobody in as %s",
		    s->value[SET_DENY_USERS], c->login.name);
	else if (deny == LISTED_FROM)
		check_note("DenyUsers %s: sshd lets the account in from some "
			   "hosts only",
		    s->value[SET_DENY_USERS]);
	if (is_whole(s, SET_ALLOW_USERS) && allow == LISTED_NOT)
		check_broken(c, FIX_GLOBAL, "AllowUsers with this account",
		    "AllowUsers %s: %s is not among them, so sshd lets nobody "
		    "in",
		    s->value[SET_ALLOW_USERS], c->login.name);
	else if (allow == LISTED_FROM)
		check_note("AllowUsers %s: sshd lets the account in from some "
			   "hosts only",
		    s->value[SET_ALLOW_USERS]);
}

static void
judge_groups(struct check *c)
{
	const struct sshd *s = &c->sshd;
	const char *const *names;

	if (*s->value[SET_ALLOW_GROUPS] == '\0' &&
	    *s->value[SET_DENY_GROUPS] == '\0')
		return;
	if ((names = account_group_names()) == NULL) {
		check_note("AllowGroups or DenyGroups: the groups of %s can't "
			   "be looked up",
		    c->login.name);
		return;
	}
	if (ask_groups(s->value[SET_DENY_GROUPS], names))
		check_broken(c, FIX_GLOBAL,
		    "DenyGroups without a group of this account",
		    "DenyGroups %s: %s is in one of them, so sshd lets nobody "
		    "in",
		    s->value[SET_DENY_GROUPS], c->login.name);
	if (is_whole(s, SET_ALLOW_GROUPS) &&
	    !ask_groups(s->value[SET_ALLOW_GROUPS], names))
		check_broken(c, FIX_GLOBAL,
		    "AllowGroups with a group of this account",
		    "AllowGroups %s: %s is in none of them, so sshd lets "
		    "nobody in",
		    s->value[SET_ALLOW_GROUPS], c->login.name);
}

/* sshd looks at the shell even where a ForceCommand comes before it. */
static void
judge_shell_exists(struct check *c)
{
	if (sshd_is_none(&c->sshd, SET_CHROOT) && !c->by_shell &&
	    access(c->login.shell, X_OK) != 0)
		check_broken(c, c->login.uid == 0 ? FIX_HOST : FIX_SHELL,
		    "usermod -s /bin/sh root",
		    "login shell %s: there is no such program, so sshd lets "
		    "nobody in",
		    c->login.shell);
}

void
check_entry(struct check *c, const struct check_keys *keys)
{
	judge_users(c);
	judge_groups(c);
	judge_shell_exists(c);
	check_login(c, keys);
	if (strcmp(c->sshd.value[SET_MAX_SESSIONS], "0") == 0)
		check_broken(c, FIX_MATCH, "MaxSessions 10",
		    "MaxSessions 0: sshd starts no session");
	if (c->login.uid == 0 &&
	    strcasecmp(c->sshd.value[SET_ROOT_LOGIN], "no") == 0)
		check_broken(c, FIX_MATCH, "PermitRootLogin prohibit-password",
		    "PermitRootLogin no: sshd lets nobody in as root");
}
