#ifndef SCP_REQUEST_H
#define SCP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

/* Options of the administrator (-o and its short spellings) in one command. */
#define REQUEST_OPTIONS_MAX 64

enum request_form {
	FORM_SCP,    /* we are the remote scp: all arguments are the peer's */
	FORM_DIRECT, /* scp-server [options] -t|-f PATH: the administrator's */
};

enum request_verb {
	REQUEST_NONE,
	REQUEST_SINK,	/* -t: take an upload */
	REQUEST_SOURCE, /* -f: serve a download */
	REQUEST_VERSION,
	REQUEST_HELP,
};

struct request {
	enum request_form form;
	enum request_verb verb;
	bool recursive;	     /* -r */
	bool preserve;	     /* -p */
	bool want_directory; /* -d */
	char *const *paths;  /* into argv */
	size_t path_count;
	const char *options[REQUEST_OPTIONS_MAX]; /* "Keyword=value" */
	size_t option_count;
	char bad_option; /* the letter of ERR_OPTION; 0 for a word */
};

/*
 * S1: reads our own arguments; no byte of them is ever given to a shell.  As
 * getopt: letters in clusters, "--" ends them, the first operand ends them
 * too.  0; ERR_OPTION, ERR_BOTH, ERR_NEITHER, ERR_TARGET, ERR_NO_SOURCE,
 * ERR_NO_REQUEST.  verb is set as far as known also with an error: a peer that
 * said -t or -f is told in-band.
 */
int request_parse(struct request *out, int argc, char *const *argv);

#endif
