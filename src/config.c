#include "config.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "err.h"

struct word {
	const char *text;
	int value;
};

enum kind {
	KIND_PATH, /* absolute or "none" */
	KIND_USER, /* an account's name */
	KIND_YES_NO,
	KIND_WORD, /* one of words */
	KIND_OCTAL,
	KIND_COUNT,   /* 1 to POLICY_DEPTH_MAX */
	KIND_SECONDS, /* 90, 5m, 2h, none */
	KIND_LOG,     /* syslog, none, a path */
};

/* clang-format off */
static const struct word access_words[] = {
	{ "read-write", ACCESS_READ_WRITE },
	{ "read-only", ACCESS_READ_ONLY },
	{ "write-only", ACCESS_WRITE_ONLY },
	{ NULL, 0 },
};
static const struct word overwrite_words[] = {
	{ "replace", OVERWRITE_REPLACE },
	{ "deny", OVERWRITE_DENY },
	{ "inplace", OVERWRITE_INPLACE },
	{ NULL, 0 },
};
static const struct word symlinks_words[] = {
	{ "follow", SYMLINKS_FOLLOW },
	{ "refuse", SYMLINKS_REFUSE },
	{ NULL, 0 },
};
static const struct word sandbox_words[] = {
	{ "prefer", SANDBOX_PREFER },
	{ "require", SANDBOX_REQUIRE },
	{ NULL, 0 },
};
static const struct word format_words[] = {
	{ "json", AUDIT_JSON },
	{ "text", AUDIT_TEXT },
	{ NULL, 0 },
};

struct keyword {
	const char *name;
	enum kind kind;
	size_t offset;		  /* of the value in struct policy */
	const struct word *words; /* KIND_WORD */
};

#define AT(member) offsetof(struct policy, member)

static const struct keyword keywords[] = {
	{ "Root", KIND_PATH, AT(root), NULL },
	{ "Chroot", KIND_YES_NO, AT(chroot), NULL },
	{ "User", KIND_USER, AT(user), NULL },
	{ "StartDirectory", KIND_PATH, AT(start), NULL },
	{ "Access", KIND_WORD, AT(access), access_words },
	{ "Overwrite", KIND_WORD, AT(overwrite), overwrite_words },
	{ "Symlinks", KIND_WORD, AT(symlinks), symlinks_words },
	{ "Umask", KIND_OCTAL, AT(umask), NULL },
	{ "MaxDepth", KIND_COUNT, AT(depth), NULL },
	{ "IdleTimeout", KIND_SECONDS, AT(idle_timeout), NULL },
	{ "SessionTimeout", KIND_SECONDS, AT(session_timeout), NULL },
	{ "Sandbox", KIND_WORD, AT(sandbox), sandbox_words },
	{ "AuditLog", KIND_LOG, AT(audit_path), NULL },
	{ "AuditFormat", KIND_WORD, AT(audit_format), format_words },
};
/* clang-format on */

static const char *
set_path(char out[PATH_MAX], const char *value)
{
	if (strcasecmp(value, "none") == 0)
		value = "";
	else if (value[0] != '/')
		return "not an absolute path";
	return strlcpy(out, value, PATH_MAX) < PATH_MAX ? NULL :
							  "path too long";
}

static const char *
set_user(char out[POLICY_USER_MAX], const char *value)
{
	if (value[0] == '\0' || value[0] == '-')
		return "not an account name";
	return strlcpy(out, value, POLICY_USER_MAX) < POLICY_USER_MAX ?
	    NULL :
	    "account name too long";
}

static const char *
set_yes_no(bool *out, const char *value)
{
	if (strcasecmp(value, "yes") == 0)
		*out = true;
	else if (strcasecmp(value, "no") == 0)
		*out = false;
	else
		return "neither yes nor no";
	return NULL;
}

