/*
 * Two dumps at a time, of the main table and of the local one, are merged by destination. A dump lies in
 * the kernel and goes on when its socket is read (net/netlink/af_netlink.c, netlink_dump()): one datagram of
 * 32 KiB is here, whatever the table holds. So these sockets are not on the loop and not those of
 * net/netlink, which reads what it can get.
 */
#include "link/routes.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "base/alloc.h"
#include "link/routes_internal.h"

#define BUFFER 32768

struct dump {
	int fd;
	uint32_t table;
	uint8_t *buffer;
	struct nlmsghdr *at;
	int left;
	bool over, have;
	struct route now; /* if `have` */
};

struct route_walk {
	struct dump main, local;
	struct dump *told; /* whose route was given last */
};

/* ---- one message ----------------------------------------------------------------------------------- */

static const struct nla_policy policy[RTA_MAX + 1] = {
	[RTA_OIF] = {.minlen = sizeof(uint32_t)},
	[RTA_PRIORITY] = {.minlen = sizeof(uint32_t)},
	[RTA_TABLE] = {.minlen = sizeof(uint32_t)},
};

static uint32_t take_u32(const struct nlattr *nla, uint32_t otherwise)
{
	if (nla)
		memcpy(&otherwise, nla_data(nla), sizeof(otherwise));
	return otherwise;
}

static bool take_addr(struct addr *out, int family, const struct nlattr *nla)
{
	if (!nla || nla_len(nla) != (family == AF_INET ? 4 : 16))
		return false;
	*out = addr_from_bytes(family, nla_data(nla));
	return true;
}

/* RTA_VIA: a next hop of another family than the route's (RFC 5549). */
static void take_gateway(struct route_hop *h, int family, struct nlattr *const *tb)
{
	const struct rtvia *via = tb[RTA_VIA] ? nla_data(tb[RTA_VIA]) : NULL;
	int len = via ? nla_len(tb[RTA_VIA]) - (int)sizeof(*via) : 0;

	if (take_addr(&h->gateway, family, tb[RTA_GATEWAY]) || !via)
		return;
	if ((via->rtvia_family == AF_INET && len == 4) ||
	    (via->rtvia_family == AF_INET6 && len == 16))
		h->gateway = addr_from_bytes(via->rtvia_family, via->rtvia_addr);
}

static void add_hop(struct route *r, const struct route_hop *h)
{
	if (r->hop_count < ROUTE_HOPS_MAX)
		r->hop[r->hop_count] = *h;
	r->hop_count++;
}

static void take_multipath(struct route *r, int family, const struct nlattr *nla)
{
	const struct rtnexthop *nh = nla_data(nla);
	int left = nla_len(nla);

	while (left >= (int)sizeof(*nh) && nh->rtnh_len >= sizeof(*nh) && nh->rtnh_len <= left) {
		struct nlattr *tb[RTA_MAX + 1] = {0};
		struct route_hop h = {.interface = nh->rtnh_ifindex,
				      .weight = (uint32_t)nh->rtnh_hops + 1};

		nla_parse(tb, RTA_MAX, (struct nlattr *)(uintptr_t)RTNH_DATA(nh),
			  (int)(nh->rtnh_len - sizeof(*nh)), policy);
		take_gateway(&h, family, tb);
		add_hop(r, &h);
		left -= (int)NLMSG_ALIGN(nh->rtnh_len);
		nh = (const struct rtnexthop *)(const void *)((const char *)nh +
							      NLMSG_ALIGN(nh->rtnh_len));
	}
}

static void take_hops(struct route *r, int family, struct nlattr *const *tb)
{
	struct route_hop h = {.interface = (int)take_u32(tb[RTA_OIF], 0), .weight = 1};

	if (tb[RTA_MULTIPATH]) {
		take_multipath(r, family, tb[RTA_MULTIPATH]);
		return;
	}
	take_gateway(&h, family, tb);
	if (h.interface || addr_is_set(&h.gateway))
		add_hop(r, &h);
}

