/*
 * An account that nothing binds but its keys: what each of them starts, and who
 * comes in without one.
 */
#include "check/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Whether sshd lets root in by a key with a command= only. */
static bool
takes_forced_only(const struct check *c)
{
	return c->login.uid == 0 &&
	    strcasecmp(c->sshd.value[SET_ROOT_LOGIN], "forced-commands-only") ==
	    0;
}

/* Whether sshd takes no password of root. */
static bool
takes_no_password(const struct check *c)
{
	const char *value = c->sshd.value[SET_ROOT_LOGIN];

	return c->login.uid == 0 &&
	    (strcasecmp(value, "without-password") == 0 ||
		strcasecmp(value, "prohibit-password") == 0);
}

bool
check_only_keys(const struct check *c, const struct sshd *s)
{
	static const enum setting others[] = { SET_GSSAPI, SET_HOSTBASED,
		SET_PASSWORD, SET_KEYBOARD };
	size_t count = sizeof(others) / sizeof(others[0]);
	const char *list = s->value[SET_METHODS], *end;
	bool all = *list != '\0' && strcasecmp(list, "any") != 0;

	if (!sshd_is_none(s, SET_CA_KEYS) || !sshd_is_none(s, SET_KEYS_COMMAND))
		return false;
	/* lists between blanks: a key has to be in each of them */
	for (; all && *list != '\0'; list = end + strspn(end, " ")) {
		end = list + strcspn(list, " ");
		while (list < end && strncmp(list, "publickey", 9) != 0) {
			list += strcspn(list, ", ");
			list += *list == ',' ? 1 : 0;
		}
		all = list < end;
	}
	if (all || takes_forced_only(c))
		return true;
	if (takes_no_password(c))
		count -= 2;
	for (size_t i = 0; i < count; i++)
		if (*s->value[others[i]] != '\0' &&
		    strcasecmp(s->value[others[i]], "no") != 0)
			return false;
	/* a build without it does not print it */
	return *s->value[SET_PASSWORD] != '\0';
}

void
check_other_ways(struct check *c)
{
	static const struct {
		enum setting setting;
		const char *fix;
		const char *why;
	} ways[] = {
		{ SET_KEYS_COMMAND, "AuthorizedKeysCommand none",
		    "its keys are not known here, and need no command=" },
		{ SET_CA_KEYS, "TrustedUserCAKeys none",
		    "a certificate needs no command=" },
		{ SET_PRINCIPALS_COMMAND, "AuthorizedPrincipalsCommand none",
		    "a certificate needs no command=" },
		{ SET_PRINCIPALS_FILE, "AuthorizedPrincipalsFile none",
		    "a certificate needs no command=" },
	};
	const struct sshd *s = &c->sshd;
	struct sshd without = *s;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!sshd_is_none(s, ways[i].setting))
			check_found(c, FIX_MATCH, ways[i].fix, "%s %s: %s",
			    sshd_name(ways[i].setting),
			    s->value[ways[i].setting], ways[i].why);
	without.value[SET_CA_KEYS][0] = '\0';
	without.value[SET_KEYS_COMMAND][0] = '\0';
	if (!check_only_keys(c, &without))
		check_found(c, FIX_MATCH, "AuthenticationMethods publickey",
		    "a login without a key is possible: it has no command=");
}

/*
 * The options that bind a key that has no command=.  Root has its own to log in
 * for the rest.
 */
static void
write_fix(
    const struct check *c, const struct check_key *k, char *fix, size_t cap)
{
	(void)snprintf(fix, cap, "%s%s line %u%s: restrict,command=\"%s%s\"",
	    c->login.uid == 0 ? "for a key that only copies, " : "",
	    k->has_options ? "add to the options of" : "begin", k->number,
	    k->has_options ? "" : " with", "scp-server",
	    check_is_given(c, KEY_ROOT) ? "" : " DIRECTORY"); /* fits */
}

