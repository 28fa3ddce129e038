/*
 * Router's side of the engine interface. Driven by main (attach, detach) and by the link
 * (engine_receive); used by sa, recovery and api. Owns the pending tokens and what is known of IKE
 * SAs; the latter is told anew by LIST on each new pair, so a restart of either process needs no
 * repair here. What may fail: a request on a broken pair (-EPIPE), memory.
 */
#include "engine/router.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/table.h"
#include "conn/conn.h"
#include "log/log.h"

#define LISTENERS_MAX 8

struct pending {
	struct table_node node;
	uint32_t token;
	engine_result *done;
	void *arg;
	struct engine *engine;
	struct engine_done failure; /* deferred -EPIPE */
};

struct ike_entry {
	struct list link; /* youngest first */
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
	uint32_t next_token, next_display;
	struct table *pending;
	struct list ikes;
	struct loop_timer relist; /* a page could not be asked for, or was refused */
	uint32_t list_cursor;
};

#define RELIST_MS 500

/* ---- life ---------------------------------------------------------------------------------- */

static void relist(void *arg);
static void conn_changed(void *ctx, const struct conn *old, const struct conn *new);
static const struct conn_ops conn_listener = {.changed = conn_changed};

struct engine *engine_new(struct loop *loop, struct conn_table *conns, struct log *log)
{
	struct engine *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	e->loop = loop;
	e->conns = conns;
	e->log = log;
	list_init(&e->ikes);
	loop_timer_init(&e->relist, loop, "engine list", relist, e);
	e->pending = table_new();
	if (!e->pending || conn_table_listen(conns, &conn_listener, e)) {
		table_free(e->pending);
		alloc_free(e);
		return NULL;
	}
	return e;
}

static void ike_free(struct ike_entry *i)
{
	list_remove(&i->link);
	alloc_free(i);
}

static void ikes_clear(struct engine *e, bool unseen_only)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &e->ikes)
	{
		struct ike_entry *i = list_entry(it, struct ike_entry, link);

		if (!unseen_only || !i->seen)
			ike_free(i);
	}
}

static void pending_drop(struct engine *e, struct pending *p)
{
	table_remove(e->pending, &p->node);
	loop_defer_cancel(e->loop, p);
	alloc_free(p);
}

void engine_free(struct engine *e)
{
	struct table_cursor c = {0};
	struct table_node *n;

	if (!e)
		return;
	while ((n = table_next(e->pending, &c)))
		pending_drop(e, table_entry(n, struct pending, node));
	table_free(e->pending);
	loop_timer_stop(&e->relist);
	loop_defer_cancel(e->loop, e);
	ikes_clear(e, false);
	alloc_free(e);
}

int engine_listen(struct engine *e, const struct engine_ops *ops, void *ctx)
{
	if (e->listener_count == LISTENERS_MAX)
		return -ENOSPC;
	e->listeners[e->listener_count].ops = ops;
	e->listeners[e->listener_count++].ctx = ctx;
	return 0;
}

/* ---- sending ------------------------------------------------------------------------------- */

static int port_send(struct engine *e, const struct engine_msg *m)
{
	return e->attached ? e->port.ops->send(e->port.ctx, m) : -EPIPE;
}

static bool token_matches(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct pending, node)->token == *(const uint32_t *)key;
}

static struct pending *pending_find(const struct engine *e, uint32_t token)
{
	struct table_node *n = table_find(e->pending, hash_u32(token, table_seed(e->pending)),
					  token_matches, &token);

	return n ? table_entry(n, struct pending, node) : NULL;
}

static struct pending *pending_new(struct engine *e, engine_result *done, void *arg)
{
	struct pending *p = alloc_zero(sizeof(*p));

	if (!p)
		return NULL;
	do
		p->token = ++e->next_token;
	while (!p->token || pending_find(e, p->token));
	p->done = done;
	p->arg = arg;
	p->engine = e;
	if (table_insert(e->pending, &p->node, hash_u32(p->token, table_seed(e->pending)))) {
		alloc_free(p);
		return NULL;
	}
	return p;
}

int engine_request(struct engine *e, struct engine_msg *m, engine_result *done, void *arg)
{
	struct pending *p;
	int err;

	if (!e->hello)
		return -EPIPE;
	p = pending_new(e, done, arg);
	if (!p)
		return -ENOMEM;
	m->token = p->token;
	err = port_send(e, m);
	if (err)
		pending_drop(e, p);
	return err;
}

int engine_answer(struct engine *e, uint32_t token, const struct engine_done *done)
{
	struct engine_msg m = {.type = ENGINE_DONE, .token = token, .done = *done};

	return port_send(e, &m);
}

void engine_forget(struct engine *e, const void *arg)
{
	struct table_cursor c = {0};
	struct table_node *n;

	while ((n = table_next(e->pending, &c))) {
		struct pending *p = table_entry(n, struct pending, node);

		if (p->arg == arg)
			p->done = NULL;
	}
}

