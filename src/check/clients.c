/*
 * Where the requests of clients lead: those of scp to a command, those of
 * clients that speak SFTP to sshd's subsystem.
 */
#include "check/check.h"

#include <stdio.h>
#include <string.h>

#include "request/command.h"

/* What a program is, to be read after its path. */
static const char *const kinds[] = {
	[PROGRAM_OURS] = "this program",
	[PROGRAM_OTHER] = "another program",
	[PROGRAM_LOOSE] = "this program, which others than root may change",
	[PROGRAM_MISSING] = "there is no such program",
};

/* What a word of a command leads to in the account's PATH. */
static void
show_program(const struct check *c, const char *name, const char *word)
{
	char found[PATH_MAX], server[PATH_MAX], same[PATH_MAX];
	char text[2 * PATH_MAX + 64];
	enum check_program kind = check_program(c, word, found);

	if (kind == PROGRAM_OTHER && check_drop_in(found, server)) {
		kind = check_program(c, server, same);
		(void)snprintf(text, sizeof(text), "%s (%s, by the script %s)",
		    server, kinds[kind], found); /* fits */
	} else
		(void)snprintf(text, sizeof(text), "%s (%s)",
		    *found != '\0' ? found : word, kinds[kind]); /* fits */
	check_row(name, text);
}

/* The first word of sshd's Subsystem sftp. */
static void
show_subsystem(const struct check *c)
{
	const char *sftp = c->sshd.value[SET_SUBSYSTEM];
	char word[PATH_MAX];

	(void)snprintf(word, sizeof(word), "%.*s", (int)strcspn(sftp, " "),
	    sftp); /* fits */
	if (check_is_built_in(sftp))
		check_row("sftp leads to", "sshd itself (internal-sftp)");
	else
		show_program(c, "sftp leads to", word);
}

const char *
check_subsystem(const struct check *c)
{
	static struct command store;
	struct request r = { .form = FORM_FORCED };
	const char *sftp = c->sshd.value[SET_SUBSYSTEM];

	if (*sftp == '\0')
		return "sshd has no Subsystem sftp";
	if (command_parse(&r, &store, sftp, NULL) != 0 ||
	    r.verb != REQUEST_SFTP)
		return "what Subsystem sftp of sshd names is not served";
	return NULL;
}

const char *
check_modern(const struct check *c)
{
	static char words[128];
	const char *fault = check_subsystem(c);

	if (fault != NULL) {
		(void)snprintf(
		    words, sizeof(words), "need scp -O: %s", fault); /* fits */
		return words;
	}
	if (c->named == REQUEST_SINK || c->named == REQUEST_SOURCE)
		return "need scp -O: the command names the copy";
	return c->policy.sftp ? "work: SFTP is served" : "need scp -O: Sftp no";
}

void
check_clients(struct check *c)
{
	check_row("PATH", c->path);
	if (c->path_from != NULL)
		check_row("  set by", c->path_from);
	if (c->by_keys) {
		check_note("where scp and sftp lead is said of each key, "
			   "above");
		return;
	}
	if ((c->by_force || c->by_shell) && *c->program != '\0') {
		check_row("scp leads to", c->program);
		check_row("sftp leads to", c->program);
		check_row("modern clients", check_modern(c));
		return;
	}
	show_program(c, "scp leads to", "scp");
	if (*c->sshd.value[SET_SUBSYSTEM] != '\0')
		show_subsystem(c);
	else
		check_row("modern clients", check_modern(c));
}
