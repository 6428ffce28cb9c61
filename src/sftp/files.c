/*
 * OPEN for reading, READ, FSTAT and CLOSE.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/pending.h"
#include "sftp/requests.h"
#include "sftp/sftp.h"
#include "sftp/writes.h"

/* Up to here an answer is collected with others; more goes by sendfile(2). */
#define READ_SMALL 32768
#define READ_MOST  (SFTP_OUT_SIZE - PACKET_HEAD_MAX)

struct handle *
sftp_handle(struct sftp *x, struct packet_reader *in)
{
	size_t len;
	const char *s = packet_string(in, &len);

	return handle_find(&x->handles, s, len);
}

void
sftp_record_begin(struct sftp *x, struct handle *h, enum verb verb)
{
	struct item it;

	h->path = x->here;
	report_item(&it, verb, REPLY_NONE, &h->path);
	h->event = it.event;
}

static int
open_file(struct sftp *x, struct handle *h)
{
	int e;

	if ((e = tree_find(x->s->tree, &x->here, &h->node)) != 0)
		return e;
	if (h->node.info.kind != KIND_FILE)
		return ERR_KIND;
	if (x->here.dir)
		return ENOTDIR; /* "name/" */
	if ((e = policy_check_size(
		 x->s->policy, &x->s->totals, h->node.info.size)) != 0)
		return e;
	sftp_record_begin(x, h, VERB_GET);
	h->event.mode = h->node.info.mode;
	if ((e = report_begun(x->s->report, &h->event)) != 0)
		return sftp_lose(x, e);
	x->s->totals.files++;
	digest_begin(&h->sum, x->s->policy->audit_digest);
	return 0;
}

static int
open_for_reading(struct sftp *x)
{
	struct handle *h = pending_find(x, &x->here);
	int e;

	if (h != NULL && !x->here.dir) /* "name/" is no file */
		return sftp_join(x, h, FXF_READ);
	if ((h = handle_take(&x->handles, HANDLE_FILE)) == NULL)
		return EMFILE;
	if ((e = open_file(x, h)) != 0) {
		tree_close_node(&h->node);
		handle_give(&x->handles, h);
		return e;
	}
	sftp_answer_handle(x, h);
	return 0;
}

int
sftp_do_open(struct sftp *x, struct packet_reader *in)
{
	struct packet_attrs attrs;
	struct packet_reader ahead = *in;
	size_t unused;
	uint32_t flags;
	bool both;
	int e;

	(void)packet_string(&ahead, &unused);
	flags = packet_u32(&ahead);
	packet_attrs(&ahead, &attrs);
	if (ahead.bad)
		return ERR_PACKET;
	x->writing = (flags & FXF_WRITE) != 0;
	both = x->writing && (flags & FXF_READ) != 0;
	x->verb = x->writing ? VERB_PUT : VERB_GET;
	if ((e = sftp_path(x, in)) != 0 ||
	    (e = sftp_may(x, x->writing ? NEEDS_WRITE : NEEDS_READ)) != 0)
		return e;
	/* a session that only writes opens that for writing: many ask so */
	if (both && sftp_may(x, NEEDS_READ) != 0)
		flags &= ~(uint32_t)FXF_READ;
	if (x->writing)
		return sftp_open_upload(x, flags, &attrs);
	if ((flags & FXF_CREAT) == 0 || sftp_may(x, NEEDS_WRITE) != 0)
		return open_for_reading(x);
	if ((flags & FXF_EXCL) == 0 && (e = open_for_reading(x)) != ENOENT)
		return e;
	x->writing = true;
	x->verb = VERB_PUT;
	if ((e = sftp_create(x, flags, &attrs)) != 0)
		return e;
	x->verb = VERB_GET;
	return open_for_reading(x);
}

/* Octets in order, from the beginning, are summed up as they pass. */
static void
sum_up(struct handle *h, int64_t at, const char *p, size_t n)
{
	if (at == h->summed) {
		digest_add(&h->sum, p, n);
		h->summed += (int64_t)n;
	}
}

static int
read_from(struct handle *h, int64_t at, char *p, size_t want, size_t *got)
{
	if (h->kind == HANDLE_UPLOAD)
		return revise_read(&h->revision, at, p, want, got);
	return tree_read_at(h->node.fd, at, p, want, got);
}

static bool
is_download(const struct handle *h)
{
	return h->kind == HANDLE_FILE || h->read;
}

