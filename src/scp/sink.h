#ifndef SCP_SINK_H
#define SCP_SINK_H

#include "scp/record.h"
#include "session/target.h"

/* A directory that was entered by D and not yet left by E. */
struct sink_level {
	struct dir dir;
	size_t path_len; /* length of its path */
	mode_t mode;	 /* 9 bits, and perhaps set-group-ID */
	bool made;	 /* by this session */
	bool unlocked;	 /* it has rights that it gets rid of again */
	mode_t locked;	 /* the mode that it had before */
	bool have_times;
	struct timespec times[2]; /* atime, mtime */
};

struct sink {
	struct session *s;
	struct target target;
	struct upload_rules rules;
	int target_error;    /* why nothing can be stored there; 0: none */
	struct relpath here; /* the operand and the names below it */
	size_t base_len;     /* length of the operand's path */
	bool trailing_slash; /* the operand ends in a slash */
	bool received;	     /* a file was stored under the operand */
	bool ended;	     /* by E at the top level, or end of input */
	size_t credit;	     /* go-aheads sent for records still to come */
	bool times_came;     /* a T came before this record, usable or not */
	bool timed;	     /* the last C or D came with a T */
	unsigned int warnings;
	bool have_times; /* a T waits for its C or D */
	struct timespec times[2];
	size_t depth;
	struct upload upload;
	size_t words_len;
	struct sink_level levels[POLICY_DEPTH_MAX]; /* not zeroed from here */
	char line[RECORD_LINE_MAX];
	char words[RECORD_LINE_MAX]; /* the peer's message */
};

/*
 * Opens the target, finds out how files are published there, and returns what
 * this sink may do to files, as bits of enum grant.  Called before the filter
 * is installed.  An error is stored in target_error, since the peer reads it as
 * the first reply of sink_run(); such a sink may do nothing.  seed is the
 * number of the first temporary name.
 */
unsigned int sink_open(struct sink *sink, struct session *s, uint64_t seed);

/*
 * Serves records until the peer ends the session.  Returns 0, or the error
 * that ended it.
 */
int sink_run(struct sink *sink);

/* The directory that the next name is in, and the length of its path. */
struct dir *sink_current_dir(struct sink *sink);
size_t sink_current_len(const struct sink *sink);

/* Whether modes are kept: the peer sent -p and PreserveModes is yes. */
bool sink_preserves(const struct sink *sink);

/*
 * A D record.  Refusing it ends the session, because some peers send the files
 * of the directory anyway, and those would be stored in its parent.  Returns 0
 * or why it is refused.
 */
int sink_enter(struct sink *sink, const struct record *r, struct item *it);

/*
 * Leaves a directory, which gets its times and mode now that it is complete.
 * A directory that existed before keeps its mode, unless the peer sent -p.
 * Returns also ERR_SET_MODE or ERR_SET_TIMES, as for a file.
 */
int sink_leave(struct sink *sink, struct item *it);

/*
 * Closes the directories that are still open.  End of input within them is a
 * good end of the session, so finish gives each its times and mode.
 */
void sink_leave_all(struct sink *sink, bool finish);

/*
 * With Pipelining, go-aheads for later records were sent with an earlier
 * reply, and are counted in credit.  A record uses one up.  One that is left
 * when a C has used its own would be read as the reply to the body of that C,
 * before the body was stored: that is ERR_UNTIMED.  Else it returns 0.
 */
int
sink_take_credit(struct sink *sink, const struct record *r, struct item *it);

/*
 * Returns how many go-aheads to send with the reply to this record, so that
 * the peer does not wait before the next one: one for a C or D, and one for
 * the T before it if this peer sends times.  When such a record is refused,
 * the peer learns of it in the reply to its body.
 */
size_t sink_credit_ahead(struct sink *sink, const struct record *r);

#endif
