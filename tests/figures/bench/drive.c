/*
 * drive: plays an scp client against one server process and measures it.
 *
 *	drive WIRE WORK COUNT SIZE PLACE COMMAND...
 *
 * WIRE is pipe (what sshd gives a server) or socket; with ":500" after it all
 * that the client says comes 500 us late, as from far away.  WORK is
 *
 *	up	one file of SIZE octets, to PLACE/file
 *	down	one file, from PLACE/file
 *	ups	COUNT files of SIZE octets in a directory the session makes
 *	downs	the directory PLACE/tree, whatever is in it
 *	start	from exec to the first status byte, COUNT times, and the
 *		processor time of such a session; as an ordinary account, as
 *		sshd starts it
 *	idle	what the server holds in memory while it waits
 *	many	COUNT servers at once, each takes a file of SIZE octets
 *
 * up, down, ups, downs and start with "sftp-" before them are the same by SFTP,
 * to its VERSION; downs takes the files that ups has made.
 *
 * COMMAND is the server's, up to the operand, which is added; the words -t,
 * -f and -r too.  The command "floor" is the bare loop: no more than the
 * system calls that the work can't do without, in this process's child; with
 * the name of a log after it, under Landlock and with a line for each file.
 *
 * One line is printed: seconds of wall and processor time of the server (user
 * and system), or what the work counts.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drive.h"

#define ACCOUNT 65534 /* who starts */

static char block[BLOCK];
static struct timespec late;
static double *executed; /* when the server's process became it; shared */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
is_sftp(const struct job *job)
{
	return strncmp(job->work, "sftp-", 5) == 0;
}

static bool
is_start(const struct job *job)
{
	return strcmp(job->work + (is_sftp(job) ? 5 : 0), "start") == 0;
}

/* The server's ends become its 0 and 1. */
static void
run_server(const struct job *job, int in, int out, const char *verb)
{
	char *argv[64];
	int n = 0;

	if (dup2(in, 0) != 0 || dup2(out, 1) != 1)
		err(1, "dup2");
	if (close_range(3, ~0U, 0) != 0)
		err(1, "close_range");
	if (strcmp(job->command[0], "floor") == 0 && job->command[1] != NULL)
		floor_guard(job->command[1]);
	if (strcmp(job->command[0], "floor") == 0)
		floor_serve(job->work, job->place);
	for (; job->command[n] != NULL && n < 60; n++)
		argv[n] = job->command[n];
	if (strcmp(job->work, "ups") == 0 || strcmp(job->work, "downs") == 0)
		argv[n++] = "-r";
	if (is_sftp(job)) {
		if (setenv("SSH_ORIGINAL_COMMAND", "sftp", 1) != 0)
			err(1, "setenv");
	} else {
		argv[n++] = (char *)(unsigned long)verb;
		argv[n++] = (char *)(unsigned long)job->place;
	}
	argv[n] = NULL;
	if (is_start(job) &&
	    (setgroups(0, NULL) != 0 ||
		setresgid(ACCOUNT, ACCOUNT, ACCOUNT) != 0 ||
		setresuid(ACCOUNT, ACCOUNT, ACCOUNT) != 0))
		err(1, "setresuid");
	*executed = now();
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

static struct server
start_server(const struct job *job, const char *verb)
{
	int up[2], down[2];
	struct server s;

	if (strncmp(job->wire, "socket", 6) == 0) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, up) != 0)
			err(1, "socketpair");
		down[0] = up[0];
		down[1] = up[1];
		s.pid = fork();
		if (s.pid == 0)
			run_server(job, up[1], up[1], verb);
		close(up[1]);
		s.to = s.from = up[0];
		return s;
	}
	if (pipe2(up, O_CLOEXEC) != 0 || pipe2(down, O_CLOEXEC) != 0)
		err(1, "pipe2");
	s.pid = fork();
	if (s.pid == 0)
		run_server(job, up[0], down[1], verb);
	close(up[0]);
	close(down[1]);
	s.to = up[1];
	s.from = down[0];
	return s;
}

