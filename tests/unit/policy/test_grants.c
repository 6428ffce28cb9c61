/*
 * What a session may do: for every policy, request and way of publishing the
 * calls that the code makes are within the column of the filter, and what is
 * granted is what the policy says.
 */
#include "policy/grants.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>

#include "sandbox/confine.h"
#include "unit.h"

/* The rows of the table of system calls: call, columns, reason. */
#define CALL(call, columns, condition, reason) { call, columns, reason },

static const struct row {
	const char *call;
	const char *columns;
	const char *reason;
} rows[] = {
#include "seccomp_rules.i"
};

/* The letter of each program in the columns, in the order of the enum. */
static const char letters[] = "SWNGTRMVOHIJUZDEAPBKCFXY";

_Static_assert(sizeof(letters) - 1 == PROGRAM_COUNT, "a column is missing");

/* The calls that the code makes by virtue of each grant, by their reasons. */
static const struct need {
	enum grant grant;
	const char *call;
	const char *reason;
} needs[] = {
	{ GRANT_LIST, "close", "takes nothing" },
	{ GRANT_CREATE, "openat", "what has a name" },
	{ GRANT_CREATE, "openat", "to store in" },
	{ GRANT_CREATE, "openat", "a new file" },
	{ GRANT_CREATE, "write", "replies, new files" },
	{ GRANT_CREATE, "fallocate", "room, no holes" },
	{ GRANT_CREATE, "statx", "append-only, mounted" },
	{ GRANT_CREATE, "linkat", "publish" },
	{ GRANT_CREATE, "linkat", "too" },
	{ GRANT_CREATE, "fsync", "Sync always: a directory" },
	{ GRANT_CREATE, "fdatasync", "Sync always: a file" },
	{ GRANT_MAKE_DIRECTORIES, "mkdirat", "-r; Landlock decides" },
	{ GRANT_SET_ID, "fchmod", "SetIdBits" },
	{ GRANT_SETGID, "fchmod", "group dirs" },
	{ GRANT_REPLACE, "renameat2", "over the old" },
	{ GRANT_REMOVE, "renameat2", "free" },
	{ GRANT_REMOVE, "unlinkat", "our temporary" },
	{ GRANT_NAME_TEMPORARIES, "openat", "a named one" },
	{ GRANT_NAME_TEMPORARIES, "linkat", "as a rename" },
	{ GRANT_EXCHANGE, "renameat2", "kept" },
	{ GRANT_WRITE_OLD, "openat", "the old file" },
	{ GRANT_WRITE_OLD, "ftruncate", "length of what is written" },
	{ GRANT_READ, "getdents64", "entries of a directory" },
	{ GRANT_READ, "sendfile", "peers" },
};

static const struct row *
row_of(const struct need *need)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].call, need->call) == 0 &&
		    strcmp(rows[i].reason, need->reason) == 0)
			return &rows[i];
	ck_abort_msg("no row: %s, %s", need->call, need->reason);
	return NULL;
}

static void
column_has(enum confine_program program, unsigned int grants)
{
	for (size_t i = 0; i < COUNT(needs); i++)
		if ((grants & needs[i].grant) != 0 &&
		    (needs[i].grant != GRANT_SETGID ||
			(grants & GRANT_SET_ID) == 0)) /* has this one, too */
			ck_assert_msg(strchr(row_of(&needs[i])->columns,
					  letters[program]) != NULL,
			    "grants %#x, program %c: no %s (%s)", grants,
			    letters[program], needs[i].call, needs[i].reason);
}

/* Calls fn for every policy of a sink that policy_complete() takes. */
static void
each_policy(void (*fn)(const struct policy *))
{
	const char *why;
	struct policy p;
	int count = 0;

	for (unsigned int n = 0; n < 3U * 4 * 2 * 2 * 2 * 2 * 2 * 2; n++) {
		policy_init(&p);
		p.access = (enum access)(n % 3);
		p.overwrite = (enum overwrite)(n / 3 % 4);
		if (n / 12 % 2 != 0)
			p.set |= UINT64_C(1) << KEY_OVERWRITE;
		p.set_id_bits = n / 24 % 2 != 0;
		if (n / 48 % 2 != 0)
			(void)strcpy(p.root, "/srv");
		p.chroot = n / 96 % 2 != 0;
		p.make_parents = n / 192 % 2 != 0;
		p.directory_mode = 02555;
		if (n / 384 % 2 != 0)
			p.set |= UINT64_C(1) << KEY_DIRECTORY_MODE;
		if (policy_complete(&p, &why) != 0 ||
		    policy_check_direction(&p, true) != 0)
			continue;
		fn(&p);
		count++;
	}
	ck_assert_int_gt(count, 40);
}

