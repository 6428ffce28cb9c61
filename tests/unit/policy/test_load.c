#include "policy/load.h"

#include "base/err.h"
#include "options.h"
#include "starts.h"

struct row {
	struct start start;
	const char *keyword;
	const char *value;
};

static void
check_rows(const struct row *rows, size_t count)
{
	const char *value;

	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(effective(&rows[i].start) == 0, "row %zu: %s", i,
		    error.why);
		value = shown(&policy, keyword_of(rows[i].keyword));
		ck_assert_msg(strcmp(value, rows[i].value) == 0,
		    "row %zu: %s %s, not %s", i, rows[i].keyword, value,
		    rows[i].value);
		if (rows[i].start.form != FORM_SHELL_FORCED)
			ck_assert(!policy_only_narrows(&policy, KEY_UMASK));
	}
}

START_TEST(file_and_options_come_to_the_stricter_with_defaults_for_the_rest)
{
	static const struct row rows[] = {
		{ FILE_SAYS(""), "Root", "none" },
		{ FILE_SAYS(""), "Symlinks", "follow" },
		{ FILE_SAYS(""), "DotFiles", "allow" },
		{ FILE_SAYS(""), "MaxDepth", "256" },
		{ FILE_SAYS(""), "IdleTimeout", "none" },
		{ FILE_SAYS(""), "Sandbox", "prefer" },
		{ FILE_SAYS(""), "Overwrite", "replace" },
		{ FILE_SAYS("Root /srv\n"), "Symlinks", "refuse" },
		{ FILE_SAYS("Root /srv\n"), "DotFiles", "root" },
		{ FILE_SAYS("Root /srv\n"), "MaxDepth", "64" },
		{ FILE_SAYS("Root /srv\n"), "IdleTimeout", "300" },
		{ FILE_SAYS("Root /srv\n"), "Sandbox", "require" },
		{ OPTION("", "Root=/srv"), "Symlinks", "refuse" },
		{ OPERAND("", "/srv"), "Symlinks", "refuse" },
		{ OPERAND("", "/srv"), "Root", "/srv" },
		{ FILE_SAYS("Root /srv/%u\n"), "Root", "/srv/drop" },
		{ OPTION("", "Root=%h/in"), "Root", "/home/drop/in" },
		{ OPERAND("", "/srv/%u"), "Root", "/srv/drop" },
		{ OPERAND("Root /srv\n", "/srv/in"), "Root", "/srv/in" },
		{ OPTION("Root /srv/%u\n", "Root=/srv"), "Root", "/srv/drop" },
		{ OPTION("Access read-only\n", "Access=read-write"), "Access",
		    "read-only" },
		{ OPTION("MaxDepth 9\n", "MaxDepth=3"), "MaxDepth", "3" },
		{ FILE_SAYS("Access write-only\n"), "Overwrite", "deny" },
		{ OPTION("", "Access=write-only"), "Overwrite", "deny" },
		{ FILE_SAYS("Match User drop\nMaxDepth 2\n"), "MaxDepth", "2" },
		{ FILE_SAYS("Match User other\nMaxDepth 2\n"), "MaxDepth",
		    "256" },
		{ FILE_SAYS("Match Address 192.0.2.0/24\nMaxDepth 2\n"),
		    "MaxDepth", "2" },
		{ { .file = "", .options = { "MaxDepth=2", "MaxDepth=1" } },
		    "MaxDepth", "1" },
		{ { .file = "", .options = { "MaxDepth=1", "MaxDepth=2" } },
		    "MaxDepth", "1" },
		{ { .file = "",
		      .options = { "Access=read-write", "Access=read-only" } },
		    "Access", "read-only" },
		{ { .file = "",
		      .options = { "DenyNames=*.exe", "DenyNames=*.dll" } },
		    "DenyNames", "*.exe *.dll" },
		{ { .file = "",
		      .options = { "AuditFormat=text", "AuditFormat=json" } },
		    "AuditFormat", "text" },
		{ { .file = "", .options = { "MaxDepth=2", "Sync=always" } },
		    "Sync", "always" },
		{ { .file = "", .options = { "Root=/a" }, .root = "/a/b" },
		    "Root", "/a/b" },
		{ { .file = "", .options = { "Root=/a/b" }, .root = "/a" },
		    "Root", "/a/b" },
		{ { .file = "", .options = { "Root=none" }, .root = "/a" },
		    "Root", "/a" },
		{ OPTION("Root /a\n", "DotFiles=allow"), "DotFiles", "allow" },
		{ OPTION("Root /a\n", "MaxDepth=200"), "MaxDepth", "200" },
	};

	if (!may_read_files())
		return;
	check_rows(rows, COUNT(rows));
	ck_assert(!no_file);
}
END_TEST

