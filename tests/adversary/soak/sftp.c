/* Workers that replace, version, lock and download the same files by SFTP. */
#include "soak.h"

#include <stdio.h>
#include <string.h>

#define PIECE	  32768
#define FILES_MAX 20
#define BESIDE	  4	       /* so many files are open at once */
#define FLAGS	  (2 | 8 | 16) /* WRITE, CREAT, TRUNC */
#define PATH_ROOM 40

enum type {
	INIT = 1,
	OPEN = 3,
	CLOSE = 4,
	READ = 5,
	WRITE = 6,
	STATUS = 101,
	HANDLE = 102,
	DATA = 103,
};

/* A request that is put together, and what was answered. */
struct talk {
	struct session *s;
	unsigned char p[PATH_ROOM + 64];
	size_t n;
	uint32_t id;
	unsigned int type;
	uint32_t code;
	unsigned char handle[4];
	char *data; /* where DATA goes */
	size_t size;
};

static void
put(struct talk *t, uint64_t number, size_t octets)
{
	while (octets-- > 0)
		t->p[t->n++] = (unsigned char)(number >> 8 * octets);
}

static void
begin(struct talk *t, enum type type)
{
	t->n = 4;
	put(t, type, 1);
	put(t, type == INIT ? 3 : ++t->id, 4);
}

static void
put_handle(struct talk *t, const unsigned char handle[4])
{
	put(t, 4, 4);
	memcpy(t->p + t->n, handle, 4);
	t->n += 4;
}

static bool
number(struct talk *t, uint32_t *left, uint32_t *out)
{
	unsigned char p[4];

	if (*left < 4 || !session_read(t->s, p, 4))
		return false;
	*left -= 4;
	*out = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
	return true;
}

static bool
drop(struct talk *t, uint32_t left)
{
	char waste[512];
	uint32_t n;

	for (; left > 0; left -= n) {
		n = left < sizeof(waste) ? left : (uint32_t)sizeof(waste);
		if (!session_read(t->s, waste, n))
			return false;
	}
	return true;
}

/* Takes an answer; false if the session is gone. */
static bool
answer(struct talk *t)
{
	uint32_t left = 4, id, n;
	unsigned char type;

	if (!number(t, &left, &left) || left < 5 ||
	    !session_read(t->s, &type, 1))
		return false;
	left--;
	t->type = type;
	if (!number(t, &left, &id))
		return false;
	if (type > STATUS - 1 && id != t->id)
		say_wrong(DIED, "an answer to %u, not to %u", id, t->id);
	if (type == STATUS)
		return number(t, &left, &t->code) && drop(t, left);
	if (type != HANDLE && type != DATA)
		return drop(t, left);
	if (!number(t, &left, &n) || n != left)
		return false;
	if (type == HANDLE)
		return n == 4 && session_read(t->s, t->handle, 4);
	t->size = n;
	return n <= PIECE && session_read(t->s, t->data, n);
}

/* Sends what was put together, and more octets behind it. */
static bool
send_with(struct talk *t, const char *more, size_t size)
{
	const size_t n = t->n;

	t->n = 0;
	put(t, n - 4 + size, 4);
	return session_send(t->s, t->p, n) && session_send(t->s, more, size);
}

static enum answer
ask(struct talk *t, const char *more, size_t size)
{
	if (!send_with(t, more, size) || !answer(t))
		return GONE;
	return t->type == STATUS && t->code != 0 ? FAILED : OK;
}

static enum answer
start(struct worker *w, struct talk *t, const char *overwrite, int slot)
{
	struct command c;

	add_server(&c, overwrite);
	w->session.sftp = true;
	session_start(&w->session, slot, c.argv);
	*t = (struct talk){ .s = &w->session };
	begin(t, INIT);
	return ask(t, "", 0);
}

static enum answer
open_file(struct talk *t, const char *name, uint32_t flags)
{
	char path[PATH_ROOM];
	int n = snprintf(
	    path, sizeof(path), "/%s%s", name[0] == 's' ? "sub/" : "", name);

	begin(t, OPEN);
	put(t, (uint64_t)n, 4);
	memcpy(t->p + t->n, path, (size_t)n);
	t->n += (size_t)n;
	put(t, flags, 4);
	put(t, 0, 4); /* no attributes */
	return ask(t, "", 0);
}

static enum answer
close_file(struct talk *t, const unsigned char handle[4])
{
	begin(t, CLOSE);
	put_handle(t, handle);
	return ask(t, "", 0);
}

static enum answer
write_all(
    struct talk *t, const unsigned char handle[4], const char *p, size_t size)
{
	enum answer seen = OK;
	size_t at, n;

	for (at = 0; seen == OK && at < size; at += n) {
		n = size - at < PIECE ? size - at : PIECE;
		begin(t, WRITE);
		put_handle(t, handle);
		put(t, at, 8);
		put(t, n, 4);
		seen = ask(t, p + at, n);
	}
	return seen;
}

