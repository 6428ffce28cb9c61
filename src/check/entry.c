/*
 * Whether sshd lets the account in at all: its lists of users and groups, and
 * the login shell, without which it refuses everybody.
 */
#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
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

/* Whether anything but a key lets somebody in. */
static bool
has_other_way(const struct sshd *s)
{
	static const enum setting others[] = { SET_PASSWORD, SET_KEYBOARD,
		SET_GSSAPI, SET_HOSTBASED };

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(s->value[others[i]], "no") != 0)
			return true;
	return false;
}

/*
 * Finds the row of the account in a file of rows.  Its fields are in *rest, of
 * which the first is the password.
 */
static bool
find_row(const struct check *c, const char *file, char line[1024], char **rest)
{
	FILE *f = check_open_lines(file);
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && fgets(line, 1024, f) != NULL) {
		*rest = line;
		line[strcspn(line, "\n")] = '\0';
		found = strcmp(strsep(rest, ":"), c->login.name) == 0 &&
		    *rest != NULL;
	}
	(void)fclose(f); /* was only read */
	return found;
}

/* Whether the account has a password here; others may be known to PAM. */
static bool
has_password(const struct check *c)
{
	char line[1024], *rest;

	return !find_row(c, "/etc/shadow", line, &rest) ||
	    (*rest != '*' && *rest != '!');
}

static void
judge_keys(struct check *c, const struct check_keys *keys)
{
	const struct sshd *s = &c->sshd;
	bool wanted = strcasecmp(s->value[SET_PUBKEY], "no") != 0;
	size_t good = keys->count > CHECK_KEYS_MAX ? 1 : 0;

	for (size_t i = 0; i < keys->count && i < CHECK_KEYS_MAX; i++)
		good += keys->key[i].is_expired ? 0 : 1;
	if (wanted &&
	    (good > 0 || !sshd_is_none(s, SET_CA_KEYS) ||
		!sshd_is_none(s, SET_KEYS_COMMAND)))
		return;
	if (!has_other_way(s))
		check_broken(c, FIX_HOST,
		    "a key in a file of AuthorizedKeysFile",
		    "%s: nobody can log in as %s",
		    !wanted ? "PubkeyAuthentication no, and nothing else" :
			keys->count > 0 ? "all keys have expired" :
					  "there is no key",
		    c->login.name);
	else if (!has_password(c))
		check_note("no key lets anybody in as %s, and there is no "
			   "password in /etc/shadow",
		    c->login.name);
}

/* A command for the row of the account. */
static const char *
row_fix(const struct check *c, const char *command)
{
	static char fix[POLICY_USER_MAX + 32];

	(void)snprintf(
	    fix, sizeof(fix), "%s %s", command, c->login.name); /* fits */
	return fix;
}

/* rest = password ":" changed ":" 5 fields ":" expires ":" */
static void
judge_row(struct check *c)
{
	char line[1024], shadow[1024], *rest, *password, *field;
	bool pam = strcasecmp(c->sshd.value[SET_PAM], "yes") == 0;

	if (!find_row(c, "/etc/passwd", line, &rest))
		return;
	password = strsep(&rest, ":");
	if (find_row(c, "/etc/shadow", shadow, &rest)) {
		password = strsep(&rest, ":");
		for (int i = 0; rest != NULL && i < 5; i++)
			(void)strsep(&rest, ":");
		if (rest != NULL && (field = strsep(&rest, ":")) != NULL &&
		    *field != '\0' &&
		    strtol(field, NULL, 10) <= time(NULL) / (24L * 60 * 60))
			check_broken(c, FIX_HOST, row_fix(c, "chage -E -1"),
			    "the account has expired: sshd lets nobody in as "
			    "%s",
			    c->login.name);
	}
	if (!pam && *password == '!')
		check_broken(c, FIX_HOST, row_fix(c, "usermod -p '*'"),
		    "the account is locked, so without UsePAM sshd lets "
		    "nobody in as %s",
		    c->login.name);
}

void
check_entry(struct check *c, const struct check_keys *keys)
{
	judge_users(c);
	judge_groups(c);
	judge_shell_exists(c);
	judge_keys(c, keys);
	judge_row(c);
	if (strcmp(c->sshd.value[SET_MAX_SESSIONS], "0") == 0)
		check_broken(c, FIX_MATCH, "MaxSessions 10",
		    "MaxSessions 0: sshd starts no session");
	if (c->login.uid == 0 &&
	    strcasecmp(c->sshd.value[SET_ROOT_LOGIN], "no") == 0)
		check_broken(c, FIX_MATCH, "PermitRootLogin prohibit-password",
		    "PermitRootLogin no: sshd lets nobody in as root");
}
