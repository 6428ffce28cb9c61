/* What the workers do: one session after the other, each of a random kind. */
#include "soak.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 40
#define TIMES	  "T1234567890 0 1234567890 0\n"

static __attribute__((format(printf, 2, 3))) void
add(struct command *c, const char *format, ...)
{
	va_list ap;

	if (c->count == ARGUMENTS_MAX - 1)
		errx(2, "too many arguments");
	va_start(ap, format);
	(void)vsnprintf(c->words[c->count], sizeof(c->words[0]), format, ap);
	va_end(ap);
	c->argv[c->count] = c->words[c->count];
	c->argv[++c->count] = NULL;
}

void
add_server(struct command *c, const char *overwrite)
{
	c->count = 0;
	add(c, "%s", options.server);
	if (options.plain)
		return;
	add(c, "-o");
	add(c, "Root=%s", options.directory);
	add(c, "-o");
	add(c, "AuditLog=none");
	if (overwrite == NULL)
		return;
	add(c, "-o");
	add(c, "Overwrite=%s", options.only_replace ? "replace" : overwrite);
}

static void
add_file(struct command *c, const char *name)
{
	add(c, "%s/%s%s", options.directory, name[0] == 's' ? "sub/" : "",
	    name);
}

void
pick(struct worker *w, const char *pools, char name[NAME_SIZE])
{
	name[0] = pools[chance(&w->seed, (unsigned int)strlen(pools))];
	name[1] = (char)('0' + chance(&w->seed, POOL));
	name[2] = '\0';
}

/* Mostly small, some larger than a pipe, few beyond the reserving size. */
size_t
pick_size(struct worker *w)
{
	unsigned int n = chance(&w->seed, 100);

	if (n < 88)
		return chance(&w->seed, 4096);
	return chance(&w->seed, n < 99 ? 256 << 10 : BODY_MAX);
}

void
settle(unsigned int id, enum answer answer)
{
	struct upload *u = upload_of(id);

	if (answer == OK) {
		u->acknowledged = now();
		u->state = ACKNOWLEDGED;
		counts.uploads++;
		check_acknowledged(id);
	} else if (answer != GONE) {
		u->state = REFUSED;
		counts.refused++;
	}
}

/* Sends one file in a session that goes; what became of it is taken note of. */
static enum answer
upload_file(struct worker *w, const char *name, bool times, unsigned int *id)
{
	struct session *s = &w->session;
	struct upload *u;
	enum answer answer;
	size_t size;
	char line[64];

	*id = upload_new(name);
	u = upload_of(*id);
	size = body_make(w->body, pick_size(w), *id, name);
	(void)snprintf(line, sizeof(line), "C0644 %zu %s\n", size, name);
	if (times &&
	    (!session_send(s, TIMES, strlen(TIMES)) || session_reply(s) != OK))
		return GONE;
	answer = session_send(s, line, strlen(line)) ? session_reply(s) : GONE;
	if (answer == OK) {
		answer = GONE;
		u->begun = now();
		if (session_send(s, w->body, size) && session_send(s, "", 1))
			answer = session_reply(s);
	}
	settle(*id, answer);
	return answer;
}

void
finish(struct worker *w, enum answer answer, bool failed)
{
	bool killed = session_end(&w->session, failed);

	if (answer == GONE && !killed)
		say_wrong(
		    DIED, "process %d went by itself", (int)w->session.pid);
}

static void
upload_one(struct worker *w, const char *pools, const char *overwrite)
{
	enum answer answer;
	struct command c;
	char name[NAME_SIZE];
	unsigned int id;
	bool p = chance(&w->seed, 2) == 0;

	pick(w, pools, name);
	add_server(&c, overwrite);
	add(&c, p ? "-pt" : "-t");
	add_file(&c, name);
	session_start(&w->session, w->slot, c.argv);
	answer = session_reply(&w->session);
	if (answer == OK)
		answer = upload_file(w, name, p, &id);
	finish(w, answer, answer != OK);
}