struct bad_row {
	struct start start;
	const char *where; /* the file; NULL: an option */
	unsigned int line;
	const char *word;
};

START_TEST(errors_say_where_they_are)
{
	static const struct bad_row rows[] = {
		{ FILE_SAYS("Nonsense 1\n"), "conf", 1, "Nonsense" },
		{ FILE_SAYS("\nAccess x\n"), "conf", 2, "x" },
		{ FILE_SAYS("Root /srv/%x\n"), "conf", 1, "/srv/%x" },
		{ OPTION("", "Nonsense=1"), NULL, 0, "-o Nonsense=1" },
		{ OPTION("", "Access=x"), NULL, 0, "-o Access=x" },
		{ OPTION("", "Root=%x"), NULL, 0, "-o Root=%x" },
		{ OPERAND("", "srv"), NULL, 0, "srv" },
		{ OPERAND("", ""), NULL, 0, "Root" },
		{ OPERAND("", "/srv/.."), NULL, 0, "/srv/.." },
		{ OPTION("Root /a\n", "Root=/b"), NULL, 0, "/b" },
		{ OPERAND("Root /a\n", "/b"), NULL, 0, "/b" },
		{ OPTION("Access read-only\n", "Access=write-only"), NULL, 0,
		    "Access" },
		{ { .file = "", .options = { "Root=/a" }, .root = "/b" }, NULL,
		    0, "/b" },
		{ { .file = "", .options = { "Root=/a", "Root=/b" } }, NULL, 0,
		    "-o Root=/b" },
		{ { .file = "",
		      .options = { "Access=read-only", "Access=write-only" } },
		    NULL, 0, "-o Access=write-only" },
		{ FILE_SAYS("Chroot yes\n"), NULL, 0, "" },
		{ OPTION("", "Chroot=yes"), NULL, 0, "" },
		{ FILE_SAYS("Root /a\nOverwrite inplace\n"), NULL, 0, "" },
		{ FILE_SAYS("Root /a\nSetIdBits yes\n"), NULL, 0, "" },
		{ FORCED("Chroot yes\n", "Root=/a"), NULL, 0, "" },
	};

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    effective(&rows[i].start) == ERR_CONFIG, "row %zu", i);
		ck_assert_pstr_eq(error.where, rows[i].where);
		ck_assert_uint_eq(error.line, rows[i].line);
		ck_assert_str_eq(error.word, rows[i].word);
		ck_assert_ptr_nonnull(error.why);
	}
}
END_TEST

/* Each start has a policy of its own, but for those that say the same. */
START_TEST(a_digest_tells_policies_apart)
{
	static const struct start starts[] = { { .file = NULL },
		{ .root = "/srv" }, { .root = "/srv/x" },
		{ .options = { "Access=read-only" } },
		{ .options = { "Umask=0" } }, { .options = { "FileMode=0" } },
		{ .options = { "AllowNames=a b" } },
		{ .options = { "AllowNames=a", "DenyNames=b" } },
		{ .options = { "MaxDepth=9" } },
		{ .options = { "Root=none" } } };
	static const struct start same = { .options = { "Access=read-write",
					       "MaxDepth=256" } };
	char sums[COUNT(starts)][DIGEST_TEXT_SIZE], again[DIGEST_TEXT_SIZE];

	for (size_t i = 0; i < COUNT(starts); i++) {
		if (effective(&starts[i]) != 0)
			return; /* this machine has a configuration */
		effective_digest(&policy, sums[i]);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(sums[i], sums[k]);
	}
	ck_assert_int_eq(effective(&same), 0);
	effective_digest(&policy, again);
	ck_assert_str_eq(again, sums[0]);
	/* what no keyword shows */
	(void)strcpy(policy.allow_names, "\"a");
	effective_digest(&policy, again);
	ck_assert_str_ne(again, sums[0]);
	policy.allow_names[0] = '\0';
	policy.is_inside = true;
	(void)strcpy(policy.outer_root, "a");
	effective_digest(&policy, again);
	ck_assert_str_ne(again, sums[0]);
}
END_TEST

