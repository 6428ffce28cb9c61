#ifndef SCP_EVA_NETTLE_SHA2_H
#define SCP_EVA_NETTLE_SHA2_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_DIGEST_SIZE 32

/* What is in it is Nettle's own matter. */
struct sha256_ctx {
	unsigned char state[112];
};

void sha256_init(struct sha256_ctx *ctx);
void sha256_update(struct sha256_ctx *ctx, size_t length, const uint8_t *data);
void sha256_digest(struct sha256_ctx *ctx, size_t length, uint8_t *digest);

#endif