/* Opens and writes a file; it is not closed yet. */
static enum answer
write_file(struct worker *w, struct talk *t, const char *name, unsigned int *id)
{
	const size_t want = pick_size(w);
	enum answer seen;
	size_t size;

	*id = upload_new(name);
	size = body_make(w->body, want, *id, name);
	if ((seen = open_file(t, name, FLAGS)) == OK)
		seen = write_all(t, t->handle, w->body, size);
	if (seen != OK)
		settle(*id, seen);
	return seen;
}

static enum answer
publish(struct talk *t, const unsigned char handle[4], unsigned int id)
{
	enum answer seen;

	upload_of(id)->begun = now();
	seen = close_file(t, handle);
	settle(id, seen);
	return seen;
}

/* Some files at once, which are closed in another order than opened. */
static enum answer
upload_beside(struct worker *w, struct talk *t, const char *pools)
{
	unsigned int n = 1 + chance(&w->seed, BESIDE), open = 0, i;
	unsigned char handles[BESIDE][4];
	unsigned int ids[BESIDE];
	enum answer seen = OK;
	char name[NAME_SIZE];

	while (n-- > 0 && seen != GONE) {
		pick(w, pools, name);
		/* a name that is open already would be one upload with it */
		for (i = 0; i < open; i++)
			if (strcmp(upload_of(ids[i])->name, name) == 0)
				break;
		if (i < open)
			continue;
		seen = write_file(w, t, name, &ids[open]);
		if (seen == OK)
			memcpy(handles[open++], t->handle, 4);
	}
	while (open > 0 && seen != GONE) {
		i = chance(&w->seed, open);
		seen = publish(t, handles[i], ids[i]);
		memcpy(handles[i], handles[--open], 4);
		ids[i] = ids[open];
	}
	return seen;
}

static void
upload_some(struct worker *w, const char *pools, const char *overwrite)
{
	unsigned int files = 1 + chance(&w->seed, FILES_MAX);
	struct talk t;
	enum answer seen = start(w, &t, overwrite, w->slot);

	while (files-- > 0 && seen != GONE)
		seen = upload_beside(w, &t, pools);
	finish(w, seen, false); /* refusals are no failure of the session */
}

void
sftp_replace(struct worker *w)
{
	upload_some(w, "rrssm", "replace");
}

void
sftp_versions(struct worker *w)
{
	upload_some(w, "vvm", "versions");
}

/* As upload_lock(). */
void
sftp_lock(struct worker *w)
{
	unsigned int id = 0;
	struct talk t;
	enum answer seen = start(w, &t, "deny", w->slot);
	char name[NAME_SIZE];

	pick(w, "d", name);
	if (seen == OK && (seen = write_file(w, &t, name, &id)) == OK)
		seen = publish(&t, t.handle, id);
	finish(w, seen, false);
	if (id != 0 && (seen == OK || seen == GONE))
		lock_check(id, seen == OK);
}

/* One file, whole, whatever takes its place meanwhile. */
static enum answer
get(struct worker *w, struct talk *t, const char *name)
{
	unsigned char handle[4];
	enum answer seen = open_file(t, name, 1);
	const char *why;
	unsigned int id;
	size_t at = 0;

	if (seen != OK)
		return seen;
	memcpy(handle, t->handle, 4);
	for (t->type = DATA; seen == OK && at <= BODY_MAX - PIECE;
	     at += t->size) {
		begin(t, READ);
		put_handle(t, handle);
		put(t, at, 8);
		put(t, PIECE, 4);
		t->data = w->body + at;
		t->size = 0;
		seen = ask(t, "", 0);
	}
	if (seen == GONE)
		return seen;
	why = t->code == 1 ? body_check(w->body, at, name, &id) : "no end";
	if (at <= BODY_MAX - PIECE && why != NULL)
		say_wrong(MIXED, "%s as it was sent: %s", name, why);
	else
		counts.downloads++;
	return close_file(t, handle);
}

void
sftp_download(struct worker *w)
{
	unsigned int files = 1 + chance(&w->seed, FILES_MAX);
	struct talk t;
	enum answer seen = start(w, &t, NULL, w->slot);
	char name[NAME_SIZE];

	while (files-- > 0 && seen != GONE) {
		pick(w, "rsvdm", name);
		seen = get(w, &t, name);
	}
	finish(w, seen, false);
}

/* A session of many files up and down, which must not grow. */
void
work_sftp_long(struct worker *w)
{
	struct gauge g = { .what = "sftp" };
	unsigned int done = 0, id;
	struct talk t;
	enum answer seen = start(w, &t, "replace", -1);
	char name[NAME_SIZE];

	while (seen != GONE && done < options.long_files) {
		pick(w, "rs", name);
		if (done % 2 == 0)
			seen = get(w, &t, name);
		else if ((seen = write_file(w, &t, name, &id)) == OK)
			seen = publish(&t, t.handle, id);
		gauge_take(&g, w->session.pid, ++done, options.long_files);
	}
	finish(w, seen, false);
	gauge_show(&g);
}
