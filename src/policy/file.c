/*
 * The configuration file: lines of keywords, and Match blocks.
 */
#include "policy/config.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/criteria.h"
#include "policy/keyword.h"

#define LINE_MAX_OCTETS 4096

/* The state of the parser. */
struct parser {
	const struct config_subject *subject;
	struct trouble *t;
	bool in_match;
	enum criteria applies; /* whether the block we are in matches */
	unsigned int match;    /* the line of its Match */
	unsigned int doubted;  /* the first such line in maybe; 0: none is */
};

/*
 * global	the values outside of Match blocks
 * matched	those in blocks that match
 * block	those in a block of which it can't be decided whether it matches
 * maybe	the strictest of those in all such blocks
 * unused	those in blocks that do not match
 */
static struct policy global, matched, block, maybe, unused;

char *
config_trim(char *line)
{
	char *hash = line;
	size_t n;

	while ((hash = strchr(hash, '#')) != NULL) {
		if (hash == line || hash[-1] == ' ' || hash[-1] == '\t')
			*hash = '\0';
		else
			hash++; /* within a word it begins no comment */
	}
	line += strspn(line, " \t\r");
	n = strlen(line);
	while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
		line[--n] = '\0';
	return line;
}

/*
 * Ends a block of which it is not decided whether it matches.  A value counts
 * unless a block that matches has set it before.
 */
static int
end_block(struct parser *p)
{
	int e;

	if (!p->in_match || p->applies != CRITERIA_UNDECIDED)
		return 0;
	if (p->doubted == 0) {
		maybe.set = 0;
		p->doubted = p->match;
	}
	block.set &= ~matched.set;
	if ((e = config_combine_strictly(&maybe, &block, p->t)) != 0)
		p->t->line = p->match;
	return e;
}

static int
begin_block(struct parser *p, char *rest)
{
	int e = end_block(p);

	if (e != 0)
		return e;
	p->in_match = true;
	p->match = p->t->line;
	e = criteria_judge(rest, p->subject, &p->applies, p->t);
	if (e == 0 && p->applies == CRITERIA_UNDECIDED)
		block.set = 0;
	return e;
}

/* line = [ ( keyword value / match ) ] [ "#" comment ] */
static int
parse_line(struct parser *p, char *line)
{
	struct policy *to = &unused;

	line = config_trim(line);
	if (*line == '\0')
		return 0;
	if (strcasecmp(line, "Match") == 0)
		return config_fault(p->t, "no value", line);
	if (strncasecmp(line, "Match", 5) == 0 &&
	    (line[5] == ' ' || line[5] == '\t'))
		return begin_block(p, line + 5 + strspn(line + 5, " \t"));
	if (!p->in_match)
		to = &global;
	else if (p->applies == CRITERIA_MATCH)
		to = &matched;
	else if (p->applies == CRITERIA_UNDECIDED)
		to = &block;
	return config_set(to, line, p->t); /* it is checked in any case */
}

int
config_parse(struct policy *out, const char *text, size_t len,
    const struct config_subject *subject, struct trouble *t)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct parser p;
	char line[LINE_MAX_OCTETS];
	const char *end = text + len, *newline;
	size_t n;
	int e;

	memset(&p, 0, sizeof(p));
	p.subject = subject;
	p.t = t;
	policy_clear(&global);
	matched.set = 0;
	if (len >= sizeof(bom) - 1 && memcmp(text, bom, sizeof(bom) - 1) == 0)
		text += sizeof(bom) - 1;
	for (t->line = 1; text < end; text += n + 1, t->line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		n = (size_t)((newline != NULL ? newline : end) - text);
		if (n >= sizeof(line))
			return config_fault(t, "line too long", "");
		memcpy(line, text, n);
		line[n] = '\0';
		if (strlen(line) != n)
			return config_fault(t, "a NUL octet", "");
		if ((e = parse_line(&p, line)) != 0)
			return e;
	}
	if ((e = end_block(&p)) != 0)
		return e;
	config_override(&global, &matched);
	t->line = p.doubted;
	if (p.doubted > 0 && (e = config_add_doubts(&global, &maybe, t)) != 0)
		return e;
	t->line = 0;
	policy_clear(out);
	config_override(out, &global);
	out->narrows = global.narrows;
	out->doubtful = global.doubtful;
	return 0;
}

static int
read_whole(int fd, size_t size, char **text, struct trouble *t)
{
	size_t used = 0;
	ssize_t n = 1;

	if ((*text = malloc(size + 1)) == NULL)
		return config_fault(t, "out of memory", "");
	while (used < size && n > 0) {
		n = read(fd, *text + used, size - used);
		if (n > 0)
			used += (size_t)n;
	}
	if (used == size)
		return 0;
	free(*text);
	return config_fault(t, "can't be read", "");
}

int
config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct trouble *t)
{
	char *text;
	size_t size;
	int e, fd;

	t->line = 0;
	if ((fd = config_open(path)) == -1)
		return errno == ENOENT ? ENOENT : config_cant_open(t, "");
	if ((e = config_check_owner(fd, &size, t)) == 0 &&
	    (e = read_whole(fd, size, &text, t)) == 0) {
		e = config_parse(p, text, size, subject, t);
		free(text);
	}
	(void)close(fd); /* was only read */
	return e;
}
