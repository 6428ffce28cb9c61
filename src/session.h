#ifndef SCP_SESSION_H
#define SCP_SESSION_H

#include "jail.h"
#include "name.h"
#include "policy.h"
#include "report.h"
#include "request.h"
#include "upload.h"
#include "wire.h"

/* What a sink and a source both get. */
struct session {
	const struct request *request;
	const struct policy *policy;
	const char *account;  /* for the name of the root directory */
	struct relpath start; /* where relative paths begin, from the root */
	struct relpath home;  /* where "~" is, from the root */
	bool no_start;	      /* that place has no path: only absolute ones */
	mode_t umask;
	struct policy_totals totals;
	struct wire *wire;
	struct jail *jail;
	struct report *report;
};

/* What an operand that was typed means. */
struct place {
	const struct relpath *start; /* where text begins, if it is relative */
	const char *text;
};

/*
 * Undoes "~" where the request's dialect has it, and Root's own path at the
 * front.  0, or ENOENT where a relative path has nowhere to begin.
 */
int
session_place(const struct session *s, const char *typed, struct place *out);

/*
 * The same as a path from the root, judged by the policy of names.  *out is
 * set also when only the policy refuses it.
 */
int
session_path(const struct session *s, const char *typed, struct relpath *out);

/*
 * May a path be touched?  The components of StartDirectory at its front are
 * the administrator's own.
 */
int session_check_path(const struct session *s, const struct relpath *path);

#endif