START_TEST(a_file_that_was_named_has_to_be_there)
{
	struct request q = { .config = "nothing" };

	(void)unit_directory();
	policy_init(&policy);
	fill_error();
	ck_assert_int_eq(
	    effective_policy(&q, &subject, &policy, &error, &no_file),
	    ERR_CONFIG);
	ck_assert_str_eq(error.where, "nothing");
	ck_assert_str_eq(error.why, "no such file");
	ck_assert_str_eq(error.word, "");
}
END_TEST

START_TEST(a_file_of_somebody_else_is_an_error_and_not_a_default)
{
	struct request q = { .config = "conf" };

	(void)unit_directory();
	unit_write("conf", "");
	ck_assert_int_eq(chmod("conf", 0666), 0);
	ck_assert_int_eq(
	    effective_policy(&q, &subject, &policy, &error, &no_file),
	    ERR_CONFIG);
	ck_assert_str_eq(error.where, "conf");
}
END_TEST

START_TEST(without_a_file_the_policy_is_an_open_one)
{
	static const struct start start = { .file = NULL };

	if (unit_exists(effective_file))
		return;
	ck_assert_int_eq(effective(&start), 0);
	ck_assert(no_file && !policy_is_confined(&policy));
	ck_assert_str_eq(shown(&policy, KEY_ACCESS), "read-write");
}
END_TEST

START_TEST(through_a_login_shell_what_was_set_is_still_known)
{
	static const struct start start =
	    FORCED("FileMode 0600\n", "Access=read-only");

	if (!may_read_files())
		return;
	ck_assert_int_eq(effective(&start), 0);
	ck_assert(policy_is_set(&policy, KEY_FILE_MODE));
	ck_assert(policy_is_set(&policy, KEY_ACCESS));
	ck_assert(!policy_is_set(&policy, KEY_DIRECTORY_MODE));
}
END_TEST

START_TEST(an_operand_that_is_too_long_is_refused)
{
	static char root[2 * PATH_MAX];
	struct start start = OPERAND("", root);

	if (!may_read_files())
		return;
	memset(root, 'x', sizeof(root) - 1);
	root[0] = '/';
	ck_assert_int_eq(effective(&start), ERR_CONFIG);
	root[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(effective(&start), 0);
	for (size_t i = 1; i < PATH_MAX / 2; i += 2) /* in full, five times */
		memcpy(root + i, "%h", 3);
	ck_assert_int_eq(effective(&start), ERR_CONFIG);
}
END_TEST

START_TEST(through_a_login_shell_loosening_options_are_refused)
{
	static const char *const options[] = { "Symlinks=follow", "Sync=no",
		"Sandbox=prefer", "Chroot=no", "User=root", "SetIdBits=yes",
		"FileMode=0777", "AuditLog=none", "AuditLog=/etc/passwd",
		"Sftp=yes", "Interrupted=keep", "StartDirectory=/",
		"Nonsense=1" };
	struct start start = { .file = "", .form = FORM_SHELL_FORCED };

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(options); i++) {
		start.options[0] = options[i];
		ck_assert_msg(
		    effective(&start) == ERR_CONFIG, "%s", options[i]);
		ck_assert_ptr_null(error.where);
	}
}
END_TEST

/*
 * A client can send such a string itself, so what the file leaves to the
 * defaults can't be loosened by it either.
 */
