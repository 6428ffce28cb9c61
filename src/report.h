#ifndef SCP_REPORT_H
#define SCP_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "audit.h"
#include "name.h"
#include "title.h"
#include "wire.h"

/* Octets of warnings that wait for their directory's end; more are counted. */
#define REPORT_QUEUE_SIZE 8192

/* Go-aheads in one reply at most. */
#define REPORT_AHEAD_MAX 2

enum verb {
	VERB_SESSION, /* what concerns no item: request, record, policy */
	VERB_TARGET,  /* opening a sink's operand */
	VERB_TIMES,   /* a T record */
	VERB_PUT,     /* a file received */
	VERB_MKDIR,   /* a directory entered or made */
	VERB_DIR_END, /* its modes and times */
	VERB_PEER,    /* a message of the peer's */
	VERB_GET,     /* a file sent */
	VERB_LIST,    /* a directory sent */
};

enum reply {
	REPLY_NONE,  /* none is due */
	REPLY_NOW,   /* the peer waits for it: \0, \1 or \2 */
	REPLY_LATER, /* \1 before the E of this directory; success is silent */
};

/* One thing that was done or refused. */
struct item {
	enum verb verb;
	enum reply reply;
	bool told;	/* its \0 went out ahead, with an earlier reply */
	size_t ahead;	/* go-aheads for what comes next, in the same write */
	bool stop;	/* a failure ends the session (\2) */
	bool elsewhere; /* its outcome is reported with another item */
	const struct relpath *path; /* from the root; NULL: no path */
	const char *detail;	    /* words of the peer, a bad option */
	size_t detail_len;
	int64_t bytes;	    /* received or sent */
	const char *digest; /* AuditDigest; NULL or "": none */
	mode_t mode;
	bool made; /* VERB_MKDIR: it is new */
	struct timespec begun;
};

struct report {
	struct wire *wire;
	struct audit *audit;
	struct title title;
	bool aloud; /* a person reads our stderr: say there what failed */
	unsigned int tick; /* of the wire, when the title was last drawn */
	const char *typed; /* the operand as the peer typed it */
	size_t typed_len;  /* length of its path, which typed stands for */
	int status;	   /* exit status so far: it only rises */
	int64_t files;
	int64_t bytes;
	int64_t failures;
	size_t queued;
	unsigned int unqueued; /* warnings that found no room */
	char queue[REPORT_QUEUE_SIZE];
};

/* What the start record says. */
struct report_start {
	const char *user;
	const char *peer; /* address; "" unknown */
	const char *peer_port;
	const char *method; /* of the authentication; "" unknown */
	const char *key;    /* "ssh-ed25519 SHA256:..."; "" unknown */
	const char *form;
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
	bool confined;	     /* there is a Root: ps(1) shows no names */
};

void report_init(struct report *r, struct wire *wire, struct audit *audit);

/* The operand that the next items belong to: path is what typed means. */
void
report_operand(struct report *r, const char *typed, const struct relpath *path);

/* Begins an item: its verb, its reply and the time. */
void report_item(struct item *it, enum verb verb, enum reply reply,
    const struct relpath *path);

/*
 * done of size octets of this item have been moved: what ps(1) shows, at most
 * once a second.  Cheap enough for every block.
 */
void report_progress(
    struct report *r, const struct item *it, int64_t done, int64_t size);

/*
 * Turns an outcome into reply, audit record and exit status; nothing else
 * does.  0: go on; else the error that the session ends with.
 */
int report(struct report *r, const struct item *it, int err);

/* The same in two halves, for a source whose peer has the last word. */
int report_reply(struct report *r, const struct item *it, int err);
int report_record(struct report *r, const struct item *it, int err);

/*
 * Warnings that came after mark are sent, before a directory's E.  mark is
 * what report_mark() said when the directory was entered.
 */
size_t report_mark(const struct report *r);
int report_flush(struct report *r, size_t mark);

void report_started(struct report *r, const struct report_start *s);

/*
 * The launcher of a relay: one record of how ssh ended, 255 being its own
 * failure, and of the whole.
 */
void report_relayed(
    struct report *r, const char *destination, int ssh_status, int status);

/* The last record; returns the exit status. */
int report_ended(struct report *r, int err);

#endif
