#include "base/digest.h"

#ifdef WITH_NETTLE
static void
begin(struct digest_sum *d)
{
	sha256_init(&d->context);
}

static void
add(struct digest_sum *d, const void *p, size_t n)
{
	sha256_update(&d->context, n, p);
}

void
digest_octets(struct digest_sum *d, uint8_t out[DIGEST_SIZE])
{
	sha256_digest(&d->context, DIGEST_SIZE, out);
}
#else
static void
begin(struct digest_sum *d)
{
	SHA256Init(&d->context);
}

static void
add(struct digest_sum *d, const void *p, size_t n)
{
	SHA256Update(&d->context, p, n);
}

void
digest_octets(struct digest_sum *d, uint8_t out[DIGEST_SIZE])
{
	SHA256Final(out, &d->context);
}
#endif

void
digest_begin(struct digest_sum *d, enum digest kind)
{
	d->on = kind == DIGEST_SHA256;
	if (d->on)
		begin(d);
}

void
digest_add(struct digest_sum *d, const void *p, size_t n)
{
	if (d->on)
		add(d, p, n);
}

void
digest_end(struct digest_sum *d, char out[DIGEST_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t sum[DIGEST_SIZE];
	size_t i;

	out[0] = '\0';
	if (!d->on)
		return;
	digest_octets(d, sum);
	for (i = 0; i < sizeof(sum); i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[2 * i] = '\0';
}
