#ifndef SCP_TEST_OWN_ACTIONS_H
#define SCP_TEST_OWN_ACTIONS_H

/*
 * What the lists of tests/lib leave out: paths that lead outside in each way
 * there is, under the flag words that the filters let through, and attacks
 * that take more than one call.
 *
 * A path that begins with "@" is beneath the directory that holds both the
 * root and what is outside of it; bit n of paths says that argument n is one.
 */

#include <linux/capability.h>
#include <linux/sched.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define OPEN2(path_, flags_, mode_, resolve_)                           \
	SYS_openat2,                                                    \
	    { DIR_FD, P(path_),                                         \
		    P((&(struct open_how){ .flags = (uint64_t)(flags_), \
			.mode = (mode_),                                \
			.resolve = (resolve_) })),                      \
		    sizeof(struct open_how) },                          \
	    2

struct own_action {
	const char *name;
	long number;
	long args[6];
	unsigned int paths;
};

static char new_root[] = "."; /* for pivot_root */
static char shell[] = "sh", option[] = "-c", command[] = "exit 7";
static char *no_words[] = { NULL };
static char *words[] = { shell, option, command, NULL };
static struct clone_args clone_args = { .exit_signal = SIGCHLD };

/* clang-format off */
static const struct own_action own_actions[] = {
	/* sinks: their own flag words, outside */
	{ "F_OLD, absolute",    SYS_openat, { DIR_FD, P("@/rooted/file"), F_OLD }, 2 },
	{ "F_OLD, ..",          SYS_openat, { DIR_FD, P(OUTSIDE "/file"), F_OLD }, 2 },
	{ "F_OLD, through link", SYS_openat, { DIR_FD, P("link/file"), F_OLD }, 2 },
	{ "F_DIR, absolute",    SYS_openat, { DIR_FD, P("@/rooted"), F_DIR }, 2 },
	{ "F_DIR, ..",          SYS_openat, { DIR_FD, P(OUTSIDE), F_DIR }, 2 },
	{ "F_DIR, a link",      SYS_openat, { DIR_FD, P("link"), F_DIR }, 2 },
	{ "F_DIR, through link", SYS_openat, { DIR_FD, P("link/."), F_DIR }, 2 },
	{ "F_DIR, /proc",       SYS_openat, { DIR_FD, P("/proc"), F_DIR }, 2 },
	{ "F_TMP, absolute",    SYS_openat, { DIR_FD, P("@/rooted"), F_TMP, 0600 }, 2 },
	{ "F_TMP, ..",          SYS_openat, { DIR_FD, P(OUTSIDE), F_TMP, 0600 }, 2 },
	{ "F_TMP, through link", SYS_openat, { DIR_FD, P("link/."), F_TMP, 0600 }, 2 },
	{ "F_TMP, 0777",        SYS_openat, { DIR_FD, P("."), F_TMP, 0777 }, 2 },
	{ "F_TMP, 04000",       SYS_openat, { DIR_FD, P("."), F_TMP, 04000 }, 2 },
	{ "F_NEW, absolute",    SYS_openat, { DIR_FD, P("@/rooted/new"), F_NEW, 0600 }, 2 },
	{ "F_NEW, ..",          SYS_openat, { DIR_FD, P(OUTSIDE "/new"), F_NEW, 0600 }, 2 },
	{ "F_NEW, existing",    SYS_openat, { DIR_FD, P("old"), F_NEW, 0600 }, 2 },
	{ "F_NEW, 04600",       SYS_openat, { DIR_FD, P("new"), F_NEW, 04600 }, 2 },
	{ "F_WRITE, outside",   SYS_openat, { DIR_FD, P("@/rooted/file"), F_WRITE }, 2 },
	{ "F_READ, outside",    SYS_openat, { DIR_FD, P("@/rooted/file"), F_READ }, 2 },
	{ "F_LOOK, outside",    SYS_openat, { DIR_FD, P("@/rooted/file"), F_LOOK }, 2 },
	{ "O_TRUNC inside",     SYS_openat, { DIR_FD, P("old"), O_WRONLY | O_TRUNC | O_NOFOLLOW }, 2 },
	{ "O_WRONLY|O_NOFOLLOW", SYS_openat, { DIR_FD, P("old"), O_WRONLY | O_NOFOLLOW | O_CLOEXEC }, 2 },
	{ "create 04755",       SYS_openat, { DIR_FD, P("new"), O_WRONLY | O_CREAT | O_NOFOLLOW, 04755 }, 2 },
	{ "write to a FIFO",    SYS_openat, { DIR_FD, P("fifo"), F_WRITE }, 2 },
	{ "read a FIFO",        SYS_openat, { DIR_FD, P("fifo"), F_READ }, 2 },

	/* sinks: their own calls, outside */
	{ "mkdir, absolute",    SYS_mkdirat, { DIR_FD, P("@/rooted/new"), 0755 }, 2 },
	{ "mkdir, ..",          SYS_mkdirat, { DIR_FD, P(OUTSIDE "/new"), 0755 }, 2 },
	{ "mkdir, through link", SYS_mkdirat, { DIR_FD, P("link/new"), 0755 }, 2 },
	{ "mkdir, /tmp",        SYS_mkdirat, { DIR_FD, P("/tmp"), 0755 }, 2 },
	{ "rename in, absolute", SYS_renameat2, { DIR_FD, P("@/rooted/file"), DIR_FD, P("new"), 0 }, 2 | 8 },
	{ "rename in, ..",      SYS_renameat2, { DIR_FD, P(OUTSIDE "/file"), DIR_FD, P("new"), 0 }, 2 | 8 },
	{ "rename out, absolute", SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P("@/rooted/new"), 0 }, 2 | 8 },
	{ "rename out, ..",     SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P(OUTSIDE "/new"), 0 }, 2 | 8 },
	{ "rename out, by link", SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P("link/new"), 0 }, 2 | 8 },
	{ "rename outside",     SYS_renameat2, { DIR_FD, P("@/rooted/file"), DIR_FD, P("@/rooted/new"), 0 }, 2 | 8 },
	{ "rename over outside", SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P("@/rooted/file"), 0 }, 2 | 8 },
	{ "rename deeper",      SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P("dir/old"), 0 }, 2 | 8 },
	{ "rename a directory", SYS_renameat2, { DIR_FD, P("empty"), DIR_FD, P("new"), 0 }, 2 | 8 },
	{ "exchange outside",   SYS_renameat2, { DIR_FD, P("old"), DIR_FD, P("@/rooted/file"), RENAME_EXCHANGE }, 2 | 8 },
	{ "link in, followed",  SYS_linkat, { DIR_FD, P("@/rooted/file"), DIR_FD, P("new"), AT_SYMLINK_FOLLOW }, 2 | 8 },
	{ "link in, by name",   SYS_linkat, { DIR_FD, P("@/rooted/file"), DIR_FD, P("new"), 0 }, 2 | 8 },
	{ "link in, passwd",    SYS_linkat, { DIR_FD, P("/etc/passwd"), DIR_FD, P("new"), AT_SYMLINK_FOLLOW }, 2 | 8 },
	{ "link out, followed", SYS_linkat, { DIR_FD, P("old"), DIR_FD, P("@/rooted/new"), AT_SYMLINK_FOLLOW }, 2 | 8 },
	{ "link old, followed", SYS_linkat, { DIR_FD, P("old"), DIR_FD, P("new"), AT_SYMLINK_FOLLOW }, 2 | 8 },
	{ "link deeper",        SYS_linkat, { DIR_FD, P("old"), DIR_FD, P("dir/new"), AT_SYMLINK_FOLLOW }, 2 | 8 },
	{ "link, name and empty", SYS_linkat, { DIR_FD, P("@/rooted/file"), DIR_FD, P("new"), AT_EMPTY_PATH }, 2 | 8 },
	{ "publish outside",    SYS_linkat, { FILE_FD, P(""), DIR_FD, P("@/rooted/new"), AT_EMPTY_PATH }, 2 | 8 },
	{ "publish, ..",        SYS_linkat, { FILE_FD, P(""), DIR_FD, P(OUTSIDE "/new"), AT_EMPTY_PATH }, 2 | 8 },
	{ "publish, by link",   SYS_linkat, { FILE_FD, P(""), DIR_FD, P("link/new"), AT_EMPTY_PATH }, 2 | 8 },
	{ "publish over old",   SYS_linkat, { FILE_FD, P(""), DIR_FD, P("old"), AT_EMPTY_PATH }, 2 | 8 },
	{ "unlink, absolute",   SYS_unlinkat, { DIR_FD, P("@/rooted/file"), 0 }, 2 },
	{ "unlink, ..",         SYS_unlinkat, { DIR_FD, P(OUTSIDE "/file"), 0 }, 2 },
	{ "unlink, through link", SYS_unlinkat, { DIR_FD, P("link/file"), 0 }, 2 },
	{ "rmdir outside",      SYS_unlinkat, { DIR_FD, P("@/rooted/dir"), AT_REMOVEDIR }, 2 },
	{ "huge file",          SYS_fallocate, { FILE_FD, 0, 0, 1L << 50 }, 0 },
	{ "huge, KEEP_SIZE",    SYS_fallocate, { FILE_FD, 1, 0, 1L << 50 }, 0 },
	{ "give away own file", SYS_fchown, { FILE_FD, 12345, 12345 }, 0 },
	{ "chmod of a directory fd", SYS_fchmod, { DIR_FD, 0777 }, 0 },
	{ "times of a directory fd", SYS_utimensat, { DIR_FD, 0, P(times) }, 0 },
	{ "size of the file system", SYS_fstatfs, { DIR_FD, P(buf) }, 0 },

	/* sources: openat2 with what their filter can't see */
	{ "openat2 old",        OPEN2("old", F_READ, 0, 0) },
	{ "openat2 outside",    OPEN2("@/rooted/file", F_READ, 0, 0) },
	{ "openat2 ..",         OPEN2(OUTSIDE "/file", F_READ, 0, 0) },
	{ "openat2, by link",   OPEN2("link/file", F_READ, 0, 0) },
	{ "openat2 O_PATH",     OPEN2("@/rooted/file", O_PATH, 0, 0) },
	{ "openat2 list ..",    OPEN2(OUTSIDE, O_DIRECTORY, 0, 0) },
	{ "openat2 list /",     OPEN2("/", O_DIRECTORY, 0, 0) },
	{ "openat2 write",      OPEN2("old", O_WRONLY, 0, 0) },
	{ "openat2 both",       OPEN2("old", O_RDWR, 0, 0) },
	{ "openat2 cut",        OPEN2("old", O_RDONLY | O_TRUNC, 0, 0) },
	{ "openat2 create",     OPEN2("new", O_WRONLY | O_CREAT, 0600, 0) },
	{ "openat2 create 04755", OPEN2("new", O_WRONLY | O_CREAT, 04755, 0) },
	{ "openat2 unnamed",    OPEN2(".", O_WRONLY | O_TMPFILE, 0600, 0) },
	{ "openat2 write outside", OPEN2("@/rooted/file", O_WRONLY, 0, 0) },
	{ "openat2 create outside", OPEN2("@/rooted/new", O_WRONLY | O_CREAT, 0600, 0) },
	{ "openat2 passwd",     OPEN2("/etc/passwd", F_READ, 0, 0) },
	{ "openat2 null",       OPEN2("/dev/null", O_RDWR, 0, 0) },
	{ "openat2 own memory", OPEN2("/proc/self/mem", O_RDWR, 0, 0) },
	{ "openat2 environment", OPEN2("/proc/1/environ", O_RDONLY, 0, 0) },
	{ "openat2 magic root", OPEN2("/proc/self/root/etc/passwd", O_RDONLY, 0, 0) },
	{ "openat2 magic fd",   OPEN2("/proc/self/fd/0", O_RDONLY, 0, 0) },
	{ "openat2 a FIFO",     OPEN2("fifo", O_RDONLY | O_NONBLOCK, 0, 0) },

	/* what stands outside, by path */
	{ "stat outside",       SYS_newfstatat, { DIR_FD, P("@/rooted/file"), P(buf), 0 }, 2 },
	{ "statx outside",      SYS_statx, { DIR_FD, P("@/rooted/file"), 0, 0, P(buf) }, 2 },
	{ "readlink outside",   SYS_readlinkat, { DIR_FD, P("@/rooted/link"), P(buf), 10 }, 2 },
	{ "access outside",     439, { DIR_FD, P("@/rooted/file"), 0, 0 }, 2 },
	{ "chmod outside",      SYS_fchmodat, { DIR_FD, P("@/rooted/file"), 0777 }, 2 },
	{ "fchmodat2 outside",  452, { DIR_FD, P("@/rooted/file"), 0777, 0 }, 2 },
	{ "chown outside",      SYS_fchownat, { DIR_FD, P("@/rooted/file"), -1, -1, 0 }, 2 },
	{ "times outside",      SYS_utimensat, { DIR_FD, P("@/rooted/file"), P(times), 0 }, 2 },
	{ "setxattr outside",   SYS_setxattr, { P("@/rooted/file"), P("user.a"), P("x"), 1, 0 }, 1 },
	{ "getxattr outside",   SYS_getxattr, { P("@/rooted/file"), P("user.b"), P(buf), 9 }, 1 },
	{ "listxattr outside",  SYS_listxattr, { P("@/rooted/file"), P(buf), 99 }, 1 },
	{ "removexattr outside", SYS_removexattr, { P("@/rooted/file"), P("user.b") }, 1 },
	{ "truncate outside",   SYS_truncate, { P("@/rooted/file"), 0 }, 1 },
	{ "symlink outside",    SYS_symlinkat, { P("old"), DIR_FD, P("@/rooted/new") }, 2 | 4 },
	{ "mknod outside",      SYS_mknodat, { DIR_FD, P("@/rooted/new"), S_IFIFO | 0600, 0 }, 2 },
	{ "mknod a device",     SYS_mknodat, { DIR_FD, P("new"), S_IFCHR | 0600, 0x103 }, 2 },
	{ "chdir outside",      SYS_chdir, { P("@/rooted") }, 1 },
	{ "chroot outside",     SYS_chroot, { P("@/rooted") }, 1 },
	{ "handle of outside",  SYS_name_to_handle_at, { DIR_FD, P("@/rooted/file"), P(buf), P(buf + 200), 0 }, 2 },
	{ "statfs outside",     SYS_statfs, { P("@/rooted"), P(buf) }, 1 },

	/* other programs and processes */
	{ "run a shell",        SYS_execve, { P("/bin/sh"), P(words), P(no_words) }, 0 },
	{ "run inside",         SYS_execveat, { DIR_FD, P("run"), P(words), P(no_words), 0 }, 2 },
	{ "fork, new",          SYS_clone3, { P(&clone_args), sizeof(clone_args) }, 0 },
	{ "new session",        SYS_setsid, { 0 }, 0 },
	{ "priority",           SYS_setpriority, { 0, 0, -20 }, 0 },
	{ "affinity",           SYS_sched_setaffinity, { 0, 8, P(buf) }, 0 },

	/* memory that is code, memory that is shared */
	{ "write and run",      SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1 }, 0 },
	{ "shared memory",      SYS_mmap, { 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1 }, 0 },
	{ "map a file",         SYS_mmap, { 0, 4096, PROT_READ, MAP_SHARED, FILE_FD }, 0 },
	{ "heap",               SYS_brk, { -1 }, 0 },

	/* connections */
	{ "local socket",       SYS_socket, { AF_UNIX, SOCK_STREAM, 0 }, 0 },
	{ "netlink",            SYS_socket, { AF_NETLINK, SOCK_RAW, 0 }, 0 },
	{ "packet socket",      SYS_socket, { AF_PACKET, SOCK_RAW, 0 }, 0 },
	{ "a pair",             SYS_socketpair, { AF_UNIX, SOCK_STREAM, 0, P(buf) }, 0 },
	{ "listen",             SYS_listen, { 0, 1 }, 0 },
	{ "accept",             SYS_accept4, { 0, 0, 0, 0 }, 0 },
	{ "socket option",      SYS_setsockopt, { 0, SOL_SOCKET, SO_KEEPALIVE, P(buf), 4 }, 0 },
	{ "type into the peer", SYS_ioctl, { 0, TIOCSTI, P("x") }, 0 },
	{ "own the input",      SYS_fcntl, { 0, F_SETOWN, 1 }, 0 },
	{ "close a range",      SYS_close_range, { 100, ~0U, 0 }, 0 },
	{ "poll",               SYS_ppoll, { 0, 0, P(buf), 0, 8 }, 0 },
	{ "event",              SYS_eventfd2, { 0, 0 }, 0 },
	{ "epoll",              SYS_epoll_create1, { 0 }, 0 },
	{ "timer",              SYS_timerfd_create, { 1, 0 }, 0 },
	{ "signal descriptor",  SYS_signalfd4, { -1, P(buf), 8, 0 }, 0 },
	{ "fanotify",           SYS_fanotify_init, { 0, 0 }, 0 },
	{ "lock",               SYS_flock, { FILE_FD, 1 }, 0 },

	/* the system */
	{ "new user namespace", SYS_unshare, { CLONE_NEWUSER | CLONE_NEWNS }, 0 },
	{ "mount",              SYS_mount, { P("none"), P(new_root), P("tmpfs"), 0, 0 }, 0 },
	{ "remount",            SYS_mount, { 0, P("/"), 0, MS_REMOUNT | MS_BIND, 0 }, 0 },
	{ "unmount",            SYS_umount2, { P(new_root), 2 }, 0 },
	{ "open a tree",        SYS_open_tree, { AT_FDCWD, P("."), 1 }, 0 },
	{ "new file system",    SYS_fsopen, { P("tmpfs"), 0 }, 0 },
	{ "mount attributes",   SYS_mount_setattr, { AT_FDCWD, P("."), 0, P(buf), 32 }, 0 },
	{ "host name",          SYS_sethostname, { P("x"), 1 }, 0 },
	{ "kernel log",         SYS_syslog, { 10, 0, 0 }, 0 },
	{ "load a module",      SYS_init_module, { P(buf), 1, P("") }, 0 },
	{ "another filter",     SYS_prctl, { PR_SET_SECCOMP, 2, 0 }, 0 },
	{ "set a group",        SYS_setgid, { 0 }, 0 },
	{ "set groups",         SYS_setgroups, { 0, 0 }, 0 },
	{ "more open files",    SYS_prlimit64, { 0, RLIMIT_NOFILE, P((&(struct rlimit){ 4096, 4096 })), 0 }, 0 },
	{ "new key",            SYS_add_key, { P("user"), P("x"), P("x"), 1, -3 }, 0 },
	{ "sleep, real time",   SYS_clock_nanosleep, { CLOCK_REALTIME, 0, P((&(struct timespec){ 0, 1 })), 0 }, 0 },
	{ "sleep",              SYS_clock_nanosleep, { CLOCK_MONOTONIC, 0, P((&(struct timespec){ 0, 1 })), 0 }, 0 },
#ifdef __x86_64__
	{ "open, as ever",      SYS_open, { P("@/rooted/file"), O_RDONLY }, 1 },
	{ "creat, as ever",     SYS_creat, { P("@/rooted/new"), 0600 }, 1 },
	{ "dup2",               SYS_dup2, { 0, 1 }, 0 },
	{ "vfork",              SYS_vfork, { 0 }, 0 },
	{ "ports",              SYS_iopl, { 3 }, 0 },
	{ "segments",           SYS_modify_ldt, { 0, P(buf), 16 }, 0 },
	{ "x32 openat",         0x40000000 + SYS_openat, { DIR_FD, P("old"), 0 }, 2 },
#endif
};
/* clang-format on */

#endif
