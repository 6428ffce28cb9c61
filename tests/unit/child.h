#ifndef SCP_TEST_CHILD_H
#define SCP_TEST_CHILD_H

/*
 * Limits that can't be undone are tried in processes of their own.  A body
 * that returns has passed; NEED ends it otherwise and says where.
 */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOBODY 65534

/* A parent whose path is root's own: /tmp is everybody's. */
#define ROOTS_PARENT "/run"

#define NEED(what)                                                         \
	do {                                                               \
		if (!(what)) {                                             \
			dprintf(2, "%s:%d: %s (%s)\n", __FILE__, __LINE__, \
			    #what, strerror(errno));                       \
			_exit(1);                                          \
		}                                                          \
	} while (0)

/* In CI a test that can't run has failed: it would prove nothing. */
#define SKIP(reason)                                                           \
	do {                                                                   \
		printf("SKIPPED %s: %s\n", __func__, reason);                  \
		if (getenv("CI") != NULL && strcmp(getenv("CI"), "true") == 0) \
			ck_abort_msg("in CI nothing may be skipped");          \
		return;                                                        \
	} while (0)

/* The wait status of a process that runs body. */
static inline int
child_status(void (*body)(const void *), const void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		body(arg);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) != pid)
		ck_assert_int_eq(errno, EINTR);
	return status;
}

static inline void
passes(void (*body)(const void *), const void *arg)
{
	int status = child_status(body, arg);

	ck_assert_msg(status == 0, "exit status %d, signal %d",
	    WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

/*
 * An ordinary account, if we are root.  Changing to it makes a process
 * undumpable, which an account's own process is not.
 */
static inline void
become_nobody(void)
{
	if (geteuid() != 0)
		return;
	NEED(setgroups(0, NULL) == 0);
	NEED(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	NEED(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	NEED(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
}

static inline void
no_new_privileges(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

/*
 * As a kernel without this call, or a container that hides it: it fails with
 * this errno when its first argument is first, or always with first -1.
 */
static inline void
refuse_call(long number, long first, int error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)first, 0,
		    (unsigned char)(first == -1 ? 0 : 1)),
		BPF_STMT(
		    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned int)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { COUNT(code), code };

	no_new_privileges();
	NEED(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0);
}

/* The process that runs the suite: part of every name it leaves behind. */
static int suite_pid;

/* The tree of a test: every account may enter it. */
static char top[64];

static inline void
make_top(const char *parent)
{
	int n = snprintf(top, sizeof(top), "%s/scp-server-test.%d.XXXXXX",
	    parent, suite_pid);

	ck_assert_int_lt(n, sizeof(top));
	ck_assert_ptr_nonnull(mkdtemp(top));
	ck_assert_int_eq(chmod(top, 0755), 0);
}

static inline void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT, mode);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq((int)write(fd, "x", 1), 1);
	close(fd);
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline void
remove_all(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline void
remove_top(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	remove_all(top);
}

/* As passes(), in a tree that is made before and removed after it. */
static inline void
passes_in(void (*make)(void), void (*body)(const void *), const void *arg)
{
	make();
	passes(body, arg);
	remove_top();
}

/* What tests that failed have left. */
static inline void
remove_leftovers(const char *parent)
{
	char pattern[64];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%s/scp-server-test.%d.*",
	    parent, suite_pid);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++)
		remove_all(found.gl_pathv[i]);
	globfree(&found);
}

/* The exit status of one suite. */
static inline int
run_suite(const char *name, void (*add_tests)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *all = tcase_create(name);
	SRunner *runner;
	int failed;

	suite_pid = getpid();
	tcase_set_timeout(all, 120); /* sanitizers and busy machines */
	add_tests(all);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	remove_leftovers("/tmp");
	remove_leftovers(ROOTS_PARENT);
	return failed == 0 ? 0 : 1;
}

#endif
