#include "wrap.h"

#include <stddef.h>

struct wrap wrap;

ssize_t __wrap_read(int fd, void *buf, size_t cap);
ssize_t __wrap_write(int fd, const void *buf, size_t n);
ssize_t __wrap_writev(int fd, const struct iovec *part, int count);
ssize_t __wrap_sendfile(int out, int in, off_t *from, size_t n);
int __wrap_fallocate(int fd, int mode, off_t from, off_t n);
ssize_t __wrap_pread(int fd, void *buf, size_t cap, off_t at);
ssize_t __wrap_pwrite(int fd, const void *buf, size_t n, off_t at);

ssize_t
__wrap_read(int fd, void *buf, size_t cap)
{
	return wrap.read != NULL ? wrap.read(fd, buf, cap) :
				   __real_read(fd, buf, cap);
}

ssize_t
__wrap_write(int fd, const void *buf, size_t n)
{
	return wrap.write != NULL ? wrap.write(fd, buf, n) :
				    __real_write(fd, buf, n);
}

ssize_t
__wrap_writev(int fd, const struct iovec *part, int count)
{
	return wrap.writev != NULL ? wrap.writev(fd, part, count) :
				     __real_writev(fd, part, count);
}

ssize_t
__wrap_sendfile(int out, int in, off_t *from, size_t n)
{
	return wrap.sendfile != NULL ? wrap.sendfile(out, in, from, n) :
				       __real_sendfile(out, in, from, n);
}

int
__wrap_fallocate(int fd, int mode, off_t from, off_t n)
{
	return wrap.fallocate != NULL ? wrap.fallocate(fd, mode, from, n) :
					__real_fallocate(fd, mode, from, n);
}

ssize_t
__wrap_pread(int fd, void *buf, size_t cap, off_t at)
{
	return wrap.pread != NULL ? wrap.pread(fd, buf, cap, at) :
				    __real_pread(fd, buf, cap, at);
}

ssize_t
__wrap_pwrite(int fd, const void *buf, size_t n, off_t at)
{
	return wrap.pwrite != NULL ? wrap.pwrite(fd, buf, n, at) :
				     __real_pwrite(fd, buf, n, at);
}
