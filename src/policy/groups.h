#ifndef SCP_GROUPS_H
#define SCP_GROUPS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes what account.h says about groups answer for these, and not for those of
 * the process.
 */
void groups_ask_for(const gid_t *gids, size_t count);

#endif
