/*
 * Match lines alone, without a file around them: words, lists, and what can't
 * be decided.
 */
#include "policy/criteria.h"

#include "base/err.h"
#include "unit.h"

/* A member of staff and of "domain users"; "lost" can't be looked up. */
static const char *const *
groups(void)
{
	static const char *const names[] = { "staff", "domain users", NULL };

	return names;
}

static int
in_group(const char *name)
{
	if (strcmp(name, "lost") == 0)
		return -1;
	/* a second name, which only the name service has */
	return strcmp(name, "staff") == 0 || strcmp(name, "crew") == 0 ||
	    strcmp(name, "domain users") == 0;
}

/* A name service that does not answer. */
static const char *const *
nothing(void)
{
	return NULL;
}

static int
unknown(const char *name)
{
	(void)name;
	return -1;
}

/* The uid has a second name. */
static const char *const *
two_names(void)
{
	static const char *const names[] = { "ann", "bob", NULL };

	return names;
}

static const struct config_subject ann = { .user = "ann",
	.home = "/home/ann",
	.address = "10.0.0.1",
	.groups = groups,
	.in_group = in_group };

static struct trouble error;

static int
judge(const char *line, const struct config_subject *who, enum criteria *out)
{
	char rest[512];

	ck_assert_uint_lt(strlen(line), sizeof(rest));
	memcpy(rest, line, strlen(line) + 1);
	error = (struct trouble){ .line = 7 };
	*out = CRITERIA_MATCH;
	return criteria_judge(rest, who, out, &error);
}

struct row {
	const char *line;
	enum criteria wanted;
};

static void
check_rows(
    const struct row *rows, size_t count, const struct config_subject *who)
{
	enum criteria is;

	for (size_t i = 0; i < count; i++) {
		ck_assert_msg(judge(rows[i].line, who, &is) == 0, "%s: %s",
		    rows[i].line, error.why);
		ck_assert_msg(is == rows[i].wanted, "%s: %d", rows[i].line, is);
	}
}

START_TEST(double_quotes_hold_a_word_together)
{
	static const struct row rows[] = {
		{ "User \"ann\"", CRITERIA_MATCH },
		{ "\"User\" \"ann\"", CRITERIA_MATCH },
		{ "\"All\"", CRITERIA_MATCH },
		{ "User \"x,ann\"", CRITERIA_MATCH },
		{ "User \" ann\"", CRITERIA_OTHER },
		{ "User \"ann \"", CRITERIA_OTHER },
		{ "Group \"domain users\"", CRITERIA_MATCH },
		{ "Group \"x,domain users,y\"", CRITERIA_MATCH },
		{ "Group \"!domain users,*\"", CRITERIA_OTHER },
		{ "Group \"domain*\"", CRITERIA_MATCH },
		{ "Group \"domain users\" User \"ann\"", CRITERIA_MATCH },
		{ "Group \"domain users\"\tUser ann", CRITERIA_MATCH },
		{ "Address \"10.0.0.1\"", CRITERIA_MATCH },
	};

	check_rows(rows, COUNT(rows), &ann);
}
END_TEST

/*
 * sshd(8) of OpenSSH 9.2 reads "ro"ot as two words and ro"ot" as one; others
 * read both as one.
 */
START_TEST(a_quote_elsewhere_is_a_mistake)
{
	static const struct {
		const char *line, *word, *why;
	} rows[] = {
		{ "User a\"nn\"", "a\"nn\"", "a quote within a word" },
		{ "User a\"nn", "a\"nn", "a quote within a word" },
		{ "User ann\"", "ann\"", "a quote within a word" },
		{ "User \"a\"nn", "a\"nn", "a quote within a word" },
		{ "User \"ann\"\"bob\"", "ann\"\"bob\"",
		    "a quote within a word" },
		{ "User \"ann\",bob", "ann\",bob", "a quote within a word" },
		{ "User x,\"ann bob\"", "x,\"ann", "a quote within a word" },
		{ "Us\"er\" ann", "Us\"er\"", "a quote within a word" },
		{ "\"User\"ann", "User\"ann", "a quote within a word" },
		{ "User \"ann", "ann", "no closing quote" },
		{ "User \"", "", "no closing quote" },
		{ "\"User ann", "User ann", "no closing quote" },
		{ "Group \"domain users", "domain users", "no closing quote" },
		{ "User ann Group \"x", "x", "no closing quote" },
		{ "User 'ann'", "'ann'",
		    "only double quotes hold a word together" },
		{ "Group 'domain users'", "'domain",
		    "only double quotes hold a word together" },
	};
	enum criteria is;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ck_assert_msg(judge(rows[i].line, &ann, &is) == ERR_CONFIG,
		    "%s", rows[i].line);
		ck_assert_str_eq(error.word, rows[i].word);
		ck_assert_str_eq(error.why, rows[i].why);
		ck_assert_uint_eq(error.line, 7);
	}
}
END_TEST

