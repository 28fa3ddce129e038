/*
 * net/netlink: one non-blocking netlink socket on the loop, for the rooms xfrm and link.
 *
 * Thin on purpose: messages are built and their attributes parsed with libnl (nlmsg_*, nla_parse
 * with a policy) by the room; here are the socket, sequence numbers, the check that a message came
 * from the kernel, acknowledgements, ends of dumps, and lost messages (ENOBUFS) as a fact of their
 * own. Handlers run from the loop; they may send, and may close the socket.
 */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct loop;
struct netlink;
struct nl_msg;
struct nlmsghdr;

struct netlink_ops {
	/* A message (its type is NLMSG_MIN_TYPE at least): an answer (seq of the request, pid of
	 * this socket) or a multicast one (seq and pid of whoever caused it). Borrowed; its length
	 * was checked against what was received, its attributes were not. */
	void (*message)(void *ctx, const struct nlmsghdr *h);
	/* The kernel's answer to request `seq`: error 0 or -errno; text: its own words or NULL. */
	void (*ack)(void *ctx, uint32_t seq, int error, const char *text);
	/* Dump `seq` ended; error 0; -EINTR: tables changed meanwhile, ask again; or -errno. */
	void (*done)(void *ctx, uint32_t seq, int error);
	/* Messages were lost: what was learnt from multicast must be read again. */
	void (*overrun)(void *ctx);
};

struct netlink_config {
	int protocol;	      /* NETLINK_XFRM, NETLINK_ROUTE */
	size_t receive_bytes; /* socket buffers; 0: the system's default */
	size_t send_bytes;
	bool wipe;	  /* wipes the receive buffer: messages carry keys */
	const char *name; /* for the loop's statistics; a literal */
};

/* NULL with a sentence in err. Handlers that are NULL are not called. With loop NULL the caller
 * drives netlink_receive() itself. */
struct netlink *netlink_open(struct loop *loop, const struct netlink_config *config,
			     const struct netlink_ops *ops, void *ctx, struct error *err);
void netlink_close(struct netlink *nl); /* NULL is fine; safe in a handler */

int netlink_join(struct netlink *nl, unsigned int group); /* multicast group number; 0 or -errno */
uint32_t netlink_port(const struct netlink *nl);	  /* our nlmsg_pid */
int netlink_fd(const struct netlink *nl);
/*
 * Sends (borrows) a message; fills in its sequence number and port, and adds NLM_F_REQUEST. 0 and
 * the sequence number in *seq (may be NULL), or -errno; -EAGAIN: the kernel does not take more now.
 */
int netlink_send(struct netlink *nl, struct nl_msg *msg, uint32_t *seq);
/* Reads what is there, a bounded number of datagrams. 0: more may be there; -EAGAIN: nothing left;
 * -errno: the socket is broken. The loop calls it. */
int netlink_receive(struct netlink *nl);

struct netlink_stats {
	uint64_t received, sent, overruns, foreign, malformed;
};
void netlink_stats(const struct netlink *nl, struct netlink_stats *out);

#endif
