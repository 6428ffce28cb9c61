#ifndef SCP_NAME_H
#define SCP_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * S3: bytes from outside become a path only here.  The filesystem layer takes
 * nothing but these two types, so an unchecked string can't reach it.
 */

/* One name in one directory: 1 to 255 octets, none of them a control byte. */
struct name {
	char s[NAME_MAX + 1];
};

/*
 * A path below the root, as components joined by single slashes: never empty
 * components, "." or "..".  "" is the root itself.
 */
struct relpath {
	char s[PATH_MAX];
	size_t len;
	bool dir; /* spelt as a directory: ends in "/", "." or ".." */
};

/*
 * Makes a name.  0; ERR_NAME if it could leave its directory (empty, ".",
 * "..", a slash or NUL in it: CVE-2018-20685, CVE-2019-6111); ERR_BYTES for
 * control characters; ENAMETOOLONG over 255 octets; ERR_RESERVED for
 * .scp-server.*.part, as temporary files of ours are called.
 */
int name_parse(struct name *out, const char *s, size_t len);

/*
 * Is this a temporary file of ours, .scp-server.<16 hex digits>.part?
 */
bool name_is_temp(const char *s, size_t len);

/* The temporary name with this number. */
void name_make_temp(struct name *out, unsigned long long number);

/*
 * Reads a path as the peer typed it: an absolute one from the root, a relative
 * one from start.  ".." is resolved here, lexically.  0; ERR_PATH when it
 * leads above the root, whatever stands there; else as name_parse().
 */
int relpath_parse(
    struct relpath *out, const struct relpath *start, const char *text);

/*
 * Removes root's own components from the front of an absolute text, so that
 * "/srv/drop/x" and "/x" name the same place in the root /srv/drop.  Returns
 * a pointer into text; text itself when it does not begin so.  By component:
 * /srv/drop2 does not begin with /srv/drop.
 */
const char *relpath_strip_root(const char *root, const char *text);

/* Appends a name; ENAMETOOLONG where PATH_MAX is not enough. */
int relpath_append(struct relpath *path, const struct name *name);

/* Back to an earlier length of the same path. */
void relpath_cut(struct relpath *path, size_t len);

/*
 * Splits off the last component: path loses it, last gets it.  ERR_NAME for
 * the root, which has none.
 */
int relpath_split(struct relpath *path, struct name *last);

/*
 * Walks the components: returns the next one's start and sets its length, or
 * NULL at the end.  *at is 0 before the first call.
 */
const char *relpath_next(const struct relpath *path, size_t *at, size_t *len);

#endif
