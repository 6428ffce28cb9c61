/*
 * Root as a session finds it: whether the account can enter it, and how an
 * upload gets its name there.  Nothing is made.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "prepare.h"
#include "session/target.h"

/* The most entries of a directory among which one to store in is looked for. */
#define ENTRIES_MAX 1000

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

/* File systems that are no place for files, whatever their modes say. */
static const long pseudo[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC,
	CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
	SECURITYFS_MAGIC, DEVPTS_SUPER_MAGIC, EFIVARFS_MAGIC };

static bool
is_pseudo(int fd)
{
	struct statfs st;

	if (fstatfs(fd, &st) == 0)
		for (size_t i = 0; i < sizeof(pseudo) / sizeof(pseudo[0]); i++)
			if ((long)st.f_type == pseudo[i])
				return true;
	return false;
}

/* What an upload under a free name in this directory would meet. */
static int
try_place(const struct session *s, struct target *t, const char **way)
{
	struct upload_rules rules = { .link = UPLOAD_LINK_UNKNOWN };
	int e = 0;

	*way = NULL;
	if (!session_stores_in(t))
		return t->exists ? ENOTDIR : ENOENT;
	session_upload_rules(s, &rules);
	if (rules.sync && t->dir.unlisted)
		return EACCES; /* Sync always has to open it */
	if ((e = upload_probe(&rules, &t->dir)) != 0)
		return e;
	(void)session_upload_grants(s, t, &rules, &e);
	*way = session_publish_way(t, &rules);
	if (e == 0 && is_pseudo(t->dir.fd))
		e = ERR_NO_PUBLISH;
	return e != 0 ? e : upload_foresee(&rules, &t->dir, NULL);
}

static int
try_path(const struct session *s, const struct relpath *path, const char **way)
{
	struct target t = TARGET_NONE;
	int e = tree_target(s->tree, path, DEVICES_REFUSE, &t);

	*way = NULL;
	if (e == 0)
		e = try_place(s, &t, way);
	tree_close_target(&t);
	return e;
}

/* Prints how an upload into a directory gets its name, or why it does not. */
static int
show_place(const struct session *s, const struct relpath *path)
{
	char place[PATH_MAX + 1];
	const char *word;
	int e = try_path(s, path, &word);

	(void)snprintf(place, sizeof(place), "/%s", path->s); /* fits */
	if (e != 0 && word == NULL)
		check_row(place, err_words(err_info(e)));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (word != NULL && strcmp(ways[i].word, word) == 0)
			check_row(place, ways[i].text);
	return e;
}

/* Whether a directory directly below this one takes uploads. */
static bool
has_place(const struct session *s, const struct relpath *path)
{
	static struct scan scan;
	struct node dir = NODE_NONE;
	struct relpath below;
	struct entry entry;
	const char *word;
	int64_t resume = 0;
	bool found = false;

	scan.fd = -1;
	if (tree_find(s->tree, path, &dir) != 0)
		return false;
	for (int i = 0; i < ENTRIES_MAX && !found &&
	     tree_next(&scan, &dir, &resume, &entry) == 0;
	     i++) {
		below = *path;
		if (entry.refused != 0 ||
		    (entry.known && entry.kind != KIND_DIR) ||
		    relpath_append(&below, &entry.name) != 0 ||
		    session_check_path(s, &below, 0) != 0)
			continue;
		found = try_path(s, &below, &word) == 0;
	}
	tree_close_node(&dir);
	return found;
}

/* A place in which uploads are refused, and none below it takes them. */
static void
judge_place(
    struct check *c, const struct session *s, const struct relpath *path, int e)
{
	char fix[2 * PATH_MAX + POLICY_USER_MAX + 128];
	const char *root = policy_is_confined(&c->policy) ? c->policy.root : "";

	if (e == ERR_NO_PUBLISH && policy_only_adds(&c->policy))
		check_broken(c, FIX_POLICY, "Overwrite replace",
		    "uploads into /%s are refused: this file system can't "
		    "publish unnamed files, and Access write-only with "
		    "Overwrite deny takes no other way",
		    path->s);
	else if (e == ERR_NO_PUBLISH)
		check_broken(c, FIX_POLICY, "Root or StartDirectory elsewhere",
		    "uploads into /%s fail: this file system takes no files",
		    path->s);
	else if (e != 0 && !has_place(s, path)) {
		(void)snprintf(fix, sizeof(fix),
		    "let %s write %s%s%s (chown, chmod), or a directory in it "
		    "that StartDirectory names",
		    c->session.name, root,
		    path->len > 0 || *root == '\0' ? "/" : "",
		    path->s); /* fits */
		check_broken(c, FIX_HOST, fix, "uploads into /%s fail: %s",
		    path->s, err_words(err_info(e)));
	}
}

/* The directory where relative paths begin, and above it the root. */
static void
show_places(struct check *c, const struct session *s)
{
	struct relpath path = { .len = 0 };
	bool starts = !s->no_start && s->start.len > 0;
	int e = 0;

	if (policy_is_confined(&c->policy) || !starts)
		e = show_place(s, &path);
	if (starts) {
		e = show_place(s, &s->start);
		path = s->start;
	}
	judge_place(c, s, &path, e);
}

static const char *
root_of(const struct policy *p)
{
	return policy_is_confined(p) ? p->root : "/";
}

/* What gives the account its Root. */
static void
write_fix(const struct check *c, int e, char *fix, size_t cap)
{
	char root[CHECK_WORD_MAX], name[CHECK_WORD_MAX];

	check_shell_word(root, sizeof(root), root_of(&c->policy));
	check_shell_word(name, sizeof(name), c->session.name);
	if (e != ENOENT)
		(void)snprintf(fix, cap,
		    "let %s enter %s and the directories above it "
		    "(chown, chmod)",
		    name, root); /* fits */
	else if (policy_check_direction(&c->policy, true) != 0)
		(void)snprintf(
		    fix, cap, "install -d -m 0755 %s", root); /* fits */
	else
		(void)snprintf(fix, cap, "install -d -o %s -m 0700 %s", name,
		    root); /* fits */
}

void
check_uploads(struct check *c, bool entered)
{
	char fix[2 * CHECK_WORD_MAX + 64];
	const struct policy *p = &c->policy;
	static const struct request upload = { .verb = REQUEST_SINK };
	struct tree j = TREE_NONE;
	struct session s;
	int e;

	check_heading("uploads");
	if ((e = prepare_root(p, entered, REQUEST_NONE, &j)) != 0) {
		write_fix(c, e, fix, sizeof(fix));
		check_broken(c, FIX_HOST, fix,
		    "Root %s can't be opened: %s: no session begins",
		    root_of(p), err_words(err_info(e)));
		return;
	}
	/* opening it as a place to begin at does not need this right */
	if (faccessat(j.root, ".", X_OK, AT_EACCESS) != 0) {
		e = errno;
		write_fix(c, e, fix, sizeof(fix));
		check_broken(c, FIX_HOST, fix,
		    "Root %s can't be entered: %s: nothing in it is reached",
		    root_of(p), err_words(err_info(e)));
	} else if (policy_check_direction(p, true) != 0)
		check_row("none", err_words(err_info(ERR_READ_ONLY)));
	else {
		/* sshd starts a session in the account's home */
		prepare_session(
		    &s, &upload, p, &c->login, &c->session, c->login.home);
		s.tree = &j;
		show_places(c, &s);
	}
	tree_close(&j);
}
