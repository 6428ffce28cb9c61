/*
 * What the rest is written in: texts that are shown, errors, dates, addresses.
 */
#include "base/address.h"
#include "base/date.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/text.h"

#include <limits.h>

#include "eva.h"

void eva_address(void);
void eva_date(void);
void eva_digest(void);
void eva_err(void);
void eva_text(void);
void eva_text_cut(void);

#define TEXT_MAX 4096

static char text[TEXT_MAX], shown[4 * TEXT_MAX + 1];

void
eva_address(void)
{
	struct address a;
	struct network n;

	any_string(text, sizeof(text));
	any_octets((char *)&a, sizeof(a));
	switch (Frama_C_interval(0, 2)) {
	case 0:
		(void)address_parse(&a, text);
		break;
	case 1:
		(void)network_parse(&n, text, any_size(0, sizeof(text) - 1));
		break;
	default:
		any_octets((char *)&n.address, sizeof(n.address));
		n.bits = (unsigned int)Frama_C_interval(0, 128);
		/*@ split n.bits; */
		(void)network_has(&n, &a);
	}
}

/* The days up to the last that 32 bits of seconds have. */
void
eva_date(void)
{
	int year, month, day;

	date_of_days((int64_t)any_size(0, 49710), &year, &month, &day);
}

void
eva_digest(void)
{
	struct digest_sum d;
	char out[DIGEST_TEXT_SIZE];
	uint8_t sum[DIGEST_SIZE];

	any_octets(text, sizeof(text));
	digest_begin(&d, any_bool() ? DIGEST_SHA256 : DIGEST_NONE);
	digest_add(&d, text, any_size(0, sizeof(text)));
	if (d.on && any_bool())
		digest_octets(&d, sum);
	else
		digest_end(&d, out);
}

void
eva_err(void)
{
	const struct err_info *info =
	    err_info(Frama_C_interval(INT_MIN, INT_MAX));

	(void)err_token(info);
	(void)err_words(info);
	(void)err_status(info, any_bool());
}

void
eva_text(void)
{
	any_octets(text, sizeof(text));
	(void)text_escape(
	    shown, any_size(1, sizeof(shown)), text, any_size(0, sizeof(text)));
}

void
eva_text_cut(void)
{
	any_octets(text, sizeof(text));
	text_escape_cut(shown, any_size(TEXT_CUT_MIN, sizeof(shown)), text,
	    any_size(0, sizeof(text)));
}
