#include "tree/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"
#include "tree/internal.h"
#include "tree/link.h"

/* Room is reserved for files of at least this many octets. */
#define RESERVE_MIN (INT64_C(1) << 20)

/* MinFree is checked again before each so many octets are exceeded. */
#define CHECK_EVERY (INT64_C(16) << 20)

static bool
has_no_unnamed(int e)
{
	return e == EOPNOTSUPP || e == EISDIR;
}

int
upload_probe(struct upload_rules *rules, struct dir *dir)
{
	int fd = tree_openat(dir->fd, ".", F_TMP, 0600);

	dir->append_only =
	    (tree_attributes(dir->fd, "") & ATTR_APPEND_ONLY) != 0;
	dir->asked = true;
	if (fd < 0) {
		dir->no_tmpfile = has_no_unnamed(-fd);
		return dir->no_tmpfile ? 0 : -fd;
	}
	upload_probe_link(rules, fd, dir->fd);
	(void)close(fd); /* nothing was written */
	return 0;
}

void
upload_prepare(struct upload_rules *rules, struct dir *dir, uint64_t seed)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	rules->next_temp = seed;
	rules->uid = geteuid();
	(void)getrlimit(RLIMIT_FSIZE, &limit); /* can't fail */
	rules->size_max =
	    limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
	rules->link = UPLOAD_LINK_UNKNOWN;
	(void)upload_probe(rules, dir); /* upload_begin() meets the error */
	/*
	 * With versions, a session that is killed while it exchanges two names
	 * can leave another session's file under a temporary name.
	 */
	if (rules->overwrite != OVERWRITE_VERSIONS)
		upload_sweep(dir);
}

/*
 * In a sticky directory that others can write to, another account may have
 * created a file under the expected name.  Replacing it would give our file
 * that owner and mode.  It is refused, for root too, like the kernel does with
 * fs.protected_regular.
 */
static int
check_sticky(const struct upload *up)
{
	const uid_t us = up->rules->uid;
	struct info dir;
	int e;

	if ((e = tree_fstat(up->dir->fd, &dir)) != 0)
		return e;
	if ((dir.mode & S_ISVTX) == 0 || (dir.mode & 022) == 0 ||
	    up->old.uid == us || (us == 0 && up->old.uid == dir.uid))
		return 0;
	return EACCES;
}

/*
 * Refuses what nobody may replace or write, whatever its mode says.  The kernel
 * would refuse it only when the file gets its name, after the body, when many
 * peers no longer listen.
 */
static int
check_locked(const struct upload *up, unsigned int attributes)
{
	const struct upload_rules *rules = up->rules;

	if (attributes == 0 && up->old.ino == rules->locked_ino &&
	    up->old.dev == rules->locked_dev)
		attributes = rules->locked;
	if ((attributes & (ATTR_IMMUTABLE | ATTR_APPEND_ONLY)) != 0)
		return EPERM;
	if (rules->overwrite == OVERWRITE_INPLACE)
		return 0;
	if ((attributes & ATTR_MOUNT_POINT) != 0)
		return EBUSY;
	return up->dir->append_only ? EPERM : 0;
}

/* Looks at what has the name: fills *info and *attributes. */
static int
look_at(const struct dir *dir, const struct name *name, const char *path,
    struct info *info, unsigned int *attributes)
{
	int e, fd = tree_openat(dir->fd, name->s, F_OLD, 0);

	*attributes = 0;
	if (fd < 0)
		return -fd;
	if ((e = tree_fstat(fd, info)) == 0)
		*attributes = tree_attributes(fd, path);
	tree_close_fd(&fd);
	return e;
}

void
upload_prepare_name(
    struct upload_rules *rules, const struct dir *dir, const struct name *name)
{
	struct info info = { .kind = KIND_OTHER };

	if (look_at(dir, name, "", &info, &rules->locked) != 0)
		return;
	rules->locked_dev = info.dev;
	rules->locked_ino = info.ino;
}

int
upload_look(struct upload *up)
{
	unsigned int attributes = 0;
	int e = look_at(up->dir, &up->name, NULL, &up->old, &attributes);

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
	if (up->old.ino == up->rules->log_ino &&
	    up->old.dev == up->rules->log_dev)
		return ERR_LOG;
	if ((e = check_locked(up, attributes)) != 0)
		return e;
	return check_sticky(up);
}

