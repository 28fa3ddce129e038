#include "cli/telnet/wire.h"

#include <errno.h>
#include <libtelnet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/telnet/guard.h"

#define READ_MAX   4096
#define TTYPE_IS   0
#define TTYPE_SEND "\1"

struct wire {
	int fd;
	telnet_t *telnet;
	struct guard guard;
	unsigned char keys[READ_MAX]; /* that nobody has taken yet */
	size_t key_at, key_end;
	struct text out; /* to be sent, from out_at on */
	size_t out_at;
	size_t allowance; /* bytes that may still be read */
	unsigned int rows, columns;
	bool resized, after_cr, gone, asked_type;
	char type[WIRE_TYPE_MAX];
};

static const telnet_telopt_t options[] = {
	{TELNET_TELOPT_ECHO, TELNET_WILL, TELNET_DONT},
	{TELNET_TELOPT_SGA, TELNET_WILL, TELNET_DO},
	{TELNET_TELOPT_NAWS, TELNET_WONT, TELNET_DO},
	{TELNET_TELOPT_TTYPE, TELNET_WONT, TELNET_DO},
	{-1, 0, 0},
};

/* ---- from the client ------------------------------------------------------------------------------- */

static void add_key(struct wire *w, unsigned char key)
{
	if (w->key_end < sizeof(w->keys))
		w->keys[w->key_end++] = key;
}

/* The end of a line is CR LF or CR NUL; NUL itself is no key. */
static void take_data(struct wire *w, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool after_cr = w->after_cr;

		w->after_cr = data[i] == '\r';
		if (data[i] && !(after_cr && data[i] == '\n'))
			add_key(w, (unsigned char)data[i]);
	}
}

static void take_command(struct wire *w, unsigned char command)
{
	static const struct {
		unsigned char command, key;
	} keys[] = {
		{TELNET_IP, '\003'}, {TELNET_ABORT, '\003'}, {TELNET_BREAK, WIRE_BREAK},
		{TELNET_EC, 0x7f},   {TELNET_EL, '\025'},    {TELNET_SUSP, '\032'},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].command == command)
			add_key(w, keys[i].key);
	if (command == TELNET_AYT)
		wire_say(w, "[Yes]");
}

static void take_window(struct wire *w, const unsigned char *b, size_t len)
{
	if (len != 4)
		return;
	w->columns = (unsigned int)b[0] << 8 | b[1];
	w->rows = (unsigned int)b[2] << 8 | b[3];
	w->resized = true;
}

static void take_type(struct wire *w, const unsigned char *b, size_t len)
{
	size_t n = 0;

	if (len < 1 || b[0] != TTYPE_IS)
		return;
	for (size_t i = 1; i < len && n + 1 < sizeof(w->type); i++)
		if (b[i] > ' ' && b[i] < 0x7f)
			w->type[n++] = (char)b[i];
	w->type[n] = '\0';
}

static void take_sub(struct wire *w, const struct subnegotiate_t *sub)
{
	const unsigned char *bytes = (const unsigned char *)sub->buffer;

	if (sub->telopt == TELNET_TELOPT_NAWS)
		take_window(w, bytes, sub->size);
	else if (sub->telopt == TELNET_TELOPT_TTYPE)
		take_type(w, bytes, sub->size);
}

/* Once: who switches the option on and off is not asked each time. */
static void ask_type(struct wire *w, unsigned char option)
{
	if (option != TELNET_TELOPT_TTYPE || w->asked_type)
		return;
	w->asked_type = true;
	telnet_subnegotiation(w->telnet, TELNET_TELOPT_TTYPE, TTYPE_SEND, 1);
}

static void queue(struct wire *w, const char *data, size_t len)
{
	if (w->out.len - w->out_at + len > WIRE_WAITING)
		w->gone = true; /* asks, and does not read the answers */
	else
		text_add_n(&w->out, data, len);
	w->gone |= w->out.failed;
}

static void on_event(telnet_t *telnet, telnet_event_t *e, void *ctx)
{
	struct wire *w = ctx;

	(void)telnet;
	switch (e->type) {
	case TELNET_EV_DATA:
		take_data(w, e->data.buffer, e->data.size);
		break;
	case TELNET_EV_SEND:
		queue(w, e->data.buffer, e->data.size);
		break;
	case TELNET_EV_IAC:
		take_command(w, e->iac.cmd);
		break;
	case TELNET_EV_WILL:
		ask_type(w, e->neg.telopt);
		break;
	case TELNET_EV_SUBNEGOTIATION:
		take_sub(w, &e->sub);
		break;
	case TELNET_EV_ERROR:
	case TELNET_EV_COMPRESS:
		w->gone = true;
		break;
	default:
		break;
	}
}

void wire_feed(struct wire *w, const unsigned char *bytes, size_t len)
{
	unsigned char passed[READ_MAX + GUARD_MORE_MAX];
	size_t n;

	if (w->key_at == w->key_end)
		w->key_at = w->key_end = 0;
	n = guard_feed(&w->guard, bytes, len < READ_MAX ? len : READ_MAX, passed);
	telnet_recv(w->telnet, (const char *)passed, n);
	secret_wipe(passed, n);
}

