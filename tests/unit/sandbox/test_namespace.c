#include <check.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "child.h"
#include "sandbox/confine.h"
#include "base/err.h"

/* Of the step that failed last. */
static struct trouble trouble;

/* Its root: inside, link -> inside and sub/; and a file outside. */
static char root[96], outside[96];

static void
make_tree(const char *parent)
{
	char path[160];

	make_top(parent);
	(void)snprintf(root, sizeof(root), "%s/root", top);
	(void)snprintf(outside, sizeof(outside), "%s/outside", top);
	ck_assert_int_eq(mkdir(root, 0755), 0);
	make_file(outside, 0644);
	(void)snprintf(path, sizeof(path), "%s/inside", root);
	make_file(path, 0644);
	(void)snprintf(path, sizeof(path), "%s/link", root);
	ck_assert_int_eq(symlink("inside", path), 0);
	(void)snprintf(path, sizeof(path), "%s/sub", root);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void
make_roots_tree(void)
{
	make_tree(ROOTS_PARENT);
}

static void
make_tmp_tree(void)
{
	make_tree("/tmp");
	if (geteuid() == 0)
		ck_assert_int_eq(chown(root, NOBODY, NOBODY), 0);
}

static struct confine_plan
make_plan(void)
{
	return (struct confine_plan){
		.sandbox = SANDBOX_REQUIRE,
		.confined = true,
		.chroot = true,
		.root = root,
	};
}

static bool
can_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

static void
enter(const struct confine_plan *plan, const char *way)
{
	struct confine_state state = CONFINE_STATE_NONE;
	int e = confine_process(plan, &state, &trouble);

	if (e != 0)
		dprintf(2, "%s: %s: error %d, cause %d\n", trouble.word,
		    trouble.why, e, trouble.cause);
	NEED(e == 0);
	NEED(strcmp(state.root_way, way) == 0);
}

/* Nothing but the root is left, whatever leads out of it. */
static void
need_inside(void)
{
	char cwd[64];

	NEED(can_open("inside"));
	NEED(can_open("/inside"));
	NEED(can_open("../../inside"));
	NEED(!can_open(outside) && errno == ENOENT);
	NEED(!can_open("../outside") && errno == ENOENT);
	NEED(!can_open("/etc/passwd") && errno == ENOENT);
	NEED(!can_open("/proc/self/cwd"));
	NEED(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0);
	NEED(chroot("sub") == -1 && errno == EPERM);
}

static void
run_chroot(const void *arg)
{
	struct confine_plan plan = make_plan();

	(void)arg;
	plan.change_user = true;
	plan.uid = NOBODY;
	plan.gid = NOBODY;
	enter(&plan, "chroot");
	need_inside();
	NEED(getuid() == NOBODY);
	NEED(mount("/", "/sub", NULL, MS_BIND, NULL) == -1);
}

START_TEST(with_privilege_the_root_is_changed_by_chroot)
{
	if (geteuid() != 0)
		SKIP("needs root");
	passes_in(make_roots_tree, run_chroot, NULL);
}
END_TEST

static void
run_refused(const void *arg)
{
	struct confine_plan plan = make_plan();
	struct confine_state state = CONFINE_STATE_NONE;
	int e = confine_process(&plan, &state, &trouble);

	if (e != *(const int *)arg)
		dprintf(2, "error %d instead of %d\n", e, *(const int *)arg);
	NEED(e == *(const int *)arg);
	NEED(strcmp(trouble.word, "chroot") == 0);
	NEED(strcmp(state.root_way, "none") == 0);
	NEED((e == ERR_SANDBOX) == (trouble.why != NULL));
}

static void
refused_as(int error)
{
	passes(run_refused, &error);
}

START_TEST(a_root_that_others_could_exchange_is_refused_to_root)
{
	char real[96];

	if (geteuid() != 0)
		SKIP("needs root");
	make_roots_tree();
	ck_assert_int_eq(chmod(root, 0775), 0);
	refused_as(ERR_SANDBOX);
	ck_assert_int_eq(chmod(root, 0757), 0);
	refused_as(ERR_SANDBOX);
	ck_assert_int_eq(chmod(root, 0755), 0);
	ck_assert_int_eq(chown(root, NOBODY, 0), 0);
	refused_as(ERR_SANDBOX);
	ck_assert_int_eq(chown(root, 0, NOBODY), 0);
	passes(run_chroot, NULL);
	ck_assert_int_eq(chmod(top, 0777), 0);
	refused_as(ERR_SANDBOX);
	ck_assert_int_eq(chmod(top, 0755), 0);
	ck_assert_int_eq(chown(top, NOBODY, 0), 0);
	refused_as(ERR_SANDBOX);
	ck_assert_int_eq(chown(top, 0, 0), 0);
	passes(run_chroot, NULL);

	(void)snprintf(real, sizeof(real), "%s/real", top);
	ck_assert_int_eq(rename(root, real), 0);
	refused_as(ENOENT);
	ck_assert_int_eq(symlink("real", root), 0);
	refused_as(ENOTDIR);
	remove_top();
	make_tree("/tmp"); /* everybody's, though sticky */
	refused_as(ERR_SANDBOX);
	remove_top();
}
END_TEST

/* Some systems give accounts no user namespaces, or useless ones. */
static void
run_has_namespaces(const void *arg)
{
	(void)arg;
	become_nobody();
	NEED(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
	NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

static bool
has_namespaces(void)
{
	return child_status(run_has_namespaces, NULL) == 0;
}

static void
run_namespace(const void *arg)
{
	struct confine_plan plan = *(const struct confine_plan *)arg;
	unsigned long flags = ST_NOSUID | ST_NODEV | ST_NOEXEC;
	struct statvfs st;
	int fd;

	become_nobody();
	enter(&plan, "namespace");
	need_inside();
	NEED(statvfs("/", &st) == 0);
	NEED((st.f_flag & flags) == flags);
	NEED(((st.f_flag & ST_RDONLY) != 0) == (plan.grants == 0));
	fd = open("new", O_WRONLY | O_CREAT, 0644);
	NEED((fd != -1) == (plan.grants != 0));
	NEED(plan.grants != 0 || errno == EROFS);
	NEED(can_open("link") == plan.follow);
	NEED(plan.follow || errno == ELOOP);
	NEED(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL) == -1 &&
	    errno == EPERM);
	NEED(umount2("/", MNT_DETACH) == -1 && errno == EPERM);
}

START_TEST(without_privilege_the_root_is_a_mount_of_its_own)
{
	struct confine_plan plan;

	if (!has_namespaces())
		SKIP("no user namespaces here");
	make_tmp_tree();
	for (int i = 0; i < 4; i++) {
		plan = make_plan();
		plan.grants = (i & 1) != 0 ? GRANT_CREATE : 0;
		plan.follow = (i & 2) != 0;
		passes(run_namespace, &plan);
	}
	remove_top();
}
END_TEST

/* The account's own id remains, and no privilege over its own files. */
static void
run_identity(const void *arg)
{
	struct confine_plan plan = make_plan();
	struct stat st;
	uid_t uid;
	gid_t gid;

	(void)arg;
	become_nobody();
	uid = getuid();
	gid = getgid();
	plan.grants = GRANT_CREATE;
	NEED(chmod(root, 0700) == 0);
	enter(&plan, "namespace");
	NEED(getuid() == uid && geteuid() == uid);
	NEED(getgid() == gid && getegid() == gid);
	NEED(stat("/", &st) == 0 && st.st_uid == uid && st.st_gid == gid);
	NEED(mkdir("closed", 0) == 0);
	NEED(!can_open("closed") && errno == EACCES);
	NEED(rmdir("closed") == 0);
}

START_TEST(in_a_namespace_the_account_stays_who_it_is)
{
	if (!has_namespaces())
		SKIP("no user namespaces here");
	passes_in(make_tmp_tree, run_identity, NULL);
}
END_TEST

/* A file system of its own below the root, and a root that is read-only. */
static void
run_submount(const void *arg)
{
	unsigned long flags = ST_NOSUID | ST_NODEV | ST_NOEXEC | ST_RDONLY;
	struct confine_plan plan = make_plan();
	struct statvfs st;
	char sub[128];

	(void)arg;
	(void)snprintf(sub, sizeof(sub), "%s/sub", root);
	NEED(unshare(CLONE_NEWNS) == 0);
	NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	NEED(mount("tmpfs", sub, "tmpfs", 0, "mode=0777") == 0);
	NEED(mkdir(strcat(sub, "/mounted"), 0755) == 0);
	become_nobody();
	enter(&plan, "namespace");
	NEED(can_open("/sub/mounted"));
	NEED(statvfs("/sub", &st) == 0);
	NEED((st.f_flag & flags) == flags);
	NEED(mkdir("/sub/new", 0755) == -1 && errno == EROFS);
}

static void
run_read_only(const void *arg)
{
	struct confine_plan plan = make_plan();
	struct statvfs st;

	(void)arg;
	NEED(unshare(CLONE_NEWNS) == 0);
	NEED(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	NEED(mount(root, root, NULL, MS_BIND, NULL) == 0);
	NEED(mount(NULL, root, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) ==
	    0);
	become_nobody();
	plan.grants = GRANT_CREATE;
	enter(&plan, "namespace");
	NEED(statvfs("/", &st) == 0);
	NEED((st.f_flag & ST_RDONLY) != 0);
	NEED(open("new", O_WRONLY | O_CREAT, 0644) == -1 && errno == EROFS);
}

START_TEST(what_is_mounted_below_the_root_is_restricted_too)
{
	if (geteuid() != 0)
		SKIP("needs root");
	if (!has_namespaces())
		SKIP("no user namespaces here");
	passes_in(make_tmp_tree, run_submount, NULL);
}
END_TEST

START_TEST(a_read_only_root_stays_read_only)
{
	if (geteuid() != 0)
		SKIP("needs root");
	if (!has_namespaces())
		SKIP("no user namespaces here");
	passes_in(make_tmp_tree, run_read_only, NULL);
}
END_TEST

/* root in a container that took CAP_SYS_CHROOT away */
static void
run_root_without_chroot(const void *arg)
{
	struct confine_plan plan = make_plan();

	(void)arg;
	refuse_call(SYS_chroot, -1, EPERM);
	enter(&plan, "namespace");
	NEED(can_open("/inside"));
	NEED(!can_open(outside));
}

START_TEST(root_without_the_capability_takes_a_namespace)
{
	if (geteuid() != 0)
		SKIP("needs root");
	if (!has_namespaces())
		SKIP("no user namespaces here");
	passes_in(make_roots_tree, run_root_without_chroot, NULL);
}
END_TEST

struct obstacle {
	long number;
	int error;
};

static void
run_obstacle(const void *arg)
{
	const struct obstacle *o = arg;
	struct confine_plan plan = make_plan();
	struct confine_state state = CONFINE_STATE_NONE;

	become_nobody();
	plan.sandbox = SANDBOX_PREFER; /* chroot is never left out */
	refuse_call(o->number, -1, o->error);
	NEED(confine_process(&plan, &state, &trouble) == ERR_SANDBOX);
	NEED(strcmp(trouble.word, "chroot") == 0);
	NEED(strcmp(state.root_way, "none") == 0);
	NEED(trouble.why != NULL);
	NEED(trouble.cause == o->error);
}

START_TEST(where_neither_works_the_session_is_refused)
{
	static const struct obstacle obstacles[] = {
		{ SYS_unshare, EPERM },
		{ SYS_unshare, ENOSPC },
		{ SYS_mount, EPERM },
		{ 442 /* mount_setattr */, ENOSYS },
		{ SYS_pivot_root, EINVAL },
		{ SYS_umount2, EPERM },
	};

	if (!has_namespaces())
		SKIP("no user namespaces here");
	make_tmp_tree();
	for (size_t i = 0; i < COUNT(obstacles); i++)
		passes(run_obstacle, &obstacles[i]);
	remove_top();
}
END_TEST

static void
run_missing_root(const void *arg)
{
	struct confine_plan plan = make_plan();
	struct confine_state state = CONFINE_STATE_NONE;

	(void)arg;
	become_nobody();
	plan.root = "/nonexistent/scp-server";
	NEED(confine_process(&plan, &state, &trouble) == ENOENT);
	plan.root = "/etc/passwd";
	NEED(confine_process(&plan, &state, &trouble) == ENOTDIR);
}

START_TEST(a_root_that_is_missing_is_told_as_such)
{
	passes(run_missing_root, NULL);
}
END_TEST

static void
add_tests(TCase *c)
{
	tcase_add_test(c, with_privilege_the_root_is_changed_by_chroot);
	tcase_add_test(c, a_root_that_others_could_exchange_is_refused_to_root);
	tcase_add_test(c, without_privilege_the_root_is_a_mount_of_its_own);
	tcase_add_test(c, in_a_namespace_the_account_stays_who_it_is);
	tcase_add_test(c, what_is_mounted_below_the_root_is_restricted_too);
	tcase_add_test(c, a_read_only_root_stays_read_only);
	tcase_add_test(c, root_without_the_capability_takes_a_namespace);
	tcase_add_test(c, where_neither_works_the_session_is_refused);
	tcase_add_test(c, a_root_that_is_missing_is_told_as_such);
}

int
main(void)
{
	return run_suite("namespace", add_tests);
}
