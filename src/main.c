/*
 * Runs a session: reads the request, the accounts and the policy, then confines
 * the process layer by layer, then serves the peer.
 */
#include <bsd/string.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/trouble.h"
#include "policy/account.h"
#include "policy/config.h"
#include "policy/load.h"
#include "policy/policy.h"
#include "prepare.h"
#include "relay/relay.h"
#include "request/authinfo.h"
#include "request/command.h"
#include "request/peer.h"
#include "request/request.h"
#include "sandbox/confine.h"
#include "scp/sink.h"
#include "scp/source.h"
#include "session/audit.h"
#include "session/farewell.h"
#include "session/report.h"
#include "session/session.h"
#include "session/title.h"
#include "session/wire.h"
#include "sftp/sftp.h"
#include "tree/tree.h"
#include "usage.h"

/* Enough for a path, a word and a reason; what is longer is cut. */
#define TROUBLE_MAX 1024

/*
 * The memory of a session.  The loader zeroes it.  A process serves one session
 * and has one role.
 */
static struct {
	struct request request;
	bool no_file;		/* there is no configuration file */
	struct trouble trouble; /* why it can't begin */
	struct peer peer;
	struct authinfo authinfo;
	struct tree tree;
	struct confine_plan plan;
	struct confine_state layers;
	struct account account;
	struct policy policy;
	struct session session;
	struct audit audit;
	struct report report;
	struct wire wire;
	struct command command;
	struct account run_as; /* the account of User */
	union {
		struct sink sink;
		struct source source;
		struct sftp sftp;
	} role;
	struct relay relay;
} all;

/* Prints an error for the administrator, or for a user who typed scp here. */
__attribute__((format(printf, 1, 2))) static void
print_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vfprintf(stderr, format, ap); /* best effort */
	va_end(ap);
}

static int
read_policy(const struct request *q, struct policy *p)
{
	const struct config_subject subject = {
		.user = all.account.name,
		.home = all.account.homeless ? "" : all.account.home,
#ifndef WITHOUT_CONFIG /* for Match */
		.address = peer_proven(&all.peer),
		.groups = account_group_names,
		.in_group = account_in_group,
#endif
		.aliases = account_aliases,
	};

	return effective_policy(q, &subject, p, &all.trouble, &all.no_file);
}

/* Finds the account of User.  Only uid 0 can change to another account. */
static int
read_accounts(const struct policy *p)
{
	struct confine_plan *plan = &all.plan;
	int e;

	if (p->user[0] == '\0')
		return 0;
	if ((e = account_by_name(&all.run_as, p->user)) != 0 ||
	    (geteuid() != 0 && all.run_as.uid != geteuid())) {
		trouble_note(&all.trouble,
		    e == ENOENT ? "no such account" :
			e != 0	? err_words(err_info(e)) :
				  "only root can change it",
		    "User");
		return ERR_CONFIG;
	}
	plan->change_user = geteuid() == 0 && all.run_as.uid != 0;
	plan->uid = all.run_as.uid;
	plan->gid = all.run_as.gid;
	plan->groups = all.run_as.groups;
	plan->group_count = all.run_as.group_count;
	return 0;
}

/*
 * Opens the log.  When the configuration is wrong, or its AuditLog can't be
 * opened, the records go to the system's log.  error is that of the
 * configuration, or 0.  Returns it, else ERR_CONFIG or ERR_AUDIT for the log.
 */
static int
open_log(const struct policy *p, int error)
{
	int e = error != 0 ? error : audit_open(&all.audit, p);

	if (error == 0 && e == ERR_CONFIG)
		all.trouble.cause = errno;
	if (error == 0 && e != 0)
		trouble_note(&all.trouble, "can't be opened",
		    e == ERR_AUDIT ? "/dev/log" : "AuditLog");
	if (error != 0 || e == ERR_CONFIG)
		(void)audit_open(&all.audit, NULL); /* always succeeds */
	return e;
}

