/*
 * Stands in for scp-server and runs it under valgrind.  The name it is called
 * by goes on to the program: PROGRAMS holds it as scp and as scp-server.  As
 * launch-check it stands in for scp-server-check.
 *
 * Valgrind keeps the limit of descriptors for itself, so the one that the
 * program will ask for is set before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES 300 /* what a session leaves itself */
#define WORDS 512

/* scp-server-check knows the program that it checks by this sentence. */
__attribute__((used)) static const char mark[] =
    "this is the server half of scp";

int
main(int argc, char *argv[])
{
	static const struct rlimit files = { FILES, FILES };
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];
	char program[4096];
	char *words[WORDS] = { "valgrind", "--quiet", "--vgdb=no",
		"--error-exitcode=99", "--leak-check=full",
		"--track-origins=yes", "--suppressions=" HERE "/statx.supp",
		"--log-file=" LOGS "/%p", program };
	int i, n = 9;

	(void)snprintf(program, sizeof(program), "%s/%s%s", PROGRAMS,
	    strncmp(name, "launch", 6) == 0 ? "scp-server" : name,
	    strcmp(name, "launch-check") == 0 ? "-check" : "");
	for (i = 1; i < argc && n < WORDS - 1; i++)
		words[n++] = argv[i];
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		return 98;
	(void)execv("/usr/bin/valgrind", words);
	return 98;
}
