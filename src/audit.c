#include "audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "err.h"
#include "text.h"

/* authpriv.info, as RFC 3164 counts: 10 * 8 + 6 */
#define PRIORITY 86

/* One escaped text at most, so that two of them doubled fit in a record. */
#define TEXT_MAX   1536
#define QUOTED_MAX ((size_t)3072)

/* Kept free for the end of a record. */
#define TAIL_ROOM 8

static int
open_socket(void)
{
	const struct sockaddr_un log = { AF_UNIX, "/dev/log" };
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&log, sizeof(log)) != 0) {
		(void)close(fd); /* nothing was sent */
		return -1;
	}
	return fd;
}

/*
 * Does the file end within a record that a full disk cut off?  It would
 * swallow the next one.  Only seen where we may read.
 */
static bool
ends_torn(const char *path)
{
	struct stat st;
	char last = '\n';
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd == -1)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) != 1)
		last = '\n'; /* nobody can tell */
	(void)close(fd);     /* was only read */
	return last != '\n';
}

/* A regular file that only grows. */
static int
open_file(const char *path)
{
	struct stat st;
	int fd;

	fd = open(path,
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY |
		O_NONBLOCK,
	    0600);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd); /* nothing was written */
		return -1;
	}
	return fd;
}

int
audit_open(struct audit *a, const struct policy *policy)
{
	memset(a, 0, offsetof(struct audit, line)); /* as in wire_init() */
	a->fd = -1;
	a->format = policy->audit_format;
	a->pid = getpid();
	if (policy->audit_off)
		return 0;
	a->datagram = policy->audit_path[0] == '\0';
	a->fd = a->datagram ? open_socket() : open_file(policy->audit_path);
	a->torn = !a->datagram && ends_torn(policy->audit_path);
	return a->fd == -1 && !a->datagram ? ERR_CONFIG : 0;
}

/*
 * Appends, or leaves the record as it was when there is no room, so that what
 * is written is well formed.
 */
__attribute__((format(printf, 2, 3))) static void
put(struct audit *a, const char *format, ...)
{
	size_t room = AUDIT_RECORD_MAX - TAIL_ROOM - a->used;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(a->line + a->used, room, format, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < room)
		a->used += (size_t)n;
	a->line[a->used] = '\0';
}

/* Key and separator; the first field of a record has none before it. */
static const char *
separator(const struct audit *a)
{
	if (a->format == AUDIT_TEXT)
		return a->line[a->used - 1] == ' ' ? "" : " ";
	return a->line[a->used - 1] == '{' ? "" : ",";
}

/*
 * An escaped text as a quoted value.  It holds only printable ASCII, so for
 * JSON the quote and the backslash are what is left to escape; in text
 * format the quote becomes one more \xNN.
 */
static void
quote(char *out, const char *s, enum audit_format format)
{
	for (; *s != '\0'; s++) {
		if (*s == '"' && format == AUDIT_TEXT) {
			memcpy(out, "\\x22", 4);
			out += 4;
			continue;
		}
		if (format == AUDIT_JSON && (*s == '"' || *s == '\\'))
			*out++ = '\\';
		*out++ = *s;
	}
	*out = '\0';
}

void
audit_text(struct audit *a, const char *key, const char *s, size_t len)
{
	char escaped[TEXT_MAX], quoted[4 * TEXT_MAX];

	text_escape_cut(escaped, sizeof(escaped), s, len);
	quote(quoted, escaped, a->format);
	if (strlen(quoted) > QUOTED_MAX) { /* little but quotes */
		text_escape_cut(escaped, sizeof(escaped) / 2, s, len);
		quote(quoted, escaped, a->format);
	}
	if (a->format == AUDIT_JSON)
		put(a, "%s\"%s\":\"%s\"", separator(a), key, quoted);
	else
		put(a, "%s%s=\"%s\"", separator(a), key, quoted);
}

void
audit_word(struct audit *a, const char *key, const char *word)
{
	if (a->format == AUDIT_JSON)
		put(a, "%s\"%s\":\"%s\"", separator(a), key, word);
	else
		put(a, "%s%s=%s", separator(a), key, word);
}

void
audit_number(struct audit *a, const char *key, int64_t n)
{
	put(a, a->format == AUDIT_JSON ? "%s\"%s\":%lld" : "%s%s=%lld",
	    separator(a), key, (long long)n);
}

void
audit_mode(struct audit *a, const char *key, mode_t mode)
{
	char octal[8];

	(void)snprintf(octal, sizeof(octal), "%04o",
	    (unsigned int)mode & 07777); /* four digits */
	audit_word(a, key, octal);
}

/*
 * The date of a day counted from 1970-01-01.  Our own, because the C
 * library's gmtime reads time zone files, which the filter forbids.
 */
static void
civil_from_days(int64_t days, int *year, int *month, int *day)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	int length, y = 1970, m = 0;
	int64_t d = days;

	for (;; y++) {
		length =
		    (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 366 : 365;
		if (d < length)
			break;
		d -= length;
	}
	for (;; m++) {
		length = lengths[m] +
		    (m == 1 && ((y % 4 == 0 && y % 100 != 0) || y % 400 == 0));
		if (d < length)
			break;
		d -= length;
	}
	*year = y;
	*month = m + 1;
	*day = (int)d + 1;
}

static void
put_time(struct audit *a)
{
	struct timespec t = { 0, 0 };
	int year, month, day;
	char text[40];
	int64_t s;

	(void)clock_gettime(CLOCK_REALTIME, &t); /* this clock always exists */
	s = t.tv_sec > 0 ? t.tv_sec : 0;
	civil_from_days(s / 86400, &year, &month, &day);
	(void)snprintf(text, sizeof(text),
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
	    (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60),
	    (int)(t.tv_nsec / 1000000)); /* 24 octets until the year 9999 */
	audit_word(a, "time", text);
}

void
audit_begin(struct audit *a, const char *event)
{
	a->used = 0;
	if (a->datagram)
		put(a, "<%d>scp-server[%ld]: ", PRIORITY, (long)a->pid);
	if (a->format == AUDIT_JSON)
		put(a, "{");
	else if (!a->datagram)
		put(a, "scp-server: ");
	put_time(a);
	audit_number(a, "pid", a->pid);
	audit_word(a, "event", event);
}

/* After a record that was cut off the next one begins on its own line. */
static ssize_t
write_record(struct audit *a)
{
	ssize_t n;

	if (a->torn && write(a->fd, "\n", 1) != 1)
		return -1;
	n = write(a->fd, a->line, a->used);
	a->torn = n > 0 && n < (ssize_t)a->used;
	return n;
}

void
audit_end(struct audit *a)
{
	ssize_t n;

	if (a->fd == -1) {
		a->lost++;
		return;
	}
	if (a->format == AUDIT_JSON)
		a->line[a->used++] = '}';
	if (a->datagram)
		n = sendto(a->fd, a->line, a->used, MSG_NOSIGNAL, NULL, 0);
	else {
		a->line[a->used++] = '\n';
		n = write_record(a);
	}
	if (n != (ssize_t)a->used)
		a->lost++;
}