int
upload_open_inplace(struct upload *up)
{
	struct info info;
	int e, fd;

	if (up->old.kind != KIND_FILE)
		return ERR_LINK;
	fd = tree_openat(up->dir->fd, up->name.s, F_WRITE, 0);
	if (fd < 0)
		return -fd;
	e = tree_fstat(fd, &info);
	if (e == 0 && !tree_is_same(&info, &up->old))
		e = EAGAIN; /* it was replaced in the meantime */
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
	if (up->dir->append_only)
		return EPERM; /* the name could neither be changed nor removed
			       */
	name_make_temp(&up->temp, up->rules->next_temp++);
	if (up->have_old) /* no rights that the old file doesn't give */
		mode &= up->old.mode;
	fd = tree_openat(up->dir->fd, up->temp.s,
	    up->rules->read_back ? F_NEW_BOTH : F_NEW, mode & 0777);
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

	if (up->dir->no_tmpfile || up->rules->link == UPLOAD_LINK_NONE)
		return open_named(up, mode);
	fd = tree_openat(up->dir->fd, ".",
	    up->rules->read_back ? F_TMP_BOTH : F_TMP, mode & 0777);
	if (fd < 0 && has_no_unnamed(-fd)) {
		up->dir->no_tmpfile = true;
		return open_named(up, mode);
	}
	if (fd < 0)
		return -fd;
	upload_probe_link(up->rules, fd, up->dir->fd);
	if (up->rules->link == UPLOAD_LINK_NONE) {
		(void)close(fd); /* nothing was written */
		return open_named(up, mode);
	}
	up->fd = fd;
	up->way = UPLOAD_UNNAMED;
	return 0;
}

/* Whether size octets are free, in whole blocks.  f_blocks 0 is no limit. */
static bool
has_room(const struct statfs *fs, int64_t size)
{
	return fs->f_blocks == 0 || tree_has_blocks(fs, size);
}

/*
 * MinFree again, for what is still to come: other sessions may have filled the
 * file system meanwhile.  What is reserved for this file is no longer free, so
 * it is not asked for twice.
 */
static int
check_free(struct upload *up)
{
	int64_t there = up->reserved > up->written ? up->reserved : up->written;

	up->checked = up->written;
	return tree_check_free(up->fd, up->rules->min_free, up->size - there);
}

/*
 * Reserves room for the announced size, so that a full disk is an error before
 * the body.  If the file system can't reserve room, or the timer interrupts the
 * call, a full disk is an error of a later write.  A tmpfs reserves room by
 * filling it, which takes time and memory for a file that may never be sent.
 * There it is only checked that there is room.  With MinFree room is reserved
 * in pieces, and what is free is checked before each: another session may do
 * the same.
 */
