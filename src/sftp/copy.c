/*
 * The extension copy-data: octets of one file become those of another without a
 * way through the client.  They count as what is written.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/sftp.h"
#include "sftp/writes.h"

/* Octets copied at once: limits are asked for before. */
#define COPY_MAX (INT64_C(16) << 20)

struct copying {
	struct handle *from;
	struct handle *to;
	uint64_t in;
	uint64_t out;
	uint64_t left;
};

/* Tells from where a handle is read, and how many octets there are. */
static int
find_source(struct handle *h, int *fd, int64_t *size)
{
	struct info info;
	int e;

	if (h->kind == HANDLE_UPLOAD)
		return h->broken != 0 ? h->broken :
					revise_source(&h->revision, fd, size);
	*fd = h->node.fd;
	e = tree_fstat(*fd, &info);
	*size = info.size;
	return e;
}

/* Copies at most so many octets; *got is 0 at the end of the source. */
static int
copy_some(struct sftp *x, const struct copying *c, int64_t most, size_t *got)
{
	struct revision *r = &c->to->revision;
	uint64_t out = c->out;
	int64_t in, size;
	int fd, e;

	*got = 0;
	if (c->in > INT64_MAX)
		return 0;
	if ((e = find_source(c->from, &fd, &size)) != 0)
		return e;
	in = (int64_t)c->in;
	if (in < size) {
		*got = (size_t)(most < size - in ? most : size - in);
		if ((e = sftp_charge(x, c->to, &out, *got)) != 0)
			return e;
		return revise_copy(r, (int64_t)out, fd, in, (int64_t)*got);
	}
	/* files of /proc have no size, but can be read */
	if (c->from->kind == HANDLE_UPLOAD)
		return 0;
	if (most > (int64_t)sizeof(x->buf))
		most = sizeof(x->buf); /* answers have left it */
	e = tree_read_at(fd, in, x->buf, (size_t)most, got);
	if (e != 0 || *got == 0 || (e = sftp_charge(x, c->to, &out, *got)) != 0)
		return e;
	return revise_write(r, (int64_t)out, x->buf, *got);
}

/*
 * A length of 0 means up to the end of the source.  For any other length a
 * source that ends before is ERR_EOF.
 */
static int
copy_all(struct sftp *x, struct copying *c)
{
	const bool to_end = c->left == 0;
	int64_t most;
	size_t got;
	int e;

	if (to_end)
		c->left = UINT64_MAX;
	for (; c->left > 0; c->left -= got, c->in += got, c->out += got) {
		most = c->left < COPY_MAX ? (int64_t)c->left : COPY_MAX;
		got = 0;
		if ((e = sftp_lose(x, wire_check(x->s->wire))) == 0)
			e = copy_some(x, c, most, &got);
		if (e == 0 && got == 0)
			return to_end ? 0 : ERR_EOF;
		if ((e = sftp_wrote(x, c->to, got, e)) != 0)
			return e;
	}
	return 0;
}

/* Whether a copy could read what it writes, under whatever name. */
static bool
is_same(const struct handle *a, const struct handle *b)
{
	struct info from, to;

	if (strcmp(a->path.s, b->path.s) == 0)
		return true;
	return tree_fstat(sftp_fd(a), &from) != 0 ||
	    tree_fstat(sftp_fd(b), &to) != 0 || tree_is_same(&from, &to);
}

int
sftp_do_copy_data(struct sftp *x, struct packet_reader *in)
{
	struct copying c = { .from = sftp_handle(x, in) };
	int e;

	c.in = packet_u64(in);
	c.left = packet_u64(in);
	c.to = sftp_handle(x, in);
	c.out = packet_u64(in);
	if (in->bad)
		return ERR_PACKET;
	if (c.to == NULL)
		return ERR_HANDLE;
	if (c.to->kind != HANDLE_UPLOAD)
		return EBADF;
	if (c.to->broken != 0)
		return c.to->broken;
	if (c.from == NULL || c.from->kind == HANDLE_DIR)
		return sftp_break(c.to, ERR_HANDLE);
	if (c.from->kind == HANDLE_UPLOAD && !c.from->reads)
		return sftp_break(c.to, EBADF);
	if ((e = sftp_begin_reading(x, c.from)) != 0)
		return sftp_break(c.to, e);
	c.to->foreign =
	    c.to->foreign || c.from->kind == HANDLE_FILE || c.from->foreign;
	if (is_same(c.from, c.to))
		return sftp_break(c.to, EINVAL);
	/* other answers don't wait for it */
	return (e = sftp_flush(x)) != 0 ? e : copy_all(x, &c);
}
