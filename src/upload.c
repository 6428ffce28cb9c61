#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "jail_flags.h"
#include "upload_name.h"

/* From this size on room is reserved before the first byte. */
#define RESERVE_MIN (INT64_C(1) << 20)

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

static bool
has_no_unnamed(int e)
{
	return e == EOPNOTSUPP || e == EISDIR;
}

void
upload_prepare(struct upload_rules *rules, struct dir *dir, uint64_t seed)
{
	int fd;

	rules->next_temp = seed;
	rules->uid = geteuid();
	rules->link = UPLOAD_LINK_UNKNOWN;
	fd = jail_openat(dir->fd, ".", F_TMP, 0600);
	if (fd >= 0) {
		upload_probe_link(rules, fd, dir->fd);
		(void)close(fd); /* a probe: nothing in it */
	} else
		dir->named = has_no_unnamed(-fd);
	upload_sweep(dir);
}

/*
 * In a sticky directory that others write to, somebody may have put a file of
 * theirs where ours is expected: replacing it would hand ours over with its
 * owner and mode.  As the kernel's fs.protected_regular, for root too.
 */
static int
check_sticky(const struct upload *up)
{
	const uid_t us = up->rules->uid;
	struct info dir;
	int e;

	if ((e = jail_fstat(up->dir->fd, &dir)) != 0)
		return e;
	if ((dir.mode & S_ISVTX) == 0 || (dir.mode & 022) == 0 ||
	    up->old.uid == us || (us == 0 && up->old.uid == dir.uid))
		return 0;
	return EACCES;
}

/* What may stand under the name; the peer hears of it before the body. */
static int
look_at_old(struct upload *up)
{
	int e = jail_look(up->dir, &up->name, &up->old);

	up->have_old = e == 0;
	if (e == ENOENT)
		return 0;
	if (e != 0)
		return e;
	switch (up->old.kind) {
	case KIND_FILE:
	case KIND_LINK: /* the link itself is replaced */
		break;
	case KIND_DIR:
		return EISDIR;
	case KIND_DEVICE:
	case KIND_OTHER:
		return ERR_KIND;
	}
	if (up->rules->overwrite == OVERWRITE_DENY)
		return ERR_EXISTS;
	return check_sticky(up);
}

/* Opens the old file itself, if it still is what was looked at. */
static int
open_inplace(struct upload *up)
{
	struct info info;
	int e, fd;

	if (up->old.kind != KIND_FILE)
		return ERR_LINK;
	fd = jail_openat(up->dir->fd, up->name.s, F_WRITE, 0);
	if (fd < 0)
		return -fd;
	e = jail_fstat(fd, &info);
	if (e == 0 && (info.dev != up->old.dev || info.ino != up->old.ino))
		e = EAGAIN; /* somebody exchanged it */
	if (e != 0) {
		(void)close(fd); /* nothing was written */
		return e;
	}
	up->fd = fd;
	up->way = UPLOAD_INPLACE;
	return 0;
}

static int
open_named(struct upload *up, mode_t mode)
{
	int fd;

	if (!up->rules->may_name)
		return ERR_NO_PUBLISH;
	name_make_temp(&up->temp, up->rules->next_temp++);
	fd = jail_openat(up->dir->fd, up->temp.s, F_NEW, mode & 0777);
	if (fd < 0)
		return -fd;
	up->fd = fd;
	up->way = UPLOAD_NAMED;
	return 0;
}

static int
open_unnamed(struct upload *up, mode_t mode)
{
	int fd;

	if (up->dir->named || up->rules->link == UPLOAD_LINK_NONE)
		return open_named(up, mode);
	fd = jail_openat(up->dir->fd, ".", F_TMP, mode & 0777);
	if (fd < 0 && has_no_unnamed(-fd)) {
		up->dir->named = true;
		return open_named(up, mode);
	}
	if (fd < 0)
		return -fd;
	upload_probe_link(up->rules, fd, up->dir->fd);
	if (up->rules->link == UPLOAD_LINK_NONE) {
		(void)close(fd); /* it could never get a name */
		return open_named(up, mode);
	}
	up->fd = fd;
	up->way = UPLOAD_UNNAMED;
	return 0;
}

/*
 * Room for the announced size, so that a full disk is told before the body.
 * File systems that can't reserve, and one that our timer interrupts, are left
 * to find out while writing.
 */
static int
reserve(int fd, int64_t size)
{
	if (size < RESERVE_MIN || fallocate(fd, 0, 0, size) == 0)
		return 0;
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return errno;
	default:
		return 0;
	}
}

int
upload_begin(struct upload *up, struct upload_rules *rules, struct dir *dir,
    const struct name *name, mode_t mode, int64_t size)
{
	int e = 0;

	*up = (struct upload){
		.fd = -1, .rules = rules, .dir = dir, .name = *name
	};
	if (!dir->fresh && (e = look_at_old(up)) != 0)
		return e;
	if (up->have_old && rules->overwrite == OVERWRITE_INPLACE)
		return open_inplace(up);
	if ((e = open_unnamed(up, mode)) != 0)
		return e;
	if ((e = reserve(up->fd, size)) != 0)
		upload_abort(up);
	return e;
}

void
upload_begin_device(struct upload *up, int device)
{
	*up = (struct upload){ .fd = device, .way = UPLOAD_DEVICE };
}

