/* What the policy adds to an upload: versions, MinFree, Sync, modes, sums. */
#include "tree/upload.h"

#include <bsd/string.h>
#include <sched.h>
#include <sys/syscall.h>

#include "base/err.h"
#include "put.h"
#include "tree/internal.h"
#include "tree/link.h"

/* Sync: what was called, and what stood there at that moment. */
static struct {
	int files, directories;
	int fail_file, fail_directory; /* errno */
	char before[64];	       /* content of "f" at fdatasync() */
	char after[64];		       /* and at fsync() */
} synced;

int
fdatasync(int fd)
{
	(void)fd;
	synced.files++;
	EXPECT(strlcpy(synced.before, unit_read("f"), sizeof(synced.before)) <
	    sizeof(synced.before));
	errno = synced.fail_file;
	return synced.fail_file != 0 ? -1 : 0;
}

int
fsync(int fd)
{
	struct stat st;

	EXPECT(fstat(fd, &st) == 0 && S_ISDIR(st.st_mode));
	synced.directories++;
	EXPECT(strlcpy(synced.after, unit_read("f"), sizeof(synced.after)) <
	    sizeof(synced.after));
	errno = synced.fail_directory;
	return synced.fail_directory != 0 ? -1 : 0;
}

START_TEST(an_old_file_becomes_the_first_free_version)
{
	struct stat old;

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		ck_assert_int_eq(put("f", "one", 0644), 0);
		ck_assert_int_eq(unit_entries("."), 1);
		ck_assert_int_eq(chmod("f", 0604), 0);
		old = unit_status("f");
		ck_assert_int_eq(put("f", "two", 0644), 0);
		ck_assert_int_eq(put("f", "three", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "three");
		ck_assert_str_eq(unit_read("f.~1~"), "one");
		ck_assert_str_eq(unit_read("f.~2~"), "two");
		ck_assert_uint_eq(unit_status("f.~1~").st_ino, old.st_ino);
		ck_assert_uint_eq(unit_status("f.~1~").st_mode, old.st_mode);
		ck_assert_uint_eq(unit_status("f.~1~").st_nlink, 1);
		ck_assert_uint_eq(unit_mode("f"), 0604);
		ck_assert_int_eq(unlink("f.~1~"), 0);
		ck_assert_int_eq(put("f", "four", 0644), 0);
		ck_assert_str_eq(unit_read("f.~1~"), "three");
		ck_assert_int_eq(unit_entries("."), 3);
	}
}
END_TEST

START_TEST(what_has_the_name_of_a_version_is_left_alone)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		unit_write("f", "old");
		ck_assert_int_eq(mkdir("f.~1~", 0755), 0);
		ck_assert_int_eq(symlink("nowhere", "f.~2~"), 0);
		ck_assert_int_eq(mkfifo("f.~3~", 0600), 0);
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "new");
		ck_assert_str_eq(unit_read("f.~4~"), "old");
		ck_assert(S_ISDIR(unit_status("f.~1~").st_mode));
		ck_assert(S_ISLNK(unit_status("f.~2~").st_mode));
		ck_assert(S_ISFIFO(unit_status("f.~3~").st_mode));
		ck_assert_int_eq(unit_entries("."), 5);
	}
}
END_TEST

START_TEST(a_version_is_made_only_of_what_is_replaced)
{
	struct upload up = UPLOAD_NONE;
	int before;

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		unit_write("f", "old");
		before = unit_descriptors();
		begin_whole(&up, "f", "new");
		upload_abort(&up);
		ck_assert_str_eq(unit_read("f"), "old");
		ck_assert_int_eq(put("g", "new", 0644), 0);
		ck_assert_int_eq(unit_entries("."), 2);
		ck_assert_int_eq(unit_descriptors(), before);
	}
}
END_TEST

START_TEST(a_link_itself_becomes_a_version)
{
	char target[16] = "";

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		unit_write("victim", "victim");
		ck_assert_int_eq(symlink("victim", "f"), 0);
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("f"), "new");
		ck_assert_str_eq(unit_read("victim"), "victim");
		ck_assert_uint_eq(unit_status("victim").st_nlink, 1);
		ck_assert_int_eq(readlink("f.~1~", target, 15), 6);
		ck_assert_str_eq(target, "victim");
		ck_assert_int_eq(unit_entries("."), 3);
	}
}
END_TEST

