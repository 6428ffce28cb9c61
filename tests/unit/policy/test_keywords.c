#include "policy/config.h"

#include <ctype.h>
#include <stddef.h>

#include "base/err.h"
#include "options.h"

/* S2.  One option on a policy. */
static int
add(struct policy *p, const char *option)
{
	struct trouble error = { .why = NULL };
	int e = config_set(p, option, &error);

	if (e != 0) {
		ck_assert_int_eq(e, ERR_CONFIG);
		ck_assert_uint_gt(strlen(error.why), 2);
		ck_assert_uint_eq(error.line, 0);
	}
	return e;
}

static int
set(struct policy *p, const char *option)
{
	policy_init(p);
	return add(p, option);
}

/*
 * For each keyword: what it may be and how that is shown, with the least and
 * the most of it.
 */
static const struct {
	const char *option;
	const char *shown;
} good[] = {
	{ "Root=/srv/drop", "/srv/drop" },
	{ "Root=/", "/" },
	{ "Root=/a b", "/a b" },
	{ "Root=/a=b", "/a=b" },
	{ "Root=/srv/%u", "/srv/%u" },
	{ "Root=%h/in", "%h/in" },
	{ "Root=none", "none" },
	{ "Root=/none", "/none" },
	{ "Root=/a..b/...", "/a..b/..." },
	{ "Chroot=yes", "yes" },
	{ "Chroot=no", "no" },
	{ "User=drop", "drop" },
	{ "User=None", "none" },
	{ "User=a.b-c_d", "a.b-c_d" },
	{ "StartDirectory=/in", "/in" },
	{ "StartDirectory=none", "none" },
	{ "Access=read-write", "read-write" },
	{ "Access=read-only", "read-only" },
	{ "Access=write-only", "write-only" },
	{ "Overwrite=replace", "replace" },
	{ "Overwrite=deny", "deny" },
	{ "Overwrite=versions", "versions" },
	{ "Overwrite=inplace", "inplace" },
	{ "Symlinks=follow", "follow" },
	{ "Symlinks=refuse", "refuse" },
	{ "DotFiles=allow", "allow" },
	{ "DotFiles=root", "root" },
	{ "DotFiles=deny", "deny" },
	{ "AllowNames=*", "*" },
	{ "AllowNames=*.txt [a-c]? x", "*.txt [a-c]? x" },
	{ "DenyNames=*.exe\t*.com", "*.exe\t*.com" },
	{ "DenyNames=it's 1' \\'x' *\\,v", "it's 1' \\'x' *\\,v" },
	{ "DenyNames=\\!a [!a] [[] \\[x \\none nones deny * [a]]",
	    "\\!a [!a] [[] \\[x \\none nones deny * [a]]" },
	{ "DenyNames=*[;|&]* a\\;b \\|", "*[;|&]* a\\;b \\|" },
	{ "DenyNames=[^-.]* [a-\\z] [a-a0-9-] z-a [!--0] [z-]",
	    "[^-.]* [a-\\z] [a-a0-9-] z-a [!--0] [z-]" },
	{ "FileMode=0", "0000" },
	{ "FileMode=640", "0640" },
	{ "FileMode=0777", "0777" },
	{ "DirectoryMode=0750", "0750" },
	{ "DirectoryMode=777", "0777" },
	{ "DirectoryMode=2775", "2775" },
	{ "Umask=0", "0000" },
	{ "Umask=22", "0022" },
	{ "Umask=0027", "0027" },
	{ "Umask=0777", "0777" },
	{ "SetIdBits=yes", "yes" },
	{ "SetIdBits=no", "no" },
	{ "PreserveTimes=yes", "yes" },
	{ "PreserveTimes=no", "no" },
	{ "PreserveModes=yes", "yes" },
	{ "PreserveModes=no", "no" },
	{ "MaxFileSize=1", "1" },
	{ "MaxFileSize=100M", "104857600" },
	{ "MaxFileSize=none", "none" },
	{ "MaxSessionBytes=4611686018427387904", "4611686018427387904" },
	{ "MaxSessionFiles=1", "1" },
	{ "MaxSessionFiles=4611686018427387904", "4611686018427387904" },
	{ "MaxSessionFiles=none", "none" },
	{ "MaxDepth=1", "1" },
	{ "MaxDepth=256", "256" },
	{ "MinFree=1G", "1073741824" },
	{ "MinFree=none", "none" },
	{ "IdleTimeout=1", "1" },
	{ "IdleTimeout=5m", "300" },
	{ "IdleTimeout=365d", "31536000" },
	{ "IdleTimeout=none", "none" },
	{ "SessionTimeout=1d", "86400" },
	{ "SessionTimeout=None", "none" },
	{ "RateLimit=1", "1" },
	{ "RateLimit=2M", "2097152" },
	{ "RateLimit=none", "none" },
	{ "Sync=no", "no" },
	{ "Sync=always", "always" },
	{ "Sandbox=prefer", "prefer" },
	{ "Sandbox=require", "require" },
	{ "Audit=prefer", "prefer" },
	{ "Audit=require", "require" },
	{ "AuditLog=syslog", "syslog" },
	{ "AuditLog=none", "none" },
	{ "AuditLog=/var/log/scp", "/var/log/scp" },
	{ "AuditFormat=json", "json" },
	{ "AuditFormat=text", "text" },
	{ "AuditDigest=none", "none" },
	{ "AuditDigest=sha256", "sha256" },
	{ "Sftp=yes", "yes" },
	{ "Sftp=no", "no" },
	{ "Modify=no", "no" },
	{ "Modify=own", "own" },
	{ "Modify=Yes", "yes" },
	{ "Links=yes", "yes" },
	{ "Links=no", "no" },
	{ "MakeParents=yes", "yes" },
	{ "MakeParents=no", "no" },
	{ "Interrupted=keep", "keep" },
	{ "Interrupted=discard", "discard" },
	{ "Pipelining=yes", "yes" },
	{ "Pipelining=no", "no" },
	{ "Relay=10.0.0.? [::1]", "10.0.0.? [::1]" },
	{ "Relay=Deny", "deny" },
	{ "Relay=None", "deny" },
	{ "Relay=[::1] [!a].example 10.0.0.0/8 * \\deny",
	    "[::1] [!a].example 10.0.0.0/8 * \\deny" },
	{ "RelayConfig=/etc/ssh/relay", "/etc/ssh/relay" },
};

