/*
 * The table of keywords: how each is read, which of two values is the
 * stricter, and how it is shown.
 */
#include "config.h"

#include <bsd/string.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config_value.h"
#include "err.h"

#define AT(member)  offsetof(struct policy, member)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Which of the file's value and the options' value holds. */
enum stricter {
	STRICT_FILE,	   /* the file's, if it sets it */
	STRICT_DEEPER,	   /* the root that lies beneath the other */
	STRICT_ACCESS,	   /* what both allow */
	STRICT_HIGHER,	   /* words in order of strictness; MinFree */
	STRICT_LOWER,	   /* a limit, 0 being none */
	STRICT_AND,	   /* modes */
	STRICT_OR,	   /* Umask */
	STRICT_BOTH,	   /* AllowNames: a name has to be in each */
	STRICT_BOTH_HOSTS, /* Relay: so has a destination */
	STRICT_UNION,	   /* DenyNames */
};

/* clang-format off */
static const struct config_word access_words[] = {
	{ "read-write", ACCESS_READ_WRITE },
	{ "read-only", ACCESS_READ_ONLY },
	{ "write-only", ACCESS_WRITE_ONLY },
	{ NULL, 0 },
};
static const struct config_word overwrite_words[] = {
	{ "replace", OVERWRITE_REPLACE },
	{ "deny", OVERWRITE_DENY },
	{ "versions", OVERWRITE_VERSIONS },
	{ "inplace", OVERWRITE_INPLACE },
	{ NULL, 0 },
};
static const struct config_word symlinks_words[] = {
	{ "follow", SYMLINKS_FOLLOW },
	{ "refuse", SYMLINKS_REFUSE },
	{ NULL, 0 },
};
static const struct config_word dotfiles_words[] = {
	{ "allow", DOTFILES_ALLOW },
	{ "root", DOTFILES_ROOT },
	{ "deny", DOTFILES_DENY },
	{ NULL, 0 },
};
static const struct config_word sync_words[] = {
	{ "no", false },
	{ "always", true },
	{ NULL, 0 },
};
static const struct config_word sandbox_words[] = {
	{ "prefer", SANDBOX_PREFER },
	{ "require", SANDBOX_REQUIRE },
	{ NULL, 0 },
};
static const struct config_word format_words[] = {
	{ "json", AUDIT_JSON },
	{ "text", AUDIT_TEXT },
	{ NULL, 0 },
};
static const struct config_word digest_words[] = {
	{ "none", DIGEST_NONE },
	{ "sha256", DIGEST_SHA256 },
	{ NULL, 0 },
};
static const struct config_word sftp_words[] = {
	{ "deny", SFTP_DENY },
#ifndef WITHOUT_SFTP
	{ "handoff", SFTP_HANDOFF },
#endif
	{ NULL, 0 },
};

