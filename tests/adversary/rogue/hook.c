/*
 * Takes the real program over at its first read from the peer: every layer is
 * in force by then.  The peer says which action to try, and where:
 *
 *	NUMBER TOP PARENT MODE
 *
 * NUMBER in the order of the lists, TOP the directory that holds everything,
 * PARENT the process that started us, MODE what the session is.  The answer is
 *"=ERRNO\n", or none when the action ends the process.  Linked with
 *--wrap=read; built with -DNAMES it prints the names of all actions instead,
 * and with a word behind it tries the 32-bit interface.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Stand for what is found by looking. */
#define DIR_FD	0x7d0001
#define FILE_FD 0x7d0002
#define LOG_FD	0 /* a socket, in this suite */

/* From the working directory, and from root. */
#define INSIDE	 "root"
#define FROM_TOP "../rooted"
#define OUTSIDE	 "../../rooted"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void report(int code);

/* An action that can't be tried as it is meant. */
#define UNPREPARED (-1)
#define NEED(what)                          \
	do {                                \
		if (!(what))                \
			report(UNPREPARED); \
	} while (0)

static const char *real_path(const char *path);

static bool is_source, is_walk;

/* clang-format off */
#include "../../lib/seccomp_actions.h"
#include "../../lib/landlock_actions.h"
#include "own_actions.h"
#include "steps.h"
/* clang-format on */

ssize_t __real_read(int fd, void *to, size_t size);
ssize_t __wrap_read(int fd, void *to, size_t size);

static void
leave(int status)
{
	for (;;)
		syscall(SYS_exit_group, status);
}

/* By raw calls: the C library might make others. */
static void
report(int code)
{
	char line[16];
	int n = snprintf(line, sizeof(line), "=%d\n", code);

	syscall(SYS_write, 1, line, (size_t)n);
	leave(0);
}

/* "@/x" is at_top with "/x"; good until the fourth call. */
static const char *
real_path(const char *path)
{
	static char paths[4][512];
	static unsigned int next;
	char *p = paths[next++ % COUNT(paths)];

	if (path[0] != '@')
		return path;
	(void)snprintf(p, sizeof(paths[0]), "%s%s", at_top, path + 1);
	return p;
}

/*
 * The directory that is stored to: what a sink opened last.  A source and a
 * session of SFTP have the root only and open it.
 */
static void
find_root(const char *mode)
{
	struct stat st;

	for (int fd = 3; fd < 32; fd++)
		if (syscall(SYS_fstat, fd, &st) == 0 && S_ISDIR(st.st_mode)) {
			if (root != -1) {
				root = fd;
				return;
			}
			root = fd;
		}
	is_source = strncmp(mode, "sftp-", 5) != 0 ||
	    strncmp(mode, "sftp-read", 9) == 0;
	is_walk = strcmp(mode, "sftp-read-walk") == 0;
	/* these words are in every filter of those that read, or write */
	root = (int)syscall(
	    SYS_openat, AT_FDCWD, INSIDE, is_source ? F_OLD : F_DIR, 0);
	if (root == -1)
		report(UNPREPARED);
}

/* A file that is open: for a sink an unnamed one, for a source an old one. */
static int
own_file(void)
{
	static int fd = -1;

	if (fd != -1)
		return fd;
	if (is_walk)
		fd = openat(root, "old", F_READ_ENTRY);
	else if (is_source)
		fd = open2(root, "old", F_READ);
	else
		fd = openat(root, ".", F_TMP, 0600);
	NEED(fd != -1);
	(void)snprintf(file_path, sizeof(file_path), "/proc/self/fd/%d", fd);
	return fd;
}

static bool
is_fork(long number)
{
#ifdef SYS_fork
	if (number == SYS_fork || number == SYS_vfork)
		return true;
#endif
	return number == SYS_clone || number == SYS_clone3;
}

/* What an argument of the lists stands for. */
static long
real_argument(long value, bool is_path)
{
	if (value == DIR_FD)
		return root;
	if (value == FILE_FD)
		return own_file();
	if (value == P(file_path))
		(void)own_file(); /* it writes its number there */
	return is_path ? P(real_path((const char *)value)) : value;
}

static int
call(long number, const long args[6], unsigned int paths)
{
	long a[6], r;

	for (unsigned int i = 0; i < COUNT(a); i++)
		a[i] = real_argument(args[i], (paths >> i & 1) != 0);
	r = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == 0 && is_fork(number))
		leave(0); /* the child; its parent reports */
	return result(r);
}

/* The lists one after the other, as if they were one. */
static size_t
count_of(unsigned int list)
{
	const size_t counts[] = { COUNT(actions), COUNT(landlock_actions),
		COUNT(own_actions), COUNT(step_actions) };

	return list < COUNT(counts) ? counts[list] : 0;
}

#ifdef NAMES

int
main(int argc, char *argv[])
{
	static const char *const lists[] = { "call", "path", "own", "steps" };
	const char *name;

	(void)argc;
	(void)argv;
#ifdef __x86_64__
	if (argc > 1)
		return old_interface();
#endif
	(void)call; /* and all it needs */
	(void)find_root;
	for (unsigned int list = 0; count_of(list) != 0; list++)
		for (size_t i = 0; i < count_of(list); i++) {
			name = list == 0 ? actions[i].name :
			    list == 1	 ? landlock_actions[i].name :
			    list == 2	 ? own_actions[i].name :
					   step_actions[i].name;
			printf("%s: %s\n", lists[list], name);
		}
	return 0;
}

#else

static int
try(unsigned int list, size_t i)
{
	switch (list) {
	case 0:
		return call(actions[i].number, actions[i].args, 0);
	case 1:
		return landlock_actions[i].act();
	case 2:
		return call(own_actions[i].number, own_actions[i].args,
		    own_actions[i].paths);
	case 3:
		return step_actions[i].act();
	default:
		return UNPREPARED;
	}
}

ssize_t
__wrap_read(int fd, void *to, size_t size)
{
	unsigned int number, list = 0;
	char line[300], mode[16];
	int pid;
	ssize_t n;

	if (fd != 0)
		return __real_read(fd, to, size);
	n = __real_read(0, line, sizeof(line) - 1);
	line[n > 0 ? n : 0] = '\0';
	if (sscanf(line, "%u %255s %d %15s", &number, at_top, &pid, mode) != 4)
		report(UNPREPARED);
	parent = pid;
	find_root(mode);
	for (; number >= count_of(list) && count_of(list) != 0; list++)
		number -= (unsigned int)count_of(list);
	report(try(list, number));
	return -1;
}

#endif
