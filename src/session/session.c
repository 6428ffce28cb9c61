#include "session/session.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

/* Whether something stands in the root under the root's own path, or is it. */
static bool
repeats_root(const struct session *s)
{
	struct relpath path;
	struct info info;

	return relpath_parse_in_root(&path, NULL, s->policy->root) == 0 &&
	    (path.len == 0 || tree_look(s->tree, &path, false, &info) == 0);
}

enum view
session_view(const struct session *s, const char *typed)
{
	return relpath_strip_root(s->policy->root, typed) != typed &&
		!repeats_root(s) ?
	    VIEW_OUTSIDE :
	    VIEW_INSIDE;
}

/* An SCP client names the operand that was typed, and nothing else. */
static bool
is_outside(const struct session *s, const char *typed)
{
	enum view view = s->view;

	if (s->request->verb != REQUEST_SFTP)
		return true;
	if (view == VIEW_UNKNOWN)
		view = session_view(s, typed);
	return view == VIEW_OUTSIDE;
}

int
session_operand(const struct session *s, const char *typed, struct operand *out)
{
	out->start = &s->start;
	out->text = is_outside(s, typed) ?
	    relpath_strip_root(s->policy->root, typed) :
	    typed;
	if (s->request->shell_syntax && typed[0] == '~') {
		out->start = &s->home;
		out->text = typed[1] == '/' ? typed + 1 : "/";
		out->text += strspn(out->text, "/");
		if (*out->text == '\0')
			out->text = ".";
		return 0;
	}
	return *out->text != '/' && s->no_start ? ENOENT : 0;
}

/* Whether path begins with the components of start. */
static bool
begins_with(const struct relpath *path, const struct relpath *start)
{
	return start->len > 0 && path->len >= start->len &&
	    memcmp(path->s, start->s, start->len) == 0 &&
	    (path->s[start->len] == '/' || path->s[start->len] == '\0');
}

int
session_check_path(
    const struct session *s, const struct relpath *path, size_t operand_len)
{
	size_t given = s->request->form == FORM_DIRECT ? operand_len : 0;

	if (s->start.len > given && begins_with(path, &s->start))
		given = s->start.len;
	if (s->home.len > given && begins_with(path, &s->home))
		given = s->home.len;
	return policy_check_path(s->policy, path, given);
}

int
session_path(const struct session *s, const char *typed, struct relpath *out)
{
	struct operand operand;
	int e;

	if ((e = session_operand(s, typed, &operand)) != 0)
		return e;
	e = s->request->verb == REQUEST_SFTP ?
	    relpath_parse_in_root(out, operand.start, operand.text) :
	    relpath_parse(out, operand.start, operand.text);
	if (e != 0)
		return e;
	return session_check_path(s, out, out->len);
}

static bool
hides(const void *session, const struct relpath *path)
{
	return session_check_path(session, path, 0) != 0;
}

int
session_pattern(const struct session *s, const char *typed, struct pattern *p)
{
	struct operand operand;
	int e;

	if ((e = session_operand(s, typed, &operand)) != 0)
		return e;
	pattern_begin(p, s->tree, operand.start, operand.text);
	p->hides = hides;
	p->policy = s;
	return 0;
}