static void pending_fail(void *arg)
{
	struct pending *p = arg;
	engine_result *done = p->done;
	void *done_arg = p->arg;
	struct engine_done failure = {.result = -EPIPE};

	pending_drop(p->engine, p);
	if (done)
		done(done_arg, &failure);
}

/* ---- connections go over -------------------------------------------------------------------- */

static void conn_done(void *arg, const struct engine_done *done)
{
	struct engine *e = arg;

	if (done->result && done->result != -EPIPE)
		log_debug(e->log, LOG_DEBUG_IKEV2, NULL, "the engine refused a connection: %s",
			  strerror(-done->result));
}

static void conn_put(struct engine *e, const struct conn *c)
{
	struct engine_msg m = {.type = ENGINE_CONN_PUT, .conn_put.conn = c};

	engine_request(e, &m, conn_done, e);
}

static void conn_changed(void *ctx, const struct conn *old, const struct conn *new)
{
	struct engine *e = ctx;
	struct engine_msg m = {.type = ENGINE_CONN_DEL};

	if (!e->hello || (e->capabilities & ENGINE_OWNS_CONN))
		return;
	if (new) {
		conn_put(e, new);
		return;
	}
	m.ref.conn = old->id;
	m.ref.why = ENGINE_WHY_CONFIG;
	engine_request(e, &m, conn_done, e);
}

/* ---- a new pair ------------------------------------------------------------------------------- */

static void list_page(struct engine *e, uint32_t cursor);

static void tell(struct engine *e, bool up)
{
	for (size_t i = 0; i < e->listener_count; i++) {
		void (*fn)(void *) = up ? e->listeners[i].ops->up : e->listeners[i].ops->down;

		if (fn)
			fn(e->listeners[i].ctx);
	}
}

static void list_done(void *arg, const struct engine_done *done)
{
	struct engine *e = arg;

	if (done->result == -EPIPE)
		return; /* the pair broke: the next one lists again */
	if (done->result) {
		loop_timer_set(&e->relist, RELIST_MS);
		return;
	}
	if (done->cursor) {
		list_page(e, done->cursor);
		return;
	}
	ikes_clear(e, true);
	e->listed = true;
	tell(e, true);
}

static void list_page(struct engine *e, uint32_t cursor)
{
	struct engine_msg m = {.type = ENGINE_LIST, .list.cursor = cursor};
	int err;

	e->list_cursor = cursor;
	err = engine_request(e, &m, list_done, e);
	if (err && err != -EPIPE)
		loop_timer_set(&e->relist, RELIST_MS);
}

static void relist(void *arg)
{
	struct engine *e = arg;

	list_page(e, e->list_cursor);
}

static void hello(struct engine *e, const struct engine_hello *h)
{
	struct list *it;

	if (e->hello)
		return;
	if (h->version != ENGINE_VERSION) {
		log_debug(e->log, LOG_DEBUG_IKEV2, NULL, "an engine of another version (%u)",
			  h->version);
		return;
	}
	e->hello = true;
	e->capabilities = h->capabilities;
	if (!(e->capabilities & ENGINE_OWNS_CONN))
		for (const struct conn *c = NULL; (c = conn_next(e->conns, c));)
			conn_put(e, c);
	list_for_each(it, &e->ikes) list_entry(it, struct ike_entry, link)->seen = false;
	list_page(e, 0);
}

void engine_attach(struct engine *e, struct engine_port port)
{
	struct engine_msg m = {.type = ENGINE_HELLO, .hello.version = ENGINE_VERSION};

	if (e->attached)
		engine_detach(e);
	e->port = port;
	e->attached = true;
	port_send(e, &m);
}

void engine_detach(struct engine *e)
{
	struct table_cursor c = {0};
	struct table_node *n;

	if (!e->attached)
		return;
	e->attached = e->hello = e->listed = false;
	while ((n = table_next(e->pending, &c))) {
		struct pending *p = table_entry(n, struct pending, node);

		if (loop_defer(e->loop, p, "engine failure", pending_fail, p))
			pending_fail(p);
	}
	loop_timer_stop(&e->relist);
	tell(e, false);
	ikes_clear(e, false); /* they died with their process, or are listed again */
}

/* ---- what is known of IKE SAs ------------------------------------------------------------------ */

static struct ike_entry *ike_find(const struct engine *e, engine_ike ike)
{
	struct list *it;

	list_for_each(it, &e->ikes)
	{
		struct ike_entry *i = list_entry(it, struct ike_entry, link);

		if (i->info.e.ike == ike)
			return i;
	}
	return NULL;
}

static struct ike_entry *ike_make(struct engine *e, engine_ike ike)
{
	struct ike_entry *i = ike_find(e, ike);

	if (i)
		return i;
	i = alloc_zero(sizeof(*i));
	if (!i)
		return NULL;
	i->info.display_id = ++e->next_display;
	list_prepend(&e->ikes, &i->link);
	return i;
}

