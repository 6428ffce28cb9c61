#include "request/destination.h"

#include <arpa/inet.h>
#include <bsd/string.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/glob.h"

#define LETTERS                      \
	"abcdefghijklmnopqrstuvwxyz" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ" \
	"0123456789"

static const char uri[] = "scp://";

static bool
is_uri(const char *text)
{
	return strncmp(text, uri, strlen(uri)) == 0;
}

/* Where the path of host:path begins, or NULL: scp's colon(). */
static const char *
find_colon(const char *text)
{
	bool bracket = false;

	if (*text == ':')
		return NULL;
	for (const char *s = text; *s != '\0'; s++) {
		if (*s == '[' && (s == text || s[-1] == '@'))
			bracket = true;
		else if (*s == ']' && bracket)
			bracket = false;
		else if (*s == ':' && !bracket)
			return s;
		else if (*s == '/')
			return NULL;
	}
	return NULL;
}

bool
destination_is(const char *text)
{
	return is_uri(text) || find_colon(text) != NULL;
}

/* Copies a name of allowed characters that does not begin with "-". */
static bool
take_name(char *out, size_t cap, const char *s, size_t len, const char *allowed)
{
	if (len == 0 || len >= cap || *s == '-' || strspn(s, allowed) < len)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

/* authority = [ user "@" ] ( name / "[" IPv6 "]" ) */
static bool
take_authority(struct destination *d, const char *s, size_t len)
{
	const char *at = memchr(s, '@', len);
	size_t n;

	if (at != NULL) {
		n = (size_t)(at - s);
		if (!take_name(d->user, sizeof(d->user), s, n, LETTERS "._-+"))
			return false;
		s = at + 1;
		len -= n + 1;
	}
	if (len > 2 && s[0] == '[' && s[len - 1] == ']')
		return take_name(
		    d->host, sizeof(d->host), s + 1, len - 2, LETTERS ".:%_");
	return take_name(d->host, sizeof(d->host), s, len, LETTERS "._-");
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Decodes %XX, in place. */
static bool
decode(char *path)
{
	char *out = path;
	int high, low;

	for (const char *s = path; *s != '\0'; s++) {
		if (*s == '%') {
			if ((high = hex_value(s[1])) < 0 ||
			    (low = hex_value(s[2])) < 0 || high + low == 0)
				return false;
			*out++ = (char)(high * 16 + low);
			s += 2;
		} else
			*out++ = *s;
	}
	*out = '\0';
	return true;
}

/* Control characters could end the command or control a terminal. */
static bool
is_printable(const char *path)
{
	for (; *path != '\0'; path++)
		if ((unsigned char)*path < 0x20 || *path == 0x7f)
			return false;
	return true;
}

/* number = 1*DIGIT / "0x" *HEXDIGIT */
static bool
is_number(const char *s, size_t len)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	bool hex = len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X');

	if (hex)
		return strspn(s + 2, digits) >= len - 2;
	return len > 0 && strspn(s, "0123456789") >= len;
}

/*
 * Whether a host consists of one to four numbers, as which inet_aton(3) reads
 * an address, but is not an address as it is usually written.
 */
static bool
is_odd_number(const char *host)
{
	unsigned char octets[4];
	size_t n, parts = 0;

	for (const char *s = host;; s += n + 1) {
		n = strcspn(s, ".");
		if (!is_number(s, n))
			return false;
		parts++;
		if (s[n] == '\0')
			break;
	}
	return parts <= 4 && inet_pton(AF_INET, host, octets) != 1;
}

int
destination_parse(struct destination *d, const char *text)
{
	bool from_uri = is_uri(text);
	const char *end, *path;

	memset(d, 0, sizeof(*d));
	if (from_uri) {
		text += strlen(uri);
		end = text + strcspn(text, "/");
		path = *end == '/' ? end + 1 : end;
	} else {
		if ((end = find_colon(text)) == NULL)
			return ERR_DESTINATION;
		path = end + 1;
	}
	if (*path == '\0')
		path = ".";
	if (!take_authority(d, text, (size_t)(end - text)) ||
	    strlcpy(d->path, path, sizeof(d->path)) >= sizeof(d->path) ||
	    (from_uri && !decode(d->path)) || !is_printable(d->path) ||
	    is_odd_number(d->host))
		return ERR_DESTINATION;
	return 0;
}

/* Compares the first bits of two addresses. */
static bool
share_bits(const unsigned char *a, const unsigned char *b, unsigned int bits)
{
	const unsigned int whole = bits / 8, rest = bits % 8;

	return memcmp(a, b, whole) == 0 &&
	    (rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0);
}

/* bits = 1*3DIGIT, at most 128 */
static bool
take_bits(const char *s, unsigned int *out)
{
	unsigned int bits = 0;
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 3 || s[n] != '\0')
		return false;
	while (*s != '\0')
		bits = 10 * bits + (unsigned int)(*s++ - '0');
	*out = bits;
	return bits <= 128;
}

