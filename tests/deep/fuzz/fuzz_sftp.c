/*
 * A whole SFTP session.  The input: faults, seed, when, two keywords, then what
 * the peer asks, an octet for each kind of request and for what is in it; the
 * peer takes handles from the answers, so requests reach what is open.  Some
 * packets are noise.  The answers are read here, one for each request, in
 * order; and what a file may hold is known from what was acknowledged.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/sftp.h"
#include "tidy.h"

#define IN_MAX	     (1 << 18)
#define PACKET_MAX   2048
#define REQUESTS_MAX 256
#define FILE_MAX     4096
#define FILES_MAX    64

static struct prop props[] = {
	{ .path = "d", .dir = true, .mode = 0755 },
	{ .path = "d/old", .mode = 0644 },
	{ .path = "f", .mode = 0640 },
	{ .path = "a", .mode = 0400 },
	{ .path = "locked", .dir = true, .mode = 0555 },
	{ .path = "l", .link = "d" },
	{ .path = "lf", .link = "f" },
	{ .path = "out", .link = "../outside" },
	{ .path = "d/f", .link = "../../outside/f" },
};

static const char *const paths[] = { "f", "d/old", "new", "d/new", ".", "d",
	"a", "l/old", "lf", "out/f", "d/f", "..", "../outside/f", "/", "no/x",
	"locked/x", "new/", "d/../f", "x~", ".dot", "", "d/sub", "e", "a\nb" };

static const char *const extensions[] = { "statvfs@openssh.com",
	"fstatvfs@openssh.com", "limits@openssh.com", "fsync@openssh.com",
	"posix-rename@openssh.com", "lsetstat@openssh.com",
	"expand-path@openssh.com", "hardlink@openssh.com", "copy-data",
	"none@example.org" };

/* What was asked: its id, its type, and what CLOSE would acknowledge. */
struct asked {
	uint32_t id;
	uint8_t type;
	uint8_t handle; /* which one of those that were given */
	bool writes;	/* OPEN of an upload */
	bool known;	/* it is a file that is made anew */
	bool cuts;	/* SETSTAT with a size */
	uint64_t at;
	size_t len;
};

/* A handle that an answer gave, and the file that is written through it. */
struct given {
	char name[16];
	size_t len;
	bool writes;
	bool known;  /* all of its content */
	bool broken; /* a WRITE failed */
	char content[FILE_MAX];
	size_t size;
};

/* What WRITEs write: so many of them, from that one on. */
static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";

static struct sftp x;
static char sent[IN_MAX];
static struct asked asked[REQUESTS_MAX];
static struct given given[FILES_MAX];

static struct {
	struct input in; /* what is still to be asked */
	size_t count;	 /* of requests */
	size_t heard;	 /* of answers */
	size_t out_at;	 /* of what was said */
	size_t handles;	 /* of those given */
	uint32_t next_id;
	bool noise; /* something was sent that is no request */
	bool greeted;
	bool changed; /* a name, in a way that is not followed here */
	bool creates; /* an empty file, by an OPEN that does not write */
} m;

/* Files that were acknowledged. */
static struct {
	char content[FILE_MAX];
	size_t size;
} stored[FILES_MAX];
static size_t stored_count;

static char *
room(struct packet_writer *w)
{
	static char packet[PACKET_MAX];

	*w = (struct packet_writer){ packet, sizeof(packet), 0 };
	return packet;
}

static const char *
draw_path(void)
{
	return paths[take_byte(&m.in) % COUNT(paths)];
}

static void
put_path(struct packet_writer *w)
{
	const char *s = draw_path();

	packet_put_string(w, s, strlen(s));
}

/* Returns the flags. */
static uint32_t
put_attrs(struct packet_writer *w)
{
	const uint8_t bits = take_byte(&m.in);
	struct packet_attrs a = {
		.flags = bits & 15,
		.size = bits >> 4,
		.uid = (uint32_t)getuid(),
		.gid = (uint32_t)getgid(),
		.mode = 0600 + (bits >> 4),
		.atime = 1000000000,
		.mtime = 1000000000,
	};

	packet_put_attrs(w, &a);
	return a.flags;
}

/* One that was given, or now and then one that was not. */
static uint8_t
put_handle(struct packet_writer *w)
{
	const uint8_t n = take_byte(&m.in);
	const size_t which = m.handles > 0 ? n % m.handles : 0;

	if (m.handles == 0 || n == 255) {
		packet_put_string(w, "nothing", n & 7);
		return UINT8_MAX;
	}
	packet_put_string(w, given[which].name, given[which].len);
	return (uint8_t)which;
}

