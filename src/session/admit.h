#ifndef SCP_ADMIT_H
#define SCP_ADMIT_H

#include "session/session.h"

/*
 * Whether the names in dir may change.  With Sync always they could not be
 * brought to stable storage where dir can't be opened.  Returns 0 or EACCES.
 */
int admit_change(const struct session *s, const struct dir *dir);

/*
 * The one place where it is decided whether a session may create something
 * more: a file of this announced size, or with size 0 a directory.  Called
 * before anything is made in dir.  Returns 0, the errors of admit_change() and
 * policy_check_new(), ERR_MIN_FREE or an errno.
 */
int admit(const struct session *s, const struct dir *dir, int64_t size);

/*
 * What one file that is not stored yet has counted so far.  admit_open() counts
 * what admit() allowed it: a size that was announced, for which there may be
 * room reserved, or 0.  admit_grow() asks for a size before octets are written,
 * and counts what is more than that.  It returns 0, EFBIG or the errors of
 * policy_check_grown().  admit_drop() takes back what was counted, when the
 * file is not stored.
 */
struct charge {
	int64_t files;
	int64_t bytes;	 /* that count in MaxSessionBytes */
	int64_t written; /* the octets that those are for */
};

void admit_open(struct session *s, struct charge *c, int64_t size);
int admit_grow(struct session *s, struct charge *c, int64_t size, int64_t more);
void admit_drop(struct session *s, struct charge *c);

/* Counts what was created. */
void admit_count(struct session *s, int64_t size);

#endif
