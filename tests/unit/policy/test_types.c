#include "policy/types.h"

#include "unit.h"

static struct policy policy;

static const char *
read_value(enum config_kind kind, const char *text, size_t at)
{
	return config_types[kind].read((char *)&policy + at, NULL, text);
}

static void
show_value(enum config_kind kind, size_t at, char *out, size_t cap)
{
	config_types[kind].show((const char *)&policy + at, NULL, out, cap);
}

/* The number that a text means, or -1. */
static int64_t
number(enum config_kind kind, const char *text)
{
	size_t at = offsetof(struct policy, min_free);

	policy_init(&policy);
	policy.min_free = -2;
	if (read_value(kind, text, at) == NULL)
		return policy.min_free;
	ck_assert_int_eq(policy.min_free, -2);
	return -1;
}

struct row {
	const char *text;
	int64_t number;
};

static void
check_rows(enum config_kind kind, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(number(kind, rows[i].text) == rows[i].number,
		    "'%s'", rows[i].text);
}

START_TEST(sizes_are_octets_or_have_a_unit)
{
	static const struct row rows[] = {
		{ "1", 1 },
		{ "100", 100 },
		{ "007", 7 },
		{ "1K", 1024 },
		{ "1k", 1024 },
		{ "5M", 5242880 },
		{ "5m", 5242880 },
		{ "2G", INT64_C(2147483648) },
		{ "2g", INT64_C(2147483648) },
		{ "3T", INT64_C(3298534883328) },
		{ "3t", INT64_C(3298534883328) },
		{ "none", 0 },
		{ "NONE", 0 },
		{ "4611686018427387904", INT64_C(4611686018427387904) },
		{ "4194304T", INT64_C(4611686018427387904) },
		{ "4611686018427387905", -1 },
		{ "4194305T", -1 },
		{ "9223372036854775808", -1 },
		{ "99999999999999999999999999999999999", -1 },
		{ "0", -1 },
		{ "0K", -1 },
		{ "", -1 },
		{ "K", -1 },
		{ "KK", -1 },
		{ "1KK", -1 },
		{ "1KiB", -1 },
		{ "1P", -1 },
		{ "1 K", -1 },
		{ "1K ", -1 },
		{ "0x10", -1 },
		{ "1e3", -1 },
		{ "1.5G", -1 },
		{ "-1", -1 },
		{ "nonE1", -1 },
		{ "no", -1 },
	};

	check_rows(CONFIG_SIZE, rows, COUNT(rows));
}
END_TEST

START_TEST(times_are_seconds_or_have_a_unit)
{
	static const struct row rows[] = {
		{ "1", 1 },
		{ "90", 90 },
		{ "90s", 90 },
		{ "90S", 90 },
		{ "5m", 300 },
		{ "5M", 300 },
		{ "2h", 7200 },
		{ "2H", 7200 },
		{ "1d", 86400 },
		{ "1D", 86400 },
		{ "none", 0 },
		{ "365d", 31536000 },
		{ "366d", -1 },
		{ "8760h", 31536000 },
		{ "8761h", -1 },
		{ "31536000", 31536000 },
		{ "31536001", -1 },
		{ "0", -1 },
		{ "0s", -1 },
		{ "s", -1 },
		{ "1w", -1 },
		{ "1h30m", -1 },
		{ "1.5h", -1 },
		{ "1 h", -1 },
		{ "-5", -1 },
	};

	check_rows(CONFIG_TIME, rows, COUNT(rows));
}
END_TEST

START_TEST(counts_and_depths_have_no_unit)
{
	static const struct row counts[] = {
		{ "1", 1 },
		{ "0000000000000000000000000000001", 1 },
		{ "00000000000000000000000000000001", -1 },
		{ "1000000", 1000000 },
		{ "4611686018427387904", INT64_C(4611686018427387904) },
		{ "4611686018427387905", -1 },
		{ "none", 0 },
		{ "0", -1 },
		{ "1K", -1 },
		{ "", -1 },
		{ "-1", -1 },
	};
	static const struct row depths[] = {
		{ "1", 1 },
		{ "256", 256 },
		{ "257", -1 },
		{ "0", -1 },
		{ "1K", -1 },
	};

	check_rows(CONFIG_COUNT, counts, COUNT(counts));
	check_rows(CONFIG_DEPTH, depths, COUNT(depths));
	policy_init(&policy);
	ck_assert_ptr_nonnull(
	    read_value(CONFIG_DEPTH, "none", offsetof(struct policy, depth)));
}
END_TEST

