#include "session/farewell.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"

/* A shell may wait for our input: that of WinSCP has it after us. */
#define SILENCE_MAX 2
#define SECONDS_MAX 10
#define OCTETS_MAX  (INT64_C(64) << 20)

static unsigned int
lower(unsigned int limit, unsigned int most)
{
	return limit == 0 || limit > most ? most : limit;
}

/* From now on these limits hold, unless the session's own are shorter. */
static void
set_limits(struct wire *w)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	w->idle_limit = lower(w->idle_limit, SILENCE_MAX);
	w->session_limit = lower(w->session_limit,
	    (unsigned int)(t.tv_sec - w->begun) + SECONDS_MAX);
	w->rate = 0; /* nothing of it is kept */
}

void
farewell(struct wire *w, const char *last, size_t n)
{
	int64_t left = OCTETS_MAX;
	const char *p;
	size_t got;
	int e = 0;

	set_limits(w);
	while (left > 0 && !w->peer_closed &&
	    (e = wire_chunk(w, left, &p, &got)) == 0) {
		left -= (int64_t)got;
		if (n > 0 && memchr(p, '\n', got) != NULL) {
			(void)wire_write(w, last, n); /* best effort */
			n = 0;
		}
	}
	/* at end of input nobody waits for more than the first reply */
	if (n > 0 && e != ERR_LOST)
		(void)wire_write(w, last, n); /* best effort */
}

/* Ends early when the peer is gone, which poll(2) always tells. */
static void
wait_for(const struct wire *w, short events)
{
	struct pollfd in = { .fd = w->in, .events = events };
	int seconds = 0;

	/* our timer interrupts it once a second, if it is running */
	while (seconds < SILENCE_MAX && poll(&in, 1, 1000) <= 0)
		seconds++;
}

void
farewell_unread(struct wire *w, const char *last, size_t n)
{
	if (n > 0) {
		wait_for(w, POLLIN);
		(void)wire_write(w, last, n); /* best effort */
	}
	wait_for(w, POLLRDHUP);
}
