#ifndef SCP_PARENTS_H
#define SCP_PARENTS_H

#include "session/session.h"

/*
 * The directories that an upload makes: those that its peer names, and with
 * MakeParents those that are missing above its target.
 *
 * session_enter() opens a directory in another one, and makes it with this mode
 * if it is missing and if something more may be created; then it is counted.
 * *made is set to false where something is there already.  ev is what the log
 * records of it.  Returns 0 or the errors of report_change(), admit() and
 * tree_enter().
 */
int session_enter(struct session *s, const struct dir *in,
    const struct name *name, mode_t mode, bool may_setgid,
    const struct event *ev, struct dir *out, bool *made);

/*
 * The mode of a directory that was made with all rights of its owner, for
 * which *mode was asked.  Returns whether it has to be set when everything is
 * in it, and sets *mode to that.
 */
bool session_last_mode(const struct session *s, mode_t *mode);

/* The mode for its record, if a mode is set in the end or if none is. */
mode_t session_mode_to_be(const struct dir *dir, bool sets, mode_t mode);

/* On the way to a directory that is to be there: what is there of it. */
struct parents {
	struct relpath whole; /* the path of that directory */
	struct relpath here;  /* that of dir */
	struct dir dir;
	bool may_setgid;
	bool made;     /* dir, by this session */
	bool foreseen; /* what is below dir would be new */
};

/*
 * Begins on the way to the directory of this path, or with itself false to
 * that in which it is.  Returns 0, or why no directory could be opened.
 */
int parents_begin(struct parents *w, const struct session *s,
    const struct relpath *path, bool itself);

/* Returns whether a directory is missing, and its name. */
bool parents_miss(const struct parents *w, struct name *name);

/*
 * Makes the next one, as a D record does: it is judged, admitted and counted,
 * gets its mode and is recorded.  Somebody else may have made it meanwhile.
 * Returns 0, ERR_DEPTH or the errors of session_enter().
 */
int parents_make(struct parents *w, struct session *s);

/* The same for an administrator who asks: it is judged and counted only. */
int parents_foresee(struct parents *w, struct session *s);

/*
 * Ends it.  With out, that gets the directory that was reached, which
 * parents_lock() gives a mode without all rights of its owner, if it is to have
 * one, when everything is in it: an error is in the exit status.  Without out
 * it is closed.  Returns 0, ERR_AUDIT or an errno.
 */
int parents_end(struct parents *w, struct session *s, struct dir *out);
void parents_lock(struct session *s, const struct dir *dir,
    const struct relpath *path, bool may_setgid);

#endif
