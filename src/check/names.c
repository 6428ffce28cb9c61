/*
 * The accounts and groups that the configuration names: one that does not exist
 * is most often a slip, and its block then holds for nobody.
 */
#include "check/check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rows.h"

/* Where a name has to be: a static program reads the files alone. */
#ifdef STATIC_ACCOUNTS
#define USERS  "/etc/passwd has"
#define GROUPS "/etc/group has"
#else
#define USERS  "getent passwd finds"
#define GROUPS "getent group finds"
#endif

/* What the names are found for; a callback gets no argument of its own. */
static struct check *asked;

/*
 * Whether a name is the number of a uid that has no row, by which a session of
 * it goes.
 */
static bool
is_bare_number(const char *name)
{
	char back[16];
	unsigned long uid = strtoul(name, NULL, 10);
	struct passwd *pw;

	if (uid >= UINT32_MAX)
		return false;				/* no uid */
	(void)snprintf(back, sizeof(back), "%lu", uid); /* fits */
	return strcmp(back, name) == 0 &&
	    rows_user((uid_t)uid, NULL, &pw) == 0 && pw == NULL;
}

/* One name of a Match line. */
static void
judge_name(unsigned int line, bool group, const char *name)
{
	const char *kind = group ? "Group" : "User";
	struct passwd *pw = NULL;
	struct group *gr = NULL;
	int e;

	e = group ? rows_group(0, name, &gr) : rows_user(0, name, &pw);
	if (e != 0)
		check_found(asked, FIX_HOST,
		    "let the name service answer: getent",
		    "%s:%u: Match %s %s can't be looked up", asked->file, line,
		    kind, name);
	else if (pw == NULL && gr == NULL && (group || !is_bare_number(name)))
		check_found(asked, FIX_POLICY,
		    group ? "Match Group with groups that " GROUPS
			    ", which groupadd makes" :
			    "Match User with accounts that " USERS
			    ", which useradd makes",
		    "%s:%u: Match %s %s: there is no such %s", asked->file,
		    line, kind, name, group ? "group" : "account");
}

void
check_names(struct check *c)
{
	static struct policy unused; /* zero */
	struct trouble t;
	struct config_subject subject = check_subject(c);

	subject.named = judge_name;
	asked = c;
	/* it was read before without a mistake */
	(void)config_load(&unused, c->file, &subject, &t);
}
