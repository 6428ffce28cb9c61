#include "tree/internal.h"

#include <sys/sysmacros.h>
#include <sys/un.h>
#include <time.h>

#include "base/err.h"
#include "unit.h"

#define TEMP ".scp-server.0123456789abcdef.part"

static struct tree j = TREE_NONE;

static struct relpath
path_of(const char *text)
{
	struct relpath p;

	ck_assert_int_eq(relpath_parse(&p, NULL, text), 0);
	return p;
}

static struct name
name_of(const char *text)
{
	struct name n;

	ck_assert_int_eq(name_parse(&n, text, strlen(text)), 0);
	return n;
}

static void
make_socket(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	(void)close(fd);
}

static void
make_link(const char *to, const char *path)
{
	ck_assert_int_eq(symlink(to, path), 0);
}

/*
 * root/ with one of everything, beside it what must not be reached.  Only root
 * can make devices; for others they are just missing.
 */
static void
make_tree(void)
{
	char there[4096];
	const char *top = unit_directory();

	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/dir", 0755), 0);
	ck_assert_int_eq(mkdir("root2", 0755), 0);
	ck_assert_int_eq(mkdir("outside", 0755), 0);
	unit_write("outside/secret", "secret");
	unit_write("root2/sibling", "secret");
	unit_write("root/file", "file");
	unit_write("root/dir/inner", "inner");
	ck_assert_int_eq(mkfifo("root/fifo", 0666), 0);
	make_socket("root/sock");
	make_link("file", "root/tofile");
	make_link("dir", "root/todir");
	make_link("/dir/inner", "root/absolute");
	make_link("../file", "root/dir/up");
	make_link("tofile", "root/chain");
	make_link("fifo", "root/tofifo");
	make_link("nowhere", "root/dangling");
	make_link("dir/new", "root/tonew");
	make_link("missing/new", "root/tomissing");
	make_link("loop", "root/loop");
	make_link("../outside/secret", "root/out");
	make_link("../outside", "root/outdir");
	make_link("../root2/sibling", "root/tosibling");
	make_link("dir/inner/", "root/slashed");
	(void)snprintf(there, sizeof(there), "%s/outside/secret", top);
	make_link(there, "root/outabsolute");
	if (geteuid() == 0)
		ck_assert_int_eq(
		    mknod("root/null", S_IFCHR | 0666, makedev(1, 3)), 0);
}

static void
open_tree(bool follow)
{
	(void)close(j.root);
	ck_assert_int_eq(tree_open(&j, "root", follow, false), 0);
}

START_TEST(a_root_is_a_directory)
{
	int before;

	make_tree();
	before = unit_descriptors();
	ck_assert_int_eq(tree_open(&j, "root/file", false, false), ENOTDIR);
	ck_assert_int_eq(tree_open(&j, "root/fifo", false, false), ENOTDIR);
	ck_assert_int_eq(tree_open(&j, "missing", false, false), ENOENT);
	ck_assert_int_eq(j.root, -1);
	ck_assert_int_eq(tree_open(&j, "root", true, false), 0);
	ck_assert(j.follow);
	ck_assert_int_eq(unit_descriptors(), before + 1);
}
END_TEST

/* S7.  What a source may open, and what the answer is otherwise. */
struct find_row {
	const char *path;
	int follow, refuse;
};

