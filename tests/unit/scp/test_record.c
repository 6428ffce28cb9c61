#include "scp/record.h"

#include <errno.h>

#include "base/err.h"
#include "unit.h"

#define TEMP ".scp-server.0123456789abcdef.part"

/*
 * S4.  Parses a copy that ends where the line ends, so that a sanitizer sees
 * an octet read too far.
 */
static int
parse(struct record *r, const char *line, size_t len)
{
	static char *copy;
	int e;

	free(copy); /* the last record's text pointed into it */
	copy = malloc(len > 0 ? len : 1);
	EXPECT(copy != NULL);
	memcpy(copy, line, len);
	e = record_parse(r, copy, len);
	return e;
}

START_TEST(entries_are_read_as_they_are_written)
{
	static const struct {
		const char *line;
		enum record_type type;
		mode_t mode;
		int64_t size;
		const char *name;
	} rows[] = {
		{ "C0644 6 f1\n", RECORD_FILE, 0644, 6, "f1" },
		{ "C0644 0 e\n", RECORD_FILE, 0644, 0, "e" },
		{ "C0000 1 a\n", RECORD_FILE, 0, 1, "a" },
		{ "C07 6 c7\n", RECORD_FILE, 07, 6, "c7" },
		{ "C0 6 c\n", RECORD_FILE, 0, 6, "c" },
		{ "C644 6 c\n", RECORD_FILE, 0644, 6, "c" },
		{ "C01755 6 c\n", RECORD_FILE, 01755, 6, "c" },
		{ "C04755 6 c\n", RECORD_FILE, 04755, 6, "c" },
		{ "C0100644 6 c\n", RECORD_FILE, 0644, 6, "c" },
		{ "C7777777 6 c\n", RECORD_FILE, 07777, 6, "c" },
		{ "C0644 002 c\n", RECORD_FILE, 0644, 2, "c" },
		{ "C0644 0000000000000000002 c\n", RECORD_FILE, 0644, 2, "c" },
		{ "C0644 6 my file\n", RECORD_FILE, 0644, 6, "my file" },
		{ "C0644 6  f\n", RECORD_FILE, 0644, 6, " f" },
		{ "C0644 6 f \n", RECORD_FILE, 0644, 6, "f " },
		{ "C0644 6 ...\n", RECORD_FILE, 0644, 6, "..." },
		{ "C0644 6 caf\303\251\n", RECORD_FILE, 0644, 6,
		    "caf\303\251" },
		{ "D0755 0 d\n", RECORD_DIR, 0755, 0, "d" },
		{ "D0755 4096 d\n", RECORD_DIR, 0755, 4096, "d" },
		{ "D06777 0 C0644 6 f\n", RECORD_DIR, 06777, 0, "C0644 6 f" },
	};
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(&r, rows[i].line, strlen(rows[i].line)), 0);
		ck_assert_int_eq(r.type, rows[i].type);
		ck_assert_uint_eq(r.mode, rows[i].mode);
		ck_assert_int_eq(r.size, rows[i].size);
		ck_assert_str_eq(r.name.s, rows[i].name);
		ck_assert_int_eq(r.refused, 0);
		ck_assert_uint_eq(r.text_len, strlen(rows[i].name));
	}
}
END_TEST

START_TEST(sizes_are_decimal_below_2_to_the_63)
{
	static const struct {
		const char *digits;
		int64_t size; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "2147483647", INT64_C(2147483647) },
		{ "2147483648", INT64_C(2147483648) },
		{ "4294967295", INT64_C(4294967295) },
		{ "4294967296", INT64_C(4294967296) },
		{ "999999999999999999", INT64_C(999999999999999999) },
		{ "9223372036854775806", INT64_MAX - 1 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -1 },
		{ "9223372036854775809", -1 },
		{ "9999999999999999999", -1 },
		{ "18446744073709551615", -1 },
		{ "18446744073709551616", -1 },
		{ "18446744073709551618", -1 },
		{ "1000000000000000000000000000000", -1 },
		{ "00000000000000000002", -1 },
		{ "", -1 },
		{ "-2", -1 },
		{ "+2", -1 },
		{ " 2", -1 },
		{ "0x2", -1 },
		{ "2.0", -1 },
		{ "2k", -1 },
		{ "2\t", -1 },
		{ "\3432", -1 },
	};
	struct record r;
	char line[128];
	int n;

	for (size_t i = 0; i < COUNT(rows); i++) {
		n = snprintf(
		    line, sizeof(line), "C0644 %s f\n", rows[i].digits);
		if (rows[i].size == -1) {
			ck_assert_msg(
			    parse(&r, line, (size_t)n) == ERR_SIZE, "%s", line);
			continue;
		}
		ck_assert_int_eq(parse(&r, line, (size_t)n), 0);
		ck_assert_int_eq(r.size, rows[i].size);
	}
}
END_TEST

