/*
 * The settings of sshd with which an account could avoid its policy.
 * sshd -T -C prints the settings for the account.  It is the only program
 * started here, without a shell.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

#define VALUE_MAX 2048

/* sshd looks at its own path, so it has to be absolute. */
static const char *const programs[] = {
	"/usr/sbin/sshd",
	"/usr/local/sbin/sshd",
	"/sbin/sshd",
	"/usr/bin/sshd",
};

/* Shells that read a file of the home before a command, or run none at all. */
static const struct {
	const char *name;
	const char *file;
} shells[] = {
	{ "bash", "~/.bashrc" },
	{ "rbash", "~/.bashrc" },
	{ "zsh", "~/.zshenv" },
	{ "csh", "~/.cshrc" },
	{ "tcsh", "~/.tcshrc" },
	{ "fish", "~/.config/fish" },
	{ "nologin", NULL },
	{ "false", NULL },
};

enum setting {
	SET_FORCE_COMMAND,
	SET_SUBSYSTEM, /* of sftp */
	SET_USER_RC,
	SET_USER_ENVIRONMENT,
	SET_ACCEPT_ENV,
	SET_KEYS_FILE,
	SET_KEYS_COMMAND,
	SET_PASSWORD,
	SET_KEYBOARD,
	SET_METHODS,
	SET_CHROOT,
	SET_NO_FORWARDING,
	SET_TCP, /* the kinds of forwarding are the last ones */
	SET_AGENT,
	SET_STREAM,
	SET_X11,
	SET_TUNNEL,
	SET_COUNT,
};

static const char *const settings[SET_COUNT] = {
	[SET_FORCE_COMMAND] = "ForceCommand",
	[SET_SUBSYSTEM] = "Subsystem",
	[SET_USER_RC] = "PermitUserRC",
	[SET_USER_ENVIRONMENT] = "PermitUserEnvironment",
	[SET_ACCEPT_ENV] = "AcceptEnv",
	[SET_KEYS_FILE] = "AuthorizedKeysFile",
	[SET_KEYS_COMMAND] = "AuthorizedKeysCommand",
	[SET_PASSWORD] = "PasswordAuthentication",
	[SET_KEYBOARD] = "KbdInteractiveAuthentication",
	[SET_METHODS] = "AuthenticationMethods",
	[SET_CHROOT] = "ChrootDirectory",
	[SET_NO_FORWARDING] = "DisableForwarding",
	[SET_TCP] = "AllowTcpForwarding",
	[SET_AGENT] = "AllowAgentForwarding",
	[SET_STREAM] = "AllowStreamLocalForwarding",
	[SET_X11] = "X11Forwarding",
	[SET_TUNNEL] = "PermitTunnel",
};

/* The settings of sshd for the account. */
struct sshd {
	const char *program;
	char value[SET_COUNT][VALUE_MAX]; /* "" unknown, or none given */
	char last[256];			  /* the last line of its output */
	bool by_shell;			  /* our program is the login shell */
	bool by_force;			  /* it is ForceCommand */
	struct check_keys keys;		  /* where neither is */
};

static bool
is_none(const char *value)
{
	return *value == '\0' || strcasecmp(value, "none") == 0;
}

/* line = keyword SP value; a keyword that comes again adds to its value */
static void
take_line(struct sshd *s, char *line)
{
	char *value = line;
	char *keyword = strsep(&value, " ");

	if (value == NULL)
		return;
	for (size_t i = 0; i < SET_COUNT; i++) {
		if (strcasecmp(keyword, settings[i]) != 0)
			continue;
		if (i == SET_SUBSYSTEM) {
			if (strncmp(value, "sftp ", 5) != 0)
				continue;
			value += 5;
		}
		if (*s->value[i] != '\0')
			(void)strlcat(s->value[i], " ", VALUE_MAX);
		/* what is longer is cut: it still is not none */
		(void)strlcat(s->value[i], value, VALUE_MAX);
	}
}

static void
read_output(struct sshd *s, FILE *f)
{
	char *line = NULL;
	size_t cap = 0;

	while (getline(&line, &cap, f) != -1) {
		line[strcspn(line, "\r\n")] = '\0';
		/* a longer one is cut: it is only shown */
		(void)strlcpy(s->last, line, sizeof(s->last));
		take_line(s, line);
	}
	free(line);
}

