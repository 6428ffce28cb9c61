/*
 * The end of an upload: mode, owner and times by descriptor, then the name, in
 * one system call.
 */
#include "upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "err.h"
#include "upload_name.h"

static int
set_mode(int fd, mode_t mode)
{
	while (fchmod(fd, mode) != 0)
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
		return set_mode(up->fd, meta->mode & up->rules->mode_mask);
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

/*
 * Overwrite versions: gives what stands under from the first free NAME.~N~,
 * by a second link or by renaming.  *version is that name.
 */
static int
name_version(
    struct upload *up, const char *from, bool linking, struct name *version)
{
	int e = EEXIST, n;

	for (n = 1; e == EEXIST && n <= UPLOAD_VERSIONS_MAX; n++) {
		/* upload_begin() saw to it that it fits */
		(void)snprintf(version->s, sizeof(version->s), "%.*s.~%d~",
		    NAME_MAX - UPLOAD_VERSION_ROOM, up->name.s, n);
		e = linking ? upload_link(up->dir->fd, from, version->s) :
			      upload_rename(up->dir->fd, from, version->s,
				  RENAME_NOREPLACE);
	}
	return e;
}

/* Are two names of a directory one file? */
static bool
is_same(const struct dir *dir, const struct name *a, const struct name *b)
{
	struct info one, other;

	return jail_stat_name(dir, a, &one) == 0 &&
	    jail_stat_name(dir, b, &other) == 0 && one.dev == other.dev &&
	    one.ino == other.ino;
}

/* A directory that came meanwhile changes places, too: it goes back. */
static int
check_version(const struct upload *up, const struct name *temp)
{
	struct info info;
	int e = jail_stat_name(up->dir, temp, &info);

	if (e == 0 && info.kind == KIND_DIR)
		return EISDIR;
	return e;
}

/*
 * Keeps what the new file takes the place of, without a moment in which the
 * name is missing.  The old file is linked under its version's name first, so
 * that it can't be lost from here on; then it changes places with the new one.
 * Where it could not be linked (protected_hardlinks), or another session was
 * quicker, what came out is a different file, and gets a version of its own.
 */
static int
keep_version(struct upload *up, struct name *temp)
{
	struct name version = { .s = "" }, another = { .s = "" };
	int dir = up->dir->fd, e;
	struct info info;
	bool linked;

	e = upload_rename(dir, temp->s, up->name.s, RENAME_NOREPLACE);
	if (e != EEXIST && e != EINVAL)
		return e; /* there was nothing to keep */
	if (strlen(up->name.s) > NAME_MAX - UPLOAD_VERSION_ROOM &&
	    jail_stat_name(up->dir, &up->name, &info) == 0)
		return ENAMETOOLONG;
	linked = name_version(up, up->name.s, true, &version) == 0;
	e = upload_rename(dir, temp->s, up->name.s, RENAME_EXCHANGE);
	if (e == ENOENT) /* it has gone meanwhile */
		return upload_rename(dir, temp->s, up->name.s, 0);
	if (e == EINVAL && linked) /* FUSE: no exchange, but it is kept */
		return upload_rename(dir, temp->s, up->name.s, 0);
	if (e != 0)
		return e;
	if (linked && is_same(up->dir, temp, &version)) {
		upload_unlink(dir, temp);
		return 0;
	}
	if ((e = check_version(up, temp)) == 0)
		e = name_version(up, temp->s, false, &another);
	if (e != 0 &&
	    upload_rename(dir, temp->s, up->name.s, RENAME_EXCHANGE) != 0)
		temp->s[0] = '\0'; /* that is the old file now: keep it */
	return e;
}

/* The complete file under its temporary name takes the place of the old. */
static int
replace_by(struct upload *up, struct name *temp)
{
	if (up->rules->overwrite == OVERWRITE_VERSIONS)
		return keep_version(up, temp);
	return upload_rename(up->dir->fd, temp->s, up->name.s, 0);
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
	if ((e = replace_by(up, &temp)) != 0)
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
		if ((e = upload_look(up)) != 0)
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
	int e = upload_link(up->dir->fd, up->temp.s, up->name.s);

	if (e == EEXIST)
		return ERR_EXISTS;
	if (e == EPERM || e == EOPNOTSUPP || e == ENOSYS)
		return ERR_NO_PUBLISH;
	if (e == 0)
		upload_unlink(up->dir->fd, &up->temp);
	return e;
}

static int
publish_named(struct upload *up)
{
	bool deny = up->rules->overwrite == OVERWRITE_DENY;
	int e;

	if ((e = close_written(up)) != 0)
		return e;
	if (!deny)
		return replace_by(up, &up->temp);
	e = upload_rename(
	    up->dir->fd, up->temp.s, up->name.s, RENAME_NOREPLACE);
	if (e == EINVAL)
		e = link_named(up);
	return e == EEXIST ? ERR_EXISTS : e;
}

/* Sync always: the bytes, before the name appears. */
static int
sync_file(const struct upload *up)
{
	while (up->rules->sync && fdatasync(up->fd) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static int
publish(struct upload *up, const struct upload_meta *meta)
{
	int e = 0;

	switch (up->way) {
	case UPLOAD_UNNAMED:
		if ((e = publish_unnamed(up, meta)) == 0)
			(void)close_written(up); /* it has its name */
		break;
	case UPLOAD_NAMED:
		if ((e = publish_named(up)) != 0)
			upload_unlink(up->dir->fd, &up->temp);
		break;
	case UPLOAD_INPLACE:
		e = close_written(up);
		break;
	case UPLOAD_DEVICE:
		break;
	}
	return e;
}

int
upload_commit(struct upload *up, const struct upload_meta *meta)
{
	int e;

	digest_end(&up->sum, up->digest);
	if (up->way == UPLOAD_DEVICE)
		return 0;
	if (up->way == UPLOAD_INPLACE && (e = cut_to_written(up)) != 0)
		return e;
	if ((e = give_mode(up, meta)) != 0 || (e = give_times(up, meta)) != 0 ||
	    (e = sync_file(up)) != 0 || (e = publish(up, meta)) != 0)
		return e;
	return up->rules->sync ? jail_sync(up->dir) : 0;
}
