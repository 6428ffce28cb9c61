#include "policy/types.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/glob.h"

/* A year, in seconds: no session lasts longer. */
#define SECONDS_MAX 31536000

/* ".." is refused, since other paths have to be beneath such a path. */
static bool
has_dotdot(const char *path)
{
	size_t n;

	for (;; path += n) {
		path += strspn(path, "/");
		if ((n = strcspn(path, "/")) == 0)
			return false;
		if (n == 2 && memcmp(path, "..", 2) == 0)
			return true;
	}
}

static const char *
take_path(char out[PATH_MAX], const char *value)
{
	if (has_dotdot(value))
		return "a path with ..";
	return strlcpy(out, value, PATH_MAX) < PATH_MAX ? NULL :
							  "path too long";
}

static bool
has_bad_token(const char *path)
{
	for (; (path = strchr(path, '%')) != NULL; path += 2)
		if (path[1] == '\0' || strchr("uh%", path[1]) == NULL)
			return true;
	return false;
}

static const char *
read_path(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	if (strcasecmp(value, "none") == 0)
		return take_path(out, "");
	return *value == '/' ? take_path(out, value) : "not an absolute path";
}

/* A Root may begin with "%h"; config_expand() checks the result. */
static const char *
read_root(void *out, const struct config_word *words, const char *value)
{
	if (has_bad_token(value))
		return "a % that is none of %u %h %%";
	return *value == '%' ? take_path(out, value) :
			       read_path(out, words, value);
}

static const char *
read_user(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	if (value[0] == '-')
		return "not an account name";
	if (strcasecmp(value, "none") == 0)
		value = "";
	return strlcpy(out, value, POLICY_USER_MAX) < POLICY_USER_MAX ?
	    NULL :
	    "account name too long";
}

/* Whether a word of a list is one that takes the place of the whole list. */
static bool
is_no_list(const char *word, const char *other)
{
	size_t n = strcspn(word, " \t");

	return n == 4 &&
	    (strncasecmp(word, "none", n) == 0 ||
		strncasecmp(word, other, n) == 0);
}

/* Whether what is behind the first octet of a set begins with "z-a". */
static bool
is_backwards(const char *s)
{
	return s[1] == '-' && *s > s[2] && s[2] != '\\' &&
	    !(*s == '^' && s[-1] == '[');
}

/*
 * Whether somebody may have meant another list than there is, whose patterns
 * would then match no name, or another one.  A backslash before the character
 * says that it is meant; at the end it may have been before a blank, which is
 * cut off, and would be before one where two lists become one.  No name has a
 * slash.
 */
static const char *
list_fault(const char *value, bool names)
{
	const char *s, *after = value, *end;
	bool begins = true;

	for (s = value; *s != '\0'; s++) {
		end = s + strcspn(s, " \t");
		if (*s == '"' || (*s == '\'' && begins) || *s == ',' ||
		    (s >= after && (*s == ';' || *s == '|')) ||
		    (*s == '\\' && strchr(" \t", s[1]) != NULL)) /* or end */
			return "patterns are separated by blanks, not quoted";
		if (s + 3 < after && is_backwards(s))
			return "a backward range";
		if (begins && *s == '!')
			return "a ! outside of a set";
		if (begins && is_no_list(s, names ? "none" : "deny"))
			return "none or deny beside others";
		if (names && *s == '/')
			return "a slash: patterns are of single names";
		if (*s == '[' && s[1] == ':' && s < after)
			return "sets are of octets";
		if (*s == '[' && s >= after &&
		    (after = match_set_end(s, end)) == NULL)
			return "a [ without its ]";
		begins = s == end;
		if (*s == '\\' && s[1] != '"' && s[1] != '/')
			s++;
	}
	return NULL;
}

static const char *
read_patterns(char *out, const char *value, bool names)
{
	const char *why;

	if (strcasecmp(value, "none") == 0 ||
	    (!names && strcasecmp(value, "deny") == 0))
		value = "";
	if ((why = list_fault(value, names)) != NULL)
		return why;
	return strlcpy(out, value, POLICY_LIST_MAX) < POLICY_LIST_MAX ?
	    NULL :
	    "list too long";
}

