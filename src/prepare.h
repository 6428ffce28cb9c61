#ifndef SCP_PREPARE_H
#define SCP_PREPARE_H

#include "policy/account.h"
#include "sandbox/confine.h"
#include "session/session.h"

/*
 * What a session is: its account, and where it begins and ends in the file
 * system.  A session and scp-server-check both ask here, so that an
 * administrator is shown what a session does.
 */

/*
 * Fills in what paths of a session need: account, start and home.  login is the
 * account that sshd let in, run_as that of User or NULL.  cwd is the working
 * directory of the session, or NULL when it is unknown.  Nothing is opened.
 */
void prepare_session(struct session *s, const struct request *q,
    const struct policy *p, const struct account *login,
    const struct account *run_as, const char *cwd);

/*
 * Fills in how this request is to be confined under this policy, all but the
 * account to change to.  log_file means that the log is a file: then the size
 * of files is not limited, since that limit would hold for the log as well.
 */
void prepare_plan(struct confine_plan *plan, const struct request *q,
    const struct policy *p, bool log_file);

/*
 * Opens the directory that the session sees as "/", which may be beneath the
 * Root of the file.  entered means that confine_root() has made Root the root
 * of this process.  openat2(2) is not used where nothing else could keep it
 * from changing files: without a Landlock that restricts truncation, and in a
 * confined session of SFTP that writes.  Returns 0, an errno or the errors of
 * tree_narrow().
 */
int prepare_root(const struct policy *p, bool entered, enum request_verb verb,
    struct tree *out);

/*
 * Fills in how this program was started, and the request as it was received.
 * Called before the environment is emptied; the strings are not copied.
 */
void prepare_start(struct report_start *start, const struct request *q,
    int argc, char *const *argv);

#endif
