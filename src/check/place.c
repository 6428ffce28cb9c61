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
#include <string.h>
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

static bool
same(const struct info *a, const struct info *b)
{
	return a->dev == b->dev && a->ino == b->ino;
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
		found = same(&here, top);
		if (found || (i > 0 && same(&here, &last)))
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
	static const char fix[] = "Root /srv/scp/%u (outside of every home)";
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

static void
judge_keys(struct check *c, const char *keys)
{
	char path[PATH_MAX];
	int e;

	while ((e = check_next_keys_file(c, &keys, path)) != ENOENT)
		if (e == 0 && lies_in(path, c->policy.root))
			check_found(c, FIX_MATCH,
			    "AuthorizedKeysFile /etc/ssh/keys/%u",
			    "AuthorizedKeysFile %s is inside Root %s: a "
			    "session could let others in",
			    path, c->policy.root);
}

/* A session could fetch it, and spoil one that is not its own. */
static void
judge_log(struct check *c)
{
	const struct policy *p = &c->policy;
	const char *path = p->audit_log.path;

	if (!p->audit_log.off && *path != '\0' && lies_in(path, p->root))
		check_found(c, FIX_POLICY,
		    "AuditLog /var/log/scp-server.log, or AuditLog syslog",
		    "AuditLog %s is inside Root %s: the log is within reach",
		    path, p->root);
}

/* In a child, which keeps our rights: the account may have made these ways. */
static void
judge_place(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	(void)numbers;
	judge_home(c);
	judge_log(c);
	if (policy_check_direction(&c->policy, true) == 0)
		judge_keys(c, arg);
}

void
check_place(struct check *c, const char *keys)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why;

	if (!policy_is_confined(&c->policy))
		return;
	why = check_apart(c, judge_place, (void *)keys, numbers);
	if (why != NULL)
		check_found(c, FIX_HOST, "a machine that answers at once",
		    "the checks of Root are not complete: %s", why);
}