static const char *
read_list(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	return read_patterns(out, value, true);
}

static const char *
read_relay(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	return read_patterns(out, value, false);
}

/* Returns the value of a word, or -1. */
static int
find_word(const struct config_word *words, const char *value)
{
	for (; words->text[0] != '\0'; words++)
		if (strcasecmp(words->text, value) == 0)
			return words->value;
	return -1;
}

const struct config_word config_yes_no[] = {
	{ "no", false },
	{ "yes", true },
	{ "", 0 },
};

/* What is wrong with a word that is none of these; kept until the next call. */
static const char *
unknown_word(const struct config_word *words)
{
	static char text[96];

	if (words == config_yes_no)
		return "neither yes nor no";
	(void)strlcpy(text, "unknown value (one of", sizeof(text));
	for (; words->text[0] != '\0'; words++) {
		(void)strlcat(text, " ", sizeof(text));
		(void)strlcat(text, words->text, sizeof(text));
	}
	(void)strlcat(text, ")", sizeof(text));
	return text;
}

/* Every enum of struct policy is as wide as an int. */
static const char *
read_word(void *out, const struct config_word *words, const char *value)
{
	int n = find_word(words, value);

	if (n == -1)
		return unknown_word(words);
	*(int *)out = n;
	return NULL;
}

static const char *
read_bool(void *out, const struct config_word *words, const char *value)
{
	int n = 0;
	const char *why = read_word(&n, words, value);

	if (why == NULL)
		*(bool *)out = n != 0;
	return why;
}

static const char *
read_octal(mode_t *out, const char *value, mode_t bits, const char *beyond)
{
	mode_t mode = 0;

	if (*value == '\0' || strlen(value) > 4)
		return "not an octal mode";
	for (; *value != '\0'; value++) {
		if (*value < '0' || *value > '7')
			return "not an octal mode";
		mode = mode * 8 + (mode_t)(*value - '0');
	}
	if ((mode & ~bits) != 0)
		return beyond;
	*out = mode;
	return NULL;
}

static const char *
read_mode(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	return read_octal(out, value, 0777, "mode is over 0777");
}

/* A directory may have the set-group-ID bit, for the group of what is in it. */
static const char *
read_dir_mode(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	return read_octal(out, value, 02777, "mode is not within 2777");
}

/* number = 1*DIGIT [ unit ] ; units and what each is worth, or "none" */
static const char *
read_number(int64_t *out, const char *value, const char *units,
    const int64_t *worth, int64_t max, const char *complaint)
{
	char digits[32];
	const char *why, *unit = NULL;
	size_t n = strlen(value);
	int64_t factor = 1, number;

	if (strcasecmp(value, "none") == 0) {
		*out = 0;
		return NULL;
	}
	if (n > 1)
		unit = strchr(units, value[n - 1]);
	if (unit != NULL) {
		factor = worth[unit - units];
		n--;
	}
	if (n >= sizeof(digits))
		return complaint;
	memcpy(digits, value, n);
	digits[n] = '\0';
	number = strtonum(digits, 1, max / factor, &why);
	if (why != NULL)
		return complaint;
	*out = number * factor;
	return NULL;
}

static const char *
read_size(void *out, const struct config_word *words, const char *value)
{
	static const int64_t worth[] = { 1 << 10, 1 << 10, 1 << 20, 1 << 20,
		1 << 30, 1 << 30, INT64_C(1) << 40, INT64_C(1) << 40 };

	(void)words;
	return read_number(out, value, "KkMmGgTt", worth, INT64_C(1) << 62,
	    "not a size: octets, or K M G T");
}

static const char *
read_count(void *out, const struct config_word *words, const char *value)
{
	(void)words;
	return read_number(
	    out, value, "", NULL, INT64_C(1) << 62, "not a number");
}

static const char *
read_time(void *out, const struct config_word *words, const char *value)
{
	static const int64_t worth[] = { 1, 60, 3600, 86400, 1, 60, 3600,
		86400 };

	(void)words;
	return read_number(out, value, "smhdSMHD", worth, SECONDS_MAX,
	    "not a time: seconds, or s m h d");
}

