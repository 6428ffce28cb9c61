#include "session/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/text.h"

/* authpriv.info, as RFC 3164 counts: 10 * 8 + 6 */
#define PRIORITY "<86>"

/* The most octets of an escaped text, so that two fit in a record. */
#define TEXT_MAX   1536
#define QUOTED_MAX ((size_t)3072)

/* Kept free for the end of a record. */
#define TAIL_ROOM 8

/* A number of 64 bits with its sign. */
#define NUMBER_SIZE 24

/*
 * Connects to the log socket with this type, as syslog(3) does.  A send waits
 * for at most a second at a time.  Returns a descriptor or -1.
 */
static int
connect_log(int type)
{
	static const struct timeval second = { 1, 0 };
	const struct sockaddr_un log = { AF_UNIX, "/dev/log" };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (connect(fd, (const struct sockaddr *)&log, sizeof(log)) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second)) !=
		0) {
		(void)close(fd); /* nothing was sent */
		return -1;
	}
	return fd;
}

static void
open_socket(struct audit *a)
{
	a->is_socket = true;
	a->fd = connect_log(SOCK_DGRAM);
	if (a->fd != -1 || errno != EPROTOTYPE)
		return;
	a->is_stream = true;
	a->fd = connect_log(SOCK_STREAM);
}

/*
 * Whether the file may end within a record, which a full disk cut off.  The
 * next record then begins on a new line; so it does if we can't read the file.
 */
static bool
ends_torn(const char *path, off_t size)
{
	char last = '\0';
	int fd;

	if (size == 0)
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return true;
	if (pread(fd, &last, 1, size - 1) != 1)
		last = '\0'; /* unknown */
	(void)close(fd);     /* was only read */
	return last != '\n';
}

/* A regular file that only grows. */
static int
open_file(struct audit *a, const char *path)
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
		errno = 0;
		return -1;
	}
	a->dev = st.st_dev;
	a->ino = st.st_ino;
	a->torn = ends_torn(path, st.st_size);
	return fd;
}

int
audit_open(struct audit *a, const struct policy *policy)
{
	memset(a, 0, offsetof(struct audit, line)); /* line needs none */
	a->fd = -1;
	a->pid = getpid();
	if (policy == NULL) {
		a->format = AUDIT_JSON;
		open_socket(a);
		return 0;
	}
	a->format = policy->audit_format;
	a->required = policy->audit == AUDIT_REQUIRE;
	if (policy->audit_log.off)
		return 0;
	if (policy->audit_log.path[0] == '\0')
		open_socket(a);
	else {
		a->fd = open_file(a, policy->audit_log.path);
		if (a->fd == -1)
			return ERR_CONFIG;
	}
	return a->fd == -1 && a->required ? ERR_AUDIT : 0;
}

/*
 * Appends all pieces up to NULL, or none of them when there is no room, so that
 * every record is well formed.  printf(3) would be slow: there is a record for
 * every file, and files may be small.
 */
static void
put(struct audit *a, const char *const pieces[])
{
	size_t room = AUDIT_RECORD_MAX - TAIL_ROOM - a->used, len = 0, n;
	char *out = a->line + a->used;

	for (size_t i = 0; pieces[i] != NULL; i++) {
		n = strlen(pieces[i]);
		if (n >= room - len) {
			a->line[a->used] = '\0';
			return;
		}
		memcpy(out + len, pieces[i], n);
		len += n;
	}
	out[len] = '\0';
	a->used += len;
}

/* Written from its end; returns where it begins. */
static const char *
number_text(char out[NUMBER_SIZE], int64_t n)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	char *s = &out[NUMBER_SIZE - 1];

	*s = '\0';
	do
		*--s = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (n < 0)
		*--s = '-';
	return s;
}

/* Key and separator; the first field of a record has none before it. */
static const char *
separator(const struct audit *a)
{
	if (a->format == AUDIT_TEXT)
		return a->line[a->used - 1] == ' ' ? "" : " ";
	return a->line[a->used - 1] == '{' ? "" : ",";
}

