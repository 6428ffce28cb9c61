#ifndef SCP_TARGET_H
#define SCP_TARGET_H

#include "session/session.h"

/*
 * Where an upload goes, and what it may do there: the questions that come
 * before the first byte.  A session answers them before its filter is
 * installed, and scp-server-check explain answers them for an administrator.
 */

/*
 * Opens the operand of an upload, which is a directory to store in, or a
 * directory and a name in it.  devices is how a character device is treated.
 * *path is set to the operand's path as far as it is known, also after an
 * error.  Returns 0, the errors of session_path() and tree_target(), or ENOTDIR
 * or ENOENT when the request needs a directory there.
 */
int session_target(const struct session *s, const char *typed,
    enum devices devices, struct relpath *path, struct target *out);

/*
 * After session_target(), which returned e: whether MakeParents makes the
 * directories that are missing above the operand.  *itself is set to whether
 * it is to be a directory, too: with -d, or a slash at its end.
 */
bool session_makes_parents(const struct session *s, const struct relpath *path,
    const struct target *t, int e, bool *itself);

/*
 * As session_target(), but it makes those directories: see parents.h.  Returns
 * also the errors of parents_begin(), parents_make() and parents_end().
 */
int session_make_target(struct session *s, const char *typed,
    struct relpath *path, struct target *out);

/*
 * Closes it at the end, when nothing more comes into it: see parents_lock().
 * path is that of the operand.  An error is in the exit status.
 */
void session_leave_target(struct session *s, struct target *t,
    const struct relpath *path, bool may_setgid);

/* Returns whether an operand is a directory that files are stored in. */
bool session_stores_in(const struct target *t);

/* Fills in the rules of uploads that the policy determines. */
void session_upload_rules(const struct session *s, struct upload_rules *rules);

/* The rules that follow from what a session may do to files: grants.h. */
void session_grant_uploads(
    const struct session *s, unsigned int grants, struct upload_rules *rules);

/*
 * Returns what an upload to this target may do to files, as bits of enum grant,
 * and limits the rules to that.  upload_probe() was called before.  *error is
 * set to ERR_NO_PUBLISH, if it was 0, when files can't get their names there in
 * any way that is allowed.
 */
unsigned int session_upload_grants(const struct session *s,
    const struct target *t, struct upload_rules *rules, int *error);

/* Returns the word of the start record for how files get their names. */
const char *
session_publish_way(const struct target *t, const struct upload_rules *rules);

#endif
