#ifndef SCP_UPLOAD_H
#define SCP_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "digest.h"
#include "jail.h"
#include "policy.h"

/*
 * A file is written where nobody can see it and appears under its name whole,
 * in one system call, or not at all:
 *
 *   new name    O_TMPFILE, bytes, mode and times, linkat
 *   replace     the same, linkat to a temporary name, renameat2 over the old
 *   named       where a file system has no O_TMPFILE: a temporary name from
 *               the start, renameat2 at the end
 *   versions    as replace, and the old file gets the name NAME.~N~ first
 *   inplace     Overwrite inplace: the old file itself
 *   device      a character device that was named as the target
 *
 * No file that existed before is opened for writing, but for the last two.
 */

/* How an unnamed file gets a name on this kernel. */
enum upload_link {
	UPLOAD_LINK_UNKNOWN, /* no directory to try it in yet */
	UPLOAD_LINK_NONE,    /* not at all */
	UPLOAD_LINK_EMPTY,   /* linkat with AT_EMPTY_PATH */
	UPLOAD_LINK_PROC,    /* linkat through /proc/self/fd */
};

/* What holds for every upload of a session. */
struct upload_rules {
	enum overwrite overwrite;
	enum upload_link link;
	bool may_name; /* the filter lets us create named temporaries */
	bool sync;     /* on stable storage before it is acknowledged */
	enum digest digest;
	mode_t mode_mask;   /* 0777, or 06777 with SetIdBits */
	int64_t min_free;   /* octets that have to stay free; 0: any */
	int64_t size_max;   /* octets of a file: RLIMIT_FSIZE of the process */
	uid_t uid;	    /* the process's own */
	uint64_t next_temp; /* number of the next temporary name */
};

/* What the peer says of a file, with -p and T. */
struct upload_meta {
	bool exact_mode; /* -p: mode is set as it is */
	mode_t mode;	 /* within mode_mask */
	bool have_times;
	struct timespec times[2]; /* atime, mtime: as futimens(2) */
};

enum upload_way {
	UPLOAD_UNNAMED,
	UPLOAD_NAMED,
	UPLOAD_INPLACE,
	UPLOAD_DEVICE,
};

struct upload {
	struct upload_rules *rules;
	struct dir *dir;
	struct name name;
	struct name temp; /* UPLOAD_NAMED */
	enum upload_way way;
	int fd;
	bool have_old;
	struct info old; /* what stood under the name */
	int64_t written; /* octets */
	struct digest_sum sum;
	char digest[DIGEST_TEXT_SIZE]; /* after upload_commit() */
};
#define UPLOAD_NONE      \
	{                \
		.fd = -1 \
	}

/*
 * Before the filter: finds out how unnamed files are published in this
 * directory and removes our temporaries that are older than a day.  seed
 * makes temporary names unlike those of other sessions.
 */
void upload_prepare(struct upload_rules *rules, struct dir *dir, uint64_t seed);

/*
 * All that can be judged before the first byte: ERR_EXISTS, EISDIR, ERR_KIND,
 * EACCES, ERR_MIN_FREE, ENOSPC (room for size octets is reserved from 1 MiB
 * on), ERR_NO_PUBLISH.
 */
int upload_begin(struct upload *up, struct upload_rules *rules, struct dir *dir,
    const struct name *name, mode_t mode, int64_t size);

/* An upload to a device that is open already. */
void upload_begin_device(struct upload *up, int device);

int upload_write(struct upload *up, const char *p, size_t n);

/* Publishes.  When it fails, what stood under the name still stands. */
int upload_commit(struct upload *up, const struct upload_meta *meta);

/* Nothing of it remains.  Does nothing after a commit. */
void upload_abort(struct upload *up);

#endif
