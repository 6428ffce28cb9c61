#ifndef SCP_TEST_STEPS_H
#define SCP_TEST_STEPS_H

/* Attacks of several calls; each returns 0 where all of them succeeded. */

/* Of the request: the directory beside everything, and who started us. */
static char at_top[256];
static pid_t parent;

static int
open_at(int dir, const char *path, int flags)
{
	return openat(dir, real_path(path), flags);
}

static int
open2(int dir, const char *path, int flags)
{
	struct open_how wanted = { .flags = (unsigned int)flags };

	return (int)syscall(
	    SYS_openat2, dir, real_path(path), &wanted, sizeof(wanted));
}

static int
metadata_outside(void)
{
	int fd = open2(root, "@/rooted/file", O_PATH);

	return fd == -1 ? errno : result(syscall(SYS_fstat, fd, buf));
}

static int
metadata_of_sinks(void)
{
	int fd = open_at(root, "@/rooted/file", F_OLD);

	return fd == -1 ? errno : result(syscall(SYS_fstat, fd, buf));
}

static int
metadata_of_mode_0(void)
{
	int fd = open_at(root, "@/rooted/secret/file", F_OLD);

	return fd == -1 ? errno : result(syscall(SYS_fstat, fd, buf));
}

static int
read_at(const char *path)
{
	int fd = open2(root, path, F_READ);

	return fd == -1 ? errno : result(syscall(SYS_read, fd, buf, 1));
}

static int
read_content(void)
{
	return read_at("old");
}

static int
read_content_outside(void)
{
	return read_at("@/rooted/file");
}

static int
list_at(const char *path)
{
	int fd = open2(root, path, O_RDONLY | O_DIRECTORY);

	if (fd == -1)
		return errno;
	return result(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
}

static int
list_content(void)
{
	return list_at(".");
}

static int
list_content_outside(void)
{
	return list_at("@/rooted");
}

/* A sink may open directories, but must not list them. */
static int
list_what_is_stored_to(void)
{
	int fd = openat(root, "dir", F_DIR);

	if (fd == -1)
		return errno;
	return result(syscall(SYS_getdents64, fd, buf, sizeof(buf)));
}

static int
chmod_directory(void)
{
	int fd = openat(root, "dir", F_DIR);

	return fd == -1 ? errno : result(fchmod(fd, 0700));
}

static int
date_directory(void)
{
	int fd = openat(root, "dir", F_DIR);

	return fd == -1 ? errno : result(futimens(fd, times));
}

static int
change_old(int (*change)(int))
{
	int fd = openat(root, "old", F_OLD);

	return fd == -1 ? errno : result(change(fd));
}

static int
to_private(int fd)
{
	return fchmod(fd, 0600);
}

static int
to_the_past(int fd)
{
	return futimens(fd, times);
}

static int
to_nobody(int fd)
{
	return fchown(fd, 12345, 12345);
}

static int
chmod_what_is_looked_at(void)
{
	return change_old(to_private);
}

static int
date_what_is_looked_at(void)
{
	return change_old(to_the_past);
}

static int
chown_what_is_looked_at(void)
{
	return change_old(to_nobody);
}

/* Without AT_EMPTY_PATH, which is a right of its own. */
static int
link_looked_at(const char *from, const char *to)
{
	int fd = open_at(root, from, F_OLD);

	if (fd == -1)
		return errno;
	return result(linkat(fd, "", root, to, AT_EMPTY_PATH));
}

static int
link_old_looked_at(void)
{
	return link_looked_at("old", "new");
}

static int
link_outside_looked_at(void)
{
	return link_looked_at("@/rooted/file", "new");
}

static int
link_passwd_looked_at(void)
{
	return link_looked_at("/etc/passwd", "new");
}

/* A sink must not read back what it wrote. */
static int
read_back(void)
{
	int fd = openat(root, ".", F_TMP, 0600);

	if (fd == -1 || write(fd, "x", 1) != 1)
		return errno;
	return result(syscall(SYS_pread64, fd, buf, 1, 0));
}

static int
read_back_published(void)
{
	int fd = openat(root, ".", F_TMP, 0600);

	if (fd == -1 || linkat(fd, "", root, "new", AT_EMPTY_PATH) != 0)
		return errno;
	return result(openat(root, "new", O_RDONLY | O_NOFOLLOW));
}

static int
reopen_own(void)
{
	int fd = openat(root, ".", F_TMP, 0600);

	if (fd == -1)
		return errno;
	(void)snprintf(buf, sizeof(buf), "/proc/self/fd/%d", fd);
	return result(open(buf, O_RDONLY));
}

static int
copy_old(void)
{
	int from = open2(root, "old", F_READ), to;

	if (from == -1 || (to = openat(root, "new", F_NEW, 0600)) == -1)
		return errno;
	return result(copy_file_range(from, NULL, to, NULL, 1, 0));
}

static int
publish_setuid(void)
{
	int fd = openat(root, ".", F_TMP, 0755);

	if (fd == -1 || linkat(fd, "", root, "new", AT_EMPTY_PATH) != 0)
		return errno;
	return result(fchmod(fd, 04755));
}

/* The way of a drop box: a new file, whole. */
static int
publish_new(void)
{
	int fd = openat(root, ".", F_TMP, 0644);

	if (fd == -1 || write(fd, "x", 1) != 1)
		return errno;
	return result(linkat(fd, "", root, "new", AT_EMPTY_PATH));
}

static int
publish_in_directory(void)
{
	int dir = openat(root, "dir", F_DIR), fd;

	if (dir == -1 || (fd = openat(dir, ".", F_TMP, 0644)) == -1)
		return errno;
	return result(linkat(fd, "", dir, "new", AT_EMPTY_PATH));
}

static int
socket_address(struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return snprintf(to->sun_path, sizeof(to->sun_path), "%s",
	    real_path("@/rooted/socket"));
}

static int
connect_elsewhere(void)
{
	struct sockaddr_un to;

	(void)socket_address(&to); /* fits */
	return result(connect(0, (const void *)&to, sizeof(to)));
}

static int
send_elsewhere(void)
{
	struct sockaddr_un to;

	(void)socket_address(&to); /* fits */
	return result(sendto(0, "x", 1, 0, (const void *)&to, sizeof(to)));
}

static int
pass_descriptor(void)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .head = {
			  CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec data = { buf, 1 };
	struct msghdr m = { .msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), &root, sizeof(int));
	return result(sendmsg(0, &m, 0));
}

