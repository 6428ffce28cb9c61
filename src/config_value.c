#include "config_value.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A year is more than any session lasts. */
#define SECONDS_MAX 31536000

/* ".." would leave a path that another one has to lie beneath. */
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
read_path(char out[PATH_MAX], const char *value)
{
	if (strcasecmp(value, "none") == 0)
		return take_path(out, "");
	return *value == '/' ? take_path(out, value) : "not an absolute path";
}

/* It may begin with "%h"; config_expand() sees what comes of it. */
static const char *
read_root(char out[PATH_MAX], const char *value)
{
	if (has_bad_token(value))
		return "a % that is none of %u %h %%";
	return *value == '%' ? take_path(out, value) : read_path(out, value);
}

static const char *
read_user(char out[POLICY_USER_MAX], const char *value)
{
	if (value[0] == '-')
		return "not an account name";
	return strlcpy(out, value, POLICY_USER_MAX) < POLICY_USER_MAX ?
	    NULL :
	    "account name too long";
}

static const char *
read_list(char out[POLICY_LIST_MAX], const char *value)
{
	if (strchr(value, '"') != NULL)
		return "no quotes: patterns are parted by blanks";
	return strlcpy(out, value, POLICY_LIST_MAX) < POLICY_LIST_MAX ?
	    NULL :
	    "list too long";
}

/* The value of a word, or -1. */
static int
find_word(const struct config_word *words, const char *value)
{
	for (; words->text != NULL; words++)
		if (strcasecmp(words->text, value) == 0)
			return words->value;
	return -1;
}

static const struct config_word yes_no[] = {
	{ "yes", true },
	{ "no", false },
	{ NULL, 0 },
};

static const char *
read_bool(bool *out, const struct config_word *words, const char *value)
{
	int n = find_word(words, value);

	if (n == -1)
		return words == yes_no ? "neither yes nor no" : "unknown value";
	*out = n != 0;
	return NULL;
}

/* Every enum of struct policy is as wide as an int. */
static const char *
read_word(int *out, const struct config_word *words, const char *value)
{
	int n = find_word(words, value);

	if (n == -1)
		return "unknown value";
	*out = n;
	return NULL;
}

static const char *
read_mode(mode_t *out, const char *value)
{
	mode_t mode = 0;

	if (*value == '\0' || strspn(value, "01234567") != strlen(value) ||
	    strlen(value) > 4)
		return "not an octal mode";
	for (; *value != '\0'; value++)
		mode = mode * 8 + (mode_t)(*value - '0');
	if (mode > 0777)
		return "mode is over 0777";
	*out = mode;
	return NULL;
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
read_size(int64_t *out, const char *value)
{
	static const int64_t worth[] = { 1 << 10, 1 << 10, 1 << 20, 1 << 20,
		1 << 30, 1 << 30, INT64_C(1) << 40, INT64_C(1) << 40 };

	return read_number(out, value, "KkMmGgTt", worth, INT64_C(1) << 62,
	    "not a size: octets, or K M G T");
}

static const char *
read_time(int64_t *out, const char *value)
{
	static const int64_t worth[] = { 1, 60, 3600, 86400, 1, 60, 3600,
		86400 };

	return read_number(out, value, "smhdSMHD", worth, SECONDS_MAX,
	    "not a time: seconds, or s m h d");
}

static const char *
read_depth(int64_t *out, const char *value)
{
	const char *why = read_number(out, value, "", NULL, POLICY_DEPTH_MAX,
	    "not a number from 1 to 256");

	if (why == NULL && *out == 0)
		return "not a number from 1 to 256"; /* none */
	return why;
}

static const char *
read_log(struct policy *p, const char *value)
{
	p->audit_off = strcasecmp(value, "none") == 0;
	if (p->audit_off || strcasecmp(value, "syslog") == 0) {
		p->audit_path[0] = '\0';
		return NULL;
	}
	return read_path(p->audit_path, value);
}

const char *
config_read_value(enum config_kind kind, const struct config_word *words,
    const char *value, struct policy *p, size_t offset)
{
	void *out = (char *)p + offset;

	switch (kind) {
	case CONFIG_PATH:
		return read_path(out, value);
	case CONFIG_ROOT:
		return read_root(out, value);
	case CONFIG_USER:
		return read_user(out, value);
	case CONFIG_YES_NO:
		return read_bool(out, yes_no, value);
	case CONFIG_WORD:
		return read_word(out, words, value);
	case CONFIG_BOOL:
		return read_bool(out, words, value);
	case CONFIG_RELAY:
		if (strcasecmp(value, "deny") == 0)
			value = "";
		return read_list(out, value);
	case CONFIG_LIST:
		return read_list(out, value);
	case CONFIG_MODE:
		return read_mode(out, value);
	case CONFIG_SIZE:
		return read_size(out, value);
	case CONFIG_COUNT:
		return read_number(
		    out, value, "", NULL, INT64_C(1) << 62, "not a number");
	case CONFIG_DEPTH:
		return read_depth(out, value);
	case CONFIG_TIME:
		return read_time(out, value);
	case CONFIG_LOG:
		return read_log(p, value);
	}
	return "unknown kind";
}

static const char *
word_for(const struct config_word *words, int value)
{
	while (words->text != NULL && words->value != value)
		words++;
	return words->text != NULL ? words->text : "?";
}

/* Text that is empty when there is none; it always fits or is cut. */
static void
show_text(char *out, size_t cap, const char *text)
{
	(void)strlcpy(out, *text != '\0' ? text : "none", cap);
}

static void
show_number(char *out, size_t cap, int64_t n)
{
	if (n == 0)
		(void)strlcpy(out, "none", cap);
	else
		(void)snprintf(out, cap, "%lld", (long long)n);
}

void
config_show_value(enum config_kind kind, const struct config_word *words,
    const struct policy *p, size_t offset, char *out, size_t cap)
{
	const void *in = (const char *)p + offset;

	switch (kind) {
	case CONFIG_PATH:
	case CONFIG_ROOT:
	case CONFIG_USER:
	case CONFIG_LIST:
		show_text(out, cap, in);
		break;
	case CONFIG_RELAY:
		show_text(out, cap, *(const char *)in != '\0' ? in : "deny");
		break;
	case CONFIG_YES_NO:
		show_text(out, cap, word_for(yes_no, *(const bool *)in));
		break;
	case CONFIG_BOOL:
		show_text(out, cap, word_for(words, *(const bool *)in));
		break;
	case CONFIG_WORD:
		show_text(out, cap, word_for(words, *(const int *)in));
		break;
	case CONFIG_MODE:
		(void)snprintf(out, cap, "%04o", *(const mode_t *)in);
		break;
	case CONFIG_SIZE:
	case CONFIG_COUNT:
	case CONFIG_DEPTH:
	case CONFIG_TIME:
		show_number(out, cap, *(const int64_t *)in);
		break;
	case CONFIG_LOG:
		show_text(out, cap,
		    p->audit_off	       ? "none" :
			*p->audit_path != '\0' ? p->audit_path :
						 "syslog");
		break;
	}
}
