/*
 * What a file gets before its name: owner, mode and times, by descriptor.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/link.h"

static int
set_mode(int fd, mode_t mode)
{
	while (fchmod(fd, mode) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/*
 * Whether a replaced file may tell whose the new one is.  Who can only write
 * to a directory could put a file there for root to replace, and would be given
 * root's; who owns it decides about its files anyway.
 */
static bool
may_give(const struct upload *up)
{
	struct info dir;

	if (up->rules->uid != 0 || up->old.uid == 0)
		return true;
	return tree_fstat(up->dir->fd, &dir) == 0 && dir.uid == up->old.uid;
}

/* Keeps the old owner, or at least the old group, if we may change them. */
static void
keep_owner(const struct upload *up)
{
	uid_t uid = up->old.uid;

	if (!may_give(up))
		return;
	while (fchown(up->fd, uid, up->old.gid) != 0) {
		if (errno == EINTR)
			continue;
		if (uid == (uid_t)-1)
			return;
		uid = (uid_t)-1;
	}
}

/*
 * Returns the mode of a file that takes the place of another, and that is now
 * as info says.  A mode of our own stays; somebody else's gives nothing that we
 * would not have given.  If the group could not be kept, the new one gets only
 * the rights that everybody had.
 */
static mode_t
mode_over(const struct upload *up, const struct info *info)
{
	mode_t mode = up->old.mode & 0777;

	if (up->old.uid != up->rules->uid)
		mode &= info->mode;
	if (info->gid != up->old.gid)
		mode = (mode & ~(mode_t)070) | (mode & 070 & (mode << 3));
	return mode;
}

static int
keep_mode(const struct upload *up)
{
	struct info info;
	mode_t mode;
	int e;

	keep_owner(up);
	if ((e = tree_fstat(up->fd, &info)) != 0)
		return e;
	mode = mode_over(up, &info);
	return info.mode == mode ? 0 : set_mode(up->fd, mode);
}

int
upload_give_mode(struct upload *up, const struct upload_meta *meta)
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

int
upload_look_at_mode(struct upload *up)
{
	struct info info;
	int e = tree_fstat(up->fd, &info);

	if (e == 0)
		up->mode = info.mode;
	return e;
}

int
upload_give_times(struct upload *up, const struct upload_meta *meta)
{
	if (!meta->have_times)
		return 0;
	while (futimens(up->fd, meta->times) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}
