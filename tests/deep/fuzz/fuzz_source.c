/*
 * A whole download.  The input: faults, seed, when, two keywords, options,
 * operands as words of a command up to a newline, then all that the peer
 * replies.  What was sent is read record by record against the replies.
 */
#include "stage.h"

#include <sys/stat.h>
#include <unistd.h>

#include "request/command.h"
#include "scp/record.h"
#include "scp/source.h"

#define WORDS_MAX 200

static struct prop props[] = {
	{ .path = "d", .dir = true, .mode = 0755 },
	{ .path = "d/a", .mode = 0644 },
	{ .path = "d/b.c", .mode = 0755 },
	{ .path = "d/.dot", .mode = 0600 },
	{ .path = "d/e", .dir = true, .mode = 0700 },
	{ .path = "d/bad\nname", .mode = 0644 },
	{ .path = "d/shut", .dir = true, .mode = 0000 },
	{ .path = "d/no", .mode = 0000 },
	{ .path = "f", .mode = 0640 },
	{ .path = "out", .link = "../outside" },
	{ .path = "d/f", .link = "../../outside/f" },
	{ .path = "l", .dir = true, .mode = 0755 },
	{ .path = "l/f", .link = "../f" },
	{ .path = "l/up", .link = ".." },
	{ .path = "l/a", .link = "/d/a" },
};

static struct command command;
static struct source k;

/* Where we are in what was sent and in what was replied. */
static struct {
	size_t at;     /* in the replies */
	size_t out_at; /* in the records */
	size_t depth;
	bool times; /* a T was sent, and taken if that was heard */
	bool left;  /* the last reply was none */
	/* Pipelining: sent, and the reply still to be heard */
	bool owed_file;
	bool owed_dir;
	int status;
} m;

enum answer {
	TAKEN = 0,
	FAILED = 1,
	OVER = 2, /* the session ends here */
};

static void
raise(int status)
{
	m.status = status > m.status ? status : m.status;
}

static bool
at_end(void)
{
	return m.out_at == stage.out_len;
}

/* Our last words, which are due where the peer reads words. */
static enum answer
say_and_end(bool said)
{
	if (said)
		CLAIM(stage_message(&m.out_at) == 2);
	raise(2);
	return OVER;
}

/*
 * The peer's next reply.  last: it may be missing.  What is no reply at all is
 * read to its newline, and nothing is said.
 */
static enum answer
hear(bool in_step, bool last)
{
	const uint8_t *s = stage.in + m.at, *newline;
	size_t left = stage.in_len - m.at;

	if (left == 0) {
		m.left = true;
		if (!last)
			raise(1);
		return last ? TAKEN : OVER;
	}
	m.at++;
	if (*s == 0)
		return TAKEN;
	if (*s > 2) {
		newline = memchr(s + 1, '\n', left - 1);
		m.at = newline != NULL ? (size_t)(newline + 1 - stage.in) :
					 stage.in_len;
		raise(1);
		return OVER;
	}
	if ((newline = memchr(s, '\n', left)) == NULL) {
		m.at = stage.in_len;
		return say_and_end(in_step);
	}
	m.at += (size_t)(newline - s);
	raise(*s);
	return *s == 1 ? FAILED : OVER;
}

static enum answer
answer(bool in_step, bool last)
{
	return hear(in_step, last);
}

/* The replies that are owed, in the order of what they answer. */
static enum answer
settle(bool in_step)
{
	bool *const owed[] = { &m.owed_file, &m.owed_dir };

	for (size_t i = 0; i < COUNT(owed); i++) {
		if (*owed[i] && answer(in_step, true) == OVER)
			return OVER;
		*owed[i] = false;
	}
	return TAKEN;
}

/* What a C or D went out together with is answered before it. */
static enum answer
settle_header(bool in_step, bool times)
{
	if (!stage.policy.pipelining)
		return TAKEN;
	if (settle(in_step) == OVER) {
		/* it is told once for that reply, and once for this D */
		CLAIM(!in_step || at_end() || stage_message(&m.out_at) == 2);
		return OVER;
	}
	return times && hear(in_step, false) == OVER ? OVER : TAKEN;
}

/* \0, or \1 with zeros at its end: and every octet before is the file's. */
static void
check_body(const struct record *r, const char *body, int status)
{
	char content[PROP_SIZE];
	size_t i, size = (size_t)r->size;

	CLAIM(size == PROP_SIZE);
	stage_fill(r->name.s, content);
	for (i = 0; i < size && body[i] == content[i]; i++)
		;
	if (status != 0)
		while (i < size && body[i] == '\0')
			i++;
	CLAIM(i == size);
}

static bool
follow_file(const struct record *r, bool times)
{
	const char *body;
	int status;
	enum answer a = settle_header(r->size == 0, times);

	if (a == TAKEN)
		a = answer(r->size == 0, false);
	if (a != TAKEN)
		return a == FAILED;
	CLAIM((uint64_t)r->size < stage.out_len - m.out_at);
	body = stage.out + m.out_at;
	m.out_at += (size_t)r->size;
	status = stage_message(&m.out_at);
	CLAIM(status == 0 || status == 1);
	raise(status);
	check_body(r, body, status);
	m.owed_file = stage.policy.pipelining && status == 0;
	return m.owed_file || answer(true, true) != OVER;
}

