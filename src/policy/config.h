#ifndef SCP_CONFIG_H
#define SCP_CONFIG_H

#include "base/trouble.h"
#include "policy/policy.h"

/* The account that the configuration is read for, for Match, %u and %h. */
struct config_subject {
	const char *user;
	const char *home; /* "" none */
	/* of the peer; "" unknown, NULL not asked for: no Address matches */
	const char *address;
	/* returns names of groups, NULL at the end, or NULL when they can't be
	   found out; called by Match Group, for patterns */
	const char *const *(*groups)(void);
	/* returns 1 if the account is in the group of this name, 0, or -1 when
	   it can't be found out; called by Match Group, for names */
	int (*in_group)(const char *name);
	/* returns every name of the account's uid, with NULL at the end, or
	   NULL when a lookup failed; this pointer is NULL if only user counts
	 */
	const char *const *(*aliases)(void);
	/* called with each name without wildcards in a Match User or Match
	   Group, also in blocks for other accounts; NULL: not called */
	void (*named)(unsigned int line, bool group, const char *name);
	/* called with each list of a Match Address, and then with NULL if other
	   criteria of that line are not met; NULL: not called */
	void (*from)(unsigned int line, const char *list);
};

/*
 * S2: sets one keyword from "Keyword=value" or "Keyword value".  Keywords, and
 * values that are words, match in any case.  The first value of a keyword is
 * used; later ones are checked and ignored.  Returns 0, or ERR_CONFIG with
 * *t filled, and then the policy is unchanged.
 */
int config_set(struct policy *p, const char *option, struct trouble *t);

/*
 * Cuts off the comment of a line of the file, and blanks at both ends, in
 * place.  Returns where the line begins now.
 */
char *config_trim(char *line);

/*
 * Parses the text of a configuration file: lines of keywords as in
 * sshd_config(5), "#" comments, and Match blocks, whose keywords override those
 * outside of them for the subjects that they match.  Pure.  Returns 0, or
 * ERR_CONFIG with *t filled.
 */
int config_parse(struct policy *p, const char *text, size_t len,
    const struct config_subject *subject, struct trouble *t);

/*
 * Loads a configuration file.  It has to be a regular file that root owns and
 * that no other account can write; this is checked after it is opened.
 * Returns 0, ENOENT, or ERR_CONFIG with *t filled.
 */
int config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct trouble *t);

/*
 * Opens a file that decides something.  Returns a descriptor, or -1 with errno.
 * config_check_owner() then sets *size and returns 0, or returns ERR_CONFIG
 * with *t filled when another account than root could have written the file, it
 * is no regular one, or it has more than a MiB.
 */
int config_open(const char *path);
int config_check_owner(int fd, size_t *size, struct trouble *t);

/* Notes that a file can't be opened, with errno.  Returns ERR_CONFIG. */
int config_cant_open(struct trouble *t, const char *word);

/*
 * Leaves in *file, for each keyword, the stricter of the values that the file
 * and the options set.  Returns 0, or ERR_CONFIG with *t filled when two
 * values allow nothing in common.
 */
int config_combine(
    struct policy *file, const struct policy *options, struct trouble *t);

/*
 * As config_combine(), for values of which it is not known which holds: two
 * that differ and have no order are an error.
 */
int config_combine_strictly(
    struct policy *file, const struct policy *other, struct trouble *t);

/*
 * Leaves in *p, for each keyword of doubts, the stricter of its value there and
 * in *p, where a default counts as a value: that of the stricter Root and
 * Access.  What is set in doubts is undefined afterwards.  Without a Root in
 * *p, one in doubts is an error.  Returns 0, or ERR_CONFIG with *t filled.
 */
int
config_add_doubts(struct policy *p, struct policy *doubts, struct trouble *t);

/* Replaces the values of *p by those that are set in *by: a Match block. */
void config_override(struct policy *p, const struct policy *by);

/*
 * Expands %u, %h and %% in Root, if that is set.  Returns 0, or ERR_CONFIG with
 * *t filled, for instance for an account name that could change the path
 * (CVE-2026-30915).
 */
int config_expand(
    struct policy *p, const struct config_subject *subject, struct trouble *t);

/*
 * Returns whether an option can only make the policy stricter.  A client could
 * send a forced command itself, so only such options are taken from it.
 */
bool config_only_tightens(const char *option);

/* Returns the name of a keyword. */
const char *config_name(enum policy_key key);

/*
 * Sets *name and value to the name and the value of a keyword, to be shown.  A
 * value longer than cap is cut.  Returns false when there is no such keyword.
 */
bool config_show(const struct policy *p, size_t index, const char **name,
    char *value, size_t cap);

#endif
