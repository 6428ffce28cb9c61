#ifndef SCP_CONFIG_VALUE_H
#define SCP_CONFIG_VALUE_H

#include <stddef.h>

#include "policy.h"

struct config_word {
	const char *text;
	int value;
};

/* How a value is spelt, and what struct policy holds of it. */
enum config_kind {
	CONFIG_PATH,   /* absolute or "none": char[PATH_MAX] */
	CONFIG_ROOT,   /* the same, and %u %h %% in it */
	CONFIG_USER,   /* an account's name: char[POLICY_USER_MAX] */
	CONFIG_YES_NO, /* bool */
	CONFIG_WORD,   /* one of words: an enum */
	CONFIG_BOOL,   /* one of two words: bool */
	CONFIG_LIST,   /* patterns between blanks: char[POLICY_LIST_MAX] */
	CONFIG_RELAY,  /* the same, or "deny": char[POLICY_LIST_MAX] */
	CONFIG_MODE,   /* octal to 0777: mode_t */
	CONFIG_SIZE,   /* 100, 5K, 2M, 1G, 1T, none: int64_t, octets */
	CONFIG_COUNT,  /* 1 and up, none: int64_t */
	CONFIG_DEPTH,  /* 1 to POLICY_DEPTH_MAX: int64_t */
	CONFIG_TIME,   /* 90, 90s, 5m, 2h, 1d, none: int64_t, seconds */
	CONFIG_LOG,    /* syslog, none or a path: audit_path, audit_off */
};

/*
 * Reads a value into out; NULL, or what is wrong with it.  CONFIG_LOG sets
 * audit_off too, so it gets the policy itself.
 */
const char *
config_read_value(enum config_kind kind, const struct config_word *words,
    const char *value, struct policy *p, size_t offset);

/* The same value in words, as config_read_value() would read it. */
void config_show_value(enum config_kind kind, const struct config_word *words,
    const struct policy *p, size_t offset, char *out, size_t cap);

#endif