START_TEST(modes_are_octal_and_have_nine_bits)
{
	static const struct row rows[] = {
		{ "0", 0 },
		{ "7", 07 },
		{ "22", 022 },
		{ "644", 0644 },
		{ "0644", 0644 },
		{ "0777", 0777 },
		{ "777", 0777 },
		{ "1000", -1 },
		{ "4755", -1 },
		{ "2755", -1 },
		{ "8", -1 },
		{ "0o644", -1 },
		{ "00644", -1 },
		{ "00000", -1 },
		{ "", -1 },
		{ "-1", -1 },
		{ "rwx", -1 },
		{ "644 ", -1 },
	};
	const char *why;

	for (size_t i = 0; i < COUNT(rows); i++) {
		policy_init(&policy);
		policy.umask = 01234;
		why = read_value(
		    CONFIG_MODE, rows[i].text, offsetof(struct policy, umask));
		ck_assert_msg((why == NULL) == (rows[i].number != -1), "%s",
		    rows[i].text);
		ck_assert_uint_eq(
		    policy.umask, why == NULL ? (mode_t)rows[i].number : 01234);
	}
}
END_TEST

START_TEST(where_the_log_goes_is_one_of_three)
{
	static const struct {
		const char *text;
		bool off;
		const char *path;
		const char *shown;
	} rows[] = {
		{ "syslog", false, "", "syslog" },
		{ "SYSLOG", false, "", "syslog" },
		{ "none", true, "", "none" },
		{ "None", true, "", "none" },
		{ "/var/log/x", false, "/var/log/x", "/var/log/x" },
	};
	size_t at = offsetof(struct policy, audit_log);
	char shown[64];

	for (size_t i = 0; i < 2 * COUNT(rows); i++) { /* over each other */
		ck_assert_ptr_null(
		    read_value(CONFIG_LOG, rows[i % COUNT(rows)].text, at));
		ck_assert(policy.audit_log.off == rows[i % COUNT(rows)].off);
		ck_assert_str_eq(
		    policy.audit_log.path, rows[i % COUNT(rows)].path);
		show_value(CONFIG_LOG, at, shown, sizeof(shown));
		ck_assert_str_eq(shown, rows[i % COUNT(rows)].shown);
	}
	ck_assert_ptr_nonnull(read_value(CONFIG_LOG, "log", at));
}
END_TEST

START_TEST(what_is_shown_is_cut_to_its_room)
{
	char shown[8];

	policy_init(&policy);
	memset(policy.root, 'x', 100);
	show_value(
	    CONFIG_ROOT, offsetof(struct policy, root), shown, sizeof(shown));
	ck_assert_str_eq(shown, "xxxxxxx");
	policy.min_free = INT64_MAX;
	show_value(CONFIG_SIZE, offsetof(struct policy, min_free), shown,
	    sizeof(shown));
	ck_assert_uint_eq(strlen(shown), 7);
}
END_TEST

START_TEST(a_root_knows_three_tokens_and_no_way_up)
{
	static const char *const good[] = { "/srv", "/srv/%u", "%h", "%h/in",
		"/a%%b", "/%u%h%%", "none", "/a..b", "/..a", "/.x" };
	static const char *const bad[] = { "srv", "/%", "/%x", "/%%%", "/a%",
		"/%u%", "/u%x", "/%%x%d", "/..", "/a/../b", "%h/..", "" };
	size_t at = offsetof(struct policy, root);

	for (size_t i = 0; i < COUNT(good); i++) {
		policy_init(&policy);
		memset(policy.root, 'x', 8);
		ck_assert_msg(read_value(CONFIG_ROOT, good[i], at) == NULL,
		    "%s", good[i]);
		ck_assert_str_eq(
		    policy.root, strcmp(good[i], "none") == 0 ? "" : good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(
		    read_value(CONFIG_ROOT, bad[i], at) != NULL, "%s", bad[i]);
}
END_TEST

START_TEST(yes_and_no_are_themselves)
{
	size_t at = offsetof(struct policy, chroot);
	char shown[8];

	for (size_t i = 0; i < 2; i++) {
		ck_assert_ptr_null(
		    config_types[CONFIG_BOOL].read((char *)&policy + at,
			config_yes_no, i == 0 ? "yes" : "NO"));
		ck_assert(policy.chroot == (i == 0));
		config_types[CONFIG_BOOL].show((const char *)&policy + at,
		    config_yes_no, shown, sizeof(shown));
		ck_assert_str_eq(shown, i == 0 ? "yes" : "no");
	}
	ck_assert_str_eq(config_types[CONFIG_BOOL].read(
			     (char *)&policy + at, config_yes_no, "maybe"),
	    "neither yes nor no");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		sizes_are_octets_or_have_a_unit,
		times_are_seconds_or_have_a_unit,
		counts_and_depths_have_no_unit,
		modes_are_octal_and_have_nine_bits,
		where_the_log_goes_is_one_of_three,
		what_is_shown_is_cut_to_its_room,
		a_root_knows_three_tokens_and_no_way_up,
		yes_and_no_are_themselves,
	};

	return unit_run("types", tests, COUNT(tests));
}
