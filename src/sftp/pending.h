#ifndef SCP_PENDING_H
#define SCP_PENDING_H

#include "sftp/sftp.h"

/*
 * Files that are being uploaded have no name yet.  Requests of the same session
 * find them all the same, by the paths that they will have.
 */

/*
 * Returns the handle that last opened this path for writing, or NULL.  One that
 * is broken is passed over, since it will never get the name.
 */
struct handle *pending_find(struct sftp *x, const struct relpath *path);

/* Whether an upload will get a name in this directory. */
bool pending_in(const struct sftp *x, const struct info *dir);

/*
 * From now on no upload that is open under this path will get a name.  With
 * stored, the handle of one that has just got it, this is about older ones to
 * which nothing was written since that one was opened, and until something is.
 */
void pending_remove(
    struct sftp *x, const struct relpath *path, const struct handle *stored);

/*
 * Fills *out with what an upload is so far, with the size that the peer should
 * see.  Returns 0, the error that broke the handle, or an errno.
 */
int pending_info(const struct handle *h, struct info *out);

#endif
