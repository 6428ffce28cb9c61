/*
 * S8: the system calls that remain after lockdown.  Whatever is not here kills
 * the process; neither memory calls nor anything that names a file for reading
 * is here for a sink, nor anything that writes to files for a source.
 *
 * This is data: the compiler of the target preprocesses it, so that the words
 * are the target's, and seccomp_compile.c turns it into programs.
 *
 *	CALL(name, programs, condition, reason)
 *
 * programs has a column for each of enum confine_program, a letter where the
 * call is allowed:
 *
 *	S source	W source-walk	N sink-new	R sink (replaces)
 *	M sink-named	V sink-versions	O sink-open	I sink-inplace
 *	the same with the set-group-ID bit of directories:
 *	G sink-new-setgid	H sink-setgid (R to O)	J sink-inplace-setgid
 *	and with set-id bits of files:
 *	T sink-new-setid	U sink-setid
 *
 * condition: ANY; or some of these, all of which must hold, arguments counted
 * from 0:
 *
 *	INT(n, value)		an int argument is value
 *	BITS(n, mask, value)	the bits of an int argument in mask are value
 *	POINTER(n, value)	all 64 bits of an argument are value
 */
#include <fcntl.h>
#include <linux/fs.h> /* RENAME_NOREPLACE */
#include <time.h>
#include <unistd.h> /* STDOUT_FILENO */

#include "sandbox/open_flags.h"

/*
 * openat(2) with exactly these flags, and no set-id or sticky bit.  Some C
 * libraries add O_LARGEFILE to every open; elsewhere it is 0.
 */
#define OPEN(words) BITS(2, ~O_LARGEFILE, words) BITS(3, ~0777, 0)

/* A mode of nine bits, without set-id bits. */
#define MODE(n) BITS(n, ~0777, 0)

/*
 * A 32-bit machine has calls of its own for offsets and times of 64 bits.
 * There statx(2) is what tells about a descriptor; no filter sees its path, so
 * one of this program could learn what exists elsewhere, which Landlock does
 * not govern either.
 */
#if defined(__arm__)
#define FSTAT		"statx"
#define IS_FSTAT	INT(2, AT_EMPTY_PATH | AT_NO_AUTOMOUNT)
#define CLOCK_GETTIME	"clock_gettime64"
#define CLOCK_NANOSLEEP "clock_nanosleep_time64"
#define SIGRETURN	"sigreturn"
#define LSEEK		"_llseek"
#define FTRUNCATE	"ftruncate64"
#define SENDFILE	"sendfile64"
#define FSTATFS		"fstatfs64"
#define FCHOWN		"fchown32"
#define UTIMENSAT	"utimensat_time64"
#else
#define FSTAT		"fstat"
#define IS_FSTAT	ANY
#define CLOCK_GETTIME	"clock_gettime"
#define CLOCK_NANOSLEEP "clock_nanosleep"
#define SIGRETURN	"rt_sigreturn"
#define LSEEK		"lseek"
#define FTRUNCATE	"ftruncate"
#define SENDFILE	"sendfile"
#define FSTATFS		"fstatfs"
#define FCHOWN		"fchown"
#define UTIMENSAT	"utimensat"
#endif

/* Without a path, which kernels since 6.11 know. */
#define IS_STATX POINTER(1, 0) INT(2, AT_EMPTY_PATH | AT_NO_AUTOMOUNT)

/* Everything above this line is left out of the table. */
TABLE_BEGINS

/* clang-format off */
CALL("read",	      "SWNGTRMVOHIJU", ANY, "records and bodies; a file to send")
CALL("write",	      "SWNGTRMVOHIJU", ANY, "replies; a file that was opened here")
CALL("close",	      "SWNGTRMVOHIJU", ANY, "takes nothing")
CALL(FSTAT,	      "SWNGTRMVOHIJU", IS_FSTAT, "what an open descriptor is")
CALL(CLOCK_GETTIME,   "SWNGTRMVOHIJU", ANY, "deadlines, where there is no vDSO")
CALL(CLOCK_NANOSLEEP, "SWNGTRMVOHIJU", INT(0, CLOCK_MONOTONIC), "RateLimit")
CALL(SIGRETURN,	      "SWNGTRMVOHIJU", ANY, "back from the handlers of our timer")
CALL("exit_group",    "SWNGTRMVOHIJU", ANY, "the end")
CALL("sendto",	      "SWNGTRMVOHIJU", POINTER(4, 0), "the log, as connected")

