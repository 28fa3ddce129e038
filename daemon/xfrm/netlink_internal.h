/* xfrm, inside: the netlink implementation's state, and what the lab's tests may turn. */
#ifndef XFRM_NETLINK_INTERNAL_H
#define XFRM_NETLINK_INTERNAL_H

#include "xfrm/author.h"
#include "xfrm/wire.h"
#include "xfrm/xfrm_internal.h"

/* Tests make buffers tiny, so that messages are lost. 0 or -errno. */
int xfrm_netlink_event_buffer(struct xfrm *x, int bytes); /* of the multicast socket; 16 MiB */
/* Of the answers, 1 MiB; and how long one is waited for, 5 s. */
int xfrm_netlink_reply_buffer(struct xfrm *x, int bytes, uint64_t timeout_ms);

#endif
