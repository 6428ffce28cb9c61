#ifndef SCP_ERR_H
#define SCP_ERR_H

#include <stdbool.h>

/*
 * An error is one int: 0 for none, a positive errno for what the kernel said
 * about the served tree, or one of the negative codes of err.def for what we
 * found ourselves.
 */
#define ERR(code, token, fate, tell, about, status, keyword, words) code,
#define ERRNO(code, words)
enum {
	ERR_BEFORE_ALL = -1000, /* no error: the codes follow it */
#include "err.def"
};

/* What becomes of the session. */
enum err_fate {
	FATE_GO_ON, /* this item failed, the session goes on */
	FATE_STOP,  /* the session ends here */
};

/* How the peer learns of it where an item is due a reply. */
enum err_tell {
	TELL_OK,    /* \0: the peer itself reported the failure */
	TELL_WORDS, /* \1 or \2, and the words */
	TELL_NONE,  /* nothing: the peer is gone or no longer listens */
};

/* Small, for there are many rows. */
struct err_info {
	short code;
	enum err_fate fate : 8;
	enum err_tell tell : 8;
	bool about_item;      /* the words need the item's path before them */
	unsigned char status; /* exit status it raises to: 0, 1, 2 or 78 */
	const char *token;    /* for the audit record: "ENOSPC" */
	const char *words;    /* for people: "No space left on device" */
};

/*
 * The row for an error.  Never NULL: an unknown errno fails its item, an
 * unknown code of ours stops the session.  err 0 has a row too.
 */
const struct err_info *err_info(int err);

#endif
