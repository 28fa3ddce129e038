/* sa_internal: what the files of room sa share. */
#ifndef SA_INTERNAL_H
#define SA_INTERNAL_H

#include "base/anchor.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/order.h"
#include "base/pace.h"
#include "base/table.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"
#include "sa/history.h"
#include "sa/sa.h"

#define SA_LISTENERS_MAX 4

struct sa_entry {		 /* a pair */
	struct order_node order; /* its number is the pair's id */
	struct table_node by_in, by_out, by_conn, by_ike;
	struct list lost; /* in sa's list of those that lost a half, or alone */
	struct sa *sa;
	struct sa_pair pub;
	struct loop_timer soft, hard;
	enum sa_death why; /* decided before the kernel confirms; NONE: lives */
	/* May stand in the kernel by our hand. Only such a half is ever deleted: what else stands
	 * under its identifiers is another's. */
	bool in_kernel, out_kernel;
	bool asked;		/* the engine was asked to close it */
	bool dying;		/* it goes from the kernel */
	bool silent;		/* its outbound half went by the engine's wish, the rest will */
	bool lingers;		/* dying; its inbound half waits for what was on its way */
	bool lost_in, lost_out; /* gone from the kernel without our doing, to be told */
	enum sa_death lost_why;
	struct xfrm_author lost_by;
	unsigned int deleting;	  /* kernel deletions not yet confirmed */
	uint64_t orphan_since_ms; /* its IKE SA is gone: retired once a successor decrypts */
	bool forgotten;		  /* the peer says that it began anew: not for long */
	bool relieved;		  /* a successor decrypts; what is on its way may still arrive */
};

struct sa_larval {
	struct list link;
	struct table_node by_spi, by_peer;
	struct sa *sa;
	uint32_t spi, conn, child;
	struct addr local, remote;
	uint8_t proto;
	uint64_t since_ms;
};

/* Something that was asked of the engine for a Child: one at a time, tried again with back-off. */
struct sa_want {
	struct list link;
	struct table_node node;
	struct sa *sa;
	uint32_t conn, child;
	enum engine_reason why;
	bool running;
	bool initiate; /* the IKE SA that router knows of is no use for it */
	unsigned int tries;
	uint64_t since_ms;
	struct loop_timer retry;
};

/* What a Child's SAs have carried: of those that have gone, less what was told at the last clear. */
struct sa_child {
	struct table_node by_conn;
	uint32_t conn, child;
	uint64_t gone, cleared;
};

/* The engine was asked to close a pair. */
struct sa_ask {
	struct list link;
	struct sa *sa;
	uint32_t spi_in;
};

/* Pairs that end by our own doing, some a turn: those of a peer that were there when it began. */
struct sa_ending {
	struct list link;
	struct addr peer;    /* unset: all */
	uint32_t from, last; /* ids: above this one, to that one */
	enum sa_death why;
	void (*end)(struct sa_entry *e, enum sa_death why);
};

/* A caller of sa_clear() or sa_stop(), until the pairs have gone. */
struct sa_waiter {
	struct list link;
	struct addr peer; /* unset: all */
	uint32_t last;	  /* the id of the youngest that it waits for */
	uint64_t left;
	xfrm_done *done;
	void *arg;
};

struct sa_flush; /* a job under way */

struct sa {
	struct anchor *anchor; /* held by what is under way in the kernel */
	struct loop *loop;
	struct jobs *jobs;
	struct xfrm *xfrm;
	const struct xfrm_ops *kernel;
	void *kernel_ctx;
	struct conn_table *conns;
	struct engine *engine;
	struct log *log;
	struct history *history;
	struct order *pairs;
	struct table *by_in, *by_out, *by_conn, *by_ike; /* the pairs */
	struct list lost; /* pairs of which a half was lost, to be told */
	struct list larvals, wants, asks, waiters, endings;
	struct table *larval_by_spi, *larval_by_peer, *want_by_child;
	struct table *children; /* struct sa_child, by connection */
	struct {
		const struct sa_ops *ops;
		void *ctx;
	} listeners[SA_LISTENERS_MAX];
	size_t listener_count;
	struct loop_timer flush_timer, orphan_timer, call_timer, end_timer;
	struct sa_flush *flush; /* a job runs */
	bool adopted;		/* start's adoption is through */
	bool stopping;
	bool sweep_due, conns_due;
	uint64_t acquires, refused;
	uint32_t orphan_from, call_from; /* the ids above which the next ticks look */
	struct sa_waiter *stop_waiter; /* made beforehand: a stop must not fail for want of memory */
};

