#ifndef DRIVE_H
#define DRIVE_H

#include <stdbool.h>
#include <sys/types.h>

/* Octets written and read at once, as sshd does at most. */
#define BLOCK 65536

struct job {
	const char *wire;
	const char *work;
	long count;
	long size;
	const char *place;
	char **command;
};

struct server {
	pid_t pid;
	int to;
	int from;
};

/* What it begins with where it is guarded: Landlock, and a log. */
void floor_guard(const char *log);

/* The bare loop, on descriptors 0 and 1; does not return. */
_Noreturn void floor_serve(const char *work, const char *place);

#endif
