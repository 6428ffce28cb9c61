/*
 * What the program's own modules make of inputs that come over a pipe, so
 * that a million of them take seconds: one input a line, one verdict a line.
 *
 *	probe stream			a peer's octets -> the records in them
 *	probe argv			arguments -> a request
 *	probe command			a command string -> a request
 *	probe text			room and octets -> their escaped forms
 *	probe path WAY START [-o] KEYWORD=VALUE...
 *					a typed path -> where it leads
 *
 * Octets are in hexadecimal, "-" is none; numbers of errors are those of
 * err.h and errno.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "request/command.h"
#include "policy/config.h"
#include "base/err.h"
#include "tree/tree.h"
#include "scp/record.h"
#include "request/request.h"
#include "session/session.h"
#include "base/text.h"
#include "session/wire.h"

#define OCTETS_MAX 200000
#define WORDS_MAX  1024

static char line[2 * OCTETS_MAX + WORDS_MAX + 2];
static char octets[OCTETS_MAX + WORDS_MAX];
static const char digits[] = "0123456789abcdef";

static void
fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void
put_hex(const char *s, size_t len)
{
	if (len == 0)
		(void)putchar('-');
	for (size_t i = 0; i < len; i++) {
		(void)putchar(digits[(unsigned char)s[i] >> 4]);
		(void)putchar(digits[(unsigned char)s[i] & 15]);
	}
}

static char
value_of(char digit)
{
	const char *p = digit != '\0' ? strchr(digits, digit) : NULL;

	if (p == NULL)
		fail("hexadecimal");
	return (char)(p - digits);
}

/* One word of the line into octets, with a NUL after it. */
static size_t
from_hex(const char *hex, char *out)
{
	size_t n = 0;

	for (; hex[0] != '-' && hex[0] != '\0'; hex += 2)
		out[n++] = (char)(value_of(hex[0]) << 4 | value_of(hex[1]));
	out[n] = '\0';
	return n;
}

/* The words of the line, each as octets; NULL after the last. */
static size_t
take_words(char *words[WORDS_MAX + 1])
{
	size_t count = 0;
	char *to = octets;

	for (char *w = strtok(line, " \n"); w != NULL && count < WORDS_MAX;
	     w = strtok(NULL, " \n")) {
		words[count++] = to;
		to += from_hex(w, to) + 1;
	}
	words[count] = NULL;
	return count;
}

static void
show_record(const struct record *r)
{
	switch (r->type) {
	case RECORD_FILE:
	case RECORD_DIR:
		printf("%c %o %" PRId64 " %d ",
		    r->type == RECORD_FILE ? 'C' : 'D', (unsigned int)r->mode,
		    r->size, r->refused);
		put_hex(r->name.s, strlen(r->name.s));
		break;
	case RECORD_TIMES:
		if (r->times.usable)
			printf("T %" PRId64 " %d %" PRId64 " %d",
			    r->times.mtime, (int)r->times.mtime_usec,
			    r->times.atime, (int)r->times.atime_usec);
		else
			printf("T useless");
		break;
	case RECORD_DIR_END:
		printf("E");
		break;
	case RECORD_WARNING:
	case RECORD_FATAL:
		printf("%s ", r->type == RECORD_WARNING ? "warning" : "fatal");
		put_hex(r->text, r->text_len);
		break;
	}
}

/* Lines as wire.c cuts them, records as record.c reads them, to the end. */
static void
probe_stream(void)
{
	static struct wire wire;
	static char record_line[RECORD_LINE_MAX];
	static int fd = -1;
	struct record r;
	size_t len = from_hex(strtok(line, "\n"), octets);
	int e;

	if (fd == -1 && (fd = memfd_create("stream", 0)) == -1)
		fail("memfd_create");
	if (ftruncate(fd, 0) != 0 ||
	    pwrite(fd, octets, len, 0) != (ssize_t)len ||
	    lseek(fd, 0, SEEK_SET) != 0)
		fail("stream");
	wire.in = fd;
	wire.from = wire.to = 0;
	while ((e = wire_line(&wire, record_line, sizeof(record_line), &len)) ==
		0 &&
	    (e = record_parse(&r, record_line, len)) == 0) {
		show_record(&r);
		(void)putchar(';');
	}
	printf("%d\n", e);
}

static void
show_request(const struct request *q, int e)
{
	printf("%d %d %d", e, (int)q->in_band,
	    e == ERR_OPTION && q->trouble.word[1] == '\0' ?
		(unsigned char)q->trouble.word[0] :
		0);
	if (e != 0) {
		(void)putchar('\n');
		return;
	}
	printf(" %d %d%d%d %ld", (int)q->verb, (int)q->recursive,
	    (int)q->preserve, (int)q->want_directory, q->rate);
	for (size_t i = 0; i < q->path_count; i++) {
		printf(q->pattern[i] ? " p" : " =");
		put_hex(q->paths[i], strlen(q->paths[i]));
	}
	for (size_t i = 0; i < q->option_count; i++) {
		printf(" o");
		put_hex(q->options[i], strlen(q->options[i]));
	}
	if (q->root != NULL) {
		printf(" r");
		put_hex(q->root, strlen(q->root));
	}
	(void)putchar('\n');
}

