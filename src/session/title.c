#include "session/title.h"

#include <bsd/unistd.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#include "base/text.h"

#define ACCOUNT_SHOWN 64
#define RATE_SHOWN    24
#define PERCENT_SHOWN 8

static bool have_place;

void
title_take_place(int argc, char *argv[], char *envp[])
{
	setproctitle_init(argc, argv, envp);
	have_place = true;
}

/* S9: every user of the machine can show the title on a terminal. */
static void
escape(char *out, size_t cap, const char *s)
{
	text_escape_cut(out, cap, s, strlen(s));
}

/* Uses integers only, since printing a double may allocate memory. */
static void
format_rate(char out[RATE_SHOWN], int64_t octets, int64_t milliseconds)
{
	static const char units[][3] = { "B", "KB", "MB", "GB", "TB" };
	int64_t tenths = octets * 10 / milliseconds * 1000;
	size_t i = 0;

	for (; tenths >= 10000 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		tenths /= 1000;
	(void)snprintf(out, RATE_SHOWN, "%d.%d %s/s", (int)(tenths / 10),
	    (int)(tenths % 10), units[i]); /* fits: four digits */
}

void
title_begin(struct title *t, const char *account, const char *verb, bool names)
{
	char shown[ACCOUNT_SHOWN];

	t->account = account;
	t->names = names;
	(void)clock_gettime(CLOCK_MONOTONIC, &t->drawn); /* can't fail */
	if (!have_place)
		return;
	escape(shown, sizeof(shown), account);
	setproctitle("-scp-server: %s %s", shown, verb);
}

/*
 * A file of size 0 is complete.  What is read twice counts twice, and is not
 * more than all.
 */
static void
format_percent(char out[PERCENT_SHOWN], int64_t done, int64_t size)
{
	int percent = 100;

	out[0] = '\0';
	if (size < 0)
		return;
	if (size > done)
		percent = (int)(size > INT64_MAX / 100 ? done / (size / 100) :
							 done * 100 / size);
	(void)snprintf(out, PERCENT_SHOWN, "%d%% ", percent); /* fits */
}

void
title_draw(struct title *t, const char *verb, const char *path, int64_t done,
    int64_t size, int64_t moved)
{
	char account[ACCOUNT_SHOWN], file[TITLE_PATH_MAX], rate[RATE_SHOWN];
	char percent[PERCENT_SHOWN];
	struct timespec now = t->drawn;
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* can't fail */
	ms = (now.tv_sec - t->drawn.tv_sec) * INT64_C(1000) +
	    (now.tv_nsec - t->drawn.tv_nsec) / 1000000;
	if (ms <= 0 || !have_place)
		return;
	format_rate(rate, moved - t->moved, ms);
	t->drawn = now;
	t->moved = moved;
	escape(account, sizeof(account), t->account);
	escape(file, sizeof(file), t->names ? path : "");
	format_percent(percent, done, size);
	setproctitle("-scp-server: %s %s %s%s%s%s", account, verb, percent,
	    rate, *file != '\0' ? " " : "", file);
}