START_TEST(through_a_login_shell_defaults_are_not_loosened)
{
	static const struct row rows[] = {
		{ FORCED("Root /a\n", "DotFiles=allow"), "DotFiles", "root" },
		{ FORCED("Root /a\n", "DotFiles=deny"), "DotFiles", "deny" },
		{ FORCED("Root /a\n", "MaxDepth=256"), "MaxDepth", "64" },
		{ FORCED("Root /a\n", "MaxDepth=3"), "MaxDepth", "3" },
		{ FORCED("Root /a\n", "IdleTimeout=none"), "IdleTimeout",
		    "300" },
		{ FORCED("Root /a\n", "IdleTimeout=1d"), "IdleTimeout", "300" },
		{ FORCED("Root /a\n", "IdleTimeout=5"), "IdleTimeout", "5" },
		{ FORCED("Root /a\nAccess write-only\n", "Overwrite=replace"),
		    "Overwrite", "deny" },
		{ FORCED("Access write-only\n", "Overwrite=versions"),
		    "Overwrite", "deny" },
		{ FORCED("Root /a\n", "Overwrite=versions"), "Overwrite",
		    "versions" },
		{ FORCED("", "Overwrite=inplace"), "Overwrite", "replace" },
		{ FORCED("Root /a\n", "Root=none"), "Root", "/a" },
		{ FORCED("Root /a\n", "Root=/"), "Root", "/a" },
		{ FORCED("Root /a\n", "Root=/a/b"), "Root", "/a/b" },
		{ FORCED("Root none\n", "Root=/a"), "DotFiles", "root" },
		{ FORCED("Root none\n", "Root=/a"), "Symlinks", "refuse" },
		{ FORCED("Root none\n", "Root=/a"), "IdleTimeout", "300" },
		{ FORCED("Root /a\nDotFiles allow\n", "Root=/a/b"), "DotFiles",
		    "allow" },
		{ FORCED("", "Symlinks=refuse"), "Symlinks", "refuse" },
		{ FORCED("", "Access=write-only"), "Overwrite", "deny" },
		{ FORCED("AllowNames *.a\n", "AllowNames=*"), "AllowNames",
		    "*.a" },
		{ FORCED("", "Root=/a"), "Root", "none" },
	};

	if (!may_read_files())
		return;
	check_rows(rows, COUNT(rows));
}
END_TEST

/* Each name and value with the NUL at its end, which modes are set, the rest.
 */
START_TEST(a_digest_is_that_of_all_keywords_and_values)
{
	static const struct start start = { .options = { "FileMode=0600" } };
	char value[4 * POLICY_LIST_MAX], wanted[DIGEST_TEXT_SIZE];
	char seen[DIGEST_TEXT_SIZE];
	struct digest_sum sum;
	const char *name;

	if (effective(&start) != 0)
		return; /* this machine has a configuration */
	(void)strcpy(policy.allow_names, "c\"a b");
	(void)strcpy(policy.relay, "y\"x");
	policy.is_inside = true;
	(void)strcpy(policy.outer_root, "/srv");
	digest_begin(&sum, DIGEST_SHA256);
	for (size_t i = 0; config_show(&policy, i, &name, value, sizeof(value));
	     i++) {
		digest_add(&sum, name, strlen(name));
		digest_add(&sum, "", 1);
		digest_add(&sum, value, strlen(value));
		digest_add(&sum, "", 1);
	}
	digest_add(
	    &sum, "-+--c\"a b\0y\"x\0/srv", sizeof("-+--c\"a b\0y\"x\0/srv"));
	digest_end(&sum, wanted);
	effective_digest(&policy, seen);
	ck_assert_str_eq(seen, wanted);
}
END_TEST

/* "Root none" of a client would open an account that has no Root. */
START_TEST(through_a_login_shell_no_root_is_added)
{
	static const struct start rows[] = { FORCED("", "Root=none"),
		FORCED("", "Root=/a") };

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(effective(&rows[i]), 0);
		ck_assert(!policy_is_set(&policy, KEY_ROOT));
	}
}
END_TEST

START_TEST(through_a_login_shell_the_refused_option_is_told)
{
	static const struct start loosens = FORCED("", "Symlinks=follow");

	if (!may_read_files())
		return;
	ck_assert_int_eq(effective(&loosens), ERR_CONFIG);
	ck_assert_str_eq(error.why, "not allowed through a login shell");
	ck_assert_str_eq(error.word, "Symlinks=follow");
	ck_assert_uint_eq(error.line, 0);
}
END_TEST

START_TEST(through_a_login_shell_a_umask_is_added_unless_the_file_has_one)
{
	static const struct start none = FORCED("", "Umask=077");
	static const struct start both = FORCED("Umask 022\n", "Umask=077");

	if (!may_read_files())
		return;
	ck_assert_int_eq(effective(&none), 0);
	ck_assert(policy_only_narrows(&policy, KEY_UMASK));
	ck_assert_int_eq(effective(&both), 0);
	ck_assert(!policy_only_narrows(&policy, KEY_UMASK));
	ck_assert_uint_eq(policy.umask, 077);
}
END_TEST

