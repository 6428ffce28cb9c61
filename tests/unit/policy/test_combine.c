#include "policy/config.h"

#include <bsd/string.h>

#include "base/err.h"
#include "options.h"

/* What each of them says, and why both can not be combined. */
static struct policy file, options;
static struct trouble error;

/* The error of both, combined in the first. */
static int
combine(const char *in_file, const char *in_options)
{
	read_options(&file, in_file);
	read_options(&options, in_options);
	error.why = NULL;
	return config_combine(&file, &options, &error);
}

/* What the file says and what the options say; NULL: nothing is left. */
static const struct {
	enum policy_key key;
	const char *file;
	const char *options;
	const char *both;
} rows[] = {
	{ KEY_ROOT, "", "Root=/a", "/a" },
	{ KEY_ROOT, "Root=/a", "", "/a" },
	{ KEY_ROOT, "Root=/a", "Root=/a/b", "/a/b" },
	{ KEY_ROOT, "Root=/a/b", "Root=/a", "/a/b" },
	{ KEY_ROOT, "Root=/a", "Root=/a", "/a" },
	{ KEY_ROOT, "Root=/a/", "Root=//a//b", "//a//b" },
	{ KEY_ROOT, "Root=/", "Root=/a", "/a" },
	{ KEY_ROOT, "Root=/a", "Root=/", "/a" },
	{ KEY_ROOT, "Root=none", "Root=/a", "/a" },
	{ KEY_ROOT, "Root=/a", "Root=none", "/a" },
	{ KEY_ROOT, "Root=/a", "Root=/b", NULL },
	{ KEY_ROOT, "Root=/a", "Root=/ab", NULL },
	{ KEY_ROOT, "Root=/ab", "Root=/a", NULL },
	{ KEY_ROOT, "Root=/a/b", "Root=/a/c", NULL },
	{ KEY_ROOT, "Root=/home/user1", "Root=/home/user10", NULL },
	{ KEY_CHROOT, "Chroot=yes", "Chroot=no", "yes" },
	{ KEY_CHROOT, "Chroot=no", "Chroot=yes", "yes" },
	{ KEY_CHROOT, "", "Chroot=yes", "yes" },
	{ KEY_USER, "User=a", "User=b", "a" },
	{ KEY_USER, "", "User=b", "b" },
	{ KEY_START_DIRECTORY, "StartDirectory=/a", "StartDirectory=/b", "/a" },
	{ KEY_START_DIRECTORY, "", "StartDirectory=/b", "/b" },
	{ KEY_ACCESS, "Access=read-write", "Access=read-only", "read-only" },
	{ KEY_ACCESS, "Access=read-only", "Access=read-write", "read-only" },
	{ KEY_ACCESS, "Access=read-write", "Access=write-only", "write-only" },
	{ KEY_ACCESS, "Access=write-only", "Access=read-write", "write-only" },
	{ KEY_ACCESS, "Access=write-only", "Access=write-only", "write-only" },
	{ KEY_ACCESS, "Access=write-only", "Access=read-only", NULL },
	{ KEY_ACCESS, "Access=read-only", "Access=write-only", NULL },
	{ KEY_ACCESS, "", "Access=read-only", "read-only" },
	{ KEY_OVERWRITE, "Overwrite=deny", "Overwrite=versions", "deny" },
	{ KEY_OVERWRITE, "Overwrite=versions", "Overwrite=deny", "deny" },
	{ KEY_OVERWRITE, "Overwrite=versions", "Overwrite=replace",
	    "versions" },
	{ KEY_OVERWRITE, "Overwrite=replace", "Overwrite=versions",
	    "versions" },
	{ KEY_OVERWRITE, "Overwrite=replace", "Overwrite=inplace", "replace" },
	{ KEY_OVERWRITE, "Overwrite=inplace", "Overwrite=replace", "replace" },
	{ KEY_OVERWRITE, "Overwrite=inplace", "Overwrite=deny", "deny" },
	{ KEY_SYMLINKS, "Symlinks=follow", "Symlinks=refuse", "refuse" },
	{ KEY_SYMLINKS, "Symlinks=refuse", "Symlinks=follow", "refuse" },
	{ KEY_DOT_FILES, "DotFiles=allow", "DotFiles=root", "root" },
	{ KEY_DOT_FILES, "DotFiles=root", "DotFiles=deny", "deny" },
	{ KEY_DOT_FILES, "DotFiles=deny", "DotFiles=allow", "deny" },
	{ KEY_ALLOW_NAMES, "AllowNames=*.a", "AllowNames=b*", "*.a" },
	{ KEY_ALLOW_NAMES, "", "AllowNames=b*", "b*" },
	{ KEY_ALLOW_NAMES, "AllowNames=none", "AllowNames=none", "none" },
	{ KEY_ALLOW_NAMES, "AllowNames=*.a", "AllowNames=none", "*.a" },
	{ KEY_DENY_NAMES, "DenyNames=*.a", "DenyNames=b* c", "*.a b* c" },
	{ KEY_DENY_NAMES, "", "DenyNames=b*", "b*" },
	{ KEY_DENY_NAMES, "DenyNames=none", "DenyNames=b*", "b*" },
	{ KEY_DENY_NAMES, "DenyNames=b*", "DenyNames=none", "b*" },
	{ KEY_FILE_MODE, "FileMode=0640", "FileMode=0604", "0600" },
	{ KEY_FILE_MODE, "", "FileMode=0604", "0604" },
	{ KEY_DIRECTORY_MODE, "DirectoryMode=0750", "DirectoryMode=0705",
	    "0700" },
	{ KEY_UMASK, "Umask=022", "Umask=007", "0027" },
	{ KEY_UMASK, "Umask=077", "Umask=0", "0077" },
	{ KEY_SET_ID_BITS, "SetIdBits=no", "SetIdBits=yes", "no" },
	{ KEY_SET_ID_BITS, "SetIdBits=yes", "SetIdBits=no", "no" },
	{ KEY_PRESERVE_TIMES, "PreserveTimes=no", "PreserveTimes=yes", "no" },
	{ KEY_PRESERVE_TIMES, "PreserveTimes=yes", "PreserveTimes=no", "no" },
	{ KEY_PRESERVE_MODES, "PreserveModes=no", "PreserveModes=yes", "no" },
	{ KEY_PRESERVE_MODES, "PreserveModes=yes", "PreserveModes=no", "no" },
	{ KEY_MAX_FILE_SIZE, "MaxFileSize=2", "MaxFileSize=1", "1" },
	{ KEY_MAX_FILE_SIZE, "MaxFileSize=1", "MaxFileSize=2", "1" },
	{ KEY_MAX_FILE_SIZE, "MaxFileSize=1", "MaxFileSize=none", "1" },
	{ KEY_MAX_FILE_SIZE, "MaxFileSize=none", "MaxFileSize=1", "1" },
	{ KEY_MAX_SESSION_BYTES, "MaxSessionBytes=5G", "MaxSessionBytes=1K",
	    "1024" },
	{ KEY_MAX_SESSION_FILES, "MaxSessionFiles=5", "MaxSessionFiles=9",
	    "5" },
	{ KEY_MAX_DEPTH, "MaxDepth=5", "MaxDepth=256", "5" },
	{ KEY_MAX_DEPTH, "MaxDepth=256", "MaxDepth=5", "5" },
	{ KEY_MIN_FREE, "MinFree=1G", "MinFree=2G", "2147483648" },
	{ KEY_MIN_FREE, "MinFree=1K", "MinFree=none", "1024" },
	{ KEY_IDLE_TIMEOUT, "IdleTimeout=9", "IdleTimeout=none", "9" },
	{ KEY_IDLE_TIMEOUT, "IdleTimeout=none", "IdleTimeout=9", "9" },
	{ KEY_SESSION_TIMEOUT, "SessionTimeout=9", "SessionTimeout=5", "5" },
	{ KEY_RATE_LIMIT, "RateLimit=1M", "RateLimit=1K", "1024" },
	{ KEY_RATE_LIMIT, "RateLimit=1K", "RateLimit=none", "1024" },
	{ KEY_SYNC, "Sync=no", "Sync=always", "always" },
	{ KEY_SYNC, "Sync=always", "Sync=no", "always" },
	{ KEY_SANDBOX, "Sandbox=prefer", "Sandbox=require", "require" },
	{ KEY_SANDBOX, "Sandbox=require", "Sandbox=prefer", "require" },
	{ KEY_AUDIT, "Audit=prefer", "Audit=require", "require" },
	{ KEY_AUDIT, "Audit=require", "Audit=prefer", "require" },
	{ KEY_AUDIT_LOG, "AuditLog=/a", "AuditLog=none", "/a" },
	{ KEY_AUDIT_LOG, "AuditLog=none", "AuditLog=/a", "none" },
	{ KEY_AUDIT_LOG, "", "AuditLog=none", "none" },
	{ KEY_AUDIT_LOG, "AuditLog=syslog", "AuditLog=none", "syslog" },
	{ KEY_AUDIT_FORMAT, "AuditFormat=text", "AuditFormat=json", "text" },
	{ KEY_AUDIT_DIGEST, "AuditDigest=none", "AuditDigest=sha256",
	    "sha256" },
	{ KEY_AUDIT_DIGEST, "AuditDigest=sha256", "AuditDigest=none",
	    "sha256" },
	{ KEY_AUDIT_DIGEST, "", "AuditDigest=sha256", "sha256" },
	{ KEY_SFTP, "Sftp=no", "Sftp=no", "no" },
	{ KEY_SFTP, "Sftp=yes", "Sftp=no", "no" },
	{ KEY_SFTP, "Sftp=no", "Sftp=yes", "no" },
	{ KEY_MODIFY, "Modify=yes", "Modify=own", "own" },
	{ KEY_MODIFY, "Modify=no", "Modify=yes", "no" },
	{ KEY_LINKS, "Links=yes", "Links=no", "no" },
	{ KEY_MAKE_PARENTS, "MakeParents=yes", "MakeParents=no", "no" },
	{ KEY_MAKE_PARENTS, "MakeParents=no", "MakeParents=yes", "no" },
	{ KEY_MAKE_PARENTS, "", "MakeParents=yes", "yes" },
	{ KEY_INTERRUPTED, "Interrupted=keep", "Interrupted=discard",
	    "discard" },
	{ KEY_PIPELINING, "Pipelining=no", "Pipelining=yes", "no" },
	{ KEY_PIPELINING, "", "Pipelining=yes", "yes" },
	{ KEY_RELAY, "Relay=deny", "Relay=b", "deny" },
	{ KEY_RELAY, "Relay=a", "Relay=deny", "deny" },
	{ KEY_RELAY, "Relay=a", "Relay=b", "a" },
	{ KEY_RELAY, "", "Relay=b", "b" },
	{ KEY_RELAY_CONFIG, "RelayConfig=/a", "RelayConfig=/b", "/a" },
};

