#ifndef SCP_SFTP_H
#define SCP_SFTP_H

#include "base/err.h"
#include "session/admit.h"
#include "session/session.h"
#include "session/target.h"
#include "sftp/handle.h"
#include "sftp/owned.h"
#include "sftp/packet.h"

/*
 * The SFTP server, version 3.  What the peer asks is read into the buffer of
 * wire.h, one request at a time, and answered in that order; answers are
 * collected in out until no whole request is left.
 */

/* Octets of a request; the body of a WRITE is passed on in pieces. */
#define SFTP_PACKET_MAX 34000

/* What limits@openssh.com tells: octets of a packet, and of data in one. */
#define SFTP_MESSAGE_MAX 262144
#define SFTP_DATA_MAX	 261120

/* An answer to a READ of 65,536 octets fits. */
#define SFTP_OUT_SIZE 65600

struct sftp {
	struct session *s;
	struct upload_rules rules;
	bool named;	   /* the root has no unnamed files */
	unsigned int idle; /* IdleTimeout, in seconds */
	bool patient;	   /* IdleTimeout does not count between requests */
	bool greeted;
	/* of the request that is served */
	uint32_t id;
	bool answered;
	bool writing; /* it is to change something */
	bool quiet;   /* it records its failure itself, or none */
	bool unread;  /* it changes what can't be read */
	enum verb verb;
	struct event change; /* of names: what the log records of it */
	int ended;	     /* the error that ends the session */
	struct owned owned;
	int last; /* the file that was stored last; -1: none, see
		     sftp_keep_last() */
	struct info last_info;
	struct timespec last_at; /* when it was stored: CLOCK_MONOTONIC */
	struct packet_writer out;
	struct relpath here; /* the path of the request */
	struct relpath from; /* RENAME: the first one */
	struct handles handles;
	struct scan scan;
	char text[PATH_MAX + 1]; /* that path, as the peer sent it */
	char buf[SFTP_OUT_SIZE];
};

#ifdef WITHOUT_SFTP

/* make SFTP=0: every request for SFTP was refused. */
static inline unsigned int
sftp_open(struct sftp *x, struct session *s, uint64_t seed, int *error)
{
	(void)x;
	(void)s;
	(void)seed;
	*error = ERR_SFTP;
	return 0;
}

static inline const char *
sftp_publish_way(const struct sftp *x)
{
	(void)x;
	return "";
}

static inline int
sftp_run(struct sftp *x)
{
	(void)x;
	return ERR_SFTP;
}

#else

/*
 * Finds out how files are published beneath the root, and returns what this
 * session may do to files, as bits of enum grant.  Called before the filter is
 * installed.  seed is the number of the first temporary name.  *error is set
 * to 0, or to why paths can't begin at the directory that -d names.
 */
unsigned int
sftp_open(struct sftp *x, struct session *s, uint64_t seed, int *error);

/* Returns the word of the start record for how files get their names. */
const char *sftp_publish_way(const struct sftp *x);

/* Serves requests until the peer ends the session.  Returns as sink_run(). */
int sftp_run(struct sftp *x);

#endif

/*
 * The rest is for the files of this folder.
 *
 * Answers.  sftp_flush() sends those that wait; sftp_room() does if less than n
 * octets are free.  Both return 0 or an error of the wire, which ends the
 * session.
 */
int sftp_flush(struct sftp *x);
int sftp_room(struct sftp *x, size_t n);

/* Answers the request with the outcome, an error or 0. */
void sftp_status(struct sftp *x, int err);

/* Begins an answer that has the id of the request. */
size_t sftp_begin(struct sftp *x, enum packet_type type);
void sftp_end(struct sftp *x, size_t at);

/* Answers the request with a handle, or with attributes. */
void sftp_answer_handle(struct sftp *x, const struct handle *h);
void sftp_answer_info(struct sftp *x, const struct info *info);

/* Writes one entry of a NAME answer, with its line of a long listing. */
void sftp_put_entry(struct sftp *x, const char *name, const struct info *info);

/* Notes the first error that ends the session; 0 is none.  Returns err. */
int sftp_lose(struct sftp *x, int err);

/*
 * Reads a path into x->here, and checks it against the policy.  Returns
 * ERR_PACKET or what session_path() does.
 */
int sftp_path(struct sftp *x, struct packet_reader *in);

/*
 * Reads two paths, the first into x->from.  Returns 0, ERR_PACKET, or the first
 * error of sftp_path() for them.
 */
