#include "request/words.h"

#include "base/err.h"
#include "base/glob.h"
#include "unit.h"

static struct words words;

/* Into memory that held something else before. */
static int
split_bytes(const char *text, size_t len)
{
	char *only = unit_exact(text, len);
	int e;

	memset(&words, 0xa5, sizeof(words));
	e = words_split(&words, only, len);
	free(only);
	return e;
}

static int
split(const char *text)
{
	return split_bytes(text, strlen(text));
}

/* The words with a | between them; no word here has one. */
static const char *
joined(void)
{
	static char out[4096];

	out[0] = '\0';
	for (size_t i = 0; i < words.count; i++)
		unit_append(
		    out, sizeof(out), "%s%s", i > 0 ? "|" : "", words.word[i]);
	return out;
}

struct row {
	const char *text;
	const char *words;
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(split(rows[i].text) == 0, "%s", rows[i].text);
		ck_assert_str_eq(joined(), rows[i].words);
		ck_assert_ptr_null(words.word[words.count]);
	}
}

START_TEST(words_are_parted_by_any_run_of_blanks)
{
	static const struct row rows[] = {
		{ "", "" },
		{ " ", "" },
		{ " \t \t", "" },
		{ "a", "a" },
		{ "scp -t x", "scp|-t|x" },
		{ "scp  -t\tx", "scp|-t|x" },
		{ " \tscp\t \t-t  x \t", "scp|-t|x" },
		{ "a\\ b", "a b" },
		{ "'a b'", "a b" },
		{ "\"a\tb\"", "a\tb" },
		{ "'' \"\"", "|" },
		{ "a '' b", "a||b" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(quotes_of_every_dialect_are_undone)
{
	static const struct row rows[] = {
		{ "'my file'\"'\"'s'\\!'x'", "my file's!x" },
		{ "'it'\"'\"'s'", "it's" },
		{ "'I'\\''m'", "I'm" },
		{ "my\\ file", "my file" },
		{ "\\~/t", "~/t" },
		{ "\"a\\\"b\"", "a\"b" },
		{ "\"\\$x\\`y\\`\"", "$x`y`" },
		{ "\"a\\nb\\'c\\ d\"", "a\\\\nb\\\\'c\\\\ d" },
		{ "\"it's\"", "it's" },
		{ "'\"'", "\"" },
		{ "a'b'\"c\"\\d", "abcd" },
		{ "s\\cp", "scp" },
		{ "'scp' \"-t\" \\x", "scp|-t|x" },
		{ "''a''", "a" },
		{ "\\a\\b", "ab" },
		{ "\\\"\\'", "\"'" },
		{ "\303\244 '\303\244' \"\303\244\" \\\377",
		    "\303\244|\303\244|\303\244|\377" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(what_was_quoted_gets_a_backslash_where_it_would_mean_something)
{
	static const struct row rows[] = {
		{ "*?[]{},", "*?[]{}," },
		{ "'*?[]{},'", "\\*\\?\\[\\]\\{\\}\\," },
		{ "\"*?[]{},\"", "\\*\\?\\[\\]\\{\\}\\," },
		{ "\\*\\?\\[\\]\\{\\}\\,", "\\*\\?\\[\\]\\{\\}\\," },
		{ "\\\\", "\\\\" },
		{ "'\\'", "\\\\" },
		{ "\"\\\\\"", "\\\\" },
		{ "a'*'*", "a\\**" },
		{ "'~' ~ '-' !", "~|~|-|!" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(what_only_a_shell_could_run_is_refused_unless_it_is_quoted)
{
	static const char live[] = ";&|<>()$`";
	char text[16];

	for (const char *c = live; *c != '\0'; c++) {
		for (int at = 0; at < 3; at++) {
			(void)snprintf(text, sizeof(text), "a %s%c%s",
			    at > 0 ? "x" : "", *c, at > 1 ? "y" : "");
			ck_assert_msg(split(text) == ERR_COMMAND, "%s", text);
		}
		(void)snprintf(text, sizeof(text), "a '%c'", *c);
		ck_assert_msg(split(text) == 0, "%s", text);
		(void)snprintf(text, sizeof(text), "a \\%c", *c);
		ck_assert_msg(split(text) == 0, "%s", text);
		(void)snprintf(text, sizeof(text), "a \"%c\"", *c);
		ck_assert_msg(
		    (split(text) == 0) == (*c != '$' && *c != '`'), "%s", text);
		(void)snprintf(text, sizeof(text), "a \"\\%c\"", *c);
		ck_assert_msg(split(text) == 0, "%s", text);
	}
}
END_TEST

START_TEST(what_never_ends_is_refused)
{
	static const char *const bad[] = { "'", "\"", "\\", "a'b", "a\"b",
		"a b\\", "'a\\'b'", "'it\\'s'", "\"a\\\"", "'\"", "\"'",
		"a 'b' 'c", "\"\\\\\\\"" };

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(split(bad[i]) == ERR_COMMAND, "%s", bad[i]);
}
END_TEST

START_TEST(a_comment_is_refused_where_a_word_begins)
{
	static const struct row rows[] = {
		{ "a#b", "a#b" },
		{ "a\\ #", "a #" },
		{ "\\#", "#" },
		{ "'#' \"#\"", "#|#" },
		{ "''#", "#" },
	};

	check_rows(rows, COUNT(rows));
	ck_assert_int_eq(split("#"), ERR_COMMAND);
	ck_assert_int_eq(split("scp -t x #y"), ERR_COMMAND);
	ck_assert_int_eq(split("scp\t#y"), ERR_COMMAND);
}
END_TEST

/* Quoted or not; a NUL is one too, but for the last octet of all. */
START_TEST(control_bytes_are_refused_wherever_they_stand)
{
	static const char *const around[][2] = { { "a", "b" }, { "", "" },
		{ "'", "'" }, { "\"", "\"" }, { "\\", "" }, { "a ", " b" } };
	char text[16];
	size_t len;

	for (int c = 0; c < 0x80; c++) {
		if ((c >= 0x20 && c < 0x7f) || c == '\t')
			continue;
		for (size_t i = 0; i < COUNT(around); i++) {
			len = strlen(around[i][0]);
			memcpy(text, around[i][0], len);
			text[len++] = (char)c;
			memcpy(text + len, around[i][1], strlen(around[i][1]));
			len += strlen(around[i][1]);
			if (c == 0 && text[len - 1] == '\0')
				continue;
			ck_assert_msg(split_bytes(text, len) == ERR_COMMAND,
			    "octet %d, %zu", c, i);
		}
	}
}
END_TEST

START_TEST(one_nul_at_the_end_is_dropped)
{
	ck_assert_int_eq(split_bytes("scp -t x\0", 9), 0);
	ck_assert_str_eq(joined(), "scp|-t|x");
	ck_assert_int_eq(split_bytes("\0", 1), 0);
	ck_assert_uint_eq(words.count, 0);
	ck_assert_int_eq(split_bytes("scp -t x\0\0", 10), ERR_COMMAND);
	ck_assert_int_eq(split_bytes("scp -t 'x\0", 10), ERR_COMMAND);
	ck_assert_int_eq(split_bytes("scp\0-t", 6), ERR_COMMAND);
}
END_TEST

/* Who said scp hears the refusal as an SCP reply. */
START_TEST(words_before_a_refusal_are_kept)
{
	static const struct row rows[] = {
		{ "scp -t $x", "scp|-t" },
		{ "scp -t 'x", "scp|-t" },
		{ "scp -t x #y", "scp|-t|x" },
		{ "scp -t a;b c", "scp|-t" },
		{ "scp -t a\001b", "scp|-t" },
		{ "scp -t 'a\nb' c", "scp|-t" },
		{ "scp -t x\n", "scp|-t" },
		{ "scp \n", "scp" },
		{ "scp\n", "" },
		{ " \n", "" },
		{ "\n", "" },
		{ "$x", "" },
		{ "\033", "" },
		{ "#", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(split(rows[i].text), ERR_COMMAND);
		ck_assert_str_eq(joined(), rows[i].words);
		ck_assert_ptr_null(words.word[words.count]);
	}
}
END_TEST

START_TEST(the_longest_command_is_taken_and_no_longer_one)
{
	static char text[WORDS_TEXT_MAX + 2];

	memset(text, 'x', sizeof(text));
	memcpy(text, "scp ", 4);
	ck_assert_int_eq(split_bytes(text, WORDS_TEXT_MAX), 0);
	ck_assert_uint_eq(words.count, 2);
	ck_assert_uint_eq(strlen(words.word[1]), WORDS_TEXT_MAX - 4);
	text[WORDS_TEXT_MAX] = '\0'; /* and one that is dropped */
	ck_assert_int_eq(split_bytes(text, WORDS_TEXT_MAX + 1), 0);
	text[WORDS_TEXT_MAX] = 'x';
	ck_assert_int_eq(split_bytes(text, WORDS_TEXT_MAX + 1), ERR_MANY);
	ck_assert_str_eq(joined(), "scp");
	ck_assert_ptr_null(words.word[1]);
	text[WORDS_TEXT_MAX] = '\''; /* beyond, nothing is looked at */
	ck_assert_int_eq(split_bytes(text, WORDS_TEXT_MAX + 1), ERR_MANY);
}
END_TEST

START_TEST(the_most_words_are_taken_and_no_more)
{
	char text[2 * WORDS_COUNT_MAX + 3] = "";

	for (size_t i = 0; i < WORDS_COUNT_MAX; i++)
		memcpy(text + 2 * i, "x ", 3);
	ck_assert_int_eq(split(text), 0);
	ck_assert_uint_eq(words.count, WORDS_COUNT_MAX);
	ck_assert_ptr_null(words.word[WORDS_COUNT_MAX]);
	memcpy(text + 2 * WORDS_COUNT_MAX, "x", 2);
	ck_assert_int_eq(split(text), ERR_MANY);
	ck_assert_uint_eq(words.count, WORDS_COUNT_MAX);
	ck_assert_ptr_null(words.word[WORDS_COUNT_MAX]);
}
END_TEST

/* Every octet doubled, and a NUL after each word. */
START_TEST(the_text_of_the_words_has_room_for_the_worst)
{
	static char text[WORDS_TEXT_MAX];

	memset(text, '*', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '\'';
	ck_assert_int_eq(split_bytes(text, sizeof(text)), 0);
	ck_assert_uint_eq(strlen(words.word[0]), 2 * (WORDS_TEXT_MAX - 2));
	for (size_t i = 0; i < WORDS_COUNT_MAX - 1; i++)
		memcpy(text + 5 * i, "'**' ", 5);
	text[5 * (WORDS_COUNT_MAX - 1)] = '\'';
	ck_assert_int_eq(split_bytes(text, sizeof(text)), 0);
	ck_assert_uint_eq(words.count, WORDS_COUNT_MAX);
}
END_TEST

/* Random text of quotes and what they quote; no tilde, no braces. */
static void
make_text(uint64_t *state, char *text, size_t cap)
{
	static const char alphabet[] = "ab  ''\"\"\\\\!*?[]=\t#";
	size_t len = (size_t)unit_random(state) % (cap - 1);

	for (size_t i = 0; i < len; i++)
		text[i] = alphabet[unit_random(state) % (sizeof(alphabet) - 1)];
	text[len] = '\0';
}

static void
write_words(FILE *out)
{
	for (size_t i = 0; i < words.count; i++) {
		(void)match_unescape(words.word[i], strlen(words.word[i]));
		(void)fprintf(out, "%s\n", words.word[i]);
	}
	(void)fprintf(out, "=\n");
}

/* In an empty directory a pattern of a shell stays what it is. */
START_TEST(words_are_those_of_a_real_shell)
{
	uint64_t state = 20240917;
	FILE *script, *ours;
	char text[24];
	int taken = 0;

	(void)unit_directory();
	script = fopen(".script", "w");
	ours = fopen(".ours", "w");
	ck_assert(script != NULL && ours != NULL);
	for (int i = 0; i < 20000; i++) {
		make_text(&state, text, sizeof(text));
		if (split(text) != 0)
			continue;
		taken++;
		write_words(ours);
		(void)fprintf(script,
		    "set -- %s\nfor w; do printf '%%s\\n' \"$w\"; done\n"
		    "echo =\n",
		    text);
	}
	ck_assert_int_eq(fclose(script), 0);
	ck_assert_int_eq(fclose(ours), 0);
	ck_assert_int_gt(taken, 1000);
	ck_assert_int_eq(system("sh .script >.theirs && cmp .ours .theirs"), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		words_are_parted_by_any_run_of_blanks,
		quotes_of_every_dialect_are_undone,
		what_was_quoted_gets_a_backslash_where_it_would_mean_something,
		what_only_a_shell_could_run_is_refused_unless_it_is_quoted,
		what_never_ends_is_refused,
		a_comment_is_refused_where_a_word_begins,
		control_bytes_are_refused_wherever_they_stand,
		one_nul_at_the_end_is_dropped,
		words_before_a_refusal_are_kept,
		the_longest_command_is_taken_and_no_longer_one,
		the_most_words_are_taken_and_no_more,
		the_text_of_the_words_has_room_for_the_worst,
		words_are_those_of_a_real_shell,
	};

	return unit_run("words", tests, COUNT(tests));
}
