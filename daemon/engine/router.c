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
#include "engine/router_internal.h"

#define RELIST_MS 500

struct pending {
	struct table_node node;
	uint32_t token;
	engine_result *done;
	void *arg;
	struct engine *engine;
	bool failing; /* its -EPIPE is deferred */
};

/* ---- life ---------------------------------------------------------------------------------- */

static void relist(void *arg);

struct engine *engine_new(struct loop *loop, struct conn_table *conns, struct log *log)
{
	struct engine *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	e->loop = loop;
	e->conns = conns;
	e->log = log;
	loop_timer_init(&e->relist, loop, "engine list", relist, e);
	list_init(&e->dues);
	e->pending = table_new();
	/* Listening, which puts do, comes last: nobody is told of an object that is not made. */
	if (!e->pending || engine_ikes_init(e) || engine_puts_init(e)) {
		engine_free(e);
		return NULL;
	}
	return e;
}

static void pending_drop(struct engine *e, struct pending *p)
{
	table_remove(e->pending, &p->node);
	if (p->failing)
		loop_defer_cancel(e->loop, p);
	alloc_free(p);
}

void engine_free(struct engine *e)
{
	struct table_cursor c = {0};
	struct table_node *n;

	if (!e)
		return;
	while (e->pending && (n = table_next(e->pending, &c)))
		pending_drop(e, table_entry(n, struct pending, node));
	table_free(e->pending);
	loop_timer_stop(&e->relist);
	loop_defer_cancel(e->loop, e);
	engine_puts_free(e);
	engine_ikes_free(e);
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
	engine_puts_before(e, m);
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

	p->failing = false; /* it is this call */
	pending_drop(p->engine, p);
	if (done)
		done(done_arg, &failure);
}

/* ---- a new pair ------------------------------------------------------------------------------- */

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
		engine_list_page(e, done->cursor);
		return;
	}
	engine_ikes_clear(e, true);
	e->listed = true;
	tell(e, true);
}

void engine_list_page(struct engine *e, uint32_t cursor)
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

	engine_list_page(e, e->list_cursor);
}

static void hello(struct engine *e, const struct engine_hello *h)
{
	if (e->hello)
		return;
	if (h->version != ENGINE_VERSION) {
		log_debug(e->log, LOG_DEBUG_IKEV2, NULL, "an engine of another version (%u)",
			  h->version);
		return;
	}
	e->hello = true;
	e->capabilities = h->capabilities;
	engine_ikes_unsee(e);
	engine_puts_begin(e);
}

void engine_attach(struct engine *e, struct engine_port port)
{
	struct engine_msg m = {.type = ENGINE_HELLO, .hello.version = ENGINE_VERSION};

	if (e->attached)
		engine_detach(e);
	e->port = port;
	e->attached = true;
	e->stats = e->stats_cleared = (struct engine_stats){0}; /* its own will come */
	port_send(e, &m);
}

void engine_detach(struct engine *e)
{
	struct table_cursor c = {0};
	struct table_node *n;

	if (!e->attached)
		return;
	e->attached = e->hello = e->listed = false;
	engine_puts_end(e);
	while ((n = table_next(e->pending, &c))) {
		struct pending *p = table_entry(n, struct pending, node);

		if (p->failing)
			continue;
		p->failing = !loop_defer(e->loop, p, "engine failure", pending_fail, p);
		if (!p->failing)
			pending_fail(p);
	}
	loop_timer_stop(&e->relist);
	tell(e, false);
	engine_ikes_clear(e, false); /* they died with their process, or are listed again */
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
	engine_ikes_event(e, m);
	for (size_t i = 0; i < e->listener_count; i++)
		if (e->listeners[i].ops->event)
			e->listeners[i].ops->event(e->listeners[i].ctx, m);
	engine_ikes_event_after(e, m);
}

static void trace_received(struct engine *e, const struct engine_trace *t)
{
	struct log_about about = {.peer = t->peer.addr};

	log_debug(e->log, LOG_DEBUG_IKEV2, &about, "%s", t->text);
}

static void records_received(struct engine *e, const struct engine_records *records)
{
	for (size_t i = 0; i < e->listener_count; i++)
		if (e->listeners[i].ops->records)
			e->listeners[i].ops->records(e->listeners[i].ctx, records);
}

static void stats_received(struct engine *e, const struct engine_stats *told)
{
	e->stats = *told;
	for (size_t i = ENGINE_STAT_IN_ESTABLISHED; i < ENGINE_STAT_COUNT; i++)
		e->stats.count[i] -= e->stats_cleared.count[i];
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
	case ENGINE_STATS:
		stats_received(e, &m->stats);
		break;
	case ENGINE_RECORDS:
		records_received(e, &m->records);
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

const struct engine_stats *engine_stats(const struct engine *e)
{
	return &e->stats;
}

void engine_stats_clear(struct engine *e)
{
	for (size_t i = ENGINE_STAT_IN_ESTABLISHED; i < ENGINE_STAT_COUNT; i++) {
		e->stats_cleared.count[i] += e->stats.count[i];
		e->stats.count[i] = 0;
	}
}

uint32_t engine_capabilities(const struct engine *e)
{
	return e->capabilities;
}

bool engine_speaks(const struct engine *e)
{
	return e->hello;
}

bool engine_is_up(const struct engine *e)
{
	return e->listed;
}
