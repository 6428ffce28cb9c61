#include "err.h"

#include <errno.h>
#include <stddef.h>

/* clang-format off */
#define ITEM(code, words)						\
	{ code, #code, FATE_GO_ON, TELL_WORDS, true, 1, words }
#define OURS(code, token, words)					\
	{ code, token, FATE_GO_ON, TELL_WORDS, true, 1, words }
#define PROTOCOL(code, token, words)					\
	{ code, token, FATE_STOP, TELL_WORDS, false, 2,			\
	    "protocol error: " words }
#define REFUSED(code, token, words)					\
	{ code, token, FATE_STOP, TELL_WORDS, false, 2, words }

static const struct err_info table[] = {
	{ 0, "ok", FATE_GO_ON, TELL_OK, true, 0, "ok" },

	/* the wire */
	{ ERR_EOF, "ok", FATE_STOP, TELL_NONE, true, 0, "end of input" },
	{ ERR_LOST, "lost", FATE_STOP, TELL_WORDS, true, 2, "lost connection" },
	{ ERR_UNANSWERED, "unanswered", FATE_STOP, TELL_NONE, true, 1,
	    "no reply from the peer" },
	{ ERR_TIMEOUT, "timeout", FATE_STOP, TELL_WORDS, true, 2, "timed out" },
	{ ERR_SIGNAL, "signal", FATE_STOP, TELL_WORDS, true, 2, "terminated" },
	{ ERR_PEER, "peer", FATE_GO_ON, TELL_OK, true, 1,
	    "failed at the peer" },
	{ ERR_DEAF, "deaf", FATE_STOP, TELL_NONE, true, 2,
	    "the peer no longer reads" },
	{ ERR_PEER_FATAL, "peer-fatal", FATE_STOP, TELL_NONE, true, 2,
	    "the peer gave up" },

	/* what is not the protocol: the session can't be trusted any more */
	PROTOCOL(ERR_LINE, "line", "record too long"),
	PROTOCOL(ERR_RECORD, "record", "unknown record"),
	PROTOCOL(ERR_MODE, "mode", "bad mode"),
	PROTOCOL(ERR_SIZE, "size", "bad size"),
	PROTOCOL(ERR_TIMES, "times", "bad times"),
	PROTOCOL(ERR_NAME, "name", "unexpected filename"),
	PROTOCOL(ERR_STATUS, "status", "status byte expected"),
	PROTOCOL(ERR_ORDER, "order", "received directory without -r"),
	PROTOCOL(ERR_UNTIMED, "untimed", "times expected before the file"),
	PROTOCOL(ERR_NOISE, "noise", "too many warnings"),

	/* what we refuse or find in the tree: the item fails */
	OURS(ERR_BYTES, "bytes", "Control characters in the name"),
	OURS(ERR_PATH, "path", "Path leaves the served directory"),
	OURS(ERR_ESCAPE, "escape", "Path leaves the served directory"),
	OURS(ERR_KIND, "kind", "not a regular file"),
	OURS(ERR_LINK, "link", "Symbolic link not followed"),
	OURS(ERR_RESERVED, "reserved", "Name is reserved for temporary files"),
	OURS(ERR_DEPTH, "depth", "Directories nested too deep"),
	OURS(ERR_AGAIN, "again", "Not a directory, and already received"),
	OURS(ERR_CHANGED, "changed", "File shrank while it was sent"),
	OURS(ERR_NO_PUBLISH, "publish",
	    "This file system can't publish files whole here"),
	OURS(ERR_EXISTS, "exists", "File exists"),
	OURS(ERR_LOOP, "loop", "Too many levels of symbolic links"),

	/* policy and request */
	REFUSED(ERR_READ_ONLY, "read-only", "uploads are not allowed"),
	REFUSED(ERR_WRITE_ONLY, "write-only", "downloads are not allowed"),
	REFUSED(ERR_OPTION, "option", "unknown option"),
	REFUSED(ERR_BOTH, "request", "-t and -f exclude each other"),
	REFUSED(ERR_NEITHER, "request",
	    "this is the server half of scp (scp-server): "
	    "it copies only when an scp client calls it; "
	    "between two hosts use scp -3"),
	REFUSED(ERR_TARGET, "request", "ambiguous target"),
	REFUSED(ERR_NO_SOURCE, "request", "no file was named"),
	{ ERR_NO_REQUEST, "request", FATE_STOP, TELL_WORDS, true, 1,
	    "this is the server half of scp; it is started by sshd" },
	REFUSED(ERR_MANY, "request", "too many files were named"),
	REFUSED(ERR_COMMAND, "command", "command not allowed"),
	REFUSED(ERR_FOREIGN, "command",
	    "this account takes scp commands only"),
	REFUSED(ERR_PATTERN, "pattern", "a pattern can't be a target"),
	REFUSED(ERR_TILDE, "tilde", "~user is not allowed"),
	REFUSED(ERR_SFTP, "sftp",
	    "this account takes the SCP protocol only; use: scp -O"),
	REFUSED(ERR_RELAY, "relay",
	    "copies to another host are not allowed from here (Relay); "
	    "go through the client: scp -3"),
	REFUSED(ERR_DESTINATION, "destination",
	    "not a destination on another host: [user@]host:path"),
	OURS(ERR_STEPS, "steps", "Pattern too complex"),
	OURS(ERR_DOTFILES, "DotFiles", "name not allowed (DotFiles)"),
	OURS(ERR_ALLOW_NAMES, "AllowNames", "name not allowed (AllowNames)"),
	OURS(ERR_DENY_NAMES, "DenyNames", "name not allowed (DenyNames)"),
	OURS(ERR_MAX_FILE_SIZE, "MaxFileSize",
	    "larger than this account may copy (MaxFileSize)"),
	OURS(ERR_MAX_SESSION_BYTES, "MaxSessionBytes",
	    "more than one session may copy (MaxSessionBytes)"),
	OURS(ERR_MAX_SESSION_FILES, "MaxSessionFiles",
	    "more files than one session may copy (MaxSessionFiles)"),
	OURS(ERR_MIN_FREE, "MinFree",
	    "the file system would be too full (MinFree)"),

	{ ERR_CONFIG, "config", FATE_STOP, TELL_WORDS, true, 78,
	    "server configuration error" },
	{ ERR_SANDBOX, "sandbox", FATE_STOP, TELL_WORDS, true, 78,
	    "server configuration error" },

	/* what the kernel says about the served tree */
	ITEM(EPERM, "Operation not permitted"),
	ITEM(ENOENT, "No such file or directory"),
	ITEM(EINTR, "Interrupted system call"),
	ITEM(EIO, "Input/output error"),
	ITEM(ENXIO, "No such device or address"),
	ITEM(EBADF, "Bad file descriptor"),
	ITEM(EAGAIN, "Resource temporarily unavailable"),
	ITEM(ENOMEM, "Cannot allocate memory"),
	ITEM(EACCES, "Permission denied"),
	ITEM(EBUSY, "Device or resource busy"),
	ITEM(EEXIST, "File exists"),
	ITEM(EXDEV, "Invalid cross-device link"),
	ITEM(ENODEV, "No such device"),
	ITEM(ENOTDIR, "Not a directory"),
	ITEM(EISDIR, "Is a directory"),
	ITEM(EINVAL, "Invalid argument"),
	ITEM(ENFILE, "Too many open files in system"),
	ITEM(EMFILE, "Too many open files"),
	ITEM(ETXTBSY, "Text file busy"),
	ITEM(EFBIG, "File too large"),
	ITEM(ENOSPC, "No space left on device"),
	ITEM(ESPIPE, "Illegal seek"),
	ITEM(EROFS, "Read-only file system"),
	ITEM(EMLINK, "Too many links"),
	ITEM(EPIPE, "Broken pipe"),
	ITEM(ENAMETOOLONG, "File name too long"),
	ITEM(ENOSYS, "Function not implemented"),
	ITEM(ENOTEMPTY, "Directory not empty"),
	ITEM(ELOOP, "Too many levels of symbolic links"),
	ITEM(EOVERFLOW, "Value too large for defined data type"),
	ITEM(EOPNOTSUPP, "Operation not supported"),
	ITEM(ETIMEDOUT, "Connection timed out"),
	ITEM(ESTALE, "Stale file handle"),
	ITEM(EDQUOT, "Disk quota exceeded"),
};

static const struct err_info unknown_errno =
	{ 0, "errno", FATE_GO_ON, TELL_WORDS, true, 1, "Operation failed" };
static const struct err_info unknown_code =
	{ 0, "internal", FATE_STOP, TELL_WORDS, true, 2, "internal error" };
/* clang-format on */

const struct err_info *
err_info(int err)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == err)
			return &table[i];
	return err > 0 ? &unknown_errno : &unknown_code;
}
