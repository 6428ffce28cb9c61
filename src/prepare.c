#include "prepare.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "policy/grants.h"
#include "sandbox/confine.h"

/*
 * Sets where relative paths begin: at StartDirectory, else at the root of a
 * confined session or the working directory of an open one.
 */
static void
find_start(struct session *s, const char *cwd)
{
	const struct policy *p = s->policy;
	const char *start = p->start;

	if (*start == '\0')
		start = policy_is_confined(p) ? "/" : cwd;
	s->no_start = start == NULL || *start != '/' ||
	    relpath_parse(
		&s->start, NULL, relpath_strip_root(p->root, start)) != 0;
}

void
prepare_session(struct session *s, const struct request *q,
    const struct policy *p, const struct account *login,
    const struct account *run_as, const char *cwd)
{
	memset(s, 0, sizeof(*s));
	s->request = q;
	s->policy = p;
	s->account = run_as != NULL ? run_as->name : login->name;
	find_start(s, cwd);
	if (!policy_is_confined(p))
		/* a home without a path: "~" is the root then */
		(void)relpath_parse(&s->home, NULL, login->home);
}

static unsigned int
grants_of(const struct request *q, const struct policy *p)
{
	if (q->verb == REQUEST_SINK)
		return grants_of_sink(p, q->recursive, PUBLISH_UNKNOWN, false);
	if (q->verb == REQUEST_SFTP)
		return grants_of_sftp(p, PUBLISH_UNKNOWN, false);
	return grants_of_source();
}

void
prepare_plan(struct confine_plan *plan, const struct request *q,
    const struct policy *p, bool log_file)
{
	plan->sandbox = p->sandbox;
	plan->confined = policy_is_confined(p);
	plan->chroot = p->chroot;
	plan->root = policy_outer_root(p);
	plan->follow = p->symlinks == SYMLINKS_FOLLOW;
	plan->grants = grants_of(q, p);
	if ((q->verb == REQUEST_SINK || q->verb == REQUEST_SFTP) && !log_file)
		plan->file_max = p->max_file_size;
}

int
prepare_root(const struct policy *p, bool entered, enum request_verb verb,
    struct tree *out)
{
	const char *outer = policy_outer_root(p);
	/* nothing keeps openat2(2) from truncating files, or from writing
	   those that are there in a session that writes new ones as well */
	bool walk = confine_landlock_abi() < CONFINE_ABI_TRUNCATE ||
	    (verb == REQUEST_SFTP && policy_is_confined(p) &&
		p->access != ACCESS_READ_ONLY);
	int e;

	e = tree_open(out, entered || !policy_is_confined(p) ? "/" : outer,
	    p->symlinks == SYMLINKS_FOLLOW, walk);
	if (e != 0 || !p->is_inside)
		return e;
	return tree_narrow(out, relpath_strip_root(outer, p->root));
}

/* Our own arguments as one text for the log, which is "" without memory. */
static const char *
join(int argc, char *const *argv)
{
	size_t cap = 1, len = 0;
	char *joined;

	for (int i = 0; i < argc; i++)
		cap += strlen(argv[i]) + 1;
	if ((joined = malloc(cap)) == NULL)
		return "";
	joined[0] = '\0';
	for (int i = 0; i < argc; i++) {
		if (i > 0)
			joined[len++] = ' ';
		len += strlcpy(joined + len, argv[i], cap - len);
	}
	return joined;
}

void
prepare_start(struct report_start *start, const struct request *q, int argc,
    char *const *argv)
{
	static const char *const forms[] = {
		[FORM_SCP] = "scp",
		[FORM_FORCED] = "forced",
		[FORM_DIRECT] = "direct",
		[FORM_SHELL] = "shell",
		[FORM_SHELL_FORCED] = "shell-forced",
	};
	const char *original = getenv("SSH_ORIGINAL_COMMAND");

	start->form = q->form == FORM_SCP && q->verb == REQUEST_SFTP ?
	    "sftp" :
	    forms[q->form];
	if (q->form == FORM_SCP || q->form == FORM_DIRECT)
		start->request = join(argc, argv);
	else if (q->form == FORM_SHELL)
		start->request = q->command;
	else
		start->request = original != NULL ? original : "";
}
