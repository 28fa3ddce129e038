/* xfrm, inside: the netlink implementation's state, and what the lab's tests may turn. */
#ifndef XFRM_NETLINK_INTERNAL_H
#define XFRM_NETLINK_INTERNAL_H

#include "xfrm/author.h"
#include "xfrm/wire.h"
#include "xfrm/xfrm_internal.h"

/* Receive buffer of the multicast socket, in bytes; default 16 MiB. Tests make it tiny. */
int xfrm_netlink_event_buffer(struct xfrm *x, int bytes);

#endif
