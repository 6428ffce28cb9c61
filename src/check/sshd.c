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

/* Whether nobody comes in but with one of the keys that were read. */
static bool
keys_only(const struct sshd *s)
{
	static const enum setting others[] = { SET_PASSWORD, SET_KEYBOARD,
		SET_GSSAPI, SET_HOSTBASED };
	const char *list = s->value[SET_METHODS], *end;
	bool all = *list != '\0' && strcasecmp(list, "any") != 0;

	if (!sshd_is_none(s, SET_CA_KEYS) || !sshd_is_none(s, SET_KEYS_COMMAND))
		return false;
	/* lists between blanks: a key has to be in each of them */
	for (; all && *list != '\0'; list = end + strspn(end, " ")) {
		end = list + strcspn(list, " ");
		while (list < end && strncmp(list, "publickey", 9) != 0) {
			list += strcspn(list, ", ");
			list += *list == ',' ? 1 : 0;
		}
		all = list < end;
	}
	if (all)
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (*s->value[others[i]] != '\0' &&
		    strcasecmp(s->value[others[i]], "no") != 0)
			return false;
	/* a build without it does not print it */
	return *s->value[SET_PASSWORD] != '\0';
}

/* What the keys leave of what sshd allows: enum key_grant. */
static unsigned int
granted(const struct sshd *s)
{
	return keys.count > 0 && keys.count <= CHECK_KEYS_MAX && keys_only(s) ?
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
			(granted(s) & KEY_MAY_RC) == 0))
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

/* Names what lets somebody in whom the command= of no key binds. */
static void
judge_other_ways(struct check *c, const struct sshd *s)
{
	static const struct {
		enum setting setting;
		const char *fix;
		const char *why;
	} ways[] = {
		{ SET_KEYS_COMMAND, "AuthorizedKeysCommand none",
		    "its keys are not known here, and need no command=" },
		{ SET_CA_KEYS, "TrustedUserCAKeys none",
		    "a certificate needs no command=" },
		{ SET_PRINCIPALS_COMMAND, "AuthorizedPrincipalsCommand none",
		    "a certificate needs no command=" },
		{ SET_PRINCIPALS_FILE, "AuthorizedPrincipalsFile none",
		    "a certificate needs no command=" },
	};
	struct sshd without = *s;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!sshd_is_none(s, ways[i].setting))
			check_found(c, FIX_MATCH, ways[i].fix, "%s %s: %s",
			    sshd_name(ways[i].setting),
			    s->value[ways[i].setting], ways[i].why);
	without.value[SET_CA_KEYS][0] = '\0';
	without.value[SET_KEYS_COMMAND][0] = '\0';
	if (!keys_only(&without))
		check_found(c, FIX_MATCH, "AuthenticationMethods publickey",
		    "a login without a key is possible: it has no command=");
}

/* A key whose command= leads to this program, or why it does not. */
static bool
judge_key(struct check *c, const struct check_key *k)
{
	static struct forced f;
	static char what[PATH_MAX + 4200];
	char fix[128];

	(void)snprintf(fix, sizeof(fix),
	    "begin line %u with: restrict,command=\"scp-server\"",
	    k->number); /* fits */
	if (!k->has_command) {
		if (!c->by_shell)
			check_found(c, FIX_HOST, fix,
			    "%s:%u: %s: it gets the "
			    "login shell",
			    k->file, k->number,
			    k->is_authority ?
				"a key that signs others, without command=" :
				"a key without command=");
		return c->by_shell;
	}
	(void)snprintf(what, sizeof(what), "%s:%u: command=\"%s\"", k->file,
	    k->number, k->command); /* fits */
	check_read_forced(c, &f, k->command);
	f.what = what;
	f.sessions = "sessions with this key";
	return check_judge_forced(c, &f, FIX_HOST, fix);
}

/* Whether an earlier key has the same command. */
static bool
is_repeated(const struct check_key *k)
{
	for (const struct check_key *o = keys.key; o < k; o++)
		if (o->has_command == k->has_command &&
		    strcmp(o->command, k->command) == 0)
			return true;
	return false;
}

static size_t
examined(void)
{
	return keys.count < CHECK_KEYS_MAX ? keys.count : CHECK_KEYS_MAX;
}

/* Each key, and what a session with it may do. */
static void
judge_keys(struct check *c)
{
	static struct check one;

	for (size_t i = 0; i < examined(); i++) {
		one = *c;
		if (judge_key(&one, &keys.key[i])) {
			keys.bound++;
			check_show_key(&one, &keys.key[i]);
			if (keys.key[i].has_command &&
			    !is_repeated(&keys.key[i]))
				check_again(&one);
		}
		c->unsafe = one.unsafe;
		c->broken = one.broken;
	}
	c->by_keys = !c->by_shell && keys.count > 0 &&
	    keys.bound == keys.count && keys_only(&c->sshd);
	if (keys.count > 0)
		check_note("bound by command= of its keys: %u of %u",
		    keys.bound, keys.count);
}

/* Checks whether sshd starts this program for the account. */
static void
judge_binding(struct check *c, struct forced *forced)
{
	static char what[SSHD_VALUE_MAX + 64];

	if (c->by_force) {
		(void)snprintf(what, sizeof(what), "ForceCommand %s",
		    forced->command); /* fits */
		forced->what = what;
		forced->sessions = "sessions of this account";
		(void)check_judge_forced(
		    c, forced, FIX_MATCH, "ForceCommand scp-server");
		return;
	}
	judge_keys(c);
	if (c->by_shell)
		return;
	if (keys.count == 0)
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "login shell %s, no ForceCommand, and no key with a "
		    "command=: this policy binds nobody",
		    c->login.shell);
	else
		judge_other_ways(c, &c->sshd);
}

/* Our program as the login shell. */
static void
judge_our_shell(struct check *c)
{
	char found[PATH_MAX];
	enum check_program kind = check_program(c, c->login.shell, found);

	if (kind == PROGRAM_MISSING)
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
		check_broken(c, FIX_POLICY,
		    "Root DIRECTORY, or Root none for every file",
		    "no session begins: no Root");
}

/* Checks the login shell, which runs the forced commands. */
static void
judge_shell(struct check *c)
{
	const char *shell = strrchr(c->login.shell, '/');

	shell = shell != NULL ? shell + 1 : c->login.shell;
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
	unsigned int may = granted(s) | (KEY_MAY_ALL + 1);
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
	    c->policy.access != ACCESS_READ_WRITE || c->by_shell || c->by_force)
		return true;
	for (size_t i = 0; i < examined(); i++)
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
	sshd_ask(&c->sshd, c->login.name, NULL);
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
		check_note("an open account with a shell of its own: sshd "
			   "gives it nothing that it has not got");
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
	judge_binding(c, forced);
	judge_subsystem(c, s);
	judge_words(c, s);
	judge_forwarding(c, s);
	if (!c->by_shell)
		judge_shell(c);
	judge_chroot(c, s);
	check_entry(c, &keys);
	check_clients(c);
}
