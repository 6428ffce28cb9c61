#ifndef SCP_ERR_H
#define SCP_ERR_H

#include <stdbool.h>

/*
 * An error is one int: 0 for none, a positive errno for what the kernel said
 * about the served tree, or one of these for what we found ourselves.
 */
enum {
	ERR_EOF = -1,	     /* end of input where a record may begin */
	ERR_LOST = -2,	     /* end of input inside a record or body */
	ERR_UNANSWERED = -3, /* the peer left while we waited for its reply */
	ERR_TIMEOUT = -4,    /* IdleTimeout or SessionTimeout */
	ERR_SIGNAL = -5,     /* TERM, HUP or INT */
	ERR_PEER = -6,	     /* the peer said \1: its item failed */
	ERR_PEER_FATAL = -7, /* the peer said \2: it gave up */
	ERR_DEAF = -8,	     /* the peer has closed the end it reads from */

	ERR_LINE = -10,	   /* a control line over 4,096 octets */
	ERR_RECORD = -11,  /* no record begins like this */
	ERR_MODE = -12,	   /* mode is not 1 to 7 octal digits */
	ERR_SIZE = -13,	   /* size is not 0 to 2^63-1 in decimal */
	ERR_TIMES = -14,   /* malformed T record */
	ERR_NAME = -15,	   /* a name that could leave its directory */
	ERR_STATUS = -16,  /* neither \0, \1 nor \2 where a status belongs */
	ERR_ORDER = -17,   /* D without -r */
	ERR_UNTIMED = -19, /* Pipelining: a C without the T that was expected */
	ERR_NOISE = -18,   /* more \1 records than any honest peer sends */

	ERR_BYTES = -20,      /* control characters in a name or path */
	ERR_PATH = -21,	      /* a path that leaves the root */
	ERR_ESCAPE = -22,     /* the kernel found that it leaves the root */
	ERR_KIND = -23,	      /* neither a regular file nor a directory */
	ERR_LINK = -24,	      /* a symbolic link where none is followed */
	ERR_RESERVED = -25,   /* the name of one of our temporary files */
	ERR_DEPTH = -26,      /* deeper than MaxDepth */
	ERR_AGAIN = -27,      /* a second file for one file target */
	ERR_CHANGED = -28,    /* the file shrank while it was sent */
	ERR_NO_PUBLISH = -29, /* nothing can be published whole here */
	ERR_EXISTS = -30,     /* Overwrite deny */
	ERR_LOOP = -31,	      /* a directory that is its own ancestor */

	ERR_READ_ONLY = -40,  /* Access read-only */
	ERR_WRITE_ONLY = -41, /* Access write-only */

	ERR_OPTION = -50,     /* unknown option of the request */
	ERR_BOTH = -51,	      /* -t and -f */
	ERR_NEITHER = -52,    /* operands, but neither -t nor -f */
	ERR_TARGET = -53,     /* -t without exactly one operand */
	ERR_NO_SOURCE = -54,  /* -f without an operand */
	ERR_NO_REQUEST = -55, /* no argument at all */
	ERR_MANY = -56,	      /* more operands than we take */
	ERR_COMMAND = -57,    /* a command that only a shell could run */
	ERR_FOREIGN = -58,    /* a command that is neither scp nor sftp */
	ERR_PATTERN = -59,    /* a pattern as the target of an upload */

	ERR_STEPS = -69, /* a pattern beyond its bounds */
	ERR_TILDE = -70, /* somebody else's home directory */
	ERR_SFTP = -71,	 /* Sftp deny */

	ERR_RELAY = -72,       /* Relay deny, or another destination */
	ERR_DESTINATION = -73, /* no [user@]host:path that we could pass on */

	ERR_DOTFILES = -80, /* refused by the keyword of that name */
	ERR_ALLOW_NAMES = -81,
	ERR_DENY_NAMES = -82,
	ERR_MAX_FILE_SIZE = -83,
	ERR_MAX_SESSION_BYTES = -84,
	ERR_MAX_SESSION_FILES = -85,
	ERR_MIN_FREE = -86,

	ERR_CONFIG = -60,  /* an option of the administrator is wrong */
	ERR_SANDBOX = -61, /* a layer that is required is missing */
};

/* What becomes of the session. */
enum err_fate {
	FATE_GO_ON, /* this item failed, the session goes on */
	FATE_STOP,  /* the session ends here */
};

/* How the peer learns of it where an item is due a reply. */
enum err_tell {
	TELL_OK,    /* \0: the peer itself reported the failure */
	TELL_WORDS, /* \1 or \2, and the words */
	TELL_NONE,  /* nothing: the peer is gone or no longer listens */
};

struct err_info {
	int code;
	const char *token;	/* for the audit record: "ENOSPC" */
	enum err_fate fate : 8; /* small, for there are many rows */
	enum err_tell tell : 8;
	bool about_item;      /* the words need the item's path before them */
	unsigned char status; /* exit status it raises to: 0, 1, 2 or 78 */
	const char *words;    /* for people: "No space left on device" */
};

/*
 * The row for an error.  Never NULL: an unknown errno fails its item, an
 * unknown code of ours stops the session.  err 0 has a row too.
 */
const struct err_info *err_info(int err);

#endif
