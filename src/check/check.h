#ifndef SCP_CHECK_H
#define SCP_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/trouble.h"
#include "check/keys.h"
#include "check/sshd.h"
#include "policy/account.h"
#include "policy/config.h"
#include "policy/policy.h"
#include "request/request.h"
#include "request/words.h"
#include "tree/tree.h"

/* What an administrator asks. */
struct question {
	struct request
	    request;	     /* its options, its root and its configuration */
	const char *user;    /* --user; NULL: who asks */
	const char *address; /* --address, of a client; NULL: of any */
	const char *command; /* to be explained; NULL: a check */
};

/*
 * These two functions answer an administrator.  They read the policy like a
 * session of the account of --user, print to standard output and change
 * nothing.
 *
 * check_run() shows the policy, what this machine offers for it, and whether
 * sshd is set up for it.  Returns the exit status: 0, 1 when something is
 * unsafe or can't work, or 78 when the configuration is wrong.
 */
int check_run(const struct question *q);

/*
 * explain_run() shows whether the command would be allowed, which files it
 * would reach, and which keyword decides it.  Returns the exit status: 0 when
 * it is allowed, 1 when that can't be found out, 2 when it is refused, or 78
 * when the configuration is wrong.
 */
int explain_run(const struct question *q);

/* The command that somebody types at a client, and the request it becomes. */
struct pasted {
	bool by_sftp; /* as scp of OpenSSH 9 does without -O */
	bool recursive;
	bool preserve;
	bool direct;	/* -R: from one host to the other */
	bool elsewhere; /* the target is on another host */
	char request[WORDS_TEXT_MAX];
	char second[WORDS_TEXT_MAX]; /* after it, of a copy within a host */
	size_t local_count;	     /* what an upload names at the client */
	const char *local[WORDS_COUNT_MAX];
};

/*
 * Reads the command of a client.  Returns false if it is none.  local is valid
 * until the next call.
 */
bool pasted_read(struct pasted *p, const char *text);

/* The rest is for the files of this folder: the state of one check. */
struct check {
	const struct question *question;
	struct account login;	/* the account that logs in */
	struct account session; /* the account of the session: User */
	struct policy policy;
	uint64_t given;		 /* its keywords that somebody has set */
	const char *file;	 /* the configuration */
	bool no_file;		 /* there is none */
	struct sshd sshd;	 /* its settings for the account */
	char elsewhere[1400];	 /* where its settings differ; "": nowhere */
	enum setting differs;	 /* one that does */
	char unasked[512];	 /* what was not asked about; "": nothing */
	const char *address;	 /* of the client; NULL: in no Match Address */
	const char *from;	 /* clients that this is about; NULL: all */
	size_t rank;		 /* of these */
	bool from_others;	 /* another policy than the first one */
	bool restricted;	 /* from some addresses, if not from all */
	bool by_shell;		 /* this program is the login shell */
	bool by_force;		 /* ForceCommand is set */
	bool by_keys;		 /* every way in is a key that leads here */
	bool of_key;		 /* the policy is that of one key's sessions */
	bool is_free;		 /* a shell of its own, and nothing binds it */
	enum request_verb named; /* the copy that its forced command names */
	char program[PATH_MAX];	 /* that sshd starts; "": unknown */
	char path[PATH_MAX];	 /* PATH of what it starts */
	const char *path_from;	 /* who sets it, or may; NULL: sshd's own */
	bool path_unsure;	 /* it may be another one */
	bool reads_variables;	 /* PAM, from ~/.pam_environment */
	unsigned int unsafe;
	unsigned int broken;
};

/*
 * Reads the account and its policy.  Returns 0, or ERR_CONFIG after printing
 * what is wrong to standard error.
 */
int check_load(struct check *c, const struct question *q);

/* Returns whom the configuration is read for: the account that logs in. */
struct config_subject check_subject(const struct check *c);

/*
 * Determines the policy of a session with these options, and its account.
 * Returns 0, or ERR_CONFIG with *t filled.
 */
int check_policy(struct check *c, const struct request *r, struct trouble *t);

/*
 * Returns whether the configuration or an option sets a keyword.  In a session
 * of our login shell that has a forced command, policy_is_set() says so of
 * defaults, too.
 */
bool check_is_given(const struct check *c, enum policy_key key);

/*
 * Prints the name that is nearest to a mistyped word, on standard error.  next
 * returns the names one by one, and then NULL.  Returns whether there is one.
 */
typedef const char *check_next_name(size_t i);
bool check_hint(const char *typed, check_next_name *next);

/* The same for a keyword that is not known, if that is what is wrong. */
void check_hint_keyword(const struct trouble *t);

/*
 * Changes to this account permanently.  Returns false when that is not
 * permitted; later checks then use our own rights.
 */
bool check_become(const struct account *a);

/*
 * Opens a file that the account may have made: none of the served tree.  It is
 * looked at first, and nothing but a regular file is opened.  Returns 0,
 * ERR_KIND or an errno; *fd is -1 then.
 */
