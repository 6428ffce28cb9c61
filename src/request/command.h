#ifndef SCP_COMMAND_H
#define SCP_COMMAND_H

#include "request/request.h"

/* The memory that the strings of a request point into. */
struct command {
	struct words words;
	struct words own; /* of a forced command given to us as a shell */
};

/*
 * Whether a command that names a copy (-t, -f or SFTP) and what the peer asked
 * for are copies of two kinds.  The command would be served all the same, and
 * both sides would wait for the other.
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
 * Looks at SSH_ORIGINAL_COMMAND for how the peer is told a refusal, where it is
 * not the request: that is in our own arguments or in STRING, or these have an
 * error.  Returns that error, or ERR_FORCED if the peer asked for another kind
 * of copy than they name; verb and in_band are then the peer's.
 */
int command_look(
    struct request *q, struct command *store, const char *text, int error);

#endif
