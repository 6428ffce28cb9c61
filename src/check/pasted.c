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

/* Adds a path as the client sends it: its blanks end a word at the server. */
static bool
add_path(struct pasted *p, const char *path)
{
	char quoted[2 * PATH_MAX];
	size_t n = 0;

	if (*path == '\0')
		path = ".";
	/* by SFTP a path is no text for a shell, patterns are the client's */
	for (; *path != '\0' && n + 3 < sizeof(quoted); path++) {
		if (p->by_sftp && strchr(" \t'\"\\$`;&|<>()#", *path) != NULL)
			quoted[n++] = '\\';
		quoted[n++] = *path;
	}
	quoted[n] = '\0';
	return strlcat(p->request, " ", sizeof(p->request)) <
	    sizeof(p->request) &&
	    strlcat(p->request, quoted, sizeof(p->request)) <
	    sizeof(p->request);
}

/* Whether an operand is at the server; its path there is in *d. */
static bool
is_there(char *word, struct destination *d)
{
	(void)match_unescape(word, strlen(word)); /* its text counts */
	return destination_is(word) && destination_parse(d, word) == 0;
}

/*
 * The last component of a path at the client, which is the name that its file
 * gets in a directory.  Those of a pattern and of "." and ".." are not known.
 */
static void
take_local(struct pasted *p, char *word, bool pattern)
{
	size_t n = strlen(word);

	while (n > 1 && word[n - 1] == '/')
		word[--n] = '\0';
	word = (char *)name_last(word);
	if (!pattern && *word != '\0' && strcmp(word, ".") != 0 &&
	    strcmp(word, "..") != 0)
		p->local[p->local_count++] = word;
}

/* operands = source *source target, on one of two hosts */
static bool
take_operands(struct pasted *p, char *const *words, size_t count)
{
	static struct destination d;
	bool pattern, up = count > 1 && is_there(words[count - 1], &d);

	(void)snprintf(p->request, sizeof(p->request), "scp%s%s%s %s",
	    p->recursive ? " -r" : "", p->preserve ? " -p" : "",
	    up && count > 2 ? " -d" : "", up ? "-t" : "-f"); /* fits */
	if (up && !add_path(p, d.path))
		return false;
	for (size_t i = 0; i + 1 < count; i++) {
		pattern = match_is_pattern(words[i], strlen(words[i]));
		if (is_there(words[i], &d) == up ||
		    (!up && !add_path(p, d.path)))
			return false;
		if (up)
			take_local(p, words[i], pattern);
	}
	return count > 1;
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
