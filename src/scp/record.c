#include "scp/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

struct cursor {
	const char *p;
	const char *end; /* at the newline */
};

static int
take_char(struct cursor *c, char wanted, int err)
{
	if (c->p == c->end || *c->p != wanted)
		return err;
	c->p++;
	return 0;
}

/*
 * min*max DIGIT of base 8 or 10, below 2^63.  The check against overflow
 * comes before the multiplication.
 */
static int
take_number(struct cursor *c, int base, size_t max, int err, int64_t *out)
{
	int64_t n = 0;
	size_t digits = 0;
	int d;

	while (c->p < c->end && *c->p >= '0' && *c->p < '0' + base) {
		d = *c->p - '0';
		if (++digits > max || n > (INT64_MAX - d) / base)
			return err;
		n = n * base + d;
		c->p++;
	}
	if (digits == 0)
		return err;
	*out = n;
	return 0;
}

/* entry = mode SP size SP name ; mode = 1*7OCTAL ; size = 1*19DIGIT */
static int
parse_entry(struct cursor *c, struct record *r)
{
	int64_t mode;
	int e;

	if ((e = take_number(c, 8, 7, ERR_MODE, &mode)) != 0 ||
	    (e = take_char(c, ' ', ERR_MODE)) != 0 ||
	    (e = take_number(c, 10, 19, ERR_SIZE, &r->size)) != 0 ||
	    (e = take_char(c, ' ', ERR_SIZE)) != 0)
		return e;
	r->mode = (mode_t)(mode & 07777);
	r->text = c->p;
	r->text_len = (size_t)(c->end - c->p);
	e = name_parse(&r->name, r->text, r->text_len);
	if (e == ERR_NAME) /* "scp -r site/. host:" is no attack */
		return r->type == RECORD_DIR && r->text_len == 1 &&
			*r->text == '.' ?
		    ERR_DOT :
		    e;
	r->refused = e;
	return 0;
}

/*
 * secs = [ "-" ] 1*20DIGIT.  A time that no file system here could hold makes
 * the whole record unusable, not wrong.
 */
static int
take_seconds(struct cursor *c, struct record_times *t, int64_t *out)
{
	size_t digits = 0;
	bool minus = take_char(c, '-', ERR_TIMES) == 0;
	int64_t n = 0;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
		if (++digits > 20)
			return ERR_TIMES;
		if (n <= RECORD_SECONDS_MAX)
			n = n * 10 + (*c->p - '0');
	}
	if (digits == 0)
		return ERR_TIMES;
	if (minus || n > RECORD_SECONDS_MAX)
		t->usable = false;
	*out = n;
	return 0;
}

/* usec = 1*6DIGIT, so never over 999,999 */
static int
take_usec(struct cursor *c, int32_t *out)
{
	int64_t n;
	int e;

	if ((e = take_number(c, 10, 6, ERR_TIMES, &n)) == 0)
		*out = (int32_t)n;
	return e;
}

/*
 * time = "T" [SP] secs SP usec SP secs SP usec.  The first pair is mtime.  The
 * optional blank is what the much copied JSch example sends.
 */
static int
parse_times(struct cursor *c, struct record_times *t)
{
	int e;

	t->usable = true;
	(void)take_char(c, ' ', ERR_TIMES); /* optional */
	if ((e = take_seconds(c, t, &t->mtime)) != 0 ||
	    (e = take_char(c, ' ', ERR_TIMES)) != 0 ||
	    (e = take_usec(c, &t->mtime_usec)) != 0 ||
	    (e = take_char(c, ' ', ERR_TIMES)) != 0 ||
	    (e = take_seconds(c, t, &t->atime)) != 0 ||
	    (e = take_char(c, ' ', ERR_TIMES)) != 0 ||
	    (e = take_usec(c, &t->atime_usec)) != 0)
		return e;
	return c->p == c->end ? 0 : ERR_TIMES;
}

static int
parse_text(struct cursor *c, struct record *r)
{
	r->text = c->p;
	r->text_len = (size_t)(c->end - c->p);
	return 0;
}

static int
parse_rest(struct cursor *c, char letter, struct record *r)
{
	switch (letter) {
	case 'C':
		r->type = RECORD_FILE;
		return parse_entry(c, r);
	case 'D':
		r->type = RECORD_DIR;
		return parse_entry(c, r);
	case 'E':
		r->type = RECORD_DIR_END;
		return c->p == c->end ? 0 : ERR_RECORD;
	case 'T':
		r->type = RECORD_TIMES;
		return parse_times(c, &r->times);
	case '\1':
		r->type = RECORD_WARNING;
		return parse_text(c, r);
	case '\2':
		r->type = RECORD_FATAL;
		return parse_text(c, r);
	default:
		return ERR_RECORD;
	}
}

int
record_parse(struct record *out, const char *line, size_t len)
{
	struct record r;
	struct cursor c = { line, line + len };
	int e;

	memset(&r, 0, sizeof(r));
	if (len < 2 || line[len - 1] != '\n')
		return ERR_RECORD;
	c.end--;
	c.p++;
	if ((e = parse_rest(&c, line[0], &r)) == 0)
		*out = r;
	return e;
}

static int64_t
sendable(int64_t seconds)
{
	return seconds < 0 ? 0 : seconds;
}

int
record_format(const struct record *r, char *buf, size_t cap, size_t *len)
{
	int n = -1;

	switch (r->type) {
	case RECORD_FILE:
	case RECORD_DIR:
		n = snprintf(buf, cap, "%c%04o %lld %s\n",
		    r->type == RECORD_FILE ? 'C' : 'D',
		    (unsigned int)r->mode & 07777,
		    r->type == RECORD_FILE ? (long long)r->size : 0LL,
		    r->name.s);
		break;
	case RECORD_DIR_END:
		n = snprintf(buf, cap, "E\n");
		break;
	case RECORD_TIMES:
		n = snprintf(buf, cap, "T%lld 0 %lld 0\n",
		    (long long)sendable(r->times.mtime),
		    (long long)sendable(r->times.atime));
		break;
	case RECORD_WARNING:
	case RECORD_FATAL:
		break; /* report.c words these */
	}
	if (n < 0 || (size_t)n >= cap)
		return ENAMETOOLONG;
	*len = (size_t)n;
	return 0;
}
