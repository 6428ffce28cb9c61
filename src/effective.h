#ifndef SCP_EFFECTIVE_H
#define SCP_EFFECTIVE_H

#include "config.h"
#include "digest.h"
#include "policy.h"
#include "request.h"

/* The path of the file that is read when no other is named. */
extern const char effective_file[];

/*
 * The policy of a session: what the file says for this account and what the
 * administrator's options say, the stricter of both, with defaults for the
 * rest.  0, or ERR_CONFIG with *error filled; *path is the file it is about,
 * NULL for an option.  *no_file: there is none, which is no error.  *out comes
 * empty: from policy_init(), or memory that was always zero, which then is not
 * touched where nothing is set.
 */
int effective_policy(const struct request *q,
    const struct config_subject *subject, struct policy *out,
    struct config_error *error, const char **path, bool *no_file);

/*
 * A sum over every keyword and its value: sessions with the same one may do
 * the same, and --check shows it beforehand.
 */
void effective_digest(const struct policy *p, char out[DIGEST_TEXT_SIZE]);

/* Where a configuration is wrong, in words: "file:line: word: why", escaped. */
void effective_complaint(
    const char *path, const struct config_error *error, char *out, size_t cap);

#endif
