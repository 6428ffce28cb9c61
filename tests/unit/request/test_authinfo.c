#include "request/authinfo.h"

#include "unit.h"

/* The sums are those of openssl dgst -sha256 over foo and foob. */
#define ED25519                                                            \
	"AAAAC3NzaC1lZDI1NTE5AAAAILRNkE8rbcY5yZ1CvfVzB6Zd3kg0Z8c1c7n1TUq5" \
	"H3vQ"

struct row {
	const char *text;
	const char *method;
	const char *key;
};

static void
check_rows(const struct row *rows, size_t count)
{
	struct authinfo a;

	for (size_t i = 0; i < count; i++) {
		authinfo_parse(&a, rows[i].text, strlen(rows[i].text));
		ck_assert_str_eq(a.method, rows[i].method);
		ck_assert_str_eq(a.key, rows[i].key);
	}
}

START_TEST(the_last_method_and_key_count)
{
	static const struct row rows[] = {
		{ "", "", "" },
		{ "password\n", "password", "" },
		{ "password", "password", "" },
		{ "publickey ssh-x Zm9v\n", "publickey",
		    "ssh-x "
		    "SHA256:LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564" },
		{ "publickey ssh-x Zm9vYg==\n", "publickey",
		    "ssh-x "
		    "SHA256:p0UhGL/IOO57KqwUqLyIxQoa5GIJA8T4zdMnu3mWGJk" },
		{ "publickey ssh-x Zm9v comment\npassword\n", "password",
		    "ssh-x "
		    "SHA256:LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564" },
		{ "gssapi-with-mic someone@EXAMPLE\n", "gssapi-with-mic", "" },
		{ "publickey ssh-ed25519-cert-v01@openssh.com " ED25519 "\n",
		    "publickey", "ssh-ed25519-cert-v01@openssh.com" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(what_is_no_key_shows_none)
{
	static const struct row rows[] = {
		{ "publickey\n", "publickey", "" },
		{ "publickey \n", "publickey", "" },
		{ "publickey ssh-x\n", "publickey", "" },
		{ "publickey ssh-x \n", "publickey", "" },
		{ "publickey ssh-x !!!!\n", "publickey", "" },
		{ "publickey  Zm9v\n", "publickey", "" },
		{ " publickey ssh-x Zm9v\n", "", "" },
		{ "publickey "
		  "ssh-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx Zm9v",
		    "publickey", "" },
		{ "a-method-that-is-far-longer-than-any-that-there-is-in-any-"
		  "ssh"
		  "-at-all\n",
		    "", "" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_nul_octet_is_no_base64)
{
	static const char text[] = "publickey ssh-x Zm\0v\n";
	struct authinfo a;

	authinfo_parse(&a, text, sizeof(text) - 1);
	ck_assert_str_eq(a.method, "publickey");
	ck_assert_str_eq(a.key, "");
}
END_TEST

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

START_TEST(the_file_is_read_and_nothing_else_is)
{
	struct authinfo a;

	(void)unit_directory();
	write_file("info", "password\n");
	authinfo_load(&a, "info");
	ck_assert_str_eq(a.method, "password");
	ck_assert_int_eq(symlink("info", "link"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(mkdir("directory", 0700), 0);
	for (const char *const *p = (const char *const[]){ "link", "fifo",
		 "directory", "none", "", NULL };
	     *p != NULL; p++) {
		authinfo_load(&a, *p);
		ck_assert_str_eq(a.method, "");
	}
	authinfo_load(&a, NULL);
	ck_assert_str_eq(a.method, "");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_last_method_and_key_count,
		what_is_no_key_shows_none,
		a_nul_octet_is_no_base64,
		the_file_is_read_and_nothing_else_is,
	};

	return unit_run("authinfo", tests, COUNT(tests));
}
