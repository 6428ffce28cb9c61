#ifndef SCP_PACKET_H
#define SCP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * S10: the grammar of packets (draft-ietf-secsh-filexfer-02, version 3).  What
 * a peer sent is read, and what it is sent is written, only by the functions
 * below, which make no system call and never leave their buffer.
 *
 *	packet = length type id *field
 *	attrs  = flags [size] [uid gid] [mode] [atime mtime] [extended]
 */
enum packet_type {
	FXP_INIT = 1,
	FXP_VERSION = 2,
	FXP_OPEN = 3,
	FXP_CLOSE = 4,
	FXP_READ = 5,
	FXP_WRITE = 6,
	FXP_LSTAT = 7,
	FXP_FSTAT = 8,
	FXP_SETSTAT = 9,
	FXP_FSETSTAT = 10,
	FXP_OPENDIR = 11,
	FXP_READDIR = 12,
	FXP_REMOVE = 13,
	FXP_MKDIR = 14,
	FXP_RMDIR = 15,
	FXP_REALPATH = 16,
	FXP_STAT = 17,
	FXP_RENAME = 18,
	FXP_READLINK = 19,
	FXP_SYMLINK = 20,
	FXP_STATUS = 101,
	FXP_HANDLE = 102,
	FXP_DATA = 103,
	FXP_NAME = 104,
	FXP_ATTRS = 105,
	FXP_EXTENDED = 200,
	FXP_EXTENDED_REPLY = 201,
};

enum packet_status {
	FX_OK = 0,
	FX_EOF = 1,
	FX_NO_SUCH_FILE = 2,
	FX_PERMISSION_DENIED = 3,
	FX_FAILURE = 4,
	FX_BAD_MESSAGE = 5,
	FX_OP_UNSUPPORTED = 8,
};

enum packet_open {
	FXF_READ = 1,
	FXF_WRITE = 2,
	FXF_APPEND = 4,
	FXF_CREAT = 8,
	FXF_TRUNC = 16,
	FXF_EXCL = 32,
};

enum packet_attr {
	ATTR_SIZE = 1,
	ATTR_UIDGID = 2,
	ATTR_PERMISSIONS = 4,
	ATTR_ACMODTIME = 8,
};
#define ATTR_EXTENDED UINT32_C(0x80000000)

/* Attributes; each counts only when its bit is in flags. */
struct packet_attrs {
	uint32_t flags;
	uint64_t size;
	uint32_t uid;
	uint32_t gid;
	uint32_t mode; /* with the bits of the kind */
	uint32_t atime;
	uint32_t mtime;
};

/* What is left to read.  A field that does not fit makes it bad for good. */
struct packet_reader {
	const char *p;
	size_t left;
	bool bad;
};

/*
 * Each takes one field.  Of a bad packet every number is 0 and every string
 * empty.  packet_string() returns a pointer into the packet, without a NUL;
 * packet_attrs() skips pairs of names and values that it does not know.
 */
uint8_t packet_u8(struct packet_reader *r);
uint32_t packet_u32(struct packet_reader *r);
uint64_t packet_u64(struct packet_reader *r);
const char *packet_string(struct packet_reader *r, size_t *len);
void packet_attrs(struct packet_reader *r, struct packet_attrs *out);

/* A buffer that answers are written to.  What does not fit is not written. */
struct packet_writer {
	char *p;
	size_t cap;
	size_t len;
};

/* The most octets of an answer apart from its strings. */
#define PACKET_HEAD_MAX ((size_t)64)

/* Returns how many octets there is room for. */
size_t packet_room(const struct packet_writer *w);

/*
 * packet_begin() writes the head of a packet and returns where it is;
 * packet_end() sets its length.
 */
size_t packet_begin(struct packet_writer *w, enum packet_type type);
void packet_end(struct packet_writer *w, size_t at);
void packet_put_u8(struct packet_writer *w, uint8_t n);
void packet_put_u32(struct packet_writer *w, uint32_t n);
void packet_put_u64(struct packet_writer *w, uint64_t n);
void packet_put_octets(struct packet_writer *w, const char *s, size_t n);
void packet_put_string(struct packet_writer *w, const char *s, size_t len);
void packet_put_attrs(struct packet_writer *w, const struct packet_attrs *a);

/* Writes over a number that stands at this place. */
void packet_set_u32(struct packet_writer *w, size_t at, uint32_t n);

#endif
