#ifndef SCP_WIRE_H
#define SCP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>
#include <time.h>

/* Octets read at once.  Small enough to stay in the processor's cache. */
#define WIRE_BUFFER_SIZE 65536

/* Pieces that wait to go out together. */
#define WIRE_HELD_MAX 6

/*
 * The two ends of the peer.  They stay blocking; a 1 s interval timer
 * interrupts a blocked read or write, and that is when the deadlines are
 * judged, so one may fire a second late.
 */
struct wire {
	int in;
	int out;
	unsigned int idle_limit;    /* seconds without a byte moved; 0: none */
	unsigned int session_limit; /* seconds altogether; 0: none */
	time_t begun;		    /* CLOCK_MONOTONIC, seconds */
	int64_t rate;		    /* octets of bodies a second; 0: any */
	struct timespec due;	    /* when the next may pass */
	bool closing; /* a deadline or signal fired: last words only */
	bool deaf;    /* the peer no longer takes what we write */
	struct iovec held[WIRE_HELD_MAX]; /* goes out with the next write */
	int held_count;
	size_t from; /* the unread part of buf */
	size_t to;
	char buf[WIRE_BUFFER_SIZE];
};

/*
 * Takes over two descriptors, which are made blocking; from here on PIPE and
 * XFSZ are ignored.  Limits in seconds, 0 for none.
 */
void wire_init(struct wire *w, int in, int out, unsigned int idle_limit,
    unsigned int session_limit);

/*
 * Installs the handlers of ALRM, TERM, HUP and INT (without SA_RESTART)
 * and starts the interval timer.  Before lockdown, once.
 * 0 or an errno.
 */
int wire_arm(void);

/* How often the timer has ticked, about once a second. */
unsigned int wire_ticks(void);

/*
 * Reads one control line into line, newline included.  0; ERR_EOF at end of
 * input before its first byte, ERR_LOST within it; ERR_LINE over cap octets.
 * A \1 or \2 message that is too long is cut to cap, not refused.
 */
int wire_line(struct wire *w, char *line, size_t cap, size_t *len);

/*
 * Some of the next bytes, at least one, at most want, without a copy: *p is
 * valid until the next call.  ERR_LOST at end of input.
 */
int wire_chunk(struct wire *w, int64_t want, const char **p, size_t *n);

/*
 * Reads a reply or a body's status: 0 for \0; ERR_PEER for \1 and
 * ERR_PEER_FATAL for \2, with their words (at most cap octets) in text;
 * ERR_EOF; ERR_LOST within the words; ERR_STATUS for any other byte.
 */
int wire_status(struct wire *w, char *text, size_t cap, size_t *len);

/*
 * RateLimit: waits until n octets of a body may have passed.  As accurate as
 * the clock over the session; up to a tenth of a second may be made up.
 */
int wire_pace(struct wire *w, size_t n);

/*
 * Between the blocks of a body, where no call need ever block: 0, ERR_SIGNAL
 * or ERR_TIMEOUT.
 */
int wire_check(struct wire *w);

/*
 * Before lockdown: makes room in the pipe to the peer, so that large bodies
 * take fewer turns.  Nothing that is owed: a kernel may refuse.
 */
void wire_widen(struct wire *w);

/*
 * Moves at most want octets of a file, from where it stands, to the peer
 * without a copy: *n of them, 0 at the end of the file.  EINVAL where this
 * file or this peer does not allow it, or the file fails: then read it.
 */
int wire_send_file(struct wire *w, int fd, size_t want, size_t *n);

/*
 * Writes all of it; one write() where the kernel takes it whole, because some
 * peers read one record a packet.  ERR_DEAF when the peer has closed its end,
 * though it may still be sending; ERR_LOST for anything else.
 */
int wire_write(struct wire *w, const void *p, size_t n);

/* Words for the person behind the peer, on our stderr; whole or not at all. */
void wire_complain(const char *s, size_t n);

/*
 * The same without hurry: it goes out in one call with the next write, or
 * before the next byte is waited for.  p stays the caller's, unchanged until
 * then.
 */
int wire_hold(struct wire *w, const void *p, size_t n);

#endif
