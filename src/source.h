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

/* A directory that is being sent. */
struct source_level {
	struct node node;
	int64_t resume;	 /* where its entries go on */
	size_t path_len; /* of the path that ends in it */
	size_t mark;	 /* its warnings in the report begin here */
};

struct source {
	struct session *s;
	struct relpath here; /* the operand and the names below it */
	bool peer_left;	     /* end of input in place of an answer */
	size_t depth;
	struct source_level levels[POLICY_DEPTH_MAX];
	struct scan scan;
	char words[RECORD_LINE_MAX]; /* of the peer */
	size_t words_len;
	struct digest_sum sum;
	char digest[DIGEST_TEXT_SIZE];
	bool splices; /* this file can go without a copy */
	struct pattern pattern;
	char block[SOURCE_BLOCK_SIZE];
};

/*
 * Serves every operand of the request.  Returns what ended the session: 0 or
 * ERR_EOF when it ended well.
 */
int source_run(struct source *k, struct session *s);

#endif
