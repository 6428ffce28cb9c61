/*
 * The part of an SFTP session that runs before its filter is installed.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/err.h"
#include "policy/grants.h"
#include "sftp/requests.h"

/*
 * Descriptors of a handle at most: an upload has its file, the directory, and
 * the old file.  And those of the session: its peer, log and root, the file
 * that was stored last, and what one request opens besides.
 */
#define FILES_EACH 3
#define FILES_OWN  16

static int
pause_for(void *with)
{
	struct sftp *x = with;

	return sftp_lose(x, wire_check(x->s->wire));
}

/* How many handles there can be at once. */
static unsigned int
count_handles(void)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	rlim_t n;

	(void)getrlimit(RLIMIT_NOFILE, &limit); /* can't fail */
	n = limit.rlim_cur > FILES_OWN ?
	    (limit.rlim_cur - FILES_OWN) / FILES_EACH :
	    1;
	return n > HANDLES_MAX ? HANDLES_MAX : n > 0 ? (unsigned int)n : 1;
}

/* How files are published, which is asked once: in the root. */
static enum publish
prepare(struct sftp *x, uint64_t seed)
{
	struct dir root = DIR_NONE;

	if (tree_root_dir(x->s->tree, &root) != 0)
		return PUBLISH_UNKNOWN; /* each upload meets the error */
	upload_prepare(&x->rules, &root, seed);
	x->named = root.no_tmpfile;
	tree_close_dir(&root);
	return x->named || x->rules.link == UPLOAD_LINK_NONE ? PUBLISH_NAMED :
							       PUBLISH_UNNAMED;
}

/* Expands the tokens of -d; there are no others. */
static int
expand(const struct session *s, char out[PATH_MAX])
{
	const char *in, *value;
	size_t n, used = 0;

	for (in = s->request->start; *in != '\0'; in++) {
		value = in;
		n = 1;
		if (*in == '%' && *++in == '%')
			value = in;
		else if (value[0] == '%') {
			value = *in == 'u' ? s->account : s->home.s;
			n = strlen(value);
		}
		if (used + n + 2 > PATH_MAX)
			return ERR_PATH;
		if (value == s->home.s)
			out[used++] = '/';
		memcpy(out + used, value, n);
		used += n;
	}
	out[used] = '\0';
	return 0;
}

/*
 * -d of sftp-server: where relative paths begin.  It is judged as a path of the
 * peer, since it may be one.
 */
static int
start_at(struct session *s)
{
	struct relpath path;
	char text[PATH_MAX];
	int e;

	if (s->request->start == NULL || *s->request->start == '\0')
		return 0;
	if ((e = expand(s, text)) == 0 &&
	    (e = session_path(s, text, &path)) == 0) {
		s->start = path;
		s->no_start = false;
	}
	return e > 0 ? ERR_PATH : e; /* it is the peer's mistake */
}

/* Whether directories here are likely to have the set-group-ID bit. */
static bool
has_group_dirs(const struct session *s)
{
	struct info root = { .mode = 0 }, start = { .mode = 0 };

	if (!policy_is_confined(s->policy))
		return true;			/* they may be anywhere */
	(void)tree_fstat(s->tree->root, &root); /* each request meets it */
	if (!s->no_start)
		(void)tree_stat(s->tree, &s->start, &start); /* it may be new */
	return ((root.mode | start.mode) & S_ISGID) != 0;
}

unsigned int
sftp_open(struct sftp *x, struct session *s, uint64_t seed, int *error)
{
	const struct policy *p = s->policy;
	enum publish publish = PUBLISH_UNKNOWN;
	unsigned int grants;

	x->s = s;
	x->out.p = x->buf;
	x->out.cap = sizeof(x->buf);
	x->scan.fd = -1;
	x->last = -1;
	x->idle = s->wire->idle_limit;
	x->patient = p->idle_is_default;
	x->handles.next = (uint32_t)seed;
	x->handles.most = count_handles();
	s->report->goes_on = true;
	*error = start_at(s);
	if (sftp_may(x, NEEDS_WRITE) != 0)
		return grants_of_sftp(p, publish, false);
	tree_tell_births(); /* x->owned compares them */
	session_upload_rules(s, &x->rules);
	publish = prepare(x, seed);
	grants = grants_of_sftp(p, publish, has_group_dirs(s));
	session_grant_uploads(s, grants, &x->rules);
	x->rules.read_back = (grants & GRANT_READ) != 0;
	x->rules.hidden = !x->rules.read_back;
	x->rules.keep = x->rules.hidden;
	x->rules.pause = pause_for;
	x->rules.pause_with = x;
	return grants;
}

const char *
sftp_publish_way(const struct sftp *x)
{
	/* the root's; a directory on another file system finds its own */
	const struct target root = { .device = -1, .dir.no_tmpfile = x->named };

	return sftp_may(x, NEEDS_WRITE) != 0 ?
	    "" :
	    session_publish_way(&root, &x->rules);
}
