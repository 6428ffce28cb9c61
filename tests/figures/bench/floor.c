/*
 * The bare loop: a server that does only what can't be left out.  Nothing is
 * checked, nothing is protected and nothing is logged; files are published
 * whole all the same, since that is the work.  A guarded one is under Landlock,
 * writes a line for each file and renames what it publishes, as a program that
 * watches the directory expects: what the kernel takes for a sandbox, a log and
 * that, whatever the program does.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drive.h"
#include "floor.h"
#include "guard.h"

static int log_fd = -1;
static char buf[BLOCK + 1];

static void
put(const void *p, size_t n)
{
	if (write(1, p, n) != (ssize_t)n)
		err(1, "write");
}

/* As many octets as a record of ours. */
void
floor_log(void)
{
	static const char line[152] = { [151] = '\n' };

	if (log_fd != -1 && write(log_fd, line, sizeof(line)) < 0)
		err(1, "the log");
}

static size_t
get(void)
{
	ssize_t n = read(0, buf, BLOCK);

	if (n < 0)
		err(1, "read");
	return (size_t)n;
}

int
floor_publish(int fd, int dir, const char *name)
{
	static const char temp[] = ".scp-server.0123456789abcdef.part";

	if (log_fd == -1)
		return linkat(fd, "", dir, name, AT_EMPTY_PATH);
	if (linkat(fd, "", dir, temp, AT_EMPTY_PATH) != 0)
		return -1;
	return renameat2(dir, temp, dir, name, 0);
}

/* A body into an unnamed file, which gets its name at the end. */
static void
take_file(int dir, const char *name, long size)
{
	int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	size_t n, status = 0;

	if (fd == -1)
		err(1, "O_TMPFILE");
	put("", 1);
	while (status == 0) {
		n = get();
		if (n == 0)
			errx(1, "the peer is gone");
		if ((long)n > size) {
			status = 1;
			n = (size_t)size;
		}
		if (n > 0 && write(fd, buf, n) != (ssize_t)n)
			err(1, "write");
		size -= (long)n;
	}
	if (floor_publish(fd, dir, name) != 0) {
		/* it stands there from the last run */
		if (unlinkat(dir, name, 0) != 0 ||
		    floor_publish(fd, dir, name) != 0)
			err(1, "%s", name);
	}
	close(fd);
	floor_log();
	put("", 1);
}

static void
take(const char *place)
{
	int dir = open(place, O_DIRECTORY | O_CLOEXEC);
	char name[256];
	long size;
	size_t n;

	if (dir == -1)
		err(1, "%s", place);
	put("", 1);
	while ((n = get()) > 0) {
		buf[n] = '\0';
		if (buf[0] == 'C' &&
		    sscanf(buf, "C%*o %ld %255s", &size, name) == 2)
			take_file(dir, name, size);
		else if (buf[0] == 'D' &&
		    sscanf(buf, "D%*o %*d %255s", name) == 1) {
			(void)mkdirat(dir, name, 0755);
			dir = openat(dir, name, O_DIRECTORY | O_CLOEXEC);
			put("", 1);
		} else
			put("", 1);
	}
}

static void
send_one(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char line[300];
	off_t left;
	ssize_t n;

	if (fd == -1 || fstat(fd, &st) != 0)
		err(1, "%s", name);
	(void)snprintf(line, sizeof(line), "C0644 %ld f\n", (long)st.st_size);
	put(line, strlen(line));
	(void)get();
	if (st.st_size < BLOCK) {
		n = read(fd, buf, BLOCK);
		buf[n] = '\0';
		put(buf, (size_t)n + 1);
	} else {
		for (left = st.st_size; left > 0; left -= n)
			if ((n = sendfile(1, fd, NULL, (size_t)left)) <= 0)
				err(1, "sendfile");
		put("", 1);
	}
	(void)get();
	close(fd);
	floor_log();
}

static void
send_tree(const char *place)
{
	DIR *d = opendir(place);
	struct dirent *e;

	if (d == NULL)
		err(1, "%s", place);
	put("D0755 0 d\n", 10);
	(void)get();
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			send_one(dirfd(d), e->d_name);
	put("E\n", 2);
	(void)get();
}

void
floor_guard(const char *log)
{
	log_fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (log_fd == -1)
		err(1, "%s", log);
	guard_landlock();
}

void
floor_serve(const char *work, const char *place)
{
	if (strncmp(work, "sftp", 4) == 0)
		floor_sftp();
	else if (strcmp(work, "downs") == 0) {
		(void)get();
		send_tree(place);
	} else if (strcmp(work, "down") == 0) {
		(void)fcntl(1, F_SETPIPE_SZ, 1 << 20);
		(void)get();
		send_one(AT_FDCWD, place);
	} else
		take(place);
	_exit(0);
}
