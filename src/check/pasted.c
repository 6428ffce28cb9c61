/*
 * What a person typed at a client, as "scp -r site host:", and the request that
 * it causes at the server.  The person's shell has taken quotes away; what is
 * left goes to the server as it is, where a session takes it apart.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "base/name.h"
#include "request/destination.h"

/* Options of scp(1) whose value is the rest of the word, or the next word. */
#define VALUED "cDFiJloPSX"
/* Those without a value, but for -t and -f, which a server gets. */
#define FLAGS "346ABCOpqRrsTv"

/* One word of options.  Returns whether scp(1) has them. */
static bool
take_options(struct pasted *p, const char *letters, bool *next)
{
	*next = false;
	for (; *letters != '\0'; letters++) {
		if (strchr(VALUED, *letters) != NULL) {
			*next = letters[1] == '\0';
			return true;
		}
		if (strchr(FLAGS, *letters) == NULL)
			return false;
		if (*letters == 'r')
			p->recursive = true;
		else if (*letters == 'p')
			p->preserve = true;
		else if (*letters == 'O')
			p->by_sftp = false;
		else if (*letters == 's')
			p->by_sftp = true;
		else if (*letters == '3' || *letters == 'R')
			p->direct = *letters == 'R';
	}
	return true;
}

/* The first operand after the options, or the count for a wrong option. */
static size_t
skip_options(struct pasted *p, const struct words *w)
{
	bool next;
	size_t i;

	for (i = 1; i < w->count && w->word[i][0] == '-'; i++) {
		if (strcmp(w->word[i], "--") == 0)
			return i + 1;
		if (w->word[i][1] == '\0' ||
		    !take_options(p, w->word[i] + 1, &next))
			return w->count;
		i += next ? 1 : 0;
	}
	return i;
}

/* Adds a word to a request, which has room for it. */
static bool
add_word(char *request, const char *word)
{
	return strlcat(request, " ", WORDS_TEXT_MAX) < WORDS_TEXT_MAX &&
	    strlcat(request, word, WORDS_TEXT_MAX) < WORDS_TEXT_MAX;
}

/* Adds a path as the client sends it: its blanks end a word at the server. */
static bool
add_path(const struct pasted *p, char *request, const char *path, bool up)
{
	/* by SFTP it is no text for a shell; patterns are the client's, and a
	   target is none */
	const char *live =
	    up ? " \t'\"\\$`;&|<>()#*?[]{}" : " \t'\"\\$`;&|<>()#";
	char quoted[2 * PATH_MAX];
	size_t n = 0;

	if (*path == '\0')
		path = ".";
	for (; *path != '\0' && n + 3 < sizeof(quoted); path++) {
		if (p->by_sftp && strchr(live, *path) != NULL)
			quoted[n++] = '\\';
		quoted[n++] = *path;
	}
	quoted[n] = '\0';
	return add_word(request, quoted);
}

/* Whether an operand is at the server; its path there is in *d. */
static bool
is_there(const char *word, struct destination *d)
{
	return destination_is(word) && destination_parse(d, word) == 0;
}

/*
 * The last component of a path, which is the name that its file gets in a
 * directory.  Those of a pattern and, by SFTP, of "." and ".." are not known.
 */
static void
take_local(struct pasted *p, char *word, bool pattern)
{
	size_t n = strlen(word);

	while (n > 1 && word[n - 1] == '/')
		word[--n] = '\0';
	word = (char *)name_last(word);
	if (!pattern && *word != '\0' &&
	    (!p->by_sftp ||
		(strcmp(word, ".") != 0 && strcmp(word, "..") != 0)))
		p->local[p->local_count++] = word;
}

/* Begins a request.  What could be an option comes after "--". */
static void
begin(const struct pasted *p, char *request, const char *direction,
    size_t count, bool has_dash)
{
	bool up = strcmp(direction, " -t") == 0;

	(void)snprintf(request, WORDS_TEXT_MAX, "scp%s%s%s%s%s",
	    p->recursive ? " -r" : "", p->preserve ? " -p" : "",
	    up && count > 2 ? " -d" : "", direction,
	    has_dash ? " --" : ""); /* fits */
}

