/*
 * Hosts that the log goes to. Each has a spool: lines wait there from the moment they are said until they are
 * believed to have arrived, with the time stamps that they were said with, in order. It is bounded; what has to
 * go is the oldest, is counted, and is said when the host is back.
 *
 * UDP: arrived is what no error came back for in a while. An ICMP error quotes its datagram, so what was
 * refused is known, and is sent again with all behind it. Then one line is a probe, ever more seldom,
 * until nothing comes back for it. A host that is silent, or behind a filter that drops, cannot be told
 * from one that listens: nobody can.
 * TCP (RFC 6587, octet counting): arrived is what the other end's TCP confirmed. What was not is sent again over
 * the next connection, so a line may come twice.
 *
 * Driven by log.c (push), by the end of the turn (a deferred flush), by timers and the sockets. A line is put into
 * its form when it is sent, always the same for the same line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/random.h"
#include "base/text.h"
#include "log/log_host.h"
#include "log/log_internal.h"

#define BURST	   64	 /* lines to a host in one turn … */
#define MORE_MS	   20	 /* … and the time to the next: a collector's socket has a small buffer */
#define GRACE_MS   4000	 /* ARP gives up after 3 s, and says so then */
#define SETTLE_MS  1000	 /* TCP: how often confirmed lines are let go */
#define CONNECT_MS 10000 /* a connection that is not made by then is given up */
#define NEWS_BYTES 4096	 /* of the messages that say that a host is back */
#define FRAME_MAX  (LOG_RFC5424_MAX + 16)
#define QUOTED_MAX LOG_RFC5424_MAX

static const struct backoff_class tries = {
	.first_ms = 1000, .max_ms = 30000, .factor_percent = 200, .jitter_percent = 20};

enum host_phase {
	HOST_UP,
	HOST_DOWN,	 /* waiting for the next try */
	HOST_PROBING,	 /* UDP: one line is out */
	HOST_CONNECTING, /* TCP */
};

struct host {
	struct log_hosts *all;
	bool used;
	struct log_host_config cfg;
	enum host_phase phase;
	struct log_ring spool;
	uint64_t number; /* of the spool's first line */
	size_t sent;	 /* so many of the spool are out, not settled yet */
	size_t old;	 /* of them out at the tick before: UDP */
	unsigned int tries;
	bool failure_said;
	struct loop_timer timer;
	char origin[66], error[80];
	uint64_t sent_total, dropped, lost; /* lost: since it went down */
	/* TCP */
	int fd;
	struct loop_fd *lf;
	char frame[FRAME_MAX];
	size_t frame_len, frame_at; /* of the last line that is out: how much is written */
	uint64_t bytes;		    /* of all frames that are out */
};

struct log_hosts {
	struct log *log;
	struct loop *loop;
	struct log_sockets sockets;
	struct loop_fd *udp_lf[LOG_FAMILIES];
	bool open, flush_due;
	struct loop_timer more;
	uint8_t facility;
	enum log_origin origin;
	char origin_string[65], hostname[65], source[16];
	log_source *find;
	void *find_ctx;
	struct host hosts[LOG_HOSTS_MAX];
};

static void flush_soon(struct log_hosts *all);

/* ---- one line --------------------------------------------------------------------------------------- */

static struct endpoint place(const struct host *h)
{
	return (struct endpoint){h->cfg.addr, h->cfg.port};
}

static struct addr source(const struct host *h)
{
	const struct log_hosts *all = h->all;
	struct addr a = {0};

	if (all->source[0] && all->find &&
	    !all->find(all->find_ctx, all->source, h->cfg.addr.family, &a))
		a = (struct addr){0};
	return a;
}

/* Not while lines are out: their form must stay. */
static void renew_origin(struct host *h)
{
	const struct log_hosts *all = h->all;
	struct endpoint dst = place(h);
	char text[ADDR_STRLEN] = "";
	struct addr a;

	if (h->sent > 0)
		return;
	if (all->origin == LOG_ORIGIN_HOSTNAME) {
		text_copy(h->origin, sizeof(h->origin), all->hostname);
	} else if (all->origin == LOG_ORIGIN_STRING) {
		text_copy(h->origin, sizeof(h->origin), all->origin_string);
	} else {
		a = source(h);
		if (all->origin == LOG_ORIGIN_IP &&
		    (addr_is_set(&a) || log_udp_source(&all->sockets, &dst, &a)))
			addr_format(&a, text);
		text_copy(h->origin, sizeof(h->origin), text);
	}
}

