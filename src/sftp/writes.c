/*
 * Uploads: OPEN for writing, WRITE, and what CLOSE does.
 *
 * A file is written to an unnamed file and gets its name at CLOSE, whose answer
 * acknowledges it.  Many clients don't look at that answer, so what can be
 * known is refused at OPEN or WRITE.  A write that failed breaks the handle:
 * its file is discarded at once, and CLOSE says so again.
 */
#include "sftp/writes.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/pending.h"
#include "sftp/requests.h"

/* Octets of a WRITE before its body: type, id, handle, offset, length. */
#define WRITE_HEAD ((size_t)(1 + 4 + 4 + HANDLE_SIZE + 8 + 4))

int
sftp_break(struct handle *h, int err)
{
	if (h->broken == 0)
		h->broken = err;
	revise_abort(&h->revision);
	return err;
}

static void
discard(struct sftp *x, struct handle *h)
{
	revise_abort(&h->revision);
	tree_close_dir(&h->dir);
	/* what was written in place stays */
	if (h->revision.up.way != UPLOAD_INPLACE || h->charge.written == 0)
		admit_drop(x->s, &h->charge);
}

/* Whether the size that a client announces, which most do not, is possible. */
static int
check_announced(const struct packet_attrs *attrs, int64_t *size)
{
	*size = 0;
	if ((attrs->flags & ATTR_SIZE) == 0)
		return 0;
	if (attrs->size > INT64_MAX)
		return EFBIG;
	*size = (int64_t)attrs->size;
	return 0;
}

static int
begin(struct sftp *x, struct handle *h, uint32_t flags,
    const struct packet_attrs *attrs)
{
	/* the mode of OPEN is that of a file which it makes */
	const bool asked =
	    (flags & FXF_CREAT) != 0 && (attrs->flags & ATTR_PERMISSIONS) != 0;
	struct revision_start start = {
		.truncate = (flags & FXF_TRUNC) != 0,
		.exclusive = (flags & FXF_EXCL) != 0,
		.must_be = (flags & FXF_CREAT) == 0,
		.reads = (flags & FXF_READ) != 0,
		.appends = (flags & FXF_APPEND) != 0,
	};
	struct name name;
	int e;

	start.mode =
	    policy_mode(x->s->policy, asked ? attrs->mode : 0666, false) & 0777;
	if ((e = check_announced(attrs, &start.size)) != 0 ||
	    (e = sftp_place(
		 x, !start.exclusive, !start.must_be, &h->dir, &name)) != 0 ||
	    (e = admit(x->s, &h->dir, start.size)) != 0 ||
	    (e = revise_begin(
		 &h->revision, &x->rules, &h->dir, &name, &start)) != 0)
		return e;
	h->reads = start.reads;
	h->foreign = h->revision.up.have_old &&
	    (!start.truncate || h->revision.up.way == UPLOAD_INPLACE);
	h->changed = start.truncate || !h->revision.up.have_old;
	h->meta.mode = h->event.mode = start.mode;
	h->meta.exact_mode = policy_fixes_mode(x->s->policy, false);
	admit_open(x->s, &h->charge, start.size);
	return 0;
}

int
sftp_join(struct sftp *x, struct handle *h, uint32_t flags)
{
	int e;

	if ((flags & FXF_EXCL) != 0)
		return EEXIST;
	/* what is written goes to the end for both of them, or for neither */
	if ((flags & FXF_WRITE) != 0 &&
	    ((flags & FXF_APPEND) != 0) != h->revision.appends)
		return EBUSY;
	if ((flags & FXF_READ) != 0) {
		if ((e = revise_reads(&h->revision)) != 0)
			return e;
		h->reads = true;
	}
	h->joined++;
	sftp_answer_handle(x, h);
	return 0;
}

/* The record comes before the old file is emptied. */
static int
begin_inplace(struct sftp *x, struct handle *h, bool truncate)
{
	int e = sftp_lose(x, report_begun(x->s->report, &h->event));

	return e == 0 && truncate ? revise_cut(&h->revision, 0) : e;
}

int
sftp_begin_upload(struct sftp *x, uint32_t flags,
    const struct packet_attrs *attrs, struct handle **out)
{
	struct handle *h;
	int e;

	sftp_forget_last(x);
	if ((h = handle_take(&x->handles, HANDLE_UPLOAD)) == NULL)
		return EMFILE;
	h->revision = (struct revision)REVISION_NONE;
	sftp_record_begin(x, h, VERB_PUT);
	if ((e = begin(x, h, flags, attrs)) == 0 &&
	    h->revision.up.way == UPLOAD_INPLACE)
		e = begin_inplace(x, h, (flags & FXF_TRUNC) != 0);
	if (e != 0) {
		discard(x, h);
		handle_give(&x->handles, h);
	}
	*out = h;
	return e;
}

