#include "tree/upload.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/err.h"
#include "put.h"
#include "tree/internal.h"

#define TEMP ".scp-server.0123456789abcdef.part"

static time_t later; /* seconds the clock is ahead */

time_t
time(time_t *out)
{
	struct timespec t = { 0, 0 };

	(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
	t.tv_sec += later;
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

START_TEST(a_new_file_appears_whole_and_only_at_the_end)
{
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		ck_assert_int_eq(begin(&up, "f", 0644, 6), 0);
		ck_assert_int_eq(upload_write(&up, "hel", 3), 0);
		ck_assert(!unit_exists("f"));
		ck_assert_int_eq(upload_write(&up, "lo\n", 3), 0);
		ck_assert(!unit_exists("f"));
		ck_assert_int_eq(commit(&up, 0644), 0);
		ck_assert_str_eq(unit_read("f"), "hello\n");
		upload_abort(&up);
		upload_abort(&up);
		ck_assert_str_eq(unit_read("f"), "hello\n");
		ck_assert_int_eq(unit_entries("."), 1);
		ck_assert_uint_eq(unit_mode("f"), 0644);
	}
}
END_TEST

START_TEST(an_unfinished_upload_leaves_nothing)
{
	struct upload up = UPLOAD_NONE;
	int before;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		before = unit_descriptors();
		ck_assert_int_eq(begin(&up, "f", 0644, 6), 0);
		ck_assert_int_eq(upload_write(&up, "hel", 3), 0);
		upload_abort(&up);
		upload_abort(&up);
		ck_assert_int_eq(unit_entries("."), 0);
		ck_assert_int_eq(unit_descriptors(), before);
	}
}
END_TEST

START_TEST(an_old_file_stands_until_the_new_one_is_whole)
{
	struct upload up = UPLOAD_NONE;
	ino_t old;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		unit_write("f", "the old and longer content");
		old = unit_status("f").st_ino;
		begin_whole(&up, "f", "new");
		ck_assert_str_eq(unit_read("f"), "the old and longer content");
		upload_abort(&up);
		ck_assert_str_eq(unit_read("f"), "the old and longer content");
		ck_assert_uint_eq(unit_status("f").st_ino, old);
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "new");
		ck_assert_uint_ne(unit_status("f").st_ino, old);
		ck_assert_int_eq(unit_entries("."), 1);
	}
}
END_TEST

START_TEST(a_new_file_gets_the_announced_mode_under_the_umask)
{
	static const struct {
		mode_t announced, umask, mode;
	} rows[] = {
		{ 0644, 022, 0644 },
		{ 0666, 022, 0644 },
		{ 0777, 077, 0700 },
		{ 0777, 0, 0777 },
		{ 0400, 022, 0400 },
		{ 0, 022, 0 },
		{ 07777, 0, 0777 },
		{ 06755, 022, 0755 },
	};

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_test(way, OVERWRITE_REPLACE);
			(void)umask(rows[i].umask);
			ck_assert_int_eq(put("f", "x", rows[i].announced), 0);
			ck_assert_uint_eq(unit_mode("f"), rows[i].mode);
		}
}
END_TEST

START_TEST(a_replaced_file_keeps_its_mode)
{
	static const mode_t modes[] = { 0640, 0755, 0600, 0666, 0400, 04755 };

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(modes); i++) {
			begin_test(way, OVERWRITE_REPLACE);
			unit_write("f", "old");
			ck_assert_int_eq(chmod("f", modes[i]), 0);
			ck_assert_int_eq(put("f", "new", 0666), 0);
			ck_assert_uint_eq(unit_mode("f"), modes[i] & 0777);
		}
}
END_TEST

/* With or without an old file. */
static void
begin_over(enum way way, bool old)
{
	begin_test(way, OVERWRITE_REPLACE);
	if (old)
		unit_write("f", "old");
}

START_TEST(with_p_the_mode_is_exactly_the_announced_one)
{
	struct upload_meta meta = { .exact_mode = true };
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (int old = 0; old < 2; old++) {
			begin_over(way, old);
			meta.mode = 06777;
			ck_assert_int_eq(begin(&up, "f", 06777, 0), 0);
			ck_assert_int_eq(commit_upload(&up, &meta), 0);
			ck_assert_uint_eq(unit_mode("f"), 0777);
		}
}
END_TEST