/* Starts the first sshd that exists, with its output to fd.  0 or an errno. */
static int
start(struct sshd *s, char *spec, int fd, pid_t *pid)
{
	char option_t[] = "-T", option_c[] = "-C";
	char *argv[] = { NULL, option_t, option_c, spec, NULL };
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *envp[] = { path, NULL };
	char program[64];
	posix_spawn_file_actions_t actions;
	int e;

	if ((e = posix_spawn_file_actions_init(&actions)) != 0)
		return e;
	if ((e = posix_spawn_file_actions_adddup2(&actions, fd, 1)) == 0)
		e = posix_spawn_file_actions_adddup2(&actions, fd, 2);
	if (e == 0)
		e = ENOENT;
	for (size_t i = 0;
	     e == ENOENT && i < sizeof(programs) / sizeof(programs[0]); i++) {
		s->program = programs[i];
		(void)strlcpy(program, programs[i], sizeof(program)); /* fits */
		argv[0] = program;
		e = posix_spawn(pid, program, &actions, NULL, argv, envp);
	}
	(void)posix_spawn_file_actions_destroy(&actions); /* can't fail */
	return e;
}

/* Returns 0, ENOENT without an sshd, another errno, or -1 when it failed. */
static int
ask(struct sshd *s, char *spec)
{
	int e, fds[2], status;
	pid_t pid;
	FILE *f;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return errno;
	e = start(s, spec, fds[1], &pid);
	(void)close(fds[1]); /* never written to by us */
	if (e != 0) {
		(void)close(fds[0]); /* only read */
		return e;
	}
	if ((f = fdopen(fds[0], "r")) != NULL) {
		read_output(s, f);
		(void)fclose(f); /* was only read */
	}
	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	return f != NULL && status == 0 ? 0 : -1;
}

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
	{ SET_USER_ENVIRONMENT, "no",
	    "~/.ssh/environment reaches every program sshd starts", FIX_GLOBAL,
	    "PermitUserEnvironment no" },
	{ SET_ACCEPT_ENV, "none",
	    "the client sets variables of what sshd starts", FIX_MATCH,
	    "AcceptEnv none" },
};

static void
judge_words(struct check *c, const struct sshd *s)
{
	const char *value;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		value = s->value[words[i].setting];
		if (words[i].setting == SET_USER_RC && s->keys.count > 0 &&
		    s->keys.all_restricted)
			continue; /* "restrict" forbids it */
		if (*value != '\0' && strcasecmp(value, words[i].safe) != 0)
			check_found(c, words[i].where, words[i].fix,
			    "%s %s: %s", settings[words[i].setting], value,
			    words[i].why);
	}
}

/* The built-in SFTP server of sshd starts no login shell, so not us either. */
static void
judge_subsystem(struct check *c, const struct sshd *s)
{
	const char *sftp = s->value[SET_SUBSYSTEM];

	if (s->by_shell && is_none(s->value[SET_FORCE_COMMAND]) &&
	    strncmp(sftp, "internal-sftp", strlen("internal-sftp")) == 0)
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "Subsystem sftp %s: sshd serves SFTP itself, past the "
		    "login shell and this policy",
		    sftp);
}

/* Finds methods of authentication that use no key. */
static bool
asks_for_keys_only(const struct sshd *s)
{
	const char *methods = s->value[SET_METHODS];

	if (strncmp(methods, "publickey", strlen("publickey")) == 0)
		return strpbrk(methods, " ") == NULL;
	return strcasecmp(s->value[SET_PASSWORD], "no") == 0 &&
	    strcasecmp(s->value[SET_KEYBOARD], "no") == 0;
}

/*
 * Called when neither ForceCommand nor the login shell starts this program, so
 * that each key has to.  Returns false when there are no keys at all.
 */
static bool
judge_keys(struct check *c, struct sshd *s)
{
	check_keys(c, s->value[SET_KEYS_FILE], &s->keys);
	if (s->keys.count == 0)
		return false;
	check_note("bound by command= of its keys: %u of %u",
	    s->keys.count - s->keys.free, s->keys.count);
	if (!asks_for_keys_only(s))
		check_found(c, FIX_MATCH, "AuthenticationMethods publickey",
		    "a login without a key is possible: it has no command=");
	if (!is_none(s->value[SET_KEYS_COMMAND]))
		check_note("AuthorizedKeysCommand %s: its keys are not read "
			   "here",
		    s->value[SET_KEYS_COMMAND]);
	return true;
}

/* Checks whether sshd starts this program for the account. */
static void
judge_binding(struct check *c, struct sshd *s)
{
	const char *force = s->value[SET_FORCE_COMMAND];

	if (!is_none(force) && !s->by_force)
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "ForceCommand %s: sessions of this account don't come here",
		    force);
	else if (!s->by_shell && !s->by_force && !judge_keys(c, s))
		check_found(c, FIX_MATCH, "ForceCommand scp-server",
		    "login shell %s, no ForceCommand, and no key with a "
		    "command=: this policy binds nobody",
		    c->login.shell);
}

