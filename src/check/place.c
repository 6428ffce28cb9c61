/*
 * The location of Root.  Its sessions must not reach the files of an
 * account that sshd and shells read.  Directories are compared by device and
 * inode on the way up to "/", so links and mounts make no difference.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"

/* Directories one inside the other; no path is longer. */
#define CLIMB_MAX (PATH_MAX / 2)

#define ENTER (F_LOOK | O_DIRECTORY)

/* Cuts the last component; false when only the root is left. */
static bool
cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || path[1] == '\0')
		return false;
	slash[slash == path ? 1 : 0] = '\0';
	return true;
}

/*
 * Opens the directory of a path, or the deepest directory on the way that
 * exists, since an account that can write there could make the rest.  Returns a
 * descriptor, or -1.
 */
static int
open_deepest(const char *path)
{
	struct tree j = TREE_NONE;
	char part[PATH_MAX];

	if (strlcpy(part, path, sizeof(part)) >= sizeof(part))
		return -1;
	while (tree_open(&j, part, true, false) != 0)
		if (!cut_last(part))
			return -1;
	return j.root;
}

/* Whether the directory fd is this one, or beneath it.  Closes fd. */
static bool
climbs_to(int fd, const struct info *top)
{
	struct info here, last = { .ino = 0 };
	bool found = false;
	int up;

	for (int i = 0; i < CLIMB_MAX && fd >= 0; i++) {
		if (tree_fstat(fd, &here) != 0)
			break;
		found = tree_is_same(&here, top);
		if (found || (i > 0 && tree_is_same(&here, &last)))
			break; /* the root is its own parent */
		last = here;
		up = openat(fd, "..", ENTER);
		(void)close(fd); /* O_PATH: close can't fail */
		fd = up;
	}
	if (fd >= 0)
		(void)close(fd); /* O_PATH: close can't fail */
	return found;
}

/* Whether a session with this root would reach a path. */
static bool
lies_in(const char *path, const char *root)
{
	struct tree j = TREE_NONE;
	struct info top;
	bool found = false;

	if (tree_open(&j, root, true, false) == 0 &&
	    tree_fstat(j.root, &top) == 0)
		found = climbs_to(open_deepest(path), &top);
	tree_close(&j);
	return found;
}

/* Finds a home inside Root, or a Root inside a directory that sshd reads. */
static void
judge_home(struct check *c)
{
	static const char fix[] = "Root DIRECTORY (outside of every home)";
	const char *home = c->login.home, *root = c->policy.root;
	char place[PATH_MAX + sizeof("/.config")];
	static const char *const inner[] = { "/.ssh", "/.config", "/bin" };

	if (lies_in(home, root)) {
		check_found(c, FIX_POLICY, fix,
		    "home %s is %s Root %s: .ssh and the start-up files of "
		    "shells are within reach",
		    home, lies_in(root, home) ? "the same as" : "inside", root);
		return;
	}
	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		(void)snprintf(place, sizeof(place), "%s%s", home, inner[i]);
		if (lies_in(root, place))
			check_found(c, FIX_POLICY, fix,
			    "Root %s is inside %s, which sshd or shells read",
			    root, place);
	}
}

/* Whether a session could make a file in this directory. */
static bool
reaches(const struct check *c, const char *dir)
{
	return policy_check_direction(&c->policy, true) == 0 &&
	    (!policy_is_confined(&c->policy) || lies_in(dir, c->policy.root));
}

/* What is in ~/.pam_environment may reach every program that sshd starts. */
static void
judge_variables(struct check *c)
{
	if (c->reads_variables && reaches(c, c->login.home))
		check_found(c, FIX_HOST,
		    "no user_readenv=1 in the files of PAM for sshd",
		    "pam_env.so user_readenv=1: ~/.pam_environment is within "
		    "reach, and may reach every program that sshd starts");
}

