/*
 * An account that nothing binds but its keys: what each of them starts, and who
 * comes in without one.
 */
#include "check/check.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool
check_only_keys(const struct sshd *s)
{
	static const enum setting others[] = { SET_PASSWORD, SET_KEYBOARD,
		SET_GSSAPI, SET_HOSTBASED };
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
	if (all)
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
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
	if (!check_only_keys(&without))
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
	const struct check_key *k;

	for (size_t i = 0; i < check_keys_examined(keys); i++) {
		one = *c;
		one.of_key = true;
		k = &keys->key[i];
		if (judge_key(&one, k)) {
			keys->bound++;
			check_show_key(&one, k);
			if (k->has_command && !is_repeated(keys, k))
				check_again(&one);
		}
		c->unsafe = one.unsafe;
		c->broken = one.broken;
	}
	c->by_keys = !c->by_shell && keys->count > 0 &&
	    keys->bound == keys->count && check_only_keys(&c->sshd);
	if (keys->count > 0)
		check_note("keys that can start this program only: %u of %u",
		    keys->bound, keys->count);
}
