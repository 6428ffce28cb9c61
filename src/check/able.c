/*
 * What a session needs besides its root, tried as the account.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/err.h"
#include "relay/relay.h"
#include "sandbox/open_flags.h"
#include "session/audit.h"

/* The keys that ssh tries when no configuration names one. */
static const char *const identities[] = { "id_rsa", "id_ecdsa", "id_ecdsa_sk",
	"id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa" };

/* A session reads the configuration as the account that sshd lets in. */
static void
judge_file(struct check *c)
{
	char word[CHECK_WORD_MAX], fix[CHECK_WORD_MAX + 64];
	int fd, e = check_open(c->file, F_READ, &fd);

	if (e == 0)
		(void)close(fd); /* nothing was read */
	if (e == 0 || (c->no_file && (e == ENOENT || e == ENOTDIR)))
		return;
	check_shell_word(word, sizeof(word), c->file);
	(void)snprintf(fix, sizeof(fix),
	    "chmod 0644 %s, and 0755 the "
	    "directories above it",
	    word); /* fits */
	check_broken(c, FIX_HOST, fix,
	    "the account can't read %s: %s: no session begins", c->file,
	    err_words(err_info(e)));
}

static void
judge_program(struct check *c)
{
	char word[CHECK_WORD_MAX], fix[CHECK_WORD_MAX + 64];
	struct stat st;

	if (*c->program != '\0' && stat(c->program, &st) == 0 &&
	    (st.st_mode & (S_ISUID | S_ISGID)) != 0) {
		check_shell_word(word, sizeof(word), c->program);
		(void)snprintf(
		    fix, sizeof(fix), "chmod ug-s %s", word); /* fits */
		check_broken(c, FIX_HOST, fix,
		    "%s is setuid or setgid: no session begins", c->program);
	}
	if (*c->program != '\0' && access(c->program, X_OK) != 0)
		check_broken(c, FIX_HOST, "a program that everybody may run",
		    "the account can't run %s: %s: no session begins",
		    c->program, err_words(err_info(errno)));
}

/* The directory of a file that is still to be made. */
static int
try_directory(const char *path)
{
	char dir[PATH_MAX];
	char *slash;

	if (strlcpy(dir, path, sizeof(dir)) >= sizeof(dir))
		return ENAMETOOLONG;
	if ((slash = strrchr(dir, '/')) != NULL)
		slash[slash == dir ? 1 : 0] = '\0';
	return access(dir, W_OK | X_OK) == 0 ? 0 : errno;
}

/* A session opens its log as the account that sshd lets in. */
static void
judge_log(struct check *c)
{
	const char *path = c->policy.audit_log.path;
	int fd, e;

	e = check_open(path, O_WRONLY | O_APPEND | O_NOFOLLOW, &fd);
	if (e == 0)
		(void)close(fd); /* nothing was written */
	else if (e == ENOENT && (e = try_directory(path)) == 0)
		check_note("AuditLog %s: there is none yet; the first session "
			   "makes it",
		    path);
	if (e != 0)
		check_broken(c, FIX_HOST,
		    "a log file that the account may append to, or AuditLog "
		    "syslog",
		    "AuditLog %s: %s: no session begins", path,
		    err_words(err_info(e)));
}

static void
judge_socket(struct check *c)
{
	static struct audit audit;

	(void)audit_open(&audit, &c->policy);
	if (audit.fd != -1) {
		(void)close(audit.fd); /* nothing was sent */
		if (access("/run/systemd/journal/socket", F_OK) == 0)
			check_note("journald takes the records, and drops what "
				   "comes too fast: RateLimitIntervalSec of "
				   "journald.conf(5)");
		return;
	}
	check_broken(c, FIX_HOST,
	    "a log daemon with a socket /dev/log, or AuditLog with a file",
	    "no syslog: nothing takes records at /dev/log: %s",
	    c->policy.audit == AUDIT_REQUIRE ?
		"no session begins (Audit require)" :
		"sessions leave no record");
}

void
check_able(struct check *c)
{
	judge_file(c);
	judge_program(c);
	if (c->policy.audit_log.off) {
		if (c->policy.audit == AUDIT_REQUIRE)
			check_broken(c, FIX_POLICY, "AuditLog syslog",
			    "Audit require with AuditLog none: no session "
			    "begins");
		return;
	}
	if (*c->policy.audit_log.path != '\0')
		judge_log(c);
	else if (c->policy.audit == AUDIT_REQUIRE ||
	    c->question->command == NULL)
		judge_socket(c); /* else a session begins, which is explained */
}

static bool
can_read(const char *path)
{
	int fd;

	if (check_open(path, F_READ, &fd) != 0)
		return false;
	(void)close(fd); /* nothing was read */
	return true;
}

