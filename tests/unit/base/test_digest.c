#include "base/digest.h"

#include "unit.h"

/* FIPS 180-4 and its examples. */
static const struct {
	const char *text;
	const char *sum;
} vectors[] = {
	{ "",
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"
	    "5" },
	{ "abc",
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"
	    "d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c"
	    "1" },
	{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d"
	    "1" },
};

START_TEST(sums_are_those_of_the_standard)
{
	char sum[DIGEST_TEXT_SIZE];
	struct digest_sum d;

	ck_assert_uint_eq(sizeof(sum), 65);
	for (size_t i = 0; i < COUNT(vectors); i++) {
		digest_begin(&d, DIGEST_SHA256);
		digest_add(&d, vectors[i].text, strlen(vectors[i].text));
		digest_end(&d, sum);
		ck_assert_str_eq(sum, vectors[i].sum);
	}
}
END_TEST

START_TEST(a_million_octets_come_in_pieces)
{
	static char block[1000];
	char sum[DIGEST_TEXT_SIZE];
	struct digest_sum d;

	memset(block, 'a', sizeof(block));
	digest_begin(&d, DIGEST_SHA256);
	for (int i = 0; i < 1000; i++)
		digest_add(&d, block, sizeof(block));
	digest_end(&d, sum);
	ck_assert_str_eq(sum,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
END_TEST

START_TEST(pieces_of_any_length_are_one_text)
{
	const char *text = vectors[3].text;
	const size_t len = strlen(text);
	char sum[DIGEST_TEXT_SIZE];
	struct digest_sum d;

	for (size_t first = 0; first <= len; first++) {
		digest_begin(&d, DIGEST_SHA256);
		digest_add(&d, text, first);
		digest_add(&d, text, 0);
		digest_add(&d, text + first, len - first);
		digest_end(&d, sum);
		ck_assert_str_eq(sum, vectors[3].sum);
	}
}
END_TEST

START_TEST(without_a_digest_there_is_no_text)
{
	char sum[DIGEST_TEXT_SIZE] = "x";
	struct digest_sum d;

	memset(&d, 0xa5, sizeof(d));
	digest_begin(&d, DIGEST_NONE);
	digest_add(&d, "abc", 3);
	digest_end(&d, sum);
	ck_assert_str_eq(sum, "");
	ck_assert(!d.on);
}
END_TEST

START_TEST(a_sum_is_begun_anew_for_every_file)
{
	char sum[DIGEST_TEXT_SIZE];
	struct digest_sum d;

	digest_begin(&d, DIGEST_SHA256);
	digest_add(&d, "left over", 9);
	digest_begin(&d, DIGEST_SHA256);
	digest_end(&d, sum);
	ck_assert_str_eq(sum, vectors[0].sum);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		sums_are_those_of_the_standard,
		a_million_octets_come_in_pieces,
		pieces_of_any_length_are_one_text,
		without_a_digest_there_is_no_text,
		a_sum_is_begun_anew_for_every_file,
	};

	return unit_run("digest", tests, COUNT(tests));
}
