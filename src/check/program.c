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

bool
check_is_loose(const char *path)
{
	struct info info = { .mode = 0 };
	char place[PATH_MAX];
	int fd;

	if (check_open(path, O_PATH, &fd) != 0)
		return false;
	(void)tree_fstat(fd, &info); /* it has just been asked */
	(void)close(fd);	     /* O_PATH: close can't fail */
	return (info.mode & 022) != 0 ||
	    (info.uid != 0 && info.uid != geteuid()) ||
	    check_is_exposed(geteuid(), geteuid(), path, place);
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
		kind = check_is_loose(path) ? PROGRAM_LOOSE : PROGRAM_OURS;
	(void)close(fd); /* was only read */
	return kind;
}

bool
check_drop_in(const char *path, char server[PATH_MAX])
{
	static const char first[] =
	    "#!/bin/sh\n# The remote half of scp is scp-server.";
	static const char line[] = "\nserver=";
	char text[4096];
	const char *at;
	ssize_t n;
	size_t len;
	int fd;

	if (check_open(path, F_READ, &fd) != 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd); /* was only read */
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, line);
	if (strncmp(text, first, sizeof(first) - 1) != 0 || at == NULL)
		return false;
	at += sizeof(line) - 1;
	len = strcspn(at, " \t\n");
	if (*at != '/' || len >= PATH_MAX)
		return false;
	memcpy(server, at, len);
	server[len] = '\0';
	return true;
}

/* Whether others than root may put a program into a directory of PATH. */
static bool
is_loose(const char *dir, size_t len)
{
	char path[PATH_MAX];
	char place[PATH_MAX];
	struct tree j = TREE_NONE;
	struct info info;
	bool loose;

	if (*dir != '/') /* it is where the session begins, or in there */
		return true;
	if (snprintf(path, sizeof(path), "%.*s", (int)len, dir) >=
	    (int)sizeof(path))
		return false;
	if (tree_open(&j, path, true, false) != 0) /* who could make it? */
		return check_is_exposed(0, 0, path, place);
	loose = tree_fstat(j.root, &info) == 0 &&
	    (info.uid != 0 || (info.mode & 022) != 0);
	tree_close(&j);
	return loose;
}

enum check_program
check_program(const struct check *c, const char *word, char found[PATH_MAX])
{
	enum check_program kind = PROGRAM_MISSING;
	const char *path = c->path;
	bool loose = false;
	size_t n;

	if (strchr(word, '/') != NULL) {
		/* a path that is too long leads nowhere */
		(void)strlcpy(found, word, PATH_MAX);
		return *word == '/' ? judge_program(found) : PROGRAM_OTHER;
	}
	for (; *path != '\0' && kind == PROGRAM_MISSING;
	     path += n + (path[n] != '\0' ? 1 : 0)) {
		n = strcspn(path, ":");
		loose = loose || is_loose(path, n);
		if (*path == '/' &&
		    snprintf(found, PATH_MAX, "%.*s/%s", (int)n, path, word) <
			PATH_MAX)
			kind = judge_program(found);
	}
	if (kind == PROGRAM_MISSING)
		found[0] = '\0';
	else if (kind == PROGRAM_OURS && loose)
		kind = PROGRAM_LOOSE;
	return kind;
}
