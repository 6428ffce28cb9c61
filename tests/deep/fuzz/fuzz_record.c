/*
 * Control records.  The input is a line as a peer may send it, and once more
 * the parts of a record that we would send.
 */
#include "fuzz.h"

#include <errno.h>

#include "base/err.h"
#include "scp/record.h"

/* What record_parse() has to say of a C or D, read a second way. */
static int
judge_entry(const char *s, size_t len, mode_t *mode, int64_t *size)
{
	unsigned __int128 n = 0;
	size_t i = 1, from;

	*mode = 0;
	for (; i < len && s[i] >= '0' && s[i] <= '7'; i++)
		*mode = (*mode * 8 + (mode_t)(s[i] - '0')) & 07777;
	if (i < 2 || i > 8 || s[i] != ' ')
		return ERR_MODE;
	from = ++i;
	for (; i < len && s[i] >= '0' && s[i] <= '9' && i - from < 20; i++)
		n = n * 10 + (unsigned int)(s[i] - '0');
	if (i == from || i - from > 19 || n > INT64_MAX || s[i] != ' ')
		return ERR_SIZE;
	*size = (int64_t)n;
	from = i + 1;
	if (*s == 'D' && len - 1 - from == 1 && s[from] == '.')
		return ERR_DOT;
	return is_unsafe(s + from, len - 1 - from) ? ERR_NAME : 0;
}

static void
check_entry(const struct record *r, const char *line, size_t len, int e)
{
	int64_t size;
	mode_t mode;

	CLAIM(e == judge_entry(line, len, &mode, &size));
	if (e != 0)
		return;
	CLAIM(r->type == (line[0] == 'C' ? RECORD_FILE : RECORD_DIR));
	CLAIM(r->mode == mode && r->size == size);
	CLAIM(r->text + r->text_len == line + len - 1);
	if (r->refused != 0) {
		CLAIM(r->name.s[0] == '\0');
		return;
	}
	CLAIM(strlen(r->name.s) == r->text_len);
	CLAIM(memcmp(r->name.s, r->text, r->text_len) == 0);
	CLAIM(is_storable(r->name.s, r->text_len));
}

/* "T" is sent with digits and blanks only, each number in its bounds. */
static void
check_times(const struct record *r, const char *line, size_t len, int e)
{
	const struct record_times *t = &r->times;
	size_t blanks = 0;

	if (e != 0)
		return;
	for (size_t i = 1; i < len - 1; i++) {
		blanks += line[i] == ' ';
		CLAIM(strchr("0123456789 -", line[i]) != NULL);
	}
	CLAIM(blanks == 3 || (blanks == 4 && line[1] == ' '));
	CLAIM(t->mtime_usec >= 0 && t->mtime_usec <= 999999);
	CLAIM(t->atime_usec >= 0 && t->atime_usec <= 999999);
	if (!t->usable)
		return;
	CLAIM(memchr(line, '-', len) == NULL);
	CLAIM(t->mtime >= 0 && t->mtime <= RECORD_SECONDS_MAX);
	CLAIM(t->atime >= 0 && t->atime <= RECORD_SECONDS_MAX);
}

static void
check_line(const struct record *r, const char *line, size_t len, int e)
{
	if (len < 2 || line[len - 1] != '\n') {
		CLAIM(e == ERR_RECORD);
		return;
	}
	switch (line[0]) {
	case 'C':
	case 'D':
		check_entry(r, line, len, e);
		break;
	case 'E':
		CLAIM((e == 0) == (len == 2));
		break;
	case 'T':
		CLAIM(e == 0 || e == ERR_TIMES);
		check_times(r, line, len, e);
		break;
	case '\1':
	case '\2':
		CLAIM(e == 0 && r->text == line + 1 && r->text_len == len - 2);
		break;
	default:
		CLAIM(e == ERR_RECORD);
	}
}

static int64_t
sent_time(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds;
}

/* What we send is read back as what we meant, and never cut. */
static void
check_sent(const struct record *r, size_t cap)
{
	static char room[RECORD_LINE_MAX];
	char *buf = room + sizeof(room) - cap; /* nothing may stand after it */
	struct record back;
	size_t len;
	int e = record_format(r, buf, cap, &len);

	if (e != 0) {
		CLAIM(e == ENAMETOOLONG);
		/* the longest record is shorter; words are not sent here */
		CLAIM(cap < 512 || r->type >= RECORD_WARNING);
		return;
	}
	CLAIM(r->type < RECORD_WARNING);
	CLAIM(len < cap && len == strlen(buf) && buf[len - 1] == '\n');
	CLAIM(memchr(buf, '\n', len) == buf + len - 1);
	if (r->type == RECORD_TIMES &&
	    (r->times.mtime > RECORD_SECONDS_MAX ||
		r->times.atime > RECORD_SECONDS_MAX))
		return;
	CLAIM(record_parse(&back, buf, len) == 0);
	CLAIM(back.type == r->type && back.refused == 0);
	CLAIM(strcmp(back.name.s, r->name.s) == 0);
	CLAIM(back.mode == r->mode);
	CLAIM(back.size == (r->type == RECORD_FILE ? r->size : 0));
	if (r->type == RECORD_TIMES)
		CLAIM(back.times.usable &&
		    back.times.mtime == sent_time(r->times.mtime) &&
		    back.times.atime == sent_time(r->times.atime));
}

static int64_t
take_number(struct input *in)
{
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(n); i++)
		n = n << 8 | take_byte(in);
	return (int64_t)n;
}

static void
send(struct input *in)
{
	static const enum record_type types[] = { RECORD_FILE, RECORD_DIR,
		RECORD_TIMES, RECORD_DIR_END, RECORD_WARNING, RECORD_FATAL };
	struct record r;
	size_t cap;

	memset(&r, 0, sizeof(r));
	r.type = types[take_byte(in) % COUNT(types)];
	cap = 1 + take_byte(in) * 3;
	if (r.type == RECORD_TIMES) {
		r.times.mtime = take_number(in);
		r.times.atime = take_number(in);
	} else if (r.type <= RECORD_DIR) {
		r.mode = (mode_t)take_number(in) & 07777;
		r.size = take_number(in) & INT64_MAX;
		if (name_parse(&r.name, (const char *)in->p, in->left) != 0)
			return;
	}
	check_sent(&r, cap);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data;
	struct input in = { data, size };
	struct record r;
	int e;

	r.mode = 0xa5a5;
	e = record_parse(&r, line, size);
	if (e != 0)
		CLAIM(r.mode == 0xa5a5); /* it is filled on success only */
	check_line(&r, line, size, e);
	send(&in);
	return 0;
}