START_TEST(only_a_file_or_a_link_becomes_a_version)
{
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		ck_assert_int_eq(mkdir("d", 0755), 0);
		ck_assert_int_eq(mkfifo("fifo", 0600), 0);
		ck_assert_int_eq(begin(&up, "d", 0644, 1), EISDIR);
		ck_assert_int_eq(begin(&up, "fifo", 0644, 1), ERR_KIND);
		ck_assert_int_eq(unit_entries("."), 2);
	}
}
END_TEST

/* Made by the same peer, in a directory where nothing is looked for. */
START_TEST(a_directory_in_a_directory_of_our_own_is_no_version)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		dir.just_created = true;
		ck_assert_int_eq(mkdir("d", 0755), 0);
		ck_assert_int_eq(put("d", "x", 0644), EISDIR);
		ck_assert(S_ISDIR(unit_status("d").st_mode));
		ck_assert_int_eq(unit_entries("."), 1);
		ck_assert_int_eq(put("f", "one", 0644), 0);
		ck_assert_int_eq(put("f", "two", 0644), 0);
		ck_assert_str_eq(unit_read("f.~1~"), "one");
	}
}
END_TEST

START_TEST(a_directory_that_came_meanwhile_is_no_version)
{
	check_meanwhile(OVERWRITE_VERSIONS, NULL, "/", EISDIR);
	check_meanwhile(OVERWRITE_VERSIONS, "old", "/", EISDIR);
}
END_TEST

START_TEST(who_came_meanwhile_becomes_a_version)
{
	check_meanwhile(OVERWRITE_VERSIONS, NULL, "theirs", 0);
	check_meanwhile(OVERWRITE_VERSIONS, "old", "theirs", 0);
}
END_TEST

START_TEST(what_went_away_meanwhile_needs_no_version)
{
	check_meanwhile(OVERWRITE_VERSIONS, "old", NULL, 0);
}
END_TEST

static void
make_versions(int from, int to)
{
	char name[32];
	int fd;

	for (int i = from; i <= to; i++) {
		(void)snprintf(name, sizeof(name), "f.~%d~", i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0644);
		EXPECT(fd != -1 && close(fd) == 0);
	}
}

START_TEST(after_the_last_version_nothing_is_replaced)
{
	struct upload up = UPLOAD_NONE;

	ck_assert_int_eq(UPLOAD_VERSIONS_MAX, 9999);
	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		unit_write("f", "old");
		make_versions(1, 9998);
		ck_assert_int_eq(put("f", "new", 0644), 0);
		ck_assert_str_eq(unit_read("f.~9999~"), "old");
		/* before the body */
		ck_assert_int_eq(begin(&up, "f", 0644, 1), EEXIST);
		ck_assert_str_eq(unit_read("f"), "new");
		ck_assert_int_eq(unit_entries("."), 10000);
		ck_assert_int_eq(unlink("f.~77~"), 0);
		ck_assert_int_eq(put("f", "newer", 0644), 0);
		ck_assert_str_eq(unit_read("f.~77~"), "new");
	}
}
END_TEST

/* Before the body: a name with its version has to fit. */
START_TEST(a_name_without_room_for_a_version_is_refused)
{
	struct upload up = UPLOAD_NONE;
	char name[NAME_MAX + 1];

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		memset(name, 'n', sizeof(name));
		name[248] = '\0';
		ck_assert_int_eq(put(name, "one", 0644), 0);
		ck_assert_int_eq(put(name, "two", 0644), 0);
		ck_assert_int_eq(unit_entries("."), 2);
		name[248] = 'n';
		name[249] = '\0';
		ck_assert_int_eq(put(name, "one", 0644), 0);
		ck_assert_int_eq(begin(&up, name, 0644, 1), ENAMETOOLONG);
		ck_assert_str_eq(unit_read(name), "one");
		ck_assert_int_eq(unit_entries("."), 3);
		name[249] = 'n';
		name[255] = '\0';
		ck_assert_int_eq(put(name, "one", 0644), 0);
		ck_assert_int_eq(begin(&up, name, 0644, 1), ENAMETOOLONG);
	}
}
END_TEST

START_TEST(a_long_name_is_not_cut_in_a_directory_of_our_own)
{
	char name[NAME_MAX + 1];

	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		dir.just_created = true;
		memset(name, 'n', sizeof(name));
		name[NAME_MAX] = '\0';
		ck_assert_int_eq(put(name, "one", 0644), 0);
		ck_assert_int_eq(put(name, "two", 0644), ENAMETOOLONG);
		ck_assert_str_eq(unit_read(name), "one");
		ck_assert_int_eq(unit_entries("."), 1);
	}
}
END_TEST

