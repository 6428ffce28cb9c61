#ifndef SCP_USAGE_H
#define SCP_USAGE_H

#include <stdbool.h>

#include "request/request.h"

/*
 * Prints the answer to --version or --help on standard output.  Returns false
 * for any other request.
 */
bool usage_answers(enum request_verb verb);

#endif
