#ifndef SCP_TREE_INTERNAL_H
#define SCP_TREE_INTERNAL_H

#include <sys/vfs.h>

#include "tree/tree.h"

/* The most links in one path, as in the kernel. */
#define LINKS_MAX 40

/*
 * For the files of this folder only, since these functions take text: it has to
 * be that of a name, of a path, or of a link that is followed.
 */

/*
 * Opens a path beneath the root and sets *out to the descriptor.  Links are
 * followed if the policy allows it.  Only the text of a link may contain "..",
 * which the kernel keeps beneath the root.  Returns 0, ERR_ESCAPE, ERR_KIND,
 * ERR_LINK or an errno.
 */
int
tree_open_beneath(const struct tree *j, const char *text, int flags, int *out);

/*
 * As fs.protected_symlinks: in a sticky directory that all may write, somebody
 * else may have left a link for us to follow, at the end of a path.  fd is the
 * directory that the link is in.
 */
bool tree_is_trap(const struct tree *j, int fd, const struct info *link);

/* Returns 0 for a file or directory, ERR_LINK for a link, else ERR_KIND. */
int tree_refuse_kind(enum kind kind);

/*
 * openat(2), tried again when the timer interrupts it.  Returns a descriptor,
 * or an errno as a negative number.
 */
int tree_openat(int dir, const char *name, int flags, mode_t mode);

/*
 * openat2(2) with these flags and RESOLVE_ flags, tried again when a directory
 * on the way is renamed.  Returns a descriptor, or an errno as a negative
 * number.
 */
int tree_openat2(int dir, const char *path, int flags, uint64_t resolve);

/*
 * The same without openat2(2): links are followed if the policy allows it, as
 * with RESOLVE_IN_ROOT, else they are refused.  Every open is an openat(2) with
 * O_NOFOLLOW.
 */
int tree_walk(const struct tree *j, const char *path, int flags);

/* Whether the times of a file are these already. */
bool tree_has_times(const struct info *info, const struct timespec times[2]);

/* What no mode shows of a file or directory. */
enum attribute {
	ATTR_IMMUTABLE = 1 << 0,
	ATTR_APPEND_ONLY = 1 << 1,
	ATTR_MOUNT_POINT = 1 << 2,
};

/*
 * Returns the attributes of a descriptor, or 0 when the kernel does not tell.
 * Before kernel 6.11 it tells them only by a path, which no filter allows.  So
 * path is NULL, or "" if there is no filter yet.
 */
unsigned int tree_attributes(int fd, const char *path);

/* Replaces errnos whose usual message would mislead a user. */
int tree_errno(const struct tree *j, int e);

/* tree_rename() with the flags of renameat2(2). */
int tree_rename_by(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to, unsigned int flags);

/* Sets the size of a file, in octets.  Returns 0 or an errno. */
int tree_cut(int fd, int64_t size);

/* Closes a descriptor that nothing was written to, and sets it to -1. */
void tree_close_fd(int *fd);

/* Whether blocks are free for size octets, which are 1 at least. */
bool tree_has_blocks(const struct statfs *fs, int64_t size);

/* The entries of getdents64(2), which no header of user space declares. */
struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

#endif
