#include "session/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"

/*
 * Octets of the pipe to the peer; the default is 64 KiB.  A larger pipe gains
 * little, and an account that has 64 MiB of pipes gets only short new ones.
 */
#define PIPE_SIZE (256 << 10)

/* Seconds after SessionTimeout at which a session ends that still waits. */
#define LATE_MAX 5

/* Nanoseconds by which a transfer under RateLimit may catch up. */
#define BURST 100000000

/* The longest pause, in nanoseconds, without a look at limits and signals. */
#define PAUSE_MAX 1000000000

/* Set by the handlers and read by judge() when a call was interrupted. */
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

/*
 * Ends this process after some seconds, whatever it is doing: a read of a file
 * system that hangs can't be interrupted by a handler.
 */
static int
arm_end(unsigned int seconds)
{
	const struct itimerspec once = { .it_value.tv_sec = (time_t)seconds };
	struct sigevent event;
	timer_t timer;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGKILL;
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
	    timer_settime(timer, 0, &once, NULL) != 0)
		return errno;
	return 0;
}

int
wire_arm(const struct wire *w)
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
	return w->session_limit > 0 ? arm_end(w->session_limit + LATE_MAX) : 0;
}

static time_t
now(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
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
 * The time limits rely on calls that block.  The process that passed us a
 * nonblocking descriptor no longer uses it.
 */
static void
make_blocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1 && (flags & O_NONBLOCK) != 0)
		/* if this fails, the first read fails as well */
		(void)fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

void
wire_init(struct wire *w, int in, int out, unsigned int idle_limit,
    unsigned int session_limit)
{
	/* buf is left alone: pages that are never written cost nothing */
	memset(w, 0, offsetof(struct wire, buf));
	w->in = in;
	w->out = out;
	w->idle_limit = idle_limit;
	w->session_limit = session_limit;
	w->begun = now();
	ignore(SIGPIPE); /* write(2) returns EPIPE instead */
	ignore(SIGXFSZ); /* write(2) returns EFBIG instead */
	make_blocking(in);
	make_blocking(out);
}

static bool
passed(time_t seconds, unsigned int limit)
{
	return limit > 0 && seconds >= (time_t)limit;
}

/*
 * Called when the timer fired or a signal came.  Returns 0 when the call that
 * was interrupted may go on, ERR_SIGNAL or ERR_TIMEOUT once, and ERR_LOST
 * after that: the last message gets one more second.  *idle_since is the time
 * at which the timer first found this call waiting, 0 before that.
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
	if (w->final_words)
		return ERR_LOST;
	if (!stop && !passed(t - w->begun, w->session_limit) &&
	    !passed(t - *idle_since, w->idle_limit))
		return 0;
	w->final_words = true;
	return stop ? ERR_SIGNAL : ERR_TIMEOUT;
}

static int flush(struct wire *w);

int
wire_more(struct wire *w)
{
	time_t idle_since = 0;
	ssize_t n;
	int e;

	w->to -= w->from;
	memmove(w->buf, w->buf + w->from, w->to);
	w->from = 0;
	if ((e = flush(w)) != 0 && e != ERR_DEAF)
		return e;
	for (;;) {
		if ((ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0)
			return e;
		n = read(w->in, w->buf + w->to, sizeof(w->buf) - w->to);
		if (n > 0)
			break;
		/* ECONNRESET: the peer closed its socket with data unread */
		if (n == 0 || errno == ECONNRESET)
			return ERR_EOF;
		if (errno != EINTR)
			return ERR_LOST;
	}
	w->to += (size_t)n;
	return wire_pace(w, (size_t)n);
}

int
wire_drop_line(struct wire *w)
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
		if ((e = wire_more(w)) != 0)
			return e == ERR_EOF ? ERR_LOST : e;
	}
}

/*
 * Moves bytes into line up to and including a newline, as many as fit.
 * Returns whether the newline was among them.
 */
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
			if ((e = wire_drop_line(w)) != 0)
				return e;
			break;
		}
		if ((e = wire_more(w)) != 0)
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

	if (w->from == w->to && (e = wire_more(w)) != 0)
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
	if (w->from == w->to && (e = wire_more(w)) != 0)
		return e;
	c = w->buf[w->from++];
	if (c == '\0')
		return 0;
	if (c != '\1' && c != '\2')
		return ERR_STATUS;
	while (!whole && used < cap) {
		if (w->from == w->to && (e = wire_more(w)) != 0)
			return e == ERR_EOF ? ERR_LOST : e;
		whole = move_line(w, text, cap, &used);
	}
	if (!whole && (e = wire_drop_line(w)) != 0)
		return e;
	*len = whole ? used - 1 : used;
	return c == '\1' ? ERR_PEER : ERR_PEER_FATAL;
}

