/*
 * The directories of a sink: what D and E do.  S5: their depth is checked here.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "scp/sink.h"
#include "session/parents.h"

struct dir *
sink_current_dir(struct sink *sink)
{
	return sink->depth > 0 ? &sink->levels[sink->depth - 1].dir :
				 &sink->target.dir;
}

size_t
sink_current_len(const struct sink *sink)
{
	return sink->depth > 0 ? sink->levels[sink->depth - 1].path_len :
				 sink->base_len;
}

bool
sink_preserves(const struct sink *sink)
{
	return sink->s->request->preserve && sink->s->policy->preserve_modes;
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
	return sink_preserves(sink) ||
	    (session_last_mode(sink->s, mode) && level->made);
}

/* The mode for the record of a directory: as it is stored in the end. */
static mode_t
mode_to_be(const struct sink *sink, const struct sink_level *level)
{
	mode_t mode;
	bool sets = mode_at_end(sink, level, &mode);

	return session_mode_to_be(&level->dir, sets, mode);
}

/*
 * With -p the copy of a directory that can't be written can't be written
 * either, but a second copy has to store in it.  In an open session it is given
 * the rights until then, if it is ours; with a Root its mode is what the
 * administrator wants, and a sticky directory is one that accounts share.
 */
static void
unlock(struct sink *sink, struct sink_level *level)
{
	struct info info;

	if (policy_is_confined(sink->s->policy) ||
	    sink->rules.overwrite == OVERWRITE_DENY || level->dir.unlisted ||
	    tree_fstat(level->dir.fd, &info) != 0 ||
	    info.uid != sink->rules.uid || info.uid == 0 ||
	    (info.mode & S_ISVTX) != 0 || (info.mode & 0300) == 0300)
		return;
	level->locked = info.mode;
	level->unlocked = tree_set_mode(&level->dir, info.mode | 0300,
			      sink->rules.may_setgid) == 0;
}

/* Takes them away again; errors are ignored. */
static void
lock_again(struct sink *sink, struct sink_level *level)
{
	if (level->unlocked)
		(void)tree_set_mode(
		    &level->dir, level->locked, sink->rules.may_setgid);
	level->unlocked = false;
}

/* Enters the directory that a D names, and makes it if it is missing. */
static int
enter_dir(struct sink *sink, const struct record *r, struct item *it)
{
	struct sink_level level = { .dir = DIR_NONE };
	const struct name *name = &r->name;
	mode_t mode;
	int e;

	if (sink->depth == 0 && !session_stores_in(&sink->target)) {
		if (sink->target.device != -1)
			return ENOTDIR;
		name = &sink->target.name;
	} else if ((e = relpath_append(&sink->here, name)) != 0 ||
	    (e = session_check_path(sink->s, &sink->here, sink->base_len)) != 0)
		return e;
	if ((e = policy_check_depth(sink->s->policy, &sink->here)) != 0)
		return e;
	/* we need all rights until E sets the mode of the directory */
	mode = policy_mode(sink->s->policy, r->mode, true);
	e = session_enter(sink->s, sink_current_dir(sink), name, mode | 0700,
	    sink->rules.may_setgid, &it->event, &level.dir, &level.made);
	if (e == 0 && !level.made)
		unlock(sink, &level);
	if (e != 0) {
		it->event.about_dir = e == EACCES; /* its parent's */
		tree_close_dir(&level.dir);
		return e;
	}
	level.path_len = sink->here.len;
	level.mode = mode;
	level.have_times = sink->have_times;
	memcpy(level.times, sink->times, sizeof(level.times));
	it->event.changed = level.made;
	if (level.made)
		it->event.mode = mode_to_be(sink, &level);
	sink->levels[sink->depth++] = level;
	return 0;
}

int
sink_enter(struct sink *sink, const struct record *r, struct item *it)
{
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
	return enter_dir(sink, r, it);
}

/* Reports a mode or times that the file system refuses; the session goes on. */
static int
complete(struct sink *sink, struct sink_level *level, struct event *ev)
{
	int e, no_times = 0, no_mode = 0;
	bool sets = mode_at_end(sink, level, &ev->mode);

	/* what a new one gets is in the record of its D already */
	ev->changed = !level->made && (sets || level->have_times);
	if (ev->changed && (e = report_change(sink->s->report, ev)) != 0)
		return e;
	if (level->have_times)
		no_times = tree_set_times(&level->dir, level->times);
	if (sets)
		no_mode = tree_set_mode(
		    &level->dir, ev->mode, sink->rules.may_setgid);
	if (ev->changed || no_times != 0 || no_mode != 0)
		ev->mode = session_mode_to_be(&level->dir, false, ev->mode);
	if (sink->s->policy->sync && !level->dir.unlisted &&
	    (e = tree_sync(&level->dir)) != 0)
		return e;
	return report_lack(sink->s->report, ev, no_mode, no_times);
}

int
sink_leave(struct sink *sink, struct item *it)
{
	struct sink_level *level = &sink->levels[--sink->depth];
	int e = 0;

	it->event.verb = VERB_DIR_END;
	it->event.path = &sink->here;
	/* Overwrite deny: what was there must not change */
	if (level->made || sink->rules.overwrite != OVERWRITE_DENY) {
		lock_again(sink, level);
		e = complete(sink, level, &it->event);
	}
	tree_close_dir(&level->dir);
	return e;
}

/*
 * Leaves a directory that is not complete.  One that was made gets its mode, as
 * its record says, if whoever goes on with it has all rights by that.
 */
static void
abandon(struct sink *sink, struct sink_level *level)
{
	mode_t mode;

	lock_again(sink, level);
	if (level->made && mode_at_end(sink, level, &mode) &&
	    (mode & 0700) == 0700)
		(void)tree_set_mode(&level->dir, mode, sink->rules.may_setgid);
	tree_close_dir(&level->dir);
}

void
sink_leave_all(struct sink *sink, bool finish)
{
	struct item it;
	int e;

	while (sink->depth > 0) {
		if (!finish) {
			abandon(sink, &sink->levels[--sink->depth]);
			continue;
		}
		report_item(&it, VERB_DIR_END, REPLY_NONE, &sink->here);
		e = sink_leave(sink, &it);
		(void)report(sink->s->report, &it, e); /* sets the status */
		relpath_cut(&sink->here, sink_current_len(sink));
	}
}
