#ifndef SCP_CHECK_NETWORK_H
#define SCP_CHECK_NETWORK_H

#include "base/address.h"

/* Room for an address as text. */
#define ADDRESS_TEXT_MAX 46

/*
 * Finds the first address of a network that is in none of the others that are
 * smaller.  Returns false if they leave none.
 */
bool network_only(const struct network *n, const struct network *others,
    size_t count, struct address *out);

/* Writes an address in its shortest form: one of IPv4 as four numbers. */
void address_write(const struct address *a, char out[ADDRESS_TEXT_MAX]);

#endif
