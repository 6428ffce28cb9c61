#include "sftp/owned.h"

#include <stddef.h>

static size_t
find(const struct owned *o, const struct info *info)
{
	size_t i = 0;

	while (i < OWNED_MAX &&
	    (o->all[i].used == 0 || o->all[i].ino != info->ino ||
		o->all[i].dev != info->dev ||
		o->all[i].born.tv_sec != info->born.tv_sec ||
		o->all[i].born.tv_nsec != info->born.tv_nsec))
		i++;
	return i;
}

bool
owned_has(struct owned *o, const struct info *info)
{
	const size_t i = find(o, info);

	if (i == OWNED_MAX || !o->all[i].made)
		return false;
	o->all[i].used = ++o->clock;
	return true;
}

bool
owned_knows(const struct owned *o, const struct info *info)
{
	return find(o, info) < OWNED_MAX;
}

void
owned_add(struct owned *o, const struct info *info, bool made)
{
	size_t at = find(o, info), i;

	if (at == OWNED_MAX) {
		for (at = 0, i = 1; i < OWNED_MAX; i++)
			if (o->all[i].used < o->all[at].used)
				at = i;
		o->all[at].made = false;
	}
	o->all[at].dev = info->dev;
	o->all[at].ino = info->ino;
	o->all[at].born = info->born;
	o->all[at].made = o->all[at].made || made;
	o->all[at].used = ++o->clock;
}

void
owned_gone(struct owned *o, const struct info *info)
{
	const size_t i = find(o, info);

	if (i < OWNED_MAX && (info->kind == KIND_DIR || info->links <= 1))
		o->all[i].used = 0;
}
