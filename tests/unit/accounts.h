#ifndef SCP_ACCOUNTS_H
#define SCP_ACCOUNTS_H

/*
 * What both forms of the account database promise: that of the C library and
 * that of a static program.
 */
#include "policy/account.h"
#include "unit.h"

static struct account a;

/* By its number an account is found without its groups. */
static inline void
check_by_uid(uid_t uid, const char *name, gid_t gid)
{
	a.group_count = 7;
	account_by_uid(&a, uid);
	ck_assert_str_eq(a.name, name);
	ck_assert_uint_eq(a.uid, uid);
	ck_assert_uint_eq(a.gid, gid);
	ck_assert_uint_eq(a.group_count, 0);
}

static inline void
check_unknown_names(const char *const *unknown, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(account_by_name(&a, unknown[i]), ENOENT);
}

#endif
