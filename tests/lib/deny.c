/*
 * deny: run a program for which some system calls fail, as on an old kernel
 * or in a container.
 *
 *	deny ERRNO CALL[,CALL...] PROGRAM [ARGUMENT...]
 *
 * ERRNO and CALL are numbers.  The filter is there before the program is.
 */

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLS_MAX 16

static struct sock_filter filter[CALLS_MAX + 3];

/* Load the number; one comparison a call; allow; the error. */
static unsigned short
make_filter(unsigned int error, char *calls)
{
	unsigned short count = 0, i;
	char *call;

	filter[0] = (struct sock_filter)BPF_STMT(
	    BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (call = strtok(calls, ","); call != NULL;
	     call = strtok(NULL, ",")) {
		if (count == CALLS_MAX)
			errx(2, "too many calls");
		count++;
		filter[count] = (struct sock_filter)BPF_JUMP(
		    BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)atoi(call), 0, 0);
	}
	for (i = 1; i <= count; i++)
		filter[i].jt = (unsigned char)(count - i + 1);
	filter[count + 1] =
	    (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[count + 2] = (struct sock_filter)BPF_STMT(
	    BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error);
	return (unsigned short)(count + 3);
}

int
main(int argc, char **argv)
{
	struct sock_fprog program = { .filter = filter };

	if (argc < 4)
		errx(2, "usage: deny ERRNO CALL[,CALL...] PROGRAM ...");
	program.len = make_filter((unsigned int)atoi(argv[1]), argv[2]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		err(2, "seccomp");
	(void)execv(argv[3], argv + 3);
	err(127, "%s", argv[3]);
}
