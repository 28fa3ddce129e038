/*
 * engine/router: router's side of the engine interface: tokens, the pair's life, CONN_PUT and
 * CONN_DEL on conn's facts, LIST after a new pair, and what is known of IKE SAs and Children
 * (for `show`, `sa`, `recovery`). Requests of the engine go to `sa` through struct engine_ops
 * (POLICY_ADD nobody takes).
 */
#ifndef ENGINE_ROUTER_H
#define ENGINE_ROUTER_H

#include "engine/engine.h"

struct conn_table;
struct engine;
struct log;
struct loop;

/* What router's other rooms hear; called from the loop (the link's descriptor), never from inside
 * a call of this room. NULL members are skipped. */
struct engine_ops {
	/* ALLOC_SPI, SA_*, POLICY_ADD: true = taken, will be answered once by engine_answer(token).
	 * Borrowed; its secrets too. What nobody takes is answered with -EOPNOTSUPP. */
	bool (*request)(void *ctx, const struct engine_msg *m);
	/* Notes for the flight recorder. */
	void (*records)(void *ctx, const struct engine_records *records);
	/* IKE_*, CHILD_*, PEER_NOTIFY. */
	void (*event)(void *ctx, const struct engine_msg *m);
	void (*up)(void *ctx);	 /* HELLO and LIST are through */
	void (*down)(void *ctx); /* the pair broke; kernel SAs keep forwarding */
};

typedef void engine_result(void *arg, const struct engine_done *done);

/* An IKE SA as router knows it. */
struct engine_ike_info {
	struct engine_ike_event e;
	bool established;
	uint64_t since_ms; /* loop time of IKE_UP (or of IKE_HALF) */
	uint32_t children;
	uint32_t display_id; /* small number for people: Tunnel-id */
};

/* Listens to conns; all three are borrowed for its life. Without a pair until engine_attach(). NULL: no
 * memory. */
struct engine *engine_new(struct loop *loop, struct conn_table *conns, struct log *log);
void engine_free(struct engine *e); /* who still waits hears nothing; NULL is fine */
/* Several may listen, and hear in this order; a request is whose that takes it first. ops and ctx are
 * borrowed for the life of e. 0 or -ENOSPC. */
int engine_listen(struct engine *e, const struct engine_ops *ops, void *ctx);

/* A new pair to an engine process; replaces a broken one. `port` is borrowed until engine_detach(). */
void engine_attach(struct engine *e, struct engine_port port);
void engine_detach(struct engine *e);			     /* pending tokens fail with -EPIPE */
void engine_receive(struct engine *e, struct engine_msg *m); /* from the link */

uint32_t
engine_capabilities(const struct engine *e); /* ENGINE_DELETE_UNKNOWN_SPI, …: of its HELLO */
bool engine_is_up(const struct engine *e);   /* HELLO and LIST are through */
bool engine_speaks(const struct engine *e);  /* its HELLO has come over this pair */

/* Sends a request; done is called once (also with -EPIPE), never before this returns. The type and
 * its body are taken from m; the token is set here. 0 or -errno (then done is not called). */
int engine_request(struct engine *e, struct engine_msg *m, engine_result *done, void *arg);
int engine_answer(struct engine *e, uint32_t token, const struct engine_done *done);
/* arg goes away: results of requests with it are not told any more. */
void engine_forget(struct engine *e, const void *arg);

/* The best IKE SA with that peer address: established before half-open, youngest first; NULL. */
const struct engine_ike_info *engine_ike_by_peer(const struct engine *e, const struct addr *peer);
const struct engine_ike_info *engine_ike_by_handle(const struct engine *e, engine_ike ike);
/* All, youngest first: walk with it = NULL. A walk over several turns goes on below a display id (0 =
 * the youngest), also when that one has gone. */
const struct engine_ike_info *engine_ike_next(const struct engine *e,
					      const struct engine_ike_info *it);
const struct engine_ike_info *engine_ike_below(const struct engine *e, uint32_t display_id);
/* Those of a connection, in any order: walk with it = NULL. */
const struct engine_ike_info *engine_ike_next_of(const struct engine *e, uint32_t conn,
						 const struct engine_ike_info *it);

/* As the engine told them last, after a request ENGINE_STATS; zeros before, less what was cleared. Borrowed. */
const struct engine_stats *engine_stats(const struct engine *e);
/* Counters are told from here on less what they are now; gauges stay. */
void engine_stats_clear(struct engine *e);

#endif
