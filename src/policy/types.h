#ifndef SCP_TYPES_H
#define SCP_TYPES_H

#include <stddef.h>

#include "policy/policy.h"

struct config_word {
	char text[11]; /* "" ends a list */
	unsigned char value;
};

/* The syntax of a value, and its type in struct policy. */
enum config_kind {
	CONFIG_PATH,	 /* absolute or "none": char[PATH_MAX] */
	CONFIG_ROOT,	 /* a path with %u, %h and %% in it: char[PATH_MAX] */
	CONFIG_USER,	 /* an account's name: char[POLICY_USER_MAX] */
	CONFIG_WORD,	 /* one of words: an enum */
	CONFIG_BOOL,	 /* one of two words: bool */
	CONFIG_LIST,	 /* patterns: char[2 * POLICY_LIST_MAX] */
	CONFIG_RELAY,	 /* or "deny": char[2 * POLICY_LIST_MAX] */
	CONFIG_MODE,	 /* octal to 0777: mode_t */
	CONFIG_DIR_MODE, /* as CONFIG_MODE, and 02000 */
	CONFIG_SIZE,	 /* 100, 5K, 2M, 1G, 1T, none: int64_t, octets */
	CONFIG_COUNT,	 /* 1 and up, none: int64_t */
	CONFIG_DEPTH,	 /* 1 to POLICY_DEPTH_MAX: int64_t */
	CONFIG_TIME,	 /* 90, 90s, 5m, 2h, 1d, none: int64_t, seconds */
	CONFIG_LOG,	 /* syslog, none or a path: struct audit_log */
};

/* The operations on the values of one kind. */
struct config_type {
	size_t size; /* octets of struct policy that a value takes */
	/* stores the value of a text in *out: NULL, or what is wrong with it */
	const char *(*read)(
	    void *out, const struct config_word *words, const char *text);
	/* writes a value as a text that read() accepts, cut to cap octets */
	void (*show)(const void *in, const struct config_word *words, char *out,
	    size_t cap);
};

/* "yes" and "no", of kind CONFIG_BOOL. */
extern const struct config_word config_yes_no[];

/* By enum config_kind. */
extern const struct config_type config_types[];

/* Returns a value as a number, for kinds whose values have an order. */
int64_t config_number(enum config_kind kind, const void *in);

#endif
