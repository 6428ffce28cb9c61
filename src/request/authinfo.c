#include "request/authinfo.h"

#include <fcntl.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

/* Octets of the file at most: a few keys, the largest of them RSA. */
#define FILE_MAX 32768

/* What sshd puts at random into the name of that file. */
#define NAME_DIGITS 15

/* The most directories that /tmp may be beneath, if it is a link. */
#define PARENTS_MAX 32

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

/* The sum of what a base64 text stands for; false when it is none. */
static bool
sum_base64(const char *text, size_t len, uint8_t sum[DIGEST_SIZE])
{
	struct digest_sum context;
	uint32_t bits = 0;
	unsigned int have = 0;
	const char *at;
	uint8_t octet;

	while (len > 0 && text[len - 1] == '=')
		len--;
	digest_begin(&context, DIGEST_SHA256);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\0' || (at = strchr(base64, text[i])) == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(at - base64);
		if ((have += 6) < 8)
			continue;
		have -= 8;
		octet = (uint8_t)(bits >> have);
		digest_add(&context, &octet, 1);
	}
	digest_octets(&context, sum);
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
	uint8_t sum[DIGEST_SIZE];
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

/* As the template of sshd(8) with its fifteen letters and digits. */
static bool
is_name_of_sshd(const char *path)
{
	static const char dir[] = "/tmp/sshauth.";
	size_t n = strlen(dir);

	return strncmp(path, dir, n) == 0 &&
	    strspn(path + n, base64) == NAME_DIGITS &&
	    strcspn(path + n, "+/") == NAME_DIGITS &&
	    path[n + NAME_DIGITS] == '\0';
}

/*
 * Whether /tmp is root or beneath it, by inode, so that links and mounts on the
 * way do not hide it.  What a session can't reach, it can't serve either.
 */
static bool
is_within(const char *root)
{
	char up[sizeof("/tmp") + 3UL * PARENTS_MAX] = "/tmp";
	struct stat wanted, here, last = { .st_ino = 0 };

	if (*root == '\0' || stat(root, &wanted) != 0)
		return false;
	for (int i = 0; i < PARENTS_MAX; i++, last = here) {
		if (stat(up, &here) != 0)
			return true;
		if (here.st_dev == wanted.st_dev &&
		    here.st_ino == wanted.st_ino)
			return true;
		if (here.st_dev == last.st_dev && here.st_ino == last.st_ino)
			return false; /* the parent of "/" is "/" */
		memcpy(up + sizeof("/tmp") - 1 + 3 * (size_t)i, "/..", 4);
	}
	return true;
}

/* S2: nothing but what sshd makes; a FIFO would keep us waiting. */
static bool
is_file_of_sshd(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 07777) == 0600 && st.st_nlink == 1 &&
	    st.st_uid == geteuid();
}

/* Without such a file text is never written, so its pages cost nothing. */
void
authinfo_load(struct authinfo *a, const char *path, const char *root)
{
	static char text[FILE_MAX];
	ssize_t n = -1;
	int fd;

	memset(a, 0, sizeof(*a));
	if (path == NULL || !is_name_of_sshd(path) || is_within(root))
		return;
	fd = open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return;
	if (is_file_of_sshd(fd))
		n = read(fd, text, sizeof(text));
	(void)close(fd); /* was only read */
	if (n > 0)
		authinfo_parse(a, text, (size_t)n);
}