/* Another process that looks at "f" all the time. */
struct watch {
	pid_t pid;
	struct {
		bool stop;
		unsigned long looks, missing, torn;
	} volatile *seen;
};

static void
look_once(const struct watch *w)
{
	char text[8];
	ssize_t n;
	int fd = open("f", O_RDONLY);

	w->seen->looks++;
	if (fd == -1) {
		w->seen->missing++;
		return;
	}
	n = read(fd, text, sizeof(text));
	if (n != 6 || memcmp(text, "whole", 5) != 0)
		w->seen->torn++;
	(void)close(fd);
}

static void
await_looks(const struct watch *w, unsigned long looks)
{
	while (w->seen->looks < looks)
		(void)sched_yield();
}

/* On a busy machine its turn may come late. */
static void
begin_watch(struct watch *w)
{
	w->seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(w->seen != MAP_FAILED);
	if ((w->pid = fork()) != 0) {
		await_looks(w, 10);
		return;
	}
	while (!w->seen->stop)
		look_once(w);
	_exit(0);
}

static void
end_watch(struct watch *w)
{
	await_looks(w, w->seen->looks + 2);
	w->seen->stop = true;
	EXPECT(unit_wait(w->pid) == 0);
	EXPECT(w->seen->missing == 0);
	EXPECT(w->seen->torn == 0);
}

#define UPLOADS 200

static void
put_many(void)
{
	char text[8];

	for (int i = 0; i < UPLOADS; i++) {
		(void)snprintf(text, sizeof(text), "whole%c", 'a' + i % 26);
		EXPECT(put("f", text, 0644) == 0);
	}
}

START_TEST(there_is_never_a_moment_without_a_whole_file)
{
	static const enum overwrite kinds[] = { OVERWRITE_VERSIONS,
		OVERWRITE_REPLACE };
	struct watch watch;

	for (enum way way = 0; way < 2 * WAY_COUNT; way++) {
		begin_test(way / 2, kinds[way % 2]);
		unit_write("f", "whole!");
		begin_watch(&watch);
		put_many();
		end_watch(&watch);
		ck_assert_int_eq(
		    unit_entries("."), way % 2 == 0 ? UPLOADS + 1 : 1);
	}
}
END_TEST

/* fs.protected_hardlinks: a file of root's, in a directory of everybody's. */
static int
exchange_as_nobody(void)
{
	struct watch watch;
	struct stat st;

	for (enum way way = 0; way < WAY_COUNT; way++) {
		prepare(way, OVERWRITE_VERSIONS);
		if (unlink("f.~1~") != 0 || rename("theirs", "f") != 0)
			return 2;
		if (link("f", "probe") == 0)
			return 77; /* not protected here */
		begin_watch(&watch);
		EXPECT(put("f", "wholeA", 0644) == 0);
		end_watch(&watch);
		st = unit_status("f.~1~");
		EXPECT(st.st_uid == 0 && st.st_nlink == 1);
		EXPECT(strcmp(unit_read("f.~1~"), "whole!") == 0);
		EXPECT(strcmp(unit_read("f"), "wholeA") == 0);
		EXPECT(unit_status("f").st_uid == UNIT_NOBODY);
		EXPECT(unit_entries(".") == 2);
		EXPECT(rename("f.~1~", "theirs") == 0);
		unit_write("f.~1~", "");
	}
	return 0;
}

START_TEST(what_can_not_be_linked_changes_places)
{
	if (geteuid() != 0)
		return;
	(void)unit_directory();
	unit_write("theirs", "whole!");
	unit_write("f.~1~", "");
	ck_assert_int_eq(chmod(".", 0777), 0);
	switch (unit_as_nobody(exchange_as_nobody)) {
	case 0:
		break;
	case 77:
		(void)printf("fs.protected_hardlinks is off: not tried\n");
		break;
	default:
		ck_abort_msg("as another account");
	}
}
END_TEST

static int
exchange_back_as_nobody(void)
{
	for (enum way way = 0; way < WAY_COUNT; way++) {
		prepare(way, OVERWRITE_VERSIONS);
		if (link("f", "probe") == 0)
			return unlink("probe");
		EXPECT(put("f", "new", 0644) == EEXIST);
		EXPECT(strcmp(unit_read("f"), "old") == 0);
		EXPECT(unit_status("f").st_uid == 0);
		EXPECT(unit_entries(".") == 10000);
	}
	return 0;
}

