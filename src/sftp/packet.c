#include "sftp/packet.h"

#include <string.h>

/* Takes n octets, or returns NULL when there are fewer. */
static const unsigned char *
take(struct packet_reader *r, size_t n)
{
	const char *p = r->p;

	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	return (const unsigned char *)p;
}

static uint64_t
take_number(struct packet_reader *r, size_t octets)
{
	const unsigned char *p = take(r, octets);
	uint64_t n = 0;

	for (size_t i = 0; p != NULL && i < octets; i++)
		n = n << 8 | p[i];
	return n;
}

uint8_t
packet_u8(struct packet_reader *r)
{
	return (uint8_t)take_number(r, 1);
}

uint32_t
packet_u32(struct packet_reader *r)
{
	return (uint32_t)take_number(r, 4);
}

uint64_t
packet_u64(struct packet_reader *r)
{
	return take_number(r, 8);
}

const char *
packet_string(struct packet_reader *r, size_t *len)
{
	const size_t n = packet_u32(r);
	const unsigned char *p = take(r, n);

	*len = p != NULL ? n : 0;
	return p != NULL ? (const char *)p : "";
}

static void
skip_extended(struct packet_reader *r)
{
	uint32_t pairs = packet_u32(r);
	size_t unused;

	while (!r->bad && pairs-- > 0) {
		(void)packet_string(r, &unused);
		(void)packet_string(r, &unused);
	}
}

void
packet_attrs(struct packet_reader *r, struct packet_attrs *out)
{
	memset(out, 0, sizeof(*out));
	out->flags = packet_u32(r);
	if ((out->flags & ATTR_SIZE) != 0)
		out->size = packet_u64(r);
	if ((out->flags & ATTR_UIDGID) != 0) {
		out->uid = packet_u32(r);
		out->gid = packet_u32(r);
	}
	if ((out->flags & ATTR_PERMISSIONS) != 0)
		out->mode = packet_u32(r);
	if ((out->flags & ATTR_ACMODTIME) != 0) {
		out->atime = packet_u32(r);
		out->mtime = packet_u32(r);
	}
	if ((out->flags & ATTR_EXTENDED) != 0)
		skip_extended(r);
}

size_t
packet_room(const struct packet_writer *w)
{
	return w->cap - w->len;
}

static void
put(struct packet_writer *w, const void *p, size_t n)
{
	if (n > packet_room(w))
		return;
	memcpy(w->p + w->len, p, n);
	w->len += n;
}

static void
put_number(struct packet_writer *w, uint64_t n, size_t octets)
{
	unsigned char p[8];

	for (size_t i = octets; i > 0; i--, n >>= 8)
		p[i - 1] = (unsigned char)(n & 0xff);
	put(w, p, octets);
}

void
packet_put_u8(struct packet_writer *w, uint8_t n)
{
	put_number(w, n, 1);
}

void
packet_put_u32(struct packet_writer *w, uint32_t n)
{
	put_number(w, n, 4);
}

void
packet_put_u64(struct packet_writer *w, uint64_t n)
{
	put_number(w, n, 8);
}

void
packet_put_octets(struct packet_writer *w, const char *s, size_t n)
{
	put(w, s, n);
}

void
packet_put_string(struct packet_writer *w, const char *s, size_t len)
{
	packet_put_u32(w, (uint32_t)len);
	put(w, s, len);
}

void
packet_put_attrs(struct packet_writer *w, const struct packet_attrs *a)
{
	packet_put_u32(w, a->flags);
	if ((a->flags & ATTR_SIZE) != 0)
		packet_put_u64(w, a->size);
	if ((a->flags & ATTR_UIDGID) != 0) {
		packet_put_u32(w, a->uid);
		packet_put_u32(w, a->gid);
	}
	if ((a->flags & ATTR_PERMISSIONS) != 0)
		packet_put_u32(w, a->mode);
	if ((a->flags & ATTR_ACMODTIME) != 0) {
		packet_put_u32(w, a->atime);
		packet_put_u32(w, a->mtime);
	}
}

void
packet_set_u32(struct packet_writer *w, size_t at, uint32_t n)
{
	struct packet_writer there = { w->p + at, 4, 0 };

	if (at + 4 <= w->len)
		packet_put_u32(&there, n);
}

size_t
packet_begin(struct packet_writer *w, enum packet_type type)
{
	const size_t at = w->len;

	packet_put_u32(w, 0); /* packet_end() knows it */
	packet_put_u8(w, (uint8_t)type);
	return at;
}

void
packet_end(struct packet_writer *w, size_t at)
{
	packet_set_u32(w, at, (uint32_t)(w->len - at - 4));
}
