/*
 * The criteria of a Match line: User, Group, Address or All, and their lists.
 */
#include "policy/criteria.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/err.h"
#include "base/glob.h"
#include "policy/keyword.h"

/*
 * Takes the next item of a list with commas between, none of which is quoted by
 * a backslash, and whether a "!" excludes it.  Returns false at its end.
 */
static bool
next_item(const char **list, const char **item, size_t *len, bool *negated)
{
	if (**list == '\0')
		return false;
	*negated = **list == '!';
	*list += *negated ? 1 : 0;
	*item = *list;
	while (**list != '\0' && **list != ',')
		*list += (*list)[0] == '\\' && (*list)[1] != '\0' ? 2 : 1;
	*len = (size_t)(*list - *item);
	*list += **list == ',' ? 1 : 0;
	return true;
}

/* Whether a list has nothing but exclusions, so that it matches nothing. */
static bool
only_excludes(const char *list)
{
	const char *item;
	bool negated;
	size_t n;

	while (next_item(&list, &item, &n, &negated))
		if (!negated && n > 0)
			return false;
	return true;
}

/* Octets of a name without wildcards; a longer one is no name of anything. */
#define CRITERIA_NAME_MAX 4096

/* Whether a name is in a list. */
enum verdict {
	LIST_SILENT,
	LIST_HAS,
	LIST_EXCLUDES, /* in it with a "!", which outweighs the rest */
};

static enum verdict
ask_list(const char *list, const char *name)
{
	unsigned long steps = 0;
	enum verdict verdict = LIST_SILENT;
	const char *item;
	bool negated;
	size_t n;

	while (next_item(&list, &item, &n, &negated)) {
		if (!match_name(item, n, name, MATCH_DOTS | MATCH_WORD, &steps))
			continue;
		if (negated)
			return LIST_EXCLUDES;
		verdict = LIST_HAS;
	}
	return verdict;
}

static enum criteria
judge_user(const char *list, const struct config_subject *who)
{
	const char *const *names = who->aliases != NULL ? who->aliases() : NULL;
	bool has = ask_list(list, who->user) == LIST_HAS;

	if (who->aliases != NULL && names == NULL)
		return CRITERIA_UNDECIDED;
	/* the client may have chosen which of the names is ours */
	for (; names != NULL && *names != NULL; names++)
		if ((ask_list(list, *names) == LIST_HAS) != has)
			return CRITERIA_UNDECIDED;
	return has ? CRITERIA_MATCH : CRITERIA_OTHER;
}

/*
 * Whether the subject is in a group that an item names, of which it may be the
 * second name, or in one whose name fits a pattern: 1, 0, or -1 when it can't
 * be found out.
 */
static int
ask_groups(const char *item, size_t len, const struct config_subject *who)
{
	const char *const *names;
	char plain[CRITERIA_NAME_MAX];
	unsigned long steps = 0;

	if (match_is_word(item, len, plain, sizeof(plain)))
		return *plain != '\0' ? who->in_group(plain) : 0;
	if ((names = who->groups()) == NULL)
		return -1;
	for (; *names != NULL; names++)
		if (match_name(
			item, len, *names, MATCH_DOTS | MATCH_WORD, &steps))
			return 1;
	return 0;
}

static enum criteria
judge_groups(const char *list, const struct config_subject *who)
{
	bool has = false, may_have = false, may_exclude = false, negated;
	const char *item;
	size_t n;
	int in;

	while (next_item(&list, &item, &n, &negated)) {
		in = ask_groups(item, n, who);
		if (in > 0 && negated)
			return CRITERIA_OTHER;
		has = has || in > 0;
		may_have = may_have || (in < 0 && !negated);
		may_exclude = may_exclude || (in < 0 && negated);
	}
	if (!has && !may_have)
		return CRITERIA_OTHER;
	return has && !may_exclude ? CRITERIA_MATCH : CRITERIA_UNDECIDED;
}

/* The list is checked whatever the address is. */
static int
judge_address(const char *list, const struct config_subject *who,
    enum criteria *out, struct trouble *t)
{
	const char *item;
	struct address peer;
	bool known = who->address != NULL && address_parse(&peer, who->address);
	bool negated, found = false, excluded = false;
	struct network net;
	char word[64];
	size_t n;

