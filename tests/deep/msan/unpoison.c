/*
 * What MemorySanitizer can't see: memory that libraries without its
 * instrumentation, and system calls made by number, have written.  Each
 * function here calls the real one (ld --wrap) and then says which octets are
 * written now; before, it looks at what is handed over wherever that is ours.
 */
#include <sanitizer/msan_interface.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>

#include <sha2.h>

size_t __real_strlcpy(char *, const char *, size_t);
size_t __wrap_strlcpy(char *, const char *, size_t);
size_t __real_strlcat(char *, const char *, size_t);
size_t __wrap_strlcat(char *, const char *, size_t);
long long __real_strtonum(const char *, long long, long long, const char **);
long long __wrap_strtonum(const char *, long long, long long, const char **);
void __real_SHA256Init(SHA2_CTX *);
void __wrap_SHA256Init(SHA2_CTX *);
void __real_SHA256Update(SHA2_CTX *, const uint8_t *, size_t);
void __wrap_SHA256Update(SHA2_CTX *, const uint8_t *, size_t);
void __real_SHA256Final(uint8_t[SHA256_DIGEST_LENGTH], SHA2_CTX *);
void __wrap_SHA256Final(uint8_t[SHA256_DIGEST_LENGTH], SHA2_CTX *);
size_t __real_fwrite(const void *, size_t, size_t, FILE *);
size_t __wrap_fwrite(const void *, size_t, size_t, FILE *);
int __real_fstat64(int, struct stat64 *);
int __wrap_fstat64(int, struct stat64 *);
int __real_fstatat64(int, const char *, struct stat64 *, int);
int __wrap_fstatat64(int, const char *, struct stat64 *, int);
int __real_stat64(const char *, struct stat64 *);
int __wrap_stat64(const char *, struct stat64 *);
int __real_lstat64(const char *, struct stat64 *);
int __wrap_lstat64(const char *, struct stat64 *);
long __real_syscall(long, long, long, long, long, long, long);
long __wrap_syscall(long, long, long, long, long, long, long);

static void
look_at_text(const char *s)
{
	__msan_check_mem_is_initialized(s, strlen(s) + 1);
}

size_t
__wrap_strlcpy(char *to, const char *from, size_t size)
{
	size_t n;

	look_at_text(from);
	n = __real_strlcpy(to, from, size);
	if (size > 0)
		__msan_unpoison(to, n < size ? n + 1 : size);
	return n;
}

size_t
__wrap_strlcat(char *to, const char *from, size_t size)
{
	size_t n;

	look_at_text(to);
	look_at_text(from);
	n = __real_strlcat(to, from, size);
	if (size > 0)
		__msan_unpoison(to, n < size ? n + 1 : size);
	return n;
}

long long
__wrap_strtonum(
    const char *text, long long least, long long most, const char **why)
{
	long long n;

	look_at_text(text);
	n = __real_strtonum(text, least, most, why);
	__msan_unpoison(why, sizeof(*why));
	return n;
}

void
__wrap_SHA256Init(SHA2_CTX *sum)
{
	__real_SHA256Init(sum);
	__msan_unpoison(sum, sizeof(*sum));
}

void
__wrap_SHA256Update(SHA2_CTX *sum, const uint8_t *p, size_t n)
{
	__msan_check_mem_is_initialized(p, n);
	__real_SHA256Update(sum, p, n);
}

void
__wrap_SHA256Final(uint8_t out[SHA256_DIGEST_LENGTH], SHA2_CTX *sum)
{
	__real_SHA256Final(out, sum);
	__msan_unpoison(out, SHA256_DIGEST_LENGTH);
}

/* Check packs its messages in memory that it did not write all of. */
size_t
__wrap_fwrite(const void *p, size_t size, size_t count, FILE *f)
{
	__msan_unpoison(p, size * count);
	return __real_fwrite(p, size, count, f);
}

/* The runtime knows these by their other names only. */
static int
filled(int err, struct stat64 *st)
{
	if (err == 0)
		__msan_unpoison(st, sizeof(*st));
	return err;
}

int
__wrap_fstat64(int fd, struct stat64 *st)
{
	return filled(__real_fstat64(fd, st), st);
}

int
__wrap_fstatat64(int dir, const char *path, struct stat64 *st, int flags)
{
	look_at_text(path);
	return filled(__real_fstatat64(dir, path, st, flags), st);
}

int
__wrap_stat64(const char *path, struct stat64 *st)
{
	look_at_text(path);
	return filled(__real_stat64(path, st), st);
}

int
__wrap_lstat64(const char *path, struct stat64 *st)
{
	look_at_text(path);
	return filled(__real_lstat64(path, st), st);
}

long
__wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	long n = __real_syscall(number, a, b, c, d, e, f);

	if (number == SYS_statx && n == 0)
		__msan_unpoison((void *)e, sizeof(struct statx));
	if (number == SYS_getdents64 && n > 0)
		__msan_unpoison((void *)b, (size_t)n);
	if (number == SYS_fstat && n == 0)
		__msan_unpoison((void *)b, sizeof(struct stat));
	if (number == SYS_capget && n == 0 && b != 0)
		__msan_unpoison((void *)b, 24); /* two of three words */
	return n;
}
