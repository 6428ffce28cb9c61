/*
 * SETSTAT and FSETSTAT.
 *
 * What this session has stored itself gets the attributes that PreserveTimes
 * and PreserveModes allow, and is told to have the others: clients set them
 * after a good upload, and many would call it failed.  What was there before is
 * a matter of Modify.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "sftp/pending.h"
#include "sftp/requests.h"
#include "sftp/writes.h"

/* For so many seconds the file that was stored last is kept open. */
#define LAST_SECONDS 2

void
sftp_times_of(const struct packet_attrs *attrs, struct timespec times[2])
{
	times[0] = (struct timespec){ .tv_sec = (time_t)attrs->atime };
	times[1] = (struct timespec){ .tv_sec = (time_t)attrs->mtime };
}

int
sftp_check_owner(const struct sftp *x, const struct packet_attrs *attrs,
    const struct info *info)
{
	if ((attrs->flags & ATTR_UIDGID) == 0 ||
	    !policy_is_confined(x->s->policy) ||
	    (attrs->uid == info->uid && attrs->gid == info->gid))
		return 0;
	return ERR_MODIFY;
}

static int
set_owner(struct sftp *x, int fd, const struct packet_attrs *attrs)
{
	struct info info;
	int e;

	if ((attrs->flags & ATTR_UIDGID) == 0)
		return 0;
	if ((e = tree_fstat(fd, &info)) != 0 ||
	    (e = sftp_check_owner(x, attrs, &info)) != 0 ||
	    policy_is_confined(x->s->policy))
		return e;
	return tree_fchown(fd, attrs->uid, attrs->gid);
}

/*
 * The filter allows no set-id bits, so a file that has some keeps them only if
 * its other bits are right already and no call is made.  A directory that has
 * the set-group-ID bit keeps its whole mode, unless this session may set a mode
 * with that bit.
 */
static int
set_mode(struct sftp *x, int fd, const struct packet_attrs *attrs, bool is_dir)
{
	const struct policy *p = x->s->policy;
	const mode_t mask = is_dir ? 01777 : x->rules.mode_mask;
	mode_t asked = policy_mode(p, attrs->mode, is_dir) & mask;
	struct info info;
	int e;

	if ((attrs->flags & ATTR_PERMISSIONS) == 0 || !p->preserve_modes ||
	    policy_fixes_mode(p, is_dir))
		return 0;
	if ((e = tree_fstat(fd, &info)) != 0)
		return e;
	if (is_dir && (info.mode & S_ISGID) != 0) {
		if (!x->rules.may_setgid)
			return 0;
		asked |= S_ISGID;
	}
	if (info.mode == (asked | (info.mode & 07000 & ~mask)))
		return 0;
	return x->unread ? tree_chmod_unread(fd, asked) :
			   tree_fchmod(fd, asked);
}

/* Sets mode and times, as far as policy lets clients set them. */
static int
set_both(struct sftp *x, int fd, const struct packet_attrs *attrs, bool is_dir)
{
	const struct policy *p = x->s->policy;
	struct timespec times[2];
	int times_e, e = set_mode(x, fd, attrs, is_dir);

	if ((attrs->flags & ATTR_ACMODTIME) == 0 || !p->preserve_times)
		return e;
	sftp_times_of(attrs, times);
	times_e = tree_futimens(fd, times);
	return e != 0 ? e : times_e;
}

/* Each is tried, also where another is refused.  Returns the first error. */
static int
set(struct sftp *x, int fd, const struct packet_attrs *attrs, bool is_dir)
{
	const int e = set_owner(x, fd, attrs);
	const int others = set_both(x, fd, attrs, is_dir);

	return e != 0 ? e : others;
}

