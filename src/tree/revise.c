#include "tree/revise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/open_flags.h"
#include "tree/internal.h"
#include "tree/link.h"

/* Octets copied at once: time limits are looked at in between. */
#define COPY_STEP ((size_t)16 << 20)

/* The same where a file system can't copy by itself. */
#define COPY_BLOCK 16384

/* Opens the old file if it is still the one that was looked at. */
static int
open_old(const struct revision *r, int *out)
{
	const struct upload *up = &r->up;
	struct info info;
	int e, fd;

	fd = tree_openat(up->dir->fd, up->name.s, F_READ_ENTRY, 0);
	if (fd < 0)
		return -fd;
	e = tree_fstat(fd, &info);
	if (e == 0 && !tree_is_same(&info, &up->old))
		e = EAGAIN; /* it was replaced in the meantime */
	if (e != 0)
		tree_close_fd(&fd);
	else
		*out = fd;
	return e;
}

int
revise_reads(struct revision *r)
{
	return r->reader != -1 || r->up.way != UPLOAD_INPLACE ?
	    0 :
	    open_old(r, &r->reader);
}

/* Overwrite inplace: the old file itself is written. */
static int
begin_inplace(struct revision *r, const struct revision_start *s)
{
	r->up.uncut = true;
	r->jumbled = true;
	r->end = r->up.old.size;
	r->straight = r->end;
	r->up.written = r->end;
	return s->reads ? revise_reads(r) : 0;
}

static int
begin_new(struct revision *r, const struct revision_start *s)
{
	if (r->up.rules->read_back)
		r->reader = r->up.fd;
	if (!r->up.have_old || s->truncate)
		return 0;
	if (r->up.rules->hidden) {
		r->blind = true;
		r->tail = r->up.old.size;
		return 0;
	}
	r->base_size = r->up.old.size;
	r->base_error = open_old(r, &r->base);
	return 0;
}

int
revise_begin(struct revision *r, struct upload_rules *rules, struct dir *dir,
    const struct name *name, const struct revision_start *s)
{
	int e;

	*r = (struct revision){ .reader = -1, .base = -1 };
	r->appends = s->appends;
	e = upload_begin(&r->up, rules, dir, name, s->mode, s->size);
	if (e != 0)
		return e;
	r->up.exclusive = s->exclusive;
	if (r->up.have_old && s->exclusive)
		e = EEXIST;
	else if (!r->up.have_old && s->must_be)
		e = ENOENT;
	else if (r->up.have_old && r->up.old.kind == KIND_LINK)
		e = ERR_LINK;
	else if (r->up.way == UPLOAD_INPLACE)
		e = begin_inplace(r, s);
	else
		e = begin_new(r, s);
	if (e == 0 && s->appends)
		e = r->blind ? EACCES : revise_whole(r);
	if (e != 0)
		revise_abort(r);
	return e;
}

int64_t
revise_size(const struct revision *r)
{
	return r->end > r->base_size ? r->end : r->base_size;
}

/* What is written in place may be made longer or shorter by others, too. */
int64_t
revise_end_for(const struct revision *r, uint64_t at)
{
	struct info info;

	if (r->up.way == UPLOAD_INPLACE && tree_fstat(r->up.fd, &info) == 0)
		return info.size;
	return r->base_size > 0 && (r->appends || at > (uint64_t)r->straight) ?
	    revise_size(r) :
	    r->end;
}

static void
drop_base(struct revision *r)
{
	tree_close_fd(&r->base);
	r->base_size = 0;
	r->base_error = 0;
}

/* A part of a file that is copied to the new one. */
struct part {
	int from;
	int64_t in;
	int64_t out;
	int64_t left;
	bool slowly; /* the file system can't copy by itself */
	bool sparse; /* its holes are not copied */
};

/* Copies a block by reading and writing. */
static ssize_t
copy_block(const struct revision *r, const struct part *p, size_t most)
{
	char block[COPY_BLOCK];
	ssize_t n =
	    pread(p->from, block, most < COPY_BLOCK ? most : COPY_BLOCK, p->in);

	return n <= 0 ? n : pwrite(r->up.fd, block, (size_t)n, p->out);
}

/*
 * Returns the offset in the source where data (SEEK_DATA) or a hole (SEEK_HOLE)
 * begins next, at most the end of the part.  A file system that can't tell has
 * no holes.
 */
