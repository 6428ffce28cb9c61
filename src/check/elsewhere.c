/*
 * Whether the settings of sshd depend on where a client comes from or what it
 * connects to: what binds the account must bind it on every way.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"
#include "base/glob.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_PLACE  "/etc/ssh/" /* of an Include that is no whole path */

/* The most connections of Match lines that are asked about. */
#define ASK_MAX 16

/* How deep files that are included include others. */
#define INCLUDE_MAX 4

#define LINE_MAX_OCTETS 1024
#define VALUE_MAX	64

/* Addresses that are reserved for documentation: no client has one. */
static const char *const strangers[] = { "192.0.2.77", "2001:db8::77" };

/* The criteria of Match that name a connection. */
static const char *const criteria[CLIENT_PARTS] = {
	[CLIENT_ADDRESS] = "Address",
	[CLIENT_HOST] = "Host",
	[CLIENT_LOCAL_ADDRESS] = "LocalAddress",
	[CLIENT_LOCAL_PORT] = "LocalPort",
};

/* What one Match line says: the rest of the list of each criterion. */
struct match {
	char *list[CLIENT_PARTS];
	char value[CLIENT_PARTS][VALUE_MAX]; /* one of the list; "": none */
};

/* How many more connections may be asked about. */
static unsigned int left;

/* Asks for one connection.  Returns whether another one may be asked for. */
static bool
ask(struct check *c, const struct sshd_client *client)
{
	static struct sshd other;
	size_t n = 0;

	if (left-- == 0)
		return false;
	sshd_ask(&other, c->login.name, client);
	if (!other.known)
		return left > 0; /* a value that sshd does not take */
	c->differs = sshd_differs(&c->sshd, &other);
	if (c->differs == SET_COUNT)
		return left > 0;
	for (size_t i = 0; i < CLIENT_PARTS; i++)
		if (client->part[i] != NULL) /* it fits */
			n += (size_t)snprintf(c->elsewhere + n,
			    sizeof(c->elsewhere) - n, "%s%s is %s",
			    n > 0 ? " and " : "", criteria[i], client->part[i]);
	return false;
}

/* Makes an address that a pattern matches, with 1 for what is left open. */
static bool
make_address(char out[VALUE_MAX])
{
	struct address address;
	int dots = 0;

	for (const char *s = out; *s != '\0'; s++)
		dots += *s == '.' ? 1 : 0;
	for (; strchr(out, ':') == NULL && dots < 3; dots++)
		/* cut: it is no address then */
		(void)strlcat(out, ".1", VALUE_MAX);
	return address_parse(&address, out);
}

/* item = [ "!" ] pattern [ "/" bits ] ; the value is one that it matches */
static bool
make_value(enum client_part part, char out[VALUE_MAX], const char *item)
{
	bool is_address =
	    part == CLIENT_ADDRESS || part == CLIENT_LOCAL_ADDRESS;

	item += *item == '!' ? 1 : 0;
	if (*item == '\0' || strpbrk(item, "= ") != NULL ||
	    strlcpy(out, item, VALUE_MAX) >= VALUE_MAX) {
		out[0] = '\0';
		return false;
	}
	out[strcspn(out, "/")] = '\0';
	for (char *s = out; *s != '\0'; s++)
		if (*s == '*' || *s == '?')
			*s = '1';
	if (is_address && !make_address(out))
		out[0] = '\0';
	return *out != '\0';
}

/* The next value of each list.  Returns whether one was left in any of them. */
static bool
next_values(struct match *m)
{
	char value[VALUE_MAX];
	bool any = false;
	char *item;

	for (size_t i = 0; i < CLIENT_PARTS; i++)
		/* at the end of a list its last value stays */
		while ((item = strsep(&m->list[i], ",")) != NULL)
			if (make_value((enum client_part)i, value, item)) {
				(void)strlcpy(
				    m->value[i], value, VALUE_MAX); /* fits */
				any = true;
				break;
			}
	return any;
}

/* Asks for connections as a Match line has them, with all its criteria. */
static bool
ask_match(struct check *c, struct match *m)
{
	struct sshd_client client;

	while (next_values(m)) {
		for (size_t i = 0; i < CLIENT_PARTS; i++)
			client.part[i] =
			    *m->value[i] != '\0' ? m->value[i] : NULL;
		if (!ask(c, &client))
			return false;
	}
	return true;
}

static bool ask_file(struct check *c, const char *path, int depth);

/*
 * Asks for what is in the files that a pattern of Include names.  It is one of
 * names in a directory, as everybody writes it.
 */
static bool
ask_included(struct check *c, const char *pattern, int depth)
{
	char place[PATH_MAX], path[2 * PATH_MAX];
	unsigned long steps = 0;
	const struct dirent *d;
	bool more = true;
	char *name;
	DIR *list;

	if (depth == INCLUDE_MAX ||
	    snprintf(place, sizeof(place), "%s%s",
		*pattern == '/' ? "" : SSHD_PLACE,
		pattern) >= (int)sizeof(place))
		return true;
	name = strrchr(place, '/');
	*name++ = '\0';
	if ((list = opendir(*place != '\0' ? place : "/")) == NULL)
		return true;
	while (more && (d = readdir(list)) != NULL)
		if (match_name(name, strlen(name), d->d_name, 0, &steps)) {
			(void)snprintf(path, sizeof(path), "%s/%s", place,
			    d->d_name); /* fits */
			more = ask_file(c, path, depth + 1);
		}
	(void)closedir(list); /* was only read */
	return more;
}

/* line = ( "Match" *( criterion list ) ) / ( "Include" *pattern ) / other */
static bool
ask_line(struct check *c, char *line, int depth)
{
	struct match m = { .list = { NULL } };
	char *rest = line, *word;
	bool match = false, include = false;
	enum client_part part = CLIENT_PARTS;

	while ((word = strsep(&rest, " \t\r\n=\"")) != NULL) {
		if (*word == '\0')
			continue;
		if (include) {
			if (!ask_included(c, word, depth))
				return false;
		} else if (!match) {
			match = strcasecmp(word, "Match") == 0;
			include = strcasecmp(word, "Include") == 0;
			if (!match && !include)
				return true;
		} else if (part != CLIENT_PARTS) {
			m.list[part] = word;
			part = CLIENT_PARTS;
		} else
			for (part = CLIENT_ADDRESS; part < CLIENT_PARTS; part++)
				if (strcasecmp(word, criteria[part]) == 0)
					break;
	}
	return ask_match(c, &m);
}

/* Asks for every Match of a file.  Returns whether more may be asked for. */
static bool
ask_file(struct check *c, const char *path, int depth)
{
	char line[LINE_MAX_OCTETS];
	bool more = true;
	FILE *f;

	if ((f = check_open_lines(path)) == NULL)
		return true;
	while (more && fgets(line, sizeof(line), f) != NULL)
		more = ask_line(c, line, depth);
	(void)fclose(f); /* was only read */
	return more;
}

void
check_ask_elsewhere(struct check *c)
{
	struct sshd_client client = { .part = { NULL } };
	bool more = c->sshd.known;

	left = ASK_MAX;
	for (size_t i = 0; more && i < sizeof(strangers) / sizeof(strangers[0]);
	     i++) {
		client.part[CLIENT_ADDRESS] = strangers[i];
		more = ask(c, &client);
	}
	if (more)
		(void)ask_file(c, SSHD_CONFIG, 0);
}
