/*
 * What this kernel, the account and the directories that it reaches
 * offer a session.  The checks are made as the account, in a child, and change
 * nothing.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/confine.h"
#include "tree/upload.h"

/* The ways of publishing, with their words in the start record. */
enum way {
	WAY_UNNAMED,
	WAY_PROC,
	WAY_NAMED,
};

/* clang-format off */
static const char *const way_words[] = {
	[WAY_UNNAMED] = "unnamed: O_TMPFILE, then linkat",
	[WAY_PROC] = "unnamed-proc: O_TMPFILE, then linkat through /proc",
	[WAY_NAMED] = "named: under a temporary name, then rename",
};
/* clang-format on */

/* Checks a layer that must exist with Sandbox require. */
static void
show_layer(struct check *c, const char *name, bool here, const char *how)
{
	check_row(name, here ? how : "missing");
	if (here)
		return;
	if (c->policy.sandbox == SANDBOX_REQUIRE)
		check_found(c, FIX_HOST, "a kernel and build that has it",
		    "%s is missing and Sandbox require: no session begins",
		    name);
	else
		check_note("sessions go on without %s (Sandbox prefer)", name);
}

static void
show_layers(struct check *c)
{
	struct tree j = TREE_NONE;
	char abi[32];
	int version = confine_landlock_abi();

	(void)snprintf(abi, sizeof(abi), "ABI %d", version); /* fits */
	show_layer(c, "Landlock", version > 0, abi);
	show_layer(
	    c, "seccomp", confine_has_seccomp(), "built in and available");
	if (tree_open(&j, "/", false, true) == 0)
		check_row("openat2",
		    j.walk ? "missing: each component is opened alone" :
			     "available");
	tree_close(&j);
}

/*
 * Enters the root like a session with Chroot yes: by chroot(2) as uid 0, else
 * in a namespace.
 */
static int
enter_root(const struct check *c, const char *root, struct confine_state *state)
{
	const struct confine_plan plan = {
		.chroot = true,
		.root = root,
		.follow = c->policy.symlinks == SYMLINKS_FOLLOW,
		.grants = GRANT_CREATE,
	};
	int e;

	/*
	 * The maps of a user namespace can be written only by a process that
	 * owns its /proc/self, as a session does.
	 */
	if (geteuid() != 0)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* or it fails */
	e = confine_root(&plan, state);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* can't fail */
	return e;
}

static void
describe_root(const struct confine_state *state, int e, char *out, size_t cap)
{
	int cause = state->cause != 0 ? state->cause : e;

	if (e == 0)
		(void)snprintf(out, cap, "works (%s)", state->root_way);
	else
		(void)snprintf(out, cap, "refused: %s%s%s",
		    state->why != NULL ? state->why : "",
		    state->why != NULL && cause > 0 ? ": " : "",
		    cause > 0 ? err_info(cause)->words : "");
}

/*
 * Checks whether Chroot yes works, which is a finding only if it is set.
 * Returns whether the root was entered.
 */
static bool
show_chroot(struct check *c)
{
	const struct policy *p = &c->policy;
	struct confine_state state = CONFINE_STATE_NONE;
	const char *root = p->outer_root[0] != '\0' ? p->outer_root : p->root;
	char words[512];
	int e;

	check_heading("root directory");
	e = enter_root(c, *root != '\0' ? root : "/", &state);
	describe_root(&state, e, words, sizeof(words));
	check_row("Chroot yes", words);
	if (p->chroot && e != 0)
		check_found(c, FIX_POLICY, "Chroot no",
		    "Chroot yes can't be kept: no session begins");
	return e == 0;
}

/*
 * Finds out how an upload into this directory would get its name.  Returns 0 or
 * an errno.
 */
static int
find_way(struct dir *dir, enum way *way)
{
	struct upload_rules rules = { .link = UPLOAD_LINK_UNKNOWN };
	int e = upload_probe(&rules, dir);

	*way = WAY_NAMED;
	if (rules.link == UPLOAD_LINK_EMPTY)
		*way = WAY_UNNAMED;
	else if (rules.link == UPLOAD_LINK_PROC)
		*way = WAY_PROC;
	return e;
}