/* What is in ~/.ssh/environment reaches every program that sshd starts. */
static void
judge_environment(struct check *c, bool writes)
{
	const char *value = c->sshd.value[SET_USER_ENVIRONMENT];
	char dir[PATH_MAX + sizeof("/.ssh")];
	char path[sizeof(dir) + sizeof("/environment")];
	bool reached;

	if (*value == '\0' || strcasecmp(value, "no") == 0)
		return;
	(void)snprintf(dir, sizeof(dir), "%s/.ssh", c->login.home); /* fits */
	(void)snprintf(path, sizeof(path), "%s/environment", dir);  /* fits */
	reached = reaches(c, dir) || (writes && lies_in(c->policy.root, dir));
	if (reached || access(path, F_OK) == 0 || errno != ENOENT)
		check_found(c, FIX_GLOBAL, "PermitUserEnvironment no",
		    "PermitUserEnvironment %s: ~/.ssh/environment %s, and "
		    "reaches every program that sshd starts",
		    value, reached ? "is within reach" : "may be there");
	else
		check_note("PermitUserEnvironment %s: there is no "
			   "~/.ssh/environment, and no session can make one",
		    value);
}

/*
 * Expands one file of AuthorizedKeysFile like sshd: %h, %u, %% and %U, relative
 * to the home.  Returns false for other tokens or a path that is too long.
 */
static bool
expand_keys(const struct check *c, const char *text, size_t len, char *out)
{
	char uid[16];
	const char *value, *end = text + len;
	size_t used = 0, n;

	(void)snprintf(uid, sizeof(uid), "%u", c->login.uid); /* fits */
	if (*text != '/' && strncmp(text, "%h", 2) != 0) {
		used = strlcpy(out, c->login.home, PATH_MAX);
		if (used + 1 >= PATH_MAX)
			return false;
		out[used++] = '/';
	}
	for (; text < end; text++) {
		value = text;
		n = 1;
		if (*text == '%' && text + 1 < end) {
			text++;
			value = *text == 'h' ? c->login.home :
			    *text == 'u'     ? c->login.name :
			    *text == 'U'     ? uid :
			    *text == '%'     ? "%" :
					       NULL;
			if (value == NULL)
				return false;
			n = strlen(value);
		}
		if (used + n >= PATH_MAX)
			return false;
		memcpy(out + used, value, n);
		used += n;
	}
	out[used] = '\0';
	return true;
}

/* list = "none" / file *( SP file ) */
int
check_next_keys_file(
    const struct check *c, const char **list, char path[PATH_MAX])
{
	const char *s = *list + strspn(*list, " ");
	size_t n = strcspn(s, " ");

	*list = s + n;
	if (n == 0 || (n == 4 && strncmp(s, "none", n) == 0))
		return ENOENT;
	return expand_keys(c, s, n, path) ? 0 : ENAMETOOLONG;
}

/*
 * Finds a directory on the way to a path that others than root, the account of
 * the login and this one may write.
 */
static void
judge_way(struct check *c, uid_t other, const char *what, const char *path)
{
	char word[CHECK_WORD_MAX], fix[2 * CHECK_WORD_MAX + 64];
	char place[PATH_MAX];
	struct stat st;

	if (!check_is_exposed(c->login.uid, other, path, place))
		return;
	check_shell_word(word, sizeof(word), place);
	(void)snprintf(fix, sizeof(fix), "chmod go-w %s", word); /* fits */
	/* one like /tmp, of a group or of somebody else is meant to be so */
	if (stat(place, &st) == 0 &&
	    ((st.st_mode & S_ISVTX) != 0 || st.st_uid != 0 || st.st_gid != 0))
		(void)snprintf(fix, sizeof(fix),
		    "%s PATH, where nobody but root may write the directories",
		    what);
	check_found(c, FIX_HOST, fix,
	    "%s %s: others may write %s and put something else in its place",
	    what, path, place);
}

/* A log that a session reaches can be read or replaced by it. */
static void
judge_log(struct check *c)
{
	const char *path = c->policy.audit_log.path;

	if (c->policy.audit_log.off || *path == '\0')
		return;
	/* it is opened before User changes the account */
	judge_way(c, c->login.uid, "AuditLog", path);
	if (policy_is_confined(&c->policy) && lies_in(path, c->policy.root))
		check_found(c, FIX_POLICY, "AuditLog syslog",
		    "AuditLog %s is inside Root %s: a session reaches its own "
		    "records",
		    path, c->policy.root);
}

