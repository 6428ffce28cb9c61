/*
 * Packets of SFTP.  The input: how many fields, which ones, how much room there
 * is to write them to, and the packet.  Each field is read a second time here;
 * what was read is written and has to be what stood in the packet.
 */
#include "fuzz.h"

#include "sftp/packet.h"

#define FIELDS_MAX 32
#define ROOM	   256

/* A reading of its own; bad for good, as the other one. */
struct second {
	const uint8_t *p;
	size_t left;
	bool bad;
};

static uint64_t
number(struct second *s, size_t octets)
{
	uint64_t n = 0;

	if (s->bad || s->left < octets) {
		s->bad = true;
		return 0;
	}
	for (size_t i = 0; i < octets; i++)
		n = n * 256 + s->p[i];
	s->p += octets;
	s->left -= octets;
	return n;
}

/* Sets *at to the octets of a string; its length, or SIZE_MAX. */
static size_t
string(struct second *s, const uint8_t **at)
{
	size_t len = (size_t)number(s, 4);

	if (s->bad || len > s->left) {
		s->bad = true;
		return SIZE_MAX;
	}
	*at = s->p;
	s->p += len;
	s->left -= len;
	return len;
}

static void
check_attrs(struct second *s, const struct packet_attrs *a)
{
	const uint32_t flags = (uint32_t)number(s, 4);
	const uint8_t *unused;

	CLAIM(a->flags == flags);
	CLAIM(a->size == (flags & 1 ? number(s, 8) : 0));
	CLAIM(a->uid == (flags & 2 ? number(s, 4) : 0));
	CLAIM(a->gid == (flags & 2 ? number(s, 4) : 0));
	CLAIM(a->mode == (flags & 4 ? number(s, 4) : 0));
	CLAIM(a->atime == (flags & 8 ? number(s, 4) : 0));
	CLAIM(a->mtime == (flags & 8 ? number(s, 4) : 0));
	if (flags >> 31)
		for (uint64_t n = 2 * number(s, 4); !s->bad && n > 0; n--)
			(void)string(s, &unused);
}

/* Reads one field both ways, and writes it. */
static void
field(struct packet_reader *r, struct second *s, struct packet_writer *w,
    uint8_t kind)
{
	const uint8_t *at = NULL;
	struct packet_attrs a;
	const char *text;
	size_t len, wanted;
	uint64_t n;

	switch (kind % 5) {
	case 0:
		n = packet_u8(r);
		CLAIM(n == number(s, 1));
		packet_put_u8(w, (uint8_t)n);
		break;
	case 1:
		n = packet_u32(r);
		CLAIM(n == number(s, 4));
		packet_put_u32(w, (uint32_t)n);
		break;
	case 2:
		n = packet_u64(r);
		CLAIM(n == number(s, 8));
		packet_put_u64(w, n);
		break;
	case 3:
		text = packet_string(r, &len);
		wanted = string(s, &at);
		CLAIM(text != NULL && len == (s->bad ? 0 : wanted));
		CLAIM(s->bad || (const uint8_t *)text == at);
		packet_put_string(w, text, len);
		break;
	default:
		packet_attrs(r, &a);
		check_attrs(s, &a);
		a.flags &= 15; /* pairs are not written */
		packet_put_attrs(w, &a);
	}
	CLAIM(r->bad == s->bad);
	CLAIM(r->bad || (r->left == s->left && (const uint8_t *)r->p == s->p));
}

/* The answer is framed, and its length is that of what is in it. */
static void
check_frame(const struct packet_writer *w, size_t at)
{
	struct packet_reader r = { w->p + at, w->len - at, false };

	CLAIM(w->len <= w->cap && packet_room(w) == w->cap - w->len);
	if (w->len < at + 5)
		return;
	CLAIM(packet_u32(&r) == w->len - at - 4);
	CLAIM(packet_u8(&r) == FXP_STATUS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[ROOM];
	struct input in = { data, size };
	const uint8_t *kinds;
	size_t count, cap, at;
	struct packet_writer w;
	struct packet_reader r;
	struct second s;

	count = take_byte(&in) % FIELDS_MAX;
	cap = take_byte(&in);
	if (count > in.left)
		count = in.left;
	kinds = in.p;
	in.p += count;
	in.left -= count;
	/* nothing may stand behind either of them */
	w = (struct packet_writer){ room + sizeof(room) - cap, cap, 0 };
	r = (struct packet_reader){ (const char *)in.p, in.left, false };
	s = (struct second){ in.p, in.left, false };
	at = packet_begin(&w, FXP_STATUS);
	for (size_t i = 0; i < count; i++)
		field(&r, &s, &w, kinds[i]);
	packet_end(&w, at);
	check_frame(&w, at);
	return 0;
}
