/*
 * Pipelining in a sink: go-aheads that are sent before their records came.
 */
#include "base/err.h"
#include "scp/sink.h"

int
sink_take_credit(struct sink *sink, const struct record *r, struct item *it)
{
	if (sink->credit == 0 || r->type == RECORD_WARNING ||
	    r->type == RECORD_FATAL)
		return 0;
	sink->credit--;
	it->turn.acked_early = true;
	return r->type == RECORD_FILE && sink->credit > 0 ? ERR_UNTIMED : 0;
}

size_t
sink_credit_ahead(struct sink *sink, const struct record *r)
{
	const struct request *q = sink->s->request;
	size_t wanted;

	if (!sink->s->policy->pipelining ||
	    (r->type == RECORD_DIR_END && sink->depth == 0) ||
	    (!q->recursive && !q->want_directory) || r->type == RECORD_TIMES ||
	    r->type == RECORD_WARNING || r->type == RECORD_FATAL)
		return 0;
	if (r->type != RECORD_DIR_END)
		sink->timed = sink->times_came;
	wanted = sink->timed ? 2 : 1;
	return wanted > sink->credit ? wanted - sink->credit : 0;
}
