/*
 * What the peer is told.  Answers wait in a buffer until no whole request is
 * left to serve, and leave in the order of the requests.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/date.h"
#include "base/err.h"
#include "policy/config.h"
#include "sftp/sftp.h"

#define TEXT_MAX     256
#define LONGNAME_MAX 384

/* Half a year: older times are shown with their year. */
#define RECENT (INT64_C(183) * 86400)

int
sftp_lose(struct sftp *x, int err)
{
	if (x->ended == 0)
		x->ended = err;
	return err;
}

void
sftp_record(struct sftp *x, const struct event *ev, int err)
{
	(void)sftp_lose(x,
	    err == ERR_AUDIT ? err :
			       report_record(x->s->report, ev, false, err));
}

int
sftp_flush(struct sftp *x)
{
	const size_t n = x->out.len;
	int e;

	x->out.len = 0;
	if (n == 0)
		return 0;
	e = wire_write(x->s->wire, x->out.p, n);
	/* a peer that no longer reads may still be sending: as in scp -t */
	return e == 0 || e == ERR_DEAF ? 0 : sftp_lose(x, e);
}

int
sftp_room(struct sftp *x, size_t n)
{
	return packet_room(&x->out) < n ? sftp_flush(x) : 0;
}

size_t
sftp_begin(struct sftp *x, enum packet_type type)
{
	const size_t at = packet_begin(&x->out, type);

	packet_put_u32(&x->out, x->id);
	x->answered = true;
	return at;
}

void
sftp_end(struct sftp *x, size_t at)
{
	packet_end(&x->out, at);
}

/* The codes of errors; any other is FX_FAILURE. */
static enum packet_status
status_of(const struct sftp *x, int err)
{
	switch (err) {
	case 0:
		return FX_OK;
	case ERR_EOF:
		return FX_EOF;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
		return FX_NO_SUCH_FILE;
	case ERR_DOTFILES:
	case ERR_STARTUP:
	case ERR_ALLOW_NAMES:
	case ERR_DENY_NAMES:
		/* what the policy hides is not there */
		return x->writing ? FX_PERMISSION_DENIED : FX_NO_SUCH_FILE;
	case EACCES:
	case EPERM:
	case ERR_READ_ONLY:
	case ERR_WRITE_ONLY:
	case ERR_MODIFY:
	case ERR_LINKS:
	case ERR_LINK:
	case ERR_PATH:
	case ERR_ESCAPE:
	case ERR_LOG:
		return FX_PERMISSION_DENIED;
	case ERR_PACKET:
		return FX_BAD_MESSAGE;
	case ERR_UNSUPPORTED:
		return FX_OP_UNSUPPORTED;
	default:
		return FX_FAILURE;
	}
}

/* Words for people; the keyword that refused it is named. */
static size_t
describe(int err, char out[TEXT_MAX])
{
	const char *words = err == 0 ? "Success" :
	    err == ERR_EOF	     ? "End of file" :
				       err_words(err_info(err));
	const enum policy_key key = policy_cause(err);
	int n;

	if (key == KEY_COUNT || strchr(words, '(') != NULL)
		n = snprintf(out, TEXT_MAX, "%s", words);
	else
		n = snprintf(out, TEXT_MAX, "%s (%s)", words, config_name(key));
	return n < TEXT_MAX ? (size_t)n : TEXT_MAX - 1; /* fits */
}

void
sftp_status(struct sftp *x, int err)
{
	char text[TEXT_MAX];
	size_t at, n = describe(err, text);

	if (sftp_room(x, PACKET_HEAD_MAX + TEXT_MAX) != 0)
		return;
	at = sftp_begin(x, FXP_STATUS);
	packet_put_u32(&x->out, status_of(x, err));
	packet_put_string(&x->out, text, n);
	packet_put_string(&x->out, "", 0); /* the language */
	sftp_end(x, at);
}

void
sftp_answer_handle(struct sftp *x, const struct handle *h)
{
	char name[HANDLE_SIZE];
	size_t at;

	if (sftp_room(x, PACKET_HEAD_MAX) != 0)
		return;
	handle_name(h, name);
	at = sftp_begin(x, FXP_HANDLE);
	packet_put_string(&x->out, name, sizeof(name));
	sftp_end(x, at);
}

