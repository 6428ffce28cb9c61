/*
 * Files that decide what sessions may do: only root can have written them.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/keyword.h"
#include "policy/load.h"

/* The most octets of a configuration.  It usually has a page or two. */
#define FILE_SIZE_MAX (1 << 20)

/* S2: root owns the open file and no other account can write it. */
int
config_check_owner(int fd, size_t *size, struct trouble *t)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return config_fault(t, "not a regular file", "");
	if (st.st_uid != 0)
		return config_fault(t, "not owned by root", "");
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return config_fault(t, "writable by others than root", "");
	if (st.st_size > FILE_SIZE_MAX)
		return config_fault(t, "over 1 MiB", "");
	*size = (size_t)st.st_size;
	return 0;
}

int
config_open(const char *path)
{
	return open(
	    path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

int
config_cant_open(struct trouble *t, const char *word)
{
	t->cause = errno;
	return config_fault(t, "can't be opened", word);
}

#ifdef WITHOUT_CONFIG

/* What somebody wrote for this host must not be passed over in silence. */
int
config_load(struct policy *p, const char *path,
    const struct config_subject *subject, struct trouble *t)
{
	int fd = config_open(path);

	(void)p;
	(void)subject;
	t->line = 0;
	if (fd == -1 && errno == ENOENT && path == effective_file)
		return ENOENT;
	if (fd != -1)
		(void)close(fd); /* was not even read */
	return config_fault(
	    t, "this build takes options and reads no configuration file", "");
}

#endif
