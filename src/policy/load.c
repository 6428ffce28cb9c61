#include "policy/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "policy/keyword.h"

/* An option makes those before it stricter, and never looser. */
static int
add_option(const char *option, struct policy *p, struct trouble *t)
{
	static struct policy one; /* zero, and often never written */
	int e;

	one.set = 0;
	e = config_set(&one, option, t);
	return e == 0 ? config_combine(p, &one, t) : e;
}

/* Reads the options of a request.  From a client only some are taken. */
static int
read_options(const struct request *q, struct policy *p, struct trouble *t)
{
	static char root[PATH_MAX + 8];
	const size_t first = q->option_count - q->client_count;
	uint64_t before = 0;
	int e = 0;

	policy_clear(p);
	for (size_t i = 0; e == 0 && i < q->option_count; i++) {
		if (q->form == FORM_SHELL_FORCED &&
		    !config_only_tightens(q->options[i])) {
			return config_fault(t,
			    "not allowed through a login shell", q->options[i]);
		}
		if (i == first)
			before = ~p->set;
		e = add_option(q->options[i], p, t);
		if (e != 0) /* a longer word is cut: it is only shown */
			(void)snprintf(
			    t->word, sizeof(t->word), "-o %s", q->options[i]);
	}
	/* with a client's the umask that was inherited still holds */
	p->narrows = p->set & before & UINT64_C(1) << KEY_UMASK;
	if (e == 0 && (t->why = policy_check_source(p)) != NULL)
		return ERR_CONFIG;
	if (e != 0 || q->root == NULL)
		return e;
	(void)snprintf(root, sizeof(root), "Root=%s", q->root);
	return add_option(root, p, t);
}

/*
 * Judges a path below root, which a client names, by name rules.  Returns its
 * depth, or -1 with *t filled.
 */
static int64_t
judge_path(const struct policy *rules, const char *root, const char *text,
    struct trouble *t)
{
	static struct relpath path;
	int e;

	e = relpath_parse(&path, NULL, relpath_strip_root(root, text));
	if (e != 0 || (e = policy_check_path(rules, &path, 0)) != 0) {
		trouble_note(t, err_words(err_info(e)), text);
		return -1;
	}
	return (int64_t)relpath_depth(&path);
}

/*
 * A Root in the string of a client is a path that the client names.  The rules
 * of the file judge what leads to it from the file's own Root, and MaxDepth of
 * the file counts from there.  StartDirectory is then a place that the
 * administrator did not choose.
 */
static int
check_inner_root(struct policy *p, const struct policy *file, struct trouble *t)
{
	int64_t depth;

	if (strcmp(p->root, file->root) == 0)
		return 0;
	if ((depth = judge_path(file, file->root, p->root, t)) < 0 ||
	    (*p->start != '\0' && judge_path(p, p->root, p->start, t) < 0))
		return ERR_CONFIG;
	depth = file->depth > depth ? file->depth - depth : 0;
	if (depth < p->depth)
		p->depth = depth;
	return 0;
}

/* The keywords whose defaults must not be loosened by a value. */
static const uint64_t with_default = UINT64_C(1) << KEY_OVERWRITE |
    UINT64_C(1) << KEY_SYMLINKS | UINT64_C(1) << KEY_DOT_FILES |
    UINT64_C(1) << KEY_MAX_DEPTH | UINT64_C(1) << KEY_IDLE_TIMEOUT |
    UINT64_C(1) << KEY_SANDBOX | UINT64_C(1) << KEY_MODIFY |
    UINT64_C(1) << KEY_LINKS;

/* Takes of these values the stricter ones: those, or the defaults of *with. */
static int
add_defaults(
    struct policy *p, struct policy *with, uint64_t bits, struct trouble *t)
{
	if (policy_complete(with, &t->why) != 0)
		return ERR_CONFIG;
	with->set = bits;
	return config_combine(p, with, t);
}

/*
 * Where a Match can't be decided, the values in doubt were compared with the
 * defaults of the file alone.  A Root of the options has stricter ones.
 */
static int
keep_doubtful(struct policy *p, struct trouble *t)
{
	static struct policy plain; /* often never written */
	const uint64_t bits = p->doubtful & with_default;

	if (bits == 0)
		return 0;
	plain = *p;
	plain.set &= ~bits;
	return add_defaults(p, &plain, bits, t);
}

