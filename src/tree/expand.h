#ifndef SCP_EXPAND_H
#define SCP_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/name.h"
#include "tree/tree.h"

/* The most components with wildcards in one path; more are ERR_STEPS. */
#define PATTERN_LEVELS_MAX 32

/* The most brace groups in one alternative; more are ERR_STEPS. */
#define PATTERN_GROUPS_MAX 16

/*
 * The most steps of matching, and the most alternatives, for one operand; more
 * are ERR_STEPS.  Looking up a path counts as PATTERN_LOOKUP_STEPS.
 */
#define PATTERN_STEPS_MAX	 50000000UL
#define PATTERN_ALTERNATIVES_MAX 4096
#define PATTERN_LOOKUP_STEPS	 200

struct pattern_level {
	struct node node;
	int64_t resume;	       /* see tree_next() */
	struct relpath path;   /* stored, as ".." may follow a wildcard */
	const char *component; /* the pattern for its entries */
	size_t component_len;
};

/*
 * A pattern that names operands of a source.  It is expanded beneath the root,
 * one match at a time: first {a,b} to alternatives, then * ? [ ] are matched
 * with the names in directories.  Matches are not stored, so there can be any
 * number of them.
 */
struct pattern {
	/* what the policy hides is as if it did not exist: neither listed nor
	   gone through; NULL: nothing is hidden */
	bool (*hides)(const void *policy, const struct relpath *path);
	const void *policy;
	const struct tree *tree;
	const struct relpath *start;
	const char *text;     /* the pattern; a backslash quotes */
	char whole[PATH_MAX]; /* the alternative being tried */
	size_t choice[PATTERN_GROUPS_MAX];
	size_t alternatives[PATTERN_GROUPS_MAX];
	size_t groups;
	unsigned int tried;  /* alternatives so far */
	bool matched;	     /* this alternative has had a match */
	bool matched_before; /* it had one before the last match */
	unsigned long steps;
	struct relpath path;
	size_t depth;
	struct pattern_level levels[PATTERN_LEVELS_MAX];
	struct scan scan;
};

/*
 * Begins a pattern, which is absolute or relative to start.  The arguments are
 * not copied.  hides and policy may be set afterwards.
 */
void pattern_begin(struct pattern *p, const struct tree *tree,
    const struct relpath *start, const char *text);

/*
 * Sets *out to the path of the next match, in the order in which directories
 * list their entries.  Returns 0; ERR_EOF when there are no more matches; or
 * ENOENT when an alternative had no match, and the next call goes on with the
 * next alternative.  Any other error ends the pattern: ERR_PATH for a path
 * that leads above the root, ERR_STEPS beyond the limits above, or an error of
 * name_parse() for a component without wildcards.  A directory that can't be
 * listed has no matches.
 */
int pattern_next(struct pattern *p, struct relpath *out);

/*
 * Called when the policy hides the last match.  Returns true when a wildcard
 * found it: it then counts as missing.  Returns false when the pattern named
 * it without wildcards.
 */
bool pattern_drop(struct pattern *p);

/* Closes the directories that are open.  It can be called early and twice. */
void pattern_end(struct pattern *p);

#endif
