#include "policy/config.h"

#include "base/err.h"
#include "unit.h"

static const char *const *group_names;

static const char *const *
groups(void)
{
	return group_names;
}

static int
in_group(const char *name)
{
	for (size_t i = 0; group_names[i] != NULL; i++)
		if (strcmp(group_names[i], name) == 0)
			return 1;
	return 0;
}

/* What was read last, and what was wrong with it. */
static struct policy p;
static struct trouble error;

static int
parse(const char *text, const char *user, const char *address)
{
	const struct config_subject who = { .user = user,
		.home = "/home",
		.address = address,
		.groups = groups,
		.in_group = in_group };

	error.word[0] = '\0';
	error.why = NULL;
	return config_parse(&p, text, strlen(text), &who, &error);
}

/* Copies a text with another word in place of one. */
static void
put_word(char *out, const char *text, const char *old, const char *new)
{
	const char *at;

	for (*out = '\0'; (at = strstr(text, old)) != NULL;
	     text = at + strlen(old)) {
		(void)strncat(out, text, (size_t)(at - text));
		(void)strcat(out, new);
	}
	(void)strcat(out, text);
}

START_TEST(a_file_is_lines_of_keywords)
{
	static const char text[] = "# drop box\n"
				   "\n"
				   "Root /srv/%u\n"
				   "  Access = write-only  \n"
				   "\tOverwrite\tversions\t\r\n"
				   "   # indented\n"
				   "MaxFileSize=1G\n"
				   "maxdepth 7\r\n"
				   "StartDirectory /in box\n"
				   "Sync always";

	ck_assert_int_eq(parse(text, "u", ""), 0);
	ck_assert_uint_eq(error.line, 0);
	ck_assert_str_eq(p.root, "/srv/%u");
	ck_assert_int_eq(p.access, ACCESS_WRITE_ONLY);
	ck_assert_int_eq(p.overwrite, OVERWRITE_VERSIONS);
	ck_assert_int_eq(p.max_file_size, 1 << 30);
	ck_assert_int_eq(p.depth, 7);
	ck_assert_str_eq(p.start, "/in box");
	ck_assert(p.sync && !policy_is_set(&p, KEY_UMASK));
}
END_TEST

START_TEST(an_empty_file_sets_nothing)
{
	static const char *const texts[] = { "", "\n", "\n\n", "# x", "  \t ",
		"#\n#", "Match All", "Match User *\n" };
	struct policy empty;

	policy_init(&empty);
	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(&p, 0xa5, sizeof(p));
		ck_assert_int_eq(parse(texts[i], "u", ""), 0);
		ck_assert_mem_eq(&p, &empty, sizeof(p));
	}
}
END_TEST

/* As sshd does it: Root would else be a place that nobody meant. */
START_TEST(a_comment_may_follow_a_value)
{

	ck_assert_int_eq(parse("Root /srv/a#b # not /srv\n"
			       "DenyNames *.exe\t# nor *.com\n"
			       "Match User u # him\nAccess read-only #\n",
			     "u", ""),
	    0);
	ck_assert_str_eq(p.root, "/srv/a#b");
	ck_assert_str_eq(p.deny_names, "*.exe");
	ck_assert_int_eq(p.access, ACCESS_READ_ONLY);
}
END_TEST

START_TEST(the_first_value_wins_and_a_match_block_before_all)
{
	static const struct {
		const char *text;
		int64_t depth;
	} rows[] = {
		{ "MaxDepth 1\nMaxDepth 2\n", 1 },
		{ "MaxDepth 1\nMatch User u\nMaxDepth 2\n", 2 },
		{ "Match User u\nMaxDepth 2\nMaxDepth 3\n", 2 },
		{ "Match User u\nMaxDepth 2\nMatch All\nMaxDepth 3\n", 2 },
		{ "Match User x\nMaxDepth 2\nMatch All\nMaxDepth 3\n", 3 },
		{ "MaxDepth 1\nMatch User x\nMaxDepth 2\n", 1 },
		{ "Match User x\nMaxDepth 2\n", 0 },
		{ "MaxDepth 1\nMatch User u\nSync always\n", 1 },
		{ "MaxDepth 1\nMatch User x\nMatch User u\nMaxDepth 3", 3 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(parse(rows[i].text, "u", ""), 0);
		ck_assert_msg(p.depth == rows[i].depth, "%s", rows[i].text);
	}
}
END_TEST

struct match_row {
	const char *criteria;
	bool matches;
};

static void
check_matches(const struct match_row *rows, size_t count, const char *user,
    const char *address)
{
	char text[256];

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(text, sizeof(text), "Match %s\nMaxDepth 5\n",
		    rows[i].criteria);
		ck_assert_msg(parse(text, user, address) == 0, "%s: %s %s",
		    rows[i].criteria, error.why, error.word);
		ck_assert_msg(
		    (p.depth == 5) == rows[i].matches, "%s", rows[i].criteria);
	}
}

