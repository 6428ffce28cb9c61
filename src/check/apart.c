/*
 * What is done as another account, or may wait for what it made, happens in a
 * child, which has nothing of the administrator's: no terminal that the account
 * could type into, no descriptor but /dev/null and the pipe for its answer. The
 * account may stop it, end it or answer in its place, so that the answer is
 * bounded, in time and in size, and is printed like anything that comes from
 * outside.
 */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/confine.h"

/* Room for every match of a pattern in a large directory. */
#define ANSWER_MAX (4 << 20)

static char answer[ANSWER_MAX];

static int64_t
milliseconds(void)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* Drops what the administrator's process has and the account must not have. */
static bool
drop_all(int fd)
{
	struct trouble unused;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);

	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setsid() != -1 &&
	    null != -1 && dup2(null, 0) != -1 && dup2(fd, 1) != -1 &&
	    dup2(null, 2) != -1 && chdir("/") == 0 &&
	    confine_descriptors(-1, &unused) == 0;
}

static void
be_child(struct check *c, int fd, check_work *work, void *arg)
{
	int numbers[CHECK_NUMBERS] = { 0 };

	if (!drop_all(fd))
		_exit(1);
	(void)alarm(CHECK_SECONDS); /* should our parent be ended */
	check_answer_begin();
	work(c, arg, numbers);
	check_answer_end(numbers);
	_exit(0);
}

/*
 * When a child that begins now has to be done.  The account can stop each of
 * them, so that the time for all is limited as well.
 */
static int64_t
end_of_time(void)
{
	static int64_t begun; /* the first one, in milliseconds */
	const int64_t now = milliseconds();
	int64_t last;

	if (begun == 0)
		begun = now;
	last = begun + CHECK_ALL_SECONDS * INT64_C(1000);
	return now + CHECK_SECONDS * INT64_C(1000) < last ?
	    now + CHECK_SECONDS * INT64_C(1000) :
	    last;
}

/* Returns NULL at the end of the answer, or why it was given up. */
static const char *
read_answer(int fd, size_t *len)
{
	const int64_t end = end_of_time();
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n = 0;
	int ready;

	*len = 0;
	while (*len < sizeof(answer)) {
		left = end - milliseconds();
		ready = left > 0 ? poll(&p, 1, (int)left) : 0;
		if (ready == 0)
			return "they took longer than the time for them";
		if (ready > 0)
			n = read(fd, answer + *len, sizeof(answer) - *len);
		if (ready > 0 && n == 0)
			return NULL;
		if ((ready < 0 || n < 0) && errno != EINTR)
			return "their answer could not be read";
		if (ready > 0 && n > 0)
			*len += (size_t)n;
	}
	return "their answer is too long";
}

const char *
check_apart(
    struct check *c, check_work *work, void *arg, int numbers[CHECK_NUMBERS])
{
	const char *why;
	size_t len;
	pid_t pid;
	int fds[2];

	(void)fflush(stdout); /* the child would print it again */
	if (pipe2(fds, O_CLOEXEC) != 0)
		return "there is no descriptor for them";
	if ((pid = fork()) == 0)
		be_child(c, fds[1], work, arg);
	(void)close(fds[1]); /* never written to by us */
	if (pid == -1) {
		(void)close(fds[0]); /* only read */
		return "there is no process for them";
	}
	why = read_answer(fds[0], &len);
	(void)close(fds[0]); /* only read */
	/* it may have closed its end and go on, and is not waited for */
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, WNOHANG);
	if (check_answer_print(c, answer, len, numbers) || why != NULL)
		return why;
	return "they were ended before they were done";
}