/* Prints a way; a session that may only add files can't use temporary names. */
static void
show_way(struct check *c, const char *place, enum way way)
{
	check_row(place, way_words[way]);
	if (way == WAY_NAMED && policy_is_confined(&c->policy) &&
	    !!policy_only_adds(&c->policy))
		check_found(c, FIX_POLICY, "Overwrite replace",
		    "uploads into %s are refused: this file system can't "
		    "publish unnamed files, and Access write-only with "
		    "Overwrite deny takes no other way",
		    place);
}

/* Checks one directory, by its path below the root. */
static void
show_place(struct check *c, const struct tree *j, const struct relpath *path)
{
	struct target t = TARGET_NONE;
	char place[PATH_MAX + 1];
	enum way way;
	int e;

	(void)snprintf(place, sizeof(place), "/%s", path->s); /* fits */
	e = tree_target(j, path, false, &t);
	if (e == 0 && t.name.s[0] != '\0')
		e = t.exists ? ENOTDIR : ENOENT;
	if (e == 0)
		e = find_way(&t.dir, &way);
	tree_close_target(&t);
	if (e == 0)
		show_way(c, place, way);
	else
		check_row(place, err_info(e)->words);
}

/* Checks the root and the directory where relative paths begin. */
static void
show_publishing(struct check *c, bool entered)
{
	const struct policy *p = &c->policy;
	struct tree j = TREE_NONE;
	struct relpath path;
	int e;

	check_heading("uploads");
	if ((e = check_open_root(p, entered, &j)) != 0) {
		check_found(c, FIX_HOST, "a directory the account can reach",
		    "Root can't be opened: %s: no session begins",
		    err_info(e)->words);
		return;
	}
	if (policy_check_direction(p, true) != 0)
		check_row("none", err_info(ERR_READ_ONLY)->words);
	else if (relpath_parse(&path, NULL, "/") == 0) {
		if (policy_is_confined(p))
			show_place(c, &j, &path);
		if (check_start(c, &path) == 0 && path.len > 0)
			show_place(c, &j, &path);
	}
	tree_close(&j);
}

/* A session opens its log as the account that sshd lets in. */
static void
judge_log(struct check *c)
{
	const char *path = c->policy.audit_log.path;
	int fd, e;

	if (c->policy.audit_log.off || *path == '\0')
		return;
	e = check_open(path, O_WRONLY | O_APPEND | O_NOFOLLOW, &fd);
	if (e == ENOENT)
		check_note("AuditLog %s: there is none yet; the first session "
			   "makes it, if the account may write its directory",
		    path);
	else if (e != 0)
		check_found(c, FIX_HOST,
		    "a log file that the account may append to, or AuditLog "
		    "syslog",
		    "AuditLog %s: %s: no session begins", path,
		    err_info(e)->words);
	if (e == 0)
		(void)close(fd); /* nothing was written */
}

/* In the child. */
static void
judge_machine(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	/* only a session of uid 0 enters its root before it changes account */
	bool ours = c->login.uid == 0 || check_become(&c->login);
	bool entered = false;

	(void)arg;
	(void)numbers;
	check_heading("kernel");
	show_layers(c);
	judge_log(c);
	if (c->policy.chroot)
		entered = show_chroot(c);
	if (c->login.uid == 0)
		ours = check_become(&c->session);
	show_publishing(c, entered);
	if (!c->policy.chroot)
		(void)show_chroot(c);
	if (!ours)
		check_note("only root can look as %s: these are the rights of "
			   "the account that asks",
		    c->session.name);
}

void
check_machine(struct check *c)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why = check_apart(c, judge_machine, NULL, numbers);

	if (why != NULL)
		check_found(c, FIX_HOST, "a machine that answers at once",
		    "the checks as %s are not complete: %s", c->session.name,
		    why);
}
