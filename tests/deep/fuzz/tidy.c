#include "tidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wrap.h"

/* One directory's entries; deeper ones are opened after it is read. */
#define LIST_MAX 65536

struct walk {
	struct prop *props;
	size_t count;
	void (*visit)(const char *path, const char *content, size_t len);
	bool remove;
	size_t len; /* of path */
	char path[4 * PATH_MAX];
};

static struct walk walk;

struct prop *
tidy_prop(struct prop *props, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(props[i].path, path) == 0)
			return &props[i];
	return NULL;
}

/* Is it still what was made? */
static bool
is_untouched(const struct prop *prop, const struct stat *st)
{
	return prop->changed.tv_sec == st->st_ctim.tv_sec &&
	    prop->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static ssize_t
read_whole(int fd, char content[TIDY_FILE_MAX])
{
	size_t used = 0;
	ssize_t n = 1;

	if (fd == -1)
		return -1;
	while (used < TIDY_FILE_MAX && n > 0) {
		n = __real_read(fd, content + used, TIDY_FILE_MAX - used);
		used += n > 0 ? (size_t)n : 0;
	}
	CLAIM(close(fd) == 0);
	return (ssize_t)used;
}

static ssize_t
read_file(int dir, const char *name, char content[TIDY_FILE_MAX])
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd == -1 && errno == EACCES && fchmodat(dir, name, 0600, 0) == 0)
		fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	return read_whole(fd, content);
}

/*
 * Links lead where they lead for who has root as "/".  A rename anywhere in the
 * system can make the kernel ask for another try.
 */
static int
open_in_root(int root, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)flags | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT };
	long fd;

	do
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	while (fd == -1 && errno == EAGAIN);
	return (int)fd;
}

ssize_t
tidy_read(int root, const char *path, char content[TIDY_FILE_MAX])
{
	return read_whole(open_in_root(root, path, O_RDONLY), content);
}

bool
tidy_same(int root, const char *one, const char *other)
{
	int a = open_in_root(root, one, O_PATH);
	int b = open_in_root(root, other, O_PATH);
	struct stat is, was;
	bool same = a != -1 && b != -1 && fstat(a, &is) == 0 &&
	    fstat(b, &was) == 0 && is.st_ino == was.st_ino;

	if (a != -1)
		CLAIM(close(a) == 0);
	if (b != -1)
		CLAIM(close(b) == 0);
	return same;
}

static void visit_dir(int dir, const char *name, const struct prop *prop);

static void
visit_file(int dir, const char *name, const struct stat *st, struct prop *prop)
{
	static char content[TIDY_FILE_MAX];
	ssize_t n;

	if (prop != NULL && is_untouched(prop, st))
		return;
	if (walk.remove) {
		if (prop != NULL)
			prop->changed.tv_sec = 0;
		CLAIM(unlinkat(dir, name, 0) == 0);
		return;
	}
	if (!S_ISREG(st->st_mode))
		return;
	n = read_file(dir, name, content);
	CLAIM(n >= 0);
	walk.visit(walk.path, content, (size_t)n);
}

static void
visit_entry(int dir, const char *name)
{
	size_t len = walk.len;
	struct prop *prop;
	struct stat st;

	CLAIM(len + strlen(name) + 2 < sizeof(walk.path));
	if (len > 0)
		walk.path[walk.len++] = '/';
	memcpy(walk.path + walk.len, name, strlen(name) + 1);
	walk.len += strlen(name);
	CLAIM(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
	prop = tidy_prop(walk.props, walk.count, walk.path);
	if (S_ISDIR(st.st_mode))
		visit_dir(dir, name, prop != NULL && prop->dir ? prop : NULL);
	else
		visit_file(dir, name, &st, prop);
	walk.len = len;
	walk.path[len] = '\0';
}

/* All entries of an open directory. */
static void
visit_all(int fd)
{
	char *list = malloc(LIST_MAX);
	size_t used = 0;
	struct dirent64 *d;
	ssize_t n;

	CLAIM(list != NULL && lseek(fd, 0, SEEK_SET) == 0);
	while (
	    (n = syscall(SYS_getdents64, fd, list + used, LIST_MAX - used)) > 0)
		used += (size_t)n;
	CLAIM(n == 0);
	for (size_t at = 0; at < used; at += d->d_reclen) {
		d = (struct dirent64 *)(void *)(list + at);
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			visit_entry(fd, d->d_name);
	}
	free(list);
}

/* Gives a directory the mode in which it can be looked into, or emptied. */
static void
open_up(int fd)
{
	mode_t need = walk.remove ? 0700 : 0500;
	struct stat st;

	CLAIM(fstat(fd, &st) == 0);
	if ((st.st_mode & need) != need)
		CLAIM(fchmod(fd, 0700) == 0);
}

/* Gives a directory that is kept the mode that it had at first. */
static void
restore(int fd, const struct prop *prop)
{
	struct stat st;

	CLAIM(fstat(fd, &st) == 0);
	if ((st.st_mode & 07777) != prop->mode)
		CLAIM(fchmod(fd, prop->mode) == 0);
}

static void
visit_dir(int dir, const char *name, const struct prop *prop)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(dir, name, flags);

	if (fd == -1 && fchmodat(dir, name, 0700, 0) == 0)
		fd = openat(dir, name, flags);
	CLAIM(fd != -1);
	open_up(fd);
	visit_all(fd);
	if (prop != NULL && walk.remove)
		restore(fd, prop); /* a client may have stored in it */
	CLAIM(close(fd) == 0);
	if (prop == NULL && walk.remove)
		CLAIM(unlinkat(dir, name, AT_REMOVEDIR) == 0);
}

static void
begin(int root, struct prop *props, size_t count, bool remove)
{
	walk.props = props;
	walk.count = count;
	walk.remove = remove;
	walk.len = 0;
	open_up(root); /* by SFTP a client may have closed it */
	visit_all(root);
}

void
tidy_walk(int root, struct prop *props, size_t count,
    void (*visit)(const char *path, const char *content, size_t len))
{
	walk.visit = visit;
	begin(root, props, count, false);
}

void
tidy_up(int root, struct prop *props, size_t count)
{
	begin(root, props, count, true);
}
