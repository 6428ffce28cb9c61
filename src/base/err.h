#ifndef SCP_ERR_H
#define SCP_ERR_H

#include <stdbool.h>

/*
 * An error is one int: 0 for none, a positive errno that a system call on the
 * served tree returned, or one of the negative codes of err.def that this
 * program defines.
 */
#define ERR(code, token, fate, tell, about, status, keyword, words) code,
#define ERRNO(code, words)
enum {
	ERR_BEFORE_ALL = -1000, /* no error: the codes follow it */
#include "base/err.def"
};

/* What becomes of the session. */
enum err_fate {
	FATE_GO_ON, /* the item fails and the session goes on */
	FATE_STOP,  /* the session ends */
};

/* The reply that the peer gets, if it waits for one. */
enum err_tell {
	TELL_OK,    /* \0: the peer itself reported the failure */
	TELL_WORDS, /* \1 or \2 and the message */
	TELL_NONE,  /* none: the peer is gone or no longer reads */
};

/* A row of err.def, with narrow fields, since there are many rows. */
struct err_info {
	short code;
	enum err_fate fate : 8;
	enum err_tell tell : 8;
	bool about_item;      /* the message begins with the item's path */
	unsigned char status; /* exit status it raises to: 0, 1, 2 or 78 */
	unsigned short text;  /* where err.c has its token and words */
};

/*
 * Returns the row for an error, or for 0.  It is never NULL: an unknown errno
 * gets a row that lets the item fail, and an unknown negative code one that
 * ends the session.
 */
const struct err_info *err_info(int err);

/* Returns what a row is called in the audit record: "ENOSPC". */
const char *err_token(const struct err_info *info);

/* Returns what a row says to people: "No space left on device". */
const char *err_words(const struct err_info *info);

/*
 * Returns the exit status that an error raises to.  An error with which the
 * session could go on is 1, and 2 when it ends the session because of where it
 * happened.
 */
int err_status(const struct err_info *info, bool ends);

#endif