static const char *const *
no_groups(void)
{
	return NULL;
}

static int
no_group(const char *name)
{
	(void)name;
	return -1;
}

static const char *const *
two_names(void)
{
	static const char *const names[] = { "u", "v", NULL };

	return names;
}

START_TEST(users_are_matched_by_patterns)
{
	static const struct match_row rows[] = {
		{ "All", true },
		{ "all", true },
		{ "User drop1", true },
		{ "user drop1", true },
		{ "User DROP1", false },
		{ "User drop", false },
		{ "User drop2", false },
		{ "User drop*", true },
		{ "User drop?", true },
		{ "User d[a-z]op1", true },
		{ "User *", true },
		{ "User a,drop1,b", true },
		{ "User a,b", false },
		{ "User *,!drop1", false },
		{ "User !drop1,*", false },
		{ "User *,!drop2", true },
		{ "User !drop2,drop*", true },
		{ "User ,drop1,", true },
		{ "User   drop1", true },
		{ "User\tdrop1", true },
	};

	check_matches(rows, COUNT(rows), "drop1", "");
}
END_TEST

START_TEST(groups_are_matched_and_one_negation_is_enough)
{
	static const char *const names[] = { "staff", "wheel", NULL };
	static const char *const none[] = { NULL };
	static const struct match_row rows[] = {
		{ "Group staff", true },
		{ "Group wheel", true },
		{ "Group other", false },
		{ "Group *", true },
		{ "Group wh*", true },
		{ "Group other,staff", true },
		{ "Group !wheel,*", false },
		{ "Group *,!wheel", false },
		{ "Group staff,!wheel", false },
		{ "Group !staff,wheel", false },
		{ "Group !other,*", true },
	};
	static const struct match_row nobody[] = {
		{ "Group *", false },
		{ "Group staff", false },
		{ "Group x,!staff", false },
	};

	group_names = names;
	check_matches(rows, COUNT(rows), "u", "");
	group_names = none;
	check_matches(nobody, COUNT(nobody), "u", "");
}
END_TEST

START_TEST(ipv4_addresses_are_matched_by_networks)
{
	static const struct match_row rows[] = {
		{ "Address 192.0.2.17", true },
		{ "Address 192.0.2.18", false },
		{ "Address 192.0.2.17/32", true },
		{ "Address 192.0.2.16/32", false },
		{ "Address 192.0.2.16/31", true },
		{ "Address 192.0.2.18/31", false },
		{ "Address 192.0.2.16/28", true },
		{ "Address 192.0.2.0/28", false },
		{ "Address 192.0.2.0/24", true },
		{ "Address 192.0.2.0/27", true },
		{ "Address 192.0.3.0/24", false },
		{ "Address 192.0.2.0/23", true },
		{ "Address 128.0.0.0/1", true },
		{ "Address 0.0.0.0/1", false },
		{ "Address 0.0.0.0/0", true },
		{ "Address ::/0", false },
		{ "Address 192.0.2.0/24,!192.0.2.17", false },
		{ "Address !192.0.2.16/30,0.0.0.0/0", false },
		{ "Address !198.51.100.0/24,0.0.0.0/0", true },
		{ "Address 198.51.100.1,192.0.2.17", true },
	};

	check_matches(rows, COUNT(rows), "u", "192.0.2.17");
}
END_TEST

