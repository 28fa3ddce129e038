/*
 * link/socket: one rtnetlink socket for events and dumps, so that both come in the kernel's order.
 * Messages that were lost (ENOBUFS), an interrupted or silent dump and short memory end in another
 * dump, 200 ms later at the earliest. Nothing is polled.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "link/link_internal.h"

#define RECEIVE_SIZE 65536 /* a part of a dump is 32 KiB at the most */
#define BUFFER	     (4 << 20)
#define READS_MAX    32 /* datagrams a turn */
#define RESYNC_MS    200
#define TIMEOUT_MS   5000

enum dump_state { DUMP_NONE, DUMP_LINKS, DUMP_ADDRS };

static void resync_later(struct link *l)
{
	if (l->dump != DUMP_NONE)
		l->dirty = true;
	else if (!loop_timer_armed(&l->timer))
		loop_timer_set(&l->timer, RESYNC_MS);
}

static int dump_send(struct link *l, enum dump_state state)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	uint8_t buf[64];
	struct writer w = writer_new(buf, sizeof(buf));

	l->dump = state;
	link_wire_dump(&w, state == DUMP_ADDRS, ++l->seq);
	if (sendto(l->fd, w.data, w.len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	loop_timer_set(&l->timer, TIMEOUT_MS);
	return 0;
}

static void dump_end(struct link *l, bool whole)
{
	l->dump = DUMP_NONE;
	loop_timer_stop(&l->timer);
	l->dirty = l->dirty || !whole;
	link_table_dump_end(l);
	if (l->dirty)
		resync_later(l);
}

static void on_timer(void *arg)
{
	struct link *l = arg;

	if (l->dump != DUMP_NONE) {
		dump_end(l, false);
		return;
	}
	link_table_dump_begin(l);
	if (dump_send(l, DUMP_LINKS) < 0)
		dump_end(l, false);
}

static void on_message(void *ctx, const struct link_wire_event *ev)
{
	struct link *l = ctx;
	bool of_dump = l->dump != DUMP_NONE && ev->seq == l->seq;

	if (of_dump && ev->interrupted)
		l->dirty = true;
	if (ev->kind != LINK_WIRE_DONE)
		link_table_event(l, ev);
	else if (of_dump && (ev->err < 0 || l->dump == DUMP_ADDRS))
		dump_end(l, ev->err == 0);
	else if (of_dump && dump_send(l, DUMP_ADDRS) < 0)
		dump_end(l, false);
}

/* 1: something was read; 0: nothing there; -errno: messages are lost. */
static int read_one(struct link *l)
{
	_Alignas(NLMSG_ALIGNTO) uint8_t buf[RECEIVE_SIZE];
	struct sockaddr_nl from = {0};
	struct iovec iov = {buf, sizeof(buf)};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len = recvmsg(l->fd, &msg, 0);

	if (len < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (from.nl_pid == 0)
		link_wire_parse(buf, (size_t)len, on_message, l);
	return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : 1;
}

static void on_ready(void *arg, int events)
{
	struct link *l = arg;
	int rc = 1;

	(void)events;
	for (int i = 0; i < READS_MAX && rc != 0; i++) {
		rc = read_one(l);
		if (rc < 0)
			resync_later(l);
	}
	if (l->dirty)
		resync_later(l);
}

static int join(int fd)
{
	const int groups[] = {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i],
			       sizeof(groups[i])) < 0)
			return -errno;
	return 0;
}

static int open_socket(struct link *l)
{
	struct sockaddr_nl sa = {.nl_family = AF_NETLINK};
	int bytes = BUFFER;

	l->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (l->fd < 0)
		return -errno;
	if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(l->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return -errno;
	return join(l->fd);
}

struct link *link_new(struct loop *loop, struct log *log)
{
	struct link *l = link_table_new(loop, log);
	int err;

	if (!l)
		return NULL;
	loop_timer_init(&l->timer, loop, "link resync", on_timer, l);
	err = open_socket(l);
	if (err == 0) {
		l->lf = loop_fd_add(loop, l->fd, LOOP_READ, "link events", on_ready, l);
		err = l->lf ? 0 : -ENOMEM;
	}
	if (err < 0) {
		link_free(l);
		errno = -err;
		return NULL;
	}
	on_timer(l);
	return l;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	loop_timer_stop(&l->timer);
	loop_fd_del(l->lf);
	if (l->fd >= 0)
		close(l->fd);
	link_table_free(l);
}
