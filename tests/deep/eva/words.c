/*
 * Command strings of any octets, and longer than the longest that is split.
 */
#include "request/words.h"

#include "eva.h"

void eva_words(void);

static char text[WORDS_TEXT_MAX + 2];
static struct words words;

void
eva_words(void)
{
	any_octets(text, sizeof(text));
	(void)words_split(&words, text, any_size(0, sizeof(text)));
}