/* mark: what stands around the value. */
static void
put_field(struct audit *a, const char *key, const char *mark, const char *value)
{
	bool json = a->format == AUDIT_JSON;

	put(a,
	    (const char *const[]){ separator(a), json ? "\"" : "", key,
		json ? "\":" : "=", mark, value, mark, NULL });
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

/* The digest of a text that is cut, since another one may be cut to it, too. */
static void
put_digest(struct audit *a, const char *key, const char *s, size_t len)
{
	bool json = a->format == AUDIT_JSON;
	char digest[DIGEST_TEXT_SIZE];
	struct digest_sum sum;

	digest_begin(&sum, DIGEST_SHA256);
	digest_add(&sum, s, len);
	digest_end(&sum, digest);
	put(a,
	    (const char *const[]){ json ? ",\"" : " ", key,
		json ? "_sha256\":\"" : "_sha256=", digest, json ? "\"" : "",
		NULL });
}

void
audit_text(struct audit *a, const char *key, const char *s, size_t len)
{
	char escaped[TEXT_MAX], quoted[4 * TEXT_MAX];
	bool whole = text_escape(escaped, sizeof(escaped), s, len) == len;

	if (!whole)
		text_escape_cut(escaped, sizeof(escaped), s, len);
	quote(quoted, escaped, a->format);
	if (strlen(quoted) > QUOTED_MAX) { /* little but quotes */
		text_escape_cut(escaped, sizeof(escaped) / 2, s, len);
		quote(quoted, escaped, a->format);
		whole = false;
	}
	put_field(a, key, "\"", quoted);
	if (!whole)
		put_digest(a, key, s, len);
}

void
audit_word(struct audit *a, const char *key, const char *word)
{
	put_field(a, key, a->format == AUDIT_JSON ? "\"" : "", word);
}

void
audit_number(struct audit *a, const char *key, int64_t n)
{
	char digits[NUMBER_SIZE];

	put_field(a, key, "", number_text(digits, n));
}

void
audit_mode(struct audit *a, const char *key, mode_t mode)
{
	char octal[5] = "";

	for (size_t i = 0; i < 4; i++)
		octal[i] = (char)('0' + (mode >> (3 * (3 - i)) & 7));
	audit_word(a, key, octal);
}

/* "2026-11-22T10:00:00", anew in each second; 19 octets until 9999. */
static const char *
stamp(struct audit *a, int64_t s)
{
	int year, month, day;

	if (s != a->second || a->stamp[0] == '\0') {
		date_of_days(s / 86400, &year, &month, &day);
		(void)snprintf(a->stamp, sizeof(a->stamp),
		    "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
		    (int)(s / 3600 % 24), (int)(s / 60 % 60), (int)(s % 60));
		a->second = s;
	}
	return a->stamp;
}

static void
put_time(struct audit *a)
{
	bool json = a->format == AUDIT_JSON;
	struct timespec t = { 0, 0 };
	char digits[NUMBER_SIZE];
	const char *ms;

	(void)clock_gettime(CLOCK_REALTIME, &t); /* can't fail */
	ms = number_text(digits, 1000 + t.tv_nsec / 1000000) + 1;
	put(a,
	    (const char *const[]){ json ? "\"time\":\"" : "time=",
		stamp(a, t.tv_sec > 0 ? t.tv_sec : 0), ".", ms,
		json ? "Z\"" : "Z", NULL });
}

void
audit_begin(struct audit *a, const char *event)
{
	char pid[NUMBER_SIZE];

	a->used = 0;
	if (a->is_socket)
		put(a,
		    (const char *const[]){ PRIORITY "scp-server[",
			number_text(pid, a->pid), "]: ", NULL });
	if (a->format == AUDIT_JSON)
		put(a, (const char *const[]){ "{", NULL });
	else if (!a->is_socket)
		put(a, (const char *const[]){ "scp-server: ", NULL });
	put_time(a);
	audit_number(a, "pid", a->pid);
	audit_word(a, "event", event);
	if (a->lost > a->lost_reported && strcmp(event, "end") != 0)
		audit_number(a, "lost", (int64_t)a->lost);
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

/* Milliseconds since a time of CLOCK_MONOTONIC, which is set to now. */
static int64_t
elapsed(struct timespec *last)
{
	struct timespec t = { 0, 0 };
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	ms = (t.tv_sec - last->tv_sec) * INT64_C(1000) +
	    (t.tv_nsec - last->tv_nsec) / 1000000;
	*last = t;
	return ms;
}

/*
 * Sends to the log socket, which other sessions may have filled.  Waits for it
 * up to the limits of audit.h.  Returns the number of octets that were sent.
 */
static size_t
send_all(struct audit *a, const char *p, size_t len)
{
	struct timespec last = { 0, 0 };
	int64_t waited = 0, ms;
	size_t sent = 0;
	ssize_t n;

	(void)clock_gettime(CLOCK_MONOTONIC, &last); /* can't fail */
	while (sent < len) {
		n = sendto(a->fd, p + sent, len - sent, MSG_NOSIGNAL, NULL, 0);
		if (n > 0) {
			sent += (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			break;
		ms = elapsed(&last);
		waited += ms;
		a->waited += ms;
		if (waited >= AUDIT_WAIT_RECORD || a->waited >= AUDIT_WAIT_ALL)
			break;
	}
	return sent;
}

/* A stream has a NUL after each record, as of syslog(3). */
static bool
send_record(struct audit *a)
{
	size_t len = a->used, sent;

	if (!a->is_stream)
		return send_all(a, a->line, len) == len;
	if (a->torn && send_all(a, "", 1) != 1)
		return false;
	a->line[len++] = '\0';
	sent = send_all(a, a->line, len);
	a->torn = sent > 0 && sent < len;
	return sent == len;
}

int
audit_end(struct audit *a)
{
	bool written = false;

	if (a->fd != -1) {
		if (a->format == AUDIT_JSON)
			a->line[a->used++] = '}';
		if (a->is_socket)
			written = send_record(a);
		else {
			a->line[a->used++] = '\n';
			written = write_record(a) == (ssize_t)a->used;
		}
	}
	if (written)
		a->lost_reported = a->lost;
	else
		a->lost++;
	return written || !a->required ? 0 : ERR_AUDIT;
}
