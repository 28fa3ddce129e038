/*
 * link: interfaces and addresses, by rtnetlink: which address an interface has (the local end of a
 * crypto map), and whether it is up. Facts go up when they change.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct link;
struct log;
struct loop;

#define LINK_ADDRS_MAX 16

struct link_info {
	int index;
	char name[16];
	bool up, running, loopback;
	uint32_t mtu;
	struct prefix addrs[LINK_ADDRS_MAX]; /* prefix.addr keeps its host bits here */
	uint8_t addr_count;
};

/* Since the interface was made (include/uapi/linux/if_link.h, rtnl_link_stats64). */
struct link_counters {
	uint64_t rx_packets, rx_bytes, rx_errors, rx_dropped, rx_missed, rx_crc, rx_frame, rx_over,
		rx_fifo, rx_nohandler, multicast;
	uint64_t tx_packets, tx_bytes, tx_errors, tx_dropped, tx_carrier, tx_fifo, collisions;
};

/* A second, as a decaying mean over five minutes. */
struct link_rates {
	double rx_bits, tx_bits, rx_packets, tx_packets, errors;
};

#define LINK_MAC_MAX   8
#define LINK_ALIAS_MAX 256

/* What shows want to know beyond struct link_info. */
struct link_detail {
	bool lower_up;		    /* the carrier is there */
	uint16_t hardware;	    /* ARPHRD_… */
	char kind[16];		    /* "veth", "gre"; "" = a device of its own */
	char qdisc[16];		    /* queueing discipline */
	char alias[LINK_ALIAS_MAX]; /* `ip link set … alias`; "" = none */
	uint8_t mac[LINK_MAC_MAX], permanent[LINK_MAC_MAX];
	uint8_t mac_len, permanent_len; /* 0 = none, or longer than fits */
	uint16_t vlan;			/* 0 = none */
	uint32_t carrier_changes;
	struct link_counters counters;
	struct link_rates rates;
};

/* What the device's driver says; asked at the moment of the call. */
struct link_hardware {
	char driver[32];     /* "" = it does not say */
	uint32_t speed_mbit; /* 0 = none, or not known */
	bool duplex_known, full_duplex, autoneg;
	bool twisted_pair, fibre; /* its port; neither = something else */
};

struct link_address {
	struct prefix prefix; /* prefix.addr keeps its host bits */
	bool secondary, permanent, link_local;
	struct addr broadcast; /* unset = none */
};

struct link_ops {
	void (*changed)(void *ctx, const char *name); /* new, gone, up, down, addresses */
};

/* Opens the socket and asks for all there is; answers come by the loop. loop and log are borrowed.
 * NULL: no memory, or no socket (errno). */
struct link *link_new(struct loop *loop, struct log *log);
void link_free(struct link *l); /* NULL is fine */
/* 0, or -ENOSPC; ops and ctx are borrowed until link_free(). */
int link_listen(struct link *l, const struct link_ops *ops, void *ctx);
/* What is found is borrowed, and good until the end of the turn; NULL: there is none. */
const struct link_info *link_by_name(const struct link *l, const char *name);
const struct link_info *link_by_index(const struct link *l, int index);
/* Walks all, with it = NULL at first. */
const struct link_info *link_next(const struct link *l, const struct link_info *it);
/* Of any interface, also those beyond LINK_ADDRS_MAX. */
bool link_addr_is_local(const struct link *l, const struct addr *a);

/* Of an interface found here; good as long as that is. */
const struct link_detail *link_detail(const struct link_info *it);
/* The first one with an index above this, in their order; NULL: none. */
const struct link_info *link_above(const struct link *l, int index);
/* Its addresses in the kernel's order; index from 0; false at the end. */
bool link_address_get(const struct link_info *it, size_t index, struct link_address *out);
/* Asks the kernel for counters as they are now, then calls done once, in a later turn; with older
 * ones where it does not answer. */
void link_refresh(struct link *l, void (*done)(void *arg), void *arg);
/* 0, or -errno: there is no such interface, or its driver does not say. */
int link_hardware(const struct link *l, const char *name, struct link_hardware *out);

#endif
