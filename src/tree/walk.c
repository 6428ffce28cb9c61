/*
 * Resolves a path as openat2(2) with RESOLVE_IN_ROOT does, or with
 * RESOLVE_NO_SYMLINKS, by openat(2) alone: one component at a time, and no
 * link is ever followed by the kernel.  This is for kernels without openat2(2),
 * and for those where nothing else keeps that call from truncating files: no
 * filter sees the flags of openat2(2), but those of openat(2) it does.
 *
 * A link is replaced by its text, which may lead to the root, but not above
 * it.  ".." takes away the name of the directory that was passed last, and what
 * is left is walked again from the root; the kernel is never asked for "..",
 * since another process may move that directory out of the root.
 *
 * Only a path that grows beyond PATH_MAX by the text of its links is too long
 * here where it isn't for the kernel, and one with very many ".." in the depth
 * has too many steps.
 */
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "sandbox/open_flags.h"
#include "tree/internal.h"

#define PROC_MAGIC   0x9fa0 /* PROC_SUPER_MAGIC */
#define NOSYMFOLLOW  0x2000 /* ST_NOSYMFOLLOW */
#define OVERFLOW_UID 65534  /* an owner that a user namespace does not know */

/*
 * The most components in one path, with those that are walked again: links of
 * many ".." in a deep tree would take minutes, in which no limit is looked at.
 */
#define STEPS_MAX 100000

struct walk {
	const struct tree *tree;
	int dir;	       /* the directory that was reached */
	char passed[PATH_MAX]; /* its path from the root, without any link */
	char text[PATH_MAX];
	const char *rest; /* of text: the path from dir on */
	int links;
	int steps;
};

static void
set_dir(struct walk *w, int fd)
{
	if (w->dir != w->tree->root)
		(void)close(w->dir); /* O_PATH: close can't fail */
	w->dir = fd;
}

/* Goes on with first, then with what is left, at the root if from_root. */
static int
go_on(struct walk *w, const char *first, bool from_root)
{
	size_t n = strlen(first), left = strlen(w->rest);

	if (n + left >= sizeof(w->text))
		return ENAMETOOLONG;
	memmove(w->text + n, w->rest, left + 1);
	memcpy(w->text, first, n);
	w->rest = w->text;
	if (from_root) {
		set_dir(w, w->tree->root);
		w->passed[0] = '\0';
	}
	return 0;
}

static int
go_up(struct walk *w)
{
	char *slash = strrchr(w->passed, '/');
	int fd;

	/* like the kernel: one must be allowed to search what one leaves */
	if ((fd = tree_openat(w->dir, ".", F_LOOK_PARENT, 0)) < 0)
		return -fd;
	tree_close_fd(&fd);
	*(slash != NULL ? slash : w->passed) = '\0';
	return go_on(w, w->passed, true);
}

/* Makes a directory, whose descriptor becomes ours, the one reached. */
static int
go_down(struct walk *w, const char *name, int fd)
{
	set_dir(w, fd);
	if (strlcat(w->passed, "/", sizeof(w->passed)) >= sizeof(w->passed) ||
	    strlcat(w->passed, name, sizeof(w->passed)) >= sizeof(w->passed))
		return ENAMETOOLONG;
	return 0;
}

bool
tree_is_trap(const struct tree *j, int fd, const struct info *link)
{
	struct info dir;

	if (link->uid == j->uid)
		return false;
	if (tree_fstat(fd, &dir) != 0)
		return true;
	return (dir.mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH) &&
	    (dir.uid != link->uid || dir.uid == OVERFLOW_UID);
}

/*
 * Whether the text of a link of /proc is not where it leads: it is a magic
 * link, like those to open files.  The others there are short and relative.
 */
static bool
is_magic(const char *text)
{
	return *text == '/' || strchr(text, ':') != NULL;
}