static int form(const struct host *h, size_t i, char *buf, size_t size)
{
	const struct log_style s = {.facility = h->all->facility,
				    .rfc5424 = h->cfg.rfc5424,
				    .origin = h->origin,
				    .hostname = h->all->hostname,
				    .pid = (long)getpid(),
				    .number = h->number + i};

	return log_host_format(&log_ring_at(&h->spool, i)->record, &s, buf, size);
}

/* RFC 6587, 3.4.1: "LENGTH LINE". */
static size_t form_frame(const struct host *h, size_t i, char *buf, size_t size)
{
	char line[LOG_RFC5424_MAX + 1];
	int len = form(h, i, line, sizeof(line));
	int head = snprintf(buf, size, "%d ", len);

	memcpy(buf + head, line, (size_t)len);
	return (size_t)(head + len);
}

static size_t frame_length(const struct host *h, size_t i)
{
	char frame[FRAME_MAX];

	return form_frame(h, i, frame, sizeof(frame));
}

/* ---- the spool -------------------------------------------------------------------------------------- */

/* The first line, which is out, has arrived as far as anybody knows. */
static void let_go(struct host *h)
{
	if (h->cfg.tcp)
		h->bytes -= frame_length(h, 0);
	h->sent--;
	h->old -= h->old > 0;
	log_ring_drop_first(&h->spool);
	h->number++;
}

/* The first line goes, there is no room. A probe that is out is as good as lost. */
static void make_room(struct host *h)
{
	if (h->sent > 0 && h->phase == HOST_UP) {
		let_go(h);
		return;
	}
	h->sent_total -= h->sent > 0;
	h->sent -= h->sent > 0;
	h->dropped++;
	h->lost++;
	log_ring_drop_first(&h->spool);
	h->number++;
}

void log_hosts_push(struct log_hosts *all, struct log_entry *e)
{
	bool any = false;

	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i];

		if (!h->used)
			continue;
		any = true;
		if (log_ring_push(&h->spool, e)) {
			h->dropped++;
			h->lost++;
			continue;
		}
		while (h->spool.bytes > LOG_SPOOL_BYTES)
			make_room(h);
	}
	if (any)
		flush_soon(all);
}

/* What is out comes back. */
static void take_back(struct host *h)
{
	h->sent_total -= h->sent;
	h->sent = 0;
	h->old = 0;
	h->bytes = 0;
	h->frame_len = h->frame_at = 0;
}

/* ---- up and down ------------------------------------------------------------------------------------ */

static void say(const struct host *h, const char *what, const char *why)
{
	char text[ADDR_STRLEN];

	log_say(h->all->log, NULL, HOST_STARTSTOP, addr_format(&h->cfg.addr, text), h->cfg.port,
		what, why);
}

static void go_down(struct host *h, int err, const char *why)
{
	char text[ADDR_STRLEN];

	snprintf(h->error, sizeof(h->error), "%s", why ? why : strerror(err));
	h->phase = HOST_DOWN;
	loop_timer_set(&h->timer, backoff_delay_ms(&tries, h->tries++, random_u32()));
	if (h->failure_said)
		return;
	h->failure_said = true;
	log_say(h->all->log, NULL, HOST_FAIL, addr_format(&h->cfg.addr, text), h->cfg.port,
		h->error);
}

static void come_up(struct host *h)
{
	char text[ADDR_STRLEN];

	h->phase = HOST_UP;
	h->tries = 0;
	if (!h->failure_said)
		return;
	h->failure_said = false;
	/* For what is said now: who has to make room for it is in the sum that is said. */
	while (h->spool.bytes > LOG_SPOOL_BYTES - NEWS_BYTES)
		make_room(h);
	say(h, "started", "reconnection");
	if (h->lost > 0)
		log_say(h->all->log, NULL, HOST_LOST, (unsigned long long)h->lost,
			addr_format(&h->cfg.addr, text), h->cfg.port);
	h->lost = 0;
}

/* ---- UDP -------------------------------------------------------------------------------------------- */

static struct host *host_at(struct log_hosts *all, const struct endpoint *e)
{
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i];
		struct endpoint at = place(h);

		if (h->used && !h->cfg.tcp && endpoint_equal(&at, e))
			return h;
	}
	return NULL;
}

/* Which line an error quotes; false: none that is out. */
static bool quoted_line(const struct host *h, const uint8_t *quoted, size_t len, size_t *at)
{
	char line[LOG_RFC5424_MAX + 1];

	for (*at = 0; *at < h->sent; (*at)++) {
		size_t whole = (size_t)form(h, *at, line, sizeof(line));

		if (len <= whole && !memcmp(line, quoted, len))
			return true;
	}
	return false;
}

