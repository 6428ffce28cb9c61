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
 *	with set-id bits of files; nothing but what the end of a session needs:
 *	T sink-new-setid	U sink-setid	Z refusal
 *	and of SFTP:
 *	D sftp-read	E sftp-read-walk		A sftp-add
 *	P sftp-write	B sftp-both	K sftp-links
 *	with the set-group-ID bit of directories:
 *	C sftp-write-setgid (A, P)	F sftp-both-setgid (B, K)
 *	X sftp-open	Y sftp-setid
 *
 * Those of SFTP are wider than what is granted: P to Y have what named
 * temporaries and versions need, whether they are used or not; B to Y but not C
 * also what Overwrite deny does not need; F links; X, of sessions without a
 * Root, all but set-id bits of files; Y all.  Landlock has only what
 * is granted.
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

/* A mode without set-id bits. */
#define MODE(n) BITS(n, ~01777, 0)

/*
 * A 32-bit machine has calls of its own for offsets and times of 64 bits.
 * There statx(2) is what tells about a descriptor; no filter sees its path, so
 * one of this program could learn what exists elsewhere, which Landlock does
 * not govern either.
 */
#if defined(__arm__)
#define FSTAT	  "statx"
#define IS_FSTAT  INT(2, AT_EMPTY_PATH | AT_NO_AUTOMOUNT)
#define GETTIME	  "clock_gettime64"
#define NANOSLEEP "clock_nanosleep_time64"
#define SIGRETURN "sigreturn"
#define LSEEK	  "_llseek"
#define FTRUNCATE "ftruncate64"
#define SENDFILE  "sendfile64"
#define FSTATFS	  "fstatfs64"
#define FCHOWN	  "fchown32"
#define UTIMENSAT "utimensat_time64"
#else
#define FSTAT	  "fstat"
#define IS_FSTAT  ANY
#define GETTIME	  "clock_gettime"
#define NANOSLEEP "clock_nanosleep"
#define SIGRETURN "rt_sigreturn"
#define LSEEK	  "lseek"
#define FTRUNCATE "ftruncate"
#define SENDFILE  "sendfile"
#define FSTATFS	  "fstatfs"
#define FCHOWN	  "fchown"
#define UTIMENSAT "utimensat"
#endif

/* Without a path, which kernels since 6.11 know. */
#define IS_STATX POINTER(1, 0) INT(2, AT_EMPTY_PATH | AT_NO_AUTOMOUNT)

/* Everything above this line is left out of the table. */
TABLE_BEGINS

/* clang-format off */
CALL("read",       "SWNGTRMVOHIJUZDEAPBKCFXY", ANY, "peers, files")
CALL("write",      "SWNGTRMVOHIJUZDEAPBKCFXY", ANY, "replies, new files")
CALL("close",      "SWNGTRMVOHIJU-DEAPBKCFXY", ANY, "takes nothing")
CALL(FSTAT,        "SWNGTRMVOHIJU-DEAPBKCFXY", IS_FSTAT, "what is open")
CALL(GETTIME,      "SWNGTRMVOHIJUZDEAPBKCFXY", ANY, "no vDSO: deadlines")
CALL(NANOSLEEP,    "SWNGTRMVOHIJUZDEAPBKCFXY", INT(0, CLOCK_MONOTONIC), "rate")
CALL(SIGRETURN,    "SWNGTRMVOHIJUZDEAPBKCFXY", ANY, "from our handlers")
CALL("exit_group", "SWNGTRMVOHIJUZDEAPBKCFXY", ANY, "the end")
CALL("sendto",     "SWNGTRMVOHIJUZDEAPBKCFXY", POINTER(4, 0), "the log")

CALL("writev",     "SW----------------------", ANY, "records sent together")
CALL(SENDFILE,     "SW------------DE--BK-FXY", INT(0, STDOUT_FILENO), "peers")
CALL("openat2",    "S-------------D-------XY", ANY, "beneath the root")
CALL("openat",     "SW------------DE--------", OPEN(F_OLD), "what is there")
CALL("openat",     "-W-------------E--BK-FXY", OPEN(F_READ_ENTRY), "to read it")
CALL("openat",     "-W-------------EAPBKCFXY", OPEN(F_LOOK_PARENT), "a walk")
CALL("readlinkat", "-W------------DEAPBKCFXY", ANY, "what a link says")
CALL(FSTATFS,      "-W------------DE--------", ANY, "whether it is of /proc")
CALL("getdents64", "SW------------DE--BK-FXY", ANY, "entries of a directory")
CALL(LSEEK,        "SW------------DE--BK-FXY", ANY, "go on in a directory")

