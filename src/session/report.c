#include "session/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "policy/config.h"
#include "session/farewell.h"

/* Octets shown of a path.  Some peers read only 127 octets of a line. */
#define SHOWN_PATH_MAX	 256
#define SHOWN_DETAIL_MAX 128
#define MESSAGE_MAX	 512

/* Octets kept free for the line that counts the warnings that did not fit. */
#define QUEUE_TAIL 64

static const char verbs[][8] = {
	[VERB_SESSION] = "session",
	[VERB_TARGET] = "target",
	[VERB_TIMES] = "times",
	[VERB_PUT] = "put",
	[VERB_MKDIR] = "mkdir",
	[VERB_DIR_END] = "dir",
	[VERB_PEER] = "peer",
	[VERB_GET] = "get",
	[VERB_LIST] = "list",
	[VERB_SETSTAT] = "setstat",
	[VERB_REMOVE] = "remove",
	[VERB_RMDIR] = "rmdir",
	[VERB_LINK] = "link",
	[VERB_RENAME] = "rename",
};

void
report_init(struct report *r, struct wire *wire, struct audit *audit)
{
	memset(r, 0, offsetof(struct report, queue)); /* queue needs none */
	r->wire = wire;
	r->audit = audit;
	r->typed = "";
}

void
report_operand(struct report *r, const char *typed, const struct relpath *path)
{
	r->typed = typed;
	r->typed_len = path->len;
}

void
report_item(struct item *it, enum verb verb, enum reply reply,
    const struct relpath *path)
{
	memset(it, 0, sizeof(*it));
	it->event.verb = verb;
	it->turn.reply = reply;
	it->event.path = path;
	(void)clock_gettime(CLOCK_MONOTONIC, &it->event.begun); /* can't fail */
}

void
report_progress(
    struct report *r, const struct event *ev, int64_t done, int64_t size)
{
	char path[PATH_MAX + 1] = "";

	r->current = done;
	if (wire_ticks() == r->tick)
		return;
	r->tick = wire_ticks();
	if (ev->path != NULL)
		(void)snprintf(path, sizeof(path), "/%s", ev->path->s);
	title_draw(
	    &r->title, verbs[ev->verb], path, done, size, r->passed + done);
}

/* Cuts the last name off a path that somebody typed. */
static void
cut_to_dir(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL)
		memcpy(path, ".", 2);
	else
		slash[slash == path ? 1 : 0] = '\0';
}

/*
 * The path as the peer knows it: the operand it typed and the names below.  One
 * above the operand is shown from the root.
 */
static void
shown_path(const struct report *r, const struct event *ev, int err,
    char out[SHOWN_PATH_MAX])
{
	char whole[2 * PATH_MAX];
	const bool below = ev->path->len >= r->typed_len && *r->typed != '\0';
	const char *rest = ev->path->s + (below ? r->typed_len : 0);
	size_t n = below ? strlen(r->typed) : 0;

	rest += *rest == '/' ? 1 : 0;
	while (*rest != '\0' && n > 1 && r->typed[n - 1] == '/')
		n--;
	/* a path that is too long is cut here and further by the next call */
	(void)snprintf(whole, sizeof(whole), "%.*s%s%s", (int)n, r->typed,
	    *rest != '\0' && (n == 0 || r->typed[n - 1] != '/') ? "/" : "",
	    rest);
	if (ev->about_dir && err == EACCES && *whole != '\0')
		cut_to_dir(whole);
	text_escape_cut(out, SHOWN_PATH_MAX, whole, strlen(whole));
}

/* Whether a file is stored, but not as it should be. */
static bool
is_partly(int err)
{
	return err == ERR_SET_MODE || err == ERR_SET_TIMES;
}

int
report_lack(
    struct report *r, struct event *ev, int refused_mode, int refused_times)
{
	const int why = refused_mode != 0 ? refused_mode : refused_times;
	const int e = refused_mode != 0 ? ERR_SET_MODE : ERR_SET_TIMES;

	if (why == 0)
		return 0;
	/* always fits */
	(void)snprintf(r->lack, sizeof(r->lack), "%s: %s",
	    err_words(err_info(e)), err_words(err_info(why)));
	ev->detail = r->lack;
	ev->detail_len = strlen(r->lack);
	return e;
}

/* message = ( \1 / \2 ) "scp: " [ path ": " ] words [ " -- " detail ] LF */
static size_t
format_message(const struct report *r, const struct item *it,
    const struct err_info *info, bool stop, char out[MESSAGE_MAX])
{
	char path[SHOWN_PATH_MAX] = "", detail[SHOWN_DETAIL_MAX] = "";
	int n;

	if (it->event.path != NULL && info->about_item)
		shown_path(r, &it->event, info->code, path);
	if (it->event.detail_len > 0)
		text_escape_cut(detail, sizeof(detail), it->event.detail,
		    it->event.detail_len);
	/* always fits: 256 + 128 + the longest words */
	n = snprintf(out, MESSAGE_MAX, "%cscp: %s%s%s%s%s\n",
	    stop ? '\2' : '\1', path, *path != '\0' ? ": " : "",
	    is_partly(info->code) ? "" : err_words(info),
	    *detail == '\0' || is_partly(info->code) ? "" : " -- ", detail);
	return n < MESSAGE_MAX ? (size_t)n : MESSAGE_MAX - 1;
}

