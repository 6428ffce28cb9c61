#include "session/report.h"

#include <fcntl.h>
#include <signal.h>

#include "base/err.h"
#include "unit.h"

static struct wire w;
static struct audit a;
static struct report r;
static int peer; /* every message is one packet here */

static void
begin(void)
{
	struct policy p;
	int ends[2];

	unit_directory();
	policy_init(&p);
	(void)snprintf(p.audit_log.path, sizeof(p.audit_log.path), "log");
	ck_assert_int_eq(audit_open(&a, &p), 0);
	unit_packets(ends);
	peer = ends[1];
	wire_init(&w, ends[0], ends[0], 0, 0);
	report_init(&r, &w, &a);
}

/* The next message; "(none)" when there is none, "\\0" for \0. */
static const char *
received(void)
{
	static char text[4096];
	ssize_t n = recv(peer, text, sizeof(text) - 1, MSG_DONTWAIT);

	if (n == -1)
		return "(none)";
	text[n] = '\0';
	return n == 1 && text[0] == '\0' ? "\\0" : text;
}

static struct relpath
path_of(const char *text)
{
	struct relpath p = { .s = "" };

	p.len = strlen(text);
	memcpy(p.s, text, p.len + 1);
	return p;
}

static struct item
item(enum reply reply, const struct relpath *path)
{
	struct item it;

	report_item(&it, VERB_PUT, reply, path);
	return it;
}

static int
log_lines(const char *needle)
{
	const char *s = unit_read("log");
	int n = 0;

	for (; (s = strstr(s, needle)) != NULL; s++)
		n++;
	return n;
}

/* A reply that is due now, about d/f of the operand d. */
static struct item
begin_below(void)
{
	static struct relpath path, operand;

	path = path_of("d/f");
	operand = path_of("d");
	begin();
	report_operand(&r, "d", &operand);
	return item(REPLY_NOW, &path);
}

START_TEST(success_is_one_zero_byte)
{
	struct item it;

	begin();
	it = item(REPLY_NOW, NULL);
	ck_assert_int_eq(report(&r, &it, 0), 0);
	ck_assert_str_eq(received(), "\\0");
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(r.status, 0);
}
END_TEST

START_TEST(no_reply_is_sent_where_none_is_due)
{
	static const int codes[] = { 0, ENOSPC, ERR_PEER, ERR_NAME };
	struct item it;

	begin();
	for (size_t i = 0; i < COUNT(codes); i++) {
		it = item(REPLY_NONE, NULL);
		(void)report(&r, &it, codes[i]);
		ck_assert_str_eq(received(), "(none)");
	}
}
END_TEST

START_TEST(each_error_has_its_reply_its_status_and_its_fate)
{
	static const struct {
		int err;
		bool stop;
		const char *reply;
		int status;
		bool ends;
	} rows[] = {
		{ ENOSPC, false, "\1scp: d/f: No space left on device\n", 1,
		    false },
		{ ENOSPC, true, "\2scp: d/f: No space left on device\n", 2,
		    true },
		{ ERR_EXISTS, false, "\1scp: d/f: File exists\n", 1, false },
		{ ERR_KIND, true, "\2scp: d/f: not a regular file\n", 2, true },
		{ ERR_NAME, false,
		    "\2scp: protocol error: unexpected filename\n", 2, true },
		{ ERR_NAME, true,
		    "\2scp: protocol error: unexpected filename\n", 2, true },
		{ ERR_TIMEOUT, false, "\2scp: d/f: timed out\n", 2, true },
		{ ERR_LOST, false, "\2scp: d/f: lost connection\n", 2, true },
		{ ERR_PEER, false, "\\0", 1, false },
		{ ERR_PEER, true, "\\0", 1, false },
		{ ERR_PEER_FATAL, false, "(none)", 2, true },
		{ ERR_UNANSWERED, false, "(none)", 1, true },
		{ ERR_CONFIG, false, "\2scp: d/f: server configuration error\n",
		    78, true },
		{ ERR_NO_REQUEST, false, NULL, 1, true },
		{ 99999, false, "\1scp: d/f: Operation failed\n", 1, false },
		{ -99999, false, "\2scp: d/f: internal error\n", 2, true },
	};
	struct item it;

	for (size_t i = 0; i < COUNT(rows); i++) {
		it = begin_below();
		it.turn.fatal = rows[i].stop;
		ck_assert_int_eq(report(&r, &it, rows[i].err),
		    rows[i].ends ? rows[i].err : 0);
		if (rows[i].reply != NULL)
			ck_assert_str_eq(received(), rows[i].reply);
		ck_assert_msg(r.status == rows[i].status, "row %zu", i);
	}
}
END_TEST