static const struct find_row find_rows[] = {
	{ "/", 0, 0 },
	{ "file", 0, 0 },
	{ "dir", 0, 0 },
	{ "dir/inner", 0, 0 },
	{ "missing", ENOENT, ENOENT },
	{ "missing/x", ENOENT, ENOENT },
	{ "file/x", ENOTDIR, ENOTDIR },
	{ "fifo", ERR_KIND, ERR_KIND },
	{ "sock", ERR_KIND, ERR_KIND },
	{ "tofile", 0, ERR_LINK },
	{ "todir", 0, ERR_LINK },
	{ "todir/inner", 0, ERR_LINK },
	{ "absolute", 0, ERR_LINK },
	{ "dir/up", 0, ERR_LINK },
	{ "chain", 0, ERR_LINK },
	{ "tofifo", ERR_KIND, ERR_LINK },
	{ "dangling", ENOENT, ERR_LINK },
	{ "loop", ELOOP, ERR_LINK },
	{ "out", ENOENT, ERR_LINK },
	{ "outdir", ENOENT, ERR_LINK },
	{ "outdir/secret", ENOENT, ERR_LINK },
	{ "tosibling", ENOENT, ERR_LINK },
	{ "outabsolute", ENOENT, ERR_LINK },
};

static void
check_found(const char *text, int wanted)
{
	struct node node = NODE_NONE;
	struct relpath path = path_of(text);
	int before = unit_descriptors(), e;

	e = tree_find(&j, &path, &node);
	ck_assert_msg(e == wanted, "%s: %d, not %d", text, e, wanted);
	ck_assert_int_eq(node.fd == -1, e != 0);
	tree_close_node(&node);
	ck_assert_int_eq(unit_descriptors(), before);
}

/* With openat2(2) and without it. */
static void
check_all_found(bool walk)
{
	make_tree();
	open_tree(true);
	j.walk = walk;
	for (size_t i = 0; i < COUNT(find_rows); i++)
		check_found(find_rows[i].path, find_rows[i].follow);
	open_tree(false);
	j.walk = walk;
	for (size_t i = 0; i < COUNT(find_rows); i++)
		check_found(find_rows[i].path, find_rows[i].refuse);
}

START_TEST(a_source_follows_links_beneath_the_root_or_none)
{
	check_all_found(false);
}
END_TEST

START_TEST(without_openat2_the_same_is_found)
{
	check_all_found(true);
}
END_TEST

START_TEST(devices_are_refused_before_they_are_opened)
{
	make_tree();
	if (geteuid() != 0)
		return;
	for (int follow = 0; follow < 2; follow++) {
		open_tree(follow);
		check_found("null", ERR_KIND);
	}
}
END_TEST

START_TEST(magic_links_are_never_followed)
{
	struct relpath path;
	struct node node = NODE_NONE;

	for (int walk = 0; walk < 2; walk++) {
		(void)close(j.root);
		ck_assert_int_eq(tree_open(&j, "/", true, walk), 0);
		path = path_of("/proc/self/fd/0");
		ck_assert_int_eq(tree_find(&j, &path, &node), ELOOP);
		path = path_of("/proc/self/root/etc");
		ck_assert_int_eq(tree_find(&j, &path, &node), ELOOP);
		path = path_of("/proc/self/cwd");
		ck_assert_int_eq(tree_find(&j, &path, &node), ELOOP);
		path = path_of("/proc/self/status"); /* a link, but of text */
		ck_assert_int_eq(tree_find(&j, &path, &node), 0);
		tree_close_node(&node);
	}
}
END_TEST

START_TEST(what_was_found_is_described_by_its_descriptor)
{
	static const struct timespec times[2] = { { 1111, 0 }, { 2222, 0 } };
	struct relpath path;
	struct node node = NODE_NONE;
	char buf[16];
	size_t got;

	make_tree();
	ck_assert_int_eq(chmod("root/file", 06751), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, "root/file", times, 0), 0);
	open_tree(false);
	path = path_of("file");
	ck_assert_int_eq(tree_find(&j, &path, &node), 0);
	ck_assert_int_eq(node.info.kind, KIND_FILE);
	ck_assert_uint_eq(node.info.mode, 06751);
	ck_assert_int_eq(node.info.size, 4);
	ck_assert_int_eq(node.info.atime, 1111);
	ck_assert_int_eq(node.info.mtime, 2222);
	ck_assert_uint_eq(node.info.uid, geteuid());
	ck_assert_int_eq(tree_read(&node, buf, 3, &got), 0);
	ck_assert_uint_eq(got, 3);
	ck_assert_mem_eq(buf, "fil", 3);
	ck_assert_int_eq(tree_read(&node, buf, 3, &got), 0);
	ck_assert_uint_eq(got, 1);
	ck_assert_int_eq(tree_read(&node, buf, 3, &got), 0);
	ck_assert_uint_eq(got, 0);
	tree_close_node(&node);
	path = path_of("dir");
	ck_assert_int_eq(tree_find(&j, &path, &node), 0);
	ck_assert_int_eq(node.info.kind, KIND_DIR);
	ck_assert_int_eq(tree_read(&node, buf, 3, &got), EISDIR);
}
END_TEST

