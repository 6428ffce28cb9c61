#ifndef SCP_PUT_H
#define SCP_PUT_H

/*
 * Uploads into the directory of a test: the directory is prepared for one way
 * of publishing, files are put into it, and other processes change a name
 * between the body of an upload and its end.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#include "unit.h"
#include "tree/upload.h"

static struct upload_rules rules;
static struct dir dir;

/*
 * Most rules hold for every way of publishing, so most tests run through all:
 * what the file system offers, and the ways around what it may lack.
 */
enum way {
	WAY_BEST,    /* as found */
	WAY_PROC,    /* named through /proc */
	WAY_NO_LINK, /* unnamed files that can't get names */
	WAY_NO_TMP,  /* no unnamed files */
	WAY_NO_MOVE, /* new names can't be given by renaming */
	WAY_COUNT,
};

/* The working directory takes uploads. */
static inline void
prepare(enum way way, enum overwrite overwrite)
{
	memset(&rules, 0, sizeof(rules));
	rules.overwrite = overwrite;
	rules.may_name = true;
	rules.mode_mask = 0777;
	(void)umask(022);
	dir = (struct dir){ .fd = open(".", O_RDONLY | O_DIRECTORY) };
	ck_assert_int_ne(dir.fd, -1);
	upload_prepare(&rules, &dir, 7);
	if (way == WAY_PROC && rules.link == UPLOAD_LINK_EMPTY)
		rules.link = UPLOAD_LINK_PROC;
	if (way == WAY_NO_LINK)
		rules.link = UPLOAD_LINK_NONE;
	dir.no_tmpfile = dir.no_tmpfile || way == WAY_NO_TMP;
	dir.no_rename = way == WAY_NO_MOVE;
}

static inline void
begin_test(enum way way, enum overwrite overwrite)
{
	(void)unit_directory();
	prepare(way, overwrite);
}

/* For loops: as begin_test(), but false after the last way. */
static inline bool
begin_way(enum way way, enum overwrite overwrite)
{
	if (way == WAY_COUNT)
		return false;
	begin_test(way, overwrite);
	return true;
}

/* The whole end of an upload. */
static inline int
commit_upload(struct upload *up, const struct upload_meta *meta)
{
	int e = upload_finish(up, meta);

	return e != 0 ? e : upload_publish(up, meta);
}

static inline int
begin(struct upload *up, const char *text, mode_t mode, int64_t size)
{
	struct name name;

	EXPECT(name_parse(&name, text, strlen(text)) == 0);
	return upload_begin(up, &rules, &dir, &name, mode, size);
}

/* Everything but the end of an upload. */
static inline void
begin_whole(struct upload *up, const char *name, const char *text)
{
	size_t n = strlen(text);

	ck_assert_int_eq(begin(up, name, 0644, (int64_t)n), 0);
	ck_assert_int_eq(upload_write(up, text, n), 0);
}

static inline int
commit(struct upload *up, mode_t mode)
{
	struct upload_meta meta = { .mode = mode };

	return commit_upload(up, &meta);
}

/* A whole upload that was announced with this mode; the first error. */
static inline int
put_as(const char *name, const char *text, mode_t mode,
    const struct upload_meta *meta)
{
	struct upload up = UPLOAD_NONE;
	int e;

	if ((e = begin(&up, name, mode, (int64_t)strlen(text))) == 0 &&
	    (e = upload_write(&up, text, strlen(text))) == 0)
		e = commit_upload(&up, meta);
	upload_abort(&up);
	return e;
}

static inline int
put(const char *name, const char *text, mode_t mode)
{
	struct upload_meta meta = { .mode = mode };

	return put_as(name, text, mode, &meta);
}

/* Another process changes "f"; theirs NULL: removes it, "/": a directory. */
static inline void
change_name(const char *old, const char *theirs)
{
	ck_assert_int_eq(unlink("f"), old != NULL ? 0 : -1);
	if (theirs != NULL && strcmp(theirs, "/") == 0)
		ck_assert_int_eq(mkdir("f", 0755), 0);
	else if (theirs != NULL)
		unit_write("f", theirs);
}

/*
 * The name is changed between the body of an upload and its end, which is err:
 * what came there keeps the name where that is an error; otherwise it is
 * replaced, and a version where those are kept.
 */
static inline void
check_meanwhile(
    enum overwrite overwrite, const char *old, const char *theirs, int err)
{
	struct upload up = UPLOAD_NONE;
	bool kept;

	for (enum way way = 0; begin_way(way, overwrite); way++) {
		if (old != NULL)
			unit_write("f", old);
		begin_whole(&up, "f", "mine");
		change_name(old, theirs);
		ck_assert_int_eq(commit(&up, 0644), err);
		upload_abort(&up);
		if (err == EISDIR)
			ck_assert_int_eq(unit_entries("f"), 0);
		else
			ck_assert_str_eq(
			    unit_read("f"), err == 0 ? "mine" : theirs);
		kept = overwrite == OVERWRITE_VERSIONS && err == 0 &&
		    theirs != NULL;
		if (kept)
			ck_assert_str_eq(unit_read("f.~1~"), theirs);
		ck_assert_int_eq(unit_entries("."), kept ? 2 : 1);
	}
}

/*
 * A disk of this size as the directory of the test, in a mount namespace that
 * ends with it; false where we may not mount.
 */
static inline bool
enter_small_disk(const char *size)
{
	const char *top = unit_directory();

	if (unshare(CLONE_NEWNS) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", ".", "tmpfs", 0, size) != 0)
		return false;
	ck_assert_int_eq(chdir(top), 0);
	return true;
}

/* How many octets are free in it. */
static inline int64_t
disk_room(void)
{
	struct statfs fs;

	ck_assert_int_eq(statfs(".", &fs), 0);
	return (int64_t)fs.f_bavail * (int64_t)fs.f_bsize;
}

#endif