START_TEST(every_keyword_takes_its_values)
{
	uint64_t seen = 0;
	struct policy p;
	enum policy_key key;

	for (size_t i = 0; i < COUNT(good); i++) {
		ck_assert_msg(
		    set(&p, good[i].option) == 0, "%s", good[i].option);
		key = keyword_of(good[i].option);
		ck_assert_str_eq(shown(&p, key), good[i].shown);
		ck_assert_uint_eq(p.set, UINT64_C(1) << key);
		ck_assert(policy_is_set(&p, key));
		seen |= p.set;
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		ck_assert_msg((seen >> i & 1) != 0, "no row for %zu", i);
}
END_TEST

/* Whatever stands behind it. */
START_TEST(a_value_of_one_octet_is_shown_as_one)
{
	const size_t behind = offsetof(struct policy, sync) + sizeof(bool);
	struct policy p;

	ck_assert_int_eq(set(&p, "Sync=always"), 0);
	memset((char *)&p + behind, 0xa5,
	    offsetof(struct policy, sandbox) - behind);
	ck_assert_str_eq(shown(&p, KEY_SYNC), "always");
}
END_TEST

START_TEST(keywords_and_words_are_spelt_in_any_case)
{
	char option[128];
	struct policy p;
	size_t n;

	for (size_t i = 0; i < COUNT(good); i++)
		for (int upper = 0; upper < 2; upper++) {
			(void)snprintf(
			    option, sizeof(option), "%s", good[i].option);
			n = strpbrk(option, "/%*") != NULL ||
				strncmp(option, "User", 4) == 0 ?
			    strcspn(option, "=") :
			    strlen(option);
			for (size_t c = 0; c < n; c++)
				option[c] = (char)(upper ? toupper(option[c]) :
							   tolower(option[c]));
			ck_assert_msg(set(&p, option) == 0, "%s", option);
			ck_assert_str_eq(
			    shown(&p, keyword_of(option)), good[i].shown);
		}
}
END_TEST

static const char *const bad[] = { "Root=srv", "Root=./srv", "Root=~",
	"Root=/srv/..", "Root=/../srv", "Root=/a/../b", "Root=/a//..",
	"Chroot=1", "Chroot=true", "Chroot=yes ", "Chroot=always", "User=-l",
	"User=-", "StartDirectory=in", "StartDirectory=/in/../..",
	"StartDirectory=%h", "Access=none", "Access=readonly",
	"Access=read-only ", "Access=read-only,write-only", "Overwrite=yes",
	"Overwrite=unset", "Overwrite=versions2", "Symlinks=no",
	"Symlinks=followed", "DotFiles=yes", "DotFiles=none",
	"AllowNames=\"*.txt\"", "DenyNames=\"*.exe\"", "DenyNames='*.exe'",
	"DenyNames=*.com '*.exe'", "DenyNames=a\t'b'", "AllowNames=*.a,*.b",
	"AllowNames=*.a, *.b", "DenyNames=a\\\\,b", "Relay=a.example,b.example",
	"DenyNames=a/b", "AllowNames=/a", "DenyNames=a\\/b", "DenyNames=[a/]",
	"DenyNames=x [", "DenyNames=[!]", "DenyNames=[a] b]c[", "DenyNames=!a",
	"AllowNames=a !b", "DenyNames=none a", "DenyNames=a\tNONE",
	"DenyNames=*.a;*.b", "DenyNames=*.a|b", "DenyNames=[;];",
	"DenyNames=[9-0]", "DenyNames=[x^-.]", "AllowNames=a [!xz-a]",
	"Relay=a[2-1].example", "Relay=deny a", "Relay=a deny", "Relay=none a",
	"Relay=!a", "Relay=[::1", "FileMode=8", "FileMode=1000",
	"FileMode=4755", "FileMode=-1", "FileMode=none", "FileMode=u=rwx",
	"FileMode=00644", "FileMode=0x1f", "DirectoryMode=1777",
	"DirectoryMode=4755", "FileMode=2644", "DirectoryMode=9", "Umask=8",
	"Umask=-1", "Umask=1000", "Umask=00022", "Umask=none", "Umask=22 ",
	"SetIdBits=1", "MakeParents=always", "PreserveTimes=always",
	"PreserveModes=2", "MaxFileSize=0", "MaxFileSize=-1", "MaxFileSize=x",
	"MaxFileSize=1X", "MaxFileSize=1KB", "MaxFileSize=1.5K",
	"MaxFileSize=K", "MaxFileSize=4611686018427387905",
	"MaxFileSize=4194305T", "MaxFileSize=18446744073709551617",
	"MaxFileSize=99999999999999999999T", "MaxFileSize=1 K",
	"MaxFileSize= 1 ", "MaxSessionBytes=0", "MaxSessionBytes=unlimited",
	"MaxSessionFiles=0", "MaxSessionFiles=1K",
	"MaxSessionFiles=4611686018427387905", "MaxDepth=0", "MaxDepth=257",
	"MaxDepth=-1", "MaxDepth=5x", "MaxDepth=1K", "MaxDepth=none",
	"MaxDepth=1.5", "MaxDepth=1000000000000000000000", "MinFree=0",
	"MinFree=10%", "IdleTimeout=0", "IdleTimeout=-1", "IdleTimeout=m",
	"IdleTimeout=5x", "IdleTimeout=5ms", "IdleTimeout=5 m",
	"IdleTimeout=366d", "IdleTimeout=31536001", "IdleTimeout=8761h",
	"IdleTimeout=1.5h", "IdleTimeout=99999999999999999999999d",
	"SessionTimeout=0", "SessionTimeout=0s", "SessionTimeout=never",
	"RateLimit=0", "RateLimit=fast", "RateLimit=5T5", "Sync=yes",
	"Sync=never", "Sandbox=no", "Sandbox=0", "AuditLog=file",
	"AuditLog=./x", "AuditLog=/var/../x", "AuditLog=%h/log",
	"AuditFormat=xml", "AuditDigest=md5", "AuditDigest=yes", "Sftp=allow",
	"Sftp=deny", "Sftp=handoff", "Pipelining=on", "Relay=\"a b\"",
	"RelayConfig=relay", "Modify=all", "Modify=ow", "Interrupted=yes" };

START_TEST(every_keyword_refuses_what_it_can_not_be)
{
	struct policy p, fresh;
	struct trouble error;
	size_t n;

	policy_init(&fresh);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(set(&p, bad[i]) == ERR_CONFIG, "%s", bad[i]);
		ck_assert_mem_eq(&p, &fresh, sizeof(p));
		(void)config_set(&p, bad[i], &error);
		n = strcspn(bad[i], "=") + 1;
		ck_assert_str_eq(
		    error.word, bad[i] + n + strspn(bad[i] + n, " "));
	}
}
END_TEST

