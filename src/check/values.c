/*
 * Values that a Match of sshd is about.  Of a list with patterns and exceptions
 * one is found by trying: numbers in place of what a pattern leaves open, and
 * addresses at the edges of a network.
 */
#include "check/network.h"
#include "check/sshd.h"

#include <bsd/string.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"

/* The most networks that one address is kept out of. */
#define NETWORKS_MAX 1024

/* How many more are looked at for one that fewer lists have. */
#define BETTER_MAX 64

/* What may stand for a "*", with a number for each "#". */
static const char *const shapes[] = { "#", "#.#", "#.#.#", "#.#.#.#", ":#",
	"#:", "#:#", "2001:db8::#", "" };

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

/* The search for a value that one item of a list has. */
struct search {
	enum client_part part;
	const char *item;
	bool is_network;
	struct network network;
	bool has_edge[2]; /* outside of smaller networks: of all, of the list */
	struct address edge[2];
};

static bool
is_address(enum client_part part)
{
	return part == CLIENT_ADDRESS || part == CLIENT_LOCAL_ADDRESS;
}

bool
values_next(const char **list, char item[MATCH_VALUE_MAX], bool *negated)
{
	size_t n;

	if (**list == '\0')
		return false;
	*negated = **list == '!';
	*list += *negated ? 1 : 0;
	n = strcspn(*list, ",");
	/* what is longer is cut: no value fits it */
	(void)snprintf(item, MATCH_VALUE_MAX, "%.*s", (int)n, *list);
	*list += n;
	*list += **list == ',' ? 1 : 0;
	return true;
}

static bool
item_has(enum client_part part, const char *item, const char *value)
{
	unsigned long steps = 0;
	struct network network;
	struct address address;

	if (part == CLIENT_LOCAL_PORT)
		return strcmp(item, value) == 0;
	if (is_address(part) && network_parse(&network, item, strlen(item)))
		return address_parse(&address, value) &&
		    network_has(&network, &address);
	return match_name(item, strlen(item), value,
	    MATCH_DOTS | (part == CLIENT_HOST ? MATCH_FOLD : 0), &steps);
}

bool
values_has(enum client_part part, const char *list, const char *value)
{
	char item[MATCH_VALUE_MAX];
	bool negated, found = false;

	while (values_next(&list, item, &negated)) {
		if (!item_has(part, item, value))
			continue;
		if (negated)
			return false;
		found = true;
	}
	return found;
}

/* Appends the networks of a list.  Returns how many there are then. */
static size_t
add_networks(const char *list, struct network *networks, size_t count)
{
	char item[MATCH_VALUE_MAX];
	bool negated;

	while (count < NETWORKS_MAX && values_next(&list, item, &negated))
		if (network_parse(&networks[count], item, strlen(item)))
			count++;
	return count;
}

