#ifndef SCP_ADMIT_H
#define SCP_ADMIT_H

#include "session/session.h"

/*
 * The one place where it is decided whether a session may create something
 * more: a file of this announced size, or with size 0 a directory.  Called
 * before anything is made in dir.  Returns 0, the errors of
 * policy_check_new(), ERR_MIN_FREE or an errno.
 */
int admit(const struct session *s, const struct dir *dir, int64_t size);

/* Counts what was created. */
void admit_count(struct session *s, int64_t size);

#endif
