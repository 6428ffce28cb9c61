#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/config.h"
#include "wrap.h"

/* The longest line we may say: some peers read no more. */
#define MESSAGE_MAX 512

struct stage stage;

/* Keywords of which two are chosen. */
static const char *const options[] = { "Sandbox=prefer", "Root=/srv",
	"Overwrite=deny", "Overwrite=versions", "Overwrite=inplace",
	"DotFiles=deny", "DotFiles=root", "MaxFileSize=10", "MaxSessionFiles=2",
	"MaxSessionBytes=50", "MaxDepth=2", "AllowNames=a* d* f*",
	"DenyNames=a*", "FileMode=0640", "DirectoryMode=0750", "Sync=always",
	"AuditDigest=sha256", "AuditFormat=text", "PreserveTimes=no",
	"PreserveModes=no", "SetIdBits=yes", "Symlinks=refuse",
	"Symlinks=follow", "MinFree=1T" };

static const char *chosen[2];

/* Which of the first descriptors were open before the session, bit by bit. */
static uint32_t open_before;

static uint32_t
open_descriptors(void)
{
	uint32_t open = 0;

	for (int fd = 0; fd < 32; fd++)
		open |= (uint32_t)(fcntl(fd, F_GETFD) != -1) << fd;
	return open;
}

/* The scratch directory, and the path of what is served. */
static int top;
static char root_path[PATH_MAX];

/* What a session may not even touch, and how it was at first. */
static struct {
	const char *path;
	struct stat st;
} watched[] = { { .path = "." }, { .path = "outside" },
	{ .path = "outside/f" } };

static uint32_t
draw(void)
{
	stage.seed = stage.seed * 1664525 + 1013904223;
	return stage.seed >> 16;
}

/* How much of n one call moves; 0 for a call that a signal interrupts. */
static size_t
piece(size_t n)
{
	if ((stage.faults & FAULT_PIECES) == 0 || n == 0)
		return n;
	switch (draw() % 8) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return 1;
	case 4:
	case 5:
		return 1 + draw() % n;
	default:
		return n;
	}
}

static ssize_t
interrupted(void)
{
	errno = EINTR;
	return -1;
}

static ssize_t
read_peer(void *buf, size_t cap)
{
	size_t left, n;

	if (stage.in_sent == stage.in_len && stage.prompt != NULL)
		(void)stage.prompt();
	left = stage.in_len - stage.in_sent;
	n = piece(left < cap ? left : cap);
	if (n == 0 && left > 0)
		return interrupted();
	if (n > 0)
		memcpy(buf, stage.in + stage.in_sent, n);
	stage.in_sent += n;
	return (ssize_t)n;
}

/* at is -1 where the file is read on. */
static ssize_t
read_file(int fd, void *buf, size_t cap, off_t at)
{
	ssize_t n;
	size_t part;

	if (stage.file_bytes >= stage.after) {
		if ((stage.faults & FAULT_SHRINK) != 0)
			return 0;
		if ((stage.faults & FAULT_READ) != 0) {
			errno = EIO;
			return -1;
		}
	}
	if ((part = piece(cap)) == 0 && cap > 0)
		return interrupted();
	n = at == -1 ? __real_read(fd, buf, part) :
		       __real_pread(fd, buf, part, at);
	if (n > 0)
		stage.file_bytes += (size_t)n;
	return n;
}

static ssize_t
read_any(int fd, void *buf, size_t cap)
{
	return fd == PEER_IN ? read_peer(buf, cap) :
			       read_file(fd, buf, cap, -1);
}

static ssize_t
read_at(int fd, void *buf, size_t cap, off_t at)
{
	return read_file(fd, buf, cap, at);
}

static ssize_t
write_peer(const void *buf, size_t n)
{
	if ((stage.faults & FAULT_DEAF) != 0 && stage.out_len >= stage.after) {
		errno = EPIPE;
		return -1;
	}
	if ((n = piece(n)) == 0)
		return interrupted();
	CLAIM(stage.out_len + n <= sizeof(stage.out));
	memcpy(stage.out + stage.out_len, buf, n);
	stage.out_len += n;
	return (ssize_t)n;
}

