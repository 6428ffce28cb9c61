/*
 * The story of a session: what was asked, by whom, what is allowed; then the
 * sandbox, layer by layer; then the first protocol byte.
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

#include "account.h"
#include "audit.h"
#include "config.h"
#include "confine.h"
#include "err.h"
#include "jail.h"
#include "policy.h"
#include "report.h"
#include "request.h"
#include "session.h"
#include "sink.h"
#include "source.h"
#include "text.h"
#include "wire.h"

#define VERSION "0.1"

/* SSH_CONNECTION: address, port, our address, our port. */
struct peer {
	char address[64];
	char port[8];
};

/*
 * Everything a session needs.  Zeroed by the loader and used once; a process
 * is either sink or source.
 */
static struct {
	struct request request;
	struct policy policy;
	struct account account;
	struct account becomes; /* User */
	struct peer peer;
	struct audit audit;
	struct wire wire;
	struct report report;
	struct jail jail;
	struct confine_plan plan;
	struct confine_state layers;
	struct session session;
	union {
		struct sink sink;
		struct source source;
	} role;
} all;

/* To the administrator, or a person who typed scp here. */
__attribute__((format(printf, 1, 2))) static void
complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vfprintf(stderr, format, ap); /* nobody else could be told */
	va_end(ap);
}

static void
print_help(void)
{
	(void)fputs(
	    "usage: scp -t [-rpd] target            "
	    "(as the remote scp: started by sshd)\n"
	    "       scp -f [-rp] source ...\n"
	    "       scp-server [options] -t [-rpd] target\n"
	    "       scp-server [options] -f [-rp] source ...\n"
	    "       scp-server --version | --help\n"
	    "options:\n"
	    "  -o Keyword=value   Root Chroot User StartDirectory Access\n"
	    "                     Overwrite Symlinks Umask MaxDepth\n"
	    "                     IdleTimeout SessionTimeout Sandbox\n"
	    "                     AuditLog AuditFormat\n"
	    "  --read-only        -o Access=read-only\n"
	    "  --write-only       -o Access=write-only\n"
	    "  --no-overwrite     -o Overwrite=deny\n",
	    stdout);
}

/* Copies one blank-separated word of an address or port, or nothing. */
static const char *
take_word(const char *s, const char *allowed, char *out, size_t cap)
{
	size_t n = strspn(s, allowed);

	if (n > 0 && n < cap && (s[n] == ' ' || s[n] == '\0')) {
		memcpy(out, s, n);
		out[n] = '\0';
	}
	s += strcspn(s, " ");
	return s + strspn(s, " ");
}

