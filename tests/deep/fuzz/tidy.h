#ifndef SCP_FUZZ_TIDY_H
#define SCP_FUZZ_TIDY_H

#include "stage.h"

/* The longest file that is looked into. */
#define TIDY_FILE_MAX 65536

/* The prop with this path, or NULL. */
struct prop *tidy_prop(struct prop *props, size_t count, const char *path);

/*
 * Calls visit for each regular file of the tree that is not a prop as it was
 * made.  What can't be read is given the modes for it.
 */
void tidy_walk(int root, struct prop *props, size_t count,
    void (*visit)(const char *path, const char *content, size_t len));

/* Removes all but the props; those that were changed count as missing. */
void tidy_up(int root, struct prop *props, size_t count);

/* What a file holds that tidy_walk() has seen; its length, or -1. */
ssize_t tidy_read(int root, const char *path, char content[TIDY_FILE_MAX]);

/* Do both lead to one file? */
bool tidy_same(int root, const char *one, const char *other);

#endif
