#ifndef SCP_CONFIG_H
#define SCP_CONFIG_H

#include "policy.h"

/*
 * S2: sets one keyword from "Keyword=value" or "Keyword value", as -o takes
 * it; keywords are spelt in any case.  The first value of a keyword wins, so a
 * second is checked and dropped.  0, or ERR_CONFIG with *why saying what is
 * wrong; the policy is then as before.
 */
int config_set(struct policy *p, const char *option, unsigned long *seen,
    const char **why);

#endif