/* New files only are followed: what else is in them is the server's matter. */
static void
put_open(struct packet_writer *w, struct asked *q)
{
	const uint8_t bits = take_byte(&m.in);

	put_path(w);
	packet_put_u32(w, bits & 63);
	(void)put_attrs(w);
	q->writes = (bits & (FXF_WRITE | FXF_APPEND)) != 0;
	if ((bits & (FXF_WRITE | FXF_CREAT)) == FXF_CREAT)
		m.creates = true;
	q->known = (bits & 31) == (FXF_WRITE | FXF_CREAT | FXF_TRUNC);
}

static void
put_data(struct packet_writer *w, struct asked *q)
{
	const uint8_t bits = take_byte(&m.in);

	q->handle = put_handle(w);
	q->at = bits >> 4;
	q->len = bits & 15;
	packet_put_u64(w, q->at);
	if (q->type == FXP_READ)
		packet_put_u32(w, (uint32_t)q->len * 16);
	else
		packet_put_string(w, letters + q->len, q->len);
}

static void
put_extended(struct packet_writer *w, struct asked *q)
{
	const char *s = extensions[take_byte(&m.in) % COUNT(extensions)];

	packet_put_string(w, s, strlen(s));
	if (s[0] == 'f') {
		q->handle = put_handle(w);
		return;
	}
	if (strcmp(s, "copy-data") == 0) {
		(void)put_handle(w);
		packet_put_u64(w, 0);
		packet_put_u64(w, 0);
		(void)put_handle(w);
		packet_put_u64(w, 0);
		m.changed = true;
		return;
	}
	put_path(w);
	if (s[0] == 'l')
		put_attrs(w);
	else
		put_path(w);
	m.changed = m.changed || s[0] == 'p' || s[0] == 'h';
}

static void
put_request(struct packet_writer *w, struct asked *q)
{
	switch (q->type) {
	case FXP_OPEN:
		put_open(w, q);
		break;
	case FXP_READ:
	case FXP_WRITE:
		put_data(w, q);
		break;
	case FXP_CLOSE:
	case FXP_FSTAT:
	case FXP_READDIR:
		q->handle = put_handle(w);
		break;
	case FXP_FSETSTAT:
		q->handle = put_handle(w);
		(void)put_attrs(w);
		break;
	case FXP_SETSTAT:
	case FXP_MKDIR:
		put_path(w);
		q->cuts = (put_attrs(w) & ATTR_SIZE) != 0;
		break;
	case FXP_RENAME:
	case FXP_SYMLINK:
		put_path(w);
		put_path(w);
		m.changed = true;
		break;
	case FXP_EXTENDED:
		put_extended(w, q);
		break;
	default:
		put_path(w);
	}
}

static void
append(const char *p, size_t n)
{
	if (stage.in_len + n > sizeof(sent))
		return;
	memcpy(sent + stage.in_len, p, n);
	stage.in_len += n;
}

/* Octets as they come, after which nothing is known any more. */
static void
append_noise(void)
{
	const size_t n = 1 + take_byte(&m.in) % 32;

	m.noise = true;
	append((const char *)m.in.p, n < m.in.left ? n : m.in.left);
	m.in.left -= n < m.in.left ? n : m.in.left;
	m.in.p += n < m.in.left ? n : m.in.left;
}

static void
ask(uint8_t kind)
{
	static const uint8_t types[] = { FXP_OPEN, FXP_WRITE, FXP_CLOSE,
		FXP_READ, FXP_OPEN, FXP_WRITE, FXP_CLOSE, FXP_FSETSTAT,
		FXP_SETSTAT, FXP_STAT, FXP_LSTAT, FXP_FSTAT, FXP_OPENDIR,
		FXP_READDIR, FXP_REMOVE, FXP_MKDIR, FXP_RMDIR, FXP_REALPATH,
		FXP_RENAME, FXP_READLINK, FXP_SYMLINK, FXP_EXTENDED, 42 };
	struct asked *q = &asked[m.count++];
	struct packet_writer w;
	char *p = room(&w);
	size_t at;

	*q = (struct asked){ .id = m.next_id++ / 2, .handle = UINT8_MAX };
	q->type = types[kind % COUNT(types)];
	at = packet_begin(&w, q->type);
	packet_put_u32(&w, q->id);
	put_request(&w, q);
	packet_end(&w, at);
	append(p, w.len);
}

static struct given *
handle_of(const struct asked *q)
{
	return q->handle == UINT8_MAX ? NULL : &given[q->handle];
}

