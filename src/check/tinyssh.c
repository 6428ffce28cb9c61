/*
 * TinySSH passes every variable of a client to the login shell, LD_PRELOAD
 * among them: a dynamic program then runs what the client has uploaded.  It has
 * no forced commands either.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "check/check.h"

/* Octets of a program that are read: its headers are at the beginning. */
#define HEAD_MAX 4096

static const char *const programs[] = {
	"/usr/sbin/tinysshd",
	"/usr/local/sbin/tinysshd",
	"/usr/bin/tinysshd",
	"/usr/local/bin/tinysshd",
};

/* Looks whether this is a file.  Returns 0, ERR_KIND or an errno. */
static int
look(const char *path)
{
	struct info info = { .kind = KIND_OTHER };
	int e, fd = open(path, O_PATH | O_CLOEXEC);

	if (fd == -1)
		return errno;
	e = tree_fstat(fd, &info);
	(void)close(fd); /* was only looked at */
	return e == 0 && info.kind != KIND_FILE ? ERR_KIND : e;
}

/* Whether these are headers of a program of this machine without a loader. */
static bool
has_no_loader(const char *head, size_t len)
{
	ElfW(Ehdr) program;
	ElfW(Phdr) part;
	size_t at;

	if (len < sizeof(program))
		return false;
	memcpy(&program, head, sizeof(program));
	if (memcmp(program.e_ident, ELFMAG, SELFMAG) != 0 ||
	    program.e_ident[EI_CLASS] !=
		(sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    program.e_phentsize != sizeof(part) || program.e_phnum == 0)
		return false;
	for (size_t i = 0; i < program.e_phnum; i++) {
		at = (size_t)program.e_phoff + i * sizeof(part);
		if (at > len || len - at < sizeof(part))
			return false;
		memcpy(&part, head + at, sizeof(part));
		if (part.p_type == PT_INTERP)
			return false;
	}
	return true;
}

static bool
is_static(const char *path)
{
	char head[HEAD_MAX];
	ssize_t n;
	int fd;

	if (check_open(path, O_RDONLY, &fd) != 0)
		return false;
	n = read(fd, head, sizeof(head));
	(void)close(fd); /* was only read */
	return n > 0 && has_no_loader(head, (size_t)n);
}

/* The only file of keys that TinySSH knows. */
static bool
lets_in(const struct check *c)
{
	char path[PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s/.ssh/authorized_keys",
	    c->login.homeless ? "" : c->login.home);
	if (n >= (int)sizeof(path))
		return true;
	n = look(path);
	return n != ENOENT && n != ENOTDIR;
}

void
check_tinyssh(struct check *c)
{
	const char *shell = c->login.shell;
	size_t i = 0;

	while (look(programs[i]) != 0)
		if (++i == sizeof(programs) / sizeof(programs[0]))
			return;
	check_heading("TinySSH");
	check_row("program", programs[i]);
	if (!lets_in(c))
		check_note("it lets nobody in as %s: there is no "
			   "~/.ssh/authorized_keys",
		    c->login.name);
	else if (!check_is_ours(shell)) {
		if (policy_is_confined(&c->policy) ||
		    c->policy.access != ACCESS_READ_WRITE)
			check_found(c, FIX_SHELL, NULL,
			    "login shell %s: TinySSH has no forced commands, "
			    "so through it this policy binds nobody",
			    shell);
	} else if (is_static(shell))
		check_row("login shell", "static: it loads nothing");
	else
		check_found(c, FIX_HOST,
		    "the static build (make STATIC=1) as the login shell",
		    "login shell %s is no static build: TinySSH passes "
		    "LD_PRELOAD of a client on, so what it uploaded runs",
		    shell);
}