START_TEST(times_are_set_to_the_microsecond)
{
	struct upload_meta meta = { .mode = 0644,
		.have_times = true,
		.times = { { 1111, 999999000 }, { 8589934592, 1000 } } };
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (int old = 0; old < 2; old++) {
			begin_over(way, old);
			begin_whole(&up, "f", "x");
			ck_assert_int_eq(commit_upload(&up, &meta), 0);
			unit_check_times("f", meta.times);
		}
}
END_TEST

START_TEST(where_replacing_is_denied_what_exists_is_told_before_the_body)
{
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; begin_way(way, OVERWRITE_DENY); way++) {
		unit_write("f", "old");
		ck_assert_int_eq(symlink("nowhere", "link"), 0);
		ck_assert_int_eq(begin(&up, "f", 0644, 1), ERR_EXISTS);
		upload_abort(&up);
		ck_assert_int_eq(begin(&up, "link", 0644, 1), ERR_EXISTS);
		upload_abort(&up);
		ck_assert_str_eq(unit_read("f"), "old");
		ck_assert_int_eq(unit_entries("."), 2);
		ck_assert_int_eq(put("new", "x", 0644), 0);
		ck_assert_int_eq(put("new", "y", 0644), ERR_EXISTS);
		ck_assert_str_eq(unit_read("new"), "x");
	}
}
END_TEST

START_TEST(where_replacing_is_denied_who_came_meanwhile_keeps_the_name)
{
	check_meanwhile(OVERWRITE_DENY, NULL, "theirs", ERR_EXISTS);
}
END_TEST

/* Without looking first, as in a directory that we have made. */
START_TEST(a_directory_of_our_own_keeps_the_rules)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_DENY); way++) {
		dir.just_created = true;
		ck_assert_int_eq(put("f", "one", 0644), 0);
		ck_assert_int_eq(put("f", "two", 0644), ERR_EXISTS);
		ck_assert_str_eq(unit_read("f"), "one");
		rules.overwrite = OVERWRITE_REPLACE;
		ck_assert_int_eq(put("f", "two", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "two");
		ck_assert_int_eq(mkdir("d", 0755), 0);
		ck_assert_int_eq(put("d", "x", 0644), EISDIR);
		ck_assert_int_eq(unit_entries("."), 2);
		ck_assert_int_eq(unit_entries("d"), 0);
	}
}
END_TEST

START_TEST(who_came_meanwhile_is_replaced_where_that_is_allowed)
{
	check_meanwhile(OVERWRITE_REPLACE, NULL, "theirs", 0);
}
END_TEST

START_TEST(a_directory_that_came_meanwhile_stays)
{
	check_meanwhile(OVERWRITE_REPLACE, NULL, "/", EISDIR);
	check_meanwhile(OVERWRITE_REPLACE, "old", "/", EISDIR);
}
END_TEST

START_TEST(what_was_removed_meanwhile_comes_back_new)
{
	check_meanwhile(OVERWRITE_REPLACE, "old", NULL, 0);
}
END_TEST

START_TEST(only_a_plain_file_or_a_link_is_replaced)
{
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		ck_assert_int_eq(mkdir("dir", 0755), 0);
		ck_assert_int_eq(mkfifo("fifo", 0666), 0);
		ck_assert_int_eq(begin(&up, "dir", 0644, 1), EISDIR);
		ck_assert_int_eq(begin(&up, "fifo", 0644, 1), ERR_KIND);
		if (geteuid() == 0) {
			ck_assert_int_eq(
			    mknod("null", S_IFCHR | 0666, makedev(1, 3)), 0);
			ck_assert_int_eq(begin(&up, "null", 0644, 1), ERR_KIND);
		}
		ck_assert_int_eq(up.fd, -1);
	}
}
END_TEST