static int64_t
begin_of(const struct part *p, int whence)
{
	const int64_t end = p->in + p->left;
	int64_t at = lseek(p->from, p->in, whence);

	/* no data: the rest is a hole, or the file has become shorter */
	if (at < p->in)
		at = whence == SEEK_DATA &&
			(errno != ENXIO || lseek(p->from, 0, SEEK_END) < end) ?
		    p->in :
		    end;
	return at < end ? at : end;
}

/* Copies at most a step. */
static int
copy_some(struct revision *r, struct part *p)
{
	const int64_t hole = p->sparse ? begin_of(p, SEEK_DATA) - p->in : 0;
	int64_t in = p->in + hole, out = p->out + hole;
	size_t most;
	ssize_t n;

	p->in = in; /* the call moves both */
	p->out = out;
	p->left -= hole;
	if (p->left == 0)
		return tree_cut(r->up.fd, out); /* it ends with a hole */
	most = (size_t)(p->sparse ? begin_of(p, SEEK_HOLE) - in : p->left);
	if (most > COPY_STEP)
		most = COPY_STEP;
	n = p->slowly ? copy_block(r, p, most) :
			(ssize_t)syscall(SYS_copy_file_range, p->from, &in,
			    r->up.fd, &out, most, 0);
	if (n == -1 && errno == EINTR)
		return 0;
	if (n == -1 && !p->slowly &&
	    (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP ||
		errno == ENOSYS)) {
		p->slowly = true;
		return 0;
	}
	if (n == -1)
		return errno;
	if (n == 0 && p->slowly)
		return ERR_CHANGED; /* it has become shorter */
	if (n == 0)
		p->slowly = true;
	p->in += n;
	p->out += n;
	p->left -= n;
	r->poured += n;
	return 0;
}

/* Copies all of it; the digest can't be summed up on the way. */
static int
copy(struct revision *r, struct part *p)
{
	const struct upload_rules *rules = r->up.rules;
	int e = 0;

	r->jumbled = true;
	while (e == 0 && p->left > 0)
		if ((e = tree_check_free(r->up.fd, rules->min_free, p->left)) ==
			0 &&
		    (rules->pause == NULL ||
			(e = rules->pause(rules->pause_with)) == 0))
			e = copy_some(r, p);
	return e;
}

/* Counts octets that were written. */
static void
grow(struct revision *r, int64_t at, int64_t end)
{
	if (r->end < end)
		r->end = end;
	if (at <= r->straight && r->straight < end)
		r->straight = end;
	if (r->up.written < end)
		r->up.written = end;
}

/* Copies what is missing of the old file, up to an offset. */
static int
fetch(struct revision *r, int64_t to)
{
	struct part p = {
		.from = r->base,
		.in = r->straight,
		.out = r->straight,
		.sparse = r->end <= r->straight, /* nothing is there yet */
	};
	int e;

	if (to > r->base_size)
		to = r->base_size;
	if (r->straight < to) {
		p.left = to - r->straight;
		e = r->base_error != 0 ? r->base_error : copy(r, &p);
		if (e != 0)
			return e;
		r->fetched += p.out - r->straight;
		grow(r, r->straight, to);
	}
	drop_base(r);
	return 0;
}

/* Fetches what is missing before an offset: no gap is left. */
static int
fill(struct revision *r, int64_t to)
{
	if (to <= r->straight)
		return 0;
	return r->blind ? EACCES : revise_whole(r);
}

int
revise_whole(struct revision *r)
{
	return r->base_size > 0 ? fetch(r, r->base_size) : 0;
}

static void
sum_up(struct revision *r, int64_t at, const char *p, size_t n)
{
	if (at != r->summed)
		r->jumbled = true;
	if (r->jumbled)
		return;
	digest_add(&r->up.sum, p, n);
	r->summed += (int64_t)n;
}

int
revise_write(struct revision *r, int64_t at, const char *p, size_t n)
{
	int e;

	if ((e = fill(r, at)) != 0)
		return e;
	if ((e = upload_write_at(&r->up, at, p, n)) != 0)
		return e;
	sum_up(r, at, p, n);
	r->poured += (int64_t)n;
	grow(r, at, at + (int64_t)n);
	return 0;
}

