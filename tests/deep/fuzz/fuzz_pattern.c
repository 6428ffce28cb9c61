/*
 * Patterns of a source, over a tree that is a table here.  The input is the
 * text of a pattern.  Its braces are expanded a second time by recursion, and
 * what each alternative matches is looked up in the table entry by entry.
 */
#include "fuzz.h"

#include <errno.h>

#include "base/err.h"
#include "base/glob.h"
#include "tree/expand.h"

#define TEXT_MAX  64
#define MATCH_MAX 24

/* In the order in which directories are listed. */
static const struct {
	const char *path;
	bool dir;
} tree[] = {
	{ "", true },
	{ "a", true },
	{ "a/b", true },
	{ "a/b/c", false },
	{ "a/.h", false },
	{ "a/x*", false },
	{ "ab", false },
	{ "b", true },
	{ "b/a", false },
	{ "b/b", true },
	{ "{a,b}", false },
	{ ".a", true },
	{ ".a/a", false },
	{ "*", false },
	{ "\\a", false },
};

static int open_nodes;

/* The entry at this path, or -1. */
static int
find(const char *path)
{
	for (size_t i = 0; i < COUNT(tree); i++)
		if (strcmp(tree[i].path, path) == 0)
			return (int)i;
	return -1;
}

int
tree_find(const struct tree *j, const struct relpath *path, struct node *out)
{
	int i = find(path->s);

	(void)j;
	if (i == -1)
		return ENOENT;
	out->fd = i;
	out->info.kind = tree[i].dir ? KIND_DIR : KIND_FILE;
	open_nodes++;
	return 0;
}

bool
tree_exists(const struct tree *j, const struct relpath *path)
{
	(void)j;
	return find(path->s) != -1;
}

void
tree_close_node(struct node *n)
{
	open_nodes -= n->fd != -1;
	n->fd = -1;
}

void
tree_scan_forget(struct scan *s, const struct node *dir)
{
	CLAIM(dir->fd != -1);
	s->fd = -1;
}

/* The last component, when entry i stands in directory dir; else NULL. */
static const char *
name_in(int dir, size_t i)
{
	size_t n = strlen(tree[dir].path);
	const char *rest = tree[i].path + n;

	if (i == 0 || strncmp(tree[dir].path, tree[i].path, n) != 0)
		return NULL;
	if (n > 0 && *rest++ != '/')
		return NULL;
	return strchr(rest, '/') == NULL ? rest : NULL;
}

int
tree_next(
    struct scan *s, const struct node *dir, int64_t *resume, struct entry *out)
{
	const char *name;

	CLAIM(dir->fd != -1);
	s->fd = dir->fd;
	while (++*resume < (int64_t)COUNT(tree))
		if ((name = name_in(dir->fd, (size_t)*resume)) != NULL) {
			out->refused =
			    name_parse(&out->name, name, strlen(name));
			return 0;
		}
	return ERR_EOF;
}

/* What pattern_next() is to say, in order. */
static struct {
	int err;
	char path[TEXT_MAX + 2];
} wanted[MATCH_MAX];
static size_t wanted_count;
static bool known; /* is wanted all of it? */

static void
want(int err, const char *path)
{
	if (wanted_count == MATCH_MAX) {
		known = false;
		return;
	}
	wanted[wanted_count].err = err;
	memcpy(wanted[wanted_count++].path, path, strlen(path) + 1);
}

static bool
has_wildcard(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\')
			i++;
		else if (s[i] == '*' || s[i] == '?' || s[i] == '[')
			return true;
	}
	return false;
}

/* Does the path match the pattern, component by component? */
static bool
path_matches(const char *pattern, const char *path, bool dir)
{
	char name[TEXT_MAX + 1], plain[TEXT_MAX + 1];
	unsigned long steps = 0;
	size_t n, m;

	for (;;) {
		pattern += strspn(pattern, "/");
		n = strcspn(pattern, "/");
		m = strcspn(path, "/");
		if (n == 0 || m == 0)
			return n == 0 && m == 0 && (dir || pattern[-1] != '/');
		memcpy(name, path, m);
		name[m] = '\0';
		memcpy(plain, pattern, n);
		if (has_wildcard(pattern, n)) {
			if (!match_name(pattern, n, name, 0, &steps))
				return false;
		} else if (match_unescape(plain, n) != m ||
		    memcmp(plain, name, m) != 0)
			return false;
		pattern += n;
		path += m;
		path += *path == '/';
	}
}

static void
want_matches(const char *text)
{
	size_t before = wanted_count;

	for (size_t i = 1; i < COUNT(tree); i++)
		if (path_matches(text, tree[i].path, tree[i].dir))
			want(0, tree[i].path);
	if (wanted_count == before)
		want(ENOENT, "");
}

