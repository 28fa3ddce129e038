/*
 * What is asked of the engine on behalf of traffic (ACQUIRE) and of pairs without an IKE SA: one
 * request a Child at a time; a failure is tried again with back-off while the kernel still waits
 * (it does not send another ACQUIRE before xfrm_acq_expires is over).
 */
#include <errno.h>

#include "base/alloc.h"
#include "base/random.h"
#include "sa/sa_internal.h"

static const struct backoff_class again = {
	.first_ms = 1000, .max_ms = 30000, .factor_percent = 200, .jitter_percent = 20};
#define WANT_TRIES_MAX 5
#define WANTS_A_TURN   256u

void sa_want_free(struct sa_want *w)
{
	if (w->running)
		engine_forget(w->sa->engine, w);
	loop_timer_stop(&w->retry);
	table_remove(w->sa->want_by_child, &w->node);
	list_remove(&w->link);
	alloc_free(w);
}

struct want_key {
	uint32_t conn, child;
};

static bool want_is(const struct table_node *n, const void *key)
{
	const struct sa_want *w = table_entry(n, const struct sa_want, node);
	const struct want_key *k = key;

	return w->conn == k->conn && w->child == k->child;
}

static uint32_t want_hash(const struct sa *sa, const struct want_key *k)
{
	return hash_bytes(k, sizeof(*k), table_seed(sa->want_by_child));
}

static struct sa_want *want_find(const struct sa *sa, const struct want_key *k)
{
	struct table_node *n = table_find(sa->want_by_child, want_hash(sa, k), want_is, k);

	return n ? table_entry(n, struct sa_want, node) : NULL;
}

/* An INITIATE that joined another Child's negotiation succeeds without a pair for this one. */
static bool want_is_over(struct sa_want *w, int result)
{
	const struct sa_pair *p = sa_pair_current(w->sa, w->conn, w->child);

	if (!result && p && p->ike)
		return true;
	return ++w->tries >= WANT_TRIES_MAX;
}

static void want_done(void *arg, const struct engine_done *done)
{
	struct sa_want *w = arg;

	w->running = false;
	if (done->result == -EPIPE)
		return; /* sa_engine_up() goes on with it */
	w->initiate = done->result == -ENOTCONN;
	if (want_is_over(w, done->result))
		sa_want_free(w);
	else
		loop_timer_set(&w->retry, backoff_delay_ms(&again, w->tries - 1, random_u32()));
}

static void want_message(const struct sa_want *w, struct engine_msg *m)
{
	const struct conn *c = conn_by_id(w->sa->conns, w->conn);
	const struct engine_ike_info *ike =
		c ? engine_ike_by_peer(w->sa->engine, conn_current_peer(c)) : NULL;

	if (ike && ike->established && !w->initiate) {
		*m = (struct engine_msg){
			.type = ENGINE_CREATE_CHILD,
			.ref = {.conn = w->conn, .child = w->child, .why = w->why}};
		return;
	}
	*m = (struct engine_msg){.type = ENGINE_INITIATE,
				 .initiate = {.conn = w->conn,
					      .child = w->child,
					      .initial_contact = true,
					      .why = w->why}};
}

/* A pair that came meanwhile, the peer's doing, is the answer: to traffic if it sends already; to an
 * orphan in any case, which goes on until it does. */
static bool want_is_met(const struct sa_want *w)
{
	const struct sa_pair *p = sa_pair_current(w->sa, w->conn, w->child);

	if (!p || !p->ike)
		return false;
	return w->why == ENGINE_WHY_LOST || (w->why == ENGINE_WHY_TRAFFIC && p->out_installed);
}

static void want_run(void *arg)
{
	struct sa_want *w = arg;
	const struct conn *c = conn_by_id(w->sa->conns, w->conn);
	struct engine_msg m;

	if (w->running)
		return;
	if (!c || !conn_child(c, w->child) || want_is_met(w)) {
		sa_want_free(w);
		return;
	}
	if (!engine_is_up(w->sa->engine))
		return; /* sa_wants_run() */
	want_message(w, &m);
	w->running = !engine_request(w->sa->engine, &m, want_done, w);
	if (!w->running)
		loop_timer_set(&w->retry, again.first_ms);
}

/* Some now, the others in later turns: thousands do not fill one. */
void sa_wants_run(struct sa *sa)
{
	unsigned int n = 0;
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->wants)
	{
		struct sa_want *w = list_entry(it, struct sa_want, link);

		if (loop_timer_armed(&w->retry))
			continue;
		if (n < WANTS_A_TURN || loop_timer_set(&w->retry, n / WANTS_A_TURN))
			want_run(w);
		n++;
	}
}

static struct sa_want *want_new(struct sa *sa, const struct want_key *k, enum engine_reason why)
{
	struct sa_want *w = alloc_zero(sizeof(*w));

	if (!w)
		return NULL;
	w->sa = sa;
	w->conn = k->conn;
	w->child = k->child;
	w->why = why;
	w->since_ms = loop_now(sa->loop);
	if (table_insert(sa->want_by_child, &w->node, want_hash(sa, k))) {
		alloc_free(w);
		return NULL;
	}
	loop_timer_init(&w->retry, sa->loop, "sa want", want_run, w);
	list_append(&sa->wants, &w->link);
	return w;
}

int sa_want(struct sa *sa, uint32_t conn, uint32_t child, enum engine_reason why, uint64_t delay_ms)
{
	const struct want_key key = {conn, child};
	struct sa_want *w = want_find(sa, &key);

	if (sa->stopping)
		return -ESHUTDOWN;
	if (w) {
		if (!w->running && !delay_ms)
			want_run(w);
		return 0;
	}
	w = want_new(sa, &key, why);
	if (!w)
		return -ENOMEM;
	if (delay_ms)
		loop_timer_set(&w->retry, delay_ms);
	else
		want_run(w);
	return 0;
}
