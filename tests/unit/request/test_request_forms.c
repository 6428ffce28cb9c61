/* What the administrator's arguments come to, and who it is that asks. */
#include "request/request.h"

#include "argv.h"
#include "base/err.h"

START_TEST(words_of_the_administrator_become_options)
{
	static const struct {
		const char *argv[WORDS_MAX];
		const char *option;
	} rows[] = {
		{ { "scp-server", "--read-only", "-f", "x" },
		    "Access=read-only" },
		{ { "scp-server", "-ro", "-f", "x" }, "Access=read-only" },
		{ { "scp-server", "--write-only", "-t", "x" },
		    "Access=write-only" },
		{ { "scp-server", "-wo", "-t", "x" }, "Access=write-only" },
		{ { "scp-server", "--no-overwrite", "-t", "x" },
		    "Overwrite=deny" },
		{ { "scp-server", "-no-overwrite", "-t", "x" },
		    "Overwrite=deny" },
		{ { "scp-server", "-o", "Root=/srv", "-t", "x" }, "Root=/srv" },
		{ { "scp-server", "-oRoot=/srv", "-t", "x" }, "Root=/srv" },
		{ { "scp-server", "-to", "Root=/srv", "x" }, "Root=/srv" },
		{ { "scp-server", "-toRoot=/srv", "x" }, "Root=/srv" },
		{ { "scp-server", "-t", "-o", "-ro", "x" }, "-ro" },
		{ { "scp-server", "-t", "-o", "--", "x" }, "--" },
		{ { "/usr/lib/scp-server", "-o", "", "-t", "x" }, "" },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		parse_row(&r, rows[i].argv, 0, i);
		ck_assert_uint_eq(r.option_count, 1);
		ck_assert_str_eq(r.options[0], rows[i].option);
		ck_assert_uint_eq(r.path_count, 1);
		ck_assert_str_eq(r.paths[0], "x");
	}
}
END_TEST

START_TEST(options_keep_their_order)
{
	static const char *const argv[] = { "scp-server", "-o", "a=1", "-ro",
		"-ob=2", "-t", "x", NULL };
	struct request r;

	ck_assert_int_eq(parse(&r, argv), 0);
	ck_assert_uint_eq(r.option_count, 3);
	ck_assert_str_eq(r.options[0], "a=1");
	ck_assert_str_eq(r.options[1], "Access=read-only");
	ck_assert_str_eq(r.options[2], "b=2");
}
END_TEST

