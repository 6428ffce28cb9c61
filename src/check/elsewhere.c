/*
 * Whether the settings of sshd depend on where a client comes from or what it
 * connects to: what binds the account must bind it on every way.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <glob.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SSHD_CONFIG "/etc/ssh/sshd_config"
#define SSHD_PLACE  "/etc/ssh/" /* of an Include that is no whole path */

/* The most connections that are asked about, and Match lines for them. */
#define ASK_MAX	  200
#define LINES_MAX 500

/* The most values of one list. */
#define VALUES_MAX 64

/* How deep files that are included include others: as in sshd. */
#define INCLUDE_MAX 16

/* Addresses that are reserved for documentation: no client has one. */
static const char *const strangers[] = { "192.0.2.77", "2001:db8::77" };

/* The criteria of Match that name a connection. */
static const char *const criteria[CLIENT_PARTS] = {
	[CLIENT_ADDRESS] = "Address",
	[CLIENT_HOST] = "Host",
	[CLIENT_LOCAL_ADDRESS] = "LocalAddress",
	[CLIENT_LOCAL_PORT] = "LocalPort",
};

/* The lists of all Match lines that name a connection; NULL: none of these. */
static char *lists[CLIENT_PARTS][LINES_MAX];
static size_t line_count;

/* What was asked about: sums of the values. */
static uint64_t asked[ASK_MAX];
static size_t asked_count;

/* Keeps what could not be asked about, as far as nothing else has been kept. */
__attribute__((format(printf, 2, 3))) static void
leave_out(struct check *c, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	if (c->unasked[0] == '\0') /* a longer text is cut: it is only shown */
		(void)vsnprintf(c->unasked, sizeof(c->unasked), format, ap);
	va_end(ap);
}

/* Whether a connection has not been asked about yet. */
static bool
is_new(const struct sshd_client *client)
{
	uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < CLIENT_PARTS; i++) {
		for (const char *s = client->part[i]; s != NULL && *s != '\0';
		     s++)
			sum =
			    (sum ^ (unsigned char)*s) * UINT64_C(1099511628211);
		sum = (sum ^ ',') * UINT64_C(1099511628211);
	}
	for (size_t i = 0; i < asked_count && i < ASK_MAX; i++)
		if (asked[i] == sum)
			return false;
	if (asked_count < ASK_MAX)
		asked[asked_count] = sum;
	asked_count++;
	return true;
}

/* Writes what a connection is, as far as it is not one on this host. */
static void
write_client(const struct sshd_client *client, char *out, size_t cap)
{
	*out = '\0';
	for (size_t i = 0; i < CLIENT_PARTS; i++)
		if (client->part[i] != NULL) {
			(void)strlcat(out, *out != '\0' ? " and " : "", cap);
			(void)strlcat(out, criteria[i], cap);
			(void)strlcat(out, " is ", cap);
			(void)strlcat(out, client->part[i], cap); /* fits */
		}
}

/* Asks for one connection.  Returns whether another one may be asked for. */
static bool
ask(struct check *c, const struct sshd_client *client)
{
	static struct sshd other;
	char text[sizeof(c->elsewhere)];

	if (!is_new(client))
		return true;
	write_client(client, text, sizeof(text));
	if (asked_count > ASK_MAX) {
		leave_out(c, "more than %d connections", ASK_MAX);
		return false;
	}
	sshd_ask(&other, c->login.name, client);
	if (!other.known) {
		leave_out(c, "%s: %s", text, other.why);
		return true;
	}
	c->differs = sshd_differs(&c->sshd, &other);
	if (c->differs == SET_COUNT)
		return true;
	(void)strlcpy(c->elsewhere, text, sizeof(c->elsewhere)); /* fits */
	return false;
}

/* Adds a value for each item of a list that has a "!", or has none. */
static size_t
add_values(struct check *c, enum client_part part, const char *list,
    bool exceptions, char value[VALUES_MAX][MATCH_VALUE_MAX], size_t count)
{
	const char *rest = list;
	char item[MATCH_VALUE_MAX];
	bool negated;

	while (values_next(&rest, item, &negated)) {
		if (negated != exceptions)
			continue;
		if (count == VALUES_MAX) {
			leave_out(c, "Match %s %s", criteria[part], list);
			break;
		}
		/* what is excepted is found by itself */
		switch (values_find(part, negated ? item : list, item,
		    lists[part], line_count, value[count])) {
		case MATCH_FOUND:
			count++;
			break;
		case MATCH_UNKNOWN:
			leave_out(c, "Match %s %s", criteria[part], list);
			break;
		case MATCH_VOID:
			break;
		}
	}
	return count;
}

