#include <check.h>
#include <linux/landlock.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "sandbox/confine.h"
#include "base/err.h"
#include "../lib/landlock_actions.h"

/* Of the step that failed last. */
static struct trouble trouble;

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

static void
make_tree(void)
{
	make_top("/tmp");
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("root", 0777), 0);
	ck_assert_int_eq(mkdir("root/dir", 0777), 0);
	ck_assert_int_eq(mkdir("root/empty", 0777), 0);
	ck_assert_int_eq(mkdir("rooted", 0777), 0); /* no string prefix */
	make_file("rooted/file", 0666);
	make_file("root/old", 0666);
	make_file("root/dir/full", 0666);
	make_file("root/run", 0777);
	(void)mknod("root/null", S_IFCHR | 0666, makedev(1, 3)); /* root's */
	(void)close(root); /* that of the tree before */
	ck_assert_int_ne(root = open("root", O_PATH | O_DIRECTORY), -1);
}

/* clang-format off */
static const struct role {
	char letter;
	struct confine_plan plan;
} roles[] = {
	{ 'S', { .grants = GRANT_READ | GRANT_LIST } },
	{ 'N', { .grants = GRANT_LIST | GRANT_CREATE } },
	{ 'D', { .grants = GRANT_LIST | GRANT_CREATE |
	    GRANT_MAKE_DIRECTORIES } },
	{ 'R', { .grants = GRANT_LIST | GRANT_CREATE | GRANT_REPLACE } },
	{ 'B', { .grants = GRANT_LIST | GRANT_CREATE |
	    GRANT_MAKE_DIRECTORIES | GRANT_REPLACE | GRANT_REMOVE } },
	{ 'I', { .grants = GRANT_LIST | GRANT_CREATE |
	    GRANT_MAKE_DIRECTORIES | GRANT_REPLACE | GRANT_REMOVE |
	    GRANT_WRITE_OLD } },
	/* SFTP: both ways, read-only, and write-only with Overwrite deny */
	{ 'W', { .grants = GRANT_READ | GRANT_LIST | GRANT_CREATE |
	    GRANT_MAKE_DIRECTORIES | GRANT_REPLACE | GRANT_REMOVE |
	    GRANT_OFFSETS | GRANT_CUT | GRANT_MODIFY } },
	{ 'L', { .grants = GRANT_READ | GRANT_LIST | GRANT_OFFSETS } },
	{ 'T', { .grants = GRANT_LIST | GRANT_CREATE |
	    GRANT_MAKE_DIRECTORIES | GRANT_OFFSETS | GRANT_CUT } },
};
/* clang-format on */

static int
kernel_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 1 ? 0 : (int)abi;
}

static bool
has_device(void)
{
	return control_device() == 0;
}

struct attempt {
	const struct role *role;
	const struct landlock_action *action;
	int abi;
};

static void
restrict_as(const struct role *role, int abi)
{
	struct confine_plan plan = role->plan;
	struct confine_state state = CONFINE_STATE_NONE;
	int e;

	plan.sandbox = SANDBOX_REQUIRE;
	no_new_privileges();
	e = confine_landlock(&plan, root, &state, &trouble);
	NEED(e == 0);
	NEED(state.landlock_abi == abi);
	NEED(trouble.word[0] == '\0');
}

/*
 * EXDEV stands for EACCES too: which of both comes first is the kernel's
 * matter, it must only be refused.
 */
static void
run_attempt(const void *arg)
{
	const struct attempt *a = arg;
	bool may = strchr(a->action->may, a->role->letter) != NULL;
	int e, wanted;

	if (a->action->act == rename_across && a->abi < 2)
		may = false; /* nobody could be allowed to yet */
	wanted = may ? 0 : a->action->error;

	NEED(a->action->act != signal_parent || kill(getppid(), 0) == 0);
	restrict_as(a->role, a->abi);
	e = a->action->act();
	if (wanted == EXDEV && e == EACCES)
		e = EXDEV;
	if (e != wanted)
		dprintf(2, "%c: %s: %s instead of %s\n", a->role->letter,
		    a->action->name, strerror(e), strerror(wanted));
	NEED(e == wanted);
}

START_TEST(landlock_alone_leaves_each_role_its_rights_only)
{
	struct attempt a = { .abi = kernel_abi() };

	if (a.abi == 0)
		SKIP("no Landlock in this kernel");
	a.role = &roles[_i];
	for (size_t i = 0; i < COUNT(landlock_actions); i++) {
		a.action = &landlock_actions[i];
		if (a.abi < a.action->abi)
			continue;
		make_tree();
		if (a.action->act != control_device || has_device())
			passes(run_attempt, &a);
		remove_top();
	}
}
END_TEST

/* The same directory moved away takes no rights along. */
static void
run_moved(const void *arg)
{
	struct attempt a = { .role = &roles[4], .abi = *(const int *)arg };
	int ready[2], dir = openat(root, "dir", O_PATH | O_DIRECTORY);
	char c;

	NEED(pipe(ready) == 0);
	if (fork() == 0) {
		NEED(read(ready[0], &c, 1) == 1);
		NEED(rename("root/dir", "rooted/dir") == 0);
		_exit(0);
	}
	restrict_as(a.role, a.abi);
	NEED(mkdirat(dir, "before", 0700) == 0);
	NEED(write(ready[1], "x", 1) == 1);
	NEED(wait(NULL) > 0);
	NEED(mkdirat(dir, "after", 0700) == -1 && errno == EACCES);
}

