/*
 * The keys of an account and what each allows.  The format is that of sshd(8),
 * AUTHORIZED_KEYS FILE FORMAT: of two options that say the opposite the later
 * one counts.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

/* The most octets of a file of keys that are examined. */
#define KEYS_MAX (1 << 20)

/* A file of keys, and the NUL after its last line. */
static char text[KEYS_MAX + 1];

/* The options that grant something again after "restrict". */
static const struct {
	const char *name;
	unsigned int grant;
} grants[] = {
	{ "port-forwarding", KEY_MAY_FORWARD },
	{ "agent-forwarding", KEY_MAY_AGENT },
	{ "X11-forwarding", KEY_MAY_X11 },
	{ "user-rc", KEY_MAY_RC },
};

/* Where the parent puts the keys that its child reads. */
static struct check_keys *taken;

size_t
check_option_len(const char *s)
{
	bool quoted = false;
	size_t n;

	for (n = 0; s[n] != '\0'; n++) {
		if (s[n] == '\\' && s[n + 1] == '"')
			n++;
		else if (s[n] == '"')
			quoted = !quoted;
		else if (!quoted && strchr(", \t", s[n]) != NULL)
			break;
	}
	return n;
}

/* value = DQUOTE *( any / "\" DQUOTE ) DQUOTE ; false: it is too long */
static bool
take_value(char *out, size_t cap, const char *value, size_t len)
{
	size_t used = 0;

	for (size_t i = 1; i + 1 < len && used + 1 < cap; i++) {
		if (value[i] == '\\' && value[i + 1] == '"')
			i++;
		out[used++] = value[i];
	}
	out[used] = '\0';
	return used + 1 < cap;
}

/* Whether an option of len octets has this name, which may end with "=". */
static bool
is_option(const char *option, size_t len, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(option, name, n) == 0 &&
	    (len == n || (len > n && name[n - 1] == '='));
}

/* value = DQUOTE YYYYMMDD [ HHMM [ SS ] ] [ "Z" ] DQUOTE */
static bool
is_past(const char *value, size_t len)
{
	time_t end;

	return len > 2 && check_key_time(value + 1, len - 2, &end) &&
	    end < time(NULL);
}

/* The variables of a language make no program do anything else. */
static bool
is_language(const char *value, size_t len)
{
	return (len > 6 && strncmp(value, "\"LANG=", 6) == 0) ||
	    (len > 4 && strncmp(value, "\"LC_", 4) == 0);
}

/* option = "restrict" / "cert-authority" / [ "no-" ] NAME / NAME "=" value */
static void
take_option(struct check_key *k, const char *option, size_t n)
{
	bool no = n > 3 && strncasecmp(option, "no-", 3) == 0;
	const char *name = option + (no ? 3 : 0);

	if (is_option(option, n, "command=")) {
		k->has_command = true;
		if (!take_value(
			k->command, sizeof(k->command), option + 8, n - 8))
			/* what was cut off could be anything */
			(void)strlcpy(
			    k->command, "(too long)", sizeof(k->command));
	} else if (is_option(option, n, "from="))
		/* a longer one is cut: it is only shown */
		(void)take_value(k->from, sizeof(k->from), option + 5, n - 5);
	else if (is_option(option, n, "restrict")) {
		k->grants = 0;
		k->is_restricted = true;
	} else if (is_option(option, n, "cert-authority"))
		k->is_authority = true;
	else if (is_option(option, n, "environment="))
		k->has_variable |= !is_language(option + 12, n - 12);
	else if (is_option(option, n, "expiry-time="))
		k->is_expired |= is_past(option + 12, n - 12);
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		if (is_option(name, n - (no ? 3 : 0), grants[i].name))
			k->grants = no ? k->grants & ~grants[i].grant :
					 k->grants | grants[i].grant;
}

/* The comment of a key, or the end of a key without one. */
static void
take_name(struct check_key *k, const char *rest)
{
	size_t n = strcspn(rest, " \t");

	rest += n + strspn(rest + n, " \t"); /* the type */
	n = strcspn(rest, " \t");
	if (rest[n + strspn(rest + n, " \t")] != '\0')
		rest += n + strspn(rest + n, " \t");
	else if (n > 16)
		rest += n - 16;
	(void)strlcpy(k->name, rest, sizeof(k->name)); /* it is only shown */
}

/* line = [ option *( "," option ) 1*blank ] type SP base64 [ SP comment ] */
static void
parse_key(struct check_key *k, const char *line)
{
	size_t n;

	k->grants = KEY_MAY_ALL;
	k->has_command = k->is_authority = false;
	k->is_restricted = k->is_expired = k->has_variable = false;
	k->has_options = !check_is_key(line);
	k->from[0] = k->command[0] = '\0';
	if (k->has_options)
		for (;; line += n + 1) {
			n = check_option_len(line);
			take_option(k, line, n);
			if (line[n] != ',') {
				line += n + strspn(line + n, " \t");
				break;
			}
		}
	take_name(k, line);
}

/* Reads at most KEYS_MAX octets.  Returns an error, or 0. */
static int
read_keys(int fd, size_t *len, bool *cut)
{
	ssize_t n = 1;

	*len = 0;
	while (n > 0 && *len < sizeof(text)) {
		n = read(fd, text + *len, sizeof(text) - *len);
		if (n == -1)
			return errno;
		*len += (size_t)n;
	}
	*cut = *len > KEYS_MAX;
	if (*cut)
		*len = KEYS_MAX;
	return 0;
}

