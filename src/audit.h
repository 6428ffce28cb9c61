#ifndef SCP_AUDIT_H
#define SCP_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy.h"

/* Octets of one record at most, whatever is in it. */
#define AUDIT_RECORD_MAX 8192

/* A date and time to the second; the year of an int64_t has 12 digits. */
#define AUDIT_STAMP_SIZE 64

/*
 * The audit trail: one record per event, to the system's log socket or to a
 * file, either opened before lockdown.  Text that comes from outside is
 * escaped here (S9), so no peer can forge or break a record.
 */
struct audit {
	int fd; /* -1: nowhere to write */
	bool datagram;
	bool torn; /* the last record was cut off */
	enum audit_format format;
	pid_t pid;
	unsigned long lost; /* records that could not be written */
	int64_t second;	    /* that stamp stands for */
	char stamp[AUDIT_STAMP_SIZE];
	size_t used;
	char line[AUDIT_RECORD_MAX + 1];
};

/*
 * Opens what the policy names.  Without a log socket the session goes on and
 * records count as lost; an AuditLog path that can't be opened is ERR_CONFIG.
 */
int audit_open(struct audit *a, const struct policy *policy);

/* A record is begun, gets its fields in order, and is written whole. */
void audit_begin(struct audit *a, const char *event);
void audit_word(struct audit *a, const char *key, const char *word);
void audit_text(struct audit *a, const char *key, const char *s, size_t len);
void audit_number(struct audit *a, const char *key, int64_t n);
void audit_mode(struct audit *a, const char *key, mode_t mode); /* octal */
void audit_end(struct audit *a);

#endif
