#ifndef SCP_UNIT_H
#define SCP_UNIT_H

/*
 * What the unit tests share: one runner, a directory that is removed after the
 * run whatever came of it, and small helpers around files and descriptors.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A check inside a large loop: those of Check write a note each time. */
#define EXPECT(condition)                               \
	do {                                            \
		if (!(condition))                       \
			ck_abort_msg("%s", #condition); \
	} while (0)

/* Seconds for one test; sanitizers are slow, and so are busy machines. */
#define UNIT_TIMEOUT 600

/* An account that owns nothing, for what root would be allowed anyway. */
#define UNIT_NOBODY 65534

static char unit_base[64];

/* Deterministic noise: xorshift. */
static inline uint64_t
unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* In memory of just that size: a sanitizer sees who reads on. */
static inline char *
unit_exact(const char *p, size_t n)
{
	char *copy = malloc(n);

	if (copy == NULL && n > 0)
		abort();
	if (n > 0)
		memcpy(copy, p, n);
	return copy;
}

/* Behind what out holds already. */
__attribute__((format(printf, 3, 4))) static inline void
unit_append(char *out, size_t cap, const char *format, ...)
{
	size_t n = strlen(out);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out + n, cap - n, format, args);
	va_end(args);
}

static inline void
unit_remove(int dir, const char *name)
{
	struct dirent *d;
	DIR *list;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -1 && errno == EACCES && fchmodat(dir, name, 0700, 0) == 0)
		fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd == -1) {
		(void)unlinkat(dir, name, 0);
		return;
	}
	(void)fchmod(fd, 0700);
	if ((list = fdopendir(fd)) == NULL)
		return;
	while ((d = readdir(list)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			unit_remove(fd, d->d_name);
	(void)closedir(list);
	(void)unlinkat(dir, name, AT_REMOVEDIR);
}

/* Runs the tests of one file, each in a process of its own. */
static inline int
unit_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *all = tcase_create(name);
	SRunner *runner;
	int failed;

	(void)snprintf(
	    unit_base, sizeof(unit_base), "/tmp/unit-%s-XXXXXX", name);
	if (mkdtemp(unit_base) == NULL || chmod(unit_base, 0755) != 0)
		return EXIT_FAILURE;
	tcase_set_timeout(all, UNIT_TIMEOUT);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_set_fork_status(runner, CK_FORK);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unit_remove(AT_FDCWD, unit_base);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A fresh directory for one test, its working directory from now on. */
static inline const char *
unit_directory(void)
{
	static char path[sizeof(unit_base) + 8];

	(void)snprintf(path, sizeof(path), "%s/XXXXXX", unit_base);
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chmod(path, 0755), 0);
	ck_assert_int_eq(chdir(path), 0);
	return path;
}

static inline void
unit_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

/* What a file holds, as a string; "(none)" when it can't be read. */
static inline const char *
unit_read(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	ssize_t n;

	if (fd == -1)
		return "(none)";
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline bool
unit_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static inline struct stat
unit_status(const char *path)
{
	struct stat st;

	ck_assert_int_eq(lstat(path, &st), 0);
	return st;
}

static inline mode_t
unit_mode(const char *path)
{
	return unit_status(path).st_mode & 07777;
}

/* The last access and the last change are these, to the nanosecond. */
static inline void
unit_check_times(const char *path, const struct timespec times[2])
{
	struct stat st = unit_status(path);

	ck_assert_int_eq(st.st_atim.tv_sec, times[0].tv_sec);
	ck_assert_int_eq(st.st_atim.tv_nsec, times[0].tv_nsec);
	ck_assert_int_eq(st.st_mtim.tv_sec, times[1].tv_sec);
	ck_assert_int_eq(st.st_mtim.tv_nsec, times[1].tv_nsec);
}

static inline int
unit_entries(const char *path)
{
	struct dirent *d;
	DIR *list = opendir(path);
	int n = 0;

	ck_assert_ptr_nonnull(list);
	while ((d = readdir(list)) != NULL)
		n +=
		    strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
	(void)closedir(list);
	return n;
}

/* How many descriptors are open: what a test opened it must have closed. */
static inline int
unit_descriptors(void)
{
	return unit_entries("/proc/self/fd");
}

/* A file without a name that holds these octets, at its start. */
static inline int
unit_memory(const void *p, size_t n)
{
	int fd = memfd_create("unit", MFD_CLOEXEC);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, p, n), (ssize_t)n);
	ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Two ends that keep every write() apart. */
static inline void
unit_packets(int ends[2])
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
}

static inline int
unit_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/*
 * Runs a step as an account that owns nothing and returns its result; for
 * anybody but root the account that runs the tests is such a one.
 */
static inline int
unit_as_nobody(int (*step)(void))
{
	pid_t pid;

	if (geteuid() != 0)
		return step();
	if ((pid = fork()) != 0)
		return unit_wait(pid);
	if (setgid(UNIT_NOBODY) != 0 || setuid(UNIT_NOBODY) != 0)
		_exit(127);
	_exit(step());
}

#endif
