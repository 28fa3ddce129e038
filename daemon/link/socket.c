/*
 * link/socket: one rtnetlink socket for events and dumps, so that both come in the kernel's order.
 * Messages that were lost (ENOBUFS), an interrupted or silent dump and short memory end in another
 * dump, 200 ms later at the earliest. Nothing is polled.
 */
#include <errno.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>

#include "base/alloc.h"
#include "base/error.h"
#include "link/link_internal.h"
#include "net/netlink.h"

#define BUFFER	   (4 << 20)
#define RESYNC_MS  200
#define TIMEOUT_MS 5000

/* The means over five minutes: a sample each 5 s for the first 256 interfaces, seldomer for more. */
#define SAMPLE_MS	  5000
#define SAMPLE_INTERFACES 256

/* FIGURES: the interfaces once more, for their counters; nothing is taken for gone by it. */
enum dump_state { DUMP_NONE, DUMP_LINKS, DUMP_ADDRS, DUMP_FIGURES };

static void resync_later(struct link *l)
{
	l->dirty = true; /* also for who takes the timer meanwhile */
	if (l->dump == DUMP_NONE && !loop_timer_armed(&l->timer))
		loop_timer_set(&l->timer, RESYNC_MS);
}

static int dump_send(struct link *l, enum dump_state state)
{
	struct nl_msg *msg = link_wire_dump(state == DUMP_ADDRS);
	int err = msg ? netlink_send(l->nl, msg, &l->seq) : -ENOMEM;

	nlmsg_free(msg);
	l->dump = state;
	loop_timer_set(&l->timer, TIMEOUT_MS);
	return err;
}

static void figures_end(struct link *l);

/* The next dump for those who want figures, if any do and no other runs. */
static void figures_begin(struct link *l)
{
	if (l->dump != DUMP_NONE || !link_waiters_begin(l))
		return;
	if (dump_send(l, DUMP_FIGURES) < 0)
		figures_end(l);
}

/* Whether it was whole or not: older figures are better than a client that waits for ever. */
static void figures_end(struct link *l)
{
	l->dump = DUMP_NONE;
	loop_timer_stop(&l->timer);
	if (l->dirty)
		resync_later(l);
	link_waiters_end(l, false);
	figures_begin(l);
}

static void dump_end(struct link *l, bool whole)
{
	l->dump = DUMP_NONE;
	loop_timer_stop(&l->timer);
	l->dirty = l->dirty || !whole;
	link_table_dump_end(l);
	if (l->dirty)
		resync_later(l);
	figures_begin(l);
}

static void dump_begin(struct link *l)
{
	link_table_dump_begin(l);
	if (dump_send(l, DUMP_LINKS) < 0)
		dump_end(l, false);
}

/* Either a dump is asked for, or the one that runs does not end. */
static void on_timer(void *arg)
{
	struct link *l = arg;

	if (l->dump == DUMP_FIGURES)
		figures_end(l);
	else if (l->dump != DUMP_NONE)
		dump_end(l, false);
	else
		dump_begin(l);
}

static void sampled(void *arg)
{
	struct link *l = arg;

	link_table_sample(l, loop_now(l->loop));
}

static void on_sample(void *arg)
{
	struct link *l = arg;

	loop_timer_set(&l->sample, SAMPLE_MS * (1 + l->count / SAMPLE_INTERFACES));
	link_refresh(l, sampled, l);
}

static void on_event(void *ctx, const struct link_wire_event *ev)
{
	link_table_event(ctx, ev);
}

static void on_message(void *ctx, const struct nlmsghdr *h)
{
	struct link *l = ctx;

	link_wire_parse(h, h->nlmsg_len, on_event, l);
	if (l->dirty)
		resync_later(l);
}

static void on_done(void *ctx, uint32_t seq, int error)
{
	struct link *l = ctx;

	if (l->dump == DUMP_NONE || seq != l->seq)
		return;
	if (l->dump == DUMP_FIGURES)
		figures_end(l);
	else if (error < 0 || l->dump == DUMP_ADDRS)
		dump_end(l, error == 0);
	else if (dump_send(l, DUMP_ADDRS) < 0)
		dump_end(l, false);
}

/* A dump has no acknowledgement but its end: this is a refusal. */
static void on_ack(void *ctx, uint32_t seq, int error, const char *text)
{
	(void)text;
	on_done(ctx, seq, error);
}

static void on_overrun(void *ctx)
{
	resync_later(ctx);
}

static const struct netlink_ops ops = {
	.message = on_message,
	.ack = on_ack,
	.done = on_done,
	.overrun = on_overrun,
};

static int open_socket(struct link *l, struct loop *loop)
{
	const struct netlink_config config = {
		.protocol = NETLINK_ROUTE, .receive_bytes = BUFFER, .name = "link events"};
	const unsigned int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};
	struct error why = {0};
	int err = 0;

	l->nl = netlink_open(loop, &config, &ops, l, &why);
	if (!l->nl)
		return why.code;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && err == 0; i++)
		err = netlink_join(l->nl, groups[i]);
	return err;
}

struct link *link_new(struct loop *loop, struct log *log)
{
	struct link *l = link_table_new(loop, log);
	int err;

	if (!l)
		return NULL;
	l->ask_hardware = link_ask_driver;
	loop_timer_init(&l->timer, loop, "link resync", on_timer, l);
	loop_timer_init(&l->sample, loop, "link rates", on_sample, l);
	err = open_socket(l, loop);
	if (err < 0) {
		link_free(l);
		errno = -err;
		return NULL;
	}
	dump_begin(l);
	loop_timer_set(&l->sample, SAMPLE_MS);
	return l;
}

static void no_socket(void *arg)
{
	link_waiters_end(arg, true);
}

void link_refresh(struct link *l, void (*done)(void *arg), void *arg)
{
	struct link_waiter *w = alloc_zero(sizeof(*w));

	if (!w) {
		done(arg);
		return;
	}
	*w = (struct link_waiter){.done = done, .arg = arg};
	list_append(&l->waiters, &w->node);
	if (l->nl)
		figures_begin(l);
	else if (loop_defer(l->loop, l, "link figures", no_socket, l))
		no_socket(l);
}

void link_free(struct link *l)
{
	if (!l)
		return;
	loop_timer_stop(&l->timer);
	loop_timer_stop(&l->sample);
	netlink_close(l->nl);
	l->nl = NULL;
	link_table_free(l);
}