static void
upload_replace(struct worker *w)
{
	upload_one(w, options.plain ? "r" : "rrrsm", "replace");
}

static void
upload_versions(struct worker *w)
{
	upload_one(w, "vvm", "versions");
}

/* A file that only one session can have, as long as it isn't removed. */
static void
upload_lock(struct worker *w)
{
	enum answer answer;
	struct command c;
	char name[NAME_SIZE];
	unsigned int id = 0;

	pick(w, "d", name);
	add_server(&c, "deny");
	add(&c, "-t");
	add_file(&c, name);
	session_start(&w->session, w->slot, c.argv);
	answer = session_reply(&w->session);
	if (answer == OK)
		answer = upload_file(w, name, false, &id);
	finish(w, answer, answer != OK);
	if (id != 0 && (answer == OK || answer == GONE))
		lock_check(id, answer == OK);
}

/* A line that is answered at once. */
static enum answer
record(struct session *s, const char *line)
{
	return session_send(s, line, strlen(line)) ? session_reply(s) : GONE;
}

static void
start_tree(struct worker *w, const char *overwrite, int slot)
{
	struct command c;

	add_server(&c, overwrite);
	add(&c, chance(&w->seed, 2) == 0 ? "-rdt" : "-rpdt");
	add(&c, "%s", options.directory);
	session_start(&w->session, slot, c.argv);
}

static void
upload_many(struct worker *w, const char *pools, const char *overwrite)
{
	unsigned int files = 1 + chance(&w->seed, FILES_MAX), id, n;
	bool sub = false, failed = false;
	enum answer answer;
	char name[NAME_SIZE];

	start_tree(w, overwrite, w->slot);
	answer = session_reply(&w->session);
	for (n = 0; n < files && (answer == OK || answer == FAILED); n++) {
		pick(w, pools, name);
		if ((name[0] == 's') != sub) {
			sub = !sub;
			answer =
			    record(&w->session, sub ? "D0755 0 sub\n" : "E\n");
			if (answer != OK)
				break;
		}
		answer = upload_file(w, name, n % 2 == 0, &id);
		failed = failed || answer != OK;
	}
	if (answer != GONE && answer != FATAL && sub)
		answer = record(&w->session, "E\n");
	finish(w, answer, failed || answer != OK);
}

static void
upload_tree_replace(struct worker *w)
{
	upload_many(w, "rrssm", "replace");
}

static void
upload_tree_versions(struct worker *w)
{
	upload_many(w, "vm", "versions");
}

static void
upload_tree_deny(struct worker *w)
{
	upload_many(w, "m", "deny");
}

/* One file that a source sends, its line already read; false at the end. */
static bool
download_file(struct worker *w, const char *line, bool *failed)
{
	struct session *s = &w->session;
	char name[NAME_SIZE];
	enum answer status;
	const char *why;
	unsigned int id;
	size_t size;

	if (sscanf(line, "C%*o %zu %31s", &size, name) != 2 ||
	    size > BODY_MAX) {
		say_wrong(MIXED, "a source sent \"%s\"", line);
		return false;
	}
	if (!session_send(s, "", 1) || !session_read(s, w->body, size) ||
	    (status = session_reply(s)) == GONE)
		return false;
	name[strcspn(name, ".")] = '\0';
	why = body_check(w->body, size, name, &id);
	if (status != OK)
		*failed = true;
	else if (why != NULL)
		say_wrong(MIXED, "%s as it was sent: %s", name, why);
	else
		counts.downloads++;
	return true;
}

/* All that a source sends.  gauge: the session must not grow. */
static void
download(struct worker *w, struct command *c, int slot, struct gauge *g,
    unsigned int of)
{
	struct session *s = &w->session;
	bool failed = false;
	unsigned int done = 0;
	char line[512];

	session_start(s, slot, c->argv);
	(void)session_send(s, "", 1);
	while (session_line(s, line, sizeof(line))) {
		if (line[0] == '\1' || line[0] == '\2') {
			failed = true;
			continue;
		}
		if (line[0] == 'C') {
			if (!download_file(w, line, &failed))
				break;
			if (g != NULL)
				gauge_take(g, s->pid, ++done, of);
		}
		if (!session_send(s, "", 1))
			break;
	}
	finish(w, OK, failed);
}

