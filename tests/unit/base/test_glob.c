#include "base/glob.h"

#include <fnmatch.h>

#include "unit.h"

static bool
matches_begin(
    const char *pattern, size_t len, const char *name, unsigned int how)
{
	unsigned long steps = 0;
	char *only = unit_exact(pattern, len);
	bool yes = match_name(only, len, name, how, &steps);

	free(only);
	return yes;
}

static bool
matches(const char *pattern, const char *name, unsigned int how)
{
	return matches_begin(pattern, strlen(pattern), name, how);
}

struct row {
	const char *pattern;
	const char *yes; /* names between blanks */
	const char *no;
};

static void
check_names(
    const struct row *row, const char *names, unsigned int how, bool wanted)
{
	char name[64];
	size_t n;

	for (; *names != '\0'; names += n + (names[n] == ' ')) {
		n = strcspn(names, " ");
		(void)snprintf(name, sizeof(name), "%.*s", (int)n, names);
		ck_assert_msg(matches(row->pattern, name, how) == wanted,
		    "%s and %s", row->pattern, name);
	}
}

static void
check_rows(const struct row *rows, size_t count, unsigned int how)
{
	for (size_t i = 0; i < count; i++) {
		check_names(&rows[i], rows[i].yes, how, true);
		check_names(&rows[i], rows[i].no, how, false);
	}
}

START_TEST(wildcards_stand_for_octets)
{
	static const struct row rows[] = {
		{ "a", "a", "b A aa .a" },
		{ "", "", "a" },
		{ "*", "a ab \377 *", "" },
		{ "?", "a ? \303", "ab \303\244 aa" },
		{ "??", "ab \303\244", "a abc" },
		{ "*.txt", "a.txt a.b.txt", "txt a.txt2 .txt a.TXT" },
		{ "a*", "a ab a*", "ba b" },
		{ "*a", "a ba aa", "ab" },
		{ "a*b*c", "abc aXbXc abbcc abcbc", "acb ab ac" },
		{ "*a*a*", "aa bab-a aaa", "a bab" },
		{ "?*", "a ab", "" },
		{ "*?", "a ab", "" },
		{ "**", "a ab", "" },
		{ "a**b", "ab aXb", "a b" },
		{ "{a,b}", "{a,b}", "a b" },
		{ "-", "-", "" },
	};

	check_rows(rows, COUNT(rows), 0);
	ck_assert(matches("", "", 0) && matches("*", "", 0));
	ck_assert(!matches("?", "", 0) && !matches("a", "", 0));
}
END_TEST

START_TEST(sets_hold_octets_and_ranges)
{
	static const struct row rows[] = {
		{ "[abc]", "a b c", "d A ab [abc]" },
		{ "[a-c]x", "ax bx cx", "dx -x a" },
		{ "[a-cx-z]", "a c x z", "d w -" },
		{ "[!a-c]", "d - A", "a b c" },
		{ "[^a-c]", "d - A", "a b c" },
		{ "[]]", "]", "a []]" },
		{ "[]a]", "] a", "b" },
		{ "[!]a]", "b [", "] a" },
		{ "[a-]", "a -", "b" },
		{ "[-a]", "a -", "b" },
		{ "[a!]", "a !", "b" },
		{ "[a^]", "a ^", "b" },
		{ "[*?]", "* ?", "a" },
		{ "[[]", "[", "a ]" },
		{ "[c-a]", "", "a b c -" },
		{ "[a-a]", "a", "b" },
		{ "x[.]y", "x.y", "xay" },
		{ "[a][b]", "ab", "ba a b" },
		{ "*[0-9]", "a1 9", "a 1a" },
		{ "[\200-\377]", "\200 \300 \377", "a" },
	};

	check_rows(rows, COUNT(rows), 0);
}
END_TEST

START_TEST(a_set_without_its_end_is_text)
{
	static const struct row rows[] = {
		{ "[", "[", "a" },
		{ "[a", "[a", "a" },
		{ "[]", "[]", "]" },
		{ "[!", "[!", "a" },
		{ "[!]", "[!]", "a" },
		{ "a[b", "a[b", "ab" },
		{ "[a-", "[a-", "a -" },
		{ "[*", "[ [x", "x" },
		{ "[[[", "[[[", "[ [[" },
	};

	check_rows(rows, COUNT(rows), 0);
}
END_TEST