int
revise_copy(struct revision *r, int64_t at, int from, int64_t in, int64_t n)
{
	struct part p = { .from = from, .in = in, .out = at, .left = n };
	int e;

	if ((e = fill(r, at)) != 0 || (e = copy(r, &p)) != 0)
		return e;
	grow(r, at, at + n);
	return 0;
}

int
revise_cut(struct revision *r, int64_t size)
{
	int e;

	if (r->blind && size > r->straight)
		return EACCES;
	if (r->base_size > 0 && (e = fetch(r, size)) != 0)
		return e;
	if ((e = tree_cut(r->up.fd, size)) != 0)
		return e;
	if (size < r->summed)
		r->jumbled = true;
	r->tail = 0;
	r->end = size;
	if (r->straight > size)
		r->straight = size;
	if (r->up.written < size)
		r->up.written = size;
	r->up.reserved = 0; /* what lay behind is given back */
	return 0;
}

int
revise_source(struct revision *r, int *fd, int64_t *size)
{
	const bool is_old = r->base != -1 && r->end == 0;
	int e = is_old ? 0 : revise_whole(r);

	*fd = is_old ? r->base : r->reader;
	*size = revise_size(r);
	return *fd == -1 ? EACCES : e;
}

int
revise_read(struct revision *r, int64_t at, void *buf, size_t cap, size_t *got)
{
	int64_t size;
	int fd, e;

	*got = 0;
	if ((e = revise_source(r, &fd, &size)) != 0)
		return e;
	if (r->up.way != UPLOAD_INPLACE && at >= size)
		return 0;
	if (r->up.way != UPLOAD_INPLACE && (int64_t)cap > size - at)
		cap = (size_t)(size - at); /* room may be reserved */
	return tree_read_at(fd, at, buf, cap, got);
}

/* The digest of a file that was not written in order: reads it all. */
static int
sum_again(struct revision *r)
{
	char block[COPY_BLOCK];
	const struct upload_rules *rules = r->up.rules;
	size_t got = 1;
	int e = 0;

	digest_begin(&r->up.sum, rules->digest);
	for (int64_t at = 0; e == 0 && got > 0; at += (int64_t)got) {
		if (rules->pause != NULL &&
		    (e = rules->pause(rules->pause_with)) != 0)
			break;
		e = tree_read_at(r->reader, at, block, sizeof(block), &got);
		digest_add(&r->up.sum, block, got);
	}
	return e;
}

int
revise_finish(struct revision *r, const struct upload_meta *meta)
{
	int e;

	if (r->tail > r->end)
		return EACCES; /* the rest of a hidden file would be lost */
	if ((e = revise_whole(r)) != 0 ||
	    (r->up.reserved > r->end && (e = tree_cut(r->up.fd, r->end)) != 0))
		return e;
	r->up.uncut = true;
	if (r->up.sum.on && (r->jumbled || r->summed != r->end)) {
		/* reading large gaps could take for ever */
		if (r->poured < r->end || r->reader == -1)
			r->up.sum.on = false;
		else if ((e = sum_again(r)) != 0)
			return e;
	}
	return upload_finish(&r->up, meta);
}

static void
close_others(struct revision *r)
{
	drop_base(r);
	if (r->up.way == UPLOAD_INPLACE)
		tree_close_fd(&r->reader);
	r->reader = -1;
}

int
revise_publish(struct revision *r, const struct upload_meta *meta)
{
	int e = upload_publish(&r->up, meta);

	close_others(r);
	return e;
}

void
revise_abort(struct revision *r)
{
	close_others(r);
	upload_abort(&r->up);
}

int
revise_move(
    struct revision *r, struct dir *dir, const struct name *name, bool replaces)
{
	struct upload to = {
		.fd = -1,
		.rules = r->up.rules,
		.dir = dir,
		.name = *name,
	};
	struct info here, there;
	int e;

	if (r->up.have_old || r->up.way != UPLOAD_UNNAMED)
		return EBUSY;
	if ((e = tree_fstat(r->up.dir->fd, &here)) != 0 ||
	    (e = tree_fstat(dir->fd, &there)) != 0 ||
	    (e = here.dev != there.dev ? EXDEV : upload_check_place(&to)) != 0)
		return e;
	if (to.have_old && !replaces)
		return EEXIST;
	r->up.dir = dir;
	r->up.name = *name;
	r->up.exclusive = !replaces;
	r->up.have_old = to.have_old;
	r->up.old = to.old;
	return 0;
}
