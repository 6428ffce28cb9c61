/*
 * scp-server-check explain: makes the checks on one command that a session
 * makes before it transfers data.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "policy/config.h"
#include "prepare.h"
#include "request/command.h"
#include "session/admit.h"
#include "session/parents.h"
#include "session/target.h"
#include "tree/expand.h"

struct explained {
	struct check check;
	struct request request;
	struct command store;
	struct session session;
	struct tree tree;
	struct pattern pattern;
	enum request_verb forced; /* the copy that a ForceCommand names */
	struct pasted pasted;	  /* what was typed at a client */
	int refusal;		  /* the first one */
	const char *outside;	  /* what refuses it before us; or NULL */
	const char *unknown; /* why the paths could not be judged; or NULL */
};

/* Writes a path of the session as it is outside of the root. */
static void
show_path(const struct explained *x, const char *what,
    const struct relpath *path, int e)
{
	const char *root = x->check.policy.root;
	char text[2 * PATH_MAX];
	size_t n = strlen(root);

	while (n > 0 && root[n - 1] == '/')
		n--;
	(void)snprintf(text, sizeof(text), "%.*s%s%s", (int)n, root,
	    path->len > 0 || n == 0 ? "/" : "", path->s); /* fits */
	check_row(what, text);
	if (e != 0)
		check_row("  refused", err_words(err_info(e)));
}

static void
judge(struct explained *x, const struct relpath *path, int e)
{
	show_path(x, "path", path, e);
	if (x->refusal == 0)
		x->refusal = e;
}

/*
 * MakeParents: tells which directories would be made.  What comes into them is
 * judged in the last one that is there.
 */
static int
foresee_parents(struct explained *x, const struct relpath *path, bool itself,
    struct target *t)
{
	struct session *s = &x->session;
	struct parents w;
	struct name name;
	int e;

	tree_close_target(t);
	e = parents_begin(&w, s, path, itself);
	while (e == 0 && parents_miss(&w, &name) &&
	    (e = parents_foresee(&w, s)) == 0)
		show_path(x, "makes", &w.here, 0);
	if (e == 0 && !w.foreseen)
		e = ENOENT; /* a link in the last place leads nowhere */
	(void)parents_end(&w, s, e == 0 ? &t->dir : NULL); /* w.made is false */
	return e;
}

/* A client sends "." and ".." as they are, and no server takes them. */
static int
name_fault(const char *name)
{
	struct name unused;

	if (strcmp(name, ".") == 0)
		return ERR_DOT; /* as the reader of records has it */
	return strcmp(name, "..") == 0 ? name_parse(&unused, name, 2) : 0;
}

/*
 * What comes into a directory under the names that were typed at the client.
 * The path becomes that of the last one, which the caller judges.  No more than
 * the name is known of what may be a directory, or comes into one that is not
 * there yet.
 */
static int
judge_names(struct explained *x, struct relpath *path,
    struct upload_rules *rules, struct target *t, bool is_there)
{
	const struct relpath above = *path;
	const struct pasted *p = &x->pasted;
	struct name name;
	int e = 0;

	for (size_t i = 0; i < p->local_count; i++) {
		judge(x, path, e);
		*path = above;
		path->dir = false;
		if ((e = name_fault(p->local[i])) == 0)
			e = name_parse(&name, p->local[i], strlen(p->local[i]));
		if (e == 0 && (e = relpath_append(path, &name)) == 0)
			e = session_check_path(&x->session, path, 0);
		if (e == 0 && is_there && !p->recursive)
			e = upload_foresee(rules, &t->dir, &name);
	}
	return e;
}

/*
 * Finds out what an upload to this target would meet: the answers of a session
 * before its first byte, and those of an upload, which is not made.
 */
static int
check_target(struct explained *x, const char *typed, struct relpath *path)
{
	struct session *s = &x->session;
	struct upload_rules rules = { .link = UPLOAD_LINK_UNKNOWN };
	struct target t = TARGET_NONE;
	bool itself, is_missing;
	int e;

	session_upload_rules(s, &rules);
	e = session_target(s, typed, DEVICES_LOOK, path, &t);
	is_missing = session_makes_parents(s, path, &t, e, &itself);
	/* by SFTP a client opens the file itself, also under such a name */
	if (is_missing && itself && x->pasted.by_sftp &&
	    !s->request->recursive && !s->request->want_directory) {
		is_missing = false;
		e = ENOENT;
	}
	if (is_missing)
		e = foresee_parents(x, path, itself, &t);
	if (e == 0 && !t.is_device) {
		/* a directory takes a name that ends in a slash, with -r */
		if (!session_stores_in(&t) && !t.exists && path->dir)
			e = s->request->recursive ?
			    policy_check_depth(s->policy, path) :
			    ENOENT;
		if (e == 0 && (e = upload_probe(&rules, &t.dir)) == 0)
			(void)session_upload_grants(s, &t, &rules, &e);
		/* of its size no more is known than that it counts */
		if (e == 0)
			e = admit(s, &t.dir, 0);
		if (e == 0)
			e = upload_foresee(&rules, &t.dir,
			    session_stores_in(&t) ? NULL : &t.name);
		if (e == 0 && session_stores_in(&t) && (!is_missing || itself))
			e = judge_names(x, path, &rules, &t, !is_missing);
		else if (e == 0 && x->pasted.local_count > 0)
			e = name_fault(x->pasted.local[0]);
	}
	tree_close_target(&t);
	return e;
}