/* Every enum of struct policy is as wide as an int. */
static const char *
set_word(int *out, const struct word *words, const char *value)
{
	for (; words->text != NULL; words++) {
		if (strcasecmp(words->text, value) == 0) {
			*out = words->value;
			return NULL;
		}
	}
	return "unknown value";
}

static const char *
set_octal(mode_t *out, const char *value)
{
	mode_t mode = 0;

	if (*value == '\0' || strlen(value) > 4)
		return "not an octal mode";
	for (; *value != '\0'; value++) {
		if (*value < '0' || *value > '7')
			return "not an octal mode";
		mode = mode * 8 + (mode_t)(*value - '0');
	}
	if (mode > 0777)
		return "mode is over 0777";
	*out = mode;
	return NULL;
}

static const char *
set_count(unsigned int *out, const char *value)
{
	const char *why;
	long long n = strtonum(value, 1, POLICY_DEPTH_MAX, &why);

	if (why != NULL)
		return "not a number from 1 to 256";
	*out = (unsigned int)n;
	return NULL;
}

/* time = 1*DIGIT [ "s" / "m" / "h" / "d" ] */
static const char *
set_seconds(unsigned int *out, const char *value)
{
	static const char units[] = "smhd";
	static const unsigned int factors[] = { 1, 60, 3600, 86400 };
	char digits[16];
	const char *why, *unit;
	size_t n = strlen(value);
	unsigned int factor = 1;
	long long seconds;

	if (strcasecmp(value, "none") == 0) {
		*out = 0;
		return NULL;
	}
	if (n > 1 && (unit = strchr(units, value[n - 1])) != NULL) {
		factor = factors[unit - units];
		n--;
	}
	if (n >= sizeof(digits))
		return "not a time";
	memcpy(digits, value, n);
	digits[n] = '\0';
	seconds = strtonum(digits, 1, 31536000 / (long long)factor, &why);
	if (why != NULL)
		return "not a time from 1s to 365d";
	*out = (unsigned int)seconds * factor;
	return NULL;
}

static const char *
set_log(struct policy *p, const char *value)
{
	p->audit_off = strcasecmp(value, "none") == 0;
	if (p->audit_off || strcasecmp(value, "syslog") == 0) {
		p->audit_path[0] = '\0';
		return NULL;
	}
	return set_path(p->audit_path, value);
}

static const char *
set_value(struct policy *p, const struct keyword *k, const char *value)
{
	void *out = (char *)p + k->offset;

	switch (k->kind) {
	case KIND_PATH:
		return set_path(out, value);
	case KIND_USER:
		return set_user(out, value);
	case KIND_YES_NO:
		return set_yes_no(out, value);
	case KIND_WORD:
		return set_word(out, k->words, value);
	case KIND_OCTAL:
		return set_octal(out, value);
	case KIND_COUNT:
		p->depth_set = true;
		return set_count(out, value);
	case KIND_SECONDS:
		if (k->offset == AT(idle_timeout))
			p->idle_timeout_set = true;
		return set_seconds(out, value);
	case KIND_LOG:
		return set_log(p, value);
	}
	return "unknown kind";
}

int
config_set(
    struct policy *p, const char *option, unsigned long *seen, const char **why)
{
	struct policy changed = *p;
	size_t i, n = strcspn(option, "= \t");
	const char *value = option + n + strspn(option + n, " \t");

	if (*value == '=')
		value += 1 + strspn(value + 1, " \t");
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
		if (strlen(keywords[i].name) == n &&
		    strncasecmp(keywords[i].name, option, n) == 0)
			break;
	*why = "unknown keyword";
	if (i == sizeof(keywords) / sizeof(keywords[0]))
		return ERR_CONFIG;
	*why = "no value";
	if (*value == '\0' ||
	    (*why = set_value(&changed, &keywords[i], value)) != NULL)
		return ERR_CONFIG;
	if ((*seen & (1UL << i)) == 0)
		*p = changed;
	*seen |= 1UL << i;
	return 0;
}
