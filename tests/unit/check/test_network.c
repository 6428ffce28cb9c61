#include "check/network.h"

#include "unit.h"

START_TEST(an_address_in_no_smaller_network_is_found)
{
	static const struct {
		const char *network, *others[4], *want;
	} rows[] = {
		{ "10.0.0.0/8", { NULL }, "10.0.0.0" },
		{ "10.0.0.0/8", { "10.0.0.0/8", "0.0.0.0/0" }, "10.0.0.0" },
		{ "10.0.0.0/8", { "10.0.1.0/24", "10.0.0.0/24" }, "10.0.2.0" },
		{ "10.0.0.0/8", { "11.0.0.0/16", "10.0.0.0/31" }, "10.0.0.2" },
		{ "10.0.0.0/31", { "10.0.0.0", "10.0.0.1" }, NULL },
		{ "10.0.0.4", { "10.0.0.4" }, "10.0.0.4" },
		{ "0.0.0.0/0", { "0.0.0.0/1", "128.0.0.0/1" }, NULL },
		{ "0.0.0.0/0", { "0.0.0.0/1", "::/1" }, "128.0.0.0" },
		{ "::/0", { "::/1", "8000::/1" }, NULL },
		{ "::/0", { "::", "0.0.0.0/1" }, "::1" },
		{ "2001:db8::/33", { "2001:db8::/34" }, "2001:db8:4000::" },
	};
	struct network n, others[4];
	struct address a;
	char text[ADDRESS_TEXT_MAX];
	size_t count;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert(network_parse(
		    &n, rows[i].network, strlen(rows[i].network)));
		for (count = 0; rows[i].others[count] != NULL; count++)
			ck_assert(
			    network_parse(&others[count], rows[i].others[count],
				strlen(rows[i].others[count])));
		if (!network_only(&n, others, count, &a)) {
			ck_assert_msg(
			    rows[i].want == NULL, "%s", rows[i].network);
			continue;
		}
		address_write(&a, text);
		ck_assert_msg(
		    rows[i].want != NULL && strcmp(text, rows[i].want) == 0,
		    "%s of %s", text, rows[i].network);
	}
}
END_TEST

START_TEST(an_address_is_written_in_one_form)
{
	static const char *const rows[][2] = { { "10.0.0.1", "10.0.0.1" },
		{ "::ffff:10.0.0.1", "10.0.0.1" }, { "FE80:0::A", "fe80::a" },
		{ "::", "::" } };
	struct address a;
	char text[ADDRESS_TEXT_MAX];

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert(address_parse(&a, rows[i][0]));
		address_write(&a, text);
		ck_assert_str_eq(text, rows[i][1]);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_address_in_no_smaller_network_is_found,
		an_address_is_written_in_one_form,
	};

	return unit_run("network", tests, COUNT(tests));
}
