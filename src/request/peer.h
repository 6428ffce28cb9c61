#ifndef SCP_PEER_H
#define SCP_PEER_H

#include <stddef.h>

/* The address and port of the client; "" if unknown. */
struct peer {
	char address[64];
	char port[8];
};

/*
 * Parses SSH_CONNECTION, "address port server-address server-port"; s is NULL
 * if it is not set.  A word that does not look like an address or port counts
 * as unknown.
 */
void peer_parse(struct peer *peer, const char *s);

#endif
