#ifndef SCP_AUTHINFO_H
#define SCP_AUTHINFO_H

#include <stddef.h>

/* How the peer proved who it is, as sshd tells with ExposeAuthInfo yes. */
struct authinfo {
	char method[64]; /* "publickey"; "" unknown */
	/* "ssh-ed25519 SHA256:..." as ssh-keygen -l shows it; "" none */
	char key[160];
};

/*
 * Pure: reads the text of that file, a line per method: "publickey" SP type SP
 * base64, "password", ... (sshd_config(5), ExposeAuthInfo).  The last method
 * and the last key count.  A certificate is told by its type alone, since its
 * fingerprint is that of the key inside.
 */
void authinfo_parse(struct authinfo *a, const char *text, size_t len);

/*
 * The file that SSH_USER_AUTH names; NULL for none.  It is sshd's word about
 * the account, in a file of the account's: good for an audit record, and
 * nothing is decided by it.  Before lockdown.
 */
void authinfo_load(struct authinfo *a, const char *path);

#endif