static mode_t
kind_bits(enum kind kind)
{
	switch (kind) {
	case KIND_FILE:
		return S_IFREG;
	case KIND_DIR:
		return S_IFDIR;
	case KIND_LINK:
		return S_IFLNK;
	case KIND_DEVICE:
		return S_IFCHR;
	case KIND_OTHER:
		break;
	}
	return S_IFIFO; /* or a socket, or a disk: nothing to copy */
}

/* Times are numbers of 32 bits there. */
static uint32_t
time_to_send(int64_t t)
{
	return t < 0 ? 0 : t > UINT32_MAX ? UINT32_MAX : (uint32_t)t;
}

static void
put_info(struct sftp *x, const struct info *info)
{
	const struct packet_attrs a = {
		.flags =
		    ATTR_SIZE | ATTR_UIDGID | ATTR_PERMISSIONS | ATTR_ACMODTIME,
		.size = (uint64_t)info->size,
		.uid = info->uid,
		.gid = info->gid,
		.mode = info->mode | kind_bits(info->kind),
		.atime = time_to_send(info->atime),
		.mtime = time_to_send(info->mtime),
	};

	packet_put_attrs(&x->out, &a);
}

void
sftp_answer_info(struct sftp *x, const struct info *info)
{
	size_t at;

	if (sftp_room(x, PACKET_HEAD_MAX) != 0)
		return;
	at = sftp_begin(x, FXP_ATTRS);
	put_info(x, info);
	sftp_end(x, at);
}

/* "Nov 27 19:24" or "Nov 27  2025", in UTC: no time zone file can be read. */
static void
format_date(char *out, size_t cap, int64_t t)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct timespec now = { 0, 0 };
	int year, month, day;

	if (t < 0)
		t = 0;
	(void)clock_gettime(CLOCK_REALTIME, &now); /* can't fail */
	date_of_days(t / 86400, &year, &month, &day);
	month = (month - 1) * 3;
	if (t > now.tv_sec - RECENT && t <= now.tv_sec + 86400)
		(void)snprintf(out, cap, "%.3s %2d %02d:%02d", &months[month],
		    day, (int)(t / 3600 % 24), (int)(t / 60 % 60));
	else
		(void)snprintf(
		    out, cap, "%.3s %2d %5d", &months[month], day, year);
}

/* A line of ls -l, with numbers for owner and group. */
static size_t
format_long(char out[LONGNAME_MAX], const char *name, const struct info *info)
{
	static const char kinds[] = { '-', 'd', 'l', 'c', 'p' };
	static const char bits[] = "rwxrwxrwx";
	char mode[] = "----------", date[32];
	int n;

	mode[0] = kinds[info->kind];
	for (int i = 0; i < 9; i++)
		if ((info->mode >> (8 - i) & 1) != 0)
			mode[i + 1] = bits[i];
	if ((info->mode & S_ISUID) != 0)
		mode[3] = mode[3] == 'x' ? 's' : 'S';
	if ((info->mode & S_ISGID) != 0)
		mode[6] = mode[6] == 'x' ? 's' : 'S';
	if ((info->mode & S_ISVTX) != 0)
		mode[9] = mode[9] == 'x' ? 't' : 'T';
	format_date(date, sizeof(date), info->mtime);
	n = snprintf(out, LONGNAME_MAX, "%s %4lu %-8lu %-8lu %8lld %s %s", mode,
	    info->links, (unsigned long)info->uid, (unsigned long)info->gid,
	    (long long)info->size, date, name); /* fits */
	return n < LONGNAME_MAX ? (size_t)n : LONGNAME_MAX - 1;
}

void
sftp_put_entry(struct sftp *x, const char *name, const struct info *info)
{
	char line[LONGNAME_MAX];
	size_t n = format_long(line, name, info);

	packet_put_string(&x->out, name, strlen(name));
	packet_put_string(&x->out, line, n);
	put_info(x, info);
}
