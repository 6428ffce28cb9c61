#ifndef SCP_CONFIG_H
#define SCP_CONFIG_H

#include "policy.h"

/* Whom the configuration is read for: what Match and %u %h look at. */
struct config_subject {
	const char *user;
	const char *home;    /* "" none */
	const char *address; /* of the peer; "" unknown */
	/* names of groups, NULL at the end; asked for by Match Group only */
	const char *const *(*groups)(void);
};

/* Where a configuration is wrong. */
struct config_error {
	unsigned int line; /* 0: not in the file */
	char word[128];	   /* the offending word */
	const char *why;
};

/*
 * S2: sets one keyword from "Keyword=value" or "Keyword value"; keywords and
 * words are spelt in any case.  The first value of a keyword wins: a second is
 * checked and dropped.  0, or ERR_CONFIG with *error filled; the policy is
 * then as before.
 */
int
config_set(struct policy *p, const char *option, struct config_error *error);

/*
 * Reads the text of a configuration file: lines of keywords as in
 * sshd_config, "#" comments, Match blocks, which override what stands outside
 * of them for the subjects they match.  Pure.  0 or ERR_CONFIG.
 */
int config_parse(struct policy *p, const char *text, size_t len,
    const struct config_subject *subject, struct config_error *error);

/*
 * Loads a file: a regular one of root's that nobody else may write, judged
 * after it was opened.  0; ENOENT; ERR_CONFIG.
 */
int config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct config_error *error);

/*
 * Is a file one that only root could have written?  For files that others
 * read on our behalf.  0 or ERR_CONFIG.
 */
int config_trusted(const char *path, struct config_error *error);

/*
 * The stricter of two policies, keyword by keyword: what the file says and
 * what the options say.  0, or ERR_CONFIG where nothing is left.
 */
int config_combine(struct policy *file, const struct policy *options,
    struct config_error *error);

/* What is set in by takes the place of what p says: a Match block. */
void config_override(struct policy *p, const struct policy *by);

/*
 * Puts %u, %h and %% into Root.  ERR_CONFIG for an account name that could
 * change the path (CVE-2026-30915).
 */
int config_expand(struct policy *p, const struct config_subject *subject,
    struct config_error *error);

/* May a client's own forced-command string set it?  It only tightens. */
bool config_only_tightens(const char *option);

/* How a keyword is spelt. */
const char *config_name(enum policy_key key);

/* For --check: the keyword's name and its value in words; false at the end. */
bool config_show(const struct policy *p, size_t index, const char **name,
    char *value, size_t cap);

#endif
