#include "base/err.h"

#include "unit.h"

/* A message of path, words and detail has 512 octets; these are left. */
#define WORDS_MAX 116

static const int ours[] = { ERR_EOF, ERR_LOST, ERR_UNANSWERED, ERR_NO_REPLY,
	ERR_TIMEOUT, ERR_SIGNAL, ERR_PEER, ERR_PEER_FATAL, ERR_DEAF, ERR_LINE,
	ERR_RECORD, ERR_MODE, ERR_SIZE, ERR_TIMES, ERR_NAME, ERR_DOT,
	ERR_STATUS, ERR_ORDER, ERR_NOISE, ERR_UNTIMED, ERR_RELAY,
	ERR_DESTINATION, ERR_BYTES, ERR_PATH, ERR_ESCAPE, ERR_KIND, ERR_LINK,
	ERR_RESERVED, ERR_DEPTH, ERR_AGAIN, ERR_CHANGED, ERR_NO_PUBLISH,
	ERR_EXISTS, ERR_SET_MODE, ERR_SET_TIMES, ERR_LOG, ERR_LOOP,
	ERR_READ_ONLY, ERR_WRITE_ONLY, ERR_OPTION, ERR_BOTH, ERR_NEITHER,
	ERR_TARGET, ERR_NO_SOURCE, ERR_NO_REQUEST, ERR_MANY, ERR_COMMAND,
	ERR_FOREIGN, ERR_FORCED, ERR_PATTERN, ERR_STEPS, ERR_TILDE, ERR_SFTP,
	ERR_SFTP_OPTION, ERR_PACKET, ERR_HANDLE, ERR_UNSUPPORTED, ERR_MODIFY,
	ERR_LINKS, ERR_DOTFILES, ERR_STARTUP, ERR_ALLOW_NAMES, ERR_DENY_NAMES,
	ERR_MAX_FILE_SIZE, ERR_MAX_SESSION_BYTES, ERR_MAX_SESSION_FILES,
	ERR_MIN_FREE, ERR_CONFIG, ERR_SANDBOX, ERR_AUDIT, ERR_NO_ROOT };

static bool
is_ours(int code)
{
	for (size_t i = 0; i < COUNT(ours); i++)
		if (ours[i] == code)
			return true;
	return false;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e)
			return false;
	return true;
}

START_TEST(every_code_of_ours_has_a_row)
{
	for (size_t i = 0; i < COUNT(ours); i++)
		ck_assert_int_eq(err_info(ours[i])->code, ours[i]);
}
END_TEST

START_TEST(no_row_is_missing_from_the_list_of_this_test)
{
	for (int code = -1000; code < 0; code++)
		ck_assert_msg(is_ours(code) == (err_info(code)->code == code),
		    "%d", code);
}
END_TEST

START_TEST(words_are_short_and_hold_no_control_byte)
{
	const struct err_info *info;

	for (int code = -1000; code < 1000; code++) {
		info = err_info(code);
		ck_assert_uint_ge(strlen(err_words(info)), 2);
		ck_assert_msg(is_printable(err_words(info)), "%d", code);
		if (code != ERR_NEITHER) /* it has neither path nor detail */
			ck_assert_msg(
			    strlen(err_words(info)) <= WORDS_MAX, "%d", code);
		ck_assert_uint_le(strlen(err_words(info)), 200);
	}
}
END_TEST

/* They stand in the audit record as they are. */
START_TEST(tokens_are_one_plain_word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz-"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	const char *token;

	for (int code = -1000; code < 1000; code++) {
		token = err_token(err_info(code));
		ck_assert_uint_gt(strlen(token), 0);
		ck_assert_uint_eq(strspn(token, plain), strlen(token));
	}
}
END_TEST

START_TEST(only_success_and_a_clean_end_leave_status_0)
{
	int status;

	for (int code = -1000; code < 1000; code++) {
		status = err_info(code)->status;
		ck_assert(
		    status == 0 || status == 1 || status == 2 || status == 78);
		ck_assert_int_eq(status == 0, code == 0 || code == ERR_EOF);
	}
}
END_TEST

START_TEST(only_success_and_what_the_peer_said_itself_is_answered_ok)
{
	for (int code = -1000; code < 1000; code++)
		ck_assert_int_eq(err_info(code)->tell == TELL_OK,
		    code == 0 || code == ERR_PEER);
}
END_TEST

