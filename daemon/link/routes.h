/*
 * link/routes: the main routing tables, read from the kernel while somebody asks: a walk is a dump that
 * goes on as it is read, so that a million routes are never gathered anywhere.
 */
#ifndef LINK_ROUTES_H
#define LINK_ROUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

#define ROUTE_HOPS_MAX 32

struct route_hop {
	struct addr gateway; /* unset: the link leads there */
	int interface;	     /* index; 0 = none */
	uint32_t weight;     /* 1 and more */
};

struct route {
	struct prefix dst;
	uint8_t protocol, type; /* RTPROT_…, RTN_… */
	uint32_t metric;
	uint32_t hop_count; /* all; hop[] has the first */
	struct route_hop hop[ROUTE_HOPS_MAX];
};

struct route_walk;

/* Where routes come from: the kernel, or what a test plays. */
struct route_ops {
	/* Routes of the main table and our own addresses, by destination. NULL: errno. */
	struct route_walk *(*begin)(void *ctx, int family);
	/* 1: *out is the next one, borrowed until the next call; 0: that was all; -EAGAIN: the kernel has
	 * nothing more at this moment; -errno: the walk is over. */
	int (*next)(struct route_walk *w, const struct route **out);
	void (*end)(struct route_walk *w);
	/* Which route a packet to dst takes: 0, -ENETUNREACH, -errno. */
	int (*match)(void *ctx, const struct addr *dst, struct route *out);
};

extern const struct route_ops route_kernel; /* its ctx is NULL */

/* Which of two destinations comes first, as the walk has them. */
int route_cmp(const struct route *a, const struct route *b);

#endif
