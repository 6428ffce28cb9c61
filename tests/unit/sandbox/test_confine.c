#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "sandbox/confine.h"
#include "base/err.h"

/* Of the step that failed last. */
static struct trouble trouble;

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

static bool
is_null_device(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == makedev(1, 3);
}

/* How many descriptors are open, without the one that looks. */
static int
count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	int count = -1;
	struct dirent *entry;

	NEED(d != NULL);
	while ((entry = readdir(d)) != NULL)
		if (entry->d_name[0] != '.')
			count++;
	NEED(closedir(d) == 0);
	return count;
}

/* arg: real, effective and saved id */
static void
run_three_uids(const void *arg)
{
	const uid_t *id = arg;

	NEED(setresuid(id[0], id[1], id[2]) == 0);
	NEED(confine_start(&trouble) == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "setuid") == 0);
	NEED(confine_descriptors(-1, &trouble) == ERR_SANDBOX);
}

static void
run_three_gids(const void *arg)
{
	const gid_t *id = arg;

	NEED(setresgid(id[0], id[1], id[2]) == 0);
	NEED(confine_start(&trouble) == ERR_SANDBOX);
}

START_TEST(it_refuses_to_run_setuid_or_setgid)
{
	static const unsigned int ids[][3] = {
		{ NOBODY, 0, 0 },
		{ 0, NOBODY, 0 },
		{ 0, 0, NOBODY },
		{ 0, NOBODY, NOBODY },
		{ NOBODY, NOBODY, 0 },
	};

	if (geteuid() != 0)
		SKIP("needs root");
	for (size_t i = 0; i < COUNT(ids); i++) {
		passes(run_three_uids, ids[i]);
		passes(run_three_gids, ids[i]);
	}
}
END_TEST

static void
run_without_standard(const void *arg)
{

	(void)arg;
	for (int fd = 0; fd < 20; fd++)
		close(fd);
	if (confine_start(&trouble) != 0)
		_exit(2);
	for (int fd = 0; fd <= 2; fd++)
		if (!is_null_device(fd))
			_exit(3);
	if (fcntl(3, F_GETFD) != -1)
		_exit(4);
}

START_TEST(a_closed_standard_descriptor_becomes_the_null_device)
{

	ck_assert_int_eq(confine_start(&trouble), 0);
	ck_assert_str_eq(trouble.word, "");
	passes(run_without_standard, NULL);
}
END_TEST

/* arg: the call is missing, as on kernels before 5.9 */
static void
run_descriptors(const void *arg)
{
	int keep;

	if (arg != NULL)
		refuse_call(SYS_close_range, -1, ENOSYS);
	for (int fd = 3; fd < 10; fd++)
		NEED(dup2(2, fd) == fd);
	NEED(dup2(2, 777) == 777);
	NEED(dup2(2, 49) == 49 && dup2(2, 51) == 51);
	keep = dup2(2, 50);
	NEED(confine_descriptors(keep, &trouble) == 0);
	NEED(trouble.word[0] == '\0');
	NEED(fcntl(keep, F_GETFD) != -1);
	NEED(count_open() == 4);
	NEED(confine_descriptors(-1, &trouble) == 0);
	NEED(count_open() == 3);
}

START_TEST(every_descriptor_is_closed_but_the_log)
{
	passes(run_descriptors, NULL);
	passes(run_descriptors, "without close_range");
}
END_TEST

static void
run_log_as_standard(const void *arg)
{

	(void)arg;
	for (int fd = 0; fd <= 2; fd++) {
		NEED(confine_descriptors(fd, &trouble) == ERR_SANDBOX);
		NEED(strcmp(trouble.word, "descriptors") == 0);
	}
}

START_TEST(the_log_is_never_a_standard_descriptor)
{
	passes(run_log_as_standard, NULL);
}
END_TEST

static void
run_environment(const void *arg)
{
	extern char **environ;

	(void)arg;
	NEED(setenv("LD_PRELOAD", "evil.so", 1) == 0);
	confine_environment();
	NEED(environ == NULL || environ[0] == NULL);
	NEED(getenv("LD_PRELOAD") == NULL);
	NEED(getenv("PATH") == NULL);
}

START_TEST(the_environment_is_emptied)
{
	passes(run_environment, NULL);
}
END_TEST

static const struct confine_plan open_plan = {
	.sandbox = SANDBOX_PREFER,
};
static const struct confine_plan confined_plan = {
	.sandbox = SANDBOX_REQUIRE,
	.confined = true,
	.root = "/",
};

