/*
 * scp -t: records in, tree out.  S5: the order of records is judged here.
 *
 *	session = { record } [ "E" ]
 *	record  = "T" times | "C" file | "D" directory | "E" | \1 words | \2
 *words
 *
 * Each T, C, D, E and each body gets exactly one reply; \1 and \2 get none.
 * The first reply, for the target, is sent unasked.
 */
#include "sink.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "err.h"

/* A refused body up to this size is read and dropped to stay in step. */
#define DROP_MAX (INT64_C(64) << 20)

/* Warnings of one peer; an honest one has fewer than files. */
#define WARNINGS_MAX 100000

/* Where the next name goes. */
static struct dir *
current_dir(struct sink *k)
{
	return k->depth > 0 ? &k->levels[k->depth - 1].dir : &k->target.dir;
}

static size_t
current_len(const struct sink *k)
{
	return k->depth > 0 ? k->levels[k->depth - 1].path_len : k->base_len;
}

/*
 * The peer may send the body now: with report() the only words we send.  A
 * peer that no longer listens may still be sending.
 */
static int
go_ahead(struct sink *k, struct item *it)
{
	int e = it->acked_early ? 0 : wire_write(k->s->wire, "", 1);

	it->acked_early = false; /* the verdict on the body is still due */
	return e == ERR_DEAF ? 0 : e;
}

/*
 * Reads the body to its last byte whatever becomes of it, so that both sides
 * stay in step and no body is ever read as records.  *stored is the first
 * error of storing; up NULL drops the body.
 */
static int
receive_body(struct sink *k, const struct item *it, int64_t size,
    struct upload *up, int *stored)
{
	int64_t left = size;
	const char *p;
	size_t n;
	int e;

	while (left > 0) {
		if ((e = wire_chunk(k->s->wire, left, &p, &n)) != 0)
			return e;
		if (up != NULL && *stored == 0)
			*stored = upload_write(up, p, n);
		left -= (int64_t)n;
		report_progress(k->s->report, it, size - left, size);
		if ((e = wire_pace(k->s->wire, n)) != 0)
			return e;
	}
	return 0;
}

/*
 * The peer's own word on its body.  End of input counts as \0, since libssh2
 * (and so curl) and phpseclib send none.
 */
static int
receive_status(struct sink *k, struct item *it)
{
	int e =
	    wire_status(k->s->wire, k->words, sizeof(k->words), &k->words_len);

	it->detail = k->words;
	it->detail_len = k->words_len;
	return e == ERR_EOF ? 0 : e;
}

/*
 * A file that is refused before its body.  Peers that send neither -r nor -d
 * read nothing later, or send the body without waiting: \2 ends the session,
 * so that the body can't be taken for records.  The others get the go-ahead,
 * and their answer after the body that is dropped.
 */
static int
refuse_file(struct sink *k, const struct record *r, struct item *it, int why)
{
	const struct request *q = k->s->request;
	struct item quiet = *it;
	int e, stored = 0;

	if ((!q->recursive && !q->want_directory) || r->size > DROP_MAX) {
		it->stop = true;
		return why;
	}
	if ((e = go_ahead(k, it)) != 0 ||
	    (e = receive_body(k, it, r->size, NULL, &stored)) != 0)
		return e;
	e = receive_status(k, &quiet);
	return e == 0 || e == ERR_PEER ? why : e;
}

/* -p, as far as the policy lets a peer choose modes. */
static bool
preserves(const struct sink *k)
{
	return k->s->request->preserve && k->s->policy->preserve_modes;
}

/* Set-id bits come with -p and SetIdBits only. */
static mode_t
file_mode(const struct sink *k, const struct record *r)
{
	mode_t mode = policy_mode(k->s->policy, r->mode, false);

	return preserves(k) ? mode : mode & 0777;
}

/* Where a C goes, and may it?  The name shows in the item from here on. */
static int
begin_file(
    struct sink *k, const struct record *r, struct item *it, struct upload *up)
{
	const struct request *q = k->s->request;
	const struct name *name = &r->name;
	int e;

	if (r->refused != 0) {
		it->detail = r->text;
		it->detail_len = r->text_len;
		return r->refused;
	}
	if (k->depth == 0 && !sink_stores_in_target(k)) {
		if (k->target.device != -1) {
			upload_begin_device(up, k->target.device);
			return 0;
		}
		if (k->spelt_as_dir)
			return ENOENT;
		if (k->received && !q->recursive && !q->want_directory)
			return ERR_AGAIN;
		name = &k->target.name;
	} else if ((e = relpath_append(&k->here, name)) != 0 ||
	    (e = session_check_path(k->s, &k->here)) != 0)
		return e;
	e = policy_check_size(k->s->policy, &k->s->totals, r->size);
	if (e != 0)
		return e;
	return upload_begin(
	    up, &k->rules, current_dir(k), name, file_mode(k, r), r->size);
}

