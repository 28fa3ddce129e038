/*
 * link/wire: rtnetlink messages about interfaces and addresses as plain values; no socket, no
 * state. Malformed ones are counted and skipped, unknown ones skipped.
 */
#ifndef LINK_WIRE_H
#define LINK_WIRE_H

#include "link/link.h"

struct nl_msg;

enum link_wire_kind {
	LINK_WIRE_LINK,
	LINK_WIRE_LINK_GONE,
	LINK_WIRE_ADDR,
	LINK_WIRE_ADDR_GONE, /* or not usable: duplicate, or not yet known to be none (RFC 4862) */
};

struct link_wire_event {
	enum link_wire_kind kind;
	int index;
	char name[16]; /* LINK */
	bool up, running, loopback;
	uint32_t mtu;
	struct link_detail detail; /* LINK; without rates */
	struct prefix addr;	   /* ADDR: with its host bits */
	bool secondary, permanent, link_local;
	struct addr broadcast;
};

/* Calls fn for each message understood; data is aligned for netlink. Returns how many were
 * malformed. */
unsigned int link_wire_parse(const void *data, size_t len,
			     void (*fn)(void *ctx, const struct link_wire_event *ev), void *ctx);

/* The request for a dump of interfaces, or of addresses of both families; NULL: no memory. The
 * caller's: nlmsg_free(). */
struct nl_msg *link_wire_dump(bool addresses);

#endif
