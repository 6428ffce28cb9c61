#include "policy.h"

#include "err.h"
#include "unit.h"

/* S6.  A policy as options would leave it. */
static struct policy
made(const char *root, enum access access, enum overwrite overwrite)
{
	struct policy p;

	memset(&p, 0xa5, sizeof(p));
	policy_init(&p);
	(void)snprintf(p.root, sizeof(p.root), "%s", root);
	p.access = access;
	p.overwrite = overwrite;
	return p;
}

START_TEST(an_open_session_gets_the_open_defaults)
{
	struct policy p = made("", ACCESS_READ_WRITE, OVERWRITE_UNSET);
	const char *why;

	ck_assert_int_eq(policy_complete(&p, &why), 0);
	ck_assert(!policy_is_confined(&p));
	ck_assert_int_eq(p.access, ACCESS_READ_WRITE);
	ck_assert_int_eq(p.overwrite, OVERWRITE_REPLACE);
	ck_assert_int_eq(p.symlinks, SYMLINKS_FOLLOW);
	ck_assert_int_eq(p.sandbox, SANDBOX_PREFER);
	ck_assert_uint_eq(p.depth, 256);
	ck_assert_uint_eq(p.idle_timeout, 0);
	ck_assert_uint_eq(p.session_timeout, 0);
	ck_assert_uint_eq(p.umask, POLICY_UMASK_INHERIT);
	ck_assert(!p.chroot && !p.audit_off);
	ck_assert_int_eq(p.audit_format, AUDIT_JSON);
}
END_TEST

START_TEST(a_confined_session_gets_the_confined_defaults)
{
	struct policy p = made("/srv", ACCESS_READ_WRITE, OVERWRITE_UNSET);
	const char *why;

	ck_assert_int_eq(policy_complete(&p, &why), 0);
	ck_assert(policy_is_confined(&p));
	ck_assert_int_eq(p.overwrite, OVERWRITE_REPLACE);
	ck_assert_int_eq(p.symlinks, SYMLINKS_REFUSE);
	ck_assert_int_eq(p.sandbox, SANDBOX_REQUIRE);
	ck_assert_uint_eq(p.depth, 64);
	ck_assert_uint_eq(p.idle_timeout, 300);
	ck_assert_uint_eq(p.session_timeout, 0);
}
END_TEST

START_TEST(a_root_of_slash_is_confined_too)
{
	struct policy p = made("/", ACCESS_READ_WRITE, OVERWRITE_UNSET);
	const char *why;

	ck_assert_int_eq(policy_complete(&p, &why), 0);
	ck_assert(policy_is_confined(&p));
	ck_assert_int_eq(p.symlinks, SYMLINKS_REFUSE);
}
END_TEST

START_TEST(what_was_set_is_kept)
{
	struct policy p = made("/srv", ACCESS_WRITE_ONLY, OVERWRITE_REPLACE);
	const char *why;

	p.symlinks = SYMLINKS_FOLLOW;
	p.sandbox = SANDBOX_PREFER;
	p.depth = 256;
	p.depth_set = true;
	p.idle_timeout = 0;
	p.idle_timeout_set = true;
	p.session_timeout = 9;
	p.umask = 027;
	ck_assert_int_eq(policy_complete(&p, &why), 0);
	ck_assert_int_eq(p.overwrite, OVERWRITE_REPLACE);
	ck_assert_int_eq(p.symlinks, SYMLINKS_FOLLOW);
	ck_assert_int_eq(p.sandbox, SANDBOX_PREFER);
	ck_assert_uint_eq(p.depth, 256);
	ck_assert_uint_eq(p.idle_timeout, 0);
	ck_assert_uint_eq(p.session_timeout, 9);
	ck_assert_uint_eq(p.umask, 027);
}
END_TEST

