/*
 * REMOVE, RMDIR, RENAME and links: what stood there before is a matter of
 * Modify, and a name that is taken one of Overwrite.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/pending.h"
#include "sftp/requests.h"

/* A name in an open directory, and what stands there. */
struct spot {
	struct dir dir;
	struct name name;
	struct info info;
};
#define SPOT_NONE               \
	{                       \
		.dir = DIR_NONE \
	}

static int
find(struct sftp *x, const struct relpath *path, struct spot *out)
{
	int e = tree_place(x->s->tree, path, false, &out->dir, &out->name);

	if (e == 0)
		e = tree_stat_name(&out->dir, &out->name, &out->info);
	if (e == 0 && path->dir && out->info.kind != KIND_DIR)
		e = ENOENT; /* "name/" */
	return e;
}

/* Finds where something gets the name x->here; only a directory has "name/". */
static int
find_place(struct sftp *x, bool is_dir, struct spot *out)
{
	if (x->here.dir && !is_dir)
		return ENOENT;
	return tree_place(x->s->tree, &x->here, false, &out->dir, &out->name);
}

/* Whether this session may take a name away from what stands there. */
static int
may_change(struct sftp *x, const struct info *info)
{
	int e;

	if (sftp_is_log(x, info))
		return ERR_LOG;
	if (owned_has(&x->owned, info))
		return 0;
	if ((e = sftp_hide(x, info)) != 0)
		return e;
	return x->s->policy->modify == MODIFY_YES ? 0 : ERR_MODIFY;
}

/* Begins the record of a change, which is written also if it fails. */
static void
begin(struct sftp *x, enum verb verb, const struct relpath *path)
{
	struct item it;

	report_item(&it, verb, REPLY_NONE, path);
	it.event.changed = true;
	x->change = it.event;
	x->quiet = true;
}

static void
set_detail(struct sftp *x, const char *to)
{
	x->change.detail = to;
	x->change.detail_len = strlen(to);
}

/* A path from the root, as what was typed could fill the record with "./". */
static void
set_path(struct sftp *x, const struct relpath *path)
{
	x->text[0] = '/';
	memcpy(x->text + 1, path->s, path->len + 1);
	set_detail(x, x->text);
}

/* Called just before the change. */
static int
go_on(struct sftp *x)
{
	return report_change(x->s->report, &x->change);
}

/* Writes the record: the change was made, or err says why not. */
static int
end(struct sftp *x, int err)
{
	sftp_record(x, &x->change, err);
	return err;
}

/* Sync always. */
static int
keep_change(const struct sftp *x, const struct dir *dir)
{
	return x->s->policy->sync ? tree_sync(dir) : 0;
}

static int
take_away(struct sftp *x, bool is_dir)
{
	struct spot spot = SPOT_NONE;
	int e = find(x, &x->here, &spot);

	if (e == 0 && is_dir != (spot.info.kind == KIND_DIR))
		e = is_dir ? ENOTDIR : EISDIR;
	if (e == 0 && (e = may_change(x, &spot.info)) == 0 && is_dir &&
	    pending_in(x, &spot.info))
		e = ENOTEMPTY;
	if (e == 0 && (e = admit_change(x->s, &spot.dir)) == 0 &&
	    (e = go_on(x)) == 0 &&
	    (e = tree_unlink(&spot.dir, &spot.name, is_dir)) == 0) {
		owned_gone(&x->owned, &spot.info);
		e = keep_change(x, &spot.dir);
	}
	tree_close_dir(&spot.dir);
	return e;
}

/* Whether nothing stands at x->here, hidden things included. */
static bool
is_absent(struct sftp *x)
{
	struct spot spot = SPOT_NONE;
	int e = find(x, &x->here, &spot);

	tree_close_dir(&spot.dir);
	return e == ENOENT;
}

/*
 * A file that is being uploaded then gets no name, and its CLOSE succeeds.  If
 * what stands there besides must stay, so does the upload: a client whose
 * REMOVE was refused would take the OK of CLOSE for that of a stored file.
 */
int
sftp_do_remove(struct sftp *x, struct packet_reader *in)
{
	int e = sftp_path(x, in);

	if (e == ERR_PACKET)
		return e;
	begin(x, VERB_REMOVE, &x->here);
	if (e == 0 && (e = take_away(x, false)) == ENOENT && !x->here.dir &&
	    pending_find(x, &x->here) != NULL && is_absent(x))
		e = 0; /* nothing stood there besides */
	if (e == 0)
		pending_remove(x, &x->here, NULL);
	return end(x, e);
}

int
sftp_do_rmdir(struct sftp *x, struct packet_reader *in)
{
	int e = sftp_path(x, in);

	if (e == ERR_PACKET)
		return e;
	begin(x, VERB_RMDIR, &x->here);
	return end(x, e == 0 ? take_away(x, true) : e);
}

