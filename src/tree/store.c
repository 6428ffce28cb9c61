/*
 * The part of the file system layer that a sink needs: its target, and the
 * directories that it stores in.  The rules at the top of root.c apply.
 */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

void
tree_close_dir(struct dir *dir)
{
	if (dir->fd != -1)
		(void)close(dir->fd); /* a directory: close can't fail */
	dir->fd = -1;
}

/*
 * Opens a directory to store in, with O_PATH if it can't be read.  A link that
 * is not followed is ERR_LINK, and not ENOTDIR.
 */
static int
open_dir(const struct tree *j, const char *text, struct dir *out)
{
	struct dir dir = DIR_NONE;
	int e, flags = F_DIR & ~O_NOFOLLOW;

	e = tree_open_beneath(j, text, flags, &dir.fd);
	if (e == EACCES) {
		dir.unlisted = true;
		e = tree_open_beneath(
		    j, text, O_PATH | (flags & ~O_NONBLOCK), &dir.fd);
	}
	if (e == 0)
		*out = dir;
	return e;
}

/*
 * Cuts the last component off a path and sets *last to it.  *last is "" when
 * the path is the root or ends in "." or "..", which are no entries.
 */
static void
split_text(char *text, const char **last)
{
	size_t n = strlen(text);
	char *slash;

	while (n > 0 && text[n - 1] == '/')
		text[--n] = '\0';
	slash = strrchr(text, '/');
	if (slash != NULL)
		*slash = '\0';
	*last = slash != NULL ? slash + 1 : text;
	if (strcmp(*last, ".") == 0 || strcmp(*last, "..") == 0)
		*last = "";
}

/*
 * Replaces text by the path, from the root, that a link refers to.  Returns
 * EACCES for a link that may be a trap, ENAMETOOLONG, or why there is none.
 */
static int
follow_link(const struct tree *j, const struct dir *dir,
    const struct name *name, const char *parent, char text[PATH_MAX])
{
	char link[PATH_MAX], whole[PATH_MAX];
	struct info info;
	ssize_t n;
	int e, len;

	if ((n = readlinkat(dir->fd, name->s, link, sizeof(link) - 1)) == -1)
		return errno;
	/* if it is no link any more, whose link was read is not known */
	if ((e = tree_stat_name(dir, name, &info)) != 0)
		return e;
	if (info.kind != KIND_LINK || tree_is_trap(j, dir->fd, &info))
		return EACCES;
	link[n] = '\0';
	if (link[0] == '/')
		len = snprintf(whole, sizeof(whole), "%s", link);
	else
		len = snprintf(whole, sizeof(whole), "%s/%s",
		    *parent != '\0' ? parent : ".", link);
	if (len < 0 || (size_t)len >= sizeof(whole))
		return ENAMETOOLONG;
	memcpy(text, whole, (size_t)len + 1);
	return 0;
}

/* S7: a device is opened only as the target of an open session. */
static int
open_device(struct target *t, enum devices devices)
{
	int fd;

	if (devices == DEVICES_REFUSE)
		return ERR_KIND;
	t->is_device = true;
	if (devices == DEVICES_LOOK)
		return 0;
	fd = tree_openat(t->dir.fd, t->name.s, F_WRITE, 0);
	if (fd < 0)
		return -fd;
	t->device = fd;
	return 0;
}

/*
 * Resolves a path to a directory, or to a directory and a name in it.  If it is
 * a link, *again is set and text is replaced by the path that it refers to.
 */
static int
resolve_target(const struct tree *j, char text[PATH_MAX], enum devices devices,
    struct target *t, bool *again)
{
	char parent[PATH_MAX];
	const char *last;
	struct info info;
	int e, missing;

