#include "base/address.h"

#include "unit.h"

START_TEST(addresses_are_read_without_a_lookup)
{
	static const char *const right[] = { "10.0.0.1", "0.0.0.0", "::", "::1",
		"2001:db8::1", "::ffff:10.0.0.1", "fe80::1%eth0", "FE80::A" };
	static const char *const wrong[] = { "", "localhost", "10.0.0", "10.1",
		"010.0.0.1", "10.0.0.1 ", "10.0.0.1%eth0", "10.0.0.256",
		"[::1]", "::1/128", ":::", "1:2:3:4:5:6:7:8:9",
		"11111111111111111111111111111111111111111111111111:1" };
	struct address a;

	for (size_t i = 0; i < COUNT(right); i++)
		ck_assert_msg(address_parse(&a, right[i]), "%s", right[i]);
	for (size_t i = 0; i < COUNT(wrong); i++)
		ck_assert_msg(!address_parse(&a, wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(a_network_has_the_addresses_that_begin_alike)
{
	static const struct {
		const char *network, *address;
		bool has;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.255.255", true },
		{ "10.0.0.0/8", "11.0.0.0", false },
		{ "10.128.0.0/9", "10.127.255.255", false },
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.1", "10.0.0.2", false },
		{ "0.0.0.0/0", "255.1.2.3", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "::1", true },
		{ "::/0", "10.0.0.1", false },
		{ "::/0", "::ffff:10.0.0.1", false },
		{ "10.0.0.0/8", "::ffff:10.9.9.9", true },
		{ "::ffff:10.0.0.0/104", "10.9.9.9", true },
		{ "::ffff:10.0.0.0/104", "11.9.9.9", false },
		{ "::ffff:0.0.0.0/96", "1.2.3.4", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "fe80::/10", "fe80::1%eth0", true },
		{ "10.0.0.1/32", "10.0.0.1", true },
		{ "::1/128", "::1", true },
	};
	struct network n;
	struct address a;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert(network_parse(
		    &n, rows[i].network, strlen(rows[i].network)));
		ck_assert(address_parse(&a, rows[i].address));
		ck_assert_msg(network_has(&n, &a) == rows[i].has, "%s in %s",
		    rows[i].address, rows[i].network);
	}
}
END_TEST

START_TEST(what_is_no_network_is_refused)
{
	static const char *const wrong[] = { "", "/", "10.0.0.0/",
		"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8 ", "::/129",
		"::/0128", "fe80::1%eth0", "fe80::%eth0/10",
		"::ffff:10.0.0.0/95", "host", "10.0.0.0/8/8", "10.1.2.3/2",
		"10.0.0.1/31", "10.128.0.0/8", "::1/0", "2001:db8::1/127" };
	struct network n;

	for (size_t i = 0; i < COUNT(wrong); i++)
		ck_assert_msg(!network_parse(&n, wrong[i], strlen(wrong[i])),
		    "%s", wrong[i]);
	/* only the octets that are given are read */
	ck_assert(network_parse(&n, "10.0.0.0/8,x", 10));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		addresses_are_read_without_a_lookup,
		a_network_has_the_addresses_that_begin_alike,
		what_is_no_network_is_refused,
	};

	return unit_run("address", tests, COUNT(tests));
}