/* The file is the first line, then the Root of a client's string. */
START_TEST(through_a_login_shell_a_root_is_judged_as_a_path_of_the_client)
{
	static const struct {
		struct start start;
		const char *why; /* NULL: allowed */
	} rows[] = {
		{ FORCED("Root /a\n", "Root=/a/.s"),
		    "name not allowed (DotFiles)" },
		{ FORCED("Root /a\n", "Root=//a//./.s/"),
		    "name not allowed (DotFiles)" },
		{ FORCED("Root /a\n", "Root=/a/bin"),
		    "one of the start-up names, not allowed here (DotFiles)" },
		{ FORCED("Root /a\n", "Root=/a/b/.s"), NULL },
		{ FORCED("Root /a\nDotFiles deny\n", "Root=/a/b/.s"),
		    "name not allowed (DotFiles)" },
		{ FORCED("Root /a\nDotFiles allow\n", "Root=/a/.s"), NULL },
		{ FORCED("Root /a\nDenyNames s*\n", "Root=/a/b/sec/c"),
		    "name not allowed (DenyNames)" },
		{ FORCED("Root /a\nAllowNames s*\n", "Root=/a/b"),
		    "name not allowed (AllowNames)" },
		{ FORCED("Root /a\nAllowNames s*\n", "Root=/a/s"), NULL },
		{ FORCED("Root none\nDenyNames s*\n", "Root=/a/sec"),
		    "name not allowed (DenyNames)" },
		{ FORCED("Root none\n", "Root=/a/.s"), NULL },
		{ FORCED("Root /a\n", "Root=/a/.scp-server.1.part"),
		    "Name is reserved for temporary files" },
		/* there StartDirectory is another place */
		{ FORCED("Root /a\nStartDirectory /.d\n", "Root=/a/b"),
		    "name not allowed (DotFiles)" },
		{ FORCED("Root /a\nStartDirectory /.d\n", "Root=/a"), NULL },
		{ FORCED("Root /a\nStartDirectory /d\n", "Root=/a/b"), NULL },
		{ FORCED("Root /a\nStartDirectory /\n", "Root=/a/b"), NULL },
		{ FORCED("Root /a\n", "Root=//a"), NULL },
		{ OPTION("Root /a\nStartDirectory /.d\n", "Root=/a/b"), NULL },
		/* the file's own is not, nor is one above it */
		{ FORCED("Root /.a/.b\nDotFiles deny\n", "Root=/.a/.b"), NULL },
		{ FORCED("Root /.a/.b\nDotFiles deny\n", "Root=/.a"), NULL },
		{ OPTION("Root /a\nDotFiles deny\n", "Root=/a/.s"), NULL },
		{ OPERAND("Root /a\nDenyNames s*\n", "/a/sec"), NULL },
	};
	int e;

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		e = effective(&rows[i].start);
		ck_assert_msg(e == (rows[i].why != NULL ? ERR_CONFIG : 0),
		    "row %zu: %d", i, e);
		if (e == 0)
			continue;
		ck_assert_str_eq(error.why, rows[i].why);
		if (strncmp(error.word, "/.d", 3) != 0) /* StartDirectory */
			ck_assert_str_eq(error.word,
			    rows[i].start.options[0] + strlen("Root="));
		ck_assert_ptr_null(error.where);
	}
}
END_TEST

/* A deeper Root does not give deeper directories than the file allows. */
START_TEST(through_a_login_shell_depth_counts_from_the_root_of_the_file)
{
	static const struct {
		struct start start;
		int64_t depth;
	} rows[] = {
		{ FORCED("Root /a\nMaxDepth 3\n", "Root=/a"), 3 },
		{ FORCED("Root /a\nMaxDepth 3\n", "Root=/a/b"), 2 },
		{ FORCED("Root /a\nMaxDepth 3\n", "Root=/a/b/c/"), 1 },
		{ FORCED("Root /a\nMaxDepth 3\n", "Root=/a/b/c/d/e"), 0 },
		{ FORCED("Root none\nMaxDepth 3\n", "Root=/a/b"), 1 },
		{ FORCED("Root /a\n", "Root=/a/b"), 63 },
		{ { .file = "Root /a\nMaxDepth 9\n",
		      .options = { "Root=/a/b", "MaxDepth=2" },
		      .form = FORM_SHELL_FORCED },
		    2 },
		{ OPTION("Root /a\nMaxDepth 3\n", "Root=/a/b"), 3 },
	};

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(effective(&rows[i].start), 0);
		ck_assert_msg(policy.depth == rows[i].depth, "row %zu: %d", i,
		    (int)policy.depth);
	}
}
END_TEST

