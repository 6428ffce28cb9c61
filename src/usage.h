#ifndef SCP_USAGE_H
#define SCP_USAGE_H

#include <stdbool.h>

#include "request/request.h"

/*
 * Prints the answer to --version or --help on standard output.  Returns false
 * for any other request.
 */
bool usage_answers(enum request_verb verb);

/* Prints the options of both programs, for --help, on standard output. */
void usage_options(void);

/*
 * Prints on standard error how a command of before is called now, which was
 * --check or --explain.  Returns false when the arguments are none of these.
 */
bool usage_moved(int argc, char *const *argv);

#endif
