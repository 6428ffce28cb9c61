#ifndef SCP_ACCOUNT_H
#define SCP_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "policy/policy.h"

/* A row of the account database.  It is read before the process is confined. */
struct account {
	char name[POLICY_USER_MAX];
	char home[PATH_MAX];  /* "/" if the account has none */
	bool homeless;	      /* the account has no home */
	char shell[PATH_MAX]; /* /bin/sh if the account has none */
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* allocated by account_by_name(), else NULL */
	size_t group_count;
};

/*
 * Fills *a with the account of this uid: the row that LOGNAME names, if it has
 * this uid, else the first one.  A uid without a row gets its number as its
 * name and "/" as its home: in containers there is often no row.  A name that
 * does not fit counts as a lookup that failed, and so does one, or a number,
 * that is the name of an account with another uid.
 */
void account_by_uid(struct account *a, uid_t uid);

/*
 * Returns the names of the groups that this process is in, with NULL at the
 * end: those that the name service gives, and all that /etc/group has for a
 * group.  They are read by the first call and kept.  Returns NULL when a lookup
 * failed.
 */
const char *const *account_group_names(void);

/*
 * Returns whether this process is in the group of this name, which may be one
 * of several of the group: 1, 0, or -1 when a lookup failed.
 */
int account_in_group(const char *name);

/*
 * Returns the names that /etc/passwd and the name service have for the uid of
 * this process, with NULL at the end; a name may be there twice.  A client may
 * be able to choose among them.  Returns NULL when a lookup failed or there are
 * more than 64.
 */
const char *const *account_aliases(void);

/*
 * Makes account_group_names(), account_in_group() and account_aliases() answer
 * for this account, as in a session of it.  Called before any of them.  The
 * groups of *a are not copied.
 */
void account_ask_for(const struct account *a);

/*
 * Fills *a with the account of this name and its groups.  Returns 0, ENOENT
 * when there is no such account, or another errno.  Its groups are allocated,
 * and freed again after an error.
 */
int account_by_name(struct account *a, const char *name);

#endif
