/*
 * The limits of the process itself, as an ordered table of steps.  Landlock,
 * namespaces and seccomp have files of their own.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* Without close_range(2), descriptors below this are closed one by one. */
#define CLOSE_MAX (1U << 20)

/* Open files: a directory for each of the 256 levels, and a few. */
#define FILES_MAX 300

#define DATA_MAX (64UL << 20)

struct step {
	const char *name;
	int (*apply)(const struct confine_plan *, struct confine_state *,
	    struct trouble *);
};

int
confine_missing(const struct confine_plan *plan, const char *layer, int cause,
    struct trouble *t)
{
	if (plan->sandbox == SANDBOX_PREFER)
		return 0;
	trouble_note(t, "this kernel does not offer it", layer);
	t->cause = cause;
	return ERR_SANDBOX;
}

/* The capabilities of a process, as capget(2) and capset(2) have them. */
struct capabilities {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct cap[_LINUX_CAPABILITY_U32S_3];
};

static bool
get_capabilities(struct capabilities *c)
{
	c->head.version = _LINUX_CAPABILITY_VERSION_3;
	c->head.pid = 0;
	return syscall(SYS_capget, &c->head, c->cap) == 0;
}

/* Whether this account has capabilities, which a file can give, too. */
static bool
is_capable(void)
{
	struct capabilities c;

	return !get_capabilities(&c) ||
	    (c.cap[0].permitted | c.cap[1].permitted) != 0;
}

/*
 * SELinux and AppArmor set AT_SECURE, too, where sshd(8) starts us in another
 * domain: that takes rights away and gives none.
 */
static bool
is_setuid(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) != 0 ||
	    getresgid(&rgid, &egid, &sgid) != 0)
		return true;
	return ruid != euid || suid != euid || rgid != egid || sgid != egid ||
	    (getauxval(AT_SECURE) != 0 && euid != 0 && is_capable());
}

/* Opens 0, 1 and 2 if they are closed, so that no other file becomes one. */
static int
open_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) != fd)
			return errno;
	return 0;
}

/* Closes first to last. */
static int
close_all(unsigned int first, unsigned int last)
{
	struct rlimit limit;

	if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
		return 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return errno;
	if (last > CLOSE_MAX)
		last = limit.rlim_cur < CLOSE_MAX ?
		    (unsigned int)limit.rlim_cur :
		    CLOSE_MAX;
	for (; first <= last; first++)
		(void)close((int)first); /* most were never open */
	return 0;
}

int
confine_start(struct trouble *t)
{
	int e;

	if (is_setuid()) {
		trouble_note(
		    t, "it must not be installed setuid or setgid", "setuid");
		return ERR_SANDBOX;
	}
	if ((e = open_standard()) != 0)
		trouble_about(t, "descriptors");
	return e;
}

int
confine_descriptors(int keep, struct trouble *t)
{
	unsigned int first = STDERR_FILENO + 1;
	int e;

	if ((e = confine_start(t)) != 0)
		return e;
	trouble_about(t, "descriptors");
	if (keep >= 0 && (unsigned int)keep < first)
		return ERR_SANDBOX; /* the peer would write to the log */
	if (keep != -1) {
		if ((e = close_all(first, (unsigned int)keep - 1)) != 0)
			return e;
		first = (unsigned int)keep + 1;
	}
	if ((e = close_all(first, ~0U)) != 0)
		return e;
	trouble_about(t, "");
	return 0;
}

void
confine_environment(void)
{
	(void)clearenv(); /* fails only if there is none */
}

/* Limits of memory are left out with a sanitizer, which needs much of it. */
static const struct {
	unsigned int what;
	rlim_t most;
} limits[] = {
	{ RLIMIT_CORE, 0 }, /* a core would hold other people's data */
	{ RLIMIT_NOFILE, FILES_MAX },
#ifndef SANITIZED
	{ RLIMIT_DATA, DATA_MAX },
#endif
};

static int
lower_limit(unsigned int what, rlim_t most)
{
	struct rlimit limit = { .rlim_max = 0 };

	if (most > 0 && getrlimit(what, &limit) != 0)
		return errno; /* 0 is never more than it was */
	if (limit.rlim_max > most)
		limit.rlim_max = most;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(what, &limit) != 0)
		return errno;
	return 0;
}

static int
limit_resources(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	int e = 0;

	(void)state;
	(void)t;
	for (size_t i = 0; e == 0 && i < sizeof(limits) / sizeof(limits[0]);
	     i++)
		e = lower_limit(limits[i].what, limits[i].most);
	if (e == 0 && plan->file_max > 0)
		e = lower_limit(RLIMIT_FSIZE, (rlim_t)plan->file_max);
	return e;
}