START_TEST(ipv6_addresses_are_matched_by_networks)
{
	static const struct match_row rows[] = {
		{ "Address 2001:db8::1234", true },
		{ "Address 2001:DB8:0:0:0:0:0:1234", true },
		{ "Address 2001:db8::1235", false },
		{ "Address 2001:db8::1234/128", true },
		{ "Address 2001:db8::1234/127", true },
		{ "Address 2001:db8::1236/127", false },
		{ "Address 2001:db8::/32", true },
		{ "Address 2001:db9::/32", false },
		{ "Address 2001:db8::/31", true },
		{ "Address 2001:db8:8000::/33", false },
		{ "Address ::/0", true },
		{ "Address 0.0.0.0/0", false },
		{ "Address ::/0,!2001:db8::/32", false },
		{ "Address 10.0.0.0/8,2001:db8::/64", true },
	};

	check_matches(rows, COUNT(rows), "u", "2001:db8::1234");
}
END_TEST

/* Then the strictest of what may be meant holds. */
START_TEST(an_unknown_address_loosens_nothing)
{
	static const char *const unknown[] = { "", "UNKNOWN", "10.1.2",
		"10.1.2.3 " };
	static const struct {
		const char *text;
		int64_t depth;
		enum access access;
	} rows[] = {
		{ "MaxDepth 9\nMatch Address 10.0.0.0/8\nMaxDepth 5\n", 5,
		    ACCESS_READ_WRITE },
		{ "MaxDepth 3\nMatch Address 10.0.0.0/8\nMaxDepth 5\n", 3,
		    ACCESS_READ_WRITE },
		{ "MaxDepth 9\nMatch Address ::/0,!10.0.0.0/8\nMaxDepth 5\n", 5,
		    ACCESS_READ_WRITE },
		{ "Match Address 10.0.0.0/8\nMaxDepth 5\nMaxDepth 4\n"
		  "Match Address ::/0\nMaxDepth 7\nAccess read-only\n",
		    5, ACCESS_READ_ONLY },
		/* what certainly matched before it is not changed */
		{ "Match User u\nMaxDepth 9\nMatch Address ::/0\nMaxDepth 5\n",
		    9, ACCESS_READ_WRITE },
		{ "Match Address ::/0\nMaxDepth 5\nMatch User u\nMaxDepth 9\n",
		    5, ACCESS_READ_WRITE },
		/* another criterion decides */
		{ "MaxDepth 9\nMatch User x Address ::/0\nMaxDepth 5\n", 9,
		    ACCESS_READ_WRITE },
		/* a default counts as a value */
		{ "Match Address ::/0\nSymlinks follow\nMaxDepth 5\n", 5,
		    ACCESS_READ_WRITE },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < COUNT(unknown); j++) {
			ck_assert_int_eq(
			    parse(rows[i].text, "u", unknown[j]), 0);
			ck_assert_msg(p.depth == rows[i].depth, "%s: %d",
			    rows[i].text, (int)p.depth);
			ck_assert(p.access == rows[i].access);
		}
	ck_assert_int_eq(parse("Root /a\nMatch Address ::/0\nSymlinks follow\n"
			       "Sandbox prefer\n",
			     "u", ""),
	    0);
	ck_assert_int_eq(p.symlinks, SYMLINKS_REFUSE);
	ck_assert_int_eq(p.sandbox, SANDBOX_REQUIRE);
}
END_TEST

