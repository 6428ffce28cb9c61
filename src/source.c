/*
 * scp -f: tree in, records out.
 *
 *	session = { operand } { warning }
 *	operand = file | "D" { file | operand } { warning } "E"
 *	file    = "C" body status
 *
 * with a T before each C and D under -p.  The peer begins, with one \0, and
 * answers each T, C, D, E and body.  It does not answer warnings, and some
 * peers lose their place when one comes before another record, so those of a
 * directory wait until just before its E, and those of operands until the end.
 */
#include "source.h"

#include <errno.h>
#include <string.h>

#include "err.h"

/* What a block takes of so many octets. */
static size_t
block_of(const struct source *k, int64_t left)
{
	return left < (int64_t)sizeof(k->block) ? (size_t)left :
						  sizeof(k->block);
}

/* Some of a file's next want octets: 0 or why there are none. */
static int
read_some(struct source *k, const struct node *file, size_t want, size_t *got)
{
	int e = jail_read(file, k->block, want, got);

	return e == 0 && *got == 0 ? ERR_CHANGED : e;
}

/*
 * The beginning of a body, while the answer to its C is under way: the time
 * that a disk needs is not added to the peer's.
 */
static int
read_ahead(struct source *k, const struct node *file)
{
	const size_t want = block_of(k, file->info.size);

	k->ahead = 0;
	return want == 0 ? 0 : read_some(k, file, want, &k->ahead);
}

/*
 * Some of the body: *got octets, at most left.  A file that can't be read to
 * there is padded with zeros, since the peer counts; *broken says why.
 */
static int
send_some(struct source *k, const struct node *file, int64_t left, int *broken,
    size_t *got)
{
	const size_t want = block_of(k, left);

	*got = k->ahead;
	if (*broken == 0 && k->ahead == 0)
		*broken = read_some(k, file, want, got);
	k->ahead = 0;
	if (*broken != 0) {
		memset(k->block, 0, want);
		*got = want;
	}
	digest_add(&k->sum, k->block, *got);
	/* the end of a good body goes out with its status */
	return *broken == 0 && (int64_t)*got == left ?
	    wire_queue(k->s->wire, k->block, *got) :
	    wire_write(k->s->wire, k->block, *got);
}

/*
 * The same without a copy, for what nobody here has to see; as much at once
 * as a RateLimit is kept with.
 */
static int
splice_some(struct source *k, const struct node *file, int64_t left,
    int *broken, size_t *got)
{
	struct wire *w = k->s->wire;
	const int64_t most =
	    w->rate > 0 ? SOURCE_BLOCK_SIZE : SOURCE_SPLICE_SIZE;
	int e;

	if (*broken != 0 || k->ahead > 0 || !k->splices || k->sum.on ||
	    left <= SOURCE_BLOCK_SIZE)
		return send_some(k, file, left, broken, got);
	e = wire_send_file(
	    w, file->fd, (size_t)(left < most ? left : most), got);
	if (e == 0 && *got == 0)
		*broken = ERR_CHANGED;
	k->splices = e != EINVAL;
	return k->splices ? e : send_some(k, file, left, broken, got);
}

/* Exactly the announced octets. */
static int
send_body(struct source *k, const struct node *file, const struct item *it,
    int *broken)
{
	int64_t left = file->info.size;
	size_t got = 0;
	int e;

	k->splices = true;
	while (left > 0) {
		if ((e = wire_check(k->s->wire)) != 0 ||
		    (e = splice_some(k, file, left, broken, &got)) != 0 ||
		    (e = wire_pace(k->s->wire, got)) != 0)
			return e;
		left -= (int64_t)got;
		report_progress(
		    k->s->report, it, file->info.size - left, file->info.size);
	}
	return 0;
}

static int
send_file(struct source *k, const struct node *file, const struct name *name,
    struct item *it)
{
	int e, broken;

