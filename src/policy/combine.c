/*
 * Combines two policies, keyword by keyword: to the stricter of what the file
 * and the options set, or to what a Match block sets, else what is set outside
 * of it.
 */
#include <bsd/string.h>
#include <stddef.h>
#include <string.h>

#include "base/err.h"
#include "policy/keyword.h"

/* Of a text only its octets are copied, so that only their pages are used. */
void
combine_take(
    struct policy *to, const struct policy *from, const struct keyword *keyword)
{
	const struct config_type *type = &config_types[keyword->kind];
	const char *in = (const char *)from + keyword->offset;
	char *out = (char *)to + keyword->offset;
	size_t n = type->size;

	if (keyword->kind == CONFIG_LOG)
		n = offsetof(struct audit_log, path) +
		    strlen(((const struct audit_log *)(const void *)in)->path) +
		    1;
	else if (type->size > sizeof(int64_t)) /* a text */
		n = strlen(in) + 1;
	memcpy(out, in, n);
	if (out != to->root)
		return;
	to->is_inside = from->is_inside;
	if (to->is_inside)
		(void)strlcpy(
		    to->outer_root, from->outer_root, PATH_MAX); /* fits */
}

static int64_t
number_of(const struct policy *p, const struct keyword *keyword)
{
	return config_number(keyword->kind, (const char *)p + keyword->offset);
}

static char *
text_of(struct policy *p, const struct keyword *keyword)
{
	return (char *)p + keyword->offset;
}

int
combine_file_first(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	(void)file;
	(void)options;
	(void)keyword;
	(void)t;
	return 0;
}

int
combine_higher(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	(void)t;
	if (number_of(options, keyword) > number_of(file, keyword))
		combine_take(file, options, keyword);
	return 0;
}

int
combine_lower(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	(void)t;
	if (number_of(options, keyword) < number_of(file, keyword))
		combine_take(file, options, keyword);
	return 0;
}

int
combine_limit(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	int64_t a = number_of(file, keyword), b = number_of(options, keyword);

	(void)t;
	if (b != 0 && (a == 0 || b < a))
		combine_take(file, options, keyword);
	return 0;
}

int
combine_access(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	if (file->access == options->access ||
	    options->access == ACCESS_READ_WRITE)
		return 0;
	if (file->access != ACCESS_READ_WRITE)
		return config_fault(
		    t, "file and options leave no access", keyword->name);
	combine_take(file, options, keyword);
	return 0;
}

/* Whether an absolute path is beneath another, compared by components. */
static bool
is_beneath(const char *upper, const char *path)
{
	const char *rest = relpath_strip_root(upper, path);

	return *rest == '/' &&
	    (rest != path || strspn(upper, "/") == strlen(upper));
}

int
combine_deeper(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	if (*file->root == '\0') {
		combine_take(file, options, keyword);
	} else if (*options->root == '\0') {
		return 0;
	} else if (is_beneath(file->root, options->root)) {
		/* the outermost stays: no link between them is followed */
		if (!file->is_inside)
			(void)strlcpy(
			    file->outer_root, file->root, PATH_MAX); /* fits */
		file->is_inside = true;
		(void)strlcpy(file->root, options->root, PATH_MAX); /* fits */
	} else if (!is_beneath(options->root, file->root)) {
		return config_fault(
		    t, "not beneath the other Root", options->root);
	}
	/* else the file's is kept: the sandbox stands at an outer Root, and
	   the options must not widen it */
	return 0;
}

int
combine_and_mode(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	mode_t mode =
	    (mode_t)(number_of(file, keyword) & number_of(options, keyword));

	(void)t;
	memcpy(text_of(file, keyword), &mode, sizeof(mode));
	return 0;
}

int
combine_or_mask(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	mode_t mask =
	    (mode_t)(number_of(file, keyword) | number_of(options, keyword));

	(void)t;
	memcpy(text_of(file, keyword), &mask, sizeof(mask));
	return 0;
}

/* Adds a list to those that there are, of which there may be many. */
static int
add_list(struct policy *file, const struct policy *options,
    const struct keyword *keyword, const char *between, struct trouble *t)
{
	const size_t cap = config_types[keyword->kind].size;
	const char *list = (const char *)options + keyword->offset;
	char *lists = text_of(file, keyword);

	if (*list == '\0')
		return 0; /* none */
	if (*lists == '\0')
		between = ""; /* it is the first one */
	if (strlcat(lists, between, cap) < cap &&
	    strlcat(lists, list, cap) < cap)
		return 0;
	return config_fault(t, "list too long", keyword->name);
}

int
combine_both_lists(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	return add_list(file, options, keyword, "\"", t);
}

int
combine_both_relays(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	if (*file->relay != '\0' && *options->relay != '\0')
		return add_list(file, options, keyword, "\"", t);
	*file->relay = '\0'; /* deny */
	return 0;
}

int
combine_either_list(struct policy *file, const struct policy *options,
    const struct keyword *keyword, struct trouble *t)
{
	return add_list(file, options, keyword, " ", t);
}

int
config_combine(
    struct policy *file, const struct policy *options, struct trouble *t)
{
	const struct keyword *keyword;
	uint64_t bit;
	int e = 0;

	for (size_t i = 0; e == 0 && i < KEY_COUNT; i++) {
		bit = UINT64_C(1) << i;
		keyword = &config_keywords[i];
		if ((options->set & bit) == 0)
			continue;
		if ((file->set & bit) == 0)
			combine_take(file, options, keyword);
		else
			e = keyword->combine(file, options, keyword, t);
		file->set |= bit;
	}
	return e;
}

void
config_override(struct policy *p, const struct policy *by)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		if ((by->set & (UINT64_C(1) << i)) != 0)
			combine_take(p, by, &config_keywords[i]);
	p->set |= by->set;
}
