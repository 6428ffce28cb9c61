#ifndef SCP_AUTHINFO_H
#define SCP_AUTHINFO_H

#include <stddef.h>

/* How the peer authenticated, from sshd's ExposeAuthInfo. */
struct authinfo {
	char method[64]; /* "publickey"; "" unknown */
	/* "ssh-ed25519 SHA256:..." as ssh-keygen -l shows it; "" none */
	char key[160];
};

/*
 * Parses the text of that file.  It has a line for each method: "publickey" SP
 * type SP base64, "password" and so on; see ExposeAuthInfo in sshd_config(5).
 * The last method and the last key are stored.  Of a certificate only the type
 * is stored, since its fingerprint would be that of the key inside.  Pure.
 */
void authinfo_parse(struct authinfo *a, const char *text, size_t len);

/*
 * Reads the file that SSH_USER_AUTH names; path is NULL if it is not set.  Some
 * SSH servers let a client set that, and sshd makes the file as the account.
 * Therefore it counts only if its name, mode, owner and number of links are
 * those of sshd's file, and if it is outside of root, since a copy could make
 * one inside; "" is no root.  It is used for the audit record only, and
 * nothing is decided by it.  Called before the process is confined.
 */
void authinfo_load(struct authinfo *a, const char *path, const char *root);

#endif
