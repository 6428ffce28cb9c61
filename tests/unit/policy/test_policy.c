#include "policy/policy.h"

#include "base/err.h"
#include "unit.h"

#define BIT(key) (UINT64_C(1) << (key))

/* S6.  A policy as options would leave it. */
static struct policy
made(const char *root, enum access access)
{
	struct policy p;

	policy_init(&p);
	(void)snprintf(p.root, sizeof(p.root), "%s", root);
	p.access = access;
	return p;
}

static void
complete(struct policy *p)
{
	const char *why;

	ck_assert_int_eq(policy_complete(p, &why), 0);
}

/* What may have another default under a Root. */
static void
check_defaults(const struct policy *p, const struct policy *wanted)
{
	ck_assert_int_eq(p->overwrite, wanted->overwrite);
	ck_assert_int_eq(p->symlinks, wanted->symlinks);
	ck_assert_int_eq(p->dotfiles, wanted->dotfiles);
	ck_assert_int_eq(p->sandbox, wanted->sandbox);
	ck_assert_int_eq(p->depth, wanted->depth);
	ck_assert_int_eq(p->idle_timeout, wanted->idle_timeout);
	ck_assert_int_eq(p->session_timeout, wanted->session_timeout);
}

START_TEST(an_open_session_gets_the_open_defaults)
{
	static const struct policy wanted = { .overwrite = OVERWRITE_REPLACE,
		.symlinks = SYMLINKS_FOLLOW,
		.dotfiles = DOTFILES_ALLOW,
		.sandbox = SANDBOX_PREFER,
		.depth = 256 };
	struct policy p = made("", ACCESS_READ_WRITE);

	complete(&p);
	ck_assert(!policy_is_confined(&p));
	check_defaults(&p, &wanted);
	ck_assert(p.preserve_times && p.preserve_modes);
	ck_assert(!p.chroot && !p.audit_log.off && !p.sync && !p.set_id_bits);
	ck_assert_int_eq(p.audit_format, AUDIT_JSON);
	ck_assert_int_eq(p.audit_digest, DIGEST_NONE);
#ifdef WITHOUT_SFTP
	ck_assert(!p.sftp);
#else
	ck_assert(p.sftp);
#endif
	ck_assert_int_eq(p.modify, MODIFY_YES);
	ck_assert_int_eq(p.interrupted, INTERRUPTED_DISCARD);
	ck_assert(p.max_file_size == 0 && p.max_session_bytes == 0 &&
	    p.max_session_files == 0 && p.min_free == 0 && p.rate_limit == 0);
}
END_TEST

START_TEST(a_confined_session_gets_the_confined_defaults)
{
	static const char *const roots[] = { "/srv", "/" };
	static const struct policy wanted = { .overwrite = OVERWRITE_REPLACE,
		.symlinks = SYMLINKS_REFUSE,
		.dotfiles = DOTFILES_ROOT,
		.sandbox = SANDBOX_REQUIRE,
		.depth = 64,
		.idle_timeout = 300 };
	struct policy p;

	for (size_t i = 0; i < COUNT(roots); i++) {
		p = made(roots[i], ACCESS_READ_WRITE);
		complete(&p);
		ck_assert(policy_is_confined(&p));
		check_defaults(&p, &wanted);
		ck_assert(p.preserve_times && p.preserve_modes);
	}
}
END_TEST

START_TEST(what_was_set_is_kept)
{
	struct policy p = made("/srv", ACCESS_WRITE_ONLY), before;

	p.set = BIT(KEY_OVERWRITE) | BIT(KEY_SYMLINKS) | BIT(KEY_DOT_FILES) |
	    BIT(KEY_SANDBOX) | BIT(KEY_MAX_DEPTH) | BIT(KEY_IDLE_TIMEOUT) |
	    BIT(KEY_PRESERVE_TIMES) | BIT(KEY_PRESERVE_MODES);
	p.overwrite = OVERWRITE_REPLACE;
	p.symlinks = SYMLINKS_FOLLOW;
	p.dotfiles = DOTFILES_ALLOW;
	p.sandbox = SANDBOX_PREFER;
	p.depth = 3;
	p.session_timeout = 9;
	before = p;
	complete(&p);
	check_defaults(&p, &before);
	ck_assert_int_eq(p.idle_timeout, 0);
	ck_assert(!p.preserve_times && !p.preserve_modes);
}
END_TEST