static void
fill_meta(
    const struct sink *k, const struct record *r, struct upload_meta *meta)
{
	const struct policy *p = k->s->policy;

	meta->mode = file_mode(k, r);
	meta->exact_mode = policy_is_set(p, KEY_FILE_MODE) || preserves(k);
	meta->have_times = k->have_times;
	meta->times[0] = k->times[0];
	meta->times[1] = k->times[1];
}

/* From the go-ahead to the file under its name. */
static int
receive_file(
    struct sink *k, const struct record *r, struct item *it, struct upload *up)
{
	struct upload_meta meta;
	int e, stored = 0;

	if ((e = go_ahead(k, it)) != 0 ||
	    (e = receive_body(k, it, r->size, up, &stored)) != 0)
		return e;
	it->bytes = r->size;
	e = receive_status(k, it);
	if (e == 0 || e == ERR_PEER)
		e = stored != 0 ? stored : e;
	if (e != 0)
		return e;
	fill_meta(k, r, &meta);
	k->received = true;
	if ((e = upload_commit(up, &meta)) != 0)
		return e;
	k->s->totals.files++;
	k->s->totals.bytes += r->size;
	it->digest = up->digest;
	return 0;
}

static int
take_file(struct sink *k, const struct record *r, struct item *it)
{
	struct upload *up = &k->upload;
	int e;

	*up = (struct upload)UPLOAD_NONE;
	it->verb = VERB_PUT;
	it->path = &k->here;
	it->mode = r->mode & 0777;
	if ((e = begin_file(k, r, it, up)) != 0)
		e = refuse_file(k, r, it, e);
	else
		e = receive_file(k, r, it, up);
	upload_abort(up); /* does nothing after a commit */
	return e;
}

/* Enters the directory that a D names, which is made when it is missing. */
static int
enter_dir(struct sink *k, const struct record *r, struct item *it)
{
	struct sink_level level = { .dir = DIR_NONE };
	const struct dir *dir = current_dir(k);
	const struct name *name = &r->name;
	mode_t mode;
	int e;

	if (k->depth == 0 && !sink_stores_in_target(k)) {
		if (k->target.device != -1)
			return ENOTDIR;
		name = &k->target.name;
	} else if ((e = relpath_append(&k->here, name)) != 0 ||
	    (e = session_check_path(k->s, &k->here)) != 0)
		return e;
	/* while it is filled we need all rights; E gives it its own */
	mode = policy_mode(k->s->policy, r->mode, true);
	e = jail_enter(dir, name, mode | 0700, &level.dir, &level.made);
	if (e == 0 && level.made && k->s->policy->sync)
		e = jail_sync(dir);
	if (e != 0) {
		jail_close_dir(&level.dir);
		return e;
	}
	level.path_len = k->here.len;
	level.mode = mode;
	level.have_times = k->have_times;
	memcpy(level.times, k->times, sizeof(level.times));
	it->made = level.made;
	k->levels[k->depth++] = level;
	return 0;
}

/*
 * A refused D ends the session: some peers send its children all the same,
 * and those would land in the parent.
 */
static int
take_dir(struct sink *k, const struct record *r, struct item *it)
{
	int e;

	it->verb = VERB_MKDIR;
	it->path = &k->here;
	it->mode = r->mode & 0777;
	it->stop = true;
	if (!k->s->request->recursive)
		return ERR_ORDER;
	if (r->refused != 0) {
		it->detail = r->text;
		it->detail_len = r->text_len;
		return r->refused;
	}
	if ((e = policy_check_depth(k->s->policy, k->depth)) != 0)
		return e;
	return enter_dir(k, r, it);
}

/*
 * A directory gets its times and mode when nothing more goes into it.  One
 * that stood there before keeps its mode, but for -p.
 */
static int
leave_dir(struct sink *k, struct item *it)
{
	struct sink_level *level = &k->levels[--k->depth];
	const struct policy *p = k->s->policy;
	mode_t mode = level->mode;
	int e = 0, e2 = 0;

	it->verb = VERB_DIR_END;
	it->path = &k->here;
	it->mode = mode;
	if (!level->made && k->rules.overwrite == OVERWRITE_DENY) {
		jail_close_dir(&level->dir);
		return 0; /* it is not ours to change */
	}
	if (level->have_times)
		e = jail_set_times(&level->dir, level->times);
	if (preserves(k) ||
	    (level->made && policy_is_set(p, KEY_DIRECTORY_MODE)))
		e2 = jail_set_mode(&level->dir, mode);
	else if (level->made && (mode & 0700) != 0700)
		e2 = jail_set_mode(&level->dir, mode & ~k->s->umask);
	if (e == 0 && e2 == 0 && p->sync && !level->dir.unlisted)
		e2 = jail_sync(&level->dir);
	jail_close_dir(&level->dir);
	return e != 0 ? e : e2;
}

static int
take_dir_end(struct sink *k, struct item *it)
{
	if (k->depth > 0)
		return leave_dir(k, it);
	k->ended = true; /* WinSCP, SSH.NET and Trilead say goodbye so */
	return 0;
}

