/*
 * The static functions of name.c that a typed path goes through, one by one:
 * what takes a component is looked at with every component and path, and the
 * loop around it with what that function asks for and grants.
 */
#include "base/name.h"

#include "eva.h"

void eva_component(void);
void eva_components(void);
void eva_root(void);

/* WORDS_TEXT_MAX, the longest command string, and a NUL. */
#define TEXT_MAX 65537

static char text[TEXT_MAX], root[PATH_MAX];
static struct relpath path, start;

/*@ requires \valid(path);
  @ requires \valid_read(s + (0 .. len - 1));
  @ assigns *path \from *path, s[0 .. len - 1], in_root;
  @ assigns \result \from *path, s[0 .. len - 1], in_root;
  @*/
static int
take_component(struct relpath *path, const char *s, size_t len, bool in_root);

#include "base/name.c"

void
eva_component(void)
{
	any_path(&path);
	any_octets(text, sizeof(text));
	(void)take_component(
	    &path, text, any_size(0, sizeof(text)), any_bool());
}

void
eva_components(void)
{
	any_path(&start);
	any_string(text, sizeof(text));
	if (any_bool())
		(void)relpath_parse(&path, any_bool() ? &start : NULL, text);
	else
		(void)relpath_parse_in_root(
		    &path, any_bool() ? &start : NULL, text);
}

void
eva_root(void)
{
	any_string(text, sizeof(text));
	any_string(root, sizeof(root));
	(void)relpath_strip_root(root, text);
}