START_TEST(access_and_overwrite_decide_what_may_be_replaced)
{
	static const struct {
		enum access access;
		bool is_set;
		enum overwrite set, then;
		bool may_replace;
	} rows[] = {
		{ ACCESS_READ_WRITE, false, 0, OVERWRITE_REPLACE, true },
		{ ACCESS_READ_ONLY, false, 0, OVERWRITE_REPLACE, true },
		{ ACCESS_WRITE_ONLY, false, 0, OVERWRITE_DENY, false },
		{ ACCESS_WRITE_ONLY, true, OVERWRITE_DENY, OVERWRITE_DENY,
		    false },
		{ ACCESS_WRITE_ONLY, true, OVERWRITE_REPLACE, OVERWRITE_REPLACE,
		    true },
		{ ACCESS_WRITE_ONLY, true, OVERWRITE_VERSIONS,
		    OVERWRITE_VERSIONS, true },
		{ ACCESS_READ_WRITE, true, OVERWRITE_INPLACE, OVERWRITE_INPLACE,
		    true },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made("", rows[i].access);
		p.set = rows[i].is_set ? BIT(KEY_OVERWRITE) : 0;
		p.overwrite = rows[i].set;
		complete(&p);
		ck_assert_int_eq(p.overwrite, rows[i].then);
		ck_assert_int_eq(policy_only_adds(&p), !rows[i].may_replace);
	}
}
END_TEST

/* What scp could do there in other ways, too. */
START_TEST(root_access_and_overwrite_decide_what_may_be_modified)
{
	static const struct {
		const char *root;
		enum access access;
		enum overwrite overwrite;
		enum modify then;
	} rows[] = {
		{ "", ACCESS_READ_WRITE, OVERWRITE_REPLACE, MODIFY_YES },
		{ "", ACCESS_WRITE_ONLY, OVERWRITE_DENY, MODIFY_YES },
		{ "", ACCESS_READ_ONLY, OVERWRITE_DENY, MODIFY_YES },
		{ "/srv", ACCESS_READ_WRITE, OVERWRITE_REPLACE, MODIFY_YES },
		{ "/srv", ACCESS_READ_WRITE, OVERWRITE_VERSIONS, MODIFY_OWN },
		{ "/srv", ACCESS_READ_WRITE, OVERWRITE_DENY, MODIFY_OWN },
		{ "/srv", ACCESS_WRITE_ONLY, OVERWRITE_REPLACE, MODIFY_OWN },
		{ "/srv", ACCESS_WRITE_ONLY, OVERWRITE_DENY, MODIFY_NO },
		{ "/srv", ACCESS_READ_ONLY, OVERWRITE_REPLACE, MODIFY_NO },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made(rows[i].root, rows[i].access);
		p.set = BIT(KEY_OVERWRITE);
		p.overwrite = rows[i].overwrite;
		complete(&p);
		ck_assert_int_eq(p.modify, rows[i].then);
		ck_assert(p.links == (rows[i].root[0] == '\0'));
		p.set |= BIT(KEY_MODIFY) | BIT(KEY_LINKS);
		p.modify = MODIFY_OWN;
		p.links = false;
		complete(&p);
		ck_assert_int_eq(p.modify, MODIFY_OWN);
		ck_assert(!p.links);
	}
}
END_TEST

