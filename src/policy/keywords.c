/*
 * The table of keywords: the kind of value that each has, and which of two
 * values is the stricter.
 */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "policy/keyword.h"

/* struct policy is smaller than 64 KiB. */
#define AT(member) (uint16_t) offsetof(struct policy, member)

/* clang-format off */
static const struct config_word access_words[] = {
	{ "read-write", ACCESS_READ_WRITE },
	{ "read-only", ACCESS_READ_ONLY },
	{ "write-only", ACCESS_WRITE_ONLY },
	{ "", 0 },
};
static const struct config_word overwrite_words[] = {
	{ "replace", OVERWRITE_REPLACE },
	{ "deny", OVERWRITE_DENY },
	{ "versions", OVERWRITE_VERSIONS },
	{ "inplace", OVERWRITE_INPLACE },
	{ "", 0 },
};
static const struct config_word symlinks_words[] = {
	{ "follow", SYMLINKS_FOLLOW },
	{ "refuse", SYMLINKS_REFUSE },
	{ "", 0 },
};
static const struct config_word dotfiles_words[] = {
	{ "allow", DOTFILES_ALLOW },
	{ "root", DOTFILES_ROOT },
	{ "deny", DOTFILES_DENY },
	{ "", 0 },
};
static const struct config_word sync_words[] = {
	{ "no", false },
	{ "always", true },
	{ "", 0 },
};
static const struct config_word sandbox_words[] = {
	{ "prefer", SANDBOX_PREFER },
	{ "require", SANDBOX_REQUIRE },
	{ "", 0 },
};
static const struct config_word audit_words[] = {
	{ "prefer", AUDIT_PREFER },
	{ "require", AUDIT_REQUIRE },
	{ "", 0 },
};
static const struct config_word format_words[] = {
	{ "json", AUDIT_JSON },
	{ "text", AUDIT_TEXT },
	{ "", 0 },
};
static const struct config_word digest_words[] = {
	{ "none", DIGEST_NONE },
	{ "sha256", DIGEST_SHA256 },
	{ "", 0 },
};
static const struct config_word modify_words[] = {
	{ "no", MODIFY_NO },
	{ "own", MODIFY_OWN },
	{ "yes", MODIFY_YES },
	{ "", 0 },
};
static const struct config_word interrupted_words[] = {
	{ "keep", INTERRUPTED_KEEP },
	{ "discard", INTERRUPTED_DISCARD },
	{ "", 0 },
};

/*
 * A client may not set Chroot yes: in the user namespace that it may make the
 * files of all others are those of one account, nobody, which may be its own.
 *
 * The values of User, StartDirectory, AuditLog, AuditFormat, Pipelining and
 * RelayConfig have no order: none is stricter than another.
 */
_Static_assert(sizeof(struct policy) <= UINT16_MAX, "offsets do not fit");

