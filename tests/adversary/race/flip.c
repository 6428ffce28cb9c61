/*
 * flip: exchange two names as fast as the kernel can, until told to stop.
 *
 *	flip A B
 *
 * Prints how often, when SIGTERM comes.  Ends with whoever started it.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define EXCHANGE 2 /* RENAME_EXCHANGE */

static volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopped = 1;
}

int
main(int argc, char **argv)
{
	unsigned long flips = 0;

	if (argc != 3)
		errx(2, "usage: flip A B");
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)signal(SIGTERM, stop);
	while (!stopped) {
		/* It fails while the suite mends one of the names. */
		if (syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, argv[2],
			EXCHANGE) == 0)
			flips++;
	}
	(void)printf("%lu\n", flips);
	return 0;
}
