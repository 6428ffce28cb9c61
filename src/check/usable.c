/*
 * Whether sshd takes the key of a line: what else a file of keys may have in
 * it, such as a key that was wrapped, looks like one to a person only.
 */
#include "check/check.h"

#include <limits.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/address.h"
#include "check/network.h"

/* The longest key that is looked at. */
#define BLOB_MAX 16384

/* Options without a value. */
static const char *const words[] = { "restrict", "cert-authority",
	"port-forwarding", "agent-forwarding", "X11-forwarding", "pty",
	"user-rc", "touch-required", "verify-required", "no-port-forwarding",
	"no-agent-forwarding", "no-X11-forwarding", "no-pty", "no-user-rc",
	"no-touch-required", "no-verify-required" };

/* The longest value of an option that is looked at, as long as a line. */
#define VALUE_MAX 8192

static int
digit_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Decodes base64.  Returns the number of octets; 0 if it is none. */
static size_t
decode(unsigned char *out, const char *s, size_t len)
{
	unsigned int bits = 0;
	size_t n = 0;
	int digit;

	if (len == 0 || len % 4 != 0 || len / 4 * 3 > BLOB_MAX)
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '=' && i + 2 >= len && s[len - 1] == '=')
			return n;
		if ((digit = digit_of(s[i])) < 0)
			return 0;
		bits = bits << 6 | (unsigned int)digit;
		if (i % 4 != 0)
			out[n++] = (unsigned char)(bits >> (6 - 2 * (i % 4)));
	}
	return n;
}

/* Names of a type that sshd takes, which another one has in the key. */
static const struct {
	const char *name;
	const char *type;
} aliases[] = {
	{ "rsa-sha2-256", "ssh-rsa" },
	{ "rsa-sha2-512", "ssh-rsa" },
	{ "rsa-sha2-256-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com" },
	{ "rsa-sha2-512-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com" },
	{ "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
	    "sk-ecdsa-sha2-nistp256@openssh.com" },
};

/* Whether a line may name a type in this way. */
static bool
names_type(const char *name, size_t n, const unsigned char *type, size_t len)
{
	if (n == len && memcmp(name, type, n) == 0)
		return true;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (strlen(aliases[i].name) == n &&
		    memcmp(name, aliases[i].name, n) == 0 &&
		    strlen(aliases[i].type) == len &&
		    memcmp(type, aliases[i].type, len) == 0)
			return true;
	return false;
}

/* blob = type 1*string, each with its length before it */
static bool
is_blob(
    const unsigned char *blob, size_t len, const char *name, size_t name_len)
{
	size_t at = 0, n, count = 0;

	for (; len - at >= 4; count++) {
		n = (size_t)blob[at] << 24 | (size_t)blob[at + 1] << 16 |
		    (size_t)blob[at + 2] << 8 | blob[at + 3];
		at += 4;
		if (n > len - at ||
		    (count == 0 && !names_type(name, name_len, blob + at, n)))
			return false;
		at += n;
	}
	return at == len && count > 1;
}

/* key = type 1*blank base64 [ 1*blank comment ] */
bool
check_is_key(const char *s)
{
	static unsigned char blob[BLOB_MAX];
	size_t type = strcspn(s, " \t"), from, len;

	from = type + strspn(s + type, " \t");
	len = strcspn(s + from, " \t");
	return type > 0 && is_blob(blob, decode(blob, s + from, len), s, type);
}

bool
check_key_time(const char *s, size_t len, time_t *t)
{
	static const char form[] = "%Y%m%d%H%M%S";
	char text[16] = "", part[sizeof(form)] = "";
	bool utc = len > 0 && (s[len - 1] == 'Z' || s[len - 1] == 'z');
	const char *end;
	struct tm tm;

	if (len > 3 && strncasecmp(s + len - 3, "UTC", 3) == 0)
		utc = (len -= 3) > 0;
	else
		len -= utc ? 1 : 0;
	if (len != 8 && len != 12 && len != 14)
		return false;
	memcpy(text, s, len);
	memcpy(part, form, len - 2);
	memset(&tm, 0, sizeof(tm));
	end = strptime(text, part, &tm);
	if (end == NULL || *end != '\0')
		return false;
	*t = utc ? timegm(&tm) : mktime(&tm);
	return *t >= 0;
}

/* number = 1*DIGIT, from min to max */
static bool
is_number(const char *s, long min, long max)
{
	long n = strtol(s, NULL, 10);

	return *s != '\0' && strspn(s, "0123456789") == strlen(s) && n >= min &&
	    n <= max;
}

/* port = number / "*" / the name of a service */
static bool
is_port(const char *s)
{
	return strcmp(s, "*") == 0 || is_number(s, 1, 65535) ||
	    getservbyname(s, "tcp") != NULL;
}

/* permit = ( "[" address "]" / host ) ( ":" / "/" ) port */
static bool
is_permit(const char *s)
{
	const char *end = *s == '[' ? strchr(s, ']') : NULL;

	if (*s == '[' && end == NULL)
		return false;
	s = end != NULL ? end + 1 : s + strcspn(s, ":/");
	return (*s == ':' || *s == '/') && is_port(s + 1);
}