START_TEST(the_path_is_shown_as_the_peer_typed_it)
{
	static const struct {
		const char *typed, *operand, *path, *shown;
	} rows[] = {
		{ "f", "home/u/f", "home/u/f", "f" },
		{ "dir", "home/u/dir", "home/u/dir/sub/a", "dir/sub/a" },
		{ "dir/", "home/u/dir", "home/u/dir/a", "dir/a" },
		{ "dir///", "home/u/dir", "home/u/dir/a", "dir/a" },
		{ "dir/", "dir", "dir", "dir/" },
		{ ".", "", "a", "./a" },
		{ ".", "home/u", "home/u/a", "./a" },
		{ "..", "home", "home/a/b", "../a/b" },
		{ "/", "", "a", "/a" },
		{ "//", "", "a/b", "/a/b" },
		{ "/", "", "", "/" },
		{ "/srv/x", "srv/x", "srv/x", "/srv/x" },
		{ "x/../y", "y", "y/z", "x/../y/z" },
		{ "a\nb", "", "", "a\\x0ab" },
		{ "\33[2J", "", "x", "\\x1b[2J/x" },
		{ "back\\slash", "", "", "back\\\\slash" },
	};
	struct relpath operand, path;
	struct item it;
	char wanted[256];

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		operand = path_of(rows[i].operand);
		path = path_of(rows[i].path);
		report_operand(&r, rows[i].typed, &operand);
		it = item(REPLY_NOW, &path);
		(void)report(&r, &it, EACCES);
		(void)snprintf(wanted, sizeof(wanted),
		    "\1scp: %s: Permission denied\n", rows[i].shown);
		ck_assert_str_eq(received(), wanted);
	}
}
END_TEST

START_TEST(an_error_without_a_path_says_only_what_it_is)
{
	struct item it;

	begin();
	it = item(REPLY_NOW, NULL);
	(void)report(&r, &it, ERR_RECORD);
	ck_assert_str_eq(received(), "\2scp: protocol error: unknown record\n");
}
END_TEST

/* WinSCP knows it by the beginning of the line. */
START_TEST(a_protocol_error_shows_no_path)
{
	static const int codes[] = { ERR_LINE, ERR_RECORD, ERR_MODE, ERR_SIZE,
		ERR_TIMES, ERR_NAME, ERR_STATUS, ERR_ORDER, ERR_NOISE };
	struct item it;

	for (size_t i = 0; i < COUNT(codes); i++) {
		it = begin_below();
		(void)report(&r, &it, codes[i]);
		ck_assert_int_eq(
		    strncmp(received(), "\2scp: protocol error: ", 22), 0);
	}
}
END_TEST

START_TEST(a_detail_follows_the_words_and_is_escaped)
{
	struct item it;

	begin();
	it = item(REPLY_NOW, NULL);
	it.event.detail = "a\33b";
	it.event.detail_len = 3;
	(void)report(&r, &it, ERR_BYTES);
	ck_assert_str_eq(
	    received(), "\1scp: Control characters in the name -- a\\x1bb\n");
}
END_TEST

