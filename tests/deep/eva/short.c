/*
 * Short inputs, one length after the other, each of which ends where its room
 * ends: whoever reads on is seen.
 */
#include "base/glob.h"
#include "base/name.h"
#include "base/text.h"

#include "field.h"

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
		char none;

		any_octets(room, sizeof(room));
		any_field(&r, n > 0 ? &room[SHORT_MAX - n] : &none, &attrs);
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
