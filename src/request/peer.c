#include "request/peer.h"

#include <string.h>

/* Copies one blank-separated word of an address or port, or nothing. */
static const char *
take_word(const char *s, const char *allowed, char *out, size_t cap)
{
	size_t n = strspn(s, allowed);

	if (n > 0 && n < cap && (s[n] == ' ' || s[n] == '\0')) {
		memcpy(out, s, n);
		out[n] = '\0';
	}
	s += strcspn(s, " ");
	return s + strspn(s, " ");
}

/* S9: sshd wrote it, but it passed through an environment. */
void
peer_parse(struct peer *peer, const char *s)
{
	if (s == NULL)
		return;
	s = take_word(s,
	    "0123456789.:%_-"
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	    peer->address, sizeof(peer->address));
	(void)take_word(s, "0123456789", peer->port, sizeof(peer->port));
}

const char *
peer_proven(const struct peer *peer)
{
	return peer->claimed ? "" : peer->address;
}