/* Errors that come while the host is down belong to lines that are taken back already. */
static void refused(struct host *h, int err, const uint8_t *quoted, size_t len)
{
	size_t at = 0;

	if (h->phase != HOST_UP && h->phase != HOST_PROBING)
		return;
	if (len == 0)
		at = h->old; /* it does not say which: those that are out for a short time */
	if (len == 0 || quoted_line(h, quoted, len, &at)) {
		while (at-- > 0) /* nothing came back for those before it */
			let_go(h);
		take_back(h);
	} else if (h->phase == HOST_UP) { /* settled too early; a probe is counted already */
		h->sent_total -= h->sent_total > 0;
		h->dropped++;
		h->lost++;
	}
	go_down(h, err, NULL);
}

static void read_errors(struct log_hosts *all)
{
	uint8_t quoted[QUOTED_MAX];
	struct endpoint dst;

	for (size_t f = 0; f < LOG_FAMILIES; f++) {
		size_t len = sizeof(quoted);
		int err;

		while ((err = log_udp_error(&all->sockets, f, &dst, quoted, &len))) {
			struct host *h = host_at(all, &dst);

			if (h && err != EMSGSIZE)
				refused(h, err, quoted, len);
			len = sizeof(quoted);
		}
	}
}

/* The next line. -EALREADY: the host went down meanwhile. */
static int send_line(struct host *h)
{
	char line[LOG_RFC5424_MAX + 1];
	struct endpoint dst = place(h);
	struct addr src = source(h);
	int rc = -EAGAIN;

	for (int n = 0; n < 2 && h->sent < h->spool.count; n++) {
		int len = form(h, h->sent, line, sizeof(line));

		rc = log_udp_send(&h->all->sockets, &src, &dst, line, (size_t)len);
		if (!rc || rc == -EAGAIN)
			break;
		/* The socket tells of errors of earlier datagrams too: each to its own, and again. */
		read_errors(h->all);
		if (h->phase == HOST_DOWN)
			return -EALREADY;
	}
	return rc;
}

/* True: there is more to send. */
static bool flush_udp(struct host *h, size_t most)
{
	if (h->phase == HOST_PROBING)
		most = h->sent == 0;
	for (size_t n = 0; n < most && h->sent < h->spool.count; n++) {
		int rc = send_line(h);

		if (rc == -EALREADY)
			return false;
		if (rc == -EAGAIN || rc == -ENOBUFS)
			return true;
		if (rc) {
			go_down(h, -rc, NULL);
			return false;
		}
		h->sent++;
		h->sent_total++;
		if (!loop_timer_armed(&h->timer))
			loop_timer_set(&h->timer, GRACE_MS);
	}
	return h->phase == HOST_UP && h->sent < h->spool.count;
}

static void udp_due(struct host *h)
{
	read_errors(h->all);
	switch (h->phase) {
	case HOST_DOWN:
		if (loop_timer_armed(&h->timer)) /* just now */
			return;
		h->phase = HOST_PROBING;
		break;
	case HOST_PROBING:
		if (h->sent > 0)
			come_up(h);
		/* fall through */
	default:
		while (h->old > 0)
			let_go(h);
		h->old = h->sent;
		if (h->sent > 0)
			loop_timer_set(&h->timer, GRACE_MS);
	}
	flush_soon(h->all);
}

static void udp_readable(void *arg, int events)
{
	struct log_hosts *all = arg;

	(void)events;
	read_errors(all);
	for (size_t f = 0; f < LOG_FAMILIES; f++)
		log_udp_discard(&all->sockets, f);
}

/* ---- TCP -------------------------------------------------------------------------------------------- */

static void let_confirmed_go(struct host *h)
{
	uint64_t away = log_tcp_unacked(h->fd) + h->frame_len - h->frame_at;
	uint64_t confirmed = h->bytes > away ? h->bytes - away : 0;

	while (h->sent > 0) {
		size_t len = frame_length(h, 0);

		if (len > confirmed)
			return;
		confirmed -= len;
		let_go(h);
	}
}

static void disconnected(struct host *h, int err, const char *why)
{
	if (h->phase == HOST_UP)
		let_confirmed_go(h);
	take_back(h);
	loop_fd_del(h->lf);
	h->lf = NULL;
	if (h->fd >= 0)
		log_tcp_reset(h->fd);
	go_down(h, err, why);
}

