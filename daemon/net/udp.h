/*
 * net/udp: sockets for IKE: both ends of each packet are known, the local address is chosen on
 * send.
 *
 * One socket a family and port, bound to the wildcard address without SO_REUSEADDR, so that another
 * IKE daemon on the port is an error and not a silent theft of packets. struct udp_socket is a
 * plain value around a borrowed descriptor: the supervisor opens, another process adopts what it
 * was given.
 */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/reader.h"

struct error;

enum udp_flags {
	/* The kernel takes ESP out of UDP (RFC 3948) before we see it; for port 4500. */
	UDP_FLAG_ENCAP = 1,
	/* Per-socket IPsec policy "allow" in both directions: IKE is never itself protected or
	 * dropped by a policy. Needs CAP_NET_ADMIN. */
	UDP_FLAG_BYPASS = 2,
};

struct udp_socket {
	int fd;
	int family; /* AF_INET, AF_INET6 */
	uint16_t port;
};

/* What came with a packet. */
struct udp_meta {
	struct endpoint src, dst;
	unsigned int ifindex; /* where it came in */
};

/*
 * Opens, sets up and binds; port 0: the kernel chooses. 0 or -errno, with a sentence in err that
 * for -EADDRINUSE names the program which holds the port, where /proc shows it.
 */
int udp_open(struct udp_socket *s, int family, uint16_t port, unsigned int flags,
	     struct error *err);
/* Around a descriptor that was passed; reads family and port from it. 0 or -errno. */
int udp_adopt(struct udp_socket *s, int fd);
void udp_close(struct udp_socket *s); /* fine when not open (fd -1) or twice */

/* Length; -EAGAIN: nothing there; -EMSGSIZE: longer than cap, dropped; -EBADMSG: from no IP
 * endpoint. ICMP errors are not seen: anybody can forge one, and IKE has its timers. */
ssize_t udp_recv(const struct udp_socket *s, void *buf, size_t cap, struct udp_meta *meta);
/* From src's address (unset: the kernel chooses) to dst. 0 or -errno. */
int udp_send(const struct udp_socket *s, const struct addr *src, const struct endpoint *dst,
	     struct view data);

#endif