/* A file that is being uploaded will have another name. */
static int
rename_pending(struct sftp *x, struct handle *h, bool replaces)
{
	struct spot to = SPOT_NONE;
	struct info info;
	int e = find_place(x, false, &to);

	if (e == 0)
		e = revise_move(&h->revision, &to.dir, &to.name, replaces);
	if (e != 0) {
		tree_close_dir(&to.dir);
		return e;
	}
	tree_close_dir(&h->dir);
	h->dir = to.dir;
	h->revision.up.dir = &h->dir;
	h->path = x->here;
	/* its mode is its own, and not that of what it will replace */
	if (!h->meta.exact_mode && tree_fstat(h->revision.up.fd, &info) == 0) {
		h->meta.mode = info.mode;
		h->meta.exact_mode = true;
	}
	return 0;
}

/* What is open beneath a directory that was moved has another path. */
static void
move_handles(struct sftp *x)
{
	struct handle *h;

	for (h = x->handles.all; h < x->handles.all + x->handles.count; h++)
		/* of a file that is read the record says what was asked for */
		if (h->kind == HANDLE_UPLOAD || h->kind == HANDLE_DIR)
			relpath_move(&h->path, &x->from, &x->here);
}

/*
 * Renames to a name that has to be free, where the file system can't do that in
 * one call: FUSE and NFS.  A directory would only replace an empty one.
 */
static int
move_by_steps(const struct spot *from, const struct spot *to)
{
	struct info info;
	int e;

	if (from->info.kind != KIND_DIR) {
		e = tree_link(&from->dir, &from->name, &to->dir, &to->name);
		if (e == EEXIST)
			return e;
		if (e == 0) {
			e = tree_unlink(&from->dir, &from->name, false);
			if (e != 0)
				(void)tree_unlink(&to->dir, &to->name, false);
			return e;
		}
	}
	/* it has no hard links either: as OpenSSH, after a look */
	if ((e = tree_stat_name(&to->dir, &to->name, &info)) != ENOENT)
		return e == 0 ? EEXIST : e;
	return tree_rename(&from->dir, &from->name, &to->dir, &to->name, true);
}

/*
 * Renames over what is there, or to a name that is free.  With replaces nobody
 * minds if somebody else takes that name meanwhile.
 */
static int
move(const struct spot *from, const struct spot *to, bool over, bool replaces)
{
	int e = tree_rename(&from->dir, &from->name, &to->dir, &to->name, over);

	if (e != EINVAL || over)
		return e;
	return replaces ?
	    tree_rename(&from->dir, &from->name, &to->dir, &to->name, true) :
	    move_by_steps(from, to);
}

/*
 * Gives what is at one spot the name of another.  If another session takes a
 * free name meanwhile, what is there then is judged as if it had been before.
 */
static int
take_name(struct spot *from, struct spot *to, struct upload *up, bool replaces)
{
	struct name version = { .s = "" };
	bool over = false;
	int e;

	up->name = to->name;
	do {
		if (replaces) {
			e = upload_may_replace(up, &from->info, &version);
			if (e != 0)
				return e;
			over =
			    up->have_old || tree_is_same(&up->old, &from->info);
		}
		e = move(from, to, over, replaces);
	} while (e == EEXIST && replaces && !over);
	if (e != 0 && version.s[0] != '\0') /* nothing was replaced */
		(void)tree_unlink(&to->dir, &version, false);
	return e;
}

/*
 * A directory may take the place of an empty one that this session might remove
 * as well.  Anything else that stands there stays.
 */
static int
take_place(struct sftp *x, struct spot *from, struct spot *to)
{
	int e = tree_stat_name(&to->dir, &to->name, &to->info);
	const bool taken = e == 0;
	bool other;

	if (e != 0 && e != ENOENT)
		return e;
	if (taken && to->info.kind != KIND_DIR)
		return EEXIST;
	if (taken && (e = may_change(x, &to->info)) != 0)
		return e;
	other = taken && !tree_is_same(&to->info, &from->info);
	if (other && pending_in(x, &to->info))
		return ENOTEMPTY;
	e = move(from, to, taken, false);
	if (e == 0 && other)
		owned_gone(&x->owned, &to->info);
	return e;
}

