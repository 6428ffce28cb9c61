#include "base/digest.h"

#include <stdint.h>

void
digest_begin(struct digest_sum *d, enum digest kind)
{
	d->on = kind == DIGEST_SHA256;
	if (d->on)
		SHA256Init(&d->context);
}

void
digest_add(struct digest_sum *d, const void *p, size_t n)
{
	if (d->on)
		SHA256Update(&d->context, p, n);
}

void
digest_end(struct digest_sum *d, char out[DIGEST_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t sum[SHA256_DIGEST_LENGTH];
	size_t i;

	out[0] = '\0';
	if (!d->on)
		return;
	SHA256Final(sum, &d->context);
	for (i = 0; i < sizeof(sum); i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * i] = '\0';
}
