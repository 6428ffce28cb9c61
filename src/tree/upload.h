#ifndef SCP_UPLOAD_H
#define SCP_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/digest.h"
#include "policy/policy.h"
#include "tree/tree.h"

/*
 * An upload is written to a file without a name, or with a temporary one.  One
 * system call then gives the complete file its name.  Until then nothing
 * changes under that name:
 *
 *   new name    O_TMPFILE, bytes, mode and times, linkat to a temporary name,
 *               renameat2 to the name if it is free
 *   add         the same, but linkat to the name: Overwrite deny, which may
 *               not rename, and where renaming fails
 *   replace     as new name, but renameat2 over the old
 *   named       where a file system has no O_TMPFILE: a temporary name from
 *               the start, renameat2 at the end
 *   versions    as replace, and the old file gets the name NAME.~N~ first
 *   inplace     Overwrite inplace: the old file itself
 *   device      a character device that was named as the target
 *
 * Only the last two open a file for writing that existed before.
 */

/* How an unnamed file gets a name on this kernel. */
enum upload_link {
	UPLOAD_LINK_UNKNOWN, /* no directory to try it in yet */
	UPLOAD_LINK_NONE,    /* not at all */
	UPLOAD_LINK_EMPTY,   /* linkat with AT_EMPTY_PATH */
	UPLOAD_LINK_PROC,    /* linkat through /proc/self/fd */
};

/* What is the same for every upload of a session. */
struct upload_rules {
	enum overwrite overwrite;
	enum upload_link link;
	bool may_name;	 /* temporary files may have names */
	bool may_setgid; /* directories may be given the set-group-ID bit */
	bool sync;	 /* Sync always */
	enum digest digest;
	mode_t mode_mask; /* 0777, or 06777 with SetIdBits */
	int64_t min_free; /* octets that have to stay free */
	int64_t size_max; /* octets of a file: RLIMIT_FSIZE */
	uid_t uid;	  /* the process's own */
	dev_t log_dev;	  /* the file that the log is written to, which no */
	ino_t log_ino;	  /* upload touches under any name; 0: none */
	dev_t locked_dev; /* what upload_prepare_name() has found */
	ino_t locked_ino;
	unsigned int locked;
	uint64_t next_temp; /* number of the next temporary name */
	int64_t poured;	    /* octets that upload_write_at() has written, to */
			    /* all files, since it looked at MinFree */
	bool read_back;	    /* what is written can be read */
	bool keep;   /* an unnamed file stays open when it has its name */
	bool hidden; /* a file that is replaced can't be read */
	/* asked during long work: 0, or the error that ends the session */
	int (*pause)(void *with);
	void *pause_with;
};

/* The mode and times that the peer sent for a file. */
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
	bool exclusive;	  /* whatever overwrite says, it replaces nothing */
	bool about_dir;	  /* EACCES of upload_begin() is about the directory */
	bool has_owner;	  /* one was set, and the old one is not kept */
	struct info old;  /* what had the name before, with have_old */
	int64_t size;	  /* octets that were announced */
	int64_t reserved; /* octets of them that fallocate(2) has reserved */
	int64_t written;  /* octets */
	int64_t checked;  /* what was written when MinFree was last looked at */
	bool uncut;	  /* upload_finish() leaves its length alone */
	struct info now;  /* after upload_finish(): what is stored */
	mode_t mode;	  /* of it */
	int refused_mode; /* after it: the errno with which the file system */
	int refused_times; /* has refused these, but not the file; 0: none */
	struct digest_sum sum;
	char digest[DIGEST_TEXT_SIZE]; /* after upload_finish() */
};
#define UPLOAD_NONE      \
	{                \
		.fd = -1 \
	}

/*
 * Finds out how files get names in this directory: sets rules->link, which is
 * UPLOAD_LINK_UNKNOWN before, or dir->no_tmpfile.  Changes nothing on disk.
 * Returns 0, or an errno when no file can be made there.
 */
int upload_probe(struct upload_rules *rules, struct dir *dir);

/*
 * Finds out how unnamed files get names in this directory, and, except with
 * Overwrite versions, removes temporary files of this program that are older
 * than a day.  Called before the filter is installed.  seed is the number of
 * the first temporary name and should differ from that of other sessions.
 */
void upload_prepare(struct upload_rules *rules, struct dir *dir, uint64_t seed);

/*
 * Remembers whether what has this name is immutable, append-only or a mount
 * point, which upload_begin() refuses: before kernel 6.11 it can't be asked for
 * under a filter.  Called before that, for the one name of a target.
 */
void upload_prepare_name(
    struct upload_rules *rules, const struct dir *dir, const struct name *name);

/*
 * Begins an upload of size octets.  Everything that can be checked before the
 * first byte is checked here, and from 1 MiB on room is reserved.  Returns 0,
 * ERR_EXISTS, EISDIR, ERR_KIND, ERR_LINK, ERR_LOG, EACCES, ERR_MIN_FREE,
 * ENOSPC, ERR_NO_PUBLISH or another errno.
 */
int upload_begin(struct upload *up, struct upload_rules *rules, struct dir *dir,
    const struct name *name, mode_t mode, int64_t size);

/*
 * Finds out whether an upload under this name would be refused, as far as that
 * can be known before the first byte, and changes nothing.  A name of NULL is
 * any name that is free.  Called without a filter, after upload_probe().
 * Returns 0 or the errors of upload_begin().
 */
int upload_foresee(
    struct upload_rules *rules, struct dir *dir, const struct name *name);

/* Begins an upload to a device, which is already open. */
void upload_begin_device(struct upload *up, int device);

/*
 * Writes n octets.  Every 16 MiB, MinFree is checked again for the rest.
 * Returns 0, ERR_MIN_FREE or an errno.
 */
int upload_write(struct upload *up, const char *p, size_t n);

/*
 * As upload_write(), at an offset, which leaves a hole where nothing was
 * written.  The two are not to be mixed in one upload.  MinFree is checked
 * after every 16 MiB, of all files with the same rules together.
 */
int upload_write_at(struct upload *up, int64_t at, const char *p, size_t n);

/*
 * For a name that another file is to be renamed to: whether what stands there
 * may be replaced, with the errors of upload_begin().  With Overwrite versions
 * it gets another name as well, *version, which is "" if there is none.  up has
 * rules, dir and name.  If that is a name of the same file nothing is replaced,
 * and have_old is false.
 */
int upload_may_replace(
    struct upload *up, const struct info *by, struct name *version);

/*
 * upload_finish() gives the file its mode and times and sets mode, digest,
 * refused_mode and refused_times; upload_publish() then gives it its name.
 * Each returns 0 or an error, and then the name still refers to what it did
 * before; with Sync always an error of upload_publish() may also come after the
 * file has got it.  A mode that is refused is an error only where the file
 * would have rights that were not asked for.
 */
int upload_finish(struct upload *up, const struct upload_meta *meta);
int upload_publish(struct upload *up, const struct upload_meta *meta);

/*
 * Removes an upload.  After an upload_publish() that returned 0 it does
 * nothing, but with keep closes the file.
 */
void upload_abort(struct upload *up);

#endif
