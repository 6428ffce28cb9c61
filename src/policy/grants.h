#ifndef SCP_GRANTS_H
#define SCP_GRANTS_H

#include <stdbool.h>

#include "policy/policy.h"

/*
 * What a session may do to files, as bits.  The Landlock rights, the seccomp
 * program and the checks of an upload are all derived from these bits, and
 * nothing else decides it.
 */
enum grant {
	GRANT_READ = 1 << 0,		 /* reads files */
	GRANT_LIST = 1 << 1,		 /* opens directories */
	GRANT_CREATE = 1 << 2,		 /* makes files under free names */
	GRANT_MAKE_DIRECTORIES = 1 << 3, /* mkdir(2) */
	GRANT_SET_ID = 1 << 4,		 /* gives files set-id bits */
	GRANT_REPLACE = 1 << 5, /* renames over names, gives files away */
	GRANT_REMOVE = 1 << 6,	/* removes its own temporaries */
	GRANT_NAME_TEMPORARIES = 1 << 7, /* makes temporaries with a name */
	GRANT_EXCHANGE = 1 << 8,	 /* exchanges two names */
	GRANT_WRITE_OLD = 1 << 9,	 /* writes files that exist */
	GRANT_EVERYWHERE = 1 << 10,	 /* no Root: on any file system */
	GRANT_OFFSETS = 1 << 11, /* SFTP: reads and writes at any offset */
	GRANT_CUT = 1 << 12,	 /* gives a file that it writes its length */
	GRANT_MODIFY = 1 << 13,	 /* removes and renames what is there */
	GRANT_SETGID = 1 << 14,	 /* gives directories the set-group-ID bit */
	GRANT_LINKS = 1 << 15,	 /* makes symbolic and hard links */
};

/* How files get their names in the directory of the target. */
enum publish {
	PUBLISH_UNKNOWN, /* the target is not known yet */
	PUBLISH_UNNAMED, /* a file has no name until it is complete */
	PUBLISH_NAMED,	 /* a file has a temporary name until then */
};

/* Returns what a download may do. */
unsigned int grants_of_source(void);

/*
 * Returns what an upload may do under a policy that policy_complete() has
 * completed.  recursive means that the request has -r; MakeParents makes
 * directories without it.  With PUBLISH_UNKNOWN it is everything that the
 * upload could turn out to need.  group_dirs means that the target or the Root
 * has the set-group-ID bit, which the directories below get.
 */
unsigned int grants_of_sink(const struct policy *p, bool recursive,
    enum publish publish, bool group_dirs);

/*
 * Returns what an SFTP session may do, which may read and write.  With publish
 * and group_dirs as grants_of_sink().
 */
unsigned int
grants_of_sftp(const struct policy *p, enum publish publish, bool group_dirs);

#endif
