/*
 * Command strings and arguments.  The input: which form, then
 *
 *	scp, direct	arguments, each up to a 0xff
 *	forced		SSH_ORIGINAL_COMMAND
 *	login shell	the argument of -c, 0xff, SSH_ORIGINAL_COMMAND
 *
 * Words are split a second time, octet by octet.
 */
#include "fuzz.h"

#include "request/command.h"
#include "base/err.h"
#include "base/glob.h"

#define WORDS_MAX 16
#define SEPARATOR 0xff

enum state {
	BETWEEN, /* words */
	BARE,
	SINGLE,
	DOUBLE,
	REFUSED,
};

static struct command command;
static struct words words, again;
static struct string rooms[WORDS_MAX + 1];
static char split[2 * STRING_MAX]; /* our own words */
static size_t used;		   /* octets of split */

/* One octet within quotes or after a backslash. */
static void
put(char c)
{
	if (strchr("*?[]{},\\", c) != NULL)
		split[used++] = '\\';
	split[used++] = c;
}

static enum state
in_single(const char *s)
{
	if (*s == '\'')
		return BARE;
	put(*s);
	return SINGLE;
}

static enum state
in_double(const char **s)
{
	if (**s == '"')
		return BARE;
	if (**s == '`' || **s == '$')
		return REFUSED;
	if (**s == '\\' && (*s)[1] != '\0' && strchr("\\\"$`", (*s)[1]) != NULL)
		++*s;
	put(**s);
	return DOUBLE;
}

static enum state
in_bare(const char **s, enum state state)
{
	switch (**s) {
	case ' ':
	case '\t':
		if (state == BARE)
			split[used++] = '\0';
		return BETWEEN;
	case '\'':
		return SINGLE;
	case '"':
		return DOUBLE;
	case '\\':
		if (*++*s == '\0' || (is_control(**s) && **s != '\t'))
			return REFUSED;
		put(**s);
		return BARE;
	case '#':
		if (state == BETWEEN)
			return REFUSED;
		break;
	default:
		if (strchr(";&|<>()`$", **s) != NULL)
			return REFUSED;
	}
	split[used++] = **s;
	return BARE;
}

/*
 * The words of a text, each ended by a NUL; false for what only a shell could
 * run.
 */
static bool
split_words(const char *s)
{
	enum state state = BETWEEN;

	for (used = 0; *s != '\0' && state != REFUSED; s += *s != '\0') {
		if (*s != '\t' && is_control(*s))
			return false;
		if (state == SINGLE)
			state = in_single(s);
		else if (state == DOUBLE)
			state = in_double(&s);
		else
			state = in_bare(&s, state);
	}
	if (state == BARE)
		split[used++] = '\0';
	return state == BARE || state == BETWEEN;
}

static void
check_words(const char *text)
{
	size_t len = 0;
	int e = words_split(&words, text, strlen(text));

	CLAIM(e == 0 || e == ERR_COMMAND || e == ERR_MANY);
	CLAIM(words.count <= WORDS_COUNT_MAX);
	CLAIM(words.word[words.count] == NULL);
	if (e != ERR_MANY)
		CLAIM(split_words(text) == (e == 0));
	if (e != 0)
		return;
	for (size_t i = 0; i < words.count; i++) {
		size_t n = strlen(words.word[i]) + 1;

		CLAIM(len + n <= used);
		CLAIM(memcmp(words.word[i], split + len, n) == 0);
		len += n;
	}
	CLAIM(len == used);
	/* a NUL that old clients send at the end changes nothing */
	CLAIM(words_split(&again, text, strlen(text) + 1) == 0);
	CLAIM(again.count == words.count);
}

/* What holds for every request that is let through. */
static void
check_request(const struct request *q)
{
	switch (q->verb) {
	case REQUEST_SINK:
		CLAIM(q->path_count == 1 && q->paths[0] != NULL);
		break;
	case REQUEST_SOURCE:
		CLAIM(q->path_count >= 1);
		break;
	case REQUEST_RELAY:
		CLAIM(q->path_count >= 1 && !q->in_band);
		CLAIM(q->destination != NULL);
		break;
	case REQUEST_NONE:
		CLAIM(q->form != FORM_SCP && q->path_count == 0);
		break;
	default:
		break;
	}
	if (q->verb == REQUEST_SINK || q->verb == REQUEST_SOURCE)
		CLAIM(q->paths[q->path_count] == NULL && q->in_band);
	CLAIM(q->rate >= 0 && q->rate <= 999999999);
	CLAIM(q->option_count <= REQUEST_OPTIONS_MAX);
}

