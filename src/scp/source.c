/*
 * scp -f: reads files and directories and sends records to the peer.
 *
 *	session = { operand } { warning }
 *	operand = file | "D" { file | operand } { warning } "E"
 *	file    = "C" body status
 *
 * with a T before each C and D under -p.  The peer sends the first byte, a \0,
 * and replies to each T, C, D, E and body.  It does not reply to warnings, and
 * some peers get out of step when a warning comes between records.  Warnings
 * within a directory are therefore sent just before its E, and those about
 * operands at the end of the session.
 */
#include "scp/source.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

/* The number of octets that the next block has when left remain. */
static size_t
block_of(const struct source *source, int64_t left)
{
	const size_t most =
	    wire_portion(source->s->wire, sizeof(source->block));

	return left < (int64_t)most ? (size_t)left : most;
}

/* Reads up to want octets of a file.  The end of the file is ERR_CHANGED. */
static int
read_some(
    struct source *source, const struct node *file, size_t want, size_t *got)
{
	int e = tree_read(file, source->block, want, got);

	return e == 0 && *got == 0 ? ERR_CHANGED : e;
}

/*
 * Reads the beginning of a body while the reply to its C is on the way, so
 * that waiting for the disk and for the peer overlap.
 */
static int
prefetch(struct source *source, const struct node *file)
{
	const size_t want = block_of(source, file->info.size);

	source->prefetched = 0;
	return want == 0 ? 0 :
			   read_some(source, file, want, &source->prefetched);
}

/*
 * Sends the next block of a body and sets *got to its length, at most left.
 * When the file can't be read, *broken is set to the error and the rest of the
 * body is zeros, since the peer expects the announced size.
 */
static int
send_some(struct source *source, const struct node *file, int64_t left,
    int *broken, size_t *got)
{
	const size_t want = block_of(source, left);

	*got = source->prefetched;
	if (*broken == 0 && source->prefetched == 0)
		*broken = read_some(source, file, want, got);
	source->prefetched = 0;
	if (*broken != 0) {
		memset(source->block, 0, want);
		*got = want;
	}
	digest_add(&source->sum, source->block, *got);
	/* the last block and the status are sent in one call */
	return *broken == 0 && (int64_t)*got == left ?
	    wire_queue(source->s->wire, source->block, *got) :
	    wire_write(source->s->wire, source->block, *got);
}

/*
 * Sends the next part of a body with sendfile(2) where that is possible, else
 * as send_some() does.
 */
static int
send_some_directly(struct source *source, const struct node *file, int64_t left,
    int *broken, size_t *got)
{
	struct wire *w = source->s->wire;
	const int64_t most = (int64_t)wire_portion(w, SOURCE_SENDFILE_SIZE);
	int e;

	if (*broken != 0 || source->prefetched > 0 || !source->zero_copy ||
	    source->sum.on || left <= SOURCE_BLOCK_SIZE)
		return send_some(source, file, left, broken, got);
	/* the last block is left to send_some(): a record goes before it */
	left -= SOURCE_BLOCK_SIZE;
	e = wire_send_file(
	    w, file->fd, NULL, (size_t)(left < most ? left : most), got);
	if (e == 0 && *got == 0)
		*broken = ERR_CHANGED;
	source->zero_copy = e != EINVAL;
	return source->zero_copy ?
	    e :
	    send_some(source, file, left + SOURCE_BLOCK_SIZE, broken, got);
}

/* Sends a body of exactly the announced size. */
static int
send_body(struct source *source, const struct node *file, struct item *it,
    int *broken)
{
	int64_t left = file->info.size;
	size_t got = 0;
	int e;

	source->zero_copy = true;
	while (left > 0) {
		if ((e = wire_check(source->s->wire)) != 0 ||
		    (e = send_some_directly(
			 source, file, left, broken, &got)) != 0 ||
		    (e = wire_pace(source->s->wire, got)) != 0)
			return e;
		left -= (int64_t)got;
		it->event.bytes = file->info.size - left;
		report_progress(source->s->report, &it->event,
		    file->info.size - left, file->info.size);
	}
	return 0;
}

static void
end_digest(struct source *source, struct item *it)
{
	digest_end(&source->sum, source->digest);
	it->event.digest = source->digest;
}

