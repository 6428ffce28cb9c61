#include "session/title.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define ACCOUNT_SHOWN 64
#define RATE_SHOWN    24
#define PERCENT_SHOWN 8

/* Octets of a place at most; sshd gives a session a KiB. */
#define PLACE_MAX 16384

/* From the first argument to the end of the environment. */
static struct {
	char *begin;
	size_t size;	  /* 0: there is none */
	size_t arguments; /* of it, with a NUL at their end */
} place;

/* Adds a text to the place if it follows what is there, and can be copied. */
static void
extend(const char *text)
{
	size_t n = strlen(text) + 1;

	if (text == place.begin + place.size && place.size + n <= PLACE_MAX)
		place.size += n;
}

/* Texts of the place are found in the copy from now on. */
static void
move_all(char *texts[], const char *copy)
{
	for (; *texts != NULL; texts++)
		if (*texts >= place.begin && *texts < place.begin + place.size)
			*texts += copy - place.begin;
}

void
title_take_place(char *argv[], char *envp[])
{
	static char copy[PLACE_MAX];

	place.begin = argv[0];
	for (size_t i = 0; argv[i] != NULL; i++)
		extend(argv[i]);
	place.arguments = place.size;
	for (size_t i = 0; envp[i] != NULL; i++)
		extend(envp[i]);
	memcpy(copy, place.begin, place.size);
	move_all(argv, copy);
	move_all(envp, copy);
}

/*
 * Writes the title over the place.  While there is a NUL where the arguments
 * ended the kernel shows all up to there, else what is before the first NUL.
 */
__attribute__((format(printf, 1, 2))) static void
show(const char *format, ...)
{
	size_t n;
	va_list ap;
	int r;

	va_start(ap, format);
	r = vsnprintf(place.begin, place.size, format, ap);
	va_end(ap);
	n = r < 0 ? 0 : (size_t)r;
	if (n < place.size)
		memset(place.begin + n, 0, place.size - n);
	if (n + 1 < place.arguments)
		place.begin[place.arguments - 1] = '.';
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
	static const char *const units[] = { "B", "KB", "MB", "GB", "TB" };
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
	if (place.size == 0)
		return;
	escape(shown, sizeof(shown), account);
	show("scp-server: %s %s", shown, verb);
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
	if (ms <= 0 || place.size == 0)
		return;
	format_rate(rate, moved - t->moved, ms);
	t->drawn = now;
	t->moved = moved;
	escape(account, sizeof(account), t->account);
	escape(file, sizeof(file), t->names ? path : "");
	format_percent(percent, done, size);
	show("scp-server: %s %s %s%s%s%s", account, verb, percent, rate,
	    *file != '\0' ? " " : "", file);
}
