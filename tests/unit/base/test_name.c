#include "base/name.h"

#include <errno.h>

#include "base/err.h"
#include "unit.h"

#define TEMP ".scp-server.0123456789abcdef.part"

/* S3.  The whole rule for names of one and two octets. */
static int
rule(const char *s, size_t len)
{
	bool dots = true;
	int e = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '/' || s[i] == '\0')
			return ERR_NAME;
		dots = dots && s[i] == '.';
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			e = ERR_BYTES;
	}
	return dots ? ERR_NAME : e;
}

static void
check_name(const char *s, size_t len)
{
	struct name n;
	int e = name_parse(&n, s, len);

	EXPECT(e == rule(s, len));
	if (e == 0) {
		EXPECT(strlen(n.s) == len);
		EXPECT(memcmp(n.s, s, len) == 0);
	}
}

START_TEST(every_name_of_one_or_two_octets_is_judged_by_the_rule)
{
	char s[2];

	for (int a = 0; a < 256; a++) {
		s[0] = (char)a;
		check_name(s, 1);
		for (int b = 0; b < 256; b++) {
			s[1] = (char)b;
			check_name(s, 2);
		}
	}
}
END_TEST

START_TEST(names_that_could_leave_their_directory_are_refused)
{
	static const struct {
		const char *s;
		size_t len;
	} rows[] = {
		{ "", 0 },
		{ ".", 1 },
		{ "..", 2 },
		{ "/", 1 },
		{ "a/b", 3 },
		{ "/etc", 4 },
		{ "../x", 4 },
		{ "a/", 2 },
		{ "a\0b", 3 },
		{ "\0", 1 },
		{ "a\0", 2 },
		{ "..\0", 3 },
		{ "\n/", 2 },
	};
	struct name n;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    name_parse(&n, rows[i].s, rows[i].len), ERR_NAME);
}
END_TEST

START_TEST(names_with_control_bytes_are_refused)
{
	static const char *const rows[] = { "\n", "a\nb", "a\r", "\33[2J",
		"a\tb", "\177", "a\177b", "\1", ".\37" };
	struct name n;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    name_parse(&n, rows[i], strlen(rows[i])), ERR_BYTES);
}
END_TEST

START_TEST(any_other_name_is_kept_as_it_is)
{
	static const char *const rows[] = { "a", "...", "....", ".a", "..a",
		"a.", "a..", " ", " a ", "-rf", "~", "*", "a\\b", "\"", "$HOME",
		"`id`", "caf\303\251", "\377\200", ".bashrc", "C0644 6 x",
		".scp-server.part", ".scp-server.0123456789abcdef.part~" };
	struct name n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(name_parse(&n, rows[i], strlen(rows[i])), 0);
		ck_assert_str_eq(n.s, rows[i]);
	}
}
END_TEST

START_TEST(only_the_given_octets_of_a_name_are_read)
{
	struct name n;

	ck_assert_int_eq(name_parse(&n, "ab/cd", 2), 0);
	ck_assert_str_eq(n.s, "ab");
}
END_TEST

START_TEST(a_name_has_at_most_255_octets)
{
	char s[5000];
	struct name n;

	memset(s, 'x', sizeof(s));
	ck_assert_int_eq(name_parse(&n, s, 254), 0);
	ck_assert_int_eq(name_parse(&n, s, 255), 0);
	ck_assert_uint_eq(strlen(n.s), 255);
	ck_assert_int_eq(name_parse(&n, s, 256), ENAMETOOLONG);
	ck_assert_int_eq(name_parse(&n, s, sizeof(s)), ENAMETOOLONG);
	s[4000] = '\n';
	ck_assert_int_eq(name_parse(&n, s, sizeof(s)), ERR_BYTES);
	s[4999] = '/';
	ck_assert_int_eq(name_parse(&n, s, sizeof(s)), ERR_NAME);
}
END_TEST

