#include "session/audit.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "base/err.h"
#include "unit.h"

static struct audit a;

/* When set, the wall clock stands at this second. */
static int64_t standing = -1;

int
clock_gettime(clockid_t id, struct timespec *t)
{
	if (id != CLOCK_REALTIME || standing == -1)
		return (int)syscall(SYS_clock_gettime, id, t);
	t->tv_sec = (time_t)standing;
	t->tv_nsec = 123456789;
	return 0;
}

/* A log file, or -1 for whatever else was named. */
static int
open_log(const char *path, enum audit_format format)
{
	static struct policy p;

	memset(&a, 0xa5, sizeof(a));
	policy_init(&p);
	(void)snprintf(p.audit_log.path, sizeof(p.audit_log.path), "%s", path);
	p.audit_format = format;
	return audit_open(&a, &p);
}

/*
 * A strict reader of one record: an object of strings and whole numbers, no
 * blanks, only the escapes that we write.
 */
static const char *
take_string(const char *s)
{
	if (*s++ != '"')
		return NULL;
	for (; *s != '"'; s++) {
		if (*s < 0x20 || *s > 0x7e)
			return NULL;
		if (*s == '\\' && *++s != '\\' && *s != '"')
			return NULL;
	}
	return s + 1;
}

static const char *
take_value(const char *s)
{
	size_t n;

	if (*s == '"')
		return take_string(s);
	s += *s == '-' ? 1 : 0;
	n = strspn(s, "0123456789");
	return n > 0 ? s + n : NULL;
}

static bool
is_json(const char *s)
{
	if (*s++ != '{')
		return false;
	for (;;) {
		if ((s = take_string(s)) == NULL || *s++ != ':' ||
		    (s = take_value(s)) == NULL)
			return false;
		if (*s == '}')
			return s[1] == '\0';
		if (*s++ != ',')
			return false;
	}
}

/* The same for text: words parted by single blanks, key=word or key="text". */
static bool
is_text(const char *s)
{
	size_t n;

	for (;; s++) {
		n = strspn(s, "abcdefghijklmnopqrstuvwxyz_256");
		if (n == 0 || s[n] != '=')
			return false;
		s += n + 1;
		if (*s == '"') {
			for (s++; *s != '"'; s++)
				if (*s < 0x20 || *s > 0x7e)
					return false;
			s++;
		} else
			s += strcspn(s, " \"");
		if (*s == '\0')
			return true;
		if (*s != ' ')
			return false;
	}
}

static bool
is_record(const char *line)
{
	static const char head[] = "scp-server: ";

	if (a.format == AUDIT_JSON)
		return is_json(line);
	return strncmp(line, head, sizeof(head) - 1) == 0 &&
	    is_text(line + sizeof(head) - 1);
}

/* Every line of the log is one record; returns how many there are. */
static int
check_log(const char *path)
{
	FILE *f = fopen(path, "r");
	static char line[2 * AUDIT_RECORD_MAX];
	int n = 0;

	ck_assert_ptr_nonnull(f);
	for (; fgets(line, sizeof(line), f) != NULL; n++) {
		ck_assert_uint_le(strlen(line), AUDIT_RECORD_MAX);
		ck_assert_int_eq(line[strlen(line) - 1], '\n');
		line[strlen(line) - 1] = '\0';
		ck_assert_msg(is_record(line), "%s", line);
	}
	(void)fclose(f);
	return n;
}

static void
write_record(const char *s, size_t len)
{
	audit_begin(&a, "file");
	audit_word(&a, "verb", "put");
	audit_text(&a, "path", s, len);
	audit_number(&a, "bytes", INT64_MIN);
	audit_mode(&a, "mode", 0644);
	audit_text(&a, "detail", s, len);
	audit_end(&a);
}

static const enum audit_format formats[] = { AUDIT_JSON, AUDIT_TEXT };