/* OpenSSH and PSCP lose their place beyond 2,047 octets. */
START_TEST(lines_stay_short_whatever_is_in_them)
{
	static const char fills[] = { 'p', '\n', '\\', '\377' };
	static char typed[100000], detail[4096];
	struct relpath operand = path_of(""), path = path_of("below");
	struct item it;
	const char *line;

	begin();
	for (size_t i = 0; i < COUNT(fills); i++) {
		memset(typed, fills[i], sizeof(typed) - 1);
		memset(detail, fills[i], sizeof(detail));
		report_operand(&r, typed, &operand);
		it = item(REPLY_NOW, &path);
		it.event.detail = detail;
		it.event.detail_len = sizeof(detail);
		(void)report(&r, &it, ERR_NO_PUBLISH);
		line = received();
		ck_assert_uint_le(strlen(line), 512);
		ck_assert_int_eq(strncmp(line, "\1scp: ", 6), 0);
		ck_assert_ptr_nonnull(strstr(line, "[...]"));
		ck_assert_ptr_nonnull(strstr(line, "publish files whole here"));
		ck_assert_ptr_eq(strchr(line, '\n'), line + strlen(line) - 1);
		for (const char *s = line + 1; s[1] != '\0'; s++)
			ck_assert(*s >= 0x20 && *s <= 0x7e);
	}
}
END_TEST

START_TEST(a_long_path_keeps_its_end)
{
	struct relpath operand = path_of("d"), path = path_of("d");
	struct name name;
	struct item it;
	const char *line;

	memset(name.s, 'n', 200);
	name.s[200] = '\0';
	begin();
	report_operand(&r, "start", &operand);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(relpath_append(&path, &name), 0);
	memcpy(name.s, "end", 4);
	ck_assert_int_eq(relpath_append(&path, &name), 0);
	it = item(REPLY_NOW, &path);
	(void)report(&r, &it, EACCES);
	line = received();
	ck_assert_int_eq(strncmp(line, "\1scp: start/nnn", 15), 0);
	ck_assert_ptr_nonnull(strstr(line, "n/end: Permission denied\n"));
}
END_TEST

START_TEST(the_status_only_rises)
{
	static const struct {
		int err, status;
	} rows[] = {
		{ 0, 0 },
		{ ENOENT, 1 },
		{ 0, 1 },
		{ ERR_PEER, 1 },
		{ ERR_TIMEOUT, 2 },
		{ ENOENT, 2 },
		{ 0, 2 },
		{ ERR_SANDBOX, 78 },
		{ ERR_NAME, 78 },
		{ 0, 78 },
	};
	struct item it;

	begin();
	for (size_t i = 0; i < COUNT(rows); i++) {
		it = item(REPLY_NONE, NULL);
		(void)report(&r, &it, rows[i].err);
		ck_assert_int_eq(r.status, rows[i].status);
	}
	ck_assert_int_eq(report_ended(&r, 0), 78);
}
END_TEST

static void
warn_later(const char *name, int err)
{
	struct relpath operand = path_of(""), path = path_of(name);
	struct item it;

	report_operand(&r, ".", &operand);
	it = item(REPLY_LATER, &path);
	ck_assert_int_eq(report(&r, &it, err), 0);
}

START_TEST(warnings_wait_and_keep_their_order)
{
	begin();
	warn_later("a", ENOENT);
	warn_later("b", 0);
	warn_later("c", EACCES);
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(report_flush(&r, 0), 0);
	ck_assert_str_eq(received(), "\1scp: ./a: No such file or directory\n");
	ck_assert_str_eq(received(), "\1scp: ./c: Permission denied\n");
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(report_flush(&r, 0), 0);
	ck_assert_str_eq(received(), "(none)");
}
END_TEST