START_TEST(a_backslash_takes_the_meaning_away)
{
	static const struct row rows[] = {
		{ "\\*", "*", "a \\*" },
		{ "\\?", "?", "a" },
		{ "\\[a]", "[a]", "a" },
		{ "\\\\", "\\", "\\\\" },
		{ "\\a", "a", "\\a" },
		{ "[\\]]", "]", "\\" },
		{ "[a\\]b]", "a ] b", "\\" },
		{ "[\\!a]", "! a", "b" },
		{ "[a\\-c]", "a - c", "b" },
		{ "[\\a-\\c]", "a b c", "d -" },
		{ "*\\*", "* a*", "a" },
		{ "\\.x", ".x", "x" },
		{ "\\{a,b\\}", "{a,b}", "a" },
		{ "a\\", "a\\", "a" },
	};

	check_rows(rows, COUNT(rows), 0);
}
END_TEST

START_TEST(a_leading_dot_is_matched_by_a_dot)
{
	static const struct row rows[] = {
		{ "*", "a a.b", ".a .. ." },
		{ "?a", "xa", ".a" },
		{ "[.]a", "", ".a" },
		{ "[!x]a", "ya", ".a" },
		{ ".*", ".a .. . .a.b", "a" },
		{ ".?", ".a ..", "." },
		{ "\\.*", ".a", "a" },
		{ "*.a", "b.a", ".a" },
		{ "a*", "a.b a..b", ".a" },
	};
	static const struct row all[] = {
		{ "*", "a .a .. .", "" },
		{ "?a", ".a xa", "a" },
		{ "[.]a", ".a", "a" },
		{ "*.a", ".a b.a", "a" },
	};

	check_rows(rows, COUNT(rows), 0);
	check_rows(all, COUNT(all), MATCH_DOTS);
}
END_TEST

START_TEST(case_counts_only_without_fold)
{
	static const struct row rows[] = {
		{ ".bash_*", ".BASH_profile .bash_X", ".BASHRC" },
		{ "ABC", "abc aBc ABC", "abd" },
		{ "[a-c]", "A b C", "D" },
		{ "[A-C]", "a B c", "d" },
		{ "[!a]", "b B", "a A" },
		{ "\\A", "a A", "b" },
		{ "\303\204", "\303\204", "\303\244" },
		{ "@[`{", "@[`{", "`{@[" },
		{ "AZ", "az AZ", "a{" },
		{ "[A-Z]", "z Z", "[ {" },
		{ "\\[", "[", "{" },
		{ "\\@", "@", "`" },
	};

	check_rows(rows, COUNT(rows), MATCH_FOLD);
	ck_assert(!matches("ABC", "abc", 0));
	ck_assert(!matches("[A-C]", "a", 0));
}
END_TEST

START_TEST(no_wildcard_stands_for_the_dots_of_a_host)
{
	static const struct row rows[] = {
		{ "*", "a host", "a.b ." },
		{ "?", "a", "." },
		{ "*.b", "a.b", "b a.a.b" },
		{ "*.*", "a.b", "a a.b.c" },
		{ "a?b", "axb", "a.b" },
		{ "a[.x]b", "axb", "a.b" },
		{ "a[!x]b", "ayb", "a.b" },
		{ "a.b", "a.b", "axb" },
		{ "a\\.b", "a.b", "axb" },
	};

	check_rows(rows, COUNT(rows), MATCH_PART | MATCH_DOTS);
}
END_TEST

/* As scp quotes the names of files for the other side. */
START_TEST(in_a_word_a_backslash_may_stand_for_itself)
{
	static const struct row rows[] = {
		{ "a\\x", "a\\x", "ax a\\" },
		{ "a\\", "a\\", "a" },
		{ "a", "a", "a\\" },
		{ "a\\*", "a*", "a\\* ab" },
		{ "a\\,b", "a,b", "a\\,b" },
		{ "\\x\\y", "\\x\\y", "xy \\xy x\\y" },
		{ "*\\x", "\\x b\\x", "x bx" },
		{ "?\\x?", "a\\xb", "axb" },
	};

	check_rows(rows, COUNT(rows), MATCH_WORD);
}
END_TEST