/* FSETSTAT{size}: how long the file is, which many uploads end with. */
static int
set_size(struct sftp *x, struct handle *h, const struct packet_attrs *attrs)
{
	const int64_t size = (int64_t)attrs->size;
	const int64_t end = revise_end_for(&h->revision, attrs->size);
	int e;

	if (attrs->size > INT64_MAX)
		return sftp_break(h, EFBIG);
	handle_revive(h);
	e = admit_grow(x->s, &h->charge, size, size > end ? size - end : 0);
	if (e == 0)
		e = revise_cut(&h->revision, size);
	return e != 0 ? sftp_break(h, e) : 0;
}

/*
 * Remembers what CLOSE sets once more, when all is written.  Returns whether
 * any of it may be set.
 */
static bool
remember(struct sftp *x, struct handle *h, const struct packet_attrs *attrs)
{
	const struct policy *p = x->s->policy;
	bool any = (attrs->flags & ATTR_UIDGID) != 0 && !policy_is_confined(p);

	if (any)
		h->revision.up.has_owner = true;
	if ((attrs->flags & ATTR_PERMISSIONS) != 0 && p->preserve_modes &&
	    !policy_fixes_mode(p, false)) {
		h->meta.mode =
		    policy_mode(p, attrs->mode, false) & x->rules.mode_mask;
		h->meta.exact_mode = any = true;
	}
	if ((attrs->flags & ATTR_ACMODTIME) != 0 && p->preserve_times) {
		h->meta.have_times = any = true;
		sftp_times_of(attrs, h->meta.times);
	}
	return any;
}

/*
 * Whether attributes of what was there before may be set.  Those of a tree that
 * this session stores in are left as they are, without a word: *skip.
 */
static int
may_set(struct sftp *x, const struct info *info,
    const struct packet_attrs *attrs, bool *skip)
{
	const struct policy *p = x->s->policy;

	*skip = false;
	if (sftp_is_log(x, info))
		return ERR_LOG;
	if (owned_has(&x->owned, info))
		return 0;
	*skip = p->modify != MODIFY_YES;
	if (owned_knows(&x->owned, info))
		return 0;
	if (*skip)
		return ERR_MODIFY;
	return ((attrs->flags & ATTR_ACMODTIME) != 0 && !p->preserve_times) ||
		((attrs->flags & ATTR_PERMISSIONS) != 0 && !p->preserve_modes) ?
	    EPERM :
	    0;
}

/*
 * What was not this session's own is recorded when it was changed.  *skip is as
 * may_set() has set it.
 */
static int
set_open(struct sftp *x, int fd, const struct info *info,
    const struct packet_attrs *attrs, bool *skip)
{
	/* of its own files the log has the mode only */
	const bool mode_only =
	    owned_has(&x->owned, info) && x->s->policy->audit != AUDIT_REQUIRE;
	struct info now;
	struct item it;
	bool silent;
	int e = may_set(x, info, attrs, skip);

	if (e != 0 || *skip)
		return e;
	report_item(&it, VERB_SETSTAT, REPLY_NONE, &x->here);
	it.event.changed = true;
	it.event.mode = (attrs->flags & ATTR_PERMISSIONS) != 0 ?
	    attrs->mode & 07777 :
	    info->mode;
	silent = mode_only && it.event.mode == info->mode;
	if (!silent && (e = report_change(x->s->report, &it.event)) != 0)
		return sftp_lose(x, e);
	if ((e = set(x, fd, attrs, info->kind == KIND_DIR)) != 0 || silent ||
	    (e = tree_fstat(fd, &now)) != 0 ||
	    (mode_only && now.mode == info->mode))
		return e;
	it.event.mode = now.mode;
	return sftp_lose(x, report_record(x->s->report, &it.event, false, 0));
}

/* Whether a file that is written in place has to keep its attributes. */
static bool
must_stay(struct sftp *x, const struct handle *h, struct packet_attrs attrs)
{
	bool skip;

	attrs.flags &= ~(uint32_t)ATTR_SIZE;
	return h->revision.up.way == UPLOAD_INPLACE &&
	    (may_set(x, &h->revision.up.old, &attrs, &skip) != 0 || skip);
}

