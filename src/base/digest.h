#ifndef SCP_DIGEST_H
#define SCP_DIGEST_H

#include <sys/types.h>

#ifdef WITH_NETTLE
#include <nettle/sha2.h>
#else
#include <sha2.h>
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest {
	DIGEST_NONE,
	DIGEST_SHA256,
};

/*
 * AuditDigest: the digest of one file, computed during the transfer.  Nettle
 * uses the processor's instructions where it has them; libmd, which libbsd
 * needs anyway, is there everywhere.  Neither allocates memory.
 */
struct digest_sum {
	bool on;
#ifdef WITH_NETTLE
	struct sha256_ctx context;
#else
	SHA2_CTX context;
#endif
};

/* Octets of a digest, and of it in hexadecimal, with its NUL. */
#define DIGEST_SIZE	 32
#define DIGEST_TEXT_SIZE (2 * DIGEST_SIZE + 1)

void digest_begin(struct digest_sum *d, enum digest kind);
void digest_add(struct digest_sum *d, const void *p, size_t n);

/* Writes the digest in hexadecimal, or "" when AuditDigest is none. */
void digest_end(struct digest_sum *d, char out[DIGEST_TEXT_SIZE]);

/* Writes the octets of the digest of a DIGEST_SHA256. */
void digest_octets(struct digest_sum *d, uint8_t out[DIGEST_SIZE]);

#endif
