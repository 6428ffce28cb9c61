#ifndef SCP_NAME_H
#define SCP_NAME_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * S3: only the functions below turn bytes from outside into names and paths.
 * The functions that reach the file system take these two types and no
 * strings, so an unchecked string can't reach it.
 */

/* One name in one directory: 1 to 255 octets, none of them a control byte. */
struct name {
	char s[NAME_MAX + 1];
};

/*
 * A path below the root: components joined by single slashes.  No component
 * is empty, "." or "..".  "" is the root itself.
 */
struct relpath {
	char s[PATH_MAX];
	size_t len;
	bool dir; /* as typed it ended in "/", "." or ".." */
};

/*
 * Makes a name of len octets.  Returns 0; ERR_NAME if it could leave its
 * directory (empty, ".", "..", a slash or NUL in it: CVE-2018-20685,
 * CVE-2019-6111); ERR_BYTES for control characters; ENAMETOOLONG for more than
 * 255 octets; ERR_RESERVED for .scp-server.*.part, the names of this program's
 * temporary files.
 */
int name_parse(struct name *out, const char *s, size_t len);

/*
 * Returns whether this is the name of one of this program's temporary files,
 * .scp-server.<16 hex digits>.part.
 */
bool name_is_temp(const char *s, size_t len);

/* Makes the name of the temporary file with this number. */
void name_make_temp(struct name *out, unsigned long long number);

/* Returns what follows the last slash of a text: the name of a program. */
const char *name_last(const char *path);

/*
 * Makes a path of what the peer typed.  An absolute path begins at the root, a
 * relative one at start; NULL is the root.  ".." removes the component before
 * it, whether that is a link or not.  Returns 0, ENOENT for "", ERR_PATH when
 * the path leads above the root, or an error of name_parse() or
 * relpath_append().
 */
int relpath_parse(
    struct relpath *out, const struct relpath *start, const char *text);

/* The same, but ".." at the root is the root, as it is in a chroot. */
int relpath_parse_in_root(
    struct relpath *out, const struct relpath *start, const char *text);

/*
 * Removes the components of root from the front of an absolute path, so that
 * "/srv/drop/x" and "/x" are the same path in the root /srv/drop.  Returns a
 * pointer into text; "/" for the root itself; or text when it does not begin
 * with root.  Whole components are compared: /srv/drop2 does not begin with
 * /srv/drop.
 */
const char *relpath_strip_root(const char *root, const char *text);

/* Appends a name.  Returns 0, or ENAMETOOLONG beyond PATH_MAX octets. */
int relpath_append(struct relpath *path, const struct name *name);

/* Cuts a path to len octets, its length before names were appended. */
void relpath_cut(struct relpath *path, size_t len);

/*
 * Moves the last component of a path to *last.  Returns 0, or ERR_NAME for the
 * root, which has none.
 */
int relpath_split(struct relpath *path, struct name *last);

/*
 * Changes a path that is old, or beneath it, as if old had been moved to new.
 * Another path, and one that would be too long then, stays as it is.
 */
void relpath_move(
    struct relpath *path, const struct relpath *old, const struct relpath *new);

/* Returns the number of components of a path; the root has none. */
size_t relpath_depth(const struct relpath *path);

/*
 * Iterates over the components of a path.  Returns the start of the next one
 * and sets *len, or returns NULL at the end.  *at is 0 before the first call.
 */
const char *relpath_next(const struct relpath *path, size_t *at, size_t *len);

#endif
