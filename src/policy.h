#ifndef SCP_POLICY_H
#define SCP_POLICY_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/* Directories a session may have open one inside the other. */
#define POLICY_DEPTH_MAX      256
#define POLICY_DEPTH_CONFINED 64

#define POLICY_IDLE_CONFINED 300 /* seconds */

/* The longest account name, with its NUL. */
#define POLICY_USER_MAX 257

enum access {
	ACCESS_READ_WRITE,
	ACCESS_READ_ONLY,
	ACCESS_WRITE_ONLY,
};

enum overwrite {
	OVERWRITE_UNSET,
	OVERWRITE_REPLACE, /* a new file takes the old one's place */
	OVERWRITE_DENY,	   /* a name that exists is refused */
	OVERWRITE_INPLACE, /* the old file is written: keeps inode and ACL */
};

enum symlinks {
	SYMLINKS_UNSET,
	SYMLINKS_FOLLOW, /* beneath the root, as a chroot would */
	SYMLINKS_REFUSE,
};

enum sandbox {
	SANDBOX_UNSET,
	SANDBOX_PREFER,	 /* a layer that is missing is logged */
	SANDBOX_REQUIRE, /* a layer that is missing ends the session */
};

enum audit_format {
	AUDIT_JSON,
	AUDIT_TEXT,
};

#define POLICY_UMASK_INHERIT ((mode_t)-1)

/*
 * What this session may do.  A session with a Root is confined, one without
 * is open: the whole file system with the account's own rights.  "" is none.
 */
struct policy {
	char root[PATH_MAX];
	bool chroot;
	char user[POLICY_USER_MAX];
	char start[PATH_MAX]; /* StartDirectory */
	enum access access;
	enum overwrite overwrite;
	enum symlinks symlinks;
	mode_t umask;
	unsigned int depth; /* MaxDepth: directories */
	bool depth_set;
	unsigned int idle_timeout; /* seconds, 0: none */
	bool idle_timeout_set;
	unsigned int session_timeout; /* seconds, 0: none */
	enum sandbox sandbox;
	bool audit_off;		   /* AuditLog none */
	char audit_path[PATH_MAX]; /* "": syslog */
	enum audit_format audit_format;
};

/* Everything unset. */
void policy_init(struct policy *p);

/*
 * Gives what is unset its default, by whether the session is confined, and
 * refuses what can't go together.  0, or ERR_CONFIG with *why saying it.
 */
int policy_complete(struct policy *p, const char **why);

bool policy_is_confined(const struct policy *p);

/*
 * A drop box: write-only, and no file that exists is touched.  Nothing in such
 * a session may replace or remove a name, not even a temporary of ours.
 */
bool policy_only_adds(const struct policy *p);

/* May a session of this direction run at all?  0 or ERR_*_ONLY. */
int policy_check_direction(const struct policy *p, bool upload);

/* May another directory be entered inside depth others?  0 or ERR_DEPTH. */
int policy_check_depth(const struct policy *p, size_t depth);

#endif