/* MaxSessionBytes counts what is sent, also twice. */
static int
check_more(const struct sftp *x, const struct handle *h, size_t want)
{
	const struct policy *p = x->s->policy;

	return is_download(h) && p->max_session_bytes > 0 &&
		(int64_t)want > p->max_session_bytes - x->s->totals.bytes ?
	    ERR_MAX_SESSION_BYTES :
	    0;
}

/*
 * Answers with at most READ_MOST octets, together with other answers.  sshfs
 * and lftp take a shorter answer for the end of the file, and can be told to
 * ask for 65,536 octets.
 */
static int
answer_small(struct sftp *x, struct handle *h, int64_t at, size_t want)
{
	size_t head, got = 0;
	int e;

	if (want > READ_MOST)
		want = READ_MOST;
	if ((e = sftp_room(x, PACKET_HEAD_MAX + want)) != 0)
		return e;
	head = sftp_begin(x, FXP_DATA);
	packet_put_u32(&x->out, 0);
	e = read_from(h, at, x->out.p + x->out.len, want, &got);
	if (e == 0) /* also of a file whose size says nothing */
		e = check_more(x, h, got);
	if (e != 0 || (got == 0 && want > 0)) {
		x->out.len = head;
		x->answered = false;
		return e != 0 ? e : ERR_EOF;
	}
	packet_set_u32(&x->out, x->out.len - 4, (uint32_t)got);
	sum_up(h, at, x->out.p + x->out.len, got);
	x->out.len += got;
	sftp_end(x, head);
	*(h->kind == HANDLE_FILE ? &h->event.bytes : &h->got.bytes) +=
	    (int64_t)got;
	x->s->totals.bytes += is_download(h) ? (int64_t)got : 0;
	e = wire_pace(x->s->wire, got);
	return e != 0 ? sftp_lose(x, e) : 0;
}

/* The same without sendfile(2): a part of an answer whose head was sent. */
static int
send_part(
    struct sftp *x, const struct handle *h, off_t *at, size_t want, size_t *got)
{
	if (want > READ_SMALL)
		want = READ_SMALL;
	if (tree_read_at(h->node.fd, *at, x->buf, want, got) != 0)
		return ERR_CHANGED; /* the head has promised these octets */
	*at += (off_t)*got;
	return wire_write(x->s->wire, x->buf, *got);
}

/*
 * Answers with octets that the file had when it was looked at.  If it is
 * shorter when they are sent, the answer can't be kept, and the session ends.
 */
static int
answer_large(struct sftp *x, struct handle *h, int64_t from, size_t want)
{
	struct wire *w = x->s->wire;
	off_t at = from;
	size_t head, got, left;
	bool copies = true;
	int e;

	if ((e = sftp_room(x, PACKET_HEAD_MAX)) != 0)
		return e;
	head = sftp_begin(x, FXP_DATA);
	packet_put_u32(&x->out, (uint32_t)want);
	packet_set_u32(&x->out, head, (uint32_t)(1 + 4 + 4 + want));
	e = sftp_flush(x);
	for (left = want; e == 0 && left > 0; left -= got) {
		got = 0;
		if ((e = wire_check(w)) != 0)
			break;
		e = copies ? wire_send_file(w, h->node.fd, &at,
				 wire_portion(w, left), &got) :
			     send_part(x, h, &at, wire_portion(w, left), &got);
		if (e == EINVAL && copies) {
			copies = false;
			e = 0;
		} else if (e == 0 && got == 0)
			e = ERR_CHANGED;
		else if (e == 0)
			e = wire_pace(w, got);
		h->event.bytes += (int64_t)got;
		x->s->totals.bytes += (int64_t)got;
	}
	return e != 0 ? sftp_lose(x, e) : 0;
}

static int
read_file(struct sftp *x, struct handle *h, int64_t at, size_t want)
{
	struct info info;
	int e;

	if (h->kind != HANDLE_FILE ||
	    (want <= READ_SMALL && x->s->policy->max_session_bytes == 0))
		return answer_small(x, h, at, want);
	if ((e = tree_fstat(h->node.fd, &info)) != 0)
		return e;
	/* files of /proc have no size, but can be read */
	if (at < info.size && (int64_t)want > info.size - at)
		want = (size_t)(info.size - at);
	if (at < info.size && (e = check_more(x, h, want)) != 0)
		return e;
	if (at >= info.size || want <= READ_SMALL || h->sum.on)
		return answer_small(x, h, at, want);
	return answer_large(x, h, at, want);
}

