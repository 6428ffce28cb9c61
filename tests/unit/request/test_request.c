#include "request/request.h"

#include "argv.h"
#include "base/err.h"

#define ALPHABET                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS" \
	"TUVWXYZ0123456789"

/* S1.  What a command must come to. */
struct outcome {
	int err;
	enum request_verb verb;
	bool recursive, preserve, want_directory;
	size_t paths, options;
	char bad;
};

/*
 * A model of one cluster and one operand after it, written from the list of
 * options and not from the program.
 */
static const char harmless[] = "vq1246BCOTs";

struct cluster {
	const char *letters;
	const char *operand; /* NULL: eaten by an option */
	bool administrator;
	bool sink, source;
};

static void
refuse(struct outcome *o, const struct cluster *c, char letter)
{
	*o = (struct outcome){ .err = ERR_OPTION, .bad = letter };
	o->verb = strchr(c->letters, 't') != NULL ? REQUEST_SINK :
	    strchr(c->letters, 'f') != NULL	  ? REQUEST_SOURCE :
						    REQUEST_NONE;
}

/* The argument of a letter, and the operand with it when it is that. */
static const char *
model_argument(struct cluster *c, const char *rest)
{
	const char *value = c->operand;

	if (*rest != '\0')
		return rest;
	c->operand = NULL;
	return value;
}

/* Returns false at the end of the cluster. */
static bool
model_letter(struct outcome *o, struct cluster *c, const char *at)
{
	const char *value;

	if (*at == 't')
		c->sink = true;
	else if (*at == 'f')
		c->source = true;
	else if (*at == 'r')
		o->recursive = true;
	else if (*at == 'p')
		o->preserve = true;
	else if (*at == 'd')
		o->want_directory = true;
	else if (*at == 'l') {
		value = model_argument(c, at + 1);
		if (strspn(value, "0123456789") != strlen(value))
			refuse(o, c, 'l');
		return false;
	} else if (*at == 'o' && c->administrator) {
		(void)model_argument(c, at + 1);
		o->options = 1;
		return false;
	} else if (strchr(harmless, *at) == NULL) {
		refuse(o, c, *at);
		return false;
	}
	return true;
}

/* scp-server [options] [ROOT]: the request is still to come. */
static void
model_forced(struct outcome *o)
{
	if (o->recursive || o->preserve || o->want_directory)
		o->err = ERR_OPTION;
	o->paths = 0;
}

static void
model_verb(struct outcome *o, const struct cluster *c)
{
	o->paths = c->operand != NULL ? 1 : 0;
	o->verb = c->sink ? REQUEST_SINK :
	    c->source	  ? REQUEST_SOURCE :
			    REQUEST_NONE;
	if (c->administrator && !c->sink && !c->source)
		model_forced(o);
	else if (c->sink && c->source)
		o->err = ERR_BOTH;
	else if (!c->sink && !c->source)
		o->err = o->paths > 0 ? ERR_NEITHER : ERR_NO_REQUEST;
	else if (o->paths == 0)
		o->err = c->sink ? ERR_TARGET : ERR_NO_SOURCE;
}

static struct outcome
model(const char *letters, const char *operand, bool administrator)
{
	struct cluster c = { letters, operand, administrator, false, false };
	struct outcome o = { .err = 0 };

	if (administrator && strcmp(letters, "c") == 0)
		return o; /* a login shell */
	if (administrator &&
	    (strcmp(letters, "ro") == 0 || strcmp(letters, "wo") == 0))
		o.options = 1; /* rrsync's spellings */
	else
		while (*letters != '\0' && model_letter(&o, &c, letters))
			letters++;
	if (o.err == 0)
		model_verb(&o, &c);
	return o;
}

static bool
is_outcome(const struct request *r, int e, const struct outcome *o)
{
	char bad = r->trouble.word[1] == '\0' ? r->trouble.word[0] : '\0';

	if (e != o->err || r->verb != o->verb || bad != o->bad)
		return false;
	if (e == ERR_OPTION)
		return true;
	return r->recursive == o->recursive && r->preserve == o->preserve &&
	    r->want_directory == o->want_directory &&
	    r->path_count == o->paths && r->option_count == o->options;
}

static void
check_cluster(const char *program, const char *letters, const char *operand)
{
	bool administrator = strcmp(program, "scp") != 0;
	struct outcome o = model(letters, operand, administrator);
	const char *argv[] = { program, NULL, operand, NULL };
	struct request r;
	char word[8];
	int e;

	(void)snprintf(word, sizeof(word), "-%s", letters);
	argv[1] = word;
	e = parse(&r, argv);
	if (!is_outcome(&r, e, &o))
		ck_abort_msg("%s -%s %s: %d, not %d", program, letters, operand,
		    e, o.err);
}