static void
download_some(struct worker *w)
{
	unsigned int n = 1 + chance(&w->seed, options.plain ? 1 : 20);
	struct command c;
	char name[NAME_SIZE];

	add_server(&c, NULL);
	add(&c, "-f");
	while (n-- > 0) {
		pick(w, options.plain ? "r" : "rsvdm", name);
		add_file(&c, name);
	}
	download(w, &c, w->slot, NULL, 0);
}

static void
download_tree(struct worker *w)
{
	struct command c;

	add_server(&c, NULL);
	add(&c, "-rf");
	add(&c, "%s/sub", options.directory);
	download(w, &c, w->slot, NULL, 0);
}

static const struct {
	void (*work)(struct worker *w);
	unsigned int weight; /* all together 100 */
	bool plain;	     /* also what an scp without policy does */
} kinds[] = {
	{ upload_replace, 12, true },
	{ download_some, 13, true },
	{ upload_tree_replace, 9, false },
	{ upload_versions, 6, false },
	{ upload_tree_versions, 3, false },
	{ upload_lock, 10, false },
	{ upload_tree_deny, 4, false },
	{ download_tree, 5, false },
	{ sftp_replace, 12, false },
	{ sftp_versions, 6, false },
	{ sftp_lock, 8, false },
	{ sftp_download, 12, false },
};

void
work_once(struct worker *w)
{
	unsigned int n = chance(&w->seed, 100), i = 0;

	while (n >= kinds[i].weight)
		n -= kinds[i++].weight;
	w->session.sftp = false;
	if (kinds[i].plain || !options.plain)
		kinds[i].work(w);
}

/* A session of many files, for which nobody else makes way. */
void
work_upload_long(struct worker *w)
{
	struct gauge g = { .what = "upload" };
	unsigned int done = 0, id;
	enum answer answer;
	char name[NAME_SIZE];

	start_tree(w, "replace", -1);
	answer = session_reply(&w->session);
	while (answer == OK && done < options.long_files) {
		if (done % 8 == 4)
			answer = record(&w->session, "D0755 0 sub\n");
		pick(w, done % 8 < 4 ? "r" : "s", name);
		if (answer == OK)
			answer = upload_file(w, name, true, &id);
		if (answer == OK && done++ % 8 == 7) {
			answer = record(&w->session, "E\n");
			gauge_take(
			    &g, w->session.pid, done, options.long_files);
		}
	}
	finish(w, answer, answer != OK);
	gauge_show(&g);
}

void
work_download_long(struct worker *w)
{
	struct gauge g = { .what = "download" };
	struct command c;

	add_server(&c, NULL);
	add(&c, "-rf");
	add(&c, "%s/big", options.directory);
	download(w, &c, -1, &g, options.long_files * DOWN_FACTOR);
	gauge_show(&g);
}

/* What the long download is of. */
void
make_big(unsigned int files)
{
	char path[PATH_MAX], name[NAME_SIZE], body[128];
	unsigned int n;
	size_t size;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/big", options.directory);
	if (mkdir(path, 0755) != 0)
		err(2, "%s", path);
	for (n = 0; n < files; n++) {
		(void)snprintf(name, sizeof(name), "b%u", n);
		(void)snprintf(
		    path, sizeof(path), "%s/big/%s", options.directory, name);
		size = body_make(body, sizeof(body), n, name);
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd == -1 || write(fd, body, size) != (ssize_t)size)
			err(2, "%s", path);
		(void)close(fd);
	}
}

/* Somebody removes a file under the sessions. */
void
remove_one(unsigned int *seed)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/m%u", options.directory,
	    chance(seed, POOL));
	(void)unlink(path); /* it need not be there */
}