void
say(const struct server *s, const void *p, size_t n)
{
	const char *at = p;
	ssize_t done;

	if (late.tv_nsec > 0)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &late, NULL);
	for (; n > 0; at += done, n -= (size_t)done)
		if ((done = write(s->to, at, n)) <= 0)
			err(1, "the server takes no more");
}

void
hear(const struct server *s, void *p, size_t n)
{
	char *at = p;
	ssize_t done;

	for (; n > 0; at += done, n -= (size_t)done)
		if ((done = read(s->from, at, n)) <= 0)
			errx(1, "the server says no more");
}

/* One reply; anything but \0 is an error of the set-up. */
static void
hear_yes(const struct server *s)
{
	char c;

	hear(s, &c, 1);
	if (c != '\0')
		errx(1, "the server refuses");
}

static size_t
hear_line(const struct server *s, char *line, size_t cap)
{
	size_t n = 0;

	do
		hear(s, line + n, 1);
	while (line[n++] != '\n' && n < cap);
	line[n - 1] = '\0';
	return n;
}

static void
send_file(const struct server *s, const char *name, long size)
{
	char line[300];
	long left;

	(void)snprintf(line, sizeof(line), "C0644 %ld %s\n", size, name);
	say(s, line, strlen(line));
	hear_yes(s);
	for (left = size; left >= BLOCK; left -= BLOCK)
		say(s, block, BLOCK);
	block[left] = '\0';
	say(s, block, (size_t)left + 1); /* the rest, and our status */
	hear_yes(s);
}

/* The body of a C that has been heard, and its status. */
static void
take_body(const struct server *s, const char *line)
{
	long left = atol(strchr(line, ' ') + 1) + 1;
	ssize_t done;

	say(s, "", 1);
	for (; left > 0; left -= done)
		if ((done = read(s->from, block,
			 left < BLOCK ? (size_t)left : BLOCK)) <= 0)
			errx(1, "the body ends early");
	say(s, "", 1);
}

static void
take_all(const struct server *s)
{
	char line[5000];
	int depth = 0;

	say(s, "", 1);
	do {
		hear_line(s, line, sizeof(line));
		if (line[0] == 'C') {
			take_body(s, line);
			continue;
		}
		if (line[0] != 'D' && line[0] != 'E')
			errx(1, "the server says %s", line + 1);
		depth += line[0] == 'D' ? 1 : -1;
		say(s, "", 1);
	} while (depth > 0);
}

/* Ends the session; the server must be content. */
static void
end_server(const struct server *s, struct rusage *used)
{
	int status;

	close(s->to);
	if (s->from != s->to)
		close(s->from);
	if (wait4(s->pid, &status, 0, used) != s->pid)
		err(1, "wait4");
	if (status != 0)
		errx(1, "the server ended with %#x", status);
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void
copy(const struct job *job)
{
	bool up = strncmp(job->work, "up", 2) == 0;
	struct rusage used;
	struct server s;
	char name[32];
	double begun = now();

	s = start_server(job, up ? "-t" : "-f");
	if (is_sftp(job)) {
		sftp_greet(&s);
		sftp_play(&s, job);
	} else if (up)
		hear_yes(&s);
	if (strcmp(job->work, "ups") == 0) {
		say(&s, "D0755 0 made\n", 13);
		hear_yes(&s);
		for (long i = 0; i < job->count; i++) {
			(void)snprintf(name, sizeof(name), "f%ld", i);
			send_file(&s, name, job->size);
		}
		say(&s, "E\n", 2);
		hear_yes(&s);
	} else if (up)
		send_file(&s, "file", job->size);
	else if (!is_sftp(job))
		take_all(&s);
	end_server(&s, &used);
	printf("%.6f %.6f %.6f\n", now() - begun, seconds(&used.ru_utime),
	    seconds(&used.ru_stime));
}

static int
compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of so many starts, and their mean processor time, in us. */
static void
start(const struct job *job)
{
	double *took = calloc((size_t)job->count, sizeof(*took));
	double spent = 0;
	struct rusage used;
	struct server s;

	if (took == NULL)
		err(1, "calloc");
	for (long i = 0; i < job->count; i++) {
		s = start_server(job, "-t");
		if (is_sftp(job))
			sftp_greet(&s);
		else
			hear_yes(&s);
		took[i] = now() - *executed;
		end_server(&s, &used);
		spent += seconds(&used.ru_utime) + seconds(&used.ru_stime);
	}
	qsort(took, (size_t)job->count, sizeof(*took), compare_doubles);
	printf("%.1f %.1f\n", took[job->count / 2] * 1e6,
	    spent / (double)job->count * 1e6);
	free(took);
}

/* Sums a line of smaps_rollup, in KiB. */
static long
memory(pid_t pid, const char *what)
{
	char path[64], line[256];
	long sum = 0, n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if ((f = fopen(path, "r")) == NULL)
		err(1, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, what, strlen(what)) == 0 &&
		    sscanf(line + strlen(what), "%ld", &n) == 1)
			sum += n;
	fclose(f);
	return sum;
}

