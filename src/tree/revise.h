#ifndef SCP_REVISE_H
#define SCP_REVISE_H

#include "tree/upload.h"

/*
 * An upload whose octets come in any order, and that may begin as the file that
 * it is to replace.  It is written to a new file all the same.  The old one is
 * its base: what the peer does not write is copied from there, once, and only
 * when something is written behind it or nothing more comes.  A peer that
 * writes the whole from its beginning and says how long it is needs no copy.
 */
struct revision {
	struct upload up;
	int reader;	   /* what is read back from; -1: nothing */
	int base;	   /* the old file; -1: none that can be read */
	int base_error;	   /* why it can't be, if it should */
	int64_t base_size; /* octets that may be missing; 0: none are */
	int64_t end;	   /* octets of the new file */
	int64_t straight;  /* octets from its beginning without a gap */
	int64_t summed;	   /* octets that are in up.sum */
	bool appends;	   /* every octet goes to its end */
	bool jumbled;	   /* up.sum is not that of the file so far */
	int64_t poured;	   /* octets that were written in all */
	int64_t fetched;   /* octets that were copied of the old file */
	bool blind;	   /* the old file is hidden: no gap can be filled */
	int64_t tail;	   /* with blind: octets of the old file that must
			      not get lost; 0: any may */
};

/* How a revision begins. */
struct revision_start {
	mode_t mode;
	int64_t size; /* that was announced; 0: none was */
	/* it does not begin as the old file; if that is written in place, the
	   caller cuts it by revise_cut() */
	bool truncate;
	bool exclusive; /* a name that is taken is refused: EEXIST */
	bool must_be;	/* a name that is free is refused: ENOENT */
	bool reads;	/* it is read back */
	bool appends;	/* every octet goes to its end */
};
#define REVISION_NONE                                       \
	{                                                   \
		.up = UPLOAD_NONE, .reader = -1, .base = -1 \
	}

/*
 * Begins a revision, with the errors of upload_begin(), and EEXIST, ENOENT or
 * ERR_LINK.
 */
int revise_begin(struct revision *r, struct upload_rules *rules,
    struct dir *dir, const struct name *name, const struct revision_start *s);

/* Returns how many octets the file has, as the peer should see it. */
int64_t revise_size(const struct revision *r);

/*
 * Returns the length that the new file has just before a write at this offset,
 * after what is copied to fill the gap.
 */
int64_t revise_end_for(const struct revision *r, uint64_t at);

/*
 * Write n octets at an offset, set how many octets there are, and read from an
 * offset.  Each returns 0, an errno, ERR_MIN_FREE, or where the old file is
 * copied ERR_CHANGED or what the rules' pause() does.
 */
int revise_write(struct revision *r, int64_t at, const char *p, size_t n);
int revise_cut(struct revision *r, int64_t size);
int
revise_read(struct revision *r, int64_t at, void *buf, size_t cap, size_t *got);

/*
 * Writes n octets that another file has from an offset.  Returns also
 * ERR_CHANGED if that has fewer, or what the rules' pause() does.
 */
int
revise_copy(struct revision *r, int64_t at, int from, int64_t in, int64_t n);

/*
 * Sets *fd to what the file can be read from, and *size to its octets there.
 * Returns 0, EACCES if it can't be read, or an error of copying the old file.
 */
int revise_source(struct revision *r, int *fd, int64_t *size);

/*
 * Prepares for revise_read(): a file that is written in place has to be opened
 * for that.  Returns 0, EAGAIN if it has been replaced, or another errno.
 */
int revise_reads(struct revision *r);

/* Copies what is missing of the old file.  Returns as revise_write(). */
int revise_whole(struct revision *r);

/*
 * Makes the file appear under another name in the end.  Returns 0, EEXIST when
 * that is taken and replaces is false, EBUSY for an upload that replaces a file
 * or whose file has a name already, EXDEV for a directory on another file
 * system, or the errors of upload_begin().
 */
int revise_move(struct revision *r, struct dir *dir, const struct name *name,
    bool replaces);

/* As upload_finish(), after what is missing was copied. */
int revise_finish(struct revision *r, const struct upload_meta *meta);

/* As upload_publish() and upload_abort(). */
int revise_publish(struct revision *r, const struct upload_meta *meta);
void revise_abort(struct revision *r);

#endif
