#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

/* The octets of a mapped IPv4 address that come before its own. */
static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

static bool
is_ipv4(const struct address *a)
{
	return memcmp(a->octets, mapped, sizeof(mapped)) == 0;
}

bool
address_parse(struct address *out, const char *text)
{
	char plain[INET6_ADDRSTRLEN];
	size_t n;

	if (strchr(text, ':') == NULL) {
		memcpy(out->octets, mapped, sizeof(mapped));
		return inet_pton(AF_INET, text, out->octets + sizeof(mapped)) ==
		    1;
	}
	if ((n = strcspn(text, "%")) >= sizeof(plain))
		return false;
	memcpy(plain, text, n);
	plain[n] = '\0';
	return inet_pton(AF_INET6, plain, out->octets) == 1;
}

/* bits = 1*3DIGIT */
static bool
take_bits(const char *s, unsigned int *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 3 || s[n] != '\0')
		return false;
	for (*out = 0; *s != '\0'; s++)
		*out = 10 * *out + (unsigned int)(*s - '0');
	return true;
}

bool
network_parse(struct network *out, const char *text, size_t len)
{
	char plain[INET6_ADDRSTRLEN + sizeof("/128")], *slash;
	unsigned int most;

	if (len >= sizeof(plain) || memchr(text, '%', len) != NULL)
		return false;
	memcpy(plain, text, len);
	plain[len] = '\0';
	most = strchr(plain, ':') != NULL ? 128 : 32;
	out->bits = most;
	if ((slash = strchr(plain, '/')) != NULL) {
		*slash = '\0';
		if (!take_bits(slash + 1, &out->bits) || out->bits > most)
			return false;
	}
	out->bits += 128 - most;
	return address_parse(&out->address, plain) &&
	    (out->bits >= 96 || !is_ipv4(&out->address));
}

bool
network_has(const struct network *n, const struct address *a)
{
	const unsigned char *one = n->address.octets, *other = a->octets;
	const unsigned int whole = n->bits / 8, rest = n->bits % 8;

	return is_ipv4(&n->address) == is_ipv4(a) &&
	    memcmp(one, other, whole) == 0 &&
	    (rest == 0 || (one[whole] ^ other[whole]) >> (8 - rest) == 0);
}

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
	_Static_assert(ADDRESS_TEXT_MAX >= INET6_ADDRSTRLEN, "room for each");
	if (is_ipv4(a))
		(void)inet_ntop(AF_INET, a->octets + sizeof(mapped), out,
		    ADDRESS_TEXT_MAX); /* fits */
	else
		(void)inet_ntop(
		    AF_INET6, a->octets, out, ADDRESS_TEXT_MAX); /* fits */
}