/* Layers 1 and 2 of confine.h, and the root. */
static int
enter_sandbox(struct session *s, const struct policy *p)
{
	int e;

	if ((e = confine_descriptors(all.audit.fd, &all.trouble)) != 0)
		return e;
	confine_environment();
	if ((e = wire_arm(&all.wire)) != 0)
		return e;
	s->umask = umask(077);
	if (policy_is_set(p, KEY_UMASK))
		s->umask = p->umask |
		    (policy_only_narrows(p, KEY_UMASK) ? s->umask : 0);
	(void)umask(s->umask); /* can't fail */
	if ((e = confine_process(&all.plan, &all.layers, &all.trouble)) != 0)
		return e;
	if ((e = prepare_root(p, p->chroot, s->request->verb, &all.tree)) != 0)
		trouble_about(&all.trouble, p->root);
	return e;
}

/*
 * When the target is known, it is known whether Overwrite deny needs temporary
 * names.  If it does not, a second Landlock layer removes the right to remove
 * names.
 */
static int
forbid_removing(unsigned int grants)
{
	if ((all.plan.grants & ~grants & GRANT_REMOVE) == 0 || grants == 0)
		return 0; /* with no grant at all the filter forbids it */
	all.plan.grants = grants;
	return confine_landlock(
	    &all.plan, all.tree.root, &all.layers, &all.trouble);
}

/*
 * Layers 3 and 4 of confine.h.  The target of a sink is opened between them,
 * since the filter of a sink does not allow openat2(2).
 */
static int
enter_filter(struct session *s)
{
	unsigned int grants = all.plan.grants;
	uint64_t seed = 0;
	int e;

	e = confine_landlock(
	    &all.plan, all.tree.root, &all.layers, &all.trouble);
	if (e != 0)
		return e;
	if (s->request->verb != REQUEST_SINK)
		wire_grow_pipe(&all.wire);
	if (s->request->verb == REQUEST_SINK ||
	    s->request->verb == REQUEST_SFTP) {
		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
			trouble_about(&all.trouble, "getrandom");
			return ERR_SANDBOX;
		}
		grants = s->request->verb == REQUEST_SINK ?
		    sink_open(&all.role.sink, s, seed) :
		    sftp_open(&all.role.sftp, s, seed, &e);
		if (e != 0 || (e = forbid_removing(grants)) != 0)
			return e;
	}
	confine_pages();
	return confine_seccomp(&all.plan,
	    confine_program_for(grants, s->tree->walk), &all.layers,
	    &all.trouble);
}

/* Records who asks for what, before anything is decided about it. */
static int
report_start(const struct request *q, int argc, char *const *argv)
{
	static struct report_start start = {
		.user = all.account.name,
		.peer = all.peer.address,
		.peer_port = all.peer.port,
		.method = all.authinfo.method,
		.key = all.authinfo.key,
	};

	start.confined = policy_is_confined(&all.policy);
	start.peer_claimed = all.peer.claimed;
	prepare_start(&start, q, argc, argv);
	return report_started(&all.report, &start);
}

static int
report_layers(const struct session *s)
{
	bool sink = s->request->verb == REQUEST_SINK;
	bool sftp = s->request->verb == REQUEST_SFTP;
	const struct confine_state *l = &all.layers;
	char digest[DIGEST_TEXT_SIZE];
	bool relay = s->request->verb == REQUEST_RELAY;
	struct report_session session = {
		.user = s->account,
		.verb = sink ? "sink" :
		    sftp     ? "sftp" :
		    relay    ? "relay" :
			       "source",
		.root = policy_is_confined(s->policy) ? s->policy->root : "/",
		.operand = sftp ? "" : s->request->paths[0],
		.destination = relay ? s->request->destination : "",
		.policy = digest,
		.confined = policy_is_confined(s->policy),
		.landlock_abi = l->landlock_abi,
		.program = l->program,
		.root_way = l->root_way,
		.resolve = s->tree->walk ? "walk" : "openat2",
		.publish = sink ? session_publish_way(&all.role.sink.target,
				      &all.role.sink.rules) :
		    sftp	? sftp_publish_way(&all.role.sftp) :
				  "",
		.complete = l->landlock_abi > 0 && l->seccomp,
	};

	effective_digest(s->policy, digest);
	return report_session(s->report, &session);
}

