/*
 * Requests about paths: what is there, and what it is called.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "sftp/pending.h"
#include "sftp/requests.h"

int
sftp_path_text(struct sftp *x, const char *s, size_t len)
{
	const size_t n = len < sizeof(x->text) ? len : sizeof(x->text) - 1;

	relpath_cut(&x->here, 0);
	memcpy(x->text, s, n);
	x->text[n] = '\0';
	if (n < len)
		return ENAMETOOLONG;
	return strlen(x->text) != n ? ERR_BYTES : 0; /* it has a NUL */
}

static int
take_path(struct sftp *x, const char *text)
{
	if (x->s->view == VIEW_UNKNOWN)
		x->s->view = session_view(x->s, text);
	return session_path(x->s, text, &x->here);
}

int
sftp_path(struct sftp *x, struct packet_reader *in)
{
	size_t len;
	const char *s = packet_string(in, &len);
	int e;

	if (in->bad)
		return ERR_PACKET;
	if ((e = sftp_path_text(x, s, len)) == 0)
		e = take_path(x, x->text);
	report_operand(x->s->report, x->text, &x->here);
	return e;
}

int
sftp_paths(struct sftp *x, struct packet_reader *in)
{
	int e2, e = sftp_path(x, in);

	x->from = x->here;
	e2 = sftp_path(x, in);
	return in->bad ? ERR_PACKET : e != 0 ? e : e2;
}

int
sftp_hide(struct sftp *x, const struct info *info)
{
	if (sftp_may(x, NEEDS_READ) == 0 || info->kind == KIND_DIR ||
	    owned_has(&x->owned, info))
		return 0;
	return ENOENT;
}

static int
look(struct sftp *x, struct packet_reader *in, bool follow)
{
	struct handle *h;
	struct info info;
	int e;

	if ((e = sftp_path(x, in)) != 0)
		return e;
	if ((h = pending_find(x, &x->here)) != NULL)
		e = pending_info(h, &info);
	else if ((e = tree_look(x->s->tree, &x->here, follow || x->here.dir,
		      &info)) == 0) /* "name/" is what a link leads to */
		e = sftp_hide(x, &info);
	if (e == 0 && x->here.dir && info.kind != KIND_DIR)
		e = ENOTDIR; /* "name/" */
	if (e == 0)
		sftp_answer_info(x, &info);
	return e;
}

int
sftp_do_stat(struct sftp *x, struct packet_reader *in)
{
	return look(x, in, true);
}

int
sftp_do_lstat(struct sftp *x, struct packet_reader *in)
{
	return look(x, in, false);
}

/* Answers with a name that has no attributes, which may begin with a slash. */
static int
answer_text(struct sftp *x, const char *slash, const char *s, size_t len)
{
	const size_t begin = strlen(slash);
	size_t at;
	int e;

	if ((e = sftp_room(x, PACKET_HEAD_MAX + 2 * (begin + len))) != 0)
		return e;
	at = sftp_begin(x, FXP_NAME);
	packet_put_u32(&x->out, 1);
	for (int i = 0; i < 2; i++) { /* as the name, and as the long name */
		packet_put_u32(&x->out, (uint32_t)(begin + len));
		packet_put_octets(&x->out, slash, begin);
		packet_put_octets(&x->out, s, len);
	}
	packet_put_u32(&x->out, 0);
	sftp_end(x, at);
	return 0;
}

/* x->here, as the peer sees it. */
static int
answer_name(struct sftp *x)
{
	const char *root = x->s->view == VIEW_OUTSIDE ? x->s->policy->root : "";
	char begin[PATH_MAX + 1];

	(void)snprintf(begin, sizeof(begin), "%s%s", root,
	    *root == '\0' || x->here.len > 0 ? "/" : ""); /* fits */
	return answer_text(x, begin, x->here.s, x->here.len);
}

/* The names in a path are not judged here: it is only what it is called. */
static int
answer_path(struct sftp *x, const char *text)
{
	int e = take_path(x, *text != '\0' ? text : ".");

	if (e == 0 || e == ERR_DOTFILES || e == ERR_STARTUP ||
	    e == ERR_ALLOW_NAMES || e == ERR_DENY_NAMES)
		return answer_name(x);
	return e;
}

int
sftp_do_realpath(struct sftp *x, struct packet_reader *in)
{
	size_t len;
	const char *s = packet_string(in, &len);
	int e;

	if (in->bad)
		return ERR_PACKET;
	e = sftp_path_text(x, s, len);
	return e == 0 ? answer_path(x, x->text) : e;
}

