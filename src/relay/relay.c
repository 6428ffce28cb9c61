/*
 * Direct copies from here to another host.  They are refused unless Relay names
 * the destination.  ssh never asks for a password: it needs a key, an agent or
 * GSSAPI.
 */
#include "relay/relay.h"

#include <bsd/string.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/config.h"

#ifndef WITHOUT_RELAY

/* Seconds in which one child has to end after the other. */
#define GRACE 10

#define WORDS_MAX     24
#define VARIABLE_SIZE 1024

/*
 * ssh gets no terminal, asks no questions and forwards nothing, and no file of
 * the account can make it run a program.
 */
static const char *const options[] = {
	"-x",
	"-oBatchMode=yes",
	"-oClearAllForwardings=yes",
	"-oForwardAgent=no",
	"-oPermitLocalCommand=no",
	"-oKnownHostsCommand=none",
};

/* The variables by which ssh finds keys and the user's agent. */
static const char *const variables[] = { "HOME", "USER", "LOGNAME", "PATH",
	"SSH_AUTH_SOCK", "KRB5CCNAME" };

/*
 * Whether nobody but root can put something else in the place of a path: each
 * directory above it is root's, none is a symbolic link, and others may write
 * those only in which nobody can rename what is root's.
 */
static bool
is_fixed(const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	for (const char *s = path; (s = strchr(s, '/')) != NULL; s++) {
		(void)strlcpy(
		    part, path, s > path ? (size_t)(s - path) + 1 : 2);
		if (lstat(part, &st) != 0 || !S_ISDIR(st.st_mode) ||
		    st.st_uid != 0 ||
		    ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
			(st.st_mode & S_ISVTX) == 0))
			return false;
	}
	return true;
}

int
relay_check_config(const char *path, struct trouble *t)
{
	int fd = config_open(path), e;
	size_t size;

	if (fd == -1)
		return config_cant_open(t, path);
	e = config_check_owner(fd, &size, t);
	(void)close(fd); /* was not even read */
	if (e == 0 && !is_fixed(path)) {
		t->why = "others than root may put another in its place";
		e = ERR_CONFIG;
	}
	return e;
}

int
relay_check(struct relay *r, const struct request *q, const struct policy *p,
    struct trouble *t)
{
	int e;

	if ((e = destination_parse(&r->destination, q->destination)) != 0 ||
	    (e = policy_check_relay(p, &r->destination)) != 0)
		return e;
	if (!destination_command(&r->destination, q->recursive, q->preserve,
		q->want_directory || q->path_count > 1 || q->pattern[0],
		r->command, sizeof(r->command)))
		return ERR_DESTINATION;
	if (*p->relay_config != '\0' &&
	    relay_check_config(p->relay_config, t) != 0) {
		trouble_about(t, "RelayConfig");
		return ERR_CONFIG;
	}
	return 0;
}

bool
relay_is_launcher(const struct relay *r)
{
	return r->source > 0;
}

/*
 * Writes "NAME=value".  Some SSH servers let a client choose all of our
 * environment, so only the agent and the tickets are taken from there: commands
 * of RelayConfig are looked up where the account can't have put one.
 */
static char *
variable(char out[VARIABLE_SIZE], const char *name, const struct account *a)
{
	const char *value = getenv(name);
	int n;

	if (strcmp(name, "PATH") == 0)
		value = "/usr/local/bin:/usr/bin:/bin";
	else if (strcmp(name, "HOME") == 0)
		value = a->home;
	else if (strcmp(name, "USER") == 0 || strcmp(name, "LOGNAME") == 0)
		value = a->name;
	if (value == NULL)
		return NULL;
	n = snprintf(out, VARIABLE_SIZE, "%s=%s", name, value);
	return n < VARIABLE_SIZE ? out : NULL; /* too long: left out */
}

/*
 * Signals that whoever starts us may have blocked or ignored.  The launcher
 * catches the first ones.
 */
#define CAUGHT 4
static const int inherited[] = { SIGALRM, SIGTERM, SIGHUP, SIGINT, SIGCHLD,
	SIGPIPE, SIGXFSZ };

