/*
 * The bare loop of SFTP, for small files that are asked for one after the other
 * (floor.c): one file at a time, no handle but its descriptor, no attribute but
 * a mode, nothing checked.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "drive.h"
#include "floor.h"
#include "packets.h"

enum {
	END_OF_FILE = 1,
	FOR_WRITING = 2,
	HANDLE_OCTETS = 4,
	HEAD = 9,     /* length, type, id */
	PIECE = 32768 /* that a READ asks for at most */
};

static unsigned char in[PIECE + 4096];
static char path[4096], *name;
static int file = -1;
static bool writes;

static uint32_t
number(size_t at)
{
	return (uint32_t)in[at] << 24 | (uint32_t)in[at + 1] << 16 |
	    (uint32_t)in[at + 2] << 8 | in[at + 3];
}

static void
store_number(unsigned char *out, uint32_t n)
{
	for (int i = 3; i >= 0; i--, n >>= 8)
		out[i] = (unsigned char)n;
}

/* A whole packet, or false at the end: the client waits for each answer. */
static bool
get_packet(void)
{
	size_t got = 0;
	ssize_t n;

	do {
		if ((n = read(0, in + got, sizeof(in) - got)) <= 0)
			return false;
		got += (size_t)n;
	} while (got < 4 || got < 4 + number(0));
	return true;
}

/* An answer with the id of the request, a number and octets behind it. */
static void
answer(int type, uint32_t value, const void *data, size_t len)
{
	unsigned char head[HEAD + 4];
	struct iovec parts[] = { { head, sizeof(head) },
		{ (void *)(uintptr_t)data, len } };

	store_number(head, (uint32_t)(sizeof(head) - 4 + len));
	head[4] = (unsigned char)type;
	memcpy(head + 5, in + 5, 4);
	store_number(head + HEAD, value);
	if (writev(1, parts, 2) != (ssize_t)(sizeof(head) + len))
		err(1, "write");
}

static void
say_status(uint32_t code)
{
	static const unsigned char texts[8]; /* no message, no language */

	answer(STATUS, code, texts, sizeof(texts));
}

/* The path of a request; name becomes its last component. */
static void
take_path(void)
{
	(void)snprintf(
	    path, sizeof(path), "%.*s", (int)number(HEAD), in + HEAD + 4);
	name = strrchr(path, '/') + 1;
}

/* The directory of a path, which stays open until a path has another one. */
static int
directory(void)
{
	static char last[sizeof(path)];
	static int dir = -1;
	size_t len = (size_t)(name - path);

	if (dir == -1 || strncmp(last, path, len) != 0 || last[len] != '\0') {
		(void)snprintf(last, sizeof(last), "%.*s", (int)len, path);
		(void)close(dir);
		if ((dir = open(last, O_DIRECTORY | O_CLOEXEC)) == -1)
			err(1, "%s", last);
	}
	return dir;
}

static void
open_file(void)
{
	take_path();
	writes = number(HEAD + 4 + number(HEAD)) & FOR_WRITING;
	file = writes ?
	    openat(directory(), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644) :
	    openat(directory(), name, O_RDONLY | O_CLOEXEC);
	if (file == -1)
		err(1, "%s", path);
	answer(HANDLE, HANDLE_OCTETS, &file, HANDLE_OCTETS);
}

static void
read_file(void)
{
	static char data[PIECE];
	off_t at = number(HEAD + 4 + HANDLE_OCTETS + 4);
	ssize_t n = pread(file, data, sizeof(data), at);

	if (n <= 0)
		say_status(END_OF_FILE);
	else
		answer(DATA, (uint32_t)n, data, (size_t)n);
}

static void
write_file(void)
{
	size_t at = HEAD + 4 + HANDLE_OCTETS + 8;
	size_t len = number(at);

	if (pwrite(file, in + at + 4, len, number(at - 4)) != (ssize_t)len)
		err(1, "write");
	say_status(0);
}

static void
close_file(void)
{
	if (writes && floor_publish(file, directory(), name) != 0)
		err(1, "%s", name);
	(void)close(file);
	floor_log();
	say_status(0);
}

static void
serve_request(void)
{
	switch (in[4]) {
	case INIT:
		store_number(in + 5, 3); /* where an id would be */
		answer(VERSION, 0, NULL, 0);
		return;
	case OPEN:
		open_file();
		return;
	case READ:
		read_file();
		return;
	case WRITE:
		write_file();
		return;
	case FSETSTAT:
		if (fchmod(file, number(HEAD + 4 + HANDLE_OCTETS + 4)) != 0)
			err(1, "fchmod");
		say_status(0);
		return;
	case MKDIR:
		take_path();
		say_status(mkdir(path, 0755) == 0 ? 0 : 4);
		return;
	case CLOSE:
		close_file();
		return;
	default:
		errx(1, "request %d", in[4]);
	}
}

void
floor_sftp(void)
{
	while (get_packet())
		serve_request();
}
