#ifndef SCP_TEST_LANDLOCK_ACTIONS_H
#define SCP_TEST_LANDLOCK_ACTIONS_H

/* What a process that was taken over could try where only Landlock is. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "child.h"

/* The tree of a test: root/{old,dir/full,run}, and a file and dir outside. */
static char top[64];
static int root = -1;

static void
make_file(int dir, const char *name, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT, mode);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq((int)write(fd, "x", 1), 1);
	close(fd);
}

static void
make_tree(void)
{
	make_scratch(top, "/tmp");
	ck_assert_int_eq(chdir(top), 0);
	ck_assert_int_eq(mkdir("root", 0777), 0);
	ck_assert_int_eq(mkdir("root/dir", 0777), 0);
	ck_assert_int_eq(mkdir("root/empty", 0777), 0);
	ck_assert_int_eq(mkdir("rooted", 0777), 0); /* no string prefix */
	make_file(AT_FDCWD, "rooted/file", 0666);
	make_file(AT_FDCWD, "root/old", 0666);
	make_file(AT_FDCWD, "root/dir/full", 0666);
	make_file(AT_FDCWD, "root/run", 0777);
	(void)mknod("root/null", S_IFCHR | 0666, makedev(1, 3)); /* root's */
	ck_assert_int_ne(root = open("root", O_PATH | O_DIRECTORY), -1);
}

static void
remove_tree(void)
{
	close(root);
	ck_assert_int_eq(chdir("/"), 0);
	remove_scratch(top);
}

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
	return result(openat(root, "../rooted/file", O_RDONLY));
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
	return result(openat(root, "../rooted/file", O_WRONLY));
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
	return result(openat(root, "../rooted", O_TMPFILE | O_WRONLY, 0600));
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
	    openat(root, "../rooted/new", O_WRONLY | O_CREAT | O_EXCL, 0600));
}

static int
make_dir(void)
{
	return result(mkdirat(root, "new", 0700));
}

static int
dir_outside(void)
{
	return result(mkdirat(root, "../rooted/new", 0700));
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
	return result(renameat(root, "old", root, "../rooted/old"));
}

static int
rename_in(void)
{
	return result(renameat(root, "../rooted/file", root, "new"));
}

static int
link_in(void)
{
	return result(linkat(root, "../rooted/file", root, "new", 0));
}

static int
remove_old(void)
{
	return result(unlinkat(root, "old", 0));
}

static int
remove_outside(void)
{
	return result(unlinkat(root, "../rooted/file", 0));
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
		.sun_path = "root/new" };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	NEED(fd != -1);
	return result(bind(fd, (const void *)&at, sizeof(at)));
}

static int
cut_old(void)
{
	return result(truncate("root/old", 0));
}

static int
cut_outside(void)
{
	return result(truncate("rooted/file", 0));
}

static int
execute(void)
{
	return result(execl("root/run", "run", (char *)NULL));
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

static bool
has_device(void)
{
	return control_device() == 0;
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

#endif
