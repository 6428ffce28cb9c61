/*
 * sshd -T -C prints the settings that hold for an account.  It is the only
 * program started here, without a shell, and with a limit of its time and of
 * its answer: what its configuration includes may not answer.
 */
#include "check/sshd.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "policy/policy.h"

#define ASK_MILLISECONDS 10000

/* Room for long lists of algorithms and of patterns. */
#define ANSWER_MAX (1 << 18)

static char answer[ANSWER_MAX + 1];

/* sshd looks at its own path, so it has to be absolute. */
static const char *const programs[] = {
	"/usr/sbin/sshd",
	"/usr/local/sbin/sshd",
	"/sbin/sshd",
	"/usr/bin/sshd",
};

static const char *const settings[SET_COUNT] = {
	[SET_FORCE_COMMAND] = "ForceCommand",
	[SET_SUBSYSTEM] = "Subsystem",
	[SET_SUBSYSTEMS] = "Subsystem",
	[SET_USER_RC] = "PermitUserRC",
	[SET_USER_ENVIRONMENT] = "PermitUserEnvironment",
	[SET_ACCEPT_ENV] = "AcceptEnv",
	[SET_KEYS_FILE] = "AuthorizedKeysFile",
	[SET_KEYS_COMMAND] = "AuthorizedKeysCommand",
	[SET_CA_KEYS] = "TrustedUserCAKeys",
	[SET_PRINCIPALS_FILE] = "AuthorizedPrincipalsFile",
	[SET_PRINCIPALS_COMMAND] = "AuthorizedPrincipalsCommand",
	[SET_PUBKEY] = "PubkeyAuthentication",
	[SET_PASSWORD] = "PasswordAuthentication",
	[SET_KEYBOARD] = "KbdInteractiveAuthentication",
	[SET_GSSAPI] = "GSSAPIAuthentication",
	[SET_HOSTBASED] = "HostbasedAuthentication",
	[SET_METHODS] = "AuthenticationMethods",
	[SET_CHROOT] = "ChrootDirectory",
	[SET_ENV] = "SetEnv",
	[SET_ALLOW_USERS] = "AllowUsers",
	[SET_DENY_USERS] = "DenyUsers",
	[SET_ALLOW_GROUPS] = "AllowGroups",
	[SET_DENY_GROUPS] = "DenyGroups",
	[SET_ROOT_LOGIN] = "PermitRootLogin",
	[SET_PAM] = "UsePAM",
	[SET_MAX_SESSIONS] = "MaxSessions",
	[SET_STRICT_MODES] = "StrictModes",
	[SET_OPEN] = "PermitOpen",
	[SET_LISTEN] = "PermitListen",
	[SET_NO_FORWARDING] = "DisableForwarding",
	[SET_TCP] = "AllowTcpForwarding",
	[SET_AGENT] = "AllowAgentForwarding",
	[SET_STREAM] = "AllowStreamLocalForwarding",
	[SET_X11] = "X11Forwarding",
	[SET_TUNNEL] = "PermitTunnel",
};

const char *
sshd_name(enum setting setting)
{
	return settings[setting];
}

bool
sshd_is_none(const struct sshd *s, enum setting setting)
{
	const char *value = s->value[setting];

	return *value == '\0' || strcasecmp(value, "none") == 0;
}

/* line = keyword SP value; a keyword that comes again adds to its value */
static void
take_line(struct sshd *s, char *line)
{
	static const char sftp[] = "sftp ";
	char *value = line;
	char *keyword = strsep(&value, " ");
	bool is_sftp;

	if (value == NULL)
		return;
	is_sftp = strncmp(value, sftp, sizeof(sftp) - 1) == 0;
	for (size_t i = 0; i < SET_COUNT; i++) {
		if (strcasecmp(keyword, settings[i]) != 0)
			continue;
		if ((i == SET_SUBSYSTEM && !is_sftp) ||
		    (i == SET_SUBSYSTEMS && is_sftp))
			continue;
		if (*s->value[i] != '\0')
			(void)strlcat(s->value[i], " ", SSHD_VALUE_MAX);
		/* what is longer is cut: it still is not none */
		(void)strlcat(s->value[i],
		    i == SET_SUBSYSTEM ? value + sizeof(sftp) - 1 : value,
		    SSHD_VALUE_MAX);
	}
}

static void
take_answer(struct sshd *s)
{
	char *rest = answer, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		line[strcspn(line, "\r")] = '\0';
		if (*line == '\0')
			continue;
		/* a longer one is cut: it is only shown */
		(void)strlcpy(s->last, line, sizeof(s->last));
		take_line(s, line);
	}
}

