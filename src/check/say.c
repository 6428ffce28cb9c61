/*
 * What a session may do, in words.
 */
#include "check/check.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "policy/config.h"

#define SENTENCE_MAX 2048

/* The limits of a session, and the words before and after their value. */
static const struct {
	enum policy_key key;
	const char *before;
	const char *after;
} limits[] = {
	{ KEY_MAX_FILE_SIZE, "each up to ", "" },
	{ KEY_MAX_SESSION_FILES, "at most ", " files in a session" },
	{ KEY_MAX_SESSION_BYTES, "at most ", " in a session" },
	{ KEY_ALLOW_NAMES, "names like ", " only" },
	{ KEY_DENY_NAMES, "no names like ", "" },
};

/* The most sentences: each is said once. */
#define SAID_MAX 400

/* What sessions may do. */
static struct {
	char sentence[SENTENCE_MAX];
	size_t rank; /* of the addresses that it is about: these first */
} said[SAID_MAX];
static size_t said_count;
static bool more; /* than there is room for */

/* A number of octets as people write it, if that is exact. */
static void
humanize(char *value, size_t cap)
{
	static const char *const units[] = { "", " KiB", " MiB", " GiB",
		" TiB" };
	const char *why;
	long long n = strtonum(value, 1, INT64_MAX, &why);
	size_t i = 0;

	if (why != NULL)
		return;
	for (; n > 0 && n % 1024 == 0 && i < 4; i++)
		n /= 1024;
	if (i == 0 && n > 0 && n % 1000000 == 0)
		(void)snprintf(value, cap, "%lld MB", n / 1000000); /* fits */
	else
		(void)snprintf(value, cap, "%lld%s", n,
		    i > 0 ? units[i] : " octets"); /* fits */
}

/* Lists of the file and of the options: a name has to be in each. */
static void
add_other_lists(const char *list, char *out, size_t cap)
{
	char one[POLICY_LIST_MAX];

	while (*(list = policy_next_list(list)) != '\0') {
		(void)snprintf(one, sizeof(one), "%.*s",
		    (int)strcspn(list, "\""), list); /* fits */
		(void)strlcat(out, " and like ", cap);
		(void)strlcat(out, one, cap);
	}
}

static void
add_limits(const struct policy *p, char *out, size_t cap)
{
	char value[CHECK_VALUE_MAX];
	const char *name;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		if (!policy_is_set(p, limits[i].key) ||
		    !config_show(
			p, limits[i].key, &name, value, sizeof(value)) ||
		    strcmp(value, "none") == 0)
			continue;
		if (limits[i].key == KEY_MAX_FILE_SIZE ||
		    limits[i].key == KEY_MAX_SESSION_BYTES)
			humanize(value, sizeof(value));
		(void)strlcat(out, ", ", cap);
		(void)strlcat(out, limits[i].before, cap);
		(void)strlcat(out, value, cap);
		if (limits[i].key == KEY_ALLOW_NAMES)
			add_other_lists(p->allow_names, out, cap);
		(void)strlcat(out, limits[i].after, cap);
	}
}

/* Which way files go; a command that names the copy leaves one. */
static enum access
access_of(const struct check *c)
{
	return c->named == REQUEST_SINK ? ACCESS_WRITE_ONLY :
	    c->named == REQUEST_SOURCE	? ACCESS_READ_ONLY :
					  c->policy.access;
}

static const char *
protocols_of(const struct check *c)
{
	return c->named == REQUEST_SFTP ? ", by SFTP" :
	    c->named != REQUEST_NONE	? ", what the command names, by SCP" :
	    c->policy.sftp		? ", by SCP and SFTP" :
					  ", by SCP";
}

/* The clients that it is about, if it is not about all. */
static void
begin_sentence(const struct check *c, char *out, size_t cap)
{
	out[0] = '\0';
	if (c->from != NULL)
		(void)snprintf(out, cap, "from %s: ", c->from); /* fits */
}