	while (next_item(&list, &item, &n, &negated)) {
		if (!network_parse(&net, item, n)) {
			/* a longer word is cut: it is only shown */
			(void)snprintf(
			    word, sizeof(word), "%.*s", (int)n, item);
			return config_fault(t, "not an address", word);
		}
		if (!known || !network_has(&net, &peer))
			continue;
		excluded = excluded || negated;
		found = true;
	}
	*out = found && !excluded ? CRITERIA_MATCH : CRITERIA_OTHER;
	if (!known && who->address != NULL)
		*out = CRITERIA_UNDECIDED;
	return 0;
}

/* Calls who->named() for each account or group that a list names. */
static void
tell_names(const char *list, bool group, const struct config_subject *who,
    unsigned int line)
{
	char plain[CRITERIA_NAME_MAX];
	const char *item;
	bool negated;
	size_t n;

	while (who->named != NULL && next_item(&list, &item, &n, &negated))
		if (match_is_word(item, n, plain, sizeof(plain)) &&
		    *plain != '\0')
			who->named(line, group, plain);
}

/* criterion = ( "User" / "Group" / "Address" ) list ; or "All" */
static int
judge_criterion(const char *what, const char *list,
    const struct config_subject *who, enum criteria *out, struct trouble *t)
{
	bool group = strcasecmp(what, "Group") == 0;

	if (strcasecmp(what, "Address") == 0) {
		if (who->from != NULL)
			who->from(t->line, list);
		return judge_address(list, who, out, t);
	}
	if (group || strcasecmp(what, "User") == 0) {
		*out = group ? judge_groups(list, who) : judge_user(list, who);
		tell_names(list, group, who, t->line);
	} else
		return config_fault(t,
		    "not User, Group, Address or All (names of a list are "
		    "separated by commas)",
		    what);
	return 0;
}

/*
 * Takes the next word, which blanks separate, or double quotes hold together.
 * Versions of sshd(8) differ in what a quote within a word means, so that it is
 * refused.  Returns NULL at the end; *why is set when a quote is wrong.
 */
static char *
next_word(char **rest, const char **why)
{
	char *word;
	bool quoted;

	*rest += strspn(*rest, " \t");
	if (**rest == '\0')
		return NULL;
	quoted = **rest == '"';
	word = *rest + quoted;
	*rest = word + strcspn(word, quoted ? "\"" : " \t");
	if (quoted && **rest == '\0') {
		*why = "no closing quote";
		return word;
	}
	if (*word == '\'' && !quoted)
		*why = "only double quotes hold a word together";
	if (quoted && strchr(" \t", (*rest)[1]) == NULL) {
		*why = "a quote within a word";
		return word;
	}
	if (**rest != '\0')
		*(*rest)++ = '\0';
	if (!quoted && strchr(word, '"') != NULL)
		*why = "a quote within a word";
	return word;
}

int
criteria_judge(char *rest, const struct config_subject *who, enum criteria *out,
    struct trouble *t)
{
	const char *why = NULL;
	enum criteria one;
	char *what, *list;
	bool about_others = false;
	int e;

	*out = CRITERIA_MATCH;
	if ((what = next_word(&rest, &why)) == NULL)
		return config_fault(t, "no criterion", "Match");
	if (strcasecmp(what, "All") == 0 && *rest == '\0')
		return 0;
	for (; what != NULL; what = next_word(&rest, &why)) {
		if (why != NULL)
			return config_fault(t, why, what);
		if ((list = next_word(&rest, &why)) == NULL ||
		    (*list == '\0' && why == NULL))
			return config_fault(t,
			    "no value (names of a list are separated by "
			    "commas)",
			    what);
		if (why != NULL)
			return config_fault(t, why, list);
		if ((e = judge_criterion(what, list, who, &one, t)) != 0)
			return e;
		if (only_excludes(list))
			return config_fault(t, "nothing but exclusions", list);
		if (one == CRITERIA_OTHER && strcasecmp(what, "Address") != 0)
			about_others = true;
		if (one == CRITERIA_OTHER)
			*out = CRITERIA_OTHER;
		else if (one == CRITERIA_UNDECIDED && *out == CRITERIA_MATCH)
			*out = CRITERIA_UNDECIDED;
	}
	if (about_others && who->from != NULL)
		who->from(t->line, NULL);
	return 0;
}
