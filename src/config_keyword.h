#ifndef SCP_CONFIG_KEYWORD_H
#define SCP_CONFIG_KEYWORD_H

#include "config.h"
#include "config_value.h"

/* For the files of this module: a row of the table of keywords. */
struct keyword {
	const char *name;
	/* leaves the stricter of two values that are set in file */
	int (*combine)(struct policy *file, const struct policy *options,
	    const struct keyword *keyword, struct config_error *error);
	const struct config_word *words;
	enum config_kind kind : 8;
	bool tightens;	 /* may also come from a client's own string */
	uint16_t offset; /* of the value in struct policy */
};

/* By enum policy_key. */
extern const struct keyword config_keywords[];

/*
 * The orders of values.  0, or ERR_CONFIG with *error filled where nothing is
 * left that both allow.
 *
 * file_first	there is no order: what the file says holds
 * higher	the higher number is the stricter; words stand in that order
 * lower	the lower number, "no" before "yes"
 * limit	the lower number, 0 being no limit
 * access	what both allow
 * deeper	the root that lies beneath the other one
 * and_mode	the bits that both give
 * or_mask	the bits that either takes away
 * both_lists	a name has to be in each of two lists
 * both_relays	so has a destination; "" is in none
 * either_list	a name is in one list or the other
 */
int combine_file_first(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_higher(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_lower(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_limit(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_access(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_deeper(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_and_mode(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_or_mask(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_both_lists(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_both_relays(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);
int combine_either_list(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct config_error *error);

/* Fills *error with a reason and a word of len octets; ERR_CONFIG. */
int config_fail(
    struct config_error *error, const char *why, const char *word, size_t len);

#endif
