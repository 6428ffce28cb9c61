#include "base/text.h"

#include <string.h>

static const char cut_mark[] = "[...]";

/* The escaped form of one byte; returns its length, 1, 2 or 4. */
static size_t
escape_byte(char out[4], unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '\\') {
		out[0] = out[1] = '\\';
		return 2;
	}
	if (c >= 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = 'x';
	out[2] = hex[c >> 4];
	out[3] = hex[c & 15];
	return 4;
}

size_t
text_escape(char *dst, size_t cap, const char *src, size_t len)
{
	size_t i, n, used = 0;
	char one[4];

	for (i = 0; i < len; i++) {
		n = escape_byte(one, (unsigned char)src[i]);
		if (used + n >= cap)
			break;
		memcpy(dst + used, one, n);
		used += n;
	}
	dst[used] = '\0';
	return i;
}

/* The first byte of the longest tail of src that escapes into room octets. */
static size_t
tail_start(const char *src, size_t len, size_t room)
{
	size_t n, used = 0;
	char one[4];

	while (len > 0) {
		n = escape_byte(one, (unsigned char)src[len - 1]);
		if (used + n > room)
			break;
		used += n;
		len--;
	}
	return len;
}

void
text_escape_cut(char *dst, size_t cap, const char *src, size_t len)
{
	size_t head, from, used;

	if (text_escape(dst, cap, src, len) == len)
		return;
	head = (cap - sizeof(cut_mark)) / 2;
	(void)text_escape(dst, head, src, len); /* the start is all we want */
	used = strlen(dst);
	memcpy(dst + used, cut_mark, sizeof(cut_mark) - 1);
	used += sizeof(cut_mark) - 1;
	from = tail_start(src, len, cap - used - 1);
	(void)text_escape(dst + used, cap - used, src + from, len - from);
}

size_t
text_span(const char *s, const char *more)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (!((s[n] >= '0' && s[n] <= '9') ||
			((s[n] | 0x20) >= 'a' && (s[n] | 0x20) <= 'z') ||
			strchr(more, s[n]) != NULL))
			break;
	return n;
}
