/*
 * What a file gets before its name: owner, mode and times, by descriptor.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree/internal.h"
#include "tree/link.h"

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
	if (!may_give(up))
		return;
	if (tree_fchown(up->fd, up->old.uid, up->old.gid) != 0)
		(void)tree_fchown(up->fd, (uid_t)-1, up->old.gid);
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
	mode_t mode = up->old.mode & 0777 & up->rules->mode_mask;

	if (up->old.uid != up->rules->uid)
		mode &= info->mode;
	if (info->gid != up->old.gid)
		mode = (mode & ~(mode_t)070) | (mode & 070 & (mode << 3));
	return mode;
}

/*
 * Gives a file a mode, if it has another.  A file system that refuses it is no
 * reason to lose the file, unless the mode that it has gives more than was
 * asked for; one that was written in place can't be lost any more.  Only the
 * kernel knows what access control lists and our rights make of a mode, so
 * fstat(2) is called again.
 */
static int
set_mode(struct upload *up, mode_t mode)
{
	int e;

	if (up->now.mode == mode)
		return 0;
	if ((e = tree_fchmod(up->fd, mode)) == 0)
		return tree_fstat(up->fd, &up->now);
	if (up->way != UPLOAD_INPLACE && (up->now.mode & ~mode) != 0)
		return e;
	up->refused_mode = e;
	return 0;
}

int
upload_give_mode(struct upload *up, const struct upload_meta *meta)
{
	bool replaces = up->have_old && up->old.kind == KIND_FILE &&
	    up->way != UPLOAD_INPLACE;
	int e;

	if (replaces && !up->has_owner)
		keep_owner(up);
	if ((e = tree_fstat(up->fd, &up->now)) != 0)
		return e;
	if (meta->exact_mode)
		return set_mode(up, meta->mode & up->rules->mode_mask);
	return replaces ? set_mode(up, mode_over(up, &up->now)) : 0;
}

/* The same for its times. */
static void
give_times(struct upload *up, const struct upload_meta *meta)
{
	if (meta->have_times && !tree_has_times(&up->now, meta->times))
		up->refused_times = tree_futimens(up->fd, meta->times);
}

int
upload_give_all(struct upload *up, const struct upload_meta *meta)
{
	int e;

	if ((e = upload_give_mode(up, meta)) != 0)
		return e;
	up->mode = up->now.mode;
	give_times(up, meta);
	return 0;
}
