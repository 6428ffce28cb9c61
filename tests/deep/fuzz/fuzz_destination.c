/*
 * Where a copy to another host goes.  The input: a list of Relay, "\n", an
 * operand.  Nothing of what is accepted can be an option, and the word for the
 * other host's shell means the path again.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/config.h"
#include "request/destination.h"
#include "base/err.h"
#include "policy/policy.h"

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

/*
 * What sh makes of one word that is quoted with ' and \' only, but for "~/" at
 * its front.  Everything else outside of quotes could mean something to it.
 */
static void
unquote(const char *s, char *out)
{
	if (strncmp(s, "~/", 2) == 0) {
		memcpy(out, s, 2);
		out += 2;
		s += 2;
	}
	for (; *s != '\0'; s++) {
		CLAIM(*s == '\'' || (*s == '\\' && s[1] == '\''));
		if (*s == '\\') {
			*out++ = *++s;
			continue;
		}
		for (s++; *s != '\''; s++) {
			CLAIM(*s != '\0');
			*out++ = *s;
		}
	}
	*out = '\0';
}

/* The word that is no option: what the letters before it ask for is there. */
static const char *
skip_options(const char *s, const bool set[3])
{
	static const char *const words[] = { " -r", " -p", " -d" };

	CLAIM(strncmp(s, "scp", 3) == 0);
	s += 3;
	for (size_t i = 0; i < COUNT(words); i++)
		if (set[i]) {
			CLAIM(strncmp(s, words[i], 3) == 0);
			s += 3;
		}
	CLAIM(strncmp(s, " -t ", 4) == 0);
	return s + 4;
}

static void
check_command(size_t bits)
{
	static char path[5 * PATH_MAX];
	const bool set[] = { bits & 1, bits & 2, bits & 4 };
	const char *word;
	size_t len;

	/* every path fits there */
	CLAIM(destination_command(
	    &d, set[0], set[1], set[2], command, sizeof(command)));
	len = strlen(command);
	CLAIM(destination_command(&d, set[0], set[1], set[2], tiny,
		  sizeof(tiny)) == (len < sizeof(tiny)));
	word = skip_options(command, set);
	if (strncmp(word, "-- ", 3) == 0)
		word += 3;
	else
		CLAIM(d.path[0] != '-');
	unquote(word, path);
	CLAIM(strcmp(path, d.path) == 0 ||
	    (strcmp(d.path, "~") == 0 && strcmp(path, "~/") == 0));
}

/* Does an item of a list name it?  Item by item, as the manual says. */
static bool
is_named(const char *list)
{
	bool found = false;
	size_t n;

	for (const char *s = list; *s != '\0'; s += n) {
		s += strspn(s, " \t");
		n = strcspn(s, " \t");
		found = found || (n > 0 && destination_matches(&d, s, n));
	}
	return found;
}

/* What is spelt as it is matches, with its user too, and nothing longer. */
static void
check_itself(void)
{
	const bool address = strchr(d.host, ':') != NULL;
	char item[512];
	int n;

	n = snprintf(item, sizeof(item), address ? "[%s]" : "%s", d.host);
	CLAIM(destination_matches(&d, item, (size_t)n));
	CLAIM(destination_matches(&d, "*", 1));
	CLAIM(!destination_matches(&d, "", 0));
	CLAIM(destination_matches(&d, "*@*", 3) == (*d.user != '\0'));
	n = snprintf(item, sizeof(item), address ? "%s@[%s]" : "%s@%s",
	    *d.user != '\0' ? d.user : "u", d.host);
	CLAIM(destination_matches(&d, item, (size_t)n) == (*d.user != '\0'));
	n = snprintf(item, sizeof(item), "%sx", d.host);
	CLAIM(!destination_matches(&d, item, (size_t)n));
}

static void
check_relay(const char *list, const char *other)
{
	int e = policy_check_relay(&policy, &d);
	bool named = is_named(list) && (*other == '\0' || is_named(other));

	CLAIM((e == ERR_RELAY) == !named);
	CLAIM(!named ||
	    (e == ERR_WRITE_ONLY) == (policy.access == ACCESS_WRITE_ONLY));
	CLAIM(e == 0 || e == ERR_RELAY || e == ERR_WRITE_ONLY);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const char *text[2], *s, *other = size % 3 == 0 ? "h *.x u@*" : "";
	size_t n;

	for (size_t i = 0; i < COUNT(text); i++) {
		s = take_until(&in, '\n', &n);
		text[i] = make_string(&rooms[i], s, n);
	}
	policy_init(&policy);
	policy.access = size % 7 == 0 ? ACCESS_WRITE_ONLY : ACCESS_READ_WRITE;
	if (strlen(text[0]) >= POLICY_LIST_MAX || strchr(text[0], '"') != NULL)
		return 0;
	snprintf(policy.relay, sizeof(policy.relay), "%s%s%s", text[0],
	    *other != '\0' ? "\"" : "", other);
	if (destination_parse(&d, text[1]) != 0)
		return 0;
	CLAIM(destination_is(text[1]));
	CLAIM(is_name(d.user, "._-+") && *d.host != '\0');
	CLAIM(is_name(d.host, "._-:%"));
	for (s = d.path; *s != '\0'; s++)
		CLAIM((unsigned char)*s >= 0x20 && *s != 0x7f);
	CLAIM(*d.path != '\0');
	check_command(size);
	check_itself();
	check_relay(text[0], other);
	return 0;
}
