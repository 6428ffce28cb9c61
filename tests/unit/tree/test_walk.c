/*
 * The walk against openat2(2): over random trees and paths both come to the
 * same file, or to the same errno.
 */
#include "tree/internal.h"

#include <bsd/string.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/err.h"
#include "sandbox/open_flags.h"
#include "unit.h"

#define TREES	  80
#define PATHS	  400 /* in each tree */
#define NAMES_MAX 40

#define NOSYMFOLLOW 256 /* MS_NOSYMFOLLOW */

static struct tree j = TREE_NONE;

/* The names in a random tree, each of them once, and its directories. */
static struct {
	char dirs[NAMES_MAX][256];
	size_t dir_count;
	char names[NAMES_MAX][8];
	size_t name_count;
	uint64_t noise;
} made;

static size_t
below(size_t n)
{
	return (size_t)(unit_random(&made.noise) % n);
}

/* A path of known names, of "..", "." and of slashes in any number. */
static void
make_path(char *out, size_t cap, bool plain)
{
	static const char *const odd[] = { "..", "..", "../..", ".", "",
		"none" };
	size_t parts = 1 + below(6);

	out[0] = '\0';
	if (!plain && below(5) == 0)
		unit_append(out, cap, "/");
	for (size_t i = 0; i < parts; i++) {
		if (i > 0)
			unit_append(out, cap, "/");
		if (!plain && below(3) == 0)
			unit_append(out, cap, "%s", odd[below(COUNT(odd))]);
		else
			unit_append(
			    out, cap, "%s", made.names[below(made.name_count)]);
	}
	if (!plain && below(6) == 0)
		unit_append(out, cap, "/");
}

/* Most begin at a directory that is there, so that many lead somewhere. */
static void
make_likely_path(char *out, size_t cap, bool plain)
{
	char rest[2048];

	make_path(out, cap, plain);
	if (below(3) == 0)
		return;
	(void)snprintf(rest, sizeof(rest), "%s", out);
	(void)snprintf(out, cap, "%s%s%s", made.dirs[below(made.dir_count)],
	    rest[0] != '/' ? "/" : "", rest);
	if (plain && out[0] == '/')
		memmove(out, out + 1, strlen(out));
}

static void
make_entry(size_t n)
{
	static const mode_t modes[] = { 0755, 0755, 0755, 0700, 0711, 0644, 0 };
	const char *dir = made.dirs[below(made.dir_count)];
	char path[512], text[2048];
	char *name = made.names[made.name_count++];

	(void)snprintf(name, sizeof(made.names[0]), "n%zu", n);
	(void)snprintf(path, sizeof(path), "root%s/%s", dir, name);
	switch (below(6)) {
	case 0:
	case 1:
		ck_assert_int_eq(mkdir(path, 0755), 0);
		if (strlen(path) < sizeof(made.dirs[0]))
			memcpy(made.dirs[made.dir_count++],
			    path + strlen("root"), strlen(path) - 3);
		break;
	case 2:
		unit_write(path, path);
		ck_assert_int_eq(chmod(path, modes[below(COUNT(modes))]), 0);
		break;
	default:
		make_likely_path(text, sizeof(text), false);
		if (text[0] == '\0')
			text[0] = '.', text[1] = '\0';
		ck_assert_int_eq(symlink(text, path), 0);
	}
}

static void
make_random_tree(uint64_t seed)
{
	memset(&made, 0, sizeof(made));
	made.noise = seed * 0x9e3779b97f4a7c15u + 1;
	made.dir_count = 1; /* "", the root */
	(void)snprintf(made.names[made.name_count++], 8, "same");
	ck_assert_int_eq(mkdir("root", 0755), 0);
	unit_write("root/same", "same");
	for (size_t n = 0; n + 2 < NAMES_MAX; n++)
		make_entry(n);
	/* last, or nothing could be made in them */
	for (size_t n = 1; n < made.dir_count; n++) {
		static const mode_t modes[] = { 0755, 0755, 0755, 0755, 0700,
			0711, 0744, 0 };
		char path[512];

		(void)snprintf(path, sizeof(path), "root%s", made.dirs[n]);
		/* it fails below one that is closed already */
		(void)chmod(path, modes[below(COUNT(modes))]);
	}
}

/* What an open came to: "errno", or "device:inode flags". */
static void
describe(bool walk, const char *path, int flags, char *out, size_t cap)
{
	struct info info = { .kind = KIND_OTHER };
	int e, fd = -1;

	j.walk = walk;
	/* the kernel gives up while anything on the machine is renamed */
	do
		e = tree_open_beneath(&j, path, flags, &fd);
	while (e == EAGAIN);
	if (e == 0 && (e = tree_fstat(fd, &info)) == 0)
		(void)snprintf(out, cap, "%ju:%ju %x %d", (uintmax_t)info.dev,
		    (uintmax_t)info.ino,
		    (unsigned int)(fcntl(fd, F_GETFL) &
			(O_PATH | O_ACCMODE | O_NONBLOCK | O_DIRECTORY)),
		    fcntl(fd, F_GETFD));
	else
		(void)snprintf(out, cap, "error %d", e);
	tree_close_fd(&fd);
}

