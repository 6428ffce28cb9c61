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

/*
 * Prints what an administrator does next about a word of the options that is
 * none, or about a mistake in the configuration or around it, which is what
 * err and config tell of: the name that was perhaps meant, and where to read.
 */
void usage_hint(const struct request *q, int err, const struct trouble *config);

#endif