/* What root alone may write is within reach of a session of root. */
static void
judge_root_session(struct check *c)
{
	const char *const files[] = { c->file, "/etc/ssh", "/etc/passwd",
		c->policy.relay_config };

	if (c->session.uid != 0)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (*files[i] != '\0' && lies_in(files[i], c->policy.root))
			check_found(c, FIX_POLICY, "Root DIRECTORY, deeper",
			    "%s is inside Root %s, and the session is root's",
			    files[i], c->policy.root);
}

static void
judge_keys(struct check *c)
{
	static const char usual[] = "/etc/ssh/";
	const char *list = c->sshd.value[SET_KEYS_FILE];
	char path[PATH_MAX];
	bool there;
	int e;

	while ((e = check_next_keys_file(c, &list, path)) != ENOENT) {
		there = e == 0 && strncmp(path, usual, strlen(usual)) == 0;
		if (e == 0 && lies_in(path, c->policy.root))
			check_found(c, there ? FIX_POLICY : FIX_MATCH,
			    there ? "Root DIRECTORY (without /etc/ssh)" :
				    "AuthorizedKeysFile /etc/ssh/keys/%u",
			    "AuthorizedKeysFile %s is inside Root %s: a "
			    "session could let others in",
			    path, c->policy.root);
	}
}

/* An open session must not write the keys that alone bind it. */
static void
judge_open_keys(struct check *c)
{
	const char *list = c->sshd.value[SET_KEYS_FILE];
	struct info info;
	char path[PATH_MAX];
	int e, fd;

	if (!c->of_key || c->by_shell || !c->sshd.known)
		return;
	while ((e = check_next_keys_file(c, &list, path)) != ENOENT) {
		fd = e == 0 ? open_deepest(path) : -1;
		if (fd >= 0 && tree_fstat(fd, &info) == 0 &&
		    (info.uid == c->session.uid || c->session.uid == 0))
			check_found(c, FIX_MATCH,
			    "AuthorizedKeysFile /etc/ssh/keys/%u",
			    "AuthorizedKeysFile %s: an open session may write "
			    "it, and nothing but its keys binds the account",
			    path);
		if (fd >= 0)
			(void)close(fd); /* O_PATH: close can't fail */
	}
}

/* Whether sshd trusts a directory or file for keys of this account. */
static bool
is_strict(const struct check *c, const struct info *info)
{
	return (info->uid == 0 || info->uid == c->login.uid) &&
	    (info->mode & 022) == 0;
}

void
check_strict_modes(struct check *c, const char *path)
{
	char real[PATH_MAX], home[PATH_MAX];
	struct info info;
	char *slash;
	int fd;

	if (strcasecmp(c->sshd.value[SET_STRICT_MODES], "no") == 0 ||
	    realpath(path, real) == NULL)
		return;
	if (realpath(c->login.home, home) == NULL)
		home[0] = '\0';
	do {
		fd = open(real[0] != '\0' ? real : "/", O_PATH | O_CLOEXEC);
		if (fd == -1)
			return;
		if (tree_fstat(fd, &info) == 0 && !is_strict(c, &info)) {
			check_broken(c, FIX_HOST,
			    "chmod go-w, and chown root or the account",
			    "%s: others may write %s, so sshd takes no key "
			    "from it (StrictModes)",
			    path, real[0] != '\0' ? real : "/");
			real[0] = '\0';
		}
		(void)close(fd); /* O_PATH: close can't fail */
		if (strcmp(real, home) == 0)
			return;
		if ((slash = strrchr(real, '/')) != NULL)
			*slash = '\0';
	} while (slash != NULL);
}

/* In a child, which keeps our rights: the account may have made these ways. */
static void
judge_place(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	bool writes = policy_check_direction(&c->policy, true) == 0;

	(void)arg;
	(void)numbers;
	judge_log(c);
	judge_environment(c, writes);
	judge_variables(c);
	if (policy_is_confined(&c->policy)) {
		judge_way(c, c->session.uid, "Root", c->policy.root);
		judge_home(c);
		if (writes) {
			judge_keys(c);
			judge_root_session(c);
		}
	} else if (writes)
		judge_open_keys(c);
}

void
check_place(struct check *c)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why = check_apart(c, judge_place, NULL, numbers);

	if (why != NULL)
		check_found(c, FIX_HOST, "a machine that answers at once",
		    "the checks of Root are not complete: %s", why);
}
