/*
 * scp-server-check: shows an administrator what an account may do, and what
 * would become of one request.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "base/version.h"
#include "check/check.h"
#include "check/network.h"
#include "sandbox/confine.h"
#include "usage.h"

/* Options that stand for a keyword. */
static const struct {
	const char *word;
	const char *option;
} short_forms[] = {
	{ "--read-only", "Access=read-only" },
	{ "-ro", "Access=read-only" },
	{ "--write-only", "Access=write-only" },
	{ "-wo", "Access=write-only" },
	{ "--no-overwrite", "Overwrite=deny" },
	{ "-no-overwrite", "Overwrite=deny" },
};

/* Options whose value is the next word. */
enum valued {
	VALUED_NONE,
	VALUED_OPTION,
	VALUED_CONFIG,
	VALUED_USER,
	VALUED_ADDRESS,
};

static const char *const valued_words[] = {
	[VALUED_NONE] = "",
	[VALUED_OPTION] = "-o",
	[VALUED_CONFIG] = "--config",
	[VALUED_USER] = "--user",
	[VALUED_ADDRESS] = "--address",
};

static enum valued
find_valued(const char *word)
{
	for (size_t i = VALUED_OPTION; i <= VALUED_ADDRESS; i++)
		if (strcmp(word, valued_words[i]) == 0)
			return (enum valued)i;
	return VALUED_NONE;
}

static bool
add_option(struct request *r, const char *option)
{
	if (option == NULL || r->option_count == REQUEST_OPTIONS_MAX)
		return false;
	r->options[r->option_count++] = option;
	return true;
}

static void
tell_wrong(const char *word, const char *why)
{
	char shown[256];

	text_escape_cut(shown, sizeof(shown), word, strlen(word));
	(void)fprintf(stderr, "scp-server-check: %s: %s\n", shown, why);
}

static bool
take_value(struct question *q, enum valued which, const char *value)
{
	static char address[ADDRESS_TEXT_MAX];
	struct address a;

	if (value == NULL)
		return false;
	if (which == VALUED_OPTION)
		return add_option(&q->request, value);
	if (which == VALUED_ADDRESS) {
		if (!address_parse(&a, value)) {
			tell_wrong(value, "not an address");
			return false;
		}
		address_write(&a, address);
		q->address = address;
		return true;
	}
	if (which == VALUED_CONFIG)
		q->request.config = value;
	else
		q->user = value;
	return true;
}

/* The words that may be meant where another one stands. */
static const char *
next_word(size_t i)
{
	static const char *const words[] = { "explain", "--user", "--config",
		"--address", "--read-only", "--write-only", "--no-overwrite",
		"--version", "--help" };

	return i < sizeof(words) / sizeof(words[0]) ? words[i] : NULL;
}

static bool
tell_unknown(const char *word)
{
	tell_wrong(word, "unknown option");
	(void)check_hint(word, next_word);
	return false;
}

/* One option and its value.  Returns whether there is such an option. */
static bool
take_option(struct question *q, char *const **words)
{
	const char *word = *(*words)++;
	enum valued which = find_valued(word);

	if (which != VALUED_NONE) {
		if (!take_value(q, which, **words))
			return false;
		++*words;
		return true;
	}
	for (size_t i = 0; i < sizeof(short_forms) / sizeof(short_forms[0]);
	     i++)
		if (strcmp(word, short_forms[i].word) == 0)
			return add_option(&q->request, short_forms[i].option);
	return strncmp(word, "-o", 2) == 0 ? add_option(&q->request, word + 2) :
					     tell_unknown(word);
}

/* words = [ "explain" request ] *option [ "--" ] [ root ], in that order. */
static bool
parse(struct question *q, char *const *words)
{
	bool options = true;

	q->request.form = FORM_FORCED;
	if (*words != NULL && strcmp(*words, "explain") == 0) {
		if ((q->command = *++words) == NULL)
			return false;
		words++;
	}
	while (options && *words != NULL && (*words)[0] == '-') {
		if (strcmp(*words, "--") == 0) {
			words++;
			options = false;
		} else if (!take_option(q, &words))
			return false;
	}
	q->request.root = *words;
	if (*words == NULL || words[1] == NULL)
		return true;
	if (q->command == NULL)
		(void)check_hint(*words, next_word);
	return false;
}

static void
print_usage(FILE *to)
{
	(void)fprintf(to,
	    "usage: scp-server-check [--user account] [--address address] "
	    "[options]\n"
	    "           [root]\n"
	    "       scp-server-check explain request [--user account]\n"
	    "           [--address address] [options] [root]\n"
	    "       scp-server-check --version | --help\n");
}

/* What is in it is the administrator's, and none of the account's business. */
static void
forget_environment(void)
{
	for (char **word = environ; word != NULL && *word != NULL; word++)
		explicit_bzero(*word, strlen(*word));
	confine_environment();
}

int
main(int argc, char *argv[])
{
	static struct question q; /* zero */
	struct trouble t = { .why = NULL };
	char why[1024];

	if (confine_start(&t) != 0) {
		trouble_text(&t, why, sizeof(why));
		(void)fprintf(stderr, "scp-server-check: %s\n", why);
		return err_info(ERR_SANDBOX)->status;
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		print_usage(stdout);
		usage_options();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)puts("scp-server-check " VERSION);
		return 0;
	}
	if (argc < 1 || !parse(&q, argv + 1)) {
		print_usage(stderr);
		return err_info(ERR_OPTION)->status;
	}
	forget_environment();
	return q.command != NULL ? explain_run(&q) : check_run(&q);
}
