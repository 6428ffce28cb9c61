/*
 * The records that a source sends and the replies that it reads.
 *
 * The reply to a C or D is read before anything else is sent, because the next
 * step depends on it.  The reply to the end of a body or directory is deferred:
 * while it is on the way, the next file is looked up and opened.
 *
 * In lock-step, deferred replies are read before the next T, C, D or E is sent.
 * With Pipelining, that record is sent first: a T together with its C or D,
 * and the end of a body or directory together with the next record.  The sink
 * replies in the same order either way.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "scp/source.h"

static bool
pipelines(const struct source *source)
{
	return source->s->policy->pipelining;
}

/*
 * Reads what begins with a byte that is no reply up to its newline, as
 * OpenSSH's scp does.  There are clients that send "\n\r" after their last
 * reply: they get all that was asked for, and no message in its midst.
 */
static int
read_noise(struct wire *w)
{
	int e = wire_drop_line(w);

	return e == 0 || e == ERR_LOST ? ERR_NO_REPLY : e;
}

/*
 * Reads a reply.  End of input is ERR_UNANSWERED.  On any other error the peer
 * is sent a message only when in_step is true: it then reads a message as such,
 * while a peer that waits for a body would store it.
 */
static int
wait_reply(struct source *source, struct item *it, bool in_step)
{
	int e = wire_status(source->s->wire, source->words,
	    sizeof(source->words), &source->words_len);

	it->event.detail = source->words;
	it->event.detail_len = source->words_len;
	if (e == 0 || e == ERR_PEER)
		return e;
	if (e == ERR_EOF)
		return ERR_UNANSWERED;
	if (e == ERR_STATUS)
		e = read_noise(source->s->wire);
	it->turn.reply = in_step ? REPLY_NOW : REPLY_NONE;
	return e;
}

/*
 * Reads a reply that may be the last of the session.  Since curl and others
 * send no last reply, end of input is no error yet: send_record() returns
 * ERR_UNANSWERED if there is more to send.
 */
static int
wait_last_reply(struct source *source, struct item *it, bool in_step)
{
	int e = wait_reply(source, it, in_step);

	if (e != ERR_UNANSWERED)
		return e;
	source->peer_left = true;
	return 0;
}

int
source_begin(struct source *source)
{
	struct item it;
	int e;

	report_item(&it, VERB_PEER, REPLY_NONE, NULL);
	e = wait_reply(source, &it, true);
	return report(source->s->report, &it, e);
}

/* Defers the reply to this item: it is read, and the event recorded, later. */
static void
defer_reply(struct source_deferred *deferred, struct item *it)
{
	deferred->pending = true;
	deferred->event = it->event;
	deferred->path = *it->event.path;
	deferred->event.path = &deferred->path;
	deferred->digest[0] = '\0';
	if (it->event.digest != NULL)
		memcpy(deferred->digest, it->event.digest,
		    sizeof(deferred->digest));
	deferred->event.digest = deferred->digest;
	it->turn.reported_later = true;
}

/* Reads one deferred reply.  Returns 0 or the error that ends the session. */
static int
collect_reply(
    struct source *source, struct source_deferred *deferred, bool in_step)
{
	struct item it = { .event = deferred->event }, message;
	int e;

	if (!deferred->pending)
		return 0;
	deferred->pending = false;
	e = wait_last_reply(source, &it, in_step);
	if (it.turn.reply == REPLY_NOW) {
		/* no path: the report may be at a later operand */
		report_item(&message, VERB_SESSION, REPLY_NOW, NULL);
		message.turn.fatal = true;
		(void)report_reply(
		    source->s->report, &message, e); /* best effort */
	}
	return report_record(source->s->report, &it.event, false, e);
}

/* Reads all deferred replies, in the order in which they arrive. */
static int
collect_replies(struct source *source, bool in_step)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < DEFERRED_COUNT; i++)
		e = collect_reply(source, &source->deferred[i], in_step);
	return e;
}

int
source_catch_up(struct source *source, struct item *it)
{
	int e;

	if (pipelines(source))
		return 0;
	if ((e = collect_replies(source, true)) != 0)
		it->turn.reported_later =
		    true; /* reported with the earlier item */
	return e;
}