START_TEST(a_record_looks_like_this)
{
	static const char *const wanted[] = {
		"{\"time\":\"1970-01-01T00:00:00.123Z\",\"pid\":7,"
		"\"event\":\"file\",\"verb\":\"put\",\"path\":\"/a \\\"b\\\" "
		"\\\\\\\\c\\\\x0a\",\"bytes\":-5,\"mode\":\"0640\"}\n",
		"scp-server: time=1970-01-01T00:00:00.123Z pid=7 event=file "
		"verb=put path=\"/a \\x22b\\x22 \\\\c\\x0a\" bytes=-5 "
		"mode=0640\n",
	};

	unit_directory();
	standing = 0;
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		a.pid = 7;
		audit_begin(&a, "file");
		audit_word(&a, "verb", "put");
		audit_text(&a, "path", "/a \"b\" \\c\n", 10);
		audit_number(&a, "bytes", -5);
		audit_mode(&a, "mode", 0100640);
		audit_end(&a);
		ck_assert_str_eq(unit_read("log"), wanted[i]);
		ck_assert_uint_eq(a.lost, 0);
	}
}
END_TEST

/* S9. */
START_TEST(no_text_can_break_or_forge_a_record)
{
	static const char *const rows[] = { "", "\"", "\\", "\\\"",
		"\",\"x\":\"", "\n{\"event\":\"file\"}\n",
		"\" result=ok path=\"", "\r\n", "}", "\\u0000", "\33[2J",
		"\377\376", "\\x22", "%s%n%d", "a=\"b\"", "'" };

	unit_directory();
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		for (size_t k = 0; k < COUNT(rows); k++)
			write_record(rows[k], strlen(rows[k]));
		write_record("a\0b", 3);
		ck_assert_int_eq(check_log("log"), (int)COUNT(rows) + 1);
	}
}
END_TEST

START_TEST(every_byte_4096_times_makes_one_record_of_at_most_8_KiB)
{
	char text[4096];

	unit_directory();
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		for (int c = 0; c < 256; c++) {
			memset(text, c, sizeof(text));
			write_record(text, sizeof(text));
		}
		ck_assert_int_eq(check_log("log"), 256);
		ck_assert_uint_eq(a.lost, 0);
	}
}
END_TEST

START_TEST(random_texts_make_whole_records)
{
	uint64_t state = 99;
	char text[4096];
	size_t len;

	unit_directory();
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		for (int k = 0; k < 500; k++) {
			len = unit_random(&state) % sizeof(text);
			for (size_t n = 0; n < len; n++)
				text[n] = (char)unit_random(&state);
			write_record(text, len);
		}
		ck_assert_int_eq(check_log("log"), 500);
	}
}
END_TEST

START_TEST(a_cut_text_keeps_both_its_ends_and_both_texts_are_there)
{
	char text[4096];
	const char *line;

	unit_directory();
	memset(text, '"', sizeof(text));
	memcpy(text, "begins", 6);
	memcpy(text + sizeof(text) - 4, "ends", 4);
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		write_record(text, sizeof(text));
		line = unit_read("log");
		ck_assert_ptr_nonnull(strstr(line, "\"begins"));
		ck_assert_ptr_nonnull(strstr(line, "[...]"));
		ck_assert_ptr_nonnull(strstr(line, "ends\""));
		ck_assert_ptr_nonnull(strstr(line, "detail"));
	}
}
END_TEST

/* What a record has of a path: its fields "path" and "path_sha256". */
static const char *
path_fields(const char *path)
{
	static char fields[AUDIT_RECORD_MAX];
	char *s;

	audit_begin(&a, "file");
	audit_text(&a, "path", path, strlen(path));
	audit_end(&a);
	ck_assert_ptr_nonnull(s = strstr(a.line, "path"));
	(void)snprintf(fields, sizeof(fields), "%.*s",
	    (int)(a.used - (size_t)(s - a.line)), s);
	return fields;
}