START_TEST(what_changed_places_changes_back_without_a_free_version)
{
	if (geteuid() != 0)
		return;
	(void)unit_directory();
	unit_write("f", "old");
	make_versions(1, 9999);
	ck_assert_int_eq(chmod(".", 0777), 0);
	ck_assert_int_eq(unit_as_nobody(exchange_back_as_nobody), 0);
}
END_TEST

START_TEST(min_free_is_judged_by_what_would_be_left)
{
	struct upload up = UPLOAD_NONE;
	int64_t free;

	if (!enter_small_disk("size=1M"))
		return;
	prepare(WAY_BEST, OVERWRITE_REPLACE);
	unit_write("f", "old");
	free = disk_room();
	for (int64_t size = 0; size < free; size += 40961) {
		rules.min_free = free - size;
		ck_assert_int_eq(begin(&up, "f", 0644, size), 0);
		upload_abort(&up);
		rules.min_free++;
		ck_assert_int_eq(begin(&up, "f", 0644, size), ERR_MIN_FREE);
		ck_assert_int_eq(up.fd, -1);
	}
	ck_assert_str_eq(unit_read("f"), "old");
}
END_TEST

/* What another session, or any program, takes meanwhile. */
static void
take_room(const char *name, size_t mib)
{
	static char some[1 << 20];
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < mib; i++)
		ck_assert_uint_eq(
		    fwrite(some, 1, sizeof(some), f), sizeof(some));
	ck_assert_int_eq(fclose(f), 0);
}

/* Writes until an error; returns how much, in MiB. */
static int
write_until(struct upload *up, int mib, int *e)
{
	static char some[1 << 20];
	int done = 0;

	while (done < mib && (*e = upload_write(up, some, sizeof(some))) == 0)
		done++;
	return done;
}

START_TEST(min_free_is_looked_at_again_every_16_MiB)
{
	static const enum way ways[] = { WAY_BEST, WAY_NO_TMP };
	struct upload up = UPLOAD_NONE;
	int64_t free;
	int e;

	if (!enter_small_disk("size=80M"))
		return;
	for (size_t i = 0; i < COUNT(ways); i++) {
		prepare(ways[i], OVERWRITE_REPLACE);
		free = disk_room();
		rules.min_free = INT64_C(20) << 20;
		ck_assert_int_eq(begin(&up, "f", 0644, 40 << 20), 0);
		ck_assert_int_eq(write_until(&up, 10, &e), 10);
		take_room("other", 30); /* 40 of 80 are free, 30 to come */
		ck_assert_int_eq(write_until(&up, 30, &e), 6);
		ck_assert_int_eq(e, ERR_MIN_FREE);
		upload_abort(&up);
		ck_assert_int_eq(unlink("other"), 0);
		ck_assert_int_eq(unit_entries("."), 0);
		ck_assert_int_eq(disk_room(), free); /* all of it at once */
	}
	rules.min_free = 0;
	ck_assert_int_eq(begin(&up, "f", 0644, 40 << 20), 0);
	take_room("other", 30);
	ck_assert_int_eq(write_until(&up, 40, &e), 40);
	upload_abort(&up);
}
END_TEST

START_TEST(min_free_has_no_overflow)
{
	static const struct {
		int64_t min_free, size;
		int err;
	} rows[] = {
		{ 0, INT64_MAX, 0 },
		{ 1, 0, 0 },
		{ 1, 1, 0 },
		{ 1, INT64_MAX, ERR_MIN_FREE },
		{ INT64_MAX, 0, ERR_MIN_FREE },
		{ INT64_MAX, 1, ERR_MIN_FREE },
		{ INT64_MAX, INT64_MAX, ERR_MIN_FREE },
		{ INT64_MAX - 1, 1, ERR_MIN_FREE },
		{ INT64_C(1) << 62, INT64_C(1) << 62, ERR_MIN_FREE },
	};
	begin_test(WAY_BEST, OVERWRITE_REPLACE);
	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_msg(tree_check_free(dir.fd, rows[i].min_free,
				  rows[i].size) == rows[i].err,
		    "row %zu", i);
}
END_TEST

