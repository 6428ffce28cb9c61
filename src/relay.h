#ifndef SCP_RELAY_H
#define SCP_RELAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "account.h"
#include "confine.h"
#include "destination.h"
#include "policy.h"
#include "request.h"

/*
 * Direct copies to another host (scp -R): one child is ssh, which runs scp -t
 * there; another is our own source, confined as ever, and all it holds of the
 * connection is one end of a socket.  This process starts both and waits.
 */
struct relay {
	struct destination destination;
	char command[5 * PATH_MAX]; /* for the other host's shell */
	pid_t ssh;
	pid_t source;	 /* 0: we are that half */
	int ssh_status;	 /* exit status; 128 and the signal */
	const char *why; /* in words, where we know more */
};

/*
 * S1: the destination of a request, and may it be?  Before anything is
 * started.  0; ERR_DESTINATION, ERR_RELAY, ERR_WRITE_ONLY; ERR_CONFIG for a
 * RelayConfig that others than root could have written, with *why.
 */
int
relay_check(struct relay *r, const struct request *q, const struct policy *p);

/*
 * Starts both halves, before any sandbox and any byte of a peer.  0 in the
 * source half, whose descriptors 0 and 1 are the socket, and in the launcher
 * too: relay_is_launcher() tells.  run_as: the account of User, or NULL.  An
 * errno, or ERR_CONFIG where ssh can't be started, with *why.
 */
int relay_start(struct relay *r, const struct policy *p,
    const struct confine_plan *plan, const struct account *run_as);
bool relay_is_launcher(const struct relay *r);

/*
 * The launcher: waits for both; when one ends the other has to.  Returns the
 * exit status of the whole.
 */
int relay_wait(struct relay *r);

#endif