/* Handles the first count of them like this, and blocks no signal. */
static void
set_signals(void (*handler)(int), size_t count)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = handler;
	for (size_t i = 0; i < count; i++)
		(void)sigaction(inherited[i], &act, NULL); /* these exist */
	(void)sigemptyset(&act.sa_mask);		   /* can't fail */
	(void)sigprocmask(SIG_SETMASK, &act.sa_mask, NULL);
}

/*
 * A child ends when the launcher does, and gets the default signals.  This
 * is called after its account has changed, which clears PR_SET_PDEATHSIG.
 * Returns false if the launcher has ended already.
 */
static bool
be_child(pid_t launcher)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* always works */
	set_signals(SIG_DFL, sizeof(inherited) / sizeof(inherited[0]));
	return getppid() == launcher;
}

/*
 * Executes ssh without a shell.  It never reads a configuration that the
 * account could have written, in which a ProxyCommand could be any command.
 */
static void
exec_ssh(const struct relay *r, const struct policy *p, const struct account *a)
{
	static char store[sizeof(variables) / sizeof(variables[0])]
			 [VARIABLE_SIZE];
	char target[sizeof(r->destination.user) + sizeof(r->destination.host)];
	const char *argv[WORDS_MAX] = { "ssh" };
	char *envp[sizeof(variables) / sizeof(variables[0]) + 1] = { NULL };
	size_t n = 1, count = 0;

	argv[n++] = "-F";
	argv[n++] = *p->relay_config != '\0' ? p->relay_config : "none";
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		argv[n++] = options[i];
	(void)snprintf(target, sizeof(target), "%s%s%s", r->destination.user,
	    *r->destination.user != '\0' ? "@" : "",
	    r->destination.host); /* fits */
	argv[n++] = "--";
	argv[n++] = target;
	argv[n++] = r->command;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if ((envp[count] = variable(store[i], variables[i], a)) != NULL)
			count++;
	(void)execve(RELAY_SSH, (char *const *)argv, envp);
	(void)fprintf(stderr, "scp: %s: %s\n", RELAY_SSH,
	    err_words(err_info(errno))); /* best effort */
}

/* Makes one end of the socket the descriptors 0 and 1 of a child. */
static bool
take_end(int end)
{
	return dup2(end, STDIN_FILENO) == STDIN_FILENO &&
	    dup2(end, STDOUT_FILENO) == STDOUT_FILENO;
}

static pid_t
start_ssh(const struct relay *r, const struct policy *p,
    const struct confine_plan *plan, const struct account *a, int end)
{
	const pid_t launcher = getpid();
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (take_end(end) && confine_account(plan) == 0 && be_child(launcher))
		exec_ssh(r, p, a);
	_exit(127);
}

int
relay_start(struct relay *r, const struct policy *p,
    const struct confine_plan *plan, const struct account *account)
{
	int ends[2], e;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return errno;
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it leaves no exit status */
	r->ssh = start_ssh(r, p, plan, account, ends[1]);
	r->source = r->ssh == -1 ? -1 : fork();
	e = errno;
	if (r->source == 0) {
		/* the kernel forgets it with User; it also ends with ssh */
		(void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* always works */
		if (!take_end(ends[0]))
			e = errno;
		else
			e = 0;
	}
	(void)close(ends[0]); /* the children have duplicates */
	(void)close(ends[1]);
	if (r->source == -1 && r->ssh > 0)
		(void)kill(r->ssh, SIGTERM); /* it is our child */
	return r->source > 0 ? 0 : e;
}

/* Set by the handlers, which interrupt waitpid(2). */
static volatile sig_atomic_t ticked, stop_requested;

static void
on_signal(int number)
{
	if (number == SIGALRM)
		ticked = 1;
	else
		stop_requested = 1;
}

static void
arm(void)
{
	static const struct itimerval second = { { 1, 0 }, { 1, 0 } };

	set_signals(on_signal, CAUGHT);
	/* the timer ends a wait for a child that hangs */
	(void)setitimer(ITIMER_REAL, &second, NULL);
}

/*
 * Whether the client has gone.  It sends no input, so this is checked where its
 * output goes.
 */
static bool
client_is_gone(void)
{
	struct pollfd fds[] = { { .fd = STDOUT_FILENO },
		{ .fd = STDERR_FILENO } };

	return poll(fds, 2, 0) > 0 &&
	    ((fds[0].revents | fds[1].revents) & (POLLERR | POLLHUP)) != 0;
}

static int
status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
					128 + WTERMSIG(wait_status);
}

