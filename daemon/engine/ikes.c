/*
 * What router knows of IKE SAs: made and changed by the engine's events, told anew by LIST. Found by
 * handle, by peer and by connection without a walk, because each packet's and each pair's decisions ask.
 */
#include <errno.h>

#include "base/alloc.h"
#include "base/text.h"
#include "engine/abort.h"
#include "engine/router_internal.h"

#define ABORT_WORDS_MAX 600

int engine_ikes_init(struct engine *e)
{
	e->ikes = order_new();
	e->by_handle = table_new();
	e->by_peer = table_new();
	e->by_conn = table_new();
	return e->ikes && e->by_handle && e->by_peer && e->by_conn ? 0 : -ENOMEM;
}

static uint32_t handle_hash(const struct engine *e, engine_ike ike)
{
	return hash_u32(ike, table_seed(e->by_handle));
}

static uint32_t peer_hash(const struct engine *e, const struct addr *peer)
{
	return addr_hash(peer, table_seed(e->by_peer));
}

static uint32_t conn_hash(const struct engine *e, uint32_t conn)
{
	return hash_u32(conn, table_seed(e->by_conn));
}

static void ike_free(struct engine *e, struct ike_entry *i)
{
	table_remove(e->by_handle, &i->by_handle);
	table_remove(e->by_peer, &i->by_peer);
	table_remove(e->by_conn, &i->by_conn);
	order_remove(e->ikes, &i->order);
	alloc_free(i);
}

static struct ike_entry *entry_of(struct order_node *n)
{
	return n ? order_entry(n, struct ike_entry, order) : NULL;
}

void engine_ikes_clear(struct engine *e, bool unseen_only)
{
	struct order_node *n = order_next(e->ikes, NULL), *next;

	for (; n; n = next) {
		struct ike_entry *i = entry_of(n);

		next = order_next(e->ikes, n);
		if (!unseen_only || !i->seen)
			ike_free(e, i);
	}
}

void engine_ikes_free(struct engine *e)
{
	if (e->ikes)
		engine_ikes_clear(e, false);
	order_free(e->ikes);
	table_free(e->by_handle);
	table_free(e->by_peer);
	table_free(e->by_conn);
}

void engine_ikes_unsee(struct engine *e)
{
	for (struct order_node *n = NULL; (n = order_next(e->ikes, n));)
		entry_of(n)->seen = false;
}

/* ---- finding ------------------------------------------------------------------------------------ */

static bool handle_is(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct ike_entry, by_handle)->info.e.ike ==
	       *(const engine_ike *)key;
}

static struct ike_entry *ike_find(const struct engine *e, engine_ike ike)
{
	struct table_node *n = table_find(e->by_handle, handle_hash(e, ike), handle_is, &ike);

	return n ? table_entry(n, struct ike_entry, by_handle) : NULL;
}

const struct engine_ike_info *engine_ike_by_handle(const struct engine *e, engine_ike ike)
{
	struct ike_entry *i = ike_find(e, ike);

	return i ? &i->info : NULL;
}

/* Established before half-open; of half-open ones, ours before the peer's; then the youngest. */
static bool is_better(const struct engine_ike_info *a, const struct engine_ike_info *b)
{
	if (a->established != b->established)
		return a->established;
	if (!a->established && a->e.initiator != b->e.initiator)
		return a->e.initiator;
	return a->display_id > b->display_id;
}

const struct engine_ike_info *engine_ike_by_peer(const struct engine *e, const struct addr *peer)
{
	const uint32_t hash = peer_hash(e, peer);
	const struct engine_ike_info *best = NULL;

	for (struct table_node *n = NULL; (n = table_same(e->by_peer, hash, n));) {
		const struct engine_ike_info *i = &table_entry(n, struct ike_entry, by_peer)->info;

		if (addr_equal(&i->e.remote.addr, peer) && (!best || is_better(i, best)))
			best = i;
	}
	return best;
}

const struct engine_ike_info *engine_ike_next_of(const struct engine *e, uint32_t conn,
						 const struct engine_ike_info *it)
{
	const struct table_node *n = it ? &list_entry(it, const struct ike_entry, info)->by_conn
					: NULL;

	while ((n = table_same(e->by_conn, conn_hash(e, conn), n))) {
		const struct ike_entry *i = table_entry(n, const struct ike_entry, by_conn);

		if (i->info.e.conn == conn)
			return &i->info;
	}
	return NULL;
}

static const struct engine_ike_info *info_of(struct order_node *n)
{
	return n ? &entry_of(n)->info : NULL;
}

const struct engine_ike_info *engine_ike_next(const struct engine *e,
					      const struct engine_ike_info *it)
{
	return info_of(order_previous(
		e->ikes, it ? &list_entry(it, const struct ike_entry, info)->order : NULL));
}

