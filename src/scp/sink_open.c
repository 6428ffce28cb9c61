/*
 * The part of a sink that runs before its filter is installed.
 */
#include <string.h>

#include "scp/sink.h"

unsigned int
sink_open(struct sink *sink, struct session *s, uint64_t seed)
{
	unsigned int grants;

	memset(
	    sink, 0, offsetof(struct sink, levels)); /* the rest needs none */
	sink->s = s;
	sink->target = (struct target)TARGET_NONE;
	session_upload_rules(s, &sink->rules);
	sink->target_error = session_make_target(
	    s, s->request->paths[0], &sink->here, &sink->target);
	sink->trailing_slash = sink->here.dir;
	sink->base_len = sink->here.len;
	if (sink->target_error == 0 && sink->target.device == -1)
		upload_prepare(&sink->rules, &sink->target.dir, seed);
	if (sink->target_error == 0 && sink->target.exists &&
	    !session_stores_in(&sink->target))
		upload_prepare_name(
		    &sink->rules, &sink->target.dir, &sink->target.name);
	grants = session_upload_grants(
	    s, &sink->target, &sink->rules, &sink->target_error);
	if (sink->target_error == 0)
		return grants;
	session_leave_target(s, &sink->target, &sink->here, true);
	return 0;
}