START_TEST(only_a_drop_box_only_adds)
{
	static const struct {
		enum access access;
		enum overwrite set, then;
		bool only_adds;
	} rows[] = {
		{ ACCESS_READ_WRITE, OVERWRITE_UNSET, OVERWRITE_REPLACE,
		    false },
		{ ACCESS_READ_ONLY, OVERWRITE_UNSET, OVERWRITE_REPLACE, false },
		{ ACCESS_WRITE_ONLY, OVERWRITE_UNSET, OVERWRITE_DENY, true },
		{ ACCESS_WRITE_ONLY, OVERWRITE_DENY, OVERWRITE_DENY, true },
		{ ACCESS_WRITE_ONLY, OVERWRITE_REPLACE, OVERWRITE_REPLACE,
		    false },
		{ ACCESS_READ_WRITE, OVERWRITE_DENY, OVERWRITE_DENY, false },
		{ ACCESS_READ_WRITE, OVERWRITE_INPLACE, OVERWRITE_INPLACE,
		    false },
	};
	struct policy p;
	const char *why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made("", rows[i].access, rows[i].set);
		ck_assert_int_eq(policy_complete(&p, &why), 0);
		ck_assert_int_eq(p.overwrite, rows[i].then);
		ck_assert_int_eq(policy_only_adds(&p), rows[i].only_adds);
	}
}
END_TEST

START_TEST(contradictions_are_refused_with_a_reason)
{
	static const struct {
		const char *root;
		bool chroot;
		enum access access;
		enum overwrite overwrite;
		unsigned int depth;
	} rows[] = {
		{ "srv", false, ACCESS_READ_WRITE, OVERWRITE_UNSET, 0 },
		{ "", true, ACCESS_READ_WRITE, OVERWRITE_UNSET, 0 },
		{ "/srv", false, ACCESS_READ_WRITE, OVERWRITE_INPLACE, 0 },
		{ "/", false, ACCESS_READ_WRITE, OVERWRITE_INPLACE, 0 },
		{ "", false, ACCESS_WRITE_ONLY, OVERWRITE_INPLACE, 0 },
		{ "", false, ACCESS_READ_WRITE, OVERWRITE_UNSET, 257 },
	};
	const char *why;
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made(rows[i].root, rows[i].access, rows[i].overwrite);
		p.chroot = rows[i].chroot;
		p.depth = rows[i].depth;
		p.depth_set = rows[i].depth > 0;
		why = NULL;
		ck_assert_msg(
		    policy_complete(&p, &why) == ERR_CONFIG, "row %zu", i);
		ck_assert_ptr_nonnull(why);
	}
}
END_TEST

START_TEST(chroot_goes_with_a_root)
{
	struct policy p = made("/srv", ACCESS_READ_WRITE, OVERWRITE_UNSET);
	const char *why;

	p.chroot = true;
	ck_assert_int_eq(policy_complete(&p, &why), 0);
	ck_assert(p.chroot);
}
END_TEST

START_TEST(access_decides_the_direction)
{
	static const struct {
		enum access access;
		int upload, download;
	} rows[] = {
		{ ACCESS_READ_WRITE, 0, 0 },
		{ ACCESS_READ_ONLY, ERR_READ_ONLY, 0 },
		{ ACCESS_WRITE_ONLY, 0, ERR_WRITE_ONLY },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made("", rows[i].access, OVERWRITE_UNSET);
		ck_assert_int_eq(
		    policy_check_direction(&p, true), rows[i].upload);
		ck_assert_int_eq(
		    policy_check_direction(&p, false), rows[i].download);
	}
}
END_TEST

START_TEST(depth_is_counted_from_nought)
{
	static const unsigned int limits[] = { 1, 64, 256 };
	struct policy p = made("", ACCESS_READ_WRITE, OVERWRITE_UNSET);

	for (size_t i = 0; i < COUNT(limits); i++) {
		p.depth = limits[i];
		ck_assert_int_eq(policy_check_depth(&p, 0), 0);
		ck_assert_int_eq(policy_check_depth(&p, limits[i] - 1), 0);
		ck_assert_int_eq(policy_check_depth(&p, limits[i]), ERR_DEPTH);
		ck_assert_int_eq(
		    policy_check_depth(&p, limits[i] + 1), ERR_DEPTH);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_open_session_gets_the_open_defaults,
		a_confined_session_gets_the_confined_defaults,
		a_root_of_slash_is_confined_too,
		what_was_set_is_kept,
		only_a_drop_box_only_adds,
		contradictions_are_refused_with_a_reason,
		chroot_goes_with_a_root,
		access_decides_the_direction,
		depth_is_counted_from_nought,
	};

	return unit_run("policy", tests, COUNT(tests));
}
