#include "base/trouble.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

void
trouble_about(struct trouble *t, const char *word)
{
	(void)strlcpy(t->word, word, sizeof(t->word));
}

void
trouble_note_part(
    struct trouble *t, const char *why, const char *word, size_t len)
{
	size_t n = len < sizeof(t->word) ? len : sizeof(t->word) - 1;

	memcpy(t->word, word, n);
	t->word[n] = '\0';
	t->why = why;
}

void
trouble_note(struct trouble *t, const char *why, const char *word)
{
	trouble_note_part(t, why, word, strlen(word));
}

/* Adds a part after ": ".  What is longer than the line is cut. */
static void
add(char *out, size_t cap, const char *part)
{
	if (part == NULL || *part == '\0')
		return;
	if (*out != '\0')
		(void)strlcat(out, ": ", cap);
	(void)strlcat(out, part, cap);
}

void
trouble_text(const struct trouble *t, char *out, size_t cap)
{
	char word[4 * sizeof(t->word)];
	char line[16] = "";

	out[0] = '\0';
	if (t->where != NULL) /* is cut where it doesn't fit, as add() does */
		text_escape_cut(out, cap, t->where, strlen(t->where));
	if (t->where != NULL && t->line > 0)
		(void)snprintf(line, sizeof(line), ":%u", t->line);
	(void)strlcat(out, line, cap);
	text_escape_cut(word, sizeof(word), t->word, strlen(t->word));
	add(out, cap, word);
	add(out, cap, t->why);
	if (t->cause != 0)
		add(out, cap, err_words(err_info(t->cause)));
}
