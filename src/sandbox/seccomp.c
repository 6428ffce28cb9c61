/*
 * Puts one of the programs that seccomp_compile.c made of seccomp_rules.h in
 * force.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "base/err.h"

#define ADDING	   (GRANT_LIST | GRANT_CREATE | GRANT_MAKE_DIRECTORIES)
#define REPLACING  (ADDING | GRANT_REPLACE | GRANT_REMOVE)
#define NAMING	   (REPLACING | GRANT_NAME_TEMPORARIES)
#define EXCHANGING (NAMING | GRANT_EXCHANGE)
#define INPLACE	   (EXCHANGING | GRANT_EVERYWHERE | GRANT_WRITE_OLD)

/* The grants that each program is enough for; the fewest calls first. */
static const struct {
	enum confine_program program;
	unsigned int grants;
} programs[] = {
	{ PROGRAM_REFUSAL, 0 },
	{ PROGRAM_SOURCE, GRANT_READ | GRANT_LIST },
	{ PROGRAM_SINK_NEW, ADDING | GRANT_EVERYWHERE },
	{ PROGRAM_SINK_NEW_SETGID, ADDING | GRANT_EVERYWHERE | GRANT_SETGID },
	{ PROGRAM_SINK_NEW_SETID,
	    ADDING | GRANT_EVERYWHERE | GRANT_SETGID | GRANT_SET_ID },
	{ PROGRAM_SINK, REPLACING },
	{ PROGRAM_SINK_NAMED, NAMING },
	{ PROGRAM_SINK_VERSIONS, EXCHANGING },
	{ PROGRAM_SINK_OPEN, EXCHANGING | GRANT_EVERYWHERE },
	{ PROGRAM_SINK_SETGID, EXCHANGING | GRANT_EVERYWHERE | GRANT_SETGID },
	{ PROGRAM_SINK_INPLACE, INPLACE },
	{ PROGRAM_SINK_INPLACE_SETGID, INPLACE | GRANT_SETGID },
	{ PROGRAM_SINK_SETID, INPLACE | GRANT_SETGID | GRANT_SET_ID },
};

#define OFFSETS ((unsigned int)(GRANT_OFFSETS | GRANT_CUT))
#define READING (OFFSETS | GRANT_READ | GRANT_LIST | GRANT_MODIFY)

/*
 * The same for SFTP, which reads and writes in one session.  GRANT_CUT comes
 * with every session that writes, and GRANT_MODIFY with some of these.
 */
static enum confine_program
program_for_sftp(unsigned int grants, bool walk)
{
	if ((grants & ~READING) == 0 && (grants & GRANT_CUT) == 0)
		return walk ? PROGRAM_SFTP_READ_WALK : PROGRAM_SFTP_READ;
	if ((grants & GRANT_SET_ID) != 0)
		return PROGRAM_SFTP_SETID;
	if ((grants & ~(READING | EXCHANGING | GRANT_LINKS | GRANT_SETGID)) !=
	    0)
		return PROGRAM_SFTP_OPEN;
	if ((grants & GRANT_SETGID) != 0)
		return (grants & (GRANT_READ | GRANT_LINKS)) != 0 ?
		    PROGRAM_SFTP_BOTH_SETGID :
		    PROGRAM_SFTP_WRITE_SETGID;
	if ((grants & GRANT_LINKS) != 0)
		return PROGRAM_SFTP_LINKS;
	if ((grants & GRANT_READ) != 0)
		return PROGRAM_SFTP_BOTH;
	return (grants & ~(OFFSETS | ADDING)) == 0 ? PROGRAM_SFTP_ADD :
						     PROGRAM_SFTP_WRITE;
}

enum confine_program
confine_program_for(unsigned int grants, bool walk)
{
	size_t i = 0;

	if ((grants & GRANT_OFFSETS) != 0)
		return program_for_sftp(grants, walk);
	/* the last one is enough for any grants */
	while (i + 1 < sizeof(programs) / sizeof(programs[0]) &&
	    (grants & ~programs[i].grants) != 0)
		i++;
	return programs[i].program == PROGRAM_SOURCE && walk ?
	    PROGRAM_SOURCE_WALK :
	    programs[i].program;
}

#ifdef SANITIZED

/*
 * A sanitizer uses system calls that no program allows, so such a build has no
 * filter.  No option has this effect.
 */
int
confine_seccomp(const struct confine_plan *plan, enum confine_program program,
    struct confine_state *state, struct trouble *t)
{
	(void)t;
	(void)plan;
	(void)program;
	state->seccomp = false;
	state->program = "none";
	return 0;
}

bool
confine_has_seccomp(void)
{
	return false;
}

#else

#include "seccomp_programs.h"

static int
install(const struct seccomp_program *p)
{
	struct sock_filter steps[SECCOMP_STEPS_MAX];
	struct sock_fprog code = { .len = p->count, .filter = steps };

	if (p->count == 0)
		return ENOSYS; /* not for this architecture */
	/* programs are alike, so each step is stored once */
	for (size_t i = 0; i < p->count; i++)
		steps[i] = seccomp_steps[p->code[i]];
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code, 0, 0) != 0)
		return errno;
	return 0;
}

/* Whether an errno means that there is no seccomp, or no filter built in. */
static bool
is_missing(int e)
{
	return e == ENOSYS || e == EINVAL || e == EPERM;
}

int
confine_seccomp(const struct confine_plan *plan, enum confine_program program,
    struct confine_state *state, struct trouble *t)
{
	const struct seccomp_program *p = &seccomp_programs[program];
	int e = install(p);

	state->seccomp = e == 0;
	state->program = e == 0 ? p->name : "none";
	if (e != 0 && !is_missing(e)) {
		trouble_about(t, "seccomp");
		return e;
	}
	return e == 0 ? 0 : confine_missing(plan, "seccomp", e, t);
}

/* A filter at address NULL: a kernel that supports filters returns EFAULT. */
bool
confine_has_seccomp(void)
{
	return seccomp_programs[PROGRAM_SOURCE].count > 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 &&
	    errno == EFAULT;
}

#endif