static bool
is_dashed(const char *word)
{
	static struct destination d;

	return is_there(word, &d) && *d.path == '-';
}

/* target = an operand at the server */
static bool
take_target(
    struct pasted *p, char *request, const struct destination *d, size_t count)
{
	begin(p, request, " -t", count, *d->path == '-');
	return add_path(p, request, d->path, true);
}

/*
 * A copy between two hosts, which goes through the client, or with -R from one
 * to the other.  Of two hosts only the first is taken for this one.
 */
static bool
take_both(struct pasted *p, char *const *words, size_t count)
{
	static struct destination from, to;
	char target[2 * PATH_MAX];
	bool dash = false, same = is_there(words[count - 1], &to);
	const char *name;
	size_t i, n;

	if (strlcpy(target, words[count - 1], sizeof(target)) >= sizeof(target))
		return false;
	for (i = 0; i + 1 < count; i++)
		dash = dash || is_dashed(words[i]);
	begin(p, p->request, p->direct ? "" : " -f", count, dash);
	for (i = 0; i + 1 < count; i++) {
		if (!is_there(words[i], &from) ||
		    !add_path(p, p->request, from.path, false))
			return false;
		n = strlen(words[i]) - strlen(from.path);
		name = name_last(from.path);
		if (strlen(from.path) < strlen(words[i]) &&
		    strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
		    strcmp(words[i] + n, from.path) == 0) /* no scp:// */
			take_local(p, words[i] + n,
			    match_is_pattern(from.path, strlen(from.path)));
		same = same && strcmp(from.host, to.host) == 0 &&
		    strcmp(from.user, to.user) == 0;
	}
	if (p->direct) {
		p->by_sftp = false;
		return add_word(p->request, target);
	}
	p->elsewhere = !same;
	return !same || take_target(p, p->second, &to, count);
}

/* operands = source *source target, on one of two hosts, or on two */
static bool
take_operands(struct pasted *p, char *const *words, size_t count)
{
	static struct destination d;
	static bool pattern[WORDS_COUNT_MAX];
	bool dash = false, up;
	size_t i;

	if (count < 2)
		return false;
	for (i = 0; i < count; i++) { /* from here on their text counts */
		pattern[i] = match_is_pattern(words[i], strlen(words[i]));
		(void)match_unescape(words[i], strlen(words[i]));
	}
	up = is_there(words[count - 1], &d);
	if (up && is_there(words[0], &d))
		return take_both(p, words, count);
	for (i = 0; i + 1 < count; i++)
		dash = dash || is_dashed(words[i]);
	if (!up)
		begin(p, p->request, " -f", count, dash);
	else if (!is_there(words[count - 1], &d) ||
	    !take_target(p, p->request, &d, count))
		return false;
	for (i = 0; i + 1 < count; i++) {
		if (is_there(words[i], &d) == up ||
		    (!up && !add_path(p, p->request, d.path, false)))
			return false;
		if (up)
			take_local(p, words[i], pattern[i]);
	}
	return true;
}

bool
pasted_read(struct pasted *p, const char *text)
{
	static struct words w;
	const char *program;
	size_t first;

	memset(p, 0, sizeof(*p));
	if (words_split(&w, text, strlen(text)) != 0 || w.count == 0)
		return false;
	(void)match_unescape(w.word[0], strlen(w.word[0]));
	program = name_last(w.word[0]);
	p->by_sftp = true;
	if (strcmp(program, "sftp") == 0) {
		(void)strlcpy(
		    p->request, "internal-sftp", sizeof(p->request)); /* fits */
		return true;
	}
	if (strcmp(program, "scp") != 0)
		return false;
	first = skip_options(p, &w);
	return first < w.count &&
	    take_operands(p, w.word + first, w.count - first);
}
