#ifndef SCP_ROWS_H
#define SCP_ROWS_H

#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * The rows of the account database: of the name service, or in a static program
 * of the files alone.
 */

/*
 * Set *out to the row of this name, or without a name to that of this number,
 * or to NULL when there is none.  It is there until the next call.  Return 0,
 * or an errno when the lookup could not be made: an entry that is missing is
 * none.
 */
int rows_user(uid_t uid, const char *name, struct passwd **out);
int rows_group(gid_t gid, const char *name, struct group **out);

/*
 * Sets *list, to be freed, and *count to the groups of an account, its own one
 * first.  Returns 0, or an errno, and then there is nothing to be freed.
 */
int rows_groups_of(const char *name, gid_t gid, gid_t **list, size_t *count);

/*
 * Open a file of the database, return its next row, and close it.  A file that
 * is missing is empty.  rows_end() returns 0, or an errno when not every row
 * was read: also those that could have been found by a lookup are then unknown.
 */
struct rows {
	FILE *file;
	int error;
};

void rows_begin(struct rows *r, const char *path);
struct passwd *rows_next_user(struct rows *r);
struct group *rows_next_group(struct rows *r);
int rows_end(struct rows *r);

/* The files; a test may name others. */
extern const char *rows_users_file, *rows_groups_file;

#endif
