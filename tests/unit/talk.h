#ifndef SCP_TALK_H
#define SCP_TALK_H

/*
 * A session without main() and without sandbox, in the directory root/ of the
 * test: what the peer says lies ready in one file, what it hears is collected
 * in another.  Trees and words are written as strings, so that a conversation
 * is a row of a table.
 *
 *	tree    d/ d/file=content link>target	in the order of their names
 *	heard   0, 1 and 2 stand for \0, \1 and \2, | for a newline
 */
#include "policy/config.h"
#include "session/session.h"
#include "unit.h"

#define TALK_WORDS_MAX 16

/* What the peer says, with its length: it may hold zeros. */
#define SAYS(text) text, sizeof(text) - 1

/* A name that no client may use. */
#define TEMP ".scp-server.0123456789abcdef.part"

static struct {
	struct session session;
	struct request request;
	struct policy policy;
	struct wire wire;
	struct audit audit;
	struct report report;
	struct tree tree;
	char words[1024];
	const char *argv[TALK_WORDS_MAX];
	int out;
} talk;

/* One row of a tree. */
static inline void
talk_make_entry(char *text)
{
	size_t n = strcspn(text, "=>");

	if (text[n] == '\0' && text[n - 1] == '/') {
		ck_assert_int_eq(mkdir(text, 0755), 0);
		return;
	}
	ck_assert(text[n] != '\0');
	if (text[n] == '>') {
		text[n] = '\0';
		ck_assert_int_eq(symlink(text + n + 1, text), 0);
		return;
	}
	text[n] = '\0';
	unit_write(text, text + n + 1);
}

/* A fresh root with this tree; the working directory is its parent. */
static inline void
talk_make(const char *tree)
{
	char text[1024];
	size_t n;

	unit_directory();
	(void)umask(022);
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(chdir("root"), 0);
	for (tree += strspn(tree, " "); *tree != '\0';) {
		n = strcspn(tree, " ");
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, tree);
		talk_make_entry(text);
		tree += n;
		tree += strspn(tree, " ");
	}
	ck_assert_int_eq(chdir(".."), 0);
}

static inline void
talk_list(const char *path, size_t skip, char *out, size_t cap)
{
	struct dirent **list;
	char below[1024], target[256];
	int count = scandir(path, &list, NULL, alphasort);
	struct stat st;

	for (int i = 0; i < count; free(list[i]), i++) {
		if (strcmp(list[i]->d_name, ".") == 0 ||
		    strcmp(list[i]->d_name, "..") == 0)
			continue;
		(void)snprintf(
		    below, sizeof(below), "%s/%s", path, list[i]->d_name);
		ck_assert_int_eq(lstat(below, &st), 0);
		memset(target, 0, sizeof(target));
		if (S_ISLNK(st.st_mode))
			ck_assert_int_gt(
			    readlink(below, target, sizeof(target) - 1), 0);
		unit_append(out, cap, "%s%s%s%s", *out != '\0' ? " " : "",
		    below + skip,
		    S_ISDIR(st.st_mode)	    ? "/" :
			S_ISLNK(st.st_mode) ? ">" :
					      "=",
		    S_ISREG(st.st_mode) ? unit_read(below) : target);
		if (S_ISDIR(st.st_mode))
			talk_list(below, skip, out, cap);
	}
	if (count >= 0)
		free(list);
}

static inline const char *
talk_tree(void)
{
	static char out[1 << 18];

	out[0] = '\0';
	talk_list("root", 5, out, sizeof(out));
	return out;
}

/* "-r -t x" as arguments of scp-server, with the administrator's -o. */
static inline void
talk_request(const char *words)
{
	int argc = 0;
	char *s = talk.words;

	(void)snprintf(talk.words, sizeof(talk.words), "%s", words);
	talk.argv[argc++] = "scp-server";
	while (*s != '\0') {
		ck_assert_int_lt(argc, TALK_WORDS_MAX - 1);
		talk.argv[argc++] = s;
		s += strcspn(s, " ");
		while (*s == ' ')
			*s++ = '\0';
	}
	talk.argv[argc] = NULL;
	ck_assert_int_eq(
	    request_parse(&talk.request, argc, (char *const *)talk.argv), 0);
}