/* Whether a line of RelayConfig names a key, or a way that needs none. */
static bool
is_key_line(const struct check *c, char *line)
{
	static const char *const others[] = { "IdentityAgent", "PKCS11Provider",
		"GSSAPIAuthentication", "CertificateFile" };
	char path[2 * PATH_MAX];
	char *rest = line + strspn(line, " \t"), *word, *value;

	word = strsep(&rest, " \t=");
	if (word == NULL || rest == NULL)
		return false;
	if (strcasecmp(word, "Include") == 0)
		return true; /* it is not read here */
	rest += strspn(rest, " \t");
	rest += *rest == '=' ? 1 : 0;
	if ((value = check_next_word(&rest)) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(word, others[i]) == 0)
			return strcasecmp(value, "no") != 0 &&
			    strcasecmp(value, "none") != 0;
	if (strcasecmp(word, "IdentityFile") != 0)
		return false;
	if (strncmp(value, "~/", 2) == 0 || strncmp(value, "%d/", 3) == 0) {
		(void)snprintf(path, sizeof(path), "%s%s", c->session.home,
		    strchr(value, '/')); /* cut: it is not there then */
		return can_read(path);
	}
	/* other tokens are expanded by ssh alone */
	return strpbrk(value, "%$") != NULL || can_read(value);
}

static bool
config_has_key(const struct check *c)
{
	FILE *f = fopen(c->policy.relay_config, "re");
	char *line = NULL;
	size_t cap = 0;
	bool found = false;

	if (f == NULL)
		return false;
	while (!found && getline(&line, &cap, f) != -1)
		found = is_key_line(c, line);
	free(line);
	(void)fclose(f); /* was only read */
	return found;
}

static bool
home_has_key(const struct check *c)
{
	char path[2 * PATH_MAX];

	for (size_t i = 0; i < sizeof(identities) / sizeof(identities[0]);
	     i++) {
		(void)snprintf(path, sizeof(path), "%s/.ssh/%s",
		    c->session.home, identities[i]); /* fits */
		if (can_read(path))
			return true;
	}
	return false;
}

/* Whether sshd lets a client bring its agent along. */
static bool
has_agent(const struct check *c)
{
	return strcasecmp(c->sshd.value[SET_AGENT], "yes") == 0 &&
	    strcasecmp(c->sshd.value[SET_NO_FORWARDING], "yes") != 0;
}

/* Whether an item of Relay could name a host: it has no port and no path. */
static bool
names_a_host(const char *item, size_t len)
{
	const char *host = item, *at = memchr(item, '@', len);
	struct network network;
	size_t n;

	if (at == item)
		return false;
	if (at != NULL)
		host = at + 1;
	n = len - (size_t)(host - item);
	if (n == 0 || network_parse(&network, host, n))
		return n > 0;
	if (*host == '[' && memchr(host, ':', n) != NULL)
		return host[n - 1] == ']' || memmem(host, n, "]/", 2) != NULL;
	if (memchr(host, '/', n) != NULL)
		return false;
	/* an address with a scope, or a pattern of addresses */
	return memchr(host, ':', n) == NULL || strcspn(host, "%*?[") < n;
}

static void
judge_destinations(struct check *c)
{
	char item[POLICY_LIST_MAX];
	const char *list = c->policy.relay;
	size_t n;

	for (; *list != '\0'; list += n) {
		list += strspn(list, " \t\"");
		n = strcspn(list, " \t\"");
		(void)snprintf(
		    item, sizeof(item), "%.*s", (int)n, list); /* fits */
		if (n > 0 && !names_a_host(list, n))
			check_broken(c, FIX_POLICY,
			    "a host, an address or a network, and no port or "
			    "path",
			    "Relay %s names no host", item);
	}
}

void
check_relay(struct check *c)
{
	const struct policy *p = &c->policy;
	struct trouble t = { .why = NULL };

	if (*p->relay == '\0')
		return;
	judge_destinations(c);
	if (access(RELAY_SSH, X_OK) != 0)
		check_broken(c, FIX_HOST, "install the OpenSSH client",
		    "Relay can't work: %s: %s", RELAY_SSH,
		    err_words(err_info(errno)));
	if (*p->relay_config != '\0' && !can_read(p->relay_config))
		check_broken(c, FIX_HOST, "a file that the account may read",
		    "Relay can't work: RelayConfig %s: the account can't read "
		    "it",
		    p->relay_config);
	else if (*p->relay_config != '\0' &&
	    relay_check_config(p->relay_config, &t) != 0)
		check_broken(c, FIX_HOST,
		    "a file and directories that are root's, and that nobody "
		    "else may write",
		    "Relay can't work: RelayConfig %s: %s", p->relay_config,
		    t.why);
	else if (!has_agent(c) && !home_has_key(c) &&
	    (*p->relay_config == '\0' || !config_has_key(c)))
		check_broken(c, FIX_POLICY,
		    "RelayConfig FILE, with an IdentityFile that the account "
		    "may read",
		    "Relay can't work: %s has no key to log in elsewhere",
		    c->session.name);
}