/* By the path alone these two would have the same record. */
START_TEST(a_cut_path_has_its_digest_and_a_whole_one_has_none)
{
	static const char *const digests[] = {
		"e174d2c605b8c458961a5fe9260f90ca"
		"3d231463336b8cd71cdc854b242201ef",
		"482bada489afc283d872fe4666534865"
		"2b07cfdba2ae70c94e354be74a0d9bb0",
	};
	char path[2001], one[AUDIT_RECORD_MAX], wanted[128];

	unit_directory();
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		for (size_t k = 0; k < COUNT(digests); k++) {
			memset(path, 'x', sizeof(path) - 1);
			path[sizeof(path) - 1] = '\0';
			path[1000] = k == 0 ? 'a' : 'b';
			(void)snprintf(wanted, sizeof(wanted),
			    formats[i] == AUDIT_JSON ?
				"\",\"path_sha256\":\"%s\"" :
				"\" path_sha256=%s",
			    digests[k]);
			(void)snprintf(
			    one, sizeof(one), "%s", path_fields(path));
			ck_assert_ptr_nonnull(strstr(one, "xx[...]xx"));
			ck_assert_ptr_nonnull(strstr(one, wanted));
		}
		/* the longest that is whole, and what looks like a cut one */
		path[1535] = '\0';
		ck_assert_ptr_null(strstr(path_fields(path), "_sha256"));
		ck_assert_ptr_null(strstr(path_fields("x[...]x"), "_sha256"));
		path[1535] = 'x';
		path[1536] = '\0';
		ck_assert_ptr_nonnull(strstr(path_fields(path), "_sha256"));
		ck_assert_int_eq(check_log("log"), 5);
	}
}
END_TEST

/* More fields than fit: the record stays whole and loses the last. */
START_TEST(a_record_that_is_full_stays_well_formed)
{
	char text[4096];

	unit_directory();
	memset(text, '\n', sizeof(text));
	for (size_t i = 0; i < COUNT(formats); i++) {
		(void)unlink("log");
		ck_assert_int_eq(open_log("log", formats[i]), 0);
		audit_begin(&a, "file");
		for (int k = 0; k < 100; k++) {
			audit_text(&a, "path", text, sizeof(text));
			audit_word(&a, "word", "word");
			audit_number(&a, "number", k);
		}
		audit_end(&a);
		ck_assert_int_eq(check_log("log"), 1);
	}
}
END_TEST

START_TEST(the_time_is_that_of_the_calendar)
{
	static const int64_t rows[] = { 0, 86399, 86400, 951782399, 951782400,
		951868800, 1709164800, 1709251200, 1735603200, 1735689599,
		1735689600, 2147483647, 2147483648, 4107542399, 4107542400,
		4102444800, 253402300799 };
	char wanted[64];
	struct tm tm;
	time_t t;

	unit_directory();
	ck_assert_int_eq(open_log("log", AUDIT_TEXT), 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		standing = rows[i];
		t = (time_t)rows[i];
		ck_assert_ptr_nonnull(gmtime_r(&t, &tm));
		(void)strftime(wanted, sizeof(wanted),
		    "time=%Y-%m-%dT%H:%M:%S.123Z ", &tm);
		audit_begin(&a, "x");
		ck_assert_ptr_nonnull(strstr(a.line, wanted));
	}
}
END_TEST

START_TEST(every_day_of_two_centuries_has_its_date)
{
	char wanted[64];
	struct tm tm;
	time_t t;

	unit_directory();
	ck_assert_int_eq(open_log("log", AUDIT_TEXT), 0);
	for (int64_t day = 0; day < 200 * 366; day++) {
		standing = day * 86400 + 45296;
		t = (time_t)standing;
		(void)gmtime_r(&t, &tm);
		(void)strftime(
		    wanted, sizeof(wanted), "time=%Y-%m-%dT12:34:56.", &tm);
		audit_begin(&a, "x");
		EXPECT(strstr(a.line, wanted) != NULL);
	}
}
END_TEST

START_TEST(the_time_is_now)
{
	time_t before = time(NULL), then;
	struct tm tm = { .tm_year = 0 };

	unit_directory();
	ck_assert_int_eq(open_log("log", AUDIT_TEXT), 0);
	write_record("x", 1);
	ck_assert_ptr_nonnull(strptime(
	    unit_read("log"), "scp-server: time=%Y-%m-%dT%H:%M:%S.", &tm));
	then = timegm(&tm);
	ck_assert_int_ge(then, before - 1);
	ck_assert_int_le(then, time(NULL) + 1);
}
END_TEST

