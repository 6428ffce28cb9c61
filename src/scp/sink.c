/*
 * scp -t: reads records from the peer and stores files and directories.
 * S5: the order of records is checked here.
 *
 *	session = { record } [ "E" ]
 *	record  = "T" times | "C" file | "D" directory | "E" | message
 *	message = "\1" text | "\2" text
 *
 * Each T, C, D, E and each body gets exactly one reply; \1 and \2 get none.
 * The first reply is about the target and is sent before any record is read.
 */
#include "scp/sink.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "session/admit.h"

/* A refused body of up to this many octets is read and dropped. */
#define DROP_MAX (INT64_C(64) << 20)

/* The most warnings of one peer; an honest peer sends at most one a file. */
#define WARNINGS_MAX 100000

/*
 * Tells the peer to send the body.  Apart from this, report() sends every
 * reply.  A peer that no longer reads may still be sending, so that is no
 * error.
 */
static int
go_ahead(struct sink *sink, struct item *it)
{
	int e = it->turn.acked_early ? 0 : wire_write(sink->s->wire, "", 1);

	it->turn.acked_early =
	    false; /* the reply to the body is still to come */
	return e == ERR_DEAF ? 0 : e;
}

/*
 * Reads the whole body even when storing it fails, so that no part of it is
 * taken for records.  *stored is set to the first error of storing; what was
 * stored is then removed at once, since the rest may be long in coming.  When
 * up is NULL, the body is dropped.  Returns an error of the connection, or 0.
 */
static int
receive_body(struct sink *sink, const struct item *it, int64_t size,
    struct upload *up, int *stored)
{
	int64_t left = size;
	const char *p;
	size_t n;
	int e;

	while (left > 0) {
		if ((e = wire_chunk(sink->s->wire, left, &p, &n)) != 0)
			return e;
		if (up != NULL && *stored == 0 &&
		    (*stored = upload_write(up, p, n)) != 0)
			upload_abort(up);
		left -= (int64_t)n;
		report_progress(sink->s->report, &it->event, size - left, size);
	}
	return 0;
}

/*
 * Reads the status that the peer sends after a body.  End of input counts as
 * \0, since libssh2 (and so curl) and phpseclib send no status.
 */
static int
receive_status(struct sink *sink, struct item *it)
{
	int e = wire_status(
	    sink->s->wire, sink->words, sizeof(sink->words), &sink->words_len);

	it->event.detail = sink->words;
	it->event.detail_len = sink->words_len;
	return e == ERR_EOF ? 0 : e;
}

/*
 * Refuses a file before its body.  Peers that send neither -r nor -d stop
 * reading replies, or send the body without waiting for one.  Their session
 * is ended with \2, so that the body is not taken for records.  Other peers
 * get the go-ahead, and the error after their body, which is dropped.
 */
static int
refuse_file(struct sink *sink, const struct record *r, struct item *it, int why)
{
	const struct request *q = sink->s->request;
	struct item quiet = *it;
	int e, stored = 0;

	if ((!q->recursive && !q->want_directory) || r->size > DROP_MAX) {
		it->turn.fatal = true;
		return why;
	}
	if ((e = go_ahead(sink, it)) != 0 ||
	    (e = receive_body(sink, it, r->size, NULL, &stored)) != 0)
		return e;
	e = receive_status(sink, &quiet);
	return e == 0 || e == ERR_PEER ? why : e;
}

/* The mode for a file: set-id bits are kept only with -p and SetIdBits yes. */
static mode_t
file_mode(const struct sink *sink, const struct record *r)
{
	mode_t mode = policy_mode(sink->s->policy, r->mode, false);

	return sink_preserves(sink) ? mode : mode & 0777;
}

/*
 * Finds the place of the file that a C record announces, checks it against the
 * policy and begins the upload.  The item's path includes the name afterwards.
 */
static int
begin_file(struct sink *sink, const struct record *r, struct item *it,
    struct upload *up)
{
	const struct request *q = sink->s->request;
	const struct name *name = &r->name;
	int e;

	if (r->refused != 0) {
		it->event.detail = r->text;
		it->event.detail_len = r->text_len;
		return r->refused;
	}
	if (sink->depth == 0 && !session_stores_in(&sink->target)) {
		if (sink->target.device != -1) {
			/* MinFree is about a file system */
			if ((e = policy_check_new(sink->s->policy,
				 &sink->s->totals, r->size)) != 0)
				return e;
			upload_begin_device(up, sink->target.device);
			return 0;
		}
		if (sink->trailing_slash)
			return ENOENT;
		if (sink->received && !q->recursive && !q->want_directory)
			return ERR_AGAIN;
		name = &sink->target.name;
	} else if ((e = relpath_append(&sink->here, name)) != 0 ||
	    (e = session_check_path(sink->s, &sink->here, sink->base_len)) != 0)
		return e;
	if ((e = admit(sink->s, sink_current_dir(sink), r->size)) != 0)
		return e;
	e = upload_begin(up, &sink->rules, sink_current_dir(sink), name,
	    file_mode(sink, r), r->size);
	it->event.about_dir = e == EACCES && up->about_dir;
	return e;
}

static void
fill_meta(
    const struct sink *sink, const struct record *r, struct upload_meta *meta)
{
	const struct policy *p = sink->s->policy;

	meta->mode = file_mode(sink, r);
	meta->exact_mode = policy_fixes_mode(p, false) || sink_preserves(sink);
	meta->have_times = sink->have_times;
	meta->times[0] = sink->times[0];
	meta->times[1] = sink->times[1];
}

