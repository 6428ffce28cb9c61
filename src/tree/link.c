#include "tree/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/open_flags.h"
#include "tree/internal.h"

/* Older temporary files, in seconds, were left by sessions that were killed. */
#define SWEEP_AGE 86400

/* The most entries examined for them, so that large directories cost little. */
#define SWEEP_MAX 10000

void
upload_name_version(struct name *out, const struct name *name, int n)
{
	(void)snprintf(out->s, sizeof(out->s), "%.*s.~%d~",
	    NAME_MAX - UPLOAD_VERSION_ROOM, name->s, n);
}

int
upload_link_unnamed(enum upload_link how, int fd, int dir, const char *name)
{
	char proc[32];
	int r;

	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd); /* fits */
	do
		r = how == UPLOAD_LINK_EMPTY ?
		    linkat(fd, "", dir, name, AT_EMPTY_PATH) :
		    linkat(AT_FDCWD, proc, dir, name, AT_SYMLINK_FOLLOW);
	while (r != 0 && errno == EINTR);
	return r == 0 ? 0 : errno;
}

int
tree_unlink(const struct dir *dir, const struct name *name, bool is_dir)
{
	while (unlinkat(dir->fd, name->s, is_dir ? AT_REMOVEDIR : 0) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/* Not through the C library, which calls renameat(2) when flags is 0. */
int
tree_rename_by(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to, unsigned int flags)
{
	long r;

	do
		r = syscall(
		    SYS_renameat2, dir->fd, name->s, to_dir->fd, to->s, flags);
	while (r != 0 && errno == EINTR);
	return r == 0 ? 0 : errno;
}

int
tree_link(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to)
{
	while (linkat(dir->fd, name->s, to_dir->fd, to->s, 0) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

/*
 * Whether an unnamed file can be linked this way.  A link with the name "."
 * always fails.  The error is EEXIST if the kernel accepted the file and only
 * refused the name.
 */
static bool
link_works(enum upload_link how, int fd, int dir)
{
	return upload_link_unnamed(how, fd, dir, ".") == EEXIST;
}

void
upload_probe_link(struct upload_rules *rules, int fd, int dir)
{
	if (rules->link != UPLOAD_LINK_UNKNOWN)
		return;
	if (link_works(UPLOAD_LINK_EMPTY, fd, dir))
		rules->link = UPLOAD_LINK_EMPTY;
	else if (link_works(UPLOAD_LINK_PROC, fd, dir))
		rules->link = UPLOAD_LINK_PROC;
	else
		rules->link = UPLOAD_LINK_NONE;
}

/*
 * Removes one temporary file if it is ours, a regular file, and old.  Its age
 * is that of its ctime: the peer may have set any mtime, and another session
 * may be about to publish it.
 */
static void
sweep_one(const struct dir *dir, const struct name *name, time_t now)
{
	struct info info;

	if (tree_stat_name(dir, name, &info) == 0 && info.kind == KIND_FILE &&
	    info.uid == geteuid() && info.ctime < now - SWEEP_AGE)
		(void)tree_unlink(dir, name, false); /* the next one will */
}

/* Looks at so many octets of entries.  Returns how many there are. */
static int
sweep_some(const struct dir *dir, const char *entries, long size, time_t now)
{
	const struct linux_dirent64 *d;
	struct name name;
	int looked = 0;

	for (long at = 0; at < size; at += d->d_reclen, looked++) {
		d = (const void *)(entries + at);
		if (!name_is_temp(d->d_name, strlen(d->d_name)))
			continue;
		memcpy(name.s, d->d_name, strlen(d->d_name) + 1);
		sweep_one(dir, &name, now);
	}
	return looked;
}

/* Without opendir(3), which takes memory from the system and gives it back. */
void
upload_sweep(const struct dir *dir)
{
	_Alignas(struct linux_dirent64) char entries[4096];
	time_t now = time(NULL);
	int fd, looked = 0;
	long n;

	if (dir->unlisted || (fd = tree_openat(dir->fd, ".", F_DIR, 0)) < 0)
		return;
	while (looked < SWEEP_MAX &&
	    (n = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0)
		looked += sweep_some(dir, entries, n, now);
	(void)close(fd); /* a directory: close can't fail */
}