CALL("writev",	      "SW-----------", ANY, "records that go out together")
CALL(SENDFILE,	      "SW-----------", INT(0, STDOUT_FILENO), "a file to the peer")
CALL("openat2",	      "S------------", ANY, "beneath the root; cannot write")
CALL("openat",	      "SW-----------", OPEN(F_OLD), "what an entry is; last link")
CALL("openat",	      "-W-----------", OPEN(F_READ_ENTRY), "file or directory")
CALL("openat",	      "-W-----------", OPEN(F_LOOK_PARENT), "a step of the walk")
CALL("readlinkat",    "-W-----------", ANY, "a link that is followed")
CALL(FSTATFS,	      "-W-----------", ANY, "whether it is a link of /proc")
CALL("getdents64",    "SW-----------", ANY, "the entries of a directory")
CALL(LSEEK,	      "SW-----------", ANY, "on with a directory left for another")

CALL("openat",	      "--NGTRMVOHIJU", OPEN(F_OLD), "what stands under a name")
CALL("openat",	      "--NGTRMVOHIJU", OPEN(F_DIR), "a directory to store in")
CALL("openat",	      "--NGTRMVOHIJU", OPEN(F_TMP), "an unnamed file to write")
CALL("openat",	      "------MVOHIJU", OPEN(F_NEW), "a named one, never old")
CALL("openat",	      "----------IJU", OPEN(F_WRITE), "the old file itself")
#if !defined(__arm__) /* there it is allowed above */
CALL("statx",	      "--NGTRMVOHIJU", IS_STATX, "append-only, immutable, mounted")
#endif
CALL("mkdirat",	      "--NGTRMVOHIJU", MODE(2), "-r; Landlock decides")
CALL("fallocate",     "--NGTRMVOHIJU", INT(1, 0), "room for a file, and no holes")
CALL(FTRUNCATE,	      "----------IJU", ANY, "the old file was longer")
CALL("fchmod",	      "--N--RMVO-I--", MODE(1), "-p, without set-id bits")
CALL("fchmod",	      "---G-----H-J-", BITS(1, ~02777, 0), "setgid directories")
CALL("fchmod",	      "----T-------U", BITS(1, ~06777, 0), "SetIdBits yes")
CALL("fsync",	      "--NGTRMVOHIJU", ANY, "Sync always: a directory")
CALL("fdatasync",     "--NGTRMVOHIJU", ANY, "Sync always: a file")
CALL(FSTATFS,	      "--NGTRMVOHIJU", ANY, "MinFree, and a tmpfs")
CALL(FCHOWN,	      "-----RMVOHIJU", ANY, "the owner of a replaced file")
CALL(UTIMENSAT,	      "--NGTRMVOHIJU", POINTER(1, 0) INT(3, 0), "by descriptor")
CALL("linkat",	      "--NGTRMVOHIJU", INT(4, AT_EMPTY_PATH), "publishes, whole")
CALL("linkat",	      "--NGTRMVOHIJU", INT(4, AT_SYMLINK_FOLLOW), "on old kernels")
CALL("linkat",	      "------MVOHIJU", INT(4, 0), "where rename always replaces")
CALL("renameat2",     "-----RMVOHIJU", INT(4, 0), "a whole file over the old one")
CALL("renameat2",     "-----RMVOHIJU", INT(4, RENAME_NOREPLACE), "to a free name")
CALL("renameat2",     "-------VOHIJU", INT(4, RENAME_EXCHANGE), "versions")
CALL("unlinkat",      "-----RMVOHIJU", INT(2, 0), "our temporary; no directory")
/* clang-format on */