/* The state of the wait for both children. */
struct wait {
	pid_t children[2]; /* the source, ssh; 0: it has ended */
	int status[2];
	int grace; /* seconds until the other has to end; -1: no limit */
	bool late; /* a child was sent a signal */
	bool cut;  /* because it did not end by itself */
};

/* Sends SIGTERM to the children that are left, and SIGKILL the next time. */
static void
end_children(struct wait *w)
{
	for (size_t i = 0; i < 2; i++)
		if (w->children[i] > 0) /* it is ours, and not waited for */
			(void)kill(w->children[i], w->late ? SIGKILL : SIGTERM);
	w->late = true;
	w->grace = GRACE;
}

static void
take_child(struct wait *w, pid_t pid, int status)
{
	for (size_t i = 0; i < 2; i++)
		if (pid == w->children[i]) {
			w->children[i] = 0;
			w->status[i] = status_of(status);
			w->grace = GRACE;
		}
}

static void
take_tick(struct wait *w)
{
	ticked = 0;
	if (w->grace > 0 && --w->grace == 0 && !w->late)
		w->cut = true;
	if (w->grace == 0 || stop_requested ||
	    (w->grace < 0 && client_is_gone()))
		end_children(w);
	stop_requested = 0;
}

static void
wait_both(struct wait *w)
{
	pid_t pid;
	int status;

	arm();
	while (w->children[0] > 0 || w->children[1] > 0) {
		pid = waitpid(-1, &status, 0);
		if (pid > 0)
			take_child(w, pid, status);
		else if (errno != EINTR)
			return; /* there is no child */
		if (ticked || stop_requested)
			take_tick(w);
	}
}

int
relay_wait(struct relay *r)
{
	struct wait w = { .children = { r->source, r->ssh },
		.status = { 2, 255 },
		.grace = -1 };

	wait_both(&w);
	if (w.status[0] > 128)
		w.status[0] = 2; /* it was killed by a signal */
	r->ssh_status = w.status[1];
	if (w.cut && !client_is_gone())
		(void)fprintf(stderr,
		    "scp: the connection to %s did not end, and was cut\n",
		    r->destination.host); /* best effort */
	if (w.status[1] == 0)
		return w.late && w.status[0] == 0 ? 2 : w.status[0];
	if (w.status[1] == 255 && !w.cut)
		(void)fprintf(stderr,
		    "scp: no connection to %s: it takes a key, an agent or "
		    "GSSAPI, and a known host key\n",
		    r->destination.host); /* best effort */
	return w.status[1] == 1 && w.status[0] < 2 ? 1 : 2;
}

#else

/* make RELAY=0: ssh can't be started. */
int
relay_check_config(const char *path, struct trouble *t)
{
	(void)path;
	(void)t;
	return 0;
}

int
relay_check(struct relay *r, const struct request *q, const struct policy *p,
    struct trouble *t)
{
	(void)r;
	(void)q;
	(void)p;
	(void)t;
	return ERR_RELAY;
}

int
relay_start(struct relay *r, const struct policy *p,
    const struct confine_plan *plan, const struct account *account)
{
	(void)r;
	(void)p;
	(void)plan;
	(void)account;
	return ERR_RELAY;
}

bool
relay_is_launcher(const struct relay *r)
{
	(void)r;
	return false;
}

int
relay_wait(struct relay *r)
{
	(void)r;
	return 2;
}

#endif
