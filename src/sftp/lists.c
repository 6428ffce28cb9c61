/*
 * OPENDIR and READDIR.
 */
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "sftp/requests.h"

/* The most entries of an answer, and what one takes at most. */
#define ENTRIES_MAX 100
#define ENTRY_ROOM  1024

/* Octets of an answer. */
#define ANSWER_MAX 32768

/* Sessions that can't read get an empty list, which some clients ask for. */
static int
open_list(struct sftp *x, struct handle *h)
{
	int e;

	if (sftp_may(x, NEEDS_READ) != 0) {
		e = tree_look(x->s->tree, &x->here, true, &h->node.info);
		return e == 0 && h->node.info.kind != KIND_DIR ? ENOTDIR : e;
	}
	if ((e = tree_find(x->s->tree, &x->here, &h->node)) != 0)
		return e;
	if (h->node.info.kind == KIND_DIR)
		return 0;
	tree_close_node(&h->node);
	return ENOTDIR;
}

int
sftp_do_opendir(struct sftp *x, struct packet_reader *in)
{
	struct handle *h;
	int e;

	if ((e = sftp_path(x, in)) != 0 ||
	    (e = policy_check_depth(x->s->policy, &x->here)) != 0)
		return e;
	if ((h = handle_take(&x->handles, HANDLE_DIR)) == NULL)
		return EMFILE;
	h->path = x->here;
	if ((e = open_list(x, h)) != 0) {
		handle_give(&x->handles, h);
		return e;
	}
	sftp_answer_handle(x, h);
	return 0;
}

/* Lists "." and ".." first: the second with what is known of it. */
static bool
put_dots(struct sftp *x, struct handle *h)
{
	struct info info;
	struct relpath up = h->path;
	struct name unused;

	if (h->dots == 2)
		return false;
	(void)relpath_split(&up, &unused); /* the root is above itself */
	if ((h->dots++ == 0 ? tree_fstat(h->node.fd, &info) :
			      tree_look(x->s->tree, &up, true, &info)) != 0)
		info = h->node.info;
	sftp_put_entry(x, h->dots == 1 ? "." : "..", &info);
	return true;
}

/*
 * Writes the next entry.  What the policy hides, what has a name that nobody
 * could ask for, and what is gone already is passed over.
 */
static int
put_next(struct sftp *x, struct handle *h, uint32_t *count)
{
	const struct dir here = { .fd = h->node.fd };
	const size_t len = h->path.len;
	struct entry entry;
	struct info info;
	int e;

	if (put_dots(x, h)) {
		++*count;
		return 0;
	}
	if ((e = tree_next(&x->scan, &h->node, &h->resume, &entry)) != 0)
		return e;
	if (entry.refused != 0 || relpath_append(&h->path, &entry.name) != 0)
		return 0;
	e = session_check_path(x->s, &h->path, 0);
	relpath_cut(&h->path, len);
	if (e != 0 || tree_stat_name(&here, &entry.name, &info) != 0)
		return 0;
	sftp_put_entry(x, entry.name.s, &info);
	++*count;
	return 0;
}

int
sftp_do_readdir(struct sftp *x, struct packet_reader *in)
{
	struct handle *h = sftp_handle(x, in);
	uint32_t count = 0;
	size_t at;
	int e;

	if (h == NULL || h->kind != HANDLE_DIR)
		return ERR_HANDLE;
	if (h->node.fd == -1)
		return ERR_EOF;
	if ((e = sftp_room(x, ANSWER_MAX)) != 0)
		return e;
	at = sftp_begin(x, FXP_NAME);
	packet_put_u32(&x->out, 0);
	while (e == 0 && count < ENTRIES_MAX &&
	    x->out.len - at < ANSWER_MAX - ENTRY_ROOM)
		if ((e = wire_check(x->s->wire)) == 0)
			e = put_next(x, h, &count);
		else
			(void)sftp_lose(x, e);
	if (count == 0) { /* an error, or the end */
		x->out.len = at;
		x->answered = false;
		return e;
	}
	packet_set_u32(&x->out, at + 9, count);
	sftp_end(x, at);
	return 0;
}
