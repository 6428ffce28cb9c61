#ifndef SCP_EVA_BSD_STRING_H
#define SCP_EVA_BSD_STRING_H

#include <stddef.h>

size_t strlcpy(char *dst, const char *src, size_t cap);
size_t strlcat(char *dst, const char *src, size_t cap);

#endif
