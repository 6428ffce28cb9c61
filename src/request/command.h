#ifndef SCP_COMMAND_H
#define SCP_COMMAND_H

#include "request/request.h"

/* The memory that the strings of a request point into. */
struct command {
	struct words words;
	struct words own; /* of a forced command given to us as a shell */
};

/*
 * Returns whether a command that names a copy (-t, -f or SFTP) and what the
 * peer asked for are copies of different kinds.  If the command were served
 * all the same, each side would wait for the other.
 */
bool command_differs(enum request_verb named, enum request_verb asked);

/*
 * S1: parses the command string that sshd passes on.  It comes from the peer,
 * or is the administrator's forced command if this program is a login shell.
 *
 * With FORM_FORCED, text is SSH_ORIGINAL_COMMAND.  With FORM_SHELL, text is the
 * argument of -c.  If that begins with the name of this program, the form is
 * set to FORM_SHELL_FORCED, its options are read, and original is parsed as
 * the request.  The word that is wrong with them is in q->trouble.
 *
 * Returns 0; ERR_NO_REQUEST when there is no word; ERR_FOREIGN for a command
 * other than scp and sftp; ERR_COMMAND; ERR_PATTERN for a pattern as target;
 * ERR_TILDE for "~user"; or an error of request_parse().
 */
int command_parse(struct request *q, struct command *store, const char *text,
    const char *original);

/*
 * Called when the request is not SSH_ORIGINAL_COMMAND, text, but our arguments
 * or STRING, or when these have an error.  What the peer asked for then decides
 * only how it is told of a refusal: verb, in_band and by_scp are set from it.
 * Returns error, or ERR_FORCED if the peer asked for another kind of copy than
 * the one that is named.
 */
int command_look(
    struct request *q, struct command *store, const char *text, int error);

#endif