static void
hear_handle(struct packet_reader *r, const struct asked *q)
{
	struct given *g = &given[m.handles % FILES_MAX];
	bool writes = q->writes;
	size_t len;
	const char *s = packet_string(r, &len);

	CLAIM(len > 0 && len <= sizeof(g->name));
	CLAIM(q->type == FXP_OPEN || q->type == FXP_OPENDIR);
	/* a second handle of one file, perhaps by the same name */
	for (size_t i = 0; i < m.handles; i++)
		if (given[i].len == len && memcmp(given[i].name, s, len) == 0) {
			given[i].known = false;
			writes = writes || given[i].writes;
		}
	if (m.handles == FILES_MAX)
		return;
	*g = (struct given){ .len = len, .writes = writes, .known = q->known };
	memcpy(g->name, s, len);
	m.handles++;
}

static void
follow_write(struct given *g, const struct asked *q)
{
	const size_t end = (size_t)q->at + q->len;

	if (q->len == 0)
		return;
	if (end > g->size)
		g->size = end;
	memcpy(g->content + q->at, letters + q->len, q->len);
}

/*
 * A change by path: it may be that of any file that is being written.  What was
 * removed, or has lost its name to another, is not stored, so that CLOSE of it
 * is no failure.
 */
static void
follow_path(const struct asked *q)
{
	for (size_t i = 0; i < m.handles; i++) {
		given[i].known = false;
		if (q->type != FXP_SETSTAT)
			given[i].broken = false;
	}
}

/* What a STATUS 0 acknowledges. */
static void
hear_ok(const struct asked *q)
{
	struct given *g = handle_of(q);

	if (g == NULL) {
		if (q->type == FXP_REMOVE || q->type == FXP_SETSTAT ||
		    q->type == FXP_RENAME || q->type == FXP_EXTENDED)
			follow_path(q);
		m.changed = m.changed || (q->type == FXP_SETSTAT && q->cuts);
		return;
	}
	if (q->type == FXP_WRITE)
		follow_write(g, q);
	if (q->type == FXP_FSETSTAT)
		g->known = false;
	if (q->type != FXP_CLOSE)
		return;
	CLAIM(!g->broken);
	if (!g->known)
		m.changed = m.changed || g->writes;
	else if (stored_count < FILES_MAX) {
		memcpy(stored[stored_count].content, g->content, g->size);
		stored[stored_count++].size = g->size;
	}
	g->known = false;
	g->len = 4;
	memcpy(g->name, "gone", 4);
}

static void
hear_status(struct packet_reader *r, const struct asked *q)
{
	const uint32_t code = packet_u32(r);
	size_t len;
	const char *text = packet_string(r, &len);

	CLAIM(code <= FX_BAD_MESSAGE || code == FX_OP_UNSUPPORTED);
	CLAIM(len > 0 && len < 256 && is_printable(text, len));
	(void)packet_string(r, &len);
	if (code == FX_OK)
		hear_ok(q);
	else if (q->type == FXP_WRITE && handle_of(q) != NULL)
		handle_of(q)->broken = handle_of(q)->known;
	if (code == FX_EOF)
		CLAIM(q->type == FXP_READ || q->type == FXP_READDIR);
}

static void
hear_names(struct packet_reader *r, const struct asked *q)
{
	uint32_t count = packet_u32(r);
	struct packet_attrs a;
	const char *s;
	size_t len;

	CLAIM(q->type == FXP_READDIR || q->type == FXP_REALPATH ||
	    q->type == FXP_READLINK || q->type == FXP_EXTENDED);
	CLAIM(count > 0 && (q->type == FXP_READDIR || count == 1));
	while (count-- > 0) {
		s = packet_string(r, &len);
		/* what a link says is no name, and was a client's word */
		CLAIM(len > 0 &&
		    (q->type == FXP_READLINK || is_printable(s, len)));
		CLAIM(q->type != FXP_READDIR || memchr(s, '/', len) == NULL);
		(void)packet_string(r, &len);
		packet_attrs(r, &a);
	}
}

static void
hear_answer(struct packet_reader *r, uint8_t type, const struct asked *q)
{
	struct packet_attrs a;
	size_t len;

	CLAIM(packet_u32(r) == q->id);
	switch (type) {
	case FXP_STATUS:
		hear_status(r, q);
		break;
	case FXP_HANDLE:
		hear_handle(r, q);
		break;
	case FXP_DATA:
		(void)packet_string(r, &len);
		CLAIM(q->type == FXP_READ && len <= q->len * 16);
		break;
	case FXP_NAME:
		hear_names(r, q);
		break;
	case FXP_ATTRS:
		packet_attrs(r, &a);
		CLAIM((a.flags & ~15U) == 0);
		break;
	default:
		CLAIM(type == FXP_EXTENDED_REPLY && q->type == FXP_EXTENDED);
		CLAIM(r->left > 0);
		r->left = 0;
	}
	CLAIM(!r->bad && r->left == 0);
}

