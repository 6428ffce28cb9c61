#include "base/err.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Behind the token and its NUL are the words: a row has one pointer only. */
#define ERR(code, token, fate, tell, about, status, keyword, words) \
	{ code, fate, tell, about, status, token "\0" words },
#define ERRNO(code, words) \
	{ code, FATE_GO_ON, TELL_WORDS, true, 1, #code "\0" words },
static const struct err_info table[] = {
	{ 0, FATE_GO_ON, TELL_OK, true, 0, "ok\0ok" },
#include "base/err.def"
};

/* clang-format off */
static const struct err_info unknown_errno =
	{ 0, FATE_GO_ON, TELL_WORDS, true, 1, "errno\0Operation failed" };
static const struct err_info unknown_code =
	{ 0, FATE_STOP, TELL_WORDS, true, 2, "internal\0internal error" };
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
err_words(const struct err_info *info)
{
	return info->token + strlen(info->token) + 1;
}

int
err_status(const struct err_info *info, bool ends)
{
	return ends && info->fate == FATE_GO_ON && info->status == 1 ?
	    2 :
	    info->status;
}