	*again = false;
	missing = open_dir(j, text, &t->dir);
	t->exists = missing == 0;
	if (missing != ENOENT && missing != ENOTDIR)
		return missing;
	memcpy(parent, text, PATH_MAX);
	split_text(parent, &last);
	if (*last == '\0')
		return missing;
	if ((e = name_parse(&t->name, last, strlen(last))) != 0)
		return e;
	if (last == parent)
		parent[0] = '\0';
	if ((e = open_dir(j, parent, &t->dir)) != 0)
		return e;
	e = tree_stat_name(&t->dir, &t->name, &info);
	t->exists = e == 0;
	if (e != 0)
		return e == ENOENT ? 0 : e;
	if (info.kind == KIND_DEVICE)
		return open_device(t, devices);
	if (info.kind != KIND_LINK || !j->follow)
		return tree_refuse_kind(info.kind);
	*again = true;
	return follow_link(j, &t->dir, &t->name, parent, text);
}

int
tree_target(const struct tree *j, const struct relpath *path,
    enum devices devices, struct target *out)
{
	struct target t = TARGET_NONE;
	char text[PATH_MAX];
	bool again;
	int e, links;

	memcpy(text, path->s, sizeof(text));
	for (links = 0; links < LINKS_MAX; links++) {
		e = resolve_target(j, text, devices, &t, &again);
		if (e == 0 && !again) {
			*out = t;
			return 0;
		}
		tree_close_target(&t);
		if (e != 0)
			return e;
	}
	return ELOOP;
}

void
tree_close_target(struct target *t)
{
	tree_close_dir(&t->dir);
	if (t->device != -1)
		(void)close(t->device); /* nothing is buffered */
	t->device = -1;
	t->name.s[0] = '\0';
}

#ifndef WITHOUT_SFTP /* nothing else calls it */
int
tree_place(const struct tree *j, const struct relpath *path, bool follow,
    struct dir *dir, struct name *name)
{
	char text[PATH_MAX], parent[PATH_MAX];
	const char *last;
	int e, links;

	memcpy(text, path->s, sizeof(text));
	for (links = 0; links < LINKS_MAX; links++) {
		memcpy(parent, text, sizeof(parent));
		split_text(parent, &last);
		if (*last == '\0')
			return EISDIR;
		if ((e = name_parse(name, last, strlen(last))) != 0)
			return e;
		if (last == parent)
			parent[0] = '\0';
		if ((e = open_dir(j, parent, dir)) != 0)
			return e;
		if (!follow || !j->follow)
			return 0;
		e = follow_link(j, dir, name, parent, text);
		if (e != 0 && e != ENAMETOOLONG && e != EACCES)
			return 0; /* no link; it is looked at later */
		tree_close_dir(dir);
		if (e != 0)
			return e;
	}
	return ELOOP;
}
#endif

int
tree_root_dir(const struct tree *j, struct dir *out)
{
	return open_dir(j, "", out);
}

int
tree_open_dir(const struct tree *j, const struct relpath *path, struct dir *out)
{
	return open_dir(j, path->s, out);
}

int
tree_find_dir(
    const struct tree *j, const struct relpath *path, struct node *out)
{
	struct dir dir = DIR_NONE;
	int e;

	if ((e = open_dir(j, path->s, &dir)) != 0)
		return e;
	if ((e = dir.unlisted ? EACCES : tree_fstat(dir.fd, &out->info)) != 0)
		tree_close_dir(&dir);
	out->fd = dir.fd;
	return e;
}

int
tree_enter_old(const struct dir *dir, const struct name *name, struct dir *out)
{
	struct dir d = DIR_NONE;
	struct info info;
	int e, fd;

	d.fd = tree_openat(dir->fd, name->s, F_OLD, 0);
	if (d.fd < 0)
		return -d.fd;
	if ((e = tree_fstat(d.fd, &info)) == 0 && info.kind != KIND_DIR)
		e = info.kind == KIND_LINK ? ERR_LINK : ENOTDIR;
	if (e != 0) {
		tree_close_dir(&d);
		return e;
	}
	fd = tree_openat(dir->fd, name->s, F_DIR, 0);
	if (fd == -EACCES) {
		d.unlisted = true;
		*out = d;
		return 0;
	}
	tree_close_dir(&d);
	if (fd < 0)
		return -fd;
	d.fd = fd;
	*out = d;
	return 0;
}

