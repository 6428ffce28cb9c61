/*
 * One copy with libssh:
 * PORT USER KEY put|get|reput|reget|rename|remove FROM [TO]
 */
#include <err.h>
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ssh_session ssh;
static sftp_session sftp;

static void
told(const char *what)
{
	errx(1, "%s: %s (status %d)", what, ssh_get_error(ssh),
	    sftp != NULL ? sftp_get_error(sftp) : 0);
}

static void
login(char **words)
{
	ssh_key key;
	unsigned int port = (unsigned int)atoi(words[0]);

	if ((ssh = ssh_new()) == NULL)
		errx(1, "no memory");
	ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
	ssh_options_set(ssh, SSH_OPTIONS_PORT, &port);
	ssh_options_set(ssh, SSH_OPTIONS_USER, words[1]);
	if (ssh_connect(ssh) != SSH_OK)
		told("connection");
	if (ssh_pki_import_privkey_file(words[2], NULL, NULL, NULL, &key) !=
		SSH_OK ||
	    ssh_userauth_publickey(ssh, NULL, key) != SSH_AUTH_SUCCESS)
		told("login");
	if ((sftp = sftp_new(ssh)) == NULL || sftp_init(sftp) != SSH_OK)
		told("sftp");
}

static void
put(const char *from, const char *to, bool on)
{
	static char data[65536];
	FILE *in = fopen(from, "rb");
	sftp_file out;
	sftp_attributes st;
	size_t n;

	if (in == NULL)
		err(1, "%s", from);
	out = sftp_open(
	    sftp, to, on ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (out == NULL)
		told("open");
	if (on) {
		if ((st = sftp_stat(sftp, to)) == NULL)
			told("stat");
		if (sftp_seek64(out, st->size) != 0 ||
		    fseek(in, (long)st->size, SEEK_SET) != 0)
			told("seek");
	}
	while ((n = fread(data, 1, sizeof(data), in)) > 0)
		if (sftp_write(out, data, n) != (ssize_t)n)
			told("write");
	if (sftp_close(out) != SSH_OK)
		told("close");
}

static void
get(const char *from, const char *to, bool on)
{
	static char data[65536];
	sftp_file in = sftp_open(sftp, from, O_RDONLY, 0);
	FILE *out;
	ssize_t n;

	if (in == NULL)
		told("open");
	if ((out = fopen(to, on ? "ab" : "wb")) == NULL)
		err(1, "%s", to);
	if (on &&
	    (fseek(out, 0, SEEK_END) != 0 ||
		sftp_seek64(in, (uint64_t)ftell(out)) != 0))
		told("seek");
	while ((n = sftp_read(in, data, sizeof(data))) > 0)
		if (fwrite(data, 1, (size_t)n, out) != (size_t)n)
			err(1, "%s", to);
	if (n < 0)
		told("read");
	if (fclose(out) != 0)
		err(1, "%s", to);
	if (sftp_close(in) != SSH_OK)
		told("close");
}

int
main(int argc, char **argv)
{
	const char *what = argc > 5 ? argv[4] : "", *to = "";

	if (argc > 6)
		to = argv[6];
	login(argv + 1);
	if (strcmp(what, "put") == 0 || strcmp(what, "reput") == 0)
		put(argv[5], to, what[0] == 'r');
	else if (strcmp(what, "get") == 0 || strcmp(what, "reget") == 0)
		get(argv[5], to, what[0] == 'r');
	else if (strcmp(what, "rename") == 0) {
		if (sftp_rename(sftp, argv[5], to) != SSH_OK)
			told(what);
	} else if (strcmp(what, "remove") != 0)
		errx(1, "what is %s?", what);
	else if (sftp_unlink(sftp, argv[5]) != SSH_OK)
		told(what);
	sftp_free(sftp);
	ssh_disconnect(ssh);
	ssh_free(ssh);
	return 0;
}
