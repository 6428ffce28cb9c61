/*
 * The pattern matcher.  The input: how, a pattern, "\n", a name.  Matched a
 * second time by a table of all prefixes, over a pattern that was cut into
 * tokens before.
 */
#include "fuzz.h"

#include "base/glob.h"

#define TOKENS_MAX   64
#define NAME_LEN_MAX 64

/* A star, or one octet of a set. */
struct token {
	bool star;
	uint64_t members[4];
};

static struct token tokens[TOKENS_MAX];
static struct string pattern_room, name_room;

static unsigned char
lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

static void
add_range(struct token *t, unsigned char low, unsigned char high)
{
	for (unsigned int c = low; c <= high; c++)
		t->members[c >> 6] |= UINT64_C(1) << (c & 63);
}

static bool
has(const struct token *t, unsigned char c)
{
	return (t->members[c >> 6] >> (c & 63) & 1) != 0;
}

/* One octet and what it means: a backslash quotes the next one. */
static unsigned char
unquote(const char *s, size_t len, size_t *i)
{
	if (s[*i] == '\\' && *i + 1 < len)
		++*i;
	return (unsigned char)s[(*i)++];
}

/* "[...]" at s; how long it is, 0 for an ordinary bracket. */
static size_t
read_set(const char *s, size_t len, bool fold, struct token *t)
{
	size_t i = 1, first, end;
	unsigned char low, high;
	bool inverted;

	inverted = i < len && (s[i] == '!' || s[i] == '^');
	first = i += inverted;
	for (end = first; end < len; end++) {
		if (s[end] == ']' && end > first)
			break;
		end += s[end] == '\\' && end + 1 < len && end >= first;
	}
	if (end >= len)
		return 0;
	while (i < end) {
		low = high = unquote(s, end, &i);
		if (i + 1 < end && s[i] == '-') {
			i++;
			high = unquote(s, end, &i);
		}
		if (fold) {
			low = lower(low);
			high = lower(high);
		}
		if (low <= high)
			add_range(t, low, high);
	}
	for (i = 0; i < 4 && inverted; i++)
		t->members[i] = ~t->members[i];
	return end + 1;
}

static size_t
cut_into_tokens(const char *s, size_t len, bool fold)
{
	size_t i = 0, n, count = 0;
	struct token *t;
	unsigned char c;

	while (i < len) {
		t = &tokens[count++];
		memset(t, 0, sizeof(*t));
		if (s[i] == '*' || s[i] == '?') {
			t->star = s[i++] == '*';
			add_range(t, 0, 255);
		} else if (s[i] == '[' &&
		    (n = read_set(s + i, len - i, fold, t)) > 0)
			i += n;
		else {
			c = unquote(s, len, &i);
			c = fold ? lower(c) : c;
			add_range(t, c, c);
		}
	}
	return count;
}

/* Which prefixes of the name does each prefix of the tokens match? */
static bool
match_tokens(size_t count, const char *name, bool fold)
{
	bool now[NAME_LEN_MAX + 1] = { true }, before;
	size_t len = strlen(name);
	unsigned char c;

	for (const struct token *t = tokens; t < tokens + count; t++) {
		bool left = now[0];

		now[0] = now[0] && t->star;
		for (size_t j = 1; j <= len; j++) {
			c = (unsigned char)name[j - 1];
			before = now[j];
			now[j] = t->star ? now[j] || now[j - 1] :
					   left && has(t, fold ? lower(c) : c);
			left = before;
		}
	}
	return now[len];
}

/* A text that is no pattern matches what it stands for and nothing else. */
static void
check_plain(const char *text, size_t len, const char *name)
{
	static struct string room;
	unsigned long steps = 0;
	char *plain = make_string(&room, text, len);
	size_t n;

	if (strlen(plain) != len || match_is_pattern(text, len))
		return;
	n = match_unescape(plain, len);
	CLAIM(n <= len && plain[n] == '\0');
	CLAIM(match_name(text, len, plain, MATCH_DOTS, &steps));
	CLAIM(match_name(text, len, name, MATCH_DOTS, &steps) ==
	    (strcmp(plain, name) == 0));
}

/* A word matches, as an item of a list, its own name and nothing else. */
static void
check_word(const char *text, size_t len, const char *name)
{
	const unsigned int how = MATCH_DOTS | MATCH_WORD;
	char word[TOKENS_MAX + 1], tiny[2];
	unsigned long steps = 0;

	if (memchr(text, '\0', len) != NULL ||
	    !match_is_word(text, len, word, sizeof(word)))
		return;
	CLAIM(strlen(word) <= len);
	CLAIM(match_name(text, len, word, how, &steps));
	CLAIM(match_name(text, len, name, how, &steps) ==
	    (strcmp(word, name) == 0));
	CLAIM(match_is_word(text, len, tiny, sizeof(tiny)) ==
	    (strlen(word) < sizeof(tiny)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = take_byte(&in) & (MATCH_FOLD | MATCH_DOTS);
	bool fold = (how & MATCH_FOLD) != 0, wanted;
	unsigned long steps = 0;
	const char *s, *pattern, *name;
	size_t n, len;

	s = take_until(&in, '\n', &len);
	len = len > TOKENS_MAX ? TOKENS_MAX : len;
	/* its last octet is the last of its room: no NUL follows */
	pattern = pattern_room.room + sizeof(pattern_room.room) - len;
	if (len > 0)
		memcpy(pattern_room.room + sizeof(pattern_room.room) - len, s,
		    len);
	s = take_until(&in, '\n', &n);
	name = make_string(&name_room, s, n > NAME_LEN_MAX ? NAME_LEN_MAX : n);
	wanted = match_tokens(cut_into_tokens(pattern, len, fold), name, fold);
	if (*name == '.' && (how & MATCH_DOTS) == 0 &&
	    !(len > 0 && pattern[0] == '.') &&
	    !(len > 1 && pattern[0] == '\\' && pattern[1] == '.'))
		wanted = false; /* only a dot matches a leading dot */
	CLAIM(match_name(pattern, len, name, how, &steps) == wanted);
	n = strlen(name) + 1;
	CLAIM(steps <= n * n + n * (len + 1) * (len + 1));
	check_plain(pattern, len, name);
	check_word(pattern, len, name);
	return 0;
}
