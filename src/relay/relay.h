#ifndef SCP_RELAY_H
#define SCP_RELAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "policy/account.h"
#include "policy/policy.h"
#include "request/destination.h"
#include "request/request.h"
#include "sandbox/confine.h"

/* The program that reaches the other host. */
#ifndef RELAY_SSH
#define RELAY_SSH "/usr/bin/ssh"
#endif

/*
 * Direct copies to another host (scp -R).  This process, the launcher, starts
 * two children and waits for them.  One is ssh, which runs scp -t on the other
 * host.  The other is a source, which is confined like any source and holds
 * only one end of a socket to ssh.
 */
struct relay {
	struct destination destination;
	char command[5 * PATH_MAX]; /* for the other host's shell */
	pid_t ssh;
	pid_t source;	/* 0 in the source itself */
	int ssh_status; /* exit status, or 128 plus the signal */
};

/*
 * Checks that RelayConfig, which ssh is going to open by its path, is root's
 * alone, and that nobody else can put another file there.  Returns 0, or
 * ERR_CONFIG with *t filled.
 */
int relay_check_config(const char *path, struct trouble *t);

/*
 * S1: parses the destination of a request and checks it against the policy,
 * before anything is started.  Returns 0, ERR_DESTINATION, ERR_RELAY,
 * ERR_WRITE_ONLY, or ERR_CONFIG with *t filled by relay_check_config().
 */
int relay_check(struct relay *r, const struct request *q,
    const struct policy *p, struct trouble *t);

/*
 * Starts both children, before the process is confined and before any byte of
 * the peer is read.  account is that of the session.  Returns 0 in the
 * source, whose descriptors 0 and 1 are the socket, and in the launcher;
 * relay_is_launcher() tells which of them this is.  Returns an errno when a
 * child can't be started; that ssh can't be executed is its exit status, 127.
 */
int relay_start(struct relay *r, const struct policy *p,
    const struct confine_plan *plan, const struct account *account);
bool relay_is_launcher(const struct relay *r);

/*
 * Called by the launcher.  Waits for both children; when one has ended, the
 * other is given some seconds to end.  Returns the exit status of the session.
 */
int relay_wait(struct relay *r);

#endif
