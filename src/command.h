#ifndef SCP_COMMAND_H
#define SCP_COMMAND_H

#include "request.h"

/* Where the words of a request live. */
struct command {
	struct words words;
	struct words own; /* of a forced command through our shell */
};

/*
 * S1: reads the command string that sshd hands over, the peer's own words or,
 * for a login shell, perhaps the administrator's forced command.
 *
 * FORM_FORCED: text is SSH_ORIGINAL_COMMAND.  FORM_SHELL: text is the argument
 * of -c; when that is a command of ours ("scp-server ..."), the form becomes
 * FORM_SHELL_FORCED, its options are read, and original is the request.
 *
 * 0; ERR_NO_REQUEST for NULL or no word; ERR_FOREIGN for what is neither scp
 * nor sftp; ERR_COMMAND, ERR_PATTERN, ERR_TILDE; what request_parse() returns.
 */
int command_parse(struct request *q, struct command *store, const char *text,
    const char *original);

#endif
