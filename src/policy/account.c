#include "policy/account.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/groups.h"
#include "policy/rows.h"

/* The most names of one uid. */
#define ALIASES_MAX 64

/* A lookup of an account failed, so that its name may be another. */
static bool lookup_failed;

static struct passwd *
find_passwd(uid_t uid, const char *name)
{
	struct passwd *pw;
	int e = rows_user(uid, name, &pw);

	lookup_failed = lookup_failed || e != 0;
	return e == 0 ? pw : NULL;
}

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

/* A uid without a row, or with one that can't be used. */
static void
take_number(struct account *a, uid_t uid)
{
	a->uid = uid;
	a->gid = (gid_t)-1;
	a->homeless = true;
	(void)strlcpy(a->home, "/", sizeof(a->home)); /* fits */
	set_shell(a, "");
	(void)snprintf(
	    a->name, sizeof(a->name), "%lu", (unsigned long)uid); /* fits */
}

void
account_by_uid(struct account *a, uid_t uid)
{
	/* sshd names the account that it let in; a client may name another */
	const char *name = getenv("LOGNAME");
	const struct passwd *pw = name != NULL ? find_passwd(0, name) : NULL;
	bool named = pw != NULL && pw->pw_uid == uid;

	if (!named)
		pw = find_passwd(uid, NULL);
	a->groups = NULL;
	a->group_count = 0;
	if (pw == NULL || take_row(a, pw) != 0) {
		/* a name that is too long is not known */
		lookup_failed = lookup_failed || pw != NULL;
		take_number(a, uid);
	}
	/* the number, or the name, may be that of another account */
	if (!named && (pw = find_passwd(0, a->name)) != NULL &&
	    pw->pw_uid != uid)
		lookup_failed = true;
}

int
account_by_name(struct account *a, const char *name)
{
	struct passwd *pw;
	int e;

	a->groups = NULL;
	a->group_count = 0;
	if ((e = rows_user(0, name, &pw)) != 0)
		return e == ENOENT ? EIO : e; /* it could not be asked */
	if (pw == NULL)
		return ENOENT;
	if ((e = take_row(a, pw)) != 0)
		return e;
	return rows_groups_of(a->name, a->gid, &a->groups, &a->group_count);
}

/* The result of account_aliases(), found once. */
static struct {
	bool known;
	bool of_other; /* of uid, and not of this process */
	uid_t uid;
	size_t count;
	const char *list[ALIASES_MAX + 1];
} aliases;

#ifndef WITHOUT_CONFIG

void
account_ask_for(const struct account *a)
{
	groups_ask_for(a->groups, a->group_count);
	aliases.of_other = true;
	aliases.uid = a->uid;
}

#endif

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
	struct rows r;

	if (aliases.known)
		return lookup_failed ? NULL : aliases.list;
	aliases.known = true;
	if (!aliases.of_other)
		aliases.uid = geteuid();
	/* the file may have other names than the name service, and the reverse
	 */
	if ((pw = find_passwd(aliases.uid, NULL)) != NULL)
		add_alias(pw->pw_name);
	rows_begin(&r, rows_users_file);
	while ((pw = rows_next_user(&r)) != NULL)
		if (pw->pw_uid == aliases.uid)
			add_alias(pw->pw_name);
	lookup_failed = rows_end(&r) != 0 || lookup_failed;
	return lookup_failed ? NULL : aliases.list;
}