static inline void
talk_policy(void)
{
	struct policy *p = &talk.policy;
	struct trouble error;
	const char *why;

	policy_init(p);
	for (size_t i = 0; i < talk.request.option_count; i++)
		ck_assert_int_eq(
		    config_set(p, talk.request.options[i], &error), 0);
	ck_assert_int_eq(policy_complete(p, &why), 0);
}

/* A session that reads and writes these descriptors. */
static inline void
talk_open(const char *words, int in, int out)
{
	memset(&talk, 0, sizeof(talk));
	talk_request(words);
	talk_policy();
	talk.out = out;
	talk.audit.fd = unit_memory("", 0);
	wire_init(&talk.wire, in, out, (unsigned int)talk.policy.idle_timeout,
	    (unsigned int)talk.policy.session_timeout);
	report_init(&talk.report, &talk.wire, &talk.audit);
	ck_assert_int_eq(tree_open(&talk.tree, "root",
			     talk.policy.symlinks == SYMLINKS_FOLLOW, false),
	    0);
	talk.session = (struct session){ .request = &talk.request,
		.policy = &talk.policy,
		.account = "account",
		.umask = 022,
		.wire = &talk.wire,
		.tree = &talk.tree,
		.report = &talk.report };
}

/* A session whose peer has said all that it will say. */
static inline void
talk_open_saying(const char *words, const char *says, size_t len)
{
	talk_open(words, unit_memory(says, len), unit_memory("", 0));
}

/* A whole session; the exit status. */
static inline int
talk_serve(
    const char *words, const char *says, size_t len, int (*session)(void))
{
	int status, before = unit_descriptors();

	talk_open_saying(words, says, len);
	status = report_ended(&talk.report, session());
	ck_assert_int_eq(unit_descriptors(), before + 4);
	return status;
}

static inline void
talk_close(void)
{
	(void)close(talk.tree.root);
	(void)close(talk.audit.fd);
	(void)close(talk.wire.in);
	(void)close(talk.out);
}

static inline const char *
talk_log(void)
{
	static char log[1 << 18];
	ssize_t n = pread(talk.audit.fd, log, sizeof(log) - 1, 0);

	ck_assert_int_ge(n, 0);
	log[n] = '\0';
	return log;
}

/* How many audit records hold these words. */
static inline int
talk_logged(const char *words)
{
	int count = 0;

	for (const char *s = talk_log(); (s = strstr(s, words)) != NULL; s++)
		count++;
	return count;
}

/* There is one audit record of each kind. */
static inline void
talk_check_records(const char *const *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(talk_logged(records[i]) == 1, "%s", records[i]);
}

/* What the peer heard, made visible. */
static inline const char *
talk_heard(void)
{
	static char out[1 << 20];
	static const char shown[] = "012";
	ssize_t n = pread(talk.out, out, sizeof(out) - 1, 0);

	ck_assert_int_ge(n, 0);
	for (ssize_t i = 0; i < n; i++)
		if (out[i] >= 0 && out[i] <= 2)
			out[i] = shown[(int)out[i]];
		else if (out[i] == '\n')
			out[i] = '|';
	out[n] = '\0';
	return out;
}

/* The peer heard this, and the exit status was that: row by row of a table. */
static inline void
talk_check(
    size_t row, const char *words, const char *hears, int wanted, int status)
{
	const char *heard = talk_heard();

	ck_assert_msg(strcmp(heard, hears) == 0,
	    "row %zu (%s): heard %s, not %s", row, words, heard, hears);
	ck_assert_msg(
	    status == wanted, "row %zu (%s): status %d", row, words, status);
}

#endif
