#include "policy/load.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

/*
 * Alone in this file, so that the tests can link a program that looks
 * elsewhere: what the host's own file says must not decide a test.
 */
const char effective_file[] = SYSCONFDIR "/scp-server.conf";
