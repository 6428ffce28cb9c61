#ifndef SCP_TEST_SECCOMP_ACTIONS_H
#define SCP_TEST_SECCOMP_ACTIONS_H

/*
 * What a process that was taken over could try, and by which programs it is
 * let through; every other program kills it.
 */

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/open_flags.h"

/* Open in every process: a directory, an unnamed file in it, a log. */
#ifndef DIR_FD
#define DIR_FD	20
#define FILE_FD 21
#define LOG_FD	22
#endif

struct action {
	const char *name;
	const char *programs; /* where it is allowed, by their letters */
	long number;
	long args[6];
	int error; /* of the call where it is allowed */
};

static char buf[4096];
static char file_path[] = "/proc/self/fd/21"; /* FILE_FD */
static struct open_how how = { .flags = F_READ, .resolve = RESOLVE_BENEATH };
static struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
static struct sockaddr_un elsewhere = { .sun_family = AF_UNIX,
	.sun_path = "/dev/log" };

#define P(pointer) ((long)(pointer))
#define HIGH	   (1L << 32) /* beyond an int: the kernel looks not */

#define EVERY "SWNGTRMVOHIJUDEAPBKCFXYZ"
#define ALL   "SWNGTRMVOHIJUDEAPBKCFXY"
#define SINKS "NGTRMVOHIJUAPBKCFXY"
#define NONE  ""