START_TEST(a_link_is_replaced_itself_and_what_it_names_is_untouched)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		unit_write("victim", "victim");
		ck_assert_int_eq(symlink("victim", "link"), 0);
		ck_assert_int_eq(symlink("nowhere", "dangling"), 0);
		ck_assert_int_eq(put("link", "new", 0644), 0);
		ck_assert_int_eq(put("dangling", "new", 0644), 0);
		ck_assert_str_eq(unit_read("victim"), "victim");
		ck_assert_str_eq(unit_read("link"), "new");
		ck_assert_str_eq(unit_read("dangling"), "new");
		ck_assert_uint_eq(unit_mode("link"), 0644);
		ck_assert(!unit_exists("nowhere"));
		ck_assert_int_eq(unit_entries("."), 3);
	}
}
END_TEST

START_TEST(the_other_name_of_a_hard_link_is_untouched)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		unit_write("victim", "victim");
		ck_assert_int_eq(link("victim", "f"), 0);
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("victim"), "victim");
		ck_assert_str_eq(unit_read("f"), "new");
	}
}
END_TEST

START_TEST(without_a_way_to_publish_nothing_is_begun)
{
	struct upload up = UPLOAD_NONE;

	begin_test(WAY_NO_LINK, OVERWRITE_REPLACE);
	rules.may_name = false;
	ck_assert_int_eq(begin(&up, "f", 0644, 1), ERR_NO_PUBLISH);
	begin_test(WAY_NO_TMP, OVERWRITE_REPLACE);
	rules.may_name = false;
	ck_assert_int_eq(begin(&up, "f", 0644, 1), ERR_NO_PUBLISH);
	ck_assert_int_eq(up.fd, -1);
	ck_assert_int_eq(unit_entries("."), 0);
}
END_TEST

/* The next temporary name is taken: what stands there is not ours. */
START_TEST(a_temporary_name_that_exists_is_never_written_to)
{
	static const char taken[] = ".scp-server.0000000000000007.part";

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		unit_write("victim", "victim");
		unit_write("f", "old");
		ck_assert_int_eq(symlink("victim", taken), 0);
		ck_assert_int_ne(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("victim"), "victim");
		ck_assert_str_eq(unit_read("f"), "old");
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "new");
		ck_assert_int_eq(unit_entries("."), 3);
	}
}
END_TEST

START_TEST(an_inplace_upload_writes_the_old_file_itself)
{
	struct upload_meta meta = { .mode = 0666 };
	struct upload up = UPLOAD_NONE;
	ino_t old;

	begin_test(WAY_BEST, OVERWRITE_INPLACE);
	unit_write("f", "the old and longer content");
	ck_assert_int_eq(chmod("f", 0640), 0);
	ck_assert_int_eq(link("f", "other"), 0);
	old = unit_status("f").st_ino;
	ck_assert_int_eq(begin(&up, "f", 0666, 3), 0);
	ck_assert_int_eq(upload_write(&up, "new", 3), 0);
	ck_assert_int_eq(commit_upload(&up, &meta), 0);
	upload_abort(&up);
	ck_assert_str_eq(unit_read("f"), "new");
	ck_assert_str_eq(unit_read("other"), "new");
	ck_assert_uint_eq(unit_status("f").st_ino, old);
	ck_assert_uint_eq(unit_mode("f"), 0640);
	meta.exact_mode = true;
	ck_assert_int_eq(begin(&up, "f", 0666, 0), 0);
	ck_assert_int_eq(commit_upload(&up, &meta), 0);
	ck_assert_uint_eq(unit_mode("f"), 0666);
	ck_assert_str_eq(unit_read("f"), "");
}
END_TEST

