/*
 * The options of sftp-server, in some words of some octets, and the client's
 * address.
 */
#include "request/peer.h"
#include "request/request.h"

#include "eva.h"

void eva_arguments_sftp(void);
void eva_peer(void);

#define WORD_MAX  12
#define COUNT_MAX 4
#define TEXT_MAX  4096

static char word[COUNT_MAX][WORD_MAX], text[TEXT_MAX];
static char *argv[COUNT_MAX + 1];
static struct request request;

void
eva_arguments_sftp(void)
{
	const int argc = Frama_C_interval(0, COUNT_MAX);

	for (int i = 0; i < COUNT_MAX; i++) {
		any_string(word[i], sizeof(word[i]));
		argv[i] = i < argc ? word[i] : NULL;
	}
	(void)request_parse_sftp(&request, argv);
}

void
eva_peer(void)
{
	struct peer peer = { .address = "" };

	any_string(text, sizeof(text));
	peer_parse(&peer, any_bool() ? text : NULL);
	(void)peer_proven(&peer);
}