START_TEST(a_refused_name_is_not_written_out)
{
	static const char *const rows[] = { "", "..", "a/b", "a\n", TEMP };
	struct name n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		memcpy(n.s, "untouched", 10);
		ck_assert_int_ne(name_parse(&n, rows[i], strlen(rows[i])), 0);
		ck_assert_str_eq(n.s, "untouched");
	}
}
END_TEST

START_TEST(our_temporary_names_are_known_and_names_like_them_refused)
{
	static const struct {
		const char *s;
		bool temp, reserved;
	} rows[] = {
		{ TEMP, true, true },
		{ ".scp-server.0000000000000000.part", true, true },
		{ ".scp-server.ffffffffffffffff.part", true, true },
		{ ".scp-server.fffffffffffffff.part", false, true },
		{ ".scp-server.fffffffffffffffff.part", false, true },
		{ ".scp-server.fffffffffffffffg.part", false, true },
		{ ".scp-server.FFFFFFFFFFFFFFFF.part", false, true },
		{ ".scp-server.ffffffff ffffffff.part", false, true },
		{ ".scp-server..part", false, true },
		{ ".scp-server.part", false, false },
		{ ".scp-server.ffffffffffffffff.parts", false, false },
		{ ".scp-server.ffffffffffffffff.par", false, false },
		{ "xscp-server.ffffffffffffffff.part", false, false },
		{ "x.scp-server.ffffffffffffffff.part", false, false },
		{ ".scp-server.ffffffffffffffffXpart", false, false },
		{ ".SCP-server.ffffffffffffffff.part", false, false },
		{ ".part", false, false },
		{ "a", false, false },
	};
	struct name n;
	size_t len;

	for (size_t i = 0; i < COUNT(rows); i++) {
		len = strlen(rows[i].s);
		ck_assert_int_eq(name_is_temp(rows[i].s, len), rows[i].temp);
		ck_assert_int_eq(name_parse(&n, rows[i].s, len),
		    rows[i].reserved ? ERR_RESERVED : 0);
	}
}
END_TEST

START_TEST(a_temporary_name_carries_its_number)
{
	struct name n;

	name_make_temp(&n, 0);
	ck_assert_str_eq(n.s, ".scp-server.0000000000000000.part");
	name_make_temp(&n, 0x0123456789abcdefULL);
	ck_assert_str_eq(n.s, TEMP);
	name_make_temp(&n, ~0ULL);
	ck_assert_str_eq(n.s, ".scp-server.ffffffffffffffff.part");
	ck_assert(name_is_temp(n.s, strlen(n.s)));
}
END_TEST

static const struct relpath start = { .s = "s/t", .len = 3 };

