/* netlink_internal: the reading of one datagram without a socket, for tests and fuzzers. */
#ifndef NET_NETLINK_INTERNAL_H
#define NET_NETLINK_INTERNAL_H

#include <stddef.h>

struct netlink;

/* What came from the kernel: `len` bytes, aligned as malloc() aligns. Calls the handlers. */
void netlink_feed(struct netlink *nl, void *data, size_t len);

#endif