START_TEST(lines_that_are_no_record_are_refused)
{
	static const struct {
		const char *line;
		int err;
	} rows[] = {
		{ "\n", ERR_RECORD },
		{ "x\n", ERR_RECORD },
		{ "X0644 6 f\n", ERR_RECORD },
		{ "c0644 6 f\n", ERR_RECORD },
		{ " C0644 6 f\n", ERR_RECORD },
		{ "\3\n", ERR_RECORD },
		{ "hello\n", ERR_RECORD },
		{ "E \n", ERR_RECORD },
		{ "EE\n", ERR_RECORD },
		{ "E\r\n", ERR_RECORD },
		{ "C\n", ERR_MODE },
		{ "C 6 f\n", ERR_MODE },
		{ "C0844 6 f\n", ERR_MODE },
		{ "C+644 6 f\n", ERR_MODE },
		{ "C-644 6 f\n", ERR_MODE },
		{ "C0x1ff 6 f\n", ERR_MODE },
		{ "C 0644 6 f\n", ERR_MODE },
		{ "C00000644 6 f\n", ERR_MODE },
		{ "C0644\n", ERR_MODE },
		{ "C0644\t6 f\n", ERR_MODE },
		{ "C0644,6 f\n", ERR_MODE },
		{ "C0644 \n", ERR_SIZE },
		{ "C0644  6 f\n", ERR_SIZE },
		{ "C0644 6\n", ERR_SIZE },
		{ "C0644 6\tf\n", ERR_SIZE },
		{ "D0755 x d\n", ERR_SIZE },
		{ "C0644 6 \n", ERR_NAME },
		{ "C0644 6 .\n", ERR_NAME },
		{ "C0644 6 ..\n", ERR_NAME },
		{ "C0644 6 /etc/passwd\n", ERR_NAME },
		{ "C0644 6 ../esc\n", ERR_NAME },
		{ "C0644 6 a/b\n", ERR_NAME },
		{ "D0777 0 .\n", ERR_DOT },
		{ "D0777 0 \n", ERR_NAME },
		{ "D0777 0 ..\n", ERR_NAME },
		{ "D0777 0 d/\n", ERR_NAME },
	};
	struct record r = { .size = 4711 };

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(parse(&r, rows[i].line, strlen(rows[i].line)) ==
			rows[i].err,
		    "%s", rows[i].line);
	ck_assert_int_eq(r.size, 4711); /* nothing was written */
}
END_TEST

START_TEST(octets_zero_and_missing_newlines_are_refused)
{
	static const struct {
		const char *line;
		size_t len;
		int err;
	} rows[] = {
		{ "", 0, ERR_RECORD },
		{ "C", 1, ERR_RECORD },
		{ "\0\n", 2, ERR_RECORD },
		{ "C0644 6 f", 9, ERR_RECORD },
		{ "C0644 6 a\0b\n", 12, ERR_NAME },
		{ "C0644 6 \0\n", 10, ERR_NAME },
		{ "C0644\0006 f\n", 10, ERR_MODE },
		{ "C0644 6\0f\n", 10, ERR_SIZE },
		{ "E\0\n", 3, ERR_RECORD },
		{ "T1 0 1 0\0\n", 10, ERR_TIMES },
		{ "T1\0000 1 0\n", 9, ERR_TIMES },
	};
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_int_eq(
		    parse(&r, rows[i].line, rows[i].len), rows[i].err);
}
END_TEST

