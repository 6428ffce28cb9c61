#include "request/words.h"

#include <string.h>

#include "base/err.h"

/* What a shell would act on outside quotes. */
static const char live[] = ";&|<>()";

/* What match_name() acts on; a quoted one gets a backslash. */
static const char special[] = "*?[]{},\\";

struct splitter {
	const char *p;
	const char *end;
	char *out; /* where the next octet of the word goes */
};

static void
put_quoted(struct splitter *s, char c)
{
	if (strchr(special, c) != NULL)
		*s->out++ = '\\';
	*s->out++ = c;
}

/* single = "'" *ANY "'" */
static int
take_single(struct splitter *s)
{
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == '\'') {
			s->p++;
			return 0;
		}
		put_quoted(s, *s->p);
	}
	return ERR_COMMAND;
}

/*
 * double = DQUOTE *( "\" ( "\" / DQUOTE / "$" / "`" ) / ANY ) DQUOTE ; a
 * backslash before anything else is itself; an unescaped "$" or "`" is refused.
 */
static int
take_double(struct splitter *s)
{
	for (s->p++; s->p < s->end; s->p++) {
		if (*s->p == '"') {
			s->p++;
			return 0;
		}
		if (*s->p == '$' || *s->p == '`')
			return ERR_COMMAND;
		if (*s->p == '\\' && s->p + 1 < s->end &&
		    strchr("\\\"$`", s->p[1]) != NULL)
			s->p++;
		put_quoted(s, *s->p);
	}
	return ERR_COMMAND;
}

/* One piece of a word: a quoted run, an escaped octet, a plain one. */
static int
take_piece(struct splitter *s)
{
	switch (*s->p) {
	case '\'':
		return take_single(s);
	case '"':
		return take_double(s);
	case '\\':
		if (++s->p == s->end)
			return ERR_COMMAND;
		put_quoted(s, *s->p++);
		return 0;
	case '$':
	case '`':
		return ERR_COMMAND;
	default:
		if (strchr(live, *s->p) != NULL)
			return ERR_COMMAND;
		*s->out++ = *s->p++;
		return 0;
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* word = 1*piece ; an unquoted "#" would begin a comment */
static int
take_word(struct splitter *s)
{
	int e = 0;

	if (*s->p == '#')
		return ERR_COMMAND;
	while (e == 0 && s->p < s->end && !is_blank(*s->p))
		e = take_piece(s);
	*s->out++ = '\0';
	return e;
}

/* Where the first control byte is, quoted or not, other than a tab; or end. */
static const char *
find_control(const char *text, const char *end)
{
	while (text < end && ((unsigned char)*text >= 0x20 || *text == '\t') &&
	    *text != 0x7f)
		text++;
	return text;
}

/* words = *blank *( word 1*blank ) [ word ] */
static int
take_words(struct splitter *s, struct words *out)
{
	int e = 0;

	while (e == 0) {
		while (s->p < s->end && is_blank(*s->p))
			s->p++;
		if (s->p == s->end)
			break;
		if (out->count == WORDS_COUNT_MAX)
			return ERR_MANY;
		out->word[out->count] = s->out;
		if ((e = take_word(s)) == 0)
			out->count++;
	}
	return e;
}

int
words_split(struct words *out, const char *text, size_t len)
{
	struct splitter s = { .p = text, .out = out->text };
	int e, beyond = 0;

	if (len > 0 && text[len - 1] == '\0')
		len--;
	if (len > WORDS_TEXT_MAX) {
		len = WORDS_TEXT_MAX;
		beyond = ERR_MANY;
	}
	s.end = find_control(text, text + len);
	if (s.end < text + len)
		beyond = ERR_COMMAND;
	out->count = 0;
	e = take_words(&s, out);
	if (e == 0 && beyond != 0 && out->count > 0 && !is_blank(s.end[-1]))
		out->count--; /* its rest is refused */
	out->word[out->count] = NULL;
	return e != 0 ? e : beyond;
}