/* FUSE counts in one number and recommends another; some tell neither. */
START_TEST(blocks_are_counted_in_their_own_size)
{
	static const struct {
		long unit, write_at_once;
		int64_t size;
		bool fits;
	} rows[] = {
		{ 4096, 4096, 40960, true },
		{ 4096, 4096, 40961, false },
		{ 4096, 1 << 20, 40960, true },
		{ 4096, 1 << 20, 40961, false },
		{ 1 << 20, 4096, 10 << 20, true },
		{ 1 << 20, 4096, (10 << 20) + 1, false },
		{ 0, 4096, 40960, true },
		{ 0, 4096, 40961, false },
		{ 0, 0, 1, false },
		{ 0, 0, INT64_MAX, false },
	};
	struct statfs fs = { .f_bavail = 10 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		fs.f_frsize = rows[i].unit;
		fs.f_bsize = rows[i].write_at_once;
		ck_assert_msg(
		    tree_has_blocks(&fs, rows[i].size) == rows[i].fits,
		    "row %zu", i);
	}
}
END_TEST

START_TEST(sync_stores_the_bytes_before_the_name_and_the_name_before_the_answer)
{
	static const enum overwrite kinds[] = { OVERWRITE_REPLACE,
		OVERWRITE_VERSIONS, OVERWRITE_DENY };

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(kinds); i++) {
			begin_test(way, kinds[i]);
			rules.sync = true;
			memset(&synced, 0, sizeof(synced));
			ck_assert_int_eq(put("f", "one", 0644), 0);
			ck_assert_int_eq(synced.files, 1);
			ck_assert_int_eq(synced.directories, 1);
			ck_assert_str_eq(synced.before, "(none)");
			ck_assert_str_eq(synced.after, "one");
			if (kinds[i] == OVERWRITE_DENY)
				continue;
			ck_assert_int_eq(put("f", "two", 0644), 0);
			ck_assert_int_eq(synced.files, 2);
			ck_assert_str_eq(synced.before, "one");
			ck_assert_str_eq(synced.after, "two");
		}
}
END_TEST

START_TEST(without_sync_nothing_waits_for_the_disk)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		memset(&synced, 0, sizeof(synced));
		ck_assert_int_eq(put("f", "one", 0644), 0);
		ck_assert_int_eq(put("f", "two", 0644), 0);
		ck_assert_int_eq(synced.files + synced.directories, 0);
	}
}
END_TEST

START_TEST(what_could_not_be_stored_is_not_published)
{
	for (enum way way = 0; begin_way(way, OVERWRITE_VERSIONS); way++) {
		rules.sync = true;
		memset(&synced, 0, sizeof(synced));
		unit_write("f", "old");
		synced.fail_file = EIO;
		ck_assert_int_eq(put("f", "new", 0644), EIO);
		ck_assert_str_eq(unit_read("f"), "old");
		ck_assert_int_eq(unit_entries("."), 1);
		synced.fail_file = 0;
		synced.fail_directory = EIO;
		ck_assert_int_eq(put("f", "new", 0644), EIO);
		ck_assert_int_eq(unit_entries("."), 2);
	}
}
END_TEST

static int
sync_into_unlisted(void)
{
	struct upload up = UPLOAD_NONE;

	if (chdir("drop") != 0)
		return 2;
	memset(&rules, 0, sizeof(rules));
	rules.sync = rules.may_name = true;
	dir = (struct dir){ .fd = open(".", O_PATH | O_DIRECTORY),
		.unlisted = true };
	return begin(&up, "f", 0644, 1) == EACCES && up.fd == -1 ? 0 : 1;
}

START_TEST(a_directory_that_can_not_be_synced_is_told_before_the_body)
{
	(void)unit_directory();
	ck_assert_int_eq(mkdir("drop", 0777), 0);
	ck_assert_int_eq(chmod("drop", 0333), 0);
	ck_assert_int_eq(unit_as_nobody(sync_into_unlisted), 0);
}
END_TEST

START_TEST(modes_are_exact_and_have_set_id_bits_only_where_allowed)
{
	static const struct {
		mode_t mask, mode, exact, under_umask;
	} rows[] = {
		{ 0777, 0666, 0666, 0644 },
		{ 0777, 0, 0, 0 },
		{ 0777, 06777, 0777, 0755 },
		{ 06777, 06755, 06755, 0755 },
		{ 06777, 04711, 04711, 0711 },
		{ 06777, 02750, 02750, 0750 },
		{ 06777, 0640, 0640, 0640 },
	};
	struct upload_meta meta = { .exact_mode = true };

	for (size_t i = 0; i < WAY_COUNT * COUNT(rows); i++) {
		size_t row = i / WAY_COUNT;

		begin_test(i % WAY_COUNT, OVERWRITE_REPLACE);
		rules.mode_mask = rows[row].mask;
		meta.mode = rows[row].mode;
		meta.exact_mode = true;
		ck_assert_int_eq(put_as("f", "x", 0644, &meta), 0);
		ck_assert_uint_eq(unit_mode("f"), rows[row].exact);
		ck_assert_int_eq(
		    put_as("f", "y", 0644, &meta), 0); /* and again */
		ck_assert_uint_eq(unit_mode("f"), rows[row].exact);
	}
}
END_TEST