START_TEST(a_directory_moved_out_of_the_root_loses_its_rights)
{
	int abi = kernel_abi();

	if (abi == 0)
		SKIP("no Landlock in this kernel");
	passes_in(make_tree, run_moved, &abi);
}
END_TEST

static void
run_missing(const void *arg)
{
	struct confine_plan plan = { .sandbox = SANDBOX_REQUIRE };
	struct confine_state state = CONFINE_STATE_NONE;
	int error = *(const int *)arg;

	refuse_call(SYS_landlock_create_ruleset, -1, error);
	NEED(confine_landlock(&plan, root, &state, &trouble) == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "landlock") == 0);
	NEED(trouble.cause == error);
	NEED(state.landlock_abi == 0);

	state = (struct confine_state)CONFINE_STATE_NONE;
	memset(&trouble, 0, sizeof(trouble));
	plan.sandbox = SANDBOX_PREFER;
	NEED(confine_landlock(&plan, root, &state, &trouble) == 0);
	NEED(state.landlock_abi == 0);
	NEED(trouble.word[0] == '\0');
	NEED(read_inside() == 0);
}

START_TEST(a_kernel_without_landlock_is_refused_where_it_is_required)
{
	static const int errors[] = { ENOSYS, EOPNOTSUPP, EPERM };

	make_tree();
	for (size_t i = 0; i < COUNT(errors); i++)
		passes(run_missing, &errors[i]);
	remove_top();
}
END_TEST

static void
run_broken(const void *arg)
{
	struct confine_plan plan = { .sandbox = SANDBOX_PREFER,
		.grants = GRANT_READ };
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg; /* no no-new-privs, no privilege: the kernel refuses */
	become_nobody();
	NEED(confine_landlock(&plan, root, &state, &trouble) == EPERM);
	NEED(strcmp(trouble.word, "landlock") == 0);
	NEED(state.landlock_abi == 0);
}

START_TEST(landlock_that_is_there_but_fails_is_never_left_out)
{
	if (kernel_abi() == 0)
		SKIP("no Landlock in this kernel");
	passes_in(make_tree, run_broken, NULL);
}
END_TEST

/* A listener that sees the question for the version only. */
static int
listen_for_version(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_landlock_create_ruleset,
		    0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		    LANDLOCK_CREATE_RULESET_VERSION, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { COUNT(code), code };
	long fd;

	no_new_privileges();
	fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	NEED(fd != -1);
	return (int)fd;
}

/* A process of its own answers the question with abi, then ends. */
static void
pretend_abi(int abi)
{
	int listener = listen_for_version();
	struct seccomp_notif question;
	struct seccomp_notif_resp answer;

	if (fork() == 0) {
		memset(&question, 0, sizeof(question));
		memset(&answer, 0, sizeof(answer));
		NEED(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) == 0);
		answer.id = question.id;
		answer.val = abi;
		NEED(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
		_exit(0);
	}
}

/* A kernel that knows less can't be told to refuse more. */
static void
run_pretended(const void *arg)
{
	int abi = *(const int *)arg, e;
	struct attempt a = { .role = &roles[1], .abi = abi };
	bool device;

	device = has_device();
	pretend_abi(abi);
	restrict_as(a.role, abi);
	for (size_t i = 0; i < COUNT(landlock_actions); i++) {
		a.action = &landlock_actions[i];
		if (a.action->abi == 1 ||
		    (a.action->act == control_device && !device))
			continue;
		e = a.action->act();
		if ((e == 0) != (abi < a.action->abi))
			dprintf(2, "ABI %d: %s: %s\n", abi, a.action->name,
			    strerror(e));
		NEED((e == 0) == (abi < a.action->abi));
	}
}

/* A right that this kernel does not know must not be granted either. */
static void
run_pretended_rights(const void *arg)
{
	int abi = *(const int *)arg;

	pretend_abi(abi);
	restrict_as(&roles[5], abi);
	NEED(write_old() == 0);
	NEED(cut_old() == 0);
	NEED(read_inside() == EACCES);
}

START_TEST(each_version_of_the_kernel_refuses_what_it_knows)
{
	static const int versions[] = { 1, 2, 3, 4, 5, 6, 7, 8, 99 };

	if (kernel_abi() < 6)
		SKIP("needs Landlock ABI 6");
	for (size_t i = 0; i < COUNT(versions); i++) {
		make_tree();
		passes(run_pretended, &versions[i]);
		passes(run_pretended_rights, &versions[i]);
		remove_top();
	}
}
END_TEST

static void
add_tests(TCase *c)
{
	tcase_add_loop_test(c, landlock_alone_leaves_each_role_its_rights_only,
	    0, (int)COUNT(roles));
	tcase_add_test(c, a_directory_moved_out_of_the_root_loses_its_rights);
	tcase_add_test(
	    c, a_kernel_without_landlock_is_refused_where_it_is_required);
	tcase_add_test(c, landlock_that_is_there_but_fails_is_never_left_out);
	tcase_add_test(c, each_version_of_the_kernel_refuses_what_it_knows);
}

int
main(void)
{
	return run_suite("landlock", add_tests);
}