static int
send_file(struct source *source, const struct node *file,
    const struct name *name, struct item *it)
{
	int e, broken;

	it->event.verb = VERB_GET;
	it->event.mode = file->info.mode & SOURCE_MODE_SENT;
	digest_begin(&source->sum, source->s->policy->audit_digest);
	if (file->info.size == 0)
		end_digest(source, it);
	if ((e = policy_check_size(source->s->policy, &source->s->totals,
		 file->info.size)) != 0 ||
	    (e = source_announce(source, &file->info, name, it)) != 0)
		return e;
	broken = prefetch(source, file);
	if ((e = source_hear(source, &file->info, it)) != 0)
		return e;
	it->turn.reply = REPLY_NONE; /* a message would be read as the body */
	if ((e = send_body(source, file, it, &broken)) != 0)
		return e;
	source->s->totals.files++;
	source->s->totals.bytes += file->info.size;
	it->event.bytes = file->info.size;
	if (file->info.size > 0)
		end_digest(source, it);
	/* the last block still waits to be written */
	if (broken == 0 && !it->event.recorded &&
	    (e = report_ahead(source->s->report, &it->event)) != 0)
		return e;
	return source_body_end(source, it, broken);
}

/* Whether a directory is its own ancestor: a link can lead to a parent. */
static bool
is_on_stack(const struct source *source, const struct info *info)
{
	for (size_t i = 0; i < source->depth; i++)
		if (tree_is_same(&source->levels[i].node.info, info))
			return true;
	return false;
}

/* Begins a directory.  On success levels owns the descriptor of *dir. */
static int
enter_dir(struct source *source, struct node *dir, const struct name *name,
    struct item *it)
{
	struct source_level *level = &source->levels[source->depth];
	int e;

	it->event.verb = VERB_LIST;
	it->event.mode = dir->info.mode & SOURCE_MODE_SENT;
	if (is_on_stack(source, &dir->info))
		return ERR_LOOP;
	if ((e = policy_check_depth(source->s->policy, &source->here)) != 0 ||
	    (e = source_announce(source, &dir->info, name, it)) != 0 ||
	    (e = source_hear(source, &dir->info, it)) != 0)
		return e;
	level->node = *dir;
	level->resume = 0;
	level->path_len = source->here.len;
	level->mark = report_mark(source->s->report);
	dir->fd = -1;
	source->depth++;
	return 0;
}

/* Sends a file, or the beginning of a directory. */
static int
send_node(struct source *source, struct node *node, const struct name *name,
    struct item *it)
{
	if (node->info.kind == KIND_DIR)
		return enter_dir(source, node, name, it);
	return send_file(source, node, name, it);
}

static int
send_entry(struct source *source, const struct entry *entry, struct item *it)
{
	const struct source_level *level = &source->levels[source->depth - 1];
	struct node node = NODE_NONE;
	int e;

	if (entry->refused != 0) {
		it->event.detail = entry->raw;
		it->event.detail_len = strlen(entry->raw);
		return entry->refused;
	}
	if ((e = relpath_append(&source->here, &entry->name)) != 0)
		return e;
	if (session_check_path(source->s, &source->here, source->operand_len) !=
	    0)
		return 0; /* an entry that the policy hides is skipped */
	if ((e = tree_open_entry(source->s->tree, &level->node, entry,
		 &source->here, &node)) != 0)
		return e;
	e = send_node(source, &node, &entry->name, it);
	tree_close_node(&node);
	return e;
}

/* Ends a directory: sends its warnings and then E. */
static int
leave_dir(struct source *source, struct item *it)
{
	struct source_level *level = &source->levels[--source->depth];
	int e;

	it->event.verb = VERB_LIST;
	it->turn.reply = REPLY_NONE;
	tree_scan_forget(&source->scan, &level->node);
	tree_close_node(&level->node);
	if ((e = source_catch_up(source, it)) != 0 ||
	    (e = report_flush(source->s->report, level->mark)) != 0)
		return e;
	return source_dir_end(source, it);
}

static size_t
current_len(const struct source *source)
{
	return source->depth > 0 ? source->levels[source->depth - 1].path_len :
				   source->operand_len;
}

/* Reports an item.  In lock-step, a failure waits for earlier replies. */
static int
report_in_turn(struct source *source, struct item *it, int err)
{
	int e = err == 0 ? 0 : source_catch_up(source, it);

	return report(source->s->report, it, e == 0 ? err : e);
}