/* Asks for connections as a Match line has them, with all its criteria. */
static bool
ask_match(struct check *c, size_t line)
{
	static char value[CLIENT_PARTS][VALUES_MAX][MATCH_VALUE_MAX];
	struct sshd_client client = { .part = { NULL } };
	size_t count[CLIENT_PARTS] = { 0 };
	enum client_part part;
	const char *list;

	for (part = CLIENT_ADDRESS; part < CLIENT_PARTS; part++) {
		if ((list = lists[part][line]) == NULL)
			continue;
		count[part] = add_values(c, part, list, false, value[part], 0);
		if (count[part] == 0)
			return true; /* it is about none */
		client.part[part] = value[part][0];
		count[part] =
		    add_values(c, part, list, true, value[part], count[part]);
	}
	if (!ask(c, &client))
		return false;
	for (part = CLIENT_ADDRESS; part < CLIENT_PARTS; part++) {
		for (size_t i = 1; i < count[part]; i++) {
			client.part[part] = value[part][i];
			if (!ask(c, &client))
				return false;
		}
		if (count[part] > 0)
			client.part[part] = value[part][0];
	}
	return true;
}

/* Whether a list of users may have the account; patterns are not compared. */
static bool
may_have(const char *list, const char *name)
{
	char item[MATCH_VALUE_MAX];
	bool negated;

	if (strpbrk(list, "*?[\\") != NULL)
		return true;
	while (values_next(&list, item, &negated))
		if (strcmp(item, name) == 0)
			return true;
	return false;
}

/* Criteria that are about the account, and not about the connection. */
static bool
is_of_account(const char *what)
{
	return strcasecmp(what, "User") == 0 || strcasecmp(what, "Group") == 0;
}

/* Keeps the lists of a Match line: rest is what follows that word. */
static void
take_match(struct check *c, char *rest)
{
	char *of_line[CLIENT_PARTS] = { NULL }, *word, *what = NULL;
	const char *other = NULL, *list = NULL; /* a criterion not known here */
	bool any = false, known;
	size_t i;

	while ((word = strsep(&rest, " \t\r\n=\"")) != NULL) {
		if (*word == '\0')
			continue;
		if (what == NULL) {
			what = word;
			continue;
		}
		if (strcasecmp(what, "User") == 0 &&
		    !may_have(word, c->login.name))
			return;
		known = is_of_account(what);
		for (i = 0; i < CLIENT_PARTS; i++)
			if (strcasecmp(what, criteria[i]) == 0) {
				if (of_line[i] != NULL)
					leave_out(c, "Match %s %s", what, word);
				of_line[i] = word;
				known = any = true;
			}
		if (!known) {
			other = what;
			list = word;
		}
		what = NULL;
	}
	if (other != NULL)
		leave_out(c, "Match %s %s", other, list);
	if (!any)
		return;
	for (i = 0; line_count < LINES_MAX && i < CLIENT_PARTS; i++)
		if (of_line[i] != NULL &&
		    (lists[i][line_count] = strdup(of_line[i])) == NULL)
			leave_out(c, "Match %s %s", criteria[i], of_line[i]);
	if (line_count < LINES_MAX)
		line_count++;
	else
		leave_out(c, "more than %d lines of Match", LINES_MAX);
}

static void read_file(struct check *c, const char *path, int depth);

/* Reads the files that the patterns of an Include name, as sshd does. */
static void
read_included(struct check *c, char *rest, int depth)
{
	char place[PATH_MAX];
	const char *word;
	glob_t found;

	while ((word = check_next_word(&rest)) != NULL) {
		if (depth == INCLUDE_MAX ||
		    snprintf(place, sizeof(place), "%s%s",
			*word == '/' ? "" : SSHD_PLACE,
			word) >= (int)sizeof(place) ||
		    glob(place, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			read_file(c, found.gl_pathv[i], depth + 1);
		globfree(&found);
	}
}

/* Keeps what each Match of a file and of those that it includes says. */
static void
read_file(struct check *c, const char *path, int depth)
{
	char *line = NULL, *rest;
	const char *word;
	size_t cap = 0;
	FILE *f;

	if ((f = check_open_lines(path)) == NULL)
		return;
	while (getline(&line, &cap, f) != -1) {
		rest = line + strspn(line, " \t\"");
		word = strsep(&rest, " \t\r\n=\"");
		if (rest != NULL && strcasecmp(word, "Match") == 0)
			take_match(c, rest);
		else if (rest != NULL && strcasecmp(word, "Include") == 0)
			read_included(c, rest, depth);
	}
	free(line);
	(void)fclose(f); /* was only read */
}

void
check_ask_elsewhere(struct check *c)
{
	struct sshd_client client = { .part = { NULL } };
	bool more = c->sshd.known && c->question->address == NULL;

	for (size_t i = 0; more && i < sizeof(strangers) / sizeof(strangers[0]);
	     i++) {
		client.part[CLIENT_ADDRESS] = strangers[i];
		more = ask(c, &client);
	}
	if (!more)
		return;
	read_file(c, SSHD_CONFIG, 0);
	for (size_t i = 0; more && i < line_count; i++)
		more = ask_match(c, i);
}
