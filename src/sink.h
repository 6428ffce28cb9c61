#ifndef SCP_SINK_H
#define SCP_SINK_H

#include "grants.h"
#include "record.h"
#include "session.h"

/* A directory that was entered by D and not yet left by E. */
struct sink_level {
	struct dir dir;
	size_t path_len; /* of the path that ends in it */
	mode_t mode;	 /* 9 bits */
	bool made;
	bool have_times;
	struct timespec times[2]; /* atime, mtime */
};

struct sink {
	struct session *s;
	struct target target;
	struct upload_rules rules;
	int target_error;    /* why the operand can't be stored to */
	struct relpath here; /* the operand and the names below it */
	size_t base_len;     /* of the operand alone */
	bool spelt_as_dir;   /* the operand ends in a slash */
	bool received;	     /* a file operand has had its file */
	bool ended;	     /* by E at the top level, or end of input */
	size_t credit;	     /* go-aheads given for records still to come */
	bool times_came;     /* before the record at hand, of use or not */
	bool timed;	     /* the last C or D came with a T */
	unsigned int warnings;
	bool have_times; /* a T waits for its C or D */
	struct timespec times[2];
	size_t depth;
	struct upload upload;
	size_t words_len;
	struct sink_level levels[POLICY_DEPTH_MAX]; /* untouched from here on */
	char line[RECORD_LINE_MAX];
	char words[RECORD_LINE_MAX]; /* of the peer */
};

/*
 * Before the filter: finds the one target and how files are published there.
 * An error is kept, for the peer reads it as our first reply.  seed is for
 * temporary names.
 */
void sink_open(struct sink *k, struct session *s, uint64_t seed);

/*
 * What this sink may do to files (enum grant), now that its target is known;
 * its uploads keep to that from here on.
 */
unsigned int sink_grants(struct sink *k);

/* How files get their names here, for the start record. */
const char *sink_publish_way(const struct sink *k);

/* Is the operand a directory, so that names go into it? */
bool sink_stores_in_target(const struct sink *k);

/* Serves records until the peer ends: 0, or the error that ended it. */
int sink_run(struct sink *k);

#endif