START_TEST(what_was_interrupted_is_kept_where_it_can_be_gone_on_with)
{
	static const struct {
		enum access access;
		bool is_set;
		enum overwrite overwrite;
		bool can;
	} rows[] = {
		{ ACCESS_READ_WRITE, false, OVERWRITE_DENY, true },
		{ ACCESS_READ_WRITE, true, OVERWRITE_REPLACE, true },
		{ ACCESS_READ_WRITE, true, OVERWRITE_VERSIONS, true },
		{ ACCESS_READ_WRITE, true, OVERWRITE_DENY, false },
		{ ACCESS_WRITE_ONLY, true, OVERWRITE_REPLACE, false },
		{ ACCESS_READ_ONLY, false, OVERWRITE_REPLACE, false },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made("/srv", rows[i].access);
		p.set = BIT(KEY_INTERRUPTED) |
		    (rows[i].is_set ? BIT(KEY_OVERWRITE) : 0);
		p.overwrite = rows[i].overwrite;
		p.interrupted = INTERRUPTED_DISCARD;
		ck_assert_pstr_eq(policy_check_source(&p), NULL);
		p.interrupted = INTERRUPTED_KEEP;
		ck_assert((policy_check_source(&p) == NULL) == rows[i].can);
		complete(&p);
		ck_assert_int_eq(p.interrupted,
		    rows[i].can ? INTERRUPTED_KEEP : INTERRUPTED_DISCARD);
		p.set = 0;
		p.interrupted = INTERRUPTED_KEEP;
		ck_assert_pstr_eq(policy_check_source(&p), NULL);
	}
}
END_TEST

START_TEST(contradictions_are_refused_with_a_reason)
{
	static const char inplace[] =
	    "Overwrite inplace is for sessions without a Root";
	static const struct {
		const char *root;
		bool chroot, set_id_bits, inplace;
		enum access access;
		const char *why; /* NULL: they fit */
	} rows[] = {
		{ "", true, false, false, ACCESS_READ_WRITE,
		    "Chroot yes needs a Root" },
		{ "/srv", true, false, false, ACCESS_READ_WRITE, NULL },
		{ "/srv", false, false, true, ACCESS_READ_WRITE, inplace },
		{ "/", false, false, true, ACCESS_READ_WRITE, inplace },
		{ "", false, false, true, ACCESS_WRITE_ONLY,
		    "Overwrite inplace does not go with Access write-only" },
		{ "", false, false, true, ACCESS_READ_WRITE, NULL },
		{ "/srv", false, true, false, ACCESS_READ_WRITE,
		    "SetIdBits yes is for sessions without a Root" },
		{ "", false, true, false, ACCESS_READ_WRITE, NULL },
	};
	const char *why;
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made(rows[i].root, rows[i].access);
		p.chroot = rows[i].chroot;
		p.set_id_bits = rows[i].set_id_bits;
		p.overwrite = OVERWRITE_INPLACE;
		p.set = rows[i].inplace ? BIT(KEY_OVERWRITE) : 0;
		why = NULL;
		ck_assert_int_eq(policy_complete(&p, &why),
		    rows[i].why == NULL ? 0 : ERR_CONFIG);
		ck_assert_pstr_eq(why, rows[i].why);
	}
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
		p = made("", rows[i].access);
		ck_assert_int_eq(
		    policy_check_direction(&p, true), rows[i].upload);
		ck_assert_int_eq(
		    policy_check_direction(&p, false), rows[i].download);
	}
}
END_TEST

START_TEST(depth_is_counted_from_the_root)
{
	static const int64_t limits[] = { 0, 1, 2, 64, 256 };
	struct policy p = made("", ACCESS_READ_WRITE);
	struct name name = { "d" };

	for (size_t i = 0; i < COUNT(limits); i++) {
		struct relpath path = { .len = 0 };

		p.depth = limits[i];
		for (int64_t n = 0; n <= limits[i]; n++) {
			ck_assert_int_eq(policy_check_depth(&p, &path), 0);
			ck_assert_int_eq(relpath_append(&path, &name), 0);
		}
		ck_assert_int_eq(policy_check_depth(&p, &path), ERR_DEPTH);
	}
}
END_TEST

static int
check_path(const struct policy *p, const char *text, size_t start_len)
{
	struct relpath path;

	ck_assert_int_eq(relpath_parse(&path, NULL, text), 0);
	return policy_check_path(p, &path, start_len);
}

/* What each setting says to paths between blanks. */
static void
check_dotfiles(enum dotfiles dotfiles, const char *paths, int err)
{
	struct policy p = made("/srv", ACCESS_READ_WRITE);
	char text[128];
	size_t n;
	int e;

	p.dotfiles = dotfiles;
	for (; *paths != '\0'; paths += n + (paths[n] == ' ')) {
		n = strcspn(paths, " ");
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, paths);
		e = check_path(&p, text, 0);
		/* a name without a dot is refused by its list */
		ck_assert_msg(e ==
			(err == ERR_DOTFILES &&
				    strncasecmp(text, "bin", 3) == 0 ?
				ERR_STARTUP :
				err),
		    "%s: %d", text, e);
	}
}

