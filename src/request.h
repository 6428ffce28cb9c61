#ifndef SCP_REQUEST_H
#define SCP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "words.h"

/* Options of the administrator (-o and its short spellings) in one command. */
#define REQUEST_OPTIONS_MAX 64

enum request_form {
	FORM_SCP,    /* we are the remote scp: all arguments are the peer's */
	FORM_FORCED, /* scp-server [options] [ROOT]: SSH_ORIGINAL_COMMAND */
	FORM_DIRECT, /* scp-server [options] -t|-f PATH: the administrator's */
	FORM_SHELL,  /* scp-server -c STRING: the login shell */
	FORM_SHELL_FORCED, /* the same, STRING being a FORM_FORCED */
};

enum request_verb {
	REQUEST_NONE,
	REQUEST_SINK,	/* -t: take an upload */
	REQUEST_SOURCE, /* -f: serve a download */
	REQUEST_SFTP,	/* the SFTP server was asked for */
	REQUEST_VERSION,
	REQUEST_HELP,
	REQUEST_CHECK,	 /* --check */
	REQUEST_EXPLAIN, /* --explain COMMAND */
	REQUEST_RELAY,	 /* neither: from here to another host */
};

struct request {
	enum request_form form;
	enum request_verb verb;
	bool in_band;	     /* the peer listens for SCP: tell it there */
	bool recursive;	     /* -r */
	bool preserve;	     /* -p */
	bool want_directory; /* -d */
	bool shell_syntax;   /* paths may be patterns and begin with "~" */
	long rate;	     /* -l: kbit/s; 0: none */
	char *const *paths;
	size_t path_count;
	bool pattern[WORDS_COUNT_MAX]; /* with shell_syntax: of each path */
	const char *options[REQUEST_OPTIONS_MAX]; /* "Keyword=value" */
	size_t option_count;
	const char *destination; /* REQUEST_RELAY: the last operand */
	const char *root;	 /* FORM_FORCED: the operand */
	const char *config;	 /* --config */
	const char *user;	 /* --user */
	const char *command;	 /* -c, --explain */
	char bad_option;	 /* the letter of ERR_OPTION; 0 for a word */
};

/*
 * S1: reads our own arguments; no byte of them is ever given to a shell.  As
 * getopt: letters in clusters, "--" ends them, the first operand ends them
 * too.  0; ERR_OPTION, ERR_BOTH, ERR_NEITHER, ERR_TARGET, ERR_NO_SOURCE,
 * ERR_NO_REQUEST.  verb is set as far as known also with an error: a peer that
 * said -t or -f is told in-band.
 */
int request_parse(struct request *out, int argc, char *const *argv);

/*
 * Reads the words that a peer's scp client sent after "scp": the same, with
 * only the peer's options.
 */
int request_parse_words(struct request *out, char *const *words);

#endif
