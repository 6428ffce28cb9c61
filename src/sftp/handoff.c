/*
 * Replaces this program by the system's sftp-server, in a process that the
 * kernel has already confined, before a byte of the peer is read.  What this
 * program's own code enforces does not apply to sftp-server, so a policy that
 * needs it is refused.
 */
#include "sftp/handoff.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/config.h"
#include "tree/tree.h"

#ifdef WITHOUT_SFTP

/* make SFTP=0: no SFTP server can be started. */
int
sftp_begin(struct handoff *f, const struct policy *p, struct confine_plan *plan,
    struct trouble *t)
{
	(void)f;
	(void)p;
	(void)plan;
	(void)t;
	return ERR_SFTP;
}

int
sftp_open(struct handoff *f, const struct session *s, struct trouble *t)
{
	(void)f;
	(void)s;
	(void)t;
	return ERR_SFTP;
}

int
sftp_exec(const struct handoff *f, const struct policy *p, const char *address,
    const char *port, struct trouble *t)
{
	(void)f;
	(void)p;
	(void)address;
	(void)port;
	(void)t;
	return ERR_SFTP;
}

#else

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Octets of a value that are compared: longer ones differ before. */
#define VALUE_MAX   64

#define ARGUMENTS_MAX 16
#define REQUESTS_MAX  512

/*
 * Keywords that are enforced after the hand-off, or have no meaning there.  Any
 * other keyword, also one that is added later, must have the value that it has
 * in an open session.
 */
static const bool is_kept[KEY_COUNT] = {
	[KEY_ROOT] = true,
	[KEY_USER] = true,
	[KEY_START_DIRECTORY] = true,
	[KEY_ACCESS] = true,
	[KEY_UMASK] = true,
	[KEY_SESSION_TIMEOUT] = true,
	[KEY_SANDBOX] = true,
	[KEY_AUDIT_LOG] = true,
	[KEY_AUDIT_FORMAT] = true,
	[KEY_SFTP] = true,
	[KEY_SFTP_SERVER] = true,
	/* these do not apply to SFTP, as the manual says */
	[KEY_SYMLINKS] = true, /* Landlock judges what a link names */
	[KEY_PRESERVE_TIMES] = true,
	[KEY_PRESERVE_MODES] = true,
	[KEY_MAX_DEPTH] = true,
	[KEY_IDLE_TIMEOUT] = true,
	[KEY_PIPELINING] = true,
	[KEY_RELAY] = true, /* an SFTP session can't ask for it */
	[KEY_RELAY_CONFIG] = true,
};

/* The sessions in which a request is denied, as a set of bits. */
#define IF_CONFINED   1U
#define IF_WRITE_ONLY 2U

/*
 * Every request that sftp-server knows.  Landlock does not restrict stat(2),
 * chmod(2), chown(2) and utimes(2).  By path they would reach all files of the
 * account, so a confined session may use them by handle only.
 */
/* clang-format off */
static const struct {
	const char *name;
	unsigned int denied;
} requests[] = {
	{ "open", 0 },
	{ "close", 0 },
	{ "read", 0 },
	{ "write", 0 },
	{ "lstat", 0 },
	{ "fstat", 0 },
	{ "stat", 0 },
	{ "fsetstat", 0 },
	{ "opendir", 0 },
	{ "readdir", 0 },
	{ "mkdir", 0 },
	{ "realpath", 0 },
	{ "fstatvfs", 0 },
	{ "fsync", 0 },
	{ "limits", 0 },
	{ "expand-path", 0 },
	{ "home-directory", 0 },
	{ "users-groups-by-id", 0 },
	{ "setstat", IF_CONFINED },
	{ "lsetstat", IF_CONFINED },
	{ "readlink", IF_CONFINED },	/* of any link, anywhere */
	{ "statvfs", IF_CONFINED },
	{ "symlink", IF_CONFINED },	/* would lead others out */
	{ "hardlink", IF_CONFINED | IF_WRITE_ONLY },
	{ "copy-data", IF_CONFINED | IF_WRITE_ONLY },
	{ "remove", IF_WRITE_ONLY },
	{ "rmdir", IF_WRITE_ONLY },
	{ "rename", IF_WRITE_ONLY },
	{ "posix-rename", IF_WRITE_ONLY },
};

