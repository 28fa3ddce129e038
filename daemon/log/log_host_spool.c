/*
 * What waits for a host, the form it is sent in, and whether the host is up. A line is put into its form when it
 * is sent, always the same for the same line.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "base/text.h"
#include "log/log_host_internal.h"

#define NEWS_BYTES 4096 /* of the messages that say that a host is back */

static const struct backoff_class tries = {
	.first_ms = 1000, .max_ms = 30000, .factor_percent = 200, .jitter_percent = 20};

struct endpoint host_place(const struct host *h)
{
	return (struct endpoint){h->cfg.addr, h->cfg.port};
}

struct addr host_source(const struct host *h)
{
	const struct log_hosts *all = h->all;
	struct addr a = {0};

	if (all->source[0] && all->find &&
	    !all->find(all->find_ctx, all->source, h->cfg.addr.family, &a))
		a = (struct addr){0};
	return a;
}

/* Not while lines are out: their form must stay. */
void host_renew_origin(struct host *h)
{
	const struct log_hosts *all = h->all;
	struct endpoint dst = host_place(h);
	char text[ADDR_STRLEN] = "";
	struct addr a;

	if (h->sent > 0)
		return;
	if (all->origin == LOG_ORIGIN_HOSTNAME) {
		text_copy(h->origin, sizeof(h->origin), all->hostname);
	} else if (all->origin == LOG_ORIGIN_STRING) {
		text_copy(h->origin, sizeof(h->origin), all->origin_string);
	} else {
		a = host_source(h);
		if (all->origin == LOG_ORIGIN_IP &&
		    (addr_is_set(&a) || log_udp_source(&all->sockets, &dst, &a)))
			addr_format(&a, text);
		text_copy(h->origin, sizeof(h->origin), text);
	}
}

int host_form(const struct host *h, size_t i, char *buf, size_t size)
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
size_t host_form_frame(const struct host *h, size_t i, char *buf, size_t size)
{
	char line[LOG_RFC5424_MAX + 1];
	int len = host_form(h, i, line, sizeof(line));
	int head = snprintf(buf, size, "%d ", len);

	memcpy(buf + head, line, (size_t)len);
	return (size_t)(head + len);
}

size_t host_frame_length(const struct host *h, size_t i)
{
	char frame[LOG_FRAME_MAX];

	return host_form_frame(h, i, frame, sizeof(frame));
}

/* The first line, which is out, has arrived as far as anybody knows. */
void host_let_go(struct host *h)
{
	if (h->cfg.tcp)
		h->bytes -= host_frame_length(h, 0);
	h->sent--;
	h->old -= h->old > 0;
	log_ring_drop_first(&h->spool);
	h->number++;
}

/* The first line goes, there is no room. A probe that is out is as good as lost. */
static void make_room(struct host *h)
{
	h->early += h->sent > 0;
	if (h->sent > 0 && h->phase == HOST_UP) {
		host_let_go(h);
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
		hosts_flush_soon(all);
}

/* What is out comes back. */
void host_take_back(struct host *h)
{
	h->sent_total -= h->sent;
	h->sent = 0;
	h->old = 0;
	h->bytes = 0;
	h->frame_len = h->frame_at = 0;
}

/* Lines will have another form: what is out must be known by none any more. */
void host_settle(struct host *h)
{
	while (h->sent > 0) {
		log_ring_drop_first(&h->spool);
		h->number++;
		h->sent--;
	}
	h->old = 0;
	h->bytes = 0;
}

void host_say(const struct host *h, const char *what, const char *why)
{
	char text[ADDR_STRLEN];

	log_say(h->all->log, NULL, HOST_STARTSTOP, addr_format(&h->cfg.addr, text), h->cfg.port,
		what, why);
}

void host_go_down(struct host *h, int err, const char *why)
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

void host_come_up(struct host *h)
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
	host_say(h, "started", "reconnection");
	if (h->lost > 0)
		log_say(h->all->log, NULL, HOST_LOST, (unsigned long long)h->lost,
			addr_format(&h->cfg.addr, text), h->cfg.port);
	h->lost = 0;
}