/* Only its own octets of a pattern are looked at. */
START_TEST(a_pattern_ends_where_its_length_says)
{
	static const struct {
		const char *text;
		size_t len;
		const char *name;
		bool yes;
	} rows[] = {
		{ "abc", 2, "ab", true },
		{ "a*", 1, "a", true },
		{ "a*", 1, "ab", false },
		{ "a?", 1, "ab", false },
		{ "[a]", 2, "[a", true },
		{ "[]", 1, "[", true },
		{ "[!]", 2, "[!", true },
		{ "[]]", 2, "[]", true },
		{ "\\*", 1, "\\", true },
		{ "\\.", 1, ".", false },
		{ "*/x", 1, "ab", true },
		{ ".", 0, ".", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned long steps = 0;

		ck_assert_msg(match_name(rows[i].text, rows[i].len,
				  rows[i].name, 0, &steps) == rows[i].yes,
		    "%s", rows[i].text);
		ck_assert(matches_begin(rows[i].text, rows[i].len, rows[i].name,
			      0) == rows[i].yes);
	}
}
END_TEST

static void
make_random(uint64_t *state, const char *alphabet, char *out, size_t cap)
{
	size_t len = (size_t)(unit_random(state) % cap), n = strlen(alphabet);

	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[unit_random(state) % n];
	out[len] = '\0';
}

/* What the C library reads otherwise: classes, and a backslash at the end. */
static bool
is_comparable(const char *pattern)
{
	size_t n = strlen(pattern), slashes = 0;

	while (slashes < n && pattern[n - slashes - 1] == '\\')
		slashes++;
	return slashes % 2 == 0 && strstr(pattern, "[.") == NULL;
}

static void
compare(const char *pattern, const char *name, unsigned int how)
{
	size_t len = strlen(pattern);
	unsigned long steps = 0;
	int flags = FNM_PERIOD;
	bool ours, theirs;

	if (how & MATCH_DOTS)
		flags &= ~FNM_PERIOD;
	if (how & MATCH_FOLD)
		flags |= FNM_CASEFOLD;
	ours = match_name(pattern, len, name, how, &steps);
	theirs = fnmatch(pattern, name, flags) == 0;
	if (ours != theirs ||
	    steps > (len + 2) * (len + 2) * (strlen(name) + 2))
		ck_abort_msg("'%s' and '%s', how %u: %d, not %d, %lu steps",
		    pattern, name, how, ours, theirs, steps);
}

/* Another matcher as the model; the seed is fixed. */
START_TEST(random_patterns_match_what_they_match_for_the_c_library)
{
	static const char *const patterns[] = { "ab*", "ab*?", "ab.*?[]!-",
		"abB[]-\\^!*", "a[]!-" };
	static const char *const names[] = { "ab", "ab.", "abB.-]", "a[]-!^" };
	uint64_t state = 1;
	char pattern[16], name[12];

	for (int i = 0; i < 400000; i++) {
		make_random(&state, patterns[unit_random(&state) % 5], pattern,
		    sizeof(pattern));
		make_random(
		    &state, names[unit_random(&state) % 4], name, sizeof(name));
		if (is_comparable(pattern))
			compare(pattern, name, (unsigned int)i & MATCH_DOTS);
	}
}
END_TEST

START_TEST(random_patterns_without_sets_fold_as_in_the_c_library)
{
	uint64_t state = 2;
	char pattern[12], name[10];

	for (int i = 0; i < 200000; i++) {
		make_random(&state, "aAbB.*?", pattern, sizeof(pattern));
		make_random(&state, "aAbB.", name, sizeof(name));
		compare(pattern, name, MATCH_FOLD);
	}
}
END_TEST

static void
repeat(char *out, size_t cap, const char *piece, const char *end)
{
	size_t n = strlen(piece), used = 0;

	while (used + n + strlen(end) < cap) {
		memcpy(out + used, piece, n);
		used += n;
	}
	memcpy(out + used, end, strlen(end) + 1);
}

/* A matcher that tries every star would not end in our lifetime. */
START_TEST(the_steps_of_hostile_patterns_are_bounded)
{
	static const struct {
		const char *piece, *end;
	} rows[] = {
		{ "*?", "" },
		{ "*?", "b" },
		{ "*a", "b" },
		{ "*a?", "b" },
		{ "*aa", "*b" },
		{ "*", "b" },
		{ "?*", "?b" },
		{ "*[a]", "b" },
		{ "*[!b]", "[b]" },
		{ "a", "b" },
		{ "*\\a", "\\b" },
	};
	char name[256], pattern[256];
	unsigned long steps;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t cap = 8; cap <= sizeof(pattern); cap += 31) {
			repeat(pattern, cap, rows[i].piece, rows[i].end);
			steps = 0;
			(void)match_name(
			    pattern, strlen(pattern), name, 0, &steps);
			ck_assert_uint_le(steps, 4 * (cap + 2) * 257);
		}
}
END_TEST

