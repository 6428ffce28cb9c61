#include "tree/expand.h"

#include <time.h>

#include "base/err.h"
#include "tree/tree.h"
#include "unit.h"

static struct tree tree;
static struct relpath start;
static struct pattern pattern;

/* "d/ d/f l>target": directories, files that are empty, links. */
static void
make_entry(char *text)
{
	size_t n = strlen(text);
	char *arrow = strchr(text, '>');
	int fd;

	if (arrow != NULL) {
		*arrow = '\0';
		ck_assert_int_eq(symlink(arrow + 1, text), 0);
	} else if (text[n - 1] == '/')
		ck_assert_int_eq(mkdir(text, 0755), 0);
	else {
		fd = open(text, O_WRONLY | O_CREAT | O_EXCL, 0644);
		ck_assert_int_ne(fd, -1);
		ck_assert_int_eq(close(fd), 0);
	}
}

/* A fresh directory root/ with these names, and a struct tree of it. */
static void
make(const char *names, bool follow)
{
	char text[512];
	size_t n;

	(void)unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(chdir("root"), 0);
	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, names);
		make_entry(text);
	}
	ck_assert_int_eq(chdir(".."), 0);
	ck_assert_int_eq(tree_open(&tree, "root", follow, false), 0);
	relpath_cut(&start, 0);
}

static char found[65536];

static void
add_found(const char *s)
{
	size_t used = strlen(found);

	(void)snprintf(
	    found + used, sizeof(found) - used, "%s%s", used > 0 ? " " : "", s);
}

/* What the policy of a test hides. */
static bool (*hidden)(const void *, const struct relpath *);

/* All matches between blanks; "!" for an alternative that is missing. */
static const char *
matches(const char *text)
{
	struct relpath path;
	char error[16];
	int e;

	found[0] = '\0';
	memset(&pattern, 0xa5, sizeof(pattern));
	pattern_begin(&pattern, &tree, &start, text);
	if (hidden != NULL)
		pattern.hides = hidden;
	while ((e = pattern_next(&pattern, &path)) == 0 || e == ENOENT)
		add_found(e == ENOENT ? "!" : path.len > 0 ? path.s : "/");
	if (e != ERR_EOF) {
		(void)snprintf(
		    error, sizeof(error), "e%s", err_token(err_info(e)));
		add_found(error);
	}
	pattern_end(&pattern);
	return found;
}

static int
compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The same in the order of the alphabet. */
static const char *
sorted(const char *text)
{
	static char copy[sizeof(found)];
	char *word[256], *rest = copy;
	size_t n = 0;

	(void)snprintf(copy, sizeof(copy), "%s", matches(text));
	while (n < COUNT(word) && (word[n] = strsep(&rest, " ")) != NULL)
		n++;
	qsort(word, n, sizeof(word[0]), compare_words);
	found[0] = '\0';
	for (size_t i = 0; i < n; i++)
		add_found(word[i]);
	return found;
}

struct row {
	const char *text;
	const char *matches;
};

static void
check_sorted(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(
		    strcmp(sorted(rows[i].text), rows[i].matches) == 0,
		    "%s: %s, not %s", rows[i].text, found, rows[i].matches);
}

static void
check_in_order(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(
		    strcmp(matches(rows[i].text), rows[i].matches) == 0,
		    "%s: %s, not %s", rows[i].text, found, rows[i].matches);
}

