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
#include "prepare.h"
#include "sandbox/confine.h"
#include "session/target.h"

/* The ways of publishing, by their words in the start record. */
static const struct {
	const char *word;
	const char *text;
} ways[] = {
	{ "unnamed", "unnamed: O_TMPFILE, then linkat" },
	{ "unnamed-proc",
	    "unnamed-proc: O_TMPFILE, then linkat through /proc" },
	{ "named", "named: under a temporary name, then rename" },
};

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
	if (tree_open(&j, "/", false, false) == 0)
		check_row("openat2",
		    j.walk ? "missing: each component is opened alone" :
			version < CONFINE_ABI_TRUNCATE ?
			     "not used below Landlock ABI 3: each component is "
			     "opened alone" :
			     "available");
	tree_close(&j);
}

/*
 * Enters the root like a session with Chroot yes: by chroot(2) as uid 0, else
 * in a namespace.
 */
static int
enter_root(const struct check *c, const char *root, struct confine_state *state,
    struct trouble *t)
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
	e = confine_root(&plan, state, t);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* can't fail */
	return e;
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
	struct trouble t = { .where = "refused" };
	const char *root = p->outer_root[0] != '\0' ? p->outer_root : p->root;
	char words[512];
	int e;

	check_heading("root directory");
	e = enter_root(c, *root != '\0' ? root : "/", &state, &t);
	if (e > 0 && t.cause == 0)
		t.cause = e;
	if (e == 0)
		(void)snprintf(
		    words, sizeof(words), "works (%s)", state.root_way);
	else
		trouble_text(&t, words, sizeof(words));
	check_row("Chroot yes", words);
	if (p->chroot && e != 0)
		check_found(c, FIX_POLICY, "Chroot no",
		    "Chroot yes can't be kept: no session begins");
	return e == 0;
}

/* Prints how an upload into a directory gets its name. */
static void
show_way(struct check *c, const char *place, const struct session *s,
    const struct target *t, struct upload_rules *rules)
{
	const char *word;
	int e = 0;

	(void)session_upload_grants(s, t, rules, &e);
	word = session_publish_way(t, rules);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].word, word) == 0)
			check_row(place, ways[i].text);
	if (e == ERR_NO_PUBLISH)
		check_found(c, FIX_POLICY, "Overwrite replace",
		    "uploads into %s are refused: this file system can't "
		    "publish unnamed files, and Access write-only with "
		    "Overwrite deny takes no other way",
		    place);
}

/* Checks one directory, by its path below the root. */
static void
show_place(struct check *c, const struct session *s, const struct relpath *path)
{
	struct upload_rules rules = { .link = UPLOAD_LINK_UNKNOWN };
	struct target t = TARGET_NONE;
	char place[PATH_MAX + 1];
	int e;

	(void)snprintf(place, sizeof(place), "/%s", path->s); /* fits */
	e = tree_target(s->tree, path, DEVICES_REFUSE, &t);
	if (e == 0 && !session_stores_in(&t))
		e = t.exists ? ENOTDIR : ENOENT;
	if (e == 0)
		e = upload_probe(&rules, &t.dir);
	if (e == 0)
		show_way(c, place, s, &t, &rules);
	else
		check_row(place, err_info(e)->words);
	tree_close_target(&t);
}

/* Checks the root and the directory where relative paths begin. */
static void
show_publishing(struct check *c, bool entered)
{
	const struct policy *p = &c->policy;
	static const struct request upload = { .verb = REQUEST_SINK };
	struct tree j = TREE_NONE;
	struct session s;
	struct relpath path;
	int e;

	check_heading("uploads");
	if ((e = prepare_root(p, entered, REQUEST_NONE, &j)) != 0) {
		check_found(c, FIX_HOST, "a directory the account can reach",
		    "Root can't be opened: %s: no session begins",
		    err_info(e)->words);
		return;
	}
	if (policy_check_direction(p, true) != 0)
		check_row("none", err_info(ERR_READ_ONLY)->words);
	else {
		/* sshd starts a session in the account's home */
		prepare_session(
		    &s, &upload, p, &c->login, &c->session, c->login.home);
		s.tree = &j;
		relpath_cut(&path, 0);
		if (policy_is_confined(p))
			show_place(c, &s, &path);
		if (!s.no_start && s.start.len > 0)
			show_place(c, &s, &s.start);
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
	check_tinyssh(c);
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
