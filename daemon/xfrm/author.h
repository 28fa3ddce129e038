/*
 * xfrm/author: who made a change, as far as a netlink message tells: a hint, since root can write
 * any port id. charon and libnl programs write their process id (libnl: the low 22 bits), iproute2
 * writes 0 and counts its sequence numbers from the Unix time.
 */
#ifndef XFRM_AUTHOR_H
#define XFRM_AUTHOR_H

#include "xfrm/xfrm.h"

/* The last name found: a flush of many SAs by one program asks /proc once. */
struct xfrm_author_cache {
	uint32_t pid;
	uint64_t until_ms;
	char name[16];
};

/* own_pid: the port id of our request socket. wall_s: now, for iproute2's mark. */
struct xfrm_author xfrm_author_of(struct xfrm_author_cache *cache, uint32_t pid, uint32_t seq,
				  uint32_t own_pid, uint64_t now_ms, uint64_t wall_s);

#endif
