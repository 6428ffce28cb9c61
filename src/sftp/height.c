/*
 * MaxDepth, when a directory moves deeper: it takes along what is in it.
 */
#include "base/err.h"
#include "sftp/requests.h"

/* A walk through directories, of which only one is open at a time. */
struct climb {
	struct relpath path;
	struct node dir;
	size_t level; /* of dir, beneath the one that moves */
	size_t most;  /* that is allowed */
	int64_t resume[POLICY_DEPTH_MAX + 1]; /* of each level: tree_next() */
};

/* Goes to a directory in the open one, or with NULL to the one above. */
static int
go(struct sftp *x, struct climb *c, const struct name *down)
{
	struct name unused;
	int e;

	if (down == NULL) {
		(void)relpath_split(&c->path, &unused); /* it is no root */
		c->level--;
	} else if (c->level == c->most)
		return ERR_DEPTH;
	else if ((e = relpath_append(&c->path, down)) != 0)
		return e;
	else
		c->resume[++c->level] = 0;
	tree_scan_forget(&x->scan, &c->dir);
	tree_close_node(&c->dir);
	return tree_find(x->s->tree, &c->path, &c->dir);
}

static bool
is_dir(const struct climb *c, const struct entry *entry)
{
	const struct dir here = { .fd = c->dir.fd };
	struct info info;

	if (entry->refused != 0)
		return false; /* no client has made it */
	if (entry->known)
		return entry->kind == KIND_DIR;
	return tree_stat_name(&here, &entry->name, &info) == 0 &&
	    info.kind == KIND_DIR;
}

/* Returns ERR_EOF when no directory is too deep. */
static int
climb(struct sftp *x, struct climb *c)
{
	struct entry entry;
	int e;

	if ((e = wire_check(x->s->wire)) != 0)
		return sftp_lose(x, e);
	e = tree_next(&x->scan, &c->dir, &c->resume[c->level], &entry);
	if (e == ERR_EOF && c->level > 0)
		return go(x, c, NULL);
	return e == 0 && is_dir(c, &entry) ? go(x, c, &entry.name) : e;
}

int
sftp_check_height(struct sftp *x)
{
	const size_t depth = relpath_depth(&x->here);
	const int64_t most = x->s->policy->depth;
	struct climb c = { .dir = { .fd = -1 } };
	int e;

	if (depth <= relpath_depth(&x->from) || most == POLICY_DEPTH_MAX)
		return 0;
	if (sftp_may(x, NEEDS_READ) != 0)
		return ERR_DEPTH;
	c.path = x->from;
	c.most = (size_t)most - depth;
	e = tree_find(x->s->tree, &c.path, &c.dir);
	while (e == 0)
		e = climb(x, &c);
	tree_scan_forget(&x->scan, &c.dir);
	tree_close_node(&c.dir);
	return e == ERR_EOF ? 0 : e;
}
