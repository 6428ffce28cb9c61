#ifndef SCP_TEST_LANDLOCK_ACTIONS_H
#define SCP_TEST_LANDLOCK_ACTIONS_H

/*
 * What a process that was taken over could try, by path and by descriptor, and
 * which roles are let through where only Landlock is.  Whoever includes this
 * has NEED(), which ends the process that can't even prepare an action.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Where things are: from the working directory, and from root for what lies
 * outside of it.  The tree is root/{old,run,dir/full,empty/}, and beside it
 * rooted/{file} with no string in common but a prefix.
 */
#ifndef INSIDE
#define INSIDE	 "root"
#define FROM_TOP "rooted"
#define OUTSIDE	 "../rooted"
#endif

static int root = -1;

/* Every action returns 0 or an errno. */
static int
result(long r)
{
	return r == -1 ? errno : 0;
}

static int
read_inside(void)
{
	return result(openat(root, "old", O_RDONLY));
}

static int
read_outside(void)
{
	return result(openat(root, OUTSIDE "/file", O_RDONLY));
}

static int
read_system(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int
list_inside(void)
{
	return result(openat(root, "dir", O_RDONLY | O_DIRECTORY));
}

static int
list_outside(void)
{
	return result(openat(root, "..", O_RDONLY | O_DIRECTORY));
}

static int
write_old(void)
{
	return result(openat(root, "old", O_WRONLY));
}

static int
write_outside(void)
{
	return result(openat(root, OUTSIDE "/file", O_WRONLY));
}

static int
write_device(void)
{
	return result(open("/dev/null", O_WRONLY));
}

static int
make_unnamed(void)
{
	int fd = openat(root, ".", O_TMPFILE | O_WRONLY, 0600);
	char proc[32];

	if (fd == -1)
		return errno;
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(fd, "", root, "new", AT_EMPTY_PATH) != 0 && errno == ENOENT)
		return result(
		    linkat(AT_FDCWD, proc, root, "new", AT_SYMLINK_FOLLOW));
	return 0;
}

static int
unnamed_outside(void)
{
	return result(openat(root, OUTSIDE "", O_TMPFILE | O_WRONLY, 0600));
}

