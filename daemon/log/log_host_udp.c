/*
 * Hosts by UDP. Arrived is what no error came back for in a while. An ICMP error quotes its datagram, so what was
 * refused is known, and is sent again with all behind it. Then one line is a probe, ever more seldom,
 * until nothing comes back for it. A host that is silent, or behind a filter that drops, cannot be told
 * from one that listens: nobody can.
 *
 * An error that quotes no line which is out is stale, or anybody's: it changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "log/log_host_internal.h"

#define GRACE_MS   4000 /* ARP gives up after 3 s, and says so then */
#define QUOTED_MAX LOG_RFC5424_MAX

static struct host *host_at(struct log_hosts *all, const struct endpoint *e)
{
	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i];
		struct endpoint at = host_place(h);

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
		size_t whole = (size_t)host_form(h, *at, line, sizeof(line));

		if (len <= whole && !memcmp(line, quoted, len))
			return true;
	}
	return false;
}

/* Forming what is out again costs; who sends errors without end gets no more of it than this. */
static const struct pace_class searching = {.burst = 8, .refill_ms = 125};

/* An error for a line that is not out: had to go for want of room, before it was known to have arrived? */
static bool was_let_go_early(struct host *h)
{
	if (h->early == 0)
		return false;
	h->early--;
	if (h->phase == HOST_UP) { /* a probe is counted already */
		h->sent_total -= h->sent_total > 0;
		h->dropped++;
		h->lost++;
	}
	return true;
}

/* Which lines an error is about: `at` is the first; those before it have arrived. */
static bool concerns(struct host *h, const uint8_t *quoted, size_t len, size_t *at)
{
	*at = h->old; /* it may not say which: those that are out for a short time */
	return len == 0 ||
	       (pace_take(&h->searches, loop_now(h->all->loop)) && quoted_line(h, quoted, len, at));
}

/* Errors that come while the host is down belong to lines that are taken back already. */
static void refused(struct host *h, int err, const uint8_t *quoted, size_t len)
{
	size_t at;

	if (h->phase != HOST_UP && h->phase != HOST_PROBING)
		return;
	if (concerns(h, quoted, len, &at)) {
		while (at-- > 0)
			host_let_go(h);
		host_take_back(h);
	} else if (!was_let_go_early(h)) {
		return;
	}
	host_go_down(h, err, NULL);
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
	struct endpoint dst = host_place(h);
	struct addr src = host_source(h);
	int rc = -EAGAIN;

	for (int n = 0; n < 2 && h->sent < h->spool.count; n++) {
		int len = host_form(h, h->sent, line, sizeof(line));

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
bool host_udp_flush(struct host *h, size_t most)
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
			host_go_down(h, -rc, NULL);
			return false;
		}
		h->sent++;
		h->sent_total++;
		if (!loop_timer_armed(&h->timer))
			loop_timer_set(&h->timer, GRACE_MS);
	}
	return h->phase == HOST_UP && h->sent < h->spool.count;
}

void host_udp_due(struct host *h)
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
			host_come_up(h);
		/* fall through */
	default:
		while (h->old > 0)
			host_let_go(h);
		h->old = h->sent;
		h->early = 0;
		if (h->sent > 0)
			loop_timer_set(&h->timer, GRACE_MS);
	}
	hosts_flush_soon(h->all);
}

void hosts_udp_readable(void *arg, int events)
{
	struct log_hosts *all = arg;

	(void)events;
	read_errors(all);
	for (size_t f = 0; f < LOG_FAMILIES; f++)
		log_udp_discard(&all->sockets, f);
}

void host_udp_start(struct host *h)
{
	h->phase = HOST_UP;
	pace_init(&h->searches, &searching, loop_now(h->all->loop));
}