	it->verb = VERB_GET;
	it->mode = file->info.mode & SOURCE_MODE_SENT;
	if ((e = policy_check_size(
		 k->s->policy, &k->s->totals, file->info.size)) != 0 ||
	    (e = source_announce(k, &file->info, name, it)) != 0)
		return e;
	broken = read_ahead(k, file);
	if ((e = source_hear(k, &file->info, it)) != 0)
		return e;
	it->reply = REPLY_NONE; /* no words of ours within a body */
	digest_begin(&k->sum, k->s->policy->audit_digest);
	if ((e = send_body(k, file, it, &broken)) != 0)
		return e;
	digest_end(&k->sum, k->digest);
	it->digest = k->digest;
	k->s->totals.files++;
	k->s->totals.bytes += file->info.size;
	it->bytes = file->info.size;
	return source_body_end(k, it, broken);
}

/* A link to a parent would be sent for ever. */
static bool
is_on_stack(const struct source *k, const struct info *info)
{
	for (size_t i = 0; i < k->depth; i++)
		if (k->levels[i].node.info.dev == info->dev &&
		    k->levels[i].node.info.ino == info->ino)
			return true;
	return false;
}

/* Begins a directory; on success the stack owns its node. */
static int
enter_dir(struct source *k, struct node *dir, const struct name *name,
    struct item *it)
{
	struct source_level *level = &k->levels[k->depth];
	int e;

	it->verb = VERB_LIST;
	it->mode = dir->info.mode & SOURCE_MODE_SENT;
	if (is_on_stack(k, &dir->info))
		return ERR_LOOP;
	if ((e = policy_check_depth(k->s->policy, k->depth)) != 0 ||
	    (e = source_announce(k, &dir->info, name, it)) != 0 ||
	    (e = source_hear(k, &dir->info, it)) != 0)
		return e;
	level->node = *dir;
	level->resume = 0;
	level->path_len = k->here.len;
	level->mark = report_mark(k->s->report);
	dir->fd = -1;
	k->depth++;
	return 0;
}

/* Sends what was opened: a file whole, a directory's beginning. */
static int
send_node(struct source *k, struct node *node, const struct name *name,
    struct item *it)
{
	if (node->info.kind == KIND_DIR)
		return enter_dir(k, node, name, it);
	return send_file(k, node, name, it);
}

static int
send_entry(struct source *k, const struct entry *entry, struct item *it)
{
	const struct source_level *level = &k->levels[k->depth - 1];
	struct node node = NODE_NONE;
	int e;

	if (entry->refused != 0) {
		it->detail = entry->raw;
		it->detail_len = strlen(entry->raw);
		return entry->refused;
	}
	if ((e = relpath_append(&k->here, &entry->name)) != 0)
		return e;
	if (session_check_path(k->s, &k->here) != 0)
		return 0; /* what may not be named is not there */
	if ((e = jail_open_entry(
		 k->s->jail, &level->node, entry, &k->here, &node)) != 0)
		return e;
	e = send_node(k, &node, &entry->name, it);
	jail_close_node(&node);
	return e;
}

/* Its warnings, then E. */
static int
leave_dir(struct source *k, struct item *it)
{
	struct source_level *level = &k->levels[--k->depth];
	int e;

	it->verb = VERB_LIST;
	it->reply = REPLY_NONE;
	jail_scan_forget(&k->scan, &level->node);
	jail_close_node(&level->node);
	if ((e = source_catch_up(k, it)) != 0 ||
	    (e = report_flush(k->s->report, level->mark)) != 0)
		return e;
	return source_dir_end(k, it);
}

static size_t
current_len(const struct source *k, size_t base)
{
	return k->depth > 0 ? k->levels[k->depth - 1].path_len : base;
}

/* A failure comes after what was done before it, in lock-step. */
static int
report_in_turn(struct source *k, struct item *it, int err)
{
	int e = err == 0 ? 0 : source_catch_up(k, it);

	return report(k->s->report, it, e == 0 ? err : e);
}