/* Each may be the one that is meant, and what is certain holds as well. */
START_TEST(an_unknown_address_drops_no_list)
{
	static const struct {
		const char *text;
		const char *fits; /* the only name of three that does */
	} rows[] = {
		{ "KEY a b c\nMatch Address ::/0\nKEY b\n", "b" },
		{ "KEY a b\nMatch Address ::/0\nKEY b c\n", "b" },
		{ "KEY a b c\nMatch Address ::/0\nKEY a b\n"
		  "Match Address 10.0.0.1\nKEY b c\n",
		    "b" },
		{ "KEY a b\nMatch Address ::/0\nKEY a b c\n"
		  "Match Address 10.0.0.1\nKEY c b\n"
		  "Match Address 10.0.0.2\nKEY b\n",
		    "b" },
		{ "KEY a b c\nMatch Address ::/0\nKEY b\n"
		  "Match Address 10.0.0.1\nKEY c\n",
		    "" },
	};
	static const char *const names[] = { "a", "b", "c" };
	char text[256];
	struct relpath path;
	struct destination d = { .user = "" };
	bool fits;

	for (size_t i = 0; i < COUNT(rows); i++) {
		put_word(text, rows[i].text, "KEY", "AllowNames");
		ck_assert_int_eq(parse(text, "u", ""), 0);
		for (size_t k = 0; k < COUNT(names); k++) {
			fits = strcmp(names[k], rows[i].fits) == 0;
			ck_assert_int_eq(
			    relpath_parse(&path, NULL, names[k]), 0);
			ck_assert_msg(
			    (policy_check_path(&p, &path, 0) == 0) == fits,
			    "row %zu: name %s", i, names[k]);
		}
		put_word(text, rows[i].text, "KEY", "Relay");
		ck_assert_int_eq(parse(text, "u", ""), 0);
		for (size_t k = 0; k < COUNT(names); k++) {
			fits = strcmp(names[k], rows[i].fits) == 0;
			(void)strcpy(d.host, names[k]);
			ck_assert_msg((policy_check_relay(&p, &d) == 0) == fits,
			    "row %zu: host %s", i, names[k]);
		}
	}
	/* where nobody is certain to have said anything */
	ck_assert_int_eq(
	    parse("Match Address ::/0\nAllowNames x\nRelay h\n", "u", ""), 0);
	ck_assert_int_eq(relpath_parse(&path, NULL, "a"), 0);
	ck_assert_int_eq(policy_check_path(&p, &path, 0), ERR_ALLOW_NAMES);
	(void)strcpy(d.host, "h");
	ck_assert_int_eq(policy_check_relay(&p, &d), ERR_RELAY);
}
END_TEST

/* What a client asks for, or the inherited umask, may be what is meant. */
START_TEST(an_unknown_address_loosens_no_mode)
{
	static const enum policy_key keys[] = { KEY_FILE_MODE,
		KEY_DIRECTORY_MODE, KEY_UMASK };
	static const char *const names[] = { "FileMode", "DirectoryMode",
		"Umask" };
	static const struct {
		const char *text;
		bool narrows;
	} rows[] = {
		{ "KEY 0666\n", false },
		{ "Match Address ::/0\nKEY 0666\n", true },
		{ "Match Address ::/0\nKEY 0666\nMatch User u\nKEY 0666\n",
		    false },
		{ "KEY 0666\nMatch Address ::/0\nKEY 0666\n", false },
		{ "Match User u\nKEY 0666\nMatch Address ::/0\nKEY 0666\n",
		    false },
		{ "Match User v\nKEY 0666\nMatch Address ::/0\nKEY 0666\n",
		    true },
	};
	char text[256];

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(keys); k++) {
			put_word(text, rows[i].text, "KEY", names[k]);
			ck_assert_int_eq(parse(text, "u", ""), 0);
			ck_assert(policy_is_set(&p, keys[k]));
			ck_assert_msg(
			    policy_only_narrows(&p, keys[k]) == rows[i].narrows,
			    "%s", text);
		}
}
END_TEST

/* A default is that of the Root and the Access which may be meant. */
START_TEST(an_unknown_address_loosens_no_default)
{
	static const char *const roots[] = {
		"Root none\nMatch Address ::/0\nRoot /a\nMatch Address ::1\n",
		"Root none\nMatch Address ::1\nMatch Address ::/0\nRoot /a\n"
		"Match Address 10.0.0.1\n",
	};
	char text[512];

	for (size_t i = 0; i < COUNT(roots); i++) {
		(void)snprintf(text, sizeof(text),
		    "%sSymlinks follow\nDotFiles allow\nSandbox prefer\n"
		    "MaxDepth 200\nIdleTimeout none\n",
		    roots[i]);
		ck_assert_int_eq(parse(text, "u", ""), 0);
		ck_assert_str_eq(p.root, "/a");
		ck_assert_str_eq(p.outer_root, "");
		ck_assert_int_eq(p.symlinks, SYMLINKS_REFUSE);
		ck_assert_int_eq(p.dotfiles, DOTFILES_ROOT);
		ck_assert_int_eq(p.sandbox, SANDBOX_REQUIRE);
		ck_assert_int_eq(p.depth, POLICY_DEPTH_CONFINED);
		ck_assert_int_eq(p.idle_timeout, POLICY_IDLE_CONFINED);
	}
	ck_assert_int_eq(parse("Root /a\nMatch Address ::/0\nRoot /a/b\n"
			       "Access write-only\nMatch Address ::1\n"
			       "Overwrite replace\n",
			     "u", ""),
	    0);
	ck_assert_int_eq(p.access, ACCESS_WRITE_ONLY);
	ck_assert_int_eq(p.overwrite, OVERWRITE_DENY);
	ck_assert_str_eq(p.root, "/a/b");
	ck_assert_str_eq(p.outer_root, "/a");
}
END_TEST

