/*
 * The configuration file: lines of keywords, Match blocks, and the check that
 * only root can have written it.
 */
#include "policy/config.h"

#include <arpa/inet.h>
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
#include "base/glob.h"

/* The most octets of a configuration.  It usually has a page or two. */
#define FILE_SIZE_MAX	(1 << 20)
#define LINE_MAX_OCTETS 4096

/* The state of the parser. */
struct parser {
	const struct config_subject *subject;
	struct config_error *error;
	struct policy global;  /* outside of Match blocks */
	struct policy matched; /* in those that match */
	bool in_match;
	bool applies; /* the block we are in matches */
};

static int
fail(struct config_error *error, const char *why, const char *word)
{
	error->why = why;
	/* a longer word is cut: it is only shown */
	(void)strlcpy(error->word, word, sizeof(error->word));
	return ERR_CONFIG;
}

/* Takes the next item of a comma-separated list; false at its end. */
static bool
next_item(const char **list, const char **item, size_t *len)
{
	if (**list == '\0')
		return false;
	*item = *list;
	*len = strcspn(*list, ",");
	*list += *len;
	*list += **list == ',' ? 1 : 0;
	return true;
}

/* Whether a name is in a list. */
enum verdict {
	LIST_SILENT,
	LIST_HAS,
	LIST_EXCLUDES, /* in it with a "!", which outweighs the rest */
};

static enum verdict
ask_list(const char *list, const char *name)
{
	unsigned long steps = 0;
	enum verdict verdict = LIST_SILENT;
	const char *item;
	bool negated;
	size_t n;

	while (next_item(&list, &item, &n)) {
		negated = n > 0 && *item == '!';
		if (!match_name(
			item + negated, n - negated, name, MATCH_DOTS, &steps))
			continue;
		if (negated)
			return LIST_EXCLUDES;
		verdict = LIST_HAS;
	}
	return verdict;
}

static bool
groups_match(const char *list, const struct config_subject *who)
{
	enum verdict verdict;
	bool found = false;

	for (const char *const *g = who->groups(); *g != NULL; g++) {
		if ((verdict = ask_list(list, *g)) == LIST_EXCLUDES)
			return false;
		found = found || verdict == LIST_HAS;
	}
	return found;
}

/* A network: the addresses that have their first bits in common. */
struct network {
	int family;
	unsigned int bits;
	unsigned char octets[16];
};

static bool
is_in(const struct network *net, const unsigned char peer[16])
{
	unsigned int whole = net->bits / 8, rest = net->bits % 8;

	return memcmp(net->octets, peer, whole) == 0 &&
	    (rest == 0 ||
		((net->octets[whole] ^ peer[whole]) >> (8 - rest)) == 0);
}

/* network = ( IPv4 / IPv6 ) [ "/" bits ]; no name is ever looked up */
static bool
parse_network(struct network *out, const char *item, size_t len)
{
	char text[INET6_ADDRSTRLEN + 5], *slash;
	unsigned long bits;

	if (len >= sizeof(text))
		return false;
	memcpy(text, item, len);
	text[len] = '\0';
	out->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	bits = out->family == AF_INET6 ? 128 : 32;
	out->bits = (unsigned int)bits;
	if ((slash = strchr(text, '/')) != NULL) {
		*slash++ = '\0';
		if (*slash == '\0' || strlen(slash) > 3 ||
		    strspn(slash, "0123456789") != strlen(slash) ||
		    strtoul(slash, NULL, 10) > bits)
			return false;
		out->bits = (unsigned int)strtoul(slash, NULL, 10);
	}
	return inet_pton(out->family, text, out->octets) == 1;
}

/* An unknown address matches nothing, but the list is checked. */
static int
judge_address(struct parser *p, const char *list, bool *matches)
{
	const char *address = p->subject->address, *item;
	unsigned char peer[16];
	int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
	bool known = inet_pton(family, address, peer) == 1;
	bool negated, excluded = false;
	struct network net;
	char word[64];
	size_t n;

	*matches = false;
	while (next_item(&list, &item, &n)) {
		negated = n > 0 && *item == '!';
		if (!parse_network(&net, item + negated, n - negated)) {
			/* a longer word is cut: it is only shown */
			(void)snprintf(word, sizeof(word), "%.*s",
			    (int)(n - negated), item + negated);
			return fail(p->error, "not an address", word);
		}
		if (!known || net.family != family || !is_in(&net, peer))
			continue;
		excluded = excluded || negated;
		*matches = true;
	}
	*matches = *matches && !excluded;
	return 0;
}

/* criterion = ( "User" / "Group" / "Address" ) list ; or "All" */
static int
judge_criterion(
    struct parser *p, const char *what, const char *list, bool *matches)
{
	if (strcasecmp(what, "Address") == 0)
		return judge_address(p, list, matches);
	if (strcasecmp(what, "User") == 0)
		*matches = ask_list(list, p->subject->user) == LIST_HAS;
	else if (strcasecmp(what, "Group") == 0)
		*matches = groups_match(list, p->subject);
	else
		return fail(p->error, "not User, Group, Address or All", what);
	return 0;
}