/* clang-format off */
static const struct action actions[] = {
	/* for all */
	{ "read",           EVERY, SYS_read, { FILE_FD, P(buf), 1 }, 0 },
	{ "write",          EVERY, SYS_write, { FILE_FD, P("x"), 1 }, 0 },
	{ "fstat",          ALL, SYS_fstat, { FILE_FD, P(buf) }, 0 },
	{ "close",          ALL, SYS_close, { FILE_FD }, 0 },
	{ "clock_gettime",  EVERY, SYS_clock_gettime, { 1, P(buf) }, 0 },
	{ "log",            EVERY, SYS_sendto, { LOG_FD, P("x"), 1 }, 0 },
	{ "log elsewhere",  NONE, SYS_sendto, { LOG_FD, P("x"), 1, 0,
	    P(&elsewhere), sizeof(elsewhere) }, 0 },
	{ "log to 2^32",    NONE, SYS_sendto, { LOG_FD, P("x"), 1, 0, HIGH }, 0 },
	{ "exit",           EVERY, SYS_exit_group, { 0 }, 0 },
	{ "exit a thread",  NONE, SYS_exit, { 0 }, 0 },

	/* sources */
	{ "openat2",        "SDXY", SYS_openat2, { DIR_FD, P("old"), P(&how),
	    sizeof(how) }, 0 },
	{ "getdents64",     "SWDEBKFXY", SYS_getdents64, { DIR_FD, P(buf), 4096 }, 0 },
	{ "lseek",          "SWDEBKFXY", SYS_lseek, { DIR_FD, 0, SEEK_SET }, 0 },
	{ "read file",      NONE, SYS_openat, { DIR_FD, P("old"), F_READ }, 0 },
	{ "read entry",     "WEBKFXY", SYS_openat, { DIR_FD, P("old"),
	    F_READ_ENTRY }, 0 },
	{ "look",           NONE, SYS_openat, { DIR_FD, P("old"), F_LOOK }, 0 },
	{ "look at parent", "WEAPBKCFXY", SYS_openat, { DIR_FD, P("dir"),
	    F_LOOK_PARENT }, 0 },
	{ "look at link",   ALL, SYS_openat, { DIR_FD, P("old"), F_OLD }, 0 },
	{ "read, plain",    NONE, SYS_openat, { DIR_FD, P("old"), 0 }, 0 },
	{ "read, cloexec",  NONE, SYS_openat, { DIR_FD, P("old"),
	    O_CLOEXEC }, 0 },
	{ "read and write", NONE, SYS_openat, { DIR_FD, P("old"),
	    F_READ | O_RDWR }, 0 },
	{ "read, create",   NONE, SYS_openat, { DIR_FD, P("new"),
	    F_READ | O_CREAT, 0600 }, 0 },
	{ "read, truncate", NONE, SYS_openat, { DIR_FD, P("old"),
	    F_READ | O_TRUNC }, 0 },

	/* sinks: what is opened */
	{ "directory",      SINKS, SYS_openat, { DIR_FD, P("dir"), F_DIR }, 0 },
	{ "directory link", NONE, SYS_openat, { DIR_FD, P("dir"),
	    F_DIR & ~O_NOFOLLOW }, 0 },
	{ "unnamed",        SINKS, SYS_openat, { DIR_FD, P("."), F_TMP,
	    0666 }, 0 },
	{ "unnamed, high",  SINKS, SYS_openat, { DIR_FD, P("."), F_TMP | HIGH,
	    0666 | HIGH }, 0 },
	{ "unnamed setuid", NONE, SYS_openat, { DIR_FD, P("."), F_TMP,
	    04755 }, 0 },
	{ "unnamed sticky", NONE, SYS_openat, { DIR_FD, P("."), F_TMP,
	    01777 }, 0 },
	{ "unnamed, read",  "BKFXY", SYS_openat, { DIR_FD, P("."),
	    (F_TMP & ~O_WRONLY) | O_RDWR, 0600 }, 0 },
	{ "named",          "MVOHIJUPBKCFXY", SYS_openat, { DIR_FD, P("new"), F_NEW,
	    0600 }, 0 },
	{ "named setgid",   NONE, SYS_openat, { DIR_FD, P("new"), F_NEW,
	    02755 }, 0 },
	{ "named, not new", NONE, SYS_openat, { DIR_FD, P("old"),
	    F_NEW & ~O_EXCL, 0600 }, 0 },
	{ "write old",      "IJUXY", SYS_openat, { DIR_FD, P("old"), F_WRITE }, 0 },
	{ "write old, cut", NONE, SYS_openat, { DIR_FD, P("old"),
	    F_WRITE | O_TRUNC }, 0 },
	{ "write, append",  NONE, SYS_openat, { DIR_FD, P("old"),
	    F_WRITE | O_APPEND }, 0 },
	{ "write a link",   NONE, SYS_openat, { DIR_FD, P("old"),
	    F_WRITE & ~O_NOFOLLOW }, 0 },

	/* sinks: what is done to it */
	{ "statx, no path", SINKS, SYS_statx, { FILE_FD, 0,
	    AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0, 0 }, EFAULT },
	{ "statx, a path",  NONE, SYS_statx, { DIR_FD, P("old"),
	    AT_EMPTY_PATH | AT_NO_AUTOMOUNT, 0, P(buf) }, 0 },
	{ "statx, links",   NONE, SYS_statx, { FILE_FD, 0,
	    AT_NO_AUTOMOUNT, 0, P(buf) }, 0 },
	{ "mkdirat",        SINKS, SYS_mkdirat, { DIR_FD, P("new"), 0777 }, 0 },
	{ "mkdirat sticky", SINKS, SYS_mkdirat, { DIR_FD, P("new"), 01777 }, 0 },
	{ "mkdirat setgid", NONE, SYS_mkdirat, { DIR_FD, P("new"), 02777 }, 0 },
	{ "fallocate",      SINKS, SYS_fallocate, { FILE_FD, 0, 0, 4096 }, 0 },
	{ "fallocate more", NONE, SYS_fallocate, { FILE_FD, 1, 0, 4096 }, 0 },
	{ "punch a hole",   NONE, SYS_fallocate, { FILE_FD, 3, 0, 4096 }, 0 },
	{ "ftruncate",      "IJUAPBKCFXY", SYS_ftruncate, { FILE_FD, 0 }, 0 },
	{ "fchmod",         SINKS, SYS_fchmod, { FILE_FD, 0777 }, 0 },
	{ "fchmod setuid",  "TUY", SYS_fchmod, { FILE_FD, 04755 }, 0 },
	{ "fchmod setgid",  "GTHJUCFXY", SYS_fchmod, { FILE_FD, 02755 }, 0 },
	{ "fchmod sticky",  SINKS, SYS_fchmod, { FILE_FD, 01755 }, 0 },
	{ "fchown",         "RMVOHIJUPBKCFXY", SYS_fchown, { FILE_FD, -1, -1 }, 0 },
	{ "times",          SINKS, SYS_utimensat, { FILE_FD, 0, P(times) }, 0 },
	{ "times of path",  NONE, SYS_utimensat, { DIR_FD, P("old"),
	    P(times) }, 0 },
	{ "times of 2^32",  NONE, SYS_utimensat, { DIR_FD, HIGH,
	    P(times) }, 0 },
	{ "times of link",  NONE, SYS_utimensat, { FILE_FD, 0, P(times),
	    AT_SYMLINK_NOFOLLOW }, 0 },
	{ "link by fd",     SINKS, SYS_linkat, { FILE_FD, P(""), DIR_FD,
	    P("dir"), AT_EMPTY_PATH }, EEXIST },
	{ "link by proc",   SINKS, SYS_linkat, { AT_FDCWD,
	    P(file_path), DIR_FD, P("new"), AT_SYMLINK_FOLLOW }, 0 },
	{ "link by name",   "MVOHIJUPBKCFXY", SYS_linkat, { DIR_FD, P("old"), DIR_FD,
	    P("new"), 0 }, 0 },
	{ "link, both",     NONE, SYS_linkat, { DIR_FD, P("old"), DIR_FD,
	    P("new"), AT_EMPTY_PATH | AT_SYMLINK_FOLLOW }, 0 },
	{ "rename",         "RMVOHIJUPBKCFXY", SYS_renameat2, { DIR_FD, P("old"), DIR_FD,
	    P("new"), 0 }, 0 },
	{ "rename, new",    "RMVOHIJUPBKCFXY", SYS_renameat2, { DIR_FD, P("old"), DIR_FD,
	    P("new"), RENAME_NOREPLACE }, 0 },
	{ "exchange",       "VOHIJUPBKCFXY", SYS_renameat2, { DIR_FD, P("old"), DIR_FD,
	    P("dir"), RENAME_EXCHANGE }, 0 },
	{ "whiteout",       NONE, SYS_renameat2, { DIR_FD, P("old"), DIR_FD,
	    P("new"), RENAME_WHITEOUT }, 0 },
	{ "unlink",         "RMVOHIJUPBKCFXY", SYS_unlinkat, { DIR_FD, P("old"), 0 }, 0 },
	{ "rmdir",          "PBKCFXY", SYS_unlinkat, { DIR_FD, P("dir"),
	    AT_REMOVEDIR }, 0 },

	/* memory: an allocation dies */
	{ "brk",            NONE, SYS_brk, { 0 }, 0 },
	{ "mmap",           NONE, SYS_mmap, { 0, 4096, 3, 0x22, -1 }, 0 },
	{ "mmap to run",    NONE, SYS_mmap, { 0, 4096, 5, 0x22, -1 }, 0 },
	{ "mprotect",       NONE, SYS_mprotect, { 0, 0, 5 }, 0 },
	{ "munmap",         NONE, SYS_munmap, { 0, 4096 }, 0 },
	{ "mremap",         NONE, SYS_mremap, { 0, 0, 4096 }, 0 },
	{ "madvise",        NONE, SYS_madvise, { 0, 0, 0 }, 0 },
	{ "memfd_create",   NONE, SYS_memfd_create, { P("x"), 0 }, 0 },
	{ "shmget",         NONE, SYS_shmget, { 0, 4096, 0600 }, 0 },

	/* other programs and processes */
	{ "execve",         NONE, SYS_execve, { P("/bin/true"), 0, 0 }, 0 },
	{ "execveat",       NONE, SYS_execveat, { FILE_FD, P(""), 0, 0,
	    AT_EMPTY_PATH }, 0 },
	{ "fork",           NONE, SYS_clone, { SIGCHLD }, 0 },
	{ "thread",         NONE, SYS_clone, { CLONE_VM | CLONE_THREAD }, 0 },
	{ "clone3",         NONE, 435, { P(buf), 64 }, 0 },
	{ "ptrace",         NONE, SYS_ptrace, { 16, 1 }, 0 },
	{ "read memory",    NONE, SYS_process_vm_readv, { 1 }, 0 },
	{ "kill",           NONE, SYS_kill, { 0, 0 }, 0 },
	{ "tgkill",         NONE, SYS_tgkill, { 1, 1, 0 }, 0 },
	{ "pidfd_open",     NONE, 434, { 1, 0 }, 0 },
	{ "prlimit64",      NONE, SYS_prlimit64, { 0, 7, 0, P(buf) }, 0 },

	/* other descriptors and connections */
	{ "socket",         NONE, SYS_socket, { AF_INET, SOCK_STREAM, 0 }, 0 },
	{ "connect",        NONE, SYS_connect, { LOG_FD, P(&elsewhere),
	    sizeof(elsewhere) }, 0 },
	{ "sendmsg",        NONE, SYS_sendmsg, { LOG_FD, P(buf), 0 }, 0 },
	{ "recvmsg",        NONE, SYS_recvmsg, { LOG_FD, P(buf), 0 }, 0 },
	{ "ioctl",          NONE, SYS_ioctl, { 0, TIOCSTI, P("x") }, 0 },
	{ "dup",            NONE, SYS_dup, { FILE_FD }, 0 },
	{ "dup3",           NONE, SYS_dup3, { FILE_FD, 0, 0 }, 0 },
	{ "fcntl",          NONE, SYS_fcntl, { FILE_FD, F_SETFL, 0 }, 0 },
	{ "pipe2",          NONE, SYS_pipe2, { P(buf), 0 }, 0 },
	{ "splice",         NONE, SYS_splice, { 0, 0, 1, 0, 1, 0 }, 0 },
	{ "sendfile to the peer", "SWDEBKFXY", SYS_sendfile, { 1, FILE_FD, 0, 1 }, 0 },
	{ "sendfile",       NONE, SYS_sendfile, { FILE_FD, 0, 0, 1 }, 0 },
	{ "writev",         "SW", SYS_writev, { 1, P(buf), 0 }, 0 },
	{ "copy range",     "BKFXY", SYS_copy_file_range, { FILE_FD, 0, FILE_FD,
	    0, 0 }, 0 },
	{ "copy, flags",    NONE, SYS_copy_file_range, { FILE_FD, 0, FILE_FD,
	    0, 0, 1 }, 0 },
	{ "pread64",        "DEBKFXY", SYS_pread64, { FILE_FD, P(buf), 1, 0 },
	    0 },
	{ "pwrite64",       "APBKCFXY", SYS_pwrite64, { FILE_FD, P("x"), 1, 0 },
	    0 },
	{ "named, read",    "BKFXY", SYS_openat, { DIR_FD, P("new"), F_NEW_BOTH,
	    0600 }, 0 },
	{ "fstatfs",        "WNGTRMVOHIJUDEAPBKCFXY", SYS_fstatfs, { FILE_FD,
	    P(buf) }, 0 },
	{ "inotify",        NONE, SYS_inotify_init1, { 0 }, 0 },
	{ "userfaultfd",    NONE, SYS_userfaultfd, { 0 }, 0 },
	{ "perf events",    NONE, SYS_perf_event_open, { P(buf), 0, 0 }, 0 },
	{ "io_uring",       NONE, 425, { 1, P(buf) }, 0 },
	{ "bpf",            NONE, SYS_bpf, { 0, P(buf), 64 }, 0 },

	/* other files, by path */
	{ "stat",           NONE, SYS_newfstatat, { DIR_FD, P("old"),
	    P(buf), 0 }, 0 },
	{ "statx",          NONE, SYS_statx, { DIR_FD, P("old"), 0, 0,
	    P(buf) }, 0 },
	{ "readlink",       "WDEAPBKCFXY", SYS_readlinkat, { DIR_FD, P("old"),
	    P(buf), 10 }, EINVAL },
	{ "access",         NONE, SYS_faccessat, { DIR_FD, P("old"), 0 }, 0 },
	{ "chmod",          "XY", SYS_fchmodat, { DIR_FD, P("old"), 0777 }, 0 },
	{ "chmod setgid",   "XY", SYS_fchmodat, { DIR_FD, P("old"), 02777 }, 0 },
	{ "chmod setuid",   "Y", SYS_fchmodat, { DIR_FD, P("old"), 04777 }, 0 },
	{ "chmod sticky",   "XY", SYS_fchmodat, { DIR_FD, P("old"), 01777 }, 0 },
	{ "chown",          NONE, SYS_fchownat, { DIR_FD, P("old"), -1, -1,
	    0 }, 0 },
	{ "truncate",       NONE, SYS_truncate, { P("old"), 0 }, 0 },
	{ "symlink",        "KFXY", SYS_symlinkat, { P("old"), DIR_FD,
	    P("new") }, 0 },
	{ "mknod",          NONE, SYS_mknodat, { DIR_FD, P("new"),
	    S_IFIFO | 0600, 0 }, 0 },
	{ "setxattr",       NONE, SYS_setxattr, { P("old"), P("user.a"),
	    P("x"), 1, 0 }, 0 },
	{ "fsetxattr",      NONE, SYS_fsetxattr, { FILE_FD, P("user.a"),
	    P("x"), 1, 0 }, 0 },
	{ "chdir",          NONE, SYS_chdir, { P("/") }, 0 },
	{ "fchdir",         NONE, SYS_fchdir, { DIR_FD }, 0 },
	{ "chroot",         NONE, SYS_chroot, { P("/") }, 0 },
	{ "by handle",      NONE, SYS_open_by_handle_at, { DIR_FD, P(buf),
	    0 }, 0 },
	{ "make a handle",  NONE, SYS_name_to_handle_at, { DIR_FD, P("old"),
	    P(buf), P(buf), 0 }, 0 },

	/* the process itself and the system */
	{ "setuid",         NONE, SYS_setuid, { 0 }, 0 },
	{ "setresuid",      NONE, SYS_setresuid, { 0, 0, 0 }, 0 },
	{ "capset",         NONE, SYS_capset, { P(buf), 0 }, 0 },
	{ "prctl",          NONE, SYS_prctl, { PR_SET_DUMPABLE, 1 }, 0 },
	{ "seccomp",        NONE, SYS_seccomp, { 0, 0, 0 }, 0 },
	{ "landlock",       NONE, 444, { 0, 0, 1 }, 0 },
	{ "unshare",        NONE, SYS_unshare, { CLONE_NEWUSER }, 0 },
	{ "setns",          NONE, SYS_setns, { FILE_FD, 0 }, 0 },
	{ "mount",          NONE, SYS_mount, { 0, P("/"), 0, 0x1000, 0 }, 0 },
	{ "pivot_root",     NONE, SYS_pivot_root, { P("."), P(".") }, 0 },
	{ "umask",          NONE, SYS_umask, { 0 }, 0 },
	{ "sigaction",      NONE, SYS_rt_sigaction, { SIGTERM, 0, P(buf),
	    8 }, 0 },
	{ "sigprocmask",    NONE, SYS_rt_sigprocmask, { 0, 0, P(buf), 8 }, 0 },
	{ "setitimer",      NONE, SYS_setitimer, { 0, P(buf), 0 }, 0 },
	{ "settimeofday",   NONE, SYS_settimeofday, { 0, 0 }, 0 },
	{ "adjtimex",       NONE, SYS_adjtimex, { P(buf) }, 0 },
	{ "quotactl",       NONE, SYS_quotactl, { 0, 0, 0, 0 }, 0 },
	{ "keyctl",         NONE, SYS_keyctl, { 0, -3, 0 }, 0 },
	{ "fsync",          SINKS, SYS_fsync, { FILE_FD }, 0 },
	{ "getpid",         NONE, SYS_getpid, { 0 }, 0 },
	{ "getrandom",      NONE, SYS_getrandom, { P(buf), 8, 1 }, 0 },
	{ "unknown",        NONE, 9999, { 0 }, 0 },
	{ "minus one",      NONE, -1, { 0 }, 0 },
#ifdef __x86_64__
	{ "old open",       NONE, SYS_open, { P("old"), 0 }, 0 },
	{ "old stat",       NONE, SYS_stat, { P("old"), P(buf) }, 0 },
	{ "old rename",     NONE, SYS_rename, { P("old"), P("new") }, 0 },
	{ "old unlink",     NONE, SYS_unlink, { P("old") }, 0 },
	{ "old mkdir",      NONE, SYS_mkdir, { P("new"), 0700 }, 0 },
	{ "old chmod",      NONE, SYS_chmod, { P("old"), 04755 }, 0 },
	{ "old fork",       NONE, SYS_fork, { 0 }, 0 },
	{ "x32 read",       NONE, 0x40000000, { FILE_FD, P(buf), 1 }, 0 },
	{ "x32 getpid",     NONE, 0x40000027, { 0 }, 0 },
#endif
};
/* clang-format on */

#endif