/* sftp-server -u and -R, which a client's string may have. */
START_TEST(options_of_a_client_make_the_others_stricter)
{
	static const struct {
		struct start start;
		unsigned int mask; /* octal */
		bool narrows;	   /* the umask that was inherited holds, too */
	} rows[] = {
		{ { .file = "", .options = { "Umask=022" } }, 022, false },
		{ { .file = "", .options = { "Umask=022" }, .client_count = 1 },
		    022, true },
		{ { .file = "",
		      .options = { "Umask=077", "Sync=no" },
		      .client_count = 2 },
		    077, true },
		{ { .file = "",
		      .options = { "Sync=no", "Umask=027" },
		      .client_count = 2 },
		    027, true },
		{ { .file = "",
		      .options = { "Sync=no", "Umask=027" },
		      .client_count = 1 },
		    027, true },
		{ { .file = "",
		      .options = { "Umask=022", "Umask=077" },
		      .client_count = 1 },
		    077, false },
		{ { .file = "",
		      .options = { "Umask=077", "Umask=002" },
		      .client_count = 1 },
		    077, false },
		{ { .file = "", .options = { "Umask=002", "Umask=070" } }, 072,
		    false },
		{ { .file = "Umask 002\n",
		      .options = { "Umask=020" },
		      .client_count = 1 },
		    022, false },
	};

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(effective(&rows[i].start) == 0, "row %zu", i);
		ck_assert_msg(policy.umask == rows[i].mask, "row %zu: %o", i,
		    (unsigned int)policy.umask);
		ck_assert_msg(
		    policy_only_narrows(&policy, KEY_UMASK) == rows[i].narrows,
		    "row %zu", i);
	}
}
END_TEST

START_TEST(a_bad_option_of_a_client_is_told)
{
	static const struct start rows[] = {
		{ .file = "", .options = { "Access=x" }, .client_count = 1 },
		{ .file = "",
		    .options = { "Access=write-only", "Access=read-only" },
		    .client_count = 1 },
	};
	static const char *const words[] = { "-o Access=x",
		"-o Access=read-only" };

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(effective(&rows[i]), ERR_CONFIG);
		ck_assert_str_eq(error.word, words[i]);
	}
}
END_TEST

START_TEST(a_session_of_an_account_needs_a_root)
{
	static const enum request_form forms[] = { FORM_FORCED, FORM_DIRECT,
		FORM_SHELL, FORM_SHELL_FORCED };
	struct request q = { .form = FORM_SCP };

	policy_init(&policy);
	ck_assert_int_eq(effective_check_root(&q, &policy, &error), 0);
	for (size_t i = 0; i < COUNT(forms); i++) {
		fill_error();
		q = (struct request){ .form = forms[i] };
		ck_assert_int_eq(
		    effective_check_root(&q, &policy, &error), ERR_NO_ROOT);
		ck_assert_str_eq(error.where, effective_file);
		ck_assert_ptr_nonnull(strstr(error.why, "Root none"));
		q.config = "conf";
		ck_assert_int_eq(
		    effective_check_root(&q, &policy, &error), ERR_NO_ROOT);
		ck_assert_str_eq(error.where, "conf");
	}
	ck_assert_int_eq(config_set(&policy, "Root=none", &error), 0);
	ck_assert_int_eq(effective_check_root(&q, &policy, &error), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		file_and_options_come_to_the_stricter_with_defaults_for_the_rest,
		errors_say_where_they_are,
		a_digest_tells_policies_apart,
		a_file_that_was_named_has_to_be_there,
		a_file_of_somebody_else_is_an_error_and_not_a_default,
		without_a_file_the_policy_is_an_open_one,
		through_a_login_shell_what_was_set_is_still_known,
		an_operand_that_is_too_long_is_refused,
		through_a_login_shell_loosening_options_are_refused,
		through_a_login_shell_defaults_are_not_loosened,
		a_digest_is_that_of_all_keywords_and_values,
		through_a_login_shell_no_root_is_added,
		through_a_login_shell_the_refused_option_is_told,
		through_a_login_shell_a_umask_is_added_unless_the_file_has_one,
		through_a_login_shell_a_root_is_judged_as_a_path_of_the_client,
		through_a_login_shell_depth_counts_from_the_root_of_the_file,
		options_of_a_client_make_the_others_stricter,
		a_bad_option_of_a_client_is_told,
		a_session_of_an_account_needs_a_root,
	};

	return unit_run("load", tests, COUNT(tests));
}
