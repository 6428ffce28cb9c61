/*
 * The options of sftp-server, which are sshd's: from a Subsystem line, or in
 * the command that a client's subsystem became.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "request/request.h"

enum meaning {
	MEANS_READ_ONLY,
	MEANS_UMASK,
	MEANS_START,
	MEANS_NOTHING,
	MEANS_NOTHING_VALUED,
	MEANS_REQUESTS, /* a choice of requests: keywords say that here */
};

/* clang-format off */
static const struct {
	char c;
	enum meaning meaning;
} letters[] = {
	{ 'R', MEANS_READ_ONLY },
	{ 'u', MEANS_UMASK },
	{ 'd', MEANS_START },
	{ 'e', MEANS_NOTHING },		/* the log: AuditLog */
	{ 'h', MEANS_NOTHING },
	{ 'f', MEANS_NOTHING_VALUED },
	{ 'l', MEANS_NOTHING_VALUED },
	{ 'p', MEANS_REQUESTS },
	{ 'P', MEANS_REQUESTS },
	{ 'Q', MEANS_REQUESTS },
};
/* clang-format on */

static int
refuse(struct request *r, const char *word)
{
	trouble_about(&r->trouble, word);
	return ERR_OPTION;
}

static int
add_option(struct request *r, const char *option)
{
	if (r->option_count == REQUEST_OPTIONS_MAX)
		return ERR_MANY;
	r->options[r->option_count++] = option;
	return 0;
}

/* %u, %d and %% are those of OpenSSH; %h is what Root has for %d. */
static bool
has_bad_token(const char *value)
{
	for (; (value = strchr(value, '%')) != NULL; value += 2)
		if (value[1] == '\0' || strchr("%udh", value[1]) == NULL)
			return true;
	return false;
}

static int
take_value(struct request *r, enum meaning meaning, const char *value)
{
	if (meaning == MEANS_START) {
		if (has_bad_token(value))
			return refuse(r, value);
		r->start = value;
		return 0;
	}
	if (meaning != MEANS_UMASK)
		return 0;
	if (snprintf(r->umask_option, sizeof(r->umask_option), "Umask=%s",
		value) >= (int)sizeof(r->umask_option))
		return refuse(r, value);
	return add_option(r, r->umask_option);
}

/* Takes one letter; *rest is what follows it in its word. */
static int
take_letter(struct request *r, char c, const char **rest, char *const **next)
{
	const char *value = *rest;
	size_t i = 0;
	int e;

	while (i < sizeof(letters) / sizeof(letters[0]) && letters[i].c != c)
		i++;
	if (i == sizeof(letters) / sizeof(letters[0])) {
		trouble_note_part(&r->trouble, NULL, *rest - 1, 1);
		return ERR_OPTION;
	}
	switch (letters[i].meaning) {
	case MEANS_READ_ONLY:
		return add_option(r, "Access=read-only");
	case MEANS_NOTHING:
		return 0;
	case MEANS_REQUESTS:
		return ERR_SFTP_OPTION;
	case MEANS_UMASK:
	case MEANS_START:
	case MEANS_NOTHING_VALUED:
		break;
	}
	if (*value == '\0' && (value = **next) == NULL)
		return refuse(r, *rest - 1);
	if (**rest == '\0')
		++*next;
	e = take_value(r, letters[i].meaning, value);
	*rest = "";
	return e;
}

int
request_parse_sftp(struct request *r, char *const *words)
{
	const char *rest;
	int e = 0;

	r->verb = REQUEST_SFTP;
	while (e == 0 && *words != NULL) {
		rest = *words++;
		if (*rest != '-' || rest[1] == '\0')
			return refuse(r, rest);
		for (rest++; e == 0 && *rest != '\0';) {
			const char c = *rest++;

			e = take_letter(r, c, &rest, &words);
		}
	}
	return e;
}