/* The body still follows, so the record is whole but for its name. */
START_TEST(names_that_cannot_be_stored_come_back_as_refused)
{
	char line[600] = "C0644 6 ";
	struct record r;

	memset(line + 8, 'x', 256);
	line[264] = '\n';
	ck_assert_int_eq(parse(&r, line, 265), 0);
	ck_assert_int_eq(r.refused, ENAMETOOLONG);
	ck_assert_uint_eq(r.text_len, 256);
	ck_assert_int_eq(r.size, 6);
	ck_assert_str_eq(r.name.s, "");
	ck_assert_int_eq(parse(&r, "C0644 6 a\33b\n", 12), 0);
	ck_assert_int_eq(r.refused, ERR_BYTES);
	ck_assert_mem_eq(r.text, "a\33b", 3);
	ck_assert_str_eq(r.name.s, "");
	ck_assert_int_eq(parse(&r, "C0644 6 a\nC0644 6 b\n", 20), 0);
	ck_assert_int_eq(r.refused, ERR_BYTES);
	ck_assert_int_eq(
	    parse(&r, "C0644 6 " TEMP "\n", sizeof(TEMP) - 1 + 9), 0);
	ck_assert_int_eq(r.refused, ERR_RESERVED);
}
END_TEST

START_TEST(the_name_of_a_refused_record_is_empty)
{
	struct record r;

	ck_assert_int_eq(
	    parse(&r, "C0644 6 " TEMP "\n", sizeof(TEMP) - 1 + 9), 0);
	ck_assert_int_eq(r.refused, ERR_RESERVED);
	ck_assert_str_eq(r.name.s, "");
}
END_TEST

START_TEST(times_are_read_in_all_their_variants)
{
	static const struct {
		const char *line;
		bool usable;
		int64_t mtime;
		int32_t mtime_usec;
		int64_t atime;
		int32_t atime_usec;
	} rows[] = {
		{ "T17 0 18 0\n", true, 17, 0, 18, 0 },
		{ "T0 0 0 0\n", true, 0, 0, 0, 0 },
		{ "T1795340608 855277 1795340608 845411\n", true, 1795340608,
		    855277, 1795340608, 845411 },
		{ "T 17 0 18 0\n", true, 17, 0, 18, 0 },
		{ "T17 999999 18 000001\n", true, 17, 999999, 18, 1 },
		{ "T0017 00 018 0\n", true, 17, 0, 18, 0 },
		{ "T8589934592 0 8589934592 0\n", true, 8589934592, 0,
		    8589934592, 0 },
	};
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(&r, rows[i].line, strlen(rows[i].line)), 0);
		ck_assert_int_eq(r.type, RECORD_TIMES);
		ck_assert_int_eq(r.times.usable, rows[i].usable);
		ck_assert_int_eq(r.times.mtime, rows[i].mtime);
		ck_assert_int_eq(r.times.mtime_usec, rows[i].mtime_usec);
		ck_assert_int_eq(r.times.atime, rows[i].atime);
		ck_assert_int_eq(r.times.atime_usec, rows[i].atime_usec);
	}
}
END_TEST

START_TEST(times_out_of_range_are_dropped_and_not_an_error)
{
	static const char *const rows[] = { "T-1 0 1 0\n", "T1 0 -1 0\n",
		"T-0 0 1 0\n", "T8589934593 0 1 0\n", "T1 0 8589934593 0\n",
		"T85899345920 0 1 0\n", "T9223372036854775807 0 1 0\n",
		"T9223372036854775808 0 1 0\n", "T18446744073709551615 0 1 0\n",
		"T99999999999999999999 0 1 0\n", "T 1 0 -5 0\n",
		"T-99999999999999999999 0 1 0\n" };
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(parse(&r, rows[i], strlen(rows[i])), 0);
		ck_assert_int_eq(r.type, RECORD_TIMES);
		ck_assert(!r.times.usable);
	}
}
END_TEST

START_TEST(an_end_of_a_directory_is_one_letter)
{
	struct record r;

	ck_assert_int_eq(parse(&r, "E\n", 2), 0);
	ck_assert_int_eq(r.type, RECORD_DIR_END);
	ck_assert_int_eq(parse(&r, "E \n", 3), ERR_RECORD);
	ck_assert_int_eq(parse(&r, "\n", 1), ERR_RECORD);
}
END_TEST

START_TEST(malformed_times_are_refused)
{
	static const char *const rows[] = { "T\n", "T \n", "T1\n", "T1 0\n",
		"T1 0 1\n", "T1 0 1 \n", "T1 0 1 0 \n", "T1 0 1 0 0\n",
		"T  1 0 1 0\n", "T1  0 1 0\n", "T1\t0 1 0\n", "T1 0  1 0\n",
		"T1 1000000 1 0\n", "T1 0 1 1000000\n", "T1 -1 1 0\n",
		"T1 0 1 -1\n", "T- 0 1 0\n", "T--1 0 1 0\n", "T+1 0 1 0\n",
		"T- 1 0 1 0\n", "T1.5 0 1 0\n", "T0x1 0 1 0\n", "Tx 0 1 0\n",
		"T1 x 1 0\n", "T1: 0 1 0\n", "T1 0 1 0x\n", "T1 0000000 1 0\n",
		"T000000000000000000001 0 1 0\n", "T1 0 1 0\r\n" };
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(parse(&r, rows[i], strlen(rows[i])) == ERR_TIMES,
		    "%s", rows[i]);
}
END_TEST

