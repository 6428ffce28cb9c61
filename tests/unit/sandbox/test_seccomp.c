#include <check.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "child.h"
#include "sandbox/confine.h"
#include "base/err.h"
#include "../lib/seccomp_actions.h"

/* Of the step that failed last. */
static struct trouble trouble;

/* The programs with their letters in the table of actions. */
static const struct {
	enum confine_program program;
	char letter;
	const char *name;
} programs[] = {
	{ PROGRAM_SOURCE, 'S', "source" },
	{ PROGRAM_SOURCE_WALK, 'W', "source-walk" },
	{ PROGRAM_SINK_NEW, 'N', "sink-new" },
	{ PROGRAM_SINK_NEW_SETGID, 'G', "sink-new-setgid" },
	{ PROGRAM_SINK_NEW_SETID, 'T', "sink-new-setid" },
	{ PROGRAM_SINK, 'R', "sink" },
	{ PROGRAM_SINK_NAMED, 'M', "sink-named" },
	{ PROGRAM_SINK_VERSIONS, 'V', "sink-versions" },
	{ PROGRAM_SINK_OPEN, 'O', "sink-open" },
	{ PROGRAM_SINK_SETGID, 'H', "sink-setgid" },
	{ PROGRAM_SINK_INPLACE, 'I', "sink-inplace" },
	{ PROGRAM_SINK_INPLACE_SETGID, 'J', "sink-inplace-setgid" },
	{ PROGRAM_SINK_SETID, 'U', "sink-setid" },
	{ PROGRAM_REFUSAL, 'Z', "refusal" },
#ifndef WITHOUT_SFTP
	{ PROGRAM_SFTP_READ, 'D', "sftp-read" },
	{ PROGRAM_SFTP_READ_WALK, 'E', "sftp-read-walk" },
	{ PROGRAM_SFTP_ADD, 'A', "sftp-add" },
	{ PROGRAM_SFTP_WRITE, 'P', "sftp-write" },
	{ PROGRAM_SFTP_BOTH, 'B', "sftp-both" },
	{ PROGRAM_SFTP_LINKS, 'K', "sftp-links" },
	{ PROGRAM_SFTP_WRITE_SETGID, 'C', "sftp-write-setgid" },
	{ PROGRAM_SFTP_BOTH_SETGID, 'F', "sftp-both-setgid" },
	{ PROGRAM_SFTP_OPEN, 'X', "sftp-open" },
	{ PROGRAM_SFTP_SETID, 'Y', "sftp-setid" },
#endif
};

#ifndef WITHOUT_SFTP
_Static_assert(COUNT(programs) == PROGRAM_COUNT, "a program is not tested");
#endif

static const struct confine_plan plan = { .sandbox = SANDBOX_REQUIRE };

#ifdef SANITIZED

static void
run_sanitized(const void *arg)
{
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg;
	no_new_privileges();
	NEED(confine_seccomp(&plan, PROGRAM_SINK, &state, &trouble) == 0);
	NEED(!state.seccomp);
	NEED(strcmp(state.program, "none") == 0);
	NEED(getpid() > 0);
}

START_TEST(a_sanitized_build_has_no_filter_and_says_so)
{
	passes(run_sanitized, NULL);
}
END_TEST

static void
add_tests(TCase *c)
{
	tcase_add_test(c, a_sanitized_build_has_no_filter_and_says_so);
	(void)actions;
	(void)programs;
}

#else

/* The tree of each attempt: old and dir/. */
static void
make_tree(void)
{
	make_top("/tmp");
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("dir", 0755), 0);
	make_file("old", 0644);
}

static void
open_descriptors(void)
{
	int log[2];

	NEED(dup2(open(".", O_RDONLY | O_DIRECTORY), DIR_FD) == DIR_FD);
	NEED(dup2(open(".", O_TMPFILE | O_RDWR, 0600), FILE_FD) == FILE_FD);
	NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, log) == 0);
	NEED(dup2(log[0], LOG_FD) == LOG_FD);
}

static void
enter(enum confine_program program)
{
	struct confine_state state = CONFINE_STATE_NONE;

	no_new_privileges();
	NEED(confine_seccomp(&plan, program, &state, &trouble) == 0);
	if (!state.seccomp || trouble.word[0] != '\0')
		_exit(3);
}

static bool
was_killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

struct attempt {
	const struct action *action;
	enum confine_program program;
};

