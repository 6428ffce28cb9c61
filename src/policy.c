#include "policy.h"

#include <string.h>

#include "err.h"

void
policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
	p->umask = POLICY_UMASK_INHERIT;
}

bool
policy_is_confined(const struct policy *p)
{
	return p->root[0] != '\0';
}

bool
policy_only_adds(const struct policy *p)
{
	return p->access == ACCESS_WRITE_ONLY && p->overwrite == OVERWRITE_DENY;
}

/* Rules between keywords; NULL when they fit together. */
static const char *
contradiction(const struct policy *p)
{
	bool confined = policy_is_confined(p);

	if (confined && p->root[0] != '/')
		return "Root is not an absolute path";
	if (p->chroot && !confined)
		return "Chroot yes needs a Root";
	if (p->overwrite == OVERWRITE_INPLACE && confined)
		return "Overwrite inplace is for sessions without a Root";
	if (p->overwrite == OVERWRITE_INPLACE && p->access == ACCESS_WRITE_ONLY)
		return "Overwrite inplace does not go with Access write-only";
	if (p->depth > POLICY_DEPTH_MAX)
		return "MaxDepth is over 256";
	return NULL;
}

int
policy_complete(struct policy *p, const char **why)
{
	bool confined = policy_is_confined(p);

	if ((*why = contradiction(p)) != NULL)
		return ERR_CONFIG;
	if (p->overwrite == OVERWRITE_UNSET)
		p->overwrite = p->access == ACCESS_WRITE_ONLY ?
		    OVERWRITE_DENY :
		    OVERWRITE_REPLACE;
	if (p->symlinks == SYMLINKS_UNSET)
		p->symlinks = confined ? SYMLINKS_REFUSE : SYMLINKS_FOLLOW;
	if (p->sandbox == SANDBOX_UNSET)
		p->sandbox = confined ? SANDBOX_REQUIRE : SANDBOX_PREFER;
	if (!p->depth_set)
		p->depth = confined ? POLICY_DEPTH_CONFINED : POLICY_DEPTH_MAX;
	if (!p->idle_timeout_set)
		p->idle_timeout = confined ? POLICY_IDLE_CONFINED : 0;
	return 0;
}

int
policy_check_direction(const struct policy *p, bool upload)
{
	if (upload && p->access == ACCESS_READ_ONLY)
		return ERR_READ_ONLY;
	if (!upload && p->access == ACCESS_WRITE_ONLY)
		return ERR_WRITE_ONLY;
	return 0;
}

int
policy_check_depth(const struct policy *p, size_t depth)
{
	return depth < p->depth ? 0 : ERR_DEPTH;
}
