/* What a session holds while it lasts: it must be the same all the time. */
#include "soak.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTLED 1500000 /* microseconds: the server's timer has ticked */
#define SPREAD	8	/* KiB of its own memory that may come and go */

static long
count_descriptors(pid_t pid)
{
	const struct dirent *d;
	char path[64];
	long n = 0;
	DIR *list;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if ((list = opendir(path)) == NULL)
		return -1;
	while ((d = readdir(list)) != NULL)
		n += d->d_name[0] != '.';
	(void)closedir(list);
	return n;
}

/* A line of a file of /proc/PID that says how many KiB, or -1. */
static long
kib_of(pid_t pid, const char *file, const char *name)
{
	char path[64], line[256];
	const size_t len = strlen(name);
	long kib = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	while (kib == -1 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, name, len) == 0)
			(void)sscanf(line + len, " %ld", &kib);
	(void)fclose(f);
	return kib;
}

/* It has answered, and now it sleeps until we go on. */
static void
wait_until_asleep(pid_t pid)
{
	char path[64], state = '?';
	unsigned int n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (n = 0; n < 10000 && state != 'S'; n++) {
		if ((f = fopen(path, "re")) == NULL)
			return;
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = '?';
		(void)fclose(f);
		if (state != 'S')
			(void)usleep(100);
	}
}

/*
 * Three times: once it has settled, in the middle, near the end; after the
 * last file a source has no next one open.  The resident set is not compared:
 * the kernel maps pages of the program that lie around a touched one, unless
 * another process has just locked them, so that it grows without our doing.
 */
void
gauge_take(struct gauge *g, pid_t pid, unsigned int done, unsigned int of)
{
	static const unsigned int due[] = { 1, 10, 19 };
	unsigned int n = g->samples;

	if (n > 2 || done < due[n] * of / 20)
		return;
	if (n == 0)
		(void)usleep(SETTLED);
	wait_until_asleep(pid);
	g->own[n] = kib_of(pid, "smaps_rollup", "Anonymous:");
	g->size[n] = kib_of(pid, "status", "VmSize:");
	g->descriptors[n] = count_descriptors(pid);
	g->samples++;
}

void
gauge_show(const struct gauge *g)
{
	const long *own = g->own, *size = g->size, *d = g->descriptors;
	long least = own[0], most = own[0];
	unsigned int n;

	for (n = 0; n < 3; n++) {
		least = own[n] < least ? own[n] : least;
		most = own[n] > most ? own[n] : most;
	}
	(void)printf("%s_own %ld %ld %ld\n%s_size %ld %ld %ld\n"
		     "%s_descriptors %ld %ld %ld\n",
	    g->what, own[0], own[1], own[2], g->what, size[0], size[1], size[2],
	    g->what, d[0], d[1], d[2]);
	if (g->samples < 3) {
		say_wrong(GREW, "the long %s was too short", g->what);
		return;
	}
	if (least <= 0 || most - least > SPREAD)
		say_wrong(GREW, "own memory of the %s: %ld to %ld KiB", g->what,
		    least, most);
	if (size[0] <= 0 || size[0] != size[1] || size[1] != size[2])
		say_wrong(GREW, "address space of the %s: %ld to %ld KiB",
		    g->what, size[0], size[2]);
	if (d[0] <= 0 || d[0] != d[1] || d[1] != d[2])
		say_wrong(GREW, "descriptors of the %s: %ld to %ld", g->what,
		    d[0], d[2]);
}
