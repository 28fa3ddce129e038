/*
 * net/netlink: the socket of a room that talks to the kernel.
 *
 * Reading: a datagram holds whole messages; each is checked for its length, and the datagram for
 * its sender (port 0, the kernel: anybody may send to a netlink socket's port). A datagram larger
 * than the buffer counts as lost messages, as ENOBUFS does. A handler may close the socket:
 * `closing` is looked at after each call, and the memory goes when the reading returns.
 */
#include "net/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/loop.h"
#include "base/secret.h"
#include "net/netlink_internal.h"

/* The kernel fills dumps up to 32 KiB a datagram when the reader offers as much. */
#define BUFFER_BYTES 65536
#define BATCH	     64

struct netlink {
	struct nl_sock *sock;
	struct loop_fd *lf;
	const struct netlink_ops *ops;
	void *ctx;
	uint8_t *buffer;
	uint32_t seq;
	bool wipe, reading, closing;
	bool dump_interrupted;
	struct netlink_stats stats;
};

/* libnl's own numbers to errno, where a caller can tell a difference. */
static int errno_of(int nl_error)
{
	switch (-nl_error) {
	case 0:
		return 0;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PROTO_MISMATCH:
	case NLE_AF_NOSUPPORT:
		return -EPROTONOSUPPORT;
	case NLE_INVAL:
	case NLE_RANGE:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* What one datagram's message says to the room. */

static void handle_error(struct netlink *nl, struct nlmsghdr *h)
{
	static const struct nla_policy policy[NLMSGERR_ATTR_MAX + 1] = {
		[NLMSGERR_ATTR_MSG] = {.type = NLA_STRING},
	};
	struct nlattr *attrs[NLMSGERR_ATTR_MAX + 1] = {0};
	struct nlmsgerr *e = nlmsg_data(h);
	const char *text = NULL;
	const uint16_t capped_tlvs = NLM_F_CAPPED | NLM_F_ACK_TLVS;

	if ((size_t)nlmsg_datalen(h) < sizeof(*e)) {
		nl->stats.malformed++;
		return;
	}
	/* NETLINK_CAP_ACK: of the request only the header is sent back; the words follow it. */
	if ((h->nlmsg_flags & capped_tlvs) == capped_tlvs &&
	    !nla_parse(attrs, NLMSGERR_ATTR_MAX, (struct nlattr *)(void *)(e + 1),
		       nlmsg_datalen(h) - (int)sizeof(*e), policy) &&
	    attrs[NLMSGERR_ATTR_MSG])
		text = nla_get_string(attrs[NLMSGERR_ATTR_MSG]);
	if (nl->ops->ack)
		nl->ops->ack(nl->ctx, h->nlmsg_seq, e->error, text);
}

static void handle_done(struct netlink *nl, struct nlmsghdr *h)
{
	int error = 0;

	if ((size_t)nlmsg_datalen(h) >= sizeof(error))
		memcpy(&error, nlmsg_data(h), sizeof(error));
	if (error > 0)
		error = 0;
	if (!error && nl->dump_interrupted)
		error = -EINTR;
	nl->dump_interrupted = false;
	if (nl->ops->done)
		nl->ops->done(nl->ctx, h->nlmsg_seq, error);
}

static void handle_overrun(struct netlink *nl)
{
	nl->stats.overruns++;
	if (nl->ops->overrun)
		nl->ops->overrun(nl->ctx);
}

static void handle(struct netlink *nl, struct nlmsghdr *h)
{
	nl->stats.received++;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		nl->dump_interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_NOOP:
		return;
	case NLMSG_ERROR:
		handle_error(nl, h);
		return;
	case NLMSG_DONE:
		handle_done(nl, h);
		return;
	case NLMSG_OVERRUN:
		handle_overrun(nl);
		return;
	default:
		if (h->nlmsg_type >= NLMSG_MIN_TYPE && nl->ops->message)
			nl->ops->message(nl->ctx, h);
	}
}

void netlink_feed(struct netlink *nl, void *data, size_t len)
{
	struct nlmsghdr *h = data;
	int left = (int)len;

	for (; nlmsg_ok(h, left) && !nl->closing; h = nlmsg_next(h, &left))
		handle(nl, h);
	if (left > 0 && !nl->closing)
		nl->stats.malformed++;
}

/* One datagram: its length, or -errno. Wipes what it read, once the room has seen it. */
static ssize_t read_one(struct netlink *nl)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = nl->buffer, .iov_len = BUFFER_BYTES};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t len = recvmsg(nl_socket_get_fd(nl->sock), &msg, MSG_DONTWAIT);

	if (len < 0)
		return -errno;
	if (msg.msg_namelen != sizeof(from) || from.nl_pid != 0)
		nl->stats.foreign++;
	else if (msg.msg_flags & MSG_TRUNC)
		handle_overrun(nl);
	else
		netlink_feed(nl, nl->buffer, (size_t)len);
	if (nl->wipe)
		secret_wipe(nl->buffer, (size_t)len);
	return len;
}

