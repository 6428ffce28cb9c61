#ifndef SCP_WORDS_H
#define SCP_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_TEXT_MAX	65536 /* octets of a command string */
#define WORDS_COUNT_MAX 256

/*
 * The words of a command string.  They are unquoted like in a shell, but
 * nothing is expanded or run.  An octet that was quoted and is special to
 * match_name() has a backslash before it; match_unescape() removes these from
 * a word that is no pattern.
 */
struct words {
	size_t count;
	char *word[WORDS_COUNT_MAX + 1];
	char text[2 * WORDS_TEXT_MAX + WORDS_COUNT_MAX];
};

/*
 * S1: splits a command string of len octets into words.  Returns 0; ERR_MANY
 * beyond the limits above; or ERR_COMMAND for what only a shell could run: a
 * control character, a dollar or backquote that is not quoted, an unquoted ; &
 * | < > ( ) or comment, a quote without its end, or a backslash at the end.
 * After an error the words before it are in *out.  One NUL at the end of the
 * string is ignored, since old libssh2 sends it.
 */
int words_split(struct words *out, const char *text, size_t len);

#endif
