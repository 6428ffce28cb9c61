#include "session/parents.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "session/admit.h"

/*
 * One that exists is entered also where nothing more may be created, and
 * before a record is written, which a new one needs first with Audit require.
 */
int
session_enter(struct session *s, const struct dir *in, const struct name *name,
    mode_t mode, bool may_setgid, const struct event *ev, struct dir *out,
    bool *made)
{
	int e, refused = admit(s, in, 0);

	if (refused != 0 || s->policy->audit == AUDIT_REQUIRE) {
		if ((e = tree_enter_old(in, name, out)) != ENOENT) {
			*made = false;
			return e;
		}
		if (refused != 0 || (e = report_change(s->report, ev)) != 0)
			return refused != 0 ? refused : e;
	}
	e = tree_enter(in, name, mode & 01777, out, made);
	if (e != 0 || !*made)
		return e;
	if ((mode & S_ISGID) != 0) /* at once, for the group of what comes */
		(void)tree_set_mode(out, mode, may_setgid);
	admit_count(s, 0);
	return s->policy->sync ? tree_sync(in) : 0;
}

bool
session_last_mode(const struct session *s, mode_t *mode)
{
	const bool whole = (*mode & 0700) == 0700;

	if (policy_fixes_mode(s->policy, true))
		return true;
	*mode &= ~s->umask;
	return !whole;
}

mode_t
session_mode_to_be(const struct dir *dir, bool sets, mode_t mode)
{
	struct info info;

	if (tree_fstat(dir->fd, &info) != 0)
		return mode;
	/* what it has of its parent stays */
	return sets ? mode | (info.mode & S_ISGID) : info.mode;
}

/* The mode that every directory above a target is asked to have. */
static mode_t
mode_asked(const struct session *s)
{
	return policy_mode(s->policy, 0777, true);
}

/*
 * Reports that the mode of a directory could not be set, or why.  No reply is
 * due, so that it goes to standard error, and in SFTP to the record only.
 */
static int
tell(struct session *s, struct item *it, int e)
{
	it->turn.reply =
	    s->request->verb == REQUEST_SFTP ? REPLY_NONE : REPLY_NOW;
	it->turn.acked_early = true;
	return report(s->report, it, e);
}

/*
 * Gives a directory its mode.  A file system that refuses it is no reason not
 * to store what comes into it.
 */
static int
give_mode(struct session *s, const struct dir *dir, const struct relpath *path,
    bool may_setgid)
{
	mode_t mode = mode_asked(s);
	struct item it;
	int e;

	if (!session_last_mode(s, &mode))
		return 0;
	mode &= may_setgid ? 02777 : 0777;
	if ((e = tree_set_mode(dir, mode, may_setgid)) != 0) {
		report_item(&it, VERB_DIR_END, REPLY_NONE, path);
		it.event.changed = true;
		it.event.mode = session_mode_to_be(dir, false, mode);
		e = report_lack(s->report, &it.event, e, 0);
		return tell(s, &it, e);
	}
	return s->policy->sync ? tree_sync(dir) : 0;
}

int
parents_begin(struct parents *w, const struct session *s,
    const struct relpath *path, bool itself)
{
	struct name last;
	int e = 0;

	w->whole = *path;
	w->dir = (struct dir)DIR_NONE;
	w->may_setgid = true;
	w->made = w->foreseen = false;
	if (!itself)
		e = relpath_split(&w->whole, &last);
	w->here = w->whole;
	if (e != 0)
		return e;
	while ((e = tree_open_dir(s->tree, &w->here, &w->dir)) == ENOENT &&
	    relpath_split(&w->here, &last) == 0)
		;
	return e;
}

bool
parents_miss(const struct parents *w, struct name *name)
{
	size_t n, at = w->here.len > 0 ? w->here.len + 1 : 0;
	const char *s = relpath_next(&w->whole, &at, &n);

	if (s == NULL)
		return false;
	memcpy(name->s, s, n); /* a component is a name: it fits */
	name->s[n] = '\0';
	return true;
}

/* Closes a directory that nothing more comes into, and gives it its mode. */
static int
leave(struct parents *w, struct session *s)
{
	int e = w->made ? give_mode(s, &w->dir, &w->here, w->may_setgid) : 0;

	w->made = false;
	tree_close_dir(&w->dir);
	return e;
}

/* Where links are followed, one that leads nowhere is a missing directory. */
static int
error_to_report(const struct session *s, int e)
{
	return e == ERR_LINK && s->tree->follow ? ENOENT : e;
}

/* Records the directory that was made. */
static int
record(const struct parents *w, struct session *s, struct event *ev)
{
	const bool sets = session_last_mode(s, &ev->mode);

	ev->path = &w->here;
	ev->changed = w->made;
	ev->mode = session_mode_to_be(&w->dir, sets, ev->mode);
	return report_record(s->report, ev, false, 0);
}

int
parents_make(struct parents *w, struct session *s)
{
	struct dir dir = DIR_NONE;
	struct relpath next = w->here;
	struct name name;
	struct item it;
	bool made = true;
	int e;

	if (!parents_miss(w, &name))
		return 0;
	if ((e = relpath_append(&next, &name)) != 0 ||
	    (e = policy_check_depth(s->policy, &next)) != 0)
		return e;
	report_item(&it, VERB_MKDIR, REPLY_NONE, &next);
	it.event.mode = mode_asked(s);
	e = session_enter(s, &w->dir, &name, it.event.mode | 0700,
	    w->may_setgid, &it.event, &dir, &made);
	if (e == 0)
		e = leave(w, s);
	if (e != 0) {
		tree_close_dir(&dir);
		return error_to_report(s, e);
	}
	w->here = next;
	w->dir = dir;
	w->made = made;
	return record(w, s, &it.event);
}

int
parents_foresee(struct parents *w, struct session *s)
{
	struct dir old = DIR_NONE;
	struct name name;
	int e;

	if (!parents_miss(w, &name))
		return 0;
	if ((e = relpath_append(&w->here, &name)) != 0 ||
	    (e = policy_check_depth(s->policy, &w->here)) != 0 ||
	    (e = admit(s, &w->dir, 0)) != 0)
		return e;
	/* what stands there is no directory, or it would have been entered */
	e = w->foreseen ? ENOENT : tree_enter_old(&w->dir, &name, &old);
	tree_close_dir(&old);
	if (e != ENOENT)
		return error_to_report(s, e);
	w->foreseen = true;
	admit_count(s, 0);
	return 0;
}

int
parents_end(struct parents *w, struct session *s, struct dir *out)
{
	const bool later = (mode_asked(s) & 0700) != 0700;
	int e = 0;

	if (out == NULL)
		return leave(w, s);
	if (w->made && !later)
		e = give_mode(s, &w->dir, &w->here, w->may_setgid);
	*out = w->dir;
	return e;
}

void
parents_lock(struct session *s, const struct dir *dir,
    const struct relpath *path, bool may_setgid)
{
	struct item it;
	int e;

	if (dir->fd == -1 || !dir->just_created ||
	    (mode_asked(s) & 0700) == 0700)
		return;
	report_item(&it, VERB_DIR_END, REPLY_NONE, path);
	if ((e = give_mode(s, dir, path, may_setgid)) != 0)
		(void)tell(s, &it, e); /* it is the end already */
}
