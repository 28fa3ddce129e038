/*
 * `at-start`: the peers whose pairs were lost while we were away are called once, however many there are.
 * What waits is one small record a Child that is configured, with its own time, so that neither the calls
 * nor the room for attempts of packets is filled: some run at a time, the others wait for them. A call that
 * cannot be made now (the engine is gone, no room) is made later; one that is not needed any more (traffic
 * or the peer was faster, the connection went) is not made.
 */
#include <errno.h>
#include <netinet/in.h>

#include "base/alloc.h"
#include "base/random.h"
#include "recovery/recovery_internal.h"

#define JITTER_MS   2000u
#define A_SECOND    500u /* calls, where there are many */
#define RUNNING_MAX 512u
#define AGAIN_MS    500u

struct call {
	struct list link;
	struct table_node node;
	struct recovery *r;
	struct loop_timer due;
	uint32_t conn, child, spi;
	struct addr local, peer;
};

struct call_key {
	uint32_t conn, child;
};

static bool call_is(const struct table_node *n, const void *key)
{
	const struct call *c = table_entry(n, const struct call, node);
	const struct call_key *k = key;

	return c->conn == k->conn && c->child == k->child;
}

static uint32_t call_hash(const struct recovery *r, const struct call_key *k)
{
	return hash_bytes(k, sizeof(*k), table_seed(r->call_by_child));
}

static void call_free(struct call *c)
{
	loop_timer_stop(&c->due);
	table_remove(c->r->call_by_child, &c->node);
	list_remove(&c->link);
	alloc_free(c);
}

static unsigned int running(const struct recovery *r)
{
	const struct list *it;
	unsigned int n = 0;

	list_for_each(it, &r->attempts)
	{
		const struct attempt *a = list_entry(it, const struct attempt, link);

		n += a->at_start && (a->running || attempt_watching(a));
	}
	return n;
}

static bool is_needed(const struct call *c)
{
	const struct conn *conn = conn_by_id(c->r->conns, c->conn);

	return !c->r->quiet && conn && conn_child(conn, c->child) &&
	       conn_has_peer(conn, &c->peer) && !sa_pair_current(c->r->sa, c->conn, c->child);
}

/* False: not now. */
static bool call_now(const struct call *c)
{
	const struct recovery_action act = {
		.act = RECOVERY_ACT_INITIATE,
		.row = RECOVERY_ROW_INITIATE,
		.takes_token = true,
		.words = "at start: its SAs were lost while we were away"};
	struct attempt *a;

	if (!engine_is_up(c->r->engine) || running(c->r) >= RUNNING_MAX)
		return false;
	a = attempt_make(c->r, c->spi, &c->peer);
	if (!a)
		return false;
	if (a->running || attempt_watching(a))
		return true; /* a packet was faster */
	a->conn = c->conn;
	a->child = c->child;
	a->dst = c->local;
	a->proto = IPPROTO_ESP;
	a->at_start = true;
	recovery_note(a, &act);
	attempt_step(a, &act);
	return true;
}

static void due(void *arg)
{
	struct call *c = arg;

	if (!is_needed(c) || call_now(c))
		call_free(c);
	else
		loop_timer_set(&c->due, AGAIN_MS + random_below(AGAIN_MS));
}

/* One call a Child, however many of its lives were lost. */
static void call_add(struct recovery *r, const struct sa_history *h)
{
	const struct call_key key = {h->conn, h->child};
	struct call *c;

	if (table_find(r->call_by_child, call_hash(r, &key), call_is, &key))
		return;
	c = alloc_zero(sizeof(*c));
	if (!c)
		return;
	*c = (struct call){.r = r,
			   .conn = h->conn,
			   .child = h->child,
			   .spi = h->spi_in,
			   .local = h->local,
			   .peer = h->peer};
	loop_timer_init(&c->due, r->loop, "recovery at start", due, c);
	if (table_insert(r->call_by_child, &c->node, call_hash(r, &key)))
		alloc_free(c);
	else
		list_append(&r->calls, &c->link);
}

void at_start_begin(struct recovery *r)
{
	uint64_t cursor = 0, spread;
	struct sa_history h;
	struct list *it, *tmp;

	while (r->cfg.at_start && sa_away_next(r->sa, &cursor, &h))
		call_add(r, &h);
	spread = table_count(r->call_by_child) * 1000 / A_SECOND;
	if (spread < JITTER_MS)
		spread = JITTER_MS;
	list_for_each_safe(it, tmp, &r->calls)
	{
		struct call *c = list_entry(it, struct call, link);

		if (loop_timer_set(&c->due, random_below((uint32_t)spread)))
			call_free(c);
	}
}

int at_start_init(struct recovery *r)
{
	r->call_by_child = table_new();
	return r->call_by_child ? 0 : -ENOMEM;
}

void at_start_free(struct recovery *r)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &r->calls) call_free(list_entry(it, struct call, link));
	table_free(r->call_by_child);
	r->call_by_child = NULL;
}
