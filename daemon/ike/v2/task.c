/*
 * Exchanges that we begin: a queue and one outstanding request an IKE SA (window 1), repeated with
 * exponential back-off until its answer comes or patience ends.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/random.h"

/* 0.5, 0.9, 1.6, 2.9, 5.2, 9.4 s: about 20 s in all. */
static const struct backoff_class task_backoff = {
	.first_ms = 500, .max_ms = 12000, .factor_percent = 180, .jitter_percent = 10};

struct ike_task *ike_task_new(struct ike_sa *sa, const struct ike_task_ops *ops)
{
	struct ike_task *t;

	if (sa->task_count >= IKE_TASKS_MAX)
		return NULL;
	t = alloc_zero(sizeof(*t));
	if (t == NULL)
		return NULL;
	list_init(&t->node);
	t->ops = ops;
	t->sa = sa;
	sa->task_count++;
	return t;
}

bool ike_task_is_asking(const struct ike_sa *sa)
{
	return sa->current != NULL && sa->current->ops == &ike_task_create;
}

void ike_task_end(struct ike_task *t)
{
	if (t->sa == NULL)
		return;
	list_remove(&t->node);
	if (t->sa->current == t) {
		loop_timer_stop(&t->sa->retransmit);
		t->sa->current = NULL;
	}
	t->sa->task_count--;
	list_append(&t->sa->v2->dead_tasks, &t->node);
	t->sa = NULL;
}

static bool task_may_start(const struct ike_sa *sa)
{
	return sa->current == NULL && sa->silencing == 0 && sa->phase != IKE_PHASE_DEAD &&
	       sa->phase != IKE_PHASE_INIT_GOT && sa->phase != IKE_PHASE_HALF_OPEN;
}

void ike_task_next(struct ike_sa *sa)
{
	while (!list_empty(&sa->tasks) && task_may_start(sa)) {
		struct ike_task *t = list_entry(sa->tasks.next, struct ike_task, node);

		list_remove(&t->node);
		ike_task_send(t);
	}
}

void ike_task_queue(struct ike_task *t)
{
	list_append(&t->sa->tasks, &t->node);
	ike_task_next(t->sa);
}

/* A liveness check keeps the rhythm that is configured for it. */
static int task_arm(struct ike_sa *sa)
{
	if (sa->current->ops == &ike_task_liveness && sa->conn->dpd.retry_s > 0)
		return loop_timer_set(&sa->retransmit, (uint64_t)sa->conn->dpd.retry_s * 1000);
	return loop_timer_set(&sa->retransmit,
			      backoff_delay_ms(&task_backoff, sa->tries, random_u32()));
}

void ike_task_send(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;
	struct ike_builder b;
	struct view v;

	ike_trace(sa, 1, "Generating %s message", ike_exchange_name(t->ops->exchange));
	ike_message_begin(sa, &b, t->ops->exchange, false, sa->s->send_id);
	t->ops->build(t, &b);
	v = ike_message_end(sa, &b);
	sa->current = t;
	sa->tries = 0;
	if (ike_state_request(sa->s, v) != 0 || (t->ops->sent != NULL && t->ops->sent(t, v) != 0) ||
	    task_arm(sa) != 0) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	ike_message_transmit(sa, v);
}

void ike_task_retransmit(void *arg)
{
	struct ike_sa *sa = arg;
	struct ike_v2 *v2 = sa->v2;

	if (sa->current == NULL)
		return;
	if (++sa->tries >= IKE_TRIES_MAX) {
		const bool liveness = sa->current->ops == &ike_task_liveness;

		ike_record_request(sa, RECORD_IKE_NO_ANSWER);
		ike_trace(sa, 1, "No answer to %s", ike_exchange_name(sa->current->ops->exchange));
		ike_sa_down(sa,
			    sa->phase == IKE_PHASE_CLOSING ? sa->why
			    : liveness			   ? ENGINE_WHY_DPD
							   : ENGINE_WHY_TIMEOUT,
			    0);
	} else if (task_arm(sa) != 0) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
	} else {
		v2->stats.retransmitted++;
		ike_record_request(sa, RECORD_IKE_AGAIN);
		ike_trace(sa, 1, "Retransmitting packet");
		ike_message_transmit(
			sa, (struct view){.data = sa->s->request, .len = sa->s->request_len});
	}
	ike_v2_reap(v2);
}

static void task_fail(struct ike_task *t, int result, uint16_t notify)
{
	const struct engine_done done = {.result = result, .notify = notify};
	struct ike_v2 *v2 = t->sa->v2;
	struct ike_wait *w = t->wait;

	t->wait = NULL;
	if (t->ops->failed != NULL)
		t->ops->failed(t, result, notify);
	ike_wait_end(v2, w, &done);
	ike_task_end(t);
}

void ike_task_fail_queued(struct ike_sa *sa, int result, uint16_t notify)
{
	while (!list_empty(&sa->tasks))
		task_fail(list_entry(sa->tasks.next, struct ike_task, node), result, notify);
}

void ike_task_fail_all(struct ike_sa *sa, int result, uint16_t notify)
{
	if (sa->current != NULL)
		task_fail(sa->current, result, notify);
	ike_task_fail_queued(sa, result, notify);
}

void ike_task_forget_child(struct ike_sa *sa, const struct ike_child *c)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->tasks)
	{
		struct ike_task *t = list_entry(it, struct ike_task, node);

		if (t->child == c)
			ike_task_end(t); /* its DELETE has become needless */
	}
	if (sa->current != NULL && sa->current->child == c)
		sa->current->child = NULL;
}

void ike_task_forget_op(struct ike_sa *sa, const struct ike_op *op)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->tasks)
	{
		struct ike_task *t = list_entry(it, struct ike_task, node);

		if (t->op == op)
			ike_task_end(t);
	}
	if (sa->current != NULL && sa->current->op == op)
		sa->current->op = NULL;
}

void ike_task_drop_waits(struct ike_sa *sa)
{
	struct list *it;

	list_for_each(it, &sa->tasks) ike_wait_drop(&list_entry(it, struct ike_task, node)->wait);
	if (sa->current != NULL)
		ike_wait_drop(&sa->current->wait);
}
