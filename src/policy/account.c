#include "policy/account.h"

#include <bsd/string.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

	if (f == NULL)
		return NULL;
	while ((pw = fgetpwent(f)) != NULL)
		if (name != NULL ? strcmp(pw->pw_name, name) == 0 :
				   pw->pw_uid == uid)
			break;
	(void)fclose(f); /* was only read */
	return pw;
}

static struct group *
find_group(gid_t gid)
{
	struct group *gr = NULL;
	FILE *f = fopen("/etc/group", "re");

	if (f == NULL)
		return NULL;
	while ((gr = fgetgrent(f)) != NULL && gr->gr_gid != gid)
		;
	(void)fclose(f); /* was only read */
	return gr;
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

static struct group *
find_group(gid_t gid)
{
	return getgrgid(gid);
}

static struct passwd *
find_passwd(uid_t uid, const char *name)
{
	return name != NULL ? getpwnam(name) : getpwuid(uid);
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
	const struct passwd *pw = find_passwd(uid, NULL);

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
	const char *list[ACCOUNT_GROUPS_MAX + 2];
} names;

/* Groups without a name are left out: no Match Group can name them. */
static void
name_groups(const gid_t *gids, size_t count)
{
	const struct group *gr;
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		if ((gr = find_group(gids[i])) != NULL &&
		    (names.list[used] = strdup(gr->gr_name)) != NULL)
			used++;
	names.list[used] = NULL;
	names.known = true;
}

void
account_name_groups(const struct account *a)
{
	name_groups(a->groups, a->group_count);
}

const char *const *
account_group_names(void)
{
	gid_t gids[ACCOUNT_GROUPS_MAX + 1];
	int n;

	if (names.known)
		return names.list;
	n = getgroups(ACCOUNT_GROUPS_MAX, gids);
	if (n < 0)
		n = 0;
	gids[n++] = getegid();
	name_groups(gids, (size_t)n);
	return names.list;
}
