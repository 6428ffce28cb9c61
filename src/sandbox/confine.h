#ifndef SCP_CONFINE_H
#define SCP_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/trouble.h"
#include "policy/grants.h"
#include "policy/policy.h"

/*
 * S8: the limits that the kernel enforces.  Each is entered once and can't be
 * undone.  They are entered in the order of the declarations below.  A step
 * that fails ends the session, and is named in *t.  With Sandbox prefer, a
 * layer that this kernel does not have may be missing, which the start record
 * shows.
 */

/* The columns of seccomp_rules.h: sets of system calls that stay allowed. */
enum confine_program {
	PROGRAM_SOURCE,		 /* openat2, reading calls */
	PROGRAM_SOURCE_WALK,	 /* openat, whose flags the filter sees */
	PROGRAM_SINK_NEW,	 /* new files only: write-only with deny */
	PROGRAM_SINK_NEW_SETGID, /* + the set-group-ID bit, for directories */
	PROGRAM_SINK_NEW_SETID,	 /* + set-id bits */
	PROGRAM_SINK,		 /* + renameat2, unlinkat, fchown: replaces */
	PROGRAM_SINK_NAMED,	 /* + named temporaries */
	PROGRAM_SINK_VERSIONS,	 /* + RENAME_EXCHANGE */
	PROGRAM_SINK_OPEN,	 /* no Root: as sink-versions */
	PROGRAM_SINK_SETGID,	 /* + the set-group-ID bit, for directories */
	PROGRAM_SINK_INPLACE,	 /* as sink-open + writes existing files */
	PROGRAM_SINK_INPLACE_SETGID, /* + the set-group-ID bit */
	PROGRAM_SINK_SETID,	     /* + set-id bits: SetIdBits yes */
	PROGRAM_REFUSAL,	     /* opens nothing: there is no session */
	PROGRAM_SFTP_READ,	     /* SFTP: source, at any offset */
	PROGRAM_SFTP_READ_WALK,	     /* SFTP: source-walk, at any offset */
	PROGRAM_SFTP_ADD,	     /* new files only, nothing is read */
	PROGRAM_SFTP_WRITE,	     /* + replaces, nothing is read */
	PROGRAM_SFTP_BOTH,	     /* + reads, by checked openat */
	PROGRAM_SFTP_LINKS,	     /* + symbolic links: Links yes */
	PROGRAM_SFTP_WRITE_SETGID,   /* sftp-write and the bit of directories */
	PROGRAM_SFTP_BOTH_SETGID,    /* sftp-links and the bit of directories */
	PROGRAM_SFTP_OPEN,  /* no Root: openat2, writes existing files */
	PROGRAM_SFTP_SETID, /* + set-id bits: SetIdBits yes */
	PROGRAM_COUNT,
};

struct confine_plan {
	enum sandbox sandbox;
	bool confined;	     /* there is a Root */
	bool chroot;	     /* Chroot yes */
	const char *root;    /* an absolute path, with chroot */
	bool follow;	     /* links are followed (no nosymfollow mount) */
	unsigned int grants; /* allowed actions on files: enum grant */
	int64_t file_max;    /* octets of a file it writes; 0: any */
	bool change_user;    /* User: become this account after chroot */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
};

/* The layers in force, for the start record. */
struct confine_state {
	int landlock_abi;     /* 0: not in force */
	bool seccomp;	      /* a filter is in force */
	const char *program;  /* its name, "sink-open"; "none" */
	const char *root_way; /* "none", "chroot" or "namespace" */
};
#define CONFINE_STATE_NONE                            \
	{                                             \
		.program = "none", .root_way = "none" \
	}

/*
 * 1. Called before anything is opened.  Refuses to run setuid or setgid, or
 *    with capabilities of a file (AT_SECURE), and opens /dev/null for those of
 *    the descriptors 0, 1 and 2 that are closed.
 * Returns 0, ERR_SANDBOX for setuid, or an errno.
 */
int confine_start(struct trouble *t);

/*
 *    Repeats the checks of confine_start(), then closes every descriptor but
 *    0, 1, 2 and keep; -1 keeps no other.  Returns 0 or an error.
 */
int confine_descriptors(int keep, struct trouble *t);

/* Empties the environment. */
void confine_environment(void);

/*
 * 2. Sets resource limits, the root directory (chroot, or a user namespace and
 *    pivot_root), the account and its capabilities, and no-new-privs, and
 *    makes the process undumpable.
 * Returns 0, ERR_SANDBOX or an errno.
 */
int confine_process(const struct confine_plan *plan,
    struct confine_state *state, struct trouble *t);

/*
 * Changes the account, and nothing else, in a child that is about to execute
 * another program.  Returns 0, ERR_SANDBOX or an errno.
 */
int confine_account(const struct confine_plan *plan);

/*
 * 3. Installs Landlock rules: only the grants of the plan, and only beneath
 *    root_fd.
 * Returns 0, ERR_SANDBOX when Landlock is missing and required, or an errno.
 */
int confine_landlock(const struct confine_plan *plan, int root_fd,
    struct confine_state *state, struct trouble *t);

/*
 * Confines a session that is refused, which only reads what it drops: closes
 * every descriptor but 0, 1, 2 and keep, and installs PROGRAM_REFUSAL, without
 * which this fails.  Returns 0, ERR_SANDBOX or an errno.
 */
int confine_refusal(int keep, struct confine_state *state);

/* Releases pages of the libraries that were needed only at startup. */
void confine_pages(void);

/*
 * Returns the program with the fewest system calls that is enough for these
 * grants.  walk is that of struct tree: openat2(2) is not used.
 */
enum confine_program confine_program_for(unsigned int grants, bool walk);

/*
 * 4. Installs the seccomp filter: any system call that is not in this program
 *    kills the process.  This is the last step, since the filter forbids the
 *    steps before it.
 * Returns 0, ERR_SANDBOX when seccomp is required and is missing or not built
 * in, or an errno.
 */
int
confine_seccomp(const struct confine_plan *plan, enum confine_program program,
    struct confine_state *state, struct trouble *t);

/*
 * Returns the version of Landlock that this kernel offers, or 0.  It is asked
 * once a process.
 */
int confine_landlock_abi(void);

/* The first version that restricts truncation. */
#define CONFINE_ABI_TRUNCATE 3

/*
 * These are for scp-server-check.  confine_has_seccomp() returns whether a
 * filter is built in and the kernel supports filters.  confine_root() is the
 * step of confine_process() that sets the root.
 */
bool confine_has_seccomp(void);
int confine_root(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t);

/*
 * For the files of this module.  Called when the kernel does not have a layer;
 * cause is an errno or 0.  Returns 0 when the layer may be missing, else fills
 * *t and returns ERR_SANDBOX.
 */
int confine_missing(const struct confine_plan *plan, const char *layer,
    int cause, struct trouble *t);

#endif
