/*
 * Names and paths, from texts that are as long as a line, and from paths of
 * every length.
 */
#include "base/name.h"

#include "eva.h"

void eva_names(void);
void eva_paths(void);

#define TEXT_MAX 4096

static char text[TEXT_MAX];
static struct relpath path, old, new;
static struct name name;

void
eva_names(void)
{
	any_string(text, sizeof(text));
	switch (Frama_C_interval(0, 3)) {
	case 0:
		(void)name_parse(&name, text, any_size(0, sizeof(text)));
		break;
	case 1:
		(void)name_is_temp(text, any_size(0, sizeof(text)));
		break;
	case 2:
		name_make_temp(&name, any_size(0, SIZE_MAX));
		break;
	default:
		(void)name_last(text);
	}
}

/* What is done to paths. */
void
eva_paths(void)
{
	size_t at = 0, len;

	any_path(&path);
	any_path(&old);
	any_path(&new);
	any_string(name.s, sizeof(name.s));
	switch (Frama_C_interval(0, 5)) {
	case 0:
		(void)relpath_append(&path, &name);
		break;
	case 1:
		relpath_cut(&path, any_size(0, sizeof(path.s) - 1));
		break;
	case 2:
		(void)relpath_split(&path, &name);
		break;
	case 3:
		relpath_move(&path, &old, &new);
		break;
	case 4:
		(void)relpath_depth(&path);
		break;
	default:
		while (relpath_next(&path, &at, &len) != NULL)
			;
	}
}
