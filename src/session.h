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
	bool no_start;	      /* that place has no path: only absolute ones */
	mode_t umask;
	struct wire *wire;
	struct jail *jail;
	struct report *report;
};

#endif
