/* The layers that every session of ours enters, for the bare programs. */
#define _GNU_SOURCE
#include "guard.h"

#include <err.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "seccomp_programs.h"

/* Of the first ABI: the more there are, the same it costs. */
#define RIGHTS ((1ULL << 13) - 1)

void
guard_landlock(void)
{
	struct landlock_ruleset_attr rules = { .handled_access_fs = RIGHTS };
	struct landlock_path_beneath_attr root = { .allowed_access = RIGHTS };
	int fd;

	root.parent_fd = open("/", O_PATH | O_CLOEXEC);
	fd =
	    (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd == -1 || root.parent_fd == -1 ||
	    syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH,
		&root, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		err(1, "Landlock");
	close(fd);
	close(root.parent_fd);
}

void
guard_filter(void)
{
	static struct sock_filter steps[SECCOMP_STEPS_MAX];
	struct sock_fprog filter = { 0, steps };

	for (size_t i = 0;
	     i < sizeof(seccomp_programs) / sizeof(seccomp_programs[0]); i++)
		if (strcmp(seccomp_programs[i].name, "sink-open") == 0) {
			filter.len = seccomp_programs[i].count;
			for (size_t k = 0; k < filter.len; k++)
				steps[k] =
				    seccomp_steps[seccomp_programs[i].code[k]];
		}
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
		err(1, "the filter");
}
