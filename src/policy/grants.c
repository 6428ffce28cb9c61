#include "policy/grants.h"

unsigned int
grants_of_source(void)
{
	return GRANT_READ | GRANT_LIST;
}

/*
 * Whether the upload only adds files and never replaces or removes a name.  A
 * temporary name has to be renamed or removed in the end.  When it is not known
 * whether there will be any, only a drop box is certain to have none.
 */
static bool
only_adds(const struct policy *p, enum publish publish)
{
	return policy_only_adds(p) ||
	    (p->overwrite == OVERWRITE_DENY && publish == PUBLISH_UNNAMED);
}

/* The grants that each value of Overwrite needs besides making files. */
static const unsigned int overwriting[] = {
	[OVERWRITE_INPLACE] = GRANT_REPLACE | GRANT_REMOVE | GRANT_WRITE_OLD,
	[OVERWRITE_REPLACE] = GRANT_REPLACE | GRANT_REMOVE,
	[OVERWRITE_VERSIONS] = GRANT_REPLACE | GRANT_REMOVE | GRANT_EXCHANGE |
	    GRANT_NAME_TEMPORARIES,
	[OVERWRITE_DENY] = GRANT_REMOVE,
};

/*
 * To set the mode of a directory that has the set-group-ID bit, fchmod(2) has
 * to be given that bit, and no filter sees that it isn't a file.  A drop box
 * gets it only if the administrator asks for it.
 */
static bool
sets_setgid(const struct policy *p, bool group_dirs)
{
	if (policy_is_set(p, KEY_DIRECTORY_MODE) &&
	    (p->directory_mode & 02000) != 0)
		return true;
	return group_dirs && !policy_only_adds(p);
}

/*
 * MakeParents: whether a directory that is made above a target gets its mode
 * only when everything is in it, and so under the filter.  It is one that lacks
 * rights of its owner.  Any other gets its mode before the filter is loaded.
 */
static bool
locks_parents(const struct policy *p)
{
	return p->make_parents && (policy_mode(p, 0777, true) & 0700) != 0700;
}

unsigned int
grants_of_sink(const struct policy *p, bool recursive, enum publish publish,
    bool group_dirs)
{
	unsigned int grants = GRANT_LIST | GRANT_CREATE;

	if (recursive || p->make_parents)
		grants |= GRANT_MAKE_DIRECTORIES;
	if ((recursive || locks_parents(p)) && sets_setgid(p, group_dirs))
		grants |= GRANT_SETGID;
	if (p->set_id_bits)
		grants |= GRANT_SET_ID;
	if (!policy_is_confined(p))
		grants |= GRANT_EVERYWHERE;
	if (only_adds(p, publish))
		return grants;
	grants |= overwriting[p->overwrite];
	/* an open session may reach a file system without O_TMPFILE */
	if (publish == PUBLISH_NAMED || (grants & GRANT_EVERYWHERE) != 0)
		grants |= GRANT_NAME_TEMPORARIES;
	return grants;
}

unsigned int
grants_of_sftp(const struct policy *p, enum publish publish, bool group_dirs)
{
	unsigned int grants = GRANT_OFFSETS | GRANT_LIST;

	if (p->access != ACCESS_WRITE_ONLY)
		grants |= grants_of_source();
	if (p->access != ACCESS_READ_ONLY)
		grants |= grants_of_sink(p, true, publish, group_dirs) |
		    GRANT_CUT | (p->modify != MODIFY_NO ? GRANT_MODIFY : 0) |
		    (p->links ? GRANT_LINKS : 0);
	return grants;
}