/* The next entry of the innermost directory, or the end of it. */
static int
walk_step(struct source *k)
{
	struct source_level *level = &k->levels[k->depth - 1];
	struct entry entry;
	struct item it;
	int e;

	report_item(&it, VERB_LIST, REPLY_LATER, &k->here);
	e = jail_next(&k->scan, &level->node, &level->resume, &entry);
	if (e == 0)
		return report_in_turn(k, &it, send_entry(k, &entry, &it));
	if (e != ERR_EOF) { /* the rest of it can't be listed */
		if ((e = report_in_turn(k, &it, e)) != 0)
			return e;
		report_item(&it, VERB_LIST, REPLY_NONE, &k->here);
	}
	return report(k->s->report, &it, leave_dir(k, &it));
}

/* The name to send for an operand; the account's for the root itself. */
static int
operand_name(const struct source *k, struct name *name)
{
	struct relpath path = k->here;
	const char *account = k->s->account;

	if (path.len > 0)
		return relpath_split(&path, name);
	return name_parse(name, account, strlen(account));
}

/* Opens what k->here names. */
static int
open_operand(struct source *k, struct node *node)
{
	int e;

	if ((e = jail_find(k->s->jail, &k->here, node)) != 0)
		return e;
	if (node->info.kind == KIND_DIR && !k->s->request->recursive)
		return ERR_KIND;
	return 0;
}

/* One operand, or one match of a pattern: the whole tree below k->here. */
static int
send_place(struct source *k, int e)
{
	struct node node = NODE_NONE;
	struct name name;
	struct item it;
	size_t base = k->here.len;

	report_item(&it, VERB_GET, REPLY_LATER, &k->here);
	if (e == 0 && (e = open_operand(k, &node)) == 0 &&
	    (e = operand_name(k, &name)) == 0)
		e = send_node(k, &node, &name, &it);
	jail_close_node(&node);
	e = report_in_turn(k, &it, e);
	while (e == 0 && k->depth > 0) {
		e = walk_step(k);
		relpath_cut(&k->here, current_len(k, base));
	}
	return e;
}

static int
send_path(struct source *k, const char *typed)
{
	int e;

	relpath_cut(&k->here, 0);
	e = session_path(k->s, typed, &k->here);
	report_operand(k->s->report, typed, &k->here);
	return send_place(k, e);
}

/*
 * A pattern: every match as an operand of its own, under its own path.  What
 * may not be named is not matched by a wildcard; an alternative that matches
 * nothing is missing.
 */
static int
send_matches(struct source *k, const char *typed)
{
	struct pattern *p = &k->pattern;
	struct place place;
	int e, found, refused;

	if ((e = session_place(k->s, typed, &place)) != 0)
		return send_path(k, typed);
	pattern_begin(p, k->s->jail, place.start, place.text);
	do {
		relpath_cut(&k->here, 0);
		found = pattern_next(p, &k->here);
		if (found == ERR_EOF)
			break;
		refused = found == 0 ? session_check_path(k->s, &k->here) : 0;
		if (refused != 0 && pattern_drop(p))
			continue;
		report_operand(
		    k->s->report, found == 0 ? k->here.s : typed, &k->here);
		e = send_place(k, found == 0 ? refused : found);
	} while (e == 0 && (found == 0 || found == ENOENT));
	pattern_end(p);
	return e;
}

int
source_run(struct source *k, struct session *s)
{
	const struct request *q = s->request;
	int e;

	memset(k, 0, offsetof(struct source, levels)); /* as in wire_init() */
	k->s = s;
	k->scan.fd = -1;
	k->owed[OWED_BODY].due = false;
	k->owed[OWED_DIR].due = false;
	e = source_begin(k);
	for (size_t i = 0; e == 0 && i < q->path_count; i++)
		e = q->dialect && q->pattern[i] ? send_matches(k, q->paths[i]) :
						  send_path(k, q->paths[i]);
	e = source_end(k, e);
	if (e == 0)
		e = report_flush(s->report, 0);
	while (k->depth > 0)
		jail_close_node(&k->levels[--k->depth].node);
	return e;
}
