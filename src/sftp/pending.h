#ifndef SCP_PENDING_H
#define SCP_PENDING_H

#include "sftp/sftp.h"

/*
 * Files that are being uploaded have no name yet.  Requests of the same session
 * find them all the same, by the paths that they will have.
 */

/* Returns the handle that last opened this path for writing, or NULL. */
struct handle *pending_find(struct sftp *x, const struct relpath *path);

/* No upload that is open under this path will get a name. */
void pending_remove(struct sftp *x, const struct relpath *path);

/* Tells what an upload is: with the size that its peer wrote. */
int pending_info(const struct handle *h, struct info *out);

#endif
