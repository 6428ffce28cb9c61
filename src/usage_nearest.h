#ifndef SCP_USAGE_NEAREST_H
#define SCP_USAGE_NEAREST_H

#include <stddef.h>

/* The longest name that is looked at, and its NUL. */
#define NEAREST_MAX 32

/* What somebody may have meant who mistyped a name. */
struct nearest {
	char typed[NEAREST_MAX];
	const char *name; /* that is nearest; NULL: none is near */
	size_t distance;
};

/* Begins with what was typed, up to a "="; "-", "_" and case don't matter. */
void nearest_begin(struct nearest *n, const char *typed);

/* Takes this name, which is not copied, if it is nearer than those before. */
void nearest_consider(struct nearest *n, const char *name);

#endif
