#ifndef SCP_PATTERN_H
#define SCP_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "jail.h"
#include "name.h"

/* Pattern components in one path; more are no match. */
#define PATTERN_LEVELS_MAX 32

/* Brace groups met in one alternative. */
#define PATTERN_GROUPS_MAX 16

/*
 * Steps of matching and alternatives tried for one operand at most; a path
 * that has to be looked up counts as so many steps.
 */
#define PATTERN_STEPS_MAX	 50000000UL
#define PATTERN_ALTERNATIVES_MAX 4096
#define PATTERN_LOOKUP_STEPS	 200

struct pattern_level {
	struct node node;
	int64_t resume;
	struct relpath path;   /* where it is: ".." may follow a wildcard */
	const char *component; /* what its entries are matched with */
	size_t component_len;
};

/*
 * A source's pattern, expanded beneath the root one match at a time: * ? [ ]
 * against the names of directories, {a,b} as alternatives before that.
 * Nothing is stored, so a pattern may have any number of matches.
 */
struct pattern {
	const struct jail *jail;
	const struct relpath *start;
	const char *text;     /* as typed; a backslash quotes */
	char whole[PATH_MAX]; /* the alternative being tried */
	size_t choice[PATTERN_GROUPS_MAX];
	size_t alternatives[PATTERN_GROUPS_MAX];
	size_t groups;
	unsigned int tried;  /* alternatives */
	bool matched;	     /* the one being tried has */
	bool matched_before; /* it had, before the last match */
	unsigned long steps;
	struct relpath path;
	size_t depth;
	struct pattern_level levels[PATTERN_LEVELS_MAX];
	struct scan scan;
};

/* text is absolute, or relative to start. */
void pattern_begin(struct pattern *p, const struct jail *jail,
    const struct relpath *start, const char *text);

/*
 * The next match, in the order of the directories.  0; ERR_EOF when there is
 * no more; ENOENT for an alternative without any match, and the next call goes
 * on after it.  Anything else ends the pattern, the alternatives that were not
 * yet tried with it: ERR_PATH when one leaves the root, ERR_STEPS beyond the
 * bounds, what is wrong with a name that is spelt out (ERR_BYTES,
 * ERR_RESERVED, ENAMETOOLONG).  A directory that can't be listed has no
 * matches.
 */
int pattern_next(struct pattern *p, struct relpath *out);

/*
 * The last match may not be named.  true: a wildcard found it, and it is as if
 * it were not there; false: it was named as it is.
 */
bool pattern_drop(struct pattern *p);

/* Closes what is open; may be called early, and twice. */
void pattern_end(struct pattern *p);

#endif