/* Under any of its names, however what is stored would get there. */
START_TEST(the_file_of_the_log_is_never_touched)
{
	static const enum overwrite all[] = { OVERWRITE_REPLACE,
		OVERWRITE_VERSIONS, OVERWRITE_INPLACE };
	struct stat log;

	for (size_t i = 0; i < COUNT(all); i++)
		for (enum way way = 0; begin_way(way, all[i]); way++) {
			unit_write("log", "records");
			unit_write("f", "old");
			ck_assert_int_eq(link("log", "other"), 0);
			ck_assert_int_eq(symlink("log", "to-log"), 0);
			log = unit_status("log");
			rules.log_dev = log.st_dev;
			rules.log_ino = log.st_ino;
			ck_assert_int_eq(put("log", "new", 0644), ERR_LOG);
			ck_assert_int_eq(put("other", "new", 0644), ERR_LOG);
			ck_assert_int_eq(put("to-log", "new", 0644),
			    all[i] == OVERWRITE_INPLACE ? ERR_LINK : 0);
			ck_assert_int_eq(put("f", "new", 0644), 0);
			ck_assert_str_eq(unit_read("log"), "records");
			ck_assert_str_eq(unit_read("other"), "records");
			ck_assert_uint_eq(
			    unit_status("log").st_ino, log.st_ino);
			ck_assert_str_eq(unit_read("f"), "new");
		}
}
END_TEST

/* As umask, lists, and what was there before have made it. */
START_TEST(an_upload_knows_the_mode_that_is_stored)
{
	static const struct {
		enum overwrite overwrite;
		mode_t old;
		mode_t asked;
		bool exact;
		mode_t stored;
	} rows[] = {
		{ OVERWRITE_REPLACE, 0, 0666, false, 0644 },
		{ OVERWRITE_REPLACE, 0, 0666, true, 0666 },
		{ OVERWRITE_REPLACE, 0600, 0666, false, 0600 },
		{ OVERWRITE_REPLACE, 0600, 0640, true, 0640 },
		{ OVERWRITE_VERSIONS, 0640, 0666, false, 0640 },
		{ OVERWRITE_INPLACE, 0640, 0666, false, 0640 },
		{ OVERWRITE_INPLACE, 0640, 0600, true, 0600 },
	};
	struct upload up = UPLOAD_NONE;

	for (size_t i = 0; i < COUNT(rows); i++)
		for (enum way way = 0; begin_way(way, rows[i].overwrite);
		     way++) {
			struct upload_meta meta = { .mode = rows[i].asked,
				.exact_mode = rows[i].exact };

			if (rows[i].old != 0) {
				unit_write("f", "old");
				ck_assert_int_eq(chmod("f", rows[i].old), 0);
			}
			ck_assert_int_eq(begin(&up, "f", rows[i].asked, 0), 0);
			ck_assert_int_eq(commit_upload(&up, &meta), 0);
			upload_abort(&up);
			ck_assert_uint_eq(up.mode, rows[i].stored);
			ck_assert_uint_eq(unit_mode("f"), rows[i].stored);
		}
}
END_TEST

START_TEST(an_inplace_upload_makes_what_is_missing_and_follows_no_link)
{
	struct upload up = UPLOAD_NONE;

	begin_test(WAY_BEST, OVERWRITE_INPLACE);
	unit_write("victim", "victim");
	ck_assert_int_eq(symlink("victim", "link"), 0);
	ck_assert_int_eq(mkfifo("fifo", 0666), 0);
	ck_assert_int_eq(put("f", "new", 0644), 0);
	ck_assert_str_eq(unit_read("f"), "new");
	ck_assert_int_eq(begin(&up, "link", 0644, 1), ERR_LINK);
	ck_assert_int_eq(begin(&up, "fifo", 0644, 1), ERR_KIND);
	ck_assert_str_eq(unit_read("victim"), "victim");
}
END_TEST

START_TEST(a_device_takes_bytes_and_stays_open)
{
	struct upload_meta meta = {
		.exact_mode = true, .mode = 0, .have_times = true
	};
	struct upload up = UPLOAD_NONE;
	int fd = open("/dev/null", O_WRONLY);
	mode_t mode = unit_mode("/dev/null");

	for (int i = 0; i < 2; i++) {
		upload_begin_device(&up, fd);
		ck_assert_int_eq(upload_write(&up, "x", 1), 0);
		ck_assert_int_eq(commit_upload(&up, &meta), 0);
		upload_abort(&up);
		upload_begin_device(&up, fd);
		upload_abort(&up);
	}
	ck_assert_int_eq(fcntl(fd, F_GETFD), 0);
	ck_assert_uint_eq(unit_mode("/dev/null"), mode);
}
END_TEST