int
upload_write(struct upload *up, const char *p, size_t n)
{
	ssize_t done;

	while (n > 0) {
		done = write(up->fd, p, n);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return errno;
		if (done == 0)
			return EIO; /* a file that takes nothing */
		p += done;
		n -= (size_t)done;
		up->written += done;
	}
	return 0;
}

static int
set_mode(int fd, mode_t mode)
{
	while (fchmod(fd, mode & 0777) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/* The old owner, or at least the old group, where we may give files away. */
static void
keep_owner(const struct upload *up)
{
	uid_t uid = up->old.uid;

	while (fchown(up->fd, uid, up->old.gid) != 0) {
		if (errno == EINTR)
			continue;
		if (uid == (uid_t)-1)
			return;
		uid = (uid_t)-1;
	}
}

/*
 * The replaced file's mode.  Where its group could not be kept, the new group
 * gets no more than everybody had.
 */
static int
keep_mode(const struct upload *up)
{
	mode_t mode = up->old.mode & 0777;
	struct info info;
	int e;

	keep_owner(up);
	if ((e = jail_fstat(up->fd, &info)) != 0)
		return e;
	if (info.gid != up->old.gid)
		mode = (mode & ~(mode_t)070) | (mode & 070 & (mode << 3));
	return info.mode == mode ? 0 : set_mode(up->fd, mode);
}

static int
give_mode(const struct upload *up, const struct upload_meta *meta)
{
	bool replaces = up->have_old && up->old.kind == KIND_FILE;

	if (meta->exact_mode) {
		if (replaces && up->way != UPLOAD_INPLACE)
			keep_owner(up);
		return set_mode(up->fd, meta->mode);
	}
	if (up->way == UPLOAD_INPLACE)
		return 0;
	if (replaces)
		return keep_mode(up);
	return 0;
}

static int
give_times(const struct upload *up, const struct upload_meta *meta)
{
	if (!meta->have_times)
		return 0;
	while (futimens(up->fd, meta->times) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/* The last chance of a file system to say that it did not store it. */
static int
close_written(struct upload *up)
{
	int fd = up->fd;

	up->fd = -1;
	return close(fd) == 0 ? 0 : errno;
}

static int
cut_to_written(const struct upload *up)
{
	while (ftruncate(up->fd, up->written) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/* The name is taken: a whole copy gets a temporary name, then replaces it. */
static int
replace_unnamed(struct upload *up)
{
	struct name temp = { .s = "" };
	int e;

	name_make_temp(&temp, up->rules->next_temp++);
	if ((e = upload_link_unnamed(
		 up->rules->link, up->fd, up->dir->fd, temp.s)) != 0)
		return e;
	if ((e = upload_rename(up->dir->fd, temp.s, up->name.s, 0)) != 0)
		upload_unlink(up->dir->fd, &temp);
	return e;
}

static int
publish_unnamed(struct upload *up, const struct upload_meta *meta)
{
	int e;

	if (!up->have_old) {
		e = upload_link_unnamed(
		    up->rules->link, up->fd, up->dir->fd, up->name.s);
		if (e != EEXIST)
			return e;
		if (up->rules->overwrite == OVERWRITE_DENY)
			return ERR_EXISTS;
		/* it came meanwhile, or stood in a directory of our own */
		if ((e = look_at_old(up)) != 0)
			return e;
		if (up->have_old && (e = give_mode(up, meta)) != 0)
			return e;
	}
	return replace_unnamed(up);
}

/* Without replacing, on a file system that knows no RENAME_NOREPLACE. */
static int
link_named(struct upload *up)
{
	while (
	    linkat(up->dir->fd, up->temp.s, up->dir->fd, up->name.s, 0) != 0) {
		if (errno == EEXIST)
			return ERR_EXISTS;
		if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS)
			return ERR_NO_PUBLISH;
		if (errno != EINTR)
			return errno;
	}
	upload_unlink(up->dir->fd, &up->temp);
	return 0;
}

static int
publish_named(struct upload *up)
{
	bool deny = up->rules->overwrite == OVERWRITE_DENY;
	int e;

	if ((e = close_written(up)) == 0)
		e = upload_rename(up->dir->fd, up->temp.s, up->name.s,
		    deny ? RENAME_NOREPLACE : 0);
	if (e == EINVAL && deny)
		e = link_named(up);
	if (e != 0)
		upload_unlink(up->dir->fd, &up->temp);
	return e == EEXIST ? ERR_EXISTS : e;
}

int
upload_commit(struct upload *up, const struct upload_meta *meta)
{
	int e = 0;

	if (up->way == UPLOAD_DEVICE)
		return 0;
	if (up->way == UPLOAD_INPLACE && (e = cut_to_written(up)) != 0)
		return e;
	if ((e = give_mode(up, meta)) != 0 || (e = give_times(up, meta)) != 0)
		return e;
	switch (up->way) {
	case UPLOAD_UNNAMED:
		if ((e = publish_unnamed(up, meta)) == 0)
			(void)close_written(up); /* it has its name */
		break;
	case UPLOAD_NAMED:
		e = publish_named(up);
		break;
	case UPLOAD_INPLACE:
		e = close_written(up);
		break;
	case UPLOAD_DEVICE:
		break;
	}
	return e;
}

void
upload_abort(struct upload *up)
{
	if (up->fd == -1 || up->way == UPLOAD_DEVICE)
		return;
	(void)close(up->fd); /* it is given up */
	up->fd = -1;
	if (up->way == UPLOAD_NAMED)
		upload_unlink(up->dir->fd, &up->temp);
}