/* Reads the link that fd is. */
static int
read_link(int fd, char text[PATH_MAX])
{
	struct statfs fs;
	ssize_t n;

	while (fstatfs(fd, &fs) != 0)
		if (errno != EINTR)
			return errno;
	if ((fs.f_flags & NOSYMFOLLOW) != 0)
		return ELOOP;
	while ((n = readlinkat(fd, "", text, PATH_MAX)) == -1)
		if (errno != EINTR)
			return errno;
	if (n == PATH_MAX)
		return ENAMETOOLONG;
	text[n] = '\0';
	return fs.f_type == PROC_MAGIC && is_magic(text) ? ELOOP : 0;
}

/* Goes on at what a link leads to.  ENOTDIR if there is no link. */
static int
follow(struct walk *w, const char *name, bool last)
{
	char text[PATH_MAX];
	struct info info;
	int e, fd = tree_openat(w->dir, name, F_OLD, 0);

	if (fd < 0)
		return -fd;
	text[0] = '\0';
	if ((e = tree_fstat(fd, &info)) != 0)
		;
	else if (info.kind != KIND_LINK)
		e = ENOTDIR;
	else if (!w->tree->follow || ++w->links > LINKS_MAX)
		e = ELOOP;
	else if (last && tree_is_trap(w->tree, w->dir, &info))
		e = EACCES;
	else
		e = read_link(fd, text);
	tree_close_fd(&fd);
	return e != 0 ? e : go_on(w, text, *text == '/');
}

/* Opens the last name, which is no link to follow. */
static int
open_last(const struct walk *w, const char *name, int flags, int *out)
{
	int fd = tree_openat(w->dir, name, flags | O_NOFOLLOW, 0);

	if (fd < 0)
		return -fd;
	*out = fd;
	return 0;
}

/* Goes through a name, to a directory or along a link, or opens the last. */
static int
pass(struct walk *w, const char *name, int flags, int *out)
{
	bool slash = *w->rest == '/';
	bool last = w->rest[strspn(w->rest, "/")] == '\0';
	int e, fd = -1, how = slash ? F_LOOK_PARENT : flags;
	struct info info = { .kind = KIND_OTHER };

	e = open_last(w, name, how, &fd);
	if (e == 0 && (how & (O_PATH | O_DIRECTORY)) == O_PATH)
		e = tree_fstat(fd, &info);
	if (e == 0 && !last)
		return go_down(w, name, fd);
	if (e == 0 && !slash &&
	    (info.kind != KIND_LINK || (flags & O_NOFOLLOW) != 0)) {
		*out = fd;
		return 0;
	}
	tree_close_fd(&fd);
	if (e == 0 && slash) /* "name/" asks for no right to search it */
		return open_last(w, name, flags, out);
	if ((e == 0 || e == ENOTDIR || e == ELOOP) &&
	    (slash || (flags & O_NOFOLLOW) == 0))
		return follow(w, name, last);
	return e;
}

/* Takes one component.  Sets *out when it was the last. */
static int
step(struct walk *w, int flags, int *out)
{
	char name[NAME_MAX + 1];
	size_t n;

	if (++w->steps > STEPS_MAX)
		return ELOOP;
	w->rest += strspn(w->rest, "/");
	n = strcspn(w->rest, "/");
	if (n > NAME_MAX)
		return ENAMETOOLONG;
	memcpy(name, w->rest, n);
	name[n] = '\0';
	w->rest += n;
	if (n == 0)
		return open_last(w, ".", flags, out);
	if (strcmp(name, ".") == 0)
		return 0;
	if (strcmp(name, "..") == 0)
		return go_up(w);
	return pass(w, name, flags, out);
}

int
tree_walk(const struct tree *j, const char *path, int flags)
{
	struct walk w = { .tree = j, .dir = j->root };
	int e, fd = -1;

	w.passed[0] = '\0';
	w.rest = w.text;
	if (strlcpy(w.text, path, sizeof(w.text)) >= sizeof(w.text))
		return -ENAMETOOLONG;
	do
		e = step(&w, flags, &fd);
	while (e == 0 && fd < 0);
	set_dir(&w, j->root);
	return e != 0 ? -e : fd;
}