/* Opens and reads a file of keys.  Returns the number of octets. */
static size_t
load_keys(struct check *c, const char *path)
{
	bool cut = false;
	size_t len = 0;
	int fd, e;

	if ((e = check_open(path, F_READ, &fd)) == 0) {
		e = read_keys(fd, &len, &cut);
		(void)close(fd); /* was only read */
	}
	if (e == 0)
		check_strict_modes(c, path);
	if (e == ERR_KIND)
		check_found(c, FIX_HOST, "a regular file, or none",
		    "%s is not a regular file: it was not read", path);
	else if (e != 0 && e != ENOENT && e != ENOTDIR)
		check_note("%s was not read: %s", path, err_words(err_info(e)));
	if (cut)
		check_found(c, FIX_HOST, "a file of at most 1 MiB",
		    "%s is cut: what comes after its first MiB was not read",
		    path);
	return len;
}

/* What kind of file of a key it is that has other lines in it. */
static const char *
other_form(const char *first)
{
	static const struct {
		const char *begins;
		const char *has;
		const char *what;
	} forms[] = {
		{ "-----BEGIN", "PRIVATE KEY", ": a private key" },
		{ "PuTTY-User-Key-File", "", ": a private key" },
		{ "---- BEGIN SSH2", "", ": ssh-keygen -i -f converts it" },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strncmp(first, forms[i].begins, strlen(forms[i].begins)) ==
			0 &&
		    strstr(first, forms[i].has) != NULL)
			return forms[i].what;
	return "";
}

/* Of the lines of a file that are no keys the first one is named. */
static void
note_fault(struct check_key *k, const char *first, const char *fault,
    unsigned int count)
{
	if (count == 1)
		check_note("%s:%u: sshd takes no key from this line: %s%s",
		    k->file, k->number, fault, other_form(first));
}

/* A key may bring variables, such as PATH, where sshd takes them. */
static void
judge_variable(struct check *c, const struct check_key *k)
{
	const char *value = c->sshd.value[SET_USER_ENVIRONMENT];

	if (k->has_variable && *value != '\0' && strcasecmp(value, "no") != 0)
		check_found(c, FIX_GLOBAL, "PermitUserEnvironment no",
		    "PermitUserEnvironment %s: %s:%u: environment= of this key "
		    "reaches every program that sshd starts",
		    value, k->file, k->number);
}

/* Returns the number of lines from which sshd takes no key. */
static unsigned int
read_file(struct check *c, struct check_key *k)
{
	char *line = text, *newline, *first;
	char *end = text + load_keys(c, k->file);
	unsigned int faults = 0;
	const char *fault;
	bool is_read;

	k->number = 0;
	for (; line < end; line = newline + 1) {
		k->number++;
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		*newline = '\0';
		if (newline > line && newline[-1] == '\r')
			newline[-1] = '\0'; /* only there is it no text */
		first = line + strspn(line, " \t");
		if (*first == '\0' || *first == '#')
			continue;
		fault = check_key_fault(first, &is_read);
		if (fault != NULL)
			note_fault(k, first, fault, ++faults);
		if (!is_read)
			continue;
		parse_key(k, first);
		k->is_refused = fault != NULL; /* another sshd may take it */
		judge_variable(c, k);
		check_answer_key(k);
	}
	return faults;
}

/* In the child: the files of a list, as the account. */
static void
read_list(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	static struct check_key k;
	const char *list = arg;
	int e;

	(void)check_become(&c->login); /* or with our own rights */
	while ((e = check_next_keys_file(c, &list, k.file)) != ENOENT)
		if (e == 0)
			numbers[0] += (int)read_file(c, &k);
		else
			check_found(c, FIX_MATCH,
			    "AuthorizedKeysFile /etc/ssh/keys/%u",
			    "AuthorizedKeysFile has a file of which the path "
			    "is not known: it was not read");
}

/* A child may have been taken over: each field is bounded here. */
void
check_take_key(const char *const *fields)
{
	struct check_key *k;
	const char *file = strchr(fields[0], ':');
	char *flags;

	if (taken == NULL || file == NULL || taken->count++ >= CHECK_KEYS_MAX)
		return;
	k = &taken->key[taken->count - 1];
	k->number = (unsigned int)strtoul(fields[0], NULL, 10);
	(void)strlcpy(k->file, file + 1, sizeof(k->file));
	k->grants = (unsigned int)strtoul(fields[1], &flags, 10) & KEY_MAY_ALL;
	k->has_command = flags[0] == 'c';
	k->is_authority = strncmp(flags + (*flags != '\0'), "a", 1) == 0;
	k->is_expired = strchr(flags, 'x') != NULL;
	k->has_options = strchr(flags, 'o') != NULL;
	k->is_restricted = strchr(flags, 'r') != NULL;
	k->is_refused = strchr(flags, 'u') != NULL;
	(void)strlcpy(k->name, fields[2], sizeof(k->name));
	(void)strlcpy(k->from, fields[3], sizeof(k->from));
	(void)strlcpy(k->command, fields[4], sizeof(k->command));
	taken->grants |= k->grants;
}

void
check_read_keys(struct check *c, const char *list, struct check_keys *keys)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why;

	taken = keys;
	why = check_apart(c, read_list, (void *)list, numbers);
	taken = NULL;
	keys->faults = numbers[0];
	if (why != NULL)
		check_found(c, FIX_HOST, "files that can be read at once",
		    "the keys of the account could not be examined: %s", why);
	if (keys->count > CHECK_KEYS_MAX)
		check_found(c, FIX_HOST, "at most 100 keys for an account",
		    "only the first %d of %u keys were examined",
		    CHECK_KEYS_MAX, keys->count);
}
