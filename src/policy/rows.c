#include "policy/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Octets of the longest row of an account. */
#define USER_ROW_MAX (64U << 10)

/* Octets of the longest row of a group: it may name every account. */
#define GROUP_ROW_MAX (16U << 20)

/* The most groups that the kernel lets a process have. */
#define GROUPS_MAX 65536

const char *rows_users_file = "/etc/passwd", *rows_groups_file = "/etc/group";

void
rows_begin(struct rows *r, const char *path)
{
	r->file = fopen(path, "re");
	r->error = r->file == NULL && errno != ENOENT ? errno : 0;
	/* without it fgetpwent() calls lseek(2) twice for each row, since glibc
	   does not know the position in a file that was only opened */
	if (r->file != NULL)
		rewind(r->file);
}

/* Whether there is no next row, because of the end or of an error. */
static bool
is_over(struct rows *r, const void *row)
{
	if (row != NULL)
		return false;
	if (r->error == 0 && (ferror(r->file) || !feof(r->file)))
		r->error = errno != 0 && errno != ENOENT ? errno : EIO;
	return true;
}

/* A line of NIS names no account, and would have the number 0. */
static bool
is_of_nis(const char *name)
{
	return *name == '+' || *name == '-';
}

struct passwd *
rows_next_user(struct rows *r)
{
	struct passwd *row;

	if (r->file == NULL)
		return NULL;
	errno = 0;
	while (!is_over(r, row = fgetpwent(r->file)))
		if (!is_of_nis(row->pw_name))
			return row;
	return NULL;
}

struct group *
rows_next_group(struct rows *r)
{
	struct group *row;

	if (r->file == NULL)
		return NULL;
	errno = 0;
	while (!is_over(r, row = fgetgrent(r->file)))
		if (!is_of_nis(row->gr_name))
			return row;
	return NULL;
}

int
rows_end(struct rows *r)
{
	if (r->file != NULL)
		(void)fclose(r->file); /* was only read */
	return r->error;
}

#ifdef STATIC_ACCOUNTS

int
rows_user(uid_t uid, const char *name, struct passwd **out)
{
	struct rows r;

	rows_begin(&r, rows_users_file);
	while ((*out = rows_next_user(&r)) != NULL)
		if (name != NULL ? strcmp((*out)->pw_name, name) == 0 :
				   (*out)->pw_uid == uid)
			break;
	return rows_end(&r);
}

int
rows_group(gid_t gid, const char *name, struct group **out)
{
	struct rows r;

	rows_begin(&r, rows_groups_file);
	while ((*out = rows_next_group(&r)) != NULL)
		if (name != NULL ? strcmp((*out)->gr_name, name) == 0 :
				   (*out)->gr_gid == gid)
			break;
	return rows_end(&r);
}

static bool
is_member(const struct group *gr, const char *name)
{
	for (char **m = gr->gr_mem; *m != NULL; m++)
		if (strcmp(*m, name) == 0)
			return true;
	return false;
}

int
rows_groups_of(const char *name, gid_t gid, gid_t **list, size_t *count)
{
	const struct group *gr;
	struct rows r;
	int e = 0;

	if ((*list = calloc(GROUPS_MAX, sizeof(**list))) == NULL)
		return ENOMEM;
	(*list)[0] = gid;
	*count = 1;
	rows_begin(&r, rows_groups_file);
	while (e == 0 && (gr = rows_next_group(&r)) != NULL) {
		if (gr->gr_gid == gid || !is_member(gr, name))
			continue;
		if (*count == GROUPS_MAX)
			e = E2BIG;
		else
			(*list)[(*count)++] = gr->gr_gid;
	}
	if (rows_end(&r) != 0)
		e = r.error;
	if (e != 0)
		free(*list);
	return e;
}

#else

/*
 * The name service may not run: getgrgid_r(3) alone tells that from an entry
 * that is missing, for which it returns 0; ENOENT, too, means that it could not
 * be asked.  A module that fails without setting errno leaves what was in it.
 */
int
rows_group(gid_t gid, const char *name, struct group **out)
{
	static struct group row;
	static char *buf;
	static size_t cap = 1024;
	int e = ERANGE;

	*out = NULL;
	while (e == ERANGE && cap <= GROUP_ROW_MAX) {
		if (buf == NULL && (buf = malloc(cap)) == NULL)
			return ENOMEM;
		errno = EIO;
		e = name != NULL ? getgrnam_r(name, &row, buf, cap, out) :
				   getgrgid_r(gid, &row, buf, cap, out);
		if (e == ERANGE) {
			free(buf);
			buf = NULL;
			cap *= 4;
		}
	}
	return e;
}

int
rows_user(uid_t uid, const char *name, struct passwd **out)
{
	static struct passwd row;
	static char buf[USER_ROW_MAX];

	*out = NULL;
	errno = EIO;
	return name != NULL ? getpwnam_r(name, &row, buf, sizeof(buf), out) :
			      getpwuid_r(uid, &row, buf, sizeof(buf), out);
}

int
rows_groups_of(const char *name, gid_t gid, gid_t **list, size_t *count)
{
	int n = GROUPS_MAX;

	if ((*list = calloc(GROUPS_MAX, sizeof(**list))) == NULL)
		return ENOMEM;
	if (getgrouplist(name, gid, *list, &n) == -1) {
		free(*list);
		return E2BIG;
	}
	*count = (size_t)n;
	return 0;
}

#endif
