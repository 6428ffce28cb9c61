/*
 * The requests that there are: a row is what a peer can do here.
 */
#include "sftp/requests.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

struct row {
	const char *name; /* of an extension; NULL: it has a code */
	sftp_request *serve;
	char version; /* of it */
	uint8_t code;
	enum needs needs : 8;
	enum verb verb : 8; /* of the record, if it fails */
	bool recorded;
};

/* clang-format off */
static const struct row rows[] = {
	/* OPEN asks for what its flags mean */
	{ NULL, sftp_do_open, 0, FXP_OPEN, NEEDS_NOTHING, VERB_GET, true },
	{ NULL, sftp_do_close, 0, FXP_CLOSE, NEEDS_NOTHING, 0, false },
	{ NULL, sftp_do_read, 0, FXP_READ, NEEDS_NOTHING, 0, false },
	{ NULL, sftp_do_setstat, 0, FXP_SETSTAT, NEEDS_WRITE, VERB_SETSTAT,
	    true },
	{ NULL, sftp_do_fsetstat, 0, FXP_FSETSTAT, NEEDS_WRITE,
	    VERB_SETSTAT, true },
	{ NULL, sftp_do_mkdir, 0, FXP_MKDIR, NEEDS_WRITE, VERB_MKDIR,
	    true },
	{ NULL, sftp_do_remove, 0, FXP_REMOVE, NEEDS_MODIFY, VERB_REMOVE,
	    true },
	{ NULL, sftp_do_rmdir, 0, FXP_RMDIR, NEEDS_MODIFY, VERB_RMDIR,
	    true },
	{ NULL, sftp_do_rename, 0, FXP_RENAME, NEEDS_MODIFY, VERB_RENAME,
	    true },
	{ NULL, sftp_do_symlink, 0, FXP_SYMLINK, NEEDS_LINKS, VERB_LINK,
	    true },
	{ "hardlink@openssh.com", sftp_do_hardlink, '1', 0, NEEDS_LINKS,
	    VERB_LINK, true },
	{ NULL, sftp_do_readlink, 0, FXP_READLINK, NEEDS_READ, 0, false },
	{ "posix-rename@openssh.com", sftp_do_posix_rename, '1', 0,
	    NEEDS_REPLACE, VERB_RENAME, true },
	{ "lsetstat@openssh.com", sftp_do_lsetstat, '1', 0, NEEDS_WRITE,
	    VERB_SETSTAT, true },
	{ "fsync@openssh.com", sftp_do_fsync, '1', 0, NEEDS_WRITE, 0, false },
	{ "copy-data", sftp_do_copy_data, '1', 0, NEEDS_BOTH, 0, false },
	{ NULL, sftp_do_lstat, 0, FXP_LSTAT, NEEDS_NOTHING, 0, false },
	{ NULL, sftp_do_fstat, 0, FXP_FSTAT, NEEDS_NOTHING, 0, false },
	{ NULL, sftp_do_stat, 0, FXP_STAT, NEEDS_NOTHING, 0, false },
	/* that of a session that can't read is empty */
	{ NULL, sftp_do_opendir, 0, FXP_OPENDIR, NEEDS_NOTHING, VERB_LIST,
	    false },
	{ NULL, sftp_do_readdir, 0, FXP_READDIR, NEEDS_NOTHING, 0, false },
	{ NULL, sftp_do_realpath, 0, FXP_REALPATH, NEEDS_NOTHING, 0,
	    false },
	{ "statvfs@openssh.com", sftp_do_statvfs, '2', 0, NEEDS_NOTHING, 0,
	    false },
	{ "fstatvfs@openssh.com", sftp_do_fstatvfs, '2', 0, NEEDS_NOTHING, 0,
	    false },
	{ "limits@openssh.com", sftp_do_limits, '1', 0, NEEDS_NOTHING, 0,
	    false },
	{ "expand-path@openssh.com", sftp_do_expand, '1', 0, NEEDS_NOTHING, 0,
	    false },
};
/* clang-format on */

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

