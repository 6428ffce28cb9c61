/*
 * Landlock: files can be reached only beneath the root, and only with the
 * rights of the grants.  The constants are defined here, since headers may be
 * older than the running kernel.
 */
#include "sandbox/confine.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION  1U /* LANDLOCK_CREATE_RULESET_VERSION */
#define PATH_BENEATH 1	/* LANDLOCK_RULE_PATH_BENEATH */

/* LANDLOCK_ACCESS_FS_* */
#define EXECUTE	    (UINT64_C(1) << 0)
#define WRITE_FILE  (UINT64_C(1) << 1)
#define READ_FILE   (UINT64_C(1) << 2)
#define READ_DIR    (UINT64_C(1) << 3)
#define REMOVE_DIR  (UINT64_C(1) << 4)
#define REMOVE_FILE (UINT64_C(1) << 5)
#define MAKE_CHAR   (UINT64_C(1) << 6)
#define MAKE_DIR    (UINT64_C(1) << 7)
#define MAKE_REG    (UINT64_C(1) << 8)
#define MAKE_SOCK   (UINT64_C(1) << 9)
#define MAKE_FIFO   (UINT64_C(1) << 10)
#define MAKE_BLOCK  (UINT64_C(1) << 11)
#define MAKE_SYM    (UINT64_C(1) << 12)
#define REFER	    (UINT64_C(1) << 13)
#define TRUNCATE    (UINT64_C(1) << 14)
#define IOCTL_DEV   (UINT64_C(1) << 15)

/* LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_* */
#define NET_ANY	  UINT64_C(3) /* bind and connect of TCP */
#define SCOPE_ANY UINT64_C(3) /* abstract sockets, signals */

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

struct beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

/* The rights that each version of the kernel's interface added. */
/* clang-format off */
static const struct {
	int abi;
	struct ruleset added;
} versions[] = {
	{ 1, { .fs = EXECUTE | WRITE_FILE | READ_FILE | READ_DIR |
	    REMOVE_DIR | REMOVE_FILE | MAKE_CHAR | MAKE_DIR | MAKE_REG |
	    MAKE_SOCK | MAKE_FIFO | MAKE_BLOCK | MAKE_SYM } },
	{ 2, { .fs = REFER } },
	{ 3, { .fs = TRUNCATE } },
	{ 4, { .net = NET_ANY } },
	{ 5, { .fs = IOCTL_DEV } },
	{ 6, { .scoped = SCOPE_ANY } },
};
/* clang-format on */

/* The rights that each grant needs.  No other rights are given. */
static const struct {
	enum grant grant;
	uint64_t rights;
} granted[] = {
	{ GRANT_READ, READ_FILE }, { GRANT_LIST, READ_DIR },
	{ GRANT_CREATE, WRITE_FILE | MAKE_REG },
	{ GRANT_MAKE_DIRECTORIES, MAKE_DIR },
	{ GRANT_REPLACE, REMOVE_FILE }, /* renaming takes a name away */
	{ GRANT_REMOVE, REMOVE_FILE },
	{ GRANT_EXCHANGE, MAKE_SYM }, /* a link may be what is kept */
	{ GRANT_WRITE_OLD, TRUNCATE },
	{ GRANT_MODIFY, REMOVE_FILE | REMOVE_DIR | REFER },
	/* to give what is there another name */
	{ GRANT_MODIFY, MAKE_SYM | MAKE_FIFO | MAKE_SOCK },
	{ GRANT_LINKS, MAKE_SYM | REFER },
	{ GRANT_CUT, TRUNCATE }, /* needed even for a file that is new */
};

static uint64_t
role_rights(const struct confine_plan *plan)
{
	uint64_t rights = 0;

	for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++)
		if ((plan->grants & granted[i].grant) != 0)
			rights |= granted[i].rights;
	return rights;
}

/* All rights that the running kernel can restrict and this table knows. */
static struct ruleset
known_rights(int abi)
{
	struct ruleset all = { 0, 0, 0 };
	size_t i;

	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (versions[i].abi > abi)
			break;
		all.fs |= versions[i].added.fs;
		all.net |= versions[i].added.net;
		all.scoped |= versions[i].added.scoped;
	}
	return all;
}

static int
add_rule(int ruleset, uint64_t rights, int fd)
{
	struct beneath rule = { rights, fd };

	if (syscall(SYS_landlock_add_rule, ruleset, PATH_BENEATH, &rule, 0) !=
	    0)
		return errno;
	return 0;
}

/* Rights on the network and signals get no rule, so all of it is denied. */
static int
restrict_self(const struct confine_plan *plan, int abi, int root_fd)
{
	struct ruleset all = known_rights(abi);
	long fd;
	int e;

	fd = syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (fd == -1)
		return errno;
	e = add_rule((int)fd, role_rights(plan) & all.fs, root_fd);
	if (e == 0 && syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0)
		e = errno;
	(void)close((int)fd); /* the rules are in force, or it failed */
	return e;
}

/* Whether an errno means that the kernel or container has no Landlock. */
static bool
is_missing(int e)
{
	return e == ENOSYS || e == EOPNOTSUPP || e == EPERM;
}

/* The version of the kernel's interface, or a negative errno. */
static int
ask_version(void)
{
	static int version; /* 0: not asked yet */
	long abi;

	if (version == 0) {
		abi =
		    syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
		version = abi == -1 ? -errno : (int)abi;
	}
	return version;
}

int
confine_landlock_abi(void)
{
	int abi = ask_version();

	return abi > 0 ? abi : 0;
}

int
confine_landlock(const struct confine_plan *plan, int root_fd,
    struct confine_state *state, struct trouble *t)
{
	int abi = ask_version();
	int e = abi < 0 ? -abi : 0;

	if (is_missing(e))
		return confine_missing(plan, "landlock", e, t);
	if (e == 0)
		e = restrict_self(plan, abi, root_fd);
	if (e != 0) {
		trouble_about(t, "landlock");
		return e;
	}
	state->landlock_abi = abi;
	return 0;
}