START_TEST(a_device_that_is_full_says_so)
{
	struct upload up = UPLOAD_NONE;

	upload_begin_device(&up, open("/dev/full", O_WRONLY));
	ck_assert_int_eq(upload_write(&up, "x", 1), ENOSPC);
}
END_TEST

static void
limit_files_to(rlim_t octets)
{
	const struct rlimit limit = { octets, octets };

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_body_that_can_not_be_written_leaves_the_old_file)
{
	static char block[100000];
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		unit_write("f", "old");
		limit_files_to(65536);
		ck_assert_int_eq(begin(&up, "f", 0644, sizeof(block)), 0);
		ck_assert_int_eq(
		    upload_write(&up, block, sizeof(block)), EFBIG);
		upload_abort(&up);
		ck_assert_str_eq(unit_read("f"), "old");
		ck_assert_int_eq(unit_entries("."), 1);
	}
}
END_TEST

START_TEST(room_for_a_large_body_is_reserved_before_it)
{
	struct upload up = UPLOAD_NONE;
	int before;

	for (enum way way = 0; way < WAY_COUNT; way++) {
		limit_files_to(1 << 20);
		begin_test(way, OVERWRITE_REPLACE);
		before = unit_descriptors();
		ck_assert_int_eq(begin(&up, "f", 0644, (1 << 20) + 1), EFBIG);
		ck_assert_int_eq(begin(&up, "f", 0644, INT64_MAX), EFBIG);
		upload_abort(&up);
		ck_assert_int_eq(unit_entries("."), 0);
		ck_assert_int_eq(unit_descriptors(), before);
		ck_assert_int_eq(begin(&up, "f", 0644, 1 << 20), 0);
		upload_abort(&up);
		ck_assert_int_eq(unit_entries("."), 0);
	}
}
END_TEST

START_TEST(a_full_disk_is_told_before_a_large_body_and_within_a_small_one)
{
	static char block[1000000];
	struct upload up = UPLOAD_NONE;
	int e = 0;

	if (!enter_small_disk("size=3m"))
		return;
	for (enum way way = 0; way < WAY_COUNT; way++) {
		prepare(way, OVERWRITE_REPLACE);
		ck_assert_int_eq(begin(&up, "f", 0644, 100 << 20), ENOSPC);
		ck_assert_int_eq(up.fd, -1);
		ck_assert_int_eq(begin(&up, "f", 0644, 1000), 0);
		for (int i = 0; i < 4 && e == 0; i++)
			e = upload_write(&up, block, sizeof(block));
		ck_assert_int_eq(e, ENOSPC);
		upload_abort(&up);
		ck_assert_int_eq(unit_entries("."), 0);
		e = 0;
	}
}
END_TEST

START_TEST(in_a_tmpfs_a_body_of_one_octet_more_than_is_free_is_told_before_it)
{
	struct upload up = UPLOAD_NONE;
	int64_t room;

	if (!enter_small_disk("size=3m"))
		return;
	for (enum way way = 0; way < WAY_COUNT; way++) {
		prepare(way, OVERWRITE_REPLACE);
		room = disk_room();
		ck_assert_int_eq(begin(&up, "f", 0644, room), 0);
		upload_abort(&up);
		ck_assert_int_eq(begin(&up, "f", 0644, room + 1), ENOSPC);
		ck_assert_int_eq(up.fd, -1);
	}
}
END_TEST

/*
 * As fs.protected_regular: in a sticky directory of everybody's, who put a
 * file where ours is expected would get ours.
 */
