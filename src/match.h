#ifndef SCP_MATCH_H
#define SCP_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define MATCH_FOLD 1U /* the case of ASCII letters does not count */
#define MATCH_DOTS 2U /* a wildcard matches a leading dot, too */

/*
 * One name against one pattern:
 *
 *	*	any octets, none included
 *	?	one octet
 *	[a-z]	one octet of a set; [!a-z] or [^a-z] one that is not in it
 *	\c	the octet c itself
 *
 * A leading dot is matched by a dot only, as in a shell, unless MATCH_DOTS.  A
 * set without its end is an ordinary octet.  Iterative: each octet of the name
 * is tried at most once for each of the pattern.  What it cost, the octets of
 * sets included, is added to *steps.
 */
bool match_name(const char *pattern, size_t pattern_len, const char *name,
    unsigned int how, unsigned long *steps);

/* Has the text a character that means more than itself? */
bool match_is_pattern(const char *text, size_t len);

/* Removes the backslashes of a text that is no pattern; returns its length. */
size_t match_unescape(char *text, size_t len);

#endif
