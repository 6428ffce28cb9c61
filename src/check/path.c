/*
 * The PATH in which sshd and the login shell look for a program: sshd has one
 * of its own, which the modules of PAM replace, and SetEnv replaces that.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"

#define PATH_OF_SSHD "/usr/local/bin:/usr/bin:/bin:/usr/games"
#define PATH_OF_ROOT \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* PAM's own limit of files that include each other is near this. */
#define INCLUDE_MAX 8

#define BLANKS " \t\r\n"

/* line = [ "export" ] NAME "=" [ quote ] value [ quote ] */
static void
take_environment(struct check *c, const char *file)
{
	char line[PATH_MAX], *at;
	FILE *f = check_open_lines(file);

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		at = line + strspn(line, BLANKS);
		if (strncmp(at, "export", 6) == 0 && strspn(at + 6, BLANKS) > 0)
			at += 6 + strspn(at + 6, BLANKS);
		if (strncmp(at, "PATH=", 5) != 0)
			continue;
		at += 5 + strspn(at + 5, "\"'");
		at[strcspn(at, "\"'" BLANKS)] = '\0';
		(void)strlcpy(c->path, at, sizeof(c->path)); /* fits */
		c->path_from = "PAM (/etc/environment or envfile)";
	}
	if (f != NULL)
		(void)fclose(f); /* was only read */
}

/* A file with variables in it, of which this does not work out the value. */
static void
take_other(struct check *c, const char *file, const char *from)
{
	char line[PATH_MAX];
	FILE *f = check_open_lines(file);

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line + strspn(line, BLANKS), "PATH", 4) == 0) {
			c->path_unsure = true;
			c->path_from = from;
		}
	if (f != NULL)
		(void)fclose(f); /* was only read */
}

/* The words after pam_env.so. */
static void
take_module(struct check *c, char *rest)
{
	const char *file = "/etc/environment", *word;
	const char *conf = "/etc/security/pam_env.conf";
	char theirs[PATH_MAX + sizeof("/.pam_environment")];
	bool read = true, user = false;

	while ((word = strsep(&rest, BLANKS)) != NULL) {
		if (strncmp(word, "envfile=", 8) == 0)
			file = word + 8;
		else if (strncmp(word, "conffile=", 9) == 0)
			conf = word + 9;
		else if (strcmp(word, "readenv=0") == 0)
			read = false;
		else if (strcmp(word, "user_readenv=1") == 0)
			user = true;
	}
	take_other(c, conf, "PAM (pam_env.conf)");
	if (read)
		take_environment(c, file);
	(void)snprintf(theirs, sizeof(theirs), "%s/.pam_environment",
	    c->login.homeless ? "" : c->login.home); /* fits */
	if (user) {
		take_other(c, theirs, "PAM (~/.pam_environment)");
		c->reads_variables = true;
	}
}

static void take_stack(struct check *c, const char *name, int depth);

/* line = "@include" FILE / TYPE ( "include" / "substack" ) FILE / TYPE ... */
static void
take_pam_line(struct check *c, char *line, int depth)
{
	char *module = strstr(line, "pam_env.so");
	char *type = line + strspn(line, BLANKS), *control, *file;

	if (*type == '#')
		return;
	if (module != NULL) {
		take_module(c, module + strlen("pam_env.so"));
		return;
	}
	control = type + strcspn(type, BLANKS);
	file = control + strspn(control, BLANKS);
	if (strncmp(type, "@include", 8) != 0) {
		if (strncmp(file, "include", 7) != 0 &&
		    strncmp(file, "substack", 8) != 0)
			return;
		file += strcspn(file, BLANKS);
		file += strspn(file, BLANKS);
	}
	file[strcspn(file, BLANKS)] = '\0';
	if (*file != '\0' && depth > 0)
		take_stack(c, file, depth - 1);
}

static void
take_stack(struct check *c, const char *name, int depth)
{
	char path[PATH_MAX], line[1024];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s%s",
	    *name == '/' ? "" : "/etc/pam.d/", name); /* fits */
	f = check_open_lines(path);
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		take_pam_line(c, line, depth);
	if (f != NULL)
		(void)fclose(f); /* was only read */
}

void
check_find_path(struct check *c)
{
	const char *set = c->sshd.value[SET_ENV];
	const char *at = strstr(set, "PATH=");

	(void)strlcpy(c->path, c->login.uid == 0 ? PATH_OF_ROOT : PATH_OF_SSHD,
	    sizeof(c->path)); /* fits */
	if (strcasecmp(c->sshd.value[SET_PAM], "yes") == 0)
		take_stack(c, "sshd", INCLUDE_MAX);
	while (at != NULL && at != set && at[-1] != ' ')
		at = strstr(at + 1, "PATH=");
	if (at == NULL)
		return;
	at += strlen("PATH=");
	(void)strlcpy(c->path, at, sizeof(c->path)); /* fits */
	c->path[strcspn(c->path, " ")] = '\0';
	c->path_from = "SetEnv";
	c->path_unsure = false;
}