/* Returns whether there was something. */
static bool
compare(const char *path, int flags)
{
	char kernel[128], ours[128];

	describe(false, path, flags, kernel, sizeof(kernel));
	describe(true, path, flags, ours, sizeof(ours));
	if (strcmp(kernel, ours) != 0)
		(void)fprintf(stderr, "%s %x: kernel %s, walk %s\n", path,
		    (unsigned int)flags, kernel, ours);
	EXPECT(strcmp(kernel, ours) == 0);
	return kernel[0] != 'e';
}

/* All flags that this program uses with links followed, and without. */
static const int following[] = { F_LOOK, F_READ, F_LOOK | O_DIRECTORY,
	F_DIR & ~O_NOFOLLOW, O_PATH | (F_DIR & ~(O_NOFOLLOW | O_NONBLOCK)) };
static const int refusing[] = { F_LOOK, F_LOOK | O_NOFOLLOW,
	F_READ | O_NOFOLLOW, F_LOOK | O_DIRECTORY, F_LOOK_PARENT, F_DIR,
	O_PATH | (F_DIR & ~O_NONBLOCK) };

/* Returns how many paths led to something. */
static size_t
compare_many(void)
{
	char path[4096];
	int before = unit_descriptors();
	size_t found = 0;

	for (size_t n = 0; n < PATHS; n++) {
		j.follow = true;
		make_likely_path(path, sizeof(path), false);
		found += compare(path, following[below(COUNT(following))]);
		j.follow = false;
		make_likely_path(path, sizeof(path), true);
		found += compare(path, refusing[below(COUNT(refusing))]);
	}
	EXPECT(unit_descriptors() == before);
	return found;
}

static int
as_nobody(void)
{
	/* what root left open may be more than an account may reach */
	(void)close(j.root);
	if (tree_open(&j, "root", true, true) != 0)
		return 1;
	(void)compare_many();
	return 0;
}

START_TEST(the_walk_finds_what_the_kernel_finds)
{
	size_t found = 0;

	for (uint64_t seed = 1; seed <= TREES; seed++) {
		(void)unit_directory();
		make_random_tree(seed);
		ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
		found += compare_many();
		ck_assert_int_eq(unit_as_nobody(as_nobody), 0);
		tree_close(&j);
	}
	/* or it was not about much */
	ck_assert_uint_gt(found, TREES * PATHS / 20);
}
END_TEST

START_TEST(links_are_counted_like_the_kernel_does)
{
	char name[16], to[16];

	(void)unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	unit_write("root/l0", "x");
	for (int n = 1; n <= 42; n++) {
		(void)snprintf(name, sizeof(name), "root/l%d", n);
		(void)snprintf(to, sizeof(to), "l%d", n - 1);
		ck_assert_int_eq(symlink(to, name), 0);
	}
	ck_assert_int_eq(symlink(".", "root/here"), 0);
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	ck_assert(compare("l40", F_READ));
	ck_assert(!compare("l41", F_READ));
	ck_assert(compare("here/here/l38", F_READ));
	ck_assert(!compare("here/here/l39", F_READ));
	tree_close(&j);
}
END_TEST

START_TEST(a_path_never_gets_above_the_root)
{
	static const char *const texts[] = { "..", "../..", "../../outside",
		"/..", "/../outside", "d/../../outside", "/outside",
		"./.././outside/", "../root/same" };
	char name[16];
	struct stat root;
	struct info info;
	int fd;

	(void)unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/d", 0755), 0);
	unit_write("root/same", "same");
	unit_write("outside", "outside");
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	for (size_t i = 0; i < COUNT(texts); i++) {
		(void)snprintf(name, sizeof(name), "root/d/l%zu", i);
		ck_assert_int_eq(symlink(texts[i], name), 0);
		compare(name + strlen("root/"), F_LOOK);
	}
	j.walk = true;
	ck_assert_int_eq(tree_open_beneath(&j, "d/l1", F_LOOK, &fd), 0);
	ck_assert_int_eq(tree_fstat(fd, &info), 0);
	root = unit_status("root");
	ck_assert_uint_eq(info.ino, root.st_ino);
	tree_close_fd(&fd);
	ck_assert_int_eq(tree_open_beneath(&j, "d/l2", F_LOOK, &fd), ENOENT);
	tree_close(&j);
}
END_TEST

static void
check_trap(const char *path, int wanted)
{
	const char *is_on = unit_read("/proc/sys/fs/protected_symlinks");
	int e, fd = -1;

	j.walk = true;
	e = tree_open_beneath(&j, path, F_READ, &fd);
	tree_close_fd(&fd);
	ck_assert_msg(e == wanted, "%s: %d, not %d", path, e, wanted);
	if (is_on[0] == '1')
		compare(path, F_READ);
}

