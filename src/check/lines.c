/*
 * Lines of the configuration file that are correct, but do something else than
 * their writer will have meant: a keyword that has another value before, in the
 * same block; a Match that sets nothing; a list with typographic quotes or with
 * a keyword; and a carriage return that joins two lines.
 */
#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* No keyword has as many octets. */
#define KEYWORD_MAX 32

/* The block that is being read. */
struct part {
	struct policy set;   /* what it has set */
	unsigned int match;  /* the line of its Match; 0: before the first */
	bool of_all;	     /* it is Match All, which may end a block before */
	unsigned int number; /* the line we are at */
	unsigned int last;   /* of its last keyword */
	unsigned int line_of[KEY_COUNT]; /* where each was set */
};

/* Returns the keyword that is set, if exactly one is. */
static size_t
only_key(uint64_t set)
{
	size_t i;

	for (i = 0; i + 1 < KEY_COUNT && (set >> i & 1) == 0; i++)
		;
	return i;
}

/* Returns whether a keyword has the same value in both policies. */
static bool
is_alike(const struct policy *a, const struct policy *b, size_t key)
{
	static char one[CHECK_VALUE_MAX], other[CHECK_VALUE_MAX];
	const char *name;

	return config_show(a, key, &name, one, sizeof(one)) &&
	    config_show(b, key, &name, other, sizeof(other)) &&
	    strcmp(one, other) == 0;
}

/* Returns the octets of the first of these texts that s begins with, or 0. */
static size_t
begins_with(const char *s, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(s, texts[i], strlen(texts[i])) == 0)
			return strlen(texts[i]);
	return 0;
}

/*
 * Whether a list has a blank that is not of ASCII, or such a quote at an end of
 * a pattern.  In its middle it may be an apostrophe.
 */
static bool
is_typographic(const char *list)
{
	static const char *const blanks[] = { "\u00a0", "\u2028", "\u2029",
		"\u202f", "\u205f", "\u2060", "\u3000", "\ufeff" };
	static const char *const quotes[] = { "\u00ab", "\u00bb", "\u00b4",
		"\u2018", "\u2019", "\u201a", "\u201b", "\u201c", "\u201d",
		"\u201e", "\u201f", "\u2039", "\u203a" };
	bool begins = true;
	size_t n;

	for (const char *s = list; *s != '\0'; s++) {
		/* U+2000 to U+200F: of all widths, and what shows nothing */
		if (begins_with(s, blanks, COUNT(blanks)) > 0 ||
		    (strncmp(s, "\xe2\x80", 2) == 0 && (s[2] & 0xf0) == 0x80))
			return true;
		n = begins_with(s, quotes, COUNT(quotes));
		if (n > 0 && (begins || strchr(" \t", s[n]) != NULL))
			return true; /* strchr() finds the end as well */
		begins = *s == ' ' || *s == '\t';
	}
	return false;
}

/* Whether a pattern is a keyword, which has no effect there: *word. */
static bool
has_keyword(const char *list, char word[KEYWORD_MAX])
{
	size_t n;

	for (const char *s = list; *s != '\0'; s += n) {
		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		if (n >= KEYWORD_MAX)
			continue;
		memcpy(word, s, n);
		word[n] = '\0';
		for (size_t i = 0; i < KEY_COUNT; i++)
			if (strcasecmp(word, config_name((enum policy_key)i)) ==
			    0)
				return true;
	}
	return false;
}

static void
judge_keyword(struct check *c, struct part *p, const char *line)
{
	static struct policy one; /* only one value of it is looked at */
	struct trouble t;
	char word[KEYWORD_MAX];
	size_t key;

	one.set = 0;
	one.allow_names[0] = one.deny_names[0] = '\0';
	/* the file was read before without a mistake */
	if (config_set(&one, line, &t) != 0)
		return;
	key = only_key(one.set);
	p->last = p->number;
	if (is_typographic(one.allow_names) || is_typographic(one.deny_names))
		check_found(c, FIX_POLICY, "blanks of ASCII, and no quotes",
		    "%s:%u: a quote or blank that is part of a pattern",
		    c->file, p->number);
	if (has_keyword(one.allow_names, word) ||
	    has_keyword(one.deny_names, word))
		check_found(c, FIX_POLICY, "a line for each keyword",
		    "%s:%u: %s is a pattern of this list, and no keyword",
		    c->file, p->number, word);
	if (policy_is_set(&p->set, (enum policy_key)key)) {
		if (!is_alike(&p->set, &one, key))
			check_found(c, FIX_POLICY,
			    "one line for each keyword of a block",
			    "%s:%u: %s has no effect: it is set in line %u",
			    c->file, p->number,
			    config_name((enum policy_key)key), p->line_of[key]);
		return;
	}
	p->line_of[key] = p->number;
	(void)config_set(&p->set, line, &t); /* as above */
}

/* A Match that sets nothing is most often one that somebody wanted to join. */
static void
end_part(struct check *c, const struct part *p)
{
	if (p->match > p->last && !p->of_all)
		check_found(c, FIX_POLICY,
		    "Match with all names of its block in one list",
		    "%s:%u: this Match sets nothing", c->file, p->match);
}

static void
judge_line(struct check *c, struct part *p, char *text)
{
	const char *line;
	char *end = strchr(text, '\r');

	p->number++;
	if (end != NULL && end[1] != '\0')
		check_found(c, FIX_POLICY, "lines that end as those of Unix do",
		    "%s:%u: a carriage return in the middle of a line", c->file,
		    p->number);
	line = config_trim(text);
	if (*line == '\0')
		return;
	if (strncasecmp(line, "Match", 5) != 0 ||
	    (line[5] != ' ' && line[5] != '\t')) {
		judge_keyword(c, p, line);
		return;
	}
	end_part(c, p);
	p->set.set = 0;
	p->match = p->number;
	p->of_all = strcasecmp(line + 5 + strspn(line + 5, " \t"), "All") == 0;
}

void
check_lines(struct check *c)
{
	static const char bom[] = "\xef\xbb\xbf";
	static struct part p;
	FILE *f = check_open_lines(c->file);
	char *line = NULL;
	size_t cap = 0;

	if (f == NULL)
		return; /* there is none, or check_able() reports it */
	while (getline(&line, &cap, f) != -1) {
		line[strcspn(line, "\n")] = '\0';
		judge_line(c, &p,
		    line +
			(strncmp(line, bom, strlen(bom)) == 0 ? strlen(bom) :
								0));
	}
	end_part(c, &p);
	free(line);
	(void)fclose(f); /* was only read */
}
