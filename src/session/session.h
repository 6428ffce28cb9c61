#ifndef SCP_SESSION_H
#define SCP_SESSION_H

#include "base/name.h"
#include "policy/policy.h"
#include "request/request.h"
#include "session/report.h"
#include "session/wire.h"
#include "tree/expand.h"
#include "tree/tree.h"
#include "tree/upload.h"

/*
 * Where a client of SFTP stands, by its first path: one that begins with the
 * path of Root was typed by somebody who knows where the files are on this
 * host.  All paths are taken and answered as seen from there.
 */
enum view {
	VIEW_UNKNOWN,
	VIEW_INSIDE,
	VIEW_OUTSIDE,
};

/* What a sink and a source both need. */
struct session {
	const struct request *request;
	const struct policy *policy;
	const char *account;  /* a source sends the root under this name */
	struct relpath start; /* where relative paths begin, from the root */
	struct relpath home;  /* where "~" is, from the root */
	bool no_start;	      /* start is unknown: only absolute paths work */
	enum view view;	      /* of a client of SFTP */
	mode_t umask;
	struct policy_totals totals;
	struct wire *wire;
	struct tree *tree;
	struct report *report;
	dev_t log_dev; /* the file of AuditLog; ino 0: none */
	ino_t log_ino;
};

/* What an operand means that a peer typed. */
struct operand {
	const struct relpath *start; /* where a relative text begins */
	const char *text;
};

/*
 * Removes a leading "~" if the request allows shell syntax, and the path of
 * Root from the front of an absolute path, if that is seen from outside.
 * out->text points into typed, or is a constant.
 * Returns 0, or ENOENT when the path is relative and start is unknown.
 */
int session_operand(
    const struct session *s, const char *typed, struct operand *out);

/*
 * Returns the view of a client of SFTP of which this is the first path.  It is
 * inside if something stands there under the path of Root.
 */
enum view session_view(const struct session *s, const char *typed);

/*
 * Turns an operand that a peer typed into a path from the root, and checks it
 * against the policy.  Returns 0, or the errors of session_operand(),
 * relpath_parse() and session_check_path().  *out is set even when only
 * session_check_path() refuses it.
 */
int
session_path(const struct session *s, const char *typed, struct relpath *out);

/*
 * Checks whether the policy allows the names in a path.  StartDirectory and the
 * home are not checked, nor are the first operand_len octets if our own
 * arguments named the operand: the administrator chose them.  Returns what
 * policy_check_path() does.
 */
int session_check_path(
    const struct session *s, const struct relpath *path, size_t operand_len);

/*
 * Begins a pattern that a peer typed as an operand.  It does not go through
 * names that the policy hides.  Returns what session_operand() does.
 */
int
session_pattern(const struct session *s, const char *typed, struct pattern *p);

#endif
