#ifndef SCP_TITLE_H
#define SCP_TITLE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The most octets of a path in the title; a longer path is cut. */
#define TITLE_PATH_MAX 128

/*
 * What ps(1) shows of a session: account, verb, percent, rate and, in an open
 * session, the file.  It is drawn at most once a second.  It is written over
 * the arguments and the environment in memory, and nothing is allocated.
 */
struct title {
	const char *account;
	bool names;	       /* files may be named */
	int64_t moved;	       /* octets of the session when last drawn */
	struct timespec drawn; /* CLOCK_MONOTONIC */
};

/*
 * Copies the arguments and the environment, since the title is written over
 * them.  Called first in main().
 */
void title_take_place(int argc, char *argv[], char *envp[]);

/*
 * Prepares a title.  Called before the first title_draw().  account is not
 * copied.  names allows file names in the title.
 */
void
title_begin(struct title *t, const char *account, const char *verb, bool names);

/*
 * Draws the title: done of size octets of this file have been moved, or of a
 * size that is not known if it is negative, and moved octets in the whole
 * session.  path is escaped here; "" is none.
 */
void title_draw(struct title *t, const char *verb, const char *path,
    int64_t done, int64_t size, int64_t moved);

#endif
