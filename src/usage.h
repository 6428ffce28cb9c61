#ifndef SCP_USAGE_H
#define SCP_USAGE_H

#include <stdbool.h>

#include "request.h"

/* Answers --version and --help on stdout; false for any other request. */
bool usage_answers(enum request_verb verb);

#endif