START_TEST(a_backslash_quotes_what_is_special_in_a_list)
{
	static const struct {
		const char *user;
		struct row row;
	} rows[] = {
		{ "EXAMPLE\\bob", { "User EXAMPLE\\bob", CRITERIA_MATCH } },
		{ "EXAMPLE\\bob", { "User EXAMPLE\\\\bob", CRITERIA_MATCH } },
		{ "EXAMPLEbob", { "User EXAMPLE\\bob", CRITERIA_OTHER } },
		{ "a,b", { "User a\\,b", CRITERIA_MATCH } },
		{ "a", { "User a\\,b", CRITERIA_OTHER } },
		{ "!ann", { "User \\!ann", CRITERIA_MATCH } },
		{ "!ann", { "User *,!!ann", CRITERIA_OTHER } },
		{ "!ann", { "User *,!\\!ann", CRITERIA_OTHER } },
		{ "ann", { "User *,!\\!ann", CRITERIA_MATCH } },
		{ "*", { "User \\*", CRITERIA_MATCH } },
		{ "x", { "User \\*", CRITERIA_OTHER } },
		{ "[ab]", { "User \\[ab\\]", CRITERIA_MATCH } },
		{ "a", { "User \\[ab\\]", CRITERIA_OTHER } },
		{ "a\\", { "User a\\", CRITERIA_MATCH } },
		{ "a\\", { "User \"a\\\"", CRITERIA_MATCH } },
		{ "-x", { "User -x", CRITERIA_MATCH } },
		{ "a'b", { "User a'b", CRITERIA_MATCH } },
	};
	struct config_subject who = ann;

	for (size_t i = 0; i < COUNT(rows); i++) {
		who.user = rows[i].user;
		check_rows(&rows[i].row, 1, &who);
	}
}
END_TEST

START_TEST(a_list_with_nothing_in_it_is_a_mistake)
{
	static const char *const lines[] = { "User", "User \"\"", "Group \"\"",
		"Address \"\"", "User ann Group", "User ann Group \"\"" };
	static const struct row rows[] = {
		{ "User x,!", CRITERIA_OTHER },
		{ "Group ,,staff,", CRITERIA_MATCH },
		{ "Group !,staff", CRITERIA_MATCH },
	};
	enum criteria is;

	for (size_t i = 0; i < COUNT(lines); i++) {
		ck_assert_msg(
		    judge(lines[i], &ann, &is) == ERR_CONFIG, "%s", lines[i]);
		ck_assert_ptr_nonnull(strstr(error.why, "no value"));
	}
	ck_assert_int_eq(judge("", &ann, &is), ERR_CONFIG);
	ck_assert_str_eq(error.why, "no criterion");
	ck_assert_int_eq(judge("\"\" x", &ann, &is), ERR_CONFIG);
	ck_assert_int_eq(judge("All User ann", &ann, &is), ERR_CONFIG);
	check_rows(rows, COUNT(rows), &ann);
}
END_TEST

START_TEST(a_group_is_each_of_its_names)
{
	static const struct row rows[] = {
		{ "Group crew", CRITERIA_MATCH },
		{ "Group x,crew", CRITERIA_MATCH },
		{ "Group !crew,*", CRITERIA_OTHER },
		{ "Group *,!crew", CRITERIA_OTHER },
		{ "Group Crew", CRITERIA_OTHER },
		/* a pattern has only the names that are known */
		{ "Group cre?", CRITERIA_OTHER },
		{ "Group sta[f]f", CRITERIA_MATCH },
		{ "Group sta[f", CRITERIA_OTHER },
	};

	check_rows(rows, COUNT(rows), &ann);
}
END_TEST

/* Whoever wrote it meant "everybody but", which is a list with "*". */
START_TEST(a_list_that_only_excludes_is_an_error)
{
	static const char *const lines[] = { "User !bob", "User !ann",
		"User ann Group !staff", "Group !staff,!wheel", "Group !lost",
		"Address !10.0.0.0/8", "User !", "Group !staff User bob",
		"User ,!root", "Group ,", "User ," };
	enum criteria is;

	for (size_t i = 0; i < COUNT(lines); i++) {
		ck_assert_msg(
		    judge(lines[i], &ann, &is) == ERR_CONFIG, "%s", lines[i]);
		ck_assert_str_eq(error.why, "nothing but exclusions");
	}
}
END_TEST