START_TEST(the_stricter_of_file_and_options_holds)
{
	uint64_t seen = 0;
	int e;

	for (size_t i = 0; i < COUNT(rows); i++) {
		e = combine(rows[i].file, rows[i].options);
		ck_assert_msg(e == (rows[i].both != NULL ? 0 : ERR_CONFIG),
		    "%s and %s: %d", rows[i].file, rows[i].options, e);
		ck_assert((e != 0) == (error.why != NULL));
		if (e == 0)
			ck_assert_str_eq(
			    shown(&file, rows[i].key), rows[i].both);
		seen |= UINT64_C(1) << rows[i].key;
		ck_assert_uint_eq(
		    e != 0 ? 0 : file.set & ~(UINT64_C(1) << rows[i].key), 0);
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		ck_assert_msg((seen >> i & 1) != 0, "no row for %zu", i);
}
END_TEST

/* Every value of a keyword, the loosest first; NULL: they have no order. */
static const struct {
	enum policy_key key;
	const char *values; /* between blanks */
} orders[] = {
	{ KEY_CHROOT, "no yes" },
	{ KEY_OVERWRITE, "inplace replace versions deny" },
	{ KEY_SYMLINKS, "follow refuse" },
	{ KEY_DOT_FILES, "allow root deny" },
	{ KEY_SET_ID_BITS, "yes no" },
	{ KEY_PRESERVE_TIMES, "yes no" },
	{ KEY_PRESERVE_MODES, "yes no" },
	{ KEY_MAX_FILE_SIZE, "none 9 5 1" },
	{ KEY_MAX_SESSION_BYTES, "none 9 5 1" },
	{ KEY_MAX_SESSION_FILES, "none 9 5 1" },
	{ KEY_MAX_DEPTH, "256 9 5 1" },
	{ KEY_MIN_FREE, "none 1 5 9" },
	{ KEY_IDLE_TIMEOUT, "none 9 5 1" },
	{ KEY_SESSION_TIMEOUT, "none 9 5 1" },
	{ KEY_RATE_LIMIT, "none 9 5 1" },
	{ KEY_SYNC, "no always" },
	{ KEY_SANDBOX, "prefer require" },
	{ KEY_AUDIT, "prefer require" },
	{ KEY_AUDIT_DIGEST, "none sha256" },
	{ KEY_SFTP, "yes no" },
	{ KEY_MODIFY, "yes own no" },
	{ KEY_INTERRUPTED, "keep discard" },
	{ KEY_LINKS, "yes no" },
	{ KEY_MAKE_PARENTS, "yes no" },
	/* what both give, and lists: in the rows above */
	{ KEY_ROOT, NULL },
	{ KEY_ACCESS, NULL },
	{ KEY_ALLOW_NAMES, NULL },
	{ KEY_DENY_NAMES, NULL },
	{ KEY_FILE_MODE, NULL },
	{ KEY_DIRECTORY_MODE, NULL },
	{ KEY_UMASK, NULL },
	{ KEY_RELAY, NULL },
	/* how and where, not how much: the file's holds */
	{ KEY_USER, NULL },
	{ KEY_START_DIRECTORY, NULL },
	{ KEY_AUDIT_LOG, NULL },
	{ KEY_AUDIT_FORMAT, NULL },
	{ KEY_PIPELINING, NULL },
	{ KEY_RELAY_CONFIG, NULL },
};

/* Whoever says the stricter one, it holds. */
static void
combine_values(enum policy_key key, char *values[], size_t count)
{
	char said[2][64], wanted[64];

	for (size_t n = 0; n < count * count; n++) {
		(void)snprintf(said[0], sizeof(said[0]), "%s=%s",
		    config_name(key), values[n / count]);
		(void)snprintf(said[1], sizeof(said[1]), "%s=%s",
		    config_name(key), values[n % count]);
		read_options(&file, n / count > n % count ? said[0] : said[1]);
		(void)strlcpy(wanted, shown(&file, key), sizeof(wanted));
		ck_assert_int_eq(combine(said[0], said[1]), 0);
		ck_assert_msg(strcmp(shown(&file, key), wanted) == 0,
		    "%s and %s: %s", said[0], said[1], shown(&file, key));
	}
}

START_TEST(of_every_pair_of_values_the_stricter_holds)
{
	char text[128], *rest, *values[8];
	uint64_t seen = 0;
	size_t count;

	for (size_t i = 0; i < COUNT(orders); i++) {
		seen |= UINT64_C(1) << orders[i].key;
		if (orders[i].values == NULL)
			continue;
		(void)strlcpy(text, orders[i].values, sizeof(text));
		rest = text;
		for (count = 0; rest != NULL; count++)
			values[count] = strsep(&rest, " ");
		combine_values(orders[i].key, values, count);
	}
	ck_assert_uint_eq(seen, (UINT64_C(1) << KEY_COUNT) - 1);
}
END_TEST

START_TEST(what_only_one_of_them_says_holds)
{
	struct policy same;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(combine("", rows[i].options), 0);
		ck_assert_mem_eq(&file, &options, sizeof(file));
		ck_assert_int_eq(combine(rows[i].file, ""), 0);
		read_options(&same, rows[i].file);
		ck_assert_mem_eq(&file, &same, sizeof(file));
	}
}
END_TEST

