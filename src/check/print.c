/*
 * What is printed, and the form in which a child hands it to its parent: each
 * record is a letter and then its fields, which end with NUL.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The longest value: two lists; shown, with each octet as \xNN. */
#define SHOWN_MAX (4 * CHECK_VALUE_MAX + 1)

#define SENTENCE_MAX 2048
#define FIELDS_MAX   5

/* The kinds of records. */
enum record {
	RECORD_HEADING = 'h', /* a heading */
	RECORD_ROW = 'r',     /* name, value */
	RECORD_NOTE = 'n',    /* a sentence */
	RECORD_FOUND = 'f',   /* enum check_fix, the fix, a sentence */
	RECORD_BROKEN = 'b',  /* as RECORD_FOUND, for what can't work */
	RECORD_KEY = 'k',     /* a key, see check_answer_key() */
	RECORD_END = '=',     /* numbers */
};

/* The headings that a child may print. */
static const char *const headings[] = { "TinySSH", "kernel", "root directory",
	"uploads" };

/* The most findings that are not printed again. */
#define SAID_MAX 200

static bool is_child;
static const char *from; /* clients that findings are about; NULL: all */
static enum check_quiet quiet;

void
check_be_quiet(enum check_quiet how)
{
	quiet = how;
}

void
check_say_from(const char *who)
{
	from = who;
}

/* Whether a finding has been printed before; if not, it is kept. */
static bool
was_said(enum record kind, const char *text)
{
	static char said[SAID_MAX][1 + SENTENCE_MAX];
	static size_t count;

	for (size_t i = 0; i < count; i++)
		if (said[i][0] == (char)kind && strcmp(said[i] + 1, text) == 0)
			return true;
	if (count < SAID_MAX) {
		said[count][0] = (char)kind;
		(void)snprintf(
		    said[count++] + 1, SENTENCE_MAX, "%s", text); /* fits */
	}
	return false;
}

static void
answer_all(enum record kind, const char *const fields[FIELDS_MAX])
{
	(void)putchar((int)kind);
	for (size_t i = 0; i < FIELDS_MAX && fields[i] != NULL; i++)
		(void)fwrite(fields[i], strlen(fields[i]) + 1, 1, stdout);
	(void)fflush(stdout); /* what is known when the time is over */
}

static void
answer(enum record kind, const char *a, const char *b, const char *c)
{
	const char *const fields[FIELDS_MAX] = { a, b, c };

	answer_all(kind, fields);
}

void
check_answer_key(const struct check_key *k)
{
	char place[PATH_MAX + 16], flags[16];
	const char *const fields[FIELDS_MAX] = { place, flags, k->name, k->from,
		k->command };

	(void)snprintf(
	    place, sizeof(place), "%u:%s", k->number, k->file); /* fits */
	(void)snprintf(flags, sizeof(flags), "%u%c%c%c%c%c%c", k->grants,
	    k->has_command ? 'c' : '-', k->is_authority ? 'a' : '-',
	    k->is_expired ? 'x' : '-', k->has_options ? 'o' : '-',
	    k->is_restricted ? 'r' : '-', k->is_refused ? 'u' : '-'); /* fits */
	answer_all(RECORD_KEY, fields);
}

void
check_answer_begin(void)
{
	is_child = true;
}

void
check_answer_end(const int numbers[CHECK_NUMBERS])
{
	char text[CHECK_NUMBERS][16];

	_Static_assert(CHECK_NUMBERS == 3, "a field for each");
	for (size_t i = 0; i < CHECK_NUMBERS; i++) /* fits */
		(void)snprintf(text[i], sizeof(text[i]), "%d", numbers[i]);
	answer(RECORD_END, text[0], text[1], text[2]);
}

void
check_heading(const char *text)
{
	if (quiet != QUIET_NOT)
		return;
	if (is_child)
		answer(RECORD_HEADING, text, NULL, NULL);
	else
		(void)puts(text);
}

void
check_row(const char *name, const char *value)
{
	char shown_name[2 * PATH_MAX], shown[SHOWN_MAX];

	if (quiet != QUIET_NOT)
		return;
	if (is_child) {
		answer(RECORD_ROW, name, value, NULL);
		return;
	}
	text_escape_cut(shown_name, sizeof(shown_name), name, strlen(name));
	text_escape_cut(shown, sizeof(shown), value, strlen(value));
	(void)printf("  %-22s %s\n", shown_name, shown);
}

/* S9: names of accounts, paths and the output of sshd come from outside. */
static void
print_sentence(const char *what, const char *text)
{
	char shown[4 * 2 * SENTENCE_MAX];

	text_escape_cut(shown, sizeof(shown), text, strlen(text));
	(void)printf("%s: %s\n", what, shown);
}

void
check_note(const char *format, ...)
{
	char text[SENTENCE_MAX];
	va_list ap;

	va_start(ap, format);
	/* a longer sentence is cut */
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (quiet != QUIET_NOT)
		return;
	if (is_child)
		answer(RECORD_NOTE, text, NULL, NULL);
	else
		print_sentence("  note", text);
}

__attribute__((format(printf, 1, 2))) static void
print_fix(const char *format, ...)
{
	char text[SENTENCE_MAX];
	va_list ap;

	va_start(ap, format);
	/* a longer sentence is cut */
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	print_sentence("    fix", text);
}

