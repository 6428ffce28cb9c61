#include "request/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/name.h"
#include "base/text.h"
#include "request/destination.h"

/* -l takes kbit/s, up to a terabit. */
#define RATE_DIGITS_MAX 9

/* With its dash, a cluster that is as long as this is more likely a word. */
#define WORD_MIN 5

enum meaning {
	MEANS_SINK,
	MEANS_SOURCE,
	MEANS_RECURSIVE,
	MEANS_PRESERVE,
	MEANS_DIRECTORY,
	MEANS_NOTHING, /* ignored: clients send it */
	MEANS_RATE,    /* takes an argument, kbit/s */
	MEANS_OPTION,  /* takes Keyword=value; the administrator's only */
};

struct letter {
	char c;
	enum meaning meaning;
};

/* The effect of a long option of the administrator. */
enum action {
	DOES_VERB,   /* value is a verb */
	DOES_OPTION, /* it is short for option */
	DOES_CONFIG, /* the next word is a file */
};

struct spelling {
	const char *word;
	enum action action;
	enum request_verb verb;
	const char *option;
};

/* clang-format off */
static const struct letter letters[] = {
	{ 't', MEANS_SINK },
	{ 'f', MEANS_SOURCE },
	{ 'r', MEANS_RECURSIVE },
	{ 'p', MEANS_PRESERVE },
	{ 'd', MEANS_DIRECTORY },
	{ 'v', MEANS_NOTHING },
	{ 'q', MEANS_NOTHING },
	{ '1', MEANS_NOTHING },	/* WinSCP's protocol version */
	{ '2', MEANS_NOTHING },
	{ '4', MEANS_NOTHING },
	{ '6', MEANS_NOTHING },
	{ 'B', MEANS_NOTHING },
	{ 'C', MEANS_NOTHING },
	{ 'O', MEANS_NOTHING },
	{ 'T', MEANS_NOTHING },
	{ 's', MEANS_NOTHING },
	{ 'l', MEANS_RATE },
	{ 'o', MEANS_OPTION },
};

/* Options of the administrator; those with one dash are from rrsync. */
static const struct spelling spellings[] = {
	{ "--version", DOES_VERB, REQUEST_VERSION, NULL },
	{ "--help", DOES_VERB, REQUEST_HELP, NULL },
	{ "--config", DOES_CONFIG, REQUEST_NONE, NULL },
	{ "--read-only", DOES_OPTION, REQUEST_NONE, "Access=read-only" },
	{ "-ro", DOES_OPTION, REQUEST_NONE, "Access=read-only" },
	{ "--write-only", DOES_OPTION, REQUEST_NONE, "Access=write-only" },
	{ "-wo", DOES_OPTION, REQUEST_NONE, "Access=write-only" },
	{ "--no-overwrite", DOES_OPTION, REQUEST_NONE, "Overwrite=deny" },
	{ "-no-overwrite", DOES_OPTION, REQUEST_NONE, "Overwrite=deny" },
};
/* clang-format on */

/* The position in the arguments. */
struct reader {
	char *const *argv; /* the next word */
	bool sink;
	bool source;
};

static const struct letter *
find_letter(char c, enum request_form form)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].c == c &&
		    (letters[i].meaning != MEANS_OPTION || form != FORM_SCP))
			return &letters[i];
	return NULL;
}

static int
add_option(struct request *r, const char *option)
{
	if (r->option_count == REQUEST_OPTIONS_MAX)
		return ERR_MANY;
	r->options[r->option_count++] = option;
	return 0;
}

/* The argument of a letter: the rest of its cluster, or the next word. */
static const char *
take_argument(struct reader *rd, const char *rest)
{
	if (*rest != '\0')
		return rest;
	return *rd->argv != NULL ? *rd->argv++ : NULL;
}