/* Writes why the session can't begin.  Returns whether anything is known. */
static bool
describe_trouble(int e, char out[TROUBLE_MAX])
{
	struct trouble *t = &all.trouble;

	if (e > 0 || e == ERR_SANDBOX) {
		t->where = "sandbox";
		if (t->cause == 0 && e > 0)
			t->cause = e;
	}
	trouble_text(t, out, TROUBLE_MAX);
	return *out != '\0';
}

/*
 * Whether what the peer of a refused session sends may be read: only in a
 * process that is confined, and not where a layer that is required is missing.
 * A root that isn't there, e > 0, is no such failure.
 */
static bool
may_read(int e)
{
	if (all.layers.seccomp)
		return true;
	return e != ERR_SANDBOX && wire_arm(&all.wire) == 0 &&
	    confine_refusal(all.audit.fd, &all.layers) == 0;
}

/*
 * Refuses a session that could not begin.  The peer gets the error in-band if
 * it reads SCP, else it is printed.  What the peer is not told is printed for
 * the administrator, and is in the audit record.
 */
static int
refuse(const struct request *q, int e)
{
	const struct err_info *info = err_info(e > 0 ? ERR_SANDBOX : e);
	char text[TROUBLE_MAX];
	bool more = describe_trouble(e, text);
	struct item it;
	int status;

	if (more)
		print_error("scp-server: %s\n", text);
	usage_hint(q, info->code, &all.trouble);
	report_item(&it, VERB_SESSION, REPLY_NONE, NULL);
	it.event.detail = q->trouble.word;
	it.event.detail_len = strlen(q->trouble.word);
	if (q->in_band)
		it.turn = (struct turn){ .reply = REPLY_NOW, .first = true };
	else
		print_error("scp: %s\n", err_words(info));
	(void)report_reply(&all.report, &it, info->code); /* best effort */
	if (more) {
		it.event.detail = text;
		it.event.detail_len = strlen(text);
	}
	report_refused(&all.report, &it.event, info->code);
	status = report_ended(&all.report, info->code);
	if (q->in_band)
		report_farewell(&all.report, may_read(e));
	else if (q->verb == REQUEST_SFTP && may_read(e))
		farewell_sftp(&all.wire, info->code);
	return status;
}

/*
 * Starts a direct copy to another host.  Returns an error, or 0.  In the source
 * *status is then -1, and the session goes on like that of any source.  In the
 * launcher *status is the exit status, when everything has ended.
 */
static int
begin_relay(const struct request *q, const struct policy *p, int *status)
{
	const struct account *account =
	    all.plan.change_user ? &all.run_as : &all.account;
	struct relay *r = &all.relay;
	int e;

	*status = -1;
	if ((e = confine_descriptors(all.audit.fd, &all.trouble)) != 0 ||
	    (e = relay_check(r, q, p, &all.trouble)) != 0 ||
	    (e = relay_start(r, p, &all.plan, account)) != 0)
		return e;
	all.report.echo_to_stderr = true;
	if (relay_is_launcher(r)) {
		*status = relay_wait(r);
		*status = report_relayed(
		    &all.report, q->destination, r->ssh_status, *status);
	}
	return 0;
}

/* Runs the role.  In SFTP no answer tells what ended it: that is printed. */
static int
run(struct session *s)
{
	int e;

	switch (s->request->verb) {
	case REQUEST_SINK:
		return sink_run(&all.role.sink);
	case REQUEST_SFTP:
		e = sftp_run(&all.role.sftp);
		if (e != 0 && err_info(e)->tell == TELL_WORDS)
			print_error("scp-server: %s\n", err_words(err_info(e)));
		return e;
	case REQUEST_NONE:
	case REQUEST_SOURCE:
	case REQUEST_VERSION:
	case REQUEST_HELP:
	case REQUEST_RELAY:
		break;
	}
	return source_run(&all.role.source, s);
}

