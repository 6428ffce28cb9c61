/* Whose a file is that takes the place of another, and what its mode is. */
#include "tree/upload.h"

#include "put.h"

/* Files of root's in directories of others: only root can make them. */
#define THEIR_UID 1234
#define THEIR_GID 2345

/* An old file that belongs to another account, in a directory of one's. */
static void
begin_owned(enum way way, mode_t mode, uid_t dir_owner)
{
	begin_test(way, OVERWRITE_REPLACE);
	ck_assert_int_eq(chown(".", dir_owner, 0), 0);
	unit_write("f", "old");
	ck_assert_int_eq(chown("f", THEIR_UID, THEIR_GID), 0);
	ck_assert_int_eq(chmod("f", mode), 0);
}

static void
check_owned(uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st = unit_status("f");

	ck_assert_str_eq(unit_read("f"), "new");
	ck_assert_uint_eq(st.st_uid, uid);
	ck_assert_uint_eq(st.st_gid, gid);
	ck_assert_uint_eq(st.st_mode & 07777, mode);
}

START_TEST(root_gives_a_file_to_who_owns_the_directory)
{
	struct upload_meta meta = { .exact_mode = true, .mode = 0604 };

	if (geteuid() != 0)
		return;
	for (enum way way = 0; way < WAY_COUNT; way++) {
		begin_owned(way, 0664, THEIR_UID);
		ck_assert_int_eq(put("f", "new", 0664), 0);
		check_owned(THEIR_UID, THEIR_GID, 0644); /* with our umask */
		ck_assert_int_eq(put_as("f", "new", 0604, &meta), 0);
		check_owned(THEIR_UID, THEIR_GID, 0604);
	}
}
END_TEST

/* Who may only write there has not earned the group either. */
START_TEST(root_keeps_a_file_where_another_owns_the_directory)
{
	static const uid_t owners[] = { 0, THEIR_UID + 1 };
	struct upload_meta meta = { .exact_mode = true, .mode = 0640 };

	if (geteuid() != 0)
		return;
	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(owners); i++) {
			begin_owned(way, 0666, owners[i]);
			ck_assert_int_eq(put("f", "new", 0600), 0);
			check_owned(0, 0, 0600);
			begin_owned(way, 0666, owners[i]);
			ck_assert_int_eq(put_as("f", "new", 0640, &meta), 0);
			check_owned(0, 0, 0640);
		}
}
END_TEST

START_TEST(a_mode_of_our_own_stays_and_that_of_others_gives_no_more)
{
	static const struct {
		mode_t old, asked, ours, theirs;
	} rows[] = {
		{ 0666, 0600, 0666, 0600 },
		{ 0600, 0644, 0600, 0600 },
		{ 0755, 0644, 0755, 0644 },
		{ 0640, 0664, 0640, 0640 },
		{ 0000, 0666, 0000, 0000 },
	};

	if (geteuid() != 0)
		return;
	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_owned(way, rows[i].old, THEIR_UID);
			ck_assert_int_eq(put("f", "new", rows[i].asked), 0);
			ck_assert_uint_eq(unit_mode("f"), rows[i].theirs);
			begin_owned(way, rows[i].old, THEIR_UID);
			ck_assert_int_eq(chown("f", 0, 0), 0);
			ck_assert_int_eq(put("f", "new", rows[i].asked), 0);
			ck_assert_uint_eq(unit_mode("f"), rows[i].ours);
		}
}
END_TEST

static mode_t asked;

static int
replace_f(void)
{
	rules.uid = geteuid();
	/* root found out how; before 6.10 a user needs another way */
	if (rules.link == UPLOAD_LINK_EMPTY)
		rules.link = UPLOAD_LINK_UNKNOWN;
	return put("f", "new", asked);
}

START_TEST(a_group_that_was_not_kept_gets_no_more_than_everybody_had)
{
	static const struct {
		mode_t old, mode;
	} rows[] = {
		{ 0660, 0600 },
		{ 0664, 0644 },
		{ 0666, 0666 },
		{ 0604, 0604 },
		{ 0775, 0755 },
		{ 0771, 0711 },
		{ 0070, 0000 },
	};

	if (geteuid() != 0)
		return; /* who may not give groups away has no other one */
	asked = 0644;
	for (enum way way = 0; way < WAY_COUNT; way++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			begin_owned(way, rows[i].old, UNIT_NOBODY);
			ck_assert_int_eq(chown("f", UNIT_NOBODY, 2345), 0);
			ck_assert_int_eq(chmod("f", rows[i].old), 0);
			ck_assert_int_eq(unit_as_nobody(replace_f), 0);
			check_owned(UNIT_NOBODY, UNIT_NOBODY, rows[i].mode);
		}
}
END_TEST

/* Whoever put it there: what is uploaded 0600 is for its owner only. */
START_TEST(an_account_replaces_a_file_of_others_without_being_looser)
{
	if (geteuid() != 0)
		return;
	for (enum way way = 0; way < WAY_COUNT; way++) {
		begin_owned(way, 0666, UNIT_NOBODY);
		asked = 0600;
		ck_assert_int_eq(unit_as_nobody(replace_f), 0);
		check_owned(UNIT_NOBODY, UNIT_NOBODY, 0600);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		root_gives_a_file_to_who_owns_the_directory,
		root_keeps_a_file_where_another_owns_the_directory,
		a_mode_of_our_own_stays_and_that_of_others_gives_no_more,
		a_group_that_was_not_kept_gets_no_more_than_everybody_had,
		an_account_replaces_a_file_of_others_without_being_looser,
	};

	return unit_run("owner", tests, COUNT(tests));
}
