/*
 * Lines of the configuration file that are correct, but do something else than
 * their writer will have meant: a keyword that has another value before, in the
 * same block; a Match that sets nothing; a list with typographic quotes; and a
 * carriage return that joins two lines.
 */
#include "check/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

/* Whether a pattern begins with a typographic quote, or has such a blank. */
static bool
is_typographic(const char *list)
{
	static const char *const quotes[] = { "\u2018", "\u2019", "\u201c",
		"\u201d", "\u201e", "\u00ab" };
	size_t n;

	for (const char *s = list; *s != '\0'; s += n) {
		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++)
			if (strncmp(s, quotes[i], strlen(quotes[i])) == 0)
				return true;
	}
	return strstr(list, "\u00a0") != NULL;
}

static void
judge_keyword(struct check *c, struct part *p, const char *line)
{
	static struct policy one; /* only one value of it is looked at */
	struct trouble t;
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
