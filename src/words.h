#ifndef SCP_WORDS_H
#define SCP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_TEXT_MAX	65536 /* octets of a command string */
#define WORDS_COUNT_MAX 256

/*
 * A command string as words, unquoted the way a shell would, with nothing ever
 * expanded or run.  Each word is a C string in a form where a backslash
 * stands before every octet that was quoted and would mean something to
 * match_name(); match_unescape() undoes that for a word that is no pattern.
 */
struct words {
	size_t count;
	char *word[WORDS_COUNT_MAX + 1];
	char text[2 * WORDS_TEXT_MAX + WORDS_COUNT_MAX];
};

/*
 * S1: the words, of which those before a refusal are kept; 0, or ERR_COMMAND
 * for what only a shell could run: a control byte, a live dollar or backquote,
 * an unquoted ; & | < > ( ) or a comment, an unclosed quote, a backslash at the
 * end.  One NUL at the end of the string is dropped (old libssh2 sends it);
 * ERR_MANY beyond the bounds.
 */
int words_split(struct words *out, const char *text, size_t len);

#endif