/* A sentence that is too long is cut. */
static void
put_sentence(const struct check *c, const char *from, char *out, size_t cap)
{
	const struct policy *p = &c->policy;
	const enum access access = access_of(c);
	static const char *const ways[] = {
		[ACCESS_READ_WRITE] = "upload and download, in ",
		[ACCESS_READ_ONLY] = "only download, from ",
		[ACCESS_WRITE_ONLY] = "only upload, into ",
	};
	static const char *const files[] = {
		[OVERWRITE_INPLACE] = ", old files are written over",
		[OVERWRITE_REPLACE] = ", old files are replaced",
		[OVERWRITE_VERSIONS] = ", old files are kept beside new ones",
		[OVERWRITE_DENY] = ", new files only",
	};

	begin_sentence(c, out, cap);
	(void)strlcat(out, ways[access], cap);
	(void)strlcat(out,
	    policy_is_confined(p) ? p->root :
				    "every directory that its own rights reach",
	    cap);
	if (access != ACCESS_READ_ONLY)
		(void)strlcat(out, files[p->overwrite], cap);
	if (access == ACCESS_READ_WRITE && p->modify == MODIFY_YES && p->sftp &&
	    c->named == REQUEST_NONE &&
	    (p->overwrite == OVERWRITE_DENY ||
		p->overwrite == OVERWRITE_VERSIONS))
		(void)strlcat(
		    out, ", but by SFTP old ones are removed and renamed", cap);
	add_limits(p, out, cap);
	(void)strlcat(out, protocols_of(c), cap);
	if (*p->relay != '\0')
		(void)strlcat(out, ", and copies to other hosts", cap);
	if (*from != '\0') {
		(void)strlcat(out, ", from ", cap);
		(void)strlcat(out, from, cap);
	}
}

/* Keeps a sentence for the end. */
static void
remember(const struct check *c, const char *sentence)
{
	for (size_t i = 0; i < said_count; i++)
		if (strcmp(said[i].sentence, sentence) == 0)
			return;
	more = said_count == SAID_MAX;
	if (more)
		return;
	said[said_count].rank = c->rank;
	(void)strlcpy(
	    said[said_count++].sentence, sentence, SENTENCE_MAX); /* fits */
}

void
check_show_key(const struct check *c, const struct check_key *k)
{
	char place[PATH_MAX + 16 + sizeof(k->name)];
	char value[CHECK_VALUE_MAX], sentence[SENTENCE_MAX], row[64];
	const char *name;

	(void)snprintf(place, sizeof(place), "%s:%u %s", k->file, k->number,
	    k->name); /* fits */
	check_row(k->is_authority ? "key that signs" : "key", place);
	check_row(
	    "  Root", policy_is_confined(&c->policy) ? c->policy.root : "none");
	for (size_t i = 0;
	     config_show(&c->policy, i, &name, value, sizeof(value)); i++) {
		if (i != KEY_ACCESS &&
		    (i == KEY_ROOT || !check_is_given(c, (enum policy_key)i)))
			continue;
		(void)snprintf(row, sizeof(row), "  %s", name); /* fits */
		check_row(row, value);
	}
	if (*k->from != '\0')
		check_row("  from", k->from);
	check_row("  program", c->program);
	check_row("  modern clients", check_modern(c));
	if (check_is_alike(c))
		return; /* see check_say_session() */
	put_sentence(c, k->from, sentence, sizeof(sentence));
	remember(c, sentence);
}

bool
check_is_alike(const struct check *c)
{
	return c->by_force || c->by_shell || (!c->by_keys && !c->sshd.known);
}

void
check_say_session(const struct check *c, bool begins)
{
	char sentence[SENTENCE_MAX];

	if (begins)
		put_sentence(c, "", sentence, sizeof(sentence));
	else {
		begin_sentence(c, sentence, sizeof(sentence));
		(void)strlcat(sentence, "nothing, since no session begins",
		    sizeof(sentence));
	}
	remember(c, sentence);
}

/* Whether each way in leads here, as far as that is known. */
static bool
is_bound(const struct check *c)
{
	return c->by_force || c->by_shell || c->by_keys || !c->sshd.known;
}

/* Whether something is said of these addresses. */
static bool
has_rank(size_t rank)
{
	for (size_t i = 0; i < said_count; i++)
		if (said[i].rank == rank)
			return true;
	return false;
}

void
check_say(const struct check *c)
{
	size_t ranks = 0, kinds = 0;

	check_heading("in words");
	if (c->unsafe > 0 && !c->is_free)
		check_note("as long as something is UNSAFE the account may do "
			   "more than this:");
	if (c->broken > 0 && !c->is_free)
		check_note("as long as something is BROKEN the account can't "
			   "do all of this:");
	for (size_t i = 0; i < said_count; i++)
		ranks = said[i].rank >= ranks ? said[i].rank + 1 : ranks;
	for (size_t rank = 0; rank < ranks; rank++)
		kinds += has_rank(rank) ? 1 : 0;
	if (kinds > 2)
		check_note("of these lines the first that has the address of a "
			   "client counts:");
	for (size_t rank = 0; rank < ranks; rank++)
		for (size_t i = 0; i < said_count; i++)
			if (said[i].rank == rank)
				check_row("may", said[i].sentence);
	if (more)
		check_note("there are more sessions, of which nothing is "
			   "said here");
	if (c->is_free || !is_bound(c))
		check_row("may", "do whatever its login shell lets it do");
}

void
check_again(struct check *c)
{
	check_be_quiet(QUIET_ROWS);
	check_place(c);
	check_machine(c);
	check_be_quiet(c->from_others ? QUIET_ROWS : QUIET_NOT);
}
