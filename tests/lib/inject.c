/*
 * inject: run a program, list its system calls, and change one of them.
 *
 *	inject -o LIST [-T] [-c CALL -k N ACTION] PROGRAM [ARGUMENT...]
 *
 * ACTION happens at the Nth system call whose number is CALL:
 *	-x SIGNAL	send the signal before the call is made
 *	-e ERRNO	the call is not made and fails with ERRNO
 *	-E ERRNO	the same, for this call and all later ones of its kind
 *	-n BYTES	a read or write that moves at most so many bytes
 *	-N BYTES	the same, for this call and all later ones of its kind
 *	-m BYTES	a read or write that moves so many bytes less than asked
 *
 * With -T no unnamed file (O_TMPFILE) can be opened, as on many file systems.
 *
 * Why not strace -e inject: it replaces the call by number -1, and a seccomp
 * filter (which looks after the tracer) kills the program for that.  Here the
 * call becomes close(-1), which a filter lets through; the registers are put
 * back afterwards.
 *
 * LIST gets a line for each call: number, first three arguments, result, and
 * a star where something was changed, and "cut" where that made a transfer
 * shorter than it would have been.  We exit as the program did.
 */

#define _GNU_SOURCE

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef __x86_64__
#error "inject changes registers by name: x86-64 only"
#endif

enum action {
	ACTION_NONE,
	ACTION_SIGNAL,
	ACTION_ERROR,
	ACTION_SHORT,
	ACTION_LESS
};

struct plan {
	const char *list;
	enum action action;
	long call;  /* number of the call to change */
	long nth;   /* which of them, from 1 */
	long value; /* signal, errno or bytes */
	int sticky; /* all later ones too */
	int named;  /* there are no unnamed files */
};

struct tracee {
	pid_t pid;
	FILE *list;
	long seen;	     /* calls of the kind to change so far */
	int changed;	     /* the call being made has been changed */
	int failed;	     /* it is to fail with so much */
	unsigned long count; /* it is to move so much, where that is less */
	struct user_regs_struct before;
};

static void
get_registers(const struct tracee *t, struct user_regs_struct *r)
{
	if (ptrace(PTRACE_GETREGS, t->pid, NULL, r) != 0)
		memset(r, 0, sizeof(*r)); /* it was killed meanwhile */
}

static void
set_registers(const struct tracee *t, const struct user_regs_struct *r)
{
	(void)ptrace(PTRACE_SETREGS, t->pid, NULL, r); /* likewise */
}

static int
is_due(struct tracee *t, const struct plan *p, long call)
{
	if (p->action == ACTION_NONE || call != p->call)
		return 0;
	t->seen++;
	return t->seen == p->nth || (p->sticky && t->seen > p->nth);
}

/* Where the count is: the third argument, of most calls. */
static unsigned long long *
count_of(struct user_regs_struct *r)
{
	if (r->orig_rax == SYS_copy_file_range)
		return &r->r8;
	return r->orig_rax == SYS_sendfile ? &r->r10 : &r->rdx;
}

static void
shorten(struct tracee *t, unsigned long most)
{
	struct user_regs_struct r = t->before;

	if (most >= *count_of(&r))
		return;
	t->count = most;
	*count_of(&r) = most;
	set_registers(t, &r);
}

static void
fail(struct tracee *t, int error)
{
	struct user_regs_struct r = t->before;

	t->failed = error;
	r.orig_rax = SYS_close;
	r.rdi = (unsigned long)-1;
	set_registers(t, &r);
}

static void
change_call(struct tracee *t, const struct plan *p)
{
	unsigned long count = *count_of(&t->before);
	unsigned long value = (unsigned long)p->value;

	switch (p->action) {
	case ACTION_NONE:
		return;
	case ACTION_SIGNAL:
		(void)kill(t->pid, (int)p->value);
		break;
	case ACTION_ERROR:
		fail(t, (int)p->value);
		break;
	case ACTION_SHORT:
		shorten(t, value);
		break;
	case ACTION_LESS: /* a count of 0 would be an end of file */
		shorten(t, count > value ? count - value : 1);
		break;
	}
	t->changed = 1;
}

static int
wants_unnamed(const struct tracee *t)
{
	return t->before.orig_rax == SYS_openat &&
	    (t->before.rdx & O_TMPFILE) == O_TMPFILE;
}

