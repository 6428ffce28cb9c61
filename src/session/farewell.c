#include "session/farewell.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>

#include "base/err.h"

/* A shell may wait for our input: that of WinSCP has it after us. */
#define SILENCE_MAX 2
#define SECONDS_MAX 10
#define OCTETS_MAX  (INT64_C(64) << 20)

/* Packets of SFTP, and codes of their STATUS. */
enum {
	INIT = 1,
	LSTAT = 7,
	STAT = 17,
	STATUS = 101,
	ATTRS = 105,

	FAILURE = 4,
	UNSUPPORTED = 8,
};

/* length, type, and the id or a version */
#define HEAD_SIZE 9

#define ANSWER_MAX 256

static const char version[HEAD_SIZE] = { 0, 0, 0, 5, 2, 0, 0, 0, 3 };

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

static uint32_t
take_u32(const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return ntohl(n);
}

static char *
put_u32(char *p, size_t value)
{
	const uint32_t n = htonl((uint32_t)value);

	memcpy(p, &n, sizeof(n));
	return p + sizeof(n);
}

/*
 * The answer to the request whose head is at p: STATUS with the words.  scp
 * says "No such file" of whatever LSTAT and STAT fail for, and asks for them in
 * this order; so STAT tells it nothing then, and OPEN will fail.
 */
static size_t
make_answer(char out[ANSWER_MAX], const char *p, bool looked, int err)
{
	const char *words = err_words(err_info(err));
	const size_t n = strlen(words);
	char *end = out + HEAD_SIZE;

	if (p[4] == INIT) {
		memcpy(out, version, sizeof(version));
		return HEAD_SIZE;
	}
	out[4] = p[4] == STAT && looked ? ATTRS : STATUS;
	memcpy(out + 5, p + 5, 4); /* the id */
	if (out[4] == STATUS) {
		end = put_u32(end, err == ERR_SFTP ? UNSUPPORTED : FAILURE);
		end = put_u32(end, n);
		memcpy(end, words, n + 1); /* fits, as a test sees */
		end += n;
	}
	end = put_u32(end, 0); /* no language, or no attributes */
	(void)put_u32(out, (size_t)(end - out) - 4);
	return (size_t)(end - out);
}

void
farewell_sftp(struct wire *w, int err)
{
	int64_t left = OCTETS_MAX, rest;
	char answer[ANSWER_MAX];
	bool looked = false;
	const char *p;
	size_t n;

	set_limits(w);
	while (wire_peek(w, HEAD_SIZE, &p) == 0) {
		rest = (int64_t)take_u32(p) + 4 - HEAD_SIZE;
		left -= HEAD_SIZE + rest;
		n = make_answer(answer, p, looked, err);
		looked = looked || p[4] == LSTAT;
		wire_take(w, HEAD_SIZE);
		if (rest < 0 || left < 0 || wire_write(w, answer, n) != 0)
			return;
		for (; rest > 0; rest -= (int64_t)n)
			if (wire_chunk(w, rest, &p, &n) != 0)
				return;
	}
}

/* Ends early when the peer is gone, which poll(2) reports in any case. */
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
