/*
 * What time does to an IKE SA: half-open ones end, liveness is checked, and before its lifetime is
 * over a fresh one takes its place: first the new one with all Children, then the old one goes.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/random.h"

#define LIFE_RETRY_MS 60000

void ike_timer_guard(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike_v2 *v2 = sa->v2;

	switch (sa->phase) {
	case IKE_PHASE_ESTABLISHED:
		if (sa->duplicate)
			ike_sa_close(sa, ENGINE_WHY_DUPLICATE, 0);
		break;
	case IKE_PHASE_FAILED:
	case IKE_PHASE_CLOSING:
		ike_sa_down(sa, sa->why, sa->notify);
		break;
	default:
		ike_sa_down(sa, ENGINE_WHY_TIMEOUT, 0);
		break;
	}
	ike_v2_reap(v2);
}

/* ---- liveness -------------------------------------------------------------------------------- */

static uint64_t timer_dpd_ms(const struct ike_sa *sa)
{
	return (uint64_t)sa->conn->dpd.interval_s * 1000;
}

static void timer_probe(struct ike_sa *sa)
{
	struct ike_task *t;

	if (sa->current != NULL)
		return; /* that exchange is a probe already */
	t = ike_task_new(sa, &ike_task_liveness);
	if (t == NULL)
		return;
	ike_trace(sa, 1, "Sending DPD/liveness query");
	ike_task_queue(t);
}

static void timer_used(struct ike_sa *sa)
{
	if (--sa->use_left == 0 && sa->use_out && !sa->use_in && sa->phase == IKE_PHASE_ESTABLISHED)
		timer_probe(sa);
}

static void timer_used_out(void *arg, const struct engine_done *done)
{
	struct ike_sa *sa = arg;

	if (done->result == 0 && done->packets > 0 && done->idle_ms < timer_dpd_ms(sa))
		sa->use_out = true;
	timer_used(sa);
}

static void timer_used_in(void *arg, const struct engine_done *done)
{
	struct ike_sa *sa = arg;

	if (done->result == 0 && done->packets > 0 && done->idle_ms < timer_dpd_ms(sa))
		sa->use_in = true;
	timer_used(sa);
}

static void timer_ask_use(struct ike_sa *sa, const struct ike_child *c, uint8_t part)
{
	struct engine_msg m = {
		.type = ENGINE_SA_USE,
		.sa =
			{
				.conn = c->install.conn,
				.protocol = c->install.protocol,
				.parts = part,
				.spi_in = c->install.spi_in,
				.spi_out = c->install.spi_out,
				.local = c->install.local,
				.remote = c->install.remote,
				.encap = c->install.encap,
			},
	};

	if (ike_router_request(sa->v2, &m, part == ENGINE_PART_OUT ? timer_used_out : timer_used_in,
			       sa) == 0)
		sa->use_left++;
}

/* On demand: only when we send and hear nothing (neither ESP nor IKE). */
static void timer_check_use(struct ike_sa *sa)
{
	struct list *it;

	if (sa->use_left > 0)
		return;
	sa->use_out = sa->use_in = false;
	list_for_each(it, &sa->children)
	{
		const struct ike_child *c = list_entry(it, struct ike_child, node);

		if (c->phase == IKE_CHILD_INSTALLING)
			continue;
		timer_ask_use(sa, c, ENGINE_PART_OUT);
		timer_ask_use(sa, c, ENGINE_PART_IN);
	}
}

void ike_timer_dpd(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike_v2 *v2 = sa->v2;
	const uint64_t quiet = ike_v2_now(v2) - sa->heard_ms;
	const uint64_t interval = timer_dpd_ms(sa);

	if (interval == 0)
		return;
	if (quiet < interval) {
		(void)loop_timer_set(&sa->dpd, interval - quiet);
		return;
	}
	if (loop_timer_set(&sa->dpd, interval) != 0)
		ike_sa_close(sa, ENGINE_WHY_LOCAL_ERROR, 0);
	else if (sa->conn->dpd.periodic)
		timer_probe(sa);
	else
		timer_check_use(sa);
	ike_v2_reap(v2);
}

/* ---- lifetime -------------------------------------------------------------------------------- */

/* The one who began an IKE SA renews it first (80 to 90 %), the other only if that did not happen
 * (90 to 95 %), so that the two seldom do so at once. */