/* Serves a request that was parsed.  Returns the exit status. */
static int
serve(const struct request *q, const struct policy *p)
{
	struct session *s = &all.session;
	char cwd[PATH_MAX];
	int e, status;

	prepare_session(s, q, p, &all.account,
	    all.run_as.name[0] != '\0' ? &all.run_as : NULL,
	    getcwd(cwd, sizeof(cwd)));
	s->wire = &all.wire;
	s->tree = &all.tree;
	s->report = &all.report;
	s->log_dev = all.audit.dev;
	s->log_ino = all.audit.ino;
	prepare_plan(
	    &all.plan, q, p, !all.audit.is_socket && all.audit.fd != -1);
	if (q->verb == REQUEST_SFTP && !p->sftp)
		return refuse(q, ERR_SFTP);
	if (q->verb == REQUEST_RELAY &&
	    ((e = begin_relay(q, p, &status)) != 0 || status >= 0))
		return e != 0 ? refuse(q, e) : status;
	if (q->verb != REQUEST_SFTP &&
	    (e = policy_check_direction(p, q->verb == REQUEST_SINK)) != 0)
		return refuse(q, e);
	if ((e = enter_sandbox(s, p)) != 0 || (e = enter_filter(s)) != 0)
		return refuse(q, e);
	if ((e = report_layers(s)) != 0)
		return refuse(q, e);
	status = report_ended(s->report, run(s));
	report_farewell(s->report, true);
	return status;
}

/* Reads the request from our arguments and SSH_ORIGINAL_COMMAND. */
static int
read_request(struct request *q, int argc, char *argv[])
{
	const char *original = getenv("SSH_ORIGINAL_COMMAND");
	int e;

	e = request_parse(q, argc, argv);
	e = command_look(q, &all.command, original, e);
	if (e != 0 || q->form == FORM_SCP || q->form == FORM_DIRECT)
		return e;
	e = command_parse(q, &all.command,
	    q->form == FORM_SHELL ? q->command : original, original);
	if (q->form == FORM_SHELL) /* its string may be a forced command */
		e = command_look(q, &all.command, original, e);
	return e;
}

/*
 * Without exit handlers: a library's could call what the filter forbids.  A
 * sanitizer has no filter, and reports in one.
 */
static void
leave(int status)
{
#ifdef SANITIZED
	exit(status);
#endif
	_exit(status);
}

int
main(int argc, char *argv[])
{
	struct request *q = &all.request;
	struct policy *p = &all.policy;
	char text[TROUBLE_MAX];
	int e, e2, e3;

	title_take_place(argc, argv, environ);
	all.layers = (struct confine_state)CONFINE_STATE_NONE;
	if ((e = confine_start(&all.trouble)) != 0) {
		(void)describe_trouble(e, text);
		print_error("scp-server: %s\n", text);
		return err_info(ERR_SANDBOX)->status;
	}
	if (usage_moved(argc, argv))
		return 1;
	e = read_request(q, argc, argv);
	if (e == 0 && usage_answers(q->verb))
		return 0;
	peer_parse(&all.peer, getenv("SSH_CONNECTION"));
	/* TinySSH alone sets this; no client can unset it */
	all.peer.claimed = getenv("LOGIN") != NULL;
	account_by_uid(&all.account, geteuid());
	if ((e2 = read_policy(q, p)) == 0)
		e2 = read_accounts(p);
	authinfo_load(
	    &all.authinfo, getenv("SSH_USER_AUTH"), policy_outer_root(p));
	e2 = open_log(p, e2);
	wire_init(&all.wire, STDIN_FILENO, STDOUT_FILENO,
	    (unsigned int)p->idle_timeout, (unsigned int)p->session_timeout);
	all.wire.rate = policy_rate(p, q->rate);
	all.wire.rate_is_asked = all.wire.rate != p->rate_limit;
	report_init(&all.report, &all.wire, &all.audit);
	all.report.warns_first = q->by_scp && q->verb == REQUEST_SINK;
	e3 = report_start(q, argc, argv);
	if (e2 == 0 && e == 0)
		e = e3;
	if (e2 == 0 && e == 0)
		e = effective_check_root(q, p, &all.trouble);
	if (e2 != 0 || e != 0)
		leave(refuse(q, e2 != 0 ? e2 : e));
	leave(serve(q, p));
}
