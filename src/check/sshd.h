#ifndef SCP_CHECK_SSHD_H
#define SCP_CHECK_SSHD_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_VALUE_MAX 2048

enum setting {
	SET_FORCE_COMMAND,
	SET_SUBSYSTEM,	/* the command of sftp */
	SET_SUBSYSTEMS, /* the names and commands of all others */
	SET_USER_RC,
	SET_USER_ENVIRONMENT,
	SET_ACCEPT_ENV,
	SET_KEYS_FILE,
	SET_KEYS_COMMAND,
	SET_CA_KEYS,
	SET_PRINCIPALS_FILE,
	SET_PRINCIPALS_COMMAND,
	SET_PUBKEY,
	SET_PASSWORD,
	SET_KEYBOARD,
	SET_GSSAPI,
	SET_HOSTBASED,
	SET_METHODS,
	SET_CHROOT,
	SET_ENV,
	SET_ALLOW_USERS,
	SET_DENY_USERS,
	SET_ALLOW_GROUPS,
	SET_DENY_GROUPS,
	SET_ROOT_LOGIN,
	SET_PAM,
	SET_MAX_SESSIONS,
	SET_STRICT_MODES,
	SET_OPEN,
	SET_LISTEN,
	SET_NO_FORWARDING,
	SET_TCP, /* the kinds of forwarding are the last ones */
	SET_AGENT,
	SET_STREAM,
	SET_X11,
	SET_TUNNEL,
	SET_COUNT,
};

/* The settings of sshd for one account. */
struct sshd {
	const char *program;
	char value[SET_COUNT][SSHD_VALUE_MAX]; /* "" unknown, or none given */
	char last[256];			       /* the last line of its output */
	bool known;			       /* it answered */
	bool absent;			       /* there is no OpenSSH sshd */
	const char *why;		       /* why it is not known */
};

/* The name of a setting, as in sshd_config(5). */
const char *sshd_name(enum setting setting);

/* Whether a setting is "none" or not set. */
bool sshd_is_none(const struct sshd *s, enum setting setting);

/* The parts of a connection, as sshd -T -C takes them. */
enum client_part {
	CLIENT_ADDRESS,
	CLIENT_HOST,
	CLIENT_LOCAL_ADDRESS,
	CLIENT_LOCAL_PORT,
	CLIENT_PARTS,
};

/* Room for one value of a list of a Match, or for an item of it. */
#define MATCH_VALUE_MAX 256

/*
 * Takes the next item of a list of a Match, and whether it has a "!".  Returns
 * false at its end.
 */
bool values_next(const char **list, char item[MATCH_VALUE_MAX], bool *negated);

/* Whether a list has a value, as sshd compares them. */
bool values_has(enum client_part part, const char *list, const char *value);

enum match_found {
	MATCH_FOUND,
	MATCH_VOID,    /* there is none */
	MATCH_UNKNOWN, /* none was found, and there may be one */
};

/*
 * Finds a value that an item and the whole list with it have, and as few as
 * possible of other lists; NULL in those is no list.
 */
enum match_found
values_find(enum client_part part, const char *list, const char *item,
    char *const *lists, size_t count, char out[MATCH_VALUE_MAX]);

/* How a client connects; NULL: as one on this host does. */
struct sshd_client {
	const char *part[CLIENT_PARTS];
};

/*
 * Asks sshd for the settings of an account (sshd -T) that connects in this way,
 * or from this host for NULL.  There is a time limit for its answer.
 */
void
sshd_ask(struct sshd *s, const char *account, const struct sshd_client *client);

/*
 * Returns the first setting in which two answers differ, or SET_COUNT.
 */
enum setting sshd_differs(const struct sshd *a, const struct sshd *b);

#endif
