/*
 * net/icmp: ICMP echo requests on behalf of people, and what comes of each: by raw sockets that were
 * opened with the privilege for it and are handed in. Nobody who asks can flood: all together send no more
 * than a hundred a second, the rest waits its turn, and of those that wait there are sixty-four at most.
 */
#ifndef NET_ICMP_H
#define NET_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct icmp;
struct loop;

#define ICMP_SIZE_MIN 36
#define ICMP_SIZE_MAX 18024

enum icmp_outcome {
	ICMP_REPLY,
	ICMP_TIMEOUT,
	ICMP_IS_UNREACHABLE,
	ICMP_EXPIRED,
	ICMP_TOO_BIG,
	ICMP_NO_ROUTE /* the kernel did not send it */
};

struct icmp_probe {
	struct addr destination, source; /* source unset: the kernel chooses */
	uint16_t size;			 /* of the packet with its headers, ICMP_SIZE_MIN … MAX */
	uint8_t ttl;
	uint32_t timeout_ms;
	bool df; /* not to be fragmented */
};

struct icmp_answer {
	enum icmp_outcome outcome;
	struct addr from; /* unset: nobody answered */
	uint8_t code;	  /* of the ICMP message */
	uint64_t round_trip_us;
};

typedef void icmp_done(void *arg, const struct icmp_answer *a);

/* A socket for icmp_new(): takes CAP_NET_RAW. The descriptor or -errno. */
int icmp_open(int family);
/* Takes both descriptors, -1 = none of that family. NULL: no memory, and they stay the caller's. */
struct icmp *icmp_new(struct loop *loop, int fd4, int fd6);
void icmp_free(struct icmp *i); /* NULL is fine; who waits is told ICMP_TIMEOUT */
/* Sends it when its turn comes; calls done once, in a later turn. 0, -EBUSY: too many wait,
 * -EAFNOSUPPORT: no socket of that family, -ENOMEM. */
int icmp_probe(struct icmp *i, const struct icmp_probe *p, icmp_done *done, void *arg);

#endif
