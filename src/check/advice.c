/*
 * A forced command that is no good: which of its words can't be taken, and what
 * to set instead.  Its options are restrictions, so that the advice keeps all
 * of them; where that can't be done it is a sentence without a command.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/glob.h"
#include "base/name.h"
#include "policy/config.h"

/* What is longer is not advised: nothing may be cut off. */
#define COMMAND_MAX 700

static const char ours[] = "scp-server";
static const char not_here[] = "not allowed through a login shell";

/* The words of the command that is looked at. */
static struct words words;

/* What is advised. */
static struct {
	char command[COMMAND_MAX];
	char moved[COMMAND_MAX]; /* options that belong into our own file */
} advice;

static bool
is_ours(const char *word)
{
	return strcmp(name_last(word), ours) == 0;
}

static void
unescape_all(void)
{
	for (size_t i = 0; i < words.count; i++)
		(void)match_unescape(words.word[i], strlen(words.word[i]));
}

/* The first word of a command that could not be split. */
static void
find_bad_word(const char *s, char *out, size_t cap)
{
	size_t good = 0;

	for (size_t i = 1; s[i] != '\0'; i++)
		if ((s[i] == ' ' || s[i] == '\t') &&
		    words_split(&words, s, i) == 0)
			good = i;
	s += good + strspn(s + good, " \t");
	(void)snprintf(
	    out, cap, "%.*s", (int)strcspn(s, " \t"), s); /* only shown */
}

/* The word of a plain command that a shell would change nevertheless. */
static const char *
find_live_word(void)
{
	if (strchr(words.word[0], '=') != NULL)
		return words.word[0];
	for (size_t i = 0; i < words.count; i++)
		if (*words.word[i] == '~' ||
		    (match_is_pattern(words.word[i], strlen(words.word[i])) &&
			strchr(words.word[i], '=') == NULL))
			return words.word[i];
	return NULL;
}

/* Notes the word of a command of scp-server that the login shell refuses. */
static void
name_option(struct forced *f)
{
	struct request r;
	int e = request_parse(&r, (int)words.count, words.word);

	if (e != 0 && *r.trouble.word != '\0')
		trouble_note(&f->trouble,
		    r.trouble.why != NULL ? r.trouble.why :
					    err_words(err_info(e)),
		    r.trouble.word);
	else if (e != 0)
		trouble_note(&f->trouble, err_words(err_info(e)), ours);
	else
		trouble_note(&f->trouble, not_here,
		    r.verb == REQUEST_SINK	 ? "-t" :
			r.verb == REQUEST_SOURCE ? "-f" :
			r.config != NULL	 ? "--config" :
			r.rate != 0		 ? "-l" :
						   words.word[1]);
}

void
check_name_word(struct forced *f)
{
	char word[sizeof(f->trouble.word)];

	if (words_split(&words, f->command, strlen(f->command)) != 0) {
		find_bad_word(f->command, word, sizeof(word));
		trouble_note(&f->trouble, "no plain word", word);
		return;
	}
	if (words.count == 0)
		return;
	unescape_all();
	if (is_ours(words.word[0]))
		name_option(f);
	else if (strpbrk(words.word[0], " \t") != NULL)
		trouble_note(&f->trouble,
		    "in quotes this is one word, the name of a program",
		    words.word[0]);
	else
		trouble_note(&f->trouble,
		    "a program that the login shell does not start",
		    words.word[0]);
}

/* Where the first of several commands ends, or a comment begins; or 0. */
static size_t
first_end(const char *s)
{
	for (size_t i = 1; s[i] != '\0'; i++)
		if ((strchr(";&|", s[i]) != NULL ||
			(s[i] == '#' && strchr(" \t", s[i - 1]) != NULL)) &&
		    words_split(&words, s, i) == 0)
			return i;
	return 0;
}

/* Whether one of the words is the program. */
static bool
has_ours(void)
{
	for (size_t i = 0; i < words.count; i++)
		if (is_ours(words.word[i]))
			return true;
	return false;
}

/*
 * Splits a command: what is in quotes as a whole without them, and what a shell
 * would do after it left out.  Returns false if a shell acts on the rest.
 */
