#ifndef SCP_SFTP_H
#define SCP_SFTP_H

#include <limits.h>
#include <stddef.h>

#include "policy/policy.h"
#include "sandbox/confine.h"
#include "session/session.h"

/* The most files and directories outside of the root for the SFTP server. */
#define SFTP_RULES_MAX 16

/*
 * Sftp handoff: this process becomes the system's sftp-server.  The kernel then
 * enforces Root and Access; Umask, StartDirectory and SessionTimeout are passed
 * on.  No other keyword is enforced.
 */
struct handoff {
	char program[PATH_MAX];
	struct confine_rule rules[SFTP_RULES_MAX];
	struct confine_handoff grant;
};

/*
 * These three functions are called in this order.  Each returns 0, or an error
 * with the reason in *t.
 *
 * S6: sftp_begin() checks whether the policy allows a hand-off and whether it
 * can be enforced after one, and changes the plan to that of a hand-off.
 * Returns 0, or ERR_SFTP; t->word is the keywords that can't be enforced, or ""
 * for Sftp deny.
 */
int sftp_begin(struct handoff *f, const struct policy *p,
    struct confine_plan *plan, struct trouble *t);

/*
 * Opens the program and the files that it needs, and changes to the directory
 * where relative paths begin.  Called between confine_process() and
 * confine_landlock().  Returns 0, ERR_CONFIG, or ERR_SFTP for a session of uid
 * 0 with a Root.
 */
int sftp_open(struct handoff *f, const struct session *s, struct trouble *t);

/*
 * Executes the program.  Of what comes from outside, only the address and port
 * of the peer are passed to it.  Returns only when that fails: ERR_CONFIG.
 */
int sftp_exec(const struct handoff *f, const struct policy *p,
    const char *address, const char *port, struct trouble *t);

#endif
