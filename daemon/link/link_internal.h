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
	struct link_address a;
	uint32_t generation; /* of the dump that saw it last */
};

struct link_entry {
	struct link_info info; /* first; addrs: the first 16 of `addrs` */
	struct link_detail detail;
	struct link_counters sampled; /* of the last sample, for rates */
	uint64_t sampled_ms;	      /* when that was; 0 = never */
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

/* Somebody who wants figures. */
struct link_waiter {
	struct list node;
	bool begun; /* the dump that answers it runs */
	void (*done)(void *arg);
	void *arg;
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
	struct list waiters;
	struct loop_timer sample; /* rates */
	/* figures.c; tests have another. 0 or -errno. */
	int (*ask_hardware)(const struct link *l, const char *name, struct link_hardware *out);
	size_t count; /* of interfaces */
};

/* One step of the means: what was counted in elapsed_ms. */
void link_rates_step(struct link_rates *r, const struct link_counters *before,
		     const struct link_counters *now, uint64_t elapsed_ms);
void link_table_sample(struct link *l, uint64_t now_ms); /* a step for every interface */
int link_ask_driver(const struct link *l, const char *name, struct link_hardware *out);
/* Who waits is marked as answered by the dump that begins now; true: somebody waits. */
bool link_waiters_begin(struct link *l);
void link_waiters_end(struct link *l, bool all); /* calls those; all: the others too */

struct link *link_table_new(struct loop *loop, struct log *log); /* without a socket */
void link_table_free(struct link *l);
void link_table_event(struct link *l, const struct link_wire_event *ev);
void link_table_dump_begin(struct link *l);
void link_table_dump_end(struct link *l); /* drops what the dump did not hold */

#endif
