#ifndef SCP_RECORD_H
#define SCP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/name.h"

/* The longest control line, with its newline, in octets. */
#define RECORD_LINE_MAX 4096

/*
 * The highest number of seconds in a T record that is applied.  File systems
 * differ in how they store larger ones, so such times are ignored.
 */
#define RECORD_SECONDS_MAX (INT64_C(1) << 33)

enum record_type {
	RECORD_FILE,	/* C: a file's mode, size and name */
	RECORD_DIR,	/* D: a directory's mode and name */
	RECORD_DIR_END, /* E */
	RECORD_TIMES,	/* T: for the next C or D */
	RECORD_WARNING, /* \1: the peer skipped something */
	RECORD_FATAL,	/* \2: the peer gives up */
};

struct record_times {
	bool usable; /* false: the record is acknowledged but not applied */
	int64_t mtime;
	int64_t atime;	    /* seconds since 1970 */
	int32_t mtime_usec; /* 0 to 999,999 */
	int32_t atime_usec;
};

struct record {
	enum record_type type;
	mode_t mode;		   /* C, D: the low 12 bits */
	int64_t size;		   /* C: octets of the body */
	struct name name;	   /* C, D; "" when refused != 0 */
	int refused;		   /* C, D: why the name can't be stored */
	struct record_times times; /* T */
	const char *text; /* C, D: the name as sent; \1, \2: the message */
	size_t text_len;  /* text points into the line */
};

/*
 * S4: parses one line of len octets with its newline; the grammar is in
 * record.c.  Returns 0 or an error that ends the session.  A name that can't be
 * stored here (control characters, over 255 octets, reserved) is no error,
 * since the body still has to be read: refused is set instead.
 */
int record_parse(struct record *out, const char *line, size_t len);

/*
 * Writes a C, D, E or T record in the form that every known client reads: the
 * mode has four octal digits, the size of a D and all microseconds are "0".
 * Negative times are written as 0.  *len is set to the length of the line.
 * Returns 0, or ENAMETOOLONG when it is longer than cap.
 */
int
record_format(const struct record *record, char *buf, size_t cap, size_t *len);

#endif