int
sftp_begin_reading(struct sftp *x, struct handle *h)
{
	struct item it;
	int e;

	if (h->kind != HANDLE_UPLOAD || !h->foreign || h->read)
		return 0;
	if ((e = policy_check_size(x->s->policy, &x->s->totals,
		 revise_end_for(&h->revision, UINT64_MAX))) != 0)
		return e;
	report_item(&it, VERB_GET, REPLY_NONE, &h->path);
	h->got = it.event;
	if ((e = report_begun(x->s->report, &h->got)) != 0)
		return sftp_lose(x, e);
	h->read = true;
	x->s->totals.files++;
	return 0;
}

int
sftp_do_read(struct sftp *x, struct packet_reader *in)
{
	struct handle *h = sftp_handle(x, in);
	const uint64_t at = packet_u64(in);
	size_t want = packet_u32(in);
	int e;

	if (in->bad)
		return ERR_PACKET;
	if (h == NULL || h->kind == HANDLE_DIR)
		return ERR_HANDLE;
	if (h->kind == HANDLE_UPLOAD && !h->reads)
		return sftp_may(x, NEEDS_READ) != 0 ? ERR_WRITE_ONLY : EBADF;
	if (h->broken != 0)
		return h->broken;
	if ((e = sftp_begin_reading(x, h)) != 0)
		return e;
	if (want > SFTP_DATA_MAX)
		want = SFTP_DATA_MAX;
	/* no file is as long, and the kernel refuses such an offset: EINVAL */
	if (at < INT64_MAX - SFTP_DATA_MAX)
		e = read_file(x, h, (int64_t)at, want);
	else
		e = ERR_EOF;
	if (h->kind == HANDLE_FILE)
		report_progress(
		    x->s->report, &h->event, h->event.bytes, h->node.info.size);
	return e;
}

int
sftp_do_fstat(struct sftp *x, struct packet_reader *in)
{
	const struct handle *h = sftp_handle(x, in);
	struct info info;
	int e;

	if (h == NULL)
		return ERR_HANDLE;
	if (h->kind == HANDLE_UPLOAD)
		e = pending_info(h, &info);
	else if (h->node.fd == -1) {
		e = tree_look(x->s->tree, &h->path, true, &info);
		if (e == 0) /* a file may stand there now */
			e = sftp_hide(x, &info);
	} else
		e = tree_fstat(h->node.fd, &info);
	if (e == 0)
		sftp_answer_info(x, &info);
	return e;
}

/* The record of a file that was read: how much of it, and its digest. */
static void
record_reading(struct sftp *x, struct handle *h)
{
	struct info info;

	if (h->sum.on && tree_fstat(h->node.fd, &info) == 0 &&
	    h->summed == info.size) {
		digest_end(&h->sum, h->digest);
		h->event.digest = h->digest;
	}
	sftp_record(x, &h->event, 0);
}

/* What was read of an upload has a record of its own. */
static void
record_upload_read(struct sftp *x, struct handle *h)
{
	if (h->read)
		sftp_record(x, &h->got, 0);
	h->read = false;
}

int
sftp_close(struct sftp *x, struct handle *h)
{
	int e = 0;

	switch (h->kind) {
	case HANDLE_UPLOAD:
		record_upload_read(x, h);
		e = sftp_end_upload(x, h);
		break;
	case HANDLE_FILE:
		record_reading(x, h);
		break;
	case HANDLE_DIR:
		tree_scan_forget(&x->scan, &h->node);
		break;
	case HANDLE_FREE:
		break;
	}
	tree_close_node(&h->node);
	handle_give(&x->handles, h);
	return e;
}

int
sftp_do_close(struct sftp *x, struct packet_reader *in)
{
	struct handle *h = sftp_handle(x, in);

	if (h == NULL)
		return ERR_HANDLE;
	if (h->kind == HANDLE_UPLOAD && h->joined > 0) {
		h->joined--;
		return h->removed ? 0 : h->broken;
	}
	return sftp_close(x, h);
}

bool
sftp_has_upload(const struct sftp *x)
{
	return x->handles.uploads > 0;
}

void
sftp_close_all(struct sftp *x)
{
	struct handle *h;

	for (h = x->handles.all; h < x->handles.all + x->handles.count; h++)
		if (h->kind == HANDLE_UPLOAD) {
			record_upload_read(x, h);
			sftp_drop_upload(x, h, ERR_LOST);
		} else if (h->kind != HANDLE_FREE)
			(void)sftp_close(x, h);
}
