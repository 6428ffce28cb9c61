#include "base/text.h"

#include <ctype.h>

#include "unit.h"

/* S9.  A decoder that knows nothing of the encoder but its rule. */
static int
hex_value(char c)
{
	static const char hex[] = "0123456789abcdef";
	const char *at = strchr(hex, c);

	EXPECT(c != '\0' && at != NULL);
	return (int)(at - hex);
}

static size_t
decode(char *out, const char *s, size_t len)
{
	const char *end = s + len;
	char *start = out;

	while (s < end) {
		if (*s != '\\') {
			*out++ = *s++;
		} else if (s + 1 < end && s[1] == '\\') {
			*out++ = '\\';
			s += 2;
		} else {
			EXPECT(s + 3 < end && s[1] == 'x');
			*out++ = (char)(hex_value(s[2]) * 16 + hex_value(s[3]));
			s += 4;
		}
	}
	return (size_t)(out - start);
}

static void
check_printable(const char *s)
{
	for (; *s != '\0'; s++)
		EXPECT(*s >= 0x20 && *s <= 0x7e);
}

static void
check_round_trip(const char *src, size_t len)
{
	char escaped[4096], back[4096];

	EXPECT(text_escape(escaped, sizeof(escaped), src, len) == len);
	check_printable(escaped);
	EXPECT(decode(back, escaped, strlen(escaped)) == len);
	EXPECT(memcmp(back, src, len) == 0);
}

static size_t
random_bytes(char *out, size_t max, uint64_t *state)
{
	size_t len = (size_t)unit_random(state) % max;

	for (size_t i = 0; i < len; i++)
		out[i] = (char)unit_random(state);
	return len;
}

START_TEST(each_of_the_256_bytes_has_its_own_printable_form)
{
	char out[8], wanted[8], src;

	for (int c = 0; c < 256; c++) {
		src = (char)c;
		if (c == '\\')
			(void)snprintf(wanted, sizeof(wanted), "\\\\");
		else if (c >= 0x20 && c <= 0x7e)
			(void)snprintf(wanted, sizeof(wanted), "%c", c);
		else
			(void)snprintf(wanted, sizeof(wanted), "\\x%02x", c);
		ck_assert_uint_eq(text_escape(out, sizeof(out), &src, 1), 1);
		ck_assert_str_eq(out, wanted);
	}
}
END_TEST

START_TEST(strings_look_like_this)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain name.txt", "plain name.txt" },
		{ "a\nb", "a\\x0ab" },
		{ "\33[31mred", "\\x1b[31mred" },
		{ "back\\slash", "back\\\\slash" },
		{ "\\x0a", "\\\\x0a" },
		{ "caf\303\251", "caf\\xc3\\xa9" },
		{ "\177", "\\x7f" },
		{ "\"'", "\"'" },
	};
	char out[64];

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)text_escape(
		    out, sizeof(out), rows[i][0], strlen(rows[i][0]));
		ck_assert_str_eq(out, rows[i][1]);
	}
}
END_TEST

START_TEST(every_pair_of_bytes_decodes_to_itself)
{
	char src[2];

	for (int a = 0; a < 256; a++)
		for (int b = 0; b < 256; b++) {
			src[0] = (char)a;
			src[1] = (char)b;
			check_round_trip(src, 2);
		}
}
END_TEST

START_TEST(a_hundred_thousand_random_strings_decode_to_themselves)
{
	uint64_t state = 20250101;
	char src[512];

	for (int i = 0; i < 100000; i++)
		check_round_trip(src, random_bytes(src, sizeof(src), &state));
}
END_TEST

/* No half escape at the end, and nothing left out that would have fitted. */
START_TEST(what_does_not_fit_is_left_out_whole)
{
	static const char src[] = "ab\n\\c\377d";
	char out[64], back[64];
	size_t taken, n;

	for (size_t cap = 1; cap < 24; cap++) {
		memset(out, '#', sizeof(out));
		taken = text_escape(out, cap, src, sizeof(src) - 1);
		ck_assert_uint_lt(strlen(out), cap);
		ck_assert_int_eq(out[cap], '#');
		n = decode(back, out, strlen(out));
		ck_assert_uint_eq(n, taken);
		ck_assert_mem_eq(back, src, n);
		ck_assert(taken == sizeof(src) - 1 || cap - strlen(out) <= 4);
	}
}
END_TEST

/* Both ends of a cut string are those of the source. */
static void
check_cut(const char *out, size_t cap, const char *src, size_t len)
{
	const char *mark = strstr(out, "[...]");
	char back[4096];
	size_t head, tail;

	ck_assert_ptr_nonnull(mark);
	check_printable(out);
	ck_assert_uint_lt(strlen(out), cap);
	ck_assert_uint_ge(strlen(out) + 8, cap);
	head = decode(back, out, (size_t)(mark - out));
	ck_assert_uint_gt(head, 0);
	ck_assert_mem_eq(back, src, head);
	tail = decode(back, mark + 5, strlen(mark + 5));
	ck_assert_uint_gt(tail, 0);
	ck_assert_mem_eq(back, src + len - tail, tail);
	ck_assert_uint_lt(head + tail, len);
}