bool
sftp_has_name(struct handle *h)
{
	struct upload *up = &h->revision.up;
	struct info info;

	if (tree_stat_name(&h->dir, &up->name, &info) != 0 ||
	    !tree_is_same(&info, &up->old))
		return false;
	up->old.links = info.links;
	return true;
}

/*
 * Sets attributes in the old file, which needs no copy, so that it keeps its
 * other names.  Returns false if something else is to be written or they can't
 * be set, where CLOSE replaces the file, or if the file has lost its name.
 */
static bool
set_old(struct sftp *x, struct handle *h, const struct packet_attrs *attrs)
{
	struct revision *r = &h->revision;
	struct info *old = &r->up.old;
	bool skip;

	return !h->changed && r->base != -1 && sftp_has_name(h) &&
	    set_open(x, r->base, old, attrs, &skip) == 0 && !skip &&
	    tree_fstat(r->base, old) == 0;
}

int
sftp_set_pending(
    struct sftp *x, struct handle *h, const struct packet_attrs *attrs)
{
	bool set_already;
	int e;

	if (h->broken != 0)
		return h->broken;
	if ((attrs->flags & ATTR_SIZE) != 0 && (e = set_size(x, h, attrs)) != 0)
		return e;
	h->changed = h->changed || (attrs->flags & ATTR_SIZE) != 0;
	if (attrs->flags == 0 || must_stay(x, h, *attrs))
		return 0;
	set_already = set_old(x, h, attrs);
	if (!set_already && (e = set_owner(x, h->revision.up.fd, attrs)) != 0)
		return e;
	/* FSTAT shows them at once; CLOSE tries again, and tells if it fails */
	(void)set_both(x, h->revision.up.fd, attrs, false);
	h->dressed = (remember(x, h, attrs) && !set_already) || h->dressed;
	return 0;
}

int
sftp_do_fsetstat(struct sftp *x, struct packet_reader *in)
{
	struct handle *h = sftp_handle(x, in);
	struct packet_attrs attrs;
	bool skip;

	packet_attrs(in, &attrs);
	if (in->bad)
		return ERR_PACKET;
	if (h == NULL)
		return ERR_HANDLE;
	x->here = h->path;
	memcpy(x->text, "/", 2); /* if that is empty, it is the root's */
	if (h->kind == HANDLE_UPLOAD)
		return sftp_set_pending(x, h, &attrs);
	if ((attrs.flags & ATTR_SIZE) != 0 || h->node.fd == -1)
		return EBADF; /* it was opened for reading, or to be listed */
	return set_open(x, h->node.fd, &h->node.info, &attrs, &skip);
}

/* SETSTAT in a session that can't open files that exist. */
static int
set_unread(
    struct sftp *x, const struct info *info, const struct packet_attrs *attrs)
{
	struct item it;
	bool skip;

	if (!owned_has(&x->owned, info))
		return ENOENT; /* as STAT says */
	sftp_forget_old(x);
	if (x->last != -1 && tree_is_same(&x->last_info, info))
		return set_open(x, x->last, info, attrs, &skip);
	/* a refusal would make a good upload a failure */
	report_item(&it, VERB_SETSTAT, REPLY_NONE, &x->here);
	sftp_record(x, &it.event, ERR_WRITE_ONLY);
	return 0;
}

/* Opens something and sets its attributes. */
static int
set_found(
    struct sftp *x, const struct info *info, const struct packet_attrs *attrs)
{
	struct node node = NODE_NONE;
	bool skip;
	int e = x->unread ? tree_find_unread(x->s->tree, &x->here, &node) :
			    sftp_open_node(x, info, &node);

	if (e == 0)
		e = set_open(x, node.fd, &node.info, attrs, &skip);
	tree_close_node(&node);
	return e;
}

/*
 * An owner may change a mode that lets nobody read.  Only open sessions have a
 * call for it; the rest is set when the new mode lets it be read.
 */
static int
set_unreadable(
    struct sftp *x, const struct info *info, struct packet_attrs *attrs)
{
	struct packet_attrs mode = *attrs;
	int e;