int
sftp_may(const struct sftp *x, enum needs needs)
{
	const struct policy *p = x->s->policy;
	int e;

	switch (needs) {
	case NEEDS_NOTHING:
		return 0;
	case NEEDS_READ:
	case NEEDS_BOTH:
		e = policy_check_direction(p, false);
		if (e != 0 || needs == NEEDS_READ)
			return e;
		break;
	case NEEDS_WRITE:
	case NEEDS_MODIFY:
	case NEEDS_LINKS:
	case NEEDS_REPLACE:
		break;
	}
	e = policy_check_direction(p, true);
	if (e != 0 || needs == NEEDS_WRITE || needs == NEEDS_BOTH)
		return e;
	if (needs == NEEDS_LINKS)
		return p->links ? 0 : ERR_LINKS;
	if (p->modify == MODIFY_NO)
		return ERR_MODIFY;
	return needs == NEEDS_REPLACE && p->overwrite == OVERWRITE_DENY ?
	    ERR_EXISTS :
	    0;
}

static const struct row *
find_code(uint8_t code)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].name == NULL && rows[i].code == code)
			return &rows[i];
	return NULL;
}

static const struct row *
find_extension(struct packet_reader *in)
{
	size_t len;
	const char *s = packet_string(in, &len);

	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].name != NULL && strlen(rows[i].name) == len &&
		    memcmp(rows[i].name, s, len) == 0)
			return &rows[i];
	return NULL;
}

void
sftp_greet(struct sftp *x)
{
	struct packet_writer *w = &x->out;
	const size_t at = packet_begin(w, FXP_VERSION);

	packet_put_u32(w, 3);
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].name == NULL || sftp_may(x, rows[i].needs) != 0)
			continue;
		packet_put_string(w, rows[i].name, strlen(rows[i].name));
		packet_put_string(w, &rows[i].version, 1);
	}
	packet_end(w, at);
}

/* Records what was refused or failed; a bad handle leads to no path. */
static void
record(struct sftp *x, int err)
{
	const bool known = x->here.len > 0 || x->text[0] != '\0';
	struct item it;

	report_item(&it, x->verb, REPLY_NONE, known ? &x->here : NULL);
	sftp_record(x, &it.event, err);
}

/* What a request that is refused is about; a link is the second path. */
static void
path_of_record(struct sftp *x, enum verb verb, struct packet_reader *in)
{
	size_t unused;

	if (verb == VERB_LINK)
		(void)packet_string(in, &unused);
	(void)sftp_path(x, in);
}

void
sftp_serve(struct sftp *x, uint8_t type, struct packet_reader *in)
{
	const struct row *row =
	    type == FXP_EXTENDED ? find_extension(in) : find_code(type);
	int e = ERR_UNSUPPORTED;

	x->answered = false;
	x->quiet = false;
	x->verb = row != NULL ? row->verb : VERB_SESSION;
	x->writing = row != NULL && row->needs >= NEEDS_WRITE;
	relpath_cut(&x->here, 0);
	x->text[0] = '\0';
	report_operand(x->s->report, x->text, &x->here);
	if (row != NULL && (e = sftp_may(x, row->needs)) == 0)
		e = row->serve(x, in);
	else if (row != NULL && row->recorded && type != FXP_FSETSTAT)
		path_of_record(x, row->verb, in);
	if (x->ended != 0)
		return;
	if (in->bad && !x->answered)
		e = ERR_PACKET;
	if (e != 0 && row != NULL && row->recorded && !x->quiet)
		record(x, e);
	/* who can't read must not learn that a file has this name */
	if (e == ENOTDIR && sftp_may(x, NEEDS_READ) != 0)
		e = ENOENT;
	if (!x->answered)
		sftp_status(x, e);
}
