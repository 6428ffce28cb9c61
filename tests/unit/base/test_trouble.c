#include "base/trouble.h"

#include <errno.h>
#include <string.h>

#include "unit.h"

#define LONGEST (4 * (sizeof(((struct trouble *)NULL)->word) - 1))

START_TEST(it_is_shown_as_one_escaped_line)
{
	static const struct {
		struct trouble trouble;
		const char *text;
	} rows[] = {
		{ { NULL }, "" },
		{ { "/etc/c", 3, "x\ny", "unknown", 0 },
		    "/etc/c:3: x\\x0ay: unknown" },
		{ { "/etc/c", 0, "", "not owned", 0 }, "/etc/c: not owned" },
		{ { NULL, 0, "-o A=b", "no", 0 }, "-o A=b: no" },
		{ { NULL, 7, "", "Chroot yes needs a Root", 0 },
		    "Chroot yes needs a Root" },
		{ { "sandbox", 0, "landlock", "missing", ENOSYS },
		    "sandbox: landlock: missing: Function not implemented" },
		{ { "sandbox", 0, "limits", NULL, EPERM },
		    "sandbox: limits: Operation not permitted" },
		{ { "sandbox", 0, "", NULL, 0 }, "sandbox" },
	};
	char text[128];

	for (size_t i = 0; i < COUNT(rows); i++) {
		trouble_text(&rows[i].trouble, text, sizeof(text));
		ck_assert_str_eq(text, rows[i].text);
	}
	trouble_text(&rows[1].trouble, text, 9);
	ck_assert_str_eq(text, "/etc/c:3");
	trouble_text(&rows[1].trouble, text, 13);
	ck_assert_str_eq(text, "/etc/c:3: x\\");
}
END_TEST

START_TEST(a_word_that_is_too_long_is_cut)
{
	struct trouble t = { .why = NULL };
	char word[2 * sizeof(t.word)], text[LONGEST + sizeof(": no")];

	memset(word, '\n', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	trouble_note(&t, "no", word);
	trouble_text(&t, text, sizeof(text));
	ck_assert_uint_eq(strlen(text), LONGEST + strlen(": no"));
	trouble_note_part(&t, "no", word, 3);
	ck_assert_str_eq(t.word, "\n\n\n");
	trouble_about(&t, word);
	ck_assert_uint_eq(strlen(t.word), sizeof(t.word) - 1);
	ck_assert_str_eq(t.why, "no");
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		it_is_shown_as_one_escaped_line,
		a_word_that_is_too_long_is_cut,
	};

	return unit_run("trouble", tests, COUNT(tests));
}
