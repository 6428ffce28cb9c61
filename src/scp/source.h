#ifndef SCP_SOURCE_H
#define SCP_SOURCE_H

#include "base/digest.h"
#include "scp/record.h"
#include "session/session.h"
#include "tree/expand.h"

/* Octets of a body read and written at once. */
#define SOURCE_BLOCK_SIZE 65536

/* Octets sent by one sendfile(2). */
#define SOURCE_SENDFILE_SIZE (1 << 20)

/* The bits of a mode that are sent.  As in OpenSSH, not the sticky bit. */
#define SOURCE_MODE_SENT 06777

/* A directory that is being sent. */
struct source_level {
	struct node node;
	int64_t resume;	 /* offset of the next entry: see tree_next() */
	size_t path_len; /* length of its path */
	size_t mark;	 /* report_mark() when it was entered */
};

/* Replies that may be read later, in the order in which they arrive. */
enum { DEFERRED_BODY, DEFERRED_DIR, DEFERRED_COUNT };

/* An event that is recorded when its last reply is read. */
struct source_deferred {
	bool pending;
	struct event event;
	struct relpath path;
	char digest[DIGEST_TEXT_SIZE];
};

struct source {
	struct session *s;
	struct relpath here;  /* the operand and the names below it */
	size_t operand_len;   /* length of the operand's path */
	char match[PATH_MAX]; /* of a pattern, as it was found */
	bool peer_left;	      /* end of input came instead of a reply */
	size_t depth;
	size_t words_len;
	struct digest_sum sum;
	char digest[DIGEST_TEXT_SIZE];
	bool zero_copy;	   /* sendfile(2) works for this file */
	size_t prefetched; /* octets of the body already read into block */
	/* the root is one more than MaxDepth counts; not zeroed from here */
	struct source_level levels[POLICY_DEPTH_MAX + 1];
	struct source_deferred deferred[DEFERRED_COUNT];
	struct scan scan;
	char words[RECORD_LINE_MAX];	  /* the peer's message */
	char times_line[RECORD_LINE_MAX]; /* a T that is queued */
	char end_line[RECORD_LINE_MAX];	  /* an E that is queued */
	struct pattern pattern;
	char block[SOURCE_BLOCK_SIZE];
};

/*
 * Serves every operand of the request.  Returns 0, or the error that ended the
 * session.
 */
int source_run(struct source *source, struct session *s);

/*
 * The functions below are for source.c alone.  They talk to the peer, in
 * lock-step or pipelined, and return 0, an error of this item or an error of
 * the connection.
 *
 * source_begin() reads the peer's first reply.  A \1 is counted as a failure,
 * and the session goes on.
 */
int source_begin(struct source *source);

/*
 * In lock-step, reads the replies that are pending, so that they are reported
 * before *it.  An error there marks *it as reported.  With Pipelining it does
 * nothing.
 */
int source_catch_up(struct source *source, struct item *it);

/* Sends a C or D for this file or directory, after a T if -p was given. */
int source_announce(struct source *source, const struct info *info,
    const struct name *name, struct item *it);

/* Reads the peer's reply to the C or D. */
int
source_hear(struct source *source, const struct info *info, struct item *it);

/*
 * Sends the status after a body.  The peer's reply is read and reported later.
 * broken is the error that our body had, or 0; after an error the reply is read
 * at once.
 */
int source_body_end(struct source *source, struct item *it, int broken);

/* Sends an E.  The peer's reply is read and reported later. */
int source_dir_end(struct source *source, struct item *it);

/*
 * Reads the replies that are pending.  err is what ended the session, 0 when
 * it went well; after an error nothing is read, and the items count as not
 * answered.  Returns the error that ended the session, or 0.
 */
int source_end(struct source *source, int err);

#endif
