#ifndef SCP_UPLOAD_NAME_H
#define SCP_UPLOAD_NAME_H

#include "jail.h"
#include "name.h"
#include "upload.h"

/* Old files that are kept of one name. */
#define UPLOAD_VERSIONS_MAX 9999

/* Octets of ".~9999~". */
#define UPLOAD_VERSION_ROOM 7

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

/*
 * For upload.c and upload_publish.c: what stands under an upload's name, as far
 * as it may be replaced.
 */
int upload_look(struct upload *up);

/*
 * How files get, change and lose their names.  Each call is one
 * system call that our timer does not disturb; 0 or an errno.
 */

/* Gives an unnamed file its first name. */
int
upload_link_unnamed(enum upload_link how, int fd, int dir, const char *name);

/* A second name for a file in its directory; a link is not followed. */
int upload_link(int dir, const char *from, const char *to);

/* Renames within a directory; flags are renameat2(2)'s. */
int
upload_rename(int dir, const char *from, const char *to, unsigned int flags);

/* Removes a temporary of ours; that it is gone already is no error. */
void upload_unlink(int dir, const struct name *name);

/* Finds out, once a session, how unnamed files get names on this kernel. */
void upload_probe_link(struct upload_rules *rules, int fd, int dir);

/* Removes temporaries that killed sessions left here over a day ago. */
void upload_sweep(const struct dir *dir);

#endif
