/*
 * A forced command: ForceCommand of sshd, or command= of a key.  It is read by
 * the code that a session uses, so that what it sets is what a session gets.
 * The login shell sees it first, so only plain words are known to be harmless.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/glob.h"
#include "base/name.h"
#include "policy/load.h"
#include "request/command.h"

/* The words of the command that was read last. */
static struct command store;

bool
check_is_ours(const char *command)
{
	static const char name[] = "scp-server";
	size_t n = strcspn(command, " \t");

	while (n > 0 && memchr(command, '/', n) != NULL) {
		n--;
		command++;
	}
	return n == sizeof(name) - 1 && memcmp(command, name, n) == 0;
}

/* Splits a command into words, unless a shell would do more than that. */
static bool
take_plain(struct words *w, const char *command)
{
	if (words_split(w, command, strlen(command)) != 0 || w->count == 0 ||
	    strchr(w->word[0], '=') != NULL)
		return false;
	for (size_t i = 0; i < w->count; i++) {
		if (*w->word[i] == '~' ||
		    match_is_pattern(w->word[i], strlen(w->word[i])))
			return false;
		(void)match_unescape(w->word[i], strlen(w->word[i]));
	}
	return true;
}

/*
 * A client can send what our login shell gets itself, so a session refuses some
 * options there.  Those that are asked for in addition must not hide that.
 */
static int
read_own(struct check *c, struct request *r, struct trouble *t)
{
	if (r->config == NULL)
		r->config = c->question->request.config;
	return r->form == FORM_SHELL_FORCED ? check_policy(c, r, t) : 0;
}

/* Adds the options that the administrator who asks has given. */
static int
add_asked(const struct check *c, struct request *r)
{
	const struct request *asked = &c->question->request;

	for (size_t i = 0; i < asked->option_count; i++) {
		if (r->option_count == REQUEST_OPTIONS_MAX)
			return ERR_MANY;
		r->options[r->option_count++] = asked->options[i];
	}
	if (r->root == NULL)
		r->root = asked->root;
	if (r->form == FORM_SHELL_FORCED &&
	    (asked->option_count > 0 || asked->root != NULL))
		r->form = FORM_FORCED; /* they need not come this way */
	return 0;
}

bool
check_is_built_in(const char *command)
{
	static const char name[] = "internal-sftp";
	size_t n = sizeof(name) - 1;

	return strncmp(command, name, n) == 0 &&
	    (command[n] == '\0' || command[n] == ' ' || command[n] == '\t');
}

/* Our login shell takes a command apart itself. */
static int
read_by_our_shell(struct forced *f, struct request *r)
{
	int e;

	f->plain = true;
	f->kind = PROGRAM_OURS;
	memset(r, 0, sizeof(*r));
	r->form = FORM_SHELL;
	e = command_parse(r, &store, f->command, "scp -f .");
	if (e == ERR_FOREIGN || e == ERR_COMMAND)
		check_name_word(f);
	return e;
}

static int
read_by_a_shell(const struct check *c, struct forced *f, struct request *r)
{
	struct words *w = &store.own;
	const char *name;
	int e;

	f->plain = take_plain(w, f->command);
	if (!f->plain)
		return ERR_COMMAND;
	name = name_last(w->word[0]);
	f->kind = check_program(c, w->word[0], f->program);
	f->by_path = strchr(w->word[0], '/') == NULL;
	f->as_scp =
	    strcmp(name, "scp") == 0 || strcmp(name, "sftp-server") == 0;
	if (!f->as_scp && strcmp(name, "scp-server") != 0) {
		f->kind = PROGRAM_OTHER;
		return ERR_FOREIGN;
	}
	if (f->kind == PROGRAM_OTHER || f->kind == PROGRAM_MISSING)
		return ERR_FOREIGN;
	e = request_parse(r, (int)w->count, w->word);
	if (e == 0 &&
	    (r->form == FORM_SHELL || r->verb == REQUEST_HELP ||
		r->verb == REQUEST_VERSION))
		return ERR_COMMAND;
	return e;
}