START_TEST(without_an_exact_mode_no_set_id_bit_is_made_or_kept)
{
	struct upload_meta meta = { .mode = 06755 };

	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		rules.mode_mask = 06777;
		ck_assert_int_eq(put_as("f", "x", 0644, &meta), 0);
		ck_assert_uint_eq(unit_mode("f") & 07000, 0);
		ck_assert_int_eq(chmod("f", 06755), 0);
		ck_assert_int_eq(put_as("f", "y", 0644, &meta), 0);
		ck_assert_uint_eq(unit_mode("f"), 0755);
	}
}
END_TEST

/* Giving a file away clears them, so that comes first. */
START_TEST(set_id_bits_outlast_the_change_of_owner)
{
	struct upload_meta meta = { .exact_mode = true, .mode = 06755 };

	if (geteuid() != 0)
		return;
	for (enum way way = 0; begin_way(way, OVERWRITE_REPLACE); way++) {
		rules.mode_mask = 06777;
		ck_assert_int_eq(chown(".", UNIT_NOBODY, 0), 0);
		unit_write("f", "old");
		ck_assert_int_eq(chown("f", UNIT_NOBODY, UNIT_NOBODY), 0);
		ck_assert_int_eq(put_as("f", "new", 0644, &meta), 0);
		ck_assert_uint_eq(unit_mode("f"), 06755);
		ck_assert_uint_eq(unit_status("f").st_uid, UNIT_NOBODY);
	}
}
END_TEST

START_TEST(the_sum_of_what_was_written_is_told)
{
	static const char abc[] = "ba7816bf8f01cfea414140de5dae2223"
				  "b00361a396177a9cb410ff61f20015ad";
	struct upload_meta meta = { .mode = 0644 };
	struct upload up = UPLOAD_NONE;

	for (enum way way = 0; way < WAY_COUNT; way++)
		for (int on = 0; on < 2; on++) {
			begin_test(way, OVERWRITE_REPLACE);
			rules.digest = on ? DIGEST_SHA256 : DIGEST_NONE;
			ck_assert_int_eq(begin(&up, "f", 0644, 3), 0);
			ck_assert_int_eq(upload_write(&up, "a", 1), 0);
			ck_assert_int_eq(upload_write(&up, "bc", 2), 0);
			ck_assert_int_eq(commit_upload(&up, &meta), 0);
			ck_assert_str_eq(up.digest, on ? abc : "");
		}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		an_old_file_becomes_the_first_free_version,
		what_has_the_name_of_a_version_is_left_alone,
		a_version_is_made_only_of_what_is_replaced,
		a_link_itself_becomes_a_version,
		only_a_file_or_a_link_becomes_a_version,
		a_directory_in_a_directory_of_our_own_is_no_version,
		a_directory_that_came_meanwhile_is_no_version,
		who_came_meanwhile_becomes_a_version,
		what_went_away_meanwhile_needs_no_version,
		after_the_last_version_nothing_is_replaced,
		a_name_without_room_for_a_version_is_refused,
		a_long_name_is_not_cut_in_a_directory_of_our_own,
		there_is_never_a_moment_without_a_whole_file,
		what_can_not_be_linked_changes_places,
		what_changed_places_changes_back_without_a_free_version,
		min_free_is_judged_by_what_would_be_left,
		min_free_is_looked_at_again_every_16_MiB,
		min_free_has_no_overflow,
		blocks_are_counted_in_their_own_size,
		sync_stores_the_bytes_before_the_name_and_the_name_before_the_answer,
		without_sync_nothing_waits_for_the_disk,
		what_could_not_be_stored_is_not_published,
		a_directory_that_can_not_be_synced_is_told_before_the_body,
		modes_are_exact_and_have_set_id_bits_only_where_allowed,
		without_an_exact_mode_no_set_id_bit_is_made_or_kept,
		set_id_bits_outlast_the_change_of_owner,
		the_sum_of_what_was_written_is_told,
	};

	return unit_run("publish", tests, COUNT(tests));
}
