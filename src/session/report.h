#ifndef SCP_REPORT_H
#define SCP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/name.h"
#include "session/audit.h"
#include "session/title.h"
#include "session/wire.h"

/*
 * Octets of warnings that wait for the end of their directory.  Warnings that
 * do not fit are only counted.
 */
#define REPORT_QUEUE_SIZE 8192

/* The most go-aheads that one reply can carry. */
#define REPORT_ACKS_MAX 2

enum verb {
	VERB_SESSION, /* errors of the request, a record or the policy */
	VERB_TARGET,  /* opening a sink's operand */
	VERB_TIMES,   /* a T record */
	VERB_PUT,     /* a file received */
	VERB_MKDIR,   /* a directory entered or made */
	VERB_DIR_END, /* a received directory gets its mode and times */
	VERB_PEER,    /* a message from the peer */
	VERB_GET,     /* a file sent */
	VERB_LIST,    /* a directory sent */
	VERB_SETSTAT, /* attributes of what was there (SFTP) */
	VERB_REMOVE,  /* a file's name removed (SFTP) */
	VERB_RMDIR,   /* a directory removed (SFTP) */
	VERB_LINK,    /* a link made; the detail is to what (SFTP) */
	VERB_RENAME,  /* a name changed; the detail is the new one (SFTP) */
};

enum reply {
	REPLY_NONE,  /* none is due */
	REPLY_NOW,   /* the peer waits for it: \0, \1 or \2 */
	REPLY_LATER, /* \1 before the E of this directory; success is silent */
};

/* One thing that the session did or refused: what the log records of it. */
struct event {
	enum verb verb;
	const struct relpath *path; /* from the root; NULL: no path */
	const char *detail;	    /* the peer's message, a bad option */
	size_t detail_len;
	int64_t bytes;	    /* received or sent */
	const char *digest; /* AuditDigest; NULL or "": none */
	mode_t mode;
	bool changed;	/* it is new, or has other attributes: recorded */
	bool recorded;	/* by report_ahead() */
	bool about_dir; /* an EACCES is about the directory it is in */
	struct timespec begun;
};

/* Whose turn it is: how the peer learns of an event. */
struct turn {
	enum reply reply;
	bool acked_early;    /* its \0 was sent with an earlier reply */
	size_t acks_ahead;   /* go-aheads for later records, sent with this */
	bool fatal;	     /* a failure ends the session (\2) */
	bool first;	     /* nothing was said before */
	bool reported_later; /* reported when the peer's answer is read */
};

struct item {
	struct event event;
	struct turn turn;
};

struct report {
	struct wire *wire;
	struct audit *audit;
	struct title title;
	const struct report_start *start; /* what report_started() recorded */
	bool echo_to_stderr; /* failures are printed on stderr as well */
	bool goes_on;	     /* failures of items end nothing, nor do they
				change the exit status: the peer was told */
	bool warns_first;    /* a refusal is sent as \1, and then as \2 */
	bool parting;	     /* \2 was sent, or is what queue holds */
	unsigned int tick;   /* wire_ticks() when the title was last drawn */
	const char *typed;   /* the operand as the peer typed it */
	size_t typed_len;    /* length of the path that typed stands for */
	int status;	     /* exit status so far; it never falls */
	int64_t files;
	int64_t bytes;
	int64_t failures;
	int64_t passed;	 /* octets of bodies so far, also of what failed */
	int64_t current; /* of the body that is passing */
	size_t queued;	 /* octets in queue; of a sink, those of its \2 */
	unsigned int unqueued; /* warnings that did not fit */
	char lack[128];	       /* words of report_lack() */
	char queue[REPORT_QUEUE_SIZE];
};

/* The fields of the start record: who asks, and for what. */
struct report_start {
	const char *user;
	const char *peer; /* address; "" unknown */
	const char *peer_port;
	const char *method; /* of the authentication; "" unknown */
	const char *key;    /* "ssh-ed25519 SHA256:..."; "" unknown */
	const char *form;
	const char *request; /* as it was received; "" none */
	bool confined;	     /* with a Root: else the key may be forged */
	bool peer_claimed;   /* the peer may have named any address */
};

/* The fields of the session record: what is served, and how. */
struct report_session {
	const char *user; /* whose rights it has */
	const char *verb;
	const char *root;
	const char *operand;
	const char *destination; /* of a relay; "" none */
	const char *policy;	 /* its digest */
	int landlock_abi;
	const char *program;
	const char *root_way;
	const char *resolve;
	const char *publish; /* "" for a source */
	bool complete;	     /* every layer is in force */
	bool confined;	     /* with a Root: ps(1) shows no file names */
};