static int
make_new(void)
{
	return result(openat(root, "new", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int
make_readable(void)
{
	return result(openat(root, "new", O_RDWR | O_CREAT | O_EXCL, 0600));
}

static int
new_outside(void)
{
	return result(
	    openat(root, OUTSIDE "/new", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int
make_dir(void)
{
	return result(mkdirat(root, "new", 0700));
}

static int
dir_outside(void)
{
	return result(mkdirat(root, OUTSIDE "/new", 0700));
}

static int
replace_old(void)
{
	return result(renameat(root, "run", root, "old"));
}

static int
rename_across(void)
{
	return result(renameat(root, "old", root, "dir/old"));
}

static int
rename_out(void)
{
	return result(renameat(root, "old", root, OUTSIDE "/old"));
}

static int
rename_in(void)
{
	return result(renameat(root, OUTSIDE "/file", root, "new"));
}

static int
link_in(void)
{
	return result(linkat(root, OUTSIDE "/file", root, "new", 0));
}

static int
remove_old(void)
{
	return result(unlinkat(root, "old", 0));
}

static int
remove_outside(void)
{
	return result(unlinkat(root, OUTSIDE "/file", 0));
}

static int
remove_dir(void)
{
	return result(unlinkat(root, "empty", AT_REMOVEDIR));
}

static int
make_link(void)
{
	return result(symlinkat("old", root, "new"));
}

static int
make_fifo(void)
{
	return result(mkfifoat(root, "new", 0600));
}

static int
make_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX,
		.sun_path = INSIDE "/new" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	NEED(fd != -1);
	return result(bind(fd, (const void *)&at, sizeof(at)));
}

static int
cut_old(void)
{
	return result(truncate(INSIDE "/old", 0));
}

static int
cut_outside(void)
{
	return result(truncate(FROM_TOP "/file", 0));
}

static int
execute(void)
{
	return result(execl(INSIDE "/run", "run", (char *)NULL));
}

/* Only root has a device in the tree, and not where that is nodev. */
static int
control_device(void)
{
	int fd = openat(root, "null", O_WRONLY);

	if (fd == -1 && (fd = openat(root, "null", O_RDONLY)) == -1)
		return errno;
	if (ioctl(fd, TCGETS, NULL) == -1 && errno == ENOTTY)
		return 0;
	return errno;
}

static int
connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int e;

	NEED(fd != -1);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	e = result(connect(fd, (const void *)&to, sizeof(to)));
	return e == EACCES ? EACCES : 0; /* else nobody listens */
}

static int
bind_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	NEED(fd != -1);
	return result(bind(fd, (const void *)&at, sizeof(at)));
}

static int
signal_parent(void)
{
	return result(kill(getppid(), 0));
}

/*
 * A letter where the role may, by the columns of the test; '-' where it gets
 * error.  Below abi the kernel can't refuse it.
 */
/* clang-format off */
static const struct landlock_action {
	const char *name;
	int (*act)(void);
	const char *may;
	int error;
	int abi;
} landlock_actions[] = {
	{ "read inside",      read_inside,     "S-----WL-", EACCES, 1 },
	{ "read outside",     read_outside,    "---------", EACCES, 1 },
	{ "read the system",  read_system,     "---------", EACCES, 1 },
	{ "list inside",      list_inside,     "SNDRBIWLT", EACCES, 1 },
	{ "list outside",     list_outside,    "---------", EACCES, 1 },
	{ "write old file",   write_old,       "-NDRBIW-T", EACCES, 1 },
	{ "write outside",    write_outside,   "---------", EACCES, 1 },
	{ "write a device",   write_device,    "---------", EACCES, 1 },
	{ "publish unnamed",  make_unnamed,    "-NDRBIW-T", EACCES, 1 },
	{ "unnamed outside",  unnamed_outside, "---------", EACCES, 1 },
	{ "create",           make_new,        "-NDRBIW-T", EACCES, 1 },
	{ "create to read",   make_readable,   "------W--", EACCES, 1 },
	{ "create outside",   new_outside,     "---------", EACCES, 1 },
	{ "mkdir",            make_dir,        "--D-BIW-T", EACCES, 1 },
	{ "mkdir outside",    dir_outside,     "---------", EACCES, 1 },
	{ "replace",          replace_old,     "---RBIW--", EACCES, 1 },
	{ "rename across",    rename_across,   "------W--", EXDEV,  1 },
	{ "rename out",       rename_out,      "---------", EXDEV,  1 },
	{ "rename in",        rename_in,       "---------", EXDEV,  1 },
	{ "link in",          link_in,         "---------", EXDEV,  1 },
	{ "unlink",           remove_old,      "---RBIW--", EACCES, 1 },
	{ "unlink outside",   remove_outside,  "---------", EACCES, 1 },
	{ "rmdir",            remove_dir,      "------W--", EACCES, 1 },
	{ "symlink",          make_link,       "------W--", EACCES, 1 },
	{ "mkfifo",           make_fifo,       "------W--", EACCES, 1 },
	{ "bind a name",      make_socket,     "------W--", EACCES, 1 },
	{ "truncate",         cut_old,         "-----IW-T", EACCES, 3 },
	{ "truncate outside", cut_outside,     "---------", EACCES, 3 },
	{ "execute",          execute,         "---------", EACCES, 1 },
	{ "ioctl",            control_device,  "---------", EACCES, 5 },
	{ "connect",          connect_tcp,     "---------", EACCES, 4 },
	{ "bind",             bind_tcp,        "---------", EACCES, 4 },
	{ "signal",           signal_parent,   "---------", EPERM,  6 },
};
/* clang-format on */

#endif
