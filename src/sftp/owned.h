#ifndef SCP_OWNED_H
#define SCP_OWNED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tree/tree.h"

/* How many things a session remembers. */
#define OWNED_MAX 256

/*
 * What this session has stored or made: the files and directories that Modify
 * own is about.  It remembers those that were used last.  Zero is none.
 */
struct owned {
	uint32_t clock;
	struct {
		dev_t dev;
		ino_t ino; /* a new file may have that of a removed one, */
		struct timespec born; /* but not the time when it was made */
		uint32_t used;	      /* 0: free */
		bool made;	      /* else a directory that it was busy in */
	} all[OWNED_MAX];
};

/*
 * Remembers what was stored or made or, without made, a directory that was
 * there and in which something was.  Making something there is a use of a
 * directory, so that the parents of a tree stay known to its end.
 */
void owned_add(struct owned *o, const struct info *info, bool made);

/* Returns whether it was stored or made here, and counts that as a use. */
bool owned_has(struct owned *o, const struct info *info);

/* Returns whether it is a directory of a tree that was stored here. */
bool owned_knows(const struct owned *o, const struct info *info);

/*
 * Forgets what has lost a name, if that was its last one: another file may get
 * its number.  info is from before.
 */
void owned_gone(struct owned *o, const struct info *info);

#endif
