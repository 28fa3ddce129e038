/*
 * xfrm/wire: netlink XFRM messages as plain values: building into a buffer and parsing from one, no
 * socket, no state, no allocation.
 *
 * A parsed event never holds a key: of the algorithm attributes the names and lengths are taken.
 * What is malformed is counted and skipped, what is unknown is skipped.
 */
#ifndef XFRM_WIRE_H
#define XFRM_WIRE_H

#include "base/writer.h"
#include "xfrm/xfrm_internal.h"

/* More than any message built here: an SA with all attributes and two keys of SECRET_MAX. */
#define XFRM_WIRE_MAX 4096

enum xfrm_wire_kind {
	XFRM_WIRE_SA,	   /* NEWSA, UPDSA: event, dump, or answer */
	XFRM_WIRE_SA_GONE, /* DELSA */
	XFRM_WIRE_SA_FLUSH,
	XFRM_WIRE_EXPIRE,
	XFRM_WIRE_ACQUIRE,
	XFRM_WIRE_MAPPING,
	XFRM_WIRE_POLICY,
	XFRM_WIRE_POLICY_GONE, /* DELPOLICY, and POLEXPIRE when hard */
	XFRM_WIRE_POLICY_FLUSH,
	XFRM_WIRE_MIGRATE, /* addresses of SAs changed: only a dump tells how */
	XFRM_WIRE_ACK,	   /* NLMSG_ERROR: err 0 or -errno */
	XFRM_WIRE_DONE,	   /* of a dump: err 0 or -errno */
};

struct xfrm_wire_event {
	enum xfrm_wire_kind kind;
	uint32_t pid, seq;
	bool interrupted; /* NLM_F_DUMP_INTR: the tables changed while they were dumped */
	int err;
	bool update;	    /* SA: UPDSA */
	bool hard;	    /* EXPIRE */
	enum xfrm_gone why; /* EXPIRE, hard */
	uint8_t proto;	    /* SA_FLUSH */
	struct xfrm_sa sa;  /* SA: whole; EXPIRE: without algorithms; SA_GONE, MAPPING: id */
	struct xfrm_policy policy;
	struct selector sel; /* ACQUIRE */
	uint32_t reqid, acquire_seq;
	struct endpoint from; /* MAPPING */
};

/*
 * Calls fn for each message understood in a datagram, in order; the event is borrowed. `data` is
 * aligned for netlink (4 bytes). Returns the number of malformed messages; a length that lies ends
 * the datagram.
 */
unsigned int xfrm_wire_parse(const void *data, size_t len,
			     void (*fn)(void *ctx, const struct xfrm_wire_event *ev), void *ctx);

/*
 * Appends the request that a call is, asking for an acknowledgement. False: it does not fit (the
 * buffer is as before). The buffer then holds keys: wipe it.
 */
bool xfrm_wire_build(struct writer *w, const struct xfrm_call *call, uint32_t pid, uint32_t seq);

/* The request for a dump of SAs, or of policies. */
bool xfrm_wire_build_dump(struct writer *w, bool policies, uint32_t pid, uint32_t seq);

#endif