/* A text without wildcards names one place, whether it is there or not. */
static void
want_place(const char *text)
{
	char plain[TEXT_MAX + 1], path[TEXT_MAX + 2] = "";
	size_t n, used = 0;
	const char *s;

	for (s = text + strspn(text, "/"); *s != '\0'; s += strspn(s, "/")) {
		n = strcspn(s, "/");
		memcpy(plain, s, n);
		s += n;
		n = match_unescape(plain, n);
		if (used > 0)
			path[used++] = '/';
		memcpy(path + used, plain, n + 1);
		used += n;
	}
	want(0, path);
}

/*
 * "." and ".." are read lexically, which the table can't be asked; nor which
 * error a component has that is no name.
 */
static bool
is_odd(const char *text)
{
	char plain[TEXT_MAX + 1];
	size_t n, m;

	for (const char *s = text; *s != '\0'; s += n) {
		s += strspn(s, "/");
		n = strcspn(s, "/");
		if (n == 0 || has_wildcard(s, n))
			continue;
		memcpy(plain, s, n);
		m = match_unescape(plain, n);
		if (!is_storable(plain, m) || is_reserved(plain, m))
			return true;
	}
	return false;
}

/* Where the first group from at on begins and ends; its parts' ends. */
static bool
find_group(const char *text, size_t at, size_t *from, size_t parts[TEXT_MAX],
    size_t *count)
{
	for (*from = at; text[*from] != '\0'; ++*from) {
		size_t deep = 1;

		if (text[*from] == '\\' && text[*from + 1] != '\0') {
			++*from;
			continue;
		}
		if (text[*from] != '{')
			continue;
		*count = 0;
		for (size_t i = *from + 1; text[i] != '\0' && deep > 0; i++) {
			if (text[i] == '\\' && text[i + 1] != '\0')
				i++;
			else if (text[i] == '{')
				deep++;
			else if ((text[i] == '}' && --deep == 0) ||
			    (text[i] == ',' && deep == 1))
				parts[(*count)++] = i;
		}
		if (deep == 0 && *count > 1)
			return true;
	}
	return false;
}

static void
expand(const char *text, size_t at, unsigned int groups)
{
	char one[TEXT_MAX + 1];
	size_t from, n, start, tail, count, parts[TEXT_MAX];

	if (!known)
		return;
	if (!find_group(text, at, &from, parts, &count)) {
		if (is_odd(text))
			known = false;
		else if (has_wildcard(text, strlen(text)))
			want_matches(text);
		else
			want_place(text);
		return;
	}
	if (groups == PATTERN_GROUPS_MAX) {
		known = false;
		return;
	}
	start = from + 1;
	tail = parts[count - 1] + 1;
	for (size_t i = 0; i < count; start = parts[i++] + 1) {
		n = parts[i] - start;
		memcpy(one, text, from);
		memcpy(one + from, text + start, n);
		memcpy(one + from + n, text + tail, strlen(text + tail) + 1);
		expand(one, from, groups + 1);
	}
}

/* Whatever was expected: these hold for every match. */
static void
check_match(const struct pattern *p, const struct relpath *path)
{
	static struct relpath again;

	CLAIM(p->depth <= PATTERN_LEVELS_MAX);
	CLAIM(path->len == strlen(path->s));
	if (path->len > 0) {
		CLAIM(relpath_parse(&again, NULL, path->s) == 0);
		CLAIM(strcmp(again.s, path->s) == 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pattern p;
	static struct relpath path;
	static struct string room;
	const char *text;
	size_t i;
	int e = 0;

	text = make_string(
	    &room, (const char *)data, size < TEXT_MAX ? size : TEXT_MAX);
	wanted_count = 0;
	known = true;
	expand(text, 0, 0);
	pattern_begin(&p, NULL, NULL, text);
	for (i = 0; i < MATCH_MAX; i++) {
		e = pattern_next(&p, &path);
		if (e != 0 && e != ENOENT)
			break;
		if (e == 0)
			check_match(&p, &path);
		if (!known)
			continue;
		CLAIM(i < wanted_count && e == wanted[i].err);
		CLAIM(e != 0 || strcmp(path.s, wanted[i].path) == 0);
	}
	if (known)
		CLAIM((e == ERR_EOF && i == wanted_count) || i == MATCH_MAX);
	CLAIM(e <= 0 || e == ENOENT || e == ENAMETOOLONG);
	pattern_end(&p);
	pattern_end(&p);
	CLAIM(open_nodes == 0);
	return 0;
}
