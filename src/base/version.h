#ifndef SCP_VERSION_H
#define SCP_VERSION_H

/* Both programs say it, and the Makefile and the packages read it here. */
#define VERSION "0.1"

#endif