/* A word that means nothing, such as a long option with a typo in it. */
static int
refuse_word(struct request *r, const char *word, const char *why)
{
	trouble_note(&r->trouble, why, word);
	r->mistyped = r->form != FORM_SCP;
	return ERR_OPTION;
}

/* A letter with an argument ends its cluster. */
static int
take_valued(struct request *r, struct reader *rd, enum meaning meaning,
    const char *rest)
{
	long rate;
	const char *value = take_argument(rd, rest);

	if (value == NULL)
		return refuse_word(r, "", "no value");
	if (meaning == MEANS_OPTION)
		return add_option(r, value);
	if (*value == '\0' || strspn(value, "0123456789") != strlen(value) ||
	    strlen(value) > RATE_DIGITS_MAX)
		return ERR_OPTION;
	rate = strtol(value, NULL, 10); /* digits, and few */
	if (r->rate == 0 || (rate > 0 && rate < r->rate))
		r->rate = rate; /* it is only ever lowered */
	return 0;
}

static void
take_flag(struct request *r, struct reader *rd, enum meaning meaning)
{
	switch (meaning) {
	case MEANS_SINK:
		rd->sink = true;
		break;
	case MEANS_SOURCE:
		rd->source = true;
		break;
	case MEANS_RECURSIVE:
		r->recursive = true;
		break;
	case MEANS_PRESERVE:
		r->preserve = true;
		break;
	case MEANS_DIRECTORY:
		r->want_directory = true;
		break;
	case MEANS_NOTHING:
	case MEANS_RATE:
	case MEANS_OPTION:
		break;
	}
}

/*
 * cluster = "-" 1*LETTER
 *
 * The wrong letter is named; but of the administrator's longer words the whole,
 * since it may have been meant as a word.
 */
static int
take_cluster(struct request *r, struct reader *rd, const char *s)
{
	const char *word = s - 1;
	const struct letter *l;
	int e;

	for (; *s != '\0'; s++) {
		if ((l = find_letter(*s, r->form)) == NULL) {
			e = refuse_word(r, word, NULL);
			if (r->form == FORM_SCP || strlen(word) < WORD_MIN)
				trouble_note_part(&r->trouble, NULL, s, 1);
			return e;
		}
		if (l->meaning == MEANS_RATE || l->meaning == MEANS_OPTION) {
			e = take_valued(r, rd, l->meaning, s + 1);
			if (e == ERR_OPTION)
				trouble_note_part(
				    &r->trouble, r->trouble.why, s, 1);
			return e;
		}
		take_flag(r, rd, l->meaning);
	}
	return 0;
}

const char *
request_option(size_t i)
{
	return i < sizeof(spellings) / sizeof(spellings[0]) ?
	    spellings[i].word :
	    NULL;
}

static const struct spelling *
find_spelling(const struct request *r, const char *word)
{
	const struct spelling *s = spellings;

	if (r->form == FORM_SCP)
		return NULL;
	for (; s < spellings + sizeof(spellings) / sizeof(spellings[0]); s++)
		if (strcmp(s->word, word) == 0)
			return s;
	return NULL;
}

static int
take_spelling(struct request *r, struct reader *rd, const struct spelling *s)
{
	switch (s->action) {
	case DOES_OPTION:
		return add_option(r, s->option);
	case DOES_VERB:
		r->verb = s->verb;
		return 0;
	case DOES_CONFIG:
		break;
	}
	r->config = take_argument(rd, "");
	return r->config != NULL ? 0 : refuse_word(r, s->word, "no value");
}

static int
take_words(struct request *r, struct reader *rd)
{
	const struct spelling *s;
	const char *word;
	int e = 0;

	while (e == 0 && (word = *rd->argv) != NULL) {
		if (word[0] != '-' || word[1] == '\0')
			break;
		rd->argv++;
		if (strcmp(word, "--") == 0)
			break;
		if ((s = find_spelling(r, word)) != NULL)
			e = take_spelling(r, rd, s);
		else if (word[1] == '-')
			e = refuse_word(r, word, NULL);
		else
			e = take_cluster(r, rd, word + 1);
	}
	return e;
}