/* What sshd, shells, PAM, mail and editors act on; design says which. */
static const char startup[] =
    ".ssh .bashrc .bash_profile .bash_login .bash_logout .bash_aliases "
    ".profile .zshrc .zshenv .zprofile .zlogin .login .cshrc .tcshrc "
    ".pam_environment .forward .procmailrc .k5login .k5users .rhosts .shosts "
    ".netrc .config .local .gnupg .gitconfig .vimrc .emacs .emacs.d "
    ".xprofile .xsessionrc bin";

START_TEST(start_up_files_are_refused_directly_below_the_root)
{
	char upper[sizeof(startup)], below[sizeof(startup) * 4] = "";
	char *word, *rest = upper;

	check_dotfiles(DOTFILES_ROOT, startup, ERR_DOTFILES);
	check_dotfiles(DOTFILES_DENY, startup, ERR_DOTFILES);
	check_dotfiles(DOTFILES_ALLOW, startup, 0);
	for (size_t i = 0; i < sizeof(startup); i++)
		upper[i] = startup[i] >= 'a' && startup[i] <= 'z' ?
		    (char)(startup[i] - 'a' + 'A') :
		    startup[i];
	check_dotfiles(DOTFILES_ROOT, upper, ERR_DOTFILES);
	while ((word = strsep(&rest, " ")) != NULL)
		(void)snprintf(below + strlen(below),
		    sizeof(below) - strlen(below), "%s%s/x",
		    *below != '\0' ? " " : "", word);
	check_dotfiles(DOTFILES_ROOT, below, ERR_DOTFILES);
	check_dotfiles(DOTFILES_ALLOW, below, 0);
}
END_TEST

START_TEST(dot_names_are_judged_by_where_they_stand)
{
	check_dotfiles(
	    DOTFILES_ROOT, ".x ... .x/f .x/y/z Bin BIN/f bIn", ERR_DOTFILES);
	check_dotfiles(DOTFILES_ROOT,
	    "f d/f d/.x d/.ssh/f d/bin d/BIN/f binary xbin a.b f. d/.x/.y", 0);
	check_dotfiles(
	    DOTFILES_DENY, ".x d/.x .x/f d/.x/f d/e/.f bin", ERR_DOTFILES);
	check_dotfiles(DOTFILES_DENY, "f d/f a.b d/a.b f. d/bin / binary", 0);
	check_dotfiles(DOTFILES_ALLOW, ".x .x/.y d/.x bin .ssh/rc /", 0);
	check_dotfiles(DOTFILES_ROOT, "/", 0);
}
END_TEST

START_TEST(names_are_judged_component_by_component)
{
	static const struct {
		const char *allow, *allow_too, *deny;
		const char *path;
		int err;
	} rows[] = {
		{ "", "", "", "any/thing", 0 },
		{ "", "", "*.exe", "x.exe", ERR_DENY_NAMES },
		{ "", "", "*.exe", "x.exe/f", ERR_DENY_NAMES },
		{ "", "", "*.exe", "d/x.exe", ERR_DENY_NAMES },
		{ "", "", "*.exe", "d/x.EXE", 0 },
		{ "", "", "*.exe", "d/exe", 0 },
		{ "", "", "*.exe", ".exe", ERR_DENY_NAMES },
		{ "", "", " a\t b  c ", "b", ERR_DENY_NAMES },
		{ "", "", " a\t b  c ", "d", 0 },
		{ "", "", "*", "x", ERR_DENY_NAMES },
		{ "", "", "*", "/", 0 },
		{ "", "", "a\\*", "ab", 0 },
		{ "", "", "a\\*", "a*", ERR_DENY_NAMES },
		{ "*.txt", "", "", "f.txt", 0 },
		{ "*.txt", "", "", "f.bin", ERR_ALLOW_NAMES },
		{ "*.txt", "", "", "d/f.txt", ERR_ALLOW_NAMES },
		{ "*.txt [!.]", "", "", "d/f.txt", 0 },
		{ "*.txt", "", "", ".txt", 0 },
		{ "a* *z", "a", "", "a", 0 },
		{ "a* *z", "a", "", "ab", ERR_ALLOW_NAMES },
		{ "a* *z", "a", "", "b", ERR_ALLOW_NAMES },
		{ "a* *z", "*b\"?", "", "ab", ERR_ALLOW_NAMES },
		{ "a* *z", "*b\"??", "", "ab", 0 },
		{ "*", "*", "x", "x", ERR_DENY_NAMES },
		{ "a", "", "a", "a", ERR_DENY_NAMES },
		{ "", "", "[0-9]*", "d/1", ERR_DENY_NAMES },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		p = made("/srv", ACCESS_READ_WRITE);
		(void)snprintf(p.allow_names, sizeof(p.allow_names), "%s%s%s",
		    rows[i].allow, *rows[i].allow_too != '\0' ? "\"" : "",
		    rows[i].allow_too);
		(void)snprintf(
		    p.deny_names, sizeof(p.deny_names), "%s", rows[i].deny);
		ck_assert_msg(check_path(&p, rows[i].path, 0) == rows[i].err,
		    "row %zu: %s", i, rows[i].path);
	}
}
END_TEST