const struct keyword config_keywords[KEY_COUNT] = {
	[KEY_ROOT] =
	    { "Root", combine_deeper, NULL,
	    CONFIG_ROOT, TAKES_ANY, AT(root) },
	[KEY_CHROOT] =
	    { "Chroot", combine_higher, config_yes_no,
	    CONFIG_BOOL, TAKES_NONE, AT(chroot) },
	[KEY_USER] =
	    { "User", combine_file_first, NULL,
	    CONFIG_USER, TAKES_NONE, AT(user) },
	[KEY_START_DIRECTORY] =
	    { "StartDirectory", combine_file_first, NULL,
	    CONFIG_PATH, TAKES_NONE, AT(start) },
	[KEY_ACCESS] =
	    { "Access", combine_access, access_words,
	    CONFIG_WORD, TAKES_ANY, AT(access) },
	[KEY_OVERWRITE] =
	    { "Overwrite", combine_higher, overwrite_words,
	    CONFIG_WORD, TAKES_ANY, AT(overwrite) },
	[KEY_SYMLINKS] =
	    { "Symlinks", combine_higher, symlinks_words,
	    CONFIG_WORD, TAKES_SECOND, AT(symlinks) },
	[KEY_DOT_FILES] =
	    { "DotFiles", combine_higher, dotfiles_words,
	    CONFIG_WORD, TAKES_ANY, AT(dotfiles) },
	[KEY_ALLOW_NAMES] =
	    { "AllowNames", combine_both_lists, NULL,
	    CONFIG_LIST, TAKES_ANY, AT(allow_names) },
	[KEY_DENY_NAMES] =
	    { "DenyNames", combine_either_list, NULL,
	    CONFIG_LIST, TAKES_ANY, AT(deny_names) },
	[KEY_FILE_MODE] =
	    { "FileMode", combine_and_mode, NULL,
	    CONFIG_MODE, TAKES_NONE, AT(file_mode) },
	[KEY_DIRECTORY_MODE] =
	    { "DirectoryMode", combine_and_mode, NULL,
	    CONFIG_DIR_MODE, TAKES_NONE, AT(directory_mode) },
	[KEY_UMASK] =
	    { "Umask", combine_or_mask, NULL,
	    CONFIG_MODE, TAKES_ANY, AT(umask) },
	[KEY_SET_ID_BITS] =
	    { "SetIdBits", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(set_id_bits) },
	[KEY_PRESERVE_TIMES] =
	    { "PreserveTimes", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(preserve_times) },
	[KEY_PRESERVE_MODES] =
	    { "PreserveModes", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(preserve_modes) },
	[KEY_MAX_FILE_SIZE] =
	    { "MaxFileSize", combine_limit, NULL,
	    CONFIG_SIZE, TAKES_ANY, AT(max_file_size) },
	[KEY_MAX_SESSION_BYTES] =
	    { "MaxSessionBytes", combine_limit, NULL,
	    CONFIG_SIZE, TAKES_ANY, AT(max_session_bytes) },
	[KEY_MAX_SESSION_FILES] =
	    { "MaxSessionFiles", combine_limit, NULL,
	    CONFIG_COUNT, TAKES_ANY, AT(max_session_files) },
	[KEY_MAX_DEPTH] =
	    { "MaxDepth", combine_limit, NULL,
	    CONFIG_DEPTH, TAKES_ANY, AT(depth) },
	[KEY_MIN_FREE] =
	    { "MinFree", combine_higher, NULL,
	    CONFIG_SIZE, TAKES_ANY, AT(min_free) },
	[KEY_IDLE_TIMEOUT] =
	    { "IdleTimeout", combine_limit, NULL,
	    CONFIG_TIME, TAKES_ANY, AT(idle_timeout) },
	[KEY_SESSION_TIMEOUT] =
	    { "SessionTimeout", combine_limit, NULL,
	    CONFIG_TIME, TAKES_ANY, AT(session_timeout) },
	[KEY_RATE_LIMIT] =
	    { "RateLimit", combine_limit, NULL,
	    CONFIG_SIZE, TAKES_ANY, AT(rate_limit) },
	[KEY_SYNC] =
	    { "Sync", combine_higher, sync_words,
	    CONFIG_BOOL, TAKES_SECOND, AT(sync) },
	[KEY_SANDBOX] =
	    { "Sandbox", combine_higher, sandbox_words,
	    CONFIG_WORD, TAKES_SECOND, AT(sandbox) },
	[KEY_AUDIT] =
	    { "Audit", combine_higher, audit_words,
	    CONFIG_WORD, TAKES_ANY, AT(audit) },
	[KEY_AUDIT_LOG] =
	    { "AuditLog", combine_file_first, NULL,
	    CONFIG_LOG, TAKES_NONE, AT(audit_log) },
	[KEY_AUDIT_FORMAT] =
	    { "AuditFormat", combine_file_first, format_words,
	    CONFIG_WORD, TAKES_NONE, AT(audit_format) },
	[KEY_AUDIT_DIGEST] =
	    { "AuditDigest", combine_higher, digest_words,
	    CONFIG_WORD, TAKES_SECOND, AT(audit_digest) },
	[KEY_SFTP] =
	    { "Sftp", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(sftp) },
	[KEY_MODIFY] =
	    { "Modify", combine_lower, modify_words,
	    CONFIG_WORD, TAKES_ANY, AT(modify) },
	[KEY_INTERRUPTED] =
	    { "Interrupted", combine_higher, interrupted_words,
	    CONFIG_WORD, TAKES_SECOND, AT(interrupted) },
	[KEY_LINKS] =
	    { "Links", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(links) },
	[KEY_MAKE_PARENTS] =
	    { "MakeParents", combine_lower, config_yes_no,
	    CONFIG_BOOL, TAKES_NO, AT(make_parents) },
	[KEY_PIPELINING] =
	    { "Pipelining", combine_file_first, config_yes_no,
	    CONFIG_BOOL, TAKES_NONE, AT(pipelining) },
	[KEY_RELAY] =
	    { "Relay", combine_both_relays, NULL,
	    CONFIG_RELAY, TAKES_DENY, AT(relay) },
	[KEY_RELAY_CONFIG] =
	    { "RelayConfig", combine_file_first, NULL,
	    CONFIG_PATH, TAKES_NONE, AT(relay_config) },
};
/* clang-format on */

static const struct keyword *
find_keyword(const char *option, size_t len)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strlen(config_keywords[i].name) == len &&
		    strncasecmp(config_keywords[i].name, option, len) == 0)
			return &config_keywords[i];
	return NULL;
}

/* Splits "Keyword=value" or "Keyword value" into its two parts. */
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
config_set(struct policy *p, const char *option, struct trouble *t)
{
	static struct policy given; /* only one value of it is looked at */
	const struct keyword *keyword;
	const char *value, *why = "no value";
	uint64_t bit;

	if ((keyword = split_option(option, &value)) == NULL)
		return config_fail(
		    t, "unknown keyword", option, strcspn(option, "= \t"));
	if (*value == '\0')
		return config_fault(t, why, keyword->name);
	why = config_types[keyword->kind].read(
	    (char *)&given + keyword->offset, keyword->words, value);
	if (why != NULL)
		return config_fault(t, why, value);
	bit = UINT64_C(1) << (keyword - config_keywords);
	if ((p->set & bit) == 0)
		combine_take(p, &given, keyword);
	p->set |= bit;
	return 0;
}

bool
config_only_tightens(const char *option)
{
	const char *value, *word = "";
	const struct keyword *keyword = split_option(option, &value);

	if (keyword == NULL)
		return false;
	switch (keyword->takes) {
	case TAKES_NONE:
		return false;
	case TAKES_ANY:
		return true;
	case TAKES_NO:
		word = "no";
		break;
	case TAKES_SECOND:
		word = keyword->words[1].text;
		break;
	case TAKES_DENY:
		word = "deny";
		break;
	}
	return strcasecmp(value, word) == 0;
}

const char *
config_name(enum policy_key key)
{
	return config_keywords[key].name;
}

bool
config_show(const struct policy *p, size_t index, const char **name,
    char *value, size_t cap)
{
	const struct keyword *keyword = &config_keywords[index];

	if (index >= KEY_COUNT)
		return false;
	*name = keyword->name;
	config_types[keyword->kind].show(
	    (const char *)p + keyword->offset, keyword->words, value, cap);
	return true;
}