bool route_parse(const struct nlmsghdr *nlh, struct route *out, uint32_t *table)
{
	struct nlattr *tb[RTA_MAX + 1] = {0};
	struct rtmsg head;

	*out = (struct route){0};
	if (nlh->nlmsg_type != RTM_NEWROUTE || nlmsg_datalen(nlh) < (int)sizeof(head))
		return false;
	memcpy(&head, nlmsg_data(nlh), sizeof(head));
	if ((head.rtm_family != AF_INET && head.rtm_family != AF_INET6) ||
	    head.rtm_dst_len > (head.rtm_family == AF_INET ? 32 : 128) ||
	    nlmsg_parse((struct nlmsghdr *)(uintptr_t)nlh, sizeof(head), tb, RTA_MAX, policy))
		return false;
	out->dst.addr.family = head.rtm_family;
	out->dst.len = head.rtm_dst_len;
	if (tb[RTA_DST] && !take_addr(&out->dst.addr, head.rtm_family, tb[RTA_DST]))
		return false;
	out->protocol = head.rtm_protocol;
	out->type = head.rtm_type;
	out->metric = take_u32(tb[RTA_PRIORITY], 0);
	*table = take_u32(tb[RTA_TABLE], head.rtm_table);
	take_hops(out, head.rtm_family, tb);
	return true;
}

/* IPv4's walk has the longer of two prefixes first, IPv6's the shorter. */
int route_cmp(const struct route *a, const struct route *b)
{
	int c = addr_cmp(&a->dst.addr, &b->dst.addr);

	if (c || a->dst.len == b->dst.len)
		return c;
	return (a->dst.len > b->dst.len) == (a->dst.addr.family == AF_INET) ? -1 : 1;
}

/* What routers do not show: the loopback's own network, links' own addresses, groups and broadcasts. */
bool route_is_shown(const struct route *r, uint32_t table)
{
	const uint8_t *b = r->dst.addr.bytes;
	static const uint8_t loopback6[16] = {[15] = 1};

	if (table == RT_TABLE_LOCAL && r->type != RTN_LOCAL)
		return false;
	if (r->type == RTN_MULTICAST || r->type == RTN_BROADCAST || r->type == RTN_ANYCAST)
		return false;
	if (r->dst.addr.family == AF_INET)
		return !(b[0] == 127 && r->dst.len >= 8);
	if (r->dst.len >= 8 && b[0] == 0xff)
		return false;
	if (r->dst.len >= 10 && b[0] == 0xfe && (b[1] & 0xc0) == 0x80)
		return false;
	return !(r->dst.len == 128 && memcmp(b, loopback6, 16) == 0);
}

/* ---- asking ---------------------------------------------------------------------------------------- */

struct request {
	struct nlmsghdr h;
	struct rtmsg r;
	struct {
		struct nlattr a;
		uint8_t value[16];
	} attr;
};

static int send_request(int fd, struct request *q, size_t value_len)
{
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	q->attr.a.nla_len = (uint16_t)(sizeof(q->attr.a) + value_len);
	q->h.nlmsg_len = (uint32_t)(sizeof(q->h) + sizeof(q->r) + NLMSG_ALIGN(q->attr.a.nla_len));
	q->h.nlmsg_type = RTM_GETROUTE;
	q->h.nlmsg_flags |= NLM_F_REQUEST;
	q->h.nlmsg_seq = 1;
	n = sendto(fd, q, q->h.nlmsg_len, MSG_DONTWAIT, (const struct sockaddr *)&kernel,
		   sizeof(kernel));
	return n < 0 ? -errno : 0;
}

/* Old kernels do not know strict checking, dump every table, and are sieved by us. */
static int open_socket(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE), on = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return fd;
}

/* One datagram of the kernel's: its length, or -errno. */
static ssize_t read_datagram(int fd, uint8_t *buffer)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = buffer, .iov_len = BUFFER};
	struct msghdr m = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	do
		n = recvmsg(fd, &m, MSG_DONTWAIT);
	while (n >= 0 && from.nl_pid != 0);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return m.msg_flags & MSG_TRUNC ? -EMSGSIZE : n;
}

static void dump_end(struct dump *d)
{
	if (d->fd >= 0)
		close(d->fd);
	alloc_free(d->buffer);
	d->fd = -1;
	d->buffer = NULL;
	d->over = true;
}

static int dump_begin(struct dump *d, int family, uint32_t table)
{
	struct request q = {.h = {.nlmsg_flags = NLM_F_DUMP},
			    .r = {.rtm_family = (uint8_t)family},
			    .attr.a.nla_type = RTA_TABLE};
	int rc = 0;

	d->table = table;
	d->buffer = alloc_zero(BUFFER);
	d->fd = d->buffer ? open_socket() : -1;
	if (d->fd < 0)
		rc = d->buffer ? -errno : -ENOMEM;
	memcpy(q.attr.value, &table, sizeof(table));
	if (!rc)
		rc = send_request(d->fd, &q, sizeof(table));
	/* Without routes of that table, newer kernels say that it is not there. */
	if (rc)
		dump_end(d);
	return rc;
}

