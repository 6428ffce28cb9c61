/*
 * The text of a configuration file, for accounts of our own.  What it sets is
 * shown as scp-server-check shows it, and read again.
 */
#include "fuzz.h"

#include "policy/config.h"
#include "base/err.h"

static const char *const *
groups(void)
{
	static const char *const names[] = { "staff", "upload", NULL };

	return names;
}

static const char *const *
no_groups(void)
{
	return NULL;
}

/* Also a second name of one group, and a group that can't be looked up. */
static int
in_group(const char *name)
{
	const char *const *known = groups();

	if (strcmp(name, "lost") == 0)
		return -1;
	while (*known != NULL && strcmp(*known, name) != 0)
		known++;
	return *known != NULL || strcmp(name, "second") == 0;
}

static const char *const *
aliases(void)
{
	static const char *const names[] = { "bob.x-1_", "robert", NULL };

	return names;
}

static void
named(unsigned int line, bool group, const char *name)
{
	(void)group;
	CLAIM(line > 0 && *name != '\0');
}

/* Some of them are such as no account should be; one shares its uid. */
static const struct config_subject subjects[] = {
	{ "ann", "/home/ann", "192.0.2.7", groups, in_group, NULL, named },
	{ "bob.x-1_", "", "2001:db8::7", groups, in_group, aliases },
	{ "../ann", "home", "", groups, in_group, NULL, named },
	{ "b%h/", "/", "fe80::1%lo", no_groups, in_group, NULL, named },
};

static size_t
count_lines(const char *text, size_t len)
{
	size_t lines = 1;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

/* A value is shown as it can be read, and means the same then. */
static void
check_shown(const struct policy *p, size_t key)
{
	static struct policy again;
	static char option[PATH_MAX + 64], shown[PATH_MAX], back[PATH_MAX];
	struct trouble error;
	const char *name;
	size_t n;

	CLAIM(config_show(p, key, &name, shown, sizeof(shown)));
	CLAIM(*shown != '\0');
	n = strlen(name);
	memcpy(option, name, n);
	option[n] = '=';
	memcpy(option + n + 1, shown, strlen(shown) + 1);
	again.set = 0;
	CLAIM(config_set(&again, option, &error) == 0);
	CLAIM(config_show(&again, key, &name, back, sizeof(back)));
	CLAIM(strcmp(shown, back) == 0);
}

static void
check_policy(struct policy *p, const struct config_subject *subject)
{
	struct trouble error;
	const char *why;
	int e;

	for (size_t key = 0; p->set >> key != 0; key++)
		if (policy_is_set(p, (enum policy_key)key))
			check_shown(p, key);
	CLAIM(p->set >> KEY_COUNT == 0);
	e = config_expand(p, subject, &error);
	CLAIM(e == 0 || e == ERR_CONFIG);
	if (e == 0)
		CLAIM(p->root[0] == '\0' || p->root[0] == '/');
	e = policy_complete(p, &why);
	CLAIM(e == 0 ? why == NULL : e == ERR_CONFIG && why != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy p;
	struct trouble error = { .why = NULL };
	const struct config_subject *subject =
	    &subjects[size % COUNT(subjects)];
	const char *text = (const char *)data;
	int e;

	p.set = UINT64_MAX; /* no text could make it so */
	e = config_parse(&p, text, size, subject, &error);
	if (e == 0) {
		CLAIM(error.line == 0 && memchr(text, '\0', size) == NULL);
		check_policy(&p, subject);
		return 0;
	}
	CLAIM(e == ERR_CONFIG && error.why != NULL && *error.why != '\0');
	CLAIM(memchr(error.word, '\0', sizeof(error.word)) != NULL);
	CLAIM(error.line >= 1 && error.line <= count_lines(text, size));
	CLAIM(p.set == UINT64_MAX); /* it is filled on success only */
	return 0;
}