START_TEST(names_of_a_directory_are_matched)
{
	static const struct row rows[] = {
		{ "*", "a.c ab.c b.c d x" },
		{ "*.c", "a.c ab.c b.c" },
		{ "?.c", "a.c b.c" },
		{ "[!a]*", "b.c d x" },
		{ "a*", "a.c ab.c" },
		{ "x*", "x" },
		{ "\\x*", "x" },
		{ "y*", "!" },
		{ "*.C", "!" },
		{ "", "/" },
		{ "x", "x" },
		{ "y", "y" },
	};

	make("a.c b.c ab.c x d/", false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

/* What is dropped, one word for each match: "-" it was named as it is. */
static const char *
matches_without(const char *text, const char *dropped)
{
	struct relpath path;
	int e;

	found[0] = '\0';
	pattern_begin(&pattern, &tree, &start, text);
	while ((e = pattern_next(&pattern, &path)) == 0 || e == ENOENT)
		if (e == ENOENT)
			add_found("!");
		else if (strcmp(path.s, dropped) != 0)
			add_found(path.s);
		else if (!pattern_drop(&pattern))
			add_found("-");
	ck_assert_int_eq(e, ERR_EOF);
	pattern_end(&pattern);
	return found;
}

START_TEST(what_may_not_be_named_is_no_match)
{
	make("a.c x", false);
	ck_assert_str_eq(matches_without("*.c", "a.c"), "!");
	ck_assert_str_eq(matches_without("{x,*.c}", "a.c"), "x !");
	ck_assert_str_eq(matches_without("{x,*.c}", "x"), "- a.c");
	ck_assert_str_eq(matches_without("[ax]*", "x"), "a.c");
	ck_assert_str_eq(matches_without("[ax]*", "a.c"), "x");
}
END_TEST

START_TEST(every_component_may_be_a_pattern)
{
	static const struct row rows[] = {
		{ "*/*", "d/f d/g e/f" },
		{ "*/f", "d/f e/f" },
		{ "d/*", "d/f d/g" },
		{ "?/[g-z]", "d/g" },
		{ "*/*/*", "!" },
		{ "*/nothing", "!" },
		{ "x/*", "!" },
		{ "nothing/*", "!" },
		{ "d/./*", "d/f d/g" },
		{ "d//*", "d/f d/g" },
		{ "/d/*", "d/f d/g" },
		{ "//*/f", "d/f e/f" },
		{ "./*/./f", "d/f e/f" },
		{ "d/../e/*", "e/f" },
		{ "*/../x", "x x x" },
		{ "?/.", "d e x" },
		{ "d/*/..", "d d" },
	};

	make("d/ d/f d/g e/ e/f x", false);
	(void)unlink("root/x"); /* only directories have a "." */
	check_sorted(rows, 14);
	make("d/ d/f d/g e/ e/f x", false);
	check_sorted(rows + 16, 1);
}
END_TEST

START_TEST(a_slash_at_the_end_wants_a_directory)
{
	static const struct row rows[] = {
		{ "*/", "d e" },
		{ "?/", "d e" },
		{ "x*/", "!" },
		{ "*//", "d e" },
		{ "*/f/", "!" },
		{ "*/g/", "d/g" },
	};

	make("d/ e/ x d/f e/f d/g/", false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

START_TEST(relative_patterns_begin_where_the_session_does)
{
	static const struct row rows[] = {
		{ "*", "d/f d/g" },
		{ "./*", "d/f d/g" },
		{ "../*", "d e x" },
		{ "/*", "d e x" },
		{ "../e/*", "e/f" },
		{ "nothing*", "!" },
		{ "", "d" },
	};

	make("d/ d/f d/g e/ e/f x", false);
	ck_assert_int_eq(relpath_parse(&start, NULL, "/d"), 0);
	check_sorted(rows, COUNT(rows));
}
END_TEST

/* What a level went up over is found again for its next entry. */
START_TEST(a_pattern_may_go_up_behind_a_wildcard)
{
	static const struct row rows[] = {
		{ "*/../*", "d d e e" },
		{ "d/*/../../*", "d d e e" },
		{ "d/lower/*/../../*", "d/lower d/lower d/x d/x" },
		{ "d/lower/*/../../../*", "d d e e" },
		{ "d/lower/*/../../../*/f*", "e/f e/f" },
		{ "d/*/*/../../../e/f*", "e/f e/f" },
	};

	make("d/ d/lower/ d/lower/1 d/lower/2 d/x e/ e/f", false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

START_TEST(nothing_above_the_root_is_named)
{
	static const struct row rows[] = {
		{ "..", "epath" },
		{ "../*", "epath" },
		{ "/../*", "epath" },
		{ "../../etc/*", "epath" },
		{ "*/../../*", "epath" },
		{ "d/*/../../../*", "epath" },
		{ "{../x,d}", "epath" },
	};

	make("d/ d/f", false);
	unit_write("outside", "x");
	check_in_order(rows, COUNT(rows));
}
END_TEST

START_TEST(matches_come_in_the_order_of_the_directory)
{
	char wanted[4096] = "";
	struct dirent *d;
	DIR *list;

	make("q w e r t z u i o p a s d f g h j k l", false);
	list = opendir("root");
	ck_assert_ptr_nonnull(list);
	while ((d = readdir(list)) != NULL)
		if (d->d_name[0] != '.')
			unit_append(wanted, sizeof(wanted), "%s%s",
			    *wanted != '\0' ? " " : "", d->d_name);
	(void)closedir(list);
	ck_assert_str_eq(matches("*"), wanted);
	ck_assert_str_eq(matches("?"), wanted);
}
END_TEST

START_TEST(braces_are_alternatives_in_their_order)
{
	static const struct row rows[] = {
		{ "{b,a}", "b a" },
		{ "{a,b,c}", "a b c" },
		{ "x{1,2}", "x1 x2" },
		{ "{a,b}{1,2}", "a1 a2 b1 b2" },
		{ "{a,{b,c}}", "a b c" },
		{ "{{a,b},c}", "a b c" },
		{ "x{1,{2,3{4,5}}}", "x1 x2 x34 x35" },
		{ "{{a,b},{c,d}}", "a b c d" },
		{ "{x{1,2},y}{3,4}", "x13 x14 x23 x24 y3 y4" },
		{ "{,a}b", "b ab" },
		{ "a{,}", "a a" },
		{ "{a,b}/{c,d}", "a/c a/d b/c b/d" },
		{ "d{/f,}", "d/f d" },
		{ "{/a,b}", "a b" },
	};

	make("d/", false);
	check_in_order(rows, COUNT(rows));
	ck_assert_int_eq(relpath_parse(&start, NULL, "/d"), 0);
	ck_assert_str_eq(matches("{/a,b}"), "a d/b");
}
END_TEST

START_TEST(braces_without_a_comma_or_an_end_are_text)
{
	static const struct row rows[] = {
		{ "{a}", "{a}" },
		{ "{}", "{}" },
		{ "{", "{" },
		{ "}", "}" },
		{ "{a,b", "{a,b" },
		{ "a,b}", "a,b}" },
		{ "{{a,b}", "{a {b" },
		{ "{{a,b}}", "{a} {b}" },
		{ "{a,b}}", "a} b}" },
		{ "\\{a,b}", "{a,b}" },
		{ "{a\\,b}", "{a,b}" },
		{ "{a\\,b,c}", "a,b c" },
		{ "{a\\},b}", "a} b" },
		{ "{a,b\\}", "{a,b}" },
		{ "{\\{,\\\\}", "{ \\" },
	};

	make("", false);
	check_in_order(rows, COUNT(rows));
}
END_TEST

START_TEST(alternatives_may_be_patterns)
{
	static const struct row rows[] = {
		{ "*.{c,h}", "a.c a.h" },
		{ "{*.h,*.c}", "a.h a.c" },
		{ "{*.x,*.c}", "! a.c" },
		{ "{*.x,nothing,*.c}", "! nothing a.c" },
		{ "{*.x,*.y}", "! !" },
		{ "{d,nothing}/*", "d/f !" },
		{ "{x*,d/*}", "! d/f" },
		{ "{[a],a}.c", "a.c a.c" },
	};

	make("a.c a.h d/ d/f", false);
	check_in_order(rows, COUNT(rows));
}
END_TEST

START_TEST(hidden_names_are_matched_when_they_are_asked_for)
{
	static const struct row rows[] = {
		{ "*", "d" },
		{ "?a", "!" },
		{ "[.]a", "!" },
		{ ".*", ".a .b" },
		{ ".?", ".a .b" },
		{ ".a*", ".a" },
		{ "\\.*", ".a .b" },
		{ "*/*", "d/g" },
		{ "*/.*", "d/.f" },
		{ ".*/*", "!" },
		{ "{*,.*}", ".a .b d" },
	};

	make(".a .b d/ d/.f d/g", false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

START_TEST(what_was_quoted_is_only_itself)
{
	static const struct row rows[] = {
		{ "\\**", "* *a" },
		{ "\\[a\\]*", "[a]" },
		{ "a\\?*", "a?" },
		{ "\\*", "*" },
		{ "\\\\*", "\\" },
		{ "[\\*]", "*" },
		{ "*\\{*", "{x}" },
	};

	make("* *a [a] a? ab \\ {x}", false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

START_TEST(names_that_can_not_be_sent_are_not_matched)
{
	make("a .scp-server.0123456789abcdef.part", false);
	ck_assert_int_eq(mkdir("root/b\n", 0755), 0);
	ck_assert_int_eq(mkdir("root/c\033", 0755), 0);
	ck_assert_str_eq(matches("*"), "a");
	ck_assert_str_eq(matches(".*"), "!");
	ck_assert_str_eq(matches("[bc]*"), "!");
	ck_assert_str_eq(matches("*/"), "!");
}
END_TEST

static const char links[] = "d/ d/f l>d dangling>nothing out>../outside/ "
			    "up>.. abs>/d loop>loop";

static void
make_links(bool follow)
{
	make(links, follow);
	ck_assert_int_eq(mkdir("outside", 0755), 0);
	unit_write("outside/secret", "x");
}

START_TEST(links_are_followed_within_the_root_where_that_is_allowed)
{
	static const struct row rows[] = {
		{ "l/*", "l/f" },
		{ "abs/*", "abs/f" },
		{ "*/f", "abs/f d/f l/f up/f" },
		{ "d*", "d dangling" },
		{ "out/*", "!" },
		{ "loop/*", "!" },
		{ "dangling/*", "!" },
		{ "*/secret", "!" },
	};

	make_links(true);
	unit_write("root/f", ""); /* "up" is the root itself */
	check_sorted(rows, COUNT(rows));
}
END_TEST

START_TEST(links_are_not_followed_where_they_are_refused)
{
	static const struct row rows[] = {
		{ "l/*", "!" }, { "abs/*", "!" }, { "up/*", "!" },
		{ "out/*", "!" }, { "loop/*", "!" }, { "*/f", "d/f" },
		{ "*/secret", "!" },
		{ "l*", "l loop" }, /* their names; each is refused then */
	};

	make_links(false);
	check_sorted(rows, COUNT(rows));
}
END_TEST

static int
look_as_nobody(void)
{
	if (tree_open(&tree, "root", false, false) != 0)
		return 2;
	return strcmp(sorted("*/*"), "e/g") == 0 &&
		strcmp(sorted("d/*"), "!") == 0 ?
	    0 :
	    1;
}

START_TEST(a_directory_that_can_not_be_listed_has_no_matches)
{
	make("d/ d/f e/ e/g", false);
	ck_assert_int_eq(chmod("root/d", 0), 0);
	ck_assert_int_eq(unit_as_nobody(look_as_nobody), 0);
}
END_TEST

static void
repeat(char *out, size_t cap, const char *piece, size_t times)
{
	out[0] = '\0';
	for (size_t i = 0; i < times; i++)
		unit_append(out, cap, "%s", piece);
}

START_TEST(patterns_beyond_the_bounds_end)
{
	static const struct {
		const char *piece;
		size_t times;
		const char *matches;
	} rows[] = {
		{ "*/../", PATTERN_LEVELS_MAX - 1, "d" },
		{ "*/../", PATTERN_LEVELS_MAX, "esteps" },
		{ "{a,b}", PATTERN_GROUPS_MAX + 1, "esteps" },
		{ "{a,{a,", PATTERN_GROUPS_MAX, NULL },
		{ "{", 2000, NULL },
		{ "{,", 1000, NULL },
		{ "}", 2000, NULL },
		{ "\\", 2000, NULL },
	};
	static char text[PATH_MAX];

	make("d/", false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		repeat(text, sizeof(text), rows[i].piece, rows[i].times);
		if (strcmp(rows[i].piece, "*/../") == 0)
			unit_append(text, sizeof(text), "d*");
		(void)matches(text);
		if (rows[i].matches != NULL)
			ck_assert_msg(strcmp(found, rows[i].matches) == 0,
			    "row %zu: %.80s", i, found);
	}
}
END_TEST

static int
count_until_error(const char *text, int *count)
{
	struct relpath path;
	int e;

	*count = 0;
	pattern_begin(&pattern, &tree, &start, text);
	while ((e = pattern_next(&pattern, &path)) == 0 || e == ENOENT)
		++*count;
	pattern_end(&pattern);
	return e;
}

START_TEST(alternatives_are_counted)
{
	char text[256];
	int count;

	make("", false);
	repeat(text, sizeof(text), "{a,b}", 12); /* 4096 of them */
	ck_assert_int_eq(count_until_error(text, &count), ERR_EOF);
	ck_assert_int_eq(count, PATTERN_ALTERNATIVES_MAX);
	repeat(text, sizeof(text), "{a,b}", 13);
	ck_assert_int_eq(count_until_error(text, &count), ERR_STEPS);
	ck_assert_int_eq(count, PATTERN_ALTERNATIVES_MAX);
}
END_TEST

START_TEST(a_pattern_that_is_too_long_is_refused)
{
	static char text[2 * PATH_MAX];
	struct relpath path;

	make("d/", false);
	memset(text, '*', sizeof(text) - 1);
	pattern_begin(&pattern, &tree, &start, text);
	ck_assert_int_eq(pattern_next(&pattern, &path), ENAMETOOLONG);
	ck_assert_int_eq(pattern_next(&pattern, &path), ERR_EOF);
	text[NAME_MAX + 1] = '\0';
	memset(text, 'x', NAME_MAX + 1);
	memcpy(text, "{,", 2);
	memcpy(text + 300, "}", 2);
	memset(text + NAME_MAX, 'x', 300 - NAME_MAX);
	ck_assert_str_eq(matches("d*"), "d");
	pattern_begin(&pattern, &tree, &start, text);
	ck_assert_int_eq(pattern_next(&pattern, &path), 0);
	ck_assert_int_eq(pattern_next(&pattern, &path), ENAMETOOLONG);
	ck_assert_int_eq(pattern_next(&pattern, &path), ERR_EOF);
}
END_TEST

START_TEST(a_pattern_keeps_no_descriptor_open)
{
	struct relpath path;
	int before;

	make("d/ d/e/ d/e/f d/e/g", false);
	before = unit_descriptors();
	pattern_begin(&pattern, &tree, &start, "*/*/*");
	ck_assert_int_eq(pattern_next(&pattern, &path), 0);
	ck_assert_int_eq(unit_descriptors(), before + 3);
	pattern_end(&pattern);
	pattern_end(&pattern);
	ck_assert_int_eq(unit_descriptors(), before);
	(void)matches("*/*/*");
	ck_assert_int_eq(unit_descriptors(), before);
	(void)matches("*/*/../../../*");
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

/* A caller has the one buffer of the directories while it sends a match. */
START_TEST(a_directory_that_changes_meanwhile_is_read_to_its_end)
{
	struct relpath path;
	int count = 0, e;
	char name[PATH_MAX + 8];

	make("d/", false);
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "root/d/%04d", i);
		make_entry(name);
	}
	pattern_begin(&pattern, &tree, &start, "d/*");
	while ((e = pattern_next(&pattern, &path)) == 0) {
		(void)snprintf(name, sizeof(name), "root/%s", path.s);
		ck_assert_int_eq(unlink(name), 0);
		count++;
	}
	pattern_end(&pattern);
	ck_assert_int_eq(e, ERR_EOF);
	ck_assert_int_eq(count, 3000);
}
END_TEST

static double
cpu_seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

static void
make_many(int count)
{
	char name[128];
	int dir, fd;

	make("", false);
	dir = open("root", O_RDONLY | O_DIRECTORY);
	memset(name, 'a', sizeof(name));
	for (int i = 0; i < count; i++) {
		(void)snprintf(name + 90, sizeof(name) - 90, "%06d", i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		EXPECT(fd != -1 && close(fd) == 0);
	}
	ck_assert_int_eq(close(dir), 0);
}

/* Sanitizers make everything several times slower, not endless. */
#ifdef SANITIZED
#define SECONDS_MAX 20.0
#else
#define SECONDS_MAX 2.0
#endif

START_TEST(hostile_patterns_over_a_hundred_thousand_names_stay_cheap)
{
	static char set[4000], open_sets[1000];
	const char *const texts[] = {
		"*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?*?b",
		"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
		"*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		"*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]*[a]b",
		"{*?*?*?*?*?*?*?b,*a*a*a*a*a*a*b}{x,y}{x,y}{x,y}{x,y}",
		"*/../*/../*/../*/../*/../*/../*/../*", set, open_sets
	};
	double begun;
	int count, e;

	memset(set, 'x', sizeof(set) - 1);
	memcpy(set, "*[", 2);
	memcpy(set + sizeof(set) - 3, "]b", 2);
	memset(open_sets, '[', sizeof(open_sets) - 1);
	open_sets[0] = '*';
	make_many(100000);
	for (size_t i = 0; i < COUNT(texts); i++) {
		begun = cpu_seconds();
		e = count_until_error(texts[i], &count);
		ck_assert_msg(cpu_seconds() - begun < SECONDS_MAX,
		    "%.60s: %f s", texts[i], cpu_seconds() - begun);
		ck_assert(e == ERR_EOF || e == ERR_STEPS);
		ck_assert_uint_lt(
		    pattern.steps, PATTERN_STEPS_MAX + 4000UL * 1000);
	}
}
END_TEST

/* Few names, and every way through them: 2 to the 31st. */
START_TEST(hostile_patterns_over_two_names_stay_cheap)
{
	static const char *const ends[] = { "b*", "nothing*", "b", "nothing" };
	char text[256];
	double begun;
	int count;

	make("b c", false);
	for (size_t i = 0; i < COUNT(ends); i++) {
		repeat(text, sizeof(text), "*/../", PATTERN_LEVELS_MAX - 1);
		unit_append(text, sizeof(text), "%s", ends[i]);
		begun = cpu_seconds();
		ck_assert_int_eq(count_until_error(text, &count), ERR_STEPS);
		ck_assert_msg(cpu_seconds() - begun < 4 * SECONDS_MAX,
		    "%s: %f s", ends[i], cpu_seconds() - begun);
	}
}
END_TEST

static bool
begins_with_s(const void *policy, const struct relpath *path)
{
	(void)policy;
	return path->s[0] == 's';
}

/* Else ".." would tell whether there is such a name. */
START_TEST(what_is_hidden_is_not_gone_through)
{
	static const char *const texts[] = { "s*/../x", "?*/../x",
		"s/*/../../x", "s/f*/../../x", "s*/f", "s/*",
		"{s,nothing}/*/../../x" };
	static const char *const seen[] = { "x", "x x x", "x", "x", "s/f",
		"s/f", "x !" };
	static const char *const left[] = { "!", "x x", "!", "!", "!", "!",
		"! !" };

	make("s/ s/f d/ x", false);
	for (size_t i = 0; i < COUNT(texts); i++) {
		hidden = NULL;
		ck_assert_str_eq(matches(texts[i]), seen[i]);
		hidden = begins_with_s;
		ck_assert_str_eq(matches(texts[i]), left[i]);
	}
	hidden = NULL;
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		names_of_a_directory_are_matched,
		what_may_not_be_named_is_no_match,
		every_component_may_be_a_pattern,
		a_slash_at_the_end_wants_a_directory,
		relative_patterns_begin_where_the_session_does,
		a_pattern_may_go_up_behind_a_wildcard,
		nothing_above_the_root_is_named,
		matches_come_in_the_order_of_the_directory,
		braces_are_alternatives_in_their_order,
		braces_without_a_comma_or_an_end_are_text,
		alternatives_may_be_patterns,
		hidden_names_are_matched_when_they_are_asked_for,
		what_was_quoted_is_only_itself,
		names_that_can_not_be_sent_are_not_matched,
		links_are_followed_within_the_root_where_that_is_allowed,
		links_are_not_followed_where_they_are_refused,
		a_directory_that_can_not_be_listed_has_no_matches,
		patterns_beyond_the_bounds_end,
		alternatives_are_counted,
		a_pattern_that_is_too_long_is_refused,
		a_pattern_keeps_no_descriptor_open,
		a_directory_that_changes_meanwhile_is_read_to_its_end,
		hostile_patterns_over_a_hundred_thousand_names_stay_cheap,
		hostile_patterns_over_two_names_stay_cheap,
		what_is_hidden_is_not_gone_through,
	};

	return unit_run("expand", tests, COUNT(tests));
}
