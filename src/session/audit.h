#ifndef SCP_AUDIT_H
#define SCP_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/policy.h"

/* The most octets of one record. */
#define AUDIT_RECORD_MAX 8192

/*
 * How long records wait for a log socket that is full: one of them, and all of
 * a session together, in milliseconds.
 */
#define AUDIT_WAIT_RECORD 5000
#define AUDIT_WAIT_ALL	  30000

/* Octets of a date and time, which has a year of four digits. */
#define AUDIT_STAMP_SIZE 64

/*
 * The audit trail: one record for each event, written to the system's log
 * socket or to a file.  Either is opened before the process is confined.  Text
 * from outside is escaped here (S9), so no peer can forge or break a record.
 */
struct audit {
	int fd;		/* -1: nowhere to write */
	bool is_socket; /* the system's log */
	bool is_stream; /* and not one of datagrams */
	bool required;	/* Audit require */
	bool torn;	/* the last record was cut off */
	dev_t dev;	/* which file it is; ino 0: none */
	ino_t ino;
	enum audit_format format;
	pid_t pid;
	int64_t waited;	    /* milliseconds, for a socket that was full */
	unsigned long lost; /* records that could not be written */
	unsigned long lost_reported; /* those that a later record has counted */
	int64_t second;		     /* the time that stamp shows */
	char stamp[AUDIT_STAMP_SIZE];
	size_t used;
	char line[AUDIT_RECORD_MAX + 1];
};

/*
 * Opens the log that the policy names, or with NULL the system's, for a policy
 * that could not be determined.  Returns 0, or ERR_CONFIG when the path
 * of AuditLog can't be opened, with errno, or 0 for what is no file.  Without a
 * log socket it is ERR_AUDIT with Audit require; else the session goes on, and
 * its records are counted as lost.
 */
int audit_open(struct audit *a, const struct policy *policy);

/*
 * A record is begun, gets its fields in order, and is written by audit_end(),
 * which returns 0, or ERR_AUDIT when it could not be written and Audit is
 * require.  A field that does not fit is left out.  word is not escaped, s is;
 * one that is cut is followed by a field with its digest.
 * A record after lost ones has their number.
 */
void audit_begin(struct audit *a, const char *event);
void audit_word(struct audit *a, const char *key, const char *word);
void audit_text(struct audit *a, const char *key, const char *s, size_t len);
void audit_number(struct audit *a, const char *key, int64_t n);
void audit_mode(struct audit *a, const char *key, mode_t mode); /* octal */
int audit_end(struct audit *a);

#endif
