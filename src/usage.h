#ifndef SCP_USAGE_H
#define SCP_USAGE_H

/* --help, to stdout. */
void usage_print(void);

#endif