int check_open(const char *path, int flags, int *fd);

/* The same, to read lines.  Returns NULL if it can't be read. */
FILE *check_open_lines(const char *path);

/*
 * Returns the next word of a line in OpenSSH's syntax, without quotes and
 * backslashes, and advances *rest; changes the line.  Words are those of
 * sshd's Include and of values in ssh_config(5).  Returns NULL at the end of
 * the line or at a comment.
 */
char *check_next_word(char **rest);

/* The longest value of a row: two lists. */
#define CHECK_VALUE_MAX (2UL * POLICY_LIST_MAX)

/* Prints the heading of a section. */
void check_heading(const char *text);

/* Prints one "  name  value" row, with other octets than ASCII escaped. */
void check_row(const char *name, const char *value);

/* The place of the line that fixes a finding. */
enum check_fix {
	FIX_MATCH,  /* sshd_config, for this account */
	FIX_GLOBAL, /* sshd_config, outside of Match */
	FIX_POLICY, /* our own configuration */
	FIX_SHELL,  /* our program as the login shell */
	FIX_HOST,   /* a command or a condition of the machine */
};

/* Prints what is unsafe, and the line that fixes it. */
__attribute__((format(printf, 4, 5))) void check_found(struct check *c,
    enum check_fix where, const char *fix, const char *format, ...);

/* As check_found(), for what can't work. */
__attribute__((format(printf, 4, 5))) void check_broken(struct check *c,
    enum check_fix where, const char *fix, const char *format, ...);

/* What is not printed, though findings are counted. */
enum check_quiet {
	QUIET_NOT,
	QUIET_ROWS, /* what has been printed before: all but findings */
	QUIET_ALL,
};

void check_be_quiet(enum check_quiet how);

/*
 * Writes a path or name as one word of a command that a person may copy into a
 * shell.  What would be longer than cap is cut, and the quote closed.
 */
void check_shell_word(char *out, size_t cap, const char *text);

/* The room for a path as such a word, which is the most that is needed. */
#define CHECK_WORD_MAX (5UL * PATH_MAX)

/* Findings are about clients from there alone, in words; NULL: about all. */
void check_say_from(const char *from);

/* Prints a note, which is no finding. */
__attribute__((format(printf, 1, 2))) void check_note(const char *format, ...);

/*
 * The seconds that one work done as the account may take, and all of them
 * together; and how many numbers it returns.
 */
#define CHECK_SECONDS	  20
#define CHECK_ALL_SECONDS 60
#define CHECK_NUMBERS	  3

typedef void check_work(struct check *c, void *arg, int numbers[CHECK_NUMBERS]);

/*
 * Calls work in a child that has no terminal and no descriptor of ours, so that
 * it may become another account.  What it prints and finds is printed and
 * counted here, and its numbers are returned.  They are set by a process that
 * has the rights of that account.  Returns NULL, or why the work was not done
 * to its end; numbers are as before then.
 */
const char *check_apart(
    struct check *c, check_work *work, void *arg, int numbers[CHECK_NUMBERS]);

/*
 * The answer of a child: after check_answer_begin() what it prints is written
 * as records, which end with check_answer_end().  check_answer_print() prints
 * them, and returns whether all were there.
 */
void check_answer_begin(void);
void check_answer_end(const int numbers[CHECK_NUMBERS]);
bool check_answer_print(
    struct check *c, const char *text, size_t len, int numbers[CHECK_NUMBERS]);

/* Returns whether the first word of a command names this program. */
bool check_is_ours(const char *command);

/*
 * Returns whether others than root and these two accounts may put something
 * else in place of a directory or file on the way to a path, or make it.  place
 * is set to the directory where they may.
 */
bool check_is_exposed(
    uid_t one, uid_t other, const char *path, char place[PATH_MAX]);

/* What a word leads to that a shell or sshd executes. */
enum check_program {
	PROGRAM_OURS,
	PROGRAM_OTHER,
	PROGRAM_LOOSE, /* ours, but others than root may change it */
	PROGRAM_MISSING,
};

/*
 * Looks for a program as the account's login shell does.  Its path is written
 * to found: "" if there is none, but a word with a slash as it is.
 */
enum check_program
check_program(const struct check *c, const char *word, char found[PATH_MAX]);

/*
 * Returns whether others than root and who asks may change a program, or put
 * something else in its place.
 */
bool check_is_loose(const char *path);

/*
 * Whether a program is the script contrib/drop-in/scp, which starts this
 * program for -t and -f and the host's own client for everything else.  Writes
 * the path that the script has for this program to server.
 */
bool check_drop_in(const char *path, char server[PATH_MAX]);

/* Whether sshd serves SFTP itself for a command, without the login shell. */
bool check_is_built_in(const char *command);

/*
 * ForceCommand of sshd, or command= of a key, which sshd starts instead of what
 * a client asks for.
 */