/* The last T before a C or D counts, with or without -p. */
static int
take_times(struct sink *k, const struct record_times *t, struct item *it)
{
	it->verb = VERB_TIMES;
	k->times_came = true;
	k->have_times = t->usable && k->s->policy->preserve_times;
	k->times[0].tv_sec = (time_t)t->atime;
	k->times[0].tv_nsec = t->atime_usec * 1000L;
	k->times[1].tv_sec = (time_t)t->mtime;
	k->times[1].tv_nsec = t->mtime_usec * 1000L;
	return 0;
}

/* The peer skipped something (\1), or gives up (\2): no reply to either. */
static int
take_message(struct sink *k, const struct record *r, struct item *it)
{
	it->verb = VERB_PEER;
	if (r->type == RECORD_WARNING && ++k->warnings > WARNINGS_MAX)
		return ERR_NOISE;
	it->reply = REPLY_NONE;
	it->detail = r->text;
	it->detail_len = r->text_len;
	return r->type == RECORD_WARNING ? ERR_PEER : ERR_PEER_FATAL;
}

/*
 * Pipelining: was this record answered ahead, with the verdict on an earlier
 * one?  A C that takes less than all would have its body's verdict ahead too,
 * and nobody can promise that.
 */
static int
take_credit(struct sink *k, const struct record *r, struct item *it)
{
	if (k->credit == 0 || r->type == RECORD_WARNING ||
	    r->type == RECORD_FATAL)
		return 0;
	k->credit--;
	it->acked_early = true;
	return r->type == RECORD_FILE && k->credit > 0 ? ERR_UNTIMED : 0;
}

/*
 * The go-aheads to send with this record's reply, so that the peer need not
 * wait for the next: a C or D, and a T before it where that is this peer's
 * way.  What is refused then is answered at the end of its body.
 */
static size_t
credit_ahead(struct sink *k, const struct record *r)
{
	const struct request *q = k->s->request;
	size_t wanted;

	if (!k->s->policy->pipelining ||
	    (r->type == RECORD_DIR_END && k->depth == 0) ||
	    (!q->recursive && !q->want_directory) || r->type == RECORD_TIMES ||
	    r->type == RECORD_WARNING || r->type == RECORD_FATAL)
		return 0;
	if (r->type != RECORD_DIR_END)
		k->timed = k->times_came;
	wanted = k->timed ? 2 : 1;
	return wanted > k->credit ? wanted - k->credit : 0;
}

static int
take_record(struct sink *k, const struct record *r, struct item *it)
{
	int e;

	if ((e = take_credit(k, r, it)) != 0)
		return e;
	it->acks_ahead = credit_ahead(k, r);
	switch (r->type) {
	case RECORD_TIMES:
		return take_times(k, &r->times, it);
	case RECORD_FILE:
		e = take_file(k, r, it);
		break;
	case RECORD_DIR:
		e = take_dir(k, r, it);
		break;
	case RECORD_DIR_END:
		e = take_dir_end(k, it);
		break;
	case RECORD_WARNING:
	case RECORD_FATAL:
		e = take_message(k, r, it);
		break;
	}
	/* they die with what they preceded */
	k->have_times = k->times_came = false;
	return e;
}

/* One record, one reply; none for the end of input where one may begin. */
static int
serve_record(struct sink *k)
{
	struct record r;
	struct item it;
	size_t len;
	int e;

	e = wire_line(k->s->wire, k->line, sizeof(k->line), &len);
	if (e == ERR_EOF) {
		k->ended = true;
		return 0;
	}
	if (e == 0)
		e = record_parse(&r, k->line, len);
	report_item(&it, VERB_SESSION, REPLY_NOW, NULL);
	if (e == 0)
		e = take_record(k, &r, &it);
	if ((e = report(k->s->report, &it, e)) == 0)
		k->credit += it.acks_ahead;
	relpath_cut(&k->here, current_len(k));
	return e;
}

/* End of input with directories open is a good end: they are finished. */
static void
leave_all(struct sink *k, bool finish)
{
	struct item it;
	int e;

	while (k->depth > 0) {
		if (!finish) {
			jail_close_dir(&k->levels[--k->depth].dir);
			continue;
		}
		report_item(&it, VERB_DIR_END, REPLY_NONE, &k->here);
		e = leave_dir(k, &it);
		(void)report(k->s->report, &it, e); /* kept as status */
		relpath_cut(&k->here, current_len(k));
	}
}

int
sink_run(struct sink *k)
{
	struct item it;
	int e;

	report_operand(k->s->report, k->s->request->paths[0], &k->here);
	report_item(&it, VERB_TARGET, REPLY_NOW, &k->here);
	it.stop = true;
	e = report(k->s->report, &it, k->target_error);
	while (e == 0 && !k->ended)
		e = serve_record(k);
	leave_all(k, e == 0);
	jail_close_target(&k->target);
	return e;
}