/* One record is one line that nobody can have put another into. */
static ssize_t
write_audit(const char *s, size_t n)
{
	CLAIM(n > 2 && s[n - 1] == '\n' && is_printable(s, n - 1));
	if (stage.policy.audit_format == AUDIT_JSON)
		CLAIM(s[0] == '{' && s[n - 2] == '}');
	return (ssize_t)n;
}

static ssize_t
write_file(int fd, const void *buf, size_t n, off_t at)
{
	ssize_t done;

	if ((stage.faults & FAULT_DISK) != 0 &&
	    stage.file_bytes >= stage.after) {
		errno = ENOSPC;
		return -1;
	}
	if ((n = piece(n)) == 0)
		return interrupted();
	done =
	    at == -1 ? __real_write(fd, buf, n) : __real_pwrite(fd, buf, n, at);
	if (done > 0)
		stage.file_bytes += (size_t)done;
	return done;
}

static ssize_t
write_any(int fd, const void *buf, size_t n)
{
	if (fd == PEER_OUT)
		return write_peer(buf, n);
	return fd == AUDIT ? write_audit(buf, n) : write_file(fd, buf, n, -1);
}

static ssize_t
write_at(int fd, const void *buf, size_t n, off_t at)
{
	return write_file(fd, buf, n, at);
}

/* As much as the first short piece leaves. */
static ssize_t
write_parts(int fd, const struct iovec *part, int count)
{
	ssize_t n, done = 0;

	for (int i = 0; i < count; i++) {
		n = write_any(fd, part[i].iov_base, part[i].iov_len);
		if (n == -1)
			return done > 0 ? done : -1;
		done += n;
		if ((size_t)n < part[i].iov_len)
			break;
	}
	return done;
}

/* A file that goes to the peer without passing through the session. */
static ssize_t
send_file(int out, int in, off_t *from, size_t n)
{
	char block[4096];
	ssize_t got, sent;

	CLAIM(out == PEER_OUT);
	if (n > sizeof(block))
		n = sizeof(block);
	got = read_file(in, block, n, from != NULL ? *from : -1);
	if (got <= 0)
		return got;
	sent = write_peer(block, (size_t)got);
	if (from != NULL)
		*from += sent > 0 ? sent : 0;
	else if (sent <
	    got) /* what the peer did not take is still to be sent */
		CLAIM(lseek(in, (sent > 0 ? sent : 0) - got, SEEK_CUR) != -1);
	return sent;
}

/* Nothing is reserved: a peer could announce all memory there is. */
static int
reserve_any(int fd, int mode, off_t from, off_t n)
{
	(void)fd;
	(void)mode;
	if (from + n < (1 << 24))
		return 0;
	errno = ENOSPC;
	return -1;
}

void
stage_fill(const char *path, char content[PROP_SIZE])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t len = strlen(name);

	for (size_t i = 0; i < PROP_SIZE; i++)
		content[i] = name[i % len];
}

static int
open_directory(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CLAIM(fd != -1);
	return fd;
}

static void
make_secret(void)
{
	int fd = openat(top, "outside/f", O_WRONLY | O_CREAT | O_EXCL, 0644);

	CLAIM(fd != -1 && __real_write(fd, "SECRET", 6) == 6);
	CLAIM(close(fd) == 0);
}

void
stage_open(void)
{
	const char *base = getenv("TMPDIR");

	(void)snprintf(root_path, sizeof(root_path), "%s/scratch.XXXXXX",
	    base != NULL ? base : "/tmp");
	CLAIM(mkdtemp(root_path) != NULL);
	top = open_directory(AT_FDCWD, root_path);
	(void)umask(022);
	CLAIM(mkdirat(top, "root", 0755) == 0);
	CLAIM(mkdirat(top, "outside", 0755) == 0);
	make_secret();
	memcpy(root_path + strlen(root_path), "/root", sizeof("/root"));
	stage.root = open_directory(top, "root");
	for (size_t i = 0; i < COUNT(watched); i++)
		CLAIM(fstatat(top, watched[i].path, &watched[i].st, 0) == 0);
	wrap.read = read_any;
	wrap.write = write_any;
	wrap.writev = write_parts;
	wrap.sendfile = send_file;
	wrap.fallocate = reserve_any;
	wrap.pread = read_at;
	wrap.pwrite = write_at;
}

