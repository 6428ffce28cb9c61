#ifndef SCP_OPEN_FLAGS_H
#define SCP_OPEN_FLAGS_H

#include <fcntl.h>

/*
 * The flags with which this program opens files after the filter is installed.
 * The filter in seccomp_rules.h allows exactly these.
 */

/* An unnamed file in a directory: the way uploads are written. */
#define F_TMP (O_TMPFILE | O_WRONLY | O_CLOEXEC | O_NOFOLLOW)

/* A temporary file with a name, where there are no unnamed ones. */
#define F_NEW \
	(O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* The same two for a peer that may read what it writes. */
#define F_TMP_BOTH (O_TMPFILE | O_RDWR | O_CLOEXEC | O_NOFOLLOW)
#define F_NEW_BOTH \
	(O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* A directory to store in. */
#define F_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)

/* What stands under a name, without opening it. */
#define F_OLD (O_PATH | O_NOFOLLOW | O_CLOEXEC)

/* Overwrite inplace: a file that exists. */
#define F_WRITE (O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* A file or directory to send, with openat(2) or openat2(2). */
#define F_READ	      (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
#define F_READ_ENTRY  (F_READ | O_NOFOLLOW)
#define F_LOOK	      (O_PATH | O_CLOEXEC)
#define F_LOOK_PARENT (O_PATH | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY)

#endif
