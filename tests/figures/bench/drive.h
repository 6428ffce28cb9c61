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

/* Writes all of it, and reads all of it. */
void say(const struct server *s, const void *p, size_t n);
void hear(const struct server *s, void *p, size_t n);

/* The other protocol: INIT and VERSION, and the work after that. */
void sftp_greet(const struct server *s);
void sftp_play(const struct server *s, const struct job *job);

/* What it begins with where it is guarded: Landlock, and a log. */
void floor_guard(const char *log);

/* The bare loop, on descriptors 0 and 1; does not return. */
_Noreturn void floor_serve(const char *work, const char *place);

#endif