START_TEST(components_of_the_start_directory_are_the_administrators)
{
	static const struct {
		const char *path;
		size_t start_len;
		int err;
	} rows[] = {
		{ ".in/f", 0, ERR_DOTFILES },
		{ ".in/f", 3, 0 },
		{ ".in", 3, 0 },
		{ ".in/.f", 3, ERR_DOTFILES },
		{ ".in/.box/f", 8, 0 },
		{ ".in/.box/f", 3, ERR_DOTFILES },
		{ ".in/.box/.f", 8, ERR_DOTFILES },
	};
	struct policy p = made("/srv", ACCESS_READ_WRITE);

	p.dotfiles = DOTFILES_DENY;
	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(check_path(&p, rows[i].path, rows[i].start_len) ==
			rows[i].err,
		    "row %zu", i);
}
END_TEST

/* A file or directory beside limits, and what is said to it. */
struct limited {
	int64_t max_size, max_bytes, max_files;
	struct policy_totals totals; /* so far */
	int64_t size;
	int err;
};

static void
check_limits(const struct limited *rows, size_t count,
    int check(const struct policy *, const struct policy_totals *, int64_t))
{
	struct policy p;

	for (size_t i = 0; i < count; i++) {
		policy_init(&p);
		p.max_file_size = rows[i].max_size;
		p.max_session_bytes = rows[i].max_bytes;
		p.max_session_files = rows[i].max_files;
		ck_assert_msg(
		    check(&p, &rows[i].totals, rows[i].size) == rows[i].err,
		    "row %zu", i);
	}
}

START_TEST(limits_are_judged_from_the_announced_size)
{
	static const struct limited rows[] = {
		{ 0, 0, 0, { 0, 0 }, INT64_MAX, 0 },
		{ 0, 0, 0, { 1 << 30, INT64_MAX }, INT64_MAX, 0 },
		{ 10, 0, 0, { 0, 0 }, 0, 0 },
		{ 10, 0, 0, { 0, 0 }, 10, 0 },
		{ 10, 0, 0, { 0, 0 }, 11, ERR_MAX_FILE_SIZE },
		{ 10, 0, 0, { 0, 0 }, INT64_MAX, ERR_MAX_FILE_SIZE },
		{ 0, 100, 0, { 0, 0 }, 100, 0 },
		{ 0, 100, 0, { 0, 0 }, 101, ERR_MAX_SESSION_BYTES },
		{ 0, 100, 0, { 0, 60 }, 40, 0 },
		{ 0, 100, 0, { 0, 60 }, 41, ERR_MAX_SESSION_BYTES },
		{ 0, 100, 0, { 0, 100 }, 0, 0 },
		{ 0, 100, 0, { 0, 100 }, 1, ERR_MAX_SESSION_BYTES },
		{ 0, 100, 0, { 0, 1 }, INT64_MAX, ERR_MAX_SESSION_BYTES },
		{ 0, 0, 2, { 0, 0 }, 0, 0 },
		{ 0, 0, 2, { 1, 0 }, 9, 0 },
		{ 0, 0, 2, { 2, 0 }, 0, ERR_MAX_SESSION_FILES },
		{ 0, 0, 2, { 3, 0 }, 0, ERR_MAX_SESSION_FILES },
		{ 10, 100, 2, { 1, 90 }, 10, 0 },
	};
	check_limits(rows, COUNT(rows), policy_check_size);
}
END_TEST