/* Else nothing would be beneath it. */
START_TEST(a_root_around_one_that_may_be_meant_is_expanded)
{
	const struct config_subject who = { .user = "u", .home = "/home" };

	ck_assert_int_eq(parse("Root /srv/%u\nMatch Address ::/0\n"
			       "Root /srv/%u/in\n",
			     "u", ""),
	    0);
	ck_assert_int_eq(config_expand(&p, &who, &error), 0);
	ck_assert_str_eq(p.root, "/srv/u/in");
	ck_assert_str_eq(p.outer_root, "/srv/u");
}
END_TEST

START_TEST(an_unknown_address_cuts_no_list)
{
	static char text[3 * POLICY_LIST_MAX] = "DenyNames ";
	struct relpath path;
	size_t n = strlen(text);

	memset(text + n, 'x', POLICY_LIST_MAX - 1);
	(void)strcat(text, "\nMatch Address ::/0\nDenyNames y\n");
	ck_assert_int_eq(parse(text, "u", ""), 0);
	ck_assert_int_eq(relpath_parse(&path, NULL, "y"), 0);
	ck_assert_int_eq(policy_check_path(&p, &path, 0), ERR_DENY_NAMES);
}
END_TEST

START_TEST(what_cannot_be_decided_is_an_error_where_nothing_is_stricter)
{
	static const char *const texts[] = {
		"Match Address ::/0\nRoot /a\n",
		"Match Address ::/0\nRoot none\n",
		"Root /a\nMatch Address ::/0\nRoot /b\n",
		"User a\nMatch Address ::/0\nUser b\n",
		"Match Address ::/0\nUser a\nMatch Address 10.0.0.1\nUser b\n",
	};
	/* of the Match that can't be decided */
	static const unsigned int lines[] = { 1, 1, 2, 2, 3 };

	for (size_t i = 0; i < COUNT(texts); i++) {
		ck_assert_msg(
		    parse(texts[i], "u", "") == ERR_CONFIG, "%s", texts[i]);
		ck_assert(error.word[0] != '\0');
		ck_assert_uint_eq(error.line, lines[i]);
	}
	ck_assert_int_eq(
	    parse("Root none\nMatch Address ::/0\nRoot /a\n", "u", ""), 0);
	ck_assert_str_eq(p.root, "/a");
	ck_assert_int_eq(
	    parse("Root /a\nMatch Address ::/0\nRoot none\n", "u", ""), 0);
	ck_assert_str_eq(p.root, "/a");
}
END_TEST

