#ifndef SCP_SFTP_H
#define SCP_SFTP_H

#include <limits.h>
#include <stddef.h>

#include "confine.h"
#include "policy.h"
#include "session.h"

/* Files and directories outside of the root that the program needs, at most. */
#define SFTP_RULES_MAX 16

/*
 * Sftp handoff: this process becomes the system's sftp-server.  Root and
 * Access then hold because the kernel keeps them, Umask, StartDirectory and
 * SessionTimeout because they are handed on; nothing else does.
 */
struct handoff {
	char program[PATH_MAX];
	char obstacles[512]; /* keywords that can't be kept */
	struct confine_rule rules[SFTP_RULES_MAX];
	struct confine_handoff grant;
};

/*
 * The three are called in this order; each returns 0, or an error with
 * state->failed and state->why telling what it is about.
 *
 * S6: may it be, and can the policy be kept?  ERR_SFTP when not; failed is then
 * NULL (Sftp deny) or the keywords.  The plan becomes that of a hand-off.
 */
int sftp_begin(struct handoff *f, const struct policy *p,
    struct confine_plan *plan, struct confine_state *state);

/*
 * After confine_process() and before Landlock: finds the program and what it
 * needs, and enters the directory where relative paths begin.  ERR_CONFIG, or
 * ERR_SFTP for root with a Root.
 */
int sftp_open(
    struct handoff *f, const struct session *s, struct confine_state *state);

/*
 * Becomes the program, which hears from us nobody's words but the address and
 * port of the peer.  Returns only when that fails: ERR_CONFIG.
 */
int sftp_exec(const struct handoff *f, const struct policy *p,
    const char *address, const char *port, struct confine_state *state);

#endif