static bool
take_words(const char *command)
{
	static char whole[SSHD_VALUE_MAX];
	size_t n = strlen(command);
	int e = words_split(&words, command, n);

	if (e == 0 && words.count == 1 &&
	    strpbrk(words.word[0], " \t") != NULL) {
		unescape_all();
		if (!check_is_ours(words.word[0]) ||
		    strlcpy(whole, words.word[0], sizeof(whole)) >=
			sizeof(whole))
			return true;
		e = words_split(&words, whole, strlen(whole));
	} else if (e != 0 && (n = first_end(command)) > 0) {
		e = words_split(&words, command, n);
		/* what is left out must not be what restricts the account */
		if (e == 0 &&
		    (!has_ours() || strstr(command + n, ours) != NULL))
			return false;
	}
	return e == 0 && words.count > 0;
}

/* Adds a word so that it is one for a shell as well. */
static void
add_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._=%+:@,-";
	char *out = advice.command;
	char one[2] = "";

	if (*out != '\0')
		(void)strlcat(out, " ", COMMAND_MAX);
	if (*word != '\0' && word[strspn(word, plain)] == '\0') {
		(void)strlcat(out, word, COMMAND_MAX);
		return;
	}
	(void)strlcat(out, "'", COMMAND_MAX);
	for (; *word != '\0'; word++) {
		one[0] = *word;
		(void)strlcat(out, *word == '\'' ? "'\\''" : one, COMMAND_MAX);
	}
	(void)strlcat(out, "'", COMMAND_MAX);
}

/* The options that a server of SFTP has, in ours. */
static bool
add_sftp_options(void)
{
	struct request r = { .verb = REQUEST_NONE };

	if (request_parse_sftp(&r, words.word + 1) != 0 || r.start != NULL)
		return false;
	for (size_t i = 0; i < r.option_count; i++) {
		add_word("-o");
		add_word(r.options[i]);
	}
	return true;
}

/*
 * Begins the command with its program.  Returns the first word that follows it,
 * or 0 if it is not known what the words mean to another program.
 */
static size_t
add_program(const struct check *c)
{
	const char *name = name_last(words.word[0]);
	char found[PATH_MAX];
	enum check_program kind;
	size_t i;

	if (is_ours(name)) {
		kind = c->by_shell ? PROGRAM_OURS :
				     check_program(c, words.word[0], found);
		add_word(kind == PROGRAM_OURS || kind == PROGRAM_LOOSE ?
			words.word[0] :
			ours);
		return 1;
	}
	if (strcmp(name, "rrsync") == 0) { /* its restrictions are ours */
		add_word(ours);
		return 1;
	}
	for (i = 1; i < words.count && !is_ours(words.word[i]); i++)
		if (strstr(words.word[i], ours) != NULL)
			return 0; /* perhaps a command within a word */
	add_word(ours);
	if (i < words.count || strcmp(name, "scp") == 0)
		return i < words.count ? i + 1 : 1;
	if (strcmp(name, "sftp-server") == 0 ||
	    strcmp(name, "internal-sftp") == 0)
		return add_sftp_options() ? words.count : 0;
	return words.count == 1 ? 1 : 0; /* others may restrict it */
}

/* Whether an option is one that only root may give: it moves to the file. */
static bool
moves(const struct check *c, const char *option)
{
	size_t n = strcspn(option, "= ");

	if (!c->by_shell || option[n] == '\0' || config_only_tightens(option))
		return false;
	(void)strlcat(advice.moved, " / ", sizeof(advice.moved));
	(void)strlcat(advice.moved, option, sizeof(advice.moved));
	if (strlen(advice.moved) + 1 < COMMAND_MAX)
		advice.moved[strlen(advice.moved) - strlen(option) + n] = ' ';
	return true;
}

static void
add_options(const struct check *c, size_t i)
{
	const char *word;
	bool apart;

	for (; i < words.count; i++) {
		word = words.word[i];
		apart = strcmp(word, "-o") == 0 && i + 1 < words.count;
		if (strncmp(word, "-o", 2) == 0 &&
		    moves(c, apart ? words.word[i + 1] : word + 2)) {
			i += apart ? 1 : 0;
			continue;
		}
		add_word(word);
	}
}