START_TEST(typed_paths_become_components)
{
	static const struct {
		const struct relpath *start;
		const char *text, *path;
		bool dir;
	} rows[] = {
		{ NULL, "/", "", true },
		{ NULL, "//", "", true },
		{ NULL, "/.", "", true },
		{ NULL, ".", "", true },
		{ NULL, "a", "a", false },
		{ NULL, "/a", "a", false },
		{ NULL, "//a///b", "a/b", false },
		{ NULL, "a/", "a", true },
		{ NULL, "a//", "a", true },
		{ NULL, "a/.", "a", true },
		{ NULL, "a/./b", "a/b", false },
		{ NULL, "./a", "a", false },
		{ NULL, "a/..", "", true },
		{ NULL, "a/../", "", true },
		{ NULL, "a/../b", "b", false },
		{ NULL, "a/b/..", "a", true },
		{ NULL, "a/b/../..", "", true },
		{ NULL, "a/b/../../c", "c", false },
		{ NULL, "...", "...", false },
		{ NULL, "a/...", "a/...", false },
		{ NULL, "..a/b..", "..a/b..", false },
		{ NULL, "~", "~", false },
		{ NULL, "a b/*", "a b/*", false },
		{ &start, "a", "s/t/a", false },
		{ &start, ".", "s/t", true },
		{ &start, "/a", "a", false },
		{ &start, "..", "s", true },
		{ &start, "../x", "s/x", false },
		{ &start, "../..", "", true },
		{ &start, "../../x", "x", false },
		{ &start, "/", "", true },
	};
	struct relpath p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    relpath_parse(&p, rows[i].start, rows[i].text), 0);
		ck_assert_str_eq(p.s, rows[i].path);
		ck_assert_uint_eq(p.len, strlen(rows[i].path));
		ck_assert_msg(p.dir == rows[i].dir, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(a_program_is_named_behind_its_last_slash)
{
	ck_assert_str_eq(name_last("scp"), "scp");
	ck_assert_str_eq(name_last("/usr/bin/scp"), "scp");
	ck_assert_str_eq(name_last("a/b"), "b");
	ck_assert_str_eq(name_last("a/"), "");
	ck_assert_str_eq(name_last(""), "");
}
END_TEST

START_TEST(above_a_root_that_is_shown_as_one_there_is_nothing)
{
	static const struct {
		const char *text, *path;
	} rows[] = {
		{ "..", "" },
		{ "/../..", "" },
		{ "../a", "a" },
		{ "a/../../b/c", "b/c" },
	};
	struct relpath p;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    relpath_parse_in_root(&p, NULL, rows[i].text), 0);
		ck_assert_str_eq(p.s, rows[i].path);
		ck_assert_int_eq(
		    relpath_parse(&p, NULL, rows[i].text), ERR_PATH);
	}
	ck_assert_int_eq(relpath_parse_in_root(&p, NULL, ""), ENOENT);
}
END_TEST

START_TEST(a_path_above_the_root_is_one_fixed_error)
{
	static const struct {
		const struct relpath *start;
		const char *text;
	} rows[] = {
		{ NULL, ".." },
		{ NULL, "/.." },
		{ NULL, "../" },
		{ NULL, "/../etc/passwd" },
		{ NULL, "../nonexistent" },
		{ NULL, "a/../.." },
		{ NULL, "a/../../a" },
		{ NULL, "a/b/../../../x" },
		{ NULL, "./.." },
		{ NULL, "//.." },
		{ &start, "../../.." },
		{ &start, "../../../s/t" },
		{ &start, "/.." },
		{ &start, "../../../\n" },
	};
	struct relpath p = { .s = "kept", .len = 4 };

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    relpath_parse(&p, rows[i].start, rows[i].text), ERR_PATH);
	ck_assert_str_eq(p.s, "kept");
}
END_TEST

START_TEST(a_path_of_bad_names_is_refused)
{
	static const struct {
		const char *text;
		int err;
	} rows[] = {
		{ "", ENOENT },
		{ "a\nb", ERR_BYTES },
		{ "a/\33/b", ERR_BYTES },
		{ "a\177/..", ERR_BYTES },
		{ TEMP, ERR_RESERVED },
		{ "a/" TEMP "/b", ERR_RESERVED },
		{ TEMP "/..", ERR_RESERVED },
	};
	struct relpath p;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    relpath_parse(&p, NULL, rows[i].text), rows[i].err);
}
END_TEST

/* n components of 255 octets and slashes between; then tail octets more. */
static void
make_long(char *out, size_t n, size_t tail)
{
	for (; n > 0; n--) {
		memset(out, 'x', NAME_MAX);
		out[NAME_MAX] = '/';
		out += NAME_MAX + 1;
	}
	memset(out, 'y', tail);
	out[tail] = '\0';
}

START_TEST(a_path_has_at_most_4095_octets)
{
	char text[3 * PATH_MAX];
	struct relpath p;

	make_long(text, 15, 255);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), 0);
	ck_assert_uint_eq(p.len, PATH_MAX - 1);
	ck_assert_int_eq(relpath_parse(&p, &start, text), ENAMETOOLONG);
	make_long(text, 16, 1);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), ENAMETOOLONG);
	make_long(text, 0, 256);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), ENAMETOOLONG);
	make_long(text, 32, 9);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), ENAMETOOLONG);
}
END_TEST

