/*
 * What a source says to its peer and hears from it.
 *
 * The answer to a C or D is heard before anything follows, because that
 * depends on it.  The answer to the end of a body or directory is owed: while
 * it is under way the next file is looked up and opened.
 *
 * Lock-step: what is owed is heard before the next T, C, D or E is sent.
 * Pipelining yes: those go out first, T with its C or D, the end of a body or
 * directory with the next record; the sink answers in order in any case.
 */
#include <errno.h>
#include <string.h>

#include "err.h"
#include "source.h"

static bool
pipelines(const struct source *k)
{
	return k->s->policy->pipelining;
}

/*
 * The peer's answer.  End of input here: it left without a word.  in_step: it
 * reads our words as words, and should know why we stop; a peer that may have
 * let the body come would store them.
 */
static int
wait_reply(struct source *k, struct item *it, bool in_step)
{
	int e =
	    wire_status(k->s->wire, k->words, sizeof(k->words), &k->words_len);

	it->detail = k->words;
	it->detail_len = k->words_len;
	if (e == 0 || e == ERR_PEER)
		return e;
	if (e == ERR_EOF)
		return ERR_UNANSWERED;
	it->reply = in_step || e == ERR_STATUS ? REPLY_NOW : REPLY_NONE;
	return e;
}

/*
 * The last answer of all may be missing: curl and others send none.  Whether
 * it was the last shows when something is still to be sent.
 */
static int
wait_last_reply(struct source *k, struct item *it, bool in_step)
{
	int e = wait_reply(k, it, in_step);

	if (e != ERR_UNANSWERED)
		return e;
	k->peer_left = true;
	return 0;
}

int
source_begin(struct source *k)
{
	struct item it;
	int e;

	report_item(&it, VERB_PEER, REPLY_NONE, NULL);
	e = wait_reply(k, &it, true);
	return report(k->s->report, &it, e);
}

/* The answer to this item is heard, and reported, later. */
static void
owe(struct source_owed *owed, struct item *it)
{
	owed->due = true;
	owed->item = *it;
	owed->path = *it->path;
	owed->item.path = &owed->path;
	owed->digest[0] = '\0';
	if (it->digest != NULL)
		memcpy(owed->digest, it->digest, sizeof(owed->digest));
	owed->item.digest = owed->digest;
	it->reported_later = true;
}

/* Hears one answer that is owed.  0: go on; else what ends the session. */
static int
settle_one(struct source *k, struct source_owed *owed, bool in_step)
{
	struct item *it = &owed->item, words;
	int e;

	if (!owed->due)
		return 0;
	owed->due = false;
	it->reply = REPLY_NONE;
	e = wait_last_reply(k, it, in_step);
	if (it->reply == REPLY_NOW) {
		/* the operand that was typed may be another one by now */
		report_item(&words, VERB_SESSION, REPLY_NOW, NULL);
		words.stop = true;
		(void)report_reply(k->s->report, &words, e); /* e holds */
	}
	return report_record(k->s->report, it, e);
}

/* Everything that is owed, in the order in which it was sent. */
static int
settle(struct source *k, bool in_step)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < OWED_COUNT; i++)
		e = settle_one(k, &k->owed[i], in_step);
	return e;
}

int
source_catch_up(struct source *k, struct item *it)
{
	int e;

	if (pipelines(k))
		return 0;
	if ((e = settle(k, true)) != 0)
		it->reported_later = true; /* that was of the item before */
	return e;
}

int
source_end(struct source *k, int err)
{
	/* a peer that answers ahead of time has not got it all yet */
	if (err == 0 && (err = wire_write(k->s->wire, "", 0)) == 0)
		return settle(k, true);
	for (size_t i = 0; i < OWED_COUNT; i++)
		if (k->owed[i].due)
			(void)report_record(
			    k->s->report, &k->owed[i].item, ERR_UNANSWERED);
	return err;
}

/* One record, one write(), unless it may wait for the next. */
static int
send_record(struct source *k, const struct record *r, char *line, bool wait)
{
	size_t len;
	int e;

	if (k->peer_left)
		return ERR_UNANSWERED;
	if ((e = record_format(r, line, RECORD_LINE_MAX, &len)) != 0)
		return e;
	return wait ? wire_queue(k->s->wire, line, len) :
		      wire_write(k->s->wire, line, len);
}

/*
 * The answer to T.  When C or D is out already, that one's answer decides
 * what happens next, and a refused T is only a failure of its own.
 */
static int
hear_times(struct source *k, const struct item *it)
{
	struct item times;
	int e;

	report_item(&times, VERB_TIMES, REPLY_NONE, it->path);
	e = wait_reply(k, &times, false);
	times.reply = REPLY_NONE;
	return report_record(k->s->report, &times, e);
}

static int
send_times(struct source *k, const struct info *info, struct item *it)
{
	struct record r = { .type = RECORD_TIMES };
	int e;

	r.times.mtime = info->mtime;
	r.times.atime = info->atime;
	e = send_record(k, &r, k->times_line, pipelines(k));
	return e != 0 || pipelines(k) ? e : wait_reply(k, it, true);
}

int
source_announce(struct source *k, const struct info *info,
    const struct name *name, struct item *it)
{
	struct record r = { .type = RECORD_FILE };
	char line[RECORD_LINE_MAX];
	int e;

	if ((e = source_catch_up(k, it)) != 0 ||
	    (k->s->request->preserve && (e = send_times(k, info, it)) != 0))
		return e;
	if (info->kind == KIND_DIR)
		r.type = RECORD_DIR;
	r.mode = info->mode & SOURCE_MODE_SENT;
	r.size = info->size;
	r.name = *name;
	return send_record(k, &r, line, false);
}

int
source_hear(struct source *k, const struct info *info, struct item *it)
{
	const enum reply reply = it->reply;
	const bool in_step = info->kind == KIND_DIR || info->size == 0;
	int e;

	if (!in_step)
		it->reply = REPLY_NONE; /* it would be read as the body */
	if (pipelines(k) &&
	    ((e = settle(k, false)) != 0 ||
		(k->s->request->preserve && (e = hear_times(k, it)) != 0)))
		return e;
	it->reply = reply;
	return wait_reply(k, it, in_step);
}

int
source_body_end(struct source *k, struct item *it, int broken)
{
	int e;

	it->reply = REPLY_NOW;
	it->detail_len = 0;
	if (broken == 0) {
		e = pipelines(k) ? wire_queue(k->s->wire, "", 1) :
				   report_reply(k->s->report, it, 0);
		if (e == 0)
			owe(&k->owed[OWED_BODY], it);
		return e;
	}
	e = report_reply(k->s->report, it, broken);
	it->reply = REPLY_NONE; /* the peer has heard it */
	if (e != 0 || (e = wait_last_reply(k, it, true)) != 0)
		return e == ERR_PEER ? broken : e;
	return broken;
}

int
source_dir_end(struct source *k, struct item *it)
{
	const struct record r = { .type = RECORD_DIR_END };
	int e;

	if (k->owed[OWED_DIR].due && (e = settle(k, true)) != 0)
		return e;
	if ((e = send_record(k, &r, k->end_line, pipelines(k))) == 0)
		owe(&k->owed[OWED_DIR], it);
	return e;
}