static void
find_dir(const char *text, struct node *node)
{
	struct relpath path = path_of(text);

	ck_assert_int_eq(tree_find(&j, &path, node), 0);
}

/* Opens the entry of this name in the root; ENOENT when it is not listed. */
static int
open_listed(const char *wanted)
{
	static struct scan scan;
	struct node dir = NODE_NONE, node = NODE_NONE;
	struct relpath path = { .s = "" };
	struct entry entry;
	int64_t resume = 0;
	int e;

	scan.fd = -1;
	find_dir("/", &dir);
	while ((e = tree_next(&scan, &dir, &resume, &entry)) == 0)
		if (strcmp(entry.raw, wanted) == 0)
			break;
	if (e == 0 && (e = relpath_append(&path, &entry.name)) == 0) {
		e = tree_open_entry(&j, &dir, &entry, &path, &node);
		tree_close_node(&node);
	}
	tree_close_node(&dir);
	return e == ERR_EOF ? ENOENT : e;
}

START_TEST(entries_are_opened_under_the_same_rules)
{
	static const struct find_row rows[] = {
		{ "file", 0, 0 },
		{ "dir", 0, 0 },
		{ "fifo", ERR_KIND, ERR_KIND },
		{ "sock", ERR_KIND, ERR_KIND },
		{ "tofile", 0, ERR_LINK },
		{ "todir", 0, ERR_LINK },
		{ "absolute", 0, ERR_LINK },
		{ "tofifo", ERR_KIND, ERR_LINK },
		{ "dangling", ENOENT, ERR_LINK },
		{ "loop", ELOOP, ERR_LINK },
		{ "out", ENOENT, ERR_LINK },
		{ "outabsolute", ENOENT, ERR_LINK },
	};
	int before;

	make_tree();
	open_tree(true);
	before = unit_descriptors();
	for (int walk = 0; walk < 2; walk++) {
		j.follow = true;
		j.walk = walk;
		for (size_t i = 0; i < COUNT(rows); i++)
			ck_assert_msg(
			    open_listed(rows[i].path) == rows[i].follow, "%s",
			    rows[i].path);
		j.follow = false;
		for (size_t i = 0; i < COUNT(rows); i++)
			ck_assert_msg(
			    open_listed(rows[i].path) == rows[i].refuse, "%s",
			    rows[i].path);
	}
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

/* Somebody exchanged it between the listing and the opening. */
START_TEST(an_entry_that_became_a_link_or_fifo_is_refused)
{
	struct entry entry = { .name = { "tofile" },
		.raw = "tofile",
		.known = true,
		.kind = KIND_FILE };
	struct relpath path = path_of("tofile");
	struct node dir = NODE_NONE, node = NODE_NONE;

	make_tree();
	for (int follow = 0; follow < 2; follow++) {
		open_tree(follow);
		find_dir("/", &dir);
		ck_assert_int_eq(
		    tree_open_entry(&j, &dir, &entry, &path, &node), ERR_LINK);
		j.walk = true;
		ck_assert_int_eq(
		    tree_open_entry(&j, &dir, &entry, &path, &node), ERR_LINK);
		entry.name = name_of("fifo");
		ck_assert_int_eq(
		    tree_open_entry(&j, &dir, &entry, &path, &node), ERR_KIND);
		entry.name = name_of("tofile");
		tree_close_node(&dir);
	}
}
END_TEST

START_TEST(an_entry_whose_kind_the_directory_hides_is_looked_at)
{
	static const struct {
		const char *name;
		int err;
	} rows[] = { { "file", 0 }, { "dir", 0 }, { "fifo", ERR_KIND },
		{ "tofile", ERR_LINK }, { "missing", ENOENT } };
	struct entry entry = { .known = false };
	struct node dir = NODE_NONE, node = NODE_NONE;
	struct relpath path;

	make_tree();
	open_tree(false);
	find_dir("/", &dir);
	for (size_t i = 0; i < COUNT(rows); i++) {
		entry.name = name_of(rows[i].name);
		path = path_of(rows[i].name);
		ck_assert_int_eq(
		    tree_open_entry(&j, &dir, &entry, &path, &node),
		    rows[i].err);
		tree_close_node(&node);
	}
}
END_TEST

START_TEST(a_listing_tells_kinds_and_refusals_and_hides_temporaries)
{
	static struct scan scan = { .fd = -1 };
	struct node dir = NODE_NONE;
	struct entry e;
	int64_t resume = 0;
	int seen = 0;

	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	unit_write("root/file", "");
	unit_write("root/" TEMP, "");
	unit_write("root/a\nb", "");
	ck_assert_int_eq(mkdir("root/dir", 0755), 0);
	make_link("file", "root/link");
	ck_assert_int_eq(mkfifo("root/fifo", 0600), 0);
	open_tree(false);
	find_dir("/", &dir);
	for (; tree_next(&scan, &dir, &resume, &e) == 0; seen++) {
		if (strcmp(e.raw, "a\nb") == 0) {
			ck_assert_int_eq(e.refused, ERR_BYTES);
			continue;
		}
		ck_assert_int_eq(e.refused, 0);
		ck_assert_str_eq(e.name.s, e.raw);
		ck_assert(!e.known ||
		    e.kind ==
			(strcmp(e.raw, "file") == 0	   ? KIND_FILE :
				strcmp(e.raw, "dir") == 0  ? KIND_DIR :
				strcmp(e.raw, "link") == 0 ? KIND_LINK :
							     KIND_OTHER));
	}
	ck_assert_int_eq(seen, 5);
	ck_assert_int_eq(tree_next(&scan, &dir, &resume, &e), ERR_EOF);
}
END_TEST

#define MANY 2000

static void
make_many(const char *where)
{
	char path[64];

	ck_assert_int_eq(mkdir(where, 0755), 0);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "%s/entry-%04d", where, i);
		EXPECT(mknod(path, S_IFREG | 0644, 0) == 0);
	}
}

