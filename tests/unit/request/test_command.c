#include "request/command.h"

#include "base/err.h"
#include "unit.h"

static struct request q;
static struct command store;

/* S1.  Into memory that held something else before. */
static int
parse(enum request_form form, const char *text, const char *original)
{
	memset(&store, 0xa5, sizeof(store));
	memset(&q, 0, sizeof(q));
	q.form = form;
	return command_parse(&q, &store, text, original);
}

/*
 * What a command string came to: "t rpd" and its paths between |, each with a
 * * before it where it is a pattern.
 */
static const char *
outcome(void)
{
	static char out[4096];

	(void)snprintf(out, sizeof(out), "%s%s%s%s",
	    q.verb == REQUEST_SINK	 ? "t" :
		q.verb == REQUEST_SOURCE ? "f" :
					   "-",
	    q.recursive ? "r" : "", q.preserve ? "p" : "",
	    q.want_directory ? "d" : "");
	for (size_t i = 0; i < q.path_count; i++)
		unit_append(out, sizeof(out), "%s%s%s", i > 0 ? "|" : " ",
		    q.pattern[i] ? "*" : "", q.paths[i]);
	return out;
}

struct row {
	const char *text;
	const char *outcome;
};

/* Both ways in which a peer's string reaches us. */
static void
check_rows(const struct row *rows, size_t count)
{
	static const enum request_form forms[] = { FORM_FORCED, FORM_SHELL };

	for (size_t i = 0; i < 2 * count; i++) {
		ck_assert_msg(parse(forms[i % 2], rows[i / 2].text, NULL) == 0,
		    "%s", rows[i / 2].text);
		ck_assert_str_eq(outcome(), rows[i / 2].outcome);
		ck_assert_int_eq(q.form, forms[i % 2]);
		ck_assert(q.in_band && q.shell_syntax);
	}
}

