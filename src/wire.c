#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <unistd.h>

#include "err.h"

/*
 * Octets of the pipe to the peer; an ordinary one has 64 KiB.  More gains
 * little, and an account has 64 MiB of pipes before new ones get short.
 */
#define PIPE_SIZE (256 << 10)

/* What RateLimit lets a transfer make up, in nanoseconds. */
#define BURST 100000000

/* Set by the handlers, judged wherever a call was interrupted. */
static volatile sig_atomic_t asked_to_stop;
static volatile sig_atomic_t ticked;
static volatile sig_atomic_t ticks; /* modulo 2^16 */

static void
on_signal(int number)
{
	if (number == SIGALRM) {
		ticked = 1;
		ticks = (ticks + 1) & 0xffff;
	} else
		asked_to_stop = 1;
}

unsigned int
wire_ticks(void)
{
	return (unsigned int)ticks;
}

int
wire_arm(void)
{
	static const int caught[] = { SIGALRM, SIGTERM, SIGHUP, SIGINT };
	static const struct itimerval second = { { 1, 0 }, { 1, 0 } };
	struct sigaction act;
	sigset_t none;
	size_t i;

	memset(&act, 0, sizeof(act));
	act.sa_handler = on_signal;
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (sigaction(caught[i], &act, NULL) != 0)
			return errno;
	(void)sigemptyset(&none); /* can't fail */
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 ||
	    setitimer(ITIMER_REAL, &second, NULL) != 0)
		return errno;
	return 0;
}

static time_t
now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* this clock always exists */
	return t.tv_sec;
}

static void
ignore(int number)
{
	struct sigaction act;

	memset(&act, 0, sizeof(act));
	act.sa_handler = SIG_IGN;
	(void)sigaction(number, &act, NULL); /* only fails for a bad number */
}

/*
 * Blocking is what the deadlines are built on.  Whoever left us a descriptor
 * that does not block has no further use for that.
 */
static void
make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1 && (flags & O_NONBLOCK) != 0)
		/* where it fails, reading will */
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

void
wire_init(struct wire *w, int in, int out, unsigned int idle_limit,
    unsigned int session_limit)
{
	/* what is not read before it is written stays untouched memory */
	memset(w, 0, offsetof(struct wire, buf));
	w->in = in;
	w->out = out;
	w->idle_limit = idle_limit;
	w->session_limit = session_limit;
	w->begun = now();
	ignore(SIGPIPE); /* a peer that is gone is an error of write() */
	ignore(SIGXFSZ); /* and a file that is too large one too */
	make_blocking(in);
	make_blocking(out);
}

static bool
passed(time_t seconds, unsigned int limit)
{
	return limit > 0 && seconds >= (time_t)limit;
}

/*
 * Called when the timer ticked or a signal came: has a limit been passed?
 * *idle_since is when the tick first found this call waiting; 0 before.
 */
static int
judge(struct wire *w, time_t *idle_since)
{
	time_t t = now();
	bool stop = asked_to_stop != 0;

	ticked = 0;
	asked_to_stop = 0;
	if (*idle_since == 0)
		*idle_since = t;
	if (w->closing)
		return ERR_LOST;
	if (!stop && !passed(t - w->begun, w->session_limit) &&
	    !passed(t - *idle_since, w->idle_limit))
		return 0;
	w->closing = true;
	return stop ? ERR_SIGNAL : ERR_TIMEOUT;
}

static int flush(struct wire *w);

/*
 * Reads what there is into an empty buffer, after the peer has got all that it
 * may be waiting for; ERR_EOF at end of input.
 */