struct census {
	struct node dir;
	int64_t resume;
	int count;
	bool seen[MANY];
};

/* One entry more; false at the end. */
static bool
take_one(struct scan *s, struct census *c)
{
	struct entry entry;
	int number, e = tree_next(s, &c->dir, &c->resume, &entry);

	if (e == ERR_EOF)
		return false;
	EXPECT(e == 0);
	EXPECT(sscanf(entry.name.s, "entry-%d", &number) == 1);
	EXPECT(!c->seen[number]);
	c->seen[number] = true;
	c->count++;
	return true;
}

START_TEST(a_large_directory_is_listed_whole_and_once)
{
	static struct census c = { .dir = NODE_NONE };
	static struct scan s = { .fd = -1 };

	unit_directory();
	make_many("root");
	open_tree(false);
	find_dir("/", &c.dir);
	while (take_one(&s, &c))
		;
	ck_assert_int_eq(c.count, MANY);
}
END_TEST

START_TEST(two_listings_share_one_buffer_and_miss_nothing)
{
	static struct census a = { .dir = NODE_NONE }, b = { .dir = NODE_NONE };
	static struct scan s = { .fd = -1 };
	bool more = true;

	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	make_many("root/a");
	make_many("root/b");
	open_tree(false);
	find_dir("a", &a.dir);
	find_dir("b", &b.dir);
	for (int i = 0; more; i++) {
		more = take_one(&s, &a);
		if (i % 3 == 0)
			more = take_one(&s, &b) || more;
	}
	while (take_one(&s, &b))
		;
	ck_assert_int_eq(a.count, MANY);
	ck_assert_int_eq(b.count, MANY);
}
END_TEST

