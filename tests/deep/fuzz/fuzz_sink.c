/*
 * A whole upload.  The input: faults, seed, when, two keywords, the options
 * and operand, then all that the peer sends.  A reading of its own tells from
 * what was sent and what was replied which files have to be there.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "scp/record.h"
#include "scp/sink.h"
#include "tidy.h"

#define BODIES_MAX 512

static struct prop props[] = {
	{ .path = "d", .dir = true, .mode = 0755 },
	{ .path = "d/old", .mode = 0644 },
	{ .path = "d/sub", .dir = true, .mode = 0755 },
	{ .path = "f", .mode = 0640 },
	{ .path = "a", .mode = 0400 },
	{ .path = "locked", .dir = true, .mode = 0555 },
	{ .path = "l", .link = "d" },
	{ .path = "lf", .link = "f" },
	{ .path = "d/out", .link = "../../outside" },
	{ .path = "out", .link = "../outside" },
	{ .path = "d/f", .link = "../../outside/f" },
};

static const char *const operands[] = { ".", "d", "f", "new", "l", "d/", "out",
	"d/out/f", "no/such", "/", "locked", "lf", "../outside/f", "new/",
	"d/sub", "/srv/d" };

/* A body that was acknowledged. */
struct body {
	char path[PATH_MAX];
	const uint8_t *p;
	size_t len;
	size_t next; /* the body that took its place, or 0; SIZE_MAX: half */
};

static struct sink k;
static bool stores_in_target; /* before it was closed */
static size_t taken;	      /* of the input, before the farewell */
static struct body bodies[BODIES_MAX];

/* Where we are in what was sent and in what was replied. */
static struct {
	size_t at;
	size_t out_at;
	size_t depth;
	size_t lens[POLICY_DEPTH_MAX + 1]; /* of path, by depth */
	char path[2 * PATH_MAX];
	bool in_target; /* at the top, names go into the operand */
	int status;
	bool open_end;	 /* it ended with directories open */
	bool lost_sight; /* no reply was heard: who knows */
	size_t bodies;

	/* Pipelining: replies that came before their records */
	size_t credit;
	bool told;	/* the record at hand had its reply before */
	bool times;	/* a T stands before the record at hand */
	bool timed;	/* the last C or D had one */
	bool told_ends; /* of an E so answered only the status tells */
} m;

static void
raise(int status)
{
	m.status = status > m.status ? status : m.status;
}

static int
reply(void)
{
	int r = stage_message(&m.out_at);

	m.lost_sight = m.lost_sight || r == -1;
	if (r == 1 || r == 2)
		raise(r);
	return r;
}

/* The reply to the record at hand, unless it came before. */
static int
reply_in_turn(void)
{
	return m.told ? 0 : reply();
}

/*
 * The replies to records that are still to come: one for a C or D, and one
 * for its T if the last C or D had one.  -r or -d tell that more may come.
 */
static void
take_ahead(void)
{
	const struct request *q = &stage.request;
	size_t wanted = m.timed ? 2 : 1;

	if (!stage.policy.pipelining || (!q->recursive && !q->want_directory))
		return;
	for (; m.credit < wanted && !m.lost_sight; m.credit++)
		CLAIM(reply() == 0 || m.lost_sight);
}

/*
 * A D that was answered before can still fail, and that ends the session: then
 * nothing was read after it.
 */
static bool
is_refused_late(void)
{
	if (!m.told || taken != m.at)
		return false;
	/* or nobody could be told */
	return m.out_at == stage.out_len ? stage.wire.peer_closed :
					   stage.out[m.out_at] == '\2';
}

/* The session is over, and said so. */
static bool
stop(void)
{
	int r = reply();

	CLAIM(r == 2 || m.lost_sight);
	return false;
}

/* The next line; 0 when there is none left, -1 when it is no line. */
static int
take_line(const char **line, size_t *len)
{
	const char *s = (const char *)stage.in + m.at, *newline;
	size_t left = stage.in_len - m.at;
	bool words = left > 0 && (*s == '\1' || *s == '\2');

	if (left == 0)
		return 0;
	newline = memchr(s, '\n', left);
	*line = s;
	*len = newline != NULL ? (size_t)(newline - s) + 1 : left;
	m.at += *len;
	if (newline == NULL || (*len > RECORD_LINE_MAX && !words))
		return -1;
	return 1;
}

/* Appends what a record names; the top's own operand has its name. */
static void
enter(const struct record *r)
{
	size_t n = m.lens[m.depth];

	if (m.depth > 0 || m.in_target)
		(void)snprintf(m.path + n, sizeof(m.path) - n, "%s%s",
		    n > 0 ? "/" : "", r->name.s);
	else
		m.path[n] = '\0';
}

