/*
 * What holds when it can't be decided whether a Match block is about a subject:
 * the strictest of the values that may be meant.
 */
#include <string.h>

#include "base/err.h"
#include "policy/keyword.h"

#define BIT(key) (UINT64_C(1) << (key))

/*
 * While these are not set the client or the inherited umask decides, so that
 * there is no default to compare with: a value in doubt then only takes rights
 * away from that.
 */
static const enum policy_key without_default[] = { KEY_FILE_MODE,
	KEY_DIRECTORY_MODE, KEY_UMASK };

static bool
is_same(const struct policy *a, const struct policy *b, enum policy_key key)
{
	char one[2 * POLICY_LIST_MAX], other[2 * POLICY_LIST_MAX];
	const char *name;

	return config_show(a, key, &name, one, sizeof(one)) &&
	    config_show(b, key, &name, other, sizeof(other)) &&
	    strcmp(one, other) == 0;
}

int
config_combine_strictly(
    struct policy *file, const struct policy *other, struct trouble *t)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((file->set & other->set & BIT(i)) != 0 &&
		    config_keywords[i].combine == combine_file_first &&
		    !is_same(file, other, (enum policy_key)i))
			return config_fault(t,
			    "a Match that can't be decided sets another value",
			    config_keywords[i].name);
	return config_combine(file, other, t);
}

/* On these depend defaults of others: on the second the one of Modify. */
static const uint64_t early[] = { BIT(KEY_ROOT) | BIT(KEY_ACCESS),
	BIT(KEY_OVERWRITE) };

int
config_add_doubts(struct policy *p, struct policy *doubts, struct trouble *t)
{
	static struct policy whole; /* often never written */
	const uint64_t all = doubts->set;
	const uint64_t first = early[0] | early[1];
	uint64_t narrows = 0;
	int e;

	if (policy_is_set(doubts, KEY_ROOT) && !policy_is_set(p, KEY_ROOT))
		return config_fault(
		    t, "only a Match that can't be decided sets it", "Root");
	p->doubtful = all;
	whole = *p;
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
		doubts->set = all & early[i];
		if ((e = config_combine_strictly(&whole, doubts, t)) != 0)
			return e;
		t->word[0] = '\0';
		if ((e = policy_complete(&whole, &t->why)) != 0)
			return e;
		/* the next are compared with their defaults */
		whole.set = p->set | (all & first);
	}
	for (size_t i = 0;
	     i < sizeof(without_default) / sizeof(without_default[0]); i++)
		if (!policy_is_set(p, without_default[i]))
			narrows |= BIT(without_default[i]);
	whole.set = p->set | (all & ~narrows);
	doubts->set = all & ~first;
	if ((e = config_combine_strictly(&whole, doubts, t)) != 0)
		return e;
	whole.set = all;
	config_override(p, &whole);
	p->narrows |= narrows & all;
	return 0;
}
