/*
 * xfrm, inside: what the implementations (netlink.c, tests/fake/xfrm.c) share: the mirror, the
 * calls in flight and the queue of facts.
 *
 * An implementation embeds `struct xfrm` as its first member, takes calls by `submit`, ends each by
 * xfrm_call_finish() and tells the mirror what it sees. Facts and answers go through one queue, in
 * the order in which they were seen, and are told at the end of the loop turn; a change that a call
 * made is in the mirror before the call's `done` runs.
 */
#ifndef XFRM_XFRM_INTERNAL_H
#define XFRM_XFRM_INTERNAL_H

#include "base/list.h"
#include "base/loop.h"
#include "base/table.h"
#include "xfrm/xfrm.h"

#define XFRM_SPI_RESERVED 255 /* RFC 4303 2.1: 0 to 255 */
#define XFRM_REPLAY_MAX	  4096
#define XFRM_ALGO_NAME	  64 /* linux/xfrm.h, struct xfrm_algo */
#define XFRM_WATCH_MAX	  8
#define XFRM_TOMBSTONES	  256
#define XFRM_TIMEOUT_MS	  5000
#define XFRM_MAPPING_MS	  1000

enum xfrm_fact_kind {
	XFRM_FACT_SA_NEW,
	XFRM_FACT_SA_CHANGED,
	XFRM_FACT_SA_SOFT,
	XFRM_FACT_SA_MAPPING,
	XFRM_FACT_SA_GONE,
	XFRM_FACT_POLICY_NEW,
	XFRM_FACT_POLICY_GONE,
	XFRM_FACT_ACQUIRE,
	XFRM_FACT_RESYNC,
	XFRM_FACT_CALL,
};

/* Embedded in what it is about, so that telling a fact needs no memory. */
struct xfrm_fact {
	struct list node;
	enum xfrm_fact_kind kind;
	bool queued;
};

struct xfrm_sa_entry {
	struct xfrm_sa sa; /* first: a borrowed struct xfrm_sa leads back here */
	struct table_node by_spi;
	struct list all;
	uint32_t generation; /* of the dump that saw it last */
	struct xfrm_fact born, changed, soft, mapping, gone;
	struct endpoint mapped_from;
	uint64_t mapped_ms;
	bool mapped;
	enum xfrm_gone why;
	struct xfrm_author by;
};

struct xfrm_policy_entry {
	struct xfrm_policy policy; /* first */
	struct table_node by_selector;
	struct list all;
	uint32_t generation;
	struct xfrm_fact born, gone;
	struct xfrm_author by;
};

enum xfrm_op {
	XFRM_OP_SPI_ALLOC,
	XFRM_OP_SA_ADD,
	XFRM_OP_SA_UPDATE,
	XFRM_OP_SA_DELETE,
	XFRM_OP_SA_GET,
	XFRM_OP_POLICY_PUT,
	XFRM_OP_POLICY_DELETE,
	XFRM_OP_COUNT
};

/* Algorithms of an installation, owned: names are "" where there is none. */
struct xfrm_keyset {
	char aead[XFRM_ALGO_NAME], encr[XFRM_ALGO_NAME], integ[XFRM_ALGO_NAME];
	struct secret *encr_key, *integ_key;
	uint16_t icv_bits;
};

/* One call in flight: its arguments, and its answer. */
struct xfrm_call {
	struct xfrm_fact fact; /* first */
	enum xfrm_op op;
	union {
		xfrm_done *plain;
		xfrm_spi_done *spi;
		xfrm_sa_done *sa;
	} done;
	void *arg;
	struct xfrm_sa sa; /* argument; for SPI_ALLOC and SA_GET the answer too */
	struct xfrm_policy policy;
	struct xfrm_keyset keys;
	uint32_t spi_min, spi_max;
	int err;
	bool answered; /* an SPI or an SA came */
	/* The implementation's: queue, sequence number, when it was sent. */
	struct list node;
	struct table_node by_seq;
	uint32_t seq;
	uint64_t sent_ms;
};

