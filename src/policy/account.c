#include "policy/account.h"

#include <bsd/string.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The most names of one uid. */
#define ALIASES_MAX 64

/* Octets of the longest row of an account. */
#define PASSWD_ROW_MAX (64U << 10)

/* Octets of the longest row of a group: it may name every account. */
#define GROUP_ROW_MAX (16U << 20)

/* A lookup of an account failed, so that its name may be another. */
static bool lookup_failed;

/*
 * A static program can't use the name service and reads the files itself.  Both
 * builds fill the same structure.
 */
#ifdef STATIC_ACCOUNTS

static struct passwd *
find_passwd(uid_t uid, const char *name)
{
	struct passwd *pw = NULL;
	FILE *f = fopen("/etc/passwd", "re");

	if (f == NULL) {
		lookup_failed = lookup_failed || errno != ENOENT;
		return NULL;
	}
	while ((pw = fgetpwent(f)) != NULL)
		if (name != NULL ? strcmp(pw->pw_name, name) == 0 :
				   pw->pw_uid == uid)
			break;
	(void)fclose(f); /* was only read */
	return pw;
}

/* Sets *out to the row of a group, or to NULL.  Returns 0 or an errno. */
static int
find_group(gid_t gid, struct group **out)
{
	FILE *f = fopen("/etc/group", "re");

	*out = NULL;
	if (f == NULL)
		return errno == ENOENT ? 0 : errno;
	while ((*out = fgetgrent(f)) != NULL && (*out)->gr_gid != gid)
		;
	(void)fclose(f); /* was only read */
	return 0;
}

