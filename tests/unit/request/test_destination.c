#include "request/destination.h"

#include "base/err.h"
#include "unit.h"

START_TEST(a_colon_before_any_slash_is_another_host)
{
	static const char *const yes[] = { "h:", "h:x", "u@h:x", "h:/a:b",
		"[::1]:x", "u@[::1]:x", "scp://h", "scp://u@h:1/x", "-o:x" };
	static const char *const no[] = { "", ":x", "x", "/a:b", "./h:x",
		"a/b:c", "[::1]", "[::1", "u@h" };

	for (size_t i = 0; i < COUNT(yes); i++)
		ck_assert_msg(destination_is(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < COUNT(no); i++)
		ck_assert_msg(!destination_is(no[i]), "%s", no[i]);
}
END_TEST

static const struct {
	const char *text;
	const char *user;
	const char *host;
	const char *path;
} good[] = {
	{ "h:x", "", "h", "x" },
	{ "h:", "", "h", "." },
	{ "u@h:~/x y", "u", "h", "~/x y" },
	{ "a.b-c_d+e@h.example-1:x:y@z", "a.b-c_d+e", "h.example-1", "x:y@z" },
	{ "[::1]:x", "", "::1", "x" },
	{ "[a-b_c.example]:x", "", "a-b_c.example", "x" },
	{ "u@[fe80::1%eth0]:/x", "u", "fe80::1%eth0", "/x" },
	{ "10.0.0.1:/x", "", "10.0.0.1", "/x" },
	{ "h:-x", "", "h", "-x" },
	{ "h:caf\xc3\xa9", "", "h", "caf\xc3\xa9" },
	{ "scp://h", "", "h", "." },
	{ "scp://h/", "", "h", "." },
	{ "scp://u@h/a/b", "u", "h", "a/b" },
	{ "scp://u@h//a", "u", "h", "/a" },
	{ "scp://h/a%20b%2Fc", "", "h", "a b/c" },
	{ "scp://[::1]/x", "", "::1", "x" },
};

START_TEST(what_names_a_place_is_read)
{
	struct destination d;

	for (size_t i = 0; i < COUNT(good); i++) {
		ck_assert_msg(destination_parse(&d, good[i].text) == 0, "%s",
		    good[i].text);
		ck_assert_str_eq(d.user, good[i].user);
		ck_assert_str_eq(d.host, good[i].host);
		ck_assert_str_eq(d.path, good[i].path);
	}
}
END_TEST

START_TEST(what_could_be_an_option_or_a_word_of_a_shell_is_refused)
{
	static const char *const bad[] = { "", "x", ":x", "@h:x", "u@:x",
		"-h:x", "-oProxyCommand=id:x", "u@-h:x", "-u@h:x", "u v@h:x",
		"h i:x", "h;i:x", "h$i:x", "h`i`:x", "u\n@h:x", "a@b@c:x",
		"[-x]:x", "[]:x", "[::1:x", "u@[::1]2:x", "h\\:x", "h'i:x",
		"h:a\nb", "h:\x7f", "h:\x1b[0m", "scp://", "scp:///x",
		"scp://h:22/x", "scp://h:22", "scp://-h/x", "scp://h/%",
		"scp://h/%2", "scp://h/%zz", "scp://h/%00", "scp://h/%0a",
		"h\xc3\xa9:x", "u\xc3\xa9@h:x", "[a%h.example]:x", "[%h]:x",
		"scp://[h%n]/x", "[10.0.0.5%x]:x",
		"[10.0.0.5%x.evil.example]:x" };
	char text[PATH_MAX + 16];
	struct destination d;

	for (size_t i = 0; i < COUNT(bad); i++)
		ck_assert_msg(destination_parse(&d, bad[i]) == ERR_DESTINATION,
		    "%s", bad[i]);
	memset(text, 'h', sizeof(text));
	(void)snprintf(text + 300, 8, ":x");
	ck_assert_int_eq(destination_parse(&d, text), ERR_DESTINATION);
	memset(text, 'u', sizeof(text));
	(void)snprintf(text + 65, 8, "@h:x");
	ck_assert_int_eq(destination_parse(&d, text), ERR_DESTINATION);
	memset(text, 'p', sizeof(text));
	memcpy(text, "h:", 2);
	text[PATH_MAX + 2] = '\0';
	ck_assert_int_eq(destination_parse(&d, text), ERR_DESTINATION);
}
END_TEST

START_TEST(patterns_name_hosts_and_users)
{
	static const struct {
		const char *item;
		const char *text;
		bool matches;
	} rows[] = {
		{ "h", "h:x", true },
		{ "h", "u@h:x", true },
		{ "H.Example", "h.eXample:x", true },
		{ "h", "h2:x", false },
		{ "h", "xh:x", false },
		{ "u@h", "u@h:x", true },
		{ "u@h", "h:x", false },
		{ "u@h", "U@h:x", false },
		{ "u@h", "v@h:x", false },
		{ "u@h", "u@h.evil:x", false },
		{ "*@h", "v@h:x", true },
		{ "*@h", "h:x", false },
		{ "*", "v@h:x", true },
		{ "*.example", "a.example:x", true },
		{ "*.example", "example:x", false },
		{ "*.example", "a.example.evil:x", false },
		{ "10.0.0.*", "10.0.0.7:x", true },
		{ "10.0.0.?", "10.0.0.17:x", false },
		{ "[::1]", "[::1]:x", true },
		{ "[FE80::1]", "[fe80::1]:x", true },
		{ "[::1]", "[::12]:x", false },
		{ "u@[::1]", "u@[::1]:x", true },
		{ "u@[::1]", "[::1]:x", false },
		{ "h[12]", "h2:x", true },
		{ "h[12]", "h3:x", false },
		{ "h[1-3].x", "h2.x:x", true },
		{ "[!a]*.x", "b.x:x", true },
		{ "[!a]*.x", "a.x:x", false },
		{ "[abc]", "b:x", true },
		{ "u@[abc]", "u@b:x", true },
		/* an account may have dots in its name, and case */
		{ "*@h", "a.b@h:x", true },
		{ "a*d@h", "a.b.c.d@h:x", true },
		{ "a?b@h", "a.b@h:x", true },
		{ "a[._]b@h", "a.b@h:x", true },
		{ "a[!x]b@h", "a.b@h:x", true },
		{ "*@*.example", "a.b@c.example:x", true },
		{ "*@*.example", "a.b@c.d.example:x", false },
		{ "a*@h", "A.b@h:x", false },
		{ "a*@h", "a@b.h:x", false },
		{ "@h", "u@h:x", false },
		{ "@h", "h:x", false },
		{ "u@", "u@h:x", false },
		/* what looks like an address is none */
		{ "10.0.0.*", "10.0.0.1.evil.example:x", false },
		{ "10.0.0.?", "10.0.0.x.evil:x", false },
		{ "*.example", "a.b.example:x", false },
		{ "h?x", "h.x:x", false },
		{ "h[.]x", "h.x:x", false },
		{ "h[!a]x", "h.x:x", false },
		{ "*", "a.b.c:x", true },
		{ "h", "h.:x", false },
		{ "a.*.c*", "a.xc.c:x", true },
		{ "a.*.c*", "a.x.d.c:x", false },
		/* networks */
		{ "10.0.0.0/8", "10.255.3.4:x", true },
		{ "10.0.0.0/8", "11.0.0.1:x", false },
		{ "10.0.0.0/9", "10.128.0.1:x", false },
		{ "10.0.0.0/8", "10.0.0.1.evil.example:x", false },
		{ "10.0.0.1", "[::ffff:10.0.0.1]:x", true },
		{ "10.0.0.0/8", "[::ffff:10.0.0.1]:x", true },
		{ "u@10.0.0.0/8", "u@10.1.1.1:x", true },
		{ "10.0.0.0/33", "10.0.0.0:x", false },
		{ "2001:db8::/32", "[2001:db8:1::2]:x", true },
		{ "[2001:db8::]/32", "[2001:db8:1::2]:x", true },
		{ "2001:db8::/32", "[2001:db9::2]:x", false },
		{ "fe80::1", "[fe80::1%eth0]:x", true },
		{ "[fe80::1%eth0]", "[fe80::1%eth0]:x", true },
		{ "[fe80::1%eth0]", "[fe80::1%eth1]:x", false },
		{ "fe80::1%eth0x", "[fe80::1%eth0]:x", false },
		/* a scope names an interface; the address is one however
		   it is written */
		{ "fe80::1%eth0", "[fe80::1%eth0]:x", true },
		{ "[fe80:0::1%eth0]", "[fe80::1%eth0]:x", true },
		{ "[fe80::1%eth0]", "[FE80:0:0::1%eth0]:x", true },
		{ "[fe80::1%eth0]", "[fe80::1%ETH0]:x", false },
		{ "[fe80::1%eth0]", "[fe80::1%eth]:x", false },
		{ "[fe80::1%eth0]", "[fe80::1]:x", false },
		{ "[fe80::1%eth0]", "[fe80::2%eth0]:x", false },
		{ "fe80::1%*", "[fe80::1%eth0]:x", false },
		{ "fe80::/10", "[fe80::1%eth0]:x", true },
		{ "[fe80::]/10", "[fe80::1%eth0]:x", true },
		{ "[fe80::%eth0]/10", "[fe80::1%eth0]:x", false },
		{ "fe80::/10%eth0", "[fe80::1%eth0]:x", false },
		{ "u@[fe80::1%eth0]", "u@[fe80::1%eth0]:x", true },
		{ "[fe80::g]", "f:x", false },
		{ "[fe80::g]", "[fe80::g]:x", true },
		{ "0.0.0.0/0", "[2001:db8::1]:x", false },
		{ "::/0", "10.0.0.1:x", false },
		{ "::/8", "10.0.0.1:x", false },
		{ "::/0", "[::ffff:10.0.0.1]:x", false },
		{ "::/0", "[2001:db8::1]:x", true },
		{ "::ffff:0.0.0.0/0", "[2001:db8::1]:x", false },
		{ "0.0.0.0/0", "1.2.3.4:x", true },
		/* a pattern of names means no IPv6 address */
		{ "f*", "[fd00::1]:x", false },
		{ "f*", "file1:x", true },
		{ "u@f*", "u@[fe80::1%eth0]:x", false },
		{ "*[0-9]", "[2001:db8::1]:x", false },
		{ "*.example", "[2001:db8::1%x.example]:x", false },
		{ "*.example", "[a:22.example]:x", false },
		{ "[!x]*", "[2001:db8::1]:x", false },
		{ "*", "[2001:db8::1]:x", true },
	};
	struct destination d;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(destination_parse(&d, rows[i].text), 0);
		ck_assert_msg(destination_matches(&d, rows[i].item,
				  strlen(rows[i].item)) == rows[i].matches,
		    "%s: %s", rows[i].item, rows[i].text);
	}
}
END_TEST

