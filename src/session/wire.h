#ifndef SCP_WIRE_H
#define SCP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>

/* Octets read at once: few enough to stay in the processor's cache. */
#define WIRE_BUFFER_SIZE 65536

/* The most pieces that can wait for one write. */
#define WIRE_QUEUE_MAX 6

/*
 * The connection to the peer.  Its descriptors block.  A 1 s interval timer
 * interrupts a read or write that waits, and the time limits are checked
 * then, so a limit may take effect a second late.
 */
struct wire {
	int in;
	int out;
	unsigned int idle_limit;    /* seconds without progress; 0: none */
	unsigned int session_limit; /* seconds altogether; 0: none */
	time_t begun;		    /* CLOCK_MONOTONIC, seconds */
	int64_t rate;		    /* octets a second of input, and of bodies
				       that are sent; 0: any */
	bool rate_is_asked;	    /* by the peer: it waits for itself, which
				       counts as idle time */
	struct timespec due;	    /* when the next octet may pass */
	bool final_words;	    /* a limit or signal has ended the session:
				       only the last message may go out */
	bool peer_closed;	    /* nothing can be written any more */
	struct iovec queued[WIRE_QUEUE_MAX]; /* sent with the next write */
	int queued_count;
	size_t from; /* the unread part of buf: from here */
	size_t to;   /* to here */
	char buf[WIRE_BUFFER_SIZE];
};

/*
 * Prepares a connection that reads from in and writes to out.  Both
 * descriptors are made blocking, and the process ignores SIGPIPE and SIGXFSZ
 * from then on.  The limits are in seconds; 0 means no limit.  RateLimit is
 * set by the caller, in rate.
 */
void wire_init(struct wire *w, int in, int out, unsigned int idle_limit,
    unsigned int session_limit);

/*
 * Installs the handlers of SIGALRM, SIGTERM, SIGHUP and SIGINT (without
 * SA_RESTART) and starts the interval timer.  With a limit of the session,
 * another timer sends SIGKILL 5 s after it.  Called before the process is
 * confined.  Returns 0 or an errno.
 */
int wire_arm(const struct wire *w);

/*
 * Returns the number of times the timer has fired, modulo 65536.  It fires
 * about once a second.
 */
unsigned int wire_ticks(void);

/*
 * Reads more into the buffer, behind what is unread.  What is queued is written
 * first, since the peer may be waiting for it.  Under RateLimit, what was read
 * is handed out when its time has come: records and names as well as bodies.
 * Returns 0, ERR_EOF at end of input, or what wire_line() returns.
 */
int wire_more(struct wire *w);

/*
 * Reads one control line of at most cap octets into line, its newline
 * included, and sets *len to its length.  Returns 0, ERR_EOF at end of input
 * before the first byte of a line, ERR_LOST at end of input within a line or
 * when reading fails, or ERR_LINE when the line is longer than cap.  A \1 or \2
 * message that is too long is cut to cap instead of being refused.  Like every
 * function here that waits, it also returns ERR_TIMEOUT or ERR_SIGNAL, once,
 * and ERR_LOST from then on.
 */
int wire_line(struct wire *w, char *line, size_t cap, size_t *len);

/*
 * Sets *p to the next *n bytes of input, at least one and at most want.  They
 * are not copied: *p is valid until the next call that reads.  Returns 0, or
 * ERR_LOST at end of input.
 */
int wire_chunk(struct wire *w, int64_t want, const char **p, size_t *n);

/*
 * Sets *p to the next want octets of input, at most WIRE_BUFFER_SIZE, which
 * stay unread.  Returns 0; ERR_EOF at end of input before the first of them;
 * ERR_LOST after it; or what wire_line() returns.
 */
int wire_peek(struct wire *w, size_t want, const char **p);

/* Returns how many octets wire_peek() would not have to wait for. */
size_t wire_unread(const struct wire *w);

/* Takes n octets that wire_peek() has shown. */
void wire_take(struct wire *w, size_t n);

/*
 * Reads a reply, or the status after a body.  Returns 0 for \0, ERR_PEER for
 * \1 and ERR_PEER_FATAL for \2.  The message after \1 or \2 is stored in text,
 * cut to cap octets and without its newline, and *len is set to its length.
 * Returns ERR_EOF at end of input, ERR_LOST within a message, and ERR_STATUS
 * for any other byte.
 */
int wire_status(struct wire *w, char *text, size_t cap, size_t *len);

/*
 * Reads and drops the rest of a line, up to and including its newline.  Returns
 * 0, or ERR_LOST at end of input.
 */
int wire_drop_line(struct wire *w);

/*
 * Keeps to RateLimit: waits until n more octets may have passed.  All input is
 * paced where it is read; a body that is sent is paced by its sender.  A
 * transfer that fell behind may catch up by at most a tenth of a second; apart
 * from that the rate is kept over the whole session.  A pause that the peer
 * asked for is idle time.  Returns 0, ERR_SIGNAL or ERR_TIMEOUT.
 */
int wire_pace(struct wire *w, size_t n);

/*
 * The most octets of a body to send at once, which are paced afterwards: what
 * RateLimit allows in a hundredth of a second, but no more than this.
 */
size_t wire_portion(const struct wire *w, size_t most);

/*
 * Checks for a signal or a time limit without waiting.  Called between the
 * blocks of a body, where it may be that no call blocks and is interrupted.
 * Returns 0, ERR_SIGNAL, ERR_TIMEOUT or ERR_LOST.
 */
int wire_check(struct wire *w);

/*
 * Enlarges the pipe to the peer, so that large bodies take fewer system calls.
 * Called before the filter is installed.  Best effort.
 */
void wire_grow_pipe(struct wire *w);

/*
 * Sends at most want octets of a file, from *at or, if that is NULL, from its
 * current offset, with sendfile(2); *at is advanced.  Sets *n to the number
 * sent, which is 0 at the end of the file.  Returns 0, the errors of
 * wire_write(), or EINVAL when sendfile(2) does not work for this file and this
 * peer or fails: the caller then reads the file.
 */
int wire_send_file(struct wire *w, int fd, off_t *at, size_t want, size_t *n);

/*
 * Writes what is queued and then all n octets at p.  It is one system call
 * where the kernel takes everything at once, because some peers expect one
 * record in each packet.  Returns 0; ERR_DEAF when the peer has closed the end
 * that it reads from, though it may still be sending; ERR_LOST for any other
 * error; ERR_SIGNAL or ERR_TIMEOUT.
 */
int wire_write(struct wire *w, const void *p, size_t n);

/*
 * Writes a message of n octets to standard error, which ssh passes on to the
 * user.  Errors are ignored.
 */
void wire_print_error(const char *s, size_t n);

/*
 * Queues n octets.  They are sent in one system call with the next write, or
 * before the next read that has to wait.  They are not copied: the caller
 * keeps them unchanged until then.  Returns 0, ERR_DEAF, or the errors of
 * wire_write() when the queue was full and had to be written first.
 */
int wire_queue(struct wire *w, const void *p, size_t n);

#endif
