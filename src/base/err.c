#include "base/err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/*
 * The tokens, each with its NUL and the words behind it, one after the other: a
 * row has the place of its own, which is smaller than a pointer and needs no
 * relocation.
 */
/* clang-format off */
#define OK	  "ok\0ok"
#define ERRNO_ANY "errno\0Operation failed"
#define INTERNAL  "internal\0internal error"
/* clang-format on */
#define ERR(code, token, fate, tell, about, status, keyword, words) \
	char code##_[sizeof(token "\0" words)];
#define ERRNO(code, words) char code##_[sizeof(#code "\0" words)];
struct texts {
	char ok[sizeof(OK)];
	char any[sizeof(ERRNO_ANY)];
	char internal[sizeof(INTERNAL)];
#include "base/err.def"
};

#define ERR(code, token, fate, tell, about, status, keyword, words) \
	token "\0" words,
#define ERRNO(code, words) #code "\0" words,
static const struct texts texts = {
	OK,
	ERRNO_ANY,
	INTERNAL,
#include "base/err.def"
};

#define AT(member) offsetof(struct texts, member)
#define ERR(code, token, fate, tell, about, status, keyword, words) \
	{ code, fate, tell, about, status, AT(code##_) },
#define ERRNO(code, words) \
	{ code, FATE_GO_ON, TELL_WORDS, true, 1, AT(code##_) },
static const struct err_info table[] = {
	{ 0, FATE_GO_ON, TELL_OK, true, 0, AT(ok) },
#include "base/err.def"
};

/* clang-format off */
static const struct err_info unknown_errno =
	{ 0, FATE_GO_ON, TELL_WORDS, true, 1, AT(any) };
static const struct err_info unknown_code =
	{ 0, FATE_STOP, TELL_WORDS, true, 2, AT(internal) };
/* clang-format on */

const struct err_info *
err_info(int err)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == err)
			return &table[i];
	return err > 0 ? &unknown_errno : &unknown_code;
}

const char *
err_token(const struct err_info *info)
{
	return (const char *)&texts + info->text;
}

const char *
err_words(const struct err_info *info)
{
	const char *token = err_token(info);

	return token + strlen(token) + 1;
}

int
err_status(const struct err_info *info, bool ends)
{
	return ends && info->fate == FATE_GO_ON && info->status == 1 ?
	    2 :
	    info->status;
}
