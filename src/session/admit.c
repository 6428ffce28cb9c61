#include "session/admit.h"

#include <errno.h>

#include "base/err.h"

/* What a session may count in all: no sum of two such numbers overflows. */
#define BYTES_MAX (INT64_MAX / 2)

int
admit_change(const struct session *s, const struct dir *dir)
{
	return s->policy->sync && dir->unlisted ? EACCES : 0;
}

int
admit(const struct session *s, const struct dir *dir, int64_t size)
{
	int e;

	if ((e = admit_change(s, dir)) != 0 ||
	    (e = policy_check_new(s->policy, &s->totals, size)) != 0)
		return e;
	return tree_check_free(
	    dir->fd, s->policy->min_free, policy_new_size(size));
}

void
admit_open(struct session *s, struct charge *c, int64_t size)
{
	const int64_t most = BYTES_MAX - s->totals.bytes;

	*c = (struct charge){ .files = 1, .bytes = policy_new_size(size) };
	if (c->bytes > most)
		c->bytes = most; /* no file grows that far */
	s->totals.files++;
	s->totals.bytes += c->bytes;
}

/*
 * size is that of the whole file, which MaxFileSize is about; more are the
 * octets that this write adds to its end, which MaxSessionBytes is about.
 */
int
admit_grow(struct session *s, struct charge *c, int64_t size, int64_t more)
{
	const struct policy_totals others = {
		.files = s->totals.files - c->files,
		.bytes = s->totals.bytes - c->bytes,
	};
	int64_t counted = c->bytes;
	int e;

	if (more > BYTES_MAX - s->totals.bytes)
		return EFBIG;
	if (counted < c->written + more)
		counted = c->written + more;
	if ((e = policy_check_grown(s->policy, &others, size, counted)) != 0)
		return e;
	c->written += more;
	c->bytes = counted;
	s->totals.bytes = others.bytes + counted;
	return 0;
}

void
admit_drop(struct session *s, struct charge *c)
{
	s->totals.files -= c->files;
	s->totals.bytes -= c->bytes;
	*c = (struct charge){ .files = 0 };
}

void
admit_count(struct session *s, int64_t size)
{
	s->totals.files++;
	s->totals.bytes += policy_new_size(size);
}