static const char *
read_depth(void *out, const struct config_word *words, const char *value)
{
	const char *why = read_number(out, value, "", NULL, POLICY_DEPTH_MAX,
	    "not a number from 1 to 256");

	(void)words;
	if (why == NULL && *(const int64_t *)out == 0)
		return "not a number from 1 to 256"; /* none */
	return why;
}

static const char *
read_log(void *out, const struct config_word *words, const char *value)
{
	struct audit_log *log = out;

	log->off = strcasecmp(value, "none") == 0;
	if (log->off || strcasecmp(value, "syslog") == 0) {
		log->path[0] = '\0';
		return NULL;
	}
	return read_path(log->path, words, value);
}

static const char *
word_for(const struct config_word *words, int value)
{
	while (words->text[0] != '\0' && words->value != value)
		words++;
	return words->text[0] != '\0' ? words->text : "?";
}

static void
show_text(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	const char *text = in;

	(void)words;
	(void)strlcpy(out, *text != '\0' ? text : "none", cap); /* or cut */
}

/* The first one: policy_next_list() has the others. */
static void
show_list(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	show_text(in, words, out, cap);
	out[strcspn(out, "\"")] = '\0';
}

static void
show_relay(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	show_list(*(const char *)in != '\0' ? in : "deny", words, out, cap);
}

static void
show_bool(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	show_text(word_for(words, *(const bool *)in), NULL, out, cap);
}

static void
show_word(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	show_text(word_for(words, *(const int *)in), NULL, out, cap);
}

static void
show_mode(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	(void)words;
	(void)snprintf(out, cap, "%04o", *(const mode_t *)in);
}

static void
show_number(
    const void *in, const struct config_word *words, char *out, size_t cap)
{
	int64_t n = *(const int64_t *)in;

	if (n == 0)
		show_text("", words, out, cap);
	else
		(void)snprintf(out, cap, "%lld", (long long)n);
}

static void
show_log(const void *in, const struct config_word *words, char *out, size_t cap)
{
	const struct audit_log *log = in;

	show_text(log->off	   ? "none" :
		*log->path != '\0' ? log->path :
				     "syslog",
	    words, out, cap);
}

/* Whatever has an order is a bool, as wide as an int, or an int64_t. */
int64_t
config_number(enum config_kind kind, const void *in)
{
	switch (config_types[kind].size) {
	case sizeof(bool):
		return *(const bool *)in;
	case sizeof(int):
		return *(const int *)in;
	default:
		return *(const int64_t *)in;
	}
}

/* clang-format off */
const struct config_type config_types[] = {
	[CONFIG_PATH] =
	    { PATH_MAX, read_path, show_text },
	[CONFIG_ROOT] =
	    { PATH_MAX, read_root, show_text },
	[CONFIG_USER] =
	    { POLICY_USER_MAX, read_user, show_text },
	[CONFIG_WORD] =
	    { sizeof(int), read_word, show_word },
	[CONFIG_BOOL] =
	    { sizeof(bool), read_bool, show_bool },
	[CONFIG_LIST] =
	    { 2UL * POLICY_LIST_MAX, read_list, show_list },
	[CONFIG_RELAY] =
	    { 2UL * POLICY_LIST_MAX, read_relay, show_relay },
	[CONFIG_MODE] =
	    { sizeof(mode_t), read_mode, show_mode },
	[CONFIG_DIR_MODE] =
	    { sizeof(mode_t), read_dir_mode, show_mode },
	[CONFIG_SIZE] =
	    { sizeof(int64_t), read_size, show_number },
	[CONFIG_COUNT] =
	    { sizeof(int64_t), read_count, show_number },
	[CONFIG_DEPTH] =
	    { sizeof(int64_t), read_depth, show_number },
	[CONFIG_TIME] =
	    { sizeof(int64_t), read_time, show_number },
	[CONFIG_LOG] =
	    { sizeof(struct audit_log), read_log, show_log },
};
/* clang-format on */
