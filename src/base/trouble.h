#ifndef SCP_TROUBLE_H
#define SCP_TROUBLE_H

#include <stddef.h>

/*
 * Why something failed, for administrators: the detail beside an error.  It is
 * shown as "where:line: word: why: cause", without the parts that are not set.
 * All zero is no trouble.
 */
struct trouble {
	const char *where; /* a file, or a part of the program; NULL: unknown */
	unsigned int line; /* of that file, or 0 */
	char word[512];	   /* what it is about, as it came; "": nothing */
	const char *why;   /* a reason, or NULL */
	int cause;	   /* the errno behind it, or 0 */
};

/* Sets what it is about.  A word that is too long is cut: it is only shown. */
void trouble_about(struct trouble *t, const char *word);

/* As trouble_about(), for a word of len octets, and sets the reason. */
void trouble_note_part(
    struct trouble *t, const char *why, const char *word, size_t len);

/* As trouble_note_part(), for a whole word. */
void trouble_note(struct trouble *t, const char *why, const char *word);

/*
 * Writes all that is known as one line.  What came from outside is escaped.
 * The text is cut to cap octets; without trouble it is "".
 */
void trouble_text(const struct trouble *t, char *out, size_t cap);

#endif