static int
queue_message(struct report *r, const char *line, size_t len)
{
	if (len > sizeof(r->queue) - QUEUE_TAIL - r->queued) {
		r->unqueued++;
		return 0;
	}
	memcpy(r->queue + r->queued, line, len);
	r->queued += len;
	return 0;
}

/*
 * A peer that no longer reads may still be sending.  What it sends is stored,
 * and its end of input ends the session, so ERR_DEAF is no error here.
 */
static int
send_reply(struct report *r, const char *s, size_t len)
{
	int e = wire_write(r->wire, s, len);

	return e == ERR_DEAF ? 0 : e;
}

static bool
ends_session(bool fatal, const struct err_info *info)
{
	return info->fate == FATE_STOP || (fatal && info->tell == TELL_WORDS);
}

/*
 * Sends the reply and the go-aheads for later records in one write.  When the
 * reply was sent ahead and the item failed afterwards, there is no reply left
 * to send: the message goes to standard error, which ssh passes on, and the
 * exit status reports the failure.
 */
static int
answer(struct report *r, const struct item *it, const char *s, size_t len)
{
	char all[MESSAGE_MAX + REPORT_ACKS_MAX];

	if (it->turn.acked_early && len > 1)
		wire_print_error(s + 1, len - 1);
	if (it->turn.acked_early)
		len = 0;
	memcpy(all, s, len);
	memset(all + len, 0, it->turn.acks_ahead);
	return len + it->turn.acks_ahead > 0 ?
	    send_reply(r, all, len + it->turn.acks_ahead) :
	    0;
}

/*
 * Sends the last message.  Some clients show a message only if it is a warning,
 * so one that comes first is a warning, whose \2 follows with the farewell.
 */
static int
send_last(struct report *r, const struct item *it, char *line, size_t len)
{
	if (it->turn.first && r->warns_first && !r->parting) {
		(void)queue_message(r, line, len); /* a sink's is empty */
		*line = '\1';
	}
	r->parting = true;
	return send_reply(r, line, len);
}

int
report_reply(struct report *r, const struct item *it, int err)
{
	const struct err_info *info = err_info(err);
	bool stop = ends_session(it->turn.fatal, info);
	char line[MESSAGE_MAX];
	size_t len;

	if (it->turn.reply == REPLY_NONE || info->tell == TELL_NONE)
		return 0;
	if (info->tell == TELL_OK)
		return it->turn.reply == REPLY_NOW ? answer(r, it, "", 1) : 0;
	len = format_message(r, it, info, err != 0 && stop, line);
	if (r->echo_to_stderr)
		wire_print_error(line + 1, len - 1);
	if (it->turn.reply == REPLY_LATER && !stop)
		return queue_message(r, line, len);
	return stop ? send_last(r, it, line, len) : answer(r, it, line, len);
}

