/*
 * Connections go over: CONN_PUT of all to a new pair, CONN_PUT and CONN_DEL of what changes. However
 * many there are, only some CONN_PUT are under way at a time, and each answer lets the next go: a
 * configuration of any size neither fills the pair's queue nor a turn of the loop. What waits is an id,
 * in the order of the changes; it is looked up when its turn comes, so that the last version goes.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/router_internal.h"

#define UNANSWERED_MAX 64
#define PUT_AGAIN_MS   500 /* there was no memory for it */

struct due {
	struct list link;
	struct table_node node;
	uint32_t conn;
};

static void pump(struct engine *e);

/* ---- what is due -------------------------------------------------------------------------------- */

static uint32_t due_hash(const struct engine *e, uint32_t conn)
{
	return hash_u32(conn, table_seed(e->due_by_conn));
}

static bool due_is(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct due, node)->conn == *(const uint32_t *)key;
}

static struct due *due_find(const struct engine *e, uint32_t conn)
{
	struct table_node *n = table_find(e->due_by_conn, due_hash(e, conn), due_is, &conn);

	return n ? table_entry(n, struct due, node) : NULL;
}

static void due_free(struct engine *e, struct due *d)
{
	table_remove(e->due_by_conn, &d->node);
	list_remove(&d->link);
	alloc_free(d);
}

static int due_add(struct engine *e, uint32_t conn)
{
	struct due *d = due_find(e, conn);

	if (d)
		return 0;
	d = alloc_zero(sizeof(*d));
	if (!d)
		return -ENOMEM;
	d->conn = conn;
	if (table_insert(e->due_by_conn, &d->node, due_hash(e, conn))) {
		alloc_free(d);
		return -ENOMEM;
	}
	list_append(&e->dues, &d->link);
	return 0;
}

/* ---- sending -------------------------------------------------------------------------------------- */

static void say_refused(struct engine *e, int err)
{
	if (err && err != -EPIPE)
		log_debug(e->log, LOG_DEBUG_IKEV2, NULL, "the engine refused a connection: %s",
			  strerror(-err));
}

static void put_done(void *arg, const struct engine_done *done)
{
	struct engine *e = arg;

	say_refused(e, done->result);
	if (e->unanswered)
		e->unanswered--;
	pump(e);
}

static void del_done(void *arg, const struct engine_done *done)
{
	say_refused(arg, done->result);
}

static int conn_send(struct engine *e, uint32_t id)
{
	const struct conn *c = conn_by_id(e->conns, id);
	struct engine_msg put = {.type = ENGINE_CONN_PUT, .conn_put.conn = c};
	struct engine_msg del = {.type = ENGINE_CONN_DEL,
				 .ref = {.conn = id, .why = ENGINE_WHY_CONFIG}};
	int err = engine_request(e, c ? &put : &del, c ? put_done : del_done, e);

	if (!err && c)
		e->unanswered++;
	return err;
}

/* False: there was no memory; it is tried again. */
static bool send_due(struct engine *e, struct due *d)
{
	int err = conn_send(e, d->conn);

	if (err == -ENOMEM) {
		loop_timer_set(&e->put_again, PUT_AGAIN_MS);
		return false;
	}
	say_refused(e, err);
	due_free(e, d);
	return true;
}

static void pump(struct engine *e)
{
	while (!list_empty(&e->dues)) {
		if (e->unanswered >= UNANSWERED_MAX ||
		    !send_due(e, list_entry(e->dues.next, struct due, link)))
			return;
	}
	if (!e->list_due)
		return;
	e->list_due = false;
	engine_list_page(e, 0);
}

static void put_again(void *arg)
{
	pump(arg);
}

static uint32_t conn_of(const struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_INITIATE:
		return m->initiate.conn;
	case ENGINE_NOTIFY_SEND:
		return m->notify_send.conn;
	case ENGINE_CREATE_CHILD:
	case ENGINE_REPLACE_CHILD:
	case ENGINE_REPLACE_IKE:
	case ENGINE_CLOSE:
	case ENGINE_LIVENESS:
		return m->ref.conn;
	default:
		return 0;
	}
}

void engine_puts_before(struct engine *e, const struct engine_msg *m)
{
	const uint32_t conn = list_empty(&e->dues) ? 0 : conn_of(m);
	struct due *d = conn ? due_find(e, conn) : NULL;

	if (d)
		send_due(e, d);
}

/* ---- when ------------------------------------------------------------------------------------------ */

static void conn_changed(void *ctx, const struct conn *old, const struct conn *new)
{
	struct engine *e = ctx;
	uint32_t id = new ? new->id : old->id;

	if (!e->hello || (e->capabilities & ENGINE_OWNS_CONN))
		return;
	if (due_add(e, id))
		conn_send(e, id); /* before its turn is better than not at all */
	pump(e);
}

static const struct conn_ops conn_listener = {.changed = conn_changed};

int engine_puts_init(struct engine *e)
{
	loop_timer_init(&e->put_again, e->loop, "engine connections", put_again, e);
	e->due_by_conn = table_new();
	return e->due_by_conn ? conn_table_listen(e->conns, &conn_listener, e) : -ENOMEM;
}

void engine_puts_begin(struct engine *e)
{
	const bool all = !(e->capabilities & ENGINE_OWNS_CONN);

	for (const struct conn *c = NULL; all && (c = conn_next(e->conns, c));)
		if (due_add(e, c->id))
			conn_send(e, c->id);
	e->list_due = true;
	pump(e);
}

void engine_puts_end(struct engine *e)
{
	/* Answers to what was sent over the old pair are not counted on the next. */
	engine_forget(e, e);
	loop_timer_stop(&e->put_again);
	while (!list_empty(&e->dues))
		due_free(e, list_entry(e->dues.next, struct due, link));
	e->unanswered = 0;
	e->list_due = false;
}

void engine_puts_free(struct engine *e)
{
	loop_timer_stop(&e->put_again);
	while (!list_empty(&e->dues))
		due_free(e, list_entry(e->dues.next, struct due, link));
	table_free(e->due_by_conn);
}
