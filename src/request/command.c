#include "request/command.h"

#include <string.h>

#include "base/err.h"
#include "base/glob.h"
#include "base/name.h"

/* program = NAME / "/" *ANY "/" NAME */
static bool
is_program(const char *word, const char *name)
{
	return (*word == '/' || strchr(word, '/') == NULL) &&
	    strcmp(name_last(word), name) == 0;
}

/*
 * Whether a command is that of an SFTP server: a subsystem by its name, built
 * in, or a program.
 */
static bool
is_sftp(const char *word)
{
	return strcmp(word, "sftp") == 0 ||
	    strcmp(word, "internal-sftp") == 0 ||
	    is_program(word, "sftp-server");
}

/* Unquotes the path of a sink.  "*" and "?" are refused: that is no path. */
static int
take_target(char *path)
{
	for (const char *s = path; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '*' || *s == '?')
			return ERR_PATTERN;
	}
	(void)match_unescape(path, strlen(path)); /* only its text counts */
	return 0;
}

/* "~" and "~/..." are allowed; "~user" is not. */
static int
check_tilde(const char *path)
{
	return path[0] == '~' && path[1] != '\0' && path[1] != '/' ? ERR_TILDE :
								     0;
}

static int
take_paths(struct request *q)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < q->path_count; i++) {
		if ((e = check_tilde(q->paths[i])) != 0)
			break;
		if (q->verb == REQUEST_SINK) {
			e = take_target(q->paths[i]);
			continue;
		}
		q->pattern[i] =
		    match_is_pattern(q->paths[i], strlen(q->paths[i]));
		if (!q->pattern[i])
			(void)match_unescape(q->paths[i], strlen(q->paths[i]));
	}
	return e;
}

/* scp = program *option *path */
static int
take_scp(struct request *q, char *const *words, int e)
{
	int e2;

	q->in_band = q->by_scp = true;
	e2 = request_parse_words(q, words);
	if (e != 0 || e2 != 0)
		return e != 0 ? e : e2;
	q->shell_syntax = true;
	if (q->verb == REQUEST_RELAY) /* unquotes the destination */
		(void)match_unescape(
		    q->paths[q->path_count], strlen(q->paths[q->path_count]));
	return take_paths(q);
}

static int
take_request(struct request *q, struct words *w, const char *text)
{
	char *program;
	int e;

	if (text == NULL)
		return ERR_NO_REQUEST;
	e = words_split(w, text, strlen(text));
	if (w->count == 0)
		return e != 0 ? ERR_FOREIGN : ERR_NO_REQUEST;
	program = w->word[0];
	(void)match_unescape(program, strlen(program));
	if (is_program(program, "scp"))
		return take_scp(q, w->word + 1, e);
	if (e != 0 || !is_sftp(program))
		return ERR_FOREIGN;
	for (size_t i = 1; i < w->count; i++)
		(void)match_unescape(w->word[i], strlen(w->word[i]));
	q->client_count = q->option_count;
	e = request_parse_sftp(q, w->word + 1);
	q->client_count = q->option_count - q->client_count;
	return e;
}

/* Parses a forced command given to this program as a login shell. */
static int
take_forced(struct request *q, struct command *store, const char *original)
{
	struct words *w = &store->own;
	struct request own;

	q->form = FORM_SHELL_FORCED; /* also with an option that is wrong */
	for (size_t i = 0; i < w->count; i++)
		(void)match_unescape(w->word[i], strlen(w->word[i]));
	if (request_parse(&own, (int)w->count, w->word) != 0 ||
	    own.form != FORM_FORCED || own.config != NULL || own.rate != 0) {
		q->trouble = own.trouble;
		q->mistyped = own.mistyped;
		return ERR_FOREIGN; /* a part would be left out */
	}
	memcpy(q->options, own.options, sizeof(q->options));
	q->option_count = own.option_count;
	q->root = own.root;
	return take_request(q, &store->words, original);
}

static bool
is_copy(enum request_verb verb)
{
	return verb == REQUEST_SINK || verb == REQUEST_SOURCE ||
	    verb == REQUEST_SFTP;
}

bool
command_differs(enum request_verb named, enum request_verb asked)
{
	return is_copy(named) && is_copy(asked) && named != asked;
}

/* ERR_FORCED if the peer asks for another kind of copy than q names. */
static int
check_kind(struct request *q, const struct request *peer)
{
	if (!command_differs(q->verb, peer->verb))
		return 0;
	q->verb = peer->verb;
	q->in_band = peer->in_band;
	q->by_scp = peer->by_scp;
	return ERR_FORCED;
}

int
command_look(
    struct request *q, struct command *store, const char *text, int error)
{
	struct request peer = { .form = q->form };

	if (text != NULL)
		(void)take_request(&peer, &store->own, text);
	if (q->form == FORM_DIRECT)
		q->by_scp = peer.by_scp;
	if (q->form == FORM_FORCED && error != 0) {
		q->in_band = peer.in_band;
		q->by_scp = peer.by_scp;
		q->verb = peer.verb;
	}
	return error == 0 && q->form != FORM_FORCED ? check_kind(q, &peer) :
						      error;
}

int
command_parse(struct request *q, struct command *store, const char *text,
    const char *original)
{
	struct words *w = &store->own;
	char *program;

	if (q->form != FORM_SHELL)
		return take_request(q, &store->words, text);
	if (text != NULL && words_split(w, text, strlen(text)) == 0 &&
	    w->count > 0) {
		program = w->word[0];
		(void)match_unescape(program, strlen(program));
		if (is_program(program, "scp-server"))
			return take_forced(q, store, original);
	}
	return take_request(q, &store->words, text);
}