/* Its path is judged from the Root that nobody but root has a say in. */
START_TEST(the_files_root_is_kept_where_the_options_go_deeper)
{
	static const struct {
		const char *file, *options, *outer;
	} roots[] = {
		{ "Root=/a", "Root=/a/b", "/a" },
		{ "Root=/a/b", "Root=/a", "" },
		{ "", "Root=/a", "" },
		{ "Root=/a", "", "" },
	};

	for (size_t i = 0; i < COUNT(roots); i++) {
		ck_assert_int_eq(combine(roots[i].file, roots[i].options), 0);
		ck_assert_str_eq(file.outer_root, roots[i].outer);
		ck_assert(file.is_inside == (roots[i].outer[0] != '\0'));
	}
}
END_TEST

/* What lies between them is walked without following a link. */
START_TEST(of_many_roots_the_outermost_is_kept)
{
	static const struct {
		const char *roots[3], *root, *outer;
	} rows_of_roots[] = {
		{ { "/a", "/a/b", "/a/b/c" }, "/a/b/c", "/a" },
		{ { "/a", "/a/b/c", "/a/b" }, "/a/b/c", "/a" },
		{ { "/a/b", "/a/b/c", "/a" }, "/a/b/c", "/a/b" },
		{ { "/a", "/a/b", "/a/b" }, "/a/b", "/a" },
	};
	char text[64];

	for (size_t i = 0; i < COUNT(rows_of_roots); i++)
		for (int first = 0; first < 2; first++) {
			/* one and two, or two and one */
			policy_init(&file);
			policy_init(&options);
			for (int j = 0; j < 3; j++) {
				static struct policy one;

				policy_init(&one);
				(void)snprintf(text, sizeof(text), "Root=%s",
				    rows_of_roots[i].roots[j]);
				ck_assert_int_eq(
				    config_set(&one, text, &error), 0);
				ck_assert_int_eq(
				    config_combine(
					j <= first ? &file : &options, &one,
					&error),
				    0);
			}
			ck_assert_int_eq(
			    config_combine(&file, &options, &error), 0);
			ck_assert_str_eq(file.root, rows_of_roots[i].root);
			ck_assert(file.is_inside);
			ck_assert_str_eq(
			    file.outer_root, rows_of_roots[i].outer);
		}
}
END_TEST

