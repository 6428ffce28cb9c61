#ifndef SCP_REQUESTS_H
#define SCP_REQUESTS_H

#include "sftp/sftp.h"

/*
 * S11: what a request needs of the policy.  Nothing else in this folder asks
 * which way a session may copy.  Whether Modify own is enough for one file or
 * directory depends on that, and is asked where it was looked at.
 */
enum needs {
	NEEDS_NOTHING,
	NEEDS_READ,    /* Access: it tells what is in files */
	NEEDS_WRITE,   /* Access: it changes something, as all from here on */
	NEEDS_BOTH,    /* Access: it does both */
	NEEDS_MODIFY,  /* Modify: it removes or changes names */
	NEEDS_LINKS,   /* Links: it makes one */
	NEEDS_REPLACE, /* Overwrite: it takes a name that is taken */
};

/*
 * Returns 0, ERR_WRITE_ONLY, ERR_READ_ONLY, ERR_MODIFY, ERR_LINKS or
 * ERR_EXISTS.
 */
int sftp_may(const struct sftp *x, enum needs needs);

/*
 * Serves a request whose id was read, and answers it.  in is what follows the
 * id.
 */
void sftp_serve(struct sftp *x, uint8_t type, struct packet_reader *in);

/* Writes VERSION, with the extensions that this session may use. */
void sftp_greet(struct sftp *x);

#endif
