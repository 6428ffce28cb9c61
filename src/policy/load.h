#ifndef SCP_EFFECTIVE_H
#define SCP_EFFECTIVE_H

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
 * missing, which is no error.  Returns 0, or ERR_CONFIG with *error filled and
 * *path set to the file with the mistake, or to NULL for an option.
 */
int effective_policy(const struct request *q,
    const struct config_subject *subject, struct policy *out,
    struct config_error *error, const char **path, bool *no_file);

/*
 * Checks that somebody decided what a session may reach: that a Root or "Root
 * none" is set, unless the program is called as scp.  A Match block with a
 * mistake in it would else leave an account with every file.  Returns 0, or
 * ERR_NO_ROOT with what is missing and its remedy in remedy, cut to cap octets.
 */
int effective_check_root(
    const struct request *q, const struct policy *p, char *remedy, size_t cap);

/*
 * Writes a digest over every keyword and its value.  It is the same for two
 * sessions with the same policy.  scp-server-check shows it, too.
 */
void effective_digest(const struct policy *p, char out[DIGEST_TEXT_SIZE]);

/*
 * Writes where a configuration is wrong, as "file:line: word: why".  The text
 * is escaped, and cut to cap octets.
 */
void effective_complaint(
    const char *path, const struct config_error *error, char *out, size_t cap);

#endif