START_TEST(whatever_is_created_counts_as_1024_octets_at_least)
{
	static const struct limited rows[] = {
		{ 0, 0, 0, { 9, 9 }, INT64_MAX, 0 },
		{ 10, 0, 0, { 0, 0 }, 10, 0 }, /* MaxFileSize: as announced */
		{ 10, 0, 0, { 0, 0 }, 11, ERR_MAX_FILE_SIZE },
		{ 0, 1023, 0, { 0, 0 }, 0, ERR_MAX_SESSION_BYTES },
		{ 0, 1024, 0, { 0, 0 }, 0, 0 },
		{ 0, 1024, 0, { 0, 0 }, 1024, 0 },
		{ 0, 1024, 0, { 0, 0 }, 1025, ERR_MAX_SESSION_BYTES },
		{ 0, 1024, 0, { 0, 1 }, 1, ERR_MAX_SESSION_BYTES },
		{ 0, 1024, 0, { 0, 1 }, INT64_MAX, ERR_MAX_SESSION_BYTES },
		{ 0, 0, 2, { 1, 0 }, 0, 0 },
		{ 0, 0, 2, { 2, 0 }, 0, ERR_MAX_SESSION_FILES },
	};
	check_limits(rows, COUNT(rows), policy_check_new);
	ck_assert_int_eq(policy_new_size(0), 1024);
	ck_assert_int_eq(policy_new_size(1024), 1024);
	ck_assert_int_eq(policy_new_size(INT64_MAX), INT64_MAX);
}
END_TEST

START_TEST(modes_are_as_announced_or_exactly_as_configured)
{
	static const struct {
		uint64_t set;
		bool set_id_bits;
		mode_t mode, file, directory;
	} rows[] = {
		{ 0, false, 0644, 0644, 0644 },
		{ 0, false, 07777, 0777, 01777 },
		{ 0, true, 07777, 06777, 01777 },
		{ 0, true, 01644, 0644, 01644 },
		{ BIT(KEY_FILE_MODE), false, 0777, 0640, 0777 },
		{ BIT(KEY_FILE_MODE), false, 0, 0640, 0 },
		{ BIT(KEY_FILE_MODE), true, 06777, 0640, 0777 },
		{ BIT(KEY_DIRECTORY_MODE), false, 0777, 0777, 0710 },
		{ BIT(KEY_DIRECTORY_MODE), false, 0, 0, 0710 },
	};
	struct policy p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		policy_init(&p);
		p.set = rows[i].set;
		p.set_id_bits = rows[i].set_id_bits;
		p.file_mode = 0640;
		p.directory_mode = 0710;
		ck_assert_uint_eq(
		    policy_mode(&p, rows[i].mode, false), rows[i].file);
		ck_assert_uint_eq(
		    policy_mode(&p, rows[i].mode, true), rows[i].directory);
	}
}
END_TEST

START_TEST(a_mode_that_only_narrows_adds_no_right)
{
	struct policy p;

	policy_init(&p);
	p.set = p.narrows = BIT(KEY_FILE_MODE) | BIT(KEY_DIRECTORY_MODE);
	p.file_mode = 0646;
	p.directory_mode = 0757;
	ck_assert_uint_eq(policy_mode(&p, 0600, false), 0600);
	ck_assert_uint_eq(policy_mode(&p, 0666, false), 0646);
	ck_assert_uint_eq(policy_mode(&p, 0700, true), 0700);
	ck_assert_uint_eq(policy_mode(&p, 0777, true), 0757);
	ck_assert_uint_eq(policy_mode(&p, 01777, true), 01757);
	ck_assert_uint_eq(policy_mode(&p, 01777, false), 0646);
	ck_assert(
	    !policy_fixes_mode(&p, false) && !policy_fixes_mode(&p, true));
	p.narrows = 0;
	ck_assert(policy_fixes_mode(&p, false) && policy_fixes_mode(&p, true));
}
END_TEST