static const struct keyword {
	const char *name;
	enum config_kind kind;
	enum stricter stricter;
	bool tightens;	/* also from a client's own string */
	size_t offset;	/* of the value in struct policy */
	const struct config_word *words;
} keywords[KEY_COUNT] = {
	[KEY_ROOT] = 
	    { "Root", CONFIG_ROOT, STRICT_DEEPER, true,
	    AT(root), NULL },
	[KEY_CHROOT] = 
	    { "Chroot", CONFIG_YES_NO, STRICT_FILE, false,
	    AT(chroot), NULL },
	[KEY_USER] = 
	    { "User", CONFIG_USER, STRICT_FILE, false,
	    AT(user), NULL },
	[KEY_START_DIRECTORY] = 
	    { "StartDirectory", CONFIG_PATH, STRICT_FILE, false,
	    AT(start), NULL },
	[KEY_ACCESS] = 
	    { "Access", CONFIG_WORD, STRICT_ACCESS, true,
	    AT(access), access_words },
	[KEY_OVERWRITE] = 
	    { "Overwrite", CONFIG_WORD, STRICT_HIGHER, true,
	    AT(overwrite), overwrite_words },
	[KEY_SYMLINKS] = 
	    { "Symlinks", CONFIG_WORD, STRICT_HIGHER, true,
	    AT(symlinks), symlinks_words },
	[KEY_DOT_FILES] = 
	    { "DotFiles", CONFIG_WORD, STRICT_HIGHER, true,
	    AT(dotfiles), dotfiles_words },
	[KEY_ALLOW_NAMES] = 
	    { "AllowNames", CONFIG_LIST, STRICT_BOTH, true,
	    AT(allow_names), NULL },
	[KEY_DENY_NAMES] = 
	    { "DenyNames", CONFIG_LIST, STRICT_UNION, true,
	    AT(deny_names), NULL },
	[KEY_FILE_MODE] = 
	    { "FileMode", CONFIG_MODE, STRICT_AND, false,
	    AT(file_mode), NULL },
	[KEY_DIRECTORY_MODE] = 
	    { "DirectoryMode", CONFIG_MODE, STRICT_AND, false,
	    AT(directory_mode), NULL },
	[KEY_UMASK] = 
	    { "Umask", CONFIG_MODE, STRICT_OR, true,
	    AT(umask), NULL },
	[KEY_SET_ID_BITS] = 
	    { "SetIdBits", CONFIG_YES_NO, STRICT_FILE, false,
	    AT(set_id_bits), NULL },
	[KEY_PRESERVE_TIMES] = 
	    { "PreserveTimes", CONFIG_YES_NO, STRICT_FILE, false,
	    AT(preserve_times), NULL },
	[KEY_PRESERVE_MODES] = 
	    { "PreserveModes", CONFIG_YES_NO, STRICT_FILE, false,
	    AT(preserve_modes), NULL },
	[KEY_MAX_FILE_SIZE] = 
	    { "MaxFileSize", CONFIG_SIZE, STRICT_LOWER, true,
	    AT(max_file_size), NULL },
	[KEY_MAX_SESSION_BYTES] = 
	    { "MaxSessionBytes", CONFIG_SIZE, STRICT_LOWER, true,
	    AT(max_session_bytes), NULL },
	[KEY_MAX_SESSION_FILES] = 
	    { "MaxSessionFiles", CONFIG_COUNT, STRICT_LOWER, true,
	    AT(max_session_files), NULL },
	[KEY_MAX_DEPTH] = 
	    { "MaxDepth", CONFIG_DEPTH, STRICT_LOWER, true,
	    AT(depth), NULL },
	[KEY_MIN_FREE] = 
	    { "MinFree", CONFIG_SIZE, STRICT_HIGHER, false,
	    AT(min_free), NULL },
	[KEY_IDLE_TIMEOUT] = 
	    { "IdleTimeout", CONFIG_TIME, STRICT_LOWER, true,
	    AT(idle_timeout), NULL },
	[KEY_SESSION_TIMEOUT] = 
	    { "SessionTimeout", CONFIG_TIME, STRICT_LOWER, true,
	    AT(session_timeout), NULL },
	[KEY_RATE_LIMIT] = 
	    { "RateLimit", CONFIG_SIZE, STRICT_LOWER, true,
	    AT(rate_limit), NULL },
	[KEY_SYNC] = 
	    { "Sync", CONFIG_BOOL, STRICT_HIGHER, true,
	    AT(sync), sync_words },
	[KEY_SANDBOX] = 
	    { "Sandbox", CONFIG_WORD, STRICT_HIGHER, true,
	    AT(sandbox), sandbox_words },
	[KEY_AUDIT_LOG] = 
	    { "AuditLog", CONFIG_LOG, STRICT_FILE, false,
	    AT(audit_path), NULL },
	[KEY_AUDIT_FORMAT] = 
	    { "AuditFormat", CONFIG_WORD, STRICT_FILE, false,
	    AT(audit_format), format_words },
	[KEY_AUDIT_DIGEST] = 
	    { "AuditDigest", CONFIG_WORD, STRICT_FILE, false,
	    AT(audit_digest), digest_words },
	[KEY_SFTP] = 
	    { "Sftp", CONFIG_WORD, STRICT_FILE, false,
	    AT(sftp), sftp_words },
	[KEY_SFTP_SERVER] = 
	    { "SftpServer", CONFIG_PATH, STRICT_FILE, false,
	    AT(sftp_server), NULL },
	[KEY_PIPELINING] =
	    { "Pipelining", CONFIG_YES_NO, STRICT_FILE, false,
	    AT(pipelining), NULL },
	[KEY_RELAY] =
	    { "Relay", CONFIG_RELAY, STRICT_BOTH_HOSTS, false,
	    AT(relay), NULL },
	[KEY_RELAY_CONFIG] =
	    { "RelayConfig", CONFIG_PATH, STRICT_FILE, false,
	    AT(relay_config), NULL },
};
/* clang-format on */

