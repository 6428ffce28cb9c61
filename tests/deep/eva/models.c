/*
 * What Frama-C's own library lacks, as the manuals describe it: libbsd, Nettle
 * and some functions of libc that it has a contract for, but no definition.
 * What a caller has to grant is asked for: a text is read to its end, and a
 * room is written to its end.
 */
#include <arpa/inet.h>
#include <bsd/string.h>
#include <nettle/sha2.h>
#include <string.h>

#include "eva.h"

size_t
strlcpy(char *dst, const char *src, size_t cap)
{
	const size_t n = strlen(src);

	if (n < cap) {
		Frama_C_make_unknown(dst, n);
		dst[n] = '\0';
	} else if (cap > 0) {
		Frama_C_make_unknown(dst, cap - 1);
		dst[cap - 1] = '\0';
	}
	return n;
}

size_t
strlcat(char *dst, const char *src, size_t cap)
{
	const size_t used = strnlen(dst, cap), n = strlen(src);

	if (used < cap)
		any_string(dst, cap);
	return used + n;
}

int
inet_pton(int af, const char *src, void *dst)
{
	(void)strlen(src);
	Frama_C_make_unknown(dst, af == AF_INET ? 4 : 16);
	return any_bool();
}

void
sha256_init(struct sha256_ctx *ctx)
{
	Frama_C_make_unknown((char *)ctx, sizeof(*ctx));
}

/*@ requires \valid_read(data + (0 .. length - 1));
  @ requires \initialized(data + (0 .. length - 1));
  @ requires \initialized(&ctx->state[0 .. 111]);
  @ assigns *ctx \from *ctx, data[0 .. length - 1];
  @ ensures \initialized(&ctx->state[0 .. 111]);
  @*/
void sha256_update(struct sha256_ctx *ctx, size_t length, const uint8_t *data);

void
sha256_digest(struct sha256_ctx *ctx, size_t length, uint8_t *digest)
{
	Frama_C_make_unknown((char *)digest, length);
	sha256_init(ctx);
}

char *
strrchr(const char *s, int c)
{
	const size_t n = strlen(s);

	(void)c;
	return any_bool() ? (char *)s + any_size(0, n) : NULL;
}