/* The peer's word after a body; -1 where none can be told. */
static int
take_status(void)
{
	const uint8_t *s = stage.in + m.at, *newline;
	size_t left = stage.in_len - m.at;

	if (left == 0)
		return 0; /* as many clients end */
	m.at++;
	if (*s > 2)
		return -1;
	if (*s == 0)
		return 0;
	if ((newline = memchr(s, '\n', left)) == NULL)
		return -1;
	m.at += (size_t)(newline - s);
	raise(*s);
	return *s;
}

static void
keep_body(const struct record *r, const uint8_t *p)
{
	struct body *b = &bodies[m.bodies];

	CLAIM(m.bodies < BODIES_MAX);
	enter(r);
	CLAIM(strlen(m.path) < sizeof(b->path));
	memcpy(b->path, m.path, strlen(m.path) + 1);
	b->p = p;
	b->len = (size_t)r->size;
	b->next = 0;
	for (size_t i = 0; i < m.bodies; i++)
		if (bodies[i].next == 0 && strcmp(bodies[i].path, b->path) == 0)
			bodies[i].next = m.bodies;
	m.bodies++;
}

/* Written in place, what stood there is gone even if the new body fails. */
static void
forget_bodies(const struct record *r)
{
	if (stage.policy.overwrite != OVERWRITE_INPLACE || r->refused != 0)
		return;
	enter(r);
	for (size_t i = 0; i < m.bodies; i++)
		if (bodies[i].next == 0 && strcmp(bodies[i].path, m.path) == 0)
			bodies[i].next = SIZE_MAX;
}

static bool
follow_file(const struct record *r)
{
	const uint8_t *p;
	int answer = reply_in_turn(), status;

	if (answer != 0) {
		CLAIM(answer != 1); /* the body could not be told apart */
		return false;
	}
	forget_bodies(r);
	if ((uint64_t)r->size > stage.in_len - m.at) {
		m.at = stage.in_len;
		return stop();
	}
	p = stage.in + m.at;
	m.at += (size_t)r->size;
	if ((status = take_status()) == -1)
		return stop();
	if (status == 2)
		return false;
	answer = reply();
	CLAIM(answer != 2);
	CLAIM(answer != 0 || r->refused == 0);
	if (answer == 0 && status == 0)
		keep_body(r, p);
	take_ahead();
	return !m.lost_sight;
}

static bool
follow_dir(const struct record *r)
{
	int answer = is_refused_late() ? reply() : reply_in_turn();

	CLAIM(answer != 1);
	if (answer != 0)
		return false;
	CLAIM(stage.request.recursive && r->refused == 0);
	CLAIM(m.depth < (size_t)stage.policy.depth);
	enter(r);
	m.lens[++m.depth] = strlen(m.path);
	take_ahead();
	return !m.lost_sight;
}

static bool
follow_end(void)
{
	int answer = reply_in_turn();

	CLAIM(answer != 2);
	m.told_ends = m.told_ends || m.told;
	if (m.depth == 0)
		return false;
	m.depth--;
	take_ahead();
	return !m.lost_sight;
}

/* Has this record, that is to be answered, had its reply? */
static void
spend(const struct record *r)
{
	m.told = m.credit > 0;
	m.credit -= m.told;
	if (r->type == RECORD_FILE || r->type == RECORD_DIR)
		m.timed = m.times;
	m.times = r->type == RECORD_TIMES;
}

/* One record and its replies; false at the end of the session. */
static bool
follow(void)
{
	struct record r;
	const char *line;
	size_t len;
	int more = take_line(&line, &len);

	if (more == 0) {
		m.open_end = m.depth > 0;
		return false;
	}
	if (more == -1)
		return stop();
	if (len > RECORD_LINE_MAX)
		len = RECORD_LINE_MAX; /* words are cut */
	else if (record_parse(&r, line, len) != 0)
		return stop();
	if (line[0] == '\1' || line[0] == '\2') {
		raise(line[0]);
		m.times = false;
		return line[0] == '\1';
	}
	spend(&r);
	switch (r.type) {
	case RECORD_FILE:
		/* a reply that is left over would be taken for its body's */
		return m.credit > 0 ? stop() : follow_file(&r);
	case RECORD_DIR:
		return follow_dir(&r);
	case RECORD_DIR_END:
		return follow_end();
	default:
		CLAIM(reply_in_turn() == 0 || m.lost_sight);
		return !m.lost_sight;
	}
}

