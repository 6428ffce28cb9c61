/*
 * The end of an upload.  What meta.c sets is set by descriptor, then one system
 * call gives the file its name.
 */
#include "tree/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "tree/internal.h"
#include "tree/link.h"

/* Closes the file.  Some file systems report a failed write only here. */
static int
close_written(struct upload *up)
{
	int fd = up->fd;

	up->fd = -1;
	return close(fd) == 0 ? 0 : errno;
}

static int
rename_to(const struct upload *up, const struct name *from,
    const struct name *to, unsigned int flags)
{
	return tree_rename_by(up->dir, from, up->dir, to, flags);
}

/* Removes a temporary name.  Errors are ignored. */
static void
unname(const struct upload *up, const struct name *temp)
{
	(void)tree_unlink(up->dir, temp, false);
}

/*
 * Overwrite versions: gives the file with the name from the first free name
 * NAME.~N~, by a second link or by renaming it.  *version is set to that name.
 */
static int
name_version(struct upload *up, const struct name *from, bool linking,
    struct name *version)
{
	int e = EEXIST, n;

	for (n = 1; e == EEXIST && n <= UPLOAD_VERSIONS_MAX; n++) {
		upload_name_version(version, &up->name, n);
		e = linking ? tree_link(up->dir, from, up->dir, version) :
			      rename_to(up, from, version, RENAME_NOREPLACE);
	}
	return e;
}

int
upload_may_replace(
    struct upload *up, const struct info *by, struct name *version)
{
	int e = upload_check_place(up);

	version->s[0] = '\0';
	if (tree_is_same(&up->old, by))
		up->have_old = false;
	if (e != 0 || !up->have_old ||
	    up->rules->overwrite != OVERWRITE_VERSIONS)
		return e;
	if ((e = name_version(up, &up->name, true, version)) != 0)
		version->s[0] = '\0';
	return e;
}

/* How often keep_version() tries again when others replace the file. */
#define VERSION_TRIES 100

/*
 * Returns 0 if both names belong to the same file, EAGAIN if they belong to
 * different files, or the errno of the look at one of them.
 */
static int
compare(const struct dir *dir, const struct name *a, const struct name *b)
{
	struct info one, other;
	int e;

	if ((e = tree_stat_name(dir, a, &one)) != 0 ||
	    (e = tree_stat_name(dir, b, &other)) != 0)
		return e;
	return tree_is_same(&one, &other) ? 0 : EAGAIN;
}

/* If a directory was exchanged, created in the meantime, it is put back. */
static int
check_version(const struct upload *up, const struct name *temp)
{
	struct info info;
	int e = tree_stat_name(up->dir, temp, &info);

	if (e == 0 && info.kind == KIND_DIR)
		return EISDIR;
	return e;
}

/* Turns the errno of a file system without hard links into ERR_NO_PUBLISH. */
static int
without_links(int e)
{
	return e == EPERM || e == EOPNOTSUPP || e == ENOSYS ? ERR_NO_PUBLISH :
							      e;
}

/* Names a file on a file system that has no RENAME_NOREPLACE. */
static int
link_named(const struct upload *up, const struct name *temp)
{
	int e = tree_link(up->dir, temp, up->dir, &up->name);

	if (e == 0)
		unname(up, temp);
	return without_links(e);
}

/* Gives the new file the name if that is free: 0, EEXIST or another errno. */
static int
take_free(struct upload *up, const struct name *temp)
{
	struct info info;
	int e = rename_to(up, temp, &up->name, RENAME_NOREPLACE);

	if (e == EINVAL)
		e = link_named(up, temp);
	if (e == ERR_NO_PUBLISH) { /* it has no hard links either */
		if ((e = tree_stat_name(up->dir, &up->name, &info)) == ENOENT)
			return rename_to(up, temp, &up->name, 0);
		return e == 0 ? EEXIST : e;
	}
	return e;
}

/*
 * Replaces a file and keeps the old one.  The name exists all the time.  First
 * the old file is linked to the name of its version, so that it can't be lost;
 * then the names of the old and the new file are exchanged.  If the link failed
 * (protected_hardlinks), or another session replaced the file in between, the
 * file that was exchanged has no version yet, and gets one.
 */
static int
keep_version(struct upload *up, struct name *temp)
{
	struct name version = { .s = "" }, another = { .s = "" };
	int e, link_error, tries = 0;

	do {
		if ((e = take_free(up, temp)) != EEXIST)
			return e; /* no file had the name */
		if (strlen(up->name.s) > NAME_MAX - UPLOAD_VERSION_ROOM)
			return ENAMETOOLONG;
		link_error = name_version(up, &up->name, true, &version);
		e = rename_to(up, temp, &up->name, RENAME_EXCHANGE);
		if (e == EINVAL) { /* FUSE has no RENAME_EXCHANGE */
			if ((e = link_error) == 0 &&
			    (e = compare(up->dir, &up->name, &version)) == 0)
				return rename_to(up, temp, &up->name, 0);
			if (link_error == 0) /* who replaced it keeps it */
				unname(up, &version);
			e = without_links(e);
		}
		/* the old file was removed or replaced meanwhile */
	} while ((e == ENOENT || e == EAGAIN) && ++tries < VERSION_TRIES);
	if (e != 0)
		return e;
	if (link_error == 0 && compare(up->dir, temp, &version) == 0) {
		unname(up, temp);
		return 0;
	}
	if ((e = check_version(up, temp)) == 0)
		e = name_version(up, temp, false, &another);
	if (e != 0 && rename_to(up, temp, &up->name, RENAME_EXCHANGE) != 0)
		temp->s[0] = '\0'; /* now the old file: keep it */
	return e;
}