/*
 * A client can send a forced command itself when this program is the login
 * shell.  Options must therefore not loosen defaults either.
 */
static int
keep_defaults(struct policy *p, struct policy *file, struct trouble *t)
{
	int e;

	if (!policy_is_set(file, KEY_UMASK))
		p->narrows |= UINT64_C(1) << KEY_UMASK;
	p->set |= with_default;
	if ((e = add_defaults(p, file, with_default, t)) != 0)
		return e;
	return check_inner_root(p, file, t);
}

static void
forget_root(struct policy *p)
{
	p->set &= ~(UINT64_C(1) << KEY_ROOT);
	p->root[0] = '\0';
	p->is_inside = false;
}

/* Combines the policy of the file with the options. */
static int
add_options(const struct request *q, const struct config_subject *subject,
    struct policy *out, struct trouble *t)
{
	static struct policy options; /* zero, and often never written */
	int e;

	if (q->option_count == 0 && q->root == NULL)
		return 0;
	if ((e = read_options(q, &options, t)) != 0 ||
	    (e = config_expand(&options, subject, t)) != 0)
		return e;
	/* a client may have chosen this Root, or "Root none": it narrows the
	   Root of the file, but does not stand in for one that is missing */
	if (q->form == FORM_SHELL_FORCED && !policy_is_set(out, KEY_ROOT))
		forget_root(&options);
	if (!policy_is_set(out, KEY_UMASK))
		out->narrows |= options.narrows;
	return config_combine(out, &options, t);
}

int
effective_policy(const struct request *q, const struct config_subject *subject,
    struct policy *out, struct trouble *t, bool *no_file)
{
	static struct policy file; /* zero, and often never written */
	int e;

	t->where = q->config != NULL ? q->config : effective_file;
	e = config_load(out, t->where, subject, t);
	*no_file = e == ENOENT;
	if (*no_file && q->config != NULL)
		return config_fault(t, "no such file", "");
	if ((e != 0 && !*no_file) || config_expand(out, subject, t) != 0)
		return ERR_CONFIG;
	if ((t->why = policy_check_source(out)) != NULL)
		return ERR_CONFIG;
	t->where = NULL;
	t->line = 0;
	if (q->form == FORM_SHELL_FORCED)
		file = *out;
	if ((e = add_options(q, subject, out, t)) != 0 ||
	    (e = keep_doubtful(out, t)) != 0)
		return e;
	t->word[0] = '\0';
	if ((e = policy_complete(out, &t->why)) != 0 ||
	    q->form != FORM_SHELL_FORCED)
		return e;
	return keep_defaults(out, &file, t);
}

int
effective_check_root(
    const struct request *q, const struct policy *p, struct trouble *t)
{
	if (q->form == FORM_SCP || policy_is_set(p, KEY_ROOT))
		return 0;
	t->where = q->config != NULL ? q->config : effective_file;
	t->why = "no Root for this account: set Root, or Root none if it may "
		 "reach every file";
	return ERR_NO_ROOT;
}

static void
add_text(struct digest_sum *sum, const char *s)
{
	digest_add(sum, s, strlen(s) + 1);
}

void
effective_digest(const struct policy *p, char out[DIGEST_TEXT_SIZE])
{
	/* the longest value is a list of options after a list of the file */
	char value[4 * POLICY_LIST_MAX];
	/* keywords that can be set to the value they show when unset */
	static const enum policy_key keys[] = { KEY_ROOT, KEY_FILE_MODE,
		KEY_DIRECTORY_MODE, KEY_UMASK };
	struct digest_sum sum;
	const char *name;

	digest_begin(&sum, DIGEST_SHA256);
	for (size_t i = 0; config_show(p, i, &name, value, sizeof(value));
	     i++) {
		add_text(&sum, name);
		add_text(&sum, value);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		digest_add(&sum,
		    policy_only_narrows(p, keys[i]) ? "&" :
			policy_is_set(p, keys[i])   ? "+" :
						      "-",
		    1);
	add_text(&sum, p->allow_names);
	add_text(&sum, p->relay);
	add_text(&sum, policy_outer_root(p));
	digest_end(&sum, out);
}
