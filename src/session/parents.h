#ifndef SCP_PARENTS_H
#define SCP_PARENTS_H

#include "session/session.h"

/*
 * The directories that an upload makes: those that its peer names, and with
 * MakeParents those that are missing above its target.
 *
 * session_enter() opens a directory in another one, and makes it with this mode
 * if it is missing and if something more may be created; then it is counted.
 * *made is set to false where something is there already, or may be.  ev is
 * what the log records of it.  Returns 0 or the errors of report_change(),
 * admit() and tree_enter(); *out may be open also after an error.
 */
int session_enter(struct session *s, const struct dir *in,
    const struct name *name, mode_t mode, bool may_setgid,
    const struct event *ev, struct dir *out, bool *made);

/*
 * A directory is made with all rights of its owner, so that files can be stored
 * in it.  Sets *mode, which is the mode that was asked for, to the mode that it
 * is to have in the end.  Returns whether that has to be set then.
 */
bool session_last_mode(const struct session *s, mode_t *mode);

/* The mode to record for dir; sets and mode are of session_last_mode(). */
mode_t session_mode_to_be(const struct dir *dir, bool sets, mode_t mode);

/* The way to a directory that is to exist, of which a part may be missing. */
struct parents {
	struct relpath whole; /* the path of that directory */
	struct relpath here;  /* the path of dir */
	struct dir dir;	      /* the last one that is there */
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

/* As parents_make(), but for explain: it is only judged and counted. */
int parents_foresee(struct parents *w, struct session *s);

/*
 * Ends the way.  Without out, the last directory gets its mode and is closed.
 * With out, *out is that directory; if its mode lacks rights of its owner, it
 * gets it by parents_lock(), when everything is in it, whose error is only in
 * the exit status.  Returns 0, ERR_AUDIT or an errno.
 */
int parents_end(struct parents *w, struct session *s, struct dir *out);
void parents_lock(struct session *s, const struct dir *dir,
    const struct relpath *path, bool may_setgid);

#endif
