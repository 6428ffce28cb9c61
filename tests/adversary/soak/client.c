/* A session as its client sees it, and the table of those that run. */
#define _GNU_SOURCE
#include "soak.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE 60000 /* milliseconds */

extern char **environ;

/* Processes that may be killed.  A pid is in it only until it is waited for. */
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	pid_t pid;
	bool killed;
} table[SESSIONS];
static atomic_uint running, most;

unsigned int
sessions_at_once(void)
{
	return most;
}

static void
count_running(void)
{
	unsigned int n = ++running, seen = most;

	while (n > seen && !atomic_compare_exchange_weak(&most, &seen, n))
		;
}

void
session_start(struct session *s, int slot, char *const argv[])
{
	static char request[] = "SSH_ORIGINAL_COMMAND=sftp";
	static char *const asking[] = { request, NULL };
	posix_spawn_file_actions_t actions;
	int down[2], up[2], e;

	if (pipe2(down, O_CLOEXEC) != 0 || pipe2(up, O_CLOEXEC) != 0)
		err(2, "pipe");
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, down[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, up[1], 1);
	(void)posix_spawn_file_actions_addopen(
	    &actions, 2, "/dev/null", O_WRONLY, 0);
	e = posix_spawn(
	    &s->pid, argv[0], &actions, NULL, argv, s->sftp ? asking : environ);
	if (e != 0)
		errx(2, "%s: %s", argv[0], strerror(e));
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)close(down[0]);
	(void)close(up[1]);
	s->to = down[1];
	s->from = up[0];
	s->slot = slot;
	s->at = s->have = 0;
	if (fcntl(s->to, F_SETFL, O_NONBLOCK) != 0)
		err(2, "fcntl");
	counts.sessions++;
	count_running();
	if (slot == -1)
		return;
	(void)pthread_mutex_lock(&table_lock);
	table[slot].pid = s->pid;
	table[slot].killed = false;
	(void)pthread_mutex_unlock(&table_lock);
}

/* False when the session is gone, or was made to go: it hung. */
static bool
wait_for(struct session *s, int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	if (poll(&p, 1, PATIENCE) > 0)
		return true;
	say_wrong(HUNG, "process %d", (int)s->pid);
	(void)kill(s->pid, SIGKILL);
	return false;
}

bool
session_send(struct session *s, const void *p, size_t n)
{
	const char *next = p;
	ssize_t done;

	while (n > 0) {
		done = write(s->to, next, n);
		if (done == -1 && errno == EAGAIN) {
			if (!wait_for(s, s->to, POLLOUT))
				return false;
			continue;
		}
		if (done <= 0)
			return false;
		next += done;
		n -= (size_t)done;
	}
	return true;
}

static bool
fill(struct session *s)
{
	ssize_t n;

	if (!wait_for(s, s->from, POLLIN))
		return false;
	n = read(s->from, s->buffer, sizeof(s->buffer));
	if (n <= 0)
		return false;
	s->at = 0;
	s->have = (size_t)n;
	return true;
}

bool
session_read(struct session *s, void *p, size_t n)
{
	char *next = p;
	size_t part;

	while (n > 0) {
		if (s->at == s->have && !fill(s))
			return false;
		part = s->have - s->at < n ? s->have - s->at : n;
		memcpy(next, s->buffer + s->at, part);
		s->at += part;
		next += part;
		n -= part;
	}
	return true;
}

/* A line without its newline. */
bool
session_line(struct session *s, char *line, size_t size)
{
	size_t n = 0;
	char c;

	while (session_read(s, &c, 1)) {
		if (c == '\n') {
			line[n] = '\0';
			return true;
		}
		if (n + 1 < size)
			line[n++] = c;
	}
	return false;
}

enum answer
session_reply(struct session *s)
{
	char first, text[512];

	if (!session_read(s, &first, 1))
		return GONE;
	if (first == '\0')
		return OK;
	if (!session_line(s, text, sizeof(text)))
		return GONE;
	return first == '\1' ? FAILED : FATAL;
}

/*
 * Takes leave and waits; returns whether it was killed by us.  failed: the
 * session told of a failure, so its exit status must not be 0.
 */
bool
session_end(struct session *s, bool failed)
{
	bool killed = false;
	int status;

	(void)close(s->to);
	while (fill(s))
		; /* what a client that went too early would miss */
	if (s->slot != -1) {
		(void)pthread_mutex_lock(&table_lock);
		killed = table[s->slot].killed;
		table[s->slot].pid = 0;
		(void)pthread_mutex_unlock(&table_lock);
	}
	if (waitpid(s->pid, &status, 0) != s->pid)
		err(2, "waitpid");
	running--;
	(void)close(s->from);
	if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0) != failed)
		say_wrong(DIED, "process %d: status %x, failure told: %d",
		    (int)s->pid, (unsigned int)status, failed);
	return false;
}

void
kill_one(unsigned int *seed)
{
	unsigned int slot = chance(seed, SESSIONS);

	(void)pthread_mutex_lock(&table_lock);
	if (table[slot].pid != 0 && !table[slot].killed) {
		(void)kill(table[slot].pid, SIGKILL);
		table[slot].killed = true;
		counts.killed++;
	}
	(void)pthread_mutex_unlock(&table_lock);
}
