#include "request/peer.h"

#include <string.h>

#include "base/text.h"

/* Copies one blank-separated word of n octets, or nothing. */
static const char *
take_word(const char *s, size_t n, char *out, size_t cap)
{
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
	s = take_word(
	    s, text_span(s, ".:%_-"), peer->address, sizeof(peer->address));
	(void)take_word(
	    s, strspn(s, "0123456789"), peer->port, sizeof(peer->port));
}

const char *
peer_proven(const struct peer *peer)
{
	return peer->claimed ? "" : peer->address;
}
