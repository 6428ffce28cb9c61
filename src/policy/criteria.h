#ifndef SCP_CRITERIA_H
#define SCP_CRITERIA_H

#include "policy/config.h"

/* Whether a Match line is about a subject. */
enum criteria {
	CRITERIA_OTHER,	    /* about others */
	CRITERIA_MATCH,	    /* about this one */
	CRITERIA_UNDECIDED, /* a lookup failed, or the subject is unknown */
};

/*
 * Judges what stands after "Match": "All", or pairs of a criterion and a list,
 * all of which have to match.  rest is changed.  Returns 0, or ERR_CONFIG with
 * *t filled.
 */
int criteria_judge(char *rest, const struct config_subject *who,
    enum criteria *out, struct trouble *t);

#endif
