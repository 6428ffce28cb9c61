#ifndef SCP_TEXT_H
#define SCP_TEXT_H

#include <stddef.h>

/*
 * The least cap of text_escape_cut(): it leaves room for the mark in the
 * middle.
 */
#define TEXT_CUT_MIN 64

/*
 * S9: escapes bytes from outside before they are sent to a log or to the peer.
 * Printable ASCII is kept, a backslash is doubled, and any other byte is
 * written as \xNN.  The result is one line, and can be decoded again.  Writes a
 * C string of at most cap octets with its NUL; an escape that does not fit is
 * left out.  Returns the number of bytes of src that were used.
 */
size_t text_escape(char *dst, size_t cap, const char *src, size_t len);

/*
 * Escapes like text_escape(), but a string that does not fit loses its middle:
 * "start [...] end", since the end of a path matters more.  cap is at least
 * TEXT_CUT_MIN.
 */
void text_escape_cut(char *dst, size_t cap, const char *src, size_t len);

/*
 * As strspn(3): the number of octets at the beginning of s that are letters or
 * digits of ASCII, or in more.
 */
size_t text_span(const char *s, const char *more);

#endif
