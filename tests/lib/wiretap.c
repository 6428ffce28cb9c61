/*
 * Stands where the server stands, starts it (REAL) with the same words, and
 * writes down what goes over the wire, in the order in which it was seen, to a
 * new file of the directory DIR:
 *
 *	A hex		an argument of the server, the first its name
 *	O hex		SSH_ORIGINAL_COMMAND
 *	> hex		of the peer, before the server has it
 *	< hex		of the server, before the peer has it
 *	>. and <.	the end of either
 *	G		the peer no longer listens: what follows is not seen
 *	S n		the exit status; a signal negated
 *
 * A recording without its S is not complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECORDED_MAX (32L << 20)

/*
 * The most octets of one write of the server.  Its pipe keeps writes apart, and
 * a read that has less room than the next of them loses the rest of it: then
 * server and peer wait for each other.  It is what a pipe is grown to.
 */
#define WRITE_MAX (1 << 20)

struct way {
	char sign;
	int from;
	int to;
	size_t len;
	size_t done;
	bool may_close; /* it is ours alone */
	char buf[WRITE_MAX];
};

static FILE *tape;
static long recorded;

static void
write_hex(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(tape, "%02x", (unsigned char)p[i]);
	fputc('\n', tape);
}

static void
record(const struct way *w)
{
	if ((recorded += (long)w->len) > RECORDED_MAX)
		return;
	fprintf(tape, "%c ", w->sign);
	write_hex(w->buf, w->len);
}

static void
end_input(struct way *w)
{
	fprintf(tape, "%c.\n", w->sign);
	w->from = -1;
	if (w->may_close)
		close(w->to);
	w->to = -1;
}

/* Nobody reads any more: neither do we. */
static void
give_up(struct way *w)
{
	if (!w->may_close && w->from != -1) {
		close(w->from);
		fputs("G\n", tape);
	}
	w->from = w->to = -1;
	w->len = 0;
}

static void
move(struct way *w, short seen)
{
	ssize_t n;

	if (seen == 0)
		return;
	if (w->len > 0) {
		n = write(w->to, w->buf + w->done, w->len - w->done);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			give_up(w);
		else if (n > 0 && (w->done += (size_t)n) == w->len)
			w->len = 0;
		return;
	}
	n = read(w->from, w->buf, sizeof(w->buf));
	if (n <= 0) {
		end_input(w);
		return;
	}
	w->len = (size_t)n;
	w->done = 0;
	record(w);
}

static struct pollfd
wanted(const struct way *w)
{
	if (w->from == -1)
		return (struct pollfd){ .fd = -1 };
	if (w->len > 0)
		return (struct pollfd){ .fd = w->to, .events = POLLOUT };
	return (struct pollfd){ .fd = w->from, .events = POLLIN };
}

/* Until the server has said its last word. */
static void
relay(struct way *in, struct way *out)
{
	struct pollfd fds[2];

	while (out->from != -1) {
		fds[0] = wanted(in);
		fds[1] = wanted(out);
		if (poll(fds, 2, -1) <= 0)
			continue;
		move(out, fds[1].revents);
		move(in, fds[0].revents);
	}
}

static void
begin_tape(char *argv[])
{
	const char *asked = getenv("SSH_ORIGINAL_COMMAND");
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/%d.XXXXXX", DIR, (int)getpid());
	if ((fd = mkstemp(path)) == -1 || (tape = fdopen(fd, "w")) == NULL)
		exit(99);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	for (; *argv != NULL; argv++) {
		fputs("A ", tape);
		write_hex(*argv, strlen(*argv));
	}
	if (asked != NULL) {
		fputs("O ", tape);
		write_hex(asked, strlen(asked));
	}
}

int
main(int argc, char *argv[])
{
	static struct way in = { .sign = '>', .from = 0, .may_close = true };
	static struct way out = { .sign = '<', .to = 1 };
	int theirs[2], ours[2], status;
	pid_t pid;

	(void)argc;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	begin_tape(argv);
	fflush(tape);
	if (pipe2(theirs, O_CLOEXEC) != 0 ||
	    pipe2(ours, O_CLOEXEC | O_DIRECT) != 0 || (pid = fork()) == -1)
		exit(99);
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		signal(SIGXFSZ, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(theirs[0], 0);
		dup2(ours[1], 1);
		execv(REAL, argv);
		_exit(98);
	}
	close(theirs[0]);
	close(ours[1]);
	in.to = theirs[1];
	out.from = ours[0];
	fcntl(in.to, F_SETFL, O_NONBLOCK);
	relay(&in, &out);
	if (in.to != -1)
		close(in.to);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	if (recorded <= RECORDED_MAX)
		fprintf(tape, "S %d\n", status);
	fclose(tape);
	if (status < 0)
		raise(-status);
	return status;
}
