/*
 * xfrm/netlink: the kernel's SAD and SPD over netlink.
 *
 * Three sockets. *Requests*: calls are queued, sent at the end of the turn many in one datagram,
 * and answered by acknowledgements with their sequence number. *Events*: multicast. *Dumps*: read
 * part by part, put into the mirror at once. The kernel sends an event before it acknowledges the
 * request that caused it, and answers a dump after the events of what was before: so events are
 * read first whenever one of the other two has something, and the mirror knows a change before the
 * caller hears of it. They are not net/netlink's, for three reasons: that order of reading, a
 * dump's parts limited to a few a turn, and one receive buffer that is locked, since keys come in
 * it. What may go wrong: the events' buffer overflows (ENOBUFS), a dump is interrupted or without
 * answer, memory is short, an acknowledgement is lost (5 s): each ends in a new dump, paced by a
 * timer. Buffers that held keys are wiped: the sent one after the send, received ones after
 * parsing.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"
#include "log/log.h"
#include "xfrm/netlink_internal.h"
#include "xfrm/uapi.h"

#define SEND_SIZE     32768
#define RECEIVE_SIZE  65536 /* a part of a dump is 32 KiB at the most (net/netlink/af_netlink.c) */
#define IN_FLIGHT_MAX 256   /* acknowledgements fit the receive buffer many times over */
#define SEND_MAX      32    /* calls a datagram: the kernel works them off inside the send */
#define READS_MAX     64    /* datagrams a turn */
#define DUMP_READS    8	    /* parts of a dump a turn, some 60 SAs each */
#define EVENT_BUFFER  (16 << 20)
#define REPLY_BUFFER  (1 << 20)
#define RESYNC_MS     200 /* least distance of a dump from what asked for it */

enum dump_state { DUMP_NONE, DUMP_SAS, DUMP_POLICIES };

struct socket {
	int fd;
	uint32_t port;
	struct loop_fd *lf;
};

struct netlink {
	struct xfrm x; /* first */
	struct socket requests, events, dumps;
	struct list queue, in_flight; /* calls: not sent; sent, the oldest first */
	struct table *by_seq;
	size_t flying;
	uint32_t seq, dump_seq;
	struct loop_timer send_timer, ack_timer, dump_timer;
	uint64_t timeout_ms; /* for an acknowledgement */
	bool sending;	     /* deferred */
	enum dump_state dump;
	bool lost_said; /* one message a dump */
	struct xfrm_author_cache authors;
	uint8_t *out, *in; /* locked; SEND_SIZE, RECEIVE_SIZE */
};

static struct netlink *netlink_of(struct xfrm *x)
{
	return list_entry(x, struct netlink, x);
}

/* ---- Sockets ---- */

