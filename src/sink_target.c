/*
 * What a sink finds out before its filter: the one target, how files are
 * published there, and what it may do to files.
 */
#include "sink.h"

#include <errno.h>
#include <string.h>

#include "err.h"

bool
sink_stores_in_target(const struct sink *k)
{
	return k->target.name.s[0] == '\0';
}

static int
find_target(struct sink *k, const char *typed)
{
	const struct session *s = k->s;
	struct relpath path;
	int e;

	if ((e = session_path(s, typed, &path)) != 0)
		return e;
	k->here = path;
	k->spelt_as_dir = path.dir;
	e = jail_target(
	    s->jail, &path, !policy_is_confined(s->policy), &k->target);
	if (e != 0 || sink_stores_in_target(k))
		return e;
	if (s->request->want_directory || (k->spelt_as_dir && k->target.exists))
		return k->target.exists ? ENOTDIR : ENOENT;
	return 0;
}

void
sink_open(struct sink *k, struct session *s, uint64_t seed)
{
	memset(k, 0, offsetof(struct sink, levels)); /* as in wire_init() */
	k->s = s;
	k->target = (struct target)TARGET_NONE;
	k->rules.overwrite = s->policy->overwrite;
	k->rules.sync = s->policy->sync;
	k->rules.digest = s->policy->audit_digest;
	k->rules.min_free = s->policy->min_free;
	k->target_error = find_target(k, s->request->paths[0]);
	k->base_len = k->here.len;
	if (k->target_error == 0 && k->target.device == -1)
		upload_prepare(&k->rules, &k->target.dir, seed);
}

static bool
must_name(const struct sink *k)
{
	return k->target.dir.named || k->rules.link == UPLOAD_LINK_NONE;
}

unsigned int
sink_grants(struct sink *k)
{
	unsigned int grants =
	    grants_of_sink(k->s->policy, k->s->request->recursive,
		must_name(k) ? PUBLISH_NAMED : PUBLISH_UNNAMED);

	k->rules.may_name = (grants & GRANT_NAME_TEMPORARIES) != 0;
	k->rules.mode_mask = (grants & GRANT_SET_ID) != 0 ? 06777 : 0777;
	if (k->target_error == 0 && must_name(k) && !k->rules.may_name)
		k->target_error = ERR_NO_PUBLISH;
	return grants;
}

const char *
sink_publish_way(const struct sink *k)
{
	if (k->target.device != -1)
		return "device";
	if (must_name(k))
		return "named";
	switch (k->rules.link) {
	case UPLOAD_LINK_EMPTY:
		return "unnamed";
	case UPLOAD_LINK_PROC:
		return "unnamed-proc";
	case UPLOAD_LINK_NONE:
	case UPLOAD_LINK_UNKNOWN:
		break;
	}
	return "unknown";
}
