/*
 * The keys of an account for which neither ForceCommand nor the login
 * shell starts this program.  The command= of each key has to start it.  The
 * format is that of sshd(8), AUTHORIZED_KEYS FILE FORMAT.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

/* The most octets of a command=; a longer one does not start this program. */
#define COMMAND_MAX 4096

/* The most octets of a file of keys that are examined. */
#define KEYS_MAX (1 << 20)

/* A file of keys, and the NUL after its last line. */
static char text[KEYS_MAX + 1];

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
	char fix[256];

	keys->count++;
	keys->all_restricted = keys->all_restricted && k->restricted;
	if (k->has_command && check_is_ours(k->command))
		return;
	keys->free++;
	(void)snprintf(fix, sizeof(fix),
	    "begin line %u with: restrict,command=\"scp-server\"",
	    number); /* fits */
	if (!k->has_command)
		check_found(c, FIX_HOST, fix,
		    "%s:%u: a key without command=: it gets the login shell",
		    path, number);
	else
		check_found(c, FIX_HOST, fix,
		    "%s:%u: command=\"%s\": sessions with this key don't come "
		    "here",
		    path, number, k->command);
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
	if (e == ERR_KIND)
		check_found(c, FIX_HOST, "a regular file, or none",
		    "%s is not a regular file: it was not read", path);
	else if (e != 0 && e != ENOENT && e != ENOTDIR)
		check_note("%s was not read: %s", path, err_info(e)->words);
	if (cut)
		check_found(c, FIX_HOST, "a file of at most 1 MiB",
		    "%s is cut: what comes after its first MiB was not read",
		    path);
	return len;
}

static void
judge_file(struct check *c, const char *path, struct check_keys *keys)
{
	unsigned int number = 0;
	char *line = text, *newline, *first;
	char *end = text + load_keys(c, path);
	struct key k;

	for (; line < end; line = newline + 1) {
		number++;
		newline = memchr(line, '\n', (size_t)(end - line));
		if (newline == NULL)
			newline = end;
		*newline = '\0';
		line[strcspn(line, "\r")] = '\0';
		first = line + strspn(line, " \t");
		if (*first == '\0' || *first == '#')
			continue;
		parse_key(&k, first);
		judge_key(c, path, number, &k, keys);
	}
}

/* In the child: the files of a list, as the account. */
static void
judge_list(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	struct check_keys keys = { .all_restricted = true };
	const char *list = arg;
	char path[PATH_MAX];
	int e;

	(void)check_become(&c->login); /* or with our own rights */
	while ((e = check_next_keys_file(c, &list, path)) != ENOENT)
		if (e == 0)
			judge_file(c, path, &keys);
	numbers[0] = (int)keys.count;
	numbers[1] = (int)keys.free;
	numbers[2] = keys.all_restricted;
}

void
check_keys(struct check *c, const char *list, struct check_keys *keys)
{
	int numbers[CHECK_NUMBERS] = { 0, 0, 0 };
	const char *why = check_apart(c, judge_list, (void *)list, numbers);

	if (why != NULL)
		check_found(c, FIX_HOST, "files that can be read at once",
		    "the keys of the account could not be examined: %s", why);
	keys->count = (unsigned int)numbers[0];
	keys->free = (unsigned int)numbers[1];
	keys->all_restricted = numbers[2] == 1;
}