START_TEST(version_and_help_are_the_administrators)
{
	static const struct row rows[] = {
		{ { "scp-server", "--version" }, 0, REQUEST_VERSION, 0 },
		{ { "scp-server", "--help" }, 0, REQUEST_HELP, 0 },
		{ { "scp-server", "-o", "a=b", "--help", "-t", "x" }, 0,
		    REQUEST_HELP, 0 },
		{ { "scp-server", "--versio" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp-server", "--nonsense", "-t", "x" }, ERR_OPTION,
		    REQUEST_SINK, 0 },
		{ { "scp-server", "-o" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp-server", "-to" }, ERR_OPTION, REQUEST_SINK, 0 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(sixty_four_options_are_taken_and_no_more)
{
	const char *argv[2 * REQUEST_OPTIONS_MAX + 8] = { "scp-server" };
	size_t n = 1;
	struct request r;

	for (size_t i = 0; i < REQUEST_OPTIONS_MAX; i++) {
		argv[n++] = "-o";
		argv[n++] = "a=b";
	}
	argv[n] = "-t";
	argv[n + 1] = "x";
	ck_assert_int_eq(parse(&r, argv), 0);
	ck_assert_uint_eq(r.option_count, REQUEST_OPTIONS_MAX);
	argv[n] = "-ro";
	argv[n + 1] = "-t";
	argv[n + 2] = "x";
	ck_assert_int_eq(parse(&r, argv), ERR_MANY);
	ck_assert_int_eq(r.verb, REQUEST_SINK);
}
END_TEST

START_TEST(the_form_is_told_by_the_last_part_of_argv_0)
{
	static const struct {
		const char *program;
		enum request_form form;
	} rows[] = {
		{ "scp", FORM_SCP },
		{ "/usr/bin/scp", FORM_SCP },
		{ "./scp", FORM_SCP },
		{ "../scp-server/scp", FORM_SCP },
		{ "scp-server", FORM_DIRECT },
		{ "/usr/lib/scp-server", FORM_DIRECT },
		{ "/opt/scp/scp-server", FORM_DIRECT },
		{ "xscp", FORM_DIRECT },
		{ "scp2", FORM_DIRECT },
		{ "SCP", FORM_DIRECT },
	};
	const char *argv[] = { NULL, "-t", "x", NULL };
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		argv[0] = rows[i].program;
		ck_assert_int_eq(parse(&r, argv), 0);
		ck_assert_int_eq(r.form, rows[i].form);
		ck_assert(r.by_scp == (rows[i].form == FORM_SCP));
	}
}
END_TEST

START_TEST(called_sftp_server_it_is_one)
{
	static const char *const programs[] = { "sftp-server",
		"/usr/lib/openssh/sftp-server" };
	static const char *const others[] = { "ftp-server", "xsftp-server",
		"sftp-serve" };
	const char *argv[] = { NULL, "-R", NULL };
	struct request r;

	for (size_t i = 0; i < COUNT(programs); i++) {
		argv[0] = programs[i];
		ck_assert_int_eq(parse(&r, argv), 0);
		ck_assert_int_eq(r.form, FORM_SCP);
		ck_assert_int_eq(r.verb, REQUEST_SFTP);
		ck_assert(!r.by_scp);
		ck_assert_uint_eq(r.option_count, 1);
		ck_assert_str_eq(r.options[0], "Access=read-only");
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		argv[0] = others[i];
		ck_assert_int_eq(parse(&r, argv), ERR_OPTION);
	}
}
END_TEST

START_TEST(without_a_direction_the_request_is_to_come)
{
	static const struct {
		const char *argv[WORDS_MAX];
		int err;
		const char *root;
		size_t options;
	} rows[] = {
		{ { "scp-server" }, 0, NULL, 0 },
		{ { "scp-server", "/srv" }, 0, "/srv", 0 },
		{ { "scp-server", "--", "/srv" }, 0, "/srv", 0 },
		{ { "scp-server", "-ro", "-o", "a=b" }, 0, NULL, 2 },
		{ { "scp-server", "-ro", "/srv" }, 0, "/srv", 1 },
		{ { "scp-server", "-v", "-q", "/srv" }, 0, "/srv", 0 },
		{ { "scp-server", "", NULL }, 0, "", 0 },
		{ { "scp-server", "/a", "/b" }, ERR_OPTION, NULL, 0 },
		{ { "scp-server", "/a", "-ro" }, ERR_OPTION, NULL, 0 },
		{ { "scp-server", "-r", "/a" }, ERR_OPTION, NULL, 0 },
		{ { "scp-server", "-p" }, ERR_OPTION, NULL, 0 },
		{ { "scp-server", "-d", "/a" }, ERR_OPTION, NULL, 0 },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		parse_row(&r, rows[i].argv, rows[i].err, i);
		ck_assert(r.verb == REQUEST_NONE && !r.in_band);
		if (rows[i].err != 0)
			continue;
		ck_assert_int_eq(r.form, FORM_FORCED);
		ck_assert_uint_eq(r.path_count, 0);
		ck_assert_uint_eq(r.option_count, rows[i].options);
		ck_assert_pstr_eq(r.root, rows[i].root);
	}
}
END_TEST

START_TEST(dash_c_and_one_word_make_a_login_shell)
{
	static const struct {
		const char *argv[WORDS_MAX];
		int err;
		enum request_form form;
		const char *command;
	} rows[] = {
		{ { "scp-server", "-c", "scp -t x" }, 0, FORM_SHELL,
		    "scp -t x" },
		{ { "-scp-server", "-c", "" }, 0, FORM_SHELL, "" },
		{ { "/bin/scp-server", "-c", "-c" }, 0, FORM_SHELL, "-c" },
		{ { "scp-server", "-c" }, ERR_OPTION, FORM_FORCED, NULL },
		{ { "scp-server", "-c", "a", "b" }, ERR_OPTION, FORM_FORCED,
		    NULL },
		{ { "scp-server", "-ro", "-c", "a" }, ERR_OPTION, FORM_FORCED,
		    NULL },
		{ { "scp", "-c", "a" }, ERR_OPTION, FORM_SCP, NULL },
		{ { "-scp-server" }, 0, FORM_FORCED, NULL },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		parse_row(&r, rows[i].argv, rows[i].err, i);
		ck_assert_int_eq(r.form, rows[i].form);
		ck_assert_pstr_eq(r.command, rows[i].command);
		ck_assert(r.verb == REQUEST_NONE && !r.in_band);
	}
}
END_TEST

/* A program of its own answers what would happen; see tests/session/check. */
START_TEST(a_session_answers_no_question)
{
	static const char *const rows[][WORDS_MAX] = {
		{ "scp-server", "--check" },
		{ "scp-server", "--explain", "scp -t x" },
		{ "scp-server", "--user", "u" },
		{ "scp-server", "--user", "u", "-t", "x" },
		{ "scp-server", "--config" },
	};
	const char *const config[] = { "scp-server", "--config", "f", "-t", "x",
		NULL };
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++)
		parse_row(&r, rows[i], ERR_OPTION, i);
	ck_assert_int_eq(parse(&r, config), 0);
	ck_assert_int_eq(r.verb, REQUEST_SINK);
	ck_assert_str_eq(r.config, "f");
}
END_TEST

START_TEST(a_direction_is_heard_in_band)
{
	static const struct {
		const char *argv[WORDS_MAX];
		bool in_band;
	} rows[] = {
		{ { "scp", "-t", "x" }, true },
		{ { "scp", "-f" }, true },
		{ { "scp", "-t", "-Z" }, true },
		{ { "scp", "-Z", "x", "-t" }, true },
		{ { "scp", "-Z", "x" }, false },
		{ { "scp", "-Z", "--", "-t" }, false },
		{ { "scp", "-oProxyCommand=x", "y" }, false },
		{ { "scp", "x" }, false },
		{ { "scp-server", "-t", "x" }, true },
		{ { "scp-server", "/srv" }, false },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)parse(&r, rows[i].argv);
		ck_assert_msg(r.in_band == rows[i].in_band, "row %zu", i);
	}
}
END_TEST

START_TEST(the_words_of_a_peer_are_read_as_scp_reads_its_own)
{
	const char *const words[] = { "-r", "-t", "x", NULL };
	const char *const options[] = { "-o", "Root=/", "-t", "x", NULL };
	struct request r;

	for (enum request_form form = FORM_SCP; form <= FORM_SHELL_FORCED;
	     form++) {
		memset(&r, 0, sizeof(r));
		r.form = form;
		ck_assert_int_eq(
		    request_parse_words(&r, (char *const *)words), 0);
		ck_assert(r.verb == REQUEST_SINK && r.recursive && r.in_band);
		ck_assert_int_eq(r.form, form);
		memset(&r, 0, sizeof(r));
		r.form = form;
		ck_assert_int_eq(
		    request_parse_words(&r, (char *const *)options),
		    ERR_OPTION);
		ck_assert_uint_eq(r.option_count, 0);
		ck_assert_int_eq(r.form, form);
	}
}
END_TEST

START_TEST(a_rate_is_only_ever_lowered)
{
	static const struct {
		const char *argv[WORDS_MAX];
		long rate;
	} rows[] = {
		{ { "scp", "-l", "5", "-l", "1", "-t", "x" }, 1 },
		{ { "scp", "-l", "5", "-l", "9", "-t", "x" }, 5 },
		{ { "scp", "-l", "5", "-l", "0", "-t", "x" }, 5 },
		{ { "scp", "-l", "0", "-l", "5", "-t", "x" }, 5 },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		parse_row(&r, rows[i].argv, 0, i);
		ck_assert_int_eq(r.rate, rows[i].rate);
	}
}
END_TEST

/* Also in a forced command, whose form is known nevertheless. */
START_TEST(a_word_that_is_no_option_is_named)
{
	static const struct {
		const char *argv[5];
		const char *bad;
		enum request_form form;
	} rows[] = {
		{ { "scp", "--x", "-t", "x" }, "--x", FORM_SCP },
		{ { "scp-server", "--x", "-t", "x" }, "--x", FORM_DIRECT },
		{ { "scp-server", "--readonly", "/srv" }, "--readonly",
		    FORM_FORCED },
		{ { "scp-server", "--config" }, "--config", FORM_FORCED },
		{ { "scp-server", "/srv", "/in" }, "/in", FORM_FORCED },
		{ { "scp-server", "-r", "/srv" }, "-r", FORM_FORCED },
		{ { "scp-server", "-p" }, "-p", FORM_FORCED },
		{ { "scp-server", "-d" }, "-d", FORM_FORCED },
		{ { "scp-server", "-rZx", "-t", "x" }, "Z", FORM_DIRECT },
		{ { "scp-server", "-rZxy" }, "-rZxy", FORM_FORCED },
		{ { "scp-server", "-rwonly" }, "-rwonly", FORM_FORCED },
		{ { "scp", "-rZxxxx", "-t", "x" }, "Z", FORM_SCP },
	};
	struct request r;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_int_eq(parse(&r, rows[i].argv), ERR_OPTION);
		ck_assert_str_eq(r.trouble.word, rows[i].bad);
		ck_assert_int_eq(r.form, rows[i].form);
		if (rows[i].form == FORM_SCP)
			ck_assert(!r.mistyped);
	}
}
END_TEST

/* For who looks for the one that was meant. */
START_TEST(the_words_that_are_options_can_be_listed)
{
	const char *word;
	size_t n = 0;
	bool found = false;

	for (; (word = request_option(n)) != NULL; n++) {
		ck_assert_int_eq(word[0], '-');
		found = found || strcmp(word, "--read-only") == 0;
	}
	ck_assert(found && n > 5);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		words_of_the_administrator_become_options,
		options_keep_their_order,
		version_and_help_are_the_administrators,
		sixty_four_options_are_taken_and_no_more,
		the_form_is_told_by_the_last_part_of_argv_0,
		called_sftp_server_it_is_one,
		without_a_direction_the_request_is_to_come,
		dash_c_and_one_word_make_a_login_shell,
		a_session_answers_no_question,
		a_direction_is_heard_in_band,
		the_words_of_a_peer_are_read_as_scp_reads_its_own,
		a_rate_is_only_ever_lowered,
		a_word_that_is_no_option_is_named,
		the_words_that_are_options_can_be_listed,
	};

	return unit_run("request_forms", tests, COUNT(tests));
}