struct forced {
	enum request_verb verb; /* what it names with -t, -f or as SFTP */
	const char *command;
	const char *what; /* its name, and that of its sessions, in findings */
	const char *sessions;
	unsigned int line; /* of its key; 0: a ForceCommand */
	int error;	   /* why no session of it begins; 0: it does */
	bool plain;	   /* a shell sees plain words only */
	bool as_scp;	   /* the program is started as scp */
	bool by_path;	   /* it is looked for in PATH */
	char program[PATH_MAX];
	enum check_program kind;
	struct trouble trouble;
};

/*
 * Reads a forced command: its program and options, to which those of the
 * question are added.  If a session begins, c->policy is that of the session.
 */
void check_read_forced(struct check *c, struct forced *f, const char *command);

/*
 * Prints what is unsafe about it or can't work, and the line that corrects it.
 * Returns whether sessions come here and begin.
 */
bool check_judge_forced(struct check *c, const struct forced *f);

/* Notes the word that our login shell does not take, and why. */
void check_name_word(struct forced *f);

/* Room for what is advised. */
#define CHECK_ADVICE_MAX 2048

/*
 * Writes what to set instead of a forced command that is no good: one that
 * allows no more than it was to allow, or a sentence without a command.
 * Returns where to set it.
 */
enum check_fix check_advise(
    const struct check *c, const struct forced *f, char fix[CHECK_ADVICE_MAX]);

/*
 * Sets path to the next file of sshd's AuthorizedKeysFile for this account, and
 * advances *list.  Returns 0, ENOENT at the end of the list, or ENAMETOOLONG
 * for a file whose path can't be determined.
 */
int check_next_keys_file(
    const struct check *c, const char **list, char path[PATH_MAX]);

/* Asks sshd, and finds out how it starts this program. */
void check_ask_sshd(struct check *c);

/*
 * Asks it for clients that come from elsewhere, among them those that the Match
 * lines of its configuration name.
 */
void check_ask_elsewhere(struct check *c);

/*
 * Prints the verdict on a request: e is 0 or why it is refused.  outside is
 * what refuses it before a session of ours does, or NULL.
 */
void check_show_verdict(
    const struct check *c, enum request_verb verb, int e, const char *outside);

/* Finds out the PATH of what sshd starts for the account. */
void check_find_path(struct check *c);

/*
 * Prints a finding for whatever keeps the account out: settings of sshd, its
 * keys, its row in the database.  The latter two are those of check_login().
 */
void check_entry(struct check *c, const struct check_keys *keys);
void check_login(struct check *c, const struct check_keys *keys);

/*
 * Prints where the requests of clients lead, and whether those that speak SFTP
 * are served.  check_modern() says the latter of sessions with this policy.
 */
void check_clients(struct check *c);
const char *check_modern(const struct check *c);

/* Returns why no session serves the Subsystem sftp of sshd, or NULL. */
const char *check_subsystem(const struct check *c);

/* Prints what a session with a key may do: c->policy is that of the session. */
void check_show_key(const struct check *c, const struct check_key *k);

/* Prints the closing sentences: what each kind of session may do. */
void check_say(const struct check *c);

/* Whether all sessions have one policy, whichever key they come with. */
bool check_is_alike(const struct check *c);

/* Keeps the sentence about such sessions, which may not begin, for the end. */
void check_say_session(const struct check *c, bool begins);

/*
 * Finds out for which addresses of clients different policies hold, and for
 * which of them the policy is shown: c->address.
 */
void check_find_origins(struct check *c);

/* Judges the policies for the others. */
void check_origins(struct check *c, const struct forced *forced);

/* Prints a note if there are others. */
void check_note_origins(const struct check *c);

/*
 * Prints a finding if sessions are confined from some addresses only.  *seen is
 * what was seen before: 1 that they are, 2 that they are not.
 */
void check_reach(struct check *c, unsigned int *seen);

/*
 * Checks what starts this program: a ForceCommand, the login shell or the keys.
 * Returns whether sessions of a ForceCommand begin.
 */
bool check_binding(struct check *c, struct forced *forced);

/* Checks Root and the machine for another policy, and prints findings only. */
void check_again(struct check *c);

/*
 * The sections of a check that are in separate files.  check_place() checks the
 * location of Root.
 */
void check_names(struct check *c);
void check_lines(struct check *c);
void check_sshd(struct check *c, struct forced *forced);
void check_place(struct check *c);
void check_machine(struct check *c);

/*
 * Prints a finding for what keeps every session from beginning on this machine,
 * and sets *none to that in words, or NULL.  Returns NULL, or why it could not
 * be found out.
 */
const char *check_begins(struct check *c, const char **none);

/* The parts of check_machine(), as the account. */
void check_able(struct check *c);
void check_uploads(struct check *c, bool entered);
void check_relay(struct check *c);

/*
 * Checks what an account could do through TinySSH, if that is here.  Called
 * with the rights of the account.
 */
void check_tinyssh(struct check *c);

#endif
