#ifndef SCP_LOAD_H
#define SCP_LOAD_H

#include "base/digest.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "request/request.h"

/* The path of the configuration file that is read without --config. */
extern const char effective_file[];

/*
 * Determines the policy of a session: the stricter of what the file sets for
 * this account and what the administrator's options set, with defaults for the
 * rest.  *out comes from policy_init(), or is memory that has always been zero,
 * of which only what is set is written.  *no_file is set to whether the file is
 * missing, which is an error only with --config.  Returns 0, or ERR_CONFIG with
 * *t filled; its where is the file while that is read, and then NULL.
 */
int
effective_policy(const struct request *q, const struct config_subject *subject,
    struct policy *out, struct trouble *t, bool *no_file);

/*
 * Checks that somebody decided what a session may reach: that a Root or "Root
 * none" is set, unless the program is called as scp or sftp-server.  A Match
 * block with a mistake in it would else leave an account with every file.
 * Returns 0, or ERR_NO_ROOT with the remedy in *t.
 */
int effective_check_root(
    const struct request *q, const struct policy *p, struct trouble *t);

/*
 * Writes a digest over every keyword and its value.  It is the same for two
 * sessions with the same policy.  scp-server-check shows it, too.
 */
void effective_digest(const struct policy *p, char out[DIGEST_TEXT_SIZE]);

#endif