static bool
is_member(const struct group *gr, const char *name)
{
	for (char **m = gr->gr_mem; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return false;
}

static int
find_groups(struct account *a)
{
	struct group *gr;
	FILE *f = fopen("/etc/group", "re");

	a->groups[0] = a->gid;
	a->group_count = 1;
	if (f == NULL)
		return errno == ENOENT ? 0 : errno;
	while (
	    (gr = fgetgrent(f)) != NULL && a->group_count < ACCOUNT_GROUPS_MAX)
		if (gr->gr_gid != a->gid && is_member(gr, a->name))
			a->groups[a->group_count++] = gr->gr_gid;
	(void)fclose(f); /* was only read */
	return 0;
}

#else

/*
 * Sets *out to the row of a group, or to NULL.  Returns 0 or an errno: a lookup
 * that found nothing is 0, and one that could not be made is ENOENT too, when
 * the name service does not run.  Only getgrgid_r(3) tells these apart.
 */
static int
find_group(gid_t gid, struct group **out)
{
	static struct group row;
	static char *buf;
	static size_t cap = 1024;
	int e = ERANGE;

	*out = NULL;
	while (e == ERANGE && cap <= GROUP_ROW_MAX) {
		if (buf == NULL && (buf = malloc(cap)) == NULL)
			return ENOMEM;
		e = getgrgid_r(gid, &row, buf, cap, out);
		if (e == ERANGE) {
			free(buf);
			buf = NULL;
			cap *= 4;
		}
	}
	return e;
}

static struct passwd *
find_passwd(uid_t uid, const char *name)
{
	static struct passwd row;
	static char buf[PASSWD_ROW_MAX];
	struct passwd *found = NULL;
	int e = name != NULL ?
	    getpwnam_r(name, &row, buf, sizeof(buf), &found) :
	    getpwuid_r(uid, &row, buf, sizeof(buf), &found);

	lookup_failed = lookup_failed || e != 0;
	return found;
}

static int
find_groups(struct account *a)
{
	int n = ACCOUNT_GROUPS_MAX;

	if (getgrouplist(a->name, a->gid, a->groups, &n) == -1)
		return E2BIG;
	a->group_count = (size_t)n;
	return 0;
}

#endif

/* An empty field means /bin/sh, as in login(1) and sshd(8). */
static void
set_shell(struct account *a, const char *shell)
{
	if (strlcpy(a->shell, *shell != '\0' ? shell : "/bin/sh",
		sizeof(a->shell)) >= sizeof(a->shell))
		a->shell[0] = '\0'; /* it could not be run either */
}

/* Fills in what both ways of finding an account have in common. */
static int
take_row(struct account *a, const struct passwd *pw)
{
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	a->homeless = pw->pw_dir[0] != '/' ||
	    strlcpy(a->home, pw->pw_dir, sizeof(a->home)) >= sizeof(a->home);
	if (a->homeless)
		(void)strlcpy(a->home, "/", sizeof(a->home)); /* fits */
	set_shell(a, pw->pw_shell);
	return strlcpy(a->name, pw->pw_name, sizeof(a->name)) <
		sizeof(a->name) ?
	    0 :
	    ENAMETOOLONG;
}

void
account_by_uid(struct account *a, uid_t uid)
{
	/* sshd names the account that it let in; a client may name another */
	const char *name = getenv("LOGNAME");
	const struct passwd *pw = name != NULL ? find_passwd(0, name) : NULL;

	if (pw == NULL || pw->pw_uid != uid)
		pw = find_passwd(uid, NULL);
	a->group_count = 0;
	if (pw != NULL && take_row(a, pw) == 0)
		return;
	a->uid = uid;
	a->gid = (gid_t)-1;
	a->homeless = true;
	(void)strlcpy(a->home, "/", sizeof(a->home)); /* fits */
	set_shell(a, "");
	(void)snprintf(
	    a->name, sizeof(a->name), "%lu", (unsigned long)uid); /* fits */
}

int
account_by_name(struct account *a, const char *name)
{
	const struct passwd *pw = find_passwd(0, name);
	int e;

	if (pw == NULL)
		return ENOENT;
	if ((e = take_row(a, pw)) != 0)
		return e;
	return find_groups(a);
}

/* The result of account_group_names(), found once. */
static struct {
	bool known;
	const char **list; /* NULL: it can't be found out */
} names;

/*
 * Looks up the names of groups, once.  A group without a name is left out: no
 * Match Group can name it.
 */
static void
name_groups(const gid_t *gids, size_t count)
{
	char **list = calloc(count + 1, sizeof(*list));
	struct group *gr;
	size_t used = 0;
	int e = list != NULL ? 0 : ENOMEM;

	for (size_t i = 0; e == 0 && i < count; i++) {
		e = find_group(gids[i], &gr);
		if (e == 0 && gr != NULL &&
		    (list[used++] = strdup(gr->gr_name)) == NULL)
			e = ENOMEM;
	}
	if (e != 0 && list != NULL) { /* it may have been any name */
		while (used > 0)
			free(list[--used]);
		free(list);
		list = NULL;
	}
	names.known = true;
	names.list = (const char **)list;
}

/* The result of account_aliases(), found once. */
static struct {
	bool known;
	bool of_other; /* of uid, and not of this process */
	uid_t uid;
	size_t count;
	const char *list[ALIASES_MAX + 1];
} aliases;

void
account_ask_for(const struct account *a)
{
	name_groups(a->groups, a->group_count);
	aliases.of_other = true;
	aliases.uid = a->uid;
}

const char *const *
account_group_names(void)
{
	gid_t *gids;
	int n;

	if (names.known)
		return names.list;
	names.known = true;
	if ((n = getgroups(0, NULL)) < 0 ||
	    (gids = calloc((size_t)n + 1, sizeof(*gids))) == NULL)
		return NULL;
	if ((n = getgroups(n, gids)) >= 0) {
		gids[n++] = getegid();
		name_groups(gids, (size_t)n);
	}
	free(gids);
	return names.list;
}

static void
add_alias(const char *name)
{
	if (aliases.count < ALIASES_MAX &&
	    (aliases.list[aliases.count] = strdup(name)) != NULL)
		aliases.count++;
	else
		lookup_failed = true;
}

const char *const *
account_aliases(void)
{
	const struct passwd *pw;
	FILE *f;

	if (aliases.known)
		return lookup_failed ? NULL : aliases.list;
	aliases.known = true;
	if (!aliases.of_other)
		aliases.uid = geteuid();
	/* the file may have other names than the name service, and the reverse
	 */
	if ((pw = find_passwd(aliases.uid, NULL)) != NULL)
		add_alias(pw->pw_name);
	f = fopen("/etc/passwd", "re");
	if (f == NULL)
		lookup_failed = lookup_failed || errno != ENOENT;
	while (f != NULL && (pw = fgetpwent(f)) != NULL)
		if (pw->pw_uid == aliases.uid)
			add_alias(pw->pw_name);
	if (f != NULL)
		(void)fclose(f); /* was only read */
	return lookup_failed ? NULL : aliases.list;
}