/* Without a row of its own above no keyword has been refused. */
START_TEST(every_keyword_but_lists_of_names_refuses_nonsense)
{
	char option[64], value[4096];
	struct policy p;
	const char *name;

	policy_init(&p);
	for (size_t i = 0; config_show(&p, i, &name, value, sizeof(value));
	     i++) {
		(void)snprintf(option, sizeof(option), "%s=", name);
		ck_assert_msg(set(&p, option) == ERR_CONFIG, "%s", option);
		(void)snprintf(option, sizeof(option), "%s=-:?", name);
		ck_assert_msg((set(&p, option) == 0) ==
			(i == KEY_ALLOW_NAMES || i == KEY_DENY_NAMES ||
			    i == KEY_RELAY),
		    "%s", option);
	}
}
END_TEST

START_TEST(a_blank_of_a_list_cannot_be_quoted)
{
	static const char *const wrong[] = { "report\\ *", "a b\\\t*", "x\\ ",
		"report\\", "a \\", "a\\\\\\", "[a]\\", "[\\]]\\" };
	static const char *const keywords[] = { "AllowNames", "DenyNames",
		"Relay" };
	char option[64];
	struct policy p;

	policy_init(&p);
	for (size_t k = 0; k < COUNT(keywords); k++) {
		for (size_t i = 0; i < COUNT(wrong); i++) {
			(void)snprintf(option, sizeof(option), "%s=%s",
			    keywords[k], wrong[i]);
			ck_assert_msg(
			    set(&p, option) == ERR_CONFIG, "%s", option);
		}
		/* the backslash is quoted itself */
		(void)snprintf(
		    option, sizeof(option), "%s=a\\\\ \\* b\\\\", keywords[k]);
		ck_assert_msg(set(&p, option) == 0, "%s", option);
	}
}
END_TEST

