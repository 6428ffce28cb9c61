#ifndef SCP_DIGEST_H
#define SCP_DIGEST_H

#include <sys/types.h>

#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>

enum digest {
	DIGEST_NONE,
	DIGEST_SHA256,
};

/* AuditDigest: the digest of one file, computed during the transfer. */
struct digest_sum {
	bool on;
	SHA2_CTX context;
};

/* Octets of a digest in hexadecimal, with its NUL. */
#define DIGEST_TEXT_SIZE SHA256_DIGEST_STRING_LENGTH

void digest_begin(struct digest_sum *d, enum digest kind);
void digest_add(struct digest_sum *d, const void *p, size_t n);

/* Writes the digest in hexadecimal, or "" when AuditDigest is none. */
void digest_end(struct digest_sum *d, char out[DIGEST_TEXT_SIZE]);

#endif