/* pairs.c */
int sa_pairs_init(struct sa *sa);
void sa_pairs_free(struct sa *sa);
/* All, oldest first: walk with it = NULL. */
struct sa_entry *sa_entry_next(const struct sa *sa, const struct sa_entry *it);
struct sa_entry *sa_entry_of_ike(const struct sa *sa, engine_ike ike); /* one of them */
void sa_entry_set_ike(struct sa_entry *e, engine_ike ike);
int sa_larval_add(struct sa_larval *l); /* 0 or -ENOMEM */
struct sa_entry *sa_entry_new(struct sa *sa, const struct sa_pair *pub);
void sa_entry_free(struct sa_entry *e);
struct sa_entry *sa_entry_by_in(const struct sa *sa, uint32_t spi_in);
struct sa_entry *sa_entry_by_out(const struct sa *sa, const struct addr *peer, uint32_t spi_out);
struct sa_larval *sa_larval_find(const struct sa *sa, uint32_t spi);
void sa_larval_free(struct sa_larval *l);
void sa_larval_drop(struct sa_larval *l); /* buries and frees: never installed */
struct xfrm_sa_id sa_id_in(const struct sa_pair *p);
struct xfrm_sa_id sa_id_out(const struct sa_pair *p);
/* A pair of which the kernel has nothing and that no IKE SA holds goes. */
void sa_entry_settle(struct sa_entry *e);
/* The last that is heard of a pair: told, waiters served, freed. */
void sa_entry_over(struct sa_entry *e);
uint8_t sa_ipproto(uint8_t ike_protocol); /* IKE_PROTO_ESP → IPPROTO_ESP */

/* traffic.c */
void sa_traffic_over(struct sa_entry *e); /* the pair goes: its packets stay counted */
void sa_traffic_sweep(struct sa *sa);	  /* of connections that are gone */
void sa_traffic_free(struct sa *sa);

/* sa.c */
void sa_tell_up(struct sa *sa, const struct sa_entry *e);
void sa_tell_gone(struct sa *sa, const struct sa_entry *e, enum sa_death why);
/* Writes the death of an inbound SPI of ours into the grave (the first one stays). */
void sa_bury(struct sa *sa, const struct sa_entry *e, enum sa_death why,
	     const struct xfrm_author *by, uint32_t last_seq);

/* serve.c: the engine's requests */
bool sa_serve(void *ctx, const struct engine_msg *m);
void sa_answer(struct sa *sa, uint32_t token, int result);
bool sa_refuse(struct sa *sa, const struct engine_msg *m, int err, const char *why); /* true */

/* end.c: how a pair leaves the kernel */
bool sa_serve_delete(struct sa *sa, const struct engine_msg *m);
/* Removes what the kernel has of a pair; frees the entry when the kernel has confirmed. */
void sa_entry_delete(struct sa_entry *e, enum sa_death why);

/* close.c: ending pairs by our own doing */
void sa_entry_close(struct sa_entry *e, enum sa_death why);
void sa_waiters_serve(struct sa *sa, const struct sa_pair *gone);
void sa_larval_delete(struct sa_larval *l); /* from the kernel, too */
/* The configuration changed: what no connection has any more goes. */
void sa_conns_changed(void *ctx, const struct conn *old, const struct conn *new);
void sa_waits_free(struct sa *sa);
void sa_endings_run(void *arg);

/* watch.c: the kernel's facts */
extern const struct xfrm_watch_ops sa_watch_ops;

/* lifetime.c */
void sa_lifetime_init(struct sa_entry *e);
void sa_lifetime_start(struct sa_entry *e, uint64_t age_ms);
void sa_replace(struct sa_entry *e, enum engine_reason why);

/* want.c: INITIATE and CREATE_CHILD on behalf of traffic and of orphans */
int sa_want(struct sa *sa, uint32_t conn, uint32_t child, enum engine_reason why,
	    uint64_t delay_ms);
void sa_want_free(struct sa_want *w);
void sa_wants_run(struct sa *sa); /* the engine is up */

/* adopt.c: start, and pairs whose IKE SA is gone */
void sa_engine_up(void *ctx);
void sa_engine_down(void *ctx);
void sa_engine_event(void *ctx, const struct engine_msg *m);
void sa_orphan_tick(void *arg);
void sa_orphan_calls(void *arg);

#endif
