/*
 * The programs that sshd and the login shell start for an account.  A name is
 * not enough: what lies under it has to be this program, and nobody's but
 * root's.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"
#include "tree/tree.h"

/* What sshd sets as PATH without SetEnv. */
#define PATH_OF_SSHD "/usr/local/bin:/usr/bin:/bin:/usr/games"

/* The most octets of a program that are read; ours has much fewer. */
#define PROGRAM_MAX (64 << 20)

/* A sentence that every build of the server has, and no other program. */
static const char mark[] = "this is the server half of scp";

/* Whether a program has our mark. */
static bool
has_mark(int fd)
{
	static char buf[65536 + sizeof(mark)];
	size_t kept = 0, total = 0;
	ssize_t n;

	while (total < PROGRAM_MAX &&
	    (n = read(fd, buf + kept, sizeof(buf) - kept)) > 0) {
		kept += (size_t)n;
		total += (size_t)n;
		if (memmem(buf, kept, mark, sizeof(mark) - 1) != NULL)
			return true;
		if (kept >= sizeof(mark)) {
			/* it may lie across two reads */
			memmove(buf, buf + kept - sizeof(mark), sizeof(mark));
			kept = sizeof(mark);
		}
	}
	return false;
}

static enum check_program
judge_program(const char *path)
{
	enum check_program kind = PROGRAM_OTHER;
	struct info info;
	int fd;

	if (check_open(path, F_READ, &fd) != 0)
		return PROGRAM_MISSING;
	if (tree_fstat(fd, &info) != 0 || (info.mode & 0111) == 0)
		kind = PROGRAM_MISSING;
	else if (has_mark(fd))
		kind = (info.mode & 022) == 0 &&
			(info.uid == 0 || info.uid == geteuid()) ?
		    PROGRAM_OURS :
		    PROGRAM_LOOSE;
	(void)close(fd); /* was only read */
	return kind;
}

/* The PATH of the account, as far as sshd sets it. */
static const char *
path_of(const struct check *c, size_t *len)
{
	const char *set = c->sshd.value[SET_ENV];
	const char *at = strstr(set, "PATH=");

	while (at != NULL && at != set && at[-1] != ' ')
		at = strstr(at + 1, "PATH="); /* LD_LIBRARY_PATH= */
	if (at == NULL) {
		*len = strlen(PATH_OF_SSHD);
		return PATH_OF_SSHD;
	}
	at += strlen("PATH=");
	*len = strcspn(at, " ");
	return at;
}

enum check_program
check_program(const struct check *c, const char *word, char found[PATH_MAX])
{
	enum check_program kind = PROGRAM_MISSING;
	const char *path, *end;
	size_t n, len;

	if (strchr(word, '/') != NULL) {
		/* a path that is too long leads nowhere */
		(void)strlcpy(found, word, PATH_MAX);
		return *word == '/' ? judge_program(found) : PROGRAM_OTHER;
	}
	path = path_of(c, &len);
	for (end = path + len; path < end && kind == PROGRAM_MISSING;
	     path += n + 1) {
		n = strcspn(path, ": ");
		if (snprintf(found, PATH_MAX, "%.*s/%s", (int)n, path, word) <
		    PATH_MAX)
			kind = judge_program(found);
	}
	if (kind == PROGRAM_MISSING)
		found[0] = '\0';
	return kind;
}
