/*
 * Whether the settings of sshd depend on where a client is: what binds the
 * account must bind it from everywhere.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/address.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"

/* The most addresses of Match lines that are asked about. */
#define PLACES_MAX 8

/* Addresses that are reserved for documentation: no client has one. */
static const char *const strangers[] = { "192.0.2.77", "2001:db8::77" };

/* Asks for one address.  Returns whether another one may be asked for. */
static bool
ask(struct check *c, const char *from)
{
	static struct sshd other;

	sshd_ask(&other, c->login.name, from);
	if (!other.known)
		return false;
	c->differs = sshd_differs(&c->sshd, &other);
	if (c->differs != SET_COUNT)
		/* of an address; it fits */
		(void)strlcpy(c->elsewhere, from, sizeof(c->elsewhere));
	return c->differs == SET_COUNT;
}

/* Makes an address that a pattern matches, with 1 for what is left open. */
static bool
make_address(char *out, size_t cap, const char *pattern)
{
	struct address address;
	int dots = 0;

	if (strlcpy(out, pattern, cap) >= cap)
		return false;
	for (char *s = out; *s != '\0'; s++) {
		if (*s == '*' || *s == '?')
			*s = '1';
		dots += *s == '.' ? 1 : 0;
	}
	for (; strchr(out, ':') == NULL && dots < 3; dots++)
		(void)strlcat(out, ".1", cap); /* cut: it is no address then */
	return address_parse(&address, out);
}

/* list = [ "!" ] address [ "/" bits ] *( "," ... ) */
static bool
ask_list(struct check *c, char *list, int *left)
{
	char *item, address[sizeof(c->elsewhere)];

	while ((item = strsep(&list, ",")) != NULL) {
		item += *item == '!' ? 1 : 0;
		item[strcspn(item, "/")] = '\0';
		if (make_address(address, sizeof(address), item) &&
		    (*left)-- > 0 && !ask(c, address))
			return false;
	}
	return true;
}

/* line = "Match" *( criterion list ); those with Address are looked at */
static bool
ask_line(struct check *c, char *line, int *left)
{
	char *rest = line, *word;
	bool match = false, address = false;

	while ((word = strsep(&rest, " \t\r\n=\"")) != NULL) {
		if (*word == '\0')
			continue;
		if (!match && strcasecmp(word, "Match") != 0)
			return true;
		match = true;
		if (address && !ask_list(c, word, left))
			return false;
		address = strcasecmp(word, "Address") == 0;
	}
	return true;
}

void
check_ask_elsewhere(struct check *c)
{
	char line[1024];
	int left = PLACES_MAX;
	bool more = c->sshd.known;
	FILE *f;

	for (size_t i = 0; more && i < sizeof(strangers) / sizeof(strangers[0]);
	     i++)
		more = ask(c, strangers[i]);
	if (!more || (f = check_open_lines(SSHD_CONFIG)) == NULL)
		return;
	while (more && fgets(line, sizeof(line), f) != NULL)
		more = ask_line(c, line, &left);
	(void)fclose(f); /* was only read */
}