static long
private_memory(pid_t pid)
{
	return memory(pid, "Private_Clean:") + memory(pid, "Private_Dirty:");
}

/* In the middle of a file, when all that is needed has been touched. */
static void
idle(const struct job *job)
{
	struct server s = start_server(job, "-t");
	struct rusage used;
	char line[64];

	hear_yes(&s);
	(void)snprintf(line, sizeof(line), "C0644 %d file\n", 2 * BLOCK);
	say(&s, line, strlen(line));
	hear_yes(&s);
	say(&s, block, BLOCK);
	usleep(100000);
	printf("%ld %ld\n", memory(s.pid, "Rss:"), private_memory(s.pid));
	say(&s, block, BLOCK);
	say(&s, "", 1);
	hear_yes(&s);
	end_server(&s, &used);
}

/* All are started and wait in the middle of a file, then all go on. */
static void
many(struct job *job)
{
	struct server *s = calloc((size_t)job->count, sizeof(*s));
	const char *place = job->place;
	struct rusage used;
	char target[4200], line[64];
	long most = 0, n;

	if (s == NULL)
		err(1, "calloc");
	(void)snprintf(line, sizeof(line), "C0644 %ld file\n", job->size);
	for (long i = 0; i < job->count; i++) {
		(void)snprintf(target, sizeof(target), "%s/%ld", place, i);
		job->place = target;
		s[i] = start_server(job, "-t");
		hear_yes(&s[i]);
		say(&s[i], line, strlen(line));
		hear_yes(&s[i]);
		say(&s[i], block, (size_t)job->size / 2);
	}
	for (long i = 0; i < job->count; i++)
		if ((n = private_memory(s[i].pid)) > most)
			most = n;
	for (long i = 0; i < job->count; i++) {
		say(&s[i], block, (size_t)(job->size - job->size / 2));
		say(&s[i], "", 1);
		hear_yes(&s[i]);
		end_server(&s[i], &used);
	}
	printf("%ld\n", most);
	free(s);
}

int
main(int argc, char *argv[])
{
	struct job job;

	if (argc < 7)
		errx(2,
		    "usage: drive pipe|socket WORK COUNT SIZE PLACE "
		    "COMMAND...");
	job.wire = argv[1];
	if (strchr(job.wire, ':') != NULL)
		late.tv_nsec = atol(strchr(job.wire, ':') + 1) * 1000;
	prctl(PR_SET_TIMERSLACK, 1); /* or 50 us are added */
	executed = mmap(NULL, sizeof(*executed), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (executed == MAP_FAILED)
		err(1, "mmap");
	job.work = argv[2];
	job.count = atol(argv[3]);
	job.size = atol(argv[4]);
	job.place = argv[5];
	job.command = argv + 6;
	memset(block, 'x', sizeof(block));
	if (is_start(&job))
		start(&job);
	else if (strcmp(job.work, "idle") == 0)
		idle(&job);
	else if (strcmp(job.work, "many") == 0)
		many(&job);
	else
		copy(&job);
	return 0;
}