/* Gives an unnamed file a name. */
static int
link_unnamed(const struct upload *up, const struct name *name)
{
	return upload_link_unnamed(
	    up->rules->link, up->fd, up->dir->fd, name->s);
}

/* Replaces the old file by the new one, which has a temporary name. */
static int
replace_by(struct upload *up, struct name *temp)
{
	if (up->rules->overwrite == OVERWRITE_VERSIONS)
		return keep_version(up, temp);
	return rename_to(up, temp, &up->name, 0);
}

/*
 * Gives an unnamed file a name that is free.  First it gets a temporary name,
 * since programs that watch a directory wait for a file to be renamed or
 * closed there, and a link is neither.  Where it can't be renamed, one link
 * gives the name.  After EEXIST the file has the temporary name: one whose last
 * link is gone gets no other.
 */
static int
publish_new(struct upload *up, struct name *temp)
{
	struct dir *dir = up->dir;
	int e;

	if (up->rules->overwrite == OVERWRITE_DENY || dir->append_only ||
	    dir->no_rename)
		return link_unnamed(up, &up->name);
	name_make_temp(temp, up->rules->next_temp++);
	if ((e = link_unnamed(up, temp)) != 0)
		return e == EEXIST ? EAGAIN : e;
	e = rename_to(up, temp, &up->name, RENAME_NOREPLACE);
	if (e == 0 || e == EEXIST)
		return e;
	dir->no_rename = true;
	if ((e = link_unnamed(up, &up->name)) != EEXIST)
		unname(up, temp);
	return e;
}

/* The name was taken after upload_begin() had looked. */
static int
look_again(struct upload *up, const struct upload_meta *meta)
{
	int e;

	if (up->rules->overwrite == OVERWRITE_DENY)
		return ERR_EXISTS;
	if (up->exclusive)
		return EEXIST;
	e = upload_look(up);
	return e == 0 && up->have_old ? upload_give_mode(up, meta) : e;
}

static int
publish_unnamed(struct upload *up, const struct upload_meta *meta)
{
	struct name temp = { .s = "" };
	int e = 0;

	if (!up->have_old) {
		if ((e = publish_new(up, &temp)) != EEXIST)
			return e;
		e = look_again(up, meta);
	}
	if (e == 0 && temp.s[0] == '\0') {
		name_make_temp(&temp, up->rules->next_temp++);
		if ((e = link_unnamed(up, &temp)) != 0)
			return e;
	}
	if (e == 0)
		e = replace_by(up, &temp);
	if (e != 0 && temp.s[0] != '\0')
		unname(up, &temp);
	return e;
}

static int
publish_named(struct upload *up)
{
	const bool deny = up->rules->overwrite == OVERWRITE_DENY;
	int e;

	if ((e = close_written(up)) != 0)
		return e;
	if (!deny && !up->exclusive)
		return replace_by(up, &up->temp);
	e = rename_to(up, &up->temp, &up->name, RENAME_NOREPLACE);
	if (e == EINVAL)
		e = link_named(up, &up->temp);
	return e == EEXIST && deny ? ERR_EXISTS : e;
}

/* Sync always: writes the bytes to disk before the file gets its name. */
static int
sync_file(const struct upload *up)
{
	return up->rules->sync ? tree_fdatasync(up->fd) : 0;
}

static int
publish(struct upload *up, const struct upload_meta *meta)
{
	int e = 0;

	switch (up->way) {
	case UPLOAD_UNNAMED:
		if ((e = publish_unnamed(up, meta)) == 0 && !up->rules->keep)
			(void)close_written(up); /* it is published */
		break;
	case UPLOAD_NAMED:
		if ((e = publish_named(up)) != 0)
			unname(up, &up->temp);
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
upload_finish(struct upload *up, const struct upload_meta *meta)
{
	int e;

	digest_end(&up->sum, up->digest);
	if (up->way == UPLOAD_DEVICE)
		return 0;
	if (up->way == UPLOAD_INPLACE && !up->uncut &&
	    (e = tree_cut(up->fd, up->written)) != 0)
		return e;
	if ((e = upload_give_all(up, meta)) != 0)
		return e;
	return sync_file(up);
}

int
upload_publish(struct upload *up, const struct upload_meta *meta)
{
	int e;

	if (up->way == UPLOAD_DEVICE)
		return 0;
	if ((e = publish(up, meta)) != 0)
		return e;
	return up->rules->sync ? tree_sync(up->dir) : 0;
}
