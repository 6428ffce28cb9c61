/*
 * Uploads that are open, as other requests of their session see them.
 */
#include "sftp/pending.h"

#include <string.h>

static bool
gets_name(const struct handle *h)
{
	return h->kind == HANDLE_UPLOAD && !h->removed && h->broken == 0;
}

/*
 * Whether a path leads to where an upload will get its name.  With follow a
 * link in the last place is followed.
 */
static bool
leads_to(struct sftp *x, const struct relpath *path, bool follow,
    const struct handle *h)
{
	struct dir dir = DIR_NONE;
	struct info here, there;
	struct name name;
	const bool same =
	    tree_place(x->s->tree, path, follow, &dir, &name) == 0 &&
	    tree_fstat(dir.fd, &there) == 0 &&
	    tree_fstat(h->dir.fd, &here) == 0 && tree_is_same(&here, &there) &&
	    strcmp(name.s, h->revision.up.name.s) == 0;

	tree_close_dir(&dir);
	return same;
}

/*
 * Somebody may have moved the directory in which an upload was opened, and made
 * another one, or changed a link: then the path is that of another file.
 */
static bool
is_pending(struct sftp *x, const struct handle *h, const struct relpath *path)
{
	return gets_name(h) && strcmp(h->path.s, path->s) == 0 &&
	    (leads_to(x, path, false, h) || leads_to(x, path, true, h));
}

struct handle *
pending_find(struct sftp *x, const struct relpath *path)
{
	struct handle *h, *found = NULL;

	for (h = x->handles.all; h < x->handles.all + x->handles.count; h++)
		if ((found == NULL || h->number > found->number) &&
		    is_pending(x, h, path))
			found = h;
	return found;
}

bool
pending_in(const struct sftp *x, const struct info *dir)
{
	const struct handle *h;
	struct info info;

	for (h = x->handles.all; h < x->handles.all + x->handles.count; h++)
		if (gets_name(h) && tree_fstat(h->dir.fd, &info) == 0 &&
		    tree_is_same(&info, dir))
			return true;
	return false;
}

void
pending_remove(
    struct sftp *x, const struct relpath *path, const struct handle *stored)
{
	struct handle *h;

	for (h = x->handles.all; h < x->handles.all + x->handles.count; h++)
		if ((stored == NULL ||
			(h->passed && h->number < stored->number)) &&
		    is_pending(x, h, path)) {
			h->removed = true;
			h->passed = stored != NULL;
		}
}

int
pending_info(const struct handle *h, struct info *out)
{
	const struct upload *up = &h->revision.up;
	int e;

	if (h->broken != 0)
		return h->broken;
	if ((e = tree_fstat(up->fd, out)) != 0)
		return e;
	if (up->way != UPLOAD_INPLACE) {
		/* a session that can't read learns nothing of the old file */
		out->size = up->rules->hidden ? h->revision.end :
						revise_size(&h->revision);
		/* it will be that of the file that it replaces */
		if (up->have_old && up->old.kind == KIND_FILE &&
		    !up->rules->hidden && !h->meta.exact_mode)
			out->mode = up->old.mode;
	}
	out->links = 1;
	return 0;
}