static int
prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int fd)
{
	int e;

	/* a group of its own, which is ended as a whole */
	if ((e = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP)) != 0 ||
	    (e = posix_spawn_file_actions_addopen(
		 actions, 0, "/dev/null", O_RDONLY, 0)) != 0 ||
	    (e = posix_spawn_file_actions_adddup2(actions, fd, 1)) != 0)
		return e;
	return posix_spawn_file_actions_adddup2(actions, fd, 2);
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
	posix_spawnattr_t attr;
	int e;

	if ((e = posix_spawnattr_init(&attr)) != 0)
		return e;
	if ((e = posix_spawn_file_actions_init(&actions)) != 0)
		return e;
	if ((e = prepare(&actions, &attr, fd)) == 0)
		e = ENOENT;
	for (size_t i = 0;
	     e == ENOENT && i < sizeof(programs) / sizeof(programs[0]); i++) {
		s->program = programs[i];
		(void)strlcpy(program, programs[i], sizeof(program)); /* fits */
		argv[0] = program;
		e = posix_spawn(pid, program, &actions, &attr, argv, envp);
	}
	(void)posix_spawn_file_actions_destroy(&actions); /* can't fail */
	(void)posix_spawnattr_destroy(&attr);		  /* can't fail */
	return e;
}

static int
left_of(const struct timespec *begun)
{
	struct timespec t = { 0, 0 };
	int64_t spent;

	(void)clock_gettime(CLOCK_MONOTONIC, &t); /* can't fail */
	spent = (t.tv_sec - begun->tv_sec) * INT64_C(1000) +
	    (t.tv_nsec - begun->tv_nsec) / 1000000;
	return spent < ASK_MILLISECONDS ? (int)(ASK_MILLISECONDS - spent) : 0;
}

/* Reads to the end of the output.  Returns NULL, or why it was given up. */
static const char *
read_output(int fd, const struct timespec *begun)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;
	int ready;

	for (;;) {
		answer[len] = '\0';
		if (len == ANSWER_MAX)
			return "its answer is too long";
		ready = poll(&p, 1, left_of(begun));
		if (ready == 0)
			return "it does not answer";
		if (ready < 0)
			continue; /* interrupted: the time runs */
		n = read(fd, answer + len, ANSWER_MAX - len);
		if (n == 0)
			return NULL;
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return "its answer can't be read";
	}
}

/* Waits for its end, or ends it.  Returns NULL, or what was wrong. */
static const char *
take_end(pid_t pid, const struct timespec *begun, const char *why)
{
	pid_t ended = 0;
	int status = 0;

	while (why == NULL && ended == 0) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == 0 && left_of(begun) == 0)
			why = "it does not end";
		else if (ended == 0)
			(void)poll(NULL, 0, 5);
	}
	if (ended == 0) {
		(void)kill(-pid, SIGKILL); /* it is our child, and its group */
		(void)waitpid(pid, NULL, 0);
		return why;
	}
	return ended == pid && status == 0 ? NULL : "";
}

enum setting
sshd_differs(const struct sshd *a, const struct sshd *b)
{
	size_t i = 0;

	while (i < SET_COUNT && strcmp(a->value[i], b->value[i]) == 0)
		i++;
	return (enum setting)i;
}

/* The argument of -C.  A client without a name in the DNS has its address. */
static void
write_spec(char *spec, size_t cap, const char *account,
    const struct sshd_client *client)
{
	const char *part[CLIENT_PARTS] = { "127.0.0.1", "localhost",
		"127.0.0.1", "22" };

	for (size_t i = 0; client != NULL && i < CLIENT_PARTS; i++)
		if (client->part[i] != NULL)
			part[i] = client->part[i];
	if (client != NULL && client->part[CLIENT_HOST] == NULL &&
	    client->part[CLIENT_ADDRESS] != NULL)
		part[CLIENT_HOST] = part[CLIENT_ADDRESS];
	(void)snprintf(spec, cap, "user=%s,host=%s,addr=%s,laddr=%s,lport=%s",
	    account, part[CLIENT_HOST], part[CLIENT_ADDRESS],
	    part[CLIENT_LOCAL_ADDRESS], part[CLIENT_LOCAL_PORT]); /* fits */
}

void
sshd_ask(struct sshd *s, const char *account, const struct sshd_client *client)
{
	char spec[POLICY_USER_MAX + CLIENT_PARTS * MATCH_VALUE_MAX + 64];
	struct timespec begun = { 0, 0 };
	int e, fds[2];
	pid_t pid;

	memset(s, 0, sizeof(*s));
	s->program = "sshd";
	if (strpbrk(account, ", =") != NULL) {
		s->why = "it can't be asked about this name";
		return;
	}
	write_spec(spec, sizeof(spec), account, client);
	if (pipe2(fds, O_CLOEXEC) != 0) {
		s->why = err_words(err_info(errno));
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &begun); /* can't fail */
	e = start(s, spec, fds[1], &pid);
	(void)close(fds[1]); /* never written to by us */
	if (e == 0) {
		s->why = read_output(fds[0], &begun);
		s->why = take_end(pid, &begun, s->why);
		if (s->why == NULL || *s->why == '\0')
			take_answer(s);
	} else
		s->why = err_words(err_info(e));
	(void)close(fds[0]); /* was only read */
	s->absent = e == ENOENT;
	s->known = s->why == NULL;
	if (!s->known && *s->why == '\0')
		s->why = s->last;
}
