#ifndef SCP_LINK_H
#define SCP_LINK_H

#include "base/name.h"
#include "tree/tree.h"
#include "tree/upload.h"

/* The most old files that are kept of one name. */
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
 * For upload.c and publish.c.  Fills up->old and up->have_old with what
 * has the name of an upload.  Returns 0, or an error when the name is taken and
 * may not be replaced.
 */
int upload_look(struct upload *up);

/*
 * Makes the checks of an upload that need no open file.  Returns 0 or the
 * errors of upload_begin().
 */
int upload_check_place(struct upload *up);

/*
 * Overwrite inplace: opens the old file for writing if it is still the one that
 * was checked.  Returns 0, ERR_LINK for a link, EAGAIN or another errno.
 */
int upload_open_inplace(struct upload *up);

/*
 * Makes the name NAME.~N~ of a version.  A name that has no room for it is cut:
 * upload_check_place() refuses such a name.
 */
void upload_name_version(struct name *out, const struct name *name, int n);

/*
 * Gives a file its mode and, as far as it keeps them of the file that it
 * replaces, its owner and group; up->now is what it is then.  Returns 0 or an
 * errno.  A mode that the file system refuses is up->refused_mode, and an error
 * only if the one that the file has gives more.
 */
int upload_give_mode(struct upload *up, const struct upload_meta *meta);

/*
 * As upload_give_mode(), and gives it its times.  Sets up->mode, and
 * up->refused_times when the file system refuses those.
 */
int upload_give_all(struct upload *up, const struct upload_meta *meta);

/*
 * Gives an unnamed file its first name: one system call, tried again when the
 * timer interrupts it.  Returns 0 or an errno.
 */
int
upload_link_unnamed(enum upload_link how, int fd, int dir, const char *name);

/* Finds out how unnamed files get names on this kernel, once a session. */
void upload_probe_link(struct upload_rules *rules, int fd, int dir);

/* Removes temporary files that killed sessions left over a day ago. */
void upload_sweep(const struct dir *dir);

#endif
