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
 *	S source	W source-walk	N sink-new	T sink-new-setid
 *	R sink (replaces)		M sink-named	V sink-versions
 *	O sink-open	I sink-inplace	U sink-setid
 *	X refusal
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

/* Everything above this line is left out of the table. */
TABLE_BEGINS

/* clang-format off */
CALL("read",	      "SWNTRMVOIUX", ANY, "records and bodies; a file to send")
CALL("write",	      "SWNTRMVOIUX", ANY, "replies; a file that was opened here")
CALL("close",	      "SWNTRMVOIU-", ANY, "takes nothing")
CALL(FSTAT,	      "SWNTRMVOIU-", IS_FSTAT, "what an open descriptor is")
CALL(CLOCK_GETTIME,   "SWNTRMVOIUX", ANY, "deadlines, where there is no vDSO")
CALL(CLOCK_NANOSLEEP, "SWNTRMVOIUX", INT(0, CLOCK_MONOTONIC), "RateLimit")
CALL(SIGRETURN,	      "SWNTRMVOIUX", ANY, "back from the handlers of our timer")
CALL("exit_group",    "SWNTRMVOIUX", ANY, "the end")
CALL("sendto",	      "SWNTRMVOIUX", POINTER(4, 0), "the log, as connected")

CALL("writev",	      "SW---------", ANY, "records that go out together")
CALL(SENDFILE,	      "SW---------", INT(0, STDOUT_FILENO), "a file to the peer")
CALL("openat2",	      "S----------", ANY, "beneath the root; cannot write")
CALL("openat",	      "SW---------", OPEN(F_OLD), "what an entry is; last link")
CALL("openat",	      "-W---------", OPEN(F_READ_ENTRY), "file or directory")
CALL("openat",	      "-W---------", OPEN(F_LOOK_PARENT), "a step of the walk")
CALL("readlinkat",    "-W---------", ANY, "a link that is followed")
CALL(FSTATFS,	      "-W---------", ANY, "whether it is a link of /proc")
CALL("getdents64",    "SW---------", ANY, "the entries of a directory")
CALL(LSEEK,	      "SW---------", ANY, "on with a directory left for another")

CALL("openat",	      "--NTRMVOIU-", OPEN(F_OLD), "what stands under a name")
CALL("openat",	      "--NTRMVOIU-", OPEN(F_DIR), "a directory to store in")
CALL("openat",	      "--NTRMVOIU-", OPEN(F_TMP), "an unnamed file to write")
CALL("openat",	      "-----MVOIU-", OPEN(F_NEW), "a named one, never old")
CALL("openat",	      "--------IU-", OPEN(F_WRITE), "the old file itself")
CALL("mkdirat",	      "--NTRMVOIU-", MODE(2), "-r; Landlock decides")
CALL("fallocate",     "--NTRMVOIU-", INT(1, 0), "room for a file, and no holes")
CALL(FTRUNCATE,	      "--------IU-", ANY, "the old file was longer")
CALL("fchmod",	      "--N-RMVOI--", MODE(1), "-p, without set-id bits")
CALL("fchmod",	      "---T-----U-", BITS(1, ~06777, 0), "SetIdBits yes")
CALL("fsync",	      "--NTRMVOIU-", ANY, "Sync always: a directory")
CALL("fdatasync",     "--NTRMVOIU-", ANY, "Sync always: a file")
CALL(FSTATFS,	      "--NTRMVOIU-", ANY, "MinFree, and a tmpfs")
CALL(FCHOWN,	      "----RMVOIU-", ANY, "the owner of a replaced file")
CALL(UTIMENSAT,	      "--NTRMVOIU-", POINTER(1, 0) INT(3, 0), "by descriptor")
CALL("linkat",	      "--NTRMVOIU-", INT(4, AT_EMPTY_PATH), "publishes, whole")
CALL("linkat",	      "--NTRMVOIU-", INT(4, AT_SYMLINK_FOLLOW), "on old kernels")
CALL("linkat",	      "-----MVOIU-", INT(4, 0), "where rename always replaces")
CALL("renameat2",     "----RMVOIU-", INT(4, 0), "a whole file over the old one")
CALL("renameat2",     "----RMVOIU-", INT(4, RENAME_NOREPLACE), "Overwrite deny")
CALL("renameat2",     "------VOIU-", INT(4, RENAME_EXCHANGE), "versions")
CALL("unlinkat",      "----RMVOIU-", INT(2, 0), "our temporary; no directory")
/* clang-format on */
