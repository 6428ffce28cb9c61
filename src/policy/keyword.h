#ifndef SCP_KEYWORD_H
#define SCP_KEYWORD_H

#include "base/err.h"
#include "policy/config.h"
#include "policy/types.h"

struct keyword;

/*
 * Leaves in *file what both the file and the options allow; each of them has
 * set this keyword.  Returns 0, or ERR_CONFIG with *t filled when they allow
 * nothing in common.
 */
typedef int combine_fn(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t);

/* Which values a client may set. */
enum config_takes {
	TAKES_NONE,
	TAKES_ANY,    /* combining keeps the stricter one */
	TAKES_NO,     /* "no" */
	TAKES_SECOND, /* the second word of two */
	TAKES_DENY,   /* "deny" */
};

/* A row of the table of keywords.  For the files of this folder. */
struct keyword {
	char name[16];
	combine_fn *combine;
	const struct config_word *words;
	enum config_kind kind : 8;
	enum config_takes takes : 8;
	uint16_t offset; /* of the value in struct policy */
};

/* By enum policy_key. */
extern const struct keyword config_keywords[];

/*
 * The orders of values:
 *
 * file_first	the value of the file: these values have no order
 * higher	the higher number; words are listed from loose to strict
 * lower	the lower number; "no" is lower than "yes"
 * limit	the lower number; 0 is no limit
 * access	what both allow
 * deeper	the root that is beneath the other one
 * and_mode	the bits that are set in both modes
 * or_mask	the bits that are set in one of the masks
 * both_lists	two lists: a name has to be in each of them
 * both_relays	two lists: a destination has to be in each; "" denies all
 * either_list	the names that are in one of the lists
 */
combine_fn combine_file_first, combine_higher, combine_lower, combine_limit,
    combine_access, combine_deeper, combine_and_mode, combine_or_mask,
    combine_both_lists, combine_both_relays, combine_either_list;

/* Replaces a value of *to by that of *from. */
void combine_take(struct policy *to, const struct policy *from,
    const struct keyword *keyword);

/*
 * Notes a reason and a word, or a word of len octets.  Both return ERR_CONFIG.
 * They are inline because an analyser has to see that this is never 0.
 */
static inline int
config_fault(struct trouble *t, const char *why, const char *word)
{
	trouble_note(t, why, word);
	return ERR_CONFIG;
}

static inline int
config_fail(struct trouble *t, const char *why, const char *word, size_t len)
{
	trouble_note_part(t, why, word, len);
	return ERR_CONFIG;
}

#endif
