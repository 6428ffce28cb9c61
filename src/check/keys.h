#ifndef SCP_CHECK_KEYS_H
#define SCP_CHECK_KEYS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct check;
struct sshd;

/* The most keys of an account that are examined. */
#define CHECK_KEYS_MAX 100

/* What a key allows, unless sshd forbids it. */
enum key_grant {
	KEY_MAY_FORWARD = 1,
	KEY_MAY_AGENT = 2,
	KEY_MAY_X11 = 4,
	KEY_MAY_RC = 8,
	KEY_MAY_ALL = 15,
};

/* A key, and what its options say. */
struct check_key {
	unsigned int number; /* its line */
	unsigned int grants; /* enum key_grant */
	bool has_command;
	bool has_options;
	bool is_restricted; /* it has the option restrict */
	bool is_authority;  /* it signs other keys */
	bool is_expired;    /* sshd does not take it any more */
	unsigned int reach; /* see check_reach() */
	bool is_refused;    /* it does not know one of its options */
	bool has_variable;  /* environment=, but for one of a language */
	char file[PATH_MAX];
	char name[256]; /* its comment, or the end of the key */
	char from[512];
	char command[4096];
};

/* The keys in all files of an account. */
struct check_keys {
	unsigned int count;
	unsigned int bound;  /* those that can start this program only */
	unsigned int grants; /* of any */
	int faults;	     /* lines from which sshd takes no key */
	struct check_key key[CHECK_KEYS_MAX];
};

/*
 * Reads the files of a list as in AuthorizedKeysFile, with the rights of the
 * account like sshd.  Prints a finding or a note for what can't be read.
 */
void
check_read_keys(struct check *c, const char *list, struct check_keys *keys);

/*
 * Prints a finding for a file of keys that sshd does not trust: with
 * StrictModes it looks at the file and at all above it, up to the home.
 */
void check_strict_modes(struct check *c, const char *path);

/*
 * Prints what each key allows, and a finding for one that does not lead here.
 * Sets c->by_keys.
 */
void check_judge_keys(struct check *c, struct check_keys *keys);

/* Returns how many keys were read. */
size_t check_keys_examined(const struct check_keys *keys);

/* Returns whether nobody comes in but with one of the keys that were read. */
bool check_only_keys(const struct check *c, const struct sshd *s);

/*
 * Reads the keys of the account and notes that some of them have options in
 * their command=, which hold for sessions with that key alone.
 */
void check_note_keys(struct check *c);

/*
 * Prints a finding for each key with options in a command= that is not what
 * ForceCommand says, since sshd runs that instead.
 */
void check_judge_ignored(struct check *c, const struct check_keys *keys);

/* Prints a finding for what lets somebody in whom no command= binds. */
void check_other_ways(struct check *c);

/* Returns the octets of an option: to a comma or blank outside of quotes. */
size_t check_option_len(const char *s);

/* Reads the time of an option expiry-time.  Returns false if it is none. */
bool check_key_time(const char *s, size_t len, time_t *t);

/* Returns whether a line, or what follows the options of one, is a key. */
bool check_is_key(const char *s);

/*
 * Returns why sshd takes no key from a line, or NULL.  *is_read is false if
 * none is in it.
 */
const char *check_key_fault(const char *line, bool *is_read);

/* For the parent: takes over a key that a child has read. */
void check_take_key(const char *const *fields);

/* For the child: hands a key over. */
void check_answer_key(const struct check_key *k);

#endif