START_TEST(a_file_of_somebody_else_in_a_sticky_directory_is_not_replaced)
{
	static const struct {
		mode_t dir;
		uid_t dir_owner, file_owner;
		int err;
	} rows[] = {
		{ 01777, 0, 1234, EACCES },
		{ 01775, 0, 1234, EACCES },
		{ 01757, 0, 1234, EACCES },
		{ 01777, 5678, 1234, EACCES },
		{ 01777, 1234, 1234, 0 },
		{ 01777, 1234, 0, 0 },
		{ 01755, 0, 1234, 0 },
		{ 0777, 0, 1234, 0 },
	};

	if (geteuid() != 0)
		return;
	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_test(way, OVERWRITE_REPLACE);
			unit_write("f", "old");
			ck_assert_int_eq(chown("f", rows[i].file_owner, 0), 0);
			ck_assert_int_eq(chown(".", rows[i].dir_owner, 0), 0);
			ck_assert_int_eq(chmod(".", rows[i].dir), 0);
			ck_assert_int_eq(put("f", "new", 0644), rows[i].err);
			ck_assert_str_eq(
			    unit_read("f"), rows[i].err == 0 ? "new" : "old");
		}
}
END_TEST

/* False where there is no tool or no support for them. */
static bool
set_default_acl(void)
{
	return system("setfacl -d -m u::rw,g::---,o::--- . 2>/dev/null") == 0;
}

static void
check_default_acl(enum way first, enum way end)
{
	for (enum way way = first; way < end; way++) {
		begin_test(way, OVERWRITE_REPLACE);
		if (!set_default_acl())
			return;
		ck_assert_int_eq(put("f", "x", 0666), 0);
		ck_assert_uint_eq(unit_mode("f"), 0600);
	}
}

START_TEST(a_default_acl_of_the_directory_is_honoured)
{
	check_default_acl(0, WAY_NO_LINK);
}
END_TEST

/* A file that others may not read must not become so by the way it came. */
START_TEST(a_default_acl_is_honoured_for_named_temporaries_too)
{
	check_default_acl(WAY_NO_LINK, WAY_COUNT);
}
END_TEST

static int
put_into_drop_box(void)
{
	dir = (struct dir){ .fd = open("drop", O_PATH), .unlisted = true };
	upload_prepare(&rules, &dir, 7);
	if (put("f", "x", 0600) != 0 || put("f", "x", 0600) != ERR_EXISTS)
		return 1;
	rules.overwrite = OVERWRITE_REPLACE;
	return put("f", "y", 0600);
}

START_TEST(a_directory_that_we_may_not_list_takes_files)
{
	begin_test(WAY_BEST, OVERWRITE_DENY);
	ck_assert_int_eq(mkdir("drop", 0755), 0);
	ck_assert_int_eq(chmod("drop", 0333), 0);
	ck_assert_int_eq(unit_as_nobody(put_into_drop_box), 0);
}
END_TEST

static int
put_into_unwritable(void)
{
	struct upload up = UPLOAD_NONE;

	prepare(WAY_BEST, OVERWRITE_REPLACE);
	return begin(&up, "new", 0644, 1) == EACCES && up.fd == -1 ? 0 : 1;
}

START_TEST(a_directory_that_we_may_not_write_to_is_told_before_the_body)
{
	unit_directory();
	ck_assert_int_eq(chmod(".", 0555), 0);
	ck_assert_int_eq(unit_as_nobody(put_into_unwritable), 0);
}
END_TEST

static void
make_temporaries(void)
{
	unit_directory();
	unit_write(TEMP, "x");
	unit_write(".scp-server.aaaaaaaaaaaaaaaa.part", "x");
	unit_write(".scp-server.AAAAAAAAAAAAAAAA.part", "like ours");
	unit_write(".scp-server.aaaaaaaaaaaaaaaa.par", "like ours");
	unit_write("scp-server.aaaaaaaaaaaaaaaa.part", "like ours");
	ck_assert_int_eq(mkdir(".scp-server.bbbbbbbbbbbbbbbb.part", 0755), 0);
	ck_assert_int_eq(mkfifo(".scp-server.cccccccccccccccc.part", 0600), 0);
	ck_assert_int_eq(
	    symlink("file", ".scp-server.dddddddddddddddd.part"), 0);
	unit_write("file", "x");
}

START_TEST(a_fresh_temporary_is_left_to_its_session)
{
	static const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

	make_temporaries();
	ck_assert_int_eq(utimensat(AT_FDCWD, TEMP, old, 0), 0);
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	later = 86000; /* not a day yet */
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	ck_assert_int_eq(unit_entries("."), 9);
}
END_TEST