/* Checks the login shell, which runs ForceCommand. */
static void
judge_shell(struct check *c, const struct sshd *s)
{
	const char *shell = strrchr(c->login.shell, '/');

	shell = shell != NULL ? shell + 1 : c->login.shell;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (!s->by_force || strcmp(shell, shells[i].name) != 0)
			continue;
		if (shells[i].file != NULL)
			check_found(c, FIX_SHELL, NULL,
			    "login shell %s: it reads %s before ForceCommand",
			    c->login.shell, shells[i].file);
		else
			check_found(c, FIX_SHELL, NULL,
			    "login shell %s: it does not run ForceCommand, so "
			    "no session begins",
			    c->login.shell);
	}
}

static void
judge_forwarding(struct check *c, const struct sshd *s)
{
	char open[VALUE_MAX] = "";

	if (s->keys.count > 0 && s->keys.all_restricted)
		return; /* "restrict" forbids all of it */
	for (size_t i = SET_TCP; i < SET_COUNT; i++) {
		if (*s->value[i] == '\0' || strcasecmp(s->value[i], "no") == 0)
			continue;
		/* a list that is too long is cut */
		(void)strlcat(open, *open != '\0' ? ", " : "", sizeof(open));
		(void)strlcat(open, settings[i], sizeof(open));
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

/* Whether a command has no options or operands. */
static bool
is_bare(const char *command)
{
	return command[strcspn(command, " \t")] == '\0';
}

static bool
is_scp(const char *command)
{
	size_t n = strcspn(command, " \t");

	return (n == 3 || (n > 3 && command[n - 4] == '/')) &&
	    memcmp(command + n - 3, "scp", 3) == 0;
}

/* Without a Root no session begins, except under the name of scp. */
static void
judge_root(struct check *c, const struct sshd *s)
{
	const char *forced = s->value[SET_FORCE_COMMAND];

	if (policy_is_set(&c->policy, KEY_ROOT))
		return;
	if (s->by_shell || (s->by_force && is_bare(forced)))
		check_found(c, FIX_POLICY,
		    "Root DIRECTORY, or Root none for every file",
		    "no session begins: no Root");
	else if (is_scp(forced))
		check_found(c, FIX_POLICY,
		    "Root DIRECTORY, or Root none for every file",
		    "ForceCommand %s: under the name of scp a session without "
		    "a Root reaches every file",
		    forced);
}

/* Whether the policy restricts this account at all. */
static bool
is_restricted(const struct check *c, const struct sshd *s)
{
	return policy_is_confined(&c->policy) ||
	    c->policy.access != ACCESS_READ_WRITE || s->by_shell || s->by_force;
}

static void
show_settings(const struct sshd *s)
{
	check_row("program", s->program);
	for (size_t i = 0; i < SET_NO_FORWARDING; i++)
		check_row(
		    settings[i], *s->value[i] != '\0' ? s->value[i] : "none");
}

/*
 * Asks sshd for the settings of this account.  Returns false when it can't be
 * asked, also for names that would not be one word of its argument.
 */
static bool
learn(struct check *c, struct sshd *s)
{
	char spec[POLICY_USER_MAX + 128];
	int e;

	if (strpbrk(c->login.name, ", =") != NULL) {
		check_note(
		    "not inspected: sshd can't be asked about this name");
		return false;
	}
	(void)snprintf(spec, sizeof(spec),
	    "user=%s,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22",
	    c->login.name); /* fits */
	if ((e = ask(s, spec)) == 0)
		return true;
	if (e == ENOENT)
		check_note("not inspected: there is no OpenSSH sshd here");
	else
		check_note("not inspected: %s -T: %s", s->program,
		    e > 0 ? err_info(e)->words : s->last);
	return false;
}

void
check_sshd(struct check *c)
{
	struct sshd s = { .program = "" };
	bool known = learn(c, &s);

	s.by_shell = check_is_ours(c->login.shell);
	s.by_force = check_is_ours(s.value[SET_FORCE_COMMAND]);
	if (known)
		show_settings(&s);
	judge_root(c, &s);
	if (!is_restricted(c, &s)) {
		check_note("an open account with a shell of its own: sshd "
			   "gives it nothing that it has not got");
		return;
	}
	check_place(c, known ? s.value[SET_KEYS_FILE] : "");
	if (!known)
		return;
	judge_binding(c, &s);
	judge_subsystem(c, &s);
	judge_words(c, &s);
	judge_forwarding(c, &s);
	judge_shell(c, &s);
	if (!is_none(s.value[SET_CHROOT]))
		check_note("ChrootDirectory %s: Root and this program are "
			   "looked up inside it, and below it is outside",
		    s.value[SET_CHROOT]);
}
