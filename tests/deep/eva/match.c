/*
 * Patterns as long as the longest word of a command, and names.
 */
#include "base/glob.h"

#include <limits.h>

#include "eva.h"

void eva_match(void);
void eva_match_word(void);
void eva_match_text(void);

#define PATTERN_MAX 131072
#define TEXT_MAX    2048

static char pattern[PATTERN_MAX + 1], name[NAME_MAX + 1], word[NAME_MAX + 1];

void
eva_match(void)
{
	unsigned long steps = 0;

	any_octets(pattern, PATTERN_MAX);
	any_string(name, sizeof(name));
	(void)match_name(pattern, any_size(0, PATTERN_MAX), name,
	    (unsigned int)Frama_C_interval(0, 15), &steps);
}

void
eva_match_word(void)
{
	any_octets(pattern, PATTERN_MAX);
	(void)match_is_word(
	    pattern, any_size(0, PATTERN_MAX), word, any_size(1, sizeof(word)));
}

void
eva_match_text(void)
{
	any_octets(pattern, TEXT_MAX);
	if (any_bool())
		(void)match_is_pattern(pattern, any_size(0, TEXT_MAX));
	else
		(void)match_unescape(pattern, any_size(0, TEXT_MAX));
}