static const struct keyword *
find_keyword(const char *option, size_t len)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strlen(keywords[i].name) == len &&
		    strncasecmp(keywords[i].name, option, len) == 0)
			return &keywords[i];
	return NULL;
}

static int
fail(struct config_error *error, const char *why, const char *word, size_t len)
{
	size_t n = len < sizeof(error->word) ? len : sizeof(error->word) - 1;

	error->why = why;
	memcpy(error->word, word, n);
	error->word[n] = '\0';
	return ERR_CONFIG;
}

/* The keyword of "Keyword=value" or "Keyword value", and the value. */
static const struct keyword *
split_option(const char *option, const char **value)
{
	size_t n = strcspn(option, "= \t");

	*value = option + n + strspn(option + n, " \t");
	if (**value == '=')
		*value += 1 + strspn(*value + 1, " \t");
	return find_keyword(option, n);
}

int
config_set(struct policy *p, const char *option, struct config_error *error)
{
	struct policy changed = *p;
	const struct keyword *k;
	const char *value, *why = "no value";
	uint64_t bit;

	if ((k = split_option(option, &value)) == NULL)
		return fail(
		    error, "unknown keyword", option, strcspn(option, "= \t"));
	if (*value == '\0')
		return fail(error, why, k->name, strlen(k->name));
	why = config_read_value(k->kind, k->words, value, &changed, k->offset);
	if (why != NULL)
		return fail(error, why, value, strlen(value));
	bit = UINT64_C(1) << (k - keywords);
	if ((p->set & bit) == 0)
		*p = changed;
	p->set |= bit;
	return 0;
}

bool
config_only_tightens(const char *option)
{
	const char *value;
	const struct keyword *k = split_option(option, &value);

	if (k == NULL || !k->tightens)
		return false;
	if (k == &keywords[KEY_SYMLINKS])
		return strcasecmp(value, "refuse") == 0;
	if (k == &keywords[KEY_SYNC])
		return strcasecmp(value, "always") == 0;
	if (k == &keywords[KEY_SANDBOX])
		return strcasecmp(value, "require") == 0;
	return true; /* combining keeps the stricter value */
}

const char *
config_name(enum policy_key key)
{
	return keywords[key].name;
}

bool
config_show(const struct policy *p, size_t index, const char **name,
    char *value, size_t cap)
{
	const struct keyword *k = &keywords[index];

	if (index >= KEY_COUNT)
		return false;
	*name = k->name;
	config_show_value(k->kind, k->words, p, k->offset, value, cap);
	return true;
}

/* How many octets of struct policy a value takes. */
static size_t
size_of(enum config_kind kind)
{
	switch (kind) {
	case CONFIG_PATH:
	case CONFIG_ROOT:
	case CONFIG_LOG:
		return PATH_MAX;
	case CONFIG_USER:
		return POLICY_USER_MAX;
	case CONFIG_YES_NO:
	case CONFIG_BOOL:
		return sizeof(bool);
	case CONFIG_WORD:
		return sizeof(int);
	case CONFIG_LIST:
	case CONFIG_RELAY:
		return POLICY_LIST_MAX;
	case CONFIG_MODE:
		return sizeof(mode_t);
	case CONFIG_SIZE:
	case CONFIG_COUNT:
	case CONFIG_DEPTH:
	case CONFIG_TIME:
		return sizeof(int64_t);
	}
	return 0;
}

/* The option's value takes the place of the file's. */
static void
take_value(
    struct policy *to, const struct policy *from, const struct keyword *k)
{
	memcpy((char *)to + k->offset, (const char *)from + k->offset,
	    size_of(k->kind));
	if (k->kind == CONFIG_LOG)
		to->audit_off = from->audit_off;
}