START_TEST(a_log_file_is_private_and_only_grows)
{
	unit_directory();
	(void)umask(0);
	ck_assert_int_eq(open_log("log", AUDIT_JSON), 0);
	ck_assert_uint_eq(unit_mode("log"), 0600);
	write_record("one", 3);
	(void)close(a.fd);
	ck_assert_int_eq(open_log("log", AUDIT_JSON), 0);
	write_record("two", 3);
	ck_assert_int_eq(check_log("log"), 2);
}
END_TEST

/* A full disk, or a crash, cut it off: it must not swallow the next one. */
START_TEST(a_record_after_a_torn_one_begins_on_its_own_line)
{
	static const char torn[] = "{\"time\":\"2025";
	const char *text;

	unit_directory();
	unit_write("log", torn);
	ck_assert_int_eq(open_log("log", AUDIT_JSON), 0);
	write_record("one", 3);
	write_record("two", 3);
	text = unit_read("log");
	ck_assert_int_eq(strncmp(text, torn, sizeof(torn) - 1), 0);
	ck_assert_int_eq(
	    strncmp(text + sizeof(torn) - 1, "\n{\"time\":", 9), 0);
	unit_write("rest", text + sizeof(torn));
	ck_assert_int_eq(check_log("rest"), 2);
}
END_TEST

static int
write_unread(void)
{
	if (open_log("log", AUDIT_JSON) != 0)
		return 1;
	write_record("one", 3);
	return 0;
}

/* Logs that many accounts write are read by none of them. */
START_TEST(nobody_knows_whether_an_unreadable_log_ends_torn)
{
	static const char torn[] = "{\"time\":\"2025";
	const char *text;

	unit_directory();
	ck_assert_int_eq(chmod(".", 0777), 0);
	unit_write("log", torn);
	ck_assert_int_eq(chmod("log", 0222), 0);
	ck_assert_int_eq(unit_as_nobody(write_unread), 0);
	ck_assert_int_eq(chmod("log", 0644), 0);
	text = unit_read("log");
	ck_assert_int_eq(
	    strncmp(text + sizeof(torn) - 1, "\n{\"time\":", 9), 0);
	unit_write("log", "");
	ck_assert_int_eq(chmod("log", 0222), 0);
	ck_assert_int_eq(unit_as_nobody(write_unread), 0);
	ck_assert_int_eq(chmod("log", 0644), 0);
	ck_assert_int_eq(check_log("log"), 1);
}
END_TEST

START_TEST(only_a_regular_file_is_a_log_file)
{
	static const char *const rows[] = { "link", "dangling", "fifo", "dir",
		"missing/log", "file/log", "/dev/null", "/dev/full" };
	int before, reader;

	unit_directory();
	unit_write("file", "kept");
	ck_assert_int_eq(symlink("file", "link"), 0);
	ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	ck_assert_int_eq(mkdir("dir", 0700), 0);
	before = unit_descriptors();
	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(
		    open_log(rows[i], AUDIT_JSON) == ERR_CONFIG, "%s", rows[i]);
		ck_assert_int_eq(a.fd, -1);
	}
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	ck_assert_int_eq(open_log("fifo", AUDIT_JSON), ERR_CONFIG);
	(void)close(reader);
	ck_assert_int_eq(unit_descriptors(), before);
	ck_assert_str_eq(unit_read("file"), "kept");
	ck_assert(!unit_exists("nowhere"));
}
END_TEST

START_TEST(without_a_log_records_count_as_lost)
{
	struct policy p;

	policy_init(&p);
	p.audit_log.off = true;
	ck_assert_int_eq(audit_open(&a, &p), 0);
	ck_assert_int_eq(a.fd, -1);
	write_record("x", 1);
	write_record("y", 1);
	ck_assert_uint_eq(a.lost, 2);
}
END_TEST

START_TEST(a_record_that_is_not_written_whole_counts_as_lost)
{
	unit_directory();
	ck_assert_int_eq(open_log("log", AUDIT_JSON), 0);
	(void)close(a.fd);
	a.fd = open("/dev/full", O_WRONLY);
	write_record("x", 1);
	ck_assert_uint_eq(a.lost, 1);
}
END_TEST

