/*
 * What an upload would meet, for an administrator who asks: the checks of
 * upload.c, without an upload.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tree/link.h"

int
upload_foresee(
    struct upload_rules *rules, struct dir *dir, const struct name *name)
{
	struct upload up = { .fd = -1, .rules = rules, .dir = dir };
	int e = 0;

	if (name != NULL) {
		up.name = *name;
		upload_prepare_name(rules, dir, name);
		e = upload_check_place(&up);
	}
	if (e == 0 && up.have_old && rules->overwrite == OVERWRITE_INPLACE)
		e = upload_open_inplace(&up);
	if (up.fd != -1)
		(void)close(up.fd); /* nothing was written */
	if (e == 0 && up.fd == -1 &&
	    faccessat(dir->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
		e = errno;
	return e;
}