static const char *const servers[] = {
	"/usr/lib/openssh/sftp-server",
	"/usr/libexec/openssh/sftp-server",
	"/usr/lib/ssh/sftp-server",
	"/usr/libexec/sftp-server",
};

/* Files that an SFTP server reads.  It runs without those that are missing. */
static const struct {
	const char *path;
	enum confine_use use;
} needs[] = {
	{ "/lib", CONFINE_RUN },
	{ "/lib64", CONFINE_RUN },
	{ "/usr/lib", CONFINE_RUN },
	{ "/usr/lib64", CONFINE_RUN },
	{ "/etc/ld.so.cache", CONFINE_READ },
	{ "/etc/nsswitch.conf", CONFINE_READ },
	{ "/etc/passwd", CONFINE_READ },	/* it wants an account's row */
	{ "/etc/group", CONFINE_READ },		/* names in a listing */
	{ "/etc/localtime", CONFINE_READ },	/* times in a listing */
	{ "/dev/null", CONFINE_DEVICE },	/* it opens it at its start */
};
/* clang-format on */

_Static_assert(COUNT(needs) < SFTP_RULES_MAX, "and the program itself");

/* A mode has no value that means none, so it must not be set. */
static bool
is_mode(size_t key)
{
	return key == KEY_FILE_MODE || key == KEY_DIRECTORY_MODE;
}

/* Writes the names of all keywords that can't be enforced, or "". */
static void
find_obstacles(const struct policy *p, char *out, size_t cap)
{
	char mine[VALUE_MAX], open[VALUE_MAX];
	const char *name, *why;
	struct policy plain;

	out[0] = '\0';
	policy_init(&plain);
	(void)policy_complete(&plain, &why); /* nothing set: nothing clashes */
	for (size_t i = 0; config_show(p, i, &name, mine, sizeof(mine)); i++) {
		if (is_kept[i])
			continue;
		(void)config_show(&plain, i, &name, open, sizeof(open));
		if (strcmp(mine, open) == 0 &&
		    !(is_mode(i) && policy_is_set(p, (enum policy_key)i)))
			continue;
		if (out[0] != '\0')
			(void)strlcat(out, " ", cap);
		(void)strlcat(out, name, cap); /* all names fit */
	}
}

int
sftp_begin(struct handoff *f, const struct policy *p, struct confine_plan *plan,
    struct trouble *t)
{
	if (p->sftp != SFTP_HANDOFF)
		return ERR_SFTP;
	find_obstacles(p, t->word, sizeof(t->word));
	if (t->word[0] != '\0') {
		t->why = "can't be kept by Sftp handoff";
		return ERR_SFTP;
	}
	f->grant.access = p->access;
	f->grant.rules = f->rules;
	f->grant.count = 0;
	plan->handoff = &f->grant;
	/* S8: these are enforced by Landlock only */
	if (policy_is_confined(p) || p->access == ACCESS_WRITE_ONLY)
		plan->sandbox = SANDBOX_REQUIRE;
	return 0;
}

/* Adds a rule for a file if it can be opened. */
static bool
add_rule(struct handoff *f, const char *path, enum confine_use use)
{
	struct confine_rule *rule = &f->rules[f->grant.count];

	rule->fd = open(path, O_PATH | O_CLOEXEC);
	rule->use = use;
	if (rule->fd == -1)
		return false;
	f->grant.count++;
	return true;
}

