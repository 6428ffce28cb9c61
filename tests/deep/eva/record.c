/*
 * Control lines of any octets, up to the longest that is read, and every
 * record that could be sent.
 */
#include "scp/record.h"

#include "eva.h"

void eva_record(void);
void eva_record_sent(void);

static char line[RECORD_LINE_MAX];

/*
 * A line that is shorter than two octets is looked at apart from the others:
 * the parser leaves it at once.
 */
void
eva_record(void)
{
	struct record r;

	any_octets(line, sizeof(line));
	if (any_bool())
		(void)record_parse(&r, line, any_size(0, 1));
	else
		(void)record_parse(&r, line, any_size(2, sizeof(line)));
}

/* The name and the numbers are any; so is the room. */
void
eva_record_sent(void)
{
	char buf[RECORD_LINE_MAX];
	struct record r;
	size_t len;

	any_octets((char *)&r, sizeof(r));
	r.type = (enum record_type)Frama_C_interval(RECORD_FILE, RECORD_FATAL);
	r.name.s[sizeof(r.name.s) - 1] = '\0';
	(void)record_format(&r, buf, any_size(0, sizeof(buf)), &len);
}