/* 62 + 62^2 + 62^3. */
static int
check_all_clusters(const char *program, const char *operand)
{
	static const char alphabet[] = ALPHABET;
	const int base = (int)sizeof(alphabet) - 1;
	int rest, total = 1, checked = 0;
	char letters[4];

	for (size_t len = 1; len <= 3; len++) {
		total *= base;
		memset(letters, 0, sizeof(letters));
		for (int number = 0; number < total; number++, checked++) {
			rest = number;
			for (size_t i = 0; i < len; i++, rest /= base)
				letters[i] = alphabet[rest % base];
			check_cluster(program, letters, operand);
		}
	}
	return checked;
}

START_TEST(every_cluster_of_a_peer_is_what_the_model_says)
{
	ck_assert_int_eq(check_all_clusters("scp", "file"), 242234);
}
END_TEST

START_TEST(every_cluster_before_a_number_is_what_the_model_says)
{
	ck_assert_int_eq(check_all_clusters("scp", "7"), 242234);
}
END_TEST

START_TEST(every_cluster_of_an_administrator_is_what_the_model_says)
{
	ck_assert_int_eq(check_all_clusters("scp-server", "x"), 242234);
	ck_assert_int_eq(check_all_clusters("scp-server", "7"), 242234);
}
END_TEST

/* No byte but a listed letter is an option. */
START_TEST(every_single_byte_is_an_option_or_refused)
{
	static const char known[] = "tfrpdvq1246BCOTsl";
	const char *argv[] = { "scp", NULL, "x", NULL };
	char word[3] = "-";
	struct request r;

	argv[1] = word;
	for (int c = 1; c < 256; c++) {
		if (c == '-')
			continue; /* the end of the options */
		word[1] = (char)c;
		if (parse(&r, argv) == ERR_OPTION)
			ck_assert(c == 'l' || strchr(known, c) == NULL);
		else
			ck_assert_ptr_nonnull(strchr(known, c));
	}
}
END_TEST

