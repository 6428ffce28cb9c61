#ifndef SCP_ADDRESS_H
#define SCP_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* An address of IPv6, or one of IPv4 as it is mapped into IPv6. */
struct address {
	unsigned char octets[16];
};

/* The addresses that have their first bits in common. */
struct network {
	struct address address;
	unsigned int bits; /* 0 to 128; of IPv4 from 96 */
};

/*
 * Parses an address of IPv4 or IPv6 without looking up any name.  A scope after
 * an IPv6 address ("%eth0") is left out.  Returns false for anything else.
 */
bool address_parse(struct address *out, const char *text);

/*
 * Parses an address without a scope, which may end in "/" and a number of bits:
 * at most 32 for IPv4 and 128 for IPv6.  A mapped address has to have at least
 * 96, which are those of IPv4.  The bits of the address behind them have to be
 * 0.  Returns false for anything else.
 */
bool network_parse(struct network *out, const char *text, size_t len);

/* Returns whether an address is in a network.  None of IPv4 is in one of IPv6.
 */
bool network_has(const struct network *n, const struct address *a);

#endif
