#ifndef SOAK_H
#define SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SESSIONS 64

/* Names of a kind: few, so that sessions collide all the time. */
#define POOL 8

#define NAME_SIZE 32

/* Downloads are quicker: so many more in the long session. */
#define DOWN_FACTOR 5

#define UPLOADS_MAX (1u << 22)

/*
 * Names are a letter and a digit; the letter says what happens to them.
 *
 *	r	replaced, and sent
 *	s	the same, in the directory sub
 *	v	replaced, the old ones kept as versions
 *	d	a lock: made with Overwrite deny, removed by who made it
 *	m	everything at once, and removed now and then
 *	b	many files in the directory big that are only sent
 */
enum state { FLYING, ACKNOWLEDGED, REFUSED };

/* One upload, by the number that its body carries. */
struct upload {
	int64_t begun; /* nanoseconds: before its last byte was sent */
	atomic_llong acknowledged; /* before the state says so */
	atomic_int state;
	char name[4];
};

/* How a session answered; also what became of an upload. */
enum answer { OK, FAILED, FATAL, GONE };

/* What is wrong, counted; each is told on stderr as well. */
enum wrong {
	MIXED,	  /* a body that nobody sent, or half of one */
	LOST,	  /* acknowledged, and not there */
	SHARED,	  /* a lock that two sessions got */
	UNWANTED, /* refused, and there nevertheless */
	LEFT,	  /* a temporary that no killed session explains */
	HUNG,	  /* no answer within a minute */
	DIED,	  /* a signal that was not ours, or the wrong exit status */
	GREW,	  /* descriptors or memory of a long session */
	WRONG_KINDS
};

/* How the run was asked for. */
struct options {
	const char *server;
	const char *directory;
	unsigned long per_round;
	unsigned int rounds;
	unsigned int long_files; /* uploads of the long session */
	bool plain;	   /* SERVER is an scp without options: replace only */
	bool only_replace; /* wrong on purpose: whatever policy was meant */
};
extern struct options options;

/* What was done. */
struct counts {
	atomic_ulong uploads;	/* acknowledged */
	atomic_ulong downloads; /* whole */
	atomic_ulong refused;	/* files */
	atomic_ulong sessions;
	atomic_ulong killed;
	atomic_ulong temporaries; /* whole, left by killed sessions */
	atomic_ulong checked;	  /* acknowledgements compared with the disk */
	atomic_ulong versions;	  /* acknowledged ones that were found again */
	atomic_ulong stranded;	  /* the same, as a temporary only */
	atomic_ulong wrong[WRONG_KINDS];
};
extern struct counts counts;

void say_wrong(enum wrong what, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int64_t now(void);
unsigned int chance(unsigned int *seed, unsigned int below);

/* body.c: a body says whose it is, and that it is whole. */
#define BODY_MAX (1280u << 10)
size_t body_make(char *p, size_t size, unsigned int id, const char *name);
const char *
body_check(const char *p, size_t size, const char *name, unsigned int *id);

/* uploads.c: what was uploaded, and what must be on the disk. */
unsigned int upload_new(const char *name);
struct upload *upload_of(unsigned int id);
bool file_read(const char *name, unsigned int *id);
void check_acknowledged(unsigned int id);
void lock_check(unsigned int id, bool must);
void census(unsigned int first);

/* client.c: one session and its conversation. */
struct session {
	pid_t pid;
	int slot;  /* in the table of those that may be killed; -1: may not */
	bool sftp; /* it is asked for SFTP */
	int to;
	int from;
	size_t at;
	size_t have;
	char buffer[65536];
};

void session_start(struct session *s, int slot, char *const argv[]);
bool session_send(struct session *s, const void *p, size_t n);
enum answer session_reply(struct session *s);
bool session_read(struct session *s, void *p, size_t n);
bool session_line(struct session *s, char *line, size_t size);
bool session_end(struct session *s, bool failed);
void kill_one(unsigned int *seed);
unsigned int sessions_at_once(void);

/* work.c: what a worker does with sessions. */
struct worker {
	int slot;
	unsigned int seed;
	struct session session;
	char *body; /* BODY_MAX octets */
};

/* A command line that is put together, with room for its words. */
#define ARGUMENTS_MAX 64
struct command {
	char *argv[ARGUMENTS_MAX];
	char words[ARGUMENTS_MAX][256];
	unsigned int count;
};
void add_server(struct command *c, const char *overwrite);

/* A name from one of the pools, and a size. */
void pick(struct worker *w, const char *pools, char name[NAME_SIZE]);
size_t pick_size(struct worker *w);

/* Takes note of what became of an upload. */
void settle(unsigned int id, enum answer answer);

/* After the last answer: was it us that made it go? */
void finish(struct worker *w, enum answer answer, bool failed);

/* sftp.c: the same work by SFTP, with many files in a session. */
void sftp_replace(struct worker *w);
void sftp_versions(struct worker *w);
void sftp_lock(struct worker *w);
void sftp_download(struct worker *w);
void work_sftp_long(struct worker *w);

void work_once(struct worker *w);
void work_upload_long(struct worker *w);
void work_download_long(struct worker *w);
void make_big(unsigned int files);
void remove_one(unsigned int *seed);

/* long.c: a session that must not grow. */
struct gauge {
	const char *what;
	unsigned int samples;
	long own[3];  /* KiB that no file backs: first, middle, last */
	long size[3]; /* KiB of address space */
	long descriptors[3];
};
void gauge_take(struct gauge *g, pid_t pid, unsigned int done, unsigned int of);
void gauge_show(const struct gauge *g);

#endif