static int64_t
milliseconds_since(const struct timespec *begun)
{
	struct timespec t = { 0, 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	return (t.tv_sec - begun->tv_sec) * INT64_C(1000) +
	    (t.tv_nsec - begun->tv_nsec) / 1000000;
}

/* Only failures, files, and directories that change are recorded. */
static bool
is_recorded(const struct event *ev, int err)
{
	return err != 0 || ev->verb == VERB_PUT || ev->verb == VERB_GET ||
	    ev->changed;
}

/* Why an event failed, if it did. */
static void
put_cause(struct audit *a, const struct event *ev, int err)
{
	if (policy_cause(err) != KEY_COUNT)
		audit_word(a, "keyword", config_name(policy_cause(err)));
	if (err > 0)
		audit_number(a, "errno", err);
	if (ev->detail_len > 0)
		audit_text(a, "detail", ev->detail,
		    ev->detail_len < PATH_MAX ? ev->detail_len : PATH_MAX);
}

/*
 * The path from the root.  An operand that was refused may have none; it is
 * recorded as it was typed.
 */
static void
put_path(struct report *r, const struct event *ev, int err)
{
	char whole[PATH_MAX + 1];

	if (ev->path == NULL)
		return;
	(void)snprintf(whole, sizeof(whole), "/%s", ev->path->s);
	if (err != 0 && ev->path->len == 0 && r->typed_len == 0 &&
	    *r->typed != '\0')
		audit_text(r->audit, "path", r->typed, strlen(r->typed));
	else
		audit_text(r->audit, "path", whole, strlen(whole));
}

static int
write_record(struct report *r, const struct event *ev,
    const struct err_info *info, const char *result, int err)
{
	struct audit *a = r->audit;

	audit_begin(a, "file");
	audit_word(a, "verb", verbs[ev->verb]);
	put_path(r, ev, err);
	audit_number(a, "bytes", ev->bytes);
	audit_mode(a, "mode", ev->mode);
	if (ev->digest != NULL && *ev->digest != '\0')
		audit_word(a, "sha256", ev->digest);
	audit_word(a, "result", result);
	if (err != 0)
		audit_word(a, "reason", err_token(info));
	put_cause(a, ev, err);
	audit_number(a, "ms", milliseconds_since(&ev->begun));
	return audit_end(a);
}

/*
 * Prints the peer's own message about a failure on standard error.  In a relay
 * the peer is the other host, whose messages the user does not see otherwise.
 */
static void
pass_on(const struct event *ev)
{
	char words[SHOWN_PATH_MAX], line[SHOWN_PATH_MAX + 8];
	int n;

	text_escape_cut(words, sizeof(words), ev->detail, ev->detail_len);
	n = snprintf(line, sizeof(line), "%s%s\n",
	    strncmp(words, "scp: ", 5) == 0 ? "" : "scp: ", words); /* fits */
	wire_print_error(line, (size_t)n);
}

int
report_ahead(struct report *r, struct event *ev)
{
	ev->recorded = true;
	return write_record(r, ev, err_info(0), "ok", 0);
}

int
report_begun(struct report *r, const struct event *ev)
{
	return write_record(r, ev, err_info(0), "begun", 0);
}

int
report_change(struct report *r, const struct event *ev)
{
	return r->audit->required ? report_begun(r, ev) : 0;
}

int
report_record(struct report *r, const struct event *ev, bool fatal, int err)
{
	const struct err_info *info = err_info(err);
	bool ends = err != 0 && !r->goes_on && ends_session(fatal, info);
	bool stored = err == 0 || is_partly(err);
	int lost = 0, status = r->goes_on ? 0 : err_status(info, ends);

	if (r->echo_to_stderr && (err == ERR_PEER || err == ERR_PEER_FATAL))
		pass_on(ev);
	if (!stored || (is_recorded(ev, err) && !ev->recorded))
		lost = write_record(r, ev, info,
		    stored   ? "ok" :
			ends ? "fatal" :
			       "failed",
		    stored ? 0 : err);
	if (ev->verb == VERB_PUT || ev->verb == VERB_GET) {
		r->files += stored;
		r->bytes += stored ? ev->bytes : 0;
		r->passed += r->current > ev->bytes ? r->current : ev->bytes;
		r->current = 0;
	}
	if (err != 0)
		r->failures++;
	if (status > r->status)
		r->status = status;
	return ends ? err : lost;
}

int
report(struct report *r, const struct item *it, int err)
{
	struct item last = *it;
	int e, answered;

	if (it->turn.reported_later)
		return err;
	answered = report_reply(r, it, err);
	e = report_record(r, &it->event, it->turn.fatal, err);
	if (e != 0 || answered == 0)
		return e;
	/* a limit or a signal, which is the last message to the peer */
	last.turn.reply = REPLY_NOW;
	(void)report_reply(r, &last, answered); /* best effort */
	return answered;
}

size_t
report_mark(const struct report *r)
{
	return r->queued;
}

/* Each line is one write: some peers expect one record in each packet. */
static int
send_lines(struct report *r, size_t from)
{
	const char *line, *newline;
	int e = 0;

	while (e == 0 && from < r->queued) {
		line = r->queue + from;
		newline = memchr(line, '\n', r->queued - from);
		from += (size_t)(newline - line) + 1;
		e = wire_write(r->wire, line, (size_t)(newline - line) + 1);
	}
	return e;
}

int
report_flush(struct report *r, size_t mark)
{
	char line[QUEUE_TAIL];
	int e, n;

	if ((e = send_lines(r, mark)) == 0 && r->unqueued > 0) {
		n = snprintf(line, sizeof(line), "\1scp: %u more errors\n",
		    r->unqueued); /* fits any number */
		e = wire_write(r->wire, line, (size_t)n);
		r->unqueued = 0;
	}
	r->queued = mark;
	return e;
}

void
report_refused(struct report *r, const struct event *ev, int err)
{
	const struct report_start *s = r->start;
	struct audit *a = r->audit;

	r->failures++;
	/* a filter looks at the peer and the reason: before what peers write */
	audit_begin(a, "refused");
	audit_text(a, "peer", s->peer, s->peer_claimed ? 0 : strlen(s->peer));
	audit_word(a, "reason", err_token(err_info(err)));
	audit_text(a, "user", s->user, strlen(s->user));
	put_cause(a, ev, err);
	(void)audit_end(a); /* it is refused anyway */
}

void
report_farewell(struct report *r, bool confined)
{
	size_t last = r->warns_first ? r->queued : 0;

	if (r->parting && confined)
		farewell(r->wire, r->queue, last);
	else if (r->parting)
		farewell_unread(r->wire, r->queue, last);
}