START_TEST(a_default_is_that_of_what_is_strictest)
{
	static const struct {
		const char *text;
		enum modify modify;
	} rows[] = {
		/* with the first alone it is own, whatever else may be meant */
		{ "Root /a\nMatch Address ::/0\nOverwrite deny\n"
		  "Match Address 10.0.0.1\nModify yes\n",
		    MODIFY_OWN },
		{ "Root /a\nMatch Address ::/0\nModify yes\n"
		  "Match Address 10.0.0.1\nOverwrite versions\n",
		    MODIFY_OWN },
		{ "Root /a\nMatch Address ::/0\nAccess write-only\n"
		  "Match Address 10.0.0.1\nModify yes\n",
		    MODIFY_NO },
		{ "Root /a\nMatch Address ::/0\nAccess write-only\n"
		  "Match Address 10.0.0.1\nOverwrite replace\nModify own\n",
		    MODIFY_NO },
		{ "Root /a\nMatch Address ::/0\nOverwrite replace\n"
		  "Match Address 10.0.0.1\nModify yes\n",
		    MODIFY_YES },
		{ "Root /a\nModify yes\nMatch Address ::/0\nOverwrite deny\n",
		    MODIFY_YES },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(rows[i].text, "u", "") == 0, "%s", rows[i].text);
		ck_assert_int_eq(policy_complete(&p, &error.why), 0);
		ck_assert_msg(p.modify == rows[i].modify, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(addresses_are_compared_as_what_they_are)
{
	static const struct match_row rows[] = {
		{ "Address 10.0.0.0/8", true },
		{ "Address 11.0.0.0/8", false },
		{ "Address ::/0", false },
		{ "Address ::ffff:10.0.0.0/104", true },
	};
	static const struct match_row scoped[] = {
		{ "Address fe80::/10", true },
		{ "Address fec0::/10", false },
	};

	check_matches(rows, COUNT(rows), "u", "::ffff:10.0.0.1");
	check_matches(scoped, COUNT(scoped), "u", "fe80::1%eth0");
}
END_TEST

/* As in sshd_config(5). */
START_TEST(quotes_hold_a_word_together_and_a_backslash_is_one)
{
	static const struct match_row rows[] = {
		{ "User \"u\"", true },
		{ "User \"x,u\"", true },
		{ "\"User\" u", true },
		{ "User \"u\" Address \"10.0.0.0/8\"", true },
	};
	static const struct match_row domain[] = {
		{ "User EXAMPLE\\bob", true },
		{ "User \"EXAMPLE\\bob\"", true },
		{ "User EXAMPLE*bob", true },
		{ "User EXAMPLEbob", false },
		{ "User EXAMPLE\\*", false },
		{ "User *\\bob", true },
	};
	static const struct match_row comma[] = {
		{ "User a\\,b", true },
		{ "User x,a\\,b", true },
		{ "User a,b", false },
	};

	check_matches(rows, COUNT(rows), "u", "10.0.0.1");
	check_matches(domain, COUNT(domain), "EXAMPLE\\bob", "10.0.0.1");
	check_matches(comma, COUNT(comma), "a,b", "10.0.0.1");
	ck_assert_int_eq(parse("Match User \"u\n", "u", ""), ERR_CONFIG);
	ck_assert_int_eq(parse("Match User u v w\n", "u", ""), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.why, "commas"));
	ck_assert_int_eq(parse("Match User u v\n", "u", ""), ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(error.why, "commas"));
	ck_assert_str_eq(error.word, "v");
	ck_assert_uint_eq(error.line, 1);
	ck_assert_int_eq(parse("\xef\xbb\xbfMaxDepth 5\n", "u", ""), 0);
	ck_assert_int_eq(p.depth, 5);
}
END_TEST

/* When a lookup of groups failed, or the uid has a second name. */
START_TEST(a_subject_that_is_not_known_loosens_nothing)
{
	struct config_subject who = { .user = "u",
		.home = "/home/u",
		.address = "10.0.0.1",
		.groups = no_groups,
		.in_group = no_group,
		.aliases = two_names };
	static const char *const texts[] = {
		"MaxDepth 9\nMatch Group g\nMaxDepth 5\n",
		"MaxDepth 9\nMatch User v\nMaxDepth 5\n",
		"MaxDepth 5\nMatch User u\nMaxDepth 9\n",
		"MaxDepth 5\nMatch User x\nMaxDepth 1\n",
		"MaxDepth 9\nMatch User u,v\nMaxDepth 5\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		memset(&p, 0, sizeof(p));
		ck_assert_int_eq(
		    config_parse(&p, texts[i], strlen(texts[i]), &who, &error),
		    0);
		ck_assert_msg(p.depth == 5, "%s", texts[i]);
	}
	policy_init(&p);
	ck_assert_int_eq(config_set(&p, "Root=/srv/%u", &error), 0);
	ck_assert_int_eq(config_expand(&p, &who, &error), ERR_CONFIG);
	who.aliases = NULL;
	who.user = "bob@example.org";
	ck_assert_int_eq(config_expand(&p, &who, &error), 0);
	ck_assert_str_eq(p.root, "/srv/bob@example.org");
}
END_TEST

START_TEST(all_criteria_of_a_block_have_to_match)
{
	static const char *const names[] = { "staff", NULL };
	static const struct match_row rows[] = {
		{ "User u Group staff", true },
		{ "User u Group staff Address 10.0.0.0/8", true },
		{ "User x Group staff", false },
		{ "User u Group x", false },
		{ "User u Address 11.0.0.0/8", false },
		{ "Address 10.0.0.0/8 User u", true },
		{ "User u User *", true },
		{ "User u User x", false },
		{ "User u\t \tGroup  staff", true },
	};

	group_names = names;
	check_matches(rows, COUNT(rows), "u", "10.1.2.3");
}
END_TEST

/* Also in a block that does not match, and for a value that is dropped. */
START_TEST(errors_name_the_line_and_the_word)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *word;
	} rows[] = {
		{ "Nonsense 1\n", 1, "Nonsense" },
		{ "\n# x\nRoot srv\n", 3, "srv" },
		{ "Root /a\nRoot b\n", 2, "b" },
		{ "Root\n", 1, "Root" },
		{ "Access all", 1, "all" },
		{ "MaxDepth 1\r\nMaxDepth x\r\n", 2, "x" },
		{ "Match User x\nUmask 9\n", 2, "9" },
		{ "Match User u\nUmask 9\n", 2, "9" },
		{ "Match\n", 1, "Match" },
		{ "Match \n", 1, "Match" },
		{ "Match User\n", 1, "User" },
		{ "Match User u Group\n", 1, "Group" },
		{ "Match Host x\n", 1, "Host" },
		{ "Match LocalPort 22\n", 1, "LocalPort" },
		{ "Match User u Bad x\n", 1, "Bad" },
		{ "Match All User u\n", 1, "All" },
		{ "Match User u All\n", 1, "All" },
		{ "Matches User u\n", 1, "Matches" },
		{ "Match Address 10.0.0.0/33\n", 1, "10.0.0.0/33" },
		{ "Match Address 10.0.0/8\n", 1, "10.0.0/8" },
		{ "Match Address 192.0.2.7/2\n", 1, "192.0.2.7/2" },
		{ "Match Address 2001:db8::1/127,::1\n", 1, "2001:db8::1/127" },
		{ "Match Address 10.0.0.0/\n", 1, "10.0.0.0/" },
		{ "Match Address 10.0.0.0/x\n", 1, "10.0.0.0/x" },
		{ "Match Address ::/129\n", 1, "::/129" },
		{ "Match Address ::/-1\n", 1, "::/-1" },
		{ "Match Address 10.0.0.1,x.example\n", 1, "x.example" },
		{ "Match Address !10.*\n", 1, "10.*" },
		{ "Match User x Address 999.0.0.1\n", 1, "999.0.0.1" },
		{ "Match Address *\n", 1, "*" },
		{ "Match Address ,\n", 1, "" },
	};
	struct policy before;

	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < COUNT(rows); i++) {
		p = before;
		ck_assert_msg(
		    parse(rows[i].text, "u", "10.0.0.1") == ERR_CONFIG, "%s",
		    rows[i].text);
		ck_assert_msg(error.line == rows[i].line, "%s: line %u",
		    rows[i].text, error.line);
		ck_assert_str_eq(error.word, rows[i].word);
		ck_assert_uint_gt(strlen(error.why), 2);
		ck_assert_mem_eq(&p, &before, sizeof(p));
	}
}
END_TEST