/* A key whose command= leads to this program, or why it does not. */
static bool
judge_key(struct check *c, const struct check_key *k)
{
	static struct forced f;
	static char what[PATH_MAX + 4200];
	char fix[128];

	if (!k->has_command) {
		write_fix(c, k, fix, sizeof(fix));
		if (!c->by_shell)
			check_found(c, FIX_HOST, fix,
			    "%s:%u: %s: it gets the login shell%s", k->file,
			    k->number,
			    k->is_authority ?
				"a key that signs others, without command=" :
				"a key without command=",
			    k->is_restricted ? ", which restrict leaves it" :
					       "");
		return c->by_shell;
	}
	(void)snprintf(what, sizeof(what), "%s:%u: command=\"%s\"", k->file,
	    k->number, k->command); /* fits */
	check_read_forced(c, &f, k->command);
	f.what = what;
	f.sessions = "sessions with this key";
	f.line = k->number;
	return check_judge_forced(c, &f);
}

/* A key that sshd takes of nobody: it begins no session. */
static bool
is_void(const struct check *c, const struct check_key *k)
{
	if (k->has_command || k->is_authority || !takes_forced_only(c))
		return false;
	check_note("%s:%u: a key without command=: PermitRootLogin "
		   "forced-commands-only does not let it in",
	    k->file, k->number);
	return true;
}

/* Whether an earlier key has the same command. */
static bool
is_repeated(const struct check_keys *keys, const struct check_key *k)
{
	for (const struct check_key *o = keys->key; o < k; o++)
		if (o->has_command == k->has_command &&
		    strcmp(o->command, k->command) == 0)
			return true;
	return false;
}

size_t
check_keys_examined(const struct check_keys *keys)
{
	return keys->count < CHECK_KEYS_MAX ? keys->count : CHECK_KEYS_MAX;
}

void
check_judge_keys(struct check *c, struct check_keys *keys)
{
	static struct check one;
	struct check_key *k;

	unsigned int useless = 0;

	keys->bound = 0;
	for (size_t i = 0; i < check_keys_examined(keys); i++) {
		one = *c;
		one.of_key = true;
		k = &keys->key[i];
		if (is_void(c, k))
			useless++;
		else if (judge_key(&one, k)) {
			keys->bound++;
			check_show_key(&one, k);
			check_reach(&one, &k->reach);
			if (k->has_command && !is_repeated(keys, k))
				check_again(&one);
		}
		c->unsafe = one.unsafe;
		c->broken = one.broken;
	}
	c->by_keys = !c->by_shell && keys->count > 0 &&
	    keys->bound + useless == keys->count &&
	    check_only_keys(c, &c->sshd);
	if (useless > 0 && useless == keys->count)
		check_broken(c, FIX_HOST, "a key with a command=",
		    "PermitRootLogin forced-commands-only, and no key with a "
		    "command=: nobody can log in as root");
	if (keys->count > 0)
		check_note("keys that can start this program only: %u of %u",
		    keys->bound, keys->count);
}

/* Whether a command= starts this program with options. */
static bool
has_our_options(const struct check_key *k)
{
	return k->has_command && check_is_ours(k->command) &&
	    strpbrk(k->command, " \t") != NULL;
}

void
check_judge_ignored(struct check *c, const struct check_keys *keys)
{
	const struct check_key *k = keys->key;

	for (; k < keys->key + check_keys_examined(keys); k++)
		if (has_our_options(k) &&
		    strcmp(k->command, c->sshd.value[SET_FORCE_COMMAND]) != 0)
			check_found(c, FIX_HOST,
			    "what it is to restrict, in ForceCommand or the "
			    "configuration",
			    "%s:%u: command= with options has no effect: sshd "
			    "runs ForceCommand instead",
			    k->file, k->number);
}

void
check_note_keys(struct check *c)
{
	static struct check_keys keys;
	unsigned int number = 0;

	check_be_quiet(QUIET_ALL);
	check_read_keys(c, c->sshd.value[SET_KEYS_FILE], &keys);
	check_be_quiet(QUIET_NOT);
	for (size_t i = 0; i < check_keys_examined(&keys); i++)
		number += has_our_options(&keys.key[i]) ? 1 : 0;
	if (number > 0)
		check_note("%u of the keys have a command= with options, "
			   "which hold for sessions with that key: give them "
			   "to explain as well",
		    number);
}
