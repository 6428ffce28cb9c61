/*
 * What a source reads: files, directories and the entries of directories.  The
 * rules at the top of root.c apply.
 */
#include "tree/internal.h"

#include <dirent.h>
#include <errno.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

/* Makes a node of a descriptor, or closes it. */
static int
make_node(int fd, struct node *out)
{
	struct info info = { .kind = KIND_OTHER };
	int e;

	if ((e = tree_fstat(fd, &info)) == 0)
		e = tree_refuse_kind(info.kind);
	if (e != 0) {
		tree_close_fd(&fd);
		return e;
	}
	out->fd = fd;
	out->info = info;
	return 0;
}

static int
open_as(const struct tree *j, const struct relpath *path, int flags,
    struct node *out)
{
	int e, fd = -1;

	if (!j->follow)
		flags |= O_NOFOLLOW;
	e = tree_open_beneath(j, path->s, flags, &fd);
	return e != 0 ? e : make_node(fd, out);
}

int
tree_find_unread(
    const struct tree *j, const struct relpath *path, struct node *out)
{
	return open_as(j, path, F_LOOK, out);
}

int
tree_find(const struct tree *j, const struct relpath *path, struct node *out)
{
	int e = open_as(j, path, F_LOOK, out);

	if (e != 0)
		return e;
	tree_close_fd(&out->fd);
	return open_as(j, path, F_READ, out);
}

/* Opens a name in an open directory.  No link is followed. */
static int
open_plain(const struct tree *j, int dir, const char *name, struct node *out)
{
	int fd;

	if (j->walk)
		fd = tree_openat(dir, name, F_READ_ENTRY, 0);
	else
		fd = tree_openat2(dir, name, F_READ_ENTRY,
		    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			RESOLVE_NO_MAGICLINKS);
	if (fd == -ELOOP)
		return ERR_LINK;
	if (fd < 0)
		return tree_errno(j, -fd);
	return make_node(fd, out);
}

int
tree_open_entry(const struct tree *j, const struct node *dir,
    const struct entry *entry, const struct relpath *path, struct node *out)
{
	struct dir here = { .fd = dir->fd };
	struct info info = { .kind = KIND_OTHER };
	enum kind kind = entry->kind;
	int e;

	if (!entry->known) {
		if ((e = tree_stat_name(&here, &entry->name, &info)) != 0)
			return e;
		kind = info.kind;
	}
	if (kind == KIND_LINK && j->follow)
		return tree_find(j, path, out);
	if ((e = tree_refuse_kind(kind)) != 0)
		return e;
	return open_plain(j, dir->fd, entry->name.s, out);
}

void
tree_scan_forget(struct scan *s, const struct node *dir)
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
	if (n == -1 && errno == ENOENT)
		n = 0; /* removed meanwhile: for readdir(3) an end, too */
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
tree_next(
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
tree_read(const struct node *n, void *buf, size_t cap, size_t *got)
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

int
tree_read_at(int fd, int64_t at, void *buf, size_t cap, size_t *got)
{
	ssize_t r;

	do
		r = pread(fd, buf, cap, at);
	while (r == -1 && errno == EINTR);
	if (r == -1)
		return errno;
	*got = (size_t)r;
	return 0;
}

int
tree_statfs(int fd, struct statvfs *out)
{
	struct statfs fs;

	while (fstatfs(fd, &fs) != 0)
		if (errno != EINTR)
			return errno;
	memset(out, 0, sizeof(*out));
	out->f_bsize = (unsigned long)fs.f_bsize;
	out->f_frsize =
	    (unsigned long)(fs.f_frsize > 0 ? fs.f_frsize : fs.f_bsize);
	out->f_blocks = fs.f_blocks;
	out->f_bfree = fs.f_bfree;
	out->f_bavail = fs.f_bavail;
	out->f_files = fs.f_files;
	out->f_ffree = fs.f_ffree;
	out->f_favail = fs.f_ffree;
	out->f_flag = (unsigned long)fs.f_flags;
	out->f_namemax = (unsigned long)fs.f_namelen;
	return 0;
}

int
tree_statfs_path(
    const struct tree *j, const struct relpath *path, struct statvfs *out)
{
	int e, fd = -1;

	e = tree_open_beneath(j, path->s, F_LOOK, &fd);
	if (e != 0)
		return e;
	e = tree_statfs(fd, out);
	tree_close_fd(&fd);
	return e;
}

void
tree_close_node(struct node *n)
{
	tree_close_fd(&n->fd);
}