START_TEST(a_directory_sends_its_own_warnings_and_leaves_those_before_it)
{
	size_t outer, inner;

	begin();
	outer = report_mark(&r);
	warn_later("outer", ENOENT);
	inner = report_mark(&r);
	warn_later("inner", ENOENT);
	ck_assert_int_eq(report_flush(&r, inner), 0);
	ck_assert_str_eq(
	    received(), "\1scp: ./inner: No such file or directory\n");
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(report_flush(&r, outer), 0);
	ck_assert_str_eq(
	    received(), "\1scp: ./outer: No such file or directory\n");
}
END_TEST

START_TEST(warnings_that_find_no_room_are_counted)
{
	int kept = 0;
	unsigned int more;
	const char *line;

	begin();
	for (int i = 0; i < 1000; i++)
		warn_later("name", ENOENT);
	ck_assert_int_eq(report_flush(&r, 0), 0);
	while ((line = received())[1] == 's' && strstr(line, "name") != NULL)
		kept++;
	ck_assert_int_gt(kept, 100);
	ck_assert_int_eq(sscanf(line, "\1scp: %u more errors\n", &more), 1);
	ck_assert_int_eq(kept + (int)more, 1000);
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(r.failures, 1000);
	warn_later("after", ENOENT);
	ck_assert_int_eq(report_flush(&r, 0), 0);
	ck_assert_ptr_nonnull(strstr(received(), "after"));
	ck_assert_str_eq(received(), "(none)");
}
END_TEST

START_TEST(what_ends_the_session_is_told_at_once)
{
	struct item it;

	begin();
	warn_later("a", ENOENT);
	it = item(REPLY_LATER, NULL);
	ck_assert_int_eq(report(&r, &it, ERR_TIMEOUT), ERR_TIMEOUT);
	ck_assert_str_eq(received(), "\2scp: timed out\n");
}
END_TEST

START_TEST(a_peer_that_no_longer_reads_does_not_stop_a_sink)
{
	struct item it;

	begin();
	ck_assert_int_eq(wire_arm(&w), 0);
	(void)close(peer);
	it = item(REPLY_NOW, NULL);
	ck_assert_int_eq(report(&r, &it, 0), 0);
	ck_assert_int_eq(report(&r, &it, ENOSPC), 0);
	ck_assert_int_eq(report(&r, &it, ERR_NAME), ERR_NAME);
	ck_assert_int_eq(r.status, 2);
}
END_TEST

START_TEST(a_reply_that_is_due_goes_out_before_the_signal_is_told)
{
	struct item it;

	begin();
	ck_assert_int_eq(wire_arm(&w), 0);
	it = item(REPLY_NOW, NULL);
	ck_assert_int_eq(raise(SIGTERM), 0);
	ck_assert_int_eq(report(&r, &it, 0), 0);
	ck_assert_str_eq(received(), "\\0");
	ck_assert_int_eq(wire_check(&w), ERR_SIGNAL);
	ck_assert_int_eq(report(&r, &it, ERR_SIGNAL), ERR_SIGNAL);
	ck_assert_str_eq(received(), "\2scp: terminated\n");
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(report_ended(&r, ERR_SIGNAL), 2);
}
END_TEST

/* The session ends by it, so the exit status and the record must say so. */
START_TEST(a_time_out_of_a_reply_raises_the_status)
{
	static char block[4096];
	struct item it;

	begin();
	ck_assert_int_eq(wire_arm(&w), 0);
	while (send(w.out, block, sizeof(block), MSG_DONTWAIT) > 0)
		;
	w.idle_limit = 1;
	it = item(REPLY_NOW, NULL);
	ck_assert_int_eq(report(&r, &it, 0), ERR_TIMEOUT);
	ck_assert_int_eq(report_ended(&r, ERR_TIMEOUT), 2);
}
END_TEST

