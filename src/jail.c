/*
 * This file, jail_store.c and the upload files are the only ones that reach
 * served files.  Here are the root and what a source reads.
 *
 *  1 A path MUST come in as struct name or struct relpath.
 *  2 The kernel MUST resolve a path beneath the root descriptor (openat2), or
 *    one component at a time without following links.
 *  3 The kind of a file MUST be read from its descriptor, never from its path.
 *  4 The kind of a file MUST be checked before it is opened, because of FIFOs,
 *    sockets and devices.  Swapping one in between is harmless, by 3 and 5.
 *  5 An open MUST NOT block: every open has O_NONBLOCK.
 *  6 Modes and times MUST be set by descriptor.
 */
#include "jail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "err.h"
#include "jail_flags.h"

/* How often openat2(2) is tried while other processes rename directories. */
#define RETRY_MAX 64

/* The entries of getdents64(2), which no header of user space declares. */
struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

int
jail_openat(int dir, const char *name, int flags, mode_t mode)
{
	int fd;

	do
		fd = openat(dir, name, flags, mode);
	while (fd == -1 && errno == EINTR);
	return fd == -1 ? -errno : fd;
}

static int
call_openat2(int dir, const char *path, int flags, uint64_t resolve)
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

/*
 * Opens a path without openat2(2): every component is opened separately, and
 * no link is followed.
 */
static int
walk_openat(int dir, const char *path, int flags)
{
	char part[NAME_MAX + 1];
	int fd, at = dir;
	size_t n;

	for (;;) {
		n = strcspn(path, "/");
		if (n >= sizeof(part))
			fd = -ENAMETOOLONG;
		else {
			memcpy(part, path, n);
			part[n] = '\0';
			fd = jail_openat(at, part,
			    path[n] == '\0' ? flags | O_NOFOLLOW :
					      F_LOOK_PARENT,
			    0);
		}
		if (at != dir)
			(void)close(at); /* O_PATH: close can't fail */
		if (fd < 0 || path[n] == '\0')
			return fd;
		at = fd;
		path += n + 1;
	}
}

