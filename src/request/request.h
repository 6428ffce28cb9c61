#ifndef SCP_REQUEST_H
#define SCP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/trouble.h"
#include "request/words.h"

/* The most options of the administrator (-o and its short forms). */
#define REQUEST_OPTIONS_MAX 64

enum request_form {
	FORM_SCP,    /* called as scp or sftp-server: no options of ours */
	FORM_FORCED, /* scp-server [options] [ROOT]: SSH_ORIGINAL_COMMAND */
	FORM_DIRECT, /* scp-server [options] -t|-f PATH: the administrator's */
	FORM_SHELL,  /* scp-server -c STRING: the login shell */
	FORM_SHELL_FORCED, /* the login shell; STRING is a FORM_FORCED */
};

enum request_verb {
	REQUEST_NONE,
	REQUEST_SINK,	/* -t: take an upload */
	REQUEST_SOURCE, /* -f: serve a download */
	REQUEST_SFTP,	/* the SFTP server was asked for */
	REQUEST_VERSION,
	REQUEST_HELP,
	REQUEST_RELAY, /* neither -t nor -f: copy to another host */
};

struct request {
	enum request_form form;
	enum request_verb verb;
	bool in_band;	     /* the peer reads SCP: errors are sent to it */
	bool by_scp;	     /* its command is that of an scp client */
	bool mistyped;	     /* trouble is about a word of the administrator */
	bool recursive;	     /* -r */
	bool preserve;	     /* -p */
	bool want_directory; /* -d */
	bool shell_syntax;   /* paths may be patterns and begin with "~" */
	long rate;	     /* -l: kbit/s; 0: none */
	char *const *paths;
	size_t path_count;
	bool pattern[WORDS_COUNT_MAX]; /* with shell_syntax: path i is one */
	const char *options[REQUEST_OPTIONS_MAX]; /* "Keyword=value" */
	size_t option_count;
	size_t client_count;	 /* of these, the last ones: a client's */
	const char *destination; /* REQUEST_RELAY: the last operand */
	const char *root;	 /* FORM_FORCED: the operand */
	const char *config;	 /* --config */
	const char *command;	 /* -c */
	const char *start;	 /* -d of sftp-server */
	char umask_option[16];	 /* -u of sftp-server, as a keyword */
	struct trouble trouble;	 /* of ERR_OPTION: its letter or word */
};

/*
 * S1: parses the arguments of this program.  No shell ever sees them.  As with
 * getopt(3), letters can be clustered, and "--" or the first operand ends the
 * options.  Returns 0, ERR_OPTION, ERR_MANY, ERR_BOTH, ERR_NEITHER, ERR_TARGET,
 * ERR_NO_SOURCE or ERR_NO_REQUEST; under the name sftp-server, what
 * request_parse_sftp() does.  After an error verb and in_band are set as far as
 * known, so that a peer that gave -t or -f gets the error in-band.
 */
int request_parse(struct request *out, int argc, char *const *argv);

/*
 * Returns the administrator's options as words, for a hint: the first is 0, and
 * NULL follows the last.
 */
const char *request_option(size_t i);

/*
 * Parses the words that a client sent after "scp", in which only the options of
 * scp are accepted.  words ends with NULL.  Returns what request_parse() does.
 */
int request_parse_words(struct request *out, char *const *words);

/*
 * Parses the words after "sftp-server", which are sshd's and perhaps the
 * peer's: -R and -u become options, -d is where paths begin, -e, -f, -h and -l
 * are accepted and ignored.  Returns 0, ERR_OPTION, ERR_MANY, or
 * ERR_SFTP_OPTION for those that choose requests: -P, -p and -Q.
 */
int request_parse_sftp(struct request *out, char *const *words);

#endif
