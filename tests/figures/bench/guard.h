#ifndef GUARD_H
#define GUARD_H

/* Landlock with one rule, which forbids nothing. */
void guard_landlock(void);

/* The filter of a sink without a root. */
void guard_filter(void);

#endif
