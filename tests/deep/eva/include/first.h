#ifndef SCP_EVA_FIRST_H
#define SCP_EVA_FIRST_H

/* The limits of Linux; those of Frama-C's library are smaller or missing. */
#include <limits.h>

#undef PATH_MAX
#define PATH_MAX 4096
#undef NAME_MAX
#define NAME_MAX 255

#endif
