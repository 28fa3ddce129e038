/* link, inside: the table of interfaces, apart from the socket that feeds it, so that tests can. */
#ifndef LINK_LINK_INTERNAL_H
#define LINK_LINK_INTERNAL_H

#include "base/list.h"
#include "base/loop.h"
#include "link/link.h"
#include "link/wire.h"

#define LINK_LISTENERS_MAX 8

struct link_addr {
	struct list node;
	struct prefix prefix;
	uint32_t generation; /* of the dump that saw it last */
};

struct link_entry {
	struct link_info info; /* first; addrs: the first 16 of `addrs` */
	struct list all, told;
	struct list addrs; /* struct link_addr, all of them */
	uint32_t generation;
	bool queued; /* in `told` */
	bool gone;   /* freed when told */
};

struct netlink;

struct link_listener {
	const struct link_ops *ops;
	void *ctx;
};

struct link {
	struct loop *loop;
	struct log *log;
	struct list all, told;
	struct link_listener listeners[LINK_LISTENERS_MAX];
	size_t listener_count;
	bool telling;
	bool dirty; /* memory was short: read again */
	uint32_t generation;
	/* socket.c */
	struct netlink *nl;
	struct loop_timer timer; /* the next dump, or the patience with the one that runs */
	int dump;		 /* enum dump_state */
	uint32_t seq;		 /* of the dump's request */
};

struct link *link_table_new(struct loop *loop, struct log *log); /* without a socket */
void link_table_free(struct link *l);
void link_table_event(struct link *l, const struct link_wire_event *ev);
void link_table_dump_begin(struct link *l);
void link_table_dump_end(struct link *l); /* drops what the dump did not hold */

#endif
