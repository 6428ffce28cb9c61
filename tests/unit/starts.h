#ifndef UNIT_STARTS_H
#define UNIT_STARTS_H

/* What a session is started with, and the policy that this comes to. */

#include "policy/load.h"

#include "unit.h"

static const char *const *
no_groups(void)
{
	static const char *const none[] = { NULL };

	return none;
}

static int
in_no_group(const char *name)
{
	(void)name;
	return 0;
}

static const struct config_subject subject = { .user = "drop",
	.home = "/home/drop",
	.address = "192.0.2.1",
	.groups = no_groups,
	.in_group = in_no_group };

/* What a session is started with. */
struct start {
	const char *file; /* its text; NULL: none is named */
	const char *options[4];
	const char *root;
	enum request_form form;
	size_t client_count; /* of the options, the last ones: a client's */
};

/* In tables: a file, and beside it an option or an operand. */
#define FILE_SAYS(text)        \
	{                      \
		.file = (text) \
	}
#define OPTION(text, option)                          \
	{                                             \
		.file = (text), .options = { option } \
	}
#define OPERAND(text, operand)                    \
	{                                         \
		.file = (text), .root = (operand) \
	}
#define FORCED(text, option)                           \
	{                                              \
		.file = (text), .options = { option }, \
		.form = FORM_SHELL_FORCED              \
	}

static struct policy policy;
static struct trouble error;
static bool no_file;

/* What an error does not say is not left to what was there. */
static void
fill_error(void)
{
	memset(&error, 0xa5, sizeof(error));
	error.why = NULL;
	error.cause = 0;
}

/* A file that is not root's would be refused: without root there is none. */
static int
effective(const struct start *start)
{
	struct request q = { .form = start->form,
		.root = start->root,
		.client_count = start->client_count };

	if (start->file != NULL) {
		unit_write("conf", start->file);
		q.config = "conf";
	}
	while (start->options[q.option_count] != NULL) {
		q.options[q.option_count] = start->options[q.option_count];
		q.option_count++;
	}
	policy_init(&policy);
	fill_error();
	return effective_policy(&q, &subject, &policy, &error, &no_file);
}

static bool
may_read_files(void)
{
	(void)unit_directory();
	return geteuid() == 0;
}

#endif