/* Replaces errnos whose usual message would mislead a user. */
static int
translate(const struct jail *j, int e)
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
jail_open_beneath(const struct jail *j, const char *text, int flags, int *out)
{
	const char *path = *text != '\0' ? text : ".";
	int fd;

	if (!j->walk)
		fd = call_openat2(j->root, path, flags,
		    RESOLVE_NO_MAGICLINKS |
			(j->follow ? RESOLVE_IN_ROOT :
				     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
	else if (j->follow)
		fd = jail_openat(j->root, path, flags, 0);
	else
		fd = walk_openat(j->root, path, flags);
	if (fd < 0)
		return translate(j, -fd);
	*out = fd;
	return 0;
}

int
jail_open(struct jail *j, const char *root, bool follow, bool contained)
{
	int fd;

	j->follow = follow;
	j->walk = false;
	fd = call_openat2(
	    AT_FDCWD, root, F_LOOK | O_DIRECTORY, RESOLVE_NO_MAGICLINKS);
	if (fd == -ENOSYS || fd == -EPERM) {
		j->walk = true; /* an old kernel, or a container's filter */
		if (follow && !contained)
			return ERR_SANDBOX;
		fd = jail_openat(AT_FDCWD, root, F_LOOK | O_DIRECTORY, 0);
	}
	if (fd < 0)
		return -fd;
	j->root = fd;
	return 0;
}

static void
close_fd(int *fd)
{
	if (*fd != -1)
		(void)close(*fd); /* nothing was written to it */
	*fd = -1;
}

void
jail_close(struct jail *j)
{
	close_fd(&j->root);
}

int
jail_narrow(struct jail *j, const char *path)
{
	const bool follow = j->follow;
	int e, fd = -1;

	j->follow = false;
	path += strspn(path, "/");
	e = jail_open_beneath(j, path, F_LOOK | O_DIRECTORY | O_NOFOLLOW, &fd);
	j->follow = follow;
	if (e != 0)
		return e;
	close_fd(&j->root);
	j->root = fd;
	return 0;
}

int
jail_chdir(const struct jail *j, const struct relpath *path)
{
	int e, fd = -1;

	e = jail_open_beneath(j, path->s, F_LOOK | O_DIRECTORY, &fd);
	if (e != 0)
		return e;
	e = fchdir(fd) == 0 ? 0 : errno;
	close_fd(&fd);
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

int
jail_fstat(int fd, struct info *out)
{
	struct stat st;

	while (fstat_call(fd, &st) != 0)
		if (errno != EINTR)
			return errno;
	out->kind = kind_of(st.st_mode);
	out->mode = st.st_mode & 07777;
	out->size = st.st_size;
	out->mtime = st.st_mtime;
	out->atime = st.st_atime;
	out->ctime = st.st_ctime;
	out->uid = st.st_uid;
	out->gid = st.st_gid;
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	return 0;
}

int
jail_stat_name(const struct dir *dir, const struct name *name, struct info *out)
{
	int e, fd = jail_openat(dir->fd, name->s, F_OLD, 0);

	if (fd < 0)
		return -fd;
	e = jail_fstat(fd, out);
	close_fd(&fd);
	return e;
}

int
jail_refuse_kind(enum kind kind)
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

/* Makes a node of a descriptor that is open for reading, or closes it. */
static int
make_node(int fd, struct node *out)
{
	struct info info = { .kind = KIND_OTHER };
	int e;

	if ((e = jail_fstat(fd, &info)) == 0)
		e = jail_refuse_kind(info.kind);
	if (e != 0) {
		close_fd(&fd);
		return e;
	}
	out->fd = fd;
	out->info = info;
	return 0;
}

int
jail_find(const struct jail *j, const struct relpath *path, struct node *out)
{
	struct info info = { .kind = KIND_OTHER };
	int e, fd = -1, nofollow = j->follow ? 0 : O_NOFOLLOW;

	if ((e = jail_open_beneath(j, path->s, F_LOOK | nofollow, &fd)) != 0)
		return e;
	if ((e = jail_fstat(fd, &info)) == 0)
		e = jail_refuse_kind(info.kind);
	close_fd(&fd);
	if (e != 0 ||
	    (e = jail_open_beneath(j, path->s, F_READ | nofollow, &fd)) != 0)
		return e;
	return make_node(fd, out);
}

bool
jail_exists(const struct jail *j, const struct relpath *path)
{
	int fd;

	if (jail_open_beneath(j, path->s, F_LOOK, &fd) != 0)
		return false;
	close_fd(&fd);
	return true;
}

/* Opens a name in an open directory.  No link is followed. */
static int
open_plain(const struct jail *j, int dir, const char *name, struct node *out)
{
	int fd;

	if (j->walk)
		fd = jail_openat(dir, name, F_READ_ENTRY, 0);
	else
		fd = call_openat2(dir, name, F_READ_ENTRY,
		    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			RESOLVE_NO_MAGICLINKS);
	if (fd == -ELOOP)
		return ERR_LINK;
	if (fd < 0)
		return translate(j, -fd);
	return make_node(fd, out);
}

int
jail_open_entry(const struct jail *j, const struct node *dir,
    const struct entry *entry, const struct relpath *path, struct node *out)
{
	struct dir here = { .fd = dir->fd };
	struct info info = { .kind = KIND_OTHER };
	enum kind kind = entry->kind;
	int e;

	if (!entry->known) {
		if ((e = jail_stat_name(&here, &entry->name, &info)) != 0)
			return e;
		kind = info.kind;
	}
	if (kind == KIND_LINK && j->follow)
		return jail_find(j, path, out);
	if ((e = jail_refuse_kind(kind)) != 0)
		return e;
	return open_plain(j, dir->fd, entry->name.s, out);
}

void
jail_scan_forget(struct scan *s, const struct node *dir)
{
	if (s->fd == dir->fd)
		s->fd = -1;
}

/* Fills the buffer with the entries after resume.  *got is 0 at the end. */
static int
refill(struct scan *s, const struct node *dir, int64_t resume, size_t *got)
{
	long n;

	if (s->fd != dir->fd && lseek(dir->fd, resume, SEEK_SET) == -1)
		return errno;
	s->fd = -1;
	do
		n = syscall(SYS_getdents64, dir->fd, s->buf, sizeof(s->buf));
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno;
	s->fd = dir->fd;
	s->from = 0;
	s->to = (size_t)n;
	*got = (size_t)n;
	return 0;
}

static void
set_kind(struct entry *out, unsigned char type)
{
	out->known = true;
	switch (type) {
	case DT_REG:
		out->kind = KIND_FILE;
		break;
	case DT_DIR:
		out->kind = KIND_DIR;
		break;
	case DT_LNK:
		out->kind = KIND_LINK;
		break;
	case DT_UNKNOWN:
		out->known = false;
		break;
	default:
		out->kind = KIND_OTHER;
		break;
	}
}

int
jail_next(
    struct scan *s, const struct node *dir, int64_t *resume, struct entry *out)
{
	const struct linux_dirent64 *d;
	size_t got = 0;
	int e;

	for (;;) {
		if (s->fd != dir->fd || s->from == s->to) {
			if ((e = refill(s, dir, *resume, &got)) != 0)
				return e;
			if (got == 0)
				return ERR_EOF;
		}
		d = (const void *)(s->buf + s->from);
		s->from += d->d_reclen;
		*resume = d->d_off;
		out->raw = d->d_name;
		out->refused =
		    name_parse(&out->name, out->raw, strlen(out->raw));
		if (out->refused != ERR_NAME && out->refused != ERR_RESERVED)
			break; /* not ".", ".." or a temporary file */
	}
	set_kind(out, d->d_type);
	return 0;
}

int
jail_read(const struct node *n, void *buf, size_t cap, size_t *got)
{
	ssize_t r;

	do
		r = read(n->fd, buf, cap);
	while (r == -1 && errno == EINTR);
	if (r == -1)
		return errno;
	*got = (size_t)r;
	return 0;
}

void
jail_close_node(struct node *n)
{
	close_fd(&n->fd);
}