struct xfrm_backend {
	void (*submit)(struct xfrm *x, struct xfrm_call *call); /* takes the call */
	void (*resync)(struct xfrm *x);				/* begin to read everything again */
	void (*free)(struct xfrm *x); /* finishes pending calls, xfrm_fini(), frees x */
};

struct xfrm_watcher {
	const struct xfrm_watch_ops *ops;
	void *ctx;
};

struct xfrm {
	struct loop *loop;
	struct log *log; /* may be NULL */
	const struct xfrm_backend *backend;
	const struct xfrm_ops *ops;
	struct table *sas, *policies;
	struct list all_sas, all_policies;
	struct list facts;
	bool telling; /* tell_all() of facts.c is deferred */
	struct xfrm_fact resynced;
	struct xfrm_watcher watchers[XFRM_WATCH_MAX];
	size_t watcher_count;
	uint32_t generation;
	bool dumping, dirty, synced;
	bool closing; /* calls are refused */
	/* SAs that went while a dump ran: a part of it that was written before must not raise them. */
	struct xfrm_sa_id tombstones[XFRM_TOMBSTONES];
	size_t tombstone_count;
	struct xfrm_stats stats;
};

int xfrm_init(struct xfrm *x, struct loop *loop, struct log *log,
	      const struct xfrm_backend *backend, bool read_only);
void xfrm_fini(struct xfrm *x);

/* facts.c */
void xfrm_fact_queue(struct xfrm *x, struct xfrm_fact *fact);
void xfrm_acquired(struct xfrm *x, const struct selector *sel, uint32_t reqid, uint32_t seq);
/* At the end of life: answers are given, watchers hear nothing more. */
void xfrm_facts_drop(struct xfrm *x);

/* calls.c */
void xfrm_call_finish(struct xfrm *x, struct xfrm_call *call, int err); /* takes the call */
void xfrm_call_run(struct xfrm *x, struct xfrm_call *call); /* calls done and frees the call */
extern const struct xfrm_ops xfrm_call_ops, xfrm_call_ops_read_only;

/* mirror.c: what was seen. `by` NULL: not known (a dump). -ENOMEM makes the mirror dirty. */
struct xfrm_sa_entry *xfrm_mirror_sa(const struct xfrm *x, const struct xfrm_sa_id *id);
int xfrm_mirror_put(struct xfrm *x, const struct xfrm_sa *sa, const struct xfrm_author *by);
/* An UPDSA: what was asked for, of which the kernel takes a part. */
int xfrm_mirror_update(struct xfrm *x, const struct xfrm_sa *asked, const struct xfrm_author *by);
void xfrm_mirror_counters(struct xfrm *x, const struct xfrm_sa *sa); /* no fact */
void xfrm_mirror_soft(struct xfrm *x, const struct xfrm_sa *sa);
void xfrm_mirror_mapping(struct xfrm *x, const struct xfrm_sa_id *id, const struct endpoint *from);
void xfrm_mirror_gone(struct xfrm *x, const struct xfrm_sa_id *id, enum xfrm_gone why,
		      const struct xfrm_author *by);
void xfrm_mirror_flush(struct xfrm *x, uint8_t proto, const struct xfrm_author *by);
/* A dump: begin, put what it holds (by NULL), end. `dirty` at the end: read again. */
void xfrm_mirror_dump_begin(struct xfrm *x);
void xfrm_mirror_dump_end(struct xfrm *x);
bool xfrm_proto_matches(uint8_t sa_proto, uint8_t flushed);

/* mirror_policy.c */
int xfrm_mirror_policy_put(struct xfrm *x, const struct xfrm_policy *p,
			   const struct xfrm_author *by);
void xfrm_mirror_policy_gone(struct xfrm *x, const struct xfrm_policy *p,
			     const struct xfrm_author *by);
void xfrm_mirror_policy_flush(struct xfrm *x, const struct xfrm_author *by);
void xfrm_mirror_policy_sweep(struct xfrm *x); /* those that the dump did not hold */

#endif