static void buffer_set(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static int socket_open(struct socket *s, int receive_buffer)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK};
	socklen_t len = sizeof(sa);
	int on = 1;

	s->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
	if (s->fd < 0)
		return -errno;
	/* A refusal then comes without the request, which held keys. */
	setsockopt(s->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	buffer_set(s->fd, receive_buffer);
	if (bind(s->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	s->port = sa.nl_pid;
	return 0;
}

static void socket_close(struct socket *s)
{
	loop_fd_del(s->lf);
	if (s->fd >= 0)
		close(s->fd);
}

/* Without ACQUIRE where another engine has the policies: it hears of them itself. */
static int join(const struct socket *s, bool read_only)
{
	const int groups[] = {XFRMNLGRP_SA,	 XFRMNLGRP_POLICY,  XFRMNLGRP_EXPIRE,
			      XFRMNLGRP_MAPPING, XFRMNLGRP_MIGRATE, XFRMNLGRP_ACQUIRE};
	size_t count = sizeof(groups) / sizeof(groups[0]) - (read_only ? 1 : 0);

	for (size_t i = 0; i < count; i++)
		if (setsockopt(s->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

static int socket_send(const struct socket *s, struct view msg)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do {
		n = sendto(s->fd, msg.data, msg.len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == msg.len ? 0 : -EIO;
}

/*
 * One datagram, parsed and wiped. 1: something was read; 0: nothing there; -errno: -ENOBUFS when
 * the kernel dropped some, -EMSGSIZE when it was longer than any that the kernel sends.
 */
static int socket_read(struct netlink *n, const struct socket *s,
		       void (*fn)(void *ctx, const struct xfrm_wire_event *ev))
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {n->in, RECEIVE_SIZE};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len = recvmsg(s->fd, &msg, 0);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (from.nl_pid == 0)
		xfrm_wire_parse(n->in, (size_t)len, fn, n);
	secret_wipe(n->in, (size_t)len);
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : 1;
}

/* ---- Dumps ---- */

static void resync_later(struct netlink *n)
{
	if (!loop_timer_armed(&n->dump_timer))
		loop_timer_set(&n->dump_timer, RESYNC_MS);
}

static int dump_send(struct netlink *n, enum dump_state state)
{
	uint8_t buf[XFRM_WIRE_MAX];
	struct writer w = writer_new(buf, sizeof(buf));

	n->dump = state;
	n->dump_seq = ++n->seq;
	xfrm_wire_build_dump(&w, state == DUMP_POLICIES, n->dumps.port, n->dump_seq);
	return socket_send(&n->dumps, writer_done(&w));
}

static void dump_fail(struct netlink *n)
{
	n->dump = DUMP_NONE;
	n->x.dirty = true;
	xfrm_mirror_dump_end(&n->x);
	loop_timer_set(&n->dump_timer, RESYNC_MS);
}

static void dump_begin(struct netlink *n)
{
	loop_timer_stop(&n->dump_timer);
	n->lost_said = false;
	xfrm_mirror_dump_begin(&n->x);
	if (dump_send(n, DUMP_SAS) < 0)
		dump_fail(n);
	else
		loop_timer_set(&n->dump_timer, XFRM_TIMEOUT_MS);
}

/* Either a dump is asked for, or the one that runs has had no part for 5 s. */
static void on_dump_timer(void *arg)
{
	struct netlink *n = arg;

	if (n->dump != DUMP_NONE)
		dump_fail(n);
	else
		dump_begin(n);
}

static void netlink_resync(struct xfrm *x)
{
	struct netlink *n = netlink_of(x);

	if (n->dump == DUMP_NONE)
		resync_later(n);
	else
		x->dirty = true;
}

static void dump_end(struct netlink *n)
{
	n->dump = DUMP_NONE;
	loop_timer_stop(&n->dump_timer);
	xfrm_mirror_dump_end(&n->x);
	if (n->x.dirty)
		resync_later(n);
}

static void dump_part_done(struct netlink *n, int err)
{
	if (err < 0)
		dump_fail(n);
	else if (n->dump == DUMP_POLICIES)
		dump_end(n);
	else if (dump_send(n, DUMP_POLICIES) < 0)
		dump_fail(n);
}

static void on_dump_event(void *ctx, const struct xfrm_wire_event *ev)
{
	struct netlink *n = ctx;

	if (n->dump == DUMP_NONE || ev->seq != n->dump_seq)
		return;
	n->x.dirty = n->x.dirty || ev->interrupted;
	if (ev->kind == XFRM_WIRE_SA)
		xfrm_mirror_put(&n->x, &ev->sa, NULL);
	else if (ev->kind == XFRM_WIRE_POLICY)
		xfrm_mirror_policy_put(&n->x, &ev->policy, NULL);
	else if (ev->kind == XFRM_WIRE_DONE || ev->kind == XFRM_WIRE_ACK)
		dump_part_done(n, ev->err);
}

/* ---- Events ---- */

static void events_lost(struct netlink *n)
{
	if (!n->lost_said && n->x.log)
		log_say(n->x.log, NULL, RESYNC);
	n->lost_said = true;
	netlink_resync(&n->x);
}

static void on_sa_event(struct netlink *n, const struct xfrm_wire_event *ev,
			const struct xfrm_author *by)
{
	switch (ev->kind) {
	case XFRM_WIRE_SA:
		if (ev->update)
			xfrm_mirror_update(&n->x, &ev->sa, by);
		else
			xfrm_mirror_put(&n->x, &ev->sa, by);
		break;
	case XFRM_WIRE_SA_GONE:
		xfrm_mirror_gone(&n->x, &ev->sa.id, XFRM_GONE_DELETED, by);
		break;
	case XFRM_WIRE_SA_FLUSH:
		xfrm_mirror_flush(&n->x, ev->proto, by);
		break;
	case XFRM_WIRE_EXPIRE:
		if (ev->hard)
			xfrm_mirror_gone(&n->x, &ev->sa.id, ev->why, NULL);
		else
			xfrm_mirror_soft(&n->x, &ev->sa);
		break;
	default:
		break;
	}
}

static void on_event(void *ctx, const struct xfrm_wire_event *ev)
{
	struct netlink *n = ctx;
	struct xfrm_author by = xfrm_author_of(&n->authors, ev->pid, ev->seq, n->requests.port,
					       loop_now(n->x.loop), clock_wall_ms() / 1000);

	n->x.stats.events++;
	switch (ev->kind) {
	case XFRM_WIRE_POLICY:
		xfrm_mirror_policy_put(&n->x, &ev->policy, &by);
		break;
	case XFRM_WIRE_POLICY_GONE:
		xfrm_mirror_policy_gone(&n->x, &ev->policy, &by);
		break;
	case XFRM_WIRE_POLICY_FLUSH:
		xfrm_mirror_policy_flush(&n->x, &by);
		break;
	case XFRM_WIRE_ACQUIRE:
		xfrm_acquired(&n->x, &ev->sel, ev->reqid, ev->acquire_seq);
		break;
	case XFRM_WIRE_MAPPING:
		xfrm_mirror_mapping(&n->x, &ev->sa.id, &ev->from);
		break;
	case XFRM_WIRE_MIGRATE:
		netlink_resync(&n->x);
		break;
	default:
		on_sa_event(n, ev, &by);
	}
}

/* True: all that was there is read. */
static bool events_drain(struct netlink *n)
{
	int rc = 1;

	for (int i = 0; i < READS_MAX && rc != 0; i++) {
		rc = socket_read(n, &n->events, on_event);
		if (rc < 0)
			events_lost(n);
	}
	if (n->x.dirty && n->dump == DUMP_NONE)
		resync_later(n);
	return rc == 0;
}

static void on_events_ready(void *arg, int events)
{
	(void)events;
	events_drain(arg);
}

static void on_dumps_ready(void *arg, int events)
{
	struct netlink *n = arg;
	int rc = 1;

	(void)events;
	if (!events_drain(n))
		return;
	for (int i = 0; i < DUMP_READS && rc > 0; i++) {
		rc = socket_read(n, &n->dumps, on_dump_event);
		if (rc > 0 && n->dump != DUMP_NONE)
			loop_timer_set(&n->dump_timer, XFRM_TIMEOUT_MS);
	}
	if (rc < 0 && n->dump != DUMP_NONE)
		dump_fail(n);
}

/* ---- Requests ---- */

static bool has_seq(const struct table_node *node, const void *key)
{
	return table_entry(node, struct xfrm_call, by_seq)->seq == *(const uint32_t *)key;
}

static struct xfrm_call *call_of(const struct netlink *n, uint32_t seq)
{
	struct table_node *node =
		table_find(n->by_seq, hash_u32(seq, table_seed(n->by_seq)), has_seq, &seq);

	return node ? table_entry(node, struct xfrm_call, by_seq) : NULL;
}

static void ack_timer_set(struct netlink *n)
{
	uint64_t now = loop_now(n->x.loop), due;

	loop_timer_stop(&n->ack_timer);
	if (list_empty(&n->in_flight))
		return;
	due = list_entry(n->in_flight.next, struct xfrm_call, node)->sent_ms + n->timeout_ms;
	loop_timer_set(&n->ack_timer, due > now ? due - now : 0);
}

static void land(struct netlink *n, struct xfrm_call *call, int err)
{
	table_remove(n->by_seq, &call->by_seq);
	list_remove(&call->node);
	n->flying--;
	xfrm_call_finish(&n->x, call, err);
}

static void on_ack_timer(void *arg)
{
	struct netlink *n = arg;
	uint64_t now = loop_now(n->x.loop);

	while (!list_empty(&n->in_flight)) {
		struct xfrm_call *call = list_entry(n->in_flight.next, struct xfrm_call, node);

		if (call->sent_ms + n->timeout_ms > now)
			break;
		land(n, call, -ETIMEDOUT);
		netlink_resync(&n->x);
	}
	ack_timer_set(n);
}

/* Moves a call into the air, its message into the buffer. -EMSGSIZE: it does not fit this one. */
static int take_off(struct netlink *n, struct xfrm_call *call, struct writer *w)
{
	uint32_t hash;
	int err;

	call->seq = ++n->seq;
	hash = hash_u32(call->seq, table_seed(n->by_seq));
	err = table_insert(n->by_seq, &call->by_seq, hash);
	if (err < 0)
		return err;
	if (!xfrm_wire_build(w, call, n->requests.port, call->seq)) {
		table_remove(n->by_seq, &call->by_seq);
		return -EMSGSIZE;
	}
	list_remove(&call->node);
	call->sent_ms = loop_now(n->x.loop);
	list_append(&n->in_flight, &call->node);
	n->flying++;
	return 0;
}

/* Fills the buffer with what may be sent now. */
static void load(struct netlink *n, struct writer *w)
{
	for (int i = 0; i < SEND_MAX && n->flying < IN_FLIGHT_MAX && !list_empty(&n->queue); i++) {
		struct xfrm_call *call = list_entry(n->queue.next, struct xfrm_call, node);
		int err = take_off(n, call, w);

		if (err == -EMSGSIZE && w->len > 0)
			return;
		if (err == 0)
			continue;
		list_remove(&call->node);
		xfrm_call_finish(&n->x, call, err);
	}
}

/* The kernel took none of them: they are the last ones of those in flight. */
static void send_failed(struct netlink *n, uint32_t first_seq, int err)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &n->in_flight)
	{
		struct xfrm_call *call = list_entry(it, struct xfrm_call, node);

		if ((int32_t)(call->seq - first_seq) >= 0)
			land(n, call, err);
	}
}

static void send_some(struct netlink *n)
{
	struct writer w = writer_new(n->out, SEND_SIZE);
	uint32_t first_seq = n->seq + 1;
	int err = 0;

	load(n, &w);
	if (w.len > 0)
		err = socket_send(&n->requests, writer_done(&w));
	secret_wipe(n->out, w.len);
	if (err < 0)
		send_failed(n, first_seq, err);
	ack_timer_set(n);
	if (!list_empty(&n->queue) && n->flying < IN_FLIGHT_MAX)
		loop_timer_set(&n->send_timer, 0); /* the next turn */
}

static void on_send_timer(void *arg)
{
	send_some(arg);
}

static void on_turn_end(void *arg)
{
	struct netlink *n = arg;

	n->sending = false;
	send_some(n);
}

static void netlink_submit(struct xfrm *x, struct xfrm_call *call)
{
	struct netlink *n = netlink_of(x);

	list_append(&n->queue, &call->node);
	if (n->sending || loop_timer_armed(&n->send_timer) || n->flying >= IN_FLIGHT_MAX)
		return;
	n->sending = loop_defer(x->loop, x, "xfrm requests", on_turn_end, n) == 0;
	if (!n->sending)
		send_some(n);
}

/* An SA before its acknowledgement is the answer to SPI_ALLOC or SA_GET. */
static void on_reply(void *ctx, const struct xfrm_wire_event *ev)
{
	struct netlink *n = ctx;
	struct xfrm_call *call = call_of(n, ev->seq);

	if (!call)
		return;
	if (ev->kind == XFRM_WIRE_ACK) {
		land(n, call, ev->err);
		return;
	}
	if (ev->kind != XFRM_WIRE_SA ||
	    (call->op != XFRM_OP_SPI_ALLOC && call->op != XFRM_OP_SA_GET))
		return;
	call->sa = ev->sa;
	call->answered = true;
	if (call->op == XFRM_OP_SPI_ALLOC) { /* of which the kernel sends no event */
		struct xfrm_author by = xfrm_author_of(&n->authors, n->requests.port, ev->seq,
						       n->requests.port, 0, 0);

		xfrm_mirror_put(&n->x, &ev->sa, &by);
	}
}

static void on_requests_ready(void *arg, int events)
{
	struct netlink *n = arg;
	int rc = 1;

	(void)events;
	if (!events_drain(n))
		return;
	for (int i = 0; i < READS_MAX && rc != 0; i++)
		rc = socket_read(n, &n->requests, on_reply); /* lost ones time out */
	ack_timer_set(n);
	if (!list_empty(&n->queue) && !n->sending && n->flying < IN_FLIGHT_MAX)
		loop_timer_set(&n->send_timer, 0);
}

/* ---- Life ---- */

static void cancel_all(struct netlink *n)
{
	while (!list_empty(&n->in_flight))
		land(n, list_entry(n->in_flight.next, struct xfrm_call, node), -ECANCELED);
	while (!list_empty(&n->queue)) {
		struct xfrm_call *call = list_entry(n->queue.next, struct xfrm_call, node);

		list_remove(&call->node);
		xfrm_call_finish(&n->x, call, -ECANCELED);
	}
}

static void pages_free(uint8_t *pages, size_t size)
{
	if (!pages)
		return;
	secret_wipe(pages, size);
	munmap(pages, size);
}

static void netlink_free(struct xfrm *x)
{
	struct netlink *n = netlink_of(x);

	loop_timer_stop(&n->send_timer);
	loop_timer_stop(&n->ack_timer);
	loop_timer_stop(&n->dump_timer);
	cancel_all(n);
	xfrm_fini(x);
	socket_close(&n->requests);
	socket_close(&n->events);
	socket_close(&n->dumps);
	table_free(n->by_seq);
	pages_free(n->out, SEND_SIZE);
	pages_free(n->in, RECEIVE_SIZE);
	alloc_free(n);
}

static const struct xfrm_backend netlink_backend = {
	.submit = netlink_submit,
	.resync = netlink_resync,
	.free = netlink_free,
};

/* Pages of their own, locked and left out of cores where the limits allow. */
static uint8_t *pages_new(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	mlock(p, size);
	madvise(p, size, MADV_DONTDUMP);
	return p;
}

static int watch_socket(struct netlink *n, struct socket *s, const char *name,
			void (*fn)(void *arg, int events))
{
	s->lf = loop_fd_add(n->x.loop, s->fd, LOOP_READ, name, fn, n);
	return s->lf ? 0 : -ENOMEM;
}

static int sockets_open(struct netlink *n, bool read_only)
{
	int err = socket_open(&n->requests, REPLY_BUFFER);

	err = err ? err : socket_open(&n->events, EVENT_BUFFER);
	err = err ? err : socket_open(&n->dumps, REPLY_BUFFER);
	err = err ? err : join(&n->events, read_only);
	err = err ? err : watch_socket(n, &n->requests, "xfrm replies", on_requests_ready);
	err = err ? err : watch_socket(n, &n->events, "xfrm events", on_events_ready);
	return err ? err : watch_socket(n, &n->dumps, "xfrm dumps", on_dumps_ready);
}

static struct netlink *netlink_alloc(struct loop *loop, struct log *log, bool read_only)
{
	struct netlink *n = alloc_zero(sizeof(*n));

	if (!n)
		return NULL;
	n->requests.fd = n->events.fd = n->dumps.fd = -1;
	n->timeout_ms = XFRM_TIMEOUT_MS;
	list_init(&n->queue);
	list_init(&n->in_flight);
	loop_timer_init(&n->send_timer, loop, "xfrm requests", on_send_timer, n);
	loop_timer_init(&n->ack_timer, loop, "xfrm time-outs", on_ack_timer, n);
	loop_timer_init(&n->dump_timer, loop, "xfrm resync", on_dump_timer, n);
	if (xfrm_init(&n->x, loop, log, &netlink_backend, read_only) == 0)
		return n;
	alloc_free(n);
	return NULL;
}

struct xfrm *xfrm_netlink_new(struct loop *loop, struct log *log, bool read_only)
{
	struct netlink *n = netlink_alloc(loop, log, read_only);
	int err;

	if (!n)
		return NULL;
	n->by_seq = table_new();
	n->out = pages_new(SEND_SIZE);
	n->in = pages_new(RECEIVE_SIZE);
	err = n->by_seq && n->out && n->in ? sockets_open(n, read_only) : -ENOMEM;
	if (err < 0) {
		netlink_free(&n->x);
		errno = -err;
		return NULL;
	}
	dump_begin(n);
	return &n->x;
}

static int set_plain_buffer(const struct socket *s, int bytes)
{
	return setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) < 0 ? -errno : 0;
}

int xfrm_netlink_event_buffer(struct xfrm *x, int bytes)
{
	return set_plain_buffer(&netlink_of(x)->events, bytes);
}

int xfrm_netlink_reply_buffer(struct xfrm *x, int bytes, uint64_t timeout_ms)
{
	netlink_of(x)->timeout_ms = timeout_ms;
	return set_plain_buffer(&netlink_of(x)->requests, bytes);
}
