/*
 * What was uploaded, and what must therefore be on the disk: at the moment of
 * an acknowledgement, and when a round is over and nobody writes.
 */
#include "soak.h"

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY ".scp-server."

static struct upload all[UPLOADS_MAX];
static atomic_uint next = 1;

/* Where an upload was found in the census. */
enum place { NOWHERE, AS_TEMPORARY, UNDER_A_NAME };
static unsigned char found[UPLOADS_MAX];

unsigned int
upload_new(const char *name)
{
	unsigned int id = next++;

	if (id >= UPLOADS_MAX)
		errx(2, "too many uploads");
	all[id].begun = INT64_MAX;
	(void)snprintf(all[id].name, sizeof(all[id].name), "%s", name);
	return id;
}

struct upload *
upload_of(unsigned int id)
{
	if (id == 0 || id >= next)
		return NULL;
	return &all[id];
}

/* A whole file; -1 when there is none, else its size. */
static ssize_t
slurp(const char *path, char *p)
{
	ssize_t n, size = 0;
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 && errno == ENOENT)
		return -1;
	if (fd == -1)
		err(2, "%s", path);
	while ((n = read(fd, p + size, BODY_MAX - (size_t)size)) > 0)
		size += n;
	(void)close(fd);
	return size;
}

/* The upload that a file is of; false when there is no file. */
static bool
read_path(const char *path, const char *name, unsigned int *id)
{
	static _Thread_local char *body;
	const char *why;
	ssize_t size;

	*id = 0;
	if (body == NULL && (body = malloc(BODY_MAX)) == NULL)
		err(2, "malloc");
	if ((size = slurp(path, body)) == -1)
		return false;
	why = body_check(body, (size_t)size, name, id);
	if (why == NULL && upload_of(*id) == NULL)
		why = "its number";
	if (why != NULL) {
		say_wrong(MIXED, "%s is not a whole file: %s", path, why);
		*id = 0;
	}
	return true;
}

static void
path_of(const char *name, char path[PATH_MAX])
{
	(void)snprintf(path, PATH_MAX, "%s/%s%s", options.directory,
	    name[0] == 's' ? "sub/" : "", name);
}

bool
file_read(const char *name, unsigned int *id)
{
	char path[PATH_MAX];

	path_of(name, path);
	return read_path(path, name, id);
}

/*
 * What was acknowledged just now stands there, or something that took its
 * place: that was not acknowledged itself before ours was begun.
 */
void
check_acknowledged(unsigned int id)
{
	const struct upload *mine = upload_of(id), *other;
	unsigned int there;

	if (strchr("rsv", mine->name[0]) == NULL)
		return;
	counts.checked++;
	if (!file_read(mine->name, &there)) {
		say_wrong(LOST, "%s of upload %u: no file", mine->name, id);
		return;
	}
	if (there == 0 || there == id)
		return;
	other = upload_of(there);
	if (other->state == ACKNOWLEDGED && other->acknowledged < mine->begun)
		say_wrong(LOST, "%s of upload %u: it is the older %u",
		    mine->name, id, there);
}

/* A lock is ours alone.  must: it was acknowledged.  Ours is removed. */
void
lock_check(unsigned int id, bool must)
{
	const struct upload *mine = upload_of(id);
	unsigned int there;
	char path[PATH_MAX];

	if (must)
		counts.checked++;
	if (!file_read(mine->name, &there)) {
		if (must)
			say_wrong(LOST, "lock %s: no file", mine->name);
		return;
	}
	if (must && there != id)
		say_wrong(SHARED, "lock %s of upload %u is of %u", mine->name,
		    id, there);
	if (there != id)
		return;
	(void)usleep(200);
	if (!file_read(mine->name, &there) || there != id)
		say_wrong(SHARED, "lock %s of upload %u was taken by %u",
		    mine->name, id, there);
	path_of(mine->name, path);
	if (unlink(path) != 0)
		say_wrong(SHARED, "lock %s of upload %u: somebody removed it",
		    mine->name, id);
}

/* "r1.~12~" is a file of r1; a temporary may be of anybody. */
static const char *
stem(const char *name, char out[NAME_SIZE])
{
	(void)snprintf(out, NAME_SIZE, "%.*s", (int)strcspn(name, "."), name);
	return out;
}

/*
 * A temporary is whole, and of an upload that was cut off: it is read under the
 * name that it gives.  With versions it may be the file that was replaced.
 */
static void
see_temporary(const char *path)
{
	char own[NAME_SIZE] = "", header[64] = "";
	unsigned int id;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		err(2, "%s", path);
	if (fgets(header, sizeof(header), f) != NULL)
		(void)sscanf(header, "soak %*u %*u %31s", own);
	(void)fclose(f);
	(void)read_path(path, own, &id);
	if (id == 0)
		return;
	if (found[id] == NOWHERE)
		found[id] = AS_TEMPORARY;
	counts.temporaries++;
	if (strchr("rsd", own[0]) != NULL && all[id].state != FLYING)
		say_wrong(LEFT, "%s: upload %u was answered", path, id);
	if (counts.temporaries > counts.killed)
		say_wrong(
		    LEFT, "%s: more of them than sessions were killed", path);
}

/* Takes note of all files of a directory, and removes them. */
static void
see_directory(const char *directory)
{
	char path[PATH_MAX], name[NAME_SIZE];
	const struct dirent *d;
	unsigned int id;
	DIR *list = opendir(directory);

	if (list == NULL)
		err(2, "%s", directory);
	while ((d = readdir(list)) != NULL) {
		if (d->d_type != DT_REG)
			continue;
		(void)snprintf(
		    path, sizeof(path), "%s/%s", directory, d->d_name);
		if (strncmp(d->d_name, TEMPORARY, strlen(TEMPORARY)) == 0)
			see_temporary(path);
		else if (read_path(path, stem(d->d_name, name), &id) && id != 0)
			found[id] = UNDER_A_NAME;
		if (unlink(path) != 0)
			err(2, "%s", path);
	}
	(void)closedir(list);
}

/*
 * Nothing runs.  The last file under a replaced name is not older than any
 * other that was acknowledged; every version that was acknowledged is there;
 * nothing that was refused is.
 */
void
census(unsigned int first)
{
	unsigned int last = next, id, there;
	char path[PATH_MAX];

	for (id = first; id < last; id++)
		if (all[id].state == ACKNOWLEDGED &&
		    strchr("rs", all[id].name[0]) != NULL &&
		    file_read(all[id].name, &there) && there != 0 &&
		    all[there].state == ACKNOWLEDGED &&
		    all[there].acknowledged < all[id].begun)
			say_wrong(LOST, "%s of upload %u: the last is %u",
			    all[id].name, id, there);
	(void)snprintf(path, sizeof(path), "%s/sub", options.directory);
	see_directory(path);
	see_directory(options.directory);
	for (id = first; id < last; id++) {
		if (all[id].state == REFUSED && found[id])
			say_wrong(
			    UNWANTED, "upload %u of %s", id, all[id].name);
		if (all[id].state != ACKNOWLEDGED || all[id].name[0] != 'v')
			continue;
		counts.versions += found[id] == UNDER_A_NAME;
		counts.stranded += found[id] == AS_TEMPORARY;
		if (found[id] == NOWHERE)
			say_wrong(LOST, "upload %u of %s is no version", id,
			    all[id].name);
	}
}
