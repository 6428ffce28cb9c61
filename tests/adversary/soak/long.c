/* What a session holds while it lasts: it must be the same all the time. */
#include "soak.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SETTLED 1500000 /* microseconds: the server's timer has ticked */
#define SPREAD	8	/* KiB of resident set that may come and go */

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

static long
resident(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	if ((f = fopen(path, "re")) == NULL)
		return -1;
	while (kib == -1 && fgets(line, sizeof(line), f) != NULL)
		(void)sscanf(line, "Rss: %ld", &kib);
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
 * last file a source has no next one open.
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
	g->rss[n] = resident(pid);
	g->descriptors[n] = count_descriptors(pid);
	g->samples++;
}

void
gauge_show(const struct gauge *g)
{
	long least = g->rss[0], most = g->rss[0];
	const long *d = g->descriptors;
	unsigned int n;

	for (n = 0; n < 3; n++) {
		least = g->rss[n] < least ? g->rss[n] : least;
		most = g->rss[n] > most ? g->rss[n] : most;
	}
	(void)printf("%s_rss %ld %ld %ld\n%s_descriptors %ld %ld %ld\n",
	    g->what, g->rss[0], g->rss[1], g->rss[2], g->what, d[0], d[1],
	    d[2]);
	if (g->samples < 3)
		say_wrong(GREW, "the long %s was too short", g->what);
	else if (least <= 0 || most - least > SPREAD)
		say_wrong(GREW, "resident set of the %s: %ld to %ld KiB",
		    g->what, least, most);
	if (g->samples == 3 && (d[0] <= 0 || d[0] != d[1] || d[1] != d[2]))
		say_wrong(GREW, "descriptors of the %s: %ld to %ld", g->what,
		    d[0], d[2]);
}