/* match = "Match" ( "All" / 1*criterion ) */
static int
parse_match(struct parser *p, char *rest)
{
	char *what, *list;
	bool matches;
	int e;

	p->in_match = p->applies = true;
	if ((what = strsep(&rest, " \t")) == NULL || *what == '\0')
		return fail(p->error, "no criterion", "Match");
	if (strcasecmp(what, "All") == 0 && rest == NULL)
		return 0;
	for (; what != NULL; what = strsep(&rest, " \t")) {
		if (*what == '\0')
			continue;
		do
			list = strsep(&rest, " \t");
		while (list != NULL && *list == '\0');
		if (list == NULL)
			return fail(p->error, "no value", what);
		if ((e = judge_criterion(p, what, list, &matches)) != 0)
			return e;
		p->applies = p->applies && matches;
	}
	return 0;
}

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

/* line = [ ( keyword value / match ) ] [ "#" comment ] */
static int
parse_line(struct parser *p, char *line)
{
	struct policy unused;

	line = trim(line);
	if (*line == '\0')
		return 0;
	if (strncasecmp(line, "Match", 5) == 0 &&
	    (line[5] == ' ' || line[5] == '\t'))
		return parse_match(p, line + 5 + strspn(line + 5, " \t"));
	if (!p->in_match)
		return config_set(&p->global, line, p->error);
	if (p->applies)
		return config_set(&p->matched, line, p->error);
	policy_init(&unused); /* it is checked nevertheless */
	return config_set(&unused, line, p->error);
}

int
config_parse(struct policy *out, const char *text, size_t len,
    const struct config_subject *subject, struct config_error *error)
{
	struct parser p;
	char line[LINE_MAX_OCTETS];
	const char *end = text + len, *newline;
	size_t n;
	int e;

	memset(&p, 0, sizeof(p));
	p.subject = subject;
	p.error = error;
	policy_init(&p.global);
	policy_init(&p.matched);
	for (error->line = 1; text < end; text += n + 1, error->line++) {
		newline = memchr(text, '\n', (size_t)(end - text));
		n = (size_t)((newline != NULL ? newline : end) - text);
		if (n >= sizeof(line))
			return fail(error, "line too long", "");
		memcpy(line, text, n);
		line[n] = '\0';
		if (strlen(line) != n)
			return fail(error, "a NUL octet", "");
		if ((e = parse_line(&p, line)) != 0)
			return e;
	}
	error->line = 0;
	config_override(&p.global, &p.matched);
	*out = p.global;
	return 0;
}

/* S2: root owns the open file and no other account can write it. */
static int
check_owner(int fd, size_t *size, struct config_error *error)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return fail(error, "not a regular file", "");
	if (st.st_uid != 0)
		return fail(error, "not owned by root", "");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail(error, "writable by others than root", "");
	if (st.st_size > FILE_SIZE_MAX)
		return fail(error, "over 1 MiB", "");
	*size = (size_t)st.st_size;
	return 0;
}

static int
read_whole(int fd, size_t size, char **text, struct config_error *error)
{
	size_t used = 0;
	ssize_t n = 1;

	if ((*text = malloc(size + 1)) == NULL)
		return fail(error, "out of memory", "");
	while (used < size && n > 0) {
		n = read(fd, *text + used, size - used);
		if (n > 0)
			used += (size_t)n;
	}
	if (used == size)
		return 0;
	free(*text);
	return fail(error, "can't be read", "");
}

static int
open_config(const char *path)
{
	return open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int
config_trusted(const char *path, struct config_error *error)
{
	int fd = open_config(path), e;
	size_t size;

	if (fd == -1)
		return fail(error, "can't be opened", path);
	e = check_owner(fd, &size, error);
	(void)close(fd); /* was not even read */
	return e;
}

int
config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct config_error *error)
{
	char *text;
	size_t size;
	int e, fd;

	error->line = 0;
	if ((fd = open_config(path)) == -1)
		return errno == ENOENT ? ENOENT :
					 fail(error, "can't be opened", "");
	if ((e = check_owner(fd, &size, error)) == 0 &&
	    (e = read_whole(fd, size, &text, error)) == 0) {
		e = config_parse(p, text, size, subject, error);
		free(text);
	}
	(void)close(fd); /* was only read */
	return e;
}

/* user = [A-Za-z0-9_] *[A-Za-z0-9._-] */
static bool
is_plain_user(const char *user)
{
	static const char first[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789_";

	return *user != '\0' && strchr(first, *user) != NULL &&
	    user[strspn(user,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0';
}

/* Returns the value of one token, or NULL. */
static const char *
token_value(char token, const struct config_subject *who)
{
	switch (token) {
	case '%':
		return "%";
	case 'h':
		return who->home[0] == '/' ? who->home : NULL;
	case 'u':
		return is_plain_user(who->user) ? who->user : NULL;
	default:
		return NULL;
	}
}

/* Expands the tokens of a path. */
static int
expand_path(char path[PATH_MAX], const struct config_subject *subject,
    struct config_error *error)
{
	char out[PATH_MAX];
	const char *in, *value;
	size_t used = 0, n;

	for (in = path; *in != '\0'; in++) {
		value = in;
		n = 1;
		if (*in == '%') {
			if ((value = token_value(*++in, subject)) == NULL)
				return fail(error, "can't expand", path);
			n = strlen(value);
		}
		if (used + n >= sizeof(out))
			return fail(error, "path too long", path);
		memcpy(out + used, value, n);
		used += n;
	}
	out[used] = '\0';
	if (used > 0 && out[0] != '/')
		return fail(error, "not an absolute path", out);
	memcpy(path, out, used + 1);
	return 0;
}

int
config_expand(struct policy *p, const struct config_subject *subject,
    struct config_error *error)
{
	return expand_path(p->root, subject, error);
}