/* One lookup of a list fails: what the rest decides is decided. */
START_TEST(a_group_that_cannot_be_looked_up_is_undecided)
{
	static const struct row rows[] = {
		{ "Group lost", CRITERIA_UNDECIDED },
		{ "Group x,lost", CRITERIA_UNDECIDED },
		{ "Group lost,staff", CRITERIA_MATCH },
		{ "Group staff,lost", CRITERIA_MATCH },
		{ "Group lost,!staff", CRITERIA_OTHER },
		{ "Group !lost,staff", CRITERIA_UNDECIDED },
		{ "Group !lost,x", CRITERIA_OTHER },
		{ "Group !lost,lost", CRITERIA_UNDECIDED },
		{ "Group lost User bob", CRITERIA_OTHER },
		{ "User bob Group lost", CRITERIA_OTHER },
		{ "Group lost User ann", CRITERIA_UNDECIDED },
	};
	static const struct row none[] = {
		{ "Group staff", CRITERIA_UNDECIDED },
		{ "Group *", CRITERIA_UNDECIDED },
		{ "Group *,!x", CRITERIA_UNDECIDED },
		{ "Group x,!*", CRITERIA_UNDECIDED },
		{ "All", CRITERIA_MATCH },
		{ "User ann", CRITERIA_MATCH },
	};
	struct config_subject who = ann;

	check_rows(rows, COUNT(rows), &ann);
	who.groups = nothing;
	who.in_group = unknown;
	check_rows(none, COUNT(none), &who);
}
END_TEST

START_TEST(a_user_of_several_names_is_undecided_where_they_differ)
{
	static const struct row rows[] = {
		{ "User ann", CRITERIA_UNDECIDED },
		{ "User bob", CRITERIA_UNDECIDED },
		{ "User ann,bob", CRITERIA_MATCH },
		{ "User *", CRITERIA_MATCH },
		{ "User *,!bob", CRITERIA_UNDECIDED },
		{ "User *,!ann", CRITERIA_UNDECIDED },
		{ "User x", CRITERIA_OTHER },
		{ "User !ann,!bob,*", CRITERIA_OTHER },
		{ "User bob Address 10.0.0.1", CRITERIA_UNDECIDED },
		{ "User bob Address 10.0.0.2", CRITERIA_OTHER },
	};
	static const struct row none[] = {
		{ "User ann", CRITERIA_UNDECIDED },
		{ "User x", CRITERIA_UNDECIDED },
		{ "User x Group x", CRITERIA_OTHER },
		{ "Group staff", CRITERIA_MATCH },
	};
	struct config_subject who = ann;

	who.aliases = two_names;
	check_rows(rows, COUNT(rows), &who);
	who.aliases = nothing;
	check_rows(none, COUNT(none), &who);
}
END_TEST

START_TEST(an_address_that_is_not_known_is_undecided)
{
	static const char *const unknown_ones[] = { "", "x", "10.0.0.1:22",
		"10.0.0", "10.0.0.1%eth0", "[::1]", "::1:x", "%eth0", " ",
		"10.0.0.1 " };
	static const struct row rows[] = {
		{ "Address 10.0.0.1", CRITERIA_UNDECIDED },
		{ "Address 0.0.0.0/0,::/0", CRITERIA_UNDECIDED },
		{ "Address 10.0.0.1 User ann", CRITERIA_UNDECIDED },
		{ "Address 10.0.0.1 User bob", CRITERIA_OTHER },
	};
	static const char *const wrong[] = { "Address 10.0.0.1:22",
		"Address fe80::1%eth0", "Address [::1]", "Address x",
		"Address ,", "Address 10.0.0.1,,::1", "Address *",
		"Address 10.0.0.1/33", "Address 10.0.0.1/", "Address !" };
	struct config_subject who = ann;
	enum criteria is;

	for (size_t i = 0; i < COUNT(unknown_ones); i++) {
		who.address = unknown_ones[i];
		check_rows(rows, COUNT(rows), &who);
	}
	for (size_t i = 0; i < COUNT(wrong); i++)
		ck_assert_msg(
		    judge(wrong[i], &ann, &is) == ERR_CONFIG, "%s", wrong[i]);
	who.address = NULL; /* not asked for */
	ck_assert_int_eq(judge("Address ::/0,0.0.0.0/0", &who, &is), 0);
	ck_assert_int_eq(is, CRITERIA_OTHER);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		double_quotes_hold_a_word_together,
		a_quote_elsewhere_is_a_mistake,
		a_backslash_quotes_what_is_special_in_a_list,
		a_list_with_nothing_in_it_is_a_mistake,
		a_group_is_each_of_its_names,
		a_group_that_cannot_be_looked_up_is_undecided,
		a_list_that_only_excludes_is_an_error,
		a_user_of_several_names_is_undecided_where_they_differ,
		an_address_that_is_not_known_is_undecided,
	};

	return unit_run("criteria", tests, COUNT(tests));
}
