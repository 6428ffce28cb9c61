#ifndef SCP_CONFINE_H
#define SCP_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "grants.h"
#include "policy.h"

/*
 * S8: the limits that the kernel keeps for us, each entered once and none of
 * them to be undone.  The order is that of the declarations below; a step
 * that fails ends the session, unless it is a layer that Sandbox prefer lets
 * go missing, and then the start record says so.
 */

/* The columns of seccomp_rules.h: which system calls remain. */
enum confine_program {
	PROGRAM_SOURCE,		/* openat2, reading calls */
	PROGRAM_SOURCE_WALK,	/* the same with openat: no openat2 here */
	PROGRAM_SINK_NEW,	/* new files only: write-only with deny */
	PROGRAM_SINK_NEW_SETID, /* + set-id bits */
	PROGRAM_SINK,		/* + renameat2, unlinkat, fchown: replaces */
	PROGRAM_SINK_NAMED,	/* + named temporaries */
	PROGRAM_SINK_VERSIONS,	/* + RENAME_EXCHANGE */
	PROGRAM_SINK_OPEN,	/* no Root: the same */
	PROGRAM_SINK_INPLACE,	/* + writes existing files, ftruncate */
	PROGRAM_SINK_SETID,	/* + set-id bits: SetIdBits yes */
	PROGRAM_COUNT,
};

/* What a file or directory outside of the root is for. */
enum confine_use {
	CONFINE_READ,	/* a file that is read */
	CONFINE_RUN,	/* a program, or a directory of libraries */
	CONFINE_DEVICE, /* read and written */
};

struct confine_rule {
	int fd;
	enum confine_use use;
};

/* Sftp handoff: this process is going to be another program. */
struct confine_handoff {
	enum access access;
	const struct confine_rule *rules;
	size_t count;
};

struct confine_plan {
	enum sandbox sandbox;
	bool confined;	     /* there is a Root */
	bool chroot;	     /* Chroot yes */
	const char *root;    /* an absolute path, with chroot */
	bool follow;	     /* links are followed (no nosymfollow mount) */
	unsigned int grants; /* what it may do to files: enum grant */
	int64_t file_max;    /* octets of a file it writes; 0: any */
	bool change_user;    /* User: become this account after chroot */
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	int log_fd; /* stays open; -1: none */
	/* NULL: we serve ourselves; its rules are read by confine_landlock() */
	const struct confine_handoff *handoff;
};

/* What came of it, for the start record. */
struct confine_state {
	int landlock_abi;     /* 0: not in force */
	bool seccomp;	      /* a filter is in force */
	const char *program;  /* its name, "sink-open"; "none" */
	const char *root_way; /* "none", "chroot" or "namespace" */
	const char *failed;   /* the step that failed, when one did */
	const char *why;      /* in words, where we know more; else NULL */
	int cause;	      /* the errno behind ERR_SANDBOX, or 0 */
};
#define CONFINE_STATE_NONE                            \
	{                                             \
		.program = "none", .root_way = "none" \
	}

/*
 * 1. Before anything is opened: refuses to run setuid or setgid (ruid differs,
 *    AT_SECURE) and sees to it that 0, 1 and 2 are open.
 * 0 or an errno; ERR_SANDBOX for setuid.
 */
int confine_start(struct confine_state *state);

/*
 *    The same again, then closes every other descriptor but keep (-1: none);
 *    empties the environment.
 */
int confine_descriptors(int keep, struct confine_state *state);
void confine_environment(void);

/*
 * 2. Resource limits, root directory (chroot, or a user namespace and
 *    pivot_root), account, capabilities, no-new-privs, undumpable.
 * 0; ERR_SANDBOX or an errno, with state->failed naming the step.
 */
int
confine_process(const struct confine_plan *plan, struct confine_state *state);

/*
 * User alone: for a child that becomes another program.  0; ERR_SANDBOX or an
 * errno.
 */
int confine_account(const struct confine_plan *plan);

/*
 * 3. Landlock: from here on only what the role needs, only beneath root_fd.
 * ERR_SANDBOX where it is missing and required.
 */
int confine_landlock(
    const struct confine_plan *plan, int root_fd, struct confine_state *state);

/* Lets go of pages of the libraries that only starting up needed. */
void confine_pages(void);

/*
 * The program with the fewest calls that covers these grants.  walk: there is
 * no openat2(2) here, see jail.h.
 */
enum confine_program confine_program_for(unsigned int grants, bool walk);

/*
 * 4. seccomp: only the calls of this program.  Last, since it forbids the
 *    steps before it; a call outside kills the process.
 * ERR_SANDBOX where it is missing (or not built in) and required.
 */
int confine_seccomp(const struct confine_plan *plan,
    enum confine_program program, struct confine_state *state);

/*
 * For --check, which enters none of it: the version of Landlock that this
 * kernel offers, 0 for none; whether a filter is built in and the kernel would
 * take it; the root directory step of confine_process(), alone.
 */
int confine_landlock_abi(void);
bool confine_has_seccomp(void);
int confine_root(const struct confine_plan *plan, struct confine_state *state);

/*
 * For the files of this module.
 *
 * A layer that this kernel lacks: ERR_SANDBOX, or 0 where it may be.
 */
int confine_missing(const struct confine_plan *plan, const char *layer,
    int cause, struct confine_state *state);

#endif
