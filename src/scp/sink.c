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

/* A refused body of up to this many octets is read and dropped. */
#define DROP_MAX (INT64_C(64) << 20)

/* The most warnings of one peer; an honest peer sends at most one a file. */
#define WARNINGS_MAX 100000

/* The directory that the next name is in. */
static struct dir *
current_dir(struct sink *sink)
{
	return sink->depth > 0 ? &sink->levels[sink->depth - 1].dir :
				 &sink->target.dir;
}

static size_t
current_len(const struct sink *sink)
{
	return sink->depth > 0 ? sink->levels[sink->depth - 1].path_len :
				 sink->base_len;
}

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
 * taken for records.  *stored is set to the first error of storing.  When up
 * is NULL, the body is dropped.  Returns an error of the connection, or 0.
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
		if (up != NULL && *stored == 0)
			*stored = upload_write(up, p, n);
		left -= (int64_t)n;
		report_progress(sink->s->report, &it->event, size - left, size);
		if ((e = wire_pace(sink->s->wire, n)) != 0)
			return e;
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

/* Whether modes are kept: the peer sent -p and PreserveModes is yes. */
static bool
preserves(const struct sink *sink)
{
	return sink->s->request->preserve && sink->s->policy->preserve_modes;
}

/* The mode for a file: set-id bits are kept only with -p and SetIdBits yes. */
static mode_t
file_mode(const struct sink *sink, const struct record *r)
{
	mode_t mode = policy_mode(sink->s->policy, r->mode, false);

	return preserves(sink) ? mode : mode & 0777;
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
			upload_begin_device(up, sink->target.device);
			return 0;
		}
		if (sink->trailing_slash)
			return ENOENT;
		if (sink->received && !q->recursive && !q->want_directory)
			return ERR_AGAIN;
		name = &sink->target.name;
	} else if ((e = relpath_append(&sink->here, name)) != 0 ||
	    (e = session_check_path(sink->s, &sink->here)) != 0)
		return e;
	e = policy_check_size(sink->s->policy, &sink->s->totals, r->size);
	if (e != 0)
		return e;
	return upload_begin(up, &sink->rules, current_dir(sink), name,
	    file_mode(sink, r), r->size);
}

static void
fill_meta(
    const struct sink *sink, const struct record *r, struct upload_meta *meta)
{
	const struct policy *p = sink->s->policy;

	meta->mode = file_mode(sink, r);
	meta->exact_mode = policy_is_set(p, KEY_FILE_MODE) || preserves(sink);
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
	int e = 0, stored = 0;

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
	if ((e = report_ahead(sink->s->report, &it->event)) != 0 ||
	    (e = upload_publish(up, &meta)) != 0)
		return e;
	sink->s->totals.files++;
	sink->s->totals.bytes += r->size;
	return 0;
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
	upload_abort(up); /* does nothing after a commit */
	return e;
}

/*
 * The mode that a directory gets when it is complete, and whether it gets one.
 * A directory that existed before keeps its mode, unless the peer sent -p.
 */
static bool
mode_at_end(
    const struct sink *sink, const struct sink_level *level, mode_t *mode)
{
	*mode = level->mode;
	if (preserves(sink) ||
	    (level->made && policy_is_set(sink->s->policy, KEY_DIRECTORY_MODE)))
		return true;
	*mode &= ~sink->s->umask;
	return level->made && (level->mode & 0700) != 0700;
}

/* The mode for the record of a directory: as it is stored in the end. */
static mode_t
mode_to_be(const struct sink *sink, const struct sink_level *level)
{
	struct info info;
	mode_t mode;

	if (!mode_at_end(sink, level, &mode) &&
	    tree_fstat(level->dir.fd, &info) == 0)
		mode = info.mode;
	return mode;
}

