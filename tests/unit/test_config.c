#include "config.h"

#include "err.h"
#include "unit.h"

/* S2.  One option on a fresh policy. */
static int
set(struct policy *p, const char *option)
{
	unsigned long seen = 0;
	const char *why = NULL;
	int e;

	policy_init(p);
	e = config_set(p, option, &seen, &why);
	if (e != 0) {
		ck_assert_int_eq(e, ERR_CONFIG);
		ck_assert_uint_gt(strlen(why), 2);
		ck_assert_uint_eq(seen, 0);
	}
	return e;
}

START_TEST(words_set_their_values)
{
	static const struct {
		const char *option;
		size_t offset;
		int value;
	} rows[] = {
#define AT(member) offsetof(struct policy, member)
		{ "Access=read-write", AT(access), ACCESS_READ_WRITE },
		{ "Access=read-only", AT(access), ACCESS_READ_ONLY },
		{ "Access=write-only", AT(access), ACCESS_WRITE_ONLY },
		{ "Overwrite=replace", AT(overwrite), OVERWRITE_REPLACE },
		{ "Overwrite=deny", AT(overwrite), OVERWRITE_DENY },
		{ "Overwrite=inplace", AT(overwrite), OVERWRITE_INPLACE },
		{ "Symlinks=follow", AT(symlinks), SYMLINKS_FOLLOW },
		{ "Symlinks=refuse", AT(symlinks), SYMLINKS_REFUSE },
		{ "Sandbox=prefer", AT(sandbox), SANDBOX_PREFER },
		{ "Sandbox=require", AT(sandbox), SANDBOX_REQUIRE },
		{ "AuditFormat=json", AT(audit_format), AUDIT_JSON },
		{ "AuditFormat=text", AT(audit_format), AUDIT_TEXT },
	};
	struct policy p;
	int value;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(set(&p, rows[i].option), 0);
		memcpy(&value, (char *)&p + rows[i].offset, sizeof(value));
		ck_assert_msg(value == rows[i].value, "%s", rows[i].option);
	}
}
END_TEST

START_TEST(numbers_set_their_values_up_to_their_bounds)
{
	static const struct {
		const char *option;
		size_t offset;
		unsigned int value;
	} rows[] = {
		{ "Umask=0", AT(umask), 0 },
		{ "Umask=22", AT(umask), 022 },
		{ "Umask=022", AT(umask), 022 },
		{ "Umask=0027", AT(umask), 027 },
		{ "Umask=777", AT(umask), 0777 },
		{ "Umask=0777", AT(umask), 0777 },
		{ "MaxDepth=1", AT(depth), 1 },
		{ "MaxDepth=64", AT(depth), 64 },
		{ "MaxDepth=256", AT(depth), 256 },
		{ "IdleTimeout=1", AT(idle_timeout), 1 },
		{ "IdleTimeout=90", AT(idle_timeout), 90 },
		{ "IdleTimeout=90s", AT(idle_timeout), 90 },
		{ "IdleTimeout=5m", AT(idle_timeout), 300 },
		{ "IdleTimeout=2h", AT(idle_timeout), 7200 },
		{ "IdleTimeout=365d", AT(idle_timeout), 31536000 },
		{ "IdleTimeout=31536000", AT(idle_timeout), 31536000 },
		{ "IdleTimeout=none", AT(idle_timeout), 0 },
		{ "SessionTimeout=1d", AT(session_timeout), 86400 },
		{ "SessionTimeout=None", AT(session_timeout), 0 },
	};
	struct policy p;
	unsigned int value;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    set(&p, rows[i].option) == 0, "%s", rows[i].option);
		memcpy(&value, (char *)&p + rows[i].offset, sizeof(value));
		ck_assert_msg(value == rows[i].value, "%s", rows[i].option);
	}
}
END_TEST

