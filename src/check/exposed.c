/*
 * Whether somebody may put something else in the place of a path: follows its
 * directories and links, as the kernel does, and looks who may write each.
 */
#include "check/check.h"

#include <bsd/string.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/open_flags.h"

#define ENTER (F_LOOK | O_DIRECTORY)

/* A way through directories and links. */
struct walk {
	uid_t trusted[2]; /* who may write there, as root may */
	int fd;
	char place[PATH_MAX]; /* of fd */
	char rest[2 * PATH_MAX];
	int links;
};

static bool
is_trusted(const struct walk *w, uid_t uid)
{
	return uid == 0 || uid == w->trusted[0] || uid == w->trusted[1];
}

/*
 * Whether others may put another thing in place of an entry of a directory.  In
 * a sticky one only the owner of the entry may.
 */
static bool
is_exposed(
    const struct walk *w, const struct info *dir, const struct info *entry)
{
	return !is_trusted(w, dir->uid) ||
	    ((dir->mode & 022) != 0 &&
		((dir->mode & 01000) == 0 || !is_trusted(w, entry->uid)));
}

/* A link: what it says comes before the rest. */
static bool
take_link(struct walk *w, int link)
{
	char text[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", text, PATH_MAX);

	if (n <= 0 || n >= PATH_MAX || ++w->links > 40)
		return false;
	text[n] = '\0';
	if (text[0] == '/') {
		(void)close(w->fd); /* O_PATH: close can't fail */
		w->fd = open("/", ENTER);
		w->place[0] = '\0';
	}
	(void)strlcat(text, "/", sizeof(text)); /* fits */
	if (strlcat(text, w->rest, sizeof(text)) >= sizeof(text))
		return false;
	(void)strlcpy(w->rest, text, sizeof(w->rest)); /* fits */
	return w->fd >= 0;
}

/* Takes the next component of the rest.  False: there is none, or no way. */
static bool
next_name(struct walk *w, char name[PATH_MAX])
{
	char *s = w->rest + strspn(w->rest, "/");
	size_t n = strcspn(s, "/");

	if (n == 0 || n >= PATH_MAX)
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	memmove(w->rest, s + n, strlen(s + n) + 1);
	return true;
}

static void
enter(struct walk *w, int next, const char *name)
{
	char *slash;

	(void)close(w->fd); /* O_PATH: close can't fail */
	w->fd = next;
	if (strcmp(name, "..") == 0 && (slash = strrchr(w->place, '/')) != NULL)
		*slash = '\0';
	else if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		/* a longer path is cut: it is only shown */
		(void)strlcat(w->place, "/", sizeof(w->place));
		(void)strlcat(w->place, name, sizeof(w->place));
	}
}

/* One step.  Returns whether there is another one. */
static bool
step(struct walk *w, bool *exposed)
{
	struct info dir, entry;
	char name[PATH_MAX];
	bool up, more = false;
	int next;

	if (!next_name(w, name))
		return false;
	next = openat(w->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (next == -1) { /* who may write the directory could make it */
		*exposed = tree_fstat(w->fd, &dir) == 0 &&
		    (!is_trusted(w, dir.uid) || (dir.mode & 022) != 0);
		return false;
	}
	up = strcmp(name, "..") == 0 || strcmp(name, ".") == 0;
	if (tree_fstat(w->fd, &dir) == 0 && tree_fstat(next, &entry) == 0) {
		*exposed = !up && is_exposed(w, &dir, &entry);
		if (entry.kind == KIND_LINK)
			more = take_link(w, next);
		else {
			more = entry.kind == KIND_DIR;
			if (!*exposed) {
				enter(w, next, name);
				next = -1;
			}
		}
	}
	if (next >= 0)
		(void)close(next); /* O_PATH: close can't fail */
	return more && !*exposed;
}

bool
check_is_exposed(uid_t one, uid_t other, const char *path, char place[PATH_MAX])
{
	struct walk w = { .trusted = { one, other }, .fd = open("/", ENTER) };
	bool exposed = false;

	if (w.fd == -1)
		return false;
	if (strlcpy(w.rest, path, PATH_MAX) < PATH_MAX)
		while (step(&w, &exposed))
			continue;
	(void)close(w.fd); /* O_PATH: close can't fail */
	(void)strlcpy(
	    place, w.place[0] != '\0' ? w.place : "/", PATH_MAX); /* fits */
	return exposed;
}
