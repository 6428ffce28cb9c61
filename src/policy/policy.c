#include "policy/policy.h"

#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/glob.h"

/*
 * Names directly below a home that programs act on when the owner does nothing:
 * sshd, shells, PAM, mail and editors.  They are compared without case, since
 * some file systems compare names so.
 */
static const char startup_names[] =
    ".ssh .bashrc .bash_* .profile .zsh* .login .cshrc .tcshrc "
    ".pam_environment .forward .procmailrc .k5login .k5users .rhosts "
    ".shosts .netrc .config .local .gnupg .gitconfig .vimrc .emacs* "
    ".xprofile .xsessionrc bin";

void
policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
}

void
policy_clear(struct policy *p)
{
	if (p->set != 0)
		policy_init(p);
}

bool
policy_is_set(const struct policy *p, enum policy_key key)
{
	return (p->set & (UINT64_C(1) << key)) != 0;
}

const char *
policy_next_list(const char *list)
{
	list += strcspn(list, "\"");
	return list + (*list != '\0' ? 1 : 0);
}

bool
policy_is_confined(const struct policy *p)
{
	return p->root[0] != '\0';
}

const char *
policy_outer_root(const struct policy *p)
{
	return p->is_inside ? p->outer_root : p->root;
}

int64_t
policy_rate(const struct policy *p, long asked)
{
	int64_t rate = asked * INT64_C(1000) / 8;

	if (rate > 0 && (p->rate_limit == 0 || rate < p->rate_limit))
		return rate;
	return p->rate_limit;
}

bool
policy_only_adds(const struct policy *p)
{
	return p->access == ACCESS_WRITE_ONLY && p->overwrite == OVERWRITE_DENY;
}

/* Returns which keywords contradict each other, or NULL. */
static const char *
contradiction(const struct policy *p)
{
	bool confined = policy_is_confined(p);

	if (p->chroot && !confined)
		return "Chroot yes needs a Root";
	if (policy_is_set(p, KEY_OVERWRITE) &&
	    p->overwrite == OVERWRITE_INPLACE) {
		if (confined)
			return "Overwrite inplace is for sessions without "
			       "a Root";
		if (p->access == ACCESS_WRITE_ONLY)
			return "Overwrite inplace does not go with Access "
			       "write-only";
	}
	if (p->set_id_bits && confined)
		return "SetIdBits yes is for sessions without a Root";
	return NULL;
}

/* Whether what came of a file may be kept, if the connection is lost. */
static bool
can_keep(const struct policy *p)
{
	return p->access == ACCESS_READ_WRITE &&
	    (!policy_is_set(p, KEY_OVERWRITE) ||
		p->overwrite == OVERWRITE_REPLACE ||
		p->overwrite == OVERWRITE_VERSIONS);
}

const char *
policy_check_source(const struct policy *p)
{
	if (policy_is_set(p, KEY_INTERRUPTED) &&
	    p->interrupted == INTERRUPTED_KEEP && !can_keep(p))
		return "Interrupted keep needs Access read-write and Overwrite "
		       "replace or versions";
	return NULL;
}

/* The default of Modify: what scp could do there in other ways, too. */
static enum modify
modify_default(const struct policy *p)
{
	const bool replaces = p->overwrite != OVERWRITE_DENY;

	if (!policy_is_confined(p))
		return MODIFY_YES;
	switch (p->access) {
	case ACCESS_READ_WRITE:
		return p->overwrite == OVERWRITE_REPLACE ? MODIFY_YES :
							   MODIFY_OWN;
	case ACCESS_WRITE_ONLY:
		return replaces ? MODIFY_OWN : MODIFY_NO;
	case ACCESS_READ_ONLY:
		break;
	}
	return MODIFY_NO;
}

/* What only SFTP asks about. */
static void
complete_sftp(struct policy *p)
{
	if (!policy_is_set(p, KEY_SFTP))
		p->sftp = true;
#ifdef WITHOUT_SFTP
	p->sftp = false;
#endif
	if (!policy_is_set(p, KEY_MODIFY))
		p->modify = modify_default(p);
	if (!policy_is_set(p, KEY_LINKS))
		p->links = !policy_is_confined(p);
	if (!policy_is_set(p, KEY_INTERRUPTED) || !can_keep(p))
		p->interrupted = INTERRUPTED_DISCARD;
}

int
policy_complete(struct policy *p, const char **why)
{
	bool confined = policy_is_confined(p);

	if ((*why = contradiction(p)) != NULL)
		return ERR_CONFIG;
	if (!policy_is_set(p, KEY_OVERWRITE))
		p->overwrite = p->access == ACCESS_WRITE_ONLY ?
		    OVERWRITE_DENY :
		    OVERWRITE_REPLACE;
	if (!policy_is_set(p, KEY_SYMLINKS))
		p->symlinks = confined ? SYMLINKS_REFUSE : SYMLINKS_FOLLOW;
	if (!policy_is_set(p, KEY_DOT_FILES))
		p->dotfiles = confined ? DOTFILES_ROOT : DOTFILES_ALLOW;
	if (!policy_is_set(p, KEY_SANDBOX))
		p->sandbox = confined ? SANDBOX_REQUIRE : SANDBOX_PREFER;
	if (!policy_is_set(p, KEY_MAX_DEPTH))
		p->depth = confined ? POLICY_DEPTH_CONFINED : POLICY_DEPTH_MAX;
	p->idle_is_default = !policy_is_set(p, KEY_IDLE_TIMEOUT);
	if (p->idle_is_default)
		p->idle_timeout = confined ? POLICY_IDLE_CONFINED : 0;
	if (!policy_is_set(p, KEY_PRESERVE_TIMES))
		p->preserve_times = true;
	if (!policy_is_set(p, KEY_PRESERVE_MODES))
		p->preserve_modes = true;
	complete_sftp(p);
	return 0;
}