/* Whether sessions of the command that was made come here and begin. */
static bool
begins(const struct check *c, const struct forced *f, struct forced *made)
{
	static struct check trial;

	memset(made, 0, sizeof(*made));
	if (strlen(advice.command) + 2 * sizeof(ours) > COMMAND_MAX ||
	    strlen(advice.moved) + 1 == COMMAND_MAX)
		return false;
	trial = *c;
	check_read_forced(&trial, made, advice.command);
	if (!made->plain || made->kind == PROGRAM_OTHER ||
	    made->kind == PROGRAM_MISSING ||
	    (made->error != 0 && made->error != ERR_NO_ROOT))
		return false;
	if (made->error == ERR_NO_ROOT && f->line != 0)
		add_word("DIRECTORY");
	return true;
}

/* Makes the command, or writes a sentence to fix that says what prevents it. */
static bool
make_command(const struct check *c, const struct forced *f, char *fix)
{
	static struct forced made;
	char word[sizeof(f->trouble.word)];
	const char *live = word;
	size_t first;

	advice.command[0] = advice.moved[0] = '\0';
	if (!take_words(f->command))
		find_bad_word(f->command, word, sizeof(word));
	else {
		live = find_live_word();
		unescape_all();
	}
	if (live != NULL) { /* all of these fit, or are cut */
		(void)snprintf(fix, CHECK_ADVICE_MAX,
		    "plain words instead of \"%s\" in the forced command",
		    live);
		return false;
	}
	if ((first = add_program(c)) == 0) {
		(void)snprintf(fix, CHECK_ADVICE_MAX,
		    "a forced command of scp-server that restricts what \"%s\" "
		    "does",
		    f->command);
		return false;
	}
	add_options(c, first);
	if (begins(c, f, &made))
		return true;
	if (made.trouble.why != NULL && strcmp(made.trouble.why, not_here) == 0)
		(void)snprintf(fix, CHECK_ADVICE_MAX,
		    "say in %s what \"%s\" is to restrict, or make /bin/sh the "
		    "login shell, if a ForceCommand binds the account",
		    c->file, made.trouble.word);
	else
		(void)snprintf(fix, CHECK_ADVICE_MAX,
		    "correct \"%s\" in the forced command, and keep the "
		    "rest of it",
		    *made.trouble.word != '\0' ? made.trouble.word :
						 f->command);
	return false;
}

/* Adds a command as it is written in an option of a key. */
static void
add_quoted(char *fix, const char *s)
{
	char one[2] = "";

	for (; *s != '\0'; s++) {
		one[0] = *s;
		(void)strlcat(fix, *s == '"' ? "\\\"" : one, CHECK_ADVICE_MAX);
	}
}

enum check_fix
check_advise(
    const struct check *c, const struct forced *f, char fix[CHECK_ADVICE_MAX])
{
	size_t n = 0;

	if (!make_command(c, f, fix))
		return FIX_HOST;
	fix[0] = '\0';
	if (*advice.moved != '\0')
		n = (size_t)snprintf(fix, CHECK_ADVICE_MAX,
		    "%s: Match User %s%s; then ", c->file, c->login.name,
		    advice.moved);
	if (n < CHECK_ADVICE_MAX && f->line != 0) {
		(void)snprintf(fix + n, CHECK_ADVICE_MAX - n,
		    "%sin the options of line %u: command=\"",
		    c->login.uid == 0 ? "for a key that only copies, " : "",
		    f->line);
		add_quoted(fix, advice.command);
		(void)strlcat(fix, "\"", CHECK_ADVICE_MAX);
	} else if (n < CHECK_ADVICE_MAX && n > 0)
		(void)snprintf(fix + n, CHECK_ADVICE_MAX - n,
		    "sshd_config: Match User %s / ForceCommand %s",
		    c->login.name, advice.command);
	else
		(void)snprintf(
		    fix, CHECK_ADVICE_MAX, "ForceCommand %s", advice.command);
	return n == 0 && f->line == 0 ? FIX_MATCH : FIX_HOST;
}
