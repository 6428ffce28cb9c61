#ifndef SCP_DESTINATION_H
#define SCP_DESTINATION_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/* The other host of a direct copy between two hosts. */
struct destination {
	char user[65];	/* "": none was named */
	char host[256]; /* a name or address, IPv6 without its brackets */
	char path[PATH_MAX];
};

/*
 * Returns whether an operand names another host, by the rule of scp(1): it has
 * a colon before any slash, or begins with "scp://".
 */
bool destination_is(const char *text);

/*
 * S1: parses [user@]host:path, [user@][IPv6]:path or scp://[user@]host/path.
 * The names consist of letters, digits and a few signs, and don't begin with
 * "-", so neither ssh nor a shell can take them for anything else.  A host that
 * inet_aton(3) takes for an address has to be four decimal numbers, since no
 * list of names could name it otherwise.  Returns 0 or ERR_DESTINATION.
 */
int destination_parse(struct destination *d, const char *text);

/*
 * Returns whether a destination matches one item of Relay, which is host or
 * user@host.  host is a name or an IPv4 address with wildcards, none of which
 * matches a dot; "*" alone, which matches every host; or an address, IPv6 in
 * brackets or not, or a network of addresses with the number of its bits.  An
 * item without a user matches every user.  An item with a user matches only
 * when the operand named that user.
 */
bool
destination_matches(const struct destination *d, const char *item, size_t len);

/*
 * Writes the command of the sink for the shell of the other host.  The path is
 * quoted, except for a leading "~/", which is the home directory there.
 * Returns false when it is longer than cap.
 */
bool destination_command(const struct destination *d, bool recursive,
    bool preserve, bool directory, char *out, size_t cap);

#endif
