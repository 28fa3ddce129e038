/*
 * Hosts that the log goes to. Each has a spool: lines wait there from the moment they are said until they are
 * believed to have arrived, with the time stamps that they were said with, in order. It is bounded; what has to
 * go is the oldest, is counted, and is said when the host is back.
 *
 * Driven by log.c (push), by the end of the turn (a deferred flush), by timers and the sockets.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "log/log_host_internal.h"

#define BURST	64 /* lines to a host in one turn … */
#define MORE_MS 20 /* … and the time to the next: a collector's socket has a small buffer */

static void due(void *arg)
{
	struct host *h = arg;

	if (h->cfg.tcp)
		host_tcp_due(h);
	else
		host_udp_due(h);
}

static bool flush_host(struct host *h, size_t most)
{
	if (!h->used || h->phase == HOST_DOWN || h->phase == HOST_CONNECTING)
		return false;
	host_renew_origin(h);
	return h->cfg.tcp ? host_tcp_flush(h, most) : host_udp_flush(h, most);
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

void hosts_flush_soon(struct log_hosts *all)
{
	if (!all->flush_due)
		all->flush_due = !loop_defer(all->loop, all, "log hosts", flush, all);
}

static void start(struct host *h)
{
	h->number = 1;
	h->fd = -1;
	loop_timer_init(&h->timer, h->all->loop, "log host", due, h);
	if (h->cfg.tcp) {
		h->phase = HOST_DOWN;
		loop_timer_set(&h->timer, 0);
	} else {
		host_udp_start(h);
	}
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
		host_say(&gone, "stopped", "CLI initiated");
	}
}

static void begin(struct log_hosts *all, const struct log_host_config *cfg)
{
	struct host *place_for = NULL;

	for (size_t i = 0; i < LOG_HOSTS_MAX; i++) {
		struct host *h = &all->hosts[i];

		if (h->used && same_place(&h->cfg, cfg)) {
			if (h->cfg.rfc5424 != cfg->rfc5424)
				host_settle(h);
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
	host_say(place_for, "started", "CLI initiated");
}

void log_hosts_configure(struct log_hosts *all, const struct log_config *c)
{
	end_those_not_in(all, c);
	if (all->facility != c->facility || all->origin != c->origin ||
	    strcmp(all->origin_string, c->origin_string) != 0 ||
	    strcmp(all->hostname, c->hostname) != 0 || strcmp(all->source, c->source) != 0)
		for (size_t i = 0; i < LOG_HOSTS_MAX; i++)
			host_settle(&all->hosts[i]);
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
						     "log hosts", hosts_udp_readable, all);
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
