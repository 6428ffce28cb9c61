#ifndef SCP_ARGV_H
#define SCP_ARGV_H

/*
 * Command lines as rows of a table: their words, and the request they come to.
 */
#include "base/err.h"
#include "request/request.h"
#include "unit.h"

#define WORDS_MAX 8

/* Words up to NULL; the error. */
static inline int
parse(struct request *r, const char *const *argv)
{
	int argc = 0;

	while (argv[argc] != NULL)
		argc++;
	return request_parse(r, argc, (char *const *)argv);
}

/* The same where a row says what the error has to be. */
static inline void
parse_row(struct request *r, const char *const *argv, int wanted, size_t number)
{
	int e = parse(r, argv);

	ck_assert_msg(e == wanted, "row %zu: error %d", number, e);
}

struct row {
	const char *argv[WORDS_MAX];
	int err;
	enum request_verb verb;
	size_t paths;
};

static inline void
check_rows(const struct row *rows, size_t count)
{
	struct request r;

	for (size_t i = 0; i < count; i++) {
		parse_row(&r, rows[i].argv, rows[i].err, i);
		ck_assert_msg(r.verb == rows[i].verb &&
			(rows[i].err == ERR_OPTION ||
			    r.path_count == rows[i].paths),
		    "row %zu: verb %d, paths %zu", i, r.verb, r.path_count);
	}
}

#endif