static void
enter(const struct confine_plan *plan, struct confine_state *state)
{
	int e = confine_process(plan, state, &trouble);

	if (e != 0)
		dprintf(2, "%s: error %d\n", trouble.word, e);
	NEED(e == 0);
	NEED(trouble.word[0] == '\0');
	NEED(strcmp(state->root_way, "none") == 0);
}

static void
run_limits(const void *arg)
{
	static const struct {
		int what;
		rlim_t most;
	} wanted[] = {
		{ RLIMIT_CORE, 0 },
		{ RLIMIT_NOFILE, 300 },
#ifndef SANITIZED
		{ RLIMIT_NPROC, 0 },
		{ RLIMIT_DATA, 64 << 20 },
#endif
	};
	struct confine_state state = CONFINE_STATE_NONE;
	struct rlimit limit;

	(void)arg;
	become_nobody();
	enter(&open_plan, &state);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		NEED(getrlimit((__rlimit_resource_t)wanted[i].what, &limit) ==
		    0);
		NEED(limit.rlim_cur == wanted[i].most);
		NEED(limit.rlim_max == wanted[i].most);
	}
	NEED(dup2(2, 299) == 299);
	NEED(dup2(2, 300) == -1 && errno == EBADF);
#ifndef SANITIZED
	NEED(fork() == -1 && errno == EAGAIN);
	NEED(mmap(NULL, 65 << 20, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
#endif
}

START_TEST(resource_limits_bite)
{
	passes(run_limits, NULL);
}
END_TEST

static void
run_low_limit(const void *arg)
{
	struct confine_state state = CONFINE_STATE_NONE;
	struct rlimit limit = { 64, 64 };

	(void)arg;
	become_nobody();
	NEED(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	enter(&open_plan, &state);
	NEED(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	NEED(limit.rlim_cur == 64 && limit.rlim_max == 64);
}

START_TEST(a_limit_that_is_lower_already_stays)
{
	passes(run_low_limit, NULL);
}
END_TEST

static void
run_privileges(const void *arg)
{
	struct confine_state state = CONFINE_STATE_NONE;

	enter(arg, &state);
	NEED(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	NEED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

START_TEST(the_process_is_undumpable_and_gains_no_privileges)
{
	passes(run_privileges, &open_plan);
	passes(run_privileges, &confined_plan);
}
END_TEST

/* The permitted set; the effective one is the same, nothing is inheritable. */
static uint64_t
capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct cap[_LINUX_CAPABILITY_U32S_3];

	NEED(syscall(SYS_capget, &head, cap) == 0);
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		NEED(cap[i].effective == cap[i].permitted);
		NEED(cap[i].inheritable == 0);
	}
	return (uint64_t)cap[1].permitted << 32 | cap[0].permitted;
}

static bool
has_bounding_set(void)
{
	int cap, has;

	for (cap = 0; (has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (has == 1)
			return true;
	NEED(cap > CAP_AUDIT_READ);
	return false;
}

static void
run_confined_root(const void *arg)
{
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg;
	enter(&confined_plan, &state);
	NEED(capabilities() == 0);
	NEED(!has_bounding_set());
	NEED(setgroups(0, NULL) == -1 && errno == EPERM);
	NEED(chroot("/") == -1 && errno == EPERM);
}

static void
run_open_root(const void *arg)
{
	uint64_t kept = 1ULL << CAP_CHOWN | 1ULL << CAP_DAC_OVERRIDE |
	    1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_FOWNER;
	struct confine_state state = CONFINE_STATE_NONE;
	const char *file = arg;

	enter(&open_plan, &state);
	NEED(capabilities() == kept);
	NEED(!has_bounding_set());
	NEED(chown(file, NOBODY, NOBODY) == 0);
	NEED(chmod(file, 0) == 0);
	NEED(open(file, O_RDWR) != -1);
	NEED(chroot("/") == -1 && errno == EPERM);
	NEED(mknod("/dev/null.scp-server", S_IFCHR, makedev(1, 3)) == -1);
}

static void
run_open_account(const void *arg)
{
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg;
	become_nobody();
	enter(&open_plan, &state);
	NEED(capabilities() == 0);
}

START_TEST(a_confined_session_of_root_has_no_capability)
{
	if (geteuid() != 0)
		SKIP("needs root");
	passes(run_confined_root, NULL);
}
END_TEST

START_TEST(an_open_session_of_root_keeps_those_that_copies_need)
{
	char file[] = "/tmp/scp-server-test.XXXXXX";
	int fd;

	if (geteuid() != 0)
		SKIP("needs root");
	ck_assert_int_ne(fd = mkstemp(file), -1);
	close(fd);
	passes(run_open_root, file);
	unlink(file);
}
END_TEST

START_TEST(an_open_session_of_an_account_has_no_capability)
{
	passes(run_open_account, NULL);
}
END_TEST

static void
run_user(const void *arg)
{
	static const gid_t groups[] = { NOBODY, 12345 };
	struct confine_plan plan = *(const struct confine_plan *)arg;
	struct confine_state state = CONFINE_STATE_NONE;
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, now[8];

	plan.change_user = true;
	plan.uid = 12345;
	plan.gid = NOBODY;
	plan.groups = groups;
	plan.group_count = 2;
	enter(&plan, &state);
	NEED(getresuid(&ruid, &euid, &suid) == 0);
	NEED(ruid == 12345 && euid == 12345 && suid == 12345);
	NEED(getresgid(&rgid, &egid, &sgid) == 0);
	NEED(rgid == NOBODY && egid == NOBODY && sgid == NOBODY);
	NEED(getgroups(8, now) == 2);
	NEED(now[0] + now[1] == NOBODY + 12345);
	NEED(setresuid(0, 0, 0) == -1 && errno == EPERM);
	NEED(capabilities() == 0);
	NEED(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}

static void
run_user_root(const void *arg)
{
	struct confine_plan plan = *(const struct confine_plan *)arg;
	struct confine_state state = CONFINE_STATE_NONE;

	plan.change_user = true;
	NEED(confine_process(&plan, &state, &trouble) == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "user") == 0);
	NEED(trouble.why != NULL);
}

static void
run_user_unprivileged(const void *arg)
{
	struct confine_plan plan = *(const struct confine_plan *)arg;
	struct confine_state state = CONFINE_STATE_NONE;

	become_nobody();
	plan.change_user = true;
	plan.uid = 12345;
	NEED(confine_process(&plan, &state, &trouble) == EPERM);
	NEED(strcmp(trouble.word, "user") == 0);
}

/* arg: the call that only pretends to have worked */
static void
run_user_stays_root(const void *arg)
{
	struct confine_plan plan = open_plan;
	struct confine_state state = CONFINE_STATE_NONE;
	int e;

	refuse_call(*(const long *)arg, -1, 0);
	plan.change_user = true;
	plan.uid = 12345;
	plan.gid = *(const long *)arg == SYS_setresgid ? NOBODY : 0;
	e = confine_process(&plan, &state, &trouble);
	NEED(e == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "user") == 0);
}

START_TEST(user_is_another_account_for_good)
{
	if (geteuid() != 0)
		SKIP("needs root");
	passes(run_user, &open_plan);
	passes(run_user, &confined_plan);
}
END_TEST

START_TEST(user_that_can_not_be_entered_ends_the_session)
{
	static const long calls[] = { SYS_setresuid, SYS_setresgid };

	passes(run_user_unprivileged, &open_plan);
	if (geteuid() != 0)
		SKIP("needs root");
	passes(run_user_root, &open_plan);
	passes(run_user_stays_root, &calls[0]);
	passes(run_user_stays_root, &calls[1]);
}
END_TEST

static void
add_tests(TCase *c)
{
	tcase_add_test(c, it_refuses_to_run_setuid_or_setgid);
	tcase_add_test(c, a_closed_standard_descriptor_becomes_the_null_device);
	tcase_add_test(c, every_descriptor_is_closed_but_the_log);
	tcase_add_test(c, the_log_is_never_a_standard_descriptor);
	tcase_add_test(c, the_environment_is_emptied);
	tcase_add_test(c, resource_limits_bite);
	tcase_add_test(c, a_limit_that_is_lower_already_stays);
	tcase_add_test(c, the_process_is_undumpable_and_gains_no_privileges);
	tcase_add_test(c, a_confined_session_of_root_has_no_capability);
	tcase_add_test(c, an_open_session_of_root_keeps_those_that_copies_need);
	tcase_add_test(c, an_open_session_of_an_account_has_no_capability);
	tcase_add_test(c, user_is_another_account_for_good);
	tcase_add_test(c, user_that_can_not_be_entered_ends_the_session);
}

int
main(void)
{
	return run_suite("confine", add_tests);
}