/* What one message says: 1 a route that is wanted, 0 go on, -errno; the end sets `over`. */
static int take_message(struct dump *d, const struct nlmsghdr *h)
{
	int error = 0;
	uint32_t table;

	if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
		if (nlmsg_datalen(h) >= (int)sizeof(error))
			memcpy(&error, nlmsg_data(h), sizeof(error));
		d->over = true;
		return error < 0 && error != -ENOENT ? error : 0;
	}
	return route_parse(h, &d->now, &table) && table == d->table &&
	       route_is_shown(&d->now, table);
}

/* One datagram at most. 0: a route is there, or it is over; -EAGAIN; -errno. */
static int dump_step(struct dump *d)
{
	bool asked = false;

	while (!d->have && !d->over) {
		int rc;

		if (!nlmsg_ok(d->at, d->left)) {
			ssize_t n = asked ? -EAGAIN : read_datagram(d->fd, d->buffer);

			if (n < 0)
				return (int)n;
			asked = true;
			d->at = (struct nlmsghdr *)(void *)d->buffer;
			d->left = (int)n;
			continue;
		}
		rc = take_message(d, d->at);
		d->at = nlmsg_next(d->at, &d->left);
		if (rc < 0)
			return rc;
		d->have = rc == 1;
	}
	return 0;
}

/* ---- the walk -------------------------------------------------------------------------------------- */

static void kernel_end(struct route_walk *w)
{
	if (!w)
		return;
	dump_end(&w->main);
	dump_end(&w->local);
	alloc_free(w);
}

static struct route_walk *kernel_begin(void *ctx, int family)
{
	struct route_walk *w = alloc_zero(sizeof(*w));
	int rc = w ? 0 : -ENOMEM;

	(void)ctx;
	if (w) {
		w->main.fd = w->local.fd = -1;
		rc = dump_begin(&w->main, family, RT_TABLE_MAIN);
	}
	if (!rc)
		rc = dump_begin(&w->local, family, RT_TABLE_LOCAL);
	if (!rc)
		return w;
	kernel_end(w);
	errno = -rc;
	return NULL;
}

static int kernel_next(struct route_walk *w, const struct route **out)
{
	int rc;

	if (w->told)
		w->told->have = false;
	w->told = NULL;
	rc = dump_step(&w->main);
	if (!rc)
		rc = dump_step(&w->local);
	if (rc)
		return rc;
	if (!w->main.have && !w->local.have)
		return 0;
	w->told = &w->main;
	if (!w->main.have || (w->local.have && route_cmp(&w->local.now, &w->main.now) < 0))
		w->told = &w->local;
	*out = &w->told->now;
	return 1;
}

/* ---- one destination -------------------------------------------------------------------------------- */

static int take_match(const uint8_t *buffer, ssize_t n, struct route *out)
{
	const struct nlmsghdr *h = (const void *)buffer;
	int error = -EIO;
	uint32_t table;

	if (!nlmsg_ok(h, (int)n))
		return -EIO;
	if (h->nlmsg_type == NLMSG_ERROR) {
		if (nlmsg_datalen(h) >= (int)sizeof(error))
			memcpy(&error, nlmsg_data(h), sizeof(error));
		/* What a blackhole, an unreachable or a prohibit route answers with. */
		return error == -EHOSTUNREACH || error == -EINVAL || error == -EACCES ? -ENETUNREACH
										      : error;
	}
	return route_parse(h, out, &table) ? 0 : -EIO;
}

static int kernel_match(void *ctx, const struct addr *dst, struct route *out)
{
	struct request q = {.r = {.rtm_family = (uint8_t)dst->family,
				  .rtm_dst_len = (uint8_t)(addr_len(dst) * 8),
				  .rtm_flags = RTM_F_FIB_MATCH},
			    .attr.a.nla_type = RTA_DST};
	uint8_t *buffer = alloc_zero(BUFFER);
	int fd = buffer ? open_socket() : -1, rc = 0;

	(void)ctx;
	if (fd < 0)
		rc = buffer ? -errno : -ENOMEM;
	memcpy(q.attr.value, dst->bytes, addr_len(dst));
	if (!rc)
		rc = send_request(fd, &q, addr_len(dst));
	if (!rc) {
		ssize_t n = read_datagram(fd, buffer); /* it was made while we sent */

		rc = n < 0 ? (int)n : take_match(buffer, n, out);
	}
	if (fd >= 0)
		close(fd);
	alloc_free(buffer);
	return rc;
}

const struct route_ops route_kernel = {
	.begin = kernel_begin, .next = kernel_next, .end = kernel_end, .match = kernel_match};
