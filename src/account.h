#ifndef SCP_ACCOUNT_H
#define SCP_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "policy.h"

/* Groups of one account that we take over at most. */
#define ACCOUNT_GROUPS_MAX 1024

/* A row of the account database, read before the sandbox. */
struct account {
	char name[POLICY_USER_MAX];
	char home[PATH_MAX];  /* "/" where there is none */
	bool homeless;	      /* there is none */
	char shell[PATH_MAX]; /* /bin/sh where none is named */
	uid_t uid;
	gid_t gid;
	gid_t groups[ACCOUNT_GROUPS_MAX]; /* account_by_name() only */
	size_t group_count;
};

/*
 * The account with this uid.  One without a row gets its number as a name:
 * containers often have none, and files can be copied all the same.
 */
void account_by_uid(struct account *a, uid_t uid);

/*
 * The names of the groups that this process is in, NULL at the end; read at
 * the first call, kept for the process.
 */
const char *const *account_group_names(void);

/*
 * From here on account_group_names() tells of this account, not of the
 * process: before its first call.
 */
void account_name_groups(const struct account *a);

/* The account of this name, with its groups.  0, ENOENT or another errno. */
int account_by_name(struct account *a, const char *name);

#endif
