#include "net/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/xfrm.h>

#include "base/error.h"
#include "net/holder.h"

/* Room for one packet-info of either family; more control data is not asked for. */
union info_room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

/* A hub whose peers all come back at once: some thousand messages may wait while DH is computed. */
#define RECEIVE_BYTES (4 << 20)

/* Past net.core.rmem_max where the capability allows; a smaller buffer is no reason to fail. */
static void set_receive_buffer(int fd)
{
	if (set_int(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES))
		set_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BYTES);
}

/* What each family calls the same thing. */
static const struct family {
	int level, packet_info, mtu_discover, mtu_never, policy;
} four = {IPPROTO_IP, IP_PKTINFO, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, IP_XFRM_POLICY},
  six = {IPPROTO_IPV6, IPV6_RECVPKTINFO, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DONT, IPV6_XFRM_POLICY};

static int set_policy(int fd, int family, const struct family *f, uint8_t dir)
{
	struct xfrm_userpolicy_info policy = {
		.sel.family = (uint16_t)family,
		.action = XFRM_POLICY_ALLOW,
		.dir = dir,
	};

	return setsockopt(fd, f->level, f->policy, &policy, sizeof(policy)) ? -errno : 0;
}

static int set_bypass(int fd, int family, const struct family *f)
{
	/* Only XFRM's netlink half understands a socket's policy; opening its socket loads it. */
	int loader = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	int rc = set_policy(fd, family, f, XFRM_POLICY_OUT);

	if (!rc)
		rc = set_policy(fd, family, f, XFRM_POLICY_IN);
	if (loader >= 0)
		close(loader);
	return rc;
}

static int set_up(int fd, int family, unsigned int flags, struct error *err)
{
	const struct family *f = family == AF_INET6 ? &six : &four;
	int rc = family == AF_INET6 ? set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0;

	set_receive_buffer(fd);
	if (!rc)
		rc = set_int(fd, f->level, f->packet_info, 1);
	/* IKE messages longer than the path's MTU are to be fragmented, not refused. */
	if (!rc)
		rc = set_int(fd, f->level, f->mtu_discover, f->mtu_never);
	if (rc)
		return error_set(err, rc, "UDP socket cannot be set up: %s", strerror(-rc));
	if (flags & UDP_FLAG_BYPASS && (rc = set_bypass(fd, family, f)))
		return error_set(err, rc, "UDP socket gets no IPsec bypass policy: %s",
				 strerror(-rc));
	if (flags & UDP_FLAG_ENCAP &&
	    (rc = set_int(fd, IPPROTO_UDP, UDP_ENCAP, UDP_ENCAP_ESPINUDP)))
		return error_set(err, rc, "the kernel does not take ESP out of UDP (%s): %s",
				 family == AF_INET6 ? "IPv6" : "IPv4", strerror(-rc));
	return 0;
}

static int bind_port(int fd, int family, uint16_t port, struct error *err)
{
	const uint8_t any[16] = {0};
	struct endpoint local = {addr_from_bytes(family, any), port};
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&local, &ss);
	char holder[HOLDER_STRLEN];
	int rc;

	if (!bind(fd, (const struct sockaddr *)&ss, len))
		return 0;
	rc = -errno;
	if (rc != -EADDRINUSE)
		return error_set(err, rc, "UDP port %u cannot be bound: %s", port, strerror(-rc));
	holder_of_udp_port(family, port, holder);
	return error_set(err, rc, "UDP port %u is in use by %s", port, holder);
}

int udp_adopt(struct udp_socket *s, int fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct endpoint local;

	if (getsockname(fd, (struct sockaddr *)&ss, &len))
		return -errno;
	local = endpoint_from_sockaddr((const struct sockaddr *)&ss, len);
	if (!addr_is_set(&local.addr))
		return -EAFNOSUPPORT;
	*s = (struct udp_socket){.fd = fd, .family = local.addr.family, .port = local.port};
	return 0;
}

int udp_open(struct udp_socket *s, int family, uint16_t port, unsigned int flags, struct error *err)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	*s = (struct udp_socket){.fd = -1};
	if (fd < 0)
		return error_set(err, -errno, "UDP socket cannot be made: %s", strerror(errno));
	rc = set_up(fd, family, flags, err);
	if (!rc)
		rc = bind_port(fd, family, port, err);
	if (!rc)
		rc = udp_adopt(s, fd);
	if (rc)
		close(fd);
	return rc;
}

void udp_close(struct udp_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

/* The destination of a packet, from the one control message that was asked for. */
static void read_info(struct msghdr *msg, struct udp_meta *meta)
{
	struct in_pktinfo v4;
	struct in6_pktinfo v6;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			meta->dst.addr = addr_v4(ntohl(v4.ipi_addr.s_addr));
			meta->ifindex = (unsigned int)v4.ipi_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			meta->dst.addr = addr_from_bytes(AF_INET6, v6.ipi6_addr.s6_addr);
			meta->ifindex = v6.ipi6_ifindex;
		}
	}
}

ssize_t udp_recv(const struct udp_socket *s, void *buf, size_t cap, struct udp_meta *meta)
{
	struct sockaddr_storage from = {0};
	struct iovec iov = {.iov_base = buf, .iov_len = cap};
	union info_room room;
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room.bytes)};
	ssize_t len;

	do
		len = recvmsg(s->fd, &msg, 0);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	*meta = (struct udp_meta){.dst.port = s->port};
	meta->src = endpoint_from_sockaddr((const struct sockaddr *)&from, msg.msg_namelen);
	read_info(&msg, meta);
	return addr_is_set(&meta->src.addr) && addr_is_set(&meta->dst.addr) ? len : -EBADMSG;
}

static void put_info(struct msghdr *msg, union info_room *room, int level, int type,
		     const void *info, size_t len)
{
	struct cmsghdr *c;

	msg->msg_control = room->bytes;
	msg->msg_controllen = CMSG_SPACE(len);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), info, len);
}

static void choose_source(struct msghdr *msg, union info_room *room, const struct addr *src)
{
	struct in_pktinfo v4 = {0};
	struct in6_pktinfo v6 = {0};

	if (src->family == AF_INET) {
		memcpy(&v4.ipi_spec_dst, src->bytes, sizeof(v4.ipi_spec_dst));
		put_info(msg, room, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
	} else if (src->family == AF_INET6) {
		memcpy(&v6.ipi6_addr, src->bytes, sizeof(v6.ipi6_addr));
		put_info(msg, room, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
	}
}

int udp_send(const struct udp_socket *s, const struct addr *src, const struct endpoint *dst,
	     struct view data)
{
	struct sockaddr_storage to;
	socklen_t to_len = endpoint_to_sockaddr(dst, &to);
	/* sendmsg() does not write there; the type of iov_base cannot say so. */
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data.data, .iov_len = data.len};
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = to_len, .msg_iov = &iov, .msg_iovlen = 1};
	union info_room room = {0};
	ssize_t sent;

	if (dst->addr.family != s->family || (addr_is_set(src) && src->family != s->family))
		return -EAFNOSUPPORT;
	choose_source(&msg, &room, src);
	do
		sent = sendmsg(s->fd, &msg, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}
