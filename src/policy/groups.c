/*
 * The groups of a session and their names, of which a group may have several.
 */
#include "policy/groups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/account.h"
#include "policy/rows.h"

/* The groups, found once. */
static struct {
	bool known;
	const gid_t *list; /* NULL: they can't be found out */
	size_t count;
} own;

/* The result of account_group_names(), found once. */
static struct {
	bool known;
	char **list; /* NULL: it can't be found out */
	size_t used, room;
} names;

void
groups_ask_for(const gid_t *gids, size_t count)
{
	own.known = true;
	own.list = gids;
	own.count = count;
}

/* The groups that the kernel has for this process. */
static void
find_own(void)
{
	gid_t *gids;
	int n;

	own.known = true;
	if ((n = getgroups(0, NULL)) < 0 ||
	    (gids = calloc((size_t)n + 1, sizeof(*gids))) == NULL)
		return;
	if ((n = getgroups(n, gids)) < 0) {
		free(gids);
		return;
	}
	gids[n++] = getegid();
	own.list = gids;
	own.count = (size_t)n;
}

static bool
is_own(gid_t gid)
{
	for (size_t i = 0; i < own.count; i++)
		if (own.list[i] == gid)
			return true;
	return false;
}

/* Adds a name, or none, to the list, which NULL ends.  Returns 0 or ENOMEM. */
static int
add_name(const char *name)
{
	char **more, *copy = NULL;

	if (names.used + 1 >= names.room) {
		names.room = 2 * names.room + 64;
		more = realloc(names.list, names.room * sizeof(*more));
		if (more == NULL)
			return ENOMEM;
		names.list = more;
	}
	if (name != NULL && (copy = strdup(name)) == NULL)
		return ENOMEM;
	names.list[names.used] = copy;
	if (copy != NULL)
		names.list[++names.used] = NULL;
	return 0;
}

/*
 * Looks up the names of the groups.  A group without a name is left out.  The
 * name service gives one name for each; the file may have more of them.
 */
static int
find_names(void)
{
	struct group *gr;
	struct rows r;
	int e = add_name(NULL);

	for (size_t i = 0; e == 0 && i < own.count; i++) {
		e = rows_group(own.list[i], NULL, &gr);
		if (e == 0 && gr != NULL)
			e = add_name(gr->gr_name);
	}
	rows_begin(&r, rows_groups_file);
	while (e == 0 && (gr = rows_next_group(&r)) != NULL)
		if (is_own(gr->gr_gid))
			e = add_name(gr->gr_name);
	return rows_end(&r) != 0 ? r.error : e;
}

const char *const *
account_group_names(void)
{
	if (names.known)
		return (const char *const *)names.list;
	names.known = true;
	if (!own.known)
		find_own();
	if (own.list == NULL || find_names() != 0) {
		while (names.used > 0) /* it may have been any name */
			free(names.list[--names.used]);
		free(names.list);
		names.list = NULL;
	}
	return (const char *const *)names.list;
}

int
account_in_group(const char *name)
{
	const char *const *known;
	struct group *gr;
	int e = rows_group(0, name, &gr);

	if (!own.known)
		find_own();
	if (e == 0 && gr != NULL && is_own(gr->gr_gid))
		return 1;
	/* several groups may have this name; looking up all of ours is slow */
	known = account_group_names();
	for (size_t i = 0; known != NULL && known[i] != NULL; i++)
		if (strcmp(known[i], name) == 0)
			return 1;
	return e != 0 || known == NULL ? -1 : 0;
}
