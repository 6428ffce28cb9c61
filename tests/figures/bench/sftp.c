/*
 * Plays a client of SFTP for drive.c: as OpenSSH's, with pieces of 261120
 * octets and several requests under way for a large file, and one request after
 * the other for small ones.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "drive.h"
#include "packets.h"

#define PIECE 261120
#define ASKED 16 /* requests under way */
#define SMALL 32768

enum { FOR_READING = 1, FOR_WRITING = 0x1a }; /* write, create, truncate */

static unsigned char packet[PIECE + 4096], answer[PIECE + 4096];
static size_t used, got;
static char handle[256];
static size_t handle_len;

static void
put(uint64_t value, size_t octets)
{
	while (octets-- > 0)
		packet[used++] = (unsigned char)(value >> (8 * octets));
}

static void
put_text(const char *s, size_t n)
{
	put(n, 4);
	memcpy(packet + used, s, n);
	used += n;
}

static void
begin(int type)
{
	used = 4;
	put((unsigned int)type, 1);
	put(type == INIT ? 3 : 7, 4); /* a version, or an id */
}

static void
send_packet(const struct server *s)
{
	size_t n = used;

	used = 0;
	put(n - 4, 4);
	say(s, packet, n);
}

static uint32_t
number(size_t at)
{
	return (uint32_t)answer[at] << 24 | (uint32_t)answer[at + 1] << 16 |
	    (uint32_t)answer[at + 2] << 8 | answer[at + 3];
}

static int
hear_packet(const struct server *s)
{
	hear(s, answer, 4);
	got = number(0);
	if (got < 5 || got > sizeof(answer))
		errx(1, "a packet of %zu octets", got);
	hear(s, answer, got);
	return answer[0];
}

/* A status; whether it is that of the end of a file. */
static bool
hear_status(const struct server *s)
{
	if (hear_packet(s) != STATUS || number(5) > 1)
		errx(1, "the server says %d, %u", answer[0], number(5));
	return number(5) == 1;
}

void
sftp_greet(const struct server *s)
{
	begin(INIT);
	send_packet(s);
	if (hear_packet(s) != VERSION)
		errx(1, "no VERSION");
}

static void
open_file(const struct server *s, const char *path, int how)
{
	begin(OPEN);
	put_text(path, strlen(path));
	put((unsigned int)how, 4);
	put(0, 4); /* no attributes */
	send_packet(s);
	if (hear_packet(s) != HANDLE)
		errx(1, "can't open %s", path);
	handle_len = number(5);
	memcpy(handle, answer + 9, handle_len);
}

static void
ask_piece(const struct server *s, uint64_t at, size_t size)
{
	begin(READ);
	put_text(handle, handle_len);
	put(at, 8);
	put(size, 4);
	send_packet(s);
}

static void
send_piece(const struct server *s, uint64_t at, size_t size)
{
	begin(WRITE);
	put_text(handle, handle_len);
	put(at, 8);
	put(size, 4);
	used += size; /* whatever is there */
	send_packet(s);
}

static void
close_file(const struct server *s)
{
	begin(CLOSE);
	put_text(handle, handle_len);
	send_packet(s);
	(void)hear_status(s);
}

/* Pieces of a large file, each way: so many are always under way. */
static void
move_file(const struct server *s, uint64_t size, bool up)
{
	uint64_t asked = 0, done = 0;
	size_t n;

	while (done < size) {
		for (; asked < size && asked < done + ASKED * PIECE;
		     asked += n) {
			n = size - asked < PIECE ? (size_t)(size - asked) :
						   PIECE;
			(up ? send_piece : ask_piece)(s, asked, n);
		}
		if (!up && (hear_packet(s) != DATA || number(5) == 0))
			errx(1, "no piece");
		if (up)
			(void)hear_status(s);
		done += !up		? number(5) :
		    size - done < PIECE ? size - done :
					  PIECE;
	}
}

static void
fetch(const struct server *s, const char *path)
{
	open_file(s, path, FOR_READING);
	ask_piece(s, 0, SMALL);
	if (hear_packet(s) != DATA)
		errx(1, "no content");
	ask_piece(s, number(5), SMALL);
	if (!hear_status(s))
		errx(1, "no end");
	close_file(s);
}

static void
store(const struct server *s, const char *path, size_t size)
{
	open_file(s, path, FOR_WRITING);
	send_piece(s, 0, size);
	(void)hear_status(s);
	begin(FSETSTAT);
	put_text(handle, handle_len);
	put(4, 4); /* a mode */
	put(0644, 4);
	send_packet(s);
	(void)hear_status(s);
	close_file(s);
}

static void
make_directory(const struct server *s, const char *path)
{
	begin(MKDIR);
	put_text(path, strlen(path));
	put(0, 4);
	send_packet(s);
	(void)hear_status(s);
}

void
sftp_play(const struct server *s, const struct job *job)
{
	bool up = strncmp(job->work, "sftp-up", 7) == 0;
	char path[4200];

	if (job->work[strlen(job->work) - 1] != 's') {
		(void)snprintf(
		    path, sizeof(path), up ? "%s/file" : "%s", job->place);
		open_file(s, path, up ? FOR_WRITING : FOR_READING);
		move_file(s, (uint64_t)job->size, up);
		close_file(s);
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/made", job->place);
	if (up)
		make_directory(s, path);
	for (long i = 0; i < job->count; i++) {
		(void)snprintf(
		    path, sizeof(path), "%s/made/f%ld", job->place, i);
		if (up)
			store(s, path, (size_t)job->size);
		else
			fetch(s, path);
	}
}
