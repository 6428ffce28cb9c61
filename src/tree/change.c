/*
 * Renames, and makes and reads links, for SFTP.  The rules at the top of root.c
 * apply.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"
#include "tree/internal.h"
#include "tree/link.h"

int
tree_rename(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to, bool replaces)
{
	return tree_rename_by(
	    dir, name, to_dir, to, replaces ? 0 : RENAME_NOREPLACE);
}

int
tree_make_link(const struct dir *dir, const struct name *name, const char *text)
{
	while (symlinkat(text, dir->fd, name->s) != 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int
tree_read_link(
    const struct tree *j, const struct relpath *path, char out[PATH_MAX])
{
	struct info info = { .kind = KIND_OTHER };
	ssize_t n = 0;
	int e, fd = -1;

	e = tree_open_beneath(j, path->s, F_LOOK | O_NOFOLLOW, &fd);
	if (e != 0)
		return e;
	if ((e = tree_fstat(fd, &info)) == 0 && info.kind != KIND_LINK)
		e = EINVAL;
	else if (e == 0 && !j->follow)
		e = ERR_LINK;
	while (e == 0 && (n = readlinkat(fd, "", out, PATH_MAX - 1)) == -1)
		e = errno == EINTR ? 0 : errno;
	out[n > 0 ? n : 0] = '\0';
	tree_close_fd(&fd);
	return e;
}
