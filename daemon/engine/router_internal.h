/* router_internal: what the files of router's side of the engine share. */
#ifndef ENGINE_ROUTER_INTERNAL_H
#define ENGINE_ROUTER_INTERNAL_H

#include "base/list.h"
#include "base/loop.h"
#include "base/order.h"
#include "base/table.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "log/log.h"

#define LISTENERS_MAX 8

/* An IKE SA, found by handle, by peer and by connection, and walked in the order in which they came. */
struct ike_entry {
	struct order_node order; /* its number is the display id */
	struct table_node by_handle, by_peer, by_conn;
	struct engine_ike_info info;
	bool seen; /* told by this LIST */
};

struct engine {
	struct loop *loop;
	struct conn_table *conns;
	struct log *log;
	struct {
		const struct engine_ops *ops;
		void *ctx;
	} listeners[LISTENERS_MAX];
	size_t listener_count;
	struct engine_port port;
	bool attached, hello, listed;
	uint32_t capabilities;
	uint32_t next_token;
	struct table *pending;
	struct order *ikes;
	struct table *by_handle, *by_peer, *by_conn; /* of ikes */
	struct loop_timer relist; /* a page could not be asked for, or was refused */
	uint32_t list_cursor;
	/* puts.c: connections that the engine is to be told of, in the order in which they changed */
	struct list dues;
	struct table *due_by_conn;
	unsigned int unanswered; /* of CONN_PUT */
	struct loop_timer put_again;
	bool list_due;				  /* once all of them are sent */
	struct engine_stats stats, stats_cleared; /* the latter is taken off the counters */
};

/* router.c */
void engine_list_page(struct engine *e, uint32_t cursor);

/* puts.c: connections go over */
int engine_puts_init(struct engine *e);
void engine_puts_free(struct engine *e);
void engine_puts_begin(struct engine *e); /* HELLO came: all of them, then LIST */
void engine_puts_end(struct engine *e);	  /* the pair broke */
/* What is due of the connection that a request is about goes before it. */
void engine_puts_before(struct engine *e, const struct engine_msg *m);

/* ikes.c: what is known of IKE SAs */
int engine_ikes_init(struct engine *e);
void engine_ikes_free(struct engine *e);
void engine_ikes_clear(struct engine *e, bool unseen_only);
void engine_ikes_unsee(struct engine *e);
void engine_ikes_event(struct engine *e, const struct engine_msg *m);
void engine_ikes_event_after(struct engine *e, const struct engine_msg *m);

#endif
