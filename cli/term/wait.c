#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/term/term_internal.h"

#define FLUSH_AT 4096
#define TICK_MS	 60000 /* nothing waits for ever without looking around */
#define LAST_MS	 2000  /* for the last words, when the daemon has gone */

static void hang_up(struct term *t)
{
	t->gone = true;
	t->s->enough = true;
}

/* Ctrl-^ ends what runs, and what was typed before it is forgotten. */
static void look_for_break(struct term *t)
{
	if (!t->running || t->front == TERM_FRONT_MORE)
		return;
	for (size_t i = t->key_end; i > t->key_at; i--) {
		if (t->keys[i - 1] != TERM_BREAK && t->keys[i - 1] != '\003')
			continue;
		t->key_at = i;
		t->s->enough = true;
		return;
	}
}

static size_t key_room(struct term *t)
{
	if (t->key_at > 0) {
		memmove(t->keys, t->keys + t->key_at, t->key_end - t->key_at);
		t->key_end -= t->key_at;
		t->key_at = 0;
	}
	return TERM_KEYS_MAX - t->key_end;
}

static void resize(struct term *t)
{
	struct cli_terminal *set = &t->s->terminal;

	if (!set->width_set && t->tty.columns > 0)
		set->width = t->tty.columns;
	if (!set->length_set && t->tty.rows > 0)
		set->length = t->tty.rows;
	if (t->front == TERM_FRONT_LINE)
		editor_hide(t->editor);
	editor_resize(t->editor, set->width);
	if (t->front == TERM_FRONT_LINE)
		editor_show(t->editor);
}

static void read_keys(struct term *t)
{
	size_t room = key_room(t);
	ssize_t n = tty_read(&t->tty, t->keys + t->key_end, room);

	if (tty_resized(&t->tty))
		resize(t);
	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n <= 0) {
		hang_up(t);
		return;
	}
	t->key_end += (size_t)n;
	t->active_ms = clock_boot_ms();
	look_for_break(t);
}

static void take_signal(struct term *t)
{
	enum tty_signal signal = tty_signal(&t->tty);

	if (signal == TTY_HANGUP)
		hang_up(t);
	else if (signal == TTY_RESIZED)
		resize(t);
}

static void take_frames(struct term *t)
{
	struct error err = {0};

	if (client_pump(t->c, &err) < 0)
		t->lost = true;
}

/* How long poll() may wait: a person who types nothing for too long has left. */
static int patience(const struct term *t, uint64_t now, int timeout_ms)
{
	uint64_t most = timeout_ms < 0 || timeout_ms > TICK_MS ? TICK_MS : (uint64_t)timeout_ms;
	uint64_t until;

	if (t->o.exec_timeout_s == 0 || t->running)
		return (int)most;
	until = t->active_ms + t->o.exec_timeout_s * 1000ull;
	if (until <= now)
		return 0;
	return (int)(until - now < most ? until - now : most);
}

static void look_at_clock(struct term *t)
{
	uint64_t now = clock_boot_ms();

	if (t->s->terminal.timestamp)
		load_sample(&t->load, now);
	if (t->o.exec_timeout_s == 0 || t->running ||
	    now < t->active_ms + t->o.exec_timeout_s * 1000ull)
		return;
	t->timed_out = true;
	hang_up(t);
}

/* Descriptors in this order; those of no interest are -1, which poll() leaves out. */
enum { KEYS, SIGNALS, DAEMON, OWN, COUNT };

/* Waits for one thing beside all that always matters. own: its descriptor, or NULL. 0: something
 * came; -ETIMEDOUT. */
static int wait_for(struct term *t, struct pollfd *own, int timeout_ms)
{
	bool is_daemon = own && own->fd == client_fd(t->c);
	struct pollfd p[COUNT] = {
		[KEYS] = {.fd = key_room(t) > 0 && !t->gone ? t->tty.in : -1, .events = POLLIN},
		[SIGNALS] = {.fd = t->tty.signals, .events = POLLIN},
		[DAEMON] = {.fd = is_daemon || t->lost ? -1 : client_fd(t->c), .events = POLLIN},
		[OWN] = {.fd = -1},
	};
	int wait_ms = patience(t, clock_boot_ms(), timeout_ms), n;

	if (t->s->terminal.timestamp && wait_ms > LOAD_EVERY_MS)
		wait_ms = LOAD_EVERY_MS;
	if (own)
		p[OWN] = *own;
	n = poll(p, COUNT, wait_ms);
	if (own)
		own->revents = n > 0 ? p[OWN].revents : 0;
	if (n > 0 && p[SIGNALS].revents)
		take_signal(t);
	if (n > 0 && p[KEYS].revents)
		read_keys(t);
	if (n > 0 && p[DAEMON].revents)
		take_frames(t);
	look_at_clock(t);
	return n > 0 ? 0 : -ETIMEDOUT;
}

/* Without the daemon nothing can end a session whose person does not read: not for long. */
static void wait_to_write(struct term *t, struct pollfd *out)
{
	uint64_t until = clock_boot_ms() + LAST_MS;

	while (wait_for(t, out, t->lost ? LAST_MS : -1) == 0 && t->lost && !out->revents)
		if (clock_boot_ms() >= until)
			break;
	if (t->lost && !out->revents)
		hang_up(t);
}

/* Everything to the terminal. Who does not read is waited for as long as for who does not type, and
 * the daemon is not kept waiting meanwhile. */
void term_flush(struct term *t)
{
	struct pollfd out = {.fd = t->tty.out, .events = POLLOUT};
	size_t at = 0;
	bool was_running = t->running;

	t->running = false;
	while ((at < t->out.len || tty_waits(&t->tty)) && !t->gone) {
		ssize_t n = 0;

		wait_for(t, &out, tty_is_free(&t->tty) ? 0 : -1);
		if (out.revents || tty_is_free(&t->tty))
			n = tty_write(&t->tty, t->out.data + at, t->out.len - at);
		if (n < 0)
			hang_up(t);
		else
			at += (size_t)n;
		if (n == 0 && (at < t->out.len || tty_waits(&t->tty)))
			wait_to_write(t, &out);
	}
	t->running = was_running;
	look_for_break(t);
	t->out.len = 0;
}

int term_key(struct term *t, bool wait)
{
	while (t->key_at == t->key_end) {
		if (!wait && !t->gone)
			return EDITOR_EMPTY;
		term_flush(t);
		if (t->gone || t->lost)
			return EDITOR_GONE;
		if (t->key_at < t->key_end)
			break; /* came while we wrote */
		if (term_show_log(t))
			continue; /* came while we wrote, too */
		wait_for(t, NULL, -1);
		term_show_log(t);
	}
	return t->gone ? EDITOR_GONE : t->keys[t->key_at++];
}

int term_client_wait(void *ctx, int fd, short events, int timeout_ms)
{
	struct pollfd own = {.fd = fd, .events = events};
	uint64_t until = clock_boot_ms() + (uint64_t)timeout_ms;
	struct term *t = ctx;

	term_show_log(t);
	term_flush(t);
	if (client_has_answer(t->c))
		return 0; /* came while we wrote */
	for (;;) {
		uint64_t now = clock_boot_ms();

		if (t->s->enough)
			return -ECANCELED;
		wait_for(t, &own, now < until ? (int)(until - now) : 0);
		if (t->s->enough)
			return -ECANCELED;
		if (own.revents)
			return 0;
		if (now >= until)
			return -ETIMEDOUT;
	}
}
