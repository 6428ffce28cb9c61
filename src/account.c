#include "account.h"

#include <bsd/string.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/*
 * A static program has no name service: it reads the files themselves.  Both
 * builds fill the same rows.
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

void
account_by_uid(struct account *a, uid_t uid)
{
	const struct passwd *pw = find_passwd(uid, NULL);

	a->uid = uid;
	a->gid = pw != NULL ? pw->pw_gid : (gid_t)-1;
	a->group_count = 0;
	if (pw == NULL ||
	    strlcpy(a->name, pw->pw_name, sizeof(a->name)) >= sizeof(a->name))
		(void)snprintf(a->name, sizeof(a->name), "%lu",
		    (unsigned long)uid); /* fits */
}

int
account_by_name(struct account *a, const char *name)
{
	const struct passwd *pw = find_passwd(0, name);

	if (pw == NULL)
		return ENOENT;
	a->uid = pw->pw_uid;
	a->gid = pw->pw_gid;
	if (strlcpy(a->name, pw->pw_name, sizeof(a->name)) >= sizeof(a->name))
		return ENAMETOOLONG;
	return find_groups(a);
}
