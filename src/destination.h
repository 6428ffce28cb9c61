#ifndef SCP_DESTINATION_H
#define SCP_DESTINATION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* Another host, where a direct copy between two hosts ends. */
struct destination {
	char user[65];	/* "": none was named */
	char host[256]; /* a name or address, IPv6 without its brackets */
	char path[PATH_MAX];
};

/*
 * Does an operand name another host?  scp's rule: a colon before any slash, or
 * "scp://".
 */
bool destination_is(const char *text);

/*
 * S1: [user@]host:path, [user@][IPv6]:path or scp://[user@]host/path.  Nothing
 * of it can be taken for an option or a word of a shell: names are letters,
 * digits and a few signs, and don't begin with "-".  0; ERR_DESTINATION.
 */
int destination_parse(struct destination *d, const char *text);

/*
 * One item of Relay: host or user@host, with wildcards, or an address in
 * brackets, taken as it is.  A host without a user@ is allowed for any user;
 * a user@host only where the operand named that user.
 */
bool
destination_matches(const struct destination *d, const char *item, size_t len);

/*
 * What the other host's shell is given: the sink's command, with the path
 * quoted and a leading "~/" left to mean the home there.  false when it does
 * not fit.
 */
bool destination_command(const struct destination *d, bool recursive,
    bool preserve, bool directory, char *out, size_t cap);

#endif
