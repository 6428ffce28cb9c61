#include "policy/load.h"

#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* Reads the options of a request.  From a client only some are taken. */
static int
read_options(
    const struct request *q, struct policy *p, struct config_error *error)
{
	static char root[PATH_MAX + 8];
	int e = 0;

	policy_init(p);
	for (size_t i = 0; e == 0 && i < q->option_count; i++) {
		if (q->form == FORM_SHELL_FORCED &&
		    !config_only_tightens(q->options[i])) {
			error->why = "not allowed through a login shell";
			/* a longer word is cut: it is only shown */
			(void)strlcpy(
			    error->word, q->options[i], sizeof(error->word));
			return ERR_CONFIG;
		}
		e = config_set(p, q->options[i], error);
		if (e != 0) /* a longer word is cut: it is only shown */
			(void)snprintf(error->word, sizeof(error->word),
			    "-o %s", q->options[i]);
	}
	if (e != 0 || q->root == NULL)
		return e;
	(void)snprintf(root, sizeof(root), "Root=%s", q->root);
	return config_set(p, root, error);
}

/*
 * A client can send a forced command itself when this program is the login
 * shell.  Options must therefore not loosen defaults either.
 */
static int
keep_defaults(struct policy *p, struct policy *file, struct config_error *error)
{
	static const enum policy_key keys[] = { KEY_OVERWRITE, KEY_SYMLINKS,
		KEY_DOT_FILES, KEY_MAX_DEPTH, KEY_IDLE_TIMEOUT, KEY_SANDBOX };
	uint64_t bits = 0;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		bits |= UINT64_C(1) << keys[i];
	if (policy_complete(file, &error->why) != 0)
		return ERR_CONFIG;
	p->umask_adds = !policy_is_set(file, KEY_UMASK);
	file->set = bits;
	p->set |= bits;
	return config_combine(p, file, error);
}

/* Combines the policy of the file with the options. */
static int
add_options(const struct request *q, const struct config_subject *subject,
    struct policy *out, struct config_error *error)
{
	static struct policy options; /* zero, and often never written */
	int e;

	if (q->option_count == 0 && q->root == NULL)
		return 0;
	if ((e = read_options(q, &options, error)) != 0 ||
	    (e = config_expand(&options, subject, error)) != 0)
		return e;
	/* a Root, or none, that a client may have chosen is no account's first;
	   beside that of the file none changes nothing */
	if (q->form == FORM_SHELL_FORCED && !policy_is_set(out, KEY_ROOT))
		options.set &= ~(UINT64_C(1) << KEY_ROOT);
	return config_combine(out, &options, error);
}

int
effective_policy(const struct request *q, const struct config_subject *subject,
    struct policy *out, struct config_error *error, const char **path,
    bool *no_file)
{
	static struct policy file; /* zero, and often never written */
	int e;

	*path = q->config != NULL ? q->config : effective_file;
	e = config_load(out, *path, subject, error);
	*no_file = e == ENOENT;
	if (*no_file && q->config != NULL) {
		error->why = "no such file";
		error->word[0] = '\0';
		return ERR_CONFIG;
	}
	if ((e != 0 && !*no_file) || config_expand(out, subject, error) != 0)
		return ERR_CONFIG;
	*path = NULL;
	error->line = 0;
	if (q->form == FORM_SHELL_FORCED)
		file = *out;
	if ((e = add_options(q, subject, out, error)) != 0)
		return e;
	error->word[0] = '\0';
	if ((e = policy_complete(out, &error->why)) != 0 ||
	    q->form != FORM_SHELL_FORCED)
		return e;
	return keep_defaults(out, &file, error);
}

int
effective_check_root(
    const struct request *q, const struct policy *p, char *remedy, size_t cap)
{
	if (q->form == FORM_SCP || policy_is_set(p, KEY_ROOT))
		return 0;
	/* what is longer is cut: it is only shown */
	(void)snprintf(remedy, cap,
	    "no Root for this account: set Root in %s, "
	    "or Root none if it may reach every file",
	    q->config != NULL ? q->config : effective_file);
	return ERR_NO_ROOT;
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
		digest_add(&sum, name, strlen(name) + 1);
		digest_add(&sum, value, strlen(value) + 1);
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		digest_add(&sum, policy_is_set(p, keys[i]) ? "+" : "-", 1);
	digest_add(&sum, p->allow_names[1], strlen(p->allow_names[1]) + 1);
	digest_add(&sum, p->relay[1], strlen(p->relay[1]) + 1);
	digest_add(&sum, p->outer_root, strlen(p->outer_root) + 1);
	digest_end(&sum, out);
}

void
effective_complaint(
    const char *path, const struct config_error *error, char *out, size_t cap)
{
	char word[4 * sizeof(error->word)], line[16] = "";

	text_escape_cut(word, sizeof(word), error->word, strlen(error->word));
	if (error->line > 0) /* fits */
		(void)snprintf(line, sizeof(line), "%u:", error->line);
	/* what is longer is cut: it is only shown */
	(void)snprintf(out, cap, "%s%s%s%s%s%s%s", path != NULL ? path : "",
	    path != NULL ? ":" : "", path != NULL ? line : "",
	    path != NULL ? " " : "", word, *word != '\0' ? ": " : "",
	    error->why);
}
