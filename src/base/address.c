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

/* As for sshd(8), a bit behind the prefix is a mistake: 10.1.2.3/2 for /32. */
static bool
is_clean(const struct network *n)
{
	for (unsigned int i = n->bits; i < 128; i++)
		if ((n->address.octets[i / 8] & 0x80U >> i % 8) != 0)
			return false;
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
	    (out->bits >= 96 || !is_ipv4(&out->address)) && is_clean(out);
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