CALL("openat",     "--NGTRMVOHIJU---APBKCFXY", OPEN(F_OLD), "what has a name")
CALL("openat",     "--NGTRMVOHIJU---APBKCFXY", OPEN(F_DIR), "to store in")
CALL("openat",     "--NGTRMVOHIJU---APBKCFXY", OPEN(F_TMP), "a new file")
CALL("openat",     "------MVOHIJU----PBKCFXY", OPEN(F_NEW), "a named one")
CALL("openat",     "----------IJU---------XY", OPEN(F_WRITE), "the old file")
#if !defined(__arm__) /* there it is allowed above */
CALL("statx",      "--NGTRMVOHIJU---APBKCFXY", IS_STATX, "append-only, mounted")
#endif
CALL("mkdirat",    "--NGTRMVOHIJU---APBKCFXY", MODE(2), "-r; Landlock decides")
CALL("fallocate",  "--NGTRMVOHIJU---APBKCFXY", INT(1, 0), "room, no holes")
CALL(FTRUNCATE,    "----------IJU---APBKCFXY", ANY, "length of what is written")
CALL("fchmod",     "--N--RMVO-I-----APBK----", MODE(1), "-p, no set-id bits")
CALL("fchmod",     "---G-----H-J--------CFX-", BITS(1, ~03777, 0), "group dirs")
CALL("fchmod",     "----T-------U----------Y", BITS(1, ~07777, 0), "SetIdBits")
CALL("fchmodat",   "----------------------X-", BITS(2, ~03777, 0), "unreadable")
CALL("fchmodat",   "-----------------------Y", BITS(2, ~07777, 0), "unreadable")
CALL("fsync",      "--NGTRMVOHIJU---APBKCFXY", ANY, "Sync always: a directory")
CALL("fdatasync",  "--NGTRMVOHIJU---APBKCFXY", ANY, "Sync always: a file")
CALL(FSTATFS,      "--NGTRMVOHIJU---APBKCFXY", ANY, "MinFree, and a tmpfs")
CALL(FCHOWN,       "-----RMVOHIJU----PBKCFXY", ANY, "who owned the old file")
CALL(UTIMENSAT,    "--NGTRMVOHIJU---APBKCFXY", POINTER(1, 0) INT(3, 0), "times")
CALL("linkat",     "--NGTRMVOHIJU---APBKCFXY", INT(4, AT_EMPTY_PATH), "publish")
CALL("linkat",     "--NGTRMVOHIJU---APBKCFXY", INT(4, AT_SYMLINK_FOLLOW), "too")
CALL("linkat",     "------MVOHIJU----PBKCFXY", INT(4, 0), "as a rename")
CALL("renameat2",  "-----RMVOHIJU----PBKCFXY", INT(4, 0), "over the old")
CALL("renameat2",  "-----RMVOHIJU----PBKCFXY", INT(4, RENAME_NOREPLACE), "free")
CALL("renameat2",  "-------VOHIJU----PBKCFXY", INT(4, RENAME_EXCHANGE), "kept")
CALL("unlinkat",   "-----RMVOHIJU----PBKCFXY", INT(2, 0), "our temporary")

CALL("pread64",    "--------------DE--BK-FXY", ANY, "SFTP: READ at an offset")
CALL("pwrite64",   "----------------APBKCFXY", ANY, "SFTP: WRITE at one")
CALL("copy_file_range", "------------------BK-FXY", INT(5, 0), "SFTP: old file")
CALL("unlinkat",   "-----------------PBKCFXY", INT(2, AT_REMOVEDIR), "RMDIR")
CALL("symlinkat",  "-------------------K-FXY", ANY, "Links yes")
CALL("openat",     "------------------BK-FXY", OPEN(F_TMP_BOTH), "read back")
CALL("openat",     "------------------BK-FXY", OPEN(F_NEW_BOTH), "read back")
/* clang-format on */