/* A resolver reads these as addresses that no list of names could name. */
START_TEST(a_number_that_is_no_address_of_four_is_refused)
{
	static const char *const hosts[] = { "10.1", "0x0a000001", "10.0.0.05",
		"167772161", "10.0x0.0.1", "1", "0", "0X7f.1", "010.0.0.1",
		"10.0.0.256" };
	static const char *const others[] = { "10.0.0.1", "1.2.3.4.5", "10.x",
		"a1", "1.2.3.com", "0xyz" };
	struct destination d;
	char text[64];

	for (size_t i = 0; i < COUNT(hosts); i++) {
		(void)snprintf(text, sizeof(text), "%s:x", hosts[i]);
		ck_assert_msg(
		    destination_parse(&d, text) == ERR_DESTINATION, "%s", text);
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		(void)snprintf(text, sizeof(text), "%s:x", others[i]);
		ck_assert_msg(destination_parse(&d, text) == 0, "%s", text);
	}
}
END_TEST

START_TEST(the_other_shell_gets_one_quoted_word)
{
	static const struct {
		const char *text;
		bool r, p, d;
		const char *command;
	} rows[] = {
		{ "h:x", false, false, false, "scp -t 'x'" },
		{ "h:x", true, true, true, "scp -r -p -d -t 'x'" },
		{ "h:", false, false, false, "scp -t '.'" },
		{ "h:-x", false, false, false, "scp -t -- '-x'" },
		{ "h:~", false, false, false, "scp -t ~/''" },
		{ "h:~/a b", false, false, false, "scp -t ~/'a b'" },
		{ "h:~root/x", false, false, false, "scp -t '~root/x'" },
		{ "h:it's", false, false, false, "scp -t 'it'\\''s'" },
		{ "h:$(id);`id`", false, false, false, "scp -t '$(id);`id`'" },
	};
	char command[256], tiny[11];
	struct destination d;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(destination_parse(&d, rows[i].text), 0);
		ck_assert(destination_command(&d, rows[i].r, rows[i].p,
		    rows[i].d, command, sizeof(command)));
		ck_assert_str_eq(command, rows[i].command);
	}
	ck_assert_int_eq(destination_parse(&d, "h:xy"), 0);
	ck_assert(
	    !destination_command(&d, false, false, false, tiny, sizeof(tiny)));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_colon_before_any_slash_is_another_host,
		what_names_a_place_is_read,
		a_number_that_is_no_address_of_four_is_refused,
		what_could_be_an_option_or_a_word_of_a_shell_is_refused,
		patterns_name_hosts_and_users,
		the_other_shell_gets_one_quoted_word,
	};

	return unit_run("destination", tests, COUNT(tests));
}