/* WinSCP gives up only on this prefix. */
START_TEST(what_is_not_the_protocol_is_fatal_and_says_so)
{
	static const int codes[] = { ERR_LINE, ERR_RECORD, ERR_MODE, ERR_SIZE,
		ERR_TIMES, ERR_NAME, ERR_STATUS, ERR_ORDER, ERR_NOISE,
		ERR_UNTIMED };
	const struct err_info *info;

	for (size_t i = 0; i < COUNT(codes); i++) {
		info = err_info(codes[i]);
		ck_assert_int_eq(
		    strncmp(err_words(info), "protocol error: ", 16), 0);
		ck_assert_int_eq(info->fate, FATE_STOP);
		ck_assert_int_eq(info->tell, TELL_WORDS);
		ck_assert_int_eq(info->status, 2);
	}
}
END_TEST

START_TEST(what_the_kernel_says_fails_one_item)
{
	static const struct {
		int code;
		const char *token, *words;
	} rows[] = {
		{ EPERM, "EPERM", "Operation not permitted" },
		{ ENOENT, "ENOENT", "No such file or directory" },
		{ EACCES, "EACCES", "Permission denied" },
		{ EISDIR, "EISDIR", "Is a directory" },
		{ ENOTDIR, "ENOTDIR", "Not a directory" },
		{ ENOSPC, "ENOSPC", "No space left on device" },
		{ EDQUOT, "EDQUOT", "Disk quota exceeded" },
		{ EFBIG, "EFBIG", "File too large" },
		{ ENAMETOOLONG, "ENAMETOOLONG", "File name too long" },
	};
	const struct err_info *info;

	for (size_t i = 0; i < COUNT(rows); i++) {
		info = err_info(rows[i].code);
		ck_assert_str_eq(err_token(info), rows[i].token);
		ck_assert_str_eq(err_words(info), rows[i].words);
		ck_assert_int_eq(info->fate, FATE_GO_ON);
		ck_assert_int_eq(info->status, 1);
	}
}
END_TEST

START_TEST(an_unknown_errno_fails_its_item_and_an_unknown_code_stops)
{
	ck_assert_int_eq(err_info(99999)->fate, FATE_GO_ON);
	ck_assert_int_eq(err_info(99999)->status, 1);
	ck_assert_int_eq(err_info(99999)->tell, TELL_WORDS);
	ck_assert_int_eq(err_info(-99999)->fate, FATE_STOP);
	ck_assert_int_eq(err_info(-99999)->status, 2);
	ck_assert_int_eq(err_info(-99999)->tell, TELL_WORDS);
}
END_TEST

/* A message about the request or the protocol names no file. */
START_TEST(all_but_the_request_and_the_protocol_shows_its_path)
{
	static const int without[] = { ERR_LINE, ERR_RECORD, ERR_MODE, ERR_SIZE,
		ERR_TIMES, ERR_NAME, ERR_DOT, ERR_STATUS, ERR_ORDER, ERR_NOISE,
		ERR_UNTIMED, ERR_RELAY, ERR_DESTINATION, ERR_READ_ONLY,
		ERR_WRITE_ONLY, ERR_OPTION, ERR_BOTH, ERR_NEITHER, ERR_TARGET,
		ERR_NO_SOURCE, ERR_MANY, ERR_COMMAND, ERR_FOREIGN, ERR_FORCED,
		ERR_PATTERN, ERR_TILDE, ERR_SFTP, ERR_SFTP_OPTION, ERR_PACKET };
	bool shows;

	for (int code = -999; code < 1000; code++) {
		shows = true;
		for (size_t i = 0; i < COUNT(without); i++)
			shows = shows && code != without[i];
		ck_assert_msg(err_info(code)->about_item == shows, "%d", code);
	}
}
END_TEST

/* An outside path must not be told from a missing one by the answer. */
START_TEST(leaving_the_root_is_told_in_the_same_words_by_us_and_the_kernel)
{
	ck_assert_str_eq(
	    err_words(err_info(ERR_PATH)), err_words(err_info(ERR_ESCAPE)));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		every_code_of_ours_has_a_row,
		no_row_is_missing_from_the_list_of_this_test,
		words_are_short_and_hold_no_control_byte,
		tokens_are_one_plain_word,
		only_success_and_a_clean_end_leave_status_0,
		only_success_and_what_the_peer_said_itself_is_answered_ok,
		what_is_not_the_protocol_is_fatal_and_says_so,
		what_the_kernel_says_fails_one_item,
		an_unknown_errno_fails_its_item_and_an_unknown_code_stops,
		all_but_the_request_and_the_protocol_shows_its_path,
		leaving_the_root_is_told_in_the_same_words_by_us_and_the_kernel,
	};

	return unit_run("err", tests, COUNT(tests));
}