static bool
follow_dir(bool times)
{
	enum answer a = settle_header(true, times);

	if (a == TAKEN)
		a = answer(true, false);
	CLAIM(stage.request.recursive);
	/* the root itself is no level */
	CLAIM(m.depth <= (size_t)stage.policy.depth);
	m.depth += a == TAKEN;
	return a != OVER;
}

static bool
follow_end(void)
{
	CLAIM(m.depth-- > 0);
	if (!stage.policy.pipelining)
		return answer(true, true) != OVER;
	CLAIM(!m.owed_dir || settle(true) != OVER);
	m.owed_dir = true;
	return !m.left;
}

/*
 * A message of ours: words, after which nothing or the rest.  Those at the end
 * of all, and those about a reply that is owed, come when that was heard.
 */
static bool
follow_words(void)
{
	bool heard =
	    stage.out[m.out_at] == '\2' ? stage_taken() > m.at : m.depth == 0;
	int kind;

	if ((m.owed_file || m.owed_dir) && heard && settle(true) == OVER)
		return false;
	kind = stage_message(&m.out_at);
	CLAIM(kind == 1 || kind == 2);
	raise(kind);
	CLAIM(kind == 1 || at_end());
	return kind == 1;
}

static bool
follow_record(void)
{
	const char *s = stage.out + m.out_at;
	const char *newline = memchr(s, '\n', stage.out_len - m.out_at);
	bool times = m.times;
	struct record r;
	size_t n;

	CLAIM(newline != NULL && !m.left);
	n = (size_t)(newline - s) + 1;
	CLAIM(record_parse(&r, s, n) == 0);
	m.out_at += n;
	m.times = false;
	if (r.type == RECORD_TIMES) {
		enum answer a =
		    stage.policy.pipelining ? TAKEN : answer(true, false);

		CLAIM(stage.request.preserve && r.times.usable && !times);
		m.times = a == TAKEN;
		return a != OVER;
	}
	if (r.type == RECORD_DIR_END)
		return follow_end();
	CLAIM(r.type == RECORD_FILE || r.type == RECORD_DIR);
	CLAIM(r.refused == 0 && times == stage.request.preserve);
	return r.type == RECORD_FILE ? follow_file(&r, times) :
				       follow_dir(times);
}

/* Something is still to be sent, but the last reply was none. */
static bool
is_over(void)
{
	if (!at_end())
		return false;
	if (settle(true) == OVER)
		return true;
	/*
	 * With Pipelining an E is sent before the session waits for a reply.
	 * Where that has come already and is none, the session ends without
	 * having sent the E.
	 */
	while (stage.policy.pipelining && m.depth > 0 && stage_taken() > m.at) {
		m.depth--;
		if (hear(true, true) == OVER)
			return true;
	}
	if (m.left && m.depth > 0)
		raise(1);
	return true;
}

static void
check(int status)
{
	enum answer first;

	memset(&m, 0, sizeof(m));
	first = answer(true, false);
	if (first != OVER)
		while (!is_over() &&
		    (stage.out[m.out_at] == '\1' ||
				stage.out[m.out_at] == '\2' ?
			    follow_words() :
			    follow_record()))
			;
	CLAIM(at_end());
	CLAIM(status == m.status || (m.left && status == 1 && m.status == 0));
	CLAIM(status != 0 || m.depth == 0);
	CLAIM(m.left || stage_taken() == m.at);
}

/* "scp -f", the options of an octet, and words. */
static bool
make_request(struct input *in)
{
	static char program[] = "scp-server", text[WORDS_MAX + 32];
	static char *argv[] = { program, NULL };
	unsigned int bits = take_byte(in);
	size_t n;
	const char *words = take_until(in, '\n', &n);

	(void)snprintf(text, sizeof(text), "scp -f%s%s -- %.*s",
	    bits & 1 ? "r" : "", bits & 2 ? "p" : "",
	    n < WORDS_MAX ? (int)n : WORDS_MAX, words);
	CLAIM(request_parse(&stage.request, 1, argv) == 0);
	return command_parse(&stage.request, &command, text, text) == 0 &&
	    stage.request.verb == REQUEST_SOURCE;
}

/* The tree is only read: it is as it was made. */
static void
check_tree(void)
{
	static struct timespec was;
	struct stat st;

	CLAIM(fstat(stage.root, &st) == 0);
	if (was.tv_sec == 0)
		was = st.st_ctim;
	CLAIM(st.st_ctim.tv_sec == was.tv_sec &&
	    st.st_ctim.tv_nsec == was.tv_nsec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int status;

	if (stage.root == 0) {
		stage_open();
		stage_make(props, COUNT(props));
	}
	stage_take(&in);
	if (!make_request(&in))
		return 0;
	stage.in = in.p;
	stage.in_len = in.left;
	if (!stage_begin())
		return 0;
	status = report_ended(&stage.report, source_run(&k, &stage.session));
	if ((stage.faults & FAULT_DEAF) == 0)
		check(status);
	stage_end();
	check_tree();
	stage_check();
	return 0;
}
