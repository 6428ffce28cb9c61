/* The answer of a child, which the account may have written in its place. */
#include "check/check.h"

#include <fcntl.h>
#include <unistd.h>

#include "unit.h"

static struct check checked;

/* What is printed of an answer; *whole is whether it came to its end. */
static const char *
printed(const char *answer, size_t len, bool *whole, int numbers[CHECK_NUMBERS])
{
	static char out[65536];
	FILE *to = tmpfile();
	int before = dup(1);
	size_t n;

	EXPECT(to != NULL && before != -1);
	(void)fflush(stdout);
	EXPECT(dup2(fileno(to), 1) == 1);
	checked = (struct check){ .file = "conf" };
	*whole = check_answer_print(&checked, answer, len, numbers);
	(void)fflush(stdout);
	EXPECT(dup2(before, 1) == 1);
	(void)close(before);
	rewind(to);
	n = fread(out, 1, sizeof(out) - 1, to);
	out[n] = '\0';
	(void)fclose(to);
	return out;
}

#define WHOLE                                                          \
	"hkernel\0rLandlock\0ABI 7\0nsome note\0f4\0do this\0is wrong" \
	"\0=1\0"                                                       \
	"2\0"                                                          \
	"-3\0"

START_TEST(records_are_printed_and_counted)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	bool whole;
	const char *out = printed(WHOLE, sizeof(WHOLE) - 1, &whole, numbers);

	ck_assert_str_eq(out,
	    "kernel\n  Landlock               ABI 7\n  note: some note\n"
	    "  UNSAFE: is wrong\n    fix: do this\n");
	ck_assert(whole);
	ck_assert_uint_eq(checked.unsafe, 1);
	ck_assert_int_eq(numbers[0], 1);
	ck_assert_int_eq(numbers[1], 2);
	ck_assert_int_eq(numbers[2], -3);
}
END_TEST

START_TEST(an_answer_that_is_cut_anywhere_is_not_whole)
{
	for (size_t len = 0; len < sizeof(WHOLE) - 1; len++) {
		int numbers[CHECK_NUMBERS] = { 7, 8, 9 };
		char *exact = malloc(len + 1);
		bool whole;

		EXPECT(exact != NULL);
		memcpy(exact, WHOLE, len);
		exact = realloc(exact, len > 0 ? len : 1); /* ends there */
		(void)printed(exact, len, &whole, numbers);
		ck_assert_msg(!whole, "%zu octets", len);
		ck_assert_int_eq(numbers[0], 7);
		free(exact);
	}
}
END_TEST

START_TEST(nothing_in_an_answer_passes_for_something_else)
{
	static const struct {
		const char *answer;
		size_t len;
		const char *out;
	} rows[] = {
#define ROW(s, out) { s, sizeof(s) - 1, out }
		ROW("hresult: 0 unsafe\0=0\0"
		    "0\0"
		    "0\0",
		    ""),
		ROW("ra\x1b[2J\0b\nverdict: allowed\0",
		    "  a\\x1b[2J               b\\x0averdict: allowed\n"),
		ROW("nx\n\x9b\0", "  note: x\\x0a\\x9b\n"),
		ROW("f9\0a\n\0b\n\0", "  UNSAFE: b\\x0a\n    fix: a\\x0a\n"),
		ROW("f\0a\0%s%n\0", "  UNSAFE: %s%n\n    fix: a\n"),
		ROW("result: 0 unsafe\0"
		    "x\0",
		    "  esult: 0 unsafe        x\n"),
		ROW("verdict: allowed\0", ""),
		ROW("\0\0\0", ""),
#undef ROW
	};
	int numbers[CHECK_NUMBERS] = { 0 };
	bool whole;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(
		    printed(rows[i].answer, rows[i].len, &whole, numbers),
		    rows[i].out);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		records_are_printed_and_counted,
		an_answer_that_is_cut_anywhere_is_not_whole,
		nothing_in_an_answer_passes_for_something_else,
	};

	return unit_run("print", tests, COUNT(tests));
}
