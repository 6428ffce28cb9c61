/*
 * Where a copy to another host goes.  The input: a list of Relay, "\n", an
 * operand.  Nothing of what is accepted can be an option, and the word for the
 * other host's shell means the path again.
 */
#include "fuzz.h"

#include <string.h>

#include "config.h"
#include "destination.h"
#include "err.h"
#include "policy.h"

static struct policy policy;
static struct destination d;
static struct string rooms[2];
static char command[5 * PATH_MAX], tiny[64];

static bool
is_name(const char *s, const char *more)
{
	if (*s == '-')
		return false;
	for (; *s != '\0'; s++)
		if (!(*s >= '0' && *s <= '9') &&
		    !((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z') &&
		    strchr(more, *s) == NULL)
			return false;
	return true;
}

/* What sh makes of words that are quoted with ' and \ only. */
static void
unquote(const char *s, char *out)
{
	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			*out++ = *++s;
		else if (*s == '\'')
			for (s++; *s != '\''; s++) {
				CLAIM(*s != '\0');
				*out++ = *s;
			}
		else
			*out++ = *s;
	}
	*out = '\0';
}

static void
check_command(bool directory)
{
	static char path[5 * PATH_MAX];
	const char *word;

	if (!destination_command(&d, directory, !directory, directory, command,
		sizeof(command))) {
		CLAIM(false); /* every path fits there */
		return;
	}
	(void)destination_command(&d, true, true, true, tiny, sizeof(tiny));
	CLAIM(strncmp(command, "scp -", 5) == 0);
	word = strstr(command, " -t ") + 4;
	if (strncmp(word, "-- ", 3) == 0)
		word += 3;
	else
		CLAIM(*word == '\'' || *word == '~');
	unquote(word, path);
	CLAIM(strcmp(path, d.path) == 0 ||
	    (strcmp(d.path, "~") == 0 && strcmp(path, "~/") == 0));
}

static void
check_relay(const char *list)
{
	static const char *const words[] = { "h", "u@h", "*" };
	int e = policy_check_relay(&policy, &d);

	CLAIM(e == 0 || e == ERR_RELAY || e == ERR_WRITE_ONLY);
	CLAIM(*list != '\0' || e != 0); /* deny */
	for (size_t i = 0; i < COUNT(words); i++)
		if (destination_matches(&d, words[i], strlen(words[i])))
			CLAIM(i == 2 || strcasecmp(d.host, "h") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const char *text[2], *s;
	size_t n;

	for (size_t i = 0; i < COUNT(text); i++) {
		s = take_until(&in, '\n', &n);
		text[i] = make_string(&rooms[i], s, n);
	}
	policy_init(&policy);
	policy.access = size % 7 == 0 ? ACCESS_WRITE_ONLY : ACCESS_READ_WRITE;
	if (strlen(text[0]) >= sizeof(policy.relay))
		return 0;
	strcpy(policy.relay, text[0]);
	if (size % 3 == 0)
		strcpy(policy.relay_too, "h *.x u@*");
	if (destination_parse(&d, text[1]) != 0)
		return 0;
	CLAIM(destination_is(text[1]));
	CLAIM(is_name(d.user, "._-+") && *d.host != '\0');
	CLAIM(is_name(d.host, "._-:%"));
	for (s = d.path; *s != '\0'; s++)
		CLAIM((unsigned char)*s >= 0x20 && *s != 0x7f);
	CLAIM(*d.path != '\0');
	check_command(size % 2 == 0);
	check_relay(text[0]);
	return 0;
}
