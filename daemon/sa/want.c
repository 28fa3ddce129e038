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

void sa_want_free(struct sa_want *w)
{
	loop_timer_stop(&w->retry);
	list_remove(&w->link);
	alloc_free(w);
}

static struct sa_want *want_find(const struct sa *sa, uint32_t conn, uint32_t child)
{
	struct list *it;

	list_for_each(it, &sa->wants)
	{
		struct sa_want *w = list_entry(it, struct sa_want, link);

		if (w->conn == conn && w->child == child)
			return w;
	}
	return NULL;
}

/* The entry may be gone by the time the engine answers: it is looked up again by its key. */
struct want_key {
	struct sa *sa;
	uint32_t conn, child;
};

/* An INITIATE that joined another Child's negotiation succeeds without a pair for this one. */
static bool want_is_over(struct sa_want *w, int result)
{
	const struct sa_pair *p = sa_pair_current(w->sa, w->conn, w->child);

	if (result == -EPIPE || (!result && p && p->ike))
		return true;
	return ++w->tries >= WANT_TRIES_MAX;
}

static void want_done(void *arg, const struct engine_done *done)
{
	struct want_key *k = arg;
	struct sa_want *w = want_find(k->sa, k->conn, k->child);

	alloc_free(k);
	if (!w)
		return;
	w->running = false;
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

	if (ike && ike->established) {
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

/* Traffic asks for what is missing now: a pair that came meanwhile is the answer. */
static bool want_is_met(const struct sa_want *w)
{
	const struct sa_pair *p = sa_pair_current(w->sa, w->conn, w->child);

	return w->why == ENGINE_WHY_TRAFFIC && p && p->ike && p->out_installed;
}

static void want_run(void *arg)
{
	struct sa_want *w = arg;
	struct want_key *k;
	struct engine_msg m;

	if (w->running)
		return;
	if (want_is_met(w)) {
		sa_want_free(w);
		return;
	}
	k = alloc_zero(sizeof(*k));
	if (!k) {
		loop_timer_set(&w->retry, again.max_ms);
		return;
	}
	*k = (struct want_key){w->sa, w->conn, w->child};
	want_message(w, &m);
	w->running = !engine_request(w->sa->engine, &m, want_done, k);
	if (!w->running) {
		alloc_free(k);
		loop_timer_set(&w->retry, again.first_ms);
	}
}

int sa_want(struct sa *sa, uint32_t conn, uint32_t child, enum engine_reason why, uint64_t delay_ms)
{
	struct sa_want *w = want_find(sa, conn, child);

	if (w) {
		if (!w->running && !delay_ms)
			want_run(w);
		return 0;
	}
	w = alloc_zero(sizeof(*w));
	if (!w)
		return -ENOMEM;
	w->sa = sa;
	w->conn = conn;
	w->child = child;
	w->why = why;
	w->since_ms = loop_now(sa->loop);
	loop_timer_init(&w->retry, sa->loop, "sa want", want_run, w);
	list_append(&sa->wants, &w->link);
	if (delay_ms)
		loop_timer_set(&w->retry, delay_ms);
	else
		want_run(w);
	return 0;
}