/* Sends the go-ahead, receives the body and publishes the file. */
static int
receive_file(struct sink *sink, const struct record *r, struct item *it,
    struct upload *up)
{
	struct upload_meta meta;
	int e = 0, stored = 0, lack;

	if (up->way == UPLOAD_INPLACE || up->way == UPLOAD_DEVICE)
		e = report_begun(sink->s->report, &it->event);
	if (e != 0 || (e = go_ahead(sink, it)) != 0 ||
	    (e = receive_body(sink, it, r->size, up, &stored)) != 0)
		return e;
	it->event.bytes = r->size;
	e = receive_status(sink, it);
	if (e == 0 || e == ERR_PEER)
		e = stored != 0 ? stored : e;
	if (e != 0)
		return e;
	fill_meta(sink, r, &meta);
	sink->received = true;
	if ((e = upload_finish(up, &meta)) != 0)
		return e;
	it->event.digest = up->digest;
	if (up->way != UPLOAD_DEVICE)
		it->event.mode = up->mode;
	lack = report_lack(
	    sink->s->report, &it->event, up->refused_mode, up->refused_times);
	if ((e = report_ahead(sink->s->report, &it->event)) != 0 ||
	    (e = upload_publish(up, &meta)) != 0)
		return e;
	admit_count(sink->s, r->size);
	return lack;
}

static int
take_file(struct sink *sink, const struct record *r, struct item *it)
{
	struct upload *up = &sink->upload;
	int e;

	*up = (struct upload)UPLOAD_NONE;
	it->event.verb = VERB_PUT;
	it->event.path = &sink->here;
	it->event.mode = r->mode & 0777;
	if ((e = begin_file(sink, r, it, up)) != 0)
		e = refuse_file(sink, r, it, e);
	else
		e = receive_file(sink, r, it, up);
	upload_abort(up); /* does nothing once it has its name */
	return e;
}

static int
take_dir_end(struct sink *sink, struct item *it)
{
	if (sink->depth > 0)
		return sink_leave(sink, it);
	sink->ended = true; /* WinSCP, SSH.NET and Trilead end with an E */
	return 0;
}

/* A T record.  Only the last one before a C or D counts; -p is not needed. */
static int
take_times(struct sink *sink, const struct record_times *t, struct item *it)
{
	it->event.verb = VERB_TIMES;
	sink->times_came = true;
	sink->have_times = t->usable && sink->s->policy->preserve_times;
	sink->times[0].tv_sec = (time_t)t->atime;
	sink->times[0].tv_nsec = t->atime_usec * 1000L;
	sink->times[1].tv_sec = (time_t)t->mtime;
	sink->times[1].tv_nsec = t->mtime_usec * 1000L;
	return 0;
}

/* The peer skipped something (\1) or gives up (\2).  Neither gets a reply. */
static int
take_message(struct sink *sink, const struct record *r, struct item *it)
{
	it->event.verb = VERB_PEER;
	if (r->type == RECORD_WARNING && ++sink->warnings > WARNINGS_MAX)
		return ERR_NOISE;
	it->turn.reply = REPLY_NONE;
	it->event.detail = r->text;
	it->event.detail_len = r->text_len;
	return r->type == RECORD_WARNING ? ERR_PEER : ERR_PEER_FATAL;
}

static int
take_record(struct sink *sink, const struct record *r, struct item *it)
{
	int e;

	if ((e = sink_take_credit(sink, r, it)) != 0)
		return e;
	it->turn.acks_ahead = sink_credit_ahead(sink, r);
	switch (r->type) {
	case RECORD_TIMES:
		return take_times(sink, &r->times, it);
	case RECORD_FILE:
		e = take_file(sink, r, it);
		break;
	case RECORD_DIR:
		e = sink_enter(sink, r, it);
		break;
	case RECORD_DIR_END:
		e = take_dir_end(sink, it);
		break;
	case RECORD_WARNING:
	case RECORD_FATAL:
		e = take_message(sink, r, it);
		break;
	}
	/* times are for one C or D only */
	sink->have_times = sink->times_came = false;
	return e;
}

/*
 * Serves one record and sends one reply.  At end of input between records
 * there is neither.
 */
static int
serve_record(struct sink *sink)
{
	struct record r;
	struct item it;
	size_t len;
	int e;

	e = wire_line(sink->s->wire, sink->line, sizeof(sink->line), &len);
	if (e == ERR_EOF) {
		sink->ended = true;
		return 0;
	}
	if (e == 0)
		e = record_parse(&r, sink->line, len);
	report_item(&it, VERB_SESSION, REPLY_NOW, NULL);
	if (e == 0)
		e = take_record(sink, &r, &it);
	if ((e = report(sink->s->report, &it, e)) == 0)
		sink->credit += it.turn.acks_ahead;
	relpath_cut(&sink->here, sink_current_len(sink));
	return e;
}

int
sink_run(struct sink *sink)
{
	struct item it;
	int e;

	report_operand(
	    sink->s->report, sink->s->request->paths[0], &sink->here);
	report_item(&it, VERB_TARGET, REPLY_NOW, &sink->here);
	it.turn.fatal = it.turn.first = true;
	e = report(sink->s->report, &it, sink->target_error);
	while (e == 0 && !sink->ended)
		e = serve_record(sink);
	sink_leave_all(sink, e == 0);
	relpath_cut(&sink->here, sink->base_len);
	session_leave_target(
	    sink->s, &sink->target, &sink->here, sink->rules.may_setgid);
	return e;
}
