#include "usage.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "base/version.h"
#include "policy/config.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "usage_nearest.h"

void
usage_options(void)
{
	const char *name;
	char value[2 * POLICY_LIST_MAX];
	struct policy empty;

	policy_init(&empty);
	(void)printf("options:\n"
		     "  --config file      instead of %s\n"
		     "  --read-only        -o Access=read-only\n"
		     "  --write-only       -o Access=write-only\n"
		     "  --no-overwrite     -o Overwrite=deny\n"
		     "  -o Keyword=value   one of\n",
	    effective_file);
	for (size_t i = 0; config_show(&empty, i, &name, value, sizeof(value));
	     i++)
		(void)printf("                     %s\n", name);
}

static void
print_usage(void)
{
	(void)fputs("usage: scp -t [-rpd] target            "
		    "(as the remote scp: started by sshd)\n"
		    "       scp -f [-rp] source ...\n"
		    "       scp-server [options] [root]         "
		    "(forced command: SSH_ORIGINAL_COMMAND)\n"
		    "       scp-server [options] -t [-rpd] target\n"
		    "       scp-server [options] -f [-rp] source ...\n"
		    "       scp-server -c command               "
		    "(login shell)\n"
#ifndef WITHOUT_SFTP
		    "       sftp-server [-ehR] [-d dir] [-f word] [-l word] "
		    "[-u umask]\n"
		    "                                           "
		    "(Subsystem of sshd)\n"
#endif
		    "       scp-server --version | --help\n",
	    stdout);
	usage_options();
}

bool
usage_answers(enum request_verb verb)
{
	if (verb == REQUEST_HELP)
		print_usage();
	else if (verb == REQUEST_VERSION)
		(void)puts("scp-server " VERSION);
	return verb == REQUEST_HELP || verb == REQUEST_VERSION;
}

void
usage_hint(const struct request *q, int err, const struct trouble *config)
{
	struct nearest n;
	const char *name, *word = q->mistyped ? q->trouble.word : config->word;
	bool asked = q->mistyped ||
	    (config->why != NULL &&
		strcmp(config->why, "unknown keyword") == 0);
	char value[2 * POLICY_LIST_MAX];
	bool keyword = false;
	struct policy empty;

	if (!q->mistyped &&
	    ((err != ERR_CONFIG && err != ERR_SANDBOX) ||
		(config->why == NULL && config->cause == 0)))
		return;
	word += strncmp(word, "-o ", 3) == 0 ? 3 : 0;
	nearest_begin(&n, word);
	for (size_t i = 0; q->mistyped && (name = request_option(i)) != NULL;
	     i++)
		nearest_consider(&n, name);
	policy_init(&empty);
	for (size_t i = 0;
	     asked && config_show(&empty, i, &name, value, sizeof(value));
	     i++) {
		nearest_consider(&n, name);
		keyword = keyword || n.name == name;
	}
	if (q->mistyped) {
		text_escape_cut(value, sizeof(value), word, strlen(word));
		(void)fprintf(stderr, "scp-server: %s%s: %s\n",
		    strlen(word) == 1 ? "-" : "", value,
		    q->trouble.why != NULL ? q->trouble.why : "unknown option");
	}
	if (n.name != NULL && strcmp(n.name, word) != 0)
		(void)fprintf(stderr, "scp-server: perhaps %s%s%s is meant\n",
		    keyword && q->mistyped ? "-o " : "", n.name,
		    keyword && q->mistyped ? "=..." : "");
	(void)fprintf(stderr, "scp-server: see %s\n",
	    q->mistyped ? "scp-server --help" :
			  "scp-server.conf(5) and scp-server-check(8)");
}

/* A word as a shell takes it.  What can't be printed is shown escaped. */
static void
print_word(const char *word)
{
	char shown[2048];

	text_escape_cut(shown, sizeof(shown), word, strlen(word));
	if (*word != '\0' && word[text_span(word, "%+,-./:=@_")] == '\0') {
		(void)fprintf(stderr, " %s", shown);
		return;
	}
	(void)fputs(" '", stderr);
	for (const char *s = shown; *s != '\0'; s++)
		if (*s == '\'')
			(void)fputs("'\\''", stderr);
		else
			(void)fputc(*s, stderr);
	(void)fputc('\'', stderr);
}

/* Whether this option of the administrator is followed by its value. */
static bool
has_value(const char *word)
{
	return strcmp(word, "-o") == 0 || strcmp(word, "--config") == 0 ||
	    strcmp(word, "--user") == 0;
}

/* Finds --check or --explain among the options that may stand before it. */
static int
find_moved(int argc, char *const *argv)
{
	const char *word;

	for (int i = 1; i < argc; i++) {
		word = argv[i];
		if (strcmp(word, "--check") == 0 ||
		    strcmp(word, "--explain") == 0)
			return i;
		if (has_value(word))
			i++;
		else if (strncmp(word, "-o", 2) != 0 &&
		    strcmp(word, "-ro") != 0 && strcmp(word, "-wo") != 0 &&
		    strcmp(word, "-no-overwrite") != 0 &&
		    (strncmp(word, "--", 2) != 0 || word[2] == '\0'))
			break;
	}
	return 0;
}

bool
usage_moved(int argc, char *const *argv)
{
	const char *name = argc > 0 ? strrchr(argv[0], '/') : NULL;
	int at = find_moved(argc, argv), command = 0;

	name = name != NULL ? name + 1 : argc > 0 ? argv[0] : "";
	if (at == 0 || strcmp(name, "scp") == 0)
		return false;
	if (strcmp(argv[at], "--explain") == 0)
		command = at + 1;
	(void)fprintf(stderr,
	    "scp-server: %s is a program of its own now: scp-server-check%s",
	    argv[at], command != 0 ? " explain" : "");
	if (command != 0)
		print_word(command < argc ? argv[command] : "request");
	for (int i = 1; i < argc; i++)
		if (i != at && i != command)
			print_word(argv[i]);
	(void)fputc('\n', stderr);
	return true;
}
