#ifndef SCP_WRITES_H
#define SCP_WRITES_H

#include "sftp/sftp.h"

/*
 * The functions below return 0 or an error.  The first two have answered with
 * the handle when they return 0.
 *
 * OPEN with FXF_WRITE: x->here is the path.  Where an upload of it is open the
 * mode in *attrs is replaced by the one of that.
 */
int
sftp_open_upload(struct sftp *x, uint32_t flags, struct packet_attrs *attrs);

/*
 * Begins an upload of x->here as OPEN with these flags and attributes does, and
 * sets *out to its handle.  An error leaves no handle.
 */
int sftp_begin_upload(struct sftp *x, uint32_t flags,
    const struct packet_attrs *attrs, struct handle **out);

/* OPEN with CREAT, but not to write: stores an empty file at x->here. */
int
sftp_create(struct sftp *x, uint32_t flags, const struct packet_attrs *attrs);

/* Another OPEN of a file that is being written: answers with its handle. */
int sftp_join(struct sftp *x, struct handle *h, uint32_t flags);

/*
 * CLOSE: gives a file its name.  A file of which a write failed has none, and
 * the error is that of the write.
 */
int sftp_end_upload(struct sftp *x, struct handle *h);

/*
 * Ends an upload without a CLOSE, because of the error why: it is discarded, or
 * kept as Interrupted says.
 */
void sftp_drop_upload(struct sftp *x, struct handle *h, int why);

/*
 * Writing n octets: sftp_charge() checks and counts them, and sets *at to where
 * they go in a file that is appended to.  It returns 0, EFBIG, what broke the
 * handle, or the errors of admit_grow().  sftp_wrote() is given the outcome e,
 * returns it, and breaks the handle if it is an error.
 */
int sftp_charge(struct sftp *x, struct handle *h, uint64_t *at, size_t n);
int sftp_wrote(struct sftp *x, struct handle *h, size_t n, int e);

/* Checks, counts and writes octets that are in memory. */
int sftp_write_piece(
    struct sftp *x, struct handle *h, uint64_t at, const char *p, size_t n);

/*
 * Before a handle is read: an upload that began as the old file, or that
 * another file was copied to, is a way to read that one.  What a client has
 * written itself is not.  Returns 0, or why it may not be read.
 */
int sftp_begin_reading(struct sftp *x, struct handle *h);

/*
 * Breaks a handle: its file is discarded, and every later use of it returns the
 * first error.  Returns err.
 */
int sftp_break(struct handle *h, int err);

/*
 * Whether the old file that an upload is to replace still has its name.  If so,
 * sets up.old.links to what it is now.
 */
bool sftp_has_name(struct handle *h);

/* SETSTAT and FSETSTAT of a file that is being uploaded. */
int sftp_set_pending(
    struct sftp *x, struct handle *h, const struct packet_attrs *attrs);

/*
 * Whether a client may set the owner: a confined one only to what it is.
 * Returns 0 or ERR_MODIFY.
 */
int sftp_check_owner(const struct sftp *x, const struct packet_attrs *attrs,
    const struct info *info);

/* The times of attributes, as futimens(2) takes them. */
void sftp_times_of(const struct packet_attrs *attrs, struct timespec times[2]);

#endif
