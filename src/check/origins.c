/*
 * Where clients come from, as far as Match blocks with Address give them
 * different policies: each of these is judged, by an address that has it.
 */
#include "check/check.h"
#include "check/network.h"

#include <bsd/string.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "policy/load.h"

/* The most lists of Address, a bit for each, and networks in all of them. */
#define LISTS_MAX    64
#define NETWORKS_MAX 500

/* An address in each network, and one of IPv4 and of IPv6 outside of them. */
#define ORIGINS_MAX (NETWORKS_MAX + 2)

#define WORDS_MAX 600

/* The lists of Address in blocks that may be about the account. */
static struct {
	unsigned int line;
	char *list;
} lists[LISTS_MAX];
static size_t list_count;
static unsigned int first_left_out; /* the line of one that has no room */

/* An address, for all that are in exactly these lists. */
struct origin {
	uint64_t in; /* lists */
	char address[ADDRESS_TEXT_MAX];
	char digest[DIGEST_TEXT_SIZE]; /* of its policy */
	bool has_root;
	bool is_covered; /* one in fewer of these lists has this policy, too */
};

/* Those that are in more lists come first. */
static struct origin origins[ORIGINS_MAX];
static size_t origin_count, kept_count;

static bool
fits(size_t i, const char *address)
{
	return values_has(CLIENT_ADDRESS, lists[i].list, address);
}

/* One list of a Match Address, or NULL if the last ones are about others. */
static void
take_list(unsigned int line, const char *list)
{
	if (list == NULL)
		while (list_count > 0 && lists[list_count - 1].line == line)
			list_count--;
	else if (list_count < LISTS_MAX &&
	    (lists[list_count].list = strdup(list)) != NULL)
		lists[list_count++].line = line;
	else if (first_left_out == 0)
		first_left_out = line;
}

/* Adds an address, unless another one is in exactly its lists. */
static void
add_origin(const struct address *a)
{
	struct origin new = { .in = 0 };
	size_t at = origin_count;

	address_write(a, new.address);
	for (size_t i = 0; i < list_count; i++)
		if (fits(i, new.address))
			new.in |= UINT64_C(1) << i;
	for (size_t i = 0; i < origin_count; i++)
		if (origins[i].in == new.in)
			return;
	for (; at > 0 &&
	     __builtin_popcountll(origins[at - 1].in) <
		 __builtin_popcountll(new.in);
	     at--)
		origins[at] = origins[at - 1];
	origins[at] = new;
	origin_count++;
}

/* Finds an address for all that the networks of the lists tell apart. */
static void
find_addresses(void)
{
	static struct network networks[ORIGINS_MAX];
	char item[MATCH_VALUE_MAX];
	struct address a;
	const char *list;
	size_t n = 0;
	bool negated;

	(void)network_parse(&networks[n++], "0.0.0.0/0", 9);
	(void)network_parse(&networks[n++], "::/0", 4);
	for (size_t i = 0; i < list_count; i++)
		for (list = lists[i].list; values_next(&list, item, &negated);)
			if (n == ORIGINS_MAX) {
				first_left_out = first_left_out == 0 ?
				    lists[i].line :
				    first_left_out;
				break;
			} else if (network_parse(
				       &networks[n], item, strlen(item)))
				n++;
	for (size_t i = 0; i < n; i++)
		if (network_only(&networks[i], networks, n, &a))
			add_origin(&a);
}

/* The address for which a policy is read: one in no list needs none. */
static const char *
address_of(const struct origin *o)
{
	return o->in != 0 ? o->address : NULL;
}

/* Whether the policy of this origin is that of the next one that has it. */
static bool
is_covered(const struct origin *o)
{
	for (const struct origin *next = o + 1; next < origins + origin_count;
	     next++)
		if (!next->is_covered && (next->in & ~o->in) == 0)
			return strcmp(next->digest, o->digest) == 0;
	return false;
}

/* Reads the policy of each, from those in few lists to those in many. */
static void
read_policies(struct check *c)
{
	static struct check one;
	struct trouble t;

	for (size_t i = origin_count; i-- > 0;) {
		one = *c;
		one.address = address_of(&origins[i]);
		t = (struct trouble){ .why = NULL };
		if (check_policy(&one, &c->question->request, &t) == 0) {
			effective_digest(&one.policy, origins[i].digest);
			origins[i].has_root =
			    policy_is_set(&one.policy, KEY_ROOT);
			c->restricted = c->restricted ||
			    policy_is_confined(&one.policy) ||
			    one.policy.access != ACCESS_READ_WRITE;
		}
		origins[i].is_covered = is_covered(&origins[i]);
		kept_count += origins[i].is_covered ? 0 : 1;
	}
}

/* Writes where clients come from: "LIST (line N) and LIST (line N)". */
static void
write_words(const struct origin *o, char out[WORDS_MAX])
{
	char one[256];

	(void)strlcpy(out, o->in == 0 ? "elsewhere" : "", WORDS_MAX);
	for (size_t i = 0; i < list_count; i++) {
		if ((o->in & UINT64_C(1) << i) == 0)
			continue;
		(void)snprintf(one, sizeof(one), "%s%.160s%s (line %u)",
		    *out != '\0' ? " and " : "", lists[i].list,
		    strlen(lists[i].list) > 160 ? "..." : "",
		    lists[i].line);		    /* fits */
		(void)strlcat(out, one, WORDS_MAX); /* or it is cut */
	}
}