static void destroy(struct netlink *nl)
{
	loop_fd_del(nl->lf);
	if (nl->sock)
		nl_socket_free(nl->sock);
	if (nl->buffer && nl->wipe)
		secret_wipe(nl->buffer, BUFFER_BYTES);
	alloc_free(nl->buffer);
	alloc_free(nl);
}

int netlink_receive(struct netlink *nl)
{
	ssize_t rc = 0;

	nl->reading = true;
	for (unsigned int i = 0; i < BATCH && !nl->closing; i++) {
		rc = read_one(nl);
		if (rc == -ENOBUFS)
			handle_overrun(nl);
		else if (rc < 0 && rc != -EINTR)
			break;
	}
	nl->reading = false;
	if (nl->closing) {
		destroy(nl);
		return -EAGAIN;
	}
	return rc < 0 && rc != -EINTR && rc != -ENOBUFS ? (int)rc : 0;
}

static void on_readable(void *arg, int events)
{
	(void)events;
	netlink_receive(arg);
}

/* Life. */

/* Past net.core.rmem_max where the capability allows; else as far as the system lets us. */
static void set_buffer(int fd, int force, int plain, size_t bytes)
{
	int size = (int)(bytes / 2); /* the kernel doubles it */

	if (bytes && setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, plain, &size, sizeof(size));
}

static void set_options(struct netlink *nl, const struct netlink_config *config)
{
	int fd = nl_socket_get_fd(nl->sock), on = 1;

	set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, config->receive_bytes);
	set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, config->send_bytes);
	/* Old kernels do not know these; then errors come without text, in whole requests. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

static int connect_socket(struct netlink *nl, const struct netlink_config *config)
{
	int rc;

	nl->sock = nl_socket_alloc();
	if (!nl->sock)
		return -ENOMEM;
	rc = nl_connect(nl->sock, config->protocol);
	if (!rc)
		rc = nl_socket_set_nonblocking(nl->sock);
	if (rc)
		return errno_of(rc);
	set_options(nl, config);
	return 0;
}

struct netlink *netlink_open(struct loop *loop, const struct netlink_config *config,
			     const struct netlink_ops *ops, void *ctx, struct error *err)
{
	struct netlink *nl = alloc_zero(sizeof(*nl));
	int rc = nl ? 0 : -ENOMEM;

	if (nl) {
		nl->ops = ops;
		nl->ctx = ctx;
		nl->wipe = config->wipe;
		nl->buffer = alloc_zero(BUFFER_BYTES);
		rc = nl->buffer ? connect_socket(nl, config) : -ENOMEM;
	}
	if (!rc && loop) {
		nl->lf =
			loop_fd_add(loop, netlink_fd(nl), LOOP_READ, config->name, on_readable, nl);
		rc = nl->lf ? 0 : -ENOMEM;
	}
	if (!rc)
		return nl;
	error_set(err, rc, "netlink socket (%s) cannot be opened: %s", config->name, strerror(-rc));
	netlink_close(nl);
	return NULL;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	nl->closing = true;
	if (!nl->reading)
		destroy(nl);
}

int netlink_join(struct netlink *nl, unsigned int group)
{
	return errno_of(nl_socket_add_membership(nl->sock, (int)group));
}

uint32_t netlink_port(const struct netlink *nl)
{
	return nl_socket_get_local_port(nl->sock);
}

int netlink_fd(const struct netlink *nl)
{
	return nl_socket_get_fd(nl->sock);
}

int netlink_send(struct netlink *nl, struct nl_msg *msg, uint32_t *seq)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct nlmsghdr *h = nlmsg_hdr(msg);
	ssize_t sent;

	/* 0 is the number of what nobody asked for. */
	if (++nl->seq == 0)
		nl->seq = 1;
	h->nlmsg_seq = nl->seq;
	h->nlmsg_pid = netlink_port(nl);
	h->nlmsg_flags |= NLM_F_REQUEST;
	do
		sent = sendto(netlink_fd(nl), h, h->nlmsg_len, MSG_DONTWAIT,
			      (const struct sockaddr *)&kernel, sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	nl->stats.sent++;
	if (seq)
		*seq = nl->seq;
	return 0;
}

void netlink_stats(const struct netlink *nl, struct netlink_stats *out)
{
	*out = nl->stats;
}
