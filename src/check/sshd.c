/*
 * The ways that sshd has for an account to come in, and whether each of them
 * leads to this program and to nothing else.  Only what is known to be good
 * passes.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Shells that read a file of the home before a command, or run none at all. */
static const struct {
	const char *name;
	const char *file; /* "": it reads none */
} shells[] = {
	{ "bash", "~/.bashrc" },
	{ "rbash", "~/.bashrc" },
	{ "zsh", "~/.zshenv" },
	{ "csh", "~/.cshrc" },
	{ "tcsh", "~/.tcshrc" },
	{ "fish", "~/.config/fish" },
	{ "nologin", NULL },
	{ "false", NULL },
	{ "true", NULL },
	{ "sh", "" },
	{ "dash", "" },
	{ "ash", "" },
	{ "busybox", "" },
	{ "ksh", "" },
	{ "mksh", "" },
};

/* What the keys of the account say, and what follows from it. */
static struct check_keys keys;

/* The settings for which only one value is safe. */
static const struct {
	enum setting setting;
	const char *safe;
	const char *why;
	enum check_fix where;
	const char *fix;
} words[] = {
	{ SET_USER_RC, "no", "~/.ssh/rc runs before the command of a key",
	    FIX_MATCH, "PermitUserRC no" },
	{ SET_ACCEPT_ENV, "none",
	    "the client sets variables of what sshd starts", FIX_MATCH,
	    "AcceptEnv none" },
};

/*
 * What the keys leave of what sshd allows: enum key_grant.  Where nothing but
 * they binds the account, who comes in without one is a finding of its own.
 */
static unsigned int
granted(const struct check *c)
{
	bool alone = !c->by_force && !c->by_shell;

	return keys.count > 0 && keys.count <= CHECK_KEYS_MAX &&
		(alone || check_only_keys(c, &c->sshd)) ?
	    keys.grants :
	    KEY_MAY_ALL;
}

/* What a client may set without changing which program runs, or how. */
static bool
is_harmless(const char *list)
{
	static const char *const names[] = { "LANG", "LANGUAGE", "LC_*",
		"COLORTERM", "NO_COLOR", "TERM" };
	size_t n, i;

	for (; *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if ((n == strlen(names[i]) &&
				strncmp(list, names[i], n) == 0) ||
			    (n > 3 && strncmp(list, "LC_", 3) == 0))
				break;
		if (i == sizeof(names) / sizeof(names[0]))
			return false;
	}
	return true;
}

static void
judge_words(struct check *c, const struct sshd *s)
{
	const char *value;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		value = s->value[words[i].setting];
		if (words[i].setting == SET_USER_RC &&
		    (c->by_force || c->by_shell ||
			(granted(c) & KEY_MAY_RC) == 0))
			continue; /* not run, not by us, or by no key */
		if (words[i].setting == SET_ACCEPT_ENV && is_harmless(value))
			continue;
		if (*value != '\0' && strcasecmp(value, words[i].safe) != 0)
			check_found(c, words[i].where, words[i].fix,
			    "%s %s: %s", sshd_name(words[i].setting), value,
			    words[i].why);
	}
}

/* Whether any of these subsystems may be the built-in SFTP server. */
static bool
has_built_in(const char *list)
{
	for (; *list != '\0'; list += strspn(list, " "))
		if (check_is_built_in(list))
			return true;
		else
			list += strcspn(list, " ");
	return false;
}

/* The built-in SFTP server of sshd starts no login shell, so not us either. */
static void
judge_subsystem(struct check *c, const struct sshd *s)
{
	const char *sftp = s->value[SET_SUBSYSTEM];
	const char *others = s->value[SET_SUBSYSTEMS];

	if (!c->by_shell || c->by_force)
		return;
	if (check_is_built_in(sftp))
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "Subsystem sftp %s: sshd serves SFTP itself, past the "
		    "login shell and this policy",
		    sftp);
	if (has_built_in(others))
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "Subsystem %s: sshd serves SFTP itself to who asks for "
		    "that name, past the login shell and this policy",
		    others);
}

