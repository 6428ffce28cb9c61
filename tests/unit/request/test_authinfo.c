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

#define NAME "/tmp/sshauth."

/* The name of a file that sshd could have made, and that nobody else has. */
static char path[64];

static void
make(const char *text)
{
	(void)snprintf(path, sizeof(path), NAME "unit%05dZz09aA",
	    (int)(getpid() % 100000));
	(void)unlink(path);
	unit_write(path, text);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

static void
check_method(const char *root, const char *method)
{
	struct authinfo a;

	authinfo_load(&a, path, root);
	ck_assert_msg(strcmp(a.method, method) == 0, "%s beneath %s: %s", path,
	    root, a.method);
}

START_TEST(a_file_of_sshd_is_read)
{
	make("password\n");
	check_method("", "password");
	ck_assert_int_eq(unlink(path), 0);
	check_method("", "");
	ck_assert_int_eq(mkdir(path, 0600), 0);
	check_method("", "");
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	check_method("", "");
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(a_file_of_another_name_is_not)
{
	static const char *const names[] = { "", "info", "/etc/passwd",
		NAME "unit00000Zz09a", NAME "unit00000Zz09aAB",
		NAME "unit00000Zz09+A", NAME "unit00000Zz0/aA",
		NAME "../sshauth.info", "/var" NAME "unit00000Zz09aA",
		"/" NAME "unit00000Zz09aA", NAME "unit00000Zz09.A" };
	struct authinfo a;

	(void)unit_directory();
	unit_write("info", "password\n");
	ck_assert_int_eq(chmod("info", 0600), 0);
	for (size_t i = 0; i < COUNT(names); i++) {
		bool ours = strncmp(names[i], NAME "unit", 17) == 0 &&
		    strchr(names[i] + 13, '/') == NULL;

		if (ours) {
			unit_write(names[i], "password\n");
			ck_assert_int_eq(chmod(names[i], 0600), 0);
		}
		authinfo_load(&a, names[i], "");
		ck_assert_msg(*a.method == '\0', "%s", names[i]);
		if (ours)
			ck_assert_int_eq(unlink(names[i]), 0);
	}
	authinfo_load(&a, NULL, "");
	ck_assert_str_eq(a.method, "");
}
END_TEST

START_TEST(nor_is_one_that_sshd_would_not_make_so)
{
	static const mode_t modes[] = { 0644, 0640, 0660, 0400, 0700, 01600,
		02600 };
	char other[sizeof(path) + 8];

	make("password\n");
	for (size_t i = 0; i < COUNT(modes); i++) {
		ck_assert_int_eq(chmod(path, modes[i]), 0);
		check_method("", "");
	}
	ck_assert_int_eq(chmod(path, 0600), 0);
	check_method("", "password");
	(void)snprintf(other, sizeof(other), "%s.other", path);
	ck_assert_int_eq(link(path, other), 0);
	check_method("", "");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	check_method("", "");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(other, path), 0);
	check_method("", "password");
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 65534, (gid_t)-1), 0);
		check_method("", "");
	}
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* There the account could have put it by a copy. */
START_TEST(nor_is_one_within_the_root)
{
	make("password\n");
	check_method("/tmp", "");
	check_method("/tmp/", "");
	check_method("/", "");
	check_method("/tmp/../tmp", "");
	check_method("/etc", "password");
	check_method("/tmp/nowhere-at-all", "password");
	(void)unit_directory();
	check_method(".", "password"); /* beside it */
	ck_assert_int_eq(symlink("/tmp", "link"), 0);
	check_method("link", "");
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_last_method_and_key_count,
		what_is_no_key_shows_none,
		a_nul_octet_is_no_base64,
		a_file_of_sshd_is_read,
		a_file_of_another_name_is_not,
		nor_is_one_that_sshd_would_not_make_so,
		nor_is_one_within_the_root,
	};

	return unit_run("authinfo", tests, COUNT(tests));
}