START_TEST(temporaries_of_yesterday_are_removed_and_nothing_else)
{
	int before;

	make_temporaries();
	later = 86500;
	before = unit_descriptors();
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	ck_assert_int_eq(unit_descriptors(), before + 1);
	ck_assert(!unit_exists(TEMP));
	ck_assert(!unit_exists(".scp-server.aaaaaaaaaaaaaaaa.part"));
	ck_assert_int_eq(unit_entries("."), 7);
}
END_TEST

/* One may be all that is left of what another session had stored. */
START_TEST(where_versions_are_kept_temporaries_are_kept_too)
{
	make_temporaries();
	later = 86500;
	prepare(WAY_BEST, OVERWRITE_VERSIONS);
	ck_assert_int_eq(unit_entries("."), 9);
}
END_TEST

START_TEST(temporaries_of_another_account_are_left_to_it)
{
	if (geteuid() != 0)
		return;
	make_temporaries();
	ck_assert_int_eq(chown(TEMP, 1234, 2345), 0);
	later = 86500;
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	ck_assert(unit_exists(TEMP));
	ck_assert_int_eq(unit_entries("."), 8);
}
END_TEST

/* How an unnamed file gets a name here, found out by doing it. */
static enum upload_link
found_by_hand(void)
{
	int fd = open(".", O_TMPFILE | O_WRONLY, 0600);
	enum upload_link found = UPLOAD_LINK_NONE;
	char proc[64];

	if (fd == -1)
		return UPLOAD_LINK_UNKNOWN;
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(fd, "", AT_FDCWD, "probe", AT_EMPTY_PATH) == 0)
		found = UPLOAD_LINK_EMPTY;
	else if (linkat(AT_FDCWD, proc, AT_FDCWD, "probe", AT_SYMLINK_FOLLOW) ==
	    0)
		found = UPLOAD_LINK_PROC;
	(void)unlink("probe");
	(void)close(fd);
	return found;
}

static int
prepare_like_by_hand(void)
{
	enum upload_link found = found_by_hand();

	prepare(WAY_BEST, OVERWRITE_REPLACE);
	return rules.link == found ? 0 : 1;
}

START_TEST(preparing_finds_how_unnamed_files_get_names)
{
	unit_directory();
	ck_assert_int_eq(chmod(".", 0777), 0);
	ck_assert_int_eq(prepare_like_by_hand(), 0);
	ck_assert_int_eq(unit_as_nobody(prepare_like_by_hand), 0);
}
END_TEST

START_TEST(preparing_finds_a_way_and_leaves_nothing)
{
	unit_directory();
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	ck_assert(dir.no_tmpfile || rules.link != UPLOAD_LINK_UNKNOWN);
	ck_assert_uint_eq(rules.next_temp, 7);
	ck_assert_int_eq(unit_entries("."), 0);
}
END_TEST

START_TEST(many_uploads_keep_no_descriptor_open)
{
	char name[16];
	int before;

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		before = unit_descriptors();
		for (int i = 0; i < 20; i++) {
			(void)snprintf(name, sizeof(name), "f%d", i % 10);
			ck_assert_int_eq(put(name, "x", 0644), 0);
		}
		ck_assert_int_eq(unit_descriptors(), before);
		ck_assert_int_eq(unit_entries("."), 10);
	}
}
END_TEST

