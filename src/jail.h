#ifndef SCP_JAIL_H
#define SCP_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "name.h"

enum kind {
	KIND_FILE,
	KIND_DIR,
	KIND_LINK,
	KIND_DEVICE, /* a character device */
	KIND_OTHER,
};

/* What fstat said of an open descriptor. */
struct info {
	enum kind kind;
	mode_t mode;  /* the low 12 bits */
	int64_t size; /* octets */
	int64_t mtime;
	int64_t atime;
	int64_t ctime; /* seconds */
	uid_t uid;
	gid_t gid;
	dev_t dev;
	ino_t ino;
};

/* A directory that a sink stores in. */
struct dir {
	int fd;
	bool just_created; /* by this session: its names are most likely free */
	bool unlisted;	   /* we can't read it: fd is an O_PATH descriptor */
	bool no_tmpfile;   /* its file system has no O_TMPFILE */
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

struct jail {
	int root;    /* O_PATH descriptor of what the session sees as "/" */
	bool follow; /* symbolic links are followed, beneath the root */
	bool walk;   /* no openat2 here: component by component */
};
#define JAIL_NONE          \
	{                  \
		.root = -1 \
	}

/* What a sink's operand turned out to be. */
struct target {
	struct dir dir;
	struct name name; /* below dir; "" when dir itself is the target */
	bool exists;
	int device; /* a character device, open for writing; else -1 */
};
#define TARGET_NONE                           \
	{                                     \
		.dir = DIR_NONE, .device = -1 \
	}

/* The entries of one directory at a time, in one buffer for all levels. */
struct scan {
	int fd; /* whose entries they are; -1: nobody's */
	size_t from;
	size_t to;
	char buf[32768];
};

struct entry {
	struct name name;
	int refused;	 /* why the name can't be sent: ERR_BYTES, ... */
	const char *raw; /* the name as it stands; valid until the next call */
	bool known;	 /* the directory itself tells the kind */
	enum kind kind;
};

/*
 * Opens the root, before Landlock.  contained: something else (no Root, or
 * chroot) already keeps absolute links inside; without that and without
 * openat2(2), links can't be followed safely: ERR_SANDBOX.
 */
int jail_open(struct jail *j, const char *root, bool follow, bool contained);

void jail_close(struct jail *j);

/*
 * Makes a directory beneath the root the root, reached without any link: what
 * a peer may have put on the way can't lead out.
 */
int jail_narrow(struct jail *j, const char *path);

/*
 * Makes a directory beneath the root the working directory: for a program
 * that is handed the session.
 */
int jail_chdir(const struct jail *j, const struct relpath *path);

/*
 * A source's operand, open for reading, with what it is: a file or directory.
 * ERR_KIND for anything else, found before opening it; ERR_LINK, ERR_ESCAPE.
 */
int
jail_find(const struct jail *j, const struct relpath *path, struct node *out);

/* Does anything stand at this path? */
bool jail_exists(const struct jail *j, const struct relpath *path);

/*
 * An entry of an open directory, the same way.  path is where it stands from
 * the root: a symbolic link is followed from there.
 */
int jail_open_entry(const struct jail *j, const struct node *dir,
    const struct entry *entry, const struct relpath *path, struct node *out);

/*
 * The next entry after *resume (0: the first), which is moved past it; "." and
 * ".." and temporary files of ours are left out.  ERR_EOF at the end.
 */
int jail_next(
    struct scan *s, const struct node *dir, int64_t *resume, struct entry *out);

/* The buffer forgets a directory that is about to be closed. */
void jail_scan_forget(struct scan *s, const struct node *dir);

/*
 * Reads some of a file.  0 with *got octets, 0 octets at its end, or an errno.
 */
int jail_read(const struct node *n, void *buf, size_t cap, size_t *got);

void jail_close_node(struct node *n);

/*
 * A sink's operand, before the filter: a directory to store in, or a
 * directory and a name in it.  A link is resolved once, to the file or
 * directory it names.  devices: a character device may be opened.
 * ENOENT when the parent is missing.
 */
int jail_target(const struct jail *j, const struct relpath *path, bool devices,
    struct target *out);
void jail_close_target(struct target *t);

/*
 * Enters a directory below dir, which is made with this mode when it is
 * missing (*made says so).  ENOTDIR; ERR_LINK for a symbolic link.
 */
int jail_enter(const struct dir *dir, const struct name *name, mode_t mode,
    struct dir *out, bool *made);

/* By descriptor only; mode has 9 bits. */
int jail_set_mode(const struct dir *dir, mode_t mode);
int jail_set_times(const struct dir *dir, const struct timespec times[2]);

/* Sync always: the names in it, on stable storage. */
int jail_sync(const struct dir *dir);

void jail_close_dir(struct dir *dir);

/*
 * For jail_store.c and upload.c, the rest of this layer.
 *
 * Opens a text beneath the root, links by policy: a descriptor in *out.  text
 * has no "..", except from a link's own words, where the kernel scopes it.
 */
int
jail_open_beneath(const struct jail *j, const char *text, int flags, int *out);

/* 0 for a file or directory, else why not: ERR_LINK, ERR_KIND. */
int jail_refuse_kind(enum kind kind);

/*
 * openat(2) that is not disturbed by our timer: a descriptor, or a negative
 * errno.
 */
int jail_openat(int dir, const char *name, int flags, mode_t mode);
int jail_fstat(int fd, struct info *out);

/*
 * Looks at what stands under a name, without following or opening it.  0 or an
 * errno; ENOENT when nothing does.
 */
int jail_stat_name(
    const struct dir *dir, const struct name *name, struct info *out);

#endif