/* As fs.protected_symlinks, which some machines leave to the programs. */
START_TEST(a_link_of_others_in_a_sticky_directory_is_not_followed)
{
	(void)unit_directory();
	if (geteuid() != 0)
		return;
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/d", 0755), 0);
	ck_assert_int_eq(mkdir("root/t", 0700), 0);
	ck_assert_int_eq(chmod("root/t", 01777), 0);
	unit_write("root/d/file", "x");
	ck_assert_int_eq(symlink("../d/file", "root/t/ours"), 0);
	ck_assert_int_eq(symlink("../d/file", "root/t/theirs"), 0);
	ck_assert_int_eq(symlink("../d", "root/t/dir"), 0);
	ck_assert_int_eq(symlink("t/theirs", "root/by"), 0);
	ck_assert_int_eq(lchown("root/t/theirs", 12345, 12345), 0);
	ck_assert_int_eq(lchown("root/t/dir", 12345, 12345), 0);
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	check_trap("t/ours", 0);
	check_trap("t/theirs", EACCES);
	check_trap("by", EACCES);
	check_trap("t/dir", EACCES);
	check_trap("t/dir/", EACCES);
	check_trap("t/dir/file", 0); /* the kernel minds only the last */
	ck_assert_int_eq(chown("root/t", 12345, 12345), 0);
	check_trap("t/theirs", 0);
	ck_assert_int_eq(chmod("root/t", 0777), 0);
	check_trap("t/theirs", 0);
	tree_close(&j);
}
END_TEST

START_TEST(a_mount_without_links_has_none_here_either)
{
	(void)unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	ck_assert_int_eq(mkdir("root/m", 0755), 0);
	if (unshare(CLONE_NEWNS) != 0)
		return; /* not root */
	ck_assert_int_eq(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	ck_assert_int_eq(mount("none", "root/m", "tmpfs", NOSYMFOLLOW, ""), 0);
	unit_write("root/m/file", "x");
	ck_assert_int_eq(symlink("file", "root/m/link"), 0);
	ck_assert_int_eq(symlink("m/file", "root/link"), 0);
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	ck_assert(compare("link", F_READ));
	ck_assert(compare("m/file", F_READ));
	ck_assert(!compare("m/link", F_READ));
	ck_assert(!compare("m/link/", F_LOOK));
	tree_close(&j);
}
END_TEST

START_TEST(a_text_that_is_too_long_is_refused)
{
	char text[PATH_MAX], name[NAME_MAX + 2];
	int fd = -1;

	(void)unit_directory();
	ck_assert_int_eq(mkdir("root", 0755), 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	compare(name, F_LOOK);
	compare(name + 1, F_LOOK);
	memset(text, '/', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	compare(text, F_LOOK);
	for (size_t i = 0; i + 3 < sizeof(text); i += 2)
		memcpy(text + i, "./", 3);
	ck_assert_int_eq(symlink(text, "root/long"), 0);
	compare("long", F_LOOK);
	j.walk = true;
	ck_assert_int_eq(
	    tree_open_beneath(&j, "long/long/long", F_LOOK, &fd), ENAMETOOLONG);
	ck_assert_int_eq(fd, -1);
	tree_close(&j);
}
END_TEST

/* Each ".." is paid for with a walk from the root. */
START_TEST(a_path_has_an_end)
{
	char text[PATH_MAX] = "", path[PATH_MAX] = "root";
	int depth, fd = -1;

	(void)unit_directory();
	ck_assert_int_eq(mkdir(path, 0755), 0);
	for (depth = 0; depth < 300; depth++) {
		unit_append(path, sizeof(path), "/a");
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	for (int n = 0; n < 500; n++)
		unit_append(text, sizeof(text), "../a/");
	unit_append(path, sizeof(path), "/long");
	ck_assert_int_eq(symlink(text, path), 0);
	text[20 * strlen("../a/")] = '\0';
	(void)strlcpy(strrchr(path, '/'), "/short", 8);
	ck_assert_int_eq(symlink(text, path), 0);
	ck_assert_int_eq(tree_open(&j, "root", true, true), 0);
	ck_assert(compare(path + strlen("root/"), F_LOOK));
	(void)strlcpy(strrchr(path, '/'), "/long", 8);
	ck_assert_int_eq(
	    tree_open_beneath(&j, path + strlen("root/"), F_LOOK, &fd), ELOOP);
	ck_assert_int_eq(fd, -1);
	tree_close(&j);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {
		the_walk_finds_what_the_kernel_finds,
		links_are_counted_like_the_kernel_does,
		a_path_never_gets_above_the_root,
		a_link_of_others_in_a_sticky_directory_is_not_followed,
		a_mount_without_links_has_none_here_either,
		a_text_that_is_too_long_is_refused,
		a_path_has_an_end,
	};

	return unit_run("walk", tests, COUNT(tests));
}
