/*
 * Names and paths.  The input: where paths begin, "\n", a path, "\n", Root's
 * own path.  Read a second time as components on a stack.
 */
#include "fuzz.h"

#include <errno.h>

#include "base/err.h"
#include "base/name.h"

#define COMPONENTS_MAX STRING_MAX

/* A path as the places of its components. */
struct stack {
	size_t count;
	struct {
		const char *s;
		size_t len;
	} at[COMPONENTS_MAX];
};

static struct string start_room, text_room, root_room, joined_room, bare_room;
static struct stack stack;

static void
check_name(const char *s, size_t len)
{
	struct name name;
	int e = name_parse(&name, s, len);

	if (is_unsafe(s, len)) {
		CLAIM(e == ERR_NAME);
		return;
	}
	CLAIM((e == ERR_BYTES || e == ENAMETOOLONG) == !is_storable(s, len));
	CLAIM(!name_is_temp(s, len) || is_reserved(s, len));
	CLAIM((e == ERR_RESERVED) ==
	    (is_storable(s, len) && is_reserved(s, len)));
	if (e != 0)
		return;
	CLAIM(strlen(name.s) == len && memcmp(name.s, s, len) == 0);
}

/* The components of text onto the stack; the first error. */
static int
push_all(const char *text)
{
	int e = 0;
	size_t n;

	for (const char *s = text; e == 0; s += n + 1) {
		n = strcspn(s, "/");
		if (n == 2 && memcmp(s, "..", 2) == 0) {
			if (stack.count-- == 0)
				return ERR_PATH;
		} else if (n > 0 && !(n == 1 && *s == '.')) {
			struct name name;

			e = name_parse(&name, s, n);
			stack.at[stack.count].s = s;
			stack.at[stack.count++].len = n;
		}
		if (s[n] == '\0')
			break;
	}
	return e;
}

/* Is the path what stands on the stack, joined by single slashes? */
static void
check_components(const struct relpath *path)
{
	size_t at = 0, n, i = 0;
	const char *s;

	CLAIM(path->len == strlen(path->s) && path->len < sizeof(path->s));
	while ((s = relpath_next(path, &at, &n)) != NULL) {
		CLAIM(i < stack.count && n == stack.at[i].len);
		CLAIM(memcmp(s, stack.at[i].s, n) == 0);
		CLAIM(is_storable(s, n) && !is_reserved(s, n));
		CLAIM(i == 0 ? s == path->s : s[-1] == '/');
		i++;
	}
	CLAIM(i == stack.count);
}

/* Taking it apart and putting it together again gives the same. */
static void
check_parts(const struct relpath *path)
{
	static struct relpath shorter, again;
	struct name last;

	shorter = *path;
	if (path->len == 0) {
		CLAIM(relpath_split(&shorter, &last) == ERR_NAME);
		return;
	}
	CLAIM(relpath_split(&shorter, &last) == 0);
	CLAIM(shorter.len < path->len && is_storable(last.s, strlen(last.s)));
	CLAIM(relpath_append(&shorter, &last) == 0);
	CLAIM(strcmp(shorter.s, path->s) == 0 && shorter.len == path->len);
	CLAIM(relpath_parse(&again, NULL, path->s) == 0);
	CLAIM(strcmp(again.s, path->s) == 0 && !again.dir);
}

static bool
is_same(const struct relpath *a, const struct relpath *b)
{
	return a->len == b->len && memcmp(a->s, b->s, a->len + 1) == 0;
}

/* What is at a place that is moved, or beneath it, moves along and back. */
static void
check_move(const struct relpath *path, const struct relpath *old)
{
	static struct relpath moved, to;
	const size_t n = old->len;
	const bool moves = path->len >= n && memcmp(path->s, old->s, n) == 0 &&
	    (path->s[n] == '/' || path->s[n] == '\0');

	CLAIM(relpath_parse(&to, NULL, "to/another/place") == 0);
	moved = *path;
	relpath_move(&moved, old, &to);
	if (!moves || to.len + path->len - n >= sizeof(path->s)) {
		CLAIM(is_same(&moved, path));
		return;
	}
	CLAIM(moved.len == to.len + path->len - n);
	CLAIM(memcmp(moved.s, to.s, to.len) == 0);
	CLAIM(strcmp(moved.s + to.len, path->s + n) == 0);
	relpath_move(&moved, &to, old);
	CLAIM(is_same(&moved, path));
}

static void
check_path(const char *start_text, const char *text)
{
	static struct relpath start, path;
	int e, wanted;

	if (relpath_parse(&start, NULL, start_text) != 0)
		relpath_cut(&start, 0);
	path.len = 1;
	e = relpath_parse(&path, &start, text);
	if (*text == '\0') {
		CLAIM(e == ENOENT && path.len == 1);
		return;
	}
	stack.count = 0;
	if (*text != '/' && start.len > 0)
		CLAIM(push_all(start.s) == 0);
	wanted = push_all(text);
	CLAIM(e == wanted || (e == ENAMETOOLONG && wanted <= 0));
	if (e != 0)
		return;
	check_components(&path);
	check_parts(&path);
	if (start.len > 0)
		check_move(&path, &start);
}

/* a, a slash, b */
static const char *
join(struct string *out, const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b) + 1;
	char *to = out->room + sizeof(out->room) - n - 1 - m;

	memcpy(to, a, n);
	to[n] = '/';
	memcpy(to + n + 1, b, m);
	return to;
}

/* Root's own path at the front of a text is the root itself. */
static void
check_root(const char *root, const char *text)
{
	static struct relpath bare, stripped;
	const char *rest = relpath_strip_root(root, text);
	int e, e2;

	CLAIM(*text == '/' || rest == text);
	CLAIM((rest >= text && rest <= text + strlen(text)) || *rest == '/');
	if (*root != '/')
		return;
	rest = relpath_strip_root(root, join(&joined_room, root, text));
	CLAIM(*rest == '/');
	e = relpath_parse(&stripped, NULL, rest);
	e2 = relpath_parse(&bare, NULL, join(&bare_room, "", text));
	CLAIM(e == e2);
	if (e == 0)
		CLAIM(strcmp(bare.s, stripped.s) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const char *s, *start, *text, *root;
	struct name temp;
	size_t n;

	s = take_until(&in, '\n', &n);
	start = make_string(&start_room, s, n);
	check_name(s, n);
	s = take_until(&in, '\n', &n);
	text = make_string(&text_room, s, n);
	check_name(s, n);
	check_path(start, text);
	s = take_until(&in, '\n', &n);
	root = make_string(&root_room, s, n);
	if (n < 1024 && strlen(text) < 1024)
		check_root(root, text);
	name_make_temp(&temp, (unsigned long long)size * 0x9e3779b97f4a7c15);
	CLAIM(name_is_temp(temp.s, strlen(temp.s)));
	return 0;
}
