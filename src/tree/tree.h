#ifndef SCP_TREE_H
#define SCP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <time.h>

#include "base/name.h"

enum kind {
	KIND_FILE,
	KIND_DIR,
	KIND_LINK,
	KIND_DEVICE, /* a character device */
	KIND_OTHER,
};

/* What fstat(2) returned for a descriptor. */
struct info {
	enum kind kind;
	mode_t mode;  /* the low 12 bits */
	int64_t size; /* octets */
	int64_t mtime;
	int64_t atime;
	int64_t ctime; /* seconds */
	unsigned long links;
	long mtime_nsec;
	long atime_nsec;
	uid_t uid;
	gid_t gid;
	dev_t dev;
	ino_t ino;
	struct timespec born; /* when it was made; 0: not known, or not asked */
};

/* A directory that a sink stores in. */
struct dir {
	int fd;
	bool just_created; /* by this session: its names are most likely free */
	bool unlisted;	   /* we can't read it: fd is an O_PATH descriptor */
	bool no_tmpfile;   /* its file system has no O_TMPFILE */
	bool asked;	   /* append_only is known */
	bool append_only;  /* names in it can only be added (chattr +a) */
	bool no_rename;	   /* new names can't be given by renaming */
};
#define DIR_NONE         \
	{                \
		.fd = -1 \
	}

/* A file or directory that a source reads. */
struct node {
	int fd;
	struct info info;
};
#define NODE_NONE        \
	{                \
		.fd = -1 \
	}

struct tree {
	int root;    /* O_PATH descriptor of what the session sees as "/" */
	bool follow; /* symbolic links are followed, beneath the root */
	bool walk;   /* without openat2(2), one component at a time */
	uid_t uid;   /* ours */
};
#define TREE_NONE          \
	{                  \
		.root = -1 \
	}

/* How a character device as a sink's operand is treated. */
enum devices {
	DEVICES_REFUSE,
	DEVICES_OPEN,
	DEVICES_LOOK, /* as if it could be opened, but it is not */
};

/* What a sink's operand turned out to be. */
struct target {
	struct dir dir;
	struct name name; /* below dir; "" when dir itself is the target */
	bool exists;
	bool is_device;
	int device; /* a character device, open for writing; else -1 */
};
#define TARGET_NONE                           \
	{                                     \
		.dir = DIR_NONE, .device = -1 \
	}

/* A buffer of directory entries, which all levels of a session share. */
struct scan {
	int fd; /* of the directory they were read from; -1: empty */
	size_t from;
	size_t to;
	char buf[32768];
};

struct entry {
	struct name name;
	int refused;	 /* why the name can't be sent; 0: it can */
	const char *raw; /* the name on disk; valid until the next call */
	bool known;	 /* kind is set */
	enum kind kind;
};

/*
 * Opens the root.  Called before Landlock is in force, as the account of the
 * session.  With walk, or when there is no openat2(2), that call is not used
 * for what is beneath.  Returns 0 or an errno.
 */
int tree_open(struct tree *j, const char *root, bool follow, bool walk);

void tree_close(struct tree *j);

/*
 * Makes a directory beneath the root the new root.  No link is followed on the
 * way, since a peer may have created it.  Returns 0 or the errors of
 * tree_open_beneath().
 */
int tree_narrow(struct tree *j, const char *path);

/*
 * Makes a directory beneath the root the working directory.  Called before
 * this process becomes another program.  Returns 0 or an error.
 */
int tree_chdir(const struct tree *j, const struct relpath *path);

/*
 * Opens an operand of a source, which is a file or directory.  Anything else
 * is ERR_KIND, and is not opened for reading.  Returns 0, ERR_KIND, ERR_LINK
 * for a symbolic link that is not followed, ERR_ESCAPE for a path that leaves
 * the root, or an errno.
 */
int
tree_find(const struct tree *j, const struct relpath *path, struct node *out);

/*
 * As tree_find(), for what can't be read: the descriptor is an O_PATH one, of
 * which only the struct info and tree_chmod_unread() are of use.
 */
int tree_find_unread(
    const struct tree *j, const struct relpath *path, struct node *out);

/*
 * Fills *out with what is at this path, without opening it.  Returns 0 or the
 * errors of tree_find().
 */
int
tree_stat(const struct tree *j, const struct relpath *path, struct info *out);

/*
 * As tree_stat(), but without follow a link in the last place is itself looked
 * at, whatever the policy does with links.
 */
int tree_look(const struct tree *j, const struct relpath *path, bool follow,
    struct info *out);

/* Returns whether anything exists at this path. */
bool tree_exists(const struct tree *j, const struct relpath *path);

/*
 * Opens an entry of an open directory, with the errors of tree_find().  path is
 * the entry's path from the root; it is used only to follow a symbolic link.
 */
int tree_open_entry(const struct tree *j, const struct node *dir,
    const struct entry *entry, const struct relpath *path, struct node *out);

/*
 * Returns the next entry of a directory.  *resume is 0 before the first call
 * and belongs to this function after that.  ".", ".." and temporary files of
 * this program are skipped.  Returns 0, ERR_EOF at the end, or an errno.
 */
int tree_next(
    struct scan *s, const struct node *dir, int64_t *resume, struct entry *out);

/* Empties the buffer of entries of dir, which is about to be closed. */
void tree_scan_forget(struct scan *s, const struct node *dir);

/*
 * Reads at most cap octets of a file.  *got is set to the number read, which is
 * 0 at its end.  Returns 0 or an errno.
 */
int tree_read(const struct node *n, void *buf, size_t cap, size_t *got);