START_TEST(files_octets_and_failures_are_counted)
{
	struct item it;

	begin();
	it = item(REPLY_NONE, NULL);
	it.event.bytes = 100;
	(void)report(&r, &it, 0);
	it.event.verb = VERB_GET;
	(void)report(&r, &it, 0);
	(void)report(&r, &it, ENOSPC);
	it.event.verb = VERB_MKDIR;
	(void)report(&r, &it, 0);
	ck_assert_int_eq(r.files, 2);
	ck_assert_int_eq(r.bytes, 200);
	ck_assert_int_eq(r.failures, 1);
	ck_assert_int_eq(report_ended(&r, 0), 1);
	ck_assert_int_eq(
	    log_lines("\"event\":\"end\",\"files\":2,\"bytes\":200,"
		      "\"failures\":1,\"lost\":0,\"reason\":\"ok\","
		      "\"status\":1}"),
	    1);
}
END_TEST

START_TEST(what_changed_nothing_needs_no_record)
{
	static const struct {
		enum verb verb;
		bool changed;
		int err, records;
	} rows[] = {
		{ VERB_PUT, false, 0, 1 },
		{ VERB_GET, false, 0, 1 },
		{ VERB_MKDIR, true, 0, 1 },
		{ VERB_MKDIR, false, 0, 0 },
		{ VERB_MKDIR, false, ENOTDIR, 1 },
		{ VERB_TIMES, false, 0, 0 },
		{ VERB_LIST, false, 0, 0 },
		{ VERB_LIST, false, EACCES, 1 },
		{ VERB_DIR_END, false, 0, 0 },
		{ VERB_DIR_END, true, 0, 1 },
		{ VERB_PEER, false, ERR_PEER, 1 },
		{ VERB_SESSION, false, ERR_NAME, 1 },
	};
	struct item it;

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		report_item(&it, rows[i].verb, REPLY_NONE, NULL);
		it.event.changed = rows[i].changed;
		(void)report(&r, &it, rows[i].err);
		ck_assert_msg(
		    log_lines("\"event\":\"file\"") == rows[i].records,
		    "row %zu", i);
	}
}
END_TEST

START_TEST(an_end_without_a_record_is_told_where_that_is_required)
{
	for (int required = 0; required < 2; required++) {
		begin();
		a.required = required != 0;
		ck_assert_int_ne(
		    dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), a.fd), -1);
		ck_assert_int_eq(report_ended(&r, 0), required != 0 ? 78 : 0);
	}
}
END_TEST

/* What is said on standard error while a session ends. */
static const char *
said_at_the_end(void)
{
	int was = dup(STDERR_FILENO), fd;

	fd = open("said", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	(void)report_ended(&r, 0);
	ck_assert_int_ne(dup2(was, STDERR_FILENO), -1);
	(void)close(was);
	(void)close(fd);
	return unit_read("said");
}

START_TEST(lost_records_that_no_record_counts_are_told_on_standard_error)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	begin();
	a.lost = 2; /* the last record has them */
	ck_assert_str_eq(said_at_the_end(), "");
	ck_assert_int_eq(log_lines("\"lost\":2"), 1);
	a.lost = 5;
	ck_assert_int_ne(dup2(full, a.fd), -1);
	ck_assert_str_eq(said_at_the_end(),
	    "scp-server: audit records lost at the end: 4\n");
	(void)close(a.fd);
	a.fd = -1; /* there was no log: nobody waits for it */
	ck_assert_str_eq(said_at_the_end(), "");
	(void)close(full);
}
END_TEST

START_TEST(a_record_names_path_result_and_reason)
{
	struct relpath path = path_of("srv/d/f");
	struct item it;

	begin();
	it = item(REPLY_NONE, &path);
	it.event.bytes = 5;
	it.event.mode = 0640;
	it.event.detail = "no \"room\"";
	it.event.detail_len = 9;
	(void)report(&r, &it, ENOSPC);
	ck_assert_int_eq(
	    log_lines("\"verb\":\"put\",\"path\":\"/srv/d/f\",\"bytes\":5,"
		      "\"mode\":\"0640\",\"result\":\"failed\","
		      "\"reason\":\"ENOSPC\",\"errno\":28,"
		      "\"detail\":\"no \\\"room\\\"\",\"ms\":"),
	    1);
	(void)report(&r, &it, ERR_NAME);
	ck_assert_int_eq(
	    log_lines("\"result\":\"fatal\",\"reason\":\"name\",\"detail\""),
	    1);
	(void)report(&r, &it, 0);
	ck_assert_int_eq(log_lines("\"result\":\"ok\",\"detail\""), 1);
}
END_TEST

