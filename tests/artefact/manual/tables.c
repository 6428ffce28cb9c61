/*
 * The program's own tables, one line for each row, as its compiler sees them:
 * what the manuals are compared with.  TABLE is the source to print.
 */
#include <stdio.h>

#define ERRORS	 1
#define OPTIONS	 2
#define KEYWORDS 3

#if TABLE == ERRORS
#include "base/err.c"

int
main(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		(void)printf(
		    "%s\t%s\n", err_token(&table[i]), err_words(&table[i]));
	(void)printf(
	    "%s\t%s\n", err_token(&unknown_errno), err_words(&unknown_errno));
	(void)printf(
	    "%s\t%s\n", err_token(&unknown_code), err_words(&unknown_code));
	return 0;
}

#elif TABLE == OPTIONS
#include "request/request.c"

int
main(void)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		(void)printf("-%c\t%s\n", letters[i].c,
		    letters[i].meaning == MEANS_NOTHING ? "ignored" : "");
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		(void)printf("%s\t\n", spellings[i].word);
	return 0;
}

#elif TABLE == KEYWORDS
#include "policy/keywords.c"

int
main(void)
{
	for (size_t i = 0; i < KEY_COUNT; i++) {
		(void)printf("%s", config_keywords[i].name);
		for (const struct config_word *w = config_keywords[i].words;
		     w != NULL && w->text[0] != '\0'; w++)
			(void)printf("\t%s", w->text);
		(void)putchar('\n');
	}
	return 0;
}
#endif
