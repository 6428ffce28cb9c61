#ifndef SCP_POLICY_H
#define SCP_POLICY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/name.h"
#include "request/destination.h"

/* MaxDepth: its highest value, and the default of a confined session. */
#define POLICY_DEPTH_MAX      256
#define POLICY_DEPTH_CONFINED 64

#define POLICY_IDLE_CONFINED 300 /* seconds */

/* The longest account name, with its NUL. */
#define POLICY_USER_MAX 257

/*
 * What is created counts as at least so many octets: an empty file and a
 * directory take room, too.
 */
#define POLICY_NEW_MIN 1024

/* Octets of a list of patterns, with its NUL. */
#define POLICY_LIST_MAX 2048

enum access {
	ACCESS_READ_WRITE,
	ACCESS_READ_ONLY,
	ACCESS_WRITE_ONLY,
};

/* From the loosest to the strictest. */
enum overwrite {
	OVERWRITE_INPLACE,  /* the old file is written: keeps inode and ACL */
	OVERWRITE_REPLACE,  /* a new file takes the old one's place */
	OVERWRITE_VERSIONS, /* and the old file is kept as NAME.~N~ */
	OVERWRITE_DENY,	    /* a name that exists is refused */
};

enum symlinks {
	SYMLINKS_FOLLOW, /* beneath the root, as a chroot would */
	SYMLINKS_REFUSE,
};

enum dotfiles {
	DOTFILES_ALLOW,
	DOTFILES_ROOT, /* none, and no start-up file, directly below Root */
	DOTFILES_DENY, /* as root, and no dot file anywhere */
};

enum sandbox {
	SANDBOX_PREFER,	 /* a layer that is missing is logged */
	SANDBOX_REQUIRE, /* a layer that is missing ends the session */
};

enum audit_need {
	AUDIT_PREFER,  /* records that can't be written are counted */
	AUDIT_REQUIRE, /* without a record no transfer */
};

enum audit_format {
	AUDIT_JSON,
	AUDIT_TEXT,
};

struct audit_log {
	bool off;	     /* AuditLog none */
	char path[PATH_MAX]; /* "": syslog */
};

/* What a session may change of what is there, apart from storing files. */
enum modify {
	MODIFY_NO,
	MODIFY_OWN, /* what it has stored or made itself */
	MODIFY_YES,
};

enum interrupted {
	INTERRUPTED_KEEP, /* a new file stays, as far as it came */
	INTERRUPTED_DISCARD,
};

/* One for each keyword: a bit of policy.set, a row of keywords.c's table. */
enum policy_key {
	KEY_ROOT,
	KEY_CHROOT,
	KEY_USER,
	KEY_START_DIRECTORY,
	KEY_ACCESS,
	KEY_OVERWRITE,
	KEY_SYMLINKS,
	KEY_DOT_FILES,
	KEY_ALLOW_NAMES,
	KEY_DENY_NAMES,
	KEY_FILE_MODE,
	KEY_DIRECTORY_MODE,
	KEY_UMASK,
	KEY_SET_ID_BITS,
	KEY_PRESERVE_TIMES,
	KEY_PRESERVE_MODES,
	KEY_MAX_FILE_SIZE,
	KEY_MAX_SESSION_BYTES,
	KEY_MAX_SESSION_FILES,
	KEY_MAX_DEPTH,
	KEY_MIN_FREE,
	KEY_IDLE_TIMEOUT,
	KEY_SESSION_TIMEOUT,
	KEY_RATE_LIMIT,
	KEY_SYNC,
	KEY_SANDBOX,
	KEY_AUDIT,
	KEY_AUDIT_LOG,
	KEY_AUDIT_FORMAT,
	KEY_AUDIT_DIGEST,
	KEY_SFTP,
	KEY_MODIFY,
	KEY_INTERRUPTED,
	KEY_LINKS,
	KEY_MAKE_PARENTS,
	KEY_PIPELINING,
	KEY_RELAY,
	KEY_RELAY_CONFIG,
	KEY_COUNT,
};

/*
 * What this session may do.  A session with a Root is confined.  One without is
 * open: it reaches the whole file system with the account's own rights.  A text
 * that is "" means none, and a number that is 0 means no limit.  A value counts
 * only when its bit is in set.
 */
struct policy {
	uint64_t set;	   /* 1 << enum policy_key */
	uint64_t doubtful; /* what a Match sets that can't be decided */
	/* Whether there is an outer Root: beside those above, so that no page
	   is touched to find out. */
	bool is_inside;
	char root[PATH_MAX];
	/* with is_inside: the uppermost of several Roots, each of which is
	   beneath the one before */
	char outer_root[PATH_MAX];
	bool chroot;
	char user[POLICY_USER_MAX];
	char start[PATH_MAX]; /* StartDirectory */
	enum access access;
	enum overwrite overwrite;
	enum symlinks symlinks;
	enum dotfiles dotfiles;
	/* lists of patterns with blanks between them, and between the lists
	   quotes, which no pattern has: a name has to be in each of them */
	char allow_names[2 * POLICY_LIST_MAX];
	char deny_names[2 * POLICY_LIST_MAX];
	mode_t file_mode;
	mode_t directory_mode;
	mode_t umask;
	/* bits as those of set, of FileMode, DirectoryMode and Umask: the value
	   only takes rights away from what is asked for or inherited, since a
	   Match that can't be decided has set it or, for Umask, a client */
	uint64_t narrows;
	bool set_id_bits;
	bool preserve_times;
	bool preserve_modes;
	int64_t max_file_size; /* octets */
	int64_t max_session_bytes;
	int64_t max_session_files;
	int64_t depth;	  /* MaxDepth: directories */
	int64_t min_free; /* octets that stay free on the file system */
	int64_t idle_timeout;
	bool idle_is_default;	 /* nobody has set IdleTimeout */
	int64_t session_timeout; /* seconds */
	int64_t rate_limit;	 /* octets a second */
	bool sync;
	enum sandbox sandbox;
	enum audit_need audit;
	struct audit_log audit_log;
	enum audit_format audit_format;
	enum digest audit_digest;
	bool sftp;
	enum modify modify;
	enum interrupted interrupted;
	bool links;
	bool make_parents;
	bool pipelining;
	/* lists of destinations, kept as allow_names is; "": deny */
	char relay[2 * POLICY_LIST_MAX];
	char relay_config[PATH_MAX]; /* "": none */
};

