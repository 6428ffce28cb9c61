/*
 * Short inputs, one length after the other, each of which ends where its room
 * ends: whoever reads on is seen.
 */
#include "base/glob.h"
#include "base/name.h"
#include "base/text.h"
#include "sftp/packet.h"

#include "eva.h"

void eva_names_short(void);
void eva_packet_short(void);
void eva_match_short(void);
void eva_text_short(void);

#define SHORT_MAX 44
#define TINY_MAX  6
#define NAME_ROOM 4

static char room[SHORT_MAX], shown[4 * SHORT_MAX + 1], other[NAME_ROOM];
static struct name name;

/* Attributes take 32 octets, without the pairs of names and values. */
void
eva_packet_short(void)
{
	for (size_t n = 0; n <= SHORT_MAX; n++) {
		struct packet_reader r = { room + SHORT_MAX - n, n, false };
		struct packet_attrs attrs;
		size_t len;

		any_octets(room, sizeof(room));
		switch (Frama_C_interval(0, 4)) {
		case 0:
			(void)packet_u8(&r);
			break;
		case 1:
			(void)packet_u32(&r);
			break;
		case 2:
			(void)packet_u64(&r);
			break;
		case 3:
			(void)packet_string(&r, &len);
			break;
		default:
			if (n > 0)
				room[SHORT_MAX - n] =
				    (char)Frama_C_interval(0, 0x7f);
			packet_attrs(&r, &attrs);
		}
	}
}

void
eva_names_short(void)
{
	for (size_t n = 0; n <= SHORT_MAX; n++) {
		any_octets(room, sizeof(room));
		(void)name_parse(&name, room + SHORT_MAX - n, n);
		(void)name_is_temp(room + SHORT_MAX - n, n);
	}
}

void
eva_match_short(void)
{
	unsigned long steps = 0;

	any_string(other, sizeof(other));
	for (size_t n = 0; n <= TINY_MAX; n++) {
		const char *pattern = room + SHORT_MAX - n;

		any_octets(room, sizeof(room));
		(void)match_is_word(pattern, n, shown, sizeof(shown));
		(void)match_is_pattern(pattern, n);
		(void)match_name(pattern, n, other, 0, &steps);
	}
}

void
eva_text_short(void)
{
	for (size_t n = 0; n <= SHORT_MAX; n++) {
		any_octets(room, sizeof(room));
		(void)text_escape(
		    shown, sizeof(shown), room + SHORT_MAX - n, n);
	}
}