START_TEST(each_refusal_names_its_keyword)
{
	static const struct {
		int err;
		enum policy_key key;
	} rows[] = {
		{ ERR_MIN_FREE, KEY_MIN_FREE },
		{ ERR_DEPTH, KEY_MAX_DEPTH },
		{ ERR_MAX_SESSION_FILES, KEY_MAX_SESSION_FILES },
		{ ERR_MAX_SESSION_BYTES, KEY_MAX_SESSION_BYTES },
		{ ERR_MAX_FILE_SIZE, KEY_MAX_FILE_SIZE },
		{ ERR_DENY_NAMES, KEY_DENY_NAMES },
		{ ERR_ALLOW_NAMES, KEY_ALLOW_NAMES },
		{ ERR_DOTFILES, KEY_DOT_FILES },
		{ ERR_STARTUP, KEY_DOT_FILES },
		{ ERR_EXISTS, KEY_OVERWRITE },
		{ ERR_LINK, KEY_SYMLINKS },
		{ ERR_ESCAPE, KEY_ROOT },
		{ ERR_PATH, KEY_ROOT },
		{ ERR_SFTP, KEY_SFTP },
		{ ERR_WRITE_ONLY, KEY_ACCESS },
		{ ERR_READ_ONLY, KEY_ACCESS },
		{ ERR_RECORD, KEY_COUNT },
		{ 0, KEY_COUNT },
		{ EIO, KEY_COUNT },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(policy_cause(rows[i].err), rows[i].key);
}
END_TEST

START_TEST(a_limit_of_one_is_a_limit)
{
	const struct policy_totals none = { .bytes = 0 };
	const struct policy_totals one = { .files = 1 };
	struct policy p;

	policy_init(&p);
	ck_assert_int_eq(policy_check_size(&p, &one, INT64_MAX), 0);
	p.max_file_size = 1;
	ck_assert_int_eq(policy_check_size(&p, &none, 1), 0);
	ck_assert_int_eq(policy_check_size(&p, &none, 2), ERR_MAX_FILE_SIZE);
	policy_init(&p);
	p.max_session_bytes = 1;
	ck_assert_int_eq(policy_check_size(&p, &none, 1), 0);
	ck_assert_int_eq(
	    policy_check_size(&p, &none, 2), ERR_MAX_SESSION_BYTES);
	policy_init(&p);
	p.max_session_files = 1;
	ck_assert_int_eq(policy_check_size(&p, &none, 0), 0);
	ck_assert_int_eq(policy_check_size(&p, &one, 0), ERR_MAX_SESSION_FILES);
}
END_TEST

START_TEST(lists_of_names_tell_upper_from_lower_case)
{
	struct policy p;
	struct relpath path;

	ck_assert_int_eq(relpath_parse(&path, NULL, "A"), 0);
	policy_init(&p);
	p.dotfiles = DOTFILES_ALLOW;
	(void)strcpy(p.allow_names, "a");
	ck_assert_int_eq(policy_check_path(&p, &path, 0), ERR_ALLOW_NAMES);
	(void)strcpy(p.allow_names, "A");
	ck_assert_int_eq(policy_check_path(&p, &path, 0), 0);
	(void)strcpy(p.allow_names, "A\"a");
	ck_assert_int_eq(policy_check_path(&p, &path, 0), ERR_ALLOW_NAMES);
	(void)strcpy(p.allow_names, "A");
	(void)strcpy(p.deny_names, "a");
	ck_assert_int_eq(policy_check_path(&p, &path, 0), 0);
	(void)strcpy(p.allow_names, "b"); /* a list of one octet */
	ck_assert_int_eq(policy_check_path(&p, &path, 0), ERR_ALLOW_NAMES);
}
END_TEST

START_TEST(a_rate_is_the_lower_of_two)
{
	static const struct {
		int64_t limit;
		long asked; /* in kbit/s */
		int64_t rate;
	} rows[] = {
		{ 0, 0, 0 },
		{ 0, 8, 1000 },
		{ 0, 1, 125 },
		{ 1, 0, 1 },
		{ 1000, 0, 1000 },
		{ 1000, 7, 875 },
		{ 1000, 8, 1000 },
		{ 1000, 9, 1000 },
		{ 1, 1, 1 },
		{ 0, 999999999, INT64_C(124999999875) },
	};
	struct policy p;

	policy_init(&p);
	for (size_t i = 0; i < COUNT(rows); i++) {
		p.rate_limit = rows[i].limit;
		ck_assert_int_eq(policy_rate(&p, rows[i].asked), rows[i].rate);
	}
}
END_TEST

START_TEST(the_outer_root_is_the_files_or_the_only_one)
{
	struct policy p;

	policy_init(&p);
	ck_assert_str_eq(policy_outer_root(&p), "");
	(void)strcpy(p.root, "/srv/in");
	ck_assert_str_eq(policy_outer_root(&p), "/srv/in");
	(void)strcpy(p.outer_root, "/");
	ck_assert_str_eq(policy_outer_root(&p), "/srv/in");
	p.is_inside = true;
	ck_assert_str_eq(policy_outer_root(&p), "/");
	(void)strcpy(p.outer_root, "/srv");
	ck_assert_str_eq(policy_outer_root(&p), "/srv");
}
END_TEST

START_TEST(a_copy_goes_on_to_hosts_that_both_lists_name)
{
	static const struct {
		const char *relay, *too;
		int err;
	} rows[] = {
		{ "", "", ERR_RELAY },
		{ "h", "", 0 },
		{ "g", "", ERR_RELAY },
		{ "g h", "", 0 },
		{ " \th", "", 0 },
		{ "h g ", "", 0 },
		{ "g ", "", ERR_RELAY },
		{ "h", "h", 0 },
		{ "h", "g", ERR_RELAY },
		{ "h", "g\th", 0 },
		{ "g", "h", ERR_RELAY },
		{ "h", "h\"g", ERR_RELAY },
		{ "h", "h\"g h", 0 },
		{ "", "h", ERR_RELAY },
	};
	struct destination d;
	struct policy p;

	ck_assert_int_eq(destination_parse(&d, "h:x"), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		policy_init(&p);
		(void)snprintf(p.relay, sizeof(p.relay), "%s%s%s",
		    rows[i].relay, *rows[i].too != '\0' ? "\"" : "",
		    rows[i].too);
		ck_assert_msg(
		    policy_check_relay(&p, &d) == rows[i].err, "row %zu", i);
	}
	/* it is a download, too */
	(void)strcpy(p.relay, "h");
	p.access = ACCESS_READ_ONLY;
	ck_assert_int_eq(policy_check_relay(&p, &d), 0);
	p.access = ACCESS_WRITE_ONLY;
	ck_assert_int_eq(policy_check_relay(&p, &d), ERR_WRITE_ONLY);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_open_session_gets_the_open_defaults,
		a_confined_session_gets_the_confined_defaults,
		what_was_set_is_kept,
		access_and_overwrite_decide_what_may_be_replaced,
		root_access_and_overwrite_decide_what_may_be_modified,
		what_was_interrupted_is_kept_where_it_can_be_gone_on_with,
		contradictions_are_refused_with_a_reason,
		access_decides_the_direction,
		depth_is_counted_from_the_root,
		start_up_files_are_refused_directly_below_the_root,
		dot_names_are_judged_by_where_they_stand,
		names_are_judged_component_by_component,
		components_of_the_start_directory_are_the_administrators,
		limits_are_judged_from_the_announced_size,
		whatever_is_created_counts_as_1024_octets_at_least,
		modes_are_as_announced_or_exactly_as_configured,
		a_mode_that_only_narrows_adds_no_right,
		each_refusal_names_its_keyword,
		a_limit_of_one_is_a_limit,
		lists_of_names_tell_upper_from_lower_case,
		a_rate_is_the_lower_of_two,
		the_outer_root_is_the_files_or_the_only_one,
		a_copy_goes_on_to_hosts_that_both_lists_name,
	};

	return unit_run("policy", tests, COUNT(tests));
}
