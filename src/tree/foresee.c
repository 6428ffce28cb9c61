/*
 * What an upload would meet, for an administrator who asks: the checks of
 * upload.c, without an upload.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tree/link.h"

#ifndef STATX_TYPE /* musl before 1.2.5 */
#include <linux/stat.h>
#endif

/* Whether no session can replace or write a file, whatever its mode. */
static bool
is_locked(const struct upload *up)
{
	struct statx st;

	return syscall(SYS_statx, up->dir->fd, up->name.s, AT_SYMLINK_NOFOLLOW,
		   STATX_TYPE, &st) == 0 &&
	    (st.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) !=
	    0;
}

int
upload_foresee(
    struct upload_rules *rules, struct dir *dir, const struct name *name)
{
	struct upload up = { .fd = -1, .rules = rules, .dir = dir };
	int e = 0;

	if (name != NULL) {
		up.name = *name;
		e = upload_check_place(&up);
	}
	if (e == 0 && up.have_old && is_locked(&up))
		e = EPERM;
	if (e == 0 && up.have_old && rules->overwrite == OVERWRITE_INPLACE)
		e = upload_open_inplace(&up);
	if (up.fd != -1)
		(void)close(up.fd); /* nothing was written */
	if (e == 0 && up.fd == -1 &&
	    faccessat(dir->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
		e = errno;
	return e;
}
