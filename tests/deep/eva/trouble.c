/*
 * Troubles of every kind.  What escapes a text is looked at in base.c; here it
 * is a room that may hold any text.
 */
#include "base/text.h"
#include "base/trouble.h"

#include <limits.h>

#include "eva.h"

void eva_trouble(void);

#define TEXT_MAX 4096

/* TROUBLE_MAX of main.c */
#define SHOWN_MAX 1024

static char where[TEXT_MAX], word[TEXT_MAX], shown[SHOWN_MAX];
static struct trouble trouble;

void
text_escape_cut(char *dst, size_t cap, const char *src, size_t len)
{
	/*@ assert cap >= TEXT_CUT_MIN; */
	/*@ assert len == 0 || \valid_read(src + (0 .. len - 1)); */
	any_string(dst, cap);
}

void
eva_trouble(void)
{
	any_string(where, sizeof(where));
	any_string(word, sizeof(word));
	if (any_bool())
		trouble_about(&trouble, word);
	else
		trouble_note(&trouble, any_bool() ? where : NULL, word);
	trouble.where = any_bool() ? where : NULL;
	trouble.line = (unsigned int)Frama_C_interval(0, INT_MAX);
	trouble.cause = Frama_C_interval(INT_MIN, INT_MAX);
	trouble_text(&trouble, shown, sizeof(shown));
}
