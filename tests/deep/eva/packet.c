/*
 * Packets of any octets, up to the longest that is read, and answers in rooms
 * of any size.  A reader that has taken a field is again a reader of what is
 * left; therefore each function is looked at where a packet begins.
 */
#include "field.h"

void eva_packet(void);
void eva_packet_extended(void);
void eva_packet_written(void);

/* SFTP_PACKET_MAX and SFTP_OUT_SIZE of sftp/sftp.h, which includes too much. */
#define PACKET_MAX 34000
#define OUT_SIZE   65600

static char packet[PACKET_MAX], out[OUT_SIZE];
static struct packet_attrs attrs;

/* All but the pairs of names and values behind attributes. */
void
eva_packet(void)
{
	struct packet_reader r = { packet, any_size(0, sizeof(packet)),
		any_bool() };

	any_octets(packet, sizeof(packet));
	any_field(&r, packet, &attrs);
}

/* These pairs, in a packet of every length. */
void
eva_packet_extended(void)
{
	struct packet_reader r = { packet, any_size(0, sizeof(packet)), false };

	any_octets(packet, sizeof(packet));
	packet_attrs(&r, &attrs);
}

static void
put_something(struct packet_writer *w)
{
	any_octets((char *)&attrs, sizeof(attrs));
	switch (Frama_C_interval(0, 6)) {
	case 0:
		packet_put_u8(w, 1);
		break;
	case 1:
		packet_put_u32(w, 1);
		break;
	case 2:
		packet_put_u64(w, 1);
		break;
	case 3:
		packet_put_attrs(w, &attrs);
		break;
	case 4:
		packet_set_u32(w, any_size(0, w->cap), 1);
		break;
	case 5:
		packet_put_string(w, packet, any_size(0, sizeof(packet)));
		break;
	default:
		packet_end(w, packet_begin(w, FXP_STATUS));
	}
}

/* What is written already has every length. */
void
eva_packet_written(void)
{
	struct packet_writer w = { out, sizeof(out), any_size(0, sizeof(out)) };

	any_octets(packet, sizeof(packet));
	put_something(&w);
}