/* "~" and "~/..." are in the home; "~user" would tell who has an account. */
int
sftp_do_expand(struct sftp *x, struct packet_reader *in)
{
	const char *rest = x->text + 1;
	size_t len;
	const char *s = packet_string(in, &len);
	int e;

	if (in->bad)
		return ERR_PACKET;
	if ((e = sftp_path_text(x, s, len)) != 0)
		return e;
	if (x->text[0] != '~')
		return answer_path(x, x->text);
	if (*rest != '\0' && *rest != '/')
		return ERR_TILDE;
	if (x->s->view == VIEW_UNKNOWN)
		x->s->view = VIEW_INSIDE;
	rest += strspn(rest, "/");
	e = relpath_parse_in_root(
	    &x->here, &x->s->home, *rest != '\0' ? rest : ".");
	return e == 0 ? answer_name(x) : e;
}

int
sftp_do_readlink(struct sftp *x, struct packet_reader *in)
{
	char text[PATH_MAX];
	int e = sftp_path(x, in);

	if (e == 0 && x->here.dir)
		e = ENOENT; /* "name/" is no link */
	if (e == 0)
		e = tree_read_link(x->s->tree, &x->here, text);
	return e == 0 ? answer_text(x, "", text, strlen(text)) : e;
}

/* MinFree and MaxSessionBytes leave less than there is. */
static void
narrow(const struct sftp *x, struct statvfs *v)
{
	const struct policy *p = x->s->policy;
	const uint64_t unit = v->f_frsize > 0 ? v->f_frsize : 1;
	const uint64_t kept = ((uint64_t)p->min_free + unit - 1) / unit;
	int64_t left = p->max_session_bytes - x->s->totals.bytes;

	v->f_bavail = v->f_bavail > kept ? v->f_bavail - kept : 0;
	if (p->max_session_bytes == 0)
		return;
	left = left > 0 ? left : 0;
	if ((uint64_t)left / unit < v->f_bavail)
		v->f_bavail = (uint64_t)left / unit;
}

/* Answers an extension with numbers. */
static int
answer_numbers(struct sftp *x, const uint64_t *numbers, size_t count)
{
	size_t at;
	int e = sftp_room(x, 2 * PACKET_HEAD_MAX);

	if (e != 0)
		return e;
	at = sftp_begin(x, FXP_EXTENDED_REPLY);
	for (size_t i = 0; i < count; i++)
		packet_put_u64(&x->out, numbers[i]);
	sftp_end(x, at);
	return 0;
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static int
answer_statvfs(struct sftp *x, struct statvfs *v)
{
	narrow(x, v);

	const uint64_t numbers[] = { v->f_bsize, v->f_frsize, v->f_blocks,
		v->f_bfree, v->f_bavail, v->f_files, v->f_ffree, v->f_favail, 0,
		(v->f_flag & ST_RDONLY) | (v->f_flag & ST_NOSUID),
		v->f_namemax };

	return answer_numbers(x, numbers, COUNT(numbers));
}

int
sftp_do_statvfs(struct sftp *x, struct packet_reader *in)
{
	const struct handle *h;
	struct statvfs v;
	struct info info;
	int e = sftp_path(x, in);

	if (e == 0 && (h = pending_find(x, &x->here)) != NULL)
		e = tree_statfs(h->dir.fd, &v);
	else if (e == 0 &&
	    (e = tree_look(x->s->tree, &x->here, true, &info)) == 0 &&
	    (e = sftp_hide(x, &info)) == 0)
		e = tree_statfs_path(x->s->tree, &x->here, &v);
	return e == 0 ? answer_statvfs(x, &v) : e;
}

int
sftp_do_fstatvfs(struct sftp *x, struct packet_reader *in)
{
	const struct handle *h = sftp_handle(x, in);
	struct statvfs v;
	int e;

	if (h == NULL)
		return ERR_HANDLE;
	e = sftp_fd(h) != -1 ? tree_statfs(sftp_fd(h), &v) :
			       tree_statfs_path(x->s->tree, &h->path, &v);
	return e == 0 ? answer_statvfs(x, &v) : e;
}

int
sftp_do_limits(struct sftp *x, struct packet_reader *in)
{
	const uint64_t numbers[] = { SFTP_MESSAGE_MAX, SFTP_DATA_MAX,
		SFTP_DATA_MAX, x->handles.most };

	(void)in;
	return answer_numbers(x, numbers, COUNT(numbers));
}