/* The number of a closed descriptor comes back for another directory. */
START_TEST(a_forgotten_directory_leaves_nothing_in_the_buffer)
{
	static struct scan s = { .fd = -1 };
	struct node first = NODE_NONE, second = NODE_NONE;
	struct entry e;
	int64_t resume = 0;
	int number;

	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	make_many("root/many");
	ck_assert_int_eq(mkdir("root/one", 0755), 0);
	unit_write("root/one/only", "");
	open_tree(false);
	find_dir("many", &first);
	number = first.fd;
	ck_assert_int_eq(tree_next(&s, &first, &resume, &e), 0);
	tree_scan_forget(&s, &first);
	tree_close_node(&first);
	find_dir("one", &second);
	ck_assert_int_eq(second.fd, number);
	resume = 0;
	ck_assert_int_eq(tree_next(&s, &second, &resume, &e), 0);
	ck_assert_str_eq(e.name.s, "only");
	ck_assert_int_eq(tree_next(&s, &second, &resume, &e), ERR_EOF);
}
END_TEST

/* A sink's operand: what it is, or why not. */
struct target_row {
	const char *path;
	int err;
	const char *name; /* "": the directory itself */
	bool exists;
};

static void
check_target(const struct target_row *row)
{
	struct target t = TARGET_NONE;
	struct relpath path = path_of(row->path);
	int before = unit_descriptors();
	int e = tree_target(&j, &path, DEVICES_REFUSE, &t);

	ck_assert_msg(e == row->err, "%s: %d, not %d", row->path, e, row->err);
	ck_assert_int_eq(t.dir.fd == -1, e != 0);
	if (e == 0) {
		ck_assert_str_eq(t.name.s, row->name);
		ck_assert_msg(t.exists == row->exists, "%s", row->path);
	}
	ck_assert_int_eq(t.device, -1);
	tree_close_target(&t);
	tree_close_target(&t);
	ck_assert_int_eq(unit_descriptors(), before);
}

START_TEST(a_target_is_a_directory_or_a_name_in_one)
{
	static const struct target_row rows[] = {
		{ "/", 0, "", true },
		{ "dir", 0, "", true },
		{ "dir/", 0, "", true },
		{ "file", 0, "file", true },
		{ "dir/inner", 0, "inner", true },
		{ "new", 0, "new", false },
		{ "dir/new", 0, "new", false },
		{ "missing/new", ENOENT, "", false },
		{ "file/new", ENOTDIR, "", false },
		{ "fifo", ERR_KIND, "", false },
		{ "sock", ERR_KIND, "", false },
		{ "fifo/new", ENOTDIR, "", false },
	};

	make_tree();
	for (int follow = 0; follow < 2; follow++) {
		open_tree(follow);
		for (size_t i = 0; i < COUNT(rows); i++)
			check_target(&rows[i]);
	}
}
END_TEST