/* Octets of an IPv4 address that is mapped into IPv6, before its own. */
static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
	0xff };

/* Parses an address; IPv4 is mapped into IPv6.  A scope is left out. */
static bool
take_address(const char *s, unsigned char out[16])
{
	char text[INET6_ADDRSTRLEN];
	size_t n = strcspn(s, "%");

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	if (strchr(text, ':') != NULL)
		return inet_pton(AF_INET6, text, out) == 1;
	memcpy(out, mapped, sizeof(mapped));
	return inet_pton(AF_INET, text, out + sizeof(mapped)) == 1;
}

static bool
is_ipv4(const unsigned char address[16])
{
	return memcmp(address, mapped, sizeof(mapped)) == 0;
}

/* network = ( address / "[" address "]" ) [ "/" bits ] */
static bool
take_network(
    const char *item, size_t len, unsigned char out[16], unsigned int *bits)
{
	char text[INET6_ADDRSTRLEN + sizeof("[]/128")];
	char *address = text, *slash, *bracket;
	bool v4;

	if (len >= sizeof(text) || memchr(item, '%', len) != NULL)
		return false;
	memcpy(text, item, len);
	text[len] = '\0';
	*bits = 128;
	v4 = strchr(text, ':') == NULL;
	if ((slash = strchr(text, '/')) != NULL) {
		*slash = '\0';
		if (!take_bits(slash + 1, bits) || (v4 && *bits > 32))
			return false;
		*bits += v4 ? 96 : 0;
	}
	if (*address == '[') {
		address++;
		if ((bracket = strchr(address, ']')) == NULL ||
		    bracket[1] != '\0')
			return false;
		*bracket = '\0';
	}
	/* a mapped network is IPv4, of which the first 96 bits are no part */
	return take_address(address, out) && (*bits >= 96 || !is_ipv4(out));
}

static bool
host_matches(const char *host, const char *item, size_t len)
{
	unsigned char address[16], network[16];
	unsigned long steps = 0;
	unsigned int bits;

	if (len == 1 && *item == '*')
		return true;
	if (take_network(item, len, network, &bits))
		return take_address(host, address) &&
		    is_ipv4(address) == is_ipv4(network) &&
		    share_bits(address, network, bits);
	if (len > 2 && item[0] == '[' && item[len - 1] == ']' &&
	    memchr(item, ':', len) != NULL) /* with a scope, or no address */
		return strlen(host) == len - 2 &&
		    strncasecmp(host, item + 1, len - 2) == 0;
	return match_name(
	    item, len, host, MATCH_DOTS | MATCH_FOLD | MATCH_PART, &steps);
}

bool
destination_matches(const struct destination *d, const char *item, size_t len)
{
	const char *at = memchr(item, '@', len);
	unsigned long steps = 0;
	size_t n;

	if (at != NULL) {
		n = (size_t)(at - item);
		if (*d->user == '\0' ||
		    !match_name(item, n, d->user, MATCH_DOTS, &steps))
			return false;
		item = at + 1;
		len -= n + 1;
	}
	return host_matches(d->host, item, len);
}

/* word = "'" *ANY "'", with each quote of its own left and entered again */
static size_t
quote(const char *s, char *out, size_t cap)
{
	size_t used = 0;
	const char *piece;
	char one[2] = "";

	for (used = strlcpy(out, "'", cap); *s != '\0' && used < cap; s++) {
		one[0] = *s;
		piece = *s == '\'' ? "'\\''" : one;
		used = strlcat(out, piece, cap);
	}
	return used < cap ? strlcat(out, "'", cap) : cap;
}

bool
destination_command(const struct destination *d, bool recursive, bool preserve,
    bool directory, char *out, size_t cap)
{
	const char *path = d->path;
	char quoted[4 * PATH_MAX + 3];
	int n;

	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
		path += path[1] == '/' ? 2 : 1;
	if (quote(path, quoted, sizeof(quoted)) >= sizeof(quoted))
		return false;
	n = snprintf(out, cap, "scp%s%s%s -t %s%s%s", recursive ? " -r" : "",
	    preserve ? " -p" : "", directory ? " -d" : "",
	    *path == '-' ? "-- " : "", path != d->path ? "~/" : "", quoted);
	return n >= 0 && (size_t)n < cap;
}
