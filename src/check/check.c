/*
 * scp-server-check: shows the policy of an account before a session uses it.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "policy/config.h"
#include "policy/load.h"
#include "sandbox/open_flags.h"

#define SENTENCE_MAX 2048

/* The effect of a keyword that is not set, if no value describes it. */
static const struct {
	enum policy_key key;
	const char *words;
} unset[] = {
	{ KEY_START_DIRECTORY, "where the session begins" },
	{ KEY_FILE_MODE, "as the client asks" },
	{ KEY_DIRECTORY_MODE, "as the client asks" },
	{ KEY_UMASK, "inherited" },
};

/* Prints an error of the configuration like a session does. */
static int
print_trouble(const struct question *q, const struct trouble *t)
{
	const char *root = q->request.root;
	char words[SENTENCE_MAX];

	trouble_text(t, words, sizeof(words));
	(void)fprintf(stderr, "scp-server-check: %s\n", words);
	if (root != NULL && *root != '\0' && strchr(root, '/') == NULL &&
	    strcmp(root, t->word) == 0) {
		text_escape_cut(words, sizeof(words), root, strlen(root));
		(void)fprintf(stderr,
		    "scp-server-check: perhaps --user %s is meant\n", words);
	}
	check_hint_keyword(t);
	return ERR_CONFIG;
}

/* Why there is no account of this name, or none that can be judged. */
static const char *
why_none(int e)
{
	return e == ENOENT ? "no such account" : err_words(err_info(e));
}

/* Finds the account that the session would run as. */
static int
find_session_account(struct check *c, struct trouble *t)
{
	const char *name = c->policy.user;
	int e;

	c->session = c->login;
	if (*name == '\0')
		return 0;
	if ((e = account_by_name(&c->session, name)) != 0)
		t->why = why_none(e);
	else if (c->login.uid == 0 || c->session.uid == c->login.uid)
		return 0;
	else
		t->why = "only root can change it";
	/* a longer name is cut: it is only shown */
	(void)snprintf(t->word, sizeof(t->word), "User %s", name);
	return ERR_CONFIG;
}

struct config_subject
check_subject(const struct check *c)
{
	return (struct config_subject){
		.user = c->login.name,
		.home = c->login.homeless ? "" : c->login.home,
		.address = c->address,
		.groups = account_group_names,
		.in_group = account_in_group,
		.aliases = account_aliases,
	};
}

/*
 * The keywords that somebody has set.  A policy for a string that a client may
 * have sent has its defaults as if they were set.
 */
static uint64_t
given(const struct request *r, const struct config_subject *subject,
    const struct policy *p)
{
	static struct policy same; /* zero */
	struct request trusted = *r;
	struct trouble t = { .why = NULL };
	bool no_file;

	if (r->form != FORM_SHELL_FORCED)
		return p->set;
	trusted.form = FORM_FORCED;
	policy_init(&same);
	return effective_policy(&trusted, subject, &same, &t, &no_file) == 0 ?
	    p->set & same.set :
	    p->set;
}

int
check_policy(struct check *c, const struct request *r, struct trouble *t)
{
	struct config_subject subject = check_subject(c);
	int e;

	c->file = r->config != NULL ? r->config : effective_file;
	policy_init(&c->policy);
	e = effective_policy(r, &subject, &c->policy, t, &c->no_file);
	c->given = given(r, &subject, &c->policy);
	return e != 0 ? e : find_session_account(c, t);
}

bool
check_is_given(const struct check *c, enum policy_key key)
{
	return (c->given & (UINT64_C(1) << key)) != 0;
}

int
check_load(struct check *c, const struct question *q)
{
	int e;
	struct trouble t = { .why = NULL };

	memset(c, 0, sizeof(*c));
	c->question = q;
	if (q->user == NULL)
		account_by_uid(&c->login, geteuid());
	else if ((e = account_by_name(&c->login, q->user)) != 0) {
		t.why = why_none(e);
		/* a longer name is cut: it is only shown */
		(void)snprintf(t.word, sizeof(t.word), "--user %s", q->user);
		return print_trouble(q, &t);
	} else
		account_ask_for(&c->login);
	c->by_shell = check_is_ours(c->login.shell);
	check_find_origins(c);
	return check_policy(c, &q->request, &t) != 0 ? print_trouble(q, &t) : 0;
}