static bool
is_listen(const char *s)
{
	return strchr(s, ':') == NULL ? is_port(s) : is_permit(s);
}

static bool
is_tunnel(const char *s)
{
	/* two numbers are kept for "any" and for an error */
	return strcasecmp(s, "any") == 0 || is_number(s, 0, INT_MAX - 2);
}

static bool
is_time(const char *s)
{
	time_t unused;

	return check_key_time(s, strlen(s), &unused);
}

/* variable = 1*( ALPHA / DIGIT / "_" ) "=" any */
static bool
is_variable(const char *s)
{
	size_t n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_");

	return n > 0 && s[n] == '=';
}

/*
 * list = item *( "," item ), item = [ "!" ] ( network / pattern )
 * With a network that has bits behind its prefix, or a prefix that is too long,
 * sshd lets nobody in.
 */
static bool
is_from(const char *list)
{
	char text[ADDRESS_TEXT_MAX];
	struct address address;
	struct network network;
	size_t n, bare;

	for (; *list != '\0'; list += n + (list[n] == ',' ? 1 : 0)) {
		list += *list == '!' ? 1 : 0;
		n = strcspn(list, ",");
		bare = strcspn(list, ",/");
		(void)snprintf(text, sizeof(text), "%.*s", (int)bare, list);
		/* network_parse() takes no scope, as in fe80::1%eth0 */
		if (bare < sizeof(text) && strchr(text, '%') == NULL &&
		    address_parse(&address, text) &&
		    !network_parse(&network, list, n))
			return false;
	}
	return true;
}

/* Options with a value in quotes, and what sshd takes as one; NULL: any. */
static const struct {
	const char *name;
	bool (*is_value)(const char *value);
} valued[] = {
	{ "command=", NULL },
	{ "principals=", NULL },
	{ "from=", is_from },
	{ "expiry-time=", is_time },
	{ "environment=", is_variable },
	{ "permitopen=", is_permit },
	{ "permitlisten=", is_listen },
	{ "tunnel=", is_tunnel },
};

/* value = DQUOTE *( any / "\" DQUOTE ) DQUOTE, of one of these options */
static bool
is_value(const char *s, size_t len, bool (*is_good)(const char *value))
{
	char value[VALUE_MAX];
	size_t n;

	if (len < 2 || *s != '"')
		return false;
	for (n = 1; n < len && s[n] != '"'; n++)
		n += s[n] == '\\' && n + 1 < len && s[n + 1] == '"' ? 1 : 0;
	if (n + 1 != len)
		return false;
	if (is_good == NULL || len - 2 >= sizeof(value))
		return true; /* of so long a one nothing is known */
	memcpy(value, s + 1, len - 2);
	value[len - 2] = '\0';
	return is_good(value);
}

/* option = NAME / NAME "=" value */
static bool
is_option(const char *s, size_t len)
{
	size_t n;

	if (len == 0)
		return true; /* sshd goes on behind the comma */
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (len == strlen(words[i]) &&
		    strncasecmp(s, words[i], len) == 0)
			return true;
	for (size_t i = 0; i < sizeof(valued) / sizeof(valued[0]); i++) {
		n = strlen(valued[i].name);
		if (len >= n && strncasecmp(s, valued[i].name, n) == 0)
			return is_value(s + n, len - n, valued[i].is_value);
	}
	return false;
}

/* Of those options that may be there once, which one this is; else NULL. */
static const char *
only_one(const char *s, size_t len)
{
	static const char *const names[] = {
		"command=", "principals=", "from="
	};
	size_t n;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		n = strlen(names[i]);
		if (len >= n && strncasecmp(s, names[i], n) == 0)
			return names[i];
	}
	return NULL;
}

/* Whether an option that may be there once was there before. */
static bool
is_repeated(const char *options_of_key, const char *option, size_t len)
{
	const char *name = only_one(option, len);
	size_t n;

	for (const char *s = options_of_key; name != NULL && s < option;
	     s += n + 1) {
		n = check_option_len(s);
		if (only_one(s, n) == name)
			return true;
	}
	return false;
}

const char *
check_key_fault(const char *line, bool *is_read)
{
	const char *const first = line, *fault = NULL;
	bool is_authority = false, has_principals = false;
	size_t n;

	*is_read = true;
	if (check_is_key(line))
		return NULL;
	for (;; line += n + 1) {
		n = check_option_len(line);
		if (fault == NULL && !is_option(line, n))
			fault =
			    "it does not know an option of it, or its value";
		if (fault == NULL && is_repeated(first, line, n))
			fault = "it takes an option of it once only";
		is_authority |= strncasecmp(line, "cert-authority", 14) == 0;
		has_principals |= strncasecmp(line, "principals=", 11) == 0;
		if (line[n] != ',')
			break;
	}
	if (fault == NULL && has_principals && !is_authority)
		fault = "principals= without cert-authority";
	*is_read = check_is_key(line + n + strspn(line + n, " \t"));
	return *is_read ? fault : "it is no key, or not all of one";
}
