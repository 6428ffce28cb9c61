/*
 * In the place of a layer that is left out, so that the others are seen
 * alone.  Linked with --wrap=confine_landlock, --wrap=confine_seccomp or both.
 */
#include "sandbox/confine.h"

int __wrap_confine_landlock(const struct confine_plan *plan, int root_fd,
    struct confine_state *state, struct trouble *t);
int __wrap_confine_seccomp(const struct confine_plan *plan,
    enum confine_program program, struct confine_state *state,
    struct trouble *t);

int
__wrap_confine_landlock(const struct confine_plan *plan, int root_fd,
    struct confine_state *state, struct trouble *t)
{
	(void)plan;
	(void)root_fd;
	(void)state;
	(void)t;
	return 0;
}

int
__wrap_confine_seccomp(const struct confine_plan *plan,
    enum confine_program program, struct confine_state *state,
    struct trouble *t)
{
	(void)plan;
	(void)program;
	(void)state;
	(void)t;
	return 0;
}
