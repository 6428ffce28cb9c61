#include "session/admit.h"

int
admit(const struct session *s, const struct dir *dir, int64_t size)
{
	int e = policy_check_new(s->policy, &s->totals, size);

	return e != 0 ? e :
			tree_check_free(dir->fd, s->policy->min_free,
			    policy_new_size(size));
}

void
admit_count(struct session *s, int64_t size)
{
	s->totals.files++;
	s->totals.bytes += policy_new_size(size);
}
