#include "session/target.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/err.h"
#include "policy/grants.h"
#include "session/parents.h"

bool
session_stores_in(const struct target *t)
{
	return t->name.s[0] == '\0';
}

int
session_target(const struct session *s, const char *typed, enum devices devices,
    struct relpath *path, struct target *out)
{
	int e;

	relpath_cut(path, 0);
	if ((e = session_path(s, typed, path)) != 0)
		return e;
	if (policy_is_confined(s->policy))
		devices = DEVICES_REFUSE;
	e = tree_target(s->tree, path, devices, out);
	if (e != 0 || session_stores_in(out))
		return e;
	if (s->request->want_directory || (path->dir && out->exists))
		return out->exists ? ENOTDIR : ENOENT;
	return 0;
}

bool
session_makes_parents(const struct session *s, const struct relpath *path,
    const struct target *t, int e, bool *itself)
{
	*itself = s->request->want_directory || path->dir;
	return s->policy->make_parents && path->len > 0 &&
	    (e == ENOENT || (e == 0 && *itself && !t->exists && !t->is_device));
}

int
session_make_target(struct session *s, const char *typed, struct relpath *path,
    struct target *out)
{
	int e = session_target(s, typed, DEVICES_OPEN, path, out);
	struct parents w;
	struct name name;
	bool itself;

	if (!session_makes_parents(s, path, out, e, &itself))
		return e;
	tree_close_target(out);
	e = parents_begin(&w, s, path, itself);
	while (e == 0 && parents_miss(&w, &name))
		e = parents_make(&w, s);
	/* what others have made meanwhile is a target like any other */
	if (e == 0 && !w.made) {
		(void)parents_end(&w, s, NULL); /* nothing is left to do */
		return session_target(s, typed, DEVICES_OPEN, path, out);
	}
	if (e != 0) {
		(void)parents_end(&w, s, NULL); /* e came first */
		return e;
	}
	e = parents_end(&w, s, &out->dir);
	out->exists = itself;
	w.whole = *path;
	return e == 0 && !itself ? relpath_split(&w.whole, &out->name) : e;
}

void
session_leave_target(struct session *s, struct target *t,
    const struct relpath *path, bool may_setgid)
{
	struct relpath dir = *path;
	struct name name;

	if (!session_stores_in(t))
		(void)relpath_split(&dir, &name); /* it has one */
	parents_lock(s, &t->dir, &dir, may_setgid);
	tree_close_target(t);
}

void
session_upload_rules(const struct session *s, struct upload_rules *rules)
{
	const struct policy *p = s->policy;

	rules->overwrite = p->overwrite;
	rules->sync = p->sync;
	rules->digest = p->audit_digest;
	rules->min_free = p->min_free;
	rules->log_dev = s->log_dev;
	rules->log_ino = s->log_ino;
}

static bool
must_name(const struct target *t, const struct upload_rules *rules)
{
	return t->dir.no_tmpfile || rules->link == UPLOAD_LINK_NONE;
}

void
session_grant_uploads(
    const struct session *s, unsigned int grants, struct upload_rules *rules)
{
	rules->may_setgid = (grants & (GRANT_SETGID | GRANT_SET_ID)) != 0;
	rules->may_name = (grants & GRANT_NAME_TEMPORARIES) != 0;
	rules->mode_mask = (grants & GRANT_SET_ID) != 0 ? 06777 : 0777;
	if (policy_only_narrows(s->policy, KEY_FILE_MODE))
		rules->mode_mask &= s->policy->file_mode;
}

static bool
is_setgid(int fd)
{
	struct info info;

	return tree_fstat(fd, &info) == 0 && (info.mode & S_ISGID) != 0;
}

unsigned int
session_upload_grants(const struct session *s, const struct target *t,
    struct upload_rules *rules, int *error)
{
	unsigned int grants = grants_of_sink(s->policy, s->request->recursive,
	    must_name(t, rules) ? PUBLISH_NAMED : PUBLISH_UNNAMED,
	    is_setgid(t->dir.fd) || is_setgid(s->tree->root));

	session_grant_uploads(s, grants, rules);
	if (*error == 0 && must_name(t, rules) && !rules->may_name)
		*error = ERR_NO_PUBLISH;
	return grants;
}

const char *
session_publish_way(const struct target *t, const struct upload_rules *rules)
{
	if (t->device != -1)
		return "device";
	if (must_name(t, rules))
		return "named";
	switch (rules->link) {
	case UPLOAD_LINK_EMPTY:
		return "unnamed";
	case UPLOAD_LINK_PROC:
		return "unnamed-proc";
	case UPLOAD_LINK_NONE:
	case UPLOAD_LINK_UNKNOWN:
		break;
	}
	return "unknown";
}