static uint64_t timer_life_ms(const struct ike_sa *sa)
{
	const uint64_t life = (uint64_t)sa->conn->ike_lifetime_s * 1000;
	const uint32_t from = sa->s->initiator ? 800 : 900, width = sa->s->initiator ? 100 : 50;

	return life * (from + random_below(width)) / 1000;
}

int ike_timers_start(struct ike_sa *sa)
{
	int r = 0;

	if (sa->conn->dpd.interval_s > 0)
		r = loop_timer_set(&sa->dpd, timer_dpd_ms(sa));
	if (r == 0 && sa->conn->ike_lifetime_s > 0)
		r = loop_timer_set(&sa->life, timer_life_ms(sa));
	return r;
}

static uint32_t timer_first_child(const struct ike_sa *sa)
{
	if (!list_empty(&sa->children))
		return list_entry(sa->children.next, struct ike_child, node)->child;
	return sa->conn->child_count > 0 ? sa->conn->children[0].child : 0;
}

static bool timer_is_replaced(const struct ike_sa *old)
{
	const struct ike_sa *sa = NULL;

	while ((sa = ike_sa_next_of_peer(old->v2, &old->s->remote.addr, sa)) != NULL)
		if (sa->replaces == old->handle)
			return true;
	return false;
}

int ike_replace_begin(struct ike_sa *old, uint8_t why, struct ike_wait *wait)
{
	const struct addr peer = old->s->remote.addr;
	struct ike_sa *fresh;
	int r;

	if (timer_is_replaced(old))
		return -EALREADY;
	r = ike_init_begin(old->v2, old->conn, &peer, timer_first_child(old), why, false, NULL,
			   &fresh);
	if (r != 0)
		return r;
	fresh->replaces = old->handle;
	fresh->replace_wait = ike_wait_ref(wait);
	return 0;
}

void ike_replace_up(struct ike_sa *fresh)
{
	const struct ike_sa *old =
		fresh->replaces != 0 ? ike_sa_by_handle(fresh->v2, fresh->replaces) : NULL;
	const uint32_t first = old != NULL ? timer_first_child(old) : 0;
	struct list *it;

	fresh->replace_ready = true;
	if (old == NULL) {
		ike_replace_check(fresh);
		return;
	}
	list_for_each(it, &old->children)
	{
		const struct ike_child *c = list_entry(it, struct ike_child, node);
		struct ike_op *op;

		if (c->child == first || c->phase != IKE_CHILD_LIVE ||
		    conn_child(fresh->conn, c->child) == NULL || ike_op_of(fresh, c->child) != NULL)
			continue;
		op = ike_op_new(fresh, c->child, true, fresh->why);
		if (op != NULL)
			ike_op_start(op);
	}
	ike_replace_check(fresh);
}

void ike_replace_check(struct ike_sa *fresh)
{
	const struct engine_done done = {.ike = fresh->handle};
	struct ike_sa *old;

	if (fresh->replaces == 0 || !fresh->replace_ready ||
	    fresh->phase != IKE_PHASE_ESTABLISHED || !list_empty(&fresh->ops))
		return;
	old = ike_sa_by_handle(fresh->v2, fresh->replaces);
	fresh->replaces = 0;
	ike_wait_end(fresh->v2, fresh->replace_wait, &done);
	fresh->replace_wait = NULL;
	if (old == NULL)
		return;
	/* Without a Child the fresh one is worth less than the old one with its Children. */
	if (list_empty(&fresh->children) && !list_empty(&old->children))
		ike_sa_close(fresh, ENGINE_WHY_PEER_REFUSED, 0);
	else
		ike_sa_close(old, fresh->why, 0);
}

void ike_timer_life(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike_v2 *v2 = sa->v2;
	const uint64_t life = (uint64_t)sa->conn->ike_lifetime_s * 1000;
	const uint64_t age = ike_v2_now(v2) - sa->s->established_ms;

	if (age >= life) {
		ike_sa_close(sa, ENGINE_WHY_LIFETIME, 0);
	} else {
		const uint64_t left = life - age;

		(void)ike_replace_begin(sa, ENGINE_WHY_LIFETIME, NULL); /* else: once more */
		if (loop_timer_set(&sa->life, left < LIFE_RETRY_MS ? left : LIFE_RETRY_MS) != 0)
			ike_sa_close(sa, ENGINE_WHY_LIFETIME, 0);
	}
	ike_v2_reap(v2);
}