static void
run_attempt(const void *arg)
{
	const struct attempt *t = arg;
	const struct action *a = t->action;
	bool user = geteuid() != 0;
	long r;
	int e;

	open_descriptors();
	enter(t->program);
	r = syscall(a->number, a->args[0], a->args[1], a->args[2], a->args[3],
	    a->args[4], a->args[5]);
	e = r == -1 ? errno : 0;
	if (a->number == SYS_linkat && a->args[4] == AT_EMPTY_PATH &&
	    e == ENOENT && user)
		return; /* before 6.10 no user may, whatever the filter says */
	if (e != a->error)
		_exit(2);
}

START_TEST(each_program_alone_allows_its_calls_and_kills_the_rest)
{
	struct attempt t = { .program = programs[_i].program };
	bool allowed;
	int status;

	for (size_t i = 0; i < COUNT(actions); i++) {
		t.action = &actions[i];
		allowed =
		    strchr(t.action->programs, programs[_i].letter) != NULL;
		make_tree();
		status = child_status(run_attempt, &t);
		remove_top();
		ck_assert_msg(allowed ? status == 0 : was_killed(status),
		    "%s: %s: status 0x%x", programs[_i].name, t.action->name,
		    (unsigned int)status);
	}
}
END_TEST

START_TEST(each_program_is_in_force_under_its_name)
{
	struct confine_state state = CONFINE_STATE_NONE;

	no_new_privileges();
	if (confine_seccomp(&plan, programs[_i].program, &state, &trouble) !=
		0 ||
	    !state.seccomp || strcmp(state.program, programs[_i].name) != 0)
		_exit(1);
	_exit(0);
}
END_TEST

static void
run_allocation(const void *arg)
{
	const enum confine_program *program = arg;
	char *volatile p; /* or the compiler would leave it out */

	enter(*program);
	p = malloc(1 << 20);
	(void)p;
}

START_TEST(an_allocation_dies)
{
	int status = child_status(run_allocation, &programs[_i].program);

	ck_assert(was_killed(status));
}
END_TEST

