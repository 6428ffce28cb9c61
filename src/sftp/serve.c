/*
 * The loop: reads requests and serves them one after the other.
 */
#include <string.h>

#include "base/err.h"
#include "sftp/requests.h"
#include "sftp/sftp.h"

/* Octets of a packet's length, and of its type and id. */
#define LENGTH_SIZE 4
#define HEAD_SIZE   5

/* Answers wait only while there is a whole request to serve. */
static int
wait_for(struct sftp *x, size_t want, const char **p)
{
	int e;

	if (wire_unread(x->s->wire) < want && (e = sftp_flush(x)) != 0)
		return e;
	e = wire_peek(x->s->wire, want, p);
	return e == 0 ? 0 : sftp_lose(x, e);
}

/* Waits for a request, and sets *len to its length.  IdleTimeout may pause. */
static int
wait_for_length(struct sftp *x, size_t *len)
{
	struct packet_reader in = { .left = LENGTH_SIZE };
	const char *p;
	int e;

	/* IdleTimeout still holds while the peer does not read an answer */
	if (wire_unread(x->s->wire) == 0 && (e = sftp_flush(x)) != 0)
		return e;
	x->s->wire->idle_limit =
	    x->patient && !sftp_has_upload(x) ? 0 : x->idle;
	e = wait_for(x, 1, &p);
	x->s->wire->idle_limit = x->idle;
	if (e != 0 || (e = wait_for(x, LENGTH_SIZE, &in.p)) != 0)
		return e;
	*len = packet_u32(&in);
	return *len < HEAD_SIZE ? sftp_lose(x, ERR_PACKET) : 0;
}

/* INIT has a version where others have an id, and comes once. */
static int
serve_init(struct sftp *x)
{
	if (x->greeted)
		return sftp_lose(x, ERR_PACKET);
	x->greeted = true;
	sftp_greet(x); /* 3, whatever the peer speaks */
	return 0;
}

/* No request but WRITE needs so much: it is read, refused, and not kept. */
static int
serve_long(struct sftp *x, size_t len)
{
	struct packet_reader in = { .left = HEAD_SIZE - 1 };
	int e;

	if ((e = wait_for(x, LENGTH_SIZE + HEAD_SIZE, &in.p)) != 0)
		return e;
	in.p += LENGTH_SIZE + 1;
	x->id = packet_u32(&in);
	wire_take(x->s->wire, LENGTH_SIZE);
	if ((e = sftp_skip(x, len)) != 0)
		return e;
	sftp_status(x, ERR_PACKET);
	return x->ended;
}

static int
serve_packet(struct sftp *x, uint8_t type, size_t len)
{
	struct packet_reader in = { .left = len - 1 };
	int e;

	if (len > SFTP_MESSAGE_MAX || (!x->greeted && len > SFTP_PACKET_MAX))
		return sftp_lose(x, ERR_PACKET);
	if (len > SFTP_PACKET_MAX)
		return serve_long(x, len);
	if ((e = wait_for(x, LENGTH_SIZE + len, &in.p)) != 0)
		return e;
	in.p += LENGTH_SIZE + 1;
	if (type == FXP_INIT)
		e = serve_init(x);
	else {
		x->id = packet_u32(&in);
		sftp_serve(x, type, &in);
		e = x->ended;
	}
	wire_take(x->s->wire, LENGTH_SIZE + len);
	return e;
}

static int
serve_one(struct sftp *x)
{
	const char *p;
	size_t len;
	uint8_t type;
	int e;

	if ((e = wait_for_length(x, &len)) != 0 ||
	    (e = wait_for(x, LENGTH_SIZE + 1, &p)) != 0)
		return e;
	type = (uint8_t)p[LENGTH_SIZE];
	if (!x->greeted && type != FXP_INIT)
		return sftp_lose(x, ERR_PACKET);
	if (type != FXP_WRITE)
		return serve_packet(x, type, len);
	wire_take(x->s->wire, LENGTH_SIZE);
	return sftp_write(x, len);
}

int
sftp_run(struct sftp *x)
{
	int e;

	do
		e = serve_one(x);
	while (e == 0);
	if (e == ERR_EOF)
		x->ended = e = 0;
	(void)sftp_flush(x);
	sftp_close_all(x);
	return e != 0 ? e : x->ended;
}