static void ike_told(struct engine *e, const struct engine_ike_event *ev, bool up)
{
	struct ike_entry *i = ike_make(e, ev->ike);
	uint64_t now = loop_now(e->loop);

	if (!i)
		return;
	if (!i->info.since_ms || (up && !i->info.established))
		i->info.since_ms = now > ev->age_ms ? now - ev->age_ms : 0;
	i->info.e = *ev;
	i->info.established = up;
	i->seen = true;
}

static void ike_event(struct engine *e, const struct engine_msg *m)
{
	struct ike_entry *i;
	uint32_t children;

	switch (m->type) {
	case ENGINE_IKE_UP:
	case ENGINE_IKE_HALF:
		ike_told(e, &m->ike, m->type == ENGINE_IKE_UP);
		break;
	case ENGINE_IKE_REKEYED:
		i = ike_find(e, m->ike.old);
		children = i ? i->info.children : 0;
		if (i)
			ike_free(i);
		ike_told(e, &m->ike, true);
		i = ike_find(e, m->ike.ike);
		if (i)
			i->info.children = children; /* they moved (RFC 7296 2.18) */
		break;
	default:
		break;
	}
}

/* An IKE SA that ended is still to be seen by those who hear of its end. */
static void ike_event_after(struct engine *e, const struct engine_msg *m)
{
	struct ike_entry *i = m->type == ENGINE_IKE_DOWN ? ike_find(e, m->ike.ike) : NULL;

	if (i)
		ike_free(i);
}

static void child_event(struct engine *e, const struct engine_msg *m)
{
	struct ike_entry *i;

	if (m->type != ENGINE_CHILD_UP && m->type != ENGINE_CHILD_DOWN)
		return;
	i = ike_find(e, m->child.ike);
	if (i && m->type == ENGINE_CHILD_UP)
		i->info.children++;
	else if (i && i->info.children)
		i->info.children--;
}

const struct engine_ike_info *engine_ike_by_handle(const struct engine *e, engine_ike ike)
{
	struct ike_entry *i = ike_find(e, ike);

	return i ? &i->info : NULL;
}

const struct engine_ike_info *engine_ike_by_peer(const struct engine *e, const struct addr *peer)
{
	const struct engine_ike_info *half = NULL;
	struct list *it;

	list_for_each(it, &e->ikes)
	{
		const struct engine_ike_info *i = &list_entry(it, struct ike_entry, link)->info;

		if (!addr_equal(&i->e.remote.addr, peer))
			continue;
		if (i->established)
			return i;
		if (!half || (i->e.initiator && !half->e.initiator))
			half = i;
	}
	return half;
}

const struct engine_ike_info *engine_ike_next(const struct engine *e,
					      const struct engine_ike_info *it)
{
	const struct list *at = it ? list_entry(it, const struct ike_entry, info)->link.next
				   : e->ikes.next;

	return at == &e->ikes ? NULL : &list_entry(at, const struct ike_entry, link)->info;
}

/* ---- receiving ----------------------------------------------------------------------------------- */

static void done_received(struct engine *e, const struct engine_msg *m)
{
	struct pending *p = pending_find(e, m->token);
	engine_result *done;
	void *arg;

	if (!p)
		return; /* not ours, or answered twice */
	done = p->done;
	arg = p->arg;
	pending_drop(e, p);
	if (done)
		done(arg, &m->done);
}

static void request_received(struct engine *e, const struct engine_msg *m)
{
	struct engine_done refusal = {.result = -EOPNOTSUPP};

	for (size_t i = 0; i < e->listener_count; i++)
		if (e->listeners[i].ops->request &&
		    e->listeners[i].ops->request(e->listeners[i].ctx, m))
			return;
	engine_answer(e, m->token, &refusal);
}

static void event_received(struct engine *e, const struct engine_msg *m)
{
	ike_event(e, m);
	child_event(e, m);
	for (size_t i = 0; i < e->listener_count; i++)
		if (e->listeners[i].ops->event)
			e->listeners[i].ops->event(e->listeners[i].ctx, m);
	ike_event_after(e, m);
}

static void trace_received(struct engine *e, const struct engine_trace *t)
{
	struct log_about about = {.peer = t->peer.addr};

	log_debug(e->log, LOG_DEBUG_IKEV2, &about, "%s", t->text);
}

void engine_receive(struct engine *e, struct engine_msg *m)
{
	if (!e->hello && m->type != ENGINE_HELLO)
		return;
	switch (m->type) {
	case ENGINE_HELLO:
		hello(e, &m->hello);
		break;
	case ENGINE_DONE:
		done_received(e, m);
		break;
	case ENGINE_TRACE:
		trace_received(e, &m->trace);
		break;
	case ENGINE_ALLOC_SPI:
	case ENGINE_SA_INSTALL:
	case ENGINE_SA_UPDATE:
	case ENGINE_SA_DELETE:
	case ENGINE_SA_USE:
	case ENGINE_POLICY_ADD:
		request_received(e, m);
		break;
	default:
		event_received(e, m);
		break;
	}
}

uint32_t engine_capabilities(const struct engine *e)
{
	return e->capabilities;
}

bool engine_is_up(const struct engine *e)
{
	return e->listed;
}