/* Sends the next entry of the innermost directory, or its end. */
static int
walk_step(struct source *source)
{
	struct source_level *level = &source->levels[source->depth - 1];
	struct entry entry;
	struct item it;
	int e;

	report_item(&it, VERB_LIST, REPLY_LATER, &source->here);
	if ((e = wire_check(source->s->wire)) == 0)
		e = tree_next(
		    &source->scan, &level->node, &level->resume, &entry);
	if (e == 0)
		return report_in_turn(
		    source, &it, send_entry(source, &entry, &it));
	if (e != ERR_EOF) { /* the rest can't be listed */
		if ((e = report_in_turn(source, &it, e)) != 0)
			return e;
		report_item(&it, VERB_LIST, REPLY_NONE, &source->here);
	}
	return report(source->s->report, &it, leave_dir(source, &it));
}

/* The name to send for an operand.  For the root it is the account's name. */
static int
operand_name(const struct source *source, struct name *name)
{
	struct relpath path = source->here;
	const char *account = source->s->account;

	if (path.len > 0)
		return relpath_split(&path, name);
	return name_parse(name, account, strlen(account));
}

/* Opens the file or directory at source->here. */
static int
open_operand(struct source *source, struct node *node)
{
	int e;

	if ((e = tree_find(source->s->tree, &source->here, node)) != 0)
		return e;
	if (node->info.kind == KIND_DIR && !source->s->request->recursive)
		return ERR_KIND;
	return 0;
}

/*
 * Sends the file or the whole directory at source->here: one operand, or one
 * match of a pattern.  e is the error that looking it up had, or 0.
 */
static int
send_operand(struct source *source, int e)
{
	struct node node = NODE_NONE;
	struct name name;
	struct item it;
	int lost;

	if ((lost = wire_check(source->s->wire)) != 0)
		e = lost;
	source->operand_len = source->here.len;
	report_item(&it, VERB_GET, REPLY_LATER, &source->here);
	if (e == 0 && (e = open_operand(source, &node)) == 0 &&
	    (e = operand_name(source, &name)) == 0)
		e = send_node(source, &node, &name, &it);
	tree_close_node(&node);
	e = report_in_turn(source, &it, e);
	while (e == 0 && source->depth > 0) {
		e = walk_step(source);
		relpath_cut(&source->here, current_len(source));
	}
	return e;
}

static int
send_path(struct source *source, const char *typed)
{
	int e;

	relpath_cut(&source->here, 0);
	e = session_path(source->s, typed, &source->here);
	report_operand(source->s->report, typed, &source->here);
	return send_operand(source, e);
}

/*
 * Sends every match of a pattern as if it had been an operand.  Wildcards skip
 * names that the policy hides.  An alternative without any match is reported
 * as missing.
 */
static int
send_matches(struct source *source, const char *typed)
{
	struct pattern *p = &source->pattern;
	int e = 0, found, refused;

	if (session_pattern(source->s, typed, p) != 0)
		return send_path(source, typed);
	do {
		relpath_cut(&source->here, 0);
		found = pattern_next(p, &source->here);
		if (found == ERR_EOF)
			break;
		refused = found == 0 ?
		    session_check_path(source->s, &source->here, 0) :
		    0;
		if (refused != 0 && pattern_drop(p))
			continue;
		/* the path grows while a tree is walked */
		memcpy(source->match, source->here.s, source->here.len + 1);
		report_operand(source->s->report,
		    found == 0 ? source->match : typed, &source->here);
		e = send_operand(source, found == 0 ? refused : found);
	} while (e == 0 && (found == 0 || found == ENOENT));
	pattern_end(p);
	return e;
}

int
source_run(struct source *source, struct session *s)
{
	const struct request *q = s->request;
	int e;

	memset(source, 0,
	    offsetof(struct source, levels)); /* the rest needs none */
	source->s = s;
	source->scan.fd = -1;
	source->deferred[DEFERRED_BODY].pending = false;
	source->deferred[DEFERRED_DIR].pending = false;
	e = source_begin(source);
	for (size_t i = 0; e == 0 && i < q->path_count; i++)
		e = q->shell_syntax && q->pattern[i] ?
		    send_matches(source, q->paths[i]) :
		    send_path(source, q->paths[i]);
	e = source_end(source, e);
	if (e == 0)
		e = report_flush(s->report, 0);
	while (source->depth > 0)
		tree_close_node(&source->levels[--source->depth].node);
	return e;
}
