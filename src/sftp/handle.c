/*
 * The table of handles.  A peer knows a handle by four octets: its place in the
 * table, and a number that changes whenever the place is taken anew, so that a
 * handle that was closed is never another one.
 */
#include "sftp/handle.h"

#include <string.h>

struct handle *
handle_take(struct handles *t, enum handle_kind kind)
{
	struct handle *h = t->all;

	while (h < t->all + t->count && h->kind != HANDLE_FREE)
		h++;
	if (h == t->all + t->most)
		return NULL;
	if (h == t->all + t->count)
		t->count++;
	t->uploads += kind == HANDLE_UPLOAD;
	/* a path is written before it is read */
	memset(h, 0, offsetof(struct handle, path));
	memset(&h->node, 0, sizeof(*h) - offsetof(struct handle, node));
	h->kind = kind;
	h->number = t->next++ * HANDLES_MAX + (uint32_t)(h - t->all);
	h->path.len = 0;
	h->path.s[0] = '\0';
	h->node.fd = -1;
	h->dir.fd = -1;
	return h;
}

void
handle_give(struct handles *t, struct handle *h)
{
	t->uploads -= h->kind == HANDLE_UPLOAD;
	h->kind = HANDLE_FREE;
}

void
handle_name(const struct handle *h, char out[HANDLE_SIZE])
{
	for (size_t i = 0; i < HANDLE_SIZE; i++)
		out[i] = (char)(h->number >> (8 * i) & 0xff);
}

struct handle *
handle_find(struct handles *t, const char *s, size_t len)
{
	uint32_t number = 0;
	struct handle *h;

	if (len != HANDLE_SIZE)
		return NULL;
	for (size_t i = 0; i < HANDLE_SIZE; i++)
		number |= (uint32_t)(unsigned char)s[i] << (8 * i);
	h = &t->all[number % HANDLES_MAX];
	return h->kind != HANDLE_FREE && h->number == number ? h : NULL;
}

void
handle_revive(struct handle *h)
{
	if (h->passed)
		h->passed = h->removed = false;
}