/* A policy that is used again keeps no outer Root of before. */
START_TEST(a_root_that_is_taken_brings_its_outer_root_or_none)
{
	ck_assert_int_eq(combine("Root=/a", "Root=/a/b"), 0);
	ck_assert(file.is_inside);
	file.set = 0;
	ck_assert_int_eq(config_combine(&file, &options, &error), 0);
	ck_assert(!file.is_inside);
	ck_assert_str_eq(policy_outer_root(&file), "/a/b");
}
END_TEST

START_TEST(a_name_has_to_be_in_both_lists)
{
	static const struct {
		const char *name;
		int err;
	} names[] = {
		{ "x.a", ERR_ALLOW_NAMES },
		{ "x.b", 0 },
		{ "x.c", ERR_ALLOW_NAMES },
	};
	struct relpath path;

	ck_assert_int_eq(
	    combine("AllowNames=*.a *.b", "AllowNames=*.b *.c"), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		ck_assert_int_eq(relpath_parse(&path, NULL, names[i].name), 0);
		ck_assert_int_eq(
		    policy_check_path(&file, &path, 0), names[i].err);
	}
}
END_TEST

START_TEST(two_of_the_longest_lists_fit_together)
{
	static char list[2][POLICY_LIST_MAX + 16] = { "DenyNames=",
		"DenyNames=" };

	memset(list[0] + 10, 'x', POLICY_LIST_MAX - 1);
	memset(list[1] + 10, 'x', POLICY_LIST_MAX - 1);
	list[1][10] = 'y';
	ck_assert_int_eq(combine(list[0], list[1]), 0);
	ck_assert_uint_eq(strlen(file.deny_names), 2 * POLICY_LIST_MAX - 1);
}
END_TEST

