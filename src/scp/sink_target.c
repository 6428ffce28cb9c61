/*
 * The part of a sink that runs before its filter is installed: opens the
 * target, and finds out how files are published there and what the sink may do
 * to files.
 */
#include "scp/sink.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"

bool
sink_stores_in_target(const struct sink *sink)
{
	return sink->target.name.s[0] == '\0';
}

static int
find_target(struct sink *sink, const char *typed)
{
	const struct session *s = sink->s;
	struct relpath path;
	int e;

	if ((e = session_path(s, typed, &path)) != 0)
		return e;
	sink->here = path;
	sink->trailing_slash = path.dir;
	e = tree_target(
	    s->tree, &path, !policy_is_confined(s->policy), &sink->target);
	if (e != 0 || sink_stores_in_target(sink))
		return e;
	if (s->request->want_directory ||
	    (sink->trailing_slash && sink->target.exists))
		return sink->target.exists ? ENOTDIR : ENOENT;
	return 0;
}

void
sink_open(struct sink *sink, struct session *s, uint64_t seed)
{
	memset(
	    sink, 0, offsetof(struct sink, levels)); /* the rest needs none */
	sink->s = s;
	sink->target = (struct target)TARGET_NONE;
	sink->rules.overwrite = s->policy->overwrite;
	sink->rules.sync = s->policy->sync;
	sink->rules.digest = s->policy->audit_digest;
	sink->rules.min_free = s->policy->min_free;
	sink->target_error = find_target(sink, s->request->paths[0]);
	sink->base_len = sink->here.len;
	if (sink->target_error == 0 && sink->target.device == -1)
		upload_prepare(&sink->rules, &sink->target.dir, seed);
}

static bool
must_name(const struct sink *sink)
{
	return sink->target.dir.no_tmpfile ||
	    sink->rules.link == UPLOAD_LINK_NONE;
}

unsigned int
sink_grants(struct sink *sink)
{
	unsigned int grants =
	    grants_of_sink(sink->s->policy, sink->s->request->recursive,
		must_name(sink) ? PUBLISH_NAMED : PUBLISH_UNNAMED);

	sink->rules.may_name = (grants & GRANT_NAME_TEMPORARIES) != 0;
	sink->rules.mode_mask = (grants & GRANT_SET_ID) != 0 ? 06777 : 0777;
	if (sink->target_error == 0 && must_name(sink) && !sink->rules.may_name)
		sink->target_error = ERR_NO_PUBLISH;
	return grants;
}

const char *
sink_publish_way(const struct sink *sink)
{
	if (sink->target.device != -1)
		return "device";
	if (must_name(sink))
		return "named";
	switch (sink->rules.link) {
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
