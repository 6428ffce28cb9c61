#include "check/network.h"

#include <arpa/inet.h>

/* Sets the bits of an address that a network leaves open to those of value. */
static void
fill_rest(const struct network *n, unsigned char value, struct address *a)
{
	unsigned int kept;

	for (unsigned int i = n->bits / 8; i < sizeof(a->octets); i++) {
		kept = i == n->bits / 8 ? 0xff00U >> n->bits % 8 & 0xff : 0;
		a->octets[i] =
		    (unsigned char)((a->octets[i] & kept) | (value & ~kept));
	}
}

/* The address behind a network.  Returns false when that was the last one. */
static bool
go_behind(const struct network *n, struct address *a)
{
	size_t i = sizeof(a->octets);

	*a = n->address;
	fill_rest(n, 0xff, a);
	while (i > 0 && ++a->octets[i - 1] == 0)
		i--;
	return i > 0;
}

bool
network_only(const struct network *n, const struct network *others,
    size_t count, struct address *out)
{
	size_t i = 0;

	*out = n->address;
	fill_rest(n, 0, out);
	while (i < count && network_has(n, out)) {
		if (others[i].bits <= n->bits ||
		    !network_has(&others[i], out)) {
			i++;
			continue;
		}
		if (!go_behind(&others[i], out))
			return false;
		i = 0; /* it may be in one that was passed */
	}
	return network_has(n, out);
}

void
address_write(const struct address *a, char out[ADDRESS_TEXT_MAX])
{
	struct network ipv4;

	_Static_assert(ADDRESS_TEXT_MAX >= INET6_ADDRSTRLEN, "room for each");
	if (network_parse(&ipv4, "0.0.0.0/0", 9) && network_has(&ipv4, a))
		(void)inet_ntop(AF_INET, a->octets + 12, out,
		    ADDRESS_TEXT_MAX); /* fits; the last four octets */
	else
		(void)inet_ntop(
		    AF_INET6, a->octets, out, ADDRESS_TEXT_MAX); /* fits */
}
