#include "request/destination.h"

#include <arpa/inet.h>
#include <bsd/string.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/err.h"
#include "base/glob.h"
#include "base/text.h"

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

/* Copies a name of letters, digits and more that does not begin with "-". */
static bool
take_name(char *out, size_t cap, const char *s, size_t len, const char *more)
{
	if (len == 0 || len >= cap || *s == '-' || text_span(s, more) < len)
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
		if (!take_name(d->user, sizeof(d->user), s, n, "._-+"))
			return false;
		s = at + 1;
		len -= n + 1;
	}
	/* "%" begins a scope; elsewhere ssh could take it for a token */
	if (len > 2 && s[0] == '[' && s[len - 1] == ']')
		return take_name(d->host, sizeof(d->host), s + 1, len - 2,
		    memchr(s, ':', len) != NULL ? ".:%_" : "._-");
	return take_name(d->host, sizeof(d->host), s, len, "._-");
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

/* Takes the brackets off an IPv6 address or network. */
static bool
take_network(struct network *out, const char *item, size_t len)
{
	char plain[64];
	const char *end;
	size_t n;

	if (len == 0 || *item != '[')
		return network_parse(out, item, len);
	if ((end = memchr(item, ']', len)) == NULL || len >= sizeof(plain))
		return false;
	n = (size_t)(end - item) - 1;
	if (n + 2 < len && end[1] != '/')
		return false;
	memcpy(plain, item + 1, n);
	memcpy(plain + n, end + 1, len - n - 2);
	return network_parse(out, plain, len - 2);
}

/*
 * Whether an item is an address with a scope, which only names an interface of
 * this host.  It is the host's if its address is, and the same is its scope.
 */
static bool
take_scoped(const char *item, size_t len, const char *host, bool *matches)
{
	const char *scope, *wanted = strchr(host, '%');
	struct address address;
	struct network network;
	size_t n;

	if (len > 2 && item[0] == '[' && item[len - 1] == ']') {
		item++;
		len -= 2;
	}
	if ((scope = memchr(item, '%', len)) == NULL ||
	    memchr(item, ':', (size_t)(scope - item)) == NULL ||
	    !network_parse(&network, item, (size_t)(scope - item)))
		return false;
	n = len - (size_t)(scope - item);
	*matches = network.bits == 128 && wanted != NULL &&
	    strlen(wanted) == n && memcmp(wanted, scope, n) == 0 &&
	    address_parse(&address, host) && network_has(&network, &address);
	return true;
}

static bool
host_matches(const char *host, const char *item, size_t len)
{
	struct address address;
	struct network network;
	unsigned long steps = 0;
	bool matches;

	if (len == 0)
		return false;
	if (len == 1 && *item == '*')
		return true;
	if (take_network(&network, item, len))
		return address_parse(&address, host) &&
		    network_has(&network, &address);
	if (take_scoped(item, len, host, &matches))
		return matches;
	if (len > 2 && item[0] == '[' && item[len - 1] == ']' &&
	    memchr(item, ':', len) != NULL) /* no address, and no set either */
		return strlen(host) == len - 2 &&
		    strncasecmp(host, item + 1, len - 2) == 0;
	if (strchr(host, ':') != NULL && memchr(item, ':', len) == NULL)
		return false; /* "f*" means names, and not fd00::1 */
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