/* By their names in the C library, which makes other calls of some. */
static void
run_library(const void *arg)
{
	const enum confine_program *program = arg;
	struct timespec t;
	int fd;

	open_descriptors();
	enter(*program);
	fd = openat(DIR_FD, ".", F_TMP, 0644);
	NEED(fd != -1);
	NEED(fallocate(fd, 0, 0, 4096) == 0);
	NEED(write(fd, "x", 1) == 1);
	NEED(fchmod(fd, 0600) == 0);
	NEED(futimens(fd, times) == 0);
	NEED(linkat(fd, "", DIR_FD, "dir", AT_EMPTY_PATH) == -1);
	NEED(mkdirat(DIR_FD, "new", 0755) == 0);
	NEED(openat(DIR_FD, "new", F_DIR) != -1);
	NEED(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	NEED(send(LOG_FD, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL) == 1);
	NEED(close(fd) == 0);
	if (*program < PROGRAM_SINK)
		return;
	NEED(unlinkat(DIR_FD, "old", 0) == 0);
	if (*program < PROGRAM_SINK_NAMED)
		return;
	fd = openat(DIR_FD, "old", F_NEW, 0600);
	NEED(fd != -1);
	NEED(linkat(DIR_FD, "old", DIR_FD, "newer", 0) == 0);
	if (*program < PROGRAM_SINK_OPEN)
		return;
	NEED(fchown(fd, (uid_t)-1, (gid_t)-1) == 0);
	if (*program < PROGRAM_SINK_INPLACE)
		return;
	NEED(ftruncate(fd, 0) == 0);
	NEED(openat(DIR_FD, "old", F_WRITE) != -1);
}

START_TEST(the_calls_of_the_c_library_pass)
{
	passes_in(make_tree, run_library, &programs[_i].program);
}
END_TEST

static volatile sig_atomic_t ticked;

static void
on_tick(int number)
{
	(void)number;
	ticked = 1;
}

static void
run_timer(const void *arg)
{
	/* again, in case the first comes before the read */
	static const struct itimerval soon = { { 0, 20000 }, { 0, 20000 } };
	const enum confine_program *program = arg;
	struct sigaction act;
	int input[2];
	char c;

	memset(&act, 0, sizeof(act));
	act.sa_handler = on_tick;
	NEED(sigaction(SIGALRM, &act, NULL) == 0);
	NEED(pipe(input) == 0);
	NEED(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	enter(*program);
	NEED(read(input[0], &c, 1) == -1 && errno == EINTR);
	NEED(ticked);
}

START_TEST(a_timer_interrupts_a_read)
{
	passes(run_timer, &programs[_i].program);
}
END_TEST

/* Stopped and continued: a read goes on, which is a call of some kernels. */
static void
run_stopped(const void *arg)
{
	const int *input = arg;
	char c;

	enter(PROGRAM_SINK);
	NEED(read(input[0], &c, 1) == 1);
}

START_TEST(a_process_that_was_stopped_goes_on)
{
	int input[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(input), 0);
	ck_assert_int_ne(pid = fork(), -1);
	if (pid == 0) {
		run_stopped(input);
		_exit(0);
	}
	usleep(50000);
	ck_assert_int_eq(kill(pid, SIGSTOP), 0);
	ck_assert_int_eq((int)waitpid(pid, &status, WUNTRACED), (int)pid);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	usleep(50000);
	ck_assert_int_eq((int)write(input[1], "x", 1), 1);
	ck_assert_int_eq((int)waitpid(pid, &status, 0), (int)pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Each errno by which a kernel or a container says that there is none. */
static void
run_missing(const void *arg)
{
	struct confine_plan p = plan;
	struct confine_state state = CONFINE_STATE_NONE;
	int error = *(const int *)arg;

	refuse_call(SYS_prctl, PR_SET_SECCOMP, error);
	NEED(
	    confine_seccomp(&p, PROGRAM_SINK, &state, &trouble) == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "seccomp") == 0);
	NEED(trouble.cause == error);
	NEED(!state.seccomp);
	state = (struct confine_state)CONFINE_STATE_NONE;
	memset(&trouble, 0, sizeof(trouble));
	p.sandbox = SANDBOX_PREFER;
	NEED(confine_seccomp(&p, PROGRAM_SINK, &state, &trouble) == 0);
	NEED(!state.seccomp);
	NEED(trouble.word[0] == '\0');
	NEED(strcmp(state.program, "none") == 0);
}

START_TEST(a_kernel_without_seccomp_is_refused_where_it_is_required)
{
	static const int errors[] = { EINVAL, ENOSYS, EPERM };

	for (size_t i = 0; i < COUNT(errors); i++)
		passes(run_missing, &errors[i]);
}
END_TEST

static void
run_broken(const void *arg)
{
	struct confine_plan p = { .sandbox = SANDBOX_PREFER };
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg; /* without no-new-privs the kernel refuses an account */
	become_nobody();
	NEED(confine_seccomp(&p, PROGRAM_SINK, &state, &trouble) == EACCES);
	NEED(strcmp(trouble.word, "seccomp") == 0);
}

START_TEST(seccomp_that_is_there_but_fails_is_never_left_out)
{
	passes(run_broken, NULL);
}
END_TEST

#ifdef __x86_64__

/* getpid(2) of the 32-bit interface, which our own could never name. */
static void
run_int80(const void *arg)
{
	const enum confine_program *program = arg;
	long r;

	if (program != NULL)
		enter(*program);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	if (r <= 0)
		_exit(2);
}

START_TEST(the_32_bit_interface_is_killed)
{
	int unfiltered = child_status(run_int80, NULL);
	int status = child_status(run_int80, &programs[_i].program);

	/* A kernel that has no such interface refuses before it filters. */
	if (unfiltered != 0)
		printf("this kernel has no 32-bit interface\n");
	ck_assert(
	    was_killed(status) || (unfiltered != 0 && status == unfiltered));
}
END_TEST

#endif

static void
add_tests(TCase *c)
{
	const int count = (int)COUNT(programs);

	tcase_add_loop_test(c,
	    each_program_alone_allows_its_calls_and_kills_the_rest, 0, count);
	tcase_add_loop_exit_test(
	    c, each_program_is_in_force_under_its_name, 0, 0, count);
	tcase_add_loop_test(c, an_allocation_dies, 0, count);
	tcase_add_loop_test(c, the_calls_of_the_c_library_pass,
	    PROGRAM_SINK_NEW, PROGRAM_REFUSAL);
	tcase_add_loop_test(c, a_timer_interrupts_a_read, 0, count);
	tcase_add_test(c, a_process_that_was_stopped_goes_on);
	tcase_add_test(
	    c, a_kernel_without_seccomp_is_refused_where_it_is_required);
	tcase_add_test(c, seccomp_that_is_there_but_fails_is_never_left_out);
#ifdef __x86_64__
	tcase_add_loop_test(c, the_32_bit_interface_is_killed, 0, count);
#endif
}

#endif

int
main(void)
{
	return run_suite("seccomp", add_tests);
}
