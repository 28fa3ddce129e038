#include "cli/term/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli/term/term.h"

/* Least that a write to a descriptor which blocks may be of, after poll() said that it takes some. */
#define BLOCKING_CHUNK 256

static void read_size(struct tty *t)
{
	struct winsize w = {0};

	if (ioctl(t->out, TIOCGWINSZ, &w) == 0) {
		t->rows = w.ws_row;
		t->columns = w.ws_col;
	}
}

/* Descriptors of our own: O_NONBLOCK on the given ones would be the parent's too. Where that is not
 * allowed (the terminal is somebody else's), the given ones are used as they are. */
static void reopen(struct tty *t, int in, int out)
{
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", in);
	t->in = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", out);
	t->out = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	t->reopened = t->in >= 0 && t->out >= 0;
	if (t->reopened)
		return;
	if (t->in >= 0)
		close(t->in);
	if (t->out >= 0)
		close(t->out);
	t->in = in;
	t->out = out;
}

static int take_signals(struct tty *t)
{
	static const int ours[] = {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGWINCH};
	static const int ignored[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGPIPE};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		sigaddset(&set, ours[i]);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, &t->blocked_before) < 0)
		return -errno;
	t->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return t->signals < 0 ? -errno : 0;
}

/* Keys come as they are; no key is a signal; a line end that we send is a line end. */
static int make_raw(struct tty *t)
{
	struct termios raw;

	if (tcgetattr(t->in, &t->before) < 0)
		return -errno;
	raw = t->before;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return tcsetattr(t->in, TCSADRAIN, &raw) < 0 ? -errno : 0;
}

int tty_open(struct tty *t, int in, int out, struct error *err)
{
	int rc;

	*t = (struct tty){.signals = -1};
	reopen(t, in, out);
	rc = take_signals(t);
	if (!rc)
		rc = make_raw(t);
	if (rc) {
		if (t->signals >= 0)
			close(t->signals);
		if (t->reopened) {
			close(t->in);
			close(t->out);
		}
		return error_set(err, rc, "the terminal cannot be used: %s", strerror(-rc));
	}
	read_size(t);
	return 0;
}

int tty_open_wire(struct tty *t, int in, int out, const struct term_wire *wire, void *ctx,
		  struct error *err)
{
	int rc;

	*t = (struct tty){.signals = -1, .in = in, .out = out, .wire = wire, .wire_ctx = ctx};
	rc = take_signals(t);
	return rc ? error_set(err, rc, "the connection cannot be used: %s", strerror(-rc)) : 0;
}

void tty_close(struct tty *t)
{
	if (!t->wire)
		tcsetattr(t->in, TCSANOW, &t->before); /* not waiting for who does not read */
	sigprocmask(SIG_SETMASK, &t->blocked_before, NULL);
	close(t->signals);
	if (t->reopened) {
		close(t->in);
		close(t->out);
	}
}

enum tty_signal tty_signal(struct tty *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return TTY_NOTHING;
	switch (info.ssi_signo) {
	case SIGWINCH:
		if (!t->wire)
			read_size(t);
		return TTY_RESIZED;
	case SIGHUP:
	case SIGTERM:
		return TTY_HANGUP;
	default:
		return TTY_NOTHING; /* ^C and ^\ are keys here; sent by others they mean nothing */
	}
}

ssize_t tty_read(struct tty *t, unsigned char *buf, size_t len)
{
	ssize_t n = t->wire ? t->wire->read(t->wire_ctx, buf, len) : read(t->in, buf, len);

	return n < 0 && !t->wire ? -errno : n;
}

bool tty_resized(struct tty *t)
{
	return t->wire && t->wire->size(t->wire_ctx, &t->rows, &t->columns);
}

bool tty_waits(const struct tty *t)
{
	return t->wire && t->wire->waits(t->wire_ctx);
}

bool tty_is_free(const struct tty *t)
{
	return t->wire || t->reopened;
}

ssize_t tty_write(const struct tty *t, const char *data, size_t len)
{
	ssize_t n;

	if (t->wire)
		return t->wire->write(t->wire_ctx, data, len);
	n = write(t->out, data, t->reopened || len < BLOCKING_CHUNK ? len : BLOCKING_CHUNK);

	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? 0 : -errno;
}