START_TEST(paths_names_and_lists_have_their_longest)
{
	static const struct {
		const char *keyword;
		size_t max;
	} rows[] = {
		{ "Root=/", PATH_MAX - 2 },
		{ "StartDirectory=/", PATH_MAX - 2 },
		{ "AuditLog=/", PATH_MAX - 2 },
		{ "User=a", POLICY_USER_MAX - 2 },
		{ "AllowNames=a", POLICY_LIST_MAX - 2 },
		{ "DenyNames=a", POLICY_LIST_MAX - 2 },
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

START_TEST(keyword_and_value_are_parted_in_any_way)
{
	static const char *const rows[] = { "Root=/x", "Root /x", "Root\t/x",
		"Root = /x", "Root=  /x", "Root   /x", "Root \t= \t/x" };
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(set(&p, rows[i]) == 0, "%s", rows[i]);
		ck_assert_str_eq(p.root, "/x");
	}
}
END_TEST

START_TEST(unknown_keywords_and_missing_values_are_named)
{
	static const struct {
		const char *option;
		const char *word;
	} rows[] = {
		{ "", "" },
		{ "=", "" },
		{ " ", "" },
		{ "=x", "" },
		{ "x", "x" },
		{ "Roo=/x", "Roo" },
		{ "Root2=/x", "Root2" },
		{ "Roots /x", "Roots" },
		{ " Root=/x", "" },
		{ "#Root=/x", "#Root" },
		{ "Root", "Root" },
		{ "Root=", "Root" },
		{ "root = ", "Root" },
		{ "Root=\t", "Root" },
		{ "Match User x", "Match" },
		{ "Include /x", "Include" },
		{ "R\377ot=/x", "R\377ot" },
		{ "Root/x", "Root/x" },
		{ "PermitRootLogin yes", "PermitRootLogin" },
	};
	struct trouble error;
	struct policy p;

	policy_init(&p);
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    config_set(&p, rows[i].option, &error) == ERR_CONFIG, "%s",
		    rows[i].option);
		ck_assert_str_eq(error.word, rows[i].word);
		ck_assert_uint_eq(p.set, 0);
	}
}
END_TEST