START_TEST(paths_and_names_set_their_values)
{
	static const struct {
		const char *option;
		size_t offset;
		const char *value;
	} rows[] = {
		{ "Root=/srv/drop", AT(root), "/srv/drop" },
		{ "Root=/", AT(root), "/" },
		{ "Root=/a b", AT(root), "/a b" },
		{ "Root=/a=b", AT(root), "/a=b" },
		{ "Root=none", AT(root), "" },
		{ "Root=NONE", AT(root), "" },
		{ "StartDirectory=/in", AT(start), "/in" },
		{ "User=drop", AT(user), "drop" },
		{ "User=a.b-c_d", AT(user), "a.b-c_d" },
		{ "AuditLog=/var/log/scp", AT(audit_path), "/var/log/scp" },
		{ "AuditLog=syslog", AT(audit_path), "" },
		{ "AuditLog=none", AT(audit_path), "" },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    set(&p, rows[i].option) == 0, "%s", rows[i].option);
		ck_assert_str_eq((char *)&p + rows[i].offset, rows[i].value);
	}
}
END_TEST

START_TEST(yes_no_and_the_kinds_of_log_set_their_flags)
{
	struct policy p;

	ck_assert_int_eq(set(&p, "Chroot=yes"), 0);
	ck_assert(p.chroot);
	ck_assert_int_eq(set(&p, "Chroot=No"), 0);
	ck_assert(!p.chroot);
	ck_assert_int_eq(set(&p, "AuditLog=None"), 0);
	ck_assert(p.audit_off);
	ck_assert_int_eq(set(&p, "AuditLog=Syslog"), 0);
	ck_assert(!p.audit_off);
	ck_assert_int_eq(set(&p, "AuditLog=/x"), 0);
	ck_assert(!p.audit_off);
	ck_assert_int_eq(set(&p, "MaxDepth=7"), 0);
	ck_assert(p.depth_set && !p.idle_timeout_set);
	ck_assert_int_eq(set(&p, "IdleTimeout=none"), 0);
	ck_assert(p.idle_timeout_set && !p.depth_set);
	ck_assert_int_eq(set(&p, "SessionTimeout=7"), 0);
	ck_assert(!p.idle_timeout_set);
}
END_TEST

static const char *const bad[] = { "Access=", "Access=none", "Access=readonly",
	"Access=read-only ", "Access=read-only,write-only", "Overwrite=yes",
	"Overwrite=unset", "Overwrite=versions2", "Symlinks=no",
	"Symlinks=followed", "Sandbox=no", "Sandbox=0", "AuditFormat=xml",
	"Chroot=1", "Chroot=true", "Chroot=yes ", "Umask=8", "Umask=-1",
	"Umask=1000", "Umask=7777", "Umask=00022", "Umask=0x1f", "Umask=u=rwx",
	"Umask=none", "Umask=22 ", "MaxDepth=0", "MaxDepth=257",
	"MaxDepth=1000000000000000000000", "MaxDepth=-1", "MaxDepth=5x",
	"MaxDepth=none", "MaxDepth=1.5", "IdleTimeout=0", "IdleTimeout=-1",
	"IdleTimeout=m", "IdleTimeout=5x", "IdleTimeout=5ms", "IdleTimeout=5 m",
	"IdleTimeout=366d", "IdleTimeout=31536001", "IdleTimeout=8761h",
	"IdleTimeout=99999999999999999999999d", "IdleTimeout=1.5h",
	"IdleTimeout=5M", "SessionTimeout=0", "SessionTimeout=0s",
	"SessionTimeout=never", "Root=srv", "Root=./srv", "Root=~",
	"StartDirectory=in", "AuditLog=file", "AuditLog=./x", "User=-l",
	"User=-" };

START_TEST(values_out_of_their_bounds_are_refused)
{
	struct policy p, fresh;

	policy_init(&fresh);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(set(&p, bad[i]) == ERR_CONFIG, "%s", bad[i]);
		ck_assert_mem_eq(&p, &fresh, sizeof(p));
	}
}
END_TEST

