#include "tree/expand.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/glob.h"

void
pattern_begin(struct pattern *p, const struct tree *tree,
    const struct relpath *start, const char *text)
{
	p->hides = NULL;
	p->tree = tree;
	p->start = start;
	p->text = text;
	p->groups = 0;
	p->tried = 0;
	p->steps = 0;
	p->depth = 0;
	p->scan.fd = -1;
	relpath_cut(&p->path, 0);
}

void
pattern_end(struct pattern *p)
{
	while (p->depth > 0)
		tree_close_node(&p->levels[--p->depth].node);
}

/*
 * Returns the end of the brace group at s, after its "}", and the number of its
 * alternatives.  Returns NULL for a brace that has no comma or no end, which is
 * ordinary text.
 */
static const char *
group_end(const char *s, size_t *alternatives)
{
	size_t deep = 0, commas = 0;

	for (; *s != '\0'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		else if (*s == '{')
			deep++;
		else if (*s == ',' && deep == 1)
			commas++;
		else if (*s == '}' && --deep == 0) {
			*alternatives = commas + 1;
			return commas > 0 ? s + 1 : NULL;
		}
	}
	return NULL;
}

/* Counts the groups that are open; what follows a backslash is none. */
static void
count_braces(const char **s, size_t *deep)
{
	if (**s == '\\')
		(*s)++;
	else if (**s == '{')
		(*deep)++;
	else if (**s == '}')
		(*deep)--;
}

/* Returns the n-th alternative of the group from s to end. */
static const char *
alternative(const char *s, const char *end, size_t n, size_t *len)
{
	size_t deep = 0;
	const char *from;

	for (s++; n > 0; s++) {
		if (*s == ',' && deep == 0)
			n--;
		else
			count_braces(&s, &deep);
	}
	for (from = s; s < end - 1 && !(*s == ',' && deep == 0); s++)
		count_braces(&s, &deep);
	*len = (size_t)(s - from);
	return from;
}

/*
 * Replaces the group at offset *at by its chosen alternative.  Groups within
 * that alternative are replaced next.  Returns 1, 0 when it is no group, or an
 * error.
 */
static int
choose(struct pattern *p, size_t *at, size_t group)
{
	char rest[PATH_MAX];
	size_t n, tail, alternatives;
	const char *s = p->whole + *at, *end, *from;

	if ((end = group_end(s, &alternatives)) == NULL) {
		++*at; /* an ordinary brace */
		return 0;
	}
	if (group == PATTERN_GROUPS_MAX)
		return ERR_STEPS;
	if (group == p->groups) {
		p->choice[group] = 0;
		p->groups++;
	}
	p->alternatives[group] = alternatives;
	from = alternative(s, end, p->choice[group], &n);
	tail = strlen(end);
	memcpy(rest, from, n);
	memcpy(rest + n, end, tail + 1); /* no longer than it was */
	memcpy(p->whole + *at, rest, n + tail + 1);
	return 1;
}

/* Writes the alternative that choice selects into whole. */
static int
expand(struct pattern *p)
{
	size_t at = 0, group = 0;
	int chosen;

	if (strlen(p->text) >= sizeof(p->whole))
		return ENAMETOOLONG;
	memcpy(p->whole, p->text, strlen(p->text) + 1);
	while (p->whole[at] != '\0') {
		if (p->whole[at] == '\\' && p->whole[at + 1] != '\0')
			at += 2;
		else if (p->whole[at] != '{')
			at++;
		else if ((chosen = choose(p, &at, group)) == 1)
			group++;
		else if (chosen != 0)
			return chosen;
	}
	return 0;
}

/* Advances choice like a counter whose last group changes fastest. */
static bool
advance(struct pattern *p)
{
	if (p->tried == 0)
		return true;
	while (p->groups > 0) {
		if (++p->choice[p->groups - 1] < p->alternatives[p->groups - 1])
			return true;
		p->groups--;
	}
	return false;
}

/* The length of the component at s. */
static size_t
component_len(const char *s)
{
	return strcspn(s, "/");
}

static bool
is_wild(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\\')
			i++;
		else if (strchr("*?[", s[i]) != NULL)
			return true;
	}
	return false;
}

/* Appends a component without wildcards.  ".." removes the one before it. */
static int
append_plain(struct relpath *path, const char *s, size_t len)
{
	char text[NAME_MAX + 1];
	struct name name;
	int e;

	if (len == 0 || (len == 1 && *s == '.'))
		return 0;
	if (len == 2 && s[0] == '.' && s[1] == '.')
		return relpath_split(path, &name) == 0 ? 0 : ERR_PATH;
	if (len >= sizeof(text))
		return ENAMETOOLONG;
	memcpy(text, s, len);
	len = match_unescape(text, len);
	if ((e = name_parse(&name, text, len)) != 0)
		return e;
	return relpath_append(path, &name);
}

/*
 * Appends components from s on until one has wildcards.  *wild is set to that
 * one, or to NULL at the end of the pattern.
 */
