/*
 * Handles and what a session remembers: a handle that was closed is never
 * another one, and what is forgotten is what was used longest ago.
 */
#include "sftp/handle.h"

#include <string.h>

#include "sftp/owned.h"
#include "unit.h"

static struct handles table;
static struct owned owned;

static void
begin(uint32_t most)
{
	table = (struct handles){ .most = most };
}

START_TEST(a_handle_is_found_by_its_name_until_it_is_closed)
{
	struct handle *h, *again;
	char name[HANDLE_SIZE], other[HANDLE_SIZE];

	begin(HANDLES_MAX);
	h = handle_take(&table, HANDLE_DIR);
	handle_name(h, name);
	ck_assert(handle_find(&table, name, HANDLE_SIZE) == h);
	for (size_t n = 0; n < HANDLE_SIZE; n++)
		ck_assert(handle_find(&table, name, n) == NULL);
	handle_give(&table, h);
	ck_assert(handle_find(&table, name, HANDLE_SIZE) == NULL);
	again = handle_take(&table, HANDLE_FILE);
	handle_name(again, other);
	ck_assert(again == h && memcmp(name, other, sizeof(name)) != 0);
	ck_assert(handle_find(&table, name, HANDLE_SIZE) == NULL);
	ck_assert(handle_find(&table, other, HANDLE_SIZE) == again);
	ck_assert(h->node.fd == -1 && h->dir.fd == -1 && h->path.len == 0);
}
END_TEST

static void
take_all(uint32_t most)
{
	struct handle *h = NULL;
	char name[HANDLE_SIZE];

	begin(most);
	for (size_t i = 0; i < most; i++) {
		h = handle_take(&table, HANDLE_DIR);
		ck_assert(h == &table.all[i]);
		handle_name(h, name);
		ck_assert(handle_find(&table, name, HANDLE_SIZE) == h);
	}
	ck_assert(handle_take(&table, HANDLE_DIR) == NULL);
	handle_give(&table, &table.all[3]);
	ck_assert(handle_take(&table, HANDLE_DIR) == &table.all[3]);
}

START_TEST(there_are_so_many_and_no_more)
{
	take_all(HANDLES_MAX);
	take_all(5);
}
END_TEST

START_TEST(open_uploads_and_places_that_were_used_are_counted)
{
	struct handle *a, *b;

	table.most = HANDLES_MAX;
	ck_assert_uint_eq(table.count, 0);
	a = handle_take(&table, HANDLE_UPLOAD);
	b = handle_take(&table, HANDLE_FILE);
	ck_assert(table.count == 2 && table.uploads == 1);
	handle_give(&table, b);
	ck_assert_uint_eq(table.uploads, 1);
	b = handle_take(&table, HANDLE_UPLOAD);
	ck_assert(table.count == 2 && table.uploads == 2);
	handle_give(&table, a);
	handle_give(&table, b);
	ck_assert(table.count == 2 && table.uploads == 0);
}
END_TEST

START_TEST(no_octets_find_a_handle_that_is_free)
{
	char name[HANDLE_SIZE];

	for (int c = 0; c < 256; c++) {
		memset(name, c, sizeof(name));
		ck_assert(handle_find(&table, name, sizeof(name)) == NULL);
	}
}
END_TEST

static struct info
number(ino_t ino)
{
	return (struct info){ .dev = 1, .ino = ino };
}

START_TEST(what_was_used_longest_ago_is_forgotten)
{
	struct info info, first = number(1);

	for (ino_t i = 1; i <= OWNED_MAX; i++) {
		info = number(i);
		ck_assert(!owned_has(&owned, &info));
		owned_add(&owned, &info, true);
		ck_assert(owned_has(&owned, &info));
	}
	ck_assert(owned_has(&owned, &first)); /* a use */
	info = number(OWNED_MAX + 1);
	owned_add(&owned, &info, true);
	ck_assert(owned_has(&owned, &info) && owned_has(&owned, &first));
	info = number(2);
	ck_assert(!owned_has(&owned, &info));
	first.dev = 2; /* another file system */
	ck_assert(!owned_has(&owned, &first));
}
END_TEST

START_TEST(a_directory_that_was_there_is_known_and_not_owned)
{
	const struct info info = number(7);

	owned_add(&owned, &info, false);
	ck_assert(owned_knows(&owned, &info) && !owned_has(&owned, &info));
	owned_add(&owned, &info, true);
	owned_add(&owned, &info, false);
	ck_assert(owned_has(&owned, &info));
	owned_gone(&owned, &info);
	ck_assert(!owned_knows(&owned, &info) && !owned_has(&owned, &info));
	owned_add(&owned, &info, false);
	ck_assert(!owned_has(&owned, &info));
}
END_TEST

START_TEST(a_file_with_another_name_is_not_gone)
{
	struct info info = number(7);

	info.kind = KIND_FILE;
	info.links = 2;
	owned_add(&owned, &info, true);
	owned_gone(&owned, &info);
	ck_assert(owned_has(&owned, &info));
	info.links = 1;
	owned_gone(&owned, &info);
	ck_assert(!owned_has(&owned, &info));
	info.kind = KIND_DIR;
	info.links = 3; /* the names of a directory in itself */
	owned_add(&owned, &info, true);
	owned_gone(&owned, &info);
	ck_assert(!owned_has(&owned, &info));
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_handle_is_found_by_its_name_until_it_is_closed,
		there_are_so_many_and_no_more,
		open_uploads_and_places_that_were_used_are_counted,
		no_octets_find_a_handle_that_is_free,
		what_was_used_longest_ago_is_forgotten,
		a_directory_that_was_there_is_known_and_not_owned,
		a_file_with_another_name_is_not_gone,
	};

	return unit_run("handle", tests, COUNT(tests));
}