/*
 * Looks for -t and -f in all words when an option is refused, so that a peer
 * that waits for our first byte gets the error there.
 */
static void
look_for_direction(struct reader *rd, char *const *argv)
{
	const char *s;

	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		s = *argv + 1;
		if (**argv != '-' || s[text_span(s, "")] != '\0')
			continue;
		rd->sink = rd->sink || strchr(s, 't') != NULL;
		rd->source = rd->source || strchr(s, 'f') != NULL;
	}
}

static int
judge_verb(struct request *r, const struct reader *rd)
{
	if (rd->sink && rd->source)
		return ERR_BOTH;
	if (!rd->sink && !rd->source && r->path_count >= 2 &&
	    destination_is(r->paths[r->path_count - 1])) {
		r->verb = REQUEST_RELAY;
		r->in_band = false; /* a person reads it */
		r->destination = r->paths[--r->path_count];
		return 0;
	}
	if (!rd->sink && !rd->source)
		return r->path_count > 0 ? ERR_NEITHER : ERR_NO_REQUEST;
	if (rd->sink && r->path_count != 1)
		return ERR_TARGET;
	if (rd->source && r->path_count == 0)
		return ERR_NO_SOURCE;
	return 0;
}

/* Without -t or -f, sshd passes on the command: scp-server [options] [ROOT]. */
static int
judge_forced(struct request *r)
{
	if (r->path_count > 1)
		return refuse_word(r, r->paths[1], NULL);
	if (r->recursive || r->preserve || r->want_directory)
		return refuse_word(r,
		    r->recursive    ? "-r" :
			r->preserve ? "-p" :
				      "-d",
		    NULL);
	if (r->path_count == 1)
		r->root = r->paths[0];
	r->path_count = 0;
	return 0;
}

/* Options, then operands; the form is set. */
static int
parse(struct request *out, char *const *argv)
{
	struct reader rd = { .argv = argv };
	int e;

	e = take_words(out, &rd);
	if (e != 0)
		look_for_direction(&rd, argv);
	else if (out->verb != REQUEST_NONE)
		return 0; /* --version or --help */
	out->verb = rd.sink ? REQUEST_SINK :
	    rd.source	    ? REQUEST_SOURCE :
			      REQUEST_NONE;
	out->in_band = out->in_band || out->verb != REQUEST_NONE;
	if (out->form == FORM_DIRECT && out->verb == REQUEST_NONE)
		out->form = FORM_FORCED; /* also with an option that is wrong */
	if (e != 0)
		return e;
	out->paths = rd.argv;
	while (rd.argv[out->path_count] != NULL)
		out->path_count++;
	if (out->form == FORM_FORCED)
		return judge_forced(out);
	return judge_verb(out, &rd);
}

static bool
is_called(const char *program, const char *name)
{
	return strcmp(name_last(program), name) == 0;
}

int
request_parse(struct request *out, int argc, char *const *argv)
{
	memset(out, 0, sizeof(*out));
	if (argc < 1)
		return ERR_NO_REQUEST;
	out->form = is_called(argv[0], "scp") ? FORM_SCP : FORM_DIRECT;
	out->by_scp = out->form == FORM_SCP;
	if (is_called(argv[0], "sftp-server")) {
		out->form = FORM_SCP;
		return request_parse_sftp(out, argv + 1);
	}
	if (out->form != FORM_SCP && argc == 3 && strcmp(argv[1], "-c") == 0) {
		out->form = FORM_SHELL;
		out->command = argv[2];
		return 0;
	}
	return parse(out, argv + 1);
}

int
request_parse_words(struct request *out, char *const *words)
{
	enum request_form form = out->form;
	int e;

	out->form = FORM_SCP; /* none of the administrator's options */
	e = parse(out, words);
	out->form = form;
	return e;
}