static const struct config_subject anybody = {
	.user = "u", .home = "/", .address = ""
};

START_TEST(lines_have_an_end_and_no_nul)
{
	static char text[8192];

	memset(text, '#', sizeof(text));
	ck_assert_int_eq(config_parse(&p, text, 4095, &anybody, &error), 0);
	ck_assert_int_eq(
	    config_parse(&p, text, 4096, &anybody, &error), ERR_CONFIG);
	ck_assert_uint_eq(error.line, 1);
	text[4095] = text[4096] = '\n';
	ck_assert_int_eq(
	    config_parse(&p, text, sizeof(text), &anybody, &error), 0);
	text[5000] = '\0';
	ck_assert_int_eq(
	    config_parse(&p, text, sizeof(text), &anybody, &error), ERR_CONFIG);
	ck_assert_uint_eq(error.line, 3);
}
END_TEST

static int
load(const char *path)
{
	error.why = "";
	return config_load(&p, path, &anybody, &error);
}

START_TEST(only_roots_own_file_is_read)
{
	static const mode_t good[] = { 0600, 0644, 0400, 0444, 0755 };
	static const mode_t bad[] = { 0664, 0646, 0666, 0622, 0620, 0602 };

	(void)unit_directory();
	unit_write("f", "MaxDepth 5\n");
	for (size_t i = 0; i < COUNT(good) && geteuid() == 0; i++) {
		ck_assert_int_eq(chmod("f", good[i]), 0);
		ck_assert_int_eq(load("f"), 0);
		ck_assert_int_eq(p.depth, 5);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_int_eq(chmod("f", bad[i]), 0);
		ck_assert_int_eq(load("f"), ERR_CONFIG);
		ck_assert_uint_eq(error.line, 0);
	}
	ck_assert_int_eq(chmod("f", 0644), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(chown("f", UNIT_NOBODY, 0), 0);
	ck_assert_int_eq(load("f"), ERR_CONFIG);
	ck_assert_str_eq(error.why, "not owned by root");
}
END_TEST

/* And nothing of that may hang. */
START_TEST(only_a_regular_file_is_read_and_a_missing_one_is_none)
{
	static const char *const bad[] = { "dir", "fifo", "link", "f/x", "loop",
		"/dev/null", "/dev/zero" };

	(void)unit_directory();
	unit_write("f", "");
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(symlink("f", "link"), 0);
	ck_assert_int_eq(symlink("loop", "loop"), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(load(bad[i]) == ERR_CONFIG, "%s", bad[i]);
	ck_assert_int_eq(load("nothing"), ENOENT);
	ck_assert_int_eq(load("nothing/f"), ENOENT);
}
END_TEST

START_TEST(a_file_is_at_most_a_mebioctet)
{

	if (geteuid() != 0)
		return;
	(void)unit_directory();
	unit_write("f", "MaxDepth 5\n");
	ck_assert_int_eq(truncate("f", (1 << 20) + 1), 0);
	ck_assert_int_eq(load("f"), ERR_CONFIG);
	ck_assert_str_eq(error.why, "over 1 MiB");
}
END_TEST

START_TEST(loading_keeps_no_descriptor_open)
{
	static const char *const files[] = { "f", "bad", "dir", "nothing" };
	int before;

	(void)unit_directory();
	unit_write("f", "MaxDepth 5\n");
	unit_write("bad", "Nonsense\n");
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	before = unit_descriptors();
	for (size_t i = 0; i < COUNT(files); i++)
		(void)load(files[i]);
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_file_is_lines_of_keywords,
		an_empty_file_sets_nothing,
		a_comment_may_follow_a_value,
		the_first_value_wins_and_a_match_block_before_all,
		users_are_matched_by_patterns,
		groups_are_matched_and_one_negation_is_enough,
		ipv4_addresses_are_matched_by_networks,
		ipv6_addresses_are_matched_by_networks,
		an_unknown_address_loosens_nothing,
		an_unknown_address_drops_no_list,
		an_unknown_address_cuts_no_list,
		an_unknown_address_loosens_no_default,
		an_unknown_address_loosens_no_mode,
		a_root_around_one_that_may_be_meant_is_expanded,
		a_default_is_that_of_what_is_strictest,
		what_cannot_be_decided_is_an_error_where_nothing_is_stricter,
		addresses_are_compared_as_what_they_are,
		quotes_hold_a_word_together_and_a_backslash_is_one,
		a_subject_that_is_not_known_loosens_nothing,
		all_criteria_of_a_block_have_to_match,
		errors_name_the_line_and_the_word,
		lines_have_an_end_and_no_nul,
		only_roots_own_file_is_read,
		only_a_regular_file_is_read_and_a_missing_one_is_none,
		a_file_is_at_most_a_mebioctet,
		loading_keeps_no_descriptor_open,
	};

	return unit_run("file", tests, COUNT(tests));
}