/*
 * Another log socket than the system's: a pair stands in for it.  A send waits
 * as long as for the system's.
 */
static void
open_pair(enum audit_format format, int ends[2])
{
	static const struct timeval second = { 1, 0 };

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &second,
			     sizeof(second)),
	    0);
	memset(&a, 0, sizeof(a));
	a.fd = ends[0];
	a.is_socket = true;
	a.format = format;
	a.pid = 7;
}

START_TEST(a_datagram_is_one_record_with_its_priority)
{
	static const char head[] = "<86>scp-server[7]: ";
	char packet[2 * AUDIT_RECORD_MAX], text[4096];
	ssize_t n;
	int ends[2];

	memset(text, '\n', sizeof(text));
	for (size_t i = 0; i < COUNT(formats); i++) {
		open_pair(formats[i], ends);
		write_record(text, sizeof(text));
		n = recv(ends[1], packet, sizeof(packet) - 1, 0);
		ck_assert_int_gt(n, 100);
		ck_assert_int_le(n, AUDIT_RECORD_MAX);
		packet[n] = '\0';
		ck_assert_int_eq(strncmp(packet, head, sizeof(head) - 1), 0);
		ck_assert(formats[i] == AUDIT_JSON ?
			is_json(packet + sizeof(head) - 1) :
			is_text(packet + sizeof(head) - 1));
		(void)close(ends[0]);
		(void)close(ends[1]);
	}
}
END_TEST

/* A system log of our own, in a mount namespace that ends with this test. */
static int
open_system_log(int type)
{
	const struct sockaddr_un log = { AF_UNIX, "/dev/log" };
	int fd = socket(AF_UNIX, type, 0);

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/dev", "tmpfs", 0, NULL) != 0 ||
	    bind(fd, (const struct sockaddr *)&log, sizeof(log)) != 0)
		return -1;
	return fd;
}

START_TEST(without_a_path_the_system_log_gets_the_records)
{
	char packet[2 * AUDIT_RECORD_MAX];
	int fd = open_system_log(SOCK_DGRAM);

	if (fd == -1)
		return; /* only root can make one */
	ck_assert_int_eq(open_log("", AUDIT_JSON), 0);
	ck_assert(a.is_socket);
	write_record("x", 1);
	ck_assert_uint_eq(a.lost, 0);
	ck_assert_int_gt(recv(fd, packet, sizeof(packet), MSG_DONTWAIT), 100);
	ck_assert_int_eq(strncmp(packet, "<86>scp-server[", 15), 0);
	ck_assert_int_eq(unlink("/dev/log"), 0);
	ck_assert_int_eq(open_log("", AUDIT_JSON), 0);
	ck_assert_int_eq(a.fd, -1);
	write_record("x", 1);
	ck_assert_uint_eq(a.lost, 1);
}
END_TEST

START_TEST(a_log_that_does_not_listen_costs_records_and_not_the_session)
{
	int ends[2];

	open_pair(AUDIT_JSON, ends);
	for (int i = 0; i < 5000 && a.lost == 0; i++)
		write_record("x", 1);
	ck_assert_uint_eq(a.lost, 1);
	ck_assert_int_ge(a.waited, AUDIT_WAIT_RECORD);
	a.waited = AUDIT_WAIT_ALL; /* nothing waits any more */
	write_record("x", 1);
	ck_assert_uint_eq(a.lost, 2);
	(void)close(ends[1]);
	a.lost = 0;
	write_record("x", 1); /* no SIGPIPE either */
	ck_assert_uint_eq(a.lost, 1);
}
END_TEST

