/*
 * MKDIR, and the directories that a session has been busy in.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "session/parents.h"
#include "sftp/pending.h"
#include "sftp/requests.h"

void
sftp_note_dir(struct sftp *x, const struct dir *dir)
{
	struct info info;

	if (tree_fstat(dir->fd, &info) == 0)
		owned_add(&x->owned, &info, false);
}

/* MakeParents: the directories that are missing above a path. */
static int
make_parents(struct sftp *x)
{
	struct parents w;
	struct name name;
	struct info info;
	int last, e = parents_begin(&w, x->s, &x->here, false);

	w.may_setgid = x->rules.may_setgid;
	while (e == 0 && parents_miss(&w, &name)) {
		sftp_note_dir(x, &w.dir);
		e = parents_make(&w, x->s);
		if (w.made && tree_fstat(w.dir.fd, &info) == 0)
			owned_add(&x->owned, &info, true);
	}
	last = parents_end(&w, x->s, NULL);
	e = e != 0 ? e : last;
	return e == ERR_AUDIT ? sftp_lose(x, e) : e;
}

int
sftp_place(
    struct sftp *x, bool follow, bool makes, struct dir *dir, struct name *name)
{
	int e = tree_place(x->s->tree, &x->here, follow, dir, name);

	if (e != ENOENT || !makes || !x->s->policy->make_parents)
		return e;
	if ((e = make_parents(x)) != 0)
		return e;
	return tree_place(x->s->tree, &x->here, follow, dir, name);
}

int
sftp_open_node(struct sftp *x, const struct info *info, struct node *out)
{
	if (info->kind != KIND_FILE && info->kind != KIND_DIR)
		return ERR_KIND;
	if (sftp_may(x, NEEDS_READ) == 0)
		return tree_find(x->s->tree, &x->here, out);
	return tree_find_dir(x->s->tree, &x->here, out);
}

/*
 * The mode that a new directory gets after it is made: with DirectoryMode
 * whatever the umask says.  One that has the set-group-ID bit of its parent
 * keeps what it was made with, unless the session may set that bit.  A file
 * system that refuses the mode is in the record only, as for a file.
 */
static int
finish(const struct sftp *x, const struct dir *dir, mode_t mode)
{
	const bool may = x->rules.may_setgid;

	return policy_fixes_mode(x->s->policy, true) ?
	    tree_set_mode(dir, mode & (may ? 02777 : 0777), may) :
	    0;
}

/*
 * Makes a directory.  If something is there already that is EEXIST, whatever
 * else could refuse it.
 */
static int
make(struct sftp *x, const struct dir *in, const struct name *name, mode_t mode,
    struct event *ev, int *lack)
{
	struct dir dir = DIR_NONE;
	struct info info;
	int e, refused = policy_check_depth(x->s->policy, &x->here);

	ev->changed = true;
	if (refused == 0)
		e = session_enter(x->s, in, name, mode, x->rules.may_setgid, ev,
		    &dir, &ev->changed);
	else if ((e = tree_enter_old(in, name, &dir)) == ENOENT)
		e = refused;
	else
		ev->changed = false;
	if (!ev->changed)
		e = EEXIST; /* whatever it is */
	if (dir.fd != -1 && tree_fstat(dir.fd, &info) == 0)
		owned_add(&x->owned, &info, ev->changed);
	if (e == 0)
		*lack = report_lack(x->s->report, ev, finish(x, &dir, mode), 0);
	if (e == 0 && tree_fstat(dir.fd, &info) == 0)
		ev->mode = info.mode;
	tree_close_dir(&dir);
	return e;
}

static int
make_at(struct sftp *x, const struct packet_attrs *attrs, struct event *ev,
    int *lack)
{
	const bool asked = (attrs->flags & ATTR_PERMISSIONS) != 0;
	struct dir parent = DIR_NONE;
	struct name name;
	mode_t mode;
	int e;

	ev->mode = mode =
	    policy_mode(x->s->policy, asked ? attrs->mode : 0777, true);
	if ((e = sftp_place(x, false, true, &parent, &name)) != 0)
		return e == EISDIR ? EEXIST : e;
	if ((e = make(x, &parent, &name, mode, ev, lack)) == 0)
		sftp_note_dir(x, &parent);
	tree_close_dir(&parent);
	return e;
}

int
sftp_do_mkdir(struct sftp *x, struct packet_reader *in)
{
	struct packet_attrs attrs;
	struct item it;
	int lack = 0, e = sftp_path(x, in);

	packet_attrs(in, &attrs);
	if (in->bad)
		return ERR_PACKET;
	report_item(&it, VERB_MKDIR, REPLY_NONE, &x->here);
	if (e == 0 && pending_find(x, &x->here) != NULL)
		e = EEXIST;
	else if (e == 0)
		e = make_at(x, &attrs, &it.event, &lack);
	/* a tree that is stored again finds its directories: no failure */
	x->quiet = true;
	if (e != EEXIST)
		sftp_record(x, &it.event, e != 0 ? e : lack);
	return e;
}