/* 1: all of it; 0: the socket takes no more now; -errno. */
static int write_frame(struct host *h)
{
	while (h->frame_at < h->frame_len) {
		ssize_t n = send(h->fd, h->frame + h->frame_at, h->frame_len - h->frame_at,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		h->frame_at += (size_t)n;
	}
	return 1;
}

static bool flush_tcp(struct host *h, size_t most)
{
	int rc = write_frame(h);

	for (size_t n = 0; rc == 1 && n < most && h->sent < h->spool.count; n++) {
		h->frame_len = form_frame(h, h->sent, h->frame, sizeof(h->frame));
		h->frame_at = 0;
		h->bytes += h->frame_len;
		h->sent++;
		h->sent_total++;
		rc = write_frame(h);
	}
	if (rc < 0) {
		disconnected(h, -rc, NULL);
		return false;
	}
	loop_fd_want(h->lf, rc == 0 ? LOOP_READ | LOOP_WRITE : LOOP_READ);
	if (h->sent > 0 && !loop_timer_armed(&h->timer))
		loop_timer_set(&h->timer, SETTLE_MS);
	return rc == 1 && h->sent < h->spool.count;
}

static void connected(struct host *h)
{
	int rc = log_tcp_error(h->fd);

	loop_timer_stop(&h->timer);
	if (rc) {
		disconnected(h, -rc, NULL);
		return;
	}
	renew_origin(h);
	come_up(h);
	loop_fd_want(h->lf, LOOP_READ);
	flush_soon(h->all);
}

/* A collector has nothing to say; what comes is its end, or thrown away. */
static void tcp_ready(void *arg, int events)
{
	struct host *h = arg;
	char buf[256];
	ssize_t n;

	if (h->phase == HOST_CONNECTING) {
		connected(h);
		return;
	}
	if (events & LOOP_READ) {
		n = recv(h->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN)) {
			disconnected(h, n ? errno : 0, n ? NULL : "closed by the host");
			return;
		}
	}
	if (events & LOOP_WRITE)
		flush_soon(h->all);
}

static void connect_now(struct host *h)
{
	struct endpoint dst = place(h);
	struct addr src = source(h);
	int rc;

	if (h->fd < 0)
		h->fd = log_tcp_take(&h->all->sockets, h->cfg.addr.family);
	rc = h->fd < 0 ? h->fd : log_tcp_connect(h->fd, &src, &dst);
	if (!rc || rc == -EINPROGRESS) {
		h->phase = HOST_CONNECTING;
		h->lf = loop_fd_add(h->all->loop, h->fd, LOOP_WRITE, "log host", tcp_ready, h);
		rc = h->lf ? loop_timer_set(&h->timer, CONNECT_MS) : -ENOMEM;
	}
	if (rc)
		disconnected(h, -rc, NULL);
}

static void tcp_due(struct host *h)
{
	switch (h->phase) {
	case HOST_DOWN:
		connect_now(h);
		break;
	case HOST_CONNECTING:
		disconnected(h, ETIMEDOUT, NULL);
		break;
	default:
		let_confirmed_go(h);
		if (h->sent > 0)
			loop_timer_set(&h->timer, SETTLE_MS);
	}
}

/* ---- all -------------------------------------------------------------------------------------------- */

static void due(void *arg)
{
	struct host *h = arg;

	if (h->cfg.tcp)
		tcp_due(h);
	else
		udp_due(h);
}

static bool flush_host(struct host *h, size_t most)
{
	if (!h->used || h->phase == HOST_DOWN || h->phase == HOST_CONNECTING)
		return false;
	renew_origin(h);
	return h->cfg.tcp ? flush_tcp(h, most) : flush_udp(h, most);
}

static void flush(void *arg)
{
	struct log_hosts *all = arg;
	bool more = false;

	all->flush_due = false;
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++)
		more = flush_host(&all->hosts[i], BURST) || more;
	if (more && !loop_timer_armed(&all->more))
		loop_timer_set(&all->more, MORE_MS);
}

static void flush_soon(struct log_hosts *all)
{
	if (!all->flush_due)
		all->flush_due = !loop_defer(all->loop, all, "log hosts", flush, all);
}

static void start(struct host *h)
{
	h->phase = h->cfg.tcp ? HOST_DOWN : HOST_UP;
	h->number = 1;
	h->fd = -1;
	loop_timer_init(&h->timer, h->all->loop, "log host", due, h);
	if (h->cfg.tcp)
		loop_timer_set(&h->timer, 0);
}

static void end(struct host *h)
{
	loop_timer_stop(&h->timer);
	loop_fd_del(h->lf);
	if (h->fd >= 0)
		log_tcp_give(&h->all->sockets, h->fd);
	log_ring_free(&h->spool);
	*h = (struct host){.all = h->all, .fd = -1};
}

/* Lines will have another form: what is out must be known by none any more. */
static void settle(struct host *h)
{
	while (h->sent > 0) {
		log_ring_drop_first(&h->spool);
		h->number++;
		h->sent--;
	}
	h->old = 0;
	h->bytes = 0;
}