/* Prepares a report to this peer and this audit trail. */
void report_init(struct report *r, struct wire *wire, struct audit *audit);

/*
 * Sets the operand that the next items belong to.  Messages show paths as the
 * peer typed them: typed stands for path and is not copied.
 */
void
report_operand(struct report *r, const char *typed, const struct relpath *path);

/*
 * Begins an item: sets its verb, its reply, its path and the time, and zeroes
 * the rest.  path is not copied; NULL means that the event has no path.
 */
void report_item(struct item *it, enum verb verb, enum reply reply,
    const struct relpath *path);

/*
 * Updates what ps(1) shows: done of size octets of this event have been moved,
 * or of a size that is not known if it is negative.
 * It is drawn at most once a second, so this can be called for every block.
 */
void report_progress(
    struct report *r, const struct event *ev, int64_t done, int64_t size);

/*
 * Turns the outcome of an item, an error or 0, into a reply to the peer, an
 * audit record and an exit status.  Nothing else in the program does.  Returns
 * 0 when the session goes on, else the error that ends it.
 */
int report(struct report *r, const struct item *it, int err);

/*
 * The two halves of report(), for a source, which records a file only when the
 * peer has answered.  report_reply() sends the reply and returns 0 or an error
 * of the wire.  report_record() writes the audit record, counts, and returns
 * what report() does, or ERR_AUDIT when Audit require ends the session; fatal
 * means that a failure of this event ends the session.
 */
int report_reply(struct report *r, const struct item *it, int err);
int
report_record(struct report *r, const struct event *ev, bool fatal, int err);

/*
 * Records an event as successful before it is: before a file appears under its
 * name, and before the last octet of a download leaves, so that a session that
 * is killed right after has left a record.  If it fails nevertheless, a second
 * record says so.  Returns 0, or ERR_AUDIT when Audit require forbids to go on.
 */
int report_ahead(struct report *r, struct event *ev);

/*
 * What the file system refused to an upload that is stored all the same, as
 * errnos or 0: returns ERR_SET_MODE or ERR_SET_TIMES, whose words become the
 * event's detail, or 0.  Called before report_ahead().
 */
int report_lack(
    struct report *r, struct event *ev, int refused_mode, int refused_times);

/*
 * Records that an event begins to change what a name already refers to: before
 * the first octet of an upload that is written in place.  What became of it is
 * a second record.  Returns 0 or ERR_AUDIT.
 */
int report_begun(struct report *r, const struct event *ev);

/*
 * As report_begun(), before names, links, directories or attributes change.
 * Without Audit require, which allows no change without a record, this does
 * nothing: the record of the outcome is enough.
 */
int report_change(struct report *r, const struct event *ev);

/*
 * report_flush() sends the warnings queued since mark, which report_mark()
 * returned when a directory was entered.  It is called before the E of that
 * directory.  Returns 0 or an error of the wire.
 */
size_t report_mark(const struct report *r);
int report_flush(struct report *r, size_t mark);

/*
 * Writes the start record, before anything is decided.  *s is not copied.
 * Returns 0 or ERR_AUDIT.
 */
int report_started(struct report *r, const struct report_start *s);

/* Writes the session record.  Returns 0 or ERR_AUDIT. */
int report_session(struct report *r, const struct report_session *s);

/*
 * Writes the record of a session that is refused with an error.  It follows
 * that of the start, whose peer it repeats for programs that read single lines.
 * The detail is that of the event.
 */
void report_refused(struct report *r, const struct event *ev, int err);

/*
 * Takes leave of a peer that was told that the session ends; see farewell.h.
 * Everything is recorded before, since it takes time.  confined means that
 * what the peer sends may be read.
 */
void report_farewell(struct report *r, bool confined);

/*
 * Writes the record of a relay: the exit status of ssh, where 255 is a failure
 * of ssh itself, and the exit status of the whole.  Returns the latter, or that
 * of a record that can't be written, with Audit require.
 */
int report_relayed(
    struct report *r, const char *destination, int ssh_status, int status);

/*
 * Writes the end record; err is what ended the session, 0 when it went well.
 * Records that are lost and that no record counts are told on standard error.
 * Returns the exit status.
 */
int report_ended(struct report *r, int err);

#endif