#ifdef SANITIZED
#define PROCESSES_MAX RLIM_INFINITY /* a sanitizer starts processes */
#else
#define PROCESSES_MAX 0 /* no process is ever started */
#endif

/* Called after the account has changed: its other processes count. */
static int
limit_processes(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	(void)plan;
	(void)state;
	(void)t;
	return lower_limit(RLIMIT_NPROC, PROCESSES_MAX);
}

/*
 * Without capabilities uid 0 could do less than an ordinary account.  An open
 * session of root keeps those for reading and storing files of all accounts.
 */
static uint32_t
kept_capabilities(const struct confine_plan *plan)
{
	if (plan->confined || plan->change_user || geteuid() != 0)
		return 0;
	return CAP_TO_MASK(CAP_DAC_OVERRIDE) |
	    CAP_TO_MASK(CAP_DAC_READ_SEARCH) | CAP_TO_MASK(CAP_FOWNER) |
	    CAP_TO_MASK(CAP_CHOWN);
}

/*
 * Empties the capability bounding set, which matters only to an exec.  Without
 * CAP_SETPCAP the set can't be changed, and is harmless.  Called before the
 * account changes, since that drops CAP_SETPCAP.
 */
static int
drop_bounding_set(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	int cap;

	(void)plan;
	(void)state;
	(void)t;
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (cap = 0; true; cap++) {
		/* not permitted, or beyond the last capability */
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			break;
	}
	return 0;
}

/* S8: the change of the account must not be reversible. */
static int
become_user(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	(void)state;
	if (!plan->change_user)
		return 0;
	if (setgroups(plan->group_count, plan->groups) != 0 ||
	    setresgid(plan->gid, plan->gid, plan->gid) != 0 ||
	    setresuid(plan->uid, plan->uid, plan->uid) != 0)
		return errno;
	if (setresuid((uid_t)-1, 0, (uid_t)-1) == 0 ||
	    (plan->gid != 0 && setresgid((gid_t)-1, 0, (gid_t)-1) == 0)) {
		t->why = "the way back to uid 0 is open";
		return ERR_SANDBOX;
	}
	return 0;
}

int
confine_account(const struct confine_plan *plan)
{
	struct trouble unused;

	return become_user(plan, NULL, &unused);
}

static int
drop_capabilities(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	struct capabilities c;
	uint32_t keep = kept_capabilities(plan);

	(void)state;
	(void)t;
	if (!get_capabilities(&c))
		return errno;
	keep &= c.cap[0].permitted;
	memset(c.cap, 0, sizeof(c.cap));
	c.cap[0].permitted = keep;
	c.cap[0].effective = keep;
	return syscall(SYS_capset, &c.head, c.cap) == 0 ? 0 : errno;
}

static int
forbid_new_privileges(const struct confine_plan *plan,
    struct confine_state *state, struct trouble *t)
{
	(void)plan;
	(void)state;
	(void)t;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

/*
 * Forbids ptrace(2) and makes root the owner of /proc/self.  Called after the
 * account has changed, which resets this.
 */
static int
forbid_tracing(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	(void)plan;
	(void)state;
	(void)t;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

/* The order matters: steps need rights that later steps remove. */
static const struct step steps[] = {
	{ "limits", limit_resources },
	{ "chroot", confine_root },
	{ "bounding set", drop_bounding_set },
	{ "user", become_user },
	{ "processes", limit_processes },
	{ "capabilities", drop_capabilities },
	{ "no-new-privs", forbid_new_privileges },
	{ "undumpable", forbid_tracing },
};

int
confine_refusal(int keep, struct confine_state *state)
{
	const struct confine_plan plan = { .sandbox = SANDBOX_REQUIRE };
	struct trouble t;
	int e;

	if ((e = confine_descriptors(keep, &t)) != 0)
		return e;
	confine_environment();
	if ((e = forbid_new_privileges(&plan, state, &t)) != 0 ||
	    (e = forbid_tracing(&plan, state, &t)) != 0)
		return e;
	return confine_seccomp(&plan, PROGRAM_REFUSAL, state, &t);
}

int
confine_process(const struct confine_plan *plan, struct confine_state *state,
    struct trouble *t)
{
	size_t i;
	int e;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if ((e = steps[i].apply(plan, state, t)) != 0) {
			trouble_about(t, steps[i].name);
			return e;
		}
	return 0;
}
