/*
 * Single keywords, and what two policies make together.  The input: an option
 * of the file, "\n", one of the command line, "\n", a path and its size.  The
 * stricter of both must refuse what either refuses.
 */
#include "fuzz.h"

#include "policy/config.h"
#include "base/err.h"

static struct policy file, options, combined;
static struct relpath path;
static struct string rooms[3];

/* An option in a policy of its own; false when it is refused. */
static bool
set(struct policy *p, const char *option)
{
	struct trouble error = { .why = NULL };
	int e;

	policy_init(p);
	e = config_set(p, option, &error);
	if (e != 0) {
		CLAIM(e == ERR_CONFIG && error.why != NULL);
		CLAIM(p->set == 0);
		return false;
	}
	CLAIM(p->set != 0 && (p->set & (p->set - 1)) == 0);
	return true;
}

/* Is what one may do at most what the other may? */
static void
check_stricter(const struct policy *p, const struct policy *than, int64_t size)
{
	static const struct policy_totals totals = { 3, 5000 };

	for (int upload = 0; upload < 2; upload++)
		if (policy_check_direction(than, upload) != 0)
			CLAIM(policy_check_direction(p, upload) != 0);
	if (policy_check_path(than, &path, 0) != 0)
		CLAIM(policy_check_path(p, &path, 0) != 0);
	if (policy_check_size(than, &totals, size) != 0)
		CLAIM(policy_check_size(p, &totals, size) != 0);
	if (policy_check_new(than, &totals, size) != 0)
		CLAIM(policy_check_new(p, &totals, size) != 0);
	if (policy_is_set(than, KEY_MAX_DEPTH) &&
	    policy_check_depth(than, &path) != 0)
		CLAIM(policy_check_depth(p, &path) != 0);
	if (policy_is_set(than, KEY_FILE_MODE))
		CLAIM((policy_mode(p, 0777, false) & ~than->file_mode) == 0);
	if (policy_is_set(than, KEY_DIRECTORY_MODE))
		CLAIM(
		    (policy_mode(p, 0777, true) & ~than->directory_mode) == 0);
	if (policy_is_set(than, KEY_UMASK))
		CLAIM((than->umask & ~p->umask) == 0);
	if (policy_is_confined(than))
		CLAIM(policy_is_confined(p)); /* "Root none" takes none away */
	if (policy_is_set(than, KEY_SYMLINKS))
		CLAIM(p->symlinks >= than->symlinks);
}

/* What stands before the peer's own part of a path is not judged. */
static void
check_names(const struct policy *p, size_t start_len)
{
	CLAIM(policy_check_path(p, &path, path.len) == 0);
	if (policy_check_path(p, &path, 0) == 0)
		CLAIM(policy_check_path(p, &path, start_len) == 0);
}

/*
 * Set-id bits are for files, and for those who asked for them; a directory gets
 * that of its group where DirectoryMode says so.  Directories may be sticky.
 */
static void
check_modes(const struct policy *p)
{
	mode_t special = p->set_id_bits ? 06000 : 0;
	mode_t group = policy_fixes_mode(p, true) ? 02000 : 0;

	CLAIM((policy_mode(p, 07777, false) & ~(0777 | special)) == 0);
	CLAIM((policy_mode(p, 07777, true) & ~(01777 | group)) == 0);
	if (p->access == ACCESS_WRITE_ONLY && !policy_is_set(p, KEY_OVERWRITE))
		CLAIM(policy_only_adds(p)); /* a drop box */
}

/* A rate is only ever lowered; a refusal has one keyword or none. */
static void
check_answers(const struct policy *p, int64_t size)
{
	long asked = (long)(size % 1000000);
	int64_t rate = policy_rate(p, asked);

	CLAIM(rate == p->rate_limit || rate == asked * 1000 / 8);
	CLAIM(p->rate_limit == 0 || rate <= p->rate_limit);
	CLAIM(*policy_outer_root(p) == '\0' || *policy_outer_root(p) == '/' ||
	    *policy_outer_root(p) == '%');
	for (int e = -100; e < 10; e++)
		CLAIM(policy_cause(e) <= KEY_COUNT);
	CLAIM(policy_cause(policy_check_path(p, &path, 0)) != KEY_COUNT ||
	    policy_check_path(p, &path, 0) == 0);
}

static void
complete(struct policy *p, bool *fits)
{
	const char *why;
	int e = policy_complete(p, &why);

	CLAIM(e == 0 ? why == NULL : e == ERR_CONFIG && why != NULL);
	*fits = e == 0;
}

static void
check_both(int64_t size, size_t depth)
{
	struct trouble error;
	bool fits;
	int e;

	combined = file;
	e = config_combine(&combined, &options, &error);
	CLAIM(e == 0 || e == ERR_CONFIG);
	if (e != 0)
		return;
	CLAIM(combined.set == (file.set | options.set));
	complete(&combined, &fits);
	if (!fits)
		return;
	check_names(&combined, depth);
	check_modes(&combined);
	check_answers(&combined, size);
	check_stricter(&combined, &file, size);
	check_stricter(&combined, &options, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	const char *text[3], *s;
	int64_t octets;
	bool a, b;
	size_t n;

	for (size_t i = 0; i < COUNT(text); i++) {
		s = take_until(&in, '\n', &n);
		text[i] = make_string(&rooms[i], s, n);
	}
	octets = (int64_t)take_byte(&in) << take_byte(&in) % 48;
	if (relpath_parse(&path, NULL, text[2]) != 0)
		relpath_cut(&path, 0);
	a = set(&file, text[0]);
	b = set(&options, text[1]);
	if (b)
		(void)config_only_tightens(text[1]);
	if (a || b)
		check_both(octets, size % 300);
	return 0;
}