static bool same_place(const struct log_host_config *a, const struct log_host_config *b)
{
	return addr_equal(&a->addr, &b->addr) && a->port == b->port && a->tcp == b->tcp;
}

static void end_those_not_in(struct log_hosts *all, const struct log_config *c)
{
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i], gone = *h;
		bool stays = false;

		for (size_t n = 0; n < c->host_count; n++)
			stays |= same_place(&h->cfg, &c->hosts[n]);
		if (!h->used || stays)
			continue;
		flush_host(h, SIZE_MAX);
		end(h);
		say(&gone, "stopped", "CLI initiated");
	}
}

static void begin(struct log_hosts *all, const struct log_host_config *cfg)
{
	struct host *place_for = NULL;

	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i];

		if (h->used && same_place(&h->cfg, cfg)) {
			if (h->cfg.rfc5424 != cfg->rfc5424)
				settle(h);
			h->cfg.rfc5424 = cfg->rfc5424;
			return;
		}
		if (!h->used && !place_for)
			place_for = h;
	}
	if (!place_for)
		return;
	*place_for = (struct host){.all = all, .used = true, .cfg = *cfg};
	start(place_for);
	say(place_for, "started", "CLI initiated");
}

void log_hosts_configure(struct log_hosts *all, const struct log_config *c)
{
	end_those_not_in(all, c);
	if (all->facility != c->facility || all->origin != c->origin ||
	    strcmp(all->origin_string, c->origin_string) != 0 ||
	    strcmp(all->hostname, c->hostname) != 0 || strcmp(all->source, c->source) != 0)
		for (size_t i = 0; i < LOG_HOSTS_MAX; i++)
			settle(&all->hosts[i]);
	all->facility = c->facility;
	all->origin = c->origin;
	text_copy(all->origin_string, sizeof(all->origin_string), c->origin_string);
	text_copy(all->hostname, sizeof(all->hostname), c->hostname);
	text_copy(all->source, sizeof(all->source), c->source);
	for (size_t i = 0; i < c->host_count; i++)
		begin(all, &c->hosts[i]);
}

void log_hosts_source(struct log_hosts *all, log_source *find, void *ctx)
{
	all->find = find;
	all->find_ctx = ctx;
}

struct log_hosts *log_hosts_new(struct log *log, struct loop *loop)
{
	struct log_hosts *all = alloc_zero(sizeof(*all));

	if (!all)
		return NULL;
	all->log = log;
	all->loop = loop;
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++)
		all->hosts[i] = (struct host){.all = all, .fd = -1};
	for (size_t f = 0; f < LOG_FAMILIES; f++) {
		all->sockets.udp[f] = all->sockets.ask[f] = -1;
		for (size_t i = 0; i < LOG_TCP_MAX; i++)
			all->sockets.tcp[f][i] = -1;
	}
	loop_timer_init(&all->more, loop, "log hosts", flush, all);
	return all;
}

int log_hosts_open(struct log_hosts *all)
{
	int rc = log_sockets_open(&all->sockets);

	for (size_t f = 0; !rc && f < LOG_FAMILIES; f++)
		if (all->sockets.udp[f] >= 0)
			all->udp_lf[f] = loop_fd_add(all->loop, all->sockets.udp[f], LOOP_READ,
						     "log hosts", udp_readable, all);
	return rc;
}

void log_hosts_free(struct log_hosts *all)
{
	if (!all)
		return;
	loop_defer_cancel(all->loop, all);
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		flush_host(&all->hosts[i], SIZE_MAX);
		end(&all->hosts[i]);
	}
	loop_defer_cancel(all->loop, all);
	loop_timer_stop(&all->more);
	for (size_t f = 0; f < LOG_FAMILIES; f++)
		loop_fd_del(all->udp_lf[f]);
	log_sockets_close(&all->sockets);
	alloc_free(all);
}

bool log_hosts_get(const struct log_hosts *all, size_t index, struct log_host_state *out)
{
	static const char *const names[] = {
		[HOST_UP] = "up",
		[HOST_DOWN] = "down",
		[HOST_PROBING] = "down",
		[HOST_CONNECTING] = "connecting",
	};

	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		const struct host *h = &all->hosts[i];

		if (!h->used || index--)
			continue;
		*out = (struct log_host_state){.cfg = h->cfg,
					       .state = names[h->phase],
					       .error = h->error,
					       .sent = h->sent_total,
					       .dropped = h->dropped,
					       .waiting = h->spool.count - h->sent};
		return true;
	}
	return false;
}
