/*
 * Whether somebody can log in as the account: with a key, with a password, as
 * AuthenticationMethods asks for it, and as far as its row in the database
 * allows.
 */
#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* Whether a way to log in is open. */
enum way {
	WAY_CLOSED,
	WAY_UNKNOWN, /* PAM may know a password that is not here */
	WAY_OPEN,
};

/* The ways of an account, and why one is closed. */
struct ways {
	enum way key;
	enum way password;
	enum way keyboard;
	const char *no_key;
};

static bool
is_off(const struct sshd *s, enum setting setting)
{
	return strcasecmp(s->value[setting], "no") == 0;
}

/* Whether sshd says yes; a build without it says nothing. */
static bool
is_on(const struct sshd *s, enum setting setting)
{
	return *s->value[setting] != '\0' && !is_off(s, setting);
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

/*
 * Whether the account has a password here: that of /etc/shadow, if it has a row
 * there.
 */
static bool
has_password(const struct check *c)
{
	char line[1024], *rest;

	if (!find_row(c, "/etc/shadow", line, &rest) &&
	    !find_row(c, "/etc/passwd", line, &rest))
		return true; /* somebody else knows of it */
	return *rest != '*' && *rest != '!';
}

/* Whether a password opens a way; others than here may be known to PAM. */
static enum way
ask_password(const struct check *c, enum setting setting)
{
	const char *root = c->sshd.value[SET_ROOT_LOGIN];
	bool pam = is_on(&c->sshd, SET_PAM);

	if (is_off(&c->sshd, setting) || (setting == SET_KEYBOARD && !pam) ||
	    (c->login.uid == 0 && *root != '\0' &&
		strcasecmp(root, "yes") != 0))
		return WAY_CLOSED;
	if (has_password(c))
		return WAY_OPEN;
	return pam ? WAY_UNKNOWN : WAY_CLOSED;
}

static void
ask_keys(const struct check *c, const struct check_keys *keys, struct ways *w)
{
	const struct sshd *s = &c->sshd;
	size_t good = keys->count > CHECK_KEYS_MAX ? 1 : 0, expired = 0;

	for (size_t i = 0; i < check_keys_examined(keys); i++) {
		good += !keys->key[i].is_expired && !keys->key[i].is_refused;
		expired += keys->key[i].is_expired;
	}
	w->key = !is_off(s, SET_PUBKEY) &&
		(good > 0 || !sshd_is_none(s, SET_CA_KEYS) ||
		    !sshd_is_none(s, SET_KEYS_COMMAND)) ?
	    WAY_OPEN :
	    WAY_CLOSED;
	w->no_key = is_off(s, SET_PUBKEY) ?
	    "PubkeyAuthentication no, and nothing else" :
	    keys->faults > 0 ? "sshd takes none of the keys" :
	    expired > 0	     ? "all keys have expired" :
			       "there is no key";
}

static enum way
ask_method(const struct sshd *s, const struct ways *w, const char *name)
{
	if (strncmp(name, "publickey", 9) == 0)
		return w->key;
	if (strncmp(name, "password", 8) == 0)
		return w->password;
	if (strncmp(name, "keyboard", 8) == 0)
		return w->keyboard;
	return (strncmp(name, "gssapi", 6) == 0 && !is_on(s, SET_GSSAPI)) ||
		(strncmp(name, "hostbased", 9) == 0 &&
		    !is_on(s, SET_HOSTBASED)) ?
	    WAY_CLOSED :
	    WAY_OPEN;
}

/* list = method *( "," method ), each of which has to be passed */
static enum way
ask_list(const struct sshd *s, const struct ways *w, const char **list)
{
	enum way all = WAY_OPEN, one;

	while (**list != '\0' && **list != ' ') {
		one = ask_method(s, w, *list);
		all = one < all ? one : all;
		*list += strcspn(*list, ", ");
		*list += **list == ',' ? 1 : 0;
	}
	return all;
}

/* lists = list *( SP list ), of which one has to be passed */
static enum way
ask_methods(const struct sshd *s, const struct ways *w, const char *lists)
{
	enum way best = WAY_CLOSED, one;

	while (*lists != '\0') {
		one = ask_list(s, w, &lists);
		best = one > best ? one : best;
		lists += strspn(lists, " ");
	}
	return best;
}

static void
judge_ways(struct check *c, const struct check_keys *keys, const struct ways *w)
{
	static const char key_fix[] =
	    "a key that the account can read, in a file of "
	    "AuthorizedKeysFile";
	static char fix[POLICY_USER_MAX + 32];
	const char *methods = c->sshd.value[SET_METHODS];
	bool any = *methods == '\0' || strcasecmp(methods, "any") == 0;
	enum way way = ask_methods(&c->sshd, w,
	    any ? "publickey password keyboard-interactive gssapi-with-mic "
		  "hostbased" :
		  methods);

	(void)snprintf(fix, sizeof(fix), "passwd %s", c->login.name); /* fits */
	if (way == WAY_OPEN)
		return;
	if (any && way == WAY_UNKNOWN && keys->faults == 0)
		check_note("no key lets anybody in as %s, and there is no "
			   "password in /etc/shadow",
		    c->login.name);
	else if (any)
		check_broken(c, FIX_HOST, key_fix,
		    "%s: nobody can log in as %s", w->no_key, c->login.name);
	else
		check_broken(c, FIX_HOST, w->key == WAY_OPEN ? fix : key_fix,
		    "AuthenticationMethods %s: %s: nobody can log in as %s",
		    methods,
		    w->key == WAY_OPEN ? "there is no password here" :
					 w->no_key,
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

/* Fields of a row of /etc/shadow after the password. */
enum field {
	FIELD_CHANGED,
	FIELD_MIN,
	FIELD_MAX,
	FIELD_WARN,
	FIELD_INACTIVE,
	FIELD_EXPIRES,
	FIELDS,
};

/*
 * The days in a row of /etc/shadow.  PAM asks for a new password after any
 * login, and sshd itself after one with the old one.
 */
static void
judge_days(struct check *c, char *rest, bool asks)
{
	long days[FIELDS], today = (long)(time(NULL) / (24L * 60 * 60));
	const char *field;

	for (int i = 0; i < FIELDS; i++) {
		field = rest != NULL ? strsep(&rest, ":") : NULL;
		days[i] = field != NULL && *field != '\0' ?
		    strtol(field, NULL, 10) :
		    -1;
	}
	if (days[FIELD_EXPIRES] >= 0 && days[FIELD_EXPIRES] <= today)
		check_broken(c, FIX_HOST, row_fix(c, "chage -E -1"),
		    "the account has expired: sshd lets nobody in as %s",
		    c->login.name);
	if (!asks || days[FIELD_CHANGED] < 0)
		return;
	if (days[FIELD_CHANGED] == 0 ||
	    (days[FIELD_MAX] >= 0 &&
		today - days[FIELD_CHANGED] > days[FIELD_MAX]))
		check_broken(c, FIX_HOST,
		    row_fix(c,
			days[FIELD_CHANGED] == 0 ? "chage -d \"$(date +%F)\"" :
						   "chage -M -1"),
		    "the password of %s has to be changed: no session begins",
		    c->login.name);
}

/* row = name ":" password ":" days */
static void
judge_row(struct check *c, const struct ways *w)
{
	char line[1024], shadow[1024], *rest, *password;
	bool pam = is_on(&c->sshd, SET_PAM), shadowed;

	if (!find_row(c, "/etc/passwd", line, &rest))
		return;
	password = strsep(&rest, ":");
	shadowed = strcmp(password, "x") == 0; /* else PAM does not look */
	if (find_row(c, "/etc/shadow", shadow, &rest)) {
		password = strsep(&rest, ":");
		judge_days(c, rest, pam ? shadowed : w->key == WAY_CLOSED);
	}
	if (!pam && *password == '!')
		check_broken(c, FIX_HOST, row_fix(c, "usermod -p '*'"),
		    "the account is locked, so without UsePAM sshd lets "
		    "nobody in as %s",
		    c->login.name);
}

void
check_login(struct check *c, const struct check_keys *keys)
{
	struct ways w = { .password = ask_password(c, SET_PASSWORD),
		.keyboard = ask_password(c, SET_KEYBOARD) };

	ask_keys(c, keys, &w);
	judge_ways(c, keys, &w);
	judge_row(c, &w);
	if (c->login.uid != 0 && access("/etc/nologin", F_OK) == 0)
		check_note("/etc/nologin: as long as it is there, sshd lets "
			   "nobody in but root");
}