static void
call_begins(struct tracee *t, const struct plan *p)
{
	get_registers(t, &t->before);
	t->changed = t->failed = 0;
	t->count = ULONG_MAX;
	(void)fprintf(t->list, "%lld %lld %lld %lld", t->before.orig_rax,
	    t->before.rdi, t->before.rsi, t->before.rdx);
	if (is_due(t, p, (long)t->before.orig_rax))
		change_call(t, p);
	if (t->failed == 0 && p->named && wants_unnamed(t))
		fail(t, EOPNOTSUPP);
}

static void
call_ends(struct tracee *t)
{
	struct user_regs_struct r;
	int cut;

	get_registers(t, &r);
	cut = t->count != ULONG_MAX && r.rax == t->count;
	if (t->failed != 0 || t->count != ULONG_MAX) {
		unsigned long result = r.rax;

		if (t->failed != 0)
			result = (unsigned long)-t->failed;
		r.orig_rax = t->before.orig_rax;
		r.rdi = t->before.rdi;
		r.rdx = t->before.rdx;
		r.r10 = t->before.r10;
		r.rax = result;
		set_registers(t, &r);
	}
	(void)fprintf(t->list, " %lld%s%s\n", r.rax, t->changed ? " *" : "",
	    cut ? " cut" : "");
	(void)fflush(t->list);
}

static void
at_call(struct tracee *t, const struct plan *p)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return; /* it was killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(t, p);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		call_ends(t);
}

/* Ends as the program did, so that whoever started us sees no difference. */
static void
end_like(int status)
{
	static const struct rlimit no_core = { 0, 0 };

	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)signal(WTERMSIG(status), SIG_DFL);
	(void)raise(WTERMSIG(status));
	exit(125);
}

static void
follow(struct tracee *t, const struct plan *p)
{
	int status;
	int deliver = 0;

	for (;;) {
		(void)ptrace(PTRACE_SYSCALL, t->pid, NULL, (long)deliver);
		if (waitpid(t->pid, &status, 0) != t->pid)
			err(125, "waitpid");
		if (!WIFSTOPPED(status)) {
			(void)fprintf(t->list, t->changed ? " ? *\n" : "\n");
			(void)fclose(t->list);
			end_like(status);
		}
		deliver = 0;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			at_call(t, p);
		else if (WSTOPSIG(status) != SIGTRAP)
			deliver = WSTOPSIG(status);
	}
}

static pid_t
start(char **argv)
{
	pid_t pid = fork();

	if (pid == -1)
		err(125, "fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			err(125, "ptrace");
		(void)raise(SIGSTOP);
		(void)execv(argv[0], argv);
		err(125, "%s", argv[0]);
	}
	if (waitpid(pid, NULL, 0) != pid)
		err(125, "waitpid");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) != 0)
		err(125, "ptrace options");
	return pid;
}

static long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 0 || n > INT_MAX)
		errx(125, "not a number: %s", text);
	return n;
}

static void
set_action(struct plan *p, enum action action, const char *value)
{
	p->action = action;
	p->value = number(value);
}

static void
parse(struct plan *p, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+o:Tc:k:x:e:E:n:N:m:")) != -1) {
		switch (option) {
		case 'o':
			p->list = optarg;
			break;
		case 'T':
			p->named = 1;
			break;
		case 'c':
			p->call = number(optarg);
			break;
		case 'k':
			p->nth = number(optarg);
			break;
		case 'x':
			set_action(p, ACTION_SIGNAL, optarg);
			break;
		case 'E':
			p->sticky = 1;
			/* FALLTHROUGH */
		case 'e':
			set_action(p, ACTION_ERROR, optarg);
			break;
		case 'N':
			p->sticky = 1;
			/* FALLTHROUGH */
		case 'n':
			set_action(p, ACTION_SHORT, optarg);
			break;
		case 'm':
			set_action(p, ACTION_LESS, optarg);
			break;
		default:
			exit(125);
		}
	}
	if (p->list == NULL || optind >= argc)
		errx(
		    125, "usage: inject -o LIST [-c CALL -k N ACTION] PROGRAM");
}

int
main(int argc, char **argv)
{
	struct plan p = { .nth = 1 };
	struct tracee t = { 0 };

	parse(&p, argc, argv);
	if ((t.list = fopen(p.list, "we")) == NULL)
		err(125, "%s", p.list);
	t.pid = start(argv + optind);
	follow(&t, &p);
}