/* Renames a directory or file, or what else stands there, from x->from. */
static int
rename_spot(struct sftp *x, bool replaces)
{
	struct spot from = SPOT_NONE, to = SPOT_NONE;
	struct upload up = { .fd = -1, .rules = &x->rules, .dir = &to.dir };
	int e;

	if ((e = find(x, &x->from, &from)) == 0 &&
	    (e = may_change(x, &from.info)) == 0 && from.info.kind == KIND_DIR)
		e = policy_check_depth(x->s->policy, &x->here);
	if (e == 0 &&
	    (e = find_place(x, from.info.kind == KIND_DIR, &to)) == EISDIR)
		e = EEXIST; /* the root */
	if (e == 0 && (e = admit_change(x->s, &from.dir)) == 0)
		e = admit_change(x->s, &to.dir);
	if (e == 0 && from.info.kind == KIND_DIR)
		e = sftp_check_height(x);
	if (e == 0 && (e = go_on(x)) == 0)
		e = replaces && from.info.kind == KIND_DIR ?
		    take_place(x, &from, &to) :
		    take_name(&from, &to, &up, replaces);
	if (e == 0) {
		if (from.info.kind == KIND_DIR)
			move_handles(x);
		sftp_forget_replaced(x, &up);
		sftp_note_dir(x, &to.dir);
		if ((e = keep_change(x, &to.dir)) == 0)
			e = keep_change(x, &from.dir);
	}
	tree_close_dir(&from.dir);
	tree_close_dir(&to.dir);
	return e;
}

static int
rename_to(struct sftp *x, struct packet_reader *in, bool replaces)
{
	struct packet_reader first = *in;
	struct handle *h;
	int e = sftp_paths(x, in);

	if (e == ERR_PACKET)
		return e;
	if (e != 0 && x->from.len == 0)
		(void)sftp_path(x, &first); /* its text is recorded */
	begin(x, VERB_RENAME, &x->from);
	if (e == 0)
		set_path(x, &x->here);
	else if (x->from.len > 0)
		set_detail(x, x->text);
	if (e == 0 && pending_find(x, &x->here) != NULL)
		e = EEXIST;
	else if (e == 0 && !x->from.dir &&
	    (h = pending_find(x, &x->from)) != NULL)
		e = rename_pending(x, h, replaces);
	else if (e == 0)
		e = rename_spot(x, replaces);
	return end(x, e);
}

int
sftp_do_rename(struct sftp *x, struct packet_reader *in)
{
	return rename_to(x, in, false);
}

int
sftp_do_posix_rename(struct sftp *x, struct packet_reader *in)
{
	return rename_to(x, in, true);
}

/* Counts something that was made; with info it is this session's own. */
static int
made(struct sftp *x, const struct dir *dir, const struct info *info)
{
	admit_count(x->s, 0);
	sftp_note_dir(x, dir);
	if (info != NULL)
		owned_add(&x->owned, info, true);
	return keep_change(x, dir);
}

/* Finds the place of a link, where no upload may be either. */
static int
find_new(struct sftp *x, struct spot *out)
{
	return pending_find(x, &x->here) != NULL ? EEXIST :
						   find_place(x, false, out);
}

/*
 * The first text is what the link says, as in every OpenSSH; the protocol has
 * it the other way around.  It is not judged: it is only text here.
 */
int
sftp_do_symlink(struct sftp *x, struct packet_reader *in)
{
	char text[PATH_MAX];
	struct spot spot = SPOT_NONE;
	size_t len;
	const char *s = packet_string(in, &len);
	int e = sftp_path(x, in);

	if (e == ERR_PACKET)
		return e;
	begin(x, VERB_LINK, &x->here);
	if (e == 0 && (len == 0 || memchr(s, '\0', len) != NULL))
		e = ENOENT;
	else if (e == 0 && len >= sizeof(text))
		e = ENAMETOOLONG;
	if (e == 0) {
		memcpy(text, s, len);
		text[len] = '\0';
		set_detail(x, text);
		e = find_new(x, &spot);
	}
	if (e == 0 && (e = admit(x->s, &spot.dir, 0)) == 0 &&
	    (e = go_on(x)) == 0 &&
	    (e = tree_make_link(&spot.dir, &spot.name, text)) == 0)
		e = made(x, &spot.dir,
		    tree_stat_name(&spot.dir, &spot.name, &spot.info) == 0 ?
			&spot.info :
			NULL);
	tree_close_dir(&spot.dir);
	return end(x, e);
}

int
sftp_do_hardlink(struct sftp *x, struct packet_reader *in)
{
	struct spot from = SPOT_NONE, to = SPOT_NONE;
	int e = sftp_paths(x, in);

	if (e == ERR_PACKET)
		return e;
	begin(x, VERB_LINK, &x->here);
	if (e == 0 && x->here.len > 0)
		set_path(x, &x->from);
	if (e == 0 && (e = find(x, &x->from, &from)) == 0 &&
	    (e = sftp_hide(x, &from.info)) == 0 && from.info.kind != KIND_FILE)
		e = ERR_KIND;
	if (e == 0 && (e = find_new(x, &to)) == 0 &&
	    (e = admit(x->s, &to.dir, 0)) == 0 && (e = go_on(x)) == 0 &&
	    (e = tree_link(&from.dir, &from.name, &to.dir, &to.name)) == 0)
		e = made(x, &to.dir, NULL);
	tree_close_dir(&from.dir);
	tree_close_dir(&to.dir);
	return end(x, e);
}