/* S9: sshd wrote it, but it passed through an environment. */
static void
read_peer(struct peer *peer)
{
	const char *s = getenv("SSH_CONNECTION");

	if (s == NULL)
		return;
	s = take_word(s,
	    "0123456789.:%_-"
	    "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	    peer->address, sizeof(peer->address));
	(void)take_word(s, "0123456789", peer->port, sizeof(peer->port));
}

/* The administrator's options; what is wrong with one goes to stderr. */
static int
read_policy(const struct request *q, struct policy *p)
{
	const char *why = NULL;
	unsigned long seen = 0;
	char shown[256];
	int e = 0;

	policy_init(p);
	for (size_t i = 0; e == 0 && i < q->option_count; i++) {
		e = config_set(p, q->options[i], &seen, &why);
		if (e == 0)
			continue;
		text_escape_cut(
		    shown, sizeof(shown), q->options[i], strlen(q->options[i]));
		complain("scp-server: -o %s: %s\n", shown, why);
	}
	if (e == 0 && (e = policy_complete(p, &why)) != 0)
		complain("scp-server: %s\n", why);
	return e;
}

/* User: only a session that began as uid 0 can become somebody else. */
static int
read_accounts(const struct policy *p)
{
	struct confine_plan *plan = &all.plan;
	int e;

	account_by_uid(&all.account, geteuid());
	if (p->user[0] == '\0')
		return 0;
	if ((e = account_by_name(&all.becomes, p->user)) != 0 ||
	    (geteuid() != 0 && all.becomes.uid != geteuid())) {
		complain("scp-server: User: %s\n",
		    e == ENOENT ? "no such account" :
			e != 0	? err_info(e)->words :
				  "only root can change it");
		return ERR_CONFIG;
	}
	plan->change_user = geteuid() == 0;
	plan->uid = all.becomes.uid;
	plan->gid = all.becomes.gid;
	plan->groups = all.becomes.groups;
	plan->group_count = all.becomes.group_count;
	return 0;
}

static void
make_plan(const struct request *q, const struct policy *p)
{
	struct confine_plan *plan = &all.plan;

	plan->sandbox = p->sandbox;
	plan->confined = policy_is_confined(p);
	plan->chroot = p->chroot;
	plan->root = p->root;
	plan->follow = p->symlinks == SYMLINKS_FOLLOW;
	plan->upload = q->verb == REQUEST_SINK;
	plan->recursive = q->recursive;
	plan->replaces = !policy_only_adds(p);
	plan->inplace = p->overwrite == OVERWRITE_INPLACE;
	plan->log_fd = all.audit.fd;
}

/*
 * Where relative paths begin, from the root: StartDirectory, the root of a
 * confined session, the working directory of an open one.
 */
static void
find_start(struct session *s, const struct policy *p)
{
	char cwd[PATH_MAX] = "/";
	const char *start = p->start;
	bool known = true;

	if (*start == '\0') {
		known = policy_is_confined(p) ||
		    (getcwd(cwd, sizeof(cwd)) != NULL && cwd[0] == '/');
		start = cwd;
	}
	start = relpath_strip_root(p->root, start);
	s->no_start = !known || relpath_parse(&s->start, NULL, start) != 0;
}

/* Layers 1 to 3 of confine.h, and the root between them. */
static int
enter_sandbox(struct session *s, const struct policy *p)
{
	const char *root = policy_is_confined(p) && !p->chroot ? p->root : "/";
	bool follow = p->symlinks == SYMLINKS_FOLLOW;
	int e;

	if ((e = confine_descriptors(all.audit.fd, &all.layers)) != 0)
		return e;
	confine_environment();
	if ((e = wire_arm()) != 0)
		return e;
	s->umask = umask(077);
	if (p->umask != POLICY_UMASK_INHERIT)
		s->umask = p->umask;
	(void)umask(s->umask); /* can't fail */
	if ((e = confine_process(&all.plan, &all.layers)) != 0)
		return e;
	all.layers.failed = "root";
	all.layers.why = NULL;
	if ((e = jail_open(&all.jail, root, follow,
		 p->chroot || !policy_is_confined(p))) != 0) {
		if (e == ERR_SANDBOX)
			all.layers.why = "links can't be followed safely "
					 "without openat2";
		return e;
	}
	all.layers.failed = NULL;
	return confine_landlock(&all.plan, all.jail.root, &all.layers);
}

/*
 * Only now is it known whether Overwrite deny needs temporary names here; if
 * not, a second Landlock layer takes the right to remove names away.
 */
static int
forbid_replacing(void)
{
	if (!all.plan.replaces || !sink_only_adds(&all.role.sink))
		return 0;
	all.plan.replaces = false;
	return confine_landlock(&all.plan, all.jail.root, &all.layers);
}

/* The sink's target is resolved before the filter, which has no openat2. */
static int
enter_filter(struct session *s)
{
	enum confine_program program;
	uint64_t seed = 0;
	int e;

	if (s->request->verb == REQUEST_SINK) {
		if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
			return ERR_SANDBOX;
		sink_open(&all.role.sink, s, seed);
		program = sink_program(&all.role.sink);
		if ((e = forbid_replacing()) != 0)
			return e;
	} else
		program = s->jail->walk ? PROGRAM_SOURCE_WALK : PROGRAM_SOURCE;
	confine_pages();
	return confine_seccomp(&all.plan, program, &all.layers);
}

static void
report_start(const struct session *s)
{
	bool sink = s->request->verb == REQUEST_SINK;
	const struct confine_state *l = &all.layers;
	struct report_start start = {
		.user = s->account,
		.peer = all.peer.address,
		.peer_port = all.peer.port,
		.form = s->request->form == FORM_SCP ? "scp" : "direct",
		.verb = sink ? "sink" : "source",
		.root = policy_is_confined(s->policy) ? s->policy->root : "/",
		.operand = s->request->paths[0],
		.landlock_abi = l->landlock_abi,
		.program = l->program,
		.root_way = l->root_way,
		.resolve = s->jail->walk ? "walk" : "openat2",
		.publish = sink ? sink_publish_way(&all.role.sink) : "",
		.complete = l->landlock_abi > 0 && l->seccomp,
	};

	report_started(s->report, &start);
}

/* Which layer of the sandbox could not be entered, and why. */
static void
complain_of_layer(const struct confine_state *l, int e)
{
	int cause = l->cause != 0 ? l->cause : e;

	complain("scp-server: sandbox: %s%s%s%s%s\n",
	    l->failed != NULL ? l->failed : "root", l->why != NULL ? ": " : "",
	    l->why != NULL ? l->why : "", cause > 0 ? ": " : "",
	    cause > 0 ? err_info(cause)->words : "");
}

/* What could not begin: in-band where the peer listens, else on stderr. */
static int
refuse(const struct request *q, int e)
{
	const struct err_info *info = err_info(e > 0 ? ERR_SANDBOX : e);
	struct item it;

	report_item(&it, VERB_SESSION, REPLY_NONE, NULL);
	if (e == ERR_OPTION && q->bad_option != '\0') {
		it.detail = &q->bad_option;
		it.detail_len = 1;
	}
	if (q->verb == REQUEST_SINK || q->verb == REQUEST_SOURCE)
		it.reply = REPLY_NOW;
	else
		complain("scp: %s\n", info->words);
	if (info->code == ERR_SANDBOX)
		complain_of_layer(&all.layers, e);
	/* a peer that does not listen can't be told */
	(void)report_reply(&all.report, &it, info->code);
	if (info->code == ERR_SANDBOX && all.layers.failed != NULL) {
		it.detail = all.layers.failed; /* for the audit alone */
		it.detail_len = strlen(it.detail);
	}
	e = report_record(&all.report, &it, info->code);
	return report_ended(&all.report, e);
}

/* From the parsed request to the last record. */
static int
serve(const struct request *q, const struct policy *p)
{
	struct session *s = &all.session;
	int e;

	*s = (struct session){ .request = q,
		.policy = p,
		.account = all.becomes.name[0] != '\0' ? all.becomes.name :
							 all.account.name,
		.wire = &all.wire,
		.jail = &all.jail,
		.report = &all.report };
	if ((e = policy_check_direction(p, q->verb == REQUEST_SINK)) != 0)
		return refuse(q, e);
	find_start(s, p);
	make_plan(q, p);
	if ((e = enter_sandbox(s, p)) != 0 || (e = enter_filter(s)) != 0)
		return refuse(q, e);
	report_start(s);
	e = q->verb == REQUEST_SINK ? sink_run(&all.role.sink) :
				      source_run(&all.role.source, s);
	return report_ended(s->report, e);
}

#ifdef SANITIZED

/* A sanitizer has its last word in an exit handler. */
static void
leave(int status)
{
	exit(status);
}

#else

/* No exit handlers: somebody else's library may call what no filter has. */
static void
leave(int status)
{
	_exit(status);
}

#endif

int
main(int argc, char *argv[])
{
	struct request *q = &all.request;
	struct policy *p = &all.policy;
	int e, e2;

	all.layers = (struct confine_state)CONFINE_STATE_NONE;
	if ((e = confine_start(&all.layers)) != 0) {
		complain_of_layer(&all.layers, e);
		return err_info(ERR_SANDBOX)->status;
	}
	e = request_parse(q, argc, argv);
	if (e == 0 && q->verb == REQUEST_HELP) {
		print_help();
		return 0;
	}
	if (e == 0 && q->verb == REQUEST_VERSION) {
		puts("scp-server " VERSION);
		return 0;
	}
	read_peer(&all.peer);
	if ((e2 = read_policy(q, p)) == 0)
		e2 = read_accounts(p);
	if (audit_open(&all.audit, p) != 0 && e2 == 0) {
		complain("scp-server: AuditLog: can't be opened\n");
		e2 = ERR_CONFIG;
	}
	wire_init(&all.wire, STDIN_FILENO, STDOUT_FILENO, p->idle_timeout,
	    p->session_timeout);
	report_init(&all.report, &all.wire, &all.audit);
	if (e2 != 0 || e != 0)
		leave(refuse(q, e2 != 0 ? e2 : e));
	leave(serve(q, p));
}