/* What it costs to look through a set, or for the end of one, counts. */
START_TEST(long_sets_are_counted_in_the_steps)
{
	static const char *const ends[] = { "b]b", "" };
	char pattern[4000], name[256];
	unsigned long steps;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (size_t i = 0; i < COUNT(ends); i++) {
		repeat(pattern, sizeof(pattern), "[", ends[i]);
		pattern[0] = '*';
		steps = 0;
		ck_assert(
		    !match_name(pattern, strlen(pattern), name, 0, &steps));
		ck_assert_uint_gt(steps, 255 * 3900);
	}
}
END_TEST

START_TEST(steps_are_added_to_what_was_there)
{
	unsigned long once = 0, twice = 0;

	(void)match_name("a*c", 3, "abc", 0, &once);
	ck_assert_uint_gt(once, 0);
	(void)match_name("a*c", 3, "abc", 0, &twice);
	(void)match_name("a*c", 3, "abc", 0, &twice);
	ck_assert_uint_eq(twice, 2 * once);
}
END_TEST

START_TEST(a_text_is_a_pattern_when_something_live_is_in_it)
{
	static const char *const yes[] = { "*", "a?", "[", "{", "a{b", "\\\\*",
		"a\\*b*", "[a]" };
	static const char *const no[] = { "", "a", "\\*", "\\?x", "\\[a\\]",
		"\\{a\\,b\\}", "]", "}", "~", "a,b", "!", "-", "\\\\", "a\\" };

	for (size_t i = 0; i < COUNT(yes); i++)
		ck_assert_msg(
		    match_is_pattern(yes[i], strlen(yes[i])), "%s", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		ck_assert_msg(
		    !match_is_pattern(no[i], strlen(no[i])), "%s", no[i]);
	ck_assert(!match_is_pattern("ab*", 2));
}
END_TEST

START_TEST(backslashes_are_removed_once)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "abc", "abc" },
		{ "\\*", "*" },
		{ "a\\[b\\]", "a[b]" },
		{ "\\\\", "\\" },
		{ "\\\\\\*", "\\*" },
		{ "a\\", "a\\" },
	};
	char text[16];

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)snprintf(text, sizeof(text), "%s", rows[i][0]);
		ck_assert_uint_eq(
		    match_unescape(text, strlen(text)), strlen(rows[i][1]));
		ck_assert_str_eq(text, rows[i][1]);
	}
}
END_TEST

/* As an item of a list of names. */
START_TEST(a_word_is_a_pattern_of_one_name)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "abc", "abc" },
		{ "a\\*b", "a*b" },
		{ "a\\b", "a\\b" },
		{ "a\\\\b", "a\\b" },
		{ "a\\,\\!", "a,!" },
		{ "a\\", "a\\" },
		{ "a[b", "a[b" },
		{ "a]", "a]" },
		{ "\\[a]", "[a]" },
		{ "a{b,c}", "a{b,c}" },
	};
	static const char *const no[] = { "*", "a?", "[a]", "a[!b]c", "\\\\*",
		"a\\x?" };
	char out[16];

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(match_is_word(rows[i][0], strlen(rows[i][0]), out,
				  sizeof(out)),
		    "%s", rows[i][0]);
		ck_assert_str_eq(out, rows[i][1]);
	}
	for (size_t i = 0; i < COUNT(no); i++)
		ck_assert_msg(
		    !match_is_word(no[i], strlen(no[i]), out, sizeof(out)),
		    "%s", no[i]);
	ck_assert(match_is_word("abc*", 3, out, 4));
	ck_assert_str_eq(out, "abc");
	ck_assert(!match_is_word("abcd", 4, out, 4));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		wildcards_stand_for_octets,
		sets_hold_octets_and_ranges,
		a_set_without_its_end_is_text,
		a_backslash_takes_the_meaning_away,
		a_leading_dot_is_matched_by_a_dot,
		case_counts_only_without_fold,
		no_wildcard_stands_for_the_dots_of_a_host,
		in_a_word_a_backslash_may_stand_for_itself,
		a_pattern_ends_where_its_length_says,
		random_patterns_match_what_they_match_for_the_c_library,
		random_patterns_without_sets_fold_as_in_the_c_library,
		the_steps_of_hostile_patterns_are_bounded,
		long_sets_are_counted_in_the_steps,
		steps_are_added_to_what_was_there,
		a_text_is_a_pattern_when_something_live_is_in_it,
		backslashes_are_removed_once,
		a_word_is_a_pattern_of_one_name,
	};

	return unit_run("glob", tests, COUNT(tests));
}
