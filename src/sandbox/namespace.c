/*
 * The root directory of the process: chroot(2) with privilege; without it a
 * user namespace, in which the root is a mount of its own and all other mounts
 * are gone.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

/* A directory that is entered, not read. */
#define LOOK (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Of linux/mount.h, which can't be had together with sys/mount.h. */
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#define ATTR_RDONLY	 0x1U
#define ATTR_NOSUID	 0x2U
#define ATTR_NODEV	 0x4U
#define ATTR_NOEXEC	 0x8U
#define ATTR_NOSYMFOLLOW 0x200000U
#define SUBTREE		 0x8000 /* AT_RECURSIVE */

struct attr {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns;
};

/* An account that can write to a directory above could swap the root. */
static int
check_component(int fd, struct trouble *t)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return errno;
	if (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	t->why = "a directory of the root's path is not root's own, or "
		 "others may write it";
	return ERR_SANDBOX;
}

/*
 * Opens a path one component at a time.  Each is checked by its descriptor and
 * none may be a link, so that the directory entered is the one checked.
 */
static int
open_checked(const char *path, struct trouble *t, int *out)
{
	char part[NAME_MAX + 1];
	int e, next, fd = open("/", LOOK | O_NOFOLLOW);
	size_t n;

	if (fd == -1)
		return errno;
	while ((e = check_component(fd, t)) == 0) {
		path += strspn(path, "/");
		if ((n = strcspn(path, "/")) == 0) {
			*out = fd;
			return 0;
		}
		if (n >= sizeof(part)) {
			e = ENAMETOOLONG;
			break;
		}
		memcpy(part, path, n);
		part[n] = '\0';
		path += n;
		next = openat(fd, part, LOOK | O_NOFOLLOW);
		e = errno;
		(void)close(fd); /* O_PATH: close can't fail */
		if (next == -1)
			return e;
		fd = next;
	}
	(void)close(fd); /* O_PATH: close can't fail */
	return e;
}

static int
enter_by_chroot(const struct confine_plan *plan, struct trouble *t)
{
	int e, fd = -1;

	if ((e = open_checked(plan->root, t, &fd)) != 0)
		return e;
	if (fchdir(fd) != 0 || chroot(".") != 0 || chdir("/") != 0)
		e = errno;
	(void)close(fd); /* O_PATH: close can't fail */
	return e;
}

static int
write_text(const char *path, const char *text)
{
	size_t n = strlen(text);
	ssize_t done;
	int e = 0, fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return errno;
	done = write(fd, text, n);
	if (done == -1)
		e = errno;
	else if ((size_t)done != n)
		e = EIO;
	if (close(fd) != 0 && e == 0)
		e = errno;
	return e;
}

/* Maps our own ids.  A group can be mapped only if setgroups(2) is denied. */
static int
make_namespace(const struct confine_plan *plan)
{
	char uids[64], gids[64];
	unsigned int uid = geteuid(), gid = getegid();
	int e;

	(void)plan;
	(void)snprintf(uids, sizeof(uids), "%u %u 1\n", uid, uid); /* fits */
	(void)snprintf(gids, sizeof(gids), "%u %u 1\n", gid, gid); /* fits */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return errno;
	if ((e = write_text("/proc/self/setgroups", "deny")) != 0 ||
	    (e = write_text("/proc/self/uid_map", uids)) != 0)
		return e;
	return write_text("/proc/self/gid_map", gids);
}

/* Makes the root a mount, together with all mounts below it. */
static int
bind_root(const struct confine_plan *plan)
{
	if (mount(NULL, "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount(plan->root, plan->root, "none", MS_BIND | MS_REC, NULL) != 0)
		return errno;
	return chdir(plan->root) == 0 ? 0 : errno;
}

/*
 * Adds attributes; those that the mounts had, such as read-only, stay.
 * nosymfollow needs Linux 5.14.  It may be missing, since tree/ follows no
 * link either.
 */
static int
restrict_mounts(const struct confine_plan *plan)
{
	struct attr attr = { .set = ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC };

	if ((plan->grants & GRANT_CREATE) == 0)
		attr.set |= ATTR_RDONLY;
	if (!plan->follow)
		attr.set |= ATTR_NOSYMFOLLOW;
	while (syscall(SYS_mount_setattr, AT_FDCWD, ".", SUBTREE, &attr,
		   sizeof(attr)) != 0) {
		if (errno != EINVAL || (attr.set & ATTR_NOSYMFOLLOW) == 0)
			return errno;
		attr.set &= ~(uint64_t)ATTR_NOSYMFOLLOW;
	}
	return 0;
}

/* pivot_root(2) mounts the old root over the new one; unmounts it. */
static int
change_root(const struct confine_plan *plan)
{
	(void)plan;
	if (syscall(SYS_pivot_root, ".", ".") != 0 ||
	    umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
		return errno;
	return 0;
}

static const struct {
	int (*apply)(const struct confine_plan *);
	const char *why;
} moves[] = {
	{ make_namespace, "no privilege for chroot, and no user namespace" },
	{ bind_root, "no privilege for chroot, and mounting was refused" },
	{ restrict_mounts, "the mount could not be restricted" },
	{ change_root, "pivot_root was refused" },
};

static int
enter_by_namespace(const struct confine_plan *plan, struct trouble *t)
{
	size_t i;
	int e, fd;

	/* a missing root is reported as such */
	if ((fd = open(plan->root, LOOK)) == -1)
		return errno;
	(void)close(fd); /* O_PATH: nothing to lose */
	for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++)
		if ((e = moves[i].apply(plan)) != 0) {
			t->why = moves[i].why;
			t->cause = e;
			return ERR_SANDBOX;
		}
	return 0;
}

int
confine_root(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	int e;

	if (!plan->chroot)
		return 0;
	if (geteuid() == 0) {
		e = enter_by_chroot(plan, t);
		if (e == 0)
			state->root_way = "chroot";
		if (e != EPERM) /* a container may lack CAP_SYS_CHROOT */
			return e;
	}
	if ((e = enter_by_namespace(plan, t)) == 0)
		state->root_way = "namespace";
	return e;
}
