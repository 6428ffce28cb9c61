#ifndef SCP_PEER_H
#define SCP_PEER_H

#include <stddef.h>

/* Where the session comes from; "" where it is not known. */
struct peer {
	char address[64];
	char port[8];
};

/*
 * Reads SSH_CONNECTION, "address port our-address our-port"; NULL for none.
 * What does not look like an address or port is left out.
 */
void peer_parse(struct peer *peer, const char *s);

#endif
