#include "log/log_host.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/udp.h"

/* A collector that vanished is noticed within a minute, though nothing is said. */
#define KEEP_IDLE_S	30
#define KEEP_INTERVAL_S 10
#define KEEP_COUNT	3
#define UNACKED_MS	30000

static const int families[LOG_FAMILIES] = {AF_INET, AF_INET6};

static size_t family_index(int family)
{
	return family == AF_INET6;
}

static void set_int(int fd, int level, int option, int value)
{
	/* What a kernel does not know is worse off, not broken. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static int open_udp(int family)
{
	bool six = family == AF_INET6;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (six)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	/* Errors come back with the datagram that they are about: one socket serves all hosts. */
	set_int(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVERR : IP_RECVERR, 1);
	set_int(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER,
		six ? IPV6_PMTUDISC_DONT : IP_PMTUDISC_DONT);
	return fd;
}

static int open_tcp(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
	set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_COUNT);
	set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MS);
	return fd;
}

int log_sockets_open(struct log_sockets *s)
{
	int rc = -EAFNOSUPPORT;

	for (size_t f = 0; f < LOG_FAMILIES; f++) {
		s->udp[f] = open_udp(families[f]);
		s->ask[f] = open_udp(families[f]);
		for (size_t i = 0; i < LOG_TCP_MAX; i++)
			s->tcp[f][i] = open_tcp(families[f]);
		if (s->udp[f] >= 0)
			rc = 0;
		else if (rc)
			rc = s->udp[f];
	}
	return rc;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void log_sockets_close(struct log_sockets *s)
{
	for (size_t f = 0; f < LOG_FAMILIES; f++) {
		close_fd(&s->udp[f]);
		close_fd(&s->ask[f]);
		for (size_t i = 0; i < LOG_TCP_MAX; i++)
			close_fd(&s->tcp[f][i]);
	}
}

/* ---- UDP -------------------------------------------------------------------------------------------- */

int log_udp_send(const struct log_sockets *s, const struct addr *src, const struct endpoint *dst,
		 const void *data, size_t len)
{
	struct udp_socket sock = {.fd = s->udp[family_index(dst->addr.family)],
				  .family = dst->addr.family};

	if (sock.fd < 0)
		return -EAFNOSUPPORT;
	return udp_send(&sock, src, dst, (struct view){.data = data, .len = len});
}

static int error_of(struct msghdr *msg)
{
	struct sock_extended_err ee;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (!(c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) &&
		    !(c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
			continue;
		memcpy(&ee, CMSG_DATA(c), sizeof(ee));
		return (int)ee.ee_errno;
	}
	return EIO;
}

int log_udp_error(const struct log_sockets *s, size_t family, struct endpoint *dst, uint8_t *quoted,
		  size_t *len)
{
	struct sockaddr_storage to = {0};
	struct iovec iov = {.iov_base = quoted, .iov_len = *len};
	union {
		struct cmsghdr align;
		char bytes[256];
	} room;
	struct msghdr msg = {.msg_name = &to,
			     .msg_namelen = sizeof(to),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room.bytes)};
	ssize_t got;

	if (s->udp[family] < 0)
		return 0;
	got = recvmsg(s->udp[family], &msg, MSG_ERRQUEUE | MSG_DONTWAIT);
	if (got < 0)
		return 0;
	*len = (size_t)got;
	*dst = endpoint_from_sockaddr((const struct sockaddr *)&to, msg.msg_namelen);
	return error_of(&msg);
}

void log_udp_discard(const struct log_sockets *s, size_t family)
{
	char byte;

	for (int i = 0; i < 64 && s->udp[family] >= 0; i++)
		if (recv(s->udp[family], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN)
			return;
}

static void dissolve(int fd)
{
	const struct sockaddr none = {.sa_family = AF_UNSPEC};

	(void)connect(fd, &none, sizeof(none));
}

bool log_udp_source(const struct log_sockets *s, const struct endpoint *dst, struct addr *out)
{
	int fd = s->ask[family_index(dst->addr.family)];
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(dst, &ss);
	bool found = fd >= 0 && !connect(fd, (const struct sockaddr *)&ss, len);

	len = sizeof(ss);
	found = found && !getsockname(fd, (struct sockaddr *)&ss, &len);
	if (found)
		*out = endpoint_from_sockaddr((const struct sockaddr *)&ss, len).addr;
	if (fd >= 0)
		dissolve(fd);
	return found && addr_is_set(out);
}

/* ---- TCP -------------------------------------------------------------------------------------------- */

void log_tcp_reset(int fd)
{
	dissolve(fd);
}

int log_tcp_take(struct log_sockets *s, int family)
{
	size_t f = family_index(family);

	for (size_t i = 0; i < LOG_TCP_MAX; i++) {
		if (s->taken[f][i] || s->tcp[f][i] < 0)
			continue;
		s->taken[f][i] = true;
		log_tcp_reset(s->tcp[f][i]);
		return s->tcp[f][i];
	}
	return -EMFILE;
}

/* What was written still goes; the connection is dissolved when the socket is wanted again. */
void log_tcp_give(struct log_sockets *s, int fd)
{
	shutdown(fd, SHUT_WR);
	for (size_t f = 0; f < LOG_FAMILIES; f++)
		for (size_t i = 0; i < LOG_TCP_MAX; i++)
			if (s->tcp[f][i] == fd)
				s->taken[f][i] = false;
}

/* Also forgets the source of before: binding to the unset address does. */
static int bind_source(int fd, const struct addr *src, int family)
{
	const uint8_t any[16] = {0};
	struct endpoint local = {addr_is_set(src) ? *src : addr_from_bytes(family, any), 0};
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(&local, &ss);

	set_int(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	return bind(fd, (const struct sockaddr *)&ss, len) ? -errno : 0;
}

int log_tcp_connect(int fd, const struct addr *src, const struct endpoint *dst)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(dst, &ss);
	int rc = bind_source(fd, src, dst->addr.family);

	if (rc)
		return rc;
	return connect(fd, (const struct sockaddr *)&ss, len) ? -errno : 0;
}

int log_tcp_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? -errno : -error;
}

size_t log_tcp_unacked(int fd)
{
	int bytes = 0;

	return ioctl(fd, SIOCOUTQ, &bytes) || bytes < 0 ? 0 : (size_t)bytes;
}