static void
make_prop(struct prop *prop)
{
	char content[PROP_SIZE];
	struct stat st;
	int fd;

	if (prop->link != NULL)
		CLAIM(symlinkat(prop->link, stage.root, prop->path) == 0);
	else if (prop->dir)
		CLAIM(mkdirat(stage.root, prop->path, prop->mode) == 0);
	else {
		fd = openat(stage.root, prop->path, O_WRONLY | O_CREAT | O_EXCL,
		    prop->mode);
		stage_fill(prop->path, content);
		CLAIM(fd != -1);
		CLAIM(__real_write(fd, content, PROP_SIZE) == PROP_SIZE);
		CLAIM(close(fd) == 0);
	}
	CLAIM(fstatat(stage.root, prop->path, &st, AT_SYMLINK_NOFOLLOW) == 0);
	prop->changed = st.st_ctim;
}

void
stage_make(struct prop *props, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (props[i].changed.tv_sec == 0)
			make_prop(&props[i]);
}

void
stage_take(struct input *in)
{
	stage.faults = take_byte(in);
	stage.seed = take_byte(in);
	stage.after = take_byte(in);
	for (size_t i = 0; i < COUNT(chosen); i++)
		chosen[i] = options[take_byte(in) % COUNT(options)];
	stage.file_bytes = 0;
	stage.in_sent = stage.out_len = 0;
}

bool
stage_begin(void)
{
	struct policy *p = &stage.policy;
	struct trouble error;
	const char *why;

	policy_init(p);
	for (size_t i = 0; i < COUNT(chosen); i++)
		CLAIM(config_set(p, chosen[i], &error) == 0);
	if ((stage.faults & PIPELINES) != 0)
		CLAIM(config_set(p, "Pipelining=yes", &error) == 0);
	if (policy_complete(p, &why) != 0)
		return false;
	open_before = open_descriptors();
	stage.audit = (struct audit){ .fd = AUDIT, .format = p->audit_format };
	wire_init(&stage.wire, PEER_IN, PEER_OUT, 0, 0);
	report_init(&stage.report, &stage.wire, &stage.audit);
	CLAIM(tree_open(&stage.tree, root_path, p->symlinks == SYMLINKS_FOLLOW,
		  false) == 0);
	stage.session = (struct session){ .request = &stage.request,
		.policy = p,
		.account = "account",
		.umask = 022,
		.wire = &stage.wire,
		.tree = &stage.tree,
		.report = &stage.report };
	return true;
}

void
stage_end(void)
{
	tree_close(&stage.tree);
}

void
stage_check(void)
{
	struct stat st;

	for (size_t i = 0; i < COUNT(watched); i++) {
		const struct stat *was = &watched[i].st;

		CLAIM(fstatat(top, watched[i].path, &st, 0) == 0);
		CLAIM(st.st_ctim.tv_sec == was->st_ctim.tv_sec &&
		    st.st_ctim.tv_nsec == was->st_ctim.tv_nsec);
		CLAIM(st.st_ino == was->st_ino && st.st_size == was->st_size);
	}
	CLAIM(open_descriptors() == open_before); /* all were closed */
}

size_t
stage_taken(void)
{
	return stage.in_sent - (stage.wire.to - stage.wire.from);
}

int
stage_message(size_t *at)
{
	const char *s = stage.out + *at, *newline;
	size_t left = stage.out_len - *at, n;

	if (left == 0)
		return -1;
	if (*s == '\0') {
		++*at;
		return 0;
	}
	CLAIM(*s == '\1' || *s == '\2');
	newline = memchr(s, '\n', left);
	if (newline == NULL && (stage.faults & FAULT_DEAF) != 0) {
		*at += left;
		return -1;
	}
	CLAIM(newline != NULL);
	n = (size_t)(newline - s) + 1;
	CLAIM(n <= MESSAGE_MAX && n > 6 && memcmp(s + 1, "scp: ", 5) == 0);
	CLAIM(is_printable(s + 1, n - 2));
	*at += n;
	return *s;
}