/* Do two absolute paths name one place beneath the other, by component? */
static bool
is_beneath(const char *upper, const char *path)
{
	return *relpath_strip_root(upper, path) == '/' &&
	    (relpath_strip_root(upper, path) != path ||
		strspn(upper, "/") == strlen(upper));
}

/* The number of a value, for kinds that are ordered. */
static int64_t
number_of(const struct policy *p, const struct keyword *k)
{
	const void *at = (const char *)p + k->offset;

	switch (k->kind) {
	case CONFIG_WORD:
		return *(const int *)at;
	case CONFIG_YES_NO:
	case CONFIG_BOOL:
		return *(const bool *)at;
	case CONFIG_MODE:
		return *(const mode_t *)at;
	case CONFIG_SIZE:
	case CONFIG_COUNT:
	case CONFIG_DEPTH:
	case CONFIG_TIME:
		return *(const int64_t *)at;
	case CONFIG_PATH:
	case CONFIG_ROOT:
	case CONFIG_USER:
	case CONFIG_LIST:
	case CONFIG_RELAY:
	case CONFIG_LOG:
		break;
	}
	return 0;
}

/* Both lists as one; false when that is too long. */
static bool
append_list(char *to, size_t cap, const char *from)
{
	return strlcat(to, " ", cap) < cap && strlcat(to, from, cap) < cap;
}

/* Both set it: leaves the stricter in file. */
static int
combine_both(struct policy *file, const struct policy *options,
    const struct keyword *k, struct config_error *error)
{
	int64_t a = number_of(file, k), b = number_of(options, k);
	mode_t *mode = (mode_t *)((char *)file + k->offset);

	switch (k->stricter) {
	case STRICT_FILE:
		return 0;
	case STRICT_DEEPER:
		if (*file->root == '\0')
			take_value(file, options, k);
		else if (*options->root != '\0' &&
		    is_beneath(file->root, options->root)) {
			(void)strlcpy(file->outer_root, file->root,
			    sizeof(file->outer_root)); /* the same size */
			take_value(file, options, k);
		} else if (*options->root != '\0' &&
		    !is_beneath(options->root, file->root))
			return fail(error, "not beneath the file's Root",
			    options->root, strlen(options->root));
		return 0;
	case STRICT_ACCESS:
		if (a != b && a != ACCESS_READ_WRITE && b != ACCESS_READ_WRITE)
			return fail(error, "file and options leave no access",
			    k->name, strlen(k->name));
		if (a == ACCESS_READ_WRITE)
			take_value(file, options, k);
		return 0;
	case STRICT_HIGHER:
		if (b > a)
			take_value(file, options, k);
		return 0;
	case STRICT_LOWER:
		if (b != 0 && (a == 0 || b < a))
			take_value(file, options, k);
		return 0;
	case STRICT_AND:
		*mode = (mode_t)(a & b);
		return 0;
	case STRICT_OR:
		*mode = (mode_t)(a | b);
		return 0;
	case STRICT_BOTH:
		(void)strlcpy(file->allow_names_too, options->allow_names,
		    sizeof(file->allow_names_too)); /* the same size */
		return 0;
	case STRICT_BOTH_HOSTS:
		if (*file->relay == '\0' || *options->relay == '\0')
			*file->relay = '\0'; /* deny */
		(void)strlcpy(file->relay_too, options->relay,
		    sizeof(file->relay_too)); /* the same size */
		return 0;
	case STRICT_UNION:
		return append_list(file->deny_names, sizeof(file->deny_names),
			   options->deny_names) ?
		    0 :
		    fail(error, "list too long", k->name, strlen(k->name));
	}
	return ERR_CONFIG;
}

int
config_combine(struct policy *file, const struct policy *options,
    struct config_error *error)
{
	uint64_t bit;
	int e = 0;

	for (size_t i = 0; e == 0 && i < KEY_COUNT; i++) {
		bit = UINT64_C(1) << i;
		if ((options->set & bit) == 0)
			continue;
		if ((file->set & bit) == 0)
			take_value(file, options, &keywords[i]);
		else
			e = combine_both(file, options, &keywords[i], error);
		file->set |= bit;
	}
	return e;
}

void
config_override(struct policy *p, const struct policy *by)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((by->set & (UINT64_C(1) << i)) != 0)
			take_value(p, by, &keywords[i]);
	p->set |= by->set;
}