/* What a session has sent, or created, so far. */
struct policy_totals {
	int64_t files;
	int64_t bytes;
};

/* Makes a policy in which nothing is set. */
void policy_init(struct policy *p);

/*
 * As policy_init(), for a policy that was zero when the program was loaded, and
 * that only functions of config.h have changed.  One in which nothing was set
 * has nothing that is looked at, and is left alone: writing to it would cost
 * pages of memory.
 */
void policy_clear(struct policy *p);

/* Returns whether a keyword is set. */
bool policy_is_set(const struct policy *p, enum policy_key key);

/*
 * Sets defaults for what is unset, which depend on whether the session is
 * confined, and refuses keywords that contradict each other.  Returns 0, or
 * ERR_CONFIG with *why set to the reason.
 */
int policy_complete(struct policy *p, const char **why);

/*
 * Checks what one source of a policy says, before it is combined with another:
 * returns which of its keywords contradict each other, or NULL.
 */
const char *policy_check_source(const struct policy *p);

/* Returns the list after this one in allow_names or relay, or "". */
const char *policy_next_list(const char *list);

/* Returns whether the session has a Root. */
bool policy_is_confined(const struct policy *p);

/* Returns the upper one of two Roots, or the only Root that is set. */
const char *policy_outer_root(const struct policy *p);

/*
 * Returns the rate in octets a second, 0 for no limit.  It is the lower of
 * RateLimit and asked, which a client gave in kbit/s; 0 is none.
 */
int64_t policy_rate(const struct policy *p, long asked);

/*
 * Returns whether this is a drop box: write-only, and files that exist are not
 * changed.  Such a session may not replace or remove any name, not even that
 * of a temporary file.
 */
bool policy_only_adds(const struct policy *p);

/*
 * Checks whether Access allows an upload or a download.  Returns 0,
 * ERR_READ_ONLY or ERR_WRITE_ONLY.
 */
int policy_check_direction(const struct policy *p, bool upload);

/*
 * Checks whether Relay allows copies to this host, and Access downloads.
 * Returns 0, ERR_RELAY or ERR_WRITE_ONLY.
 */
int policy_check_relay(const struct policy *p, const struct destination *d);

/*
 * Checks whether MaxDepth allows this directory, by its path from the root.
 * Returns 0 or ERR_DEPTH.
 */
int policy_check_depth(const struct policy *p, const struct relpath *path);

/*
 * S6: checks whether the policy allows the names in a path.  The first
 * start_len octets are the administrator's and are not checked.  Returns 0,
 * ERR_DOTFILES, ERR_STARTUP, ERR_ALLOW_NAMES or ERR_DENY_NAMES.
 */
int policy_check_path(
    const struct policy *p, const struct relpath *path, size_t start_len);

/*
 * Checks whether another file of this size, which is sent, is within the
 * limits.  It is called with the announced size, before the first byte.
 * Returns 0, ERR_MAX_FILE_SIZE, ERR_MAX_SESSION_BYTES or ERR_MAX_SESSION_FILES.
 */
int policy_check_size(
    const struct policy *p, const struct policy_totals *totals, int64_t size);

/*
 * As policy_check_size(), for something that is created: a file, or a directory
 * of size 0.  policy_new_size() returns the octets that it counts as in
 * MaxSessionBytes and MinFree.
 */
int policy_check_new(
    const struct policy *p, const struct policy_totals *totals, int64_t size);
int64_t policy_new_size(int64_t size);

/*
 * As policy_check_size(), for a file that is being written: size is that of the
 * whole file; for MaxSessionBytes this file counts as counted, and the rest of
 * the session as others.
 */
int policy_check_grown(const struct policy *p,
    const struct policy_totals *others, int64_t size, int64_t counted);

/* Returns the keyword that causes an error, or KEY_COUNT for none. */
enum policy_key policy_cause(int err);

/* Returns whether a keyword can only take rights away: see narrows. */
bool policy_only_narrows(const struct policy *p, enum policy_key key);

/*
 * Returns the mode for a file or directory for which the peer sent mode.  It is
 * FileMode or DirectoryMode if that is set.  policy_fixes_mode() returns
 * whether it is, so that neither the umask nor an old file changes it.
 */
mode_t policy_mode(const struct policy *p, mode_t mode, bool is_dir);
bool policy_fixes_mode(const struct policy *p, bool is_dir);

#endif
