/*
 * The encoder for what leaves us.  The input: two octets of room, then bytes.
 * What comes out is decoded again.
 */
#include "fuzz.h"

#include "base/text.h"

#define ROOM_MAX 1024

static char room[ROOM_MAX];
static char decoded[ROOM_MAX];

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c == '\0' || (at = strchr(digits, c)) == NULL)
		return -1;
	return (int)(at - digits);
}

/* Undoes text_escape(); what is no escaped text breaks a claim. */
static size_t
decode(const char *s, size_t len)
{
	size_t i = 0, used = 0;

	while (i < len) {
		if (s[i] != '\\') {
			decoded[used++] = s[i++];
			continue;
		}
		CLAIM(i + 1 < len);
		if (s[i + 1] == '\\') {
			decoded[used++] = '\\';
			i += 2;
			continue;
		}
		CLAIM(i + 3 < len && s[i + 1] == 'x');
		CLAIM(hex_digit(s[i + 2]) >= 0 && hex_digit(s[i + 3]) >= 0);
		decoded[used++] =
		    (char)(hex_digit(s[i + 2]) << 4 | hex_digit(s[i + 3]));
		CLAIM(is_control(decoded[used - 1]) ||
		    (unsigned char)decoded[used - 1] > 0x7e);
		i += 4;
	}
	return used;
}

static void
check_whole(const char *src, size_t len, size_t cap)
{
	char *dst = room + sizeof(room) - cap;
	size_t taken = text_escape(dst, cap, src, len), n = strlen(dst);

	CLAIM(n < cap && taken <= len && is_printable(dst, n));
	CLAIM(decode(dst, n) == taken);
	CLAIM(taken == 0 || memcmp(decoded, src, taken) == 0);
	/* nothing is left out that had room */
	CLAIM(taken == len || n + 4 >= cap);
}

/* start "[...]" end, each a whole escaped text and as long as fits */
static void
check_cut(const char *src, size_t len, size_t cap)
{
	static const char mark[] = "[...]";
	char *dst = room + sizeof(room) - cap;
	size_t n, head = 0, tail;
	bool found = false;

	text_escape_cut(dst, cap, src, len);
	n = strlen(dst);
	CLAIM(n < cap && is_printable(dst, n));
	if (n + 4 < cap && decode(dst, n) == len &&
	    (len == 0 || memcmp(decoded, src, len) == 0))
		return; /* it fitted */
	for (const char *s = dst; !found && (s = strstr(s, mark)) != NULL;
	     s++) {
		head = (size_t)(s - dst);
		tail = head + sizeof(mark) - 1;
		found = decode(dst, head) <= len &&
		    memcmp(decoded, src, decode(dst, head)) == 0;
		tail = decode(dst + tail, n - tail);
		found = found && tail <= len &&
		    (tail == 0 || memcmp(decoded, src + len - tail, tail) == 0);
	}
	CLAIM(
	    found || (decode(dst, n) == len && memcmp(decoded, src, len) == 0));
	CLAIM(n + 8 >= cap);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	size_t cap = 1 + take_byte(&in) + 256u * (take_byte(&in) & 1);
	const char *src;

	if (in.left > 4096)
		in.left = 4096;
	src = (const char *)in.p;
	check_whole(src, in.left, cap);
	check_cut(src, in.left, cap < TEXT_CUT_MIN ? TEXT_CUT_MIN : cap);
	return 0;
}