START_TEST(messages_carry_their_words)
{
	static const struct {
		const char *line;
		enum record_type type;
		const char *words;
	} rows[] = {
		{ "\1scp: f1: Permission denied\n", RECORD_WARNING,
		    "scp: f1: Permission denied" },
		{ "\1\n", RECORD_WARNING, "" },
		{ "\2scp: out of memory\n", RECORD_FATAL,
		    "scp: out of memory" },
		{ "\2\n", RECORD_FATAL, "" },
		{ "\1\33[31m\n", RECORD_WARNING, "\33[31m" },
	};
	struct record r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(&r, rows[i].line, strlen(rows[i].line)), 0);
		ck_assert_int_eq(r.type, rows[i].type);
		ck_assert_uint_eq(r.text_len, strlen(rows[i].words));
		ck_assert_mem_eq(r.text, rows[i].words, r.text_len);
	}
}
END_TEST

START_TEST(records_are_written_as_every_client_reads_them)
{
	static const struct {
		struct record record;
		const char *line;
	} rows[] = {
		{ { .type = RECORD_FILE,
		      .mode = 0644,
		      .size = 6,
		      .name = { "f1" } },
		    "C0644 6 f1\n" },
		{ { .type = RECORD_FILE,
		      .mode = 07,
		      .size = INT64_MAX,
		      .name = { "my file" } },
		    "C0007 9223372036854775807 my file\n" },
		{ { .type = RECORD_FILE, .mode = 0100755, .name = { "x" } },
		    "C0755 0 x\n" },
		{ { .type = RECORD_DIR,
		      .mode = 06755,
		      .size = 4096,
		      .name = { "d" } },
		    "D6755 0 d\n" },
		{ { .type = RECORD_DIR_END }, "E\n" },
		{ { .type = RECORD_TIMES,
		      .times = { true, 17, 18, 855277, 845411 } },
		    "T17 0 18 0\n" },
		{ { .type = RECORD_TIMES, .times = { true, -1, -5, 0, 0 } },
		    "T0 0 0 0\n" },
		{ { .type = RECORD_TIMES,
		      .times = { true, 4102444800, 0, 0, 0 } },
		    "T4102444800 0 0 0\n" },
	};
	char line[RECORD_LINE_MAX];
	size_t len;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    record_format(&rows[i].record, line, sizeof(line), &len),
		    0);
		ck_assert_uint_eq(len, strlen(rows[i].line));
		ck_assert_mem_eq(line, rows[i].line, len);
	}
}
END_TEST

START_TEST(a_record_is_written_whole_or_not_at_all)
{
	const struct record r = {
		.type = RECORD_FILE, .mode = 0644, .size = 6, .name = { "f1" }
	};
	const struct record message = { .type = RECORD_WARNING };
	char line[64];
	size_t len = 0;

	ck_assert_int_eq(record_format(&r, line, 12, &len), 0);
	ck_assert_uint_eq(len, 11);
	for (size_t cap = 1; cap < 12; cap++) {
		memset(line, '#', sizeof(line));
		ck_assert_int_eq(
		    record_format(&r, line, cap, &len), ENAMETOOLONG);
		ck_assert_int_eq(line[cap], '#');
	}
	ck_assert_int_eq(
	    record_format(&message, line, sizeof(line), &len), ENAMETOOLONG);
}
END_TEST

/* What survives being sent: no microseconds, no size of a directory. */
static bool
is_sendable(const struct record *r)
{
	switch (r->type) {
	case RECORD_FILE:
	case RECORD_DIR:
		return r->refused == 0;
	case RECORD_DIR_END:
		return true;
	case RECORD_TIMES:
		return r->times.usable && r->times.mtime_usec == 0 &&
		    r->times.atime_usec == 0;
	case RECORD_WARNING:
	case RECORD_FATAL:
		break;
	}
	return false;
}

