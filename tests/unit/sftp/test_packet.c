/*
 * The grammar of packets: nothing is read or written beyond its buffer, and a
 * field that is cut off makes all that follow it empty.
 */
#include "sftp/packet.h"

#include <string.h>

#include "unit.h"

static struct packet_reader
reader_of(const char *octets, size_t n)
{
	return (struct packet_reader){ octets, n, false };
}

START_TEST(numbers_are_read_with_their_high_octet_first)
{
	static const char octets[] = "\x81\x01\x02\x03\x04"
				     "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8";
	struct packet_reader in = reader_of(octets, sizeof(octets) - 1);

	ck_assert_uint_eq(packet_u8(&in), 0x81);
	ck_assert_uint_eq(packet_u32(&in), 0x01020304);
	ck_assert(packet_u64(&in) == UINT64_C(0xfffefdfcfbfaf9f8));
	ck_assert(!in.bad && in.left == 0);
	ck_assert_uint_eq(packet_u8(&in), 0);
	ck_assert(in.bad);
}
END_TEST

START_TEST(a_field_that_is_cut_off_makes_the_rest_empty)
{
	static const char octets[] = "\0\0\0\2ab\0\0\0\1c";
	struct packet_reader in;
	size_t len;

	for (size_t n = 0; n < sizeof(octets) - 1; n++) {
		in = reader_of(octets, n);
		(void)packet_string(&in, &len);
		ck_assert_uint_eq(len, n >= 6 ? 2 : 0);
		(void)packet_string(&in, &len);
		ck_assert_uint_eq(len, 0);
		ck_assert(in.bad);
		ck_assert_uint_eq(packet_u32(&in), 0);
		ck_assert_uint_eq(packet_u8(&in), 0);
	}
	in = reader_of(octets, sizeof(octets) - 1);
	ck_assert(memcmp(packet_string(&in, &len), "ab", 2) == 0 && len == 2);
	ck_assert(memcmp(packet_string(&in, &len), "c", 1) == 0 && len == 1);
	ck_assert(!in.bad);
}
END_TEST

/* What a length says is never more than there is: 2^32 - 1, too. */
START_TEST(a_length_beyond_the_packet_is_bad)
{
	static const char *const lengths[] = { "\xff\xff\xff\xff"
					       "abc",
		"\x80\0\0\0abc", "\0\0\0\4abc" };
	struct packet_reader in;
	size_t len = 1;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		in = reader_of(lengths[i], 7);
		ck_assert_str_eq(packet_string(&in, &len), "");
		ck_assert(in.bad && len == 0);
	}
}
END_TEST

START_TEST(attributes_are_what_their_flags_say)
{
	static const char octets[] = "\0\0\0\xf"
				     "\0\0\0\1\0\0\0\2"
				     "\0\0\0\3\0\0\0\4"
				     "\0\0\x81\xa4"
				     "\0\0\0\5\0\0\0\6";
	struct packet_reader in = reader_of(octets, sizeof(octets) - 1);
	struct packet_attrs a;

	packet_attrs(&in, &a);
	ck_assert(!in.bad && in.left == 0);
	ck_assert(a.size == ((UINT64_C(1) << 32) | 2));
	ck_assert(a.uid == 3 && a.gid == 4 && a.mode == 0100644);
	ck_assert(a.atime == 5 && a.mtime == 6);
	for (size_t n = 0; n < sizeof(octets) - 1; n++) {
		in = reader_of(octets, n);
		packet_attrs(&in, &a);
		ck_assert(in.bad);
	}
	in = reader_of("\0\0\0\0", 4);
	packet_attrs(&in, &a);
	ck_assert(!in.bad && a.flags == 0 && a.size == 0);
}
END_TEST

START_TEST(pairs_that_nobody_knows_are_passed_over)
{
	static const char two[] = "\x80\0\0\4\0\0\0\2\0\0\0\1a\0\0\0\2bb"
				  "\0\0\0\0\0\0\0\1c!";
	static const char endless[] = "\x80\0\0\0\xff\xff\xff\xff"
				      "\0\0\0\0\0\0\0\0";
	struct packet_reader in = reader_of(two, 4);
	struct packet_attrs a;

	packet_attrs(&in, &a);
	ck_assert(in.bad);
	in = reader_of("\x80\0\0\0\0\0\0\2\0\0\0\1a\0\0\0\2bb"
		       "\0\0\0\0\0\0\0\1c!",
	    29);
	packet_attrs(&in, &a);
	ck_assert(!in.bad && in.left == 1);
	in = reader_of(endless, sizeof(endless) - 1);
	packet_attrs(&in, &a);
	ck_assert(in.bad);
}
END_TEST

START_TEST(what_is_written_is_what_is_read)
{
	static const struct packet_attrs a = {
		.flags =
		    ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME,
		.size = UINT64_C(1) << 40,
		.uid = 1,
		.gid = 2,
		.mode = 0100600,
		.atime = 3,
		.mtime = UINT32_MAX,
	};
	char buf[256];
	struct packet_writer w = { buf, sizeof(buf), 0 };
	struct packet_reader in;
	struct packet_attrs b;
	size_t at = packet_begin(&w, FXP_NAME), len;

	packet_put_u64(&w, 7);
	packet_put_string(&w, "name", 4);
	packet_put_attrs(&w, &a);
	packet_end(&w, at);
	in = reader_of(buf, w.len);
	ck_assert_uint_eq(packet_u32(&in), w.len - 4);
	ck_assert_uint_eq(packet_u8(&in), FXP_NAME);
	ck_assert(packet_u64(&in) == 7);
	ck_assert(memcmp(packet_string(&in, &len), "name", 4) == 0 && len == 4);
	packet_attrs(&in, &b);
	ck_assert(memcmp(&a, &b, sizeof(a)) == 0);
	ck_assert(!in.bad && in.left == 0);
}
END_TEST

START_TEST(what_does_not_fit_is_not_written)
{
	char buf[16];
	struct packet_writer w = { buf, 5, 0 };

	memset(buf, '!', sizeof(buf));
	packet_put_u32(&w, 1);
	packet_put_u32(&w, 2);
	ck_assert_uint_eq(w.len, 4);
	packet_put_string(&w, "ab", 2);
	packet_put_u8(&w, 3);
	packet_put_u8(&w, 4);
	ck_assert_uint_eq(w.len, 5);
	ck_assert_uint_eq(packet_room(&w), 0);
	packet_set_u32(&w, 2, 5); /* not within what was written */
	ck_assert(memcmp(buf, "\0\0\0\1\3!!!", 8) == 0);
	packet_set_u32(&w, 1, UINT32_MAX);
	ck_assert(memcmp(buf, "\0\xff\xff\xff\xff!", 6) == 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		numbers_are_read_with_their_high_octet_first,
		a_field_that_is_cut_off_makes_the_rest_empty,
		a_length_beyond_the_packet_is_bad,
		attributes_are_what_their_flags_say,
		pairs_that_nobody_knows_are_passed_over,
		what_is_written_is_what_is_read,
		what_does_not_fit_is_not_written,
	};

	return unit_run("packet", tests, COUNT(tests));
}