/* Another session floods the socket, and the log is read late. */
START_TEST(a_full_log_is_waited_for_and_what_is_lost_is_told)
{
	char packet[2 * AUDIT_RECORD_MAX];
	int ends[2], sent = 0, got = 0;
	pid_t reader;

	open_pair(AUDIT_JSON, ends);
	while (send(ends[0], "x", 1, MSG_DONTWAIT) == 1)
		sent++;
	ck_assert_int_gt(sent, 0);
	if ((reader = fork()) == 0) {
		(void)usleep(1500000);
		while (recv(ends[1], packet, sizeof(packet), 0) == 1)
			got++;
		_exit(got == sent ? 0 : 1); /* and one record was read */
	}
	a.lost = 3;
	write_record("y", 1);
	ck_assert_uint_eq(a.lost, 3);
	ck_assert_ptr_nonnull(strstr(a.line, "\"lost\":3,"));
	write_record("z", 1);
	ck_assert_ptr_null(strstr(a.line, "\"lost\""));
	ck_assert_int_eq(waitpid(reader, &got, 0), reader);
	ck_assert_int_eq(got, 0);
}
END_TEST

START_TEST(a_stream_has_a_NUL_after_each_record)
{
	char text[4 * AUDIT_RECORD_MAX];
	int ends[2];
	ssize_t n;

	open_pair(AUDIT_JSON, ends);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	a.fd = ends[0];
	a.is_stream = true;
	write_record("x", 1);
	a.torn = true;
	write_record("y", 1);
	n = recv(ends[1], text, sizeof(text), 0);
	ck_assert_int_gt(n, 200);
	ck_assert_int_eq(text[n - 1], '\0');
	ck_assert_mem_eq(text + strlen(text), "\0\0<86>", 6);
	ck_assert_uint_eq(a.lost, 0);
}
END_TEST

/* The log of syslog-ng may be one; without any a session may not begin. */
START_TEST(a_system_log_may_be_a_stream_and_may_be_required)
{
	int fd = open_system_log(SOCK_STREAM), end;
	char text[AUDIT_RECORD_MAX];
	struct policy p;

	if (fd == -1)
		return; /* only root can make one */
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(open_log("", AUDIT_JSON), 0);
	ck_assert(a.is_socket && a.is_stream);
	ck_assert_int_ne(end = accept(fd, NULL, NULL), -1);
	write_record("x", 1);
	ck_assert_int_gt(recv(end, text, sizeof(text), 0), 100);
	ck_assert_uint_eq(a.lost, 0);
	ck_assert_int_eq(unlink("/dev/log"), 0);
	policy_init(&p);
	ck_assert_int_eq(audit_open(&a, &p), 0);
	p.audit = AUDIT_REQUIRE;
	ck_assert_int_eq(audit_open(&a, &p), ERR_AUDIT);
}
END_TEST

START_TEST(two_sessions_may_share_a_log_file)
{
	pid_t pid;

	unit_directory();
	ck_assert_int_eq(open_log("log", AUDIT_JSON), 0);
	if ((pid = fork()) == 0) {
		for (int i = 0; i < 500; i++)
			write_record("child", 5);
		_exit(0);
	}
	for (int i = 0; i < 500; i++)
		write_record("parent", 6);
	ck_assert_int_eq(unit_wait(pid), 0);
	ck_assert_int_eq(check_log("log"), 1000);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_record_looks_like_this,
		no_text_can_break_or_forge_a_record,
		every_byte_4096_times_makes_one_record_of_at_most_8_KiB,
		random_texts_make_whole_records,
		a_cut_text_keeps_both_its_ends_and_both_texts_are_there,
		a_cut_path_has_its_digest_and_a_whole_one_has_none,
		a_record_that_is_full_stays_well_formed,
		the_time_is_that_of_the_calendar,
		every_day_of_two_centuries_has_its_date,
		the_time_is_now,
		a_log_file_is_private_and_only_grows,
		a_record_after_a_torn_one_begins_on_its_own_line,
		nobody_knows_whether_an_unreadable_log_ends_torn,
		only_a_regular_file_is_a_log_file,
		without_a_log_records_count_as_lost,
		a_record_that_is_not_written_whole_counts_as_lost,
		a_datagram_is_one_record_with_its_priority,
		without_a_path_the_system_log_gets_the_records,
		a_log_that_does_not_listen_costs_records_and_not_the_session,
		a_full_log_is_waited_for_and_what_is_lost_is_told,
		a_stream_has_a_NUL_after_each_record,
		a_system_log_may_be_a_stream_and_may_be_required,
		two_sessions_may_share_a_log_file,
	};

	return unit_run("audit", tests, COUNT(tests));
}