static void
probe_argv(void)
{
	static struct request q;
	char *words[WORDS_MAX + 1];
	size_t count = take_words(words);

	show_request(&q, request_parse(&q, (int)count, words));
}

/* As the forced command: the string is SSH_ORIGINAL_COMMAND. */
static void
probe_command(void)
{
	static struct request q;
	static struct command store;
	char *words[WORDS_MAX + 1];

	(void)take_words(words);
	memset(&q, 0, sizeof(q));
	q.form = FORM_FORCED;
	show_request(&q, command_parse(&q, &store, words[0], NULL));
}

static void
probe_text(void)
{
	static char out[4 * OCTETS_MAX + 64];
	char *rest = strchr(line, ' ');
	size_t cap = strtoul(line, NULL, 10), len, taken;

	if (rest == NULL || cap == 0 || cap > sizeof(out))
		fail("text");
	rest[strcspn(rest, "\n")] = '\0';
	len = from_hex(rest + 1, octets);
	taken = text_escape(out, cap, octets, len);
	printf("%zu ", taken);
	put_hex(out, strlen(out));
	if (cap >= TEXT_CUT_MIN) {
		text_escape_cut(out, cap, octets, len);
		(void)putchar(' ');
		put_hex(out, strlen(out));
	}
	(void)putchar('\n');
}

/* The session whose paths are asked for, and its root. */
static struct {
	struct request request;
	struct policy policy;
	struct tree tree;
	struct session session;
} asked;

/* way: follow or refuse; with "-walk", without openat2(2). */
static void
set_out(const char *way, const char *start, char *const *options)
{
	struct policy *p = &asked.policy;
	struct trouble error;
	const char *why = "";

	policy_init(p);
	for (; *options != NULL; options++)
		if (config_set(p, *options, &error) != 0)
			fail(*options);
	if (policy_complete(p, &why) != 0)
		fail(why);
	if (tree_open(&asked.tree, policy_is_confined(p) ? p->root : "/",
		strncmp(way, "follow", 6) == 0,
		strstr(way, "-walk") != NULL) != 0)
		fail("root");
	asked.request.shell_syntax = true;
	asked.session.request = &asked.request;
	asked.session.policy = p;
	if (relpath_parse(&asked.session.start, NULL, start) != 0)
		fail("start");
	if (!policy_is_confined(p))
		asked.session.home = asked.session.start;
}

static void
show_found(const struct relpath *path)
{
	struct node node = NODE_NONE;
	int e = tree_find(&asked.tree, path, &node);

	if (e != 0)
		printf(" %d", e);
	else
		printf(" %c%" PRIu64, node.info.kind == KIND_DIR ? 'd' : 'f',
		    (uint64_t)node.info.ino);
	tree_close_node(&node);
}

static void
show_target(const struct relpath *path)
{
	struct target t = TARGET_NONE;
	struct info info;
	int e = tree_target(&asked.tree, path, DEVICES_REFUSE, &t);

	if (e == 0)
		e = tree_fstat(t.dir.fd, &info);
	if (e != 0)
		printf(" %d", e);
	else {
		printf(" %" PRIu64 "/", (uint64_t)info.ino);
		put_hex(t.name.s, strlen(t.name.s));
		(void)putchar(t.exists ? '+' : '-');
	}
	tree_close_target(&t);
}

/* Its normal form; what policy says; what a source and a sink would reach. */
static void
probe_path(void)
{
	const struct session *s = &asked.session;
	struct relpath path;
	struct operand operand;
	char *words[WORDS_MAX + 1];
	int e;

	(void)take_words(words);
	if ((e = session_operand(s, words[0], &operand)) != 0 ||
	    (e = relpath_parse(&path, operand.start, operand.text)) != 0) {
		printf("%d\n", e);
		return;
	}
	(void)putchar('=');
	put_hex(path.s, path.len);
	printf(path.dir ? "/ " : " ");
	e = session_check_path(s, &path, 0);
	printf("%d", e);
	if (e == 0) {
		show_found(&path);
		show_target(&path);
	}
	(void)putchar('\n');
}

static const struct {
	const char *name;
	void (*probe)(void);
} probes[] = {
	{ "stream", probe_stream },
	{ "argv", probe_argv },
	{ "command", probe_command },
	{ "text", probe_text },
	{ "path", probe_path },
};

int
main(int argc, char *argv[])
{
	const char *wanted = argc > 1 ? argv[1] : "";
	void (*probe)(void) = NULL;

	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		if (strcmp(wanted, probes[i].name) == 0)
			probe = probes[i].probe;
	if (probe == NULL || (probe == probe_path && argc < 4))
		return EXIT_FAILURE;
	if (probe == probe_path)
		set_out(argv[2], argv[3], argv + 4);
	while (fgets(line, sizeof(line), stdin) != NULL)
		probe();
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
