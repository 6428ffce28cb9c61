/*
 * soak: many sessions at once on the same few names of one directory, some of
 * them killed; see README.
 *
 *	soak [-n FILES] [-r ROUNDS] [-l FILES] [-s SEED] [-P] [-W] SERVER DIR
 *
 * A round lasts until so many files were transferred and is followed by a
 * census.  -l: files of the two long sessions, in the first round.  -P: SERVER
 * is an scp without options.  -W: the wrong policy, for a control.
 *
 * Prints a line "name figure" for each count; what is wrong is told on stderr,
 * and the exit status is 1.
 */
#include "soak.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TELL_MAX       20    /* of each kind of wrong */
#define KILL_PAUSE_MAX 20000 /* microseconds */

struct options options = { .per_round = 5000, .rounds = 1 };
struct counts counts;
static unsigned int seed = 1;
static atomic_bool round_over;
static atomic_uint long_ones;

static const char *const wrong_words[WRONG_KINDS] = {
	[MIXED] = "mixed",
	[LOST] = "lost",
	[SHARED] = "shared",
	[UNWANTED] = "unwanted",
	[LEFT] = "left",
	[HUNG] = "hung",
	[DIED] = "died",
	[GREW] = "grew",
};

void
say_wrong(enum wrong what, const char *format, ...)
{
	char text[512];
	va_list ap;

	if (counts.wrong[what]++ >= TELL_MAX)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	(void)fprintf(stderr, "%s: %s\n", wrong_words[what], text);
}

int64_t
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

unsigned int
chance(unsigned int *state, unsigned int below)
{
	return (unsigned int)rand_r(state) % below;
}

/* While a round lasts: kills sessions at random, removes files under them. */
static void *
killer(void *arg)
{
	unsigned int *state = arg;

	while (!round_over) {
		(void)usleep(chance(state, KILL_PAUSE_MAX));
		kill_one(state);
		remove_one(state);
	}
	return NULL;
}

static unsigned long
transferred(void)
{
	return counts.uploads + counts.downloads;
}

static void (*const long_work[])(struct worker *w) = {
	work_upload_long,
	work_download_long,
	work_sftp_long,
};
#define LONG_ONES ((int)(sizeof(long_work) / sizeof(long_work[0])))

static void *
worker(void *arg)
{
	static atomic_ulong goal;
	struct worker *w = arg;

	if ((w->body = malloc(BODY_MAX)) == NULL)
		err(2, "malloc");
	if (w->slot == 0)
		goal = transferred() + options.per_round;
	if (w->slot < LONG_ONES && long_ones > 0) {
		long_work[w->slot](w);
		long_ones--;
	}
	while (!round_over) {
		work_once(w);
		if (w->slot == 0 && long_ones == 0 && transferred() >= goal)
			round_over = true;
	}
	free(w->body);
	return NULL;
}

static void
run_round(unsigned int n)
{
	static struct worker workers[SESSIONS];
	static unsigned int killers_seed;
	pthread_t threads[SESSIONS + 1];
	int i;

	round_over = false;
	long_ones =
	    n == 0 && options.long_files > 0 ? (unsigned int)LONG_ONES : 0;
	for (i = 0; i < SESSIONS; i++) {
		workers[i].slot = i;
		workers[i].seed = seed * 7919 + n * SESSIONS + (unsigned int)i;
		if (pthread_create(&threads[i], NULL, worker, &workers[i]) != 0)
			errx(2, "pthread_create");
	}
	killers_seed = seed + n;
	if (pthread_create(&threads[SESSIONS], NULL, killer, &killers_seed) !=
	    0)
		errx(2, "pthread_create");
	for (i = 0; i < SESSIONS + 1; i++)
		(void)pthread_join(threads[i], NULL);
}

static int
show(void)
{
	unsigned long bad = 0;
	int i;

	(void)printf("uploads %lu\ndownloads %lu\nrefused %lu\nsessions %lu\n"
		     "at_once %u\nkilled %lu\ntemporaries %lu\nchecked %lu\n"
		     "versions %lu\nstranded %lu\n",
	    counts.uploads, counts.downloads, counts.refused, counts.sessions,
	    sessions_at_once(), counts.killed, counts.temporaries,
	    counts.checked, counts.versions, counts.stranded);
	for (i = 0; i < WRONG_KINDS; i++) {
		(void)printf("%s %lu\n", wrong_words[i], counts.wrong[i]);
		bad += counts.wrong[i];
	}
	return bad > 0;
}

static void
parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:r:l:s:PW")) != -1)
		switch (option) {
		case 'n':
			options.per_round = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			options.rounds = (unsigned int)atoi(optarg);
			break;
		case 'l':
			options.long_files = (unsigned int)atoi(optarg);
			break;
		case 's':
			seed = (unsigned int)atoi(optarg);
			break;
		case 'P':
			options.plain = true;
			break;
		case 'W':
			options.only_replace = true;
			break;
		default:
			exit(2);
		}
	if (argc - optind != 2)
		errx(2, "usage: soak [options] SERVER DIRECTORY");
	options.server = argv[optind];
	options.directory = argv[optind + 1];
}

int
main(int argc, char **argv)
{
	unsigned int n, first;
	char sub[4096];

	parse(argc, argv);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(sub, sizeof(sub), "%s/sub", options.directory);
	if (mkdir(sub, 0755) != 0)
		err(2, "%s", sub);
	/* uploads get the numbers after those of the files made here */
	make_big(options.long_files * DOWN_FACTOR);
	for (n = 0; n < options.rounds; n++) {
		first = upload_new("-");
		run_round(n);
		census(first);
	}
	return show();
}
