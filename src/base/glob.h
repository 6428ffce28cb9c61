#ifndef SCP_GLOB_H
#define SCP_GLOB_H

#include <stdbool.h>
#include <stddef.h>

#define MATCH_FOLD 1U /* the case of ASCII letters does not count */
#define MATCH_DOTS 2U /* a wildcard matches a leading dot, too */
#define MATCH_PART 4U /* no wildcard matches any dot: names of hosts */
#define MATCH_WORD 8U /* "\\" before an ordinary octet stands for itself */

/*
 * Returns the end of the set that begins at p, after its "]", or NULL when
 * there is none before end.
 */
const char *match_set_end(const char *p, const char *end);

/*
 * Returns whether a name matches a pattern:
 *
 *	*	any octets, none included
 *	?	one octet
 *	[a-z]	one octet of a set; [!a-z] or [^a-z] one that is not in it
 *	\c	the octet c itself
 *
 * As in a shell, a leading dot is matched by a dot only, unless MATCH_DOTS is
 * set.  A "[" without its "]" is an ordinary octet.  Each octet of the name is
 * compared at most once with each octet of the pattern.  The number of these
 * steps, with the octets of sets, is added to *steps.
 */
bool match_name(const char *pattern, size_t pattern_len, const char *name,
    unsigned int how, unsigned long *steps);

/*
 * Returns whether a pattern matches, by MATCH_WORD, one name alone, which is
 * then written to out.  Returns false when the name does not fit.
 */
bool match_is_word(const char *pattern, size_t len, char *out, size_t cap);

/* Returns whether a text has special characters that are not quoted. */
bool match_is_pattern(const char *text, size_t len);

/*
 * Removes the quoting backslashes of a text that is no pattern, in place, and
 * returns its new length.
 */
size_t match_unescape(char *text, size_t len);

#endif
