/*
 * The reader of replies, lines and bodies.  The input: a seed for how much
 * each read() brings, then sixteen calls to make, then what the peer sends.
 * Each call is judged by the whole stream, which the reader never sees whole.
 */
#include "fuzz.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>

#include "base/err.h"
#include "session/wire.h"
#include "wrap.h"

#define PLAN_MAX 16
#define CAP_MAX	 64

/* Not a descriptor that could be open. */
#define PEER 1000000

static struct wire wire;
static struct {
	const char *s;
	size_t len;
	size_t sent;
	uint32_t seed;
} peer;

static uint32_t
draw(void)
{
	peer.seed = peer.seed * 1664525 + 1013904223;
	return peer.seed >> 16;
}

/* One octet, a few, or all there is; now and then a signal first. */
static ssize_t
read_peer(int fd, void *buf, size_t cap)
{
	size_t n = peer.len - peer.sent;

	if (fd != PEER)
		return __real_read(fd, buf, cap);
	if (draw() % 8 == 0) {
		errno = EINTR;
		return -1;
	}
	switch (draw() % 3) {
	case 0:
		n = n > 1 ? 1 : n;
		break;
	case 1:
		n = n > 8 ? 1 + draw() % 8 : n;
		break;
	default:
		break;
	}
	n = n < cap ? n : cap;
	/* what was not read now is poison to who looks at it */
	ASAN_POISON_MEMORY_REGION(wire.buf, 512);
	ASAN_UNPOISON_MEMORY_REGION(wire.buf, n);
	if (n > 0)
		memcpy(buf, peer.s + peer.sent, n);
	peer.sent += n;
	return (ssize_t)n;
}

/* Where the reader is in the stream. */
static size_t
position(void)
{
	return peer.sent - (wire.to - wire.from);
}

static void
check_status(size_t cap)
{
	char text[CAP_MAX];
	const char *s = peer.s + position(), *newline = NULL;
	size_t left = peer.len - position(), len, words, from = position();
	int e = wire_status(&wire, text, cap, &len);

	if (left == 0) {
		CLAIM(e == ERR_EOF);
	} else if (*s == '\0') {
		CLAIM(e == 0 && position() == from + 1);
	} else if (*s != '\1' && *s != '\2') {
		CLAIM(e == ERR_STATUS);
	} else if ((newline = memchr(s, '\n', left)) == NULL) {
		CLAIM(e == ERR_LOST && position() == peer.len);
	} else {
		CLAIM(e == (*s == '\1' ? ERR_PEER : ERR_PEER_FATAL));
		words = (size_t)(newline - s) - 1;
		CLAIM(len == (words < cap ? words : cap));
		CLAIM(memcmp(text, s + 1, len) == 0);
		CLAIM(position() == from + words + 2);
	}
}

static void
check_line(size_t cap)
{
	char line[CAP_MAX];
	const char *s = peer.s + position(), *newline = NULL;
	size_t left = peer.len - position(), len, whole, from = position();
	int e = wire_line(&wire, line, cap, &len);

	if (left > 0)
		newline = memchr(s, '\n', left);
	whole = newline != NULL ? (size_t)(newline - s) + 1 : left;
	if (left == 0) {
		CLAIM(e == ERR_EOF);
	} else if (newline != NULL && whole <= cap) {
		CLAIM(e == 0 && len == whole && memcmp(line, s, len) == 0);
		CLAIM(position() == from + whole);
	} else if (whole >= cap && *s != '\1' && *s != '\2') {
		CLAIM(e == ERR_LINE);
	} else if (newline == NULL) {
		CLAIM(e == ERR_LOST);
	} else {
		CLAIM(e == 0 && len == cap && line[cap - 1] == '\n');
		CLAIM(memcmp(line, s, cap - 1) == 0);
		CLAIM(position() == from + whole);
	}
}

static void
check_chunk(int64_t want)
{
	const char *s = peer.s + position(), *p;
	size_t left = peer.len - position(), n, from = position();
	int e = wire_chunk(&wire, want, &p, &n);

	if (left == 0) {
		CLAIM(e == ERR_LOST);
		return;
	}
	CLAIM(e == 0 && n >= 1 && n <= left && (int64_t)n <= want);
	CLAIM(memcmp(p, s, n) == 0 && position() == from + n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	uint8_t plan[PLAN_MAX];

	if (wire.in != PEER)
		wire_init(&wire, PEER, PEER, 0, 0);
	wrap.read = read_peer;
	wire.from = wire.to = 0;
	peer.seed = take_byte(&in);
	for (size_t i = 0; i < COUNT(plan); i++)
		plan[i] = take_byte(&in);
	peer.s = (const char *)in.p;
	peer.len = in.left;
	peer.sent = 0;
	for (size_t i = 0; i < COUNT(plan); i++) {
		size_t cap = 1 + plan[i] / 4;

		if (plan[i] % 4 == 0)
			check_line(cap);
		else if (plan[i] % 4 == 1)
			check_chunk((int64_t)cap);
		else
			check_status(cap);
		CLAIM(wire.from <= wire.to && wire.to <= sizeof(wire.buf));
		if (peer.sent == peer.len && wire.from == wire.to)
			break;
	}
	return 0;
}