START_TEST(a_long_text_for_a_short_path_is_fine)
{
	static char text[200001];
	struct relpath p;

	for (size_t i = 0; i + 5 <= 200000; i += 5)
		memcpy(text + i, "a/../", 5);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), 0);
	ck_assert_str_eq(p.s, "");
}
END_TEST

/* The same, kept as a list of components: an independent model. */
struct model {
	char parts[16][16];
	size_t count;
	bool above;
};

static void
model_part(struct model *m, const char *s, size_t len)
{
	if (len == 0 || (len == 1 && s[0] == '.'))
		return;
	if (len == 2 && s[0] == '.' && s[1] == '.') {
		m->above = m->above || m->count == 0;
		m->count -= m->count > 0 ? 1 : 0;
		return;
	}
	memcpy(m->parts[m->count], s, len);
	m->parts[m->count++][len] = '\0';
}

static void
model_path(struct model *m, const char *text)
{
	size_t n;

	for (;; text += n + 1) {
		for (n = 0; text[n] != '/' && text[n] != '\0'; n++)
			;
		model_part(m, text, n);
		if (text[n] == '\0')
			break;
	}
}

static void
check_against_model(const struct relpath *from, const char *text)
{
	struct model m = { .count = 0 };
	struct relpath p;
	size_t at = 0, len, i = 0;
	const char *s;

	if (from != NULL && *text != '/')
		model_path(&m, from->s);
	model_path(&m, text);
	if (m.above) {
		EXPECT(relpath_parse(&p, from, text) == ERR_PATH);
		return;
	}
	EXPECT(relpath_parse(&p, from, text) == 0);
	while ((s = relpath_next(&p, &at, &len)) != NULL) {
		EXPECT(i < m.count);
		EXPECT(strlen(m.parts[i]) == len);
		EXPECT(memcmp(m.parts[i++], s, len) == 0);
	}
	EXPECT(i == m.count);
}

START_TEST(every_path_of_up_to_nine_octets_is_what_the_model_says)
{
	static const char alphabet[] = { 'a', '.', '/' };
	char text[10];
	int rest, total = 1;

	for (size_t len = 1; len <= 9; len++) {
		total *= 3;
		for (int number = 0; number < total; number++) {
			rest = number;
			for (size_t i = 0; i < len; i++, rest /= 3)
				text[i] = alphabet[rest % 3];
			text[len] = '\0';
			check_against_model(NULL, text);
			check_against_model(&start, text);
		}
	}
}
END_TEST

