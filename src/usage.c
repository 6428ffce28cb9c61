#include "usage.h"

#include <stdio.h>

#include "policy/config.h"
#include "policy/load.h"
#include "policy/policy.h"

#define VERSION "0.1"

static void
print_usage(void)
{
	const char *name;
	char value[2 * POLICY_LIST_MAX];
	struct policy empty;

	policy_init(&empty);
	(void)printf("usage: scp -t [-rpd] target            "
		     "(as the remote scp: started by sshd)\n"
		     "       scp -f [-rp] source ...\n"
		     "       scp-server [options] [root]         "
		     "(forced command: SSH_ORIGINAL_COMMAND)\n"
		     "       scp-server [options] -t [-rpd] target\n"
		     "       scp-server [options] -f [-rp] source ...\n"
		     "       scp-server -c command               "
		     "(login shell)\n"
		     "       scp-server --check [--user account] [options] "
		     "[root]\n"
		     "       scp-server --explain command [--user account] "
		     "[options] [root]\n"
		     "       scp-server --version | --help\n"
		     "options:\n"
		     "  --config file      instead of %s\n"
		     "  --read-only        -o Access=read-only\n"
		     "  --write-only       -o Access=write-only\n"
		     "  --no-overwrite     -o Overwrite=deny\n"
		     "  -o Keyword=value   one of\n",
	    effective_file);
	for (size_t i = 0; config_show(&empty, i, &name, value, sizeof(value));
	     i++)
		(void)printf("                     %s\n", name);
}

bool
usage_answers(enum request_verb verb)
{
	if (verb == REQUEST_HELP)
		print_usage();
	else if (verb == REQUEST_VERSION)
		(void)puts("scp-server " VERSION);
	return verb == REQUEST_HELP || verb == REQUEST_VERSION;
}