	mode.flags &= ATTR_PERMISSIONS;
	attrs->flags &= ~(uint32_t)ATTR_PERMISSIONS;
	if (owned_has(&x->owned, info) &&
	    policy_fixes_mode(x->s->policy, info->kind == KIND_DIR))
		return 0; /* that is no failure of a good upload */
	if (mode.flags == 0 || policy_is_confined(x->s->policy))
		return EACCES;
	x->unread = true;
	e = set_found(x, info, &mode);
	x->unread = false;
	return e != 0 || attrs->flags == 0 ? e : set_found(x, info, attrs);
}

/* SETSTAT with a size: what OPEN, FSETSTAT and CLOSE of the file do. */
static int
set_size_of(struct sftp *x, const struct packet_attrs *attrs)
{
	static const struct packet_attrs none;
	struct handle *h;
	int e;

	if (x->here.dir)
		return EISDIR;
	if ((e = sftp_begin_upload(x, 0, &none, &h)) != 0)
		return e;
	x->quiet = true; /* closing it writes the record */
	if ((e = sftp_set_pending(x, h, attrs)) != 0)
		(void)sftp_break(h, e);
	return sftp_close(x, h);
}

static int
set_path(struct sftp *x, struct packet_reader *in, bool follow)
{
	struct packet_attrs attrs;
	struct handle *h;
	struct info info;
	int e = sftp_path(x, in);

	packet_attrs(in, &attrs);
	if (in->bad)
		return ERR_PACKET;
	if (e != 0)
		return e;
	/* what the name leads to now is meant */
	if ((h = pending_find(x, &x->here)) != NULL &&
	    (h->changed || h->revision.base == -1 || sftp_has_name(h)))
		return x->here.dir ? ENOENT : sftp_set_pending(x, h, &attrs);
	if ((attrs.flags & ATTR_SIZE) != 0)
		return follow ? set_size_of(x, &attrs) : ERR_UNSUPPORTED;
	if ((e = tree_look(x->s->tree, &x->here, follow || x->here.dir,
		 &info)) != 0) /* "name/" is what a link leads to */
		return e;
	if (x->here.dir && info.kind != KIND_DIR)
		return ENOENT;
	if (info.kind == KIND_LINK)
		return ERR_UNSUPPORTED;
	if (info.kind != KIND_DIR && sftp_may(x, NEEDS_READ) != 0)
		return set_unread(x, &info, &attrs);
	e = set_found(x, &info, &attrs);
	return e == EACCES ? set_unreadable(x, &info, &attrs) : e;
}

int
sftp_do_setstat(struct sftp *x, struct packet_reader *in)
{
	return set_path(x, in, true);
}

int
sftp_do_lsetstat(struct sftp *x, struct packet_reader *in)
{
	return set_path(x, in, false);
}

int
sftp_do_fsync(struct sftp *x, struct packet_reader *in)
{
	struct handle *h = sftp_handle(x, in);
	int e;

	if (h == NULL || h->kind == HANDLE_DIR)
		return ERR_HANDLE;
	if (h->broken != 0)
		return h->broken;
	e = tree_fdatasync(sftp_fd(h));
	return e != 0 && h->kind == HANDLE_UPLOAD ? sftp_break(h, e) : e;
}

void
sftp_keep_last(struct sftp *x, const struct handle *h)
{
	const struct upload *up = &h->revision.up;

	if (!x->rules.keep || up->fd == -1)
		return;
	sftp_forget_last(x);
	x->last = up->fd;
	x->last_info = up->now;
	(void)clock_gettime(CLOCK_MONOTONIC, &x->last_at); /* can't fail */
}

void
sftp_forget_last(struct sftp *x)
{
	struct node last = { .fd = x->last };

	if (x->last != -1)
		tree_close_node(&last); /* it has its name */
	x->last = -1;
}

void
sftp_forget_old(struct sftp *x)
{
	struct timespec now = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
	if (now.tv_sec - x->last_at.tv_sec > LAST_SECONDS)
		sftp_forget_last(x);
}