/* Makes the checks of source.c on an operand, with the limits for a file. */
static int
check_source(struct explained *x, const struct relpath *path)
{
	struct policy_totals *totals = &x->session.totals;
	struct node node = NODE_NONE;
	int64_t size;
	bool is_dir;
	int e;

	if ((e = tree_find(&x->tree, path, &node)) != 0)
		return e;
	is_dir = node.info.kind == KIND_DIR;
	size = node.info.size;
	tree_close_node(&node);
	if (is_dir)
		return x->request.recursive ?
		    policy_check_depth(&x->check.policy, path) :
		    ERR_KIND;
	if ((e = policy_check_size(&x->check.policy, totals, size)) != 0)
		return e;
	totals->files++;
	if (size > INT64_MAX - totals->bytes)
		size = INT64_MAX - totals->bytes; /* sparse files */
	totals->bytes += size;
	return 0;
}

static void
explain_path(struct explained *x, const char *typed)
{
	struct relpath path = { .len = 0 };
	int e;

	if (x->request.verb == REQUEST_SINK)
		e = check_target(x, typed, &path);
	else if ((e = session_path(&x->session, typed, &path)) == 0)
		e = check_source(x, &path);
	judge(x, &path, e);
}

/* Prints every match that the policy does not hide. */
static void
explain_pattern(struct explained *x, const char *typed)
{
	struct pattern *p = &x->pattern;
	struct relpath path;
	int found, refused;

	if (session_pattern(&x->session, typed, p) != 0) {
		explain_path(x, typed);
		return;
	}
	do {
		relpath_cut(&path, 0);
		found = pattern_next(p, &path);
		refused =
		    found == 0 ? session_check_path(&x->session, &path, 0) : 0;
		if (refused != 0 && pattern_drop(p))
			continue;
		if (found == 0)
			judge(x, &path,
			    refused != 0 ? refused : check_source(x, &path));
		else if (found != 0 && found != ERR_EOF) {
			check_row("pattern", typed);
			check_row("  refused", err_words(err_info(found)));
			x->refusal = x->refusal != 0 ? x->refusal : found;
		}
	} while (found == 0 || found == ENOENT);
	pattern_end(p);
}

/* Finds out which file the log is, as a session that opens it does. */
static void
find_log(const struct policy *p, struct session *s)
{
	struct info info;
	int fd;

	if (p->audit_log.off || p->audit_log.path[0] == '\0' ||
	    check_open(p->audit_log.path, O_PATH | O_NOFOLLOW, &fd) != 0)
		return;
	if (tree_fstat(fd, &info) == 0) {
		s->log_dev = info.dev;
		s->log_ino = info.ino;
	}
	(void)close(fd); /* O_PATH: close can't fail */
}

static int
judge_paths(struct explained *x)
{
	static struct request by_sftp;
	const struct request *r = &x->request;
	int e;

	if (!check_become(&x->check.session))
		check_note("only root can check with the rights of %s: this is "
			   "checked with those of the account that asks",
		    x->check.session.name);
	if ((e = prepare_root(
		 &x->check.policy, false, x->request.verb, &x->tree)) != 0)
		return e > 0 ? ERR_SANDBOX : e;
	/* sshd starts a session in the account's home */
	prepare_session(&x->session, &x->request, &x->check.policy,
	    &x->check.login, &x->check.session, x->check.login.home);
	x->session.tree = &x->tree;
	if (x->pasted.by_sftp) { /* ".." of the root is the root */
		by_sftp = x->request;
		by_sftp.verb = REQUEST_SFTP;
		x->session.request = &by_sftp;
	}
	find_log(&x->check.policy, &x->session);
	for (size_t i = 0; i < r->path_count; i++)
		if (r->pattern[i])
			explain_pattern(x, r->paths[i]);
		else
			explain_path(x, r->paths[i]);
	tree_close(&x->tree);
	return x->refusal;
}

/* In the child. */
static void
judge_copy(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	(void)c;
	numbers[0] = judge_paths(arg);
}

static int
explain_copy(struct explained *x)
{
	int numbers[CHECK_NUMBERS] = { 0 };

	x->unknown = check_apart(&x->check, judge_copy, x, numbers);
	return numbers[0];
}

/* Whether SFTP is served to this account.  Returns 0 or ERR_SFTP. */
static int
explain_sftp(struct explained *x)
{
	if (x->pasted.by_sftp && x->check.sshd.known)
		x->outside = check_subsystem(&x->check);
	return x->outside == NULL && x->check.policy.sftp ? 0 : ERR_SFTP;
}

/*
 * Takes over what a ForceCommand of sshd says.  Returns 0, or why no session of
 * this account begins.
 */
