/*
 * What Frama-C's own library lacks: libbsd, Nettle and inet_pton(3), as their
 * manuals describe them.  What a caller has to grant is asked for: a room that
 * is written is written to its end.
 */
#include <bsd/string.h>
#include <string.h>

#include "eva.h"

size_t
strlcpy(char *dst, const char *src, size_t cap)
{
	const size_t n = strlen(src);
	const size_t used = n < cap ? n : cap - 1;

	if (cap > 0) {
		Frama_C_make_unknown(dst, used);
		dst[used] = '\0';
	}
	return n;
}
