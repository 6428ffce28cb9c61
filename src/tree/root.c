/*
 * Only the files of this folder reach served files, by these rules.  Here are
 * the root, and what is at a path.
 *
 *  1 A path MUST come in as struct name or struct relpath.
 *  2 The kernel MUST resolve a path beneath the root descriptor (openat2), or
 *    one component at a time without following links (walk.c).
 *  3 The kind of a file MUST be read from its descriptor, never from its path.
 *  4 The kind of a file MUST be checked before it is opened, because of FIFOs,
 *    sockets and devices.  Swapping one in between is harmless, by 3 and 5.
 *  5 An open MUST NOT block: one of what exists has O_NONBLOCK or O_PATH.
 *  6 Modes and times MUST be set by descriptor.
 */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

#ifndef STATX_TYPE /* musl before 1.2.5 */
#include <linux/stat.h>
#endif
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x2000
#endif

/* How often openat2(2) is tried while other processes rename directories. */
#define RETRY_MAX 64

int
tree_openat(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd == -1 && errno == EINTR);
	return fd == -1 ? -errno : fd;
}

int
tree_openat2(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how;
	long fd;
	int tries = 0;

	memset(&how, 0, sizeof(how));
	how.flags = (uint64_t)(unsigned int)flags;
	how.resolve = resolve;
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	while (fd == -1 && (errno == EINTR || errno == EAGAIN) &&
	    ++tries < RETRY_MAX);
	return fd == -1 ? -errno : (int)fd;
}

int
tree_errno(const struct tree *j, int e)
{
	if (e == EXDEV)
		return ERR_ESCAPE;
	if (e == ENXIO)
		return ERR_KIND;
	if (e == ELOOP && !j->follow)
		return ERR_LINK;
	return e;
}

/* S7.  Without RESOLVE_NO_XDEV, as /home may be a separate file system. */
int
tree_open_beneath(const struct tree *j, const char *text, int flags, int *out)
{
	const char *path = *text != '\0' ? text : ".";
	int fd;

	if (!j->walk)
		fd = tree_openat2(j->root, path, flags,
		    RESOLVE_NO_MAGICLINKS |
			(j->follow ? RESOLVE_IN_ROOT :
				     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
	else
		fd = tree_walk(j, path, flags);
	if (fd < 0)
		return tree_errno(j, -fd);
	*out = fd;
	return 0;
}

int
tree_open(struct tree *j, const char *root, bool follow, bool walk)
{
	int fd;

	j->follow = follow;
	j->walk = walk;
	fd = tree_openat2(
	    AT_FDCWD, root, F_LOOK | O_DIRECTORY, RESOLVE_NO_MAGICLINKS);
	if (fd == -ENOSYS || fd == -EPERM) {
		j->walk = true; /* an old kernel, or a container's filter */
		fd = tree_openat(AT_FDCWD, root, F_LOOK | O_DIRECTORY, 0);
	}
	if (fd < 0)
		return -fd;
	j->root = fd;
	j->uid = geteuid(); /* the filter does not let it be asked */
	return 0;
}

void
tree_close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd); /* nothing was written to it */
	*fd = -1;
}

void
tree_close(struct tree *j)
{
	tree_close_fd(&j->root);
}

int
tree_narrow(struct tree *j, const char *path)
{
	const bool follow = j->follow;
	int e, fd = -1;

	j->follow = false;
	path += strspn(path, "/");
	e = tree_open_beneath(j, path, F_LOOK | O_DIRECTORY | O_NOFOLLOW, &fd);
	j->follow = follow;
	if (e != 0)
		return e;
	tree_close_fd(&j->root);
	j->root = fd;
	return 0;
}

int
tree_chdir(const struct tree *j, const struct relpath *path)
{
	int e, fd = -1;

	e = tree_open_beneath(j, path->s, F_LOOK | O_DIRECTORY, &fd);
	if (e != 0)
		return e;
	e = fchdir(fd) == 0 ? 0 : errno;
	tree_close_fd(&fd);
	return e;
}

static enum kind
kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return KIND_FILE;
	case S_IFDIR:
		return KIND_DIR;
	case S_IFLNK:
		return KIND_LINK;
	case S_IFCHR:
		return KIND_DEVICE;
	default:
		return KIND_OTHER;
	}
}

/*
 * Calls fstat(2) directly.  The C library uses newfstatat(2) for it, whose path
 * argument a filter can't check.
 */
static int
fstat_call(int fd, struct stat *st)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return (int)syscall(SYS_fstat, fd, st);
#else
	return fstat(fd, st);
