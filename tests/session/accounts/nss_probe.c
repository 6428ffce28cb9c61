/*
 * A name service whose accounts are in no file: uid 64321 has the names
 * "ldfirst" and "ldsecond", and gid 64399 "ldgroup" and "ldother", of which it
 * gives the first for the number.  When PROBE_DOWN is set it does not answer,
 * and errno is that number: in the environment, or for a program that clears it
 * when this is compiled; with PROBE_DEAF it does not for names of groups.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UID 64321
#define GID 64399

enum nss_status _nss_probe_getpwuid_r(
    uid_t uid, struct passwd *pw, char *buf, size_t cap, int *err);
enum nss_status _nss_probe_getpwnam_r(
    const char *name, struct passwd *pw, char *buf, size_t cap, int *err);
enum nss_status _nss_probe_getgrgid_r(
    gid_t gid, struct group *gr, char *buf, size_t cap, int *err);

enum nss_status _nss_probe_getgrnam_r(
    const char *name, struct group *gr, char *buf, size_t cap, int *err);

static int
is_down(int *err)
{
#ifdef PROBE_DOWN
	const char *number = PROBE_DOWN;
#else
	const char *number = getenv("PROBE_DOWN");
#endif

	if (number != NULL)
		*err = (int)strtol(number, NULL, 10);
	return number != NULL;
}

static enum nss_status
absent(int *err)
{
	*err = ENOENT;
	return NSS_STATUS_NOTFOUND;
}

static enum nss_status
fill(struct passwd *pw, const char *name, char *buf, size_t cap)
{
	static char empty[] = "", root[] = "/", shell[] = "/bin/sh";

	(void)snprintf(buf, cap, "%s", name); /* fits */
	*pw = (struct passwd){ .pw_name = buf,
		.pw_passwd = empty,
		.pw_uid = UID,
		.pw_gid = GID,
		.pw_gecos = empty,
		.pw_dir = root,
		.pw_shell = shell };
	return NSS_STATUS_SUCCESS;
}

enum nss_status
_nss_probe_getpwuid_r(
    uid_t uid, struct passwd *pw, char *buf, size_t cap, int *err)
{
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	return uid == UID ? fill(pw, "ldfirst", buf, cap) : absent(err);
}

enum nss_status
_nss_probe_getpwnam_r(
    const char *name, struct passwd *pw, char *buf, size_t cap, int *err)
{
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	if (strcmp(name, "ldfirst") != 0 && strcmp(name, "ldsecond") != 0)
		return absent(err);
	return fill(pw, name, buf, cap);
}

static enum nss_status
fill_group(struct group *gr, const char *name, char *buf, size_t cap)
{
	static char empty[] = "", *nobody[] = { NULL };

	(void)snprintf(buf, cap, "%s", name); /* fits */
	*gr = (struct group){ .gr_name = buf,
		.gr_passwd = empty,
		.gr_gid = GID,
		.gr_mem = nobody };
	return NSS_STATUS_SUCCESS;
}

enum nss_status
_nss_probe_getgrgid_r(
    gid_t gid, struct group *gr, char *buf, size_t cap, int *err)
{
	if (is_down(err))
		return NSS_STATUS_UNAVAIL;
	return gid == GID ? fill_group(gr, "ldgroup", buf, cap) : absent(err);
}

enum nss_status
_nss_probe_getgrnam_r(
    const char *name, struct group *gr, char *buf, size_t cap, int *err)
{
	if (is_down(err) || getenv("PROBE_DEAF") != NULL)
		return NSS_STATUS_UNAVAIL;
	if (strcmp(name, "ldgroup") != 0 && strcmp(name, "ldother") != 0)
		return absent(err);
	return fill_group(gr, name, buf, cap);
}