const struct engine_ike_info *engine_ike_below(const struct engine *e, uint32_t display_id)
{
	return info_of(order_before(e->ikes, display_id));
}

/* ---- events -------------------------------------------------------------------------------------- */

static int ike_insert(struct engine *e, struct ike_entry *i)
{
	const struct engine_ike_event *ev = &i->info.e;

	if (table_insert(e->by_handle, &i->by_handle, handle_hash(e, ev->ike)))
		return -ENOMEM;
	if (table_insert(e->by_peer, &i->by_peer, peer_hash(e, &ev->remote.addr)))
		goto no_peer;
	if (table_insert(e->by_conn, &i->by_conn, conn_hash(e, ev->conn)))
		goto no_conn;
	if (!order_add(e->ikes, &i->order))
		return 0;
	table_remove(e->by_conn, &i->by_conn);
no_conn:
	table_remove(e->by_peer, &i->by_peer);
no_peer:
	table_remove(e->by_handle, &i->by_handle);
	return -ENOMEM;
}

static struct ike_entry *ike_make(struct engine *e, const struct engine_ike_event *ev)
{
	struct ike_entry *i = ike_find(e, ev->ike);

	if (i)
		return i;
	i = alloc_zero(sizeof(*i));
	if (!i)
		return NULL;
	i->info.e = *ev;
	if (ike_insert(e, i)) {
		alloc_free(i);
		return NULL;
	}
	i->info.display_id = i->order.number;
	return i;
}

/* The tables are not empty, so putting an entry where it belongs now cannot fail. */
static void ike_update(struct engine *e, struct ike_entry *i, const struct engine_ike_event *ev)
{
	table_remove(e->by_peer, &i->by_peer);
	table_remove(e->by_conn, &i->by_conn);
	i->info.e = *ev;
	table_insert(e->by_peer, &i->by_peer, peer_hash(e, &ev->remote.addr));
	table_insert(e->by_conn, &i->by_conn, conn_hash(e, ev->conn));
}

static void ike_told(struct engine *e, const struct engine_ike_event *ev, bool up)
{
	struct ike_entry *i = ike_make(e, ev);
	uint64_t now = loop_now(e->loop);

	if (!i)
		return;
	if (!i->info.since_ms || (up && !i->info.established))
		i->info.since_ms = now > ev->age_ms ? now - ev->age_ms : 0;
	ike_update(e, i, ev);
	i->info.established = up;
	i->seen = true;
}

/* The Children moved (RFC 7296 2.18). */
static void ike_rekeyed(struct engine *e, const struct engine_ike_event *ev)
{
	struct ike_entry *i = ike_find(e, ev->old);
	uint32_t children = i ? i->info.children : 0;

	if (i)
		ike_free(e, i);
	ike_told(e, ev, true);
	i = ike_find(e, ev->ike);
	if (i)
		i->info.children = children;
}

static void child_event(struct engine *e, const struct engine_child_event *c, bool up)
{
	struct ike_entry *i = ike_find(e, c->ike);

	if (i && up)
		i->info.children++;
	else if (i && i->info.children)
		i->info.children--;
}

void engine_ikes_event(struct engine *e, const struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_IKE_UP:
	case ENGINE_IKE_HALF:
		ike_told(e, &m->ike, m->type == ENGINE_IKE_UP);
		break;
	case ENGINE_IKE_REKEYED:
		ike_rekeyed(e, &m->ike);
		break;
	case ENGINE_CHILD_UP:
	case ENGINE_CHILD_DOWN:
		child_event(e, &m->child, m->type == ENGINE_CHILD_UP);
		break;
	default:
		break;
	}
}

/* A stranger's attempt is no connection's, and no line: the peer's own log has it. */
static void say_abort(const struct engine *e, const struct ike_entry *i,
		      const struct engine_ike_event *ev)
{
	struct log_about about = {.peer = ev->remote.addr};
	const struct conn *conn = conn_by_id(e->conns, ev->conn);
	char peer[ADDR_STRLEN];
	struct text words;

	if (!conn || i->info.established)
		return;
	text_init(&words, ABORT_WORDS_MAX);
	if (abort_words(ev, conn, &words))
		log_say(e->log, &about, IKE_NEG_ABORT, addr_format(&ev->remote.addr, peer),
			text_str(&words));
	text_free(&words);
}

/* An IKE SA that ended is still to be seen by those who hear of its end. */
void engine_ikes_event_after(struct engine *e, const struct engine_msg *m)
{
	struct ike_entry *i = m->type == ENGINE_IKE_DOWN ? ike_find(e, m->ike.ike) : NULL;

	if (!i)
		return;
	say_abort(e, i, &m->ike);
	ike_free(e, i);
}