void
check_shell_word(char *out, size_t cap, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+:@,=";
	size_t n;

	if (*text != '\0' && strspn(text, plain) == strlen(text)) {
		(void)strlcpy(out, text, cap);
		return;
	}
	n = strlcpy(out, "'", cap);
	for (; *text != '\0' && n + sizeof("'\"'\"''") <= cap; text++)
		n += (size_t)snprintf(out + n, cap - n, "%s",
		    *text == '\'' ? "'\"'\"'" : (char[]){ *text, '\0' });
	(void)strlcpy(out + n, "'", cap - n);
}

/*
 * What would take root's shell or its keys away: the host could not be repaired
 * then.
 */
static bool
is_for_others(const struct check *c, enum check_fix where, const char *fix)
{
	return c->login.uid == 0 && !c->by_shell &&
	    (where == FIX_SHELL ||
		(where == FIX_MATCH && !c->by_force &&
		    strncmp(fix, "ForceCommand", 12) == 0) ||
		(where == FIX_MATCH &&
		    strncmp(fix, "AuthorizedKeysFile", 18) == 0));
}

__attribute__((format(printf, 5, 0))) static void
report(struct check *c, enum record kind, enum check_fix where, const char *fix,
    const char *format, va_list ap)
{
	char text[SENTENCE_MAX], number[2] = { (char)('0' + (int)where), '\0' };
	char whole[2 * SENTENCE_MAX], name[CHECK_WORD_MAX];

	/* a longer sentence is cut */
	(void)vsnprintf(text, sizeof(text), format, ap);
	if (is_child) {
		answer(kind, number, fix != NULL ? fix : "", text);
		return;
	}
	if (quiet != QUIET_ALL && was_said(kind, text))
		return;
	if (kind == RECORD_BROKEN)
		c->broken++;
	else
		c->unsafe++;
	if (quiet == QUIET_ALL)
		return;
	(void)snprintf(whole, sizeof(whole), "%s%s%s%s",
	    from != NULL ? "from " : "", from != NULL ? from : "",
	    from != NULL ? ": " : "", text); /* fits */
	print_sentence(kind == RECORD_BROKEN ? "  BROKEN" : "  UNSAFE", whole);
	if (is_for_others(c, where, fix)) {
		print_fix("another account than root for these copies");
		return;
	}
	switch (where) {
	case FIX_MATCH:
		print_fix(
		    "sshd_config: Match User %s / %s", c->login.name, fix);
		break;
	case FIX_GLOBAL:
		print_fix("sshd_config, before any Match: %s", fix);
		break;
	case FIX_POLICY:
		print_fix("%s: %s", c->file, fix);
		break;
	case FIX_SHELL:
		check_shell_word(name, sizeof(name), c->login.name);
		/* usermod takes an empty shell, which is /bin/sh */
		print_fix(
		    "p=$(command -v scp-server) && usermod -s \"$p\" %s", name);
		break;
	case FIX_HOST:
		print_fix("%s", fix);
		break;
	}
}

void
check_found(struct check *c, enum check_fix where, const char *fix,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	report(c, RECORD_FOUND, where, fix, format, ap);
	va_end(ap);
}

void
check_broken(struct check *c, enum check_fix where, const char *fix,
    const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	report(c, RECORD_BROKEN, where, fix, format, ap);
	va_end(ap);
}

/* The number of fields of a kind of record; 0: there is none. */
static size_t
fields_of(char kind)
{
	switch (kind) {
	case RECORD_HEADING:
	case RECORD_NOTE:
		return 1;
	case RECORD_ROW:
		return 2;
	case RECORD_FOUND:
	case RECORD_BROKEN:
	case RECORD_END:
		return 3;
	case RECORD_KEY:
		return 5;
	default:
		return 0;
	}
}

static void
print_record(struct check *c, char kind, const char *const field[FIELDS_MAX])
{
	enum check_fix fix = FIX_HOST;

	switch (kind) {
	case RECORD_HEADING:
		for (size_t i = 0; i < sizeof(headings) / sizeof(headings[0]);
		     i++)
			if (strcmp(field[0], headings[i]) == 0)
				check_heading(headings[i]);
		break;
	case RECORD_ROW:
		check_row(field[0], field[1]);
		break;
	case RECORD_NOTE:
		check_note("%s", field[0]);
		break;
	case RECORD_KEY:
		check_take_key(field);
		break;
	default:
		for (int i = FIX_MATCH; i <= FIX_HOST; i++)
			if (field[0][0] == '0' + i)
				fix = (enum check_fix)i;
		if (kind == RECORD_BROKEN)
			check_broken(c, fix, field[1], "%s", field[2]);
		else
			check_found(c, fix, field[1], "%s", field[2]);
		break;
	}
}

bool
check_answer_print(
    struct check *c, const char *text, size_t len, int numbers[CHECK_NUMBERS])
{
	const char *field[FIELDS_MAX], *at = text, *end = text + len, *nul;
	size_t n, i;
	char kind;

	while (at < end) {
		kind = *at++;
		n = fields_of(kind);
		for (i = 0; i < n && at < end; i++) {
			if ((nul = memchr(at, '\0', (size_t)(end - at))) ==
			    NULL)
				return false; /* cut off */
			field[i] = at;
			at = nul + 1;
		}
		if (n == 0 || i < n)
			return false; /* unknown, or cut off */
		if (kind != RECORD_END) {
			print_record(c, kind, field);
			continue;
		}
		for (i = 0; i < CHECK_NUMBERS; i++)
			numbers[i] = (int)strtol(field[i], NULL, 10);
		return true;
	}
	return false;
}
