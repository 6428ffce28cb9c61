#include "request/authinfo.h"

#include <fcntl.h>
#include <sys/types.h>

#include <sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Octets of the file at most: a few keys, the largest of them RSA. */
#define FILE_MAX 32768

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* The sum of what a base64 text stands for; false when it is none. */
static bool
sum_base64(const char *text, size_t len, uint8_t sum[SHA256_DIGEST_LENGTH])
{
	SHA2_CTX context;
	uint32_t bits = 0;
	unsigned int have = 0;
	const char *at;
	uint8_t octet;

	while (len > 0 && text[len - 1] == '=')
		len--;
	SHA256Init(&context);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\0' || (at = strchr(base64, text[i])) == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(at - base64);
		if ((have += 6) < 8)
			continue;
		have -= 8;
		octet = (uint8_t)(bits >> have);
		SHA256Update(&context, &octet, 1);
	}
	SHA256Final(sum, &context);
	return len > 0;
}

/* Without "=" at its end, as ssh-keygen prints it. */
static void
print_base64(const uint8_t *in, size_t len, char *out)
{
	uint32_t bits = 0;
	unsigned int have = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | in[i];
		for (have += 8; have >= 6;) {
			have -= 6;
			*out++ = base64[bits >> have & 63];
		}
	}
	if (have > 0)
		*out++ = base64[bits << (6 - have) & 63];
	*out = '\0';
}

/* key = type SP base64 */
static void
take_key(struct authinfo *a, const char *text, size_t len)
{
	static const char cert[] = "-cert-v01@openssh.com";
	const char *blank = memchr(text, ' ', len), *rest;
	uint8_t sum[SHA256_DIGEST_LENGTH];
	char shown[2 * sizeof(sum)];
	size_t n, tail = strlen(cert);

	if (blank == NULL)
		return;
	n = (size_t)(blank - text);
	if (n == 0 || n > sizeof(a->key) - sizeof(shown) - 16)
		return;
	if (n > tail && memcmp(blank - tail, cert, tail) == 0) {
		(void)snprintf(a->key, sizeof(a->key), "%.*s", (int)n, text);
		return;
	}
	len -= n + 1;
	blank++;
	rest = memchr(blank, ' ', len);
	if (!sum_base64(
		blank, rest != NULL ? (size_t)(rest - blank) : len, sum))
		return;
	print_base64(sum, sizeof(sum), shown);
	(void)snprintf(a->key, sizeof(a->key), "%.*s SHA256:%s", (int)n, text,
	    shown); /* fits, see above */
}

/* line = method [ SP key ] */
static void
take_line(struct authinfo *a, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	size_t n = blank != NULL ? (size_t)(blank - line) : len;

	if (n == 0 || n >= sizeof(a->method))
		return;
	memcpy(a->method, line, n);
	a->method[n] = '\0';
	if (blank != NULL && strcmp(a->method, "publickey") == 0)
		take_key(a, blank + 1, len - n - 1);
}

void
authinfo_parse(struct authinfo *a, const char *text, size_t len)
{
	const char *end = text + len, *newline;
	size_t n;

	memset(a, 0, sizeof(*a));
	for (; text < end; text += n + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		n = (size_t)((newline != NULL ? newline : end) - text);
		take_line(a, text, n);
	}
}

/*
 * S2: nothing but a small regular file; a FIFO would keep us waiting.  Where
 * there is none, which is the rule, the room for it is not touched either.
 */
void
authinfo_load(struct authinfo *a, const char *path)
{
	static char text[FILE_MAX];
	struct stat st;
	ssize_t n = -1;
	int fd;

	memset(a, 0, sizeof(*a));
	if (path == NULL)
		return;
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, text, sizeof(text));
	(void)close(fd); /* was only read */
	if (n > 0)
		authinfo_parse(a, text, (size_t)n);
}
