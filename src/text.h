#ifndef SCP_TEXT_H
#define SCP_TEXT_H

#include <stddef.h>

/*
 * Octets of an escaped string that text_escape_cut() makes at most from a
 * string that it has to cut: room for the mark in the middle.
 */
#define TEXT_CUT_MIN 64

/*
 * S9: the one encoder for bytes that leave us, to a log or to the peer.
 * Printable ASCII is kept, a backslash becomes two, any other byte \xNN, so
 * the result is one line that can't be confused with anything else and can
 * be decoded again.  Writes a C string of at most cap octets with its NUL;
 * what does not fit is left out whole (no half escape).  Returns how many
 * bytes of src were taken in.
 */
size_t text_escape(char *dst, size_t cap, const char *src, size_t len);

/*
 * The same, but a string that does not fit loses its middle: "start [...]
 * end", since the end of a path tells more than its middle.  cap is at least
 * TEXT_CUT_MIN.
 */
void text_escape_cut(char *dst, size_t cap, const char *src, size_t len);

#endif