START_TEST(the_start_record_escapes_what_comes_from_outside)
{
	static const char *const all[] = { "\n", "\"user\":\"u\\\"\\\\x0a\"",
		"\"event\":\"start\",", "\"key\":\"ssh-x SHA256:\\\"\"",
		"\"form\":\"scp\",\"request\":\"\\\"\\\"", "\"}\n" };
	/* also after a second record, which has less */
	static const char *const still[] = { "\"auth\"", "\"key\"",
		"\"request\":\"\"}\n" };
	static char request[8000];
	struct report_start s = { .user = "u\"\n",
		.peer = "192.0.2.1",
		.peer_port = "22",
		.method = "publickey",
		.key = "ssh-x SHA256:\"",
		.form = "scp",
		.request = request };

	begin();
	memset(request, '"', sizeof(request) - 1);
	ck_assert_int_eq(report_started(&r, &s), 0);
	for (size_t i = 0; i < COUNT(all); i++)
		ck_assert_msg(log_lines(all[i]) == 1, "%s", all[i]);
	ck_assert_int_eq(log_lines("\"claimed\":\"yes\",\"form\""), 1);
	s.request = s.method = s.key = "";
	ck_assert_int_eq(report_started(&r, &s), 0);
	for (size_t i = 0; i < COUNT(still); i++)
		ck_assert_msg(log_lines(still[i]) == 1, "%s", still[i]);
	s.method = "publickey";
	s.confined = true;
	ck_assert_int_eq(report_started(&r, &s), 0);
	ck_assert_int_eq(log_lines("claimed"), 1);
}
END_TEST

START_TEST(the_session_record_says_what_is_in_force)
{
	static const char *const all[] = { "\"event\":\"session\"",
		"\"publish\":\"unnamed\",", "\"user\":\"web\"",
		"\"policy\":\"5a5a\"", "\"sandbox\":\"complete\"}\n" };
	static const char *const still[] = { "\"publish\"",
		"\"destination\":\"bob@host:x\"",
		"\"sandbox\":\"reduced\"}\n" };
	static const struct report_start start = { .user = "u",
		.peer = "",
		.peer_port = "",
		.method = "",
		.key = "",
		.form = "scp",
		.request = "" };
	static char operand[8000];
	struct report_session s = { .user = "web",
		.verb = "sink",
		.root = "/srv",
		.operand = operand,
		.destination = "bob@host:x",
		.policy = "5a5a",
		.landlock_abi = 7,
		.program = "sink",
		.root_way = "none",
		.resolve = "openat2",
		.publish = "unnamed",
		.complete = true };

	begin();
	memset(operand, '"', sizeof(operand) - 1);
	ck_assert_int_eq(report_started(&r, &start), 0);
	ck_assert_int_eq(report_session(&r, &s), 0);
	for (size_t i = 0; i < COUNT(all); i++)
		ck_assert_msg(log_lines(all[i]) == 1, "%s", all[i]);
	s.publish = s.destination = "";
	s.complete = false;
	ck_assert_int_eq(report_session(&r, &s), 0);
	for (size_t i = 0; i < COUNT(still); i++)
		ck_assert_msg(log_lines(still[i]) == 1, "%s", still[i]);
}
END_TEST