/* One packet that the server said whole; false if there is none. */
static bool
hear(void)
{
	struct packet_reader r = { stage.out + m.out_at,
		stage.out_len - m.out_at, false };
	size_t len = packet_u32(&r);
	uint8_t type;

	if (r.bad || len > r.left)
		return false;
	CLAIM(len >= 5 && len <= 262144);
	r.left = len;
	m.out_at += 4 + len;
	type = packet_u8(&r);
	if (!m.greeted) {
		CLAIM(type == FXP_VERSION && packet_u32(&r) == 3);
		m.greeted = true;
		return true;
	}
	if (m.noise && m.heard >= m.count)
		return true;
	CLAIM(m.heard < m.count);
	hear_answer(&r, type, &asked[m.heard++]);
	return true;
}

/* Where the server waits: what it said is heard, and more is asked. */
static bool
prompt(void)
{
	const size_t before = stage.in_len;
	unsigned int together;

	while (hear())
		;
	together = 1 + take_byte(&m.in) % 4;
	while (together-- > 0 && m.in.left > 0 && m.count < REQUESTS_MAX &&
	    !m.noise) {
		const uint8_t kind = take_byte(&m.in);

		if (kind == 255)
			append_noise();
		else
			ask(kind);
	}
	return stage.in_len > before;
}

/* No new file is there but one that was acknowledged, whole. */
static void
check_file(const char *path, const char *content, size_t len)
{
	char old[PROP_SIZE];

	CLAIM(strstr(path, ".scp-server.") == NULL);
	stage_fill(path, old);
	if (m.changed || m.noise || strrchr(path, '~') != NULL ||
	    (len == sizeof(old) && memcmp(content, old, len) == 0) ||
	    (len == 0 && m.creates) || (stage.faults & FAULT_DEAF) != 0 ||
	    stage.policy.overwrite == OVERWRITE_INPLACE)
		return;
	for (size_t i = 0; i < stored_count; i++)
		if (stored[i].size == len &&
		    (len == 0 || memcmp(stored[i].content, content, len) == 0))
			return;
	CLAIM(!"a file that nobody acknowledged");
}

static void
check(int status)
{
	while (hear())
		;
	CLAIM(status == 0 || status == 2 || stage.wire.peer_closed);
	if ((stage.faults & (FAULT_DEAF | FAULT_SHRINK | FAULT_READ)) == 0) {
		CLAIM(m.out_at == stage.out_len);
		CLAIM(m.noise || m.heard == m.count);
		CLAIM(m.noise || status == 0);
	}
	CLAIM(
	    fchmod(stage.root, 0755) == 0); /* it was the session's to change */
	tidy_walk(stage.root, props, COUNT(props), check_file);
}

/* Props that were removed or have moved are made anew. */
static void
find_missing(void)
{
	struct stat st;

	for (size_t i = 0; i < COUNT(props); i++)
		if (fstatat(stage.root, props[i].path, &st,
			AT_SYMLINK_NOFOLLOW) != 0)
			props[i].changed.tv_sec = 0;
}

static void
greet(void)
{
	struct packet_writer w;
	char *p = room(&w);
	size_t at = packet_begin(&w, FXP_INIT);

	packet_put_u32(&w, 3);
	packet_end(&w, at);
	append(p, w.len);
}

static int
serve(void)
{
	int e = 0;

	memset(&x, 0, sizeof(x));
	(void)sftp_open(&x, &stage.session, stage.seed, &e);
	CLAIM(e == 0);
	if ((stage.faults & FAULT_NAMED) != 0)
		x.named = true;
	return report_ended(&stage.report, sftp_run(&x));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char program[] = "sftp-server";
	static char *argv[] = { program, NULL };

	memset(&m, 0, sizeof(m));
	m.in = (struct input){ data, size };
	stored_count = 0;
	if (stage.root == 0)
		stage_open();
	stage_make(props, COUNT(props));
	stage_take(&m.in);
	CLAIM(request_parse(&stage.request, 1, argv) == 0);
	stage.in = (const uint8_t *)sent;
	stage.in_len = 0;
	stage.prompt = prompt;
	greet();
	if (!stage_begin())
		return 0;
	check(serve());
	stage_end();
	tidy_up(stage.root, props, COUNT(props));
	find_missing();
	stage_check();
	return 0;
}