static int
follow_plain(struct pattern *p, const char *s, const char **wild)
{
	size_t n;
	int e;

	for (;; s += n + 1) {
		n = component_len(s);
		if (is_wild(s, n)) {
			*wild = s;
			return 0;
		}
		if ((e = append_plain(&p->path, s, n)) != 0)
			return e;
		if (s[n] == '\0') {
			*wild = NULL;
			return 0;
		}
	}
}

/* Copies only the octets in use, since this is done for every entry. */
static void
copy_path(struct relpath *to, const struct relpath *from)
{
	memcpy(to->s, from->s, from->len);
	relpath_cut(to, from->len);
}

static bool
is_hidden(const struct pattern *p)
{
	return p->hides != NULL && p->hides(p->policy, &p->path);
}

/* Opens the directory p->path, to match its entries with the component wild. */
static int
push_level(struct pattern *p, const char *wild)
{
	struct pattern_level *level = &p->levels[p->depth];
	struct node node = NODE_NONE;
	int e;

	if (p->depth == PATTERN_LEVELS_MAX)
		return ERR_STEPS;
	if (is_hidden(p))
		return ENOENT;
	if ((e = tree_find(p->tree, &p->path, &node)) != 0)
		return e;
	if (node.info.kind != KIND_DIR) {
		tree_close_node(&node);
		return ENOTDIR;
	}
	level->node = node;
	level->resume = 0;
	copy_path(&level->path, &p->path);
	level->component = wild;
	level->component_len = component_len(wild);
	p->depth++;
	return 0;
}

static bool
is_directory(const struct pattern *p)
{
	struct node node = NODE_NONE;
	bool yes;

	yes = tree_find(p->tree, &p->path, &node) == 0 &&
	    node.info.kind == KIND_DIR;
	tree_close_node(&node);
	return yes;
}

/*
 * Goes on at s, when the component before it has matched.  *found is set to
 * whether this is a match of the whole pattern.
 */
static int
step_into(struct pattern *p, const char *s, bool *found)
{
	const char *wild;
	int e;

	*found = false;
	p->steps += PATTERN_LOOKUP_STEPS;
	if ((e = follow_plain(p, s, &wild)) != 0)
		return e;
	if (wild != NULL)
		return push_level(p, wild);
	*found = *s == '\0' || s[strlen(s) - 1] == '/' ?
	    is_directory(p) :
	    tree_exists(p->tree, &p->path);
	return 0;
}

/* Whether an error ends the pattern; any other error is no match. */
static bool
is_final(int e)
{
	return e == ERR_STEPS || e == ERR_PATH;
}

/*
 * Begins the next alternative.  One without wildcards is a match whether it
 * exists or not, so that the peer learns when it is missing.
 */
static int
next_alternative(struct pattern *p, bool *found)
{
	const char *wild;
	int e;

	if (!advance(p))
		return ERR_EOF;
	if (++p->tried > PATTERN_ALTERNATIVES_MAX)
		return ERR_STEPS;
	relpath_cut(&p->path, 0);
	p->matched = false;
	if ((e = expand(p)) != 0)
		return e;
	if (p->whole[0] != '/' && p->start != NULL)
		p->path = *p->start;
	if ((e = follow_plain(p, p->whole, &wild)) != 0)
		return e;
	*found = wild == NULL;
	if (wild != NULL && (e = push_level(p, wild)) != 0)
		return is_final(e) ? e : ENOENT;
	return 0;
}

/* Leaves a directory.  ENOENT when it was the last and nothing matched. */
static int
end_level(struct pattern *p)
{
	struct pattern_level *level = &p->levels[--p->depth];

	tree_scan_forget(&p->scan, &level->node);
	tree_close_node(&level->node);
	return p->depth == 0 && !p->matched ? ENOENT : 0;
}

/* Matches the next entry of the innermost directory. */
static int
next_entry(struct pattern *p, bool *found)
{
	struct pattern_level *level = &p->levels[p->depth - 1];
	struct entry entry;
	const char *rest;
	bool matches;
	int e;

	*found = false;
	copy_path(&p->path, &level->path);
	e = tree_next(&p->scan, &level->node, &level->resume, &entry);
	if (e != 0) /* the end, or it can't be listed */
		return end_level(p);
	matches = entry.refused == 0 &&
	    match_name(level->component, level->component_len, entry.name.s, 0,
		&p->steps);
	if (++p->steps > PATTERN_STEPS_MAX)
		return ERR_STEPS;
	if (!matches)
		return 0;
	if (relpath_append(&p->path, &entry.name) != 0)
		return 0; /* too long for a path */
	rest = level->component + level->component_len;
	if (*rest == '\0') {
		*found = true;
		return 0;
	}
	if (is_hidden(p))
		return 0; /* ".." after it would tell that it exists */
	e = step_into(p, rest + 1, found);
	return is_final(e) ? e : 0;
}

int
pattern_next(struct pattern *p, struct relpath *out)
{
	bool found = false;
	int e = 0;

	while (e == 0 && !found)
		e = p->depth > 0 ? next_entry(p, &found) :
				   next_alternative(p, &found);
	if (e == 0) {
		p->matched_before = p->matched;
		p->matched = true;
		*out = p->path;
	}
	return e;
}

bool
pattern_drop(struct pattern *p)
{
	p->matched = p->matched_before;
	return p->depth > 0;
}