static int
take_forced(struct explained *x)
{
	static struct forced forced;
	struct check *c = &x->check;
	const char *command = c->sshd.value[SET_FORCE_COMMAND];

	check_ask_sshd(c);
	if (!c->sshd.known && !c->sshd.absent)
		check_note(
		    "sshd was not asked for a ForceCommand: %s", c->sshd.why);
	if (c->sshd.known && !c->by_force)
		check_note_keys(c);
	if (!c->by_force)
		return 0;
	check_row("ForceCommand", command);
	check_read_forced(c, &forced, command);
	x->forced = forced.verb;
	if (forced.error == ERR_NO_ROOT || forced.error == 0)
		return forced.error;
	check_note("sessions of this account don't start this program, or "
		   "don't begin; scp-server-check --user %s says why: the "
		   "verdict is about one that would begin",
	    c->login.name);
	return 0;
}

/* Takes a request, or a client's command for what the client then sends. */
static int
take_command(struct explained *x)
{
	struct pasted *pasted = &x->pasted;
	const char *text = x->check.question->command;
	struct request *r = &x->request;
	int e;

	r->form = FORM_FORCED;
	e = command_parse(r, &x->store, text, NULL);
	/* with Relay a request may have the form of a client's command */
	if ((e == 0 &&
		(r->verb != REQUEST_RELAY || *x->check.policy.relay != '\0')) ||
	    !pasted_read(pasted, text))
		return e;
	memset(r, 0, sizeof(*r));
	r->form = FORM_FORCED;
	e = command_parse(r, &x->store, pasted->request, NULL);
	if (r->verb == REQUEST_SFTP)
		return e;
	check_row("client",
	    pasted->by_sftp ?
		"asks by SFTP; with -O, or before OpenSSH 9, it sends:" :
		"sends:");
	check_row("", pasted->request);
	if (*pasted->second != '\0')
		check_row("", pasted->second);
	else if (pasted->elsewhere)
		check_note("the target is on another host: the verdict is "
			   "about what is read");
	return e == 0 && pasted->by_sftp ? explain_sftp(x) : e;
}

/* Checks the direction and the paths of a copy. */
static int
explain_direction(struct explained *x)
{
	bool up = x->request.verb == REQUEST_SINK;
	int e = policy_check_direction(&x->check.policy, up);

	check_row("request", up ? "upload (-t)" : "download (-f)");
	return e != 0 ? e : explain_copy(x);
}

/* Checks the words, the direction and the paths, in the order of a session. */
static int
explain(struct explained *x)
{
	const struct policy *p = &x->check.policy;
	struct request *r = &x->request;
	struct destination to;
	int e;

	if ((e = take_forced(x)) != 0)
		return e;
	x->unknown = check_begins(&x->check, &x->outside);
	if (x->unknown != NULL || x->outside != NULL)
		return ERR_CONFIG;
	if ((e = take_command(x)) != 0)
		return e;
	if (command_differs(x->forced, r->verb))
		return ERR_FORCED;
	if (x->forced != REQUEST_NONE)
		check_note("the ForceCommand names what is copied: the paths "
			   "of the request don't count");
	if (!policy_is_set(p, KEY_ROOT)) {
		if (x->check.by_shell)
			return ERR_NO_ROOT;
		check_note("no Root: a forced command is refused, and the "
			   "verdict is about a session that is started as scp");
	}
	if (r->verb == REQUEST_SFTP) {
		check_row("request", "sftp");
		return explain_sftp(x);
	}
	if (r->verb == REQUEST_RELAY) {
		check_row("request", "copy to another host");
		check_row("destination", r->destination);
		if ((e = destination_parse(&to, r->destination)) != 0 ||
		    (e = policy_check_relay(p, &to)) != 0)
			return e;
		return explain_copy(x);
	}
	if ((e = explain_direction(x)) != 0 || *x->pasted.second == '\0' ||
	    x->unknown != NULL)
		return e;
	memset(r, 0, sizeof(*r));
	r->form = FORM_FORCED;
	e = command_parse(r, &x->store, x->pasted.second, NULL);
	return e == 0 ? explain_direction(x) : e;
}

int
explain_run(const struct question *q)
{
	struct explained x;
	char root[4 * PATH_MAX];
	int e;

	memset(&x, 0, sizeof(x));
	if (check_load(&x.check, q) != 0)
		return err_info(ERR_CONFIG)->status;
	x.tree = (struct tree)TREE_NONE;
	check_row("login", x.check.login.name);
	check_row("command", q->command);
	check_note_origins(&x.check);
	e = explain(&x);
	if (x.unknown != NULL) {
		(void)fprintf(stderr,
		    "scp-server-check: the request could not be judged: %s\n",
		    x.unknown);
		return 1;
	}
	if (e == ERR_SANDBOX) {
		text_escape_cut(root, sizeof(root), x.check.policy.root,
		    strlen(x.check.policy.root));
		(void)fprintf(stderr,
		    "scp-server-check: Root %s can't be opened\n", root);
		return err_info(e)->status;
	}
	check_show_verdict(&x.check, x.request.verb, e, x.outside);
	if (e == ERR_NO_ROOT || e == ERR_CONFIG)
		return err_info(e)->status;
	return e == 0 ? 0 : err_info(ERR_COMMAND)->status;
}