bool
check_binding(struct check *c, struct forced *forced)
{
	static char what[SSHD_VALUE_MAX + 64];

	if (c->by_force) {
		(void)snprintf(what, sizeof(what), "ForceCommand %s",
		    forced->command); /* fits */
		forced->what = what;
		forced->sessions = "sessions of this account";
		return check_judge_forced(c, forced);
	}
	check_judge_keys(c, &keys);
	if (c->by_shell)
		return false;
	if (keys.count == 0)
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "login shell %s, no ForceCommand, and no key with a "
		    "command=: this policy binds nobody",
		    c->login.shell);
	else
		check_other_ways(c);
	return false;
}

/* Our program as the login shell. */
static void
judge_our_shell(struct check *c)
{
	char found[PATH_MAX];
	enum check_program kind = check_program(c, c->login.shell, found);

	/* sshd looks for it in no PATH */
	if (kind == PROGRAM_MISSING || *c->login.shell != '/')
		check_broken(c, FIX_SHELL, NULL,
		    "login shell %s: there is no such program", c->login.shell);
	else if (kind != PROGRAM_OURS)
		check_found(c, FIX_SHELL, NULL, "login shell %s: %s",
		    c->login.shell,
		    kind == PROGRAM_OTHER ? "it is another program" :
					    "others than root may change it");
	if (kind == PROGRAM_OURS) /* it fits */
		(void)strlcpy(c->program, found, sizeof(c->program));
	if (!c->by_force && !policy_is_set(&c->policy, KEY_ROOT))
		check_broken(c, FIX_POLICY, "Root DIRECTORY",
		    "no session begins: no Root");
}

/* Checks the login shell, which runs the forced commands. */
static void
judge_shell(struct check *c)
{
	const char *shell = strrchr(c->login.shell, '/');

	shell = shell != NULL ? shell + 1 : c->login.shell;
	if (check_is_loose(c->login.shell))
		check_found(c, FIX_HOST,
		    "a login shell that is root's, and that nobody else may "
		    "write",
		    "login shell %s: others than root may change it",
		    c->login.shell);
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(shell, shells[i].name) != 0)
			continue;
		if (shells[i].file == NULL)
			check_broken(c, FIX_SHELL, NULL,
			    "login shell %s: it does not run ForceCommand, so "
			    "no session begins",
			    c->login.shell);
		else if (*shells[i].file != '\0')
			check_found(c, FIX_SHELL, NULL,
			    "login shell %s: it reads %s before ForceCommand",
			    c->login.shell, shells[i].file);
		return;
	}
	check_found(c, FIX_SHELL, NULL,
	    "login shell %s: it is not known what it reads or does before "
	    "ForceCommand",
	    c->login.shell);
}

static void
judge_forwarding(struct check *c, const struct sshd *s)
{
	static const unsigned int needs[SET_COUNT] = {
		[SET_TCP] = KEY_MAY_FORWARD,
		[SET_STREAM] = KEY_MAY_FORWARD,
		[SET_AGENT] = KEY_MAY_AGENT,
		[SET_X11] = KEY_MAY_X11,
		/* no option of a key forbids a tunnel */
		[SET_TUNNEL] = KEY_MAY_ALL + 1,
	};
	unsigned int may = granted(c) | (KEY_MAY_ALL + 1);
	char open[SSHD_VALUE_MAX] = "";

	for (size_t i = SET_TCP; i < SET_COUNT; i++) {
		if (*s->value[i] == '\0' ||
		    strcasecmp(s->value[i], "no") == 0 || (needs[i] & may) == 0)
			continue;
		if (i == SET_TCP &&
		    strcasecmp(s->value[SET_OPEN], "none") == 0 &&
		    strcasecmp(s->value[SET_LISTEN], "none") == 0)
			continue; /* allowed to nowhere */
		/* a list that is too long is cut */
		(void)strlcat(open, *open != '\0' ? ", " : "", sizeof(open));
		(void)strlcat(open, sshd_name((enum setting)i), sizeof(open));
	}
	if (*open == '\0')
		return;
	if (strcasecmp(s->value[SET_NO_FORWARDING], "yes") != 0)
		check_found(c, FIX_MATCH, "DisableForwarding yes",
		    "forwarding is not disabled: %s", open);
	else if (strcasecmp(s->value[SET_X11], "yes") == 0 ||
	    strcasecmp(s->value[SET_AGENT], "yes") == 0)
		check_note("before OpenSSH 10.0 DisableForwarding does not "
			   "cover X11Forwarding and AllowAgentForwarding: set "
			   "both to no there");
}

