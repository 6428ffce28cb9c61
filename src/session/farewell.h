#ifndef SCP_FAREWELL_H
#define SCP_FAREWELL_H

#include <stddef.h>

#include "session/wire.h"

/*
 * How a session ends that is refused or given up.  A client may still be
 * sending, or not have looked at its input yet, and some lose our words when
 * we are gone by then.
 *
 * Reads what the peer sends and drops it: nothing of it is parsed.  After its
 * first newline the n octets at last are sent, if there are any: a peer that
 * took our first reply for a warning has then sent its first record and looks
 * for an answer.  Ends at end of input, after 2 s of silence, 10 s or 64 MiB,
 * or when the session's own limits end it.
 */
void farewell(struct wire *w, const char *last, size_t n);

/*
 * As farewell(), for a client of SFTP, which reads nothing but answers: INIT is
 * answered with version 3, and later requests with the message of this error.
 * Of a packet only its length, its type and its id are read.
 */
void farewell_sftp(struct wire *w, int err);

/*
 * As farewell(), where nothing may be read, because the process could not be
 * confined.  Waits until the peer has sent something before it sends last, and
 * then until the peer closes, at most 2 s each.
 */
void farewell_unread(struct wire *w, const char *last, size_t n);

#endif