START_TEST(a_target_that_is_a_link_is_what_the_link_names)
{
	static const struct target_row rows[] = {
		{ "todir", 0, "", true },
		{ "todir/new", 0, "new", false },
		{ "tofile", 0, "file", true },
		{ "chain", 0, "file", true },
		{ "absolute", 0, "inner", true },
		{ "dir/up", 0, "file", true },
		{ "slashed", 0, "inner", true },
		{ "dangling", 0, "nowhere", false },
		{ "tonew", 0, "new", false },
		{ "tomissing", ENOENT, "", false },
		{ "tofifo", ERR_KIND, "", false },
		{ "loop", ELOOP, "", false },
		{ "out", ENOENT, "", false },
		{ "outdir", 0, "outside", false },
		{ "outdir/secret", ENOENT, "", false },
		{ "outabsolute", ENOENT, "", false },
		{ "tosibling", ENOENT, "", false },
	};

	make_tree();
	open_tree(true);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_target(&rows[i]);
}
END_TEST

START_TEST(a_target_that_is_a_link_is_refused_where_none_is_followed)
{
	static const struct target_row rows[] = {
		{ "todir", ERR_LINK, "", false },
		{ "todir/new", ERR_LINK, "", false },
		{ "tofile", ERR_LINK, "", false },
		{ "dangling", ERR_LINK, "", false },
		{ "loop", ERR_LINK, "", false },
		{ "out", ERR_LINK, "", false },
		{ "outdir", ERR_LINK, "", false },
		{ "outabsolute", ERR_LINK, "", false },
	};

	make_tree();
	open_tree(false);
	for (size_t i = 0; i < COUNT(rows); i++)
		check_target(&rows[i]);
}
END_TEST

/* 40 links and no more, whatever they name in the end. */
START_TEST(a_chain_of_links_has_its_end)
{
	struct target_row row = { "l00", 0, "l39", false };
	char from[32], to[32];

	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	for (int i = 0; i < 39; i++) {
		(void)snprintf(from, sizeof(from), "root/l%02d", i);
		(void)snprintf(to, sizeof(to), "l%02d", i + 1);
		make_link(to, from);
	}
	open_tree(true);
	check_target(&row);
	make_link("l40", "root/l39");
	make_link("l41", "root/l40");
	row.err = ELOOP;
	check_target(&row);
}
END_TEST