static void
calls_are_within(const struct policy *p)
{
	unsigned int grants;

	for (int recursive = 0; recursive <= 1; recursive++)
		for (int publish = PUBLISH_UNNAMED; publish <= PUBLISH_NAMED;
		     publish++) {
			grants = grants_of_sink(p, recursive != 0,
			    (enum publish)publish, recursive != 0);
			column_has(confine_program_for(grants, false), grants);
			grants = grants_of_sftp(
			    p, (enum publish)publish, recursive != 0);
			column_has(confine_program_for(grants, false), grants);
			ck_assert(recursive != 0 ||
			    (grants & GRANT_SETGID) == 0 ||
			    policy_is_set(p, KEY_DIRECTORY_MODE));
		}
}

START_TEST(the_calls_of_every_grant_are_in_the_column_that_is_chosen)
{
	each_policy(calls_are_within);
	column_has(
	    confine_program_for(grants_of_source(), false), grants_of_source());
	column_has(
	    confine_program_for(grants_of_source(), true), grants_of_source());
}
END_TEST

/* Of all unions of grants, not only those that a policy can make. */
START_TEST(no_union_of_grants_of_a_sink_is_beyond_its_column)
{
	const unsigned int others =
	    GRANT_READ | GRANT_OFFSETS | GRANT_CUT | GRANT_MODIFY;

	for (unsigned int g = 0; g < GRANT_SETGID * 2; g++)
		if ((g & others) == 0)
			column_has(confine_program_for(
				       g | GRANT_CREATE | GRANT_LIST, false),
			    g | GRANT_CREATE | GRANT_LIST);
}
END_TEST

static void
the_unknown_holds_both(const struct policy *p)
{
	unsigned int unknown = grants_of_sink(p, true, PUBLISH_UNKNOWN, false);
	unsigned int unnamed = grants_of_sink(p, true, PUBLISH_UNNAMED, false);
	unsigned int named = grants_of_sink(p, true, PUBLISH_NAMED, false);

	/* a named temporary is no right of Landlock's own */
	ck_assert_uint_eq(unnamed & ~unknown, 0);
	ck_assert_uint_eq(named & ~(unknown | GRANT_NAME_TEMPORARIES), 0);
}

START_TEST(before_the_target_is_known_nothing_is_granted_that_it_may_lack)
{
	each_policy(the_unknown_holds_both);
}
END_TEST

static void
follows_the_policy(const struct policy *p)
{
	unsigned int g = grants_of_sink(p, false, PUBLISH_UNNAMED, false);
	bool deny = p->overwrite == OVERWRITE_DENY;

	ck_assert_uint_eq(g & GRANT_READ, 0);
	ck_assert_int_eq((g & GRANT_MAKE_DIRECTORIES) != 0, p->make_parents);
	/* the directory above the target gets its mode in the end */
	ck_assert_int_eq((g & GRANT_SETGID) != 0,
	    p->make_parents && policy_is_set(p, KEY_DIRECTORY_MODE));
	ck_assert_int_eq((g & GRANT_REPLACE) != 0, !deny);
	ck_assert_int_eq((g & GRANT_REMOVE) != 0, !deny);
	ck_assert_int_eq((g & GRANT_SET_ID) != 0, p->set_id_bits);
	ck_assert_int_eq(
	    (g & GRANT_WRITE_OLD) != 0, p->overwrite == OVERWRITE_INPLACE);
	ck_assert_int_eq(
	    (g & GRANT_EXCHANGE) != 0, p->overwrite == OVERWRITE_VERSIONS);
	ck_assert_int_eq((g & GRANT_EVERYWHERE) != 0, !policy_is_confined(p));
	if (policy_only_adds(p))
		ck_assert_uint_eq(
		    grants_of_sink(p, false, PUBLISH_NAMED, false) &
			(GRANT_REMOVE | GRANT_NAME_TEMPORARIES),
		    0);
}

START_TEST(what_is_granted_is_what_the_policy_says)
{
	each_policy(follows_the_policy);
	ck_assert_uint_eq(grants_of_source(), GRANT_READ | GRANT_LIST);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_calls_of_every_grant_are_in_the_column_that_is_chosen,
		no_union_of_grants_of_a_sink_is_beyond_its_column,
		before_the_target_is_known_nothing_is_granted_that_it_may_lack,
		what_is_granted_is_what_the_policy_says,
	};

	return unit_run("grants", tests, COUNT(tests));
}