/* Where the directory has no unnamed files, nothing else would tell. */
START_TEST(a_directory_that_can_not_be_written_is_foreseen)
{
	struct name name;

	begin_test(WAY_NO_TMP, OVERWRITE_REPLACE);
	EXPECT(name_parse(&name, "new", 3) == 0);
	ck_assert_int_eq(upload_foresee(&rules, &dir, &name), 0);
	ck_assert_int_eq(upload_foresee(&rules, &dir, NULL), 0);
	ck_assert_int_eq(fchmod(dir.fd, 0555), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	ck_assert_int_eq(upload_foresee(&rules, &dir, &name), EACCES);
	ck_assert_int_eq(upload_foresee(&rules, &dir, NULL), EACCES);
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	ck_assert(!unit_exists("new"));
}
END_TEST

/* Before kernel 6.11 nothing else tells. */
START_TEST(what_was_found_locked_before_the_filter_is_refused)
{
	static const struct {
		unsigned int attributes;
		enum overwrite overwrite;
		int err;
	} rows[] = {
		{ ATTR_IMMUTABLE, OVERWRITE_REPLACE, EPERM },
		{ ATTR_IMMUTABLE, OVERWRITE_DENY, ERR_EXISTS },
		{ ATTR_APPEND_ONLY, OVERWRITE_INPLACE, EPERM },
		{ ATTR_APPEND_ONLY, OVERWRITE_VERSIONS, EPERM },
		{ ATTR_MOUNT_POINT, OVERWRITE_REPLACE, EBUSY },
		{ ATTR_MOUNT_POINT, OVERWRITE_INPLACE, 0 },
		{ 0, OVERWRITE_REPLACE, 0 },
	};
	struct name name = { "f" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin_test(WAY_BEST, rows[i].overwrite);
		unit_write("f", "old");
		upload_prepare_name(&rules, &dir, &name);
		ck_assert_uint_eq(rules.locked_ino, unit_status("f").st_ino);
		ck_assert_uint_eq(rules.locked, 0);
		rules.locked = rows[i].attributes;
		ck_assert_int_eq(put("f", "new", 0644), rows[i].err);
		ck_assert_int_eq(put("g", "new", 0644), 0);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		what_was_found_locked_before_the_filter_is_refused,
		a_directory_that_can_not_be_written_is_foreseen,
		a_new_file_appears_whole_and_only_at_the_end,
		an_unfinished_upload_leaves_nothing,
		an_old_file_stands_until_the_new_one_is_whole,
		a_new_file_gets_the_announced_mode_under_the_umask,
		a_replaced_file_keeps_its_mode,
		with_p_the_mode_is_exactly_the_announced_one,
		times_are_set_to_the_microsecond,
		where_replacing_is_denied_what_exists_is_told_before_the_body,
		where_replacing_is_denied_who_came_meanwhile_keeps_the_name,
		a_directory_of_our_own_keeps_the_rules,
		who_came_meanwhile_is_replaced_where_that_is_allowed,
		a_directory_that_came_meanwhile_stays,
		what_was_removed_meanwhile_comes_back_new,
		only_a_plain_file_or_a_link_is_replaced,
		a_link_is_replaced_itself_and_what_it_names_is_untouched,
		the_other_name_of_a_hard_link_is_untouched,
		without_a_way_to_publish_nothing_is_begun,
		a_temporary_name_that_exists_is_never_written_to,
		an_inplace_upload_writes_the_old_file_itself,
		the_file_of_the_log_is_never_touched,
		an_upload_knows_the_mode_that_is_stored,
		an_inplace_upload_makes_what_is_missing_and_follows_no_link,
		a_device_takes_bytes_and_stays_open,
		a_device_that_is_full_says_so,
		a_body_that_can_not_be_written_leaves_the_old_file,
		room_for_a_large_body_is_reserved_before_it,
		a_full_disk_is_told_before_a_large_body_and_within_a_small_one,
		in_a_tmpfs_a_body_of_one_octet_more_than_is_free_is_told_before_it,
		a_file_of_somebody_else_in_a_sticky_directory_is_not_replaced,
		a_default_acl_of_the_directory_is_honoured,
		a_default_acl_is_honoured_for_named_temporaries_too,
		a_directory_that_we_may_not_list_takes_files,
		a_directory_that_we_may_not_write_to_is_told_before_the_body,
		a_fresh_temporary_is_left_to_its_session,
		temporaries_of_yesterday_are_removed_and_nothing_else,
		where_versions_are_kept_temporaries_are_kept_too,
		temporaries_of_another_account_are_left_to_it,
		preparing_finds_how_unnamed_files_get_names,
		preparing_finds_a_way_and_leaves_nothing,
		many_uploads_keep_no_descriptor_open,
	};

	return unit_run("upload", tests, COUNT(tests));
}
