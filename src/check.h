#ifndef SCP_CHECK_H
#define SCP_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"
#include "jail.h"
#include "policy.h"
#include "request.h"

/*
 * What an administrator asks beforehand.  Both read the policy as a session
 * of the account --user would, print to stdout and change nothing.
 *
 * --check: the policy, what this machine offers for it, and how the real sshd
 * is set up beside it.  Returns the exit status: 0; 1 when something is unsafe
 * or can't work; 78 when the configuration is wrong.
 */
int check_run(const struct request *q);

/*
 * --explain COMMAND: would it be allowed, what would it touch, and which
 * keyword says so.  Returns the exit status: 0 allowed, 2 refused, 78.
 */
int explain_run(const struct request *q);

/*
 * For the files of this module.
 */
struct check {
	const struct request *request;
	struct account login;	/* whom sshd lets in */
	struct account session; /* whom the session runs as: User */
	struct policy policy;
	const char *file; /* the configuration */
	bool no_file;	  /* there is none */
	unsigned int findings;
};

/*
 * Reads the account and its policy.  0, or ERR_CONFIG when stderr has been
 * told where it is wrong.
 */
int check_load(struct check *c, const struct request *q);

/*
 * Becomes this account for good.  false where only root could: what follows
 * is then judged with our own rights.
 */
bool check_become(const struct account *a);

/*
 * Opens what the session would see as "/"; entered: Chroot yes has been done.
 * 0, ERR_SANDBOX or an errno.
 */
int check_open_root(const struct policy *p, bool entered, struct jail *j);

/*
 * Could the policy be kept by the SFTP server?  0, or ERR_SFTP with the
 * keywords that stand in the way, "" for Sftp deny.
 */
int check_handoff(const struct policy *p, char *keywords, size_t cap);

/* Where relative paths begin, below that. */
int check_start(const struct check *c, struct relpath *out);

/* One "  name  value" row; any octets. */
void check_row(const char *name, const char *value);

/* Where the line belongs that mends a finding. */
enum check_mend {
	MEND_MATCH,  /* sshd_config, for this account */
	MEND_GLOBAL, /* sshd_config, outside of Match */
	MEND_POLICY, /* our own configuration */
	MEND_SHELL,  /* our program as the login shell */
	MEND_HOST,   /* a command or a condition of the machine */
};

/* Something that is unsafe or can't work, and the line that mends it. */
__attribute__((format(printf, 4, 5))) void check_found(struct check *c,
    enum check_mend where, const char *mend, const char *format, ...);

/* Something to know, without judging it. */
__attribute__((format(printf, 1, 2))) void check_note(const char *format, ...);

/* Is the first word of a command the path or name of this program? */
bool check_is_ours(const char *command);

/* What the keys of an account say, all files together. */
struct check_keys {
	unsigned int count;
	unsigned int free; /* of which so many are not bound to us */
	bool all_restricted;
};

/* Reads one file of keys; what is not bound to us is a finding. */
void check_keys(struct check *c, const char *path, struct check_keys *keys);

/*
 * One file of sshd's AuthorizedKeysFile for this account, *list moved behind
 * it.  0; ENOENT at its end; ENAMETOOLONG for one that can't be told.
 */
int check_next_keys_file(
    const struct check *c, const char **list, char path[PATH_MAX]);

/*
 * The sections of --check that have files of their own.  check_place() judges
 * where Root lies; keys is sshd's AuthorizedKeysFile, "" unknown.
 */
void check_sshd(struct check *c);
void check_place(struct check *c, const char *keys);
void check_machine(struct check *c);

#endif
