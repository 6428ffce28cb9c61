#include "session/parents.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "session/admit.h"

/* Where no more may be created, one that exists already is still entered. */
int
session_enter(struct session *s, const struct dir *in, const struct name *name,
    mode_t mode, bool may_setgid, struct dir *out, bool *made)
{
	int e, refused = admit(s, in, 0);

	if (refused != 0) {
		e = tree_enter_old(in, name, out);
		*made = *made && e == ENOENT;
		return e == ENOENT ? refused : e;
	}
	e = tree_enter(in, name, mode & 0777, out, made);
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

static void
give_mode(const struct session *s, const struct dir *dir, bool may_setgid)
{
	mode_t mode = mode_asked(s);

	if (!session_last_mode(s, &mode))
		return;
	mode &= may_setgid ? 02777 : 0777;
	if (tree_set_mode(dir, mode, may_setgid) == 0 && s->policy->sync)
		(void)tree_sync(dir);
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

/* Goes down to the next one.  The one above has all that comes into it. */
static void
go_down(struct parents *w, const struct session *s, const struct dir *dir,
    bool made)
{
	if (w->made)
		give_mode(s, &w->dir, w->may_setgid);
	tree_close_dir(&w->dir);
	w->dir = *dir;
	w->made = made;
}

/* A link that leads nowhere was followed, so it is not that it isn't. */
static int
told(const struct session *s, int e)
{
	return e == ERR_LINK && s->tree->follow ? ENOENT : e;
}

/* Records the directory that was made. */
static int
record(const struct parents *w, struct session *s)
{
	mode_t mode = mode_asked(s);
	const bool sets = session_last_mode(s, &mode);
	struct item it;

	report_item(&it, VERB_MKDIR, REPLY_NONE, &w->here);
	it.event.changed = w->made;
	it.event.mode = session_mode_to_be(&w->dir, sets, mode);
	return report_record(s->report, &it.event, false, 0);
}

int
parents_make(struct parents *w, struct session *s)
{
	struct dir dir = DIR_NONE;
	struct name name;
	bool made = true;
	int e;

	if (!parents_miss(w, &name))
		return 0;
	if ((e = relpath_append(&w->here, &name)) != 0 ||
	    (e = policy_check_depth(s->policy, &w->here)) != 0)
		return e;
	e = session_enter(s, &w->dir, &name, mode_asked(s) | 0700,
	    w->may_setgid, &dir, &made);
	if (e != 0) {
		tree_close_dir(&dir);
		return told(s, e);
	}
	go_down(w, s, &dir, made);
	return record(w, s);
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
		return told(s, e);
	w->foreseen = true;
	admit_count(s, 0);
	return 0;
}

void
parents_end(struct parents *w, const struct session *s, struct dir *out)
{
	const bool later = out != NULL && (mode_asked(s) & 0700) != 0700;

	if (w->made && !later)
		give_mode(s, &w->dir, w->may_setgid);
	if (out != NULL)
		*out = w->dir;
	else
		tree_close_dir(&w->dir);
	w->dir = (struct dir)DIR_NONE;
	w->made = false;
}

void
parents_lock(const struct session *s, const struct dir *dir, bool may_setgid)
{
	if (dir->fd != -1 && dir->just_created &&
	    (mode_asked(s) & 0700) != 0700)
		give_mode(s, dir, may_setgid);
}