/* One that is in no smaller network, where lists differ. */
static void
find_edges(struct search *s, const char *list, char *const *lists, size_t count)
{
	static struct network networks[NETWORKS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (lists[i] != NULL)
			n = add_networks(lists[i], networks, n);
	s->has_edge[0] = network_only(&s->network, networks, n, &s->edge[0]);
	n = add_networks(list, networks, 0);
	s->has_edge[1] = network_only(&s->network, networks, n, &s->edge[1]);
}

/* Appends an octet, or a number for "#".  What does not fit is left out. */
static void
append(char out[MATCH_VALUE_MAX], char octet, unsigned int number)
{
	char text[16] = { octet, '\0' };

	if (octet == '#')
		(void)snprintf(text, sizeof(text), "%u", number); /* fits */
	(void)strlcat(out, text, MATCH_VALUE_MAX);
}

/* Fills what a pattern leaves open, each time in another way. */
static void
fill_pattern(const char *item, size_t which, char out[MATCH_VALUE_MAX])
{
	unsigned int number = (unsigned int)(which + 1) % 256;
	size_t shape = which / 256;

	out[0] = '\0';
	for (; *item != '\0'; item++)
		if (*item == '*') {
			for (const char *s = shapes[shape % SHAPES]; *s != '\0';
			     s++)
				append(out, *s, number);
			shape /= SHAPES;
		} else if (*item == '?')
			append(out, '#', number % 10);
		else
			append(out, *item, number);
}

/* In how many ways a pattern is filled: more than three "*" are alike. */
static size_t
ways_of(const struct search *s)
{
	size_t ways = 256;
	int stars = 0;

	if (s->part == CLIENT_LOCAL_PORT || strpbrk(s->item, "*?") == NULL)
		return 1;
	for (const char *item = s->item; *item != '\0' && stars < 3; item++)
		if (*item == '*') {
			ways *= SHAPES;
			stars++;
		}
	return ways;
}

/* Addresses of a network: its edges, its first ones, and one for each bit. */
static bool
take_address(const struct search *s, size_t which, struct address *a)
{
	unsigned int bit;

	if (which < 2) {
		*a = s->edge[which];
		return s->has_edge[which];
	}
	which -= 2;
	(void)network_only(&s->network, NULL, 0, a); /* its first one */
	if (which < 256)
		a->octets[15] |= (unsigned char)which;
	else {
		bit = (unsigned int)which - 256;
		a->octets[15 - bit / 8] |= (unsigned char)(1U << bit % 8);
	}
	return network_has(&s->network, a);
}

/* One value that may have the item.  Returns false at the end. */
static bool
try_value(const struct search *s, size_t which, char out[MATCH_VALUE_MAX])
{
	struct address a;

	out[0] = '\0';
	if (s->is_network) {
		if (which >= 2 + 256 + 128)
			return false;
		if (take_address(s, which, &a))
			address_write(&a, out);
		return true;
	}
	if (which >= ways_of(s))
		return false;
	fill_pattern(s->item, which, out);
	if (is_address(s->part)) {
		if (address_parse(&a, out))
			address_write(&a, out); /* as sshd compares it */
		else
			out[0] = '\0';
	}
	if (strpbrk(out, "=, ") != NULL)
		out[0] = '\0'; /* sshd can't be asked about it */
	return true;
}

/* Whether it is certain that no value has the item within its list. */
static bool
is_void(const struct search *s, const char *list)
{
	static const char of_addresses[] = "0123456789abcdef:.*?%";
	char item[MATCH_VALUE_MAX];
	bool negated;

	if (!s->is_network)
		return strpbrk(s->item, "*?") == NULL ||
		    (is_address(s->part) &&
			s->item[strspn(s->item, of_addresses)] != '\0');
	/* of networks the edges are all that can differ */
	while (values_next(&list, item, &negated))
		if (negated && strpbrk(item, "*?") != NULL)
			return false;
	return true;
}

enum match_found
values_find(enum client_part part, const char *list, const char *item,
    char *const *lists, size_t count, char out[MATCH_VALUE_MAX])
{
	struct search s = { .part = part, .item = item };
	char value[MATCH_VALUE_MAX];
	size_t has, fewest = SIZE_MAX, better = 0;

	s.is_network =
	    is_address(part) && network_parse(&s.network, item, strlen(item));
	if (s.is_network)
		find_edges(&s, list, lists, count);
	for (size_t i = 0; better < BETTER_MAX && try_value(&s, i, value);
	     i++) {
		if (*value == '\0' || !values_has(part, list, value))
			continue;
		has = 0;
		for (size_t n = 0; n < count; n++)
			has += lists[n] != NULL &&
				values_has(part, lists[n], value) ?
			    1 :
			    0;
		if (has < fewest)
			(void)strlcpy(out, value, MATCH_VALUE_MAX); /* fits */
		fewest = has < fewest ? has : fewest;
		better = has <= 1 ? BETTER_MAX : better + 1;
	}
	return fewest != SIZE_MAX ? MATCH_FOUND :
	    is_void(&s, list)	  ? MATCH_VOID :
				    MATCH_UNKNOWN;
}