/* sshd looks for the shell and the program in ChrootDirectory. */
static void
judge_chroot(struct check *c, const struct sshd *s)
{
	char path[2 * PATH_MAX], dir[PATH_MAX], found[PATH_MAX];
	const char *list = s->value[SET_CHROOT];

	if (sshd_is_none(s, SET_CHROOT))
		return;
	if (check_next_keys_file(c, &list, dir) != 0) {
		check_found(c, FIX_MATCH, "ChrootDirectory none",
		    "ChrootDirectory %s: it is not known where that is",
		    s->value[SET_CHROOT]);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s%s", dir,
	    *c->program != '\0' ? c->program : c->login.shell);
	if (strlen(path) >= PATH_MAX ||
	    check_program(c, path, found) == PROGRAM_MISSING)
		check_broken(c, FIX_MATCH, "ChrootDirectory none",
		    "ChrootDirectory %s: %s is not in it: no session begins",
		    dir, *c->program != '\0' ? c->program : c->login.shell);
	else
		check_found(c, FIX_HOST,
		    "the same check inside: chroot DIRECTORY scp-server-check",
		    "ChrootDirectory %s: Root, the configuration and this "
		    "program are looked up inside it, which can't be judged "
		    "from here",
		    dir);
}

/* Whether the policy restricts this account at all. */
static bool
is_restricted(const struct check *c)
{
	if (policy_is_confined(&c->policy) ||
	    c->policy.access != ACCESS_READ_WRITE || c->restricted ||
	    c->by_shell || c->by_force)
		return true;
	for (size_t i = 0; i < check_keys_examined(&keys); i++)
		if (check_is_ours(keys.key[i].command))
			return true;
	return false;
}

static void
show_settings(const struct sshd *s)
{
	check_row("program", s->program);
	for (size_t i = 0; i < SET_NO_FORWARDING; i++)
		check_row(sshd_name((enum setting)i),
		    *s->value[i] != '\0' ? s->value[i] : "none");
}

void
check_ask_sshd(struct check *c)
{
	const struct sshd_client client = {
		.part = { [CLIENT_ADDRESS] = c->question->address },
	};

	sshd_ask(&c->sshd, c->login.name,
	    c->question->address != NULL ? &client : NULL);
	c->by_force = !sshd_is_none(&c->sshd, SET_FORCE_COMMAND);
	check_find_path(c);
}

/* What can't be asked is not known to be good. */
static void
say_unknown(struct check *c)
{
	if (c->sshd.absent)
		check_note("not inspected: there is no OpenSSH sshd here");
	else
		check_found(c, FIX_HOST, "run this as root, when sshd -T works",
		    "not inspected: %s -T: %s", c->sshd.program, c->sshd.why);
}

void
check_sshd(struct check *c, struct forced *forced)
{
	struct sshd *s = &c->sshd;

	if (s->known) {
		show_settings(s);
		if (strcasecmp(s->value[SET_PUBKEY], "no") != 0)
			check_read_keys(c, s->value[SET_KEYS_FILE], &keys);
	}
	if (!is_restricted(c)) {
		if (!s->known)
			check_note("not inspected: %s", s->why);
		check_note("the account has a shell, which no policy "
			   "restricts: how sshd is set up is not judged");
		c->is_free = true;
		if (s->known)
			check_clients(c);
		return;
	}
	if (!s->known)
		say_unknown(c);
	if (c->by_shell)
		judge_our_shell(c);
	check_place(c);
	if (!s->known)
		return;
	if (*c->elsewhere != '\0')
		check_found(c, FIX_HOST,
		    "no Match but by User or Group that this account is "
		    "subject to",
		    "%s of sshd is another one where %s: what is said here "
		    "holds on this host only",
		    sshd_name(c->differs), c->elsewhere);
	else if (*c->unasked != '\0')
		check_found(c, FIX_HOST,
		    "Match with networks and plain names, and not too many",
		    "%s: sshd was not asked about it, so what holds there is "
		    "not known",
		    c->unasked);
	(void)check_binding(c, forced);
	if (c->by_force)
		check_judge_ignored(c, &keys);
	judge_subsystem(c, s);
	judge_words(c, s);
	judge_forwarding(c, s);
	if (!c->by_shell)
		judge_shell(c);
	judge_chroot(c, s);
	check_entry(c, &keys);
	check_clients(c);
}
