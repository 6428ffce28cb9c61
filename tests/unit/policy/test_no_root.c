#include "policy/load.h"

#include "base/err.h"
#include "starts.h"

/* What each form needs for a session to begin: a Root, or "Root none". */
START_TEST(without_a_root_only_scp_itself_begins)
{
	static const struct {
		struct start start;
		bool begins[FORM_SHELL_FORCED + 1];
	} rows[] = {
		{ FILE_SAYS(""), { true, false, false, false, false } },
		{ FILE_SAYS("StartDirectory /srv\n"),
		    { true, false, false, false, false } },
		{ FILE_SAYS("Match User dorp\nRoot /srv\n"),
		    { true, false, false, false, false } },
		{ FILE_SAYS("Root /srv\n"), { true, true, true, true, true } },
		{ FILE_SAYS("Root none\n"), { true, true, true, true, true } },
		{ FILE_SAYS("Root /srv\nMatch User drop\nRoot none\n"),
		    { true, true, true, true, true } },
		{ OPTION("", "Root=/srv"), { true, true, true, true, false } },
		{ OPTION("", "Root=none"), { true, true, true, true, false } },
		{ OPERAND("", "/srv"), { true, true, true, true, false } },
		{ OPERAND("", "None"), { true, true, true, true, false } },
		{ OPERAND("Root none\n", "/srv"),
		    { true, true, true, true, true } },
		{ OPERAND("Root none\n", "none"),
		    { true, true, true, true, true } },
	};
	struct request q = { .config = "conf" };
	struct start start;

	if (!may_read_files())
		return;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (int form = 0; form <= FORM_SHELL_FORCED; form++) {
			start = rows[i].start;
			start.form = q.form = (enum request_form)form;
			ck_assert_int_eq(effective(&start), 0);
			ck_assert_msg(
			    effective_check_root(&q, &policy, &error) ==
				(rows[i].begins[form] ? 0 : ERR_NO_ROOT),
			    "row %zu, form %d", i, form);
		}
}
END_TEST

START_TEST(what_is_missing_is_told_with_its_remedy)
{
	struct request q = { .form = FORM_FORCED, .config = "/etc/c" };
	struct trouble remedy = { .why = NULL };
	char text[256];

	policy_init(&policy);
	ck_assert_int_eq(
	    effective_check_root(&q, &policy, &remedy), ERR_NO_ROOT);
	trouble_text(&remedy, text, sizeof(text));
	ck_assert_str_eq(text,
	    "/etc/c: no Root for this account: set Root, or Root none "
	    "if it may reach every file");
	q.config = NULL;
	(void)effective_check_root(&q, &policy, &remedy);
	ck_assert_str_eq(remedy.where, effective_file);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		without_a_root_only_scp_itself_begins,
		what_is_missing_is_told_with_its_remedy,
	};

	return unit_run("no_root", tests, COUNT(tests));
}
