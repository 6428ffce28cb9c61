#ifndef SCP_EVA_FIELD_H
#define SCP_EVA_FIELD_H

#include "eva.h"
#include "sftp/packet.h"

/*
 * Takes a field of any kind from the beginning of a packet, but not the pairs
 * of names and values behind attributes: first is the first octet of these.
 */
static inline void
any_field(struct packet_reader *r, char *first, struct packet_attrs *attrs)
{
	size_t len;

	switch (Frama_C_interval(0, 4)) {
	case 0:
		(void)packet_u8(r);
		break;
	case 1:
		(void)packet_u32(r);
		break;
	case 2:
		(void)packet_u64(r);
		break;
	case 3:
		(void)packet_string(r, &len);
		break;
	default:
		*first = (char)Frama_C_interval(0, 0x7f);
		packet_attrs(r, attrs);
	}
}

#endif