static void
check_same(const struct record *a, const struct record *b)
{
	EXPECT(a->type == b->type);
	EXPECT(a->mode == b->mode);
	EXPECT(a->size == (b->type == RECORD_DIR ? 0 : b->size));
	EXPECT(strcmp(a->name.s, b->name.s) == 0);
	EXPECT(a->refused == 0);
	EXPECT(a->times.usable == b->times.usable);
	EXPECT(a->times.mtime == b->times.mtime);
	EXPECT(a->times.atime == b->times.atime);
}

/* Whatever parses and can be sent parses to the same again. */
static void
check_property(const char *line, size_t len)
{
	struct record r, again;
	char out[RECORD_LINE_MAX];
	size_t n;

	if (parse(&r, line, len) != 0 || !is_sendable(&r))
		return;
	EXPECT(record_format(&r, out, sizeof(out), &n) == 0);
	EXPECT(record_parse(&again, out, n) == 0);
	check_same(&again, &r);
}

static const char *const good[] = { "C0644 6 f1\n",
	"C4755 9223372036854775807 a\n", "C0100644 002 my file \n",
	"D0755 0 d\n", "D07 4096 x y\n", "E\n", "T17 0 18 0\n", "T 17 0 18 0\n",
	"T-1 0 8589934592 999999\n", "T8589934592 0 8589934592 0\n",
	"\1scp: nope\n", "\2\n", "C0644 1 \303\244\303\266\n",
	"C0644 6 " TEMP "\n" };

START_TEST(parsing_what_was_formatted_gives_the_same_record)
{
	for (size_t i = 0; i < COUNT(good); i++)
		check_property(good[i], strlen(good[i]));
}
END_TEST

START_TEST(every_flipped_bit_and_every_truncation_is_harmless)
{
	char line[128];
	size_t len;

	for (size_t i = 0; i < COUNT(good); i++) {
		len = strlen(good[i]);
		for (size_t n = 0; n <= len; n++) {
			check_property(good[i], n);
			memcpy(line, good[i], n);
			line[n] = '\n';
			check_property(line, n + 1);
		}
		for (size_t bit = 0; bit < 8 * len; bit++) {
			memcpy(line, good[i], len);
			line[bit / 8] ^= (char)(1 << bit % 8);
			check_property(line, len);
		}
	}
}
END_TEST

START_TEST(two_hundred_thousand_mutated_records_are_harmless)
{
	static const char bytes[] = "CDET 0123456789-./\n\1\2\0\377x";
	uint64_t state = 42;
	char line[128];
	size_t len;

	for (int i = 0; i < 200000; i++) {
		const char *from = good[unit_random(&state) % COUNT(good)];

		len = strlen(from);
		memcpy(line, from, len);
		for (int k = 0; k < 3; k++)
			line[unit_random(&state) % len] =
			    bytes[unit_random(&state) % (sizeof(bytes) - 1)];
		check_property(line, len);
	}
}
END_TEST

START_TEST(the_longest_name_fits_a_line_and_comes_back)
{
	struct record r = { .type = RECORD_FILE, .mode = 07777 }, again;
	char line[RECORD_LINE_MAX];
	size_t len;

	memset(r.name.s, 'n', NAME_MAX);
	r.size = INT64_MAX;
	ck_assert_int_eq(record_format(&r, line, sizeof(line), &len), 0);
	ck_assert_uint_eq(len, 282);
	ck_assert_int_eq(parse(&again, line, len), 0);
	check_same(&again, &r);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		entries_are_read_as_they_are_written,
		sizes_are_decimal_below_2_to_the_63,
		lines_that_are_no_record_are_refused,
		octets_zero_and_missing_newlines_are_refused,
		names_that_cannot_be_stored_come_back_as_refused,
		the_name_of_a_refused_record_is_empty,
		times_are_read_in_all_their_variants,
		times_out_of_range_are_dropped_and_not_an_error,
		malformed_times_are_refused,
		messages_carry_their_words,
		records_are_written_as_every_client_reads_them,
		a_record_is_written_whole_or_not_at_all,
		parsing_what_was_formatted_gives_the_same_record,
		every_flipped_bit_and_every_truncation_is_harmless,
		two_hundred_thousand_mutated_records_are_harmless,
		the_longest_name_fits_a_line_and_comes_back,
		an_end_of_a_directory_is_one_letter,
	};

	return unit_run("record", tests, COUNT(tests));
}
