/*
 * The configuration file: lines of keywords, Match blocks, and the check that
 * only root can have written it.
 */
#include "policy/config.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/criteria.h"
#include "policy/keyword.h"

/* The most octets of a configuration.  It usually has a page or two. */
#define FILE_SIZE_MAX	(1 << 20)
#define LINE_MAX_OCTETS 4096

/* The state of the parser. */
struct parser {
	const struct config_subject *subject;
	struct trouble *t;
	struct policy global;  /* outside of Match blocks */
	struct policy matched; /* in those that match */
	bool in_match;
	enum criteria applies; /* whether the block we are in matches */
	unsigned int match;    /* the line of its Match */
	unsigned int doubted;  /* of the first in maybe; 0: maybe is unused */
};

/*
 * The values of a block of which it can't be decided whether it matches, and
 * the strictest of those of all such blocks.  Often never written.
 */
static struct policy block, maybe;

/* Cuts off a comment, and blanks at both ends. */
static char *
trim(char *line)
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
		policy_init(&maybe);
		p->doubted = p->match;
	}
	block.set &= ~p->matched.set;
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
		policy_init(&block);
	return e;
}

/* line = [ ( keyword value / match ) ] [ "#" comment ] */
static int
parse_line(struct parser *p, char *line)
{
	struct policy unused;

	line = trim(line);
	if (*line == '\0')
		return 0;
	if (strcasecmp(line, "Match") == 0)
		return config_fault(p->t, "no value", line);
	if (strncasecmp(line, "Match", 5) == 0 &&
	    (line[5] == ' ' || line[5] == '\t'))
		return begin_block(p, line + 5 + strspn(line + 5, " \t"));
	if (!p->in_match)
		return config_set(&p->global, line, p->t);
	if (p->applies == CRITERIA_MATCH)
		return config_set(&p->matched, line, p->t);
	if (p->applies == CRITERIA_UNDECIDED)
		return config_set(&block, line, p->t);
	policy_init(&unused); /* it is checked nevertheless */
	return config_set(&unused, line, p->t);
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
	policy_init(&p.global);
	policy_init(&p.matched);
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
	config_override(&p.global, &p.matched);
	t->line = p.doubted;
	if (p.doubted > 0 && (e = config_add_doubts(&p.global, &maybe, t)) != 0)
		return e;
	t->line = 0;
	*out = p.global;
	return 0;
}

/* S2: root owns the open file and no other account can write it. */
static int
check_owner(int fd, size_t *size, struct trouble *t)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return config_fault(t, "not a regular file", "");
	if (st.st_uid != 0)
		return config_fault(t, "not owned by root", "");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return config_fault(t, "writable by others than root", "");
	if (st.st_size > FILE_SIZE_MAX)
		return config_fault(t, "over 1 MiB", "");
	*size = (size_t)st.st_size;
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

static int
open_config(const char *path)
{
	return open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* errno says why. */
static int
cant_open(struct trouble *t, const char *word)
{
	t->cause = errno;
	return config_fault(t, "can't be opened", word);
}

int
config_trusted(const char *path, struct trouble *t)
{
	int fd = open_config(path), e;
	size_t size;

	if (fd == -1)
		return cant_open(t, path);
	e = check_owner(fd, &size, t);
	(void)close(fd); /* was not even read */
	return e;
}

int
config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct trouble *t)
{
	char *text;
	size_t size;
	int e, fd;

	t->line = 0;
	if ((fd = open_config(path)) == -1)
		return errno == ENOENT ? ENOENT : cant_open(t, "");
	if ((e = check_owner(fd, &size, t)) == 0 &&
	    (e = read_whole(fd, size, &text, t)) == 0) {
		e = config_parse(p, text, size, subject, t);
		free(text);
	}
	(void)close(fd); /* was only read */
	return e;
}

/* user = [A-Za-z0-9_] *[A-Za-z0-9._@-] */
static bool
is_plain_user(const char *user)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_";

	return *user != '\0' && strchr(first, *user) != NULL &&
	    user[strspn(user,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_.@-")] == '\0';
}

/*
 * Whether the uid has several names, so that the client may choose which one
 * sshd or LOGNAME says.
 */
static bool
is_shared(const struct config_subject *who)
{
	const char *const *names;

	if (who->aliases == NULL)
		return false;
	if ((names = who->aliases()) == NULL)
		return true;
	for (; *names != NULL; names++)
		if (strcmp(*names, who->user) != 0)
			return true;
	return false;
}

/* Returns the value of one token, or NULL. */
static const char *
token_value(char token, const struct config_subject *who)
{
	switch (token) {
	case '%':
		return "%";
	case 'h':
		if (is_shared(who))
			return NULL;
		return who->home[0] == '/' ? who->home : NULL;
	case 'u':
		return is_plain_user(who->user) && !is_shared(who) ? who->user :
								     NULL;
	default:
		return NULL;
	}
}

/* Expands the tokens of a path. */
static int
expand_path(char path[PATH_MAX], const struct config_subject *subject,
    struct trouble *t)
{
	char out[PATH_MAX];
	const char *in, *value;
	size_t used = 0, n;

	for (in = path; *in != '\0'; in++) {
		value = in;
		n = 1;
		if (*in == '%') {
			if ((value = token_value(*++in, subject)) == NULL)
				return config_fault(t, "can't expand", path);
			n = strlen(value);
		}
		if (used + n >= sizeof(out))
			return config_fault(t, "path too long", path);
		memcpy(out + used, value, n);
		used += n;
	}
	out[used] = '\0';
	if (used > 0 && out[0] != '/')
		return config_fault(t, "not an absolute path", out);
	memcpy(path, out, used + 1);
	return 0;
}

int
config_expand(
    struct policy *p, const struct config_subject *subject, struct trouble *t)
{
	int e = expand_path(p->root, subject, t);

	return e != 0 ? e : expand_path(p->outer_root, subject, t);
}
