/*
 * Hosts by TCP (RFC 6587, octet counting). Arrived is what the other end's TCP confirmed. What was not is sent
 * again over the next connection, so a line may come twice.
 */
#include <errno.h>
#include <sys/socket.h>

#include "log/log_host_internal.h"

#define SETTLE_MS  1000	 /* how often confirmed lines are let go */
#define CONNECT_MS 10000 /* a connection that is not made by then is given up */

static void let_confirmed_go(struct host *h)
{
	uint64_t away = log_tcp_unacked(h->fd) + h->frame_len - h->frame_at;
	uint64_t confirmed = h->bytes > away ? h->bytes - away : 0;

	while (h->sent > 0) {
		size_t len = host_frame_length(h, 0);

		if (len > confirmed)
			return;
		confirmed -= len;
		host_let_go(h);
	}
}

static void disconnected(struct host *h, int err, const char *why)
{
	if (h->phase == HOST_UP)
		let_confirmed_go(h);
	host_take_back(h);
	loop_fd_del(h->lf);
	h->lf = NULL;
	if (h->fd >= 0)
		log_tcp_reset(h->fd);
	host_go_down(h, err, why);
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

bool host_tcp_flush(struct host *h, size_t most)
{
	int rc = write_frame(h);

	for (size_t n = 0; rc == 1 && n < most && h->sent < h->spool.count; n++) {
		h->frame_len = host_form_frame(h, h->sent, h->frame, sizeof(h->frame));
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
	host_renew_origin(h);
	host_come_up(h);
	loop_fd_want(h->lf, LOOP_READ);
	hosts_flush_soon(h->all);
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
		hosts_flush_soon(h->all);
}

static void connect_now(struct host *h)
{
	struct endpoint dst = host_place(h);
	struct addr src = host_source(h);
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

void host_tcp_due(struct host *h)
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