START_TEST(commands_of_real_clients_are_understood)
{
	static const struct row rows[] = {
		{ { "scp", "-t", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-d", "-t", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-r", "-p", "-t", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-v", "-r", "-p", "-d", "-t", "x" }, 0, REQUEST_SINK,
		    1 },
		{ { "scp", "-pt", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-vt", "/dir" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-rvt", "/dir" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-qt", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-t", "-d", "-p", "-r", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-r", "-p", "-1", "-d", "-t", "x" }, 0, REQUEST_SINK,
		    1 },
		{ { "scp", "-l", "500", "-t", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-l100", "-t", "x" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-f", "x" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-pf", "x" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-prf", "x" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-f", "-q", "-p", "-r", "x" }, 0, REQUEST_SOURCE,
		    1 },
		{ { "scp", "-f", "-v", "-p", "x" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-f", "a", "b", "c" }, 0, REQUEST_SOURCE, 3 },
		{ { "scp", "-t", "--", "-dash" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-d", "-r", "-t", "--", "x" }, 0, REQUEST_SINK, 1 },
		{ { "/usr/bin/scp", "-t", "x" }, 0, REQUEST_SINK, 1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(operands_are_counted)
{
	static const struct row rows[] = {
		{ { "scp" }, ERR_NO_REQUEST, REQUEST_NONE, 0 },
		{ { "scp", "-r" }, ERR_NO_REQUEST, REQUEST_NONE, 0 },
		{ { "scp", "--" }, ERR_NO_REQUEST, REQUEST_NONE, 0 },
		{ { "scp", "x" }, ERR_NEITHER, REQUEST_NONE, 1 },
		{ { "scp", "-r", "x", "host:y" }, 0, REQUEST_RELAY, 1 },
		{ { "scp", "a", "b", "u@h:" }, 0, REQUEST_RELAY, 2 },
		{ { "scp", "host:y" }, ERR_NEITHER, REQUEST_NONE, 1 },
		{ { "scp", "host:x", "y" }, ERR_NEITHER, REQUEST_NONE, 2 },
		{ { "scp", "-t" }, ERR_TARGET, REQUEST_SINK, 0 },
		{ { "scp", "-t", "--" }, ERR_TARGET, REQUEST_SINK, 0 },
		{ { "scp", "-t", "a", "b" }, ERR_TARGET, REQUEST_SINK, 2 },
		{ { "scp", "-t", "" }, 0, REQUEST_SINK, 1 },
		{ { "scp", "-f" }, ERR_NO_SOURCE, REQUEST_SOURCE, 0 },
		{ { "scp", "-f", "" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-t", "-f", "x" }, ERR_BOTH, REQUEST_SINK, 1 },
		{ { "scp", "-ft", "x" }, ERR_BOTH, REQUEST_SINK, 1 },
		{ { "scp", "-l", "5", "-t" }, ERR_TARGET, REQUEST_SINK, 0 },
		{ { "scp", "-tl", "5" }, ERR_TARGET, REQUEST_SINK, 0 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(the_first_operand_or_a_double_dash_ends_the_options)
{
	static const struct row rows[] = {
		{ { "scp", "-t", "dir", "-r" }, ERR_TARGET, REQUEST_SINK, 2 },
		{ { "scp", "-f", "a", "-Z" }, 0, REQUEST_SOURCE, 2 },
		{ { "scp", "-f", "a", "--" }, 0, REQUEST_SOURCE, 2 },
		{ { "scp", "-f", "--", "-t" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-f", "--", "--" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "--", "-t", "x" }, ERR_NEITHER, REQUEST_NONE, 2 },
		{ { "scp", "-f", "-" }, 0, REQUEST_SOURCE, 1 },
		{ { "scp", "-", "-f", "x" }, ERR_NEITHER, REQUEST_NONE, 3 },
		{ { "scp", "-f", "", "-r" }, 0, REQUEST_SOURCE, 2 },
		{ { "scp-server", "-f", "a", "--version" }, 0, REQUEST_SOURCE,
		    2 },
		{ { "scp-server", "-f", "--", "-ro" }, 0, REQUEST_SOURCE, 1 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

/* CVE-2004-1162 and its family: no option that means another program. */
START_TEST(a_peer_has_no_option_with_words_and_none_of_the_administrators)
{
	static const struct row rows[] = {
		{ { "scp", "-S", "prog", "-t", "x" }, ERR_OPTION, REQUEST_SINK,
		    0 },
		{ { "scp", "-oProxyCommand=x", "-f", "x" }, ERR_OPTION,
		    REQUEST_SOURCE, 0 },
		{ { "scp", "-o", "Root=/", "-t", "x" }, ERR_OPTION,
		    REQUEST_SINK, 0 },
		{ { "scp", "-F", "conf", "-f", "x" }, ERR_OPTION,
		    REQUEST_SOURCE, 0 },
		{ { "scp", "-D", "x", "-f", "x" }, ERR_OPTION, REQUEST_SOURCE,
		    0 },
		{ { "scp", "-3", "a", "b" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp", "-R", "a", "b" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp", "--read-only", "-t", "x" }, ERR_OPTION, REQUEST_SINK,
		    0 },
		{ { "scp", "-ro", "-t", "x" }, ERR_OPTION, REQUEST_SINK, 0 },
		{ { "scp", "-wo", "-f", "x" }, ERR_OPTION, REQUEST_SOURCE, 0 },
		{ { "scp", "-no-overwrite", "-t", "x" }, ERR_OPTION,
		    REQUEST_SINK, 0 },
		{ { "scp", "--no-overwrite", "-f", "x" }, ERR_OPTION,
		    REQUEST_SOURCE, 0 },
		{ { "scp", "--version" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp", "--help" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "scp", "--t", "x" }, ERR_OPTION, REQUEST_NONE, 0 },
		{ { "/bin/scp", "-o", "Root=/", "-t", "x" }, ERR_OPTION,
		    REQUEST_SINK, 0 },
	};

	check_rows(rows, COUNT(rows));
}
END_TEST

START_TEST(a_rate_is_a_plain_number)
{
	static const char *const bad[] = { "x", "5x", "-5", "+5", "", "0x5",
		" 5", "5 ", "1.5", "1000000000", "99999999999999999999" };
	const char *argv[] = { "scp", "-l", NULL, "-t", "x", NULL };
	const char *const missing[] = { "scp", "-t", "-l", NULL };
	struct request r;

	for (size_t i = 0; i < COUNT(bad); i++) {
		argv[2] = bad[i];
		ck_assert_msg(parse(&r, argv) == ERR_OPTION, "%s", bad[i]);
		ck_assert_str_eq(r.trouble.word, "l");
		ck_assert_int_eq(r.verb, REQUEST_SINK);
	}
	argv[2] = "999999999";
	ck_assert_int_eq(parse(&r, argv), 0);
	ck_assert_int_eq(r.rate, 999999999);
	ck_assert_int_eq(parse(&r, missing), ERR_OPTION);
}
END_TEST

START_TEST(no_argument_at_all_is_no_request)
{
	const char *const argv[] = { NULL };
	struct request r;

	ck_assert_int_eq(parse(&r, argv), ERR_NO_REQUEST);
	ck_assert_int_eq(r.verb, REQUEST_NONE);
}
END_TEST

START_TEST(paths_are_the_words_themselves)
{
	static const char *const argv[] = { "scp", "-rf", "~", "*.txt", "$(id)",
		"a b", NULL };
	struct request r;

	ck_assert_int_eq(parse(&r, argv), 0);
	ck_assert_uint_eq(r.path_count, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_ptr_eq(r.paths[i], argv[2 + i]);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		every_cluster_of_a_peer_is_what_the_model_says,
		every_cluster_before_a_number_is_what_the_model_says,
		every_cluster_of_an_administrator_is_what_the_model_says,
		every_single_byte_is_an_option_or_refused,
		commands_of_real_clients_are_understood,
		operands_are_counted,
		the_first_operand_or_a_double_dash_ends_the_options,
		a_peer_has_no_option_with_words_and_none_of_the_administrators,
		a_rate_is_a_plain_number,
		no_argument_at_all_is_no_request,
		paths_are_the_words_themselves,
	};

	return unit_run("request", tests, COUNT(tests));
}