int
sftp_create(struct sftp *x, uint32_t flags, const struct packet_attrs *attrs)
{
	struct handle *h;
	int e;

	if (x->here.dir)
		return EISDIR;
	if (pending_find(x, &x->here) != NULL)
		return EEXIST;
	flags &= FXF_CREAT | FXF_EXCL;
	if ((e = sftp_begin_upload(x, flags, attrs, &h)) != 0)
		return e;
	h->revision.up.exclusive = true; /* nothing is replaced by it */
	return sftp_close(x, h);
}

int
sftp_open_upload(struct sftp *x, uint32_t flags, struct packet_attrs *attrs)
{
	struct handle *older = pending_find(x, &x->here), *h;
	int e;

	if (x->here.dir)
		return EISDIR; /* "name/" is no file */
	if (older != NULL && (flags & (FXF_TRUNC | FXF_EXCL)) != FXF_TRUNC)
		return sftp_join(x, older, flags);
	if (older != NULL && x->rules.overwrite == OVERWRITE_DENY)
		return ERR_EXISTS;
	if (older != NULL) { /* it is there, and keeps its mode */
		flags |= FXF_CREAT;
		attrs->flags |= ATTR_PERMISSIONS;
		attrs->mode = older->meta.mode;
	}
	if ((e = sftp_begin_upload(x, flags, attrs, &h)) != 0)
		return e;
	if (older != NULL) {
		older->passed = true;
		h->meta.exact_mode = older->meta.exact_mode;
	}
	sftp_answer_handle(x, h);
	return 0;
}

int
sftp_charge(struct sftp *x, struct handle *h, uint64_t *at, size_t n)
{
	const struct revision *r = &h->revision;
	int64_t end = revise_end_for(r, *at);

	if (h->broken != 0)
		return h->broken;
	handle_revive(h);
	if (*at > INT64_MAX - n)
		return EFBIG;
	if (r->appends)
		*at = (uint64_t)end;
	end = (int64_t)(*at + n) > end ? (int64_t)(*at + n) - end : 0;
	return admit_grow(x->s, &h->charge, (int64_t)(*at + n), end);
}

int
sftp_wrote(struct sftp *x, struct handle *h, size_t n, int e)
{
	if (e != 0) /* a deadline breaks nothing: Interrupted may keep it */
		return x->ended != 0 ? e : sftp_break(h, e);
	h->changed = true;
	h->event.bytes += (int64_t)n;
	report_progress(x->s->report, &h->event, h->event.bytes, -1);
	return 0;
}

int
sftp_write_piece(
    struct sftp *x, struct handle *h, uint64_t at, const char *p, size_t n)
{
	int e = sftp_charge(x, h, &at, n);

	if (e == 0)
		e = revise_write(&h->revision, (int64_t)at, p, n);
	return sftp_wrote(x, h, n, e);
}

int
sftp_skip(struct sftp *x, size_t n)
{
	const char *p;
	size_t got;
	int e;

	for (; n > 0; n -= got)
		if ((wire_unread(x->s->wire) == 0 &&
			(e = sftp_flush(x)) != 0) ||
		    (e = wire_chunk(x->s->wire, (int64_t)n, &p, &got)) != 0)
			return sftp_lose(x, e);
	return 0;
}

/* Writes the body of a WRITE as it comes.  *why is the first error. */
static int
take_body(struct sftp *x, struct handle *h, uint64_t at, size_t n, int *why)
{
	const char *p;
	size_t got;
	int e;

	for (; n > 0; n -= got, at += got) {
		if ((wire_unread(x->s->wire) == 0 &&
			(e = sftp_flush(x)) != 0) ||
		    (e = wire_chunk(x->s->wire, (int64_t)n, &p, &got)) != 0)
			return sftp_lose(x, e);
		if (*why == 0)
			*why = sftp_write_piece(x, h, at, p, got);
	}
	return 0;
}

/* Which handle a WRITE is for, and why it can't be for that one. */
static int
take_handle(struct sftp *x, struct packet_reader *in, struct handle **h)
{
	*h = sftp_handle(x, in);
	if (*h == NULL)
		return ERR_HANDLE;
	if ((*h)->kind == HANDLE_UPLOAD)
		return 0;
	return sftp_may(x, NEEDS_WRITE) != 0 ? ERR_READ_ONLY : EBADF;
}

/* The head of a WRITE lies at in; len octets of it are still unread. */
static int
serve_write(struct sftp *x, struct packet_reader *in, size_t len)
{
	struct handle *h;
	int why, e;
	uint64_t at;
	size_t n;

	(void)packet_u8(in);
	x->id = packet_u32(in);
	x->answered = false;
	why = take_handle(x, in, &h);
	at = packet_u64(in);
	n = packet_u32(in);
	if (why == 0 && (in->bad || n > len - WRITE_HEAD))
		why = sftp_break(h, ERR_PACKET);
	if (why != 0)
		e = sftp_skip(x, len);
	else {
		wire_take(x->s->wire, WRITE_HEAD);
		if ((e = take_body(x, h, at, n, &why)) == 0)
			e = sftp_skip(x, len - WRITE_HEAD - n);
	}
	if (e == 0)
		sftp_status(x, why);
	return x->ended;
}

