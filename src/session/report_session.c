/*
 * The records of a session as a whole: who asks for what, what is served and
 * how, and what became of a relay.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "session/report.h"

/* The line that counts lost records. */
#define LOST_LINE_MAX 80

int
report_started(struct report *r, const struct report_start *s)
{
	struct audit *a = r->audit;

	r->start = s;
	audit_begin(a, "start");
	audit_text(a, "user", s->user, strlen(s->user));
	audit_text(a, "peer", s->peer, strlen(s->peer));
	audit_text(a, "port", s->peer_port, strlen(s->peer_port));
	if (*s->method != '\0')
		audit_text(a, "auth", s->method, strlen(s->method));
	if (*s->key != '\0')
		audit_text(a, "key", s->key, strlen(s->key));
	if (s->peer_claimed || (*s->method != '\0' && !s->confined))
		audit_word(a, "claimed", "yes");
	audit_word(a, "form", s->form);
	audit_text(a, "request", s->request, strlen(s->request));
	return audit_end(a);
}

int
report_session(struct report *r, const struct report_session *s)
{
	struct audit *a = r->audit;

	audit_begin(a, "session");
	audit_text(a, "user", s->user, strlen(s->user));
	audit_word(a, "verb", s->verb);
	audit_text(a, "root", s->root, strlen(s->root));
	audit_text(a, "operand", s->operand, strlen(s->operand));
	if (*s->destination != '\0')
		audit_text(
		    a, "destination", s->destination, strlen(s->destination));
	audit_word(a, "policy", s->policy);
	audit_number(a, "landlock", s->landlock_abi);
	audit_word(a, "seccomp", s->program);
	audit_word(a, "chroot", s->root_way);
	audit_word(a, "resolve", s->resolve);
	if (*s->publish != '\0')
		audit_word(a, "publish", s->publish);
	audit_word(a, "sandbox", s->complete ? "complete" : "reduced");
	title_begin(&r->title, s->user, s->verb, !s->confined);
	return audit_end(a);
}

/*
 * The records behind the last that was written, as when the daemon that had our
 * socket is gone: no record can count them.  Nobody waits for one where there
 * was no log from the beginning.
 */
static void
tell_lost(const struct audit *a)
{
	char line[LOST_LINE_MAX];
	int n;

	if (a->fd == -1 || a->lost == a->lost_reported)
		return;
	n = snprintf(line, sizeof(line),
	    "scp-server: audit records lost at the end: %lu\n",
	    a->lost - a->lost_reported); /* fits */
	wire_print_error(line, (size_t)n);
}

int
report_relayed(
    struct report *r, const char *destination, int ssh_status, int status)
{
	struct audit *a = r->audit;

	audit_begin(a, "relay");
	audit_text(a, "destination", destination, strlen(destination));
	audit_number(a, "ssh", ssh_status);
	audit_number(a, "status", status);
	if (audit_end(a) != 0)
		status = err_info(ERR_AUDIT)->status;
	tell_lost(a);
	return status;
}

int
report_ended(struct report *r, int err)
{
	const struct err_info *info = err_info(err);
	struct audit *a = r->audit;

	if (info->status > r->status)
		r->status = info->status; /* it failed between items */
	audit_begin(a, "end");
	audit_number(a, "files", r->files);
	audit_number(a, "bytes", r->bytes);
	audit_number(a, "failures", r->failures);
	audit_number(a, "lost", (int64_t)a->lost);
	audit_word(a, "reason", err_token(info));
	audit_number(a, "status", r->status);
	if (audit_end(a) != 0)
		r->status = err_info(ERR_AUDIT)->status;
	tell_lost(a);
	return r->status;
}