START_TEST(cutting_keeps_start_and_end_and_fits)
{
	static const char fills[] = { 'a', '\n', '\\' };
	char src[3000], out[2049];

	for (size_t i = 0; i < COUNT(fills); i++)
		for (size_t cap = TEXT_CUT_MIN; cap < 2048; cap += 7) {
			memset(src, fills[i], sizeof(src));
			memcpy(src, "start", 5);
			memcpy(src + sizeof(src) - 3, "end", 3);
			out[cap] = '#';
			text_escape_cut(out, cap, src, sizeof(src));
			ck_assert_int_eq(out[cap], '#');
			check_cut(out, cap, src, sizeof(src));
		}
}
END_TEST

/* Of one octet a byte, so that nothing need be left free. */
START_TEST(a_cut_string_fills_its_room)
{
	char src[3000], out[600];

	memset(src, 'a', sizeof(src));
	for (size_t cap = TEXT_CUT_MIN; cap <= sizeof(out); cap++) {
		text_escape_cut(out, cap, src, sizeof(src));
		ck_assert_uint_eq(strlen(out), cap - 1);
	}
}
END_TEST

START_TEST(what_fits_is_not_cut)
{
	char out[TEXT_CUT_MIN], src[TEXT_CUT_MIN];

	for (size_t len = 0; len < TEXT_CUT_MIN; len++) {
		memset(src, 'x', sizeof(src));
		text_escape_cut(out, sizeof(out), src, len);
		ck_assert_uint_eq(strlen(out), len);
		ck_assert_ptr_null(strstr(out, "[...]"));
	}
	text_escape_cut(out, sizeof(out), src, TEXT_CUT_MIN);
	ck_assert_ptr_nonnull(strstr(out, "[...]"));
}
END_TEST

START_TEST(random_strings_are_cut_to_any_cap)
{
	uint64_t state = 4711;
	char src[1024], out[600];
	size_t len, cap;

	for (int i = 0; i < 20000; i++) {
		len = random_bytes(src, sizeof(src), &state);
		cap = TEXT_CUT_MIN + (size_t)unit_random(&state) % 500;
		text_escape_cut(out, cap, src, len);
		check_printable(out);
		EXPECT(strlen(out) < cap);
		if (4 * len < cap)
			continue;
		for (size_t k = 1; k < 4; k++) /* the end is there as it is */
			src[len - k] = (char)('x' + k);
		text_escape_cut(out, cap, src, len);
		EXPECT(strcmp(out + strlen(out) - 3, "{zy") == 0);
	}
}
END_TEST

START_TEST(a_cut_string_looks_like_this)
{
	char src[200], out[TEXT_CUT_MIN + 40];
	const size_t cap = sizeof(out);
	size_t head;

	memset(src, 'a', sizeof(src));
	src[0] = '^';
	src[sizeof(src) - 1] = '$';
	text_escape_cut(out, cap, src, sizeof(src));
	head = (size_t)(strstr(out, "[...]") - out);
	ck_assert_uint_eq(head, (cap - sizeof("[...]")) / 2 - 1);
	ck_assert_uint_eq(strspn(out + 1, "a"), head - 1);
	ck_assert_uint_eq(strlen(out), cap - 1);
	ck_assert_int_eq(out[strlen(out) - 1], '$');
	/* the last octet is one that needs four */
	src[sizeof(src) - 1] = '\n';
	src[sizeof(src) - 2] = 'b';
	text_escape_cut(out, cap, src, sizeof(src));
	ck_assert_str_eq(out + strlen(out) - 6, "ab\\x0a");
	ck_assert_uint_eq(strlen(out), cap - 1);
}
END_TEST

/* Of each octet, as isalnum(3) says in the C locale. */
START_TEST(letters_and_digits_are_those_of_ascii)
{
	char s[] = "a?z";

	for (int c = 1; c < 256; c++) {
		bool more = c == '_' || c == '.';

		s[1] = (char)c;
		ck_assert_uint_eq(text_span(s, ""), isalnum(c) ? 3 : 1);
		ck_assert_uint_eq(
		    text_span(s, "_."), isalnum(c) || more ? 3 : 1);
	}
	ck_assert_uint_eq(text_span("", "_"), 0);
	ck_assert_uint_eq(text_span("-a", "_"), 0);
	ck_assert_uint_eq(text_span("Az09", "_"), 4);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		each_of_the_256_bytes_has_its_own_printable_form,
		strings_look_like_this,
		every_pair_of_bytes_decodes_to_itself,
		a_hundred_thousand_random_strings_decode_to_themselves,
		what_does_not_fit_is_left_out_whole,
		cutting_keeps_start_and_end_and_fits,
		a_cut_string_fills_its_room,
		what_fits_is_not_cut,
		random_strings_are_cut_to_any_cap,
		a_cut_string_looks_like_this,
		letters_and_digits_are_those_of_ascii,
	};

	return unit_run("text", tests, COUNT(tests));
}