int
tree_enter(const struct dir *dir, const struct name *name, mode_t mode,
    struct dir *out, bool *made)
{
	int fd, e = 0;

	while (mkdirat(dir->fd, name->s, mode) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EEXIST)
			return errno;
		*made = false;
		return tree_enter_old(dir, name, out);
	}
	*made = true;
	fd = tree_openat(dir->fd, name->s, F_DIR, 0);
	if (fd >= 0)
		*out = (struct dir){ .fd = fd };
	else /* perhaps its mode lets nobody read it */
		e = tree_enter_old(dir, name, out);
	out->just_created = e == 0;
	return e;
}

/*
 * In FUSE f_bsize is what is good to write at once, and blocks are counted in
 * f_frsize.  A server that tells nothing leaves both 0: then no block is free.
 */
bool
tree_has_blocks(const struct statfs *fs, int64_t size)
{
	int64_t unit = (int64_t)(fs->f_frsize > 0 ? fs->f_frsize : fs->f_bsize);

	return unit > 0 && (size - 1) / unit < (int64_t)fs->f_bavail;
}

int
tree_check_free(int fd, int64_t min_free, int64_t more)
{
	struct statfs fs;

	if (min_free == 0)
		return 0;
	while (fstatfs(fd, &fs) != 0)
		if (errno != EINTR)
			return errno;
	return more <= INT64_MAX - min_free &&
		tree_has_blocks(&fs, min_free + more) ?
	    0 :
	    ERR_MIN_FREE;
}

int
tree_fchmod(int fd, mode_t mode)
{
	while (fchmod(fd, mode) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/*
 * A descriptor that can't be read has no fchmod(2), and no filter that sees no
 * paths could tell this call from one that leads out of a root.
 */
int
tree_chmod_unread(int fd, mode_t mode)
{
	char proc[32];

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd); /* fits */
	while (fchmodat(AT_FDCWD, proc, mode, 0) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_futimens(int fd, const struct timespec times[2])
{
	while (futimens(fd, times) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_fchown(int fd, uid_t uid, gid_t gid)
{
	while (fchown(fd, uid, gid) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_cut(int fd, int64_t size)
{
	while (ftruncate(fd, size) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_fdatasync(int fd)
{
	while (fdatasync(fd) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_set_mode(const struct dir *dir, mode_t mode, bool may_setgid)
{
	struct info info;
	int e;

	if (dir->unlisted)
		return EACCES;
	if ((e = tree_fstat(dir->fd, &info)) != 0)
		return e;
	mode = (mode & 03777) | (info.mode & (S_ISGID | S_ISVTX));
	if ((info.mode & 03777) == mode ||
	    ((mode & S_ISGID) != 0 && !may_setgid))
		return 0;
	return tree_fchmod(dir->fd, mode);
}

bool
tree_has_times(const struct info *info, const struct timespec times[2])
{
	return info->atime == times[0].tv_sec &&
	    info->atime_nsec == times[0].tv_nsec &&
	    info->mtime == times[1].tv_sec &&
	    info->mtime_nsec == times[1].tv_nsec;
}

int
tree_set_times(const struct dir *dir, const struct timespec times[2])
{
	struct info info;
	int e;

	if (dir->unlisted)
		return EACCES;
	if ((e = tree_fstat(dir->fd, &info)) != 0)
		return e;
	return tree_has_times(&info, times) ? 0 : tree_futimens(dir->fd, times);
}

int
tree_sync(const struct dir *dir)
{
	if (dir->unlisted)
		return EACCES;
	while (fsync(dir->fd) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}