/* What the peer's own words may never bring. */
static void
check_peer(const struct request *q)
{
	CLAIM(q->config == NULL);
	CLAIM(q->verb == REQUEST_SINK || q->verb == REQUEST_SOURCE ||
	    q->verb == REQUEST_SFTP || q->verb == REQUEST_RELAY);
	CLAIM((q->destination != NULL) == (q->verb == REQUEST_RELAY));
	if (q->verb == REQUEST_RELAY)
		for (const char *s = q->destination; *s != '\0'; s++)
			CLAIM(!is_control(*s) || *s == '\t');
	for (size_t i = 0; i < q->path_count; i++) {
		for (const char *s = q->paths[i]; *s != '\0'; s++)
			CLAIM(!is_control(*s) || *s == '\t');
		if (q->verb == REQUEST_SOURCE && q->pattern[i])
			CLAIM(
			    match_is_pattern(q->paths[i], strlen(q->paths[i])));
	}
}

static void
check_arguments(struct input *in, const char *program)
{
	char *argv[WORDS_MAX + 2];
	struct request q;
	const char *s;
	size_t n;
	int argc = 0;

	argv[argc] = make_string(&rooms[0], program, strlen(program));
	for (argc = 1; argc <= WORDS_MAX && in->left > 0; argc++) {
		s = take_until(in, SEPARATOR, &n);
		argv[argc] = make_string(&rooms[argc], s, n);
	}
	argv[argc] = NULL;
	CLAIM(request_parse(&q, 0, argv + argc) == ERR_NO_REQUEST);
	if (request_parse(&q, argc, argv) != 0)
		return;
	check_request(&q);
	if (strcmp(program, "scp") == 0)
		CLAIM(q.option_count == 0 && q.root == NULL);
}

/* Looking only tells who the peer is: nothing of its request is taken. */
static void
check_look(const char *text)
{
	static const enum request_form forms[] = { FORM_DIRECT, FORM_FORCED,
		FORM_SHELL };
	struct request q;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&q, 0, sizeof(q));
		q.form = forms[i];
		CLAIM(
		    command_look(&q, &command, text, ERR_OPTION) == ERR_OPTION);
		CLAIM(q.form == forms[i] && q.path_count == 0 &&
		    q.option_count == 0 && q.root == NULL);
	}
	memset(&q, 0, sizeof(q));
	CLAIM(command_look(&q, &command, NULL, 0) == 0 && !q.by_scp);
	for (int verb = REQUEST_NONE; verb <= REQUEST_SFTP; verb++) {
		memset(&q, 0, sizeof(q));
		q.form = FORM_DIRECT;
		q.verb = (enum request_verb)verb;
		if (command_look(&q, &command, text, 0) == 0)
			CLAIM((int)q.verb == verb);
		else
			CLAIM(command_differs((enum request_verb)verb, q.verb));
	}
}

/* The options that a peer can give are those of sftp-server, -R and -u. */
static void
check_narrows(const struct request *q)
{
	CLAIM(q->root == NULL && q->client_count == q->option_count);
	CLAIM(q->option_count == 0 || q->verb == REQUEST_SFTP);
	for (size_t i = 0; i < q->option_count; i++)
		CLAIM(strcmp(q->options[i], "Access=read-only") == 0 ||
		    strncmp(q->options[i], "Umask=", 6) == 0);
}

static void
check_forced(struct input *in)
{
	static char program[] = "scp-server";
	char *argv[] = { program, NULL };
	struct request q;
	const char *text;

	text = make_string(&rooms[0], (const char *)in->p, in->left);
	check_words(text);
	CLAIM(request_parse(&q, 1, argv) == 0 && q.form == FORM_FORCED);
	check_look(text);
	if (command_parse(&q, &command, text, text) != 0)
		return;
	check_request(&q);
	check_peer(&q);
	check_narrows(&q);
}

static void
check_shell(struct input *in)
{
	static char program[] = "-scp-server", flag[] = "-c";
	char *argv[] = { program, flag, NULL, NULL };
	struct request q;
	char *original;
	const char *s;
	size_t n;

	s = take_until(in, SEPARATOR, &n);
	argv[2] = make_string(&rooms[0], s, n);
	original = make_string(&rooms[1], (const char *)in->p, in->left);
	CLAIM(request_parse(&q, 3, argv) == 0 && q.form == FORM_SHELL);
	if (command_parse(&q, &command, q.command, original) != 0)
		return;
	check_request(&q);
	check_peer(&q);
	if (q.form == FORM_SHELL)
		check_narrows(&q);
	else
		CLAIM(q.form == FORM_SHELL_FORCED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	switch (take_byte(&in) % 4) {
	case 0:
		check_arguments(&in, "scp");
		break;
	case 1:
		check_forced(&in);
		break;
	case 2:
		check_arguments(&in, "scp-server");
		break;
	default:
		check_shell(&in);
		break;
	}
	return 0;
}