START_TEST(paths_and_names_have_their_longest)
{
	static const struct {
		const char *keyword;
		size_t max;
	} rows[] = {
		{ "Root=/", PATH_MAX - 2 },
		{ "StartDirectory=/", PATH_MAX - 2 },
		{ "AuditLog=/", PATH_MAX - 2 },
		{ "User=a", POLICY_USER_MAX - 2 },
	};
	char option[2 * PATH_MAX];
	struct policy p;
	size_t n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		n = strlen(rows[i].keyword);
		memcpy(option, rows[i].keyword, n);
		memset(option + n, 'x', rows[i].max + 1);
		option[n + rows[i].max] = '\0';
		ck_assert_int_eq(set(&p, option), 0);
		option[n + rows[i].max] = 'x';
		option[n + rows[i].max + 1] = '\0';
		ck_assert_int_eq(set(&p, option), ERR_CONFIG);
	}
}
END_TEST

START_TEST(keywords_are_spelt_in_any_case_and_parted_in_any_way)
{
	static const char *const rows[] = { "Root=/x", "root=/x", "ROOT=/x",
		"rOoT=/x", "Root /x", "Root\t/x", "Root = /x", "Root=  /x",
		"Root   /x", "Root \t= \t/x" };
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(set(&p, rows[i]) == 0, "%s", rows[i]);
		ck_assert_str_eq(p.root, "/x");
	}
	ck_assert_int_eq(set(&p, "ACCESS=READ-ONLY"), 0);
	ck_assert_int_eq(p.access, ACCESS_READ_ONLY);
}
END_TEST

START_TEST(unknown_keywords_and_missing_values_are_refused)
{
	static const char *const rows[] = { "", "=", " ", "=x", "x", "Roo=/x",
		"Root2=/x", "Roots=/x", " Root=/x", "#Root=/x", "Root",
		"Root=", "Root ", "Root = ", "Root=\t", "Match User x",
		"Include /x", "AllowNames=*", "R\377ot=/x", "Root/x" };
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(set(&p, rows[i]) == ERR_CONFIG, "%s", rows[i]);
}
END_TEST

START_TEST(the_first_value_of_each_keyword_wins)
{
	unsigned long seen = 0;
	struct policy p;
	const char *why;

	policy_init(&p);
	ck_assert_int_eq(config_set(&p, "Root=/first", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "root=/second", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "Access=read-only", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "Access=read-write", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "AuditLog=/x", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "AuditLog=none", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "MaxDepth=3", &seen, &why), 0);
	ck_assert_int_eq(config_set(&p, "MaxDepth=4", &seen, &why), 0);
	ck_assert_str_eq(p.root, "/first");
	ck_assert_int_eq(p.access, ACCESS_READ_ONLY);
	ck_assert_str_eq(p.audit_path, "/x");
	ck_assert(!p.audit_off);
	ck_assert_uint_eq(p.depth, 3);
}
END_TEST

START_TEST(a_second_value_is_checked_all_the_same)
{
	unsigned long seen = 0;
	struct policy p;
	const char *why;

	policy_init(&p);
	ck_assert_int_eq(config_set(&p, "Root=/first", &seen, &why), 0);
	ck_assert_int_eq(
	    config_set(&p, "Root=second", &seen, &why), ERR_CONFIG);
	ck_assert_str_eq(p.root, "/first");
}
END_TEST

/* The value that was wrong must not stop the right one after it. */
START_TEST(a_refused_value_does_not_count_as_the_first)
{
	unsigned long seen = 0;
	struct policy p;
	const char *why;

	policy_init(&p);
	ck_assert_int_eq(config_set(&p, "Umask=8", &seen, &why), ERR_CONFIG);
	ck_assert_int_eq(config_set(&p, "Umask=77", &seen, &why), 0);
	ck_assert_uint_eq(p.umask, 077);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		words_set_their_values,
		numbers_set_their_values_up_to_their_bounds,
		paths_and_names_set_their_values,
		yes_no_and_the_kinds_of_log_set_their_flags,
		values_out_of_their_bounds_are_refused,
		paths_and_names_have_their_longest,
		keywords_are_spelt_in_any_case_and_parted_in_any_way,
		unknown_keywords_and_missing_values_are_refused,
		the_first_value_of_each_keyword_wins,
		a_second_value_is_checked_all_the_same,
		a_refused_value_does_not_count_as_the_first,
	};

	return unit_run("config", tests, COUNT(tests));
}
