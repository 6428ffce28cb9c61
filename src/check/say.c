/*
 * What a session may do, in words.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdio.h>

void
check_show_key(const struct check *c, const struct check_key *k)
{
	char place[PATH_MAX + 16 + sizeof(k->name)];

	(void)snprintf(place, sizeof(place), "%s:%u %s", k->file, k->number,
	    k->name); /* fits */
	check_row("key", place);
	check_row(
	    "  Root", policy_is_confined(&c->policy) ? c->policy.root : "none");
}

void
check_again(struct check *c)
{
	check_quiet(true);
	check_place(c);
	check_machine(c);
	check_quiet(false);
}