/* Enters the directory that a D names, and makes it if it is missing. */
static int
enter_dir(struct sink *sink, const struct record *r, struct item *it)
{
	struct sink_level level = { .dir = DIR_NONE };
	const struct dir *dir = current_dir(sink);
	const struct name *name = &r->name;
	mode_t mode;
	int e;

	if (sink->depth == 0 && !session_stores_in(&sink->target)) {
		if (sink->target.device != -1)
			return ENOTDIR;
		name = &sink->target.name;
	} else if ((e = relpath_append(&sink->here, name)) != 0 ||
	    (e = session_check_path(sink->s, &sink->here)) != 0)
		return e;
	/* we need all rights until E sets the mode of the directory */
	mode = policy_mode(sink->s->policy, r->mode, true);
	e = tree_enter(dir, name, mode | 0700, &level.dir, &level.made);
	if (e == 0 && level.made && sink->s->policy->sync)
		e = tree_sync(dir);
	if (e != 0) {
		tree_close_dir(&level.dir);
		return e;
	}
	level.path_len = sink->here.len;
	level.mode = mode;
	level.have_times = sink->have_times;
	memcpy(level.times, sink->times, sizeof(level.times));
	it->event.made = level.made;
	if (level.made)
		it->event.mode = mode_to_be(sink, &level);
	sink->levels[sink->depth++] = level;
	return 0;
}

/*
 * A D record.  Refusing it ends the session, because some peers send the files
 * of the directory anyway, and those would be stored in its parent.
 */
static int
take_dir(struct sink *sink, const struct record *r, struct item *it)
{
	int e;

	it->event.verb = VERB_MKDIR;
	it->event.path = &sink->here;
	it->event.mode = r->mode & 0777;
	it->turn.fatal = true;
	if (!sink->s->request->recursive)
		return ERR_ORDER;
	if (r->refused != 0) {
		it->event.detail = r->text;
		it->event.detail_len = r->text_len;
		return r->refused;
	}
	if ((e = policy_check_depth(sink->s->policy, sink->depth)) != 0)
		return e;
	return enter_dir(sink, r, it);
}

/* Leaves a directory, which gets its times and mode now. */
static int
leave_dir(struct sink *sink, struct item *it)
{
	struct sink_level *level = &sink->levels[--sink->depth];
	const struct policy *p = sink->s->policy;
	mode_t mode;
	bool sets = mode_at_end(sink, level, &mode);
	int e = 0, e2 = 0;

	it->event.verb = VERB_DIR_END;
	it->event.path = &sink->here;
	it->event.mode = mode;
	if (!level->made && sink->rules.overwrite == OVERWRITE_DENY) {
		tree_close_dir(&level->dir);
		return 0; /* Overwrite deny: it must not change */
	}
	if (level->have_times)
		e = tree_set_times(&level->dir, level->times);
	if (sets)
		e2 = tree_set_mode(&level->dir, mode);
	if (e == 0 && e2 == 0 && p->sync && !level->dir.unlisted)
		e2 = tree_sync(&level->dir);
	tree_close_dir(&level->dir);
	return e != 0 ? e : e2;
}

static int
take_dir_end(struct sink *sink, struct item *it)
{
	if (sink->depth > 0)
		return leave_dir(sink, it);
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
		e = take_dir(sink, r, it);
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
	relpath_cut(&sink->here, current_len(sink));
	return e;
}

/*
 * Closes the directories that are still open.  End of input within them is a
 * good end of the session, so finish gives each its times and mode.
 */
static void
leave_all(struct sink *sink, bool finish)
{
	struct item it;
	int e;

	while (sink->depth > 0) {
		if (!finish) {
			tree_close_dir(&sink->levels[--sink->depth].dir);
			continue;
		}
		report_item(&it, VERB_DIR_END, REPLY_NONE, &sink->here);
		e = leave_dir(sink, &it);
		(void)report(sink->s->report, &it, e); /* sets the status */
		relpath_cut(&sink->here, current_len(sink));
	}
}

int
sink_run(struct sink *sink)
{
	struct item it;
	int e;

	report_operand(
	    sink->s->report, sink->s->request->paths[0], &sink->here);
	report_item(&it, VERB_TARGET, REPLY_NOW, &sink->here);
	it.turn.fatal = true;
	e = report(sink->s->report, &it, sink->target_error);
	while (e == 0 && !sink->ended)
		e = serve_record(sink);
	leave_all(sink, e == 0);
	tree_close_target(&sink->target);
	return e;
}