int
source_end(struct source *source, int err)
{
	/* a peer may have replied before everything was sent */
	if (err == 0 && (err = wire_write(source->s->wire, "", 0)) == 0)
		return collect_replies(source, true);
	for (size_t i = 0; i < DEFERRED_COUNT; i++)
		if (source->deferred[i].pending)
			(void)report_record(source->s->report,
			    &source->deferred[i].event, false, ERR_UNANSWERED);
	return err;
}

/* Sends one record in one write, or queues it for the next write. */
static int
send_record(
    struct source *source, const struct record *r, char *line, bool wait)
{
	size_t len;
	int e;

	if (source->peer_left)
		return ERR_UNANSWERED;
	if ((e = record_format(r, line, RECORD_LINE_MAX, &len)) != 0)
		return e;
	return wait ? wire_queue(source->s->wire, line, len) :
		      wire_write(source->s->wire, line, len);
}

/*
 * Reads the reply to a T when its C or D has been sent already.  The reply to
 * the C or D decides what happens next; a refused T only counts as a failure.
 */
static int
hear_times(struct source *source, const struct item *it)
{
	struct item times;
	int e;

	report_item(&times, VERB_TIMES, REPLY_NONE, it->event.path);
	e = wait_reply(source, &times, false);
	times.turn.reply = REPLY_NONE;
	return report_record(source->s->report, &times.event, false, e);
}

static int
send_times(struct source *source, const struct info *info, struct item *it)
{
	struct record r = { .type = RECORD_TIMES };
	int e;

	r.times.mtime = info->mtime;
	r.times.atime = info->atime;
	e = send_record(source, &r, source->times_line, pipelines(source));
	return e != 0 || pipelines(source) ? e : wait_reply(source, it, true);
}

int
source_announce(struct source *source, const struct info *info,
    const struct name *name, struct item *it)
{
	struct record r = { .type = RECORD_FILE };
	char line[RECORD_LINE_MAX];
	int e;

	if ((e = source_catch_up(source, it)) != 0 ||
	    (source->s->request->preserve &&
		(e = send_times(source, info, it)) != 0))
		return e;
	if (info->kind == KIND_DIR)
		r.type = RECORD_DIR;
	r.mode = info->mode & SOURCE_MODE_SENT;
	r.size = info->size;
	r.name = *name;
	/* this is all of an empty file */
	if (info->kind == KIND_FILE && info->size == 0 &&
	    (e = report_ahead(source->s->report, &it->event)) != 0)
		return e;
	return send_record(source, &r, line, false);
}

int
source_hear(struct source *source, const struct info *info, struct item *it)
{
	const enum reply reply = it->turn.reply;
	const bool in_step = info->kind == KIND_DIR || info->size == 0;
	int e;

	if (!in_step)
		it->turn.reply =
		    REPLY_NONE; /* a message would be read as the body */
	if (pipelines(source) &&
	    ((e = collect_replies(source, false)) != 0 ||
		(source->s->request->preserve &&
		    (e = hear_times(source, it)) != 0)))
		return e;
	it->turn.reply = reply;
	return wait_reply(source, it, in_step);
}

int
source_body_end(struct source *source, struct item *it, int broken)
{
	int e;

	it->turn.reply = REPLY_NOW;
	it->event.detail_len = 0;
	if (broken == 0) {
		e = pipelines(source) ? wire_queue(source->s->wire, "", 1) :
					report_reply(source->s->report, it, 0);
		if (e == 0)
			defer_reply(&source->deferred[DEFERRED_BODY], it);
		return e;
	}
	e = report_reply(source->s->report, it, broken);
	it->turn.reply = REPLY_NONE; /* the message was sent */
	if (e != 0 || (e = wait_last_reply(source, it, true)) != 0)
		return e == ERR_PEER ? broken : e;
	return broken;
}

int
source_dir_end(struct source *source, struct item *it)
{
	const struct record r = { .type = RECORD_DIR_END };
	int e;

	if (source->deferred[DEFERRED_DIR].pending &&
	    (e = collect_replies(source, true)) != 0)
		return e;
	if ((e = send_record(
		 source, &r, source->end_line, pipelines(source))) == 0)
		defer_reply(&source->deferred[DEFERRED_DIR], it);
	return e;
}