START_TEST(a_match_block_overrides_what_it_sets)
{
	struct policy p, by;

	read_options(&p, "Root=/a;Access=read-only;AuditLog=/x;MaxDepth=3");
	read_options(
	    &by, "Root=none;Access=read-write;AuditLog=none;Sync=always");
	config_override(&p, &by);
	ck_assert_str_eq(p.root, "");
	ck_assert_int_eq(p.access, ACCESS_READ_WRITE);
	ck_assert(p.audit_log.off && p.sync);
	ck_assert_int_eq(p.depth, 3);
	ck_assert_uint_eq(p.set,
	    1 << KEY_ROOT | 1 << KEY_ACCESS | 1 << KEY_AUDIT_LOG |
		1 << KEY_MAX_DEPTH | 1 << KEY_SYNC);
}
END_TEST

START_TEST(tokens_are_put_into_root)
{
	static const struct {
		const char *root, *user, *home, *out;
	} tokens[] = {
		{ "/srv/%u", "drop", "/home/drop", "/srv/drop" },
		{ "%h", "drop", "/home/drop", "/home/drop" },
		{ "%h/in/%u", "a.b-c_1", "/h", "/h/in/a.b-c_1" },
		{ "/a%%b", "x", "/", "/a%b" },
		{ "/a%%u", "x", "/", "/a%u" },
		{ "/%u%u", "x", "/", "/xx" },
		{ "/srv", "../x", "/", "/srv" },
		{ "", "x", "/", "" },
		{ "/srv/%u", "9", "/", "/srv/9" },
		{ "/srv/%u", "_x", "/", "/srv/_x" },
		{ "/srv/%x", "x", "/", NULL },
		{ "/srv/%", "x", "/", NULL },
		{ "%u", "x", "/", NULL },
		{ "%%", "x", "/", NULL },
		{ "%h", "x", "", NULL },
		{ "%h", "x", "home", NULL },
		/* CVE-2026-30915 */
		{ "/srv/%u", "../x", "/", NULL },
		{ "/srv/%u", "..", "/", NULL },
		{ "/srv/%u", ".", "/", NULL },
		{ "/srv/%u", "a/b", "/", NULL },
		{ "/srv/%u", "", "/", NULL },
		{ "/srv/%u", "-x", "/", NULL },
		{ "/srv/%u", ".x", "/", NULL },
		{ "/srv/%u", "a b", "/", NULL },
		{ "/srv/%u", "a\nb", "/", NULL },
		{ "/srv/%u", "%h", "/", NULL },
		{ "/srv/%u", "\303\244", "/", NULL },
		{ "/srv/%u", "DOM\\user", "/", NULL },
	};
	struct config_subject who = { .address = "" };
	struct policy p;
	int e;

	for (size_t i = 0; i < COUNT(tokens); i++) {
		policy_init(&p);
		(void)snprintf(p.root, sizeof(p.root), "%s", tokens[i].root);
		p.set = UINT64_C(1) << KEY_ROOT;
		who.user = tokens[i].user;
		who.home = tokens[i].home;
		e = config_expand(&p, &who, &error);
		ck_assert_msg(e == (tokens[i].out != NULL ? 0 : ERR_CONFIG),
		    "%s for %s: %d", tokens[i].root, tokens[i].user, e);
		ck_assert_str_eq(
		    p.root, e == 0 ? tokens[i].out : tokens[i].root);
	}
}
END_TEST

