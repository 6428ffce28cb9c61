#include "base/glob.h"

#include <string.h>

static unsigned char
folded(unsigned char c, bool fold)
{
	return fold && c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') :
					      c;
}

/* The octet of a pattern at p, with its backslash undone; moves past it. */
static unsigned char
take_octet(const char **p, const char *end)
{
	if (**p == '\\' && *p + 1 < end)
		(*p)++;
	return (unsigned char)*(*p)++;
}

const char *
match_set_end(const char *p, const char *end)
{
	p++;
	if (p < end && (*p == '!' || *p == '^'))
		p++;
	if (p < end && *p == ']')
		p++; /* the first one is a member */
	for (; p < end && *p != ']'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : NULL;
}

/* set = "[" [ "!" / "^" ] 1*( octet / octet "-" octet ) "]" */
static bool
in_set(const char *p, const char *end, unsigned char c, bool fold)
{
	bool found = false, inverted;
	unsigned char low, high;

	p++;
	end--; /* at the "]" */
	inverted = *p == '!' || *p == '^';
	if (inverted)
		p++;
	while (p < end) {
		low = high = take_octet(&p, end);
		if (p + 1 < end && *p == '-') {
			p++;
			high = take_octet(&p, end);
		}
		if (c >= folded(low, fold) && c <= folded(high, fold))
			found = true;
	}
	return found != inverted;
}

/* One octet of the name against what stands at *p; moves past it. */
static bool
match_one(const char **p, const char *end, unsigned char c, bool fold,
    unsigned long *steps)
{
	const char *after = NULL;
	bool found;

	if (**p == '?') {
		(*p)++;
		return true;
	}
	if (**p == '[') {
		after = match_set_end(*p, end);
		*steps += (unsigned long)((after != NULL ? after : end) - *p);
	}
	if (after != NULL) {
		found = in_set(*p, after, folded(c, fold), fold);
		*p = after;
		return found;
	}
	return folded(take_octet(p, end), fold) == folded(c, fold);
}

/* Whether a backslash at p stands for itself, by MATCH_WORD. */
static bool
is_plain_backslash(const char *p, const char *end)
{
	return *p == '\\' &&
	    (p + 1 == end || strchr("*?[]!^-,\\", p[1]) == NULL);
}

bool
match_name(const char *pattern, size_t len, const char *name, unsigned int how,
    unsigned long *steps)
{
	const bool fold = (how & MATCH_FOLD) != 0;
	const bool part = (how & MATCH_PART) != 0;
	const char *p = pattern, *end = pattern + len, *s = name;
	const char *star = NULL, *star_name = NULL;

	if (*name == '.' && (how & MATCH_DOTS) == 0 &&
	    (len == 0 || *pattern != '.') &&
	    !(len > 1 && pattern[0] == '\\' && pattern[1] == '.'))
		return false;
	while (*s != '\0') {
		++*steps;
		if (p < end && *p == '*') {
			star = ++p; /* only the last one can need more */
			star_name = s;
			continue;
		}
		if (p < end && (how & MATCH_WORD) != 0 && *s == '\\' &&
		    is_plain_backslash(p, end)) {
			p++;
			s++;
			continue;
		}
		if (p < end &&
		    !((how & MATCH_WORD) != 0 && is_plain_backslash(p, end)) &&
		    !(part && *s == '.' && (*p == '?' || *p == '[')) &&
		    match_one(&p, end, (unsigned char)*s, fold, steps)) {
			s++;
			continue;
		}
		if (star == NULL || (part && *star_name == '.'))
			return false;
		p = star;
		s = ++star_name;
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

bool
match_is_word(const char *pattern, size_t len, char *out, size_t cap)
{
	const char *p = pattern, *end = pattern + len;
	size_t used = 0;

	while (p < end && used + 1 < cap) {
		if (*p == '*' || *p == '?' ||
		    (*p == '[' && match_set_end(p, end) != NULL))
			return false;
		if (is_plain_backslash(p, end))
			out[used++] = *p++;
		else
			out[used++] = (char)take_octet(&p, end);
	}
	out[used] = '\0';
	return p == end;
}

bool
match_is_pattern(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\')
			i++;
		else if (strchr("*?[{", text[i]) != NULL)
			return true;
	}
	return false;
}

size_t
match_unescape(char *text, size_t len)
{
	size_t i, used = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len)
			i++;
		text[used++] = text[i];
	}
	text[used] = '\0';
	return used;
}