START_TEST(the_root_is_stripped_by_component)
{
	static const struct {
		const char *root, *text, *rest;
	} rows[] = {
		{ "/srv/drop", "/srv/drop", "/" },
		{ "/srv/drop", "/srv/drop/", "/" },
		{ "/srv/drop", "/srv/drop//", "/" },
		{ "/srv/drop", "/srv/drop/x", "/x" },
		{ "/srv/drop", "/srv/drop/x/y/", "/x/y/" },
		{ "/srv/drop", "//srv///drop//x", "/x" },
		{ "/srv/drop/", "/srv/drop/x", "/x" },
		{ "//srv//drop//", "/srv/drop/x", "/x" },
		{ "/srv/drop", "/srv/drop2", "/srv/drop2" },
		{ "/srv/drop", "/srv/drop2/x", "/srv/drop2/x" },
		{ "/srv/drop2", "/srv/drop/x", "/srv/drop/x" },
		{ "/srv/drop", "/srv", "/srv" },
		{ "/srv/drop", "/srv/", "/srv/" },
		{ "/srv/drop", "/", "/" },
		{ "/srv/drop", "/x", "/x" },
		{ "/srv/drop", "srv/drop/x", "srv/drop/x" },
		{ "/srv/drop", "x", "x" },
		{ "/srv/drop", "", "" },
		{ "/srv/drop", "/srv/drop/../x", "/../x" },
		{ "/srv/drop", "/srv/drop/srv/drop", "/srv/drop" },
		{ "/", "/x", "/x" },
		{ "/", "/", "/" },
		{ "", "/x/y", "/x/y" },
		{ "", "x", "x" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(relpath_strip_root(rows[i].root, rows[i].text),
		    rows[i].rest);
}
END_TEST

START_TEST(appending_fills_a_path_to_4095_octets_and_no_further)
{
	struct relpath p = { .s = "" };
	struct name n = { "abc" }, big;
	char text[2 * PATH_MAX];

	ck_assert_int_eq(relpath_append(&p, &n), 0);
	ck_assert_int_eq(relpath_append(&p, &n), 0);
	ck_assert_str_eq(p.s, "abc/abc");
	make_long(text, 15, 251);
	ck_assert_int_eq(relpath_parse(&p, NULL, text), 0);
	make_long(big.s, 0, 4);
	ck_assert_int_eq(relpath_append(&p, &big), ENAMETOOLONG);
	ck_assert_str_eq(p.s, text);
	ck_assert_int_eq(relpath_append(&p, &n), 0);
	ck_assert_uint_eq(p.len, PATH_MAX - 1);
	ck_assert_uint_eq(strlen(p.s), PATH_MAX - 1);
}
END_TEST

START_TEST(splitting_takes_the_last_component_off)
{
	struct relpath p;
	struct name last;

	ck_assert_int_eq(relpath_parse(&p, NULL, "a/bc/def"), 0);
	ck_assert_int_eq(relpath_split(&p, &last), 0);
	ck_assert_str_eq(p.s, "a/bc");
	ck_assert_str_eq(last.s, "def");
	ck_assert_int_eq(relpath_split(&p, &last), 0);
	ck_assert_str_eq(p.s, "a");
	ck_assert_str_eq(last.s, "bc");
	ck_assert_int_eq(relpath_split(&p, &last), 0);
	ck_assert_str_eq(p.s, "");
	ck_assert_uint_eq(p.len, 0);
	ck_assert_str_eq(last.s, "a");
	ck_assert_int_eq(relpath_split(&p, &last), ERR_NAME);
}
END_TEST

START_TEST(cutting_goes_back_to_an_earlier_length)
{
	struct name n = { "below" };
	struct relpath p = { .s = "" };
	size_t len;

	for (int i = 0; i < 3; i++) {
		len = p.len;
		ck_assert_int_eq(relpath_append(&p, &n), 0);
		relpath_cut(&p, len);
		ck_assert_uint_eq(strlen(p.s), len);
		ck_assert_int_eq(relpath_append(&p, &n), 0);
	}
	ck_assert_str_eq(p.s, "below/below/below");
}
END_TEST

START_TEST(walking_the_root_yields_nothing)
{
	struct relpath root = { .s = "" };
	size_t at = 0, len = 0;

	ck_assert_ptr_null(relpath_next(&root, &at, &len));
}
END_TEST

START_TEST(splitting_writes_nothing_behind_the_longest_name)
{
	struct {
		struct name name;
		char next[8];
	} last;
	struct relpath p;
	char text[NAME_MAX + 9] = "parents/";

	memset(&last, 'x', sizeof(last));
	memset(text + 8, 'n', NAME_MAX);
	text[8 + NAME_MAX] = '\0';
	ck_assert_int_eq(relpath_parse(&p, NULL, text), 0);
	ck_assert_int_eq(relpath_split(&p, &last.name), 0);
	ck_assert_str_eq(last.name.s, text + 8);
	ck_assert_mem_eq(last.next, "xxxxxxxx", sizeof(last.next));
}
END_TEST

START_TEST(the_depth_of_a_path_is_the_number_of_its_components)
{
	static const char *const texts[] = { "/", "a", "a//b/", "a/bc/d" };
	struct relpath p;

	for (size_t i = 0; i < COUNT(texts); i++) {
		ck_assert_int_eq(relpath_parse(&p, NULL, texts[i]), 0);
		ck_assert_uint_eq(relpath_depth(&p), i);
	}
}
END_TEST

START_TEST(what_was_moved_is_at_the_new_place)
{
	static const struct {
		const char *path, *old, *new, *moved;
	} rows[] = {
		{ "a", "a", "b/c", "b/c" },
		{ "a/x", "a", "b/c", "b/c/x" },
		{ "long/name/x/y", "long/name", "b", "b/x/y" },
		{ "ab/x", "a", "b", "ab/x" },
		{ "ab", "a", "b", "ab" },
		{ "a", "a/x", "b", "a" },
		{ "b/a/x", "a", "c", "b/a/x" },
		{ "/", "a", "b", "/" },
	};
	struct relpath p, old, new, moved;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(relpath_parse(&p, NULL, rows[i].path), 0);
		ck_assert_int_eq(relpath_parse(&old, NULL, rows[i].old), 0);
		ck_assert_int_eq(relpath_parse(&new, NULL, rows[i].new), 0);
		ck_assert_int_eq(relpath_parse(&moved, NULL, rows[i].moved), 0);
		relpath_move(&p, &old, &new);
		ck_assert_str_eq(p.s, moved.s);
		ck_assert_uint_eq(p.len, moved.len);
	}
}
END_TEST

START_TEST(a_moved_path_that_would_be_too_long_stays)
{
	struct relpath p, old, new;
	char text[PATH_MAX];

	memset(text, 'n', sizeof(text));
	for (size_t i = 200; i < sizeof(text); i += 200)
		text[i] = '/';
	text[PATH_MAX - 1] = '\0';
	ck_assert_int_eq(relpath_parse(&new, NULL, text), 0);
	ck_assert_int_eq(relpath_parse(&old, NULL, "a"), 0);
	ck_assert_int_eq(relpath_parse(&p, NULL, "a/x"), 0);
	relpath_move(&p, &old, &new);
	ck_assert_str_eq(p.s, "a/x");
	relpath_cut(&new, PATH_MAX - 2);
	relpath_move(&p, &old, &new);
	ck_assert_str_eq(p.s, "a/x");
	relpath_cut(&new, PATH_MAX - 3);
	relpath_move(&p, &old, &new);
	ck_assert_uint_eq(p.len, PATH_MAX - 1);
	ck_assert_str_eq(p.s + PATH_MAX - 3, "/x");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		every_name_of_one_or_two_octets_is_judged_by_the_rule,
		names_that_could_leave_their_directory_are_refused,
		names_with_control_bytes_are_refused,
		any_other_name_is_kept_as_it_is,
		only_the_given_octets_of_a_name_are_read,
		a_name_has_at_most_255_octets,
		a_refused_name_is_not_written_out,
		our_temporary_names_are_known_and_names_like_them_refused,
		a_temporary_name_carries_its_number,
		typed_paths_become_components,
		a_program_is_named_behind_its_last_slash,
		above_a_root_that_is_shown_as_one_there_is_nothing,
		a_path_above_the_root_is_one_fixed_error,
		a_path_of_bad_names_is_refused,
		a_path_has_at_most_4095_octets,
		a_long_text_for_a_short_path_is_fine,
		every_path_of_up_to_nine_octets_is_what_the_model_says,
		the_root_is_stripped_by_component,
		appending_fills_a_path_to_4095_octets_and_no_further,
		splitting_takes_the_last_component_off,
		cutting_goes_back_to_an_earlier_length,
		walking_the_root_yields_nothing,
		splitting_writes_nothing_behind_the_longest_name,
		the_depth_of_a_path_is_the_number_of_its_components,
		what_was_moved_is_at_the_new_place,
		a_moved_path_that_would_be_too_long_stays,
	};

	return unit_run("name", tests, COUNT(tests));
}