static void read_once(struct wire *w)
{
	size_t most = w->allowance < READ_MAX ? w->allowance : READ_MAX;
	unsigned char bytes[READ_MAX];
	ssize_t n;

	if (most == 0) {
		w->gone = true;
		return;
	}
	n = recv(w->fd, bytes, most, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		w->gone = true;
		return;
	}
	if (w->allowance != SIZE_MAX)
		w->allowance -= (size_t)n;
	wire_feed(w, bytes, (size_t)n);
	secret_wipe(bytes, (size_t)n);
	wire_flush(w); /* answers to options */
}

int wire_key(struct wire *w)
{
	unsigned char key;

	if (w->key_at == w->key_end && !w->gone && w->fd >= 0)
		read_once(w);
	if (w->key_at == w->key_end)
		return w->gone ? WIRE_GONE : WIRE_EMPTY;
	key = w->keys[w->key_at];
	w->keys[w->key_at++] = 0; /* may be of a password */
	return key;
}

/* ---- to the client --------------------------------------------------------------------------------- */

void wire_text(struct wire *w, const char *text, size_t len)
{
	while (len > 0 && !w->gone) {
		const char *cr = memchr(text, '\r', len);
		size_t n = cr ? (size_t)(cr - text) + 1 : len;

		telnet_send(w->telnet, text, n);
		if (cr && (n == len || text[n] != '\n'))
			queue(w, "\0", 1);
		text += n;
		len -= n;
	}
}

void wire_say(struct wire *w, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n')
			queue(w, "\r\n", 2);
		else if ((c >= ' ' || c == '\t') && c != 0x7f)
			telnet_send(w->telnet, text, 1);
	}
}

int wire_flush(struct wire *w)
{
	while (w->out_at < w->out.len && !w->gone && w->fd >= 0) {
		ssize_t n = send(w->fd, w->out.data + w->out_at, w->out.len - w->out_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return -EAGAIN;
		w->gone |= n < 0;
		w->out_at += n > 0 ? (size_t)n : 0;
	}
	if (w->gone)
		return -EPIPE;
	if (w->out_at == w->out.len)
		w->out_at = w->out.len = 0;
	return 0;
}

const char *wire_queued(const struct wire *w, size_t *len)
{
	*len = w->out.len - w->out_at;
	return text_str(&w->out) + w->out_at;
}

const char *wire_type(const struct wire *w)
{
	return w->type;
}

/* ---- as a terminal --------------------------------------------------------------------------------- */

static ssize_t terminal_read(void *ctx, unsigned char *buf, size_t len)
{
	size_t n = 0;
	int key = WIRE_EMPTY;

	while (n < len && (key = wire_key(ctx)) >= 0)
		buf[n++] = (unsigned char)key;
	if (n > 0)
		return (ssize_t)n;
	return key == WIRE_GONE ? 0 : -EAGAIN;
}

static bool terminal_waits(void *ctx)
{
	const struct wire *w = ctx;

	return !w->gone && w->out_at < w->out.len;
}

/* What was taken before goes first, so that no more than one piece ever waits. */
static ssize_t terminal_write(void *ctx, const char *data, size_t len)
{
	struct wire *w = ctx;
	int rc = wire_flush(w);

	if (rc)
		return rc == -EAGAIN ? 0 : rc;
	if (len > READ_MAX)
		len = READ_MAX;
	wire_text(w, data, len);
	rc = wire_flush(w);
	return rc && rc != -EAGAIN ? rc : (ssize_t)len;
}

static bool terminal_size(void *ctx, unsigned int *rows, unsigned int *columns)
{
	struct wire *w = ctx;
	bool resized = w->resized;

	w->resized = false;
	*rows = w->rows;
	*columns = w->columns;
	return resized;
}

const struct term_wire wire_terminal = {
	.read = terminal_read,
	.write = terminal_write,
	.waits = terminal_waits,
	.size = terminal_size,
};

/* ---- life ------------------------------------------------------------------------------------------ */

struct wire *wire_new(int fd)
{
	struct wire *w = alloc_zero(sizeof(*w));

	if (!w)
		return NULL;
	w->fd = fd;
	w->allowance = WIRE_STRANGER;
	text_init(&w->out, 0);
	w->telnet = telnet_init(options, on_event, 0, w);
	if (w->telnet)
		return w;
	alloc_free(w);
	return NULL;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	telnet_free(w->telnet);
	text_free(&w->out);
	secret_wipe(w->keys, sizeof(w->keys));
	alloc_free(w);
}

void wire_greet(struct wire *w)
{
	telnet_negotiate(w->telnet, TELNET_WILL, TELNET_TELOPT_ECHO);
	telnet_negotiate(w->telnet, TELNET_WILL, TELNET_TELOPT_SGA);
	telnet_negotiate(w->telnet, TELNET_DO, TELNET_TELOPT_NAWS);
	telnet_negotiate(w->telnet, TELNET_DO, TELNET_TELOPT_TTYPE);
}

void wire_trust(struct wire *w)
{
	w->allowance = SIZE_MAX;
}
