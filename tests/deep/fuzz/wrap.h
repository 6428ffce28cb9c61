#ifndef SCP_FUZZ_WRAP_H
#define SCP_FUZZ_WRAP_H

#include <sys/types.h>
#include <sys/uio.h>

/*
 * The linker leads these calls of every target through here, so that a peer
 * needs no descriptor and a disk can be full.  A target sets what it is
 * interested in; the kernel does the rest.
 */
struct wrap {
	ssize_t (*read)(int fd, void *buf, size_t cap);
	ssize_t (*write)(int fd, const void *buf, size_t n);
	ssize_t (*writev)(int fd, const struct iovec *part, int count);
	ssize_t (*sendfile)(int out, int in, off_t *from, size_t n);
	int (*fallocate)(int fd, int mode, off_t from, off_t n);
	ssize_t (*pread)(int fd, void *buf, size_t cap, off_t at);
	ssize_t (*pwrite)(int fd, const void *buf, size_t n, off_t at);
};

extern struct wrap wrap;

/* The kernel's own. */
ssize_t __real_read(int fd, void *buf, size_t cap);
ssize_t __real_write(int fd, const void *buf, size_t n);
ssize_t __real_writev(int fd, const struct iovec *part, int count);
ssize_t __real_sendfile(int out, int in, off_t *from, size_t n);
int __real_fallocate(int fd, int mode, off_t from, off_t n);
ssize_t __real_pread(int fd, void *buf, size_t cap, off_t at);
ssize_t __real_pwrite(int fd, const void *buf, size_t n, off_t at);

#endif
