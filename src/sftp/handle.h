#ifndef SCP_HANDLE_H
#define SCP_HANDLE_H

#include <stdint.h>

#include "base/digest.h"
#include "session/admit.h"
#include "session/report.h"
#include "tree/revise.h"

/* The most handles of a session, and octets of the name of one. */
#define HANDLES_MAX 64
#define HANDLE_SIZE 4

enum handle_kind {
	HANDLE_FREE,
	HANDLE_FILE,   /* a file that is read */
	HANDLE_DIR,    /* a directory that is listed */
	HANDLE_UPLOAD, /* a file that is written */
};

/* What a peer has opened, and has not closed yet. */
struct handle {
	enum handle_kind kind;
	uint32_t number; /* what the peer calls it */
	struct event event;
	struct relpath path; /* from the root */
	struct node node;    /* HANDLE_FILE, HANDLE_DIR */
	int64_t resume;	     /* HANDLE_DIR: see tree_next() */
	unsigned int dots;   /* "." and ".." that were listed */
	struct digest_sum sum;
	int64_t summed; /* HANDLE_FILE: octets that are in sum */
	char digest[DIGEST_TEXT_SIZE];
	/* HANDLE_UPLOAD */
	bool reads;	/* it was opened for reading, too */
	bool changed;	/* it was written, or made */
	bool dressed;	/* attributes are to be set in a copy */
	bool removed;	/* it gets no name */
	bool passed;	/* nothing was written to it since a newer one was
			   opened for its name; see handle_revive() */
	int broken;	/* why it can't be published; 0: it can */
	struct dir dir; /* that it is in */
	struct revision revision;
	struct charge charge;
	struct upload_meta meta;
	bool foreign;	  /* octets of other files are in it */
	bool read;	  /* octets of it were read while there were such */
	struct event got; /* with read: the record of that */
	/* how often it was opened again under its name: as many CLOSEs only
	   count down, and the one after them stores the file */
	uint32_t joined;
};

/*
 * A table of all handles; zero, but for most, is an empty one.  A handle is
 * larger than a page of memory, so those that were never taken are not even
 * looked at.
 */
struct handles {
	uint32_t next;	/* makes numbers different from earlier ones */
	uint32_t most;	/* that can be taken at once, which are announced */
	size_t count;	/* of handles that were taken before, from the first */
	size_t uploads; /* that are open */
	struct handle all[HANDLES_MAX];
};

/*
 * Takes a free handle and gives it a kind and a number.  Returns NULL when all
 * are taken.
 */
struct handle *handle_take(struct handles *t, enum handle_kind kind);

/* Gives a handle back.  What it holds open was closed before. */
void handle_give(struct handles *t, struct handle *h);

/* Writes what the peer calls a handle. */
void handle_name(const struct handle *h, char out[HANDLE_SIZE]);

/* Finds a handle by what the peer calls it.  Returns NULL if it has none. */
struct handle *handle_find(struct handles *t, const char *s, size_t len);

/*
 * Called when something is written to an upload.  If a newer one of its name
 * was stored meanwhile, CLOSE stores this one after all.
 */
void handle_revive(struct handle *h);

#endif
