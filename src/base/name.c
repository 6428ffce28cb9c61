#include "base/name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const char temp_prefix[] = ".scp-server.";
static const char temp_suffix[] = ".part";
#define TEMP_DIGITS 16

/* Those, and names that a later version may use. */
static bool
is_reserved(const char *s, size_t len)
{
	const size_t head = sizeof(temp_prefix) - 1;
	const size_t tail = sizeof(temp_suffix) - 1;

	return len >= head + tail && memcmp(s, temp_prefix, head) == 0 &&
	    memcmp(s + len - tail, temp_suffix, tail) == 0;
}

bool
name_is_temp(const char *s, size_t len)
{
	const size_t head = sizeof(temp_prefix) - 1;

	return is_reserved(s, len) &&
	    len == head + TEMP_DIGITS + sizeof(temp_suffix) - 1 &&
	    strspn(s + head, "0123456789abcdef") == TEMP_DIGITS;
}

void
name_make_temp(struct name *out, unsigned long long number)
{
	/* always fits: 12 + 16 + 5 octets */
	(void)snprintf(out->s, sizeof(out->s), "%s%016llx%s", temp_prefix,
	    number, temp_suffix);
}

const char *
name_last(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool
has_control(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return true;
	return false;
}

static bool
is_dots(const char *s, size_t len)
{
	return (len == 1 && s[0] == '.') ||
	    (len == 2 && s[0] == '.' && s[1] == '.');
}

int
name_parse(struct name *out, const char *s, size_t len)
{
	if (len == 0 || is_dots(s, len) || memchr(s, '/', len) != NULL ||
	    memchr(s, '\0', len) != NULL)
		return ERR_NAME;
	if (has_control(s, len))
		return ERR_BYTES;
	if (len > NAME_MAX)
		return ENAMETOOLONG;
	if (is_reserved(s, len))
		return ERR_RESERVED;
	memcpy(out->s, s, len);
	out->s[len] = '\0';
	return 0;
}

int
relpath_append(struct relpath *path, const struct name *name)
{
	size_t n = strlen(name->s);
	size_t slash = path->len > 0 ? 1 : 0;

	if (path->len + slash + n >= sizeof(path->s))
		return ENAMETOOLONG;
	if (slash)
		path->s[path->len++] = '/';
	memcpy(path->s + path->len, name->s, n + 1);
	path->len += n;
	return 0;
}

void
relpath_cut(struct relpath *path, size_t len)
{
	path->len = len;
	path->s[len] = '\0';
}

/* Length of the path without its last component. */
static size_t
parent_length(const struct relpath *path)
{
	size_t n = path->len;

	while (n > 0 && path->s[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

int
relpath_split(struct relpath *path, struct name *last)
{
	size_t up = parent_length(path);
	size_t from = up > 0 ? up + 1 : 0;

	if (path->len == 0)
		return ERR_NAME;
	memcpy(last->s, path->s + from, path->len - from + 1);
	relpath_cut(path, up);
	return 0;
}

/* One component of a typed path: "", "." and ".." or a name. */
static int
take_component(struct relpath *path, const char *s, size_t len, bool in_root)
{
	struct name name;
	int e;

	path->dir = len == 0 || is_dots(s, len);
	if (len == 0 || (len == 1 && s[0] == '.'))
		return 0;
	if (is_dots(s, len)) {
		if (path->len == 0)
			return in_root ? 0 : ERR_PATH;
		relpath_cut(path, parent_length(path));
		return 0;
	}
	if ((e = name_parse(&name, s, len)) != 0)
		return e;
	return relpath_append(path, &name);
}

static int
parse(struct relpath *out, const struct relpath *start, const char *text,
    bool in_root)
{
	struct relpath path = { .s = "" };
	const char *s = text;
	size_t n;
	int e;

	if (*text == '\0')
		return ENOENT;
	if (*text != '/' && start != NULL)
		path = *start;
	for (;; s += n + 1) {
		n = strcspn(s, "/");
		if ((e = take_component(&path, s, n, in_root)) != 0)
			return e;
		if (s[n] == '\0')
			break;
	}
	*out = path;
	return 0;
}

int
relpath_parse(
    struct relpath *out, const struct relpath *start, const char *text)
{
	return parse(out, start, text, false);
}

int
relpath_parse_in_root(
    struct relpath *out, const struct relpath *start, const char *text)
{
	return parse(out, start, text, true);
}

const char *
relpath_strip_root(const char *root, const char *text)
{
	size_t n;

	if (*text != '/')
		return text;
	for (const char *t = text;;) {
		root += strspn(root, "/");
		t += strspn(t, "/");
		n = strcspn(root, "/");
		if (n == 0)
			return *t == '\0' ? "/" : t - 1;
		if (strcspn(t, "/") != n || memcmp(root, t, n) != 0)
			return text;
		root += n;
		t += n;
	}
}

void
relpath_move(
    struct relpath *path, const struct relpath *old, const struct relpath *new)
{
	size_t rest;

	if (path->len < old->len || memcmp(path->s, old->s, old->len) != 0)
		return;
	rest = path->len - old->len;
	if ((rest > 0 && path->s[old->len] != '/') ||
	    new->len + rest >= sizeof(path->s))
		return;
	memmove(path->s + new->len, path->s + old->len, rest + 1);
	memcpy(path->s, new->s, new->len);
	path->len = new->len + rest;
}

size_t
relpath_depth(const struct relpath *path)
{
	size_t n = path->len > 0 ? 1 : 0;

	for (size_t i = 0; i < path->len; i++)
		if (path->s[i] == '/')
			n++;
	return n;
}

const char *
relpath_next(const struct relpath *path, size_t *at, size_t *len)
{
	const char *s = path->s + *at;

	if (*at >= path->len)
		return NULL;
	*len = strcspn(s, "/");
	*at += *len + 1;
	return s;
}
