/*
 * move: take a directory out of the served tree and bring it back, until told
 * to stop.
 *
 *	move INSIDE OUTSIDE NAME PLANTED
 *
 * Directory INSIDE is renamed to OUTSIDE.  There the file OUTSIDE/NAME changes
 * places with PLANTED, so that a session that still holds the directory finds
 * the planted file in it.  While it is outside nobody else may change what
 * names it has: each time is counted when somebody did.  Then all goes back.
 *
 * Prints, when SIGTERM comes, how often it went out and how often it was
 * changed there.  Ends with whoever started it, and always with it inside.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NOREPLACE 1	 /* RENAME_NOREPLACE */
#define EXCHANGE  2	 /* RENAME_EXCHANGE */
#define STAY_MAX  300000 /* nanoseconds in each of the two places */

static volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

static int
try_move(const char *from, const char *to, unsigned int flags)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}

static void
move(const char *from, const char *to, unsigned int flags)
{
	if (try_move(from, to, flags) != 0)
		err(1, "%s to %s", from, to);
}

/* Under a name that is free: a mover before this one may have kept some. */
static void
keep_aside(const char *path)
{
	static unsigned long kept;
	char aside[4096];

	for (;;) {
		(void)snprintf(aside, sizeof(aside), "%s.%lu", path, kept++);
		if (try_move(path, aside, NOREPLACE) == 0)
			return;
		if (errno != EEXIST)
			err(1, "%s to %s", path, aside);
	}
}

/* A session may have made something of that name meanwhile: it is kept. */
static void
bring_back(const char *from, const char *to)
{
	while (try_move(from, to, 0) != 0) {
		if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
			err(1, "%s to %s", from, to);
		keep_aside(to);
	}
}

/* Without sleeping, which would take far longer. */
static void
stay(long nanoseconds)
{
	struct timespec from, now;

	(void)clock_gettime(CLOCK_MONOTONIC, &from);
	do
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000000000L + now.tv_nsec -
		from.tv_nsec <
	    nanoseconds);
}

/* The names in a directory and their inodes, in any order, as one number. */
static unsigned long
list(const char *path)
{
	unsigned long sum = 0, one;
	const struct dirent *d;
	const char *p;
	DIR *dir = opendir(path);

	if (dir == NULL)
		err(1, "%s", path);
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.' && d->d_name[1] == '.')
			continue; /* that one has changed, of course */
		one = d->d_ino;
		for (p = d->d_name; *p != '\0'; p++)
			one = (one ^ (unsigned char)*p) * 1099511628211UL;
		sum += one;
	}
	(void)closedir(dir);
	return sum;
}

int
main(int argc, char **argv)
{
	unsigned long moves = 0, changes = 0, before;
	char name[4096];

	if (argc != 5)
		errx(2, "usage: move INSIDE OUTSIDE NAME PLANTED");
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)signal(SIGTERM, stop);
	(void)snprintf(name, sizeof(name), "%s/%s", argv[2], argv[3]);
	while (!stopped) {
		move(argv[1], argv[2], 0);
		move(name, argv[4], EXCHANGE);
		before = list(argv[2]);
		stay(random() % STAY_MAX);
		if (list(argv[2]) != before)
			changes++;
		move(name, argv[4], EXCHANGE);
		bring_back(argv[2], argv[1]);
		moves++;
		stay(random() % STAY_MAX);
	}
	(void)printf("%lu %lu\n", moves, changes);
	return 0;
}
