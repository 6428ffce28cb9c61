#ifndef SCP_PEER_H
#define SCP_PEER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The address and port of the client; "" if unknown.  TinySSH lets a client set
 * every variable: under it they are what the client claims.
 */
struct peer {
	char address[64];
	char port[8];
	bool claimed;
};

/*
 * Parses SSH_CONNECTION, "address port server-address server-port"; s is NULL
 * if it is not set.  A word that does not look like an address or port counts
 * as unknown.
 */
void peer_parse(struct peer *peer, const char *s);

/* The address that decides about anything; "" if unknown or only claimed. */
const char *peer_proven(const struct peer *peer);

#endif
