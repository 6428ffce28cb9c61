#ifndef SCP_FUZZ_H
#define SCP_FUZZ_H

/*
 * What the fuzz targets share.  A target is one function of the input; what it
 * claims is written with CLAIM, and a claim that does not hold ends it like a
 * crash.  Nothing here allocates, so that a pure target runs some hundred
 * thousand inputs a second.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CLAIM(condition)                                                   \
	do {                                                               \
		if (!(condition)) {                                        \
			(void)fprintf(stderr, "%s:%d: claim broken: %s\n", \
			    __FILE__, __LINE__, #condition);               \
			abort();                                           \
		}                                                          \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, taken from its front. */
struct input {
	const uint8_t *p;
	size_t left;
};

static inline uint8_t
take_byte(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->p++;
}

/* What stands before the next separator, or all of it; moves past it. */
static inline const char *
take_until(struct input *in, uint8_t separator, size_t *len)
{
	const char *s = (const char *)in->p;
	const uint8_t *end = NULL;

	if (in->left > 0)
		end = memchr(in->p, separator, in->left);
	*len = end != NULL ? (size_t)(end - in->p) : in->left;
	in->p += *len;
	in->left -= *len;
	if (end != NULL)
		(void)take_byte(in);
	return s;
}

#define STRING_MAX 8192

/* Room for one string; it stands at the end, so that reading on is caught. */
struct string {
	char room[STRING_MAX];
};

/* The octets up to a NUL or to their end, as a string. */
static inline char *
make_string(struct string *out, const char *s, size_t len)
{
	char *to;

	len = len > 0 ? strnlen(s, len) : 0;
	if (len >= sizeof(out->room))
		len = sizeof(out->room) - 1;
	to = out->room + sizeof(out->room) - len - 1;
	if (len > 0)
		memcpy(to, s, len);
	to[len] = '\0';
	return to;
}

static inline bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Could this name leave its directory? */
static inline bool
is_unsafe(const char *s, size_t len)
{
	return len == 0 || memchr(s, '/', len) != NULL ||
	    memchr(s, '\0', len) != NULL || (len == 1 && s[0] == '.') ||
	    (len == 2 && s[0] == '.' && s[1] == '.');
}

/* Is it what struct name may hold? */
static inline bool
is_storable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (is_control(s[i]))
			return false;
	return !is_unsafe(s, len) && len <= NAME_MAX;
}

/* Is it called as our temporary files are, of this version or a later one? */
static inline bool
is_reserved(const char *s, size_t len)
{
	static const char head[] = ".scp-server.", tail[] = ".part";
	const size_t n = sizeof(head) - 1, m = sizeof(tail) - 1;

	return len >= n + m && strncmp(s, head, n) == 0 &&
	    strncmp(s + len - m, tail, m) == 0;
}

/* One line of printable ASCII, as everything that leaves us is. */
static inline bool
is_printable(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < 0x20 || s[i] == 0x7f)
			return false;
	return true;
}

#endif