int
sftp_write(struct sftp *x, size_t len)
{
	struct packet_reader in = { .left = len };
	int e;

	if (in.left > WRITE_HEAD)
		in.left = WRITE_HEAD;
	if (wire_unread(x->s->wire) < in.left && (e = sftp_flush(x)) != 0)
		return e;
	if ((e = wire_peek(x->s->wire, in.left, &in.p)) != 0)
		return sftp_lose(x, e);
	return serve_write(x, &in, len);
}

/* Whether the old file stays as well, so that what was copied of it is new. */
static bool
old_stays(const struct sftp *x, struct handle *h)
{
	return x->rules.overwrite == OVERWRITE_VERSIONS || !sftp_has_name(h) ||
	    h->revision.up.old.links > 1;
}

/*
 * Finishes a file and gives it its name.  The record comes before.  *lack is
 * what the file system has refused to it, which is no failure.
 */
static int
publish(struct sftp *x, struct handle *h, int *lack)
{
	struct revision *r = &h->revision;
	int e;

	h->event.bytes = revise_size(r);
	if ((e = revise_finish(r, &h->meta)) != 0)
		return e;
	if (r->fetched > 0 &&
	    (e = admit_grow(x->s, &h->charge, revise_size(r),
		 old_stays(x, h) ? r->fetched : 0)) != 0)
		return e;
	h->event.digest = r->up.digest;
	h->event.mode = r->up.mode;
	if (h->event.detail_len == 0)
		*lack = report_lack(x->s->report, &h->event, r->up.refused_mode,
		    r->up.refused_times);
	if ((e = report_ahead(x->s->report, &h->event)) != 0)
		return sftp_lose(x, e);
	return revise_publish(r, &h->meta);
}

void
sftp_forget_replaced(struct sftp *x, const struct upload *up)
{
	if (up->have_old && up->way != UPLOAD_INPLACE &&
	    x->rules.overwrite != OVERWRITE_VERSIONS)
		owned_gone(&x->owned, &up->old);
}

/* Whether there is a record that it was begun, which another one follows. */
static bool
is_begun(const struct handle *h)
{
	return h->revision.up.way == UPLOAD_INPLACE;
}

int
sftp_end_upload(struct sftp *x, struct handle *h)
{
	int e = h->broken, lack = 0;

	/* attributes alone replace none that somebody else has put there */
	if (h->dressed && !h->changed)
		h->changed = sftp_has_name(h);
	if (h->removed || (e == 0 && !h->changed)) {
		if (is_begun(h))
			sftp_record(x, &h->event, 0);
		discard(x, h); /* nothing was asked for */
		return 0;
	}
	if (e == 0)
		e = publish(x, h, &lack);
	sftp_record(x, &h->event, e != 0 ? e : lack);
	if (e != 0) {
		discard(x, h);
		return e;
	}
	pending_remove(x, &h->path, h);
	sftp_forget_replaced(x, &h->revision.up);
	owned_add(&x->owned, &h->revision.up.now,
	    h->revision.up.way != UPLOAD_INPLACE);
	sftp_note_dir(x, &h->dir);
	sftp_keep_last(x, h);
	tree_close_dir(&h->dir);
	return 0;
}

/*
 * Interrupted keep: a new file gets its name with what came of it without a
 * gap, so that the client can go on with it.  It never replaces one.
 */
static int
keep(struct sftp *x, struct handle *h)
{
	static const char detail[] = "interrupted";
	struct revision *r = &h->revision;
	int e, lack = 0;

	x->rules.overwrite = OVERWRITE_DENY;
	h->event.detail = detail;
	h->event.detail_len = strlen(detail);
	if ((e = revise_cut(r, r->straight)) != 0)
		return e;
	if (r->jumbled) /* there is no time to read it again */
		r->up.sum.on = false;
	return publish(x, h, &lack);
}

/* Of several uploads of one name the newest is kept. */
static bool
is_kept(struct sftp *x, const struct handle *h)
{
	const struct revision *r = &h->revision;

	return x->s->policy->interrupted == INTERRUPTED_KEEP &&
	    !r->up.have_old && r->straight > 0 &&
	    pending_find(x, &h->path) == h;
}

void
sftp_drop_upload(struct sftp *x, struct handle *h, int why)
{
	if (h->broken != 0)
		why = h->broken;
	else if (is_kept(x, h))
		why = keep(x, h);
	if (h->changed || h->broken != 0 || is_begun(h))
		(void)report_record(x->s->report, &h->event, false, why);
	discard(x, h);
	handle_give(&x->handles, h);
}
