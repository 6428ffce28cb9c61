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
 * Prints on standard error which command has replaced the former options
 * --check and --explain.  Returns false when the arguments have neither.
 */
bool usage_moved(int argc, char *const *argv);

/*
 * Helps an administrator whose option does not exist (q->mistyped), or whose
 * configuration or machine has the mistake that err and config describe: prints
 * the name that was perhaps meant, and which manual to read, on standard error.
 * Prints nothing for any other error.
 */
void usage_hint(const struct request *q, int err, const struct trouble *config);

#endif