void
check_read_forced(struct check *c, struct forced *f, const char *command)
{
	static struct check saved;
	struct request r = { .verb = REQUEST_NONE };
	int e;

	memset(f, 0, sizeof(*f));
	f->command = command;
	f->what = f->sessions = "";
	if (check_is_built_in(command)) {
		f->plain = true;
		f->kind = PROGRAM_OTHER;
		e = ERR_FOREIGN;
	} else if (c->by_shell)
		e = read_by_our_shell(f, &r);
	else
		e = read_by_a_shell(c, f, &r);
	f->error = e;
	if (e == 0 && r.form != FORM_FORCED && r.form != FORM_SHELL_FORCED)
		f->verb = r.verb;
	c->named = f->verb;
	if (e == ERR_OPTION)
		trouble_note(
		    &f->trouble, err_words(err_info(e)), r.trouble.word);
	if (e != 0)
		return;
	saved = *c;
	f->error = read_own(c, &r, &f->trouble);
	if (f->error == 0)
		f->error = add_asked(c, &r);
	if (f->error == 0)
		f->error = check_policy(c, &r, &f->trouble);
	if (f->error == 0)
		f->error = effective_check_root(&r, &c->policy, &f->trouble);
	if (f->error != 0 && f->error != ERR_NO_ROOT)
		*c = saved;
	else if (!c->by_shell)
		(void)strlcpy(
		    c->program, f->program, sizeof(c->program)); /* fits */
}

/* What it starts instead of this program, or what else it starts. */
static bool
judge_program(struct check *c, const struct forced *f, enum check_fix where,
    const char *fix)
{
	if (!f->plain)
		check_found(c, where, fix,
		    "%s: a shell acts on it: only plain words are known to "
		    "start this program and nothing else",
		    f->what);
	else if (f->kind == PROGRAM_OTHER)
		check_found(c, where, fix, "%s: %s don't start this program",
		    f->what, f->sessions);
	else if (f->kind == PROGRAM_MISSING)
		check_broken(c, where, fix,
		    "%s: %s start nothing: there is no such program", f->what,
		    f->sessions);
	else if (f->kind == PROGRAM_LOOSE)
		check_found(c, FIX_HOST,
		    "a program that is root's, and that nobody else may write",
		    "%s: others than root may change %s", f->what, f->program);
	if (f->plain && f->by_path && c->path_unsure)
		check_found(c, FIX_HOST,
		    "the whole path of the program in the forced command",
		    "%s: which program that is depends on PATH, and %s may "
		    "set another one",
		    f->what, c->path_from);
	return f->plain &&
	    (f->kind == PROGRAM_OURS || f->kind == PROGRAM_LOOSE);
}

bool
check_judge_forced(struct check *c, const struct forced *f)
{
	static const char root[] = "Root DIRECTORY";
	static char fix[CHECK_ADVICE_MAX];
	enum check_fix where = FIX_HOST;
	char words[1024];
	int e;

	if (f->error != 0 && f->error != ERR_NO_ROOT)
		where = check_advise(c, f, fix);
	if (!judge_program(c, f, where, fix))
		return false;
	if (f->error == ERR_NO_ROOT && c->from_others)
		check_say_session(c, false); /* from others it begins */
	else if (f->error == ERR_NO_ROOT)
		check_broken(c, FIX_POLICY, root,
		    "%s: no session begins: no Root", f->what);
	else if (f->error != 0) {
		trouble_text(&f->trouble, words, sizeof(words));
		check_broken(c, where, fix, "%s: no session begins: %s",
		    f->what,
		    *words != '\0' ? words : err_words(err_info(f->error)));
	} else if (f->as_scp && !policy_is_set(&c->policy, KEY_ROOT))
		check_found(c, FIX_POLICY, root,
		    "%s: under the name of scp or sftp-server a session "
		    "without a Root reaches every file",
		    f->what);
	if (f->error == 0 &&
	    (f->verb == REQUEST_SINK || f->verb == REQUEST_SOURCE) &&
	    (e = policy_check_direction(&c->policy, f->verb == REQUEST_SINK)) !=
		0)
		check_broken(c, FIX_HOST,
		    "-t with Access write-only, or -f with read-only",
		    "%s: each copy is refused: %s", f->what,
		    err_words(err_info(e)));
	return f->error == 0;
}
