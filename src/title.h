#ifndef SCP_TITLE_H
#define SCP_TITLE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Octets of a path in the title; a longer one is cut. */
#define TITLE_PATH_MAX 128

/*
 * What ps(1) shows of a session: account, verb, percent, rate, and in an open
 * session the file.  It is drawn anew at most once a second, takes the place
 * of our arguments and environment in memory, and allocates nothing.
 */
struct title {
	const char *account;
	bool names;	       /* may files be named? */
	int64_t moved;	       /* octets of the session when last drawn */
	struct timespec drawn; /* CLOCK_MONOTONIC */
};

/*
 * First of all in main(): copies the arguments and the environment, whose
 * place the title takes.
 */
void title_take_place(int argc, char *argv[], char *envp[]);

/* Before lockdown; account and verb stay with the caller. */
void
title_begin(struct title *t, const char *account, const char *verb, bool names);

/*
 * done of size octets of this file have been moved, and moved in the session
 * altogether.  path is any text, escaped here; "" none.
 */
void title_draw(struct title *t, const char *verb, const char *path,
    int64_t done, int64_t size, int64_t moved);

#endif