START_TEST(a_root_that_grows_too_long_is_refused)
{
	static char home[PATH_MAX];
	struct config_subject who = { .user = "x", .home = home };
	struct policy p;

	memset(home, 'h', sizeof(home) - 1);
	home[0] = '/';
	read_options(&p, "Root=%h");
	ck_assert_int_eq(config_expand(&p, &who, &error), 0);
	read_options(&p, "Root=%h/x");
	ck_assert_int_eq(config_expand(&p, &who, &error), ERR_CONFIG);
}
END_TEST

/*
 * Of each keyword a value that a client may set, if there is one, and one that
 * it may not, unless combining alone decides.
 */
static const struct {
	const char *stricter, *looser;
} values[KEY_COUNT] = {
	[KEY_ROOT] = { "/a", NULL },
	[KEY_CHROOT] = { NULL, "yes" }, /* a user namespace */
	[KEY_USER] = { NULL, "root" },
	[KEY_START_DIRECTORY] = { NULL, "/" },
	[KEY_ACCESS] = { "read-only", NULL },
	[KEY_OVERWRITE] = { "deny", NULL },
	[KEY_SYMLINKS] = { "refuse", "follow" },
	[KEY_DOT_FILES] = { "deny", NULL },
	[KEY_ALLOW_NAMES] = { "*", NULL },
	[KEY_DENY_NAMES] = { "*", NULL },
	[KEY_FILE_MODE] = { NULL, "0600" },
	[KEY_DIRECTORY_MODE] = { NULL, "0700" },
	[KEY_UMASK] = { "077", NULL },
	[KEY_SET_ID_BITS] = { "no", "yes" },
	[KEY_PRESERVE_TIMES] = { "no", "yes" },
	[KEY_PRESERVE_MODES] = { "no", "yes" },
	[KEY_MAX_FILE_SIZE] = { "1", NULL },
	[KEY_MAX_SESSION_BYTES] = { "1", NULL },
	[KEY_MAX_SESSION_FILES] = { "1", NULL },
	[KEY_MAX_DEPTH] = { "1", NULL },
	[KEY_MIN_FREE] = { "1K", NULL },
	[KEY_IDLE_TIMEOUT] = { "1", NULL },
	[KEY_SESSION_TIMEOUT] = { "1", NULL },
	[KEY_RATE_LIMIT] = { "1", NULL },
	[KEY_SYNC] = { "always", "no" },
	[KEY_SANDBOX] = { "require", "prefer" },
	[KEY_AUDIT] = { "require", NULL },
	[KEY_AUDIT_LOG] = { NULL, "none" },
	[KEY_AUDIT_FORMAT] = { NULL, "text" },
	[KEY_AUDIT_DIGEST] = { "sha256", "none" },
	[KEY_SFTP] = { "no", "yes" },
	[KEY_MODIFY] = { "no", NULL },
	[KEY_INTERRUPTED] = { "discard", "keep" },
	[KEY_LINKS] = { "no", "yes" },
	[KEY_MAKE_PARENTS] = { "no", "yes" },
	[KEY_PIPELINING] = { NULL, "yes" },
	[KEY_RELAY] = { "deny", "*" },
	[KEY_RELAY_CONFIG] = { NULL, "/a" },
};

