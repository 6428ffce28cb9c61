#ifndef SCP_FUZZ_STAGE_H
#define SCP_FUZZ_STAGE_H

/*
 * What a whole session needs in order to run inside of a target: a peer that
 * is a piece of the input, a policy, and a tree on a scratch directory.  How
 * much each read() and write() moves, and which of them fails, is taken from
 * the input as well.
 */
#include <sys/types.h>

#include "fuzz.h"
#include "session/session.h"

#define OUT_MAX (1 << 20)

/* Neither is a descriptor that could be open. */
#define PEER_IN	 1000000
#define PEER_OUT 1000001
#define AUDIT	 1000002

/* Bits of the octet that chooses faults. */
#define FAULT_PIECES 1U	 /* reads and writes are cut into pieces */
#define FAULT_DEAF   2U	 /* the peer stops reading after some octets */
#define FAULT_DISK   4U	 /* the disk is full after some octets */
#define FAULT_SHRINK 8U	 /* files end after some octets */
#define FAULT_READ   16U /* files can't be read after some octets */
#define FAULT_NAMED  32U /* nothing can be made without a name */

/* One more of them, no fault: Pipelining yes. */
#define PIPELINES 64U

struct stage {
	struct session session;
	struct request request;
	struct policy policy;
	struct wire wire;
	struct audit audit;
	struct report report;
	struct tree tree;
	int root; /* a descriptor of the served directory */
	const uint8_t *in;
	size_t in_len;
	size_t in_sent;
	bool (*prompt)(void); /* asks for more of it, where a peer listens */
	char out[OUT_MAX];
	size_t out_len;
	unsigned int faults;
	size_t after;	   /* octets until the fault */
	size_t file_bytes; /* written to or read from files so far */
	uint32_t seed;
};

extern struct stage stage;

/* Something of the tree that stands there before each session. */
struct prop {
	const char *path;
	const char *link; /* a symbolic link's words */
	bool dir;
	mode_t mode;
	struct timespec changed;
};

/*
 * Makes the scratch directory, once: root/ and outside/, with outside/f that
 * nobody may read, write or replace.  It lies in TMPDIR.
 */
void stage_open(void);

/* Every file's content is its name over and over, this long. */
#define PROP_SIZE 40
void stage_fill(const char *path, char content[PROP_SIZE]);

/* Makes what is missing of the props. */
void stage_make(struct prop *props, size_t count);

/* The first octets of an input: faults, seed, two keywords. */
void stage_take(struct input *in);

/*
 * Policy, wire, report, tree and session for stage.request.  false where the
 * keywords do not go together.
 */
bool stage_begin(void);
void stage_end(void);

/* What holds after every session, whatever it was. */
void stage_check(void);

/* How many octets of the input the session has really taken. */
size_t stage_taken(void);

/*
 * The next message that begins at *at: \0, \1 or \2, with its words checked;
 * -1 at the end of what was said.
 */
int stage_message(size_t *at);

#endif
