#ifndef SCP_RECORD_H
#define SCP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "name.h"

/* The longest control line, with its newline, in octets. */
#define RECORD_LINE_MAX 4096

/*
 * Seconds of a T record that we apply: 0 to this.  Beyond it file systems
 * disagree about what they store, so the times are dropped.
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
	bool usable; /* false: acknowledged, but not to be applied */
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
	const char *text; /* C, D: the name as sent; \1, \2: the words */
	size_t text_len;  /* both point into the line */
};

/*
 * S4: reads one whole line, its newline included; the grammar is in record.c.
 * 0 or a fatal ERR_*.  A name that is well formed but can't be stored here
 * (control characters, over 255 octets, reserved) is no error: its body still
 * has to be read, so the record comes back with refused set.
 */
int record_parse(struct record *out, const char *line, size_t len);

/*
 * Writes a C, D, E or T record as every known client reads it: four octal
 * digits, size "0" for D, microseconds "0".  Negative times become 0.
 * ENAMETOOLONG when cap is not enough.
 */
int
record_format(const struct record *record, char *buf, size_t cap, size_t *len);

#endif
