/*
 * MKDIR, and the directories that a session has been busy in.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/requests.h"

void
sftp_note_dir(struct sftp *x, const struct dir *dir)
{
	struct info info;

	if (tree_fstat(dir->fd, &info) == 0)
		owned_add(&x->owned, &info, false);
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
 * keeps what it was made with, unless SetIdBits lets the bit be set.
 */
static int
finish(const struct sftp *x, const struct dir *dir, mode_t mode)
{
	const bool may = x->rules.may_setgid;

	return policy_fixes_mode(x->s->policy, true) ?
	    tree_set_mode(dir, mode & (may ? 02777 : 0777), may) :
	    0;
}

/* Makes a directory that is not there yet. */
static int
make(struct sftp *x, const struct dir *in, const struct name *name, mode_t mode,
    struct event *ev)
{
	struct dir dir = DIR_NONE;
	struct info info;
	int e;

	ev->changed = true;
	e = tree_enter(in, name, mode & 0777, &dir, &ev->changed);
	if (!ev->changed)
		e = EEXIST; /* whatever it is */
	if (dir.fd != -1 && tree_fstat(dir.fd, &info) == 0)
		owned_add(&x->owned, &info, ev->changed);
	if (e == 0 && (e = finish(x, &dir, mode)) == 0 &&
	    tree_fstat(dir.fd, &info) == 0)
		ev->mode = info.mode;
	tree_close_dir(&dir);
	if (e == 0)
		admit_count(x->s, 0);
	return e == 0 && x->s->policy->sync ? tree_sync(in) : e;
}

/* What exists is told so, whatever else could refuse it. */
static int
make_at(struct sftp *x, const struct packet_attrs *attrs, struct event *ev)
{
	const bool asked = (attrs->flags & ATTR_PERMISSIONS) != 0;
	struct dir parent = DIR_NONE, old = DIR_NONE;
	struct name name;
	mode_t mode;
	int e, refused;

	mode = policy_mode(x->s->policy, asked ? attrs->mode : 0777, true);
	if ((e = tree_place(x->s->tree, &x->here, false, &parent, &name)) != 0)
		return e == EISDIR ? EEXIST : e;
	if ((refused = policy_check_depth(x->s->policy, &x->here)) == 0)
		refused = admit(x->s, &parent, 0);
	if (refused == 0)
		e = make(x, &parent, &name, mode, ev);
	else {
		e = tree_enter_old(&parent, &name, &old);
		e = e == ENOENT ? refused : EEXIST;
		tree_close_dir(&old);
	}
	if (e == 0)
		sftp_note_dir(x, &parent);
	tree_close_dir(&parent);
	return e;
}

int
sftp_do_mkdir(struct sftp *x, struct packet_reader *in)
{
	struct packet_attrs attrs;
	struct item it;
	int e = sftp_path(x, in);

	packet_attrs(in, &attrs);
	if (in->bad)
		return ERR_PACKET;
	report_item(&it, VERB_MKDIR, REPLY_NONE, &x->here);
	if (e == 0)
		e = make_at(x, &attrs, &it.event);
	/* a tree that is stored again finds its directories: no failure */
	x->quiet = true;
	if (e != EEXIST)
		(void)sftp_lose(
		    x, report_record(x->s->report, &it.event, false, e));
	return e;
}