int sftp_paths(struct sftp *x, struct packet_reader *in);

/*
 * Copies the text of a path into x->text, and empties x->here.  Returns 0,
 * ENAMETOOLONG, or ERR_BYTES for a NUL in it.
 */
int sftp_path_text(struct sftp *x, const char *s, size_t len);

/* Reads a handle.  Returns NULL if there is none. */
struct handle *sftp_handle(struct sftp *x, struct packet_reader *in);

/* The descriptor of what a handle is about. */
static inline int
sftp_fd(const struct handle *h)
{
	return h->kind == HANDLE_UPLOAD ? h->revision.up.fd : h->node.fd;
}

/* Records an event; with Audit require, a failure to do so ends the session. */
void sftp_record(struct sftp *x, const struct event *ev, int err);

/* Begins to record what a handle does.  Its path is x->here from then on. */
void sftp_record_begin(struct sftp *x, struct handle *h, enum verb verb);

/* Closes a handle.  Returns 0 or why a file could not be stored. */
int sftp_close(struct sftp *x, struct handle *h);

/* Closes all handles, at the end; nothing is published. */
void sftp_close_all(struct sftp *x);

/* Whether this is the file that the log is written to. */
static inline bool
sftp_is_log(const struct sftp *x, const struct info *info)
{
	return info->ino == x->s->log_ino && info->dev == x->s->log_dev;
}

/*
 * What a session that can't read may know of: directories, and what it has
 * stored itself.  Returns ENOENT for the rest, else 0.
 */
int sftp_hide(struct sftp *x, const struct info *info);

/* Whether a file is being uploaded. */
bool sftp_has_upload(const struct sftp *x);

/*
 * As tree_place() for x->here.  With makes, MakeParents makes the directories
 * that are missing above it.  Returns also the errors of parents_make().
 */
int sftp_place(struct sftp *x, bool follow, bool makes, struct dir *dir,
    struct name *name);

/*
 * Checks whether MaxDepth, which allows a directory at x->here, also allows
 * x->from there with the directories in it.  They are looked at only if it
 * moves deeper and MaxDepth is below its highest value.  Returns 0; ERR_DEPTH,
 * also in a session that can't list them; or why they could not be looked at.
 */
int sftp_check_height(struct sftp *x);

/* Remembers that something was made in a directory. */
void sftp_note_dir(struct sftp *x, const struct dir *dir);

/*
 * Forgets the file that this upload, or what was renamed so, has replaced: its
 * number may soon be that of another one.
 */
void sftp_forget_replaced(struct sftp *x, const struct upload *up);

/*
 * A session that can't read can't open what it has stored either.  The file
 * that was stored last stays open for the attributes that many clients set
 * then, until it is forgotten: by the next upload, or by a SETSTAT that comes
 * some seconds later.
 */
void sftp_keep_last(struct sftp *x, const struct handle *h);
void sftp_forget_last(struct sftp *x);
void sftp_forget_old(struct sftp *x);

/*
 * Opens what is at x->here, which info says to be a file or directory; in a
 * session that can't read, a directory only.  Returns 0, ERR_KIND or the errors
 * of tree_find().
 */
int sftp_open_node(struct sftp *x, const struct info *info, struct node *out);

/*
 * Requests; see requests.c.  Each returns 0 or an error, which is answered
 * with a STATUS unless x->answered.
 */
typedef int sftp_request(struct sftp *x, struct packet_reader *in);

sftp_request sftp_do_open, sftp_do_close, sftp_do_read, sftp_do_fstat,
    sftp_do_opendir, sftp_do_readdir, sftp_do_lstat, sftp_do_stat,
    sftp_do_realpath, sftp_do_expand, sftp_do_statvfs, sftp_do_fstatvfs,
    sftp_do_limits, sftp_do_mkdir, sftp_do_setstat, sftp_do_lsetstat,
    sftp_do_fsetstat, sftp_do_fsync, sftp_do_remove, sftp_do_rmdir,
    sftp_do_rename, sftp_do_posix_rename, sftp_do_readlink, sftp_do_symlink,
    sftp_do_hardlink, sftp_do_copy_data;

/*
 * Drops n octets of a packet.  Returns 0 or the error that ends the session.
 */
int sftp_skip(struct sftp *x, size_t n);

/*
 * A WRITE, of which len octets follow: its body is not in memory yet.  Returns
 * 0 or the error that ends the session.
 */
int sftp_write(struct sftp *x, size_t len);

#endif