/* S7: Landlock allows executing the file that was checked. */
static bool
take_program(struct handoff *f, const char *path)
{
	struct stat st;

	if (strlcpy(f->program, path, sizeof(f->program)) >=
		sizeof(f->program) ||
	    !add_rule(f, path, CONFINE_RUN))
		return false;
	if (fstat(f->rules[f->grant.count - 1].fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return true;
	f->grant.count--;
	(void)close(f->rules[f->grant.count].fd); /* O_PATH: nothing to lose */
	return false;
}

static bool
find_program(struct handoff *f, const struct policy *p)
{
	if (p->sftp_server[0] != '\0')
		return take_program(f, p->sftp_server);
	for (size_t i = 0; i < COUNT(servers); i++)
		if (take_program(f, servers[i]))
			return true;
	return false;
}

/* Without StartDirectory an open session stays in its working directory. */
static int
enter_start(const struct session *s)
{
	if (!policy_is_confined(s->policy) && s->policy->start[0] == '\0')
		return 0;
	return s->no_start ? ENOENT : tree_chdir(s->tree, &s->start);
}

int
sftp_open(struct handoff *f, const struct session *s, struct trouble *t)
{
	int e;

	/*
	 * S8: root owns the system's files, and an account that can open one of
	 * its own files can set its mode by handle.
	 */
	if (policy_is_confined(s->policy) && geteuid() == 0) {
		trouble_note(t, "root with a Root is not handed off", "User");
		return ERR_SFTP;
	}
	if ((e = enter_start(s)) != 0) {
		trouble_note(t, err_info(e)->words, "StartDirectory");
		return ERR_CONFIG;
	}
	if (!find_program(f, s->policy)) {
		trouble_note(t,
		    "no program there that is root's and that nobody else may "
		    "write",
		    "SftpServer");
		return ERR_CONFIG;
	}
	for (size_t i = 0; i < COUNT(needs); i++)
		(void)add_rule(f, needs[i].path, needs[i].use);
	return 0;
}

/* The requests that are denied, or those that are not, between commas. */
static void
list_requests(const struct policy *p, bool denied, char out[REQUESTS_MAX])
{
	unsigned int set = 0;

	if (policy_is_confined(p))
		set |= IF_CONFINED;
	if (p->access == ACCESS_WRITE_ONLY)
		set |= IF_WRITE_ONLY;
	out[0] = '\0';
	for (size_t i = 0; i < COUNT(requests); i++) {
		if (((requests[i].denied & set) != 0) != denied)
			continue;
		if (out[0] != '\0')
			(void)strlcat(out, ",", REQUESTS_MAX);
		(void)strlcat(out, requests[i].name, REQUESTS_MAX); /* fits */
	}
}

/* An exec resets signals with a handler, but not those that are ignored. */
static void
heed_signals(void)
{
	(void)signal(SIGPIPE, SIG_DFL); /* these exist */
	(void)signal(SIGXFSZ, SIG_DFL);
}

/*
 * -P lists the requests that are denied.  -p lists all others, so that a
 * request that a later version adds is denied, too.
 */
int
sftp_exec(const struct handoff *f, const struct policy *p, const char *address,
    const char *port, struct trouble *t)
{
	char allowed[REQUESTS_MAX], denied[REQUESTS_MAX];
	char mask[8], connection[128];
	const char *argv[ARGUMENTS_MAX] = { f->program };
	const char *envp[2] = { NULL };
	size_t n = 1;

	if (p->access == ACCESS_READ_ONLY)
		argv[n++] = "-R";
	if (policy_is_set(p, KEY_UMASK)) {
		mode_t inherited = umask(077); /* enter_sandbox() set it */

		(void)umask(inherited);
		(void)snprintf(mask, sizeof(mask), "%04o", inherited & 0777);
		argv[n++] = "-u";
		argv[n++] = mask;
	}
	if (!p->audit_log.off) {
		argv[n++] = "-l"; /* its own records: files and their octets */
		argv[n++] = "INFO";
	}
	list_requests(p, true, denied);
	list_requests(p, false, allowed);
	if (denied[0] != '\0') {
		argv[n++] = "-P";
		argv[n++] = denied;
		argv[n++] = "-p";
		argv[n++] = allowed;
	}
	if (*address != '\0') {
		(void)snprintf(connection, sizeof(connection),
		    "SSH_CONNECTION=%s %s", address, port); /* for its log */
		envp[0] = connection;
	}
	/* the timer would survive the exec and kill the program */
	(void)alarm((unsigned int)p->session_timeout);
	heed_signals();
	(void)execve(f->program, (char *const *)argv, (char *const *)envp);
	trouble_note(t, err_info(errno)->words, "SftpServer");
	return ERR_CONFIG;
}

#endif