START_TEST(a_device_is_a_target_only_where_devices_are_allowed)
{
	struct relpath path = path_of("/dev/null");
	struct target t = TARGET_NONE;
	int before;

	ck_assert_int_eq(tree_open(&j, "/", true, false), 0);
	before = unit_descriptors();
	ck_assert_int_eq(tree_target(&j, &path, DEVICES_REFUSE, &t), ERR_KIND);
	ck_assert_int_eq(t.device, -1);
	ck_assert_int_eq(tree_target(&j, &path, DEVICES_OPEN, &t), 0);
	ck_assert_int_ne(t.device, -1);
	ck_assert_int_eq(write(t.device, "x", 1), 1);
	tree_close_target(&t);
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

/* A drop box: what goes in can't be listed. */
static int
open_drop_box(void)
{
	struct target t = TARGET_NONE;
	struct relpath path;
	struct name name = { "new" };
	struct dir below = DIR_NONE;
	bool made;

	if (relpath_parse(&path, NULL, "drop") != 0 ||
	    tree_target(&j, &path, DEVICES_REFUSE, &t) != 0)
		return 1;
	if (!t.dir.unlisted || t.name.s[0] != '\0' || !t.exists)
		return 2;
	if (tree_set_mode(&t.dir, 0777, true) != EACCES)
		return 3;
	if (tree_enter(&t.dir, &name, 0700, &below, &made) != 0 || !made)
		return 4;
	name = (struct name){ "inner" };
	tree_close_dir(&below);
	if (tree_enter(&t.dir, &name, 0700, &below, &made) != 0 || made ||
	    !below.unlisted)
		return 5;
	return 0;
}

START_TEST(a_directory_that_we_may_not_list_can_be_stored_in)
{
	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/drop", 0755), 0);
	ck_assert_int_eq(mkdir("root/drop/inner", 0755), 0);
	ck_assert_int_eq(chmod("root/drop/inner", 0333), 0);
	ck_assert_int_eq(chmod("root/drop", 0333), 0);
	open_tree(false);
	ck_assert_int_eq(unit_as_nobody(open_drop_box), 0);
}
END_TEST

static int
find_forbidden(void)
{
	struct node node = NODE_NONE;
	struct target t = TARGET_NONE;
	struct relpath path;

	if (relpath_parse(&path, NULL, "closed/file") != 0 ||
	    tree_find(&j, &path, &node) != EACCES ||
	    tree_target(&j, &path, DEVICES_REFUSE, &t) != EACCES)
		return 1;
	return node.fd == -1 && t.dir.fd == -1 ? 0 : 2;
}

START_TEST(a_directory_that_we_may_not_enter_is_EACCES)
{
	unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/closed", 0700), 0);
	unit_write("root/closed/file", "x");
	ck_assert_int_eq(chmod("root/closed", 0), 0);
	open_tree(false);
	ck_assert_int_eq(unit_as_nobody(find_forbidden), 0);
	open_tree(true);
	ck_assert_int_eq(unit_as_nobody(find_forbidden), 0);
}
END_TEST

static void
open_root_dir(struct dir *out)
{
	struct target t = TARGET_NONE;
	struct relpath root = { .s = "" };

	ck_assert_int_eq(tree_target(&j, &root, DEVICES_REFUSE, &t), 0);
	*out = t.dir;
}

START_TEST(entering_makes_what_is_missing_and_refuses_what_is_no_directory)
{
	static const struct {
		const char *name;
		int err;
		bool made;
	} rows[] = {
		{ "new", 0, true },
		{ "new", 0, false },
		{ "dir", 0, false },
		{ "file", ENOTDIR, false },
		{ "fifo", ENOTDIR, false },
		{ "sock", ENOTDIR, false },
		{ "tofile", ERR_LINK, false },
		{ "todir", ERR_LINK, false },
		{ "dangling", ERR_LINK, false },
		{ "loop", ERR_LINK, false },
		{ "outdir", ERR_LINK, false },
	};
	struct dir root = DIR_NONE, below = DIR_NONE;
	struct name name;
	bool made;
	int before;

	make_tree();
	(void)umask(022);
	open_tree(true); /* a D is never stored through a link */
	open_root_dir(&root);
	before = unit_descriptors();
	for (size_t i = 0; i < COUNT(rows); i++) {
		name = name_of(rows[i].name);
		made = false;
		ck_assert_msg(tree_enter(&root, &name, 0770, &below, &made) ==
			rows[i].err,
		    "%s", rows[i].name);
		ck_assert_int_eq(made, rows[i].made);
		ck_assert_int_eq(
		    below.just_created && below.fd != -1, rows[i].made);
		tree_close_dir(&below);
		below = (struct dir)DIR_NONE;
	}
	ck_assert_uint_eq(unit_mode("root/new"), 0750);
	ck_assert(!unit_exists("root/nowhere"));
	ck_assert_int_eq(unit_descriptors(), before);
}
END_TEST

static int
enter_unwritable(void)
{
	struct dir root = { .fd = open("root", O_RDONLY | O_DIRECTORY) };
	struct dir below = DIR_NONE;
	struct name name = { "new" };
	bool made;

	return tree_enter(&root, &name, 0700, &below, &made) == EACCES ? 0 : 1;
}

START_TEST(a_directory_that_we_may_not_write_to_is_EACCES)
{
	unit_directory();
	ck_assert_int_eq(mkdir("root", 0555), 0);
	ck_assert_int_eq(unit_as_nobody(enter_unwritable), 0);
}
END_TEST

START_TEST(modes_and_times_are_set_by_descriptor)
{
	static const struct timespec times[2] = { { 1111, 123456000 },
		{ 2222, 999999000 } };
	struct dir root = DIR_NONE, below = DIR_NONE;
	struct name name = { "dir" };
	bool made;

	make_tree();
	open_tree(false);
	open_root_dir(&root);
	ck_assert_int_eq(tree_enter(&root, &name, 0700, &below, &made), 0);
	ck_assert_int_eq(tree_set_mode(&below, 05751, true), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 01751);
	ck_assert_int_eq(tree_set_mode(&below, 0755, true), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 01755); /* it stays */
	ck_assert_int_eq(tree_set_mode(&below, 07755, true), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 03755);
	ck_assert_int_eq(tree_set_times(&below, times), 0);
	unit_check_times("root/dir", times);
}
END_TEST

/* Where it may not be set, its directory is left alone. */
START_TEST(a_directory_keeps_its_setgid_bit)
{
	struct dir root = DIR_NONE, below = DIR_NONE;
	struct name name = { "dir" };
	bool made;

	make_tree();
	ck_assert_int_eq(chmod("root/dir", 02750), 0);
	open_tree(false);
	open_root_dir(&root);
	ck_assert_int_eq(tree_enter(&root, &name, 0700, &below, &made), 0);
	ck_assert_int_eq(tree_set_mode(&below, 0750, false), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 02750);
	ck_assert_int_eq(tree_set_mode(&below, 0755, false), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 02750);
	ck_assert_int_eq(tree_set_mode(&below, 0755, true), 0);
	ck_assert_uint_eq(unit_mode("root/dir"), 02755);
}
END_TEST

START_TEST(looking_neither_follows_nor_opens)
{
	static const struct {
		const char *name;
		int err;
		enum kind kind;
	} rows[] = {
		{ "file", 0, KIND_FILE },
		{ "dir", 0, KIND_DIR },
		{ "tofile", 0, KIND_LINK },
		{ "dangling", 0, KIND_LINK },
		{ "fifo", 0, KIND_OTHER },
		{ "sock", 0, KIND_OTHER },
		{ "missing", ENOENT, KIND_OTHER },
	};
	struct dir root = DIR_NONE;
	struct info info;
	struct name name;

	make_tree();
	open_tree(true);
	open_root_dir(&root);
	for (size_t i = 0; i < COUNT(rows); i++) {
		name = name_of(rows[i].name);
		ck_assert_int_eq(
		    tree_stat_name(&root, &name, &info), rows[i].err);
		if (rows[i].err == 0)
			ck_assert_int_eq(info.kind, rows[i].kind);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		a_root_is_a_directory,
		a_source_follows_links_beneath_the_root_or_none,
		without_openat2_the_same_is_found,
		devices_are_refused_before_they_are_opened,
		magic_links_are_never_followed,
		what_was_found_is_described_by_its_descriptor,
		entries_are_opened_under_the_same_rules,
		an_entry_that_became_a_link_or_fifo_is_refused,
		an_entry_whose_kind_the_directory_hides_is_looked_at,
		a_listing_tells_kinds_and_refusals_and_hides_temporaries,
		a_large_directory_is_listed_whole_and_once,
		two_listings_share_one_buffer_and_miss_nothing,
		a_forgotten_directory_leaves_nothing_in_the_buffer,
		a_target_is_a_directory_or_a_name_in_one,
		a_target_that_is_a_link_is_what_the_link_names,
		a_target_that_is_a_link_is_refused_where_none_is_followed,
		a_chain_of_links_has_its_end,
		a_device_is_a_target_only_where_devices_are_allowed,
		a_directory_that_we_may_not_list_can_be_stored_in,
		a_directory_that_we_may_not_enter_is_EACCES,
		entering_makes_what_is_missing_and_refuses_what_is_no_directory,
		a_directory_that_we_may_not_write_to_is_EACCES,
		modes_and_times_are_set_by_descriptor,
		a_directory_keeps_its_setgid_bit,
		looking_neither_follows_nor_opens,
	};

	return unit_run("tree", tests, COUNT(tests));
}