/* Returns a - b in nanoseconds. */
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
	int64_t left;
	int e;

	if (w->rate == 0)
		return 0;
	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	if (nanoseconds_between(&t, &w->due) > BURST) {
		w->due = t;
		w->due.tv_sec--;
		add_nanoseconds(&w->due, 1000000000 - BURST);
	}
	add_nanoseconds(&w->due, (int64_t)((double)n * 1e9 / (double)w->rate));
	while ((left = nanoseconds_between(&w->due, &t)) > 0) {
		if (left > PAUSE_MAX)
			left = PAUSE_MAX;
		add_nanoseconds(&t, left);
		/* a signal is seen now, or a second later */
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		if (!w->rate_is_asked)
			waiting = 0; /* we wait, so the peer is not idle */
		if ((e = judge(w, &waiting)) != 0)
			return e;
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
	}
	return 0;
}

size_t
wire_portion(const struct wire *w, size_t most)
{
	const int64_t portion = w->rate / 100 + 1;

	return w->rate == 0 || portion > (int64_t)most ? most : (size_t)portion;
}

int
wire_check(struct wire *w)
{
	time_t not_idle = 0;

	return ticked || asked_to_stop ? judge(w, &not_idle) : 0;
}

void
wire_grow_pipe(struct wire *w)
{
	(void)fcntl(w->out, F_SETPIPE_SZ, PIPE_SIZE); /* best effort */
}

/* A write has failed, with errno set.  Nothing more is written. */
static int
mark_peer_closed(struct wire *w)
{
	w->peer_closed = true;
	w->queued_count = 0;
	return errno == EPIPE ? ERR_DEAF : ERR_LOST;
}

int
wire_send_file(struct wire *w, int fd, off_t *at, size_t want, size_t *n)
{
	time_t idle_since = 0;
	ssize_t sent;
	int e;

	if ((e = wire_write(w, "", 0)) != 0) /* the queue comes first */
		return e;
	while ((sent = sendfile(w->out, fd, at, want)) == -1) {
		if (errno == EPIPE)
			return mark_peer_closed(w);
		if (errno != EINTR)
			return EINVAL;
		if ((ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0)
			return e;
	}
	*n = (size_t)sent;
	return 0;
}

/* Removes the first n octets from the queue: they were written. */
static void
drop_queued(struct wire *w, size_t n)
{
	int done = 0;

	while (done < w->queued_count && n >= w->queued[done].iov_len)
		n -= w->queued[done++].iov_len;
	w->queued_count -= done;
	memmove(w->queued, w->queued + done,
	    (size_t)w->queued_count * sizeof(w->queued[0]));
	if (w->queued_count > 0) {
		w->queued[0].iov_base = (char *)w->queued[0].iov_base + n;
		w->queued[0].iov_len -= n;
	}
}

/* A sink's filter has no writev(2), and a sink queues one piece at a time. */
static ssize_t
write_queued(const struct wire *w)
{
	if (w->queued_count == 1)
		return write(
		    w->out, w->queued[0].iov_base, w->queued[0].iov_len);
	return writev(w->out, w->queued, w->queued_count);
}

/* Writes everything that is queued. */
static int
flush(struct wire *w)
{
	time_t idle_since = 0;
	ssize_t done;
	int e;

	while (w->queued_count > 0) {
		done = write_queued(w);
		if (done >= 0) {
			drop_queued(w, (size_t)done);
			idle_since = 0;
		} else if (errno != EINTR)
			return mark_peer_closed(w);
		/* after the last octet, the next call checks the limits */
		if (w->queued_count > 0 && (ticked || asked_to_stop) &&
		    (e = judge(w, &idle_since)) != 0) {
			w->peer_closed = e == ERR_LOST;
			w->queued_count = 0;
			return e;
		}
	}
	return 0;
}

void
wire_print_error(const char *s, size_t n)
{
	if (write(STDERR_FILENO, s, n) != (ssize_t)n)
		return; /* the exit status still reports the failure */
}

int
wire_queue(struct wire *w, const void *p, size_t n)
{
	int e;

	if (w->peer_closed)
		return ERR_DEAF;
	if (w->queued_count == WIRE_QUEUE_MAX && (e = flush(w)) != 0)
		return e;
	if (n > 0)
		w->queued[w->queued_count++] = (struct iovec){
			.iov_base = (void *)(uintptr_t)p,
			.iov_len = n,
		};
	return 0;
}

int
wire_write(struct wire *w, const void *p, size_t n)
{
	int e = wire_queue(w, p, n);

	return e == 0 ? flush(w) : e;
}