static int
fill(struct wire *w)
{
	time_t idle_since = 0;
	ssize_t n;
	int e;

	if ((e = flush(w)) != 0 && e != ERR_DEAF)
		return e;
	for (;;) {
		if ((ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0)
			return e;
		n = read(w->in, w->buf, sizeof(w->buf));
		if (n > 0)
			break;
		/* a socket that is closed on words of ours left unread */
		if (n == 0 || errno == ECONNRESET)
			return ERR_EOF;
		if (errno != EINTR)
			return ERR_LOST;
	}
	w->from = 0;
	w->to = (size_t)n;
	return 0;
}

/* Drops the rest of a message that is longer than we keep. */
static int
drop_line(struct wire *w)
{
	const char *newline;
	int e;

	for (;;) {
		newline = memchr(w->buf + w->from, '\n', w->to - w->from);
		if (newline != NULL) {
			w->from = (size_t)(newline - w->buf) + 1;
			return 0;
		}
		w->from = w->to;
		if ((e = fill(w)) != 0)
			return e == ERR_EOF ? ERR_LOST : e;
	}
}

/* Moves bytes into line up to and including a newline, as many as fit. */
static bool
move_line(struct wire *w, char *line, size_t cap, size_t *used)
{
	size_t n = w->to - w->from;
	const char *newline;

	if (n > cap - *used)
		n = cap - *used;
	newline = memchr(w->buf + w->from, '\n', n);
	if (newline != NULL)
		n = (size_t)(newline - w->buf) + 1 - w->from;
	memcpy(line + *used, w->buf + w->from, n);
	*used += n;
	w->from += n;
	return newline != NULL;
}

int
wire_line(struct wire *w, char *line, size_t cap, size_t *len)
{
	size_t used = 0;
	int e;

	while (w->from == w->to || !move_line(w, line, cap, &used)) {
		if (used == cap) {
			if (line[0] != '\1' && line[0] != '\2')
				return ERR_LINE;
			line[cap - 1] = '\n';
			if ((e = drop_line(w)) != 0)
				return e;
			break;
		}
		if ((e = fill(w)) != 0)
			return e == ERR_EOF && used > 0 ? ERR_LOST : e;
	}
	*len = used;
	return 0;
}

int
wire_chunk(struct wire *w, int64_t want, const char **p, size_t *n)
{
	size_t have;
	int e;

	if (w->from == w->to && (e = fill(w)) != 0)
		return e == ERR_EOF ? ERR_LOST : e;
	have = w->to - w->from;
	if (want < (int64_t)have)
		have = (size_t)want;
	*p = w->buf + w->from;
	*n = have;
	w->from += have;
	return 0;
}

int
wire_status(struct wire *w, char *text, size_t cap, size_t *len)
{
	size_t used = 0;
	bool whole = false;
	char c;
	int e;

	*len = 0;
	if (w->from == w->to && (e = fill(w)) != 0)
		return e;
	c = w->buf[w->from++];
	if (c == '\0')
		return 0;
	if (c != '\1' && c != '\2')
		return ERR_STATUS;
	while (!whole && used < cap) {
		if (w->from == w->to && (e = fill(w)) != 0)
			return e == ERR_EOF ? ERR_LOST : e;
		whole = move_line(w, text, cap, &used);
	}
	if (!whole && (e = drop_line(w)) != 0)
		return e;
	*len = whole ? used - 1 : used;
	return c == '\1' ? ERR_PEER : ERR_PEER_FATAL;
}

/* a - b, in nanoseconds */
static int64_t
nanoseconds_between(const struct timespec *a, const struct timespec *b)
{
	return (a->tv_sec - b->tv_sec) * INT64_C(1000000000) + a->tv_nsec -
	    b->tv_nsec;
}

static void
add_nanoseconds(struct timespec *t, int64_t n)
{
	n += t->tv_nsec;
	t->tv_sec += n / 1000000000;
	t->tv_nsec = (long)(n % 1000000000); /* fits */
}

int
wire_pace(struct wire *w, size_t n)
{
	struct timespec t = { 0, 0 };
	time_t waiting = 0;
	int e;

	if (w->rate == 0)
		return 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* it always exists */
	if (nanoseconds_between(&t, &w->due) > BURST) {
		w->due = t;
		w->due.tv_sec--;
		add_nanoseconds(&w->due, 1000000000 - BURST);
	}
	add_nanoseconds(&w->due, (int64_t)((double)n * 1e9 / (double)w->rate));
	if (nanoseconds_between(&w->due, &t) <= 0)
		return 0;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &w->due, NULL) ==
	    EINTR) {
		waiting = 0; /* that is not the peer's idleness */
		if ((e = judge(w, &waiting)) != 0)
			return e;
	}
	return 0;
}

int
wire_check(struct wire *w)
{
	time_t not_idle = 0;

	return ticked || asked_to_stop ? judge(w, &not_idle) : 0;
}

void
wire_widen(struct wire *w)
{
	(void)fcntl(w->out, F_SETPIPE_SZ, PIPE_SIZE); /* or it stays as it is */
}

/* The kernel would not take it. */
static int
deafen(struct wire *w)
{
	w->deaf = true;
	w->held_count = 0;
	return errno == EPIPE ? ERR_DEAF : ERR_LOST;
}

int
wire_send_file(struct wire *w, int fd, size_t want, size_t *n)
{
	time_t idle_since = 0;
	ssize_t sent;
	int e;

	if ((e = wire_write(w, "", 0)) != 0) /* what is held comes first */
		return e;
	while ((sent = sendfile(w->out, fd, NULL, want)) == -1) {
		if (errno == EPIPE)
			return deafen(w);
		if (errno != EINTR)
			return EINVAL;
		if ((ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0)
			return e;
	}
	*n = (size_t)sent;
	return 0;
}

/* Leaves out the first n octets. */
static void
skip_held(struct wire *w, size_t n)
{
	int done = 0;

	while (done < w->held_count && n >= w->held[done].iov_len)
		n -= w->held[done++].iov_len;
	w->held_count -= done;
	memmove(w->held, w->held + done,
	    (size_t)w->held_count * sizeof(w->held[0]));
	if (w->held_count > 0) {
		w->held[0].iov_base = (char *)w->held[0].iov_base + n;
		w->held[0].iov_len -= n;
	}
}

/* Most often there is one piece, and no need for writev(2). */
static ssize_t
write_held(const struct wire *w)
{
	if (w->held_count == 1)
		return write(w->out, w->held[0].iov_base, w->held[0].iov_len);
	return writev(w->out, w->held, w->held_count);
}

/* All that is held. */
static int
flush(struct wire *w)
{
	time_t idle_since = 0;
	ssize_t done;
	int e;

	while (w->held_count > 0) {
		done = write_held(w);
		if (done >= 0) {
			skip_held(w, (size_t)done);
			idle_since = 0;
		} else if (errno != EINTR)
			return deafen(w);
		/* what is written whole is judged by the next call */
		if (w->held_count > 0 && (ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0) {
			w->deaf = e == ERR_LOST;
			w->held_count = 0;
			return e;
		}
	}
	return 0;
}

void
wire_complain(const char *s, size_t n)
{
	if (write(STDERR_FILENO, s, n) != (ssize_t)n)
		return; /* nobody is there, and the exit status says it */
}

int
wire_hold(struct wire *w, const void *p, size_t n)
{
	int e;

	if (w->deaf)
		return ERR_DEAF;
	if (w->held_count == WIRE_HELD_MAX && (e = flush(w)) != 0)
		return e;
	if (n > 0)
		w->held[w->held_count++] = (struct iovec){
			.iov_base = (void *)(uintptr_t)p,
			.iov_len = n,
		};
	return 0;
}

int
wire_write(struct wire *w, const void *p, size_t n)
{
	int e = wire_hold(w, p, n);

	return e == 0 ? flush(w) : e;
}