static int
reserve(struct upload *up)
{
	int64_t piece = up->rules->min_free > 0 ? CHECK_EVERY : up->size;
	struct statfs fs;
	int e;

	if (up->size < RESERVE_MIN)
		return 0;
	if (fstatfs(up->fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC) {
		if (up->size > up->rules->size_max)
			return EFBIG;
		return has_room(&fs, up->size) ? 0 : ENOSPC;
	}
	for (; up->reserved < up->size; up->reserved += piece) {
		if (piece > up->size - up->reserved)
			piece = up->size - up->reserved;
		if ((e = check_free(up)) != 0)
			return e;
		if (fallocate(up->fd, 0, up->reserved, piece) != 0)
			return errno == ENOSPC || errno == EDQUOT ||
				errno == EFBIG ?
			    errno :
			    0;
	}
	return 0;
}

/*
 * Overwrite versions: whether the old file can get a name, of which the first
 * that is free counts.  Usually the last one is, so only that is looked at.
 */
static int
check_versions(const struct upload *up)
{
	struct name version = { .s = "" };
	struct info info;
	int e = 0;

	if (strlen(up->name.s) > NAME_MAX - UPLOAD_VERSION_ROOM)
		return ENAMETOOLONG;
	for (int n = UPLOAD_VERSIONS_MAX; e == 0 && n > 0; n--) {
		upload_name_version(&version, &up->name, n);
		e = tree_stat_name(up->dir, &version, &info);
	}
	return e == 0 ? EEXIST : e == ENOENT ? 0 : e;
}

/* A directory that is appended to only can't have temporary names. */
static void
ask_dir(struct dir *dir)
{
	if (!dir->asked)
		dir->append_only =
		    (tree_attributes(dir->fd, NULL) & ATTR_APPEND_ONLY) != 0;
	dir->asked = true;
}

int
upload_check_place(struct upload *up)
{
	int e;

	if (up->rules->sync && up->dir->unlisted)
		return EACCES; /* it can't be synced */
	if (!up->dir->just_created) {
		ask_dir(up->dir);
		if ((e = upload_look(up)) != 0)
			return e;
	}
	if (up->have_old && up->rules->overwrite == OVERWRITE_VERSIONS)
		return check_versions(up);
	return 0;
}

/* A file that is written in place would be lost to a full disk. */
static int
check_growth(const struct upload *up, int e)
{
	const int64_t more = up->size - up->old.size;
	struct statfs fs;

	return e == 0 && more >= RESERVE_MIN && fstatfs(up->fd, &fs) == 0 &&
		!has_room(&fs, more) ?
	    ENOSPC :
	    e;
}

int
upload_begin(struct upload *up, struct upload_rules *rules, struct dir *dir,
    const struct name *name, mode_t mode, int64_t size)
{
	int e = 0;

	*up = (struct upload){
		.fd = -1,
		.rules = rules,
		.dir = dir,
		.name = *name,
		.size = size,
	};
	digest_begin(&up->sum, rules->digest);
	if ((e = upload_check_place(up)) != 0) {
		up->about_dir = !up->have_old;
		return e;
	}
	if (up->have_old && rules->overwrite == OVERWRITE_INPLACE)
		e = check_growth(up, upload_open_inplace(up));
	else if ((e = open_unnamed(up, mode)) == 0)
		e = reserve(up);
	else
		up->about_dir = true;
	if (e == 0)
		e = check_free(up);
	if (e != 0)
		upload_abort(up);
	return e;
}

void
upload_begin_device(struct upload *up, int device)
{
	*up = (struct upload){ .fd = device, .way = UPLOAD_DEVICE };
}

/* Writes all octets; in order, which no offset is needed for, with at -1. */
static int
write_all(struct upload *up, int64_t at, const char *p, size_t n)
{
	const bool in_order = at == -1;
	ssize_t done;

	if (in_order)
		at = up->written;
	while (n > 0) {
		done =
		    in_order ? write(up->fd, p, n) : pwrite(up->fd, p, n, at);
		if (done == -1 && errno == EINTR)
			continue;
		if (done == -1)
			return errno;
		if (done == 0)
			return EIO; /* nothing can be written */
		p += done;
		n -= (size_t)done;
		at += done;
		if (up->written < at)
			up->written = at;
	}
	return 0;
}

int
upload_write(struct upload *up, const char *p, size_t n)
{
	int e;

	if (up->way != UPLOAD_DEVICE &&
	    up->written - up->checked > CHECK_EVERY - (int64_t)n &&
	    (e = check_free(up)) != 0)
		return e;
	digest_add(&up->sum, p, n);
	return write_all(up, -1, p, n);
}

/* Holes are filled later, so that octets count, wherever they are. */
int
upload_write_at(struct upload *up, int64_t at, const char *p, size_t n)
{
	struct upload_rules *rules = up->rules;
	const bool reserved = at + (int64_t)n <= up->reserved;
	int e;

	if ((rules->poured += (int64_t)n) > CHECK_EVERY) {
		e = tree_check_free(
		    up->fd, rules->min_free, reserved ? 0 : (int64_t)n);
		if (e != 0)
			return e;
		rules->poured = 0;
	}
	return write_all(up, at, p, n);
}

void
upload_abort(struct upload *up)
{
	if (up->fd == -1 || up->way == UPLOAD_DEVICE)
		return;
	(void)close(up->fd); /* the file is discarded */
	up->fd = -1;
	if (up->way == UPLOAD_NAMED)
		(void)tree_unlink(up->dir, &up->temp, false);
}