static int
trace_parent(void)
{
	return result(syscall(SYS_ptrace, 16, (long)parent, 0, 0));
}

static int
read_parent(void)
{
	struct iovec here = { buf, 1 }, there = { buf, 1 };

	return result(process_vm_readv(parent, &here, 1, &there, 1, 0));
}

static int
signal_the_parent(void)
{
	return result(kill(parent, 0));
}

static int
signal_its_thread(void)
{
	return result(syscall(SYS_tgkill, parent, parent, 0));
}

static int
hold_parent(void)
{
	return result(syscall(SYS_pidfd_open, parent, 0));
}

static int
limit_parent(void)
{
	struct rlimit limit;

	return result(prlimit(parent, RLIMIT_NOFILE, NULL, &limit));
}

static int
environment_of_parent(void)
{
	(void)snprintf(buf, sizeof(buf), "/proc/%d/environ", (int)parent);
	return result(open2(root, buf, O_RDONLY));
}

static int
own_memory(void)
{
	return result(open("/proc/self/mem", O_RDWR));
}

static int
code_to_write(void)
{
	uintptr_t page = (uintptr_t)code_to_write & ~(uintptr_t)4095;

	return result(
	    mprotect((void *)page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC));
}

static int
open_by_handle(void)
{
	struct file_handle *handle = (struct file_handle *)(void *)buf;
	int mount_id;

	handle->handle_bytes = 128;
	if (name_to_handle_at(root, "old", handle, &mount_id, 0) != 0)
		return errno;
	return result(open_by_handle_at(root, handle, O_RDONLY));
}

static int
watch_outside(void)
{
	int fd = inotify_init1(0);

	if (fd == -1)
		return errno;
	return result(
	    inotify_add_watch(fd, real_path("@/rooted"), IN_ALL_EVENTS));
}

/* The way out of a chroot that a process with privilege has. */
static int
chroot_twice(void)
{
	if (chroot("empty") != 0 && chroot(".") != 0)
		return errno;
	return result(chdir("../../.."));
}

static int
namespace_and_mount(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
		return errno;
	return result(mount("none", "/", "tmpfs", 0, NULL));
}

static int
read_input_again(void)
{
	return result(syscall(SYS_recvfrom, 0, buf, 1, MSG_DONTWAIT, 0, 0));
}

#ifdef __x86_64__
/* getpid(2) of the 32-bit interface. */
static int
old_interface(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	return r < 0 ? (int)-r : 0;
}
#endif

/* clang-format off */
static const struct step_action {
	const char *name;
	int (*act)(void);
} step_actions[] = {
	{ "metadata outside", metadata_outside },
	{ "metadata, by F_OLD", metadata_of_sinks },
	{ "metadata, closed directory", metadata_of_mode_0 },
	{ "read content", read_content },
	{ "read content outside", read_content_outside },
	{ "list content", list_content },
	{ "list content outside", list_content_outside },
	{ "list what is stored to", list_what_is_stored_to },
	{ "chmod a directory", chmod_directory },
	{ "date a directory", date_directory },
	{ "chmod what is looked at", chmod_what_is_looked_at },
	{ "date what is looked at", date_what_is_looked_at },
	{ "chown what is looked at", chown_what_is_looked_at },
	{ "link old, looked at", link_old_looked_at },
	{ "link outside, looked at", link_outside_looked_at },
	{ "link passwd, looked at", link_passwd_looked_at },
	{ "read back", read_back },
	{ "read back, published", read_back_published },
	{ "reopen own file", reopen_own },
	{ "copy old", copy_old },
	{ "publish setuid", publish_setuid },
	{ "publish new", publish_new },
	{ "publish in a directory", publish_in_directory },
	{ "connect elsewhere", connect_elsewhere },
	{ "send elsewhere", send_elsewhere },
	{ "pass a descriptor", pass_descriptor },
	{ "trace the parent", trace_parent },
	{ "read the parent", read_parent },
	{ "signal the parent", signal_the_parent },
	{ "signal its thread", signal_its_thread },
	{ "hold the parent", hold_parent },
	{ "limit the parent", limit_parent },
	{ "its environment", environment_of_parent },
	{ "own memory", own_memory },
	{ "code to write", code_to_write },
	{ "open by handle", open_by_handle },
	{ "watch outside", watch_outside },
	{ "chroot twice", chroot_twice },
	{ "namespace and mount", namespace_and_mount },
	{ "read by another call", read_input_again },
#ifdef __x86_64__
	{ "32-bit interface", old_interface },
#endif
};
/* clang-format on */

#endif
