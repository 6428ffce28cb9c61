/*
 * What this kernel, the account and the directories that it reaches
 * offer a session.  The checks are made as the account, in a child, and change
 * nothing.
 */
#include "check/check.h"

#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/err.h"
#include "sandbox/confine.h"
#include "tree/tree.h"

/* Checks a layer that must exist with Sandbox require. */
static void
show_layer(struct check *c, const char *name, bool here, const char *how)
{
	check_row(name, here ? how : "missing");
	if (here)
		return;
	if (c->policy.sandbox == SANDBOX_REQUIRE)
		check_broken(c, FIX_HOST, "a kernel and build that has it",
		    "%s is missing and Sandbox require: no session begins",
		    name);
	else
		check_note("sessions go on without %s (Sandbox prefer)", name);
}

static void
show_layers(struct check *c)
{
	struct tree j = TREE_NONE;
	char abi[32];
	int version = confine_landlock_abi();

	(void)snprintf(abi, sizeof(abi), "ABI %d", version); /* fits */
	show_layer(c, "Landlock", version > 0, abi);
	show_layer(
	    c, "seccomp", confine_has_seccomp(), "built in and available");
	if (tree_open(&j, "/", false, false) == 0)
		check_row("openat2",
		    j.walk ? "missing: each component is opened alone" :
			version < CONFINE_ABI_TRUNCATE ?
			     "not used below Landlock ABI 3: each component is "
			     "opened alone" :
			     "available");
	tree_close(&j);
}

/*
 * Enters the root like a session with Chroot yes: by chroot(2) as uid 0, else
 * in a namespace.
 */
static int
enter_root(const struct check *c, const char *root, struct confine_state *state,
    struct trouble *t)
{
	const struct confine_plan plan = {
		.chroot = true,
		.root = root,
		.follow = c->policy.symlinks == SYMLINKS_FOLLOW,
		.grants = GRANT_CREATE,
	};
	int e;

	/*
	 * The maps of a user namespace can be written only by a process that
	 * owns its /proc/self, as a session does.
	 */
	if (geteuid() != 0)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* or it fails */
	e = confine_root(&plan, state, t);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* can't fail */
	return e;
}

/*
 * Checks whether Chroot yes works, which is a finding only if it is set.
 * Returns whether the root was entered.
 */
static bool
show_chroot(struct check *c)
{
	const struct policy *p = &c->policy;
	struct confine_state state = CONFINE_STATE_NONE;
	struct trouble t = { .where = "refused" };
	const char *root = policy_outer_root(p);
	char words[512];
	int e;

	check_heading("root directory");
	e = enter_root(c, *root != '\0' ? root : "/", &state, &t);
	if (e > 0 && t.cause == 0)
		t.cause = e;
	if (e == 0)
		(void)snprintf(
		    words, sizeof(words), "works (%s)", state.root_way);
	else
		trouble_text(&t, words, sizeof(words));
	check_row("Chroot yes", words);
	if (p->chroot && e != 0)
		check_broken(c, FIX_POLICY, "Chroot no",
		    "Chroot yes can't be kept: no session begins");
	return e == 0;
}

/* In the child. */
static void
judge_machine(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	/* only a session of uid 0 enters its root before it changes account */
	bool ours = c->login.uid == 0 || check_become(&c->login);
	bool entered = false;

	(void)arg;
	(void)numbers;
	check_tinyssh(c);
	check_heading("kernel");
	show_layers(c);
	check_able(c);
	if (c->policy.chroot)
		entered = show_chroot(c);
	if (c->login.uid == 0)
		ours = check_become(&c->session);
	check_uploads(c, entered);
	check_relay(c);
	if (!c->policy.chroot)
		(void)show_chroot(c);
	if (!ours)
		check_note("only root can check with the rights of %s: this is "
			   "checked with those of the account that asks",
		    c->session.name);
}

/* In the child. */
static void
judge_beginning(struct check *c, void *arg, int numbers[CHECK_NUMBERS])
{
	(void)arg;
	(void)numbers;
	if (c->login.uid != 0)
		(void)check_become(&c->login); /* or with our own rights */
	check_be_quiet(QUIET_ROWS);
	show_layers(c);
	check_able(c);
	if (c->policy.chroot)
		(void)show_chroot(c);
}

const char *
check_begins(struct check *c, const char **none)
{
	const unsigned int before = c->broken;
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why = check_apart(c, judge_beginning, NULL, numbers);

	*none = c->broken == before ? NULL : "no session begins";
	return why;
}

void
check_machine(struct check *c)
{
	int numbers[CHECK_NUMBERS] = { 0 };
	const char *why = check_apart(c, judge_machine, NULL, numbers);

	if (why != NULL)
		check_found(c, FIX_HOST, "a machine that answers at once",
		    "the checks as %s are not complete: %s", c->session.name,
		    why);
}