#endif
}

#ifndef WITHOUT_SFTP
/* Whether tree_fstat() fills in "born". */
static bool births;

void
tree_tell_births(void)
{
	births = true;
}

/*
 * Fills *out from statx(2), with the time at which the file was made, or 0 if
 * its file system has none.  The filter allows statx(2) only without a path,
 * which works since Linux 6.11.  Returns false and sets errno otherwise.
 */
static bool
tell_birth(int fd, struct info *out)
{
	struct statx st = { .stx_mask = 0 };
	long e;

	do
		e = syscall(SYS_statx, fd, NULL,
		    AT_EMPTY_PATH | AT_NO_AUTOMOUNT,
		    STATX_BASIC_STATS | STATX_BTIME, &st);
	while (e != 0 && errno == EINTR);
	if (e != 0)
		return false;
	*out = (struct info){
		.kind = kind_of(st.stx_mode),
		.mode = st.stx_mode & 07777,
		.size = (int64_t)st.stx_size,
		.mtime = st.stx_mtime.tv_sec,
		.atime = st.stx_atime.tv_sec,
		.ctime = st.stx_ctime.tv_sec,
		.links = st.stx_nlink,
		.mtime_nsec = (long)st.stx_mtime.tv_nsec,
		.atime_nsec = (long)st.stx_atime.tv_nsec,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = (ino_t)st.stx_ino,
	};
	if ((st.stx_mask & STATX_BTIME) != 0) {
		out->born.tv_sec = (time_t)st.stx_btime.tv_sec;
		out->born.tv_nsec = (long)st.stx_btime.tv_nsec;
	}
	return true;
}
#endif

int
tree_fstat(int fd, struct info *out)
{
	struct stat st;

#ifndef WITHOUT_SFTP
	if (births && tell_birth(fd, out))
		return 0;
	if (births && errno == EFAULT)
		births = false; /* the kernel is older */
	out->born = (struct timespec){ 0, 0 };
#endif
	while (fstat_call(fd, &st) != 0)
		if (errno != EINTR)
			return errno;
	out->kind = kind_of(st.st_mode);
	out->mode = st.st_mode & 07777;
	out->size = st.st_size;
	out->mtime = st.st_mtime;
	out->atime = st.st_atime;
	out->ctime = st.st_ctime;
	out->links = st.st_nlink;
	out->mtime_nsec = st.st_mtim.tv_nsec;
	out->atime_nsec = st.st_atim.tv_nsec;
	out->uid = st.st_uid;
	out->gid = st.st_gid;
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return 0;
}

bool
tree_is_same(const struct info *a, const struct info *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

unsigned int
tree_attributes(int fd, const char *path)
{
	struct statx st;
	unsigned int found = 0;

	/* the flags that a C library without fstat(2) has for it, too */
	if (syscall(SYS_statx, fd, path, AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0,
		&st) != 0)
		return 0;
	if ((st.stx_attributes & STATX_ATTR_IMMUTABLE) != 0)
		found |= ATTR_IMMUTABLE;
	if ((st.stx_attributes & STATX_ATTR_APPEND) != 0)
		found |= ATTR_APPEND_ONLY;
	if ((st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0)
		found |= ATTR_MOUNT_POINT;
	return found;
}

int
tree_stat_name(const struct dir *dir, const struct name *name, struct info *out)
{
	int e, fd = tree_openat(dir->fd, name->s, F_OLD, 0);

	if (fd < 0)
		return -fd;
	e = tree_fstat(fd, out);
	tree_close_fd(&fd);
	return e;
}

int
tree_refuse_kind(enum kind kind)
{
	switch (kind) {
	case KIND_FILE:
	case KIND_DIR:
		return 0;
	case KIND_LINK:
		return ERR_LINK;
	case KIND_DEVICE:
	case KIND_OTHER:
		return ERR_KIND;
	}
	return ERR_KIND;
}

int
tree_look(const struct tree *j, const struct relpath *path, bool follow,
    struct info *out)
{
	int e, fd = -1, flags = follow ? F_LOOK : F_LOOK | O_NOFOLLOW;

	if ((e = tree_open_beneath(j, path->s, flags, &fd)) != 0)
		return e;
	e = tree_fstat(fd, out);
	tree_close_fd(&fd);
	return e;
}

int
tree_stat(const struct tree *j, const struct relpath *path, struct info *out)
{
	return tree_look(j, path, true, out);
}

bool
tree_exists(const struct tree *j, const struct relpath *path)
{
	struct info unused;

	return tree_stat(j, path, &unused) == 0;
}
