#ifndef SCP_SOURCE_H
#define SCP_SOURCE_H

#include "digest.h"
#include "pattern.h"
#include "record.h"
#include "session.h"

/* Octets of a body read and written at once. */
#define SOURCE_BLOCK_SIZE 65536

/* Octets that the kernel moves at once. */
#define SOURCE_SPLICE_SIZE (1 << 20)

/* What OpenSSH sends of a mode: never the sticky bit. */
#define SOURCE_MODE_SENT 06777

/* A directory that is being sent. */
struct source_level {
	struct node node;
	int64_t resume;	 /* where its entries go on */
	size_t path_len; /* of the path that ends in it */
	size_t mark;	 /* its warnings in the report begin here */
};

/* Answers that may be owed at once, in the order in which they come. */
enum { OWED_BODY, OWED_DIR, OWED_COUNT };

/* An item whose last answer is heard later. */
struct source_owed {
	bool due;
	struct item item;
	struct relpath path;
	char digest[DIGEST_TEXT_SIZE];
};

struct source {
	struct session *s;
	struct relpath here; /* the operand and the names below it */
	bool peer_left;	     /* end of input in place of an answer */
	size_t depth;
	size_t words_len;
	struct digest_sum sum;
	char digest[DIGEST_TEXT_SIZE];
	bool splices; /* this file can go without a copy */
	size_t ahead; /* octets in block that were read before their turn */
	struct source_level levels[POLICY_DEPTH_MAX]; /* untouched from here */
	struct source_owed owed[OWED_COUNT];
	struct scan scan;
	char words[RECORD_LINE_MAX];	  /* of the peer */
	char times_line[RECORD_LINE_MAX]; /* wait to go out with the next */
	char end_line[RECORD_LINE_MAX];
	struct pattern pattern;
	char block[SOURCE_BLOCK_SIZE];
};

/* Serves every operand of the request: 0, or the error that ended it. */
int source_run(struct source *k, struct session *s);

/*
 * For source.c: what is said and heard, in lock-step or pipelined.
 *
 * The peer's first \0; its \1 here is counted, and it still wants files.
 */
int source_begin(struct source *k);

/*
 * Lock-step: hears what is owed, so that it is reported before *it is; what
 * ends the session there is not reported with *it once more.
 */
int source_catch_up(struct source *k, struct item *it);

/* T when asked for, then C or D. */
int source_announce(struct source *k, const struct info *info,
    const struct name *name, struct item *it);

/* The peer's leave to go on with what was announced. */
int source_hear(struct source *k, const struct info *info, struct item *it);

/*
 * Our status of the body; the peer's is heard later, and reported then.
 * broken: what was wrong with ours, and then it is heard at once.
 */
int source_body_end(struct source *k, struct item *it, int broken);

/* E, in the same way. */
int source_dir_end(struct source *k, struct item *it);

/* Hears what is still owed.  err: what ended the session; 0 it went well. */
int source_end(struct source *k, int err);

#endif