bool
check_become(const struct account *a)
{
	if (a->uid == geteuid())
		return true;
	return geteuid() == 0 && setgroups(a->group_count, a->groups) == 0 &&
	    setresgid(a->gid, a->gid, a->gid) == 0 &&
	    setresuid(a->uid, a->uid, a->uid) == 0 &&
	    /* fs.suid_dumpable could have made it traceable */
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

int
check_open(const char *path, int flags, int *fd)
{
	struct info info = { .kind = KIND_OTHER };
	int e;

	/* what it is, before anything happens to it */
	*fd = open(path, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
	if (*fd == -1)
		return errno;
	e = tree_fstat(*fd, &info);
	(void)close(*fd); /* was only looked at */
	*fd = -1;
	if (e == 0 && info.kind != KIND_FILE)
		return ERR_KIND;
	*fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd == -1)
		return errno;
	/* it may have been exchanged */
	if ((e = tree_fstat(*fd, &info)) == 0 && info.kind != KIND_FILE)
		e = ERR_KIND;
	if (e == 0)
		return 0;
	(void)close(*fd); /* was neither read nor written */
	*fd = -1;
	return e;
}

FILE *
check_open_lines(const char *path)
{
	FILE *f;
	int fd;

	if (check_open(path, F_READ, &fd) != 0)
		return NULL;
	if ((f = fdopen(fd, "r")) == NULL)
		(void)close(fd); /* nothing was read */
	return f;
}

char *
check_next_word(char **rest)
{
	char *s = *rest + strspn(*rest, " \t\r\n"), *word = s, *out = s;
	char quote = '\0';

	if (*s == '\0' || *s == '#')
		return NULL;
	for (; *s != '\0' && (quote != '\0' || strchr(" \t\r\n", *s) == NULL);
	     s++) {
		if (*s == '\\' && s[1] != '\0' &&
		    strchr(quote == '\0' ? "'\"\\ " : "'\"\\", s[1]) != NULL)
			*out++ = *++s;
		else if (quote == '\0' && (*s == '\'' || *s == '"'))
			quote = *s;
		else if (*s == quote)
			quote = '\0';
		else
			*out++ = *s;
	}
	*rest = s + (*s != '\0' ? 1 : 0);
	*out = '\0';
	return word;
}

static const char *
words_for_unset(size_t key)
{
	for (size_t i = 0; i < sizeof(unset) / sizeof(unset[0]); i++)
		if (unset[i].key == (enum policy_key)key)
			return unset[i].words;
	return NULL;
}

static void
show_other_lists(const char *list)
{
	char one[POLICY_LIST_MAX];

	while (*(list = policy_next_list(list)) != '\0') {
		(void)snprintf(one, sizeof(one), "%.*s",
		    (int)strcspn(list, "\""), list); /* fits */
		check_row("  and in", one);
	}
}

/* Prints every keyword and its value, with "(default)" if it is not set. */
static void
show_policy(const struct check *c)
{
	const struct policy *p = &c->policy;
	char value[CHECK_VALUE_MAX + sizeof(" (default)")];
	const char *name;

	for (size_t i = 0; config_show(p, i, &name, value, CHECK_VALUE_MAX);
	     i++) {
		if (!check_is_given(c, (enum policy_key)i)) {
			if (words_for_unset(i) != NULL)
				(void)snprintf(value, sizeof(value), "%s",
				    words_for_unset(i)); /* fits */
			(void)strlcat(
			    value, " (default)", sizeof(value)); /* fits */
		}
		check_row(name, value);
		if (i == KEY_ROOT && p->is_inside)
			check_row("  inside", p->outer_root);
		if (i == KEY_ALLOW_NAMES || i == KEY_RELAY)
			show_other_lists(
			    i == KEY_RELAY ? p->relay : p->allow_names);
	}
}

static void
show_account(const struct check *c)
{
	char file[PATH_MAX + 32];

	(void)snprintf(file, sizeof(file), "%s%s", c->file,
	    c->no_file ? " (there is none)" : ""); /* fits */
	check_row("login", c->login.name);
	check_row("home", c->login.home);
	check_row("shell", c->login.shell);
	if (c->session.uid != c->login.uid)
		check_row("runs as", c->session.name);
	check_row("configuration", file);
	if (c->from != NULL)
		check_row("clients from", c->from);
	check_row("session",
	    policy_is_confined(&c->policy) ?
		"confined" :
		policy_is_set(&c->policy, KEY_ROOT) ?
		"open (Root none)" :
		"open when called as scp, else refused (no Root)");
}

int
check_run(const struct question *q)
{
	static struct check c;
	static struct forced forced;
	char digest[DIGEST_TEXT_SIZE];

	if (check_load(&c, q) != 0)
		return err_info(ERR_CONFIG)->status;
	check_ask_sshd(&c);
	check_ask_elsewhere(&c);
	if (c.by_force)
		check_read_forced(&c, &forced, c.sshd.value[SET_FORCE_COMMAND]);
	check_heading("account");
	show_account(&c);
	check_heading("policy");
	show_policy(&c);
	effective_digest(&c.policy, digest);
	check_row("digest", digest);
	check_names(&c);
	check_lines(&c);
	check_heading("sshd");
	check_sshd(&c, &forced);
	check_machine(&c);
	check_origins(&c, &forced);
	check_say(&c);
	(void)printf("result: %u unsafe, %u broken%s\n", c.unsafe, c.broken,
	    c.is_free ? "; no policy restricts this account" : "");
	return c.unsafe + c.broken > 0 ? 1 : 0;
}
