/*
 * --check: the keys of an account for which neither ForceCommand nor the login
 * shell starts this program.  The command= of each key has to start it.  The
 * format is that of sshd(8), AUTHORIZED_KEYS FILE FORMAT.
 */
#include "check/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sandbox/open_flags.h"

/* The most octets of a command=; a longer one does not start this program. */
#define COMMAND_MAX 4096

/* The types of keys, with which a line without options begins. */
static const char *const types[] = { "ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-" };

/* The options of one key. */
struct key {
	bool has_command;
	bool restricted; /* neither forwarding nor ~/.ssh/rc */
	char command[COMMAND_MAX];
};

static bool
begins_with_type(const char *line)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strncmp(line, types[i], strlen(types[i])) == 0)
			return true;
	return false;
}

/* One option ends at a comma or blank outside of quotes. */
static size_t
option_len(const char *s)
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

/* value = DQUOTE *( any / "\" DQUOTE ) DQUOTE */
static void
take_command(struct key *k, const char *value, size_t len)
{
	size_t used = 0;

	for (size_t i = 1; i + 1 < len && used + 1 < sizeof(k->command); i++) {
		if (value[i] == '\\' && value[i + 1] == '"')
			i++;
		k->command[used++] = value[i];
	}
	k->command[used] = '\0';
	k->has_command = true;
}

/* line = [ option *( "," option ) 1*blank ] type SP base64 ... */
static void
parse_key(struct key *k, const char *line)
{
	static const char command[] = "command=";
	const size_t skip = sizeof(command) - 1;
	size_t n;

	*k = (struct key){ .has_command = false };
	if (begins_with_type(line))
		return;
	for (;; line += n + 1) {
		n = option_len(line);
		if (n > skip && strncasecmp(line, command, skip) == 0)
			take_command(k, line + skip, n - skip);
		else if (n == 8 && strncasecmp(line, "restrict", n) == 0)
			k->restricted = true;
		if (line[n] != ',')
			break;
	}
}

static void
judge_key(struct check *c, const char *path, unsigned int number,
    const struct key *k, struct check_keys *keys)
{
	char mend[256];

	keys->count++;
	keys->all_restricted = keys->all_restricted && k->restricted;
	if (k->has_command && check_is_ours(k->command))
		return;
	keys->free++;
	(void)snprintf(mend, sizeof(mend),
	    "begin line %u with: restrict,command=\"scp-server\"",
	    number); /* fits */
	if (!k->has_command)
		check_found(c, MEND_HOST, mend,
		    "%s:%u: a key without command=: it gets the login shell",
		    path, number);
	else
		check_found(c, MEND_HOST, mend,
		    "%s:%u: command=\"%s\": sessions with this key don't come "
		    "here",
		    path, number, k->command);
}

void
check_keys(struct check *c, const char *path, struct check_keys *keys)
{
	char *line = NULL, *text;
	unsigned int number = 0;
	struct key k;
	size_t cap = 0;
	FILE *f;
	int fd;

	/* O_NONBLOCK, since the file may be a FIFO */
	if ((fd = check_open(path, F_READ)) < 0)
		return;
	if ((f = fdopen(fd, "r")) == NULL) {
		(void)close(fd); /* was only read */
		return;
	}
	while (getline(&line, &cap, f) != -1) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		text = line + strspn(line, " \t");
		if (*text == '\0' || *text == '#')
			continue;
		parse_key(&k, text);
		judge_key(c, path, number, &k, keys);
	}
	free(line);
	(void)fclose(f); /* was only read */
}