/* The target was refused: two messages, and nothing else is looked at. */
static void
follow_refusal(void)
{
	raise(2);
	m.at = stage.in_len;
	if (memchr(stage.in, '\n', stage.in_len) != NULL)
		CLAIM(reply() == 2 || m.lost_sight);
}

/* Is this what one of the acknowledged bodies, or one of the props, holds? */
static bool
is_whole(const char *path, const char *content, size_t len)
{
	char old[PROP_SIZE];

	for (size_t i = 0; i < m.bodies; i++)
		if (bodies[i].len == len &&
		    (len == 0 || memcmp(bodies[i].p, content, len) == 0))
			return true;
	for (size_t i = 0; i < COUNT(props); i++) {
		stage_fill(props[i].path, old);
		if (!props[i].dir && len == PROP_SIZE &&
		    memcmp(old, content, len) == 0)
			return true;
	}
	/* it is allowed to be a piece only where it is written in place */
	if (stage.policy.overwrite != OVERWRITE_INPLACE)
		return false;
	for (size_t i = 0; i < m.bodies; i++)
		if (bodies[i].next == SIZE_MAX &&
		    tidy_same(stage.root, bodies[i].path, path))
			return true;
	return tidy_prop(props, COUNT(props), path) != NULL;
}

/* Whatever was not heard, no more than what was sent may stand there. */
static void
check_file(const char *path, const char *content, size_t len)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;

	CLAIM(!name_is_temp(name, strlen(name)));
	if (m.lost_sight && len > 0 &&
	    memmem(stage.in, stage.in_len, content, len) != NULL)
		return;
	CLAIM((m.lost_sight && len == 0) || is_whole(path, content, len));
}

/* What was acknowledged is there. */
static void
check_bodies(void)
{
	static char content[TIDY_FILE_MAX];
	const struct body *b;
	ssize_t n;

	for (size_t i = 0; i < m.bodies; i++) {
		b = &bodies[i];
		if (b->next != 0)
			continue;
		n = tidy_read(stage.root, b->path, content);
		CLAIM(n >= 0 && (size_t)n == b->len);
		CLAIM(b->len == 0 || memcmp(content, b->p, b->len) == 0);
	}
}

static void
check(int status)
{
	int first;

	memset(&m, 0, sizeof(m));
	m.lens[0] = k.base_len;
	memcpy(m.path, k.here.s, k.base_len);
	m.path[k.base_len] = '\0';
	m.in_target = stores_in_target;
	if ((first = reply()) == 0)
		while (follow())
			;
	else if (first == 1)
		follow_refusal();
	/* where replies came before, the missing one may be none of those */
	m.lost_sight = m.lost_sight || stage.wire.peer_closed;
	tidy_walk(stage.root, props, COUNT(props), check_file);
	if (m.lost_sight) {
		CLAIM((stage.faults & FAULT_DEAF) != 0);
		return;
	}
	CLAIM(m.out_at == stage.out_len); /* one reply a record, no more */
	CLAIM(status == m.status ||
	    ((m.open_end || m.told_ends) && m.status == 0 && status == 1));
	check_bodies();
}

/* The options and the operand, from one octet each. */
static void
make_request(struct input *in)
{
	static char program[] = "scp", letters[] = "-t\0\0\0";
	static char dashes[] = "--", operand[32];
	static char *argv[] = { program, letters, dashes, operand, NULL };
	unsigned int bits = take_byte(in);
	const char *text = operands[take_byte(in) % COUNT(operands)];
	size_t n = 2;

	if (bits & 1)
		letters[n++] = 'r';
	if (bits & 2)
		letters[n++] = 'p';
	if (bits & 4)
		letters[n++] = 'd';
	letters[n] = '\0';
	memcpy(operand, text, strlen(text) + 1);
	CLAIM(request_parse(&stage.request, 4, argv) == 0);
}

static int
serve(void)
{
	int status;

	(void)sink_open(&k, &stage.session, stage.seed);
	if ((stage.faults & FAULT_NAMED) != 0) {
		k.target.dir.no_tmpfile = true;
		(void)session_upload_grants(
		    &stage.session, &k.target, &k.rules, &k.target_error);
	}
	stores_in_target = session_stores_in(&k.target);
	stage.report.warns_first = true;
	status = report_ended(&stage.report, sink_run(&k));
	taken = stage_taken();
	report_farewell(&stage.report, true);
	return status;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	if (stage.root == 0)
		stage_open();
	stage_make(props, COUNT(props));
	stage_take(&in);
	make_request(&in);
	stage.in = in.p;
	stage.in_len = in.left;
	if (!stage_begin())
		return 0;
	check(serve());
	stage_end();
	tidy_up(stage.root, props, COUNT(props));
	stage_check();
	return 0;
}
