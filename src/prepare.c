#include "prepare.h"

#include <string.h>

#include "sandbox/confine.h"

/*
 * Sets where relative paths begin: at StartDirectory, else at the root of a
 * confined session or the working directory of an open one.
 */
static void
find_start(struct session *s, const char *cwd)
{
	const struct policy *p = s->policy;
	const char *start = p->start;

	if (*start == '\0')
		start = policy_is_confined(p) ? "/" : cwd;
	s->no_start = start == NULL || *start != '/' ||
	    relpath_parse(
		&s->start, NULL, relpath_strip_root(p->root, start)) != 0;
}

void
prepare_session(struct session *s, const struct request *q,
    const struct policy *p, const struct account *login,
    const struct account *run_as, const char *cwd)
{
	memset(s, 0, sizeof(*s));
	s->request = q;
	s->policy = p;
	s->account = run_as != NULL ? run_as->name : login->name;
	find_start(s, cwd);
	if (!policy_is_confined(p))
		/* a home without a path: "~" is the root then */
		(void)relpath_parse(&s->home, NULL, login->home);
}

int
prepare_root(const struct policy *p, bool entered, struct tree *out)
{
	const char *outer = policy_outer_root(p);
	/* nothing keeps openat2(2) from truncating files there */
	bool walk = confine_landlock_abi() < CONFINE_ABI_TRUNCATE;
	int e;

	e = tree_open(out, entered || !policy_is_confined(p) ? "/" : outer,
	    p->symlinks == SYMLINKS_FOLLOW, walk);
	if (e != 0 || p->outer_root[0] == '\0')
		return e;
	return tree_narrow(out, relpath_strip_root(outer, p->root));
}