START_TEST(commands_of_openssh_dropbear_and_pscp_are_understood)
{
	static const struct row rows[] = {
		{ "scp -t f", "t f" },
		{ "scp -t /srv/d/f", "t /srv/d/f" },
		{ "scp -t .", "t ." },
		{ "scp -d -t d", "td d" },
		{ "scp -r -t d", "tr d" },
		{ "scp -p -t f", "tp f" },
		{ "scp -v -r -p -d -t d", "trpd d" },
		{ "scp -f f", "f f" },
		{ "scp -d -f f", "fd f" },
		{ "scp -r -f d", "fr d" },
		{ "scp -r -p -f d", "frp d" },
		{ "scp -t -- -dash", "t -dash" },
		{ "scp -f -- -dash", "f -dash" },
		{ "scp -f *.txt", "f **.txt" },
		{ "scp -f d/[ab]?", "f *d/[ab]?" },
		{ "scp -f {a,b}.c", "f *{a,b}.c" },
		{ "scp -f ~/x", "f ~/x" },
		{ "scp -f ~", "f ~" },
		{ "scp -t ~", "t ~" },
		{ "scp -t ~/", "t ~/" },
		{ "scp -f my\\ file", "f my file" },
		{ "scp -t 'my file'", "t my file" },
		{ "scp -t \"my file\"", "t my file" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(commands_of_curl_libssh2_and_libssh_are_understood)
{
	static const struct row rows[] = {
		{ "scp -t 'f'", "t f" },
		{ "scp -t '/tmp/my file'\"'\"'s'\\!'x'", "t /tmp/my file's!x" },
		{ "scp -pt 'f'", "tp f" },
		{ "scp -pf 'f'", "fp f" },
		{ "scp -f 'f'", "f f" },
		{ "scp -f 'a*[b]{c,d}'", "f a*[b]{c,d}" },
		{ "scp -t '~/f'", "t ~/f" },
		{ "scp -t  'f'", "t f" },
		{ "scp -t -r 'd'", "tr d" },
		{ "scp -f  'f'", "f f" },
		{ "scp -f -r 'd'", "fr d" },
		{ "scp -f  'it'\"'\"'s'", "f it's" },
		{ "scp -t  f", "t f" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(commands_of_python_ruby_and_php_clients_are_understood)
{
	static const struct row rows[] = {
		/* scp.py */
		{ "scp -t f", "t f" },
		{ "scp  -t f", "t f" },
		{ "scp -r -t d", "tr d" },
		{ "scp -t '/a dir/f'", "t /a dir/f" },
		{ "scp -t 'it'\"'\"'s'", "t it's" },
		{ "scp -l 500 -t f", "t f" },
		{ "scp -f a b", "f a|b" },
		{ "scp -f 'a b' ~/c *.d", "f a b|~/c|**.d" },
		{ "scp -r -p -f d", "frp d" },
		{ "scp -f ~", "f ~" },
		/* asyncssh */
		{ "scp -t -d d", "td d" },
		{ "scp -t -r d", "tr d" },
		{ "scp -t -d -p -r d", "trpd d" },
		{ "scp -f -p -r d", "frp d" },
		/* net-scp */
		{ "scp -t my\\ file", "t my file" },
		{ "scp -t \\~/t", "t ~/t" },
		{ "scp -t -r d", "tr d" },
		{ "scp -t -r -p d", "trp d" },
		{ "scp -f -v -p f", "fp f" },
		{ "scp -f -r d", "fr d" },
		{ "scp -f a\\*\\$b", "f a*$b" },
		/* phpseclib */
		{ "scp -t 'it'\\''s'", "t it's" },
		{ "scp -f 'f'", "f f" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(commands_of_go_clients_are_understood)
{
	static const struct row rows[] = {
		/* Packer */
		{ "scp -vt /tmp", "t /tmp" },
		{ "scp -vt /my\\ dir", "t /my dir" },
		{ "scp -rvt /dst", "tr /dst" },
		{ "scp -vf f", "f f" },
		{ "scp -vf \"my file\"", "f my file" },
		/* Terraform */
		{ "'scp' -vt /tmp", "t /tmp" },
		{ "'scp' -rvt /tmp", "tr /tmp" },
		{ "'scp' -vt 'my dir'", "t my dir" },
		{ "'scp' -vt I\\'m", "t I'm" },
		{ "'scp' -vt 'I'\\''m'", "t I'm" },
		/* go-scp */
		{ "/usr/bin/scp -qt \"f\"", "t f" },
		{ "scp -f \"f\"", "f f" },
		{ "scp -pf \"a\\\"b\\\\c\"", "fp a\"b\\c" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(commands_of_java_and_net_clients_are_understood)
{
	static const struct row rows[] = {
		/* Ant and JSch */
		{ "scp -r -d -t d", "trd d" },
		{ "scp -t -p f", "tp f" },
		{ "scp -f -r d/*", "fr *d/*" },
		{ "scp -p -t 'f'", "tp f" },
		{ "scp -p -t f", "tp f" },
		{ "scp  -t f", "t f" },
		{ "scp -p -t 'it'\"'\"'s'", "tp it's" },
		{ "scp -f 'f'", "f f" },
		/* SSH.NET */
		{ "scp -t -d \"my dir\"", "td my dir" },
		{ "scp -t \"a\\\"b\"", "t a\"b" },
		{ "scp -r -p -d -t \"d\"", "trpd d" },
		{ "scp -f \"f\"", "f f" },
		{ "scp -pf \"f\"", "fp f" },
		{ "scp -prf \"d\"", "frp d" },
		/* sshj */
		{ "scp -t -r 'f'", "tr f" },
		{ "scp -t -r -p 'f'", "trp f" },
		{ "scp -f -q -p -r d", "frp d" },
		{ "scp -f -q -p -r -l100 d", "frp d" },
		/* Mina */
		{ "scp -t -- f", "t f" },
		{ "scp -d -t -- d", "td d" },
		{ "scp -r -t -- d", "tr d" },
		{ "scp -d -r -t -- d", "trd d" },
		{ "scp -p -t -- f", "tp f" },
		{ "scp -f -- f", "f f" },
		{ "scp -r -p -f -- d", "frp d" },
		/* Trilead and Ganymed */
		{ "scp -t -d d", "td d" },
		{ "scp -f a b", "f a|b" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(commands_of_winscp_are_understood)
{
	static const struct row rows[] = {
		{ "scp -r  -d -t \"d\"", "trd d" },
		{ "scp -r -p -d -t \"my dir\"", "trpd my dir" },
		{ "scp -r  -1 -d -t \"d\"", "trd d" },
		{ "scp -r -p -1 -d -t \"d\"", "trpd d" },
		{ "scp -r  -d -f \"f\"", "frd f" },
		{ "scp -r -p -1 -d -f \"f\"", "frpd f" },
		{ "scp -r  -d -f \"a\\\\b\\$c\\`d\\\"e\"", "frd a\\b$c`d\"e" },
		{ "scp -r  -d -t \"./-x\"", "trd ./-x" },
		{ "scp -r  -d -f \"a*\"", "frd a*" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_rate_is_read_from_a_command)
{
	ck_assert_int_eq(parse(FORM_FORCED, "scp -l 500 -t f", NULL), 0);
	ck_assert_int_eq(q.rate, 500);
	ck_assert_int_eq(parse(FORM_SHELL, "scp -t -l100 f", NULL), 0);
	ck_assert_int_eq(q.rate, 100);
}
END_TEST

/* scp-server -l 100 in a forced command, and a peer that wants more. */
START_TEST(a_peer_can_only_lower_the_rate_that_was_forced)
{
	static const struct {
		const char *text;
		long rate;
	} rows[] = {
		{ "scp -t f", 100 },
		{ "scp -l 99 -t f", 99 },
		{ "scp -l 101 -t f", 100 },
		{ "scp -l 99 -l 500 -t f", 99 },
		{ "scp -l 0 -t f", 100 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		memset(&q, 0, sizeof(q));
		q.form = FORM_FORCED;
		q.rate = 100;
		ck_assert_int_eq(
		    command_parse(&q, &store, rows[i].text, NULL), 0);
		ck_assert_msg(q.rate == rows[i].rate, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(each_operand_of_a_source_is_a_pattern_or_not)
{
	static const struct row rows[] = {
		{ "scp -f a* 'a*' \"a*\" a\\* a", "f *a*|a*|a*|a*|a" },
		{ "scp -f a'*'*", "f *a\\**" },
		{ "scp -f [a] '[a]' {a} x] y}", "f *[a]|[a]|*{a}|x]|y}" },
		{ "scp -f ? '?'", "f *?|?" },
		{ "scp -f -- -* '-*' '-x'", "f *-*|-*|-x" },
		{ "scp -f ~/* '~/*'", "f *~/*|~/*" },
		{ "scp -f a, 'a,' a\\\\b", "f a,|a,|a\\b" },
		{ "scp -f ''", "f " },
		{ "scp -f a '' b", "f a||b" },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(where_a_copy_goes_on_to_is_no_pattern)
{
	static const struct {
		const char *text, *destination;
	} rows[] = {
		{ "scp a store@vault:b", "store@vault:b" },
		{ "scp -r *.txt x 'vault:a*b'", "vault:a*b" },
		{ "scp -p a vault:\\[1\\]", "vault:[1]" },
		{ "scp a [fe80::1]:\\{b\\}", "[fe80::1]:{b}" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(parse(FORM_SHELL, rows[i].text, NULL) == 0, "%s",
		    rows[i].text);
		ck_assert_int_eq(q.verb, REQUEST_RELAY);
		ck_assert_str_eq(q.destination, rows[i].destination);
		ck_assert(!q.in_band);
	}
	ck_assert_int_eq(parse(FORM_SHELL, "scp -r *.txt x h:", NULL), 0);
	ck_assert_str_eq(outcome(), "-r **.txt|x");
}
END_TEST

START_TEST(a_target_names_one_place)
{
	static const struct row rows[] = {
		{ "scp -t a[b]", "t a[b]" },
		{ "scp -t {a,b}", "t {a,b}" },
		{ "scp -t 'a*?'", "t a*?" },
		{ "scp -t a\\*", "t a*" },
		{ "scp -t \"a?\"", "t a?" },
		{ "scp -t -- '-*'", "t -*" },
		{ "scp -t ''", "t " },
		{ "scp -t a\\\\", "t a\\" },
	};
	static const char *const patterns[] = { "scp -t *", "scp -t a?",
		"scp -r -t ~/*", "scp -t 'a*'*", "scp -t -- -*",
		"scp -t a\\\\*" };

	check_rows(rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(patterns); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, patterns[i], NULL) == ERR_PATTERN, "%s",
		    patterns[i]);
		ck_assert(q.in_band && q.verb == REQUEST_SINK);
	}
}
END_TEST

START_TEST(a_tilde_is_the_own_home_and_nobody_elses)
{
	static const struct row rows[] = {
		{ "scp -f ~ '~' ~/ ~/a \"~/a b\"", "f ~|~|~/|~/a|~/a b" },
		{ "scp -f a~ ./~x a/~b", "f a~|./~x|a/~b" },
		{ "scp -t ./~user", "t ./~user" },
	};
	static const char *const others[] = { "scp -t ~root", "scp -f ~root",
		"scp -f ~root/.ssh", "scp -f '~root'", "scp -f \\~root",
		"scp -f ~+", "scp -f ~-", "scp -f ~~", "scp -f ~root/*",
		"scp -f a ~b", "scp -f ~*", "scp -t -- ~a" };

	check_rows(rows, COUNT(rows));
	for (size_t i = 0; i < COUNT(others); i++) {
		ck_assert_msg(parse(FORM_FORCED, others[i], NULL) == ERR_TILDE,
		    "%s", others[i]);
		ck_assert(q.in_band && q.verb != REQUEST_NONE);
	}
}
END_TEST

struct refusal {
	const char *text;
	int err;
	enum request_verb verb;
};

/* Whoever said scp listens for SCP: told there, and with no path taken. */
START_TEST(refusals_are_told_in_band_where_the_first_word_was_scp)
{
	static const struct refusal rows[] = {
		{ "scp -t `id`", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t \"`id`\"", ERR_COMMAND, REQUEST_SINK },
		{ "scp -f $(id)", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f \"$HOME\"", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -t a;id", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t a; id", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t a&", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t a && id", ERR_COMMAND, REQUEST_SINK },
		{ "scp -f a|id", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f a <b", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f a >b", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f (a)", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f a #b", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f a\nid", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -f 'a\nid'", ERR_COMMAND, REQUEST_SOURCE },
		{ "scp -t a\033[2J", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t a\177", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t 'a", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t \"a", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t a\\", ERR_COMMAND, REQUEST_SINK },
		{ "scp -t -r 'it\\'s'", ERR_COMMAND, REQUEST_SINK }, /* sshj */
		{ "scp $x", ERR_COMMAND, REQUEST_NONE },
		{ "scp -t", ERR_TARGET, REQUEST_SINK },
		{ "scp -t ", ERR_TARGET, REQUEST_SINK }, /* scp.py */
		{ "scp -t my file", ERR_TARGET, REQUEST_SINK },
		{ "scp -t d -r", ERR_TARGET, REQUEST_SINK },
		{ "scp -f", ERR_NO_SOURCE, REQUEST_SOURCE },
		{ "scp -f --", ERR_NO_SOURCE, REQUEST_SOURCE },
		{ "scp -t -f x", ERR_BOTH, REQUEST_SINK },
		{ "scp x", ERR_NEITHER, REQUEST_NONE },
		{ "scp", ERR_NO_REQUEST, REQUEST_NONE },
		{ "scp -t -dash", ERR_OPTION, REQUEST_SINK }, /* PSCP */
		{ "scp -f '-*'", ERR_OPTION, REQUEST_SOURCE },
		{ "scp -S/bin/sh -t x", ERR_OPTION, REQUEST_SINK },
		{ "scp -oProxyCommand=id -f x", ERR_OPTION, REQUEST_SOURCE },
		{ "scp -o Root=/ -f x", ERR_OPTION, REQUEST_SOURCE },
		{ "scp -ro -t x", ERR_OPTION, REQUEST_SINK },
		{ "scp --read-only -t x", ERR_OPTION, REQUEST_SINK },
		{ "scp --config x -t x", ERR_OPTION, REQUEST_SINK },
		{ "scp --version", ERR_OPTION, REQUEST_NONE },
		{ "'scp' -t $x", ERR_COMMAND, REQUEST_SINK },
		{ "/usr/bin/scp -t $x", ERR_COMMAND, REQUEST_SINK },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, rows[i].text, NULL) == rows[i].err, "%s",
		    rows[i].text);
		ck_assert_msg(q.verb == rows[i].verb, "%s", rows[i].text);
		ck_assert_msg(q.in_band, "%s", rows[i].text);
	}
}
END_TEST

START_TEST(a_command_beyond_the_bounds_is_refused_in_band)
{
	static char text[2 * WORDS_TEXT_MAX];

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "scp -t ", 7);
	ck_assert_int_eq(parse(FORM_SHELL, text, NULL), ERR_MANY);
	ck_assert(q.in_band && q.verb == REQUEST_SINK);
	memset(text, 0, sizeof(text));
	memcpy(text, "scp -f", 6);
	for (size_t i = 0; i < WORDS_COUNT_MAX; i++)
		memcpy(text + 6 + 2 * i, " x", 2);
	ck_assert_int_eq(parse(FORM_FORCED, text, NULL), ERR_MANY);
	ck_assert(q.in_band && q.verb == REQUEST_SOURCE);
}
END_TEST

/* Nothing on stdout: for ~/.ssh/rc that would go to the peer. */
START_TEST(what_is_neither_scp_nor_sftp_is_foreign)
{
	static const char *const rows[] = { "/bin/sh ~/.ssh/rc",
		"/bin/sh -c 'scp -t x'", "sh -c 'scp -t x'", "id", "bash",
		"env scp -t x", "exec scp -t x", "sudo scp -t x",
		"X=1 scp -t x", "scpx -t x", "xscp -t x", "SCP -t x",
		"./scp -t x", "bin/scp -t x", "../scp -t x", "scp/ -t x",
		"/usr/bin/scp/ -t x", "'scp -t x'", "scp\\ -t x", "ls -la 'x'",
		"rsync --server . x", "git-upload-pack 'x'", "scp-servers /",
		"-scp -t x", "''", "$SHELL", ";scp -t x", "`scp`", "#scp",
		"\nscp -t x", "scp;id", "scp\nid", "(scp -t x)",
		"echo \"WinSCP: this is end-of-file:0\"", "sftpd",
		"/usr/bin/sftp", "sftp-server2", "./sftp-server",
		"internal-sftp; id", "/usr/lib/openssh/sftp-server $x",
		"/internal-sftp" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(parse(FORM_SHELL, rows[i], NULL) == ERR_FOREIGN,
		    "%s", rows[i]);
		ck_assert(!q.in_band && q.verb == REQUEST_NONE);
		ck_assert_int_eq(
		    parse(FORM_FORCED, rows[i], NULL), ERR_FOREIGN);
		ck_assert(!q.in_band);
	}
}
END_TEST

START_TEST(a_program_is_scp_by_name_or_by_absolute_path)
{
	static const char *const rows[] = { "scp -t x", "/usr/bin/scp -t x",
		"/scp -t x", "/opt/openssh/bin/scp -t x", "\"scp\" -t x",
		"s\\cp -t x", "'/usr/bin/scp' -t x", " scp -t x" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, rows[i], NULL) == 0, "%s", rows[i]);
		ck_assert_str_eq(outcome(), "t x");
	}
}
END_TEST

START_TEST(sftp_is_recognised_however_sshd_calls_it)
{
	static const char *const rows[] = { "sftp", "internal-sftp",
		"internal-sftp -f AUTH -l INFO", "sftp-server",
		"/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server -R",
		"'internal-sftp'" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, rows[i], NULL) == 0, "%s", rows[i]);
		ck_assert_int_eq(q.verb, REQUEST_SFTP);
		ck_assert(!q.in_band);
		ck_assert_int_eq(parse(FORM_FORCED, rows[i], NULL), 0);
		ck_assert_int_eq(q.verb, REQUEST_SFTP);
	}
}
END_TEST

/* The options of sftp-server: of some nothing is left, some are refused. */
START_TEST(options_of_an_sftp_server_are_those_of_openssh)
{
	static const struct {
		const char *text;
		int error;
		const char *option; /* the first one that it becomes */
		const char *start;
	} rows[] = {
		{ "internal-sftp -R", 0, "Access=read-only", NULL },
		{ "internal-sftp -e -h -f AUTH -l INFO", 0, NULL, NULL },
		{ "internal-sftp -u 027", 0, "Umask=027", NULL },
		{ "internal-sftp -u027 -R", 0, "Umask=027", NULL },
		{ "internal-sftp -eRd /a\\ b", 0, "Access=read-only", "/a b" },
		{ "sftp-server -d in", 0, NULL, "in" },
		{ "sftp-server -d 'a*b'", 0, NULL, "a*b" },
		{ "sftp-server -d'a*b'", 0, NULL, "a*b" },
		{ "sftp-server -d %h/%u", 0, NULL, "%h/%u" },
		{ "sftp-server -d %", ERR_OPTION, NULL, NULL },
		{ "sftp-server -d %%%x", ERR_OPTION, NULL, NULL },
		{ "sftp-server -d", ERR_OPTION, NULL, NULL },
		{ "sftp-server -u", ERR_OPTION, NULL, NULL },
		{ "sftp-server -u 00000000000000000", ERR_OPTION, NULL, NULL },
		{ "sftp-server -x", ERR_OPTION, NULL, NULL },
		{ "sftp-server --", ERR_OPTION, NULL, NULL },
		{ "sftp-server x", ERR_OPTION, NULL, NULL },
		{ "sftp-server -p open", ERR_SFTP_OPTION, NULL, NULL },
		{ "sftp-server -Pwrite", ERR_SFTP_OPTION, NULL, NULL },
		{ "sftp-server -Q requests", ERR_SFTP_OPTION, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(FORM_FORCED, rows[i].text, NULL), rows[i].error);
		ck_assert_int_eq(q.verb, REQUEST_SFTP);
		if (rows[i].error != 0)
			continue;
		ck_assert_int_eq(q.option_count > 0, rows[i].option != NULL);
		if (rows[i].option != NULL)
			ck_assert_str_eq(q.options[0], rows[i].option);
		ck_assert_int_eq(q.start != NULL, rows[i].start != NULL);
		if (rows[i].start != NULL)
			ck_assert_str_eq(q.start, rows[i].start);
	}
}
END_TEST

START_TEST(options_of_the_client_stand_behind_those_of_the_administrator)
{
	ck_assert_int_eq(parse(FORM_FORCED, "sftp-server -R -u 027", NULL), 0);
	ck_assert_uint_eq(q.option_count, 2);
	ck_assert_uint_eq(q.client_count, 2);
	ck_assert_int_eq(
	    parse(FORM_SHELL, "scp-server --no-overwrite -o Sync=always",
		"sftp-server -u 027"),
	    0);
	ck_assert_uint_eq(q.option_count, 3);
	ck_assert_uint_eq(q.client_count, 1);
	ck_assert_str_eq(q.options[2], "Umask=027");
	ck_assert_int_eq(
	    parse(FORM_SHELL, "scp-server --no-overwrite", "scp -t x"), 0);
	ck_assert_uint_eq(q.option_count, 1);
	ck_assert_uint_eq(q.client_count, 0);
}
END_TEST

START_TEST(no_command_is_no_request)
{
	static const char *const rows[] = { NULL, "", " ", "\t \t" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(FORM_FORCED, rows[i], NULL), ERR_NO_REQUEST);
		ck_assert_int_eq(
		    parse(FORM_SHELL, rows[i], "scp -t x"), ERR_NO_REQUEST);
		ck_assert(!q.in_band && q.verb == REQUEST_NONE);
	}
}
END_TEST

/* The variable is sshd's only where a command was forced. */
START_TEST(a_login_shell_goes_by_its_own_argument)
{
	ck_assert_int_eq(parse(FORM_SHELL, "scp -t x", "scp -f secret"), 0);
	ck_assert_str_eq(outcome(), "t x");
	ck_assert_int_eq(
	    parse(FORM_SHELL, "/bin/sh ~/.ssh/rc", "scp -t x"), ERR_FOREIGN);
	ck_assert(!q.in_band);
}
END_TEST

START_TEST(a_forced_command_through_our_own_shell_brings_its_options)
{
	static const struct {
		const char *text;
		const char *root;
		size_t options;
		const char *last;
	} rows[] = {
		{ "scp-server", NULL, 0, NULL },
		{ "scp-server /srv/drop", "/srv/drop", 0, NULL },
		{ "/usr/local/bin/scp-server '/srv/my drop'", "/srv/my drop", 0,
		    NULL },
		{ "'scp-server' --read-only /srv", "/srv", 1,
		    "Access=read-only" },
		{ "scp-server -o Access=write-only --no-overwrite /srv", "/srv",
		    2, "Overwrite=deny" },
		{ "scp-server -o 'DenyNames=*.exe *.com' /a\\ b", "/a b", 1,
		    "DenyNames=*.exe *.com" },
		{ "scp-server -oDenyNames=*.exe", NULL, 1, "DenyNames=*.exe" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, rows[i].text, "scp -r -f 'a b' c*") == 0,
		    "%s", rows[i].text);
		ck_assert_int_eq(q.form, FORM_SHELL_FORCED);
		ck_assert_str_eq(outcome(), "fr a b|*c*");
		ck_assert_uint_eq(q.option_count, rows[i].options);
		if (rows[i].last != NULL)
			ck_assert_str_eq(
			    q.options[q.option_count - 1], rows[i].last);
		ck_assert_pstr_eq(q.root, rows[i].root);
	}
}
END_TEST

START_TEST(a_forced_command_of_another_kind_is_refused)
{
	static const char *const rows[] = { "scp-server -t x",
		"scp-server -f /", "scp-server -c 'scp -t x'",
		"scp-server --version", "scp-server --help",
		"scp-server --check", "scp-server --explain 'scp -t x'",
		"scp-server --config /tmp/mine /srv",
		"scp-server --user root /srv", "scp-server -l 5 /srv",
		"scp-server /a /b", "scp-server -r /a", "scp-server -Z",
		"scp-server --nonsense", "scp-server -o", "scp-server $HOME",
		"scp-server /srv; id", "bin/scp-server /srv" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    parse(FORM_SHELL, rows[i], "scp -t x") == ERR_FOREIGN, "%s",
		    rows[i]);
		ck_assert(!q.in_band && q.verb == REQUEST_NONE);
	}
}
END_TEST

START_TEST(what_is_wrong_in_a_forced_command_is_named)
{
	ck_assert_int_eq(
	    parse(FORM_SHELL, "scp-server --read-onyl /srv", "scp -t x"),
	    ERR_FOREIGN);
	ck_assert_str_eq(q.trouble.word, "--read-onyl");
	ck_assert(q.mistyped);
	ck_assert_int_eq(
	    parse(FORM_SHELL, "scp-server -t x", "scp -t x"), ERR_FOREIGN);
	ck_assert(!q.mistyped);
}
END_TEST

START_TEST(what_a_peer_asked_for_beneath_a_forced_command_is_only_a_request)
{
	static const struct {
		const char *original;
		int err;
	} rows[] = {
		{ NULL, ERR_NO_REQUEST },
		{ "", ERR_NO_REQUEST },
		{ "id", ERR_FOREIGN },
		{ "scp-server -o Root=none", ERR_FOREIGN },
		{ "scp-server /", ERR_FOREIGN },
		{ "scp -o Root=none -t x", ERR_OPTION },
		{ "scp -t ~root", ERR_TILDE },
		{ "scp -t $x", ERR_COMMAND },
		{ "internal-sftp", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(
		    parse(FORM_SHELL, "scp-server /srv", rows[i].original),
		    rows[i].err);
		ck_assert_int_eq(q.form, FORM_SHELL_FORCED);
		ck_assert_str_eq(q.root, "/srv");
		ck_assert_uint_eq(q.option_count, 0);
		ck_assert_int_eq(
		    parse(FORM_FORCED, rows[i].original, NULL), rows[i].err);
	}
}
END_TEST

/* Of a request that stands elsewhere: nothing but how its peer is told. */
START_TEST(a_look_tells_only_who_the_peer_is)
{
	static char *const none[] = { NULL };

	memset(&q, 0, sizeof(q));
	q.form = FORM_DIRECT;
	ck_assert_int_eq(command_look(&q, &store, "/usr/bin/scp -t x", 0), 0);
	ck_assert(q.by_scp && !q.in_band && q.verb == REQUEST_NONE);
	ck_assert_int_eq(command_look(&q, &store, "ls", 0), 0);
	ck_assert(!q.by_scp);
	ck_assert_int_eq(command_look(&q, &store, NULL, 0), 0);
	ck_assert(!q.by_scp);
	q.form = FORM_FORCED;
	q.paths = none;
	q.path_count = 2; /* the administrator's own words, which were wrong */
	ck_assert_int_eq(
	    command_look(&q, &store, "scp -t x", ERR_OPTION), ERR_OPTION);
	ck_assert(q.by_scp && q.in_band && q.verb == REQUEST_SINK);
	ck_assert_ptr_eq(q.paths, none);
	ck_assert_uint_eq(q.path_count, 2);
	ck_assert_int_eq(
	    command_look(&q, &store, NULL, ERR_OPTION), ERR_OPTION);
	ck_assert(!q.by_scp && !q.in_band);
	ck_assert_int_eq(command_look(&q, &store, "scp -t x", 0), 0);
	ck_assert(!q.by_scp && !q.in_band && q.verb == REQUEST_NONE);
	q.form = FORM_SHELL;
	ck_assert_int_eq(
	    command_look(&q, &store, "scp -t x", ERR_OPTION), ERR_OPTION);
	ck_assert(!q.by_scp && !q.in_band && q.verb == REQUEST_NONE);
}
END_TEST

/* A forced command that names a copy serves no other kind of it. */
START_TEST(a_look_tells_whether_both_mean_the_same_kind_of_copy)
{
	static const struct {
		enum request_verb own;
		const char *text;
		enum request_verb told;
		int err;
	} rows[] = {
		{ REQUEST_SOURCE, "scp -f y", REQUEST_SOURCE, 0 },
		{ REQUEST_SOURCE, "scp -t y", REQUEST_SINK, ERR_FORCED },
		{ REQUEST_SINK, "scp -r -f y", REQUEST_SOURCE, ERR_FORCED },
		{ REQUEST_SINK, "scp -t y z", REQUEST_SINK, 0 },
		{ REQUEST_SINK, "internal-sftp", REQUEST_SFTP, ERR_FORCED },
		{ REQUEST_SFTP, "sftp", REQUEST_SFTP, 0 },
		{ REQUEST_SFTP, "scp -t y", REQUEST_SINK, ERR_FORCED },
		{ REQUEST_SOURCE, "scp a b:", REQUEST_SOURCE, 0 },
		{ REQUEST_VERSION, "scp -t y", REQUEST_VERSION, 0 },
		{ REQUEST_SOURCE, "ls", REQUEST_SOURCE, 0 },
		{ REQUEST_SOURCE, NULL, REQUEST_SOURCE, 0 },
	};

	for (size_t i = 0; i < 2 * COUNT(rows); i++) {
		memset(&q, 0, sizeof(q));
		q.form = i % 2 == 0 ? FORM_DIRECT : FORM_SCP;
		q.verb = rows[i / 2].own;
		q.in_band = true;
		ck_assert_int_eq(command_look(&q, &store, rows[i / 2].text, 0),
		    rows[i / 2].err);
		ck_assert_int_eq(q.verb, rows[i / 2].told);
		ck_assert(q.in_band ==
		    (q.verb != REQUEST_SFTP || rows[i / 2].err == 0));
		if (rows[i / 2].err != 0)
			ck_assert(q.by_scp == (q.verb != REQUEST_SFTP));
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		commands_of_openssh_dropbear_and_pscp_are_understood,
		commands_of_curl_libssh2_and_libssh_are_understood,
		commands_of_python_ruby_and_php_clients_are_understood,
		commands_of_go_clients_are_understood,
		commands_of_java_and_net_clients_are_understood,
		commands_of_winscp_are_understood,
		a_rate_is_read_from_a_command,
		a_peer_can_only_lower_the_rate_that_was_forced,
		each_operand_of_a_source_is_a_pattern_or_not,
		where_a_copy_goes_on_to_is_no_pattern,
		a_target_names_one_place,
		a_tilde_is_the_own_home_and_nobody_elses,
		refusals_are_told_in_band_where_the_first_word_was_scp,
		a_command_beyond_the_bounds_is_refused_in_band,
		what_is_neither_scp_nor_sftp_is_foreign,
		a_program_is_scp_by_name_or_by_absolute_path,
		sftp_is_recognised_however_sshd_calls_it,
		options_of_an_sftp_server_are_those_of_openssh,
		options_of_the_client_stand_behind_those_of_the_administrator,
		no_command_is_no_request,
		a_login_shell_goes_by_its_own_argument,
		a_forced_command_through_our_own_shell_brings_its_options,
		a_forced_command_of_another_kind_is_refused,
		what_is_wrong_in_a_forced_command_is_named,
		what_a_peer_asked_for_beneath_a_forced_command_is_only_a_request,
		a_look_tells_only_who_the_peer_is,
		a_look_tells_whether_both_mean_the_same_kind_of_copy,
	};

	return unit_run("command", tests, COUNT(tests));
}
