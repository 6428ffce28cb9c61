#ifndef SCP_EVA_H
#define SCP_EVA_H

/*
 * What the entries share.  An entry gives a module everything that it may be
 * given: octets of any value, lengths of any size up to the real bound.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "__fc_builtin.h"

#include "base/name.h"

/* Octets of any value. */
static inline void
any_octets(char *p, size_t n)
{
	Frama_C_make_unknown(p, n);
}

/* A string that may end anywhere in its room. */
static inline void
any_string(char *p, size_t cap)
{
	Frama_C_make_unknown(p, cap);
	p[cap - 1] = '\0';
}

static inline size_t
any_size(size_t least, size_t most)
{
	return Frama_C_size_t_interval(least, most);
}

static inline bool
any_bool(void)
{
	return Frama_C_interval(0, 1) != 0;
}

static inline void
any_path(struct relpath *p)
{
	any_string(p->s, sizeof(p->s));
	p->len = any_size(0, sizeof(p->s) - 1);
	p->dir = any_bool();
}

#endif