int
policy_check_direction(const struct policy *p, bool upload)
{
	if (upload && p->access == ACCESS_READ_ONLY)
		return ERR_READ_ONLY;
	if (!upload && p->access == ACCESS_WRITE_ONLY)
		return ERR_WRITE_ONLY;
	return 0;
}

/* Whether a destination matches an item of a list. */
static bool
list_allows(const char *list, const struct destination *d)
{
	size_t n;

	for (; *list != '\0' && *list != '"'; list += n) {
		list += strspn(list, " \t");
		n = strcspn(list, " \t\"");
		if (n > 0 && destination_matches(d, list, n))
			return true;
	}
	return false;
}

int
policy_check_relay(const struct policy *p, const struct destination *d)
{
	const char *list = p->relay;

	do
		if (!list_allows(list, d))
			return ERR_RELAY;
	while (*(list = policy_next_list(list)) != '\0');
	return policy_check_direction(p, false);
}

int
policy_check_depth(const struct policy *p, const struct relpath *path)
{
	return (int64_t)relpath_depth(path) <= p->depth ? 0 : ERR_DEPTH;
}

/* Whether a name matches a pattern of a list. */
static bool
in_list(const char *list, const char *name, unsigned int how)
{
	unsigned long steps = 0;
	size_t n;

	for (; *list != '\0' && *list != '"'; list += n) {
		list += strspn(list, " \t");
		n = strcspn(list, " \t\"");
		if (n > 0 &&
		    match_name(list, n, name, how | MATCH_DOTS, &steps))
			return true;
	}
	return false;
}

static int
check_name(const struct policy *p, const char *name, bool first)
{
	bool dot = *name == '.';
	const char *list = p->allow_names;

	if (dot &&
	    (p->dotfiles == DOTFILES_DENY ||
		(p->dotfiles == DOTFILES_ROOT && first)))
		return ERR_DOTFILES;
	if (p->dotfiles != DOTFILES_ALLOW && first &&
	    in_list(startup_names, name, MATCH_FOLD))
		return ERR_STARTUP;
	if (in_list(p->deny_names, name, 0))
		return ERR_DENY_NAMES;
	for (; *list != '\0'; list = policy_next_list(list))
		if (!in_list(list, name, 0))
			return ERR_ALLOW_NAMES;
	return 0;
}

int
policy_check_path(
    const struct policy *p, const struct relpath *path, size_t start_len)
{
	char name[NAME_MAX + 1];
	size_t at = 0, n;
	const char *s;
	int e;

	while ((s = relpath_next(path, &at, &n)) != NULL) {
		if ((size_t)(s - path->s) + n <= start_len)
			continue;
		memcpy(name, s, n); /* a component is a name: it fits */
		name[n] = '\0';
		if ((e = check_name(p, name, s == path->s)) != 0)
			return e;
	}
	return 0;
}

int
policy_check_grown(const struct policy *p, const struct policy_totals *totals,
    int64_t size, int64_t counted)
{
	if (p->max_file_size > 0 && size > p->max_file_size)
		return ERR_MAX_FILE_SIZE;
	if (p->max_session_bytes > 0 &&
	    counted > p->max_session_bytes - totals->bytes)
		return ERR_MAX_SESSION_BYTES;
	if (p->max_session_files > 0 && totals->files >= p->max_session_files)
		return ERR_MAX_SESSION_FILES;
	return 0;
}

int
policy_check_size(
    const struct policy *p, const struct policy_totals *totals, int64_t size)
{
	return policy_check_grown(p, totals, size, size);
}

int64_t
policy_new_size(int64_t size)
{
	return size < POLICY_NEW_MIN ? POLICY_NEW_MIN : size;
}

int
policy_check_new(
    const struct policy *p, const struct policy_totals *totals, int64_t size)
{
	return policy_check_grown(p, totals, size, policy_new_size(size));
}

/* In the order of the codes, which count up. */
#define ERR(code, token, fate, tell, about, status, keyword, words) keyword,
#define ERRNO(code, words)
static const unsigned char causes[] = {
#include "base/err.def"
};

enum policy_key
policy_cause(int err)
{
	int i = err - (ERR_BEFORE_ALL + 1);

	if (i < 0 || i >= (int)sizeof(causes))
		return KEY_COUNT;
	return (enum policy_key)causes[i];
}

bool
policy_only_narrows(const struct policy *p, enum policy_key key)
{
	return (p->narrows & (UINT64_C(1) << key)) != 0;
}

static enum policy_key
mode_key(bool is_dir)
{
	return is_dir ? KEY_DIRECTORY_MODE : KEY_FILE_MODE;
}

mode_t
policy_mode(const struct policy *p, mode_t mode, bool is_dir)
{
	mode_t fixed = is_dir ? p->directory_mode : p->file_mode;
	mode_t asked = mode & (is_dir ? 01777 : p->set_id_bits ? 06777 : 0777);

	if (!policy_is_set(p, mode_key(is_dir)))
		return asked;
	/* without the sticky bit of a directory others could remove more */
	return policy_fixes_mode(p, is_dir) ? fixed : asked & (fixed | 01000);
}

bool
policy_fixes_mode(const struct policy *p, bool is_dir)
{
	enum policy_key key = mode_key(is_dir);

	return policy_is_set(p, key) && !policy_only_narrows(p, key);
}
