/*
 * call: what a taken-over session could do.
 *
 *	call NUMBER ARG1 ARG2 ARG3 PROGRAM [ARGUMENT...]
 *
 * Runs the program and, once its filter is in force, puts another system call
 * in the place of its next read(2): the filter sees that one, as if the
 * process had made it.  Prints "signal N" if it died of it, "result N" (an
 * errno is negative), or "no filter".
 */

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef __x86_64__
#error "call changes registers by name: x86-64 only"
#endif

#define PR_SET_SECCOMP_NUMBER 22

static pid_t child;

static void
end_with(const char *what, long long number)
{
	printf("%s %lld\n", what, number);
	kill(child, SIGKILL);
	exit(0);
}

/* The registers at the next entry into or exit from a system call. */
static void
next_stop(struct user_regs_struct *regs)
{
	int status, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, 0, signal) != 0 ||
		    waitpid(child, &status, 0) != child)
			err(1, "ptrace");
		if (WIFEXITED(status))
			end_with("exit", WEXITSTATUS(status));
		if (WIFSIGNALED(status))
			end_with("signal", WTERMSIG(status));
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			break;
		signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
	}
	if (ptrace(PTRACE_GETREGS, child, 0, regs) != 0)
		err(1, "registers");
}

static bool
loads_filter(const struct user_regs_struct *entry)
{
	return (entry->orig_rax == SYS_seccomp && entry->rdi == 1) ||
	    (entry->orig_rax == SYS_prctl &&
		entry->rdi == PR_SET_SECCOMP_NUMBER);
}

int
main(int argc, char *argv[])
{
	struct user_regs_struct regs;
	bool filtered = false;
	long long result;
	int status;

	if (argc < 6)
		errx(2, "usage: call NUMBER ARG1 ARG2 ARG3 PROGRAM ...");
	if ((child = fork()) == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execv(argv[5], argv + 5);
		err(127, "%s", argv[5]);
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, 0,
	    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		next_stop(&regs); /* the entry */
		if (regs.orig_rax == SYS_read && filtered)
			break;
		filtered = filtered || loads_filter(&regs);
		next_stop(&regs); /* the exit */
	}
	regs.orig_rax = strtoull(argv[1], NULL, 0);
	regs.rdi = strtoull(argv[2], NULL, 0);
	regs.rsi = strtoull(argv[3], NULL, 0);
	regs.rdx = strtoull(argv[4], NULL, 0);
	if (ptrace(PTRACE_SETREGS, child, 0, &regs) != 0)
		err(1, "registers");
	next_stop(&regs);
	result = (long long)regs.rax;
	if (result == (long long)regs.orig_rax)
		next_stop(&regs); /* not made: the signal is to come */
	end_with("result", result);
}