START_TEST(a_long_word_is_cut_in_the_complaint)
{
	struct trouble error;
	char option[1024];
	struct policy p;

	policy_init(&p);
	memset(option, 'x', sizeof(option) - 1);
	option[sizeof(option) - 1] = '\0';
	ck_assert_int_eq(config_set(&p, option, &error), ERR_CONFIG);
	ck_assert_uint_eq(strlen(error.word), sizeof(error.word) - 1);
	memcpy(option, "Access=", 7);
	ck_assert_int_eq(config_set(&p, option, &error), ERR_CONFIG);
	ck_assert_uint_eq(strlen(error.word), sizeof(error.word) - 1);
}
END_TEST

START_TEST(the_first_value_of_each_keyword_wins)
{
	static const char *const options[] = { "Root=/first", "root=/second",
		"Access=read-only", "Access=read-write", "AuditLog=/x",
		"AuditLog=none", "MaxDepth=3", "MaxDepth=4", "RateLimit=none",
		"RateLimit=4" };
	struct policy p;

	policy_init(&p);
	for (size_t i = 0; i < COUNT(options); i++)
		ck_assert_msg(add(&p, options[i]) == 0, "%s", options[i]);
	ck_assert_str_eq(p.root, "/first");
	ck_assert_int_eq(p.access, ACCESS_READ_ONLY);
	ck_assert_str_eq(p.audit_log.path, "/x");
	ck_assert(!p.audit_log.off);
	ck_assert_int_eq(p.depth, 3);
	ck_assert_int_eq(p.rate_limit, 0);
}
END_TEST

START_TEST(a_second_value_is_checked_all_the_same)
{
	struct policy p;

	policy_init(&p);
	ck_assert_int_eq(add(&p, "Root=/first"), 0);
	ck_assert_int_eq(add(&p, "Root=second"), ERR_CONFIG);
	ck_assert_str_eq(p.root, "/first");
}
END_TEST

/* The value that was wrong must not stop the right one after it. */
START_TEST(a_refused_value_does_not_count_as_the_first)
{
	struct policy p;

	policy_init(&p);
	ck_assert_int_eq(add(&p, "Umask=8"), ERR_CONFIG);
	ck_assert_int_eq(add(&p, "Umask=77"), 0);
	ck_assert_uint_eq(p.umask, 077);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		every_keyword_takes_its_values,
		a_value_of_one_octet_is_shown_as_one,
		keywords_and_words_are_spelt_in_any_case,
		every_keyword_refuses_what_it_can_not_be,
		every_keyword_but_lists_of_names_refuses_nonsense,
		a_blank_of_a_list_cannot_be_quoted,
		paths_names_and_lists_have_their_longest,
		keyword_and_value_are_parted_in_any_way,
		unknown_keywords_and_missing_values_are_named,
		a_long_word_is_cut_in_the_complaint,
		the_first_value_of_each_keyword_wins,
		a_second_value_is_checked_all_the_same,
		a_refused_value_does_not_count_as_the_first,
	};

	return unit_run("keywords", tests, COUNT(tests));
}