/* As tree_read() from an offset, for a descriptor open for reading. */
int tree_read_at(int fd, int64_t at, void *buf, size_t cap, size_t *got);

/* Fills *out for the file system that a descriptor is on.  0 or an errno. */
int tree_statfs(int fd, struct statvfs *out);

/* As tree_statfs(), for what is at a path, with the errors of tree_stat(). */
int tree_statfs_path(
    const struct tree *j, const struct relpath *path, struct statvfs *out);

void tree_close_node(struct node *n);

/*
 * Opens the operand of a sink: a directory to store in, or a directory and a
 * name in it.  Called before the filter is installed.  A link is resolved
 * here, to the file or directory that it names, and never again.  Returns 0,
 * ENOENT when the parent is missing, ERR_KIND, ERR_LINK, ERR_ESCAPE, ERR_BYTES
 * or ERR_RESERVED for where a link leads, or an errno.
 */
int tree_target(const struct tree *j, const struct relpath *path,
    enum devices devices, struct target *out);
void tree_close_target(struct target *t);

/*
 * Opens the directory in which a path is to be stored, and sets *name to its
 * name there.  With follow, and if the policy allows it, a link in the last
 * place is followed.  Returns 0, EISDIR for the root, ENOENT when the directory
 * is missing, ERR_BYTES or ERR_RESERVED for where a link leads, or the errors
 * of tree_find().
 */
int tree_place(const struct tree *j, const struct relpath *path, bool follow,
    struct dir *dir, struct name *name);

/*
 * The next four functions change names in directories, each by one system call,
 * and return 0 or an errno.  A link is not followed.
 */

/* Removes the name of a file, or of an empty directory. */
int tree_unlink(const struct dir *dir, const struct name *name, bool is_dir);

/* Renames something.  Without replaces a name that is taken is EEXIST. */
int tree_rename(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to, bool replaces);

/* Gives a file a second name. */
int tree_link(const struct dir *dir, const struct name *name,
    const struct dir *to_dir, const struct name *to);

/* Makes a symbolic link with this text. */
int tree_make_link(
    const struct dir *dir, const struct name *name, const char *text);

/*
 * Reads the text of a symbolic link.  Returns 0, EINVAL for anything else,
 * ERR_LINK where links are not followed, or the errors of tree_find().
 */
int tree_read_link(
    const struct tree *j, const struct relpath *path, char out[PATH_MAX]);

/*
 * Open the root, a directory to store in, and one to read, in a session that
 * stores there.  Return 0 or the errors of tree_find().
 */
int tree_root_dir(const struct tree *j, struct dir *out);
int tree_open_dir(
    const struct tree *j, const struct relpath *path, struct dir *out);
int tree_find_dir(
    const struct tree *j, const struct relpath *path, struct node *out);

/*
 * Opens a directory below dir, and creates it with this mode if it is missing.
 * *made is set to whether it was created.  Returns 0, ERR_LINK for a symbolic
 * link, ENOTDIR for anything else that is no directory, or another errno.
 */
int tree_enter(const struct dir *dir, const struct name *name, mode_t mode,
    struct dir *out, bool *made);

/*
 * Opens a directory below dir that exists.  Returns 0, ENOENT, or the errors of
 * tree_enter().
 */
int
tree_enter_old(const struct dir *dir, const struct name *name, struct dir *out);

/*
 * MinFree: checks that min_free octets, or none for 0, would stay free on the
 * file system of fd after this many more.  Returns 0, ERR_MIN_FREE or an errno.
 */
int tree_check_free(int fd, int64_t min_free, int64_t more);

/*
 * Set the mode, of 9 bits and perhaps the set-group-ID or the sticky bit, or
 * the access and modification time of a directory.  A directory keeps those two
 * bits; where no mode with the set-group-ID bit may be set, one that has it
 * keeps its whole mode.  Return 0, EACCES when it is unlisted, or another
 * errno.
 */
int tree_set_mode(const struct dir *dir, mode_t mode, bool may_setgid);
int tree_set_times(const struct dir *dir, const struct timespec times[2]);

/*
 * Writes the names in a directory to stable storage, for Sync always.  Returns
 * 0, EACCES when it is unlisted, or another errno.
 */
int tree_sync(const struct dir *dir);

/*
 * Set the mode, of 12 bits, the access and modification time and the owner of
 * what is open, and write a file to stable storage.  Return 0 or an errno.
 */
int tree_fchmod(int fd, mode_t mode);
int tree_chmod_unread(int fd, mode_t mode); /* in an open session only */
int tree_futimens(int fd, const struct timespec times[2]);
int tree_fchown(int fd, uid_t uid, gid_t gid);
int tree_fdatasync(int fd);

void tree_close_dir(struct dir *dir);

/*
 * Fills *out with what a name in a directory is.  A link is not followed, and
 * nothing is opened for reading.  Returns 0, ENOENT when there is nothing, or
 * another errno.
 */
int tree_stat_name(
    const struct dir *dir, const struct name *name, struct info *out);

/*
 * From now on tree_fstat() and those that use it fill in "born", if the kernel
 * (Linux 6.11) and the file system tell when a file was made.  A file system
 * may give the inode number of a file that was removed to a new one; these two
 * differ in that time.
 */
void tree_tell_births(void);

/* Fills *out from fstat(2) of a descriptor.  Returns 0 or an errno. */
int tree_fstat(int fd, struct info *out);

/* Returns whether both describe one file: its device and inode number. */
bool tree_is_same(const struct info *a, const struct info *b);

#endif