static bool
takes(enum policy_key key, const char *between, const char *value)
{
	char option[64];

	(void)snprintf(
	    option, sizeof(option), "%s%s%s", config_name(key), between, value);
	return config_only_tightens(option);
}

/* A client can send "scp-server -o ..." to a login shell, too. */
START_TEST(only_what_tightens_is_taken_from_a_client)
{
	static const char *const no[] = { "Chroot=no", "AuditLog=/etc/passwd",
		"Sftp=", "Sftp", "Sftp=nonsense", "Relay=none", "Relay=deny a",
		"Sync=alway", "Nonsense=1", "", "=" };
	const char *stricter, *looser;

	for (enum policy_key key = 0; key < KEY_COUNT; key++) {
		stricter = values[key].stricter;
		looser = values[key].looser;
		ck_assert(stricter != NULL || looser != NULL);
		ck_assert_msg(stricter == NULL || takes(key, "=", stricter),
		    "%s=%s", config_name(key), stricter);
		ck_assert(stricter == NULL || takes(key, " ", stricter));
		ck_assert_msg(looser == NULL || !takes(key, "=", looser),
		    "%s=%s", config_name(key), looser);
	}
	ck_assert(config_only_tightens("sftp NO"));
	ck_assert(config_only_tightens("Symlinks REFUSE"));
	for (size_t i = 0; i < COUNT(no); i++)
		ck_assert_msg(!config_only_tightens(no[i]), "%s", no[i]);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_stricter_of_file_and_options_holds,
		of_every_pair_of_values_the_stricter_holds,
		what_only_one_of_them_says_holds,
		the_files_root_is_kept_where_the_options_go_deeper,
		of_many_roots_the_outermost_is_kept,
		a_root_that_is_taken_brings_its_outer_root_or_none,
		a_name_has_to_be_in_both_lists,
		two_of_the_longest_lists_fit_together,
		a_match_block_overrides_what_it_sets,
		tokens_are_put_into_root,
		a_root_that_grows_too_long_is_refused,
		only_what_tightens_is_taken_from_a_client,
	};

	return unit_run("combine", tests, COUNT(tests));
}