/* ps(1) shows a rate, which must not fall below 0 after a failure. */
START_TEST(what_has_passed_counts_also_when_it_failed)
{
	struct item it = item(REPLY_NONE, NULL);

	begin();
	report_progress(&r, &it.event, 30, 30);
	ck_assert_int_eq(report_record(&r, &it.event, false, EACCES), 0);
	ck_assert_int_eq(r.passed, 30);
	it.event.bytes = 5;
	report_progress(&r, &it.event, 5, 5);
	ck_assert_int_eq(report_record(&r, &it.event, false, 0), 0);
	ck_assert_int_eq(r.passed, 35);
	ck_assert_int_eq(r.bytes, 5);
	it.event.verb = VERB_MKDIR;
	ck_assert_int_eq(report_record(&r, &it.event, false, EACCES), 0);
	ck_assert_int_eq(r.passed, 35);
}
END_TEST

/* What programs look at comes before what a peer could have written. */
START_TEST(a_refusal_names_the_peer_first)
{
	static const struct report_start start = { .user = "bob",
		.peer = "192.0.2.1",
		.peer_port = "22",
		.method = "",
		.key = "",
		.form = "forced",
		.request = "sftp" };
	struct item it = item(REPLY_NONE, NULL);

	begin();
	ck_assert_int_eq(report_started(&r, &start), 0);
	report_refused(&r, &it.event, ERR_SFTP);
	ck_assert_int_eq(
	    log_lines("\"event\":\"refused\",\"peer\":\"192.0.2.1\","
		      "\"reason\":\"sftp\",\"user\":\"bob\","
		      "\"keyword\":\"Sftp\"}\n"),
	    1);
	it.event.detail = "\"\n";
	it.event.detail_len = 2;
	report_refused(&r, &it.event, ERR_OPTION);
	ck_assert_int_eq(log_lines("\"detail\":\"\\\"\\\\x0a\"}\n"), 1);
	ck_assert_int_eq(report_ended(&r, ERR_OPTION), 2);
	ck_assert_int_eq(log_lines("\"failures\":2"), 1);
}
END_TEST

/* A source's last reply and its record are two steps. */
START_TEST(the_two_halves_do_their_half)
{
	struct item it;

	begin();
	it = item(REPLY_NOW, NULL);
	ck_assert_int_eq(report_reply(&r, &it, ERR_CHANGED), 0);
	ck_assert_str_eq(received(), "\1scp: File shrank while it was sent\n");
	ck_assert_int_eq(r.status, 0);
	ck_assert_int_eq(log_lines("file"), 0);
	ck_assert_int_eq(report_record(&r, &it.event, false, ERR_CHANGED), 0);
	ck_assert_str_eq(received(), "(none)");
	ck_assert_int_eq(r.status, 1);
	ck_assert_int_eq(log_lines("\"reason\":\"changed\""), 1);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		success_is_one_zero_byte,
		no_reply_is_sent_where_none_is_due,
		each_error_has_its_reply_its_status_and_its_fate,
		the_path_is_shown_as_the_peer_typed_it,
		an_error_without_a_path_says_only_what_it_is,
		a_protocol_error_shows_no_path,
		a_detail_follows_the_words_and_is_escaped,
		lines_stay_short_whatever_is_in_them,
		a_long_path_keeps_its_end,
		the_status_only_rises,
		warnings_wait_and_keep_their_order,
		a_directory_sends_its_own_warnings_and_leaves_those_before_it,
		warnings_that_find_no_room_are_counted,
		what_ends_the_session_is_told_at_once,
		a_peer_that_no_longer_reads_does_not_stop_a_sink,
		a_reply_that_is_due_goes_out_before_the_signal_is_told,
		a_time_out_of_a_reply_raises_the_status,
		files_octets_and_failures_are_counted,
		what_changed_nothing_needs_no_record,
		an_end_without_a_record_is_told_where_that_is_required,
		lost_records_that_no_record_counts_are_told_on_standard_error,
		a_record_names_path_result_and_reason,
		the_start_record_escapes_what_comes_from_outside,
		the_session_record_says_what_is_in_force,
		what_has_passed_counts_also_when_it_failed,
		a_refusal_names_the_peer_first,
		the_two_halves_do_their_half,
	};

	return unit_run("report", tests, COUNT(tests));
}
