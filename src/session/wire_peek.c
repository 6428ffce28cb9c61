/*
 * Input that is looked at before it is taken: what a packet says of itself.
 */
#include "base/err.h"
#include "session/wire.h"

size_t
wire_unread(const struct wire *w)
{
	return w->to - w->from;
}

int
wire_peek(struct wire *w, size_t want, const char **p)
{
	int e;

	while (wire_unread(w) < want)
		if ((e = wire_more(w)) != 0)
			return e == ERR_EOF && wire_unread(w) > 0 ? ERR_LOST :
								    e;
	*p = w->buf + w->from;
	return 0;
}

void
wire_take(struct wire *w, size_t n)
{
	w->from += n;
}