void
check_find_origins(struct check *c)
{
	static struct policy unused; /* zero */
	static char words[WORDS_MAX];
	struct config_subject subject = check_subject(c);
	const struct origin *first;
	struct trouble t;

	c->address = c->from = c->question->address;
	subject.from = take_list;
	/* a mistake in it is reported when the policy is read */
	(void)config_load(&unused,
	    c->question->request.config != NULL ? c->question->request.config :
						  effective_file,
	    &subject, &t);
	find_addresses();
	read_policies(c);
	if (c->address != NULL)
		return;
	/* who is in no list, unless others alone have a Root */
	first = &origins[origin_count - 1];
	for (size_t i = origin_count; !first->has_root && i-- > 0;)
		if (!origins[i].is_covered && origins[i].has_root)
			first = &origins[i];
	c->address = address_of(first);
	c->rank = (size_t)(first - origins);
	if (kept_count > 1) {
		write_words(first, words);
		c->from = words;
	}
}

void
check_reach(struct check *c, unsigned int *seen)
{
	const unsigned int before = *seen;
	bool confined = policy_is_confined(&c->policy);

	if (c->by_shell && !policy_is_set(&c->policy, KEY_ROOT))
		return; /* none begins */
	*seen |= confined ? 1 : 2;
	if (before == 0 || before == *seen)
		return;
	check_found(c, FIX_POLICY,
	    "Root DIRECTORY, or Root none, for clients at all addresses",
	    confined ? "sessions are confined, and from other addresses open" :
		       "sessions are open, and from other addresses confined");
}

/* Whether sessions with this policy were judged before. */
static bool
is_judged(const struct check *c)
{
	static char judged[ORIGINS_MAX][DIGEST_TEXT_SIZE];
	static size_t count;
	char digest[DIGEST_TEXT_SIZE];

	effective_digest(&c->policy, digest);
	for (size_t i = 0; i < count; i++)
		if (strcmp(judged[i], digest) == 0)
			return true;
	(void)strlcpy(judged[count++], digest, sizeof(digest)); /* fits */
	return false;
}

/* Sessions that all have one policy, whichever key they come with. */
static void
judge_session(struct check *c, bool begins)
{
	static unsigned int seen;

	check_say_session(c, begins);
	if (!begins)
		return;
	check_reach(c, &seen);
	if (!is_judged(c) && c->from_others)
		check_again(c);
}

static void
judge_origin(struct check *c)
{
	static struct forced forced;
	struct trouble t = { .why = NULL };
	char words[WORDS_MAX];
	bool begins;

	if (check_policy(c, &c->question->request, &t) != 0) {
		trouble_text(&t, words, sizeof(words));
		check_broken(c, FIX_POLICY, "values that go together",
		    "no session begins: %s", words);
		return;
	}
	begins = policy_is_set(&c->policy, KEY_ROOT) || !c->by_shell;
	if (c->by_force) {
		check_read_forced(c, &forced, c->sshd.value[SET_FORCE_COMMAND]);
		begins = check_binding(c, &forced);
	} else if (c->sshd.known)
		(void)check_binding(c, &forced);
	if (check_is_alike(c))
		judge_session(c, begins);
}

void
check_origins(struct check *c, const struct forced *forced)
{
	static struct check one;
	char words[WORDS_MAX];
	bool begins = c->from == NULL ||
	    (c->by_force ? forced->error != ERR_NO_ROOT :
			   policy_is_set(&c->policy, KEY_ROOT) || !c->by_shell);

	if (check_is_alike(c))
		judge_session(c, begins);
	if (c->question->address != NULL) {
		check_note("--address: what is said here holds for clients at "
			   "%s alone",
		    c->address);
		return;
	}
	if (first_left_out != 0)
		check_found(c, FIX_POLICY, "fewer Match blocks with Address",
		    "%s:%u: not judged: more than %d blocks with Address, or "
		    "%d networks in them, may be about this account",
		    c->file, first_left_out, LISTS_MAX, NETWORKS_MAX);
	for (size_t i = 0; !c->is_free && i < origin_count; i++) {
		if (origins[i].is_covered || i == c->rank)
			continue;
		one = *c;
		one.from_others = true;
		one.rank = i;
		one.address = address_of(&origins[i]);
		write_words(&origins[i], words);
		one.from = words;
		check_be_quiet(QUIET_ROWS);
		check_say_from(words);
		judge_origin(&one);
		check_say_from(NULL);
		check_be_quiet(QUIET_NOT);
		c->unsafe = one.unsafe;
		c->broken = one.broken;
	}
}

void
check_note_origins(const struct check *c)
{
	if (c->from != NULL && c->question->address == NULL)
		check_note("another policy may hold for clients elsewhere: the "
			   "verdict is about those from %s (--address asks "
			   "about others)",
		    c->from);
}
