/*
 * xfrm/facts: the queue of what is told at the end of the turn: facts of the mirror and answers to
 * calls, in the order in which they were seen.
 *
 * A fact is embedded in what it is about. An entry that left the mirror lives on until its last
 * fact (`gone`) is told, and is freed then; so a watcher never sees a pointer to freed memory and
 * no fact is lost for want of memory. A fact shows its subject as it is when told: two changes in
 * one turn are told once.
 */
#include <errno.h>

#include "base/alloc.h"
#include "xfrm/xfrm_internal.h"

struct acquire {
	struct xfrm_fact fact; /* first */
	struct selector sel;
	uint32_t reqid, seq;
};

#define TELL(x, member, ...)                                                                       \
	do {                                                                                       \
		for (size_t i_ = 0; i_ < (x)->watcher_count; i_++)                                 \
			if ((x)->watchers[i_].ops->member)                                         \
				(x)->watchers[i_].ops->member((x)->watchers[i_].ctx, __VA_ARGS__); \
	} while (0)

static void tell_sa(struct xfrm *x, struct xfrm_fact *fact)
{
	struct xfrm_sa_entry *e;

	switch (fact->kind) {
	case XFRM_FACT_SA_NEW:
		e = list_entry(fact, struct xfrm_sa_entry, born);
		TELL(x, sa_new, &e->sa);
		break;
	case XFRM_FACT_SA_CHANGED:
		e = list_entry(fact, struct xfrm_sa_entry, changed);
		TELL(x, sa_changed, &e->sa);
		break;
	case XFRM_FACT_SA_SOFT:
		e = list_entry(fact, struct xfrm_sa_entry, soft);
		TELL(x, sa_soft, &e->sa);
		break;
	case XFRM_FACT_SA_MAPPING:
		e = list_entry(fact, struct xfrm_sa_entry, mapping);
		TELL(x, mapping, &e->sa.id, &e->mapped_from);
		break;
	default: /* XFRM_FACT_SA_GONE: the entry's last */
		e = list_entry(fact, struct xfrm_sa_entry, gone);
		TELL(x, sa_gone, &e->sa, e->why, &e->by);
		alloc_free(e);
	}
}

static void tell_policy(struct xfrm *x, struct xfrm_fact *fact)
{
	struct xfrm_policy_entry *e;

	if (fact->kind == XFRM_FACT_POLICY_NEW) {
		e = list_entry(fact, struct xfrm_policy_entry, born);
		TELL(x, policy_new, &e->policy);
		return;
	}
	e = list_entry(fact, struct xfrm_policy_entry, gone);
	TELL(x, policy_gone, &e->policy, &e->by);
	alloc_free(e);
}

static void tell_acquire(struct xfrm *x, struct xfrm_fact *fact)
{
	struct acquire *a = list_entry(fact, struct acquire, fact);

	TELL(x, acquire, &a->sel, a->reqid, a->seq);
	alloc_free(a);
}

static void tell_resync(struct xfrm *x)
{
	for (size_t i = 0; i < x->watcher_count; i++)
		if (x->watchers[i].ops->resync)
			x->watchers[i].ops->resync(x->watchers[i].ctx);
}

static void tell(struct xfrm *x, struct xfrm_fact *fact)
{
	switch (fact->kind) {
	case XFRM_FACT_POLICY_NEW:
	case XFRM_FACT_POLICY_GONE:
		tell_policy(x, fact);
		break;
	case XFRM_FACT_ACQUIRE:
		tell_acquire(x, fact);
		break;
	case XFRM_FACT_RESYNC:
		tell_resync(x);
		break;
	case XFRM_FACT_CALL:
		xfrm_call_run(x, list_entry(fact, struct xfrm_call, fact));
		break;
	default:
		tell_sa(x, fact);
	}
}

/* Moves the queue aside, so that what is queued meanwhile waits for the end of the next turn. */
static void take_queue(struct xfrm *x, struct list *out)
{
	list_init(out);
	if (list_empty(&x->facts))
		return;
	list_insert_before(&x->facts, out);
	list_remove(&x->facts);
}

static struct xfrm_fact *pop(struct list *queue)
{
	struct xfrm_fact *fact = list_entry(queue->next, struct xfrm_fact, node);

	list_remove(&fact->node);
	fact->queued = false;
	return fact;
}

static void tell_all(void *arg)
{
	struct xfrm *x = arg;
	struct list queue;

	x->telling = false;
	take_queue(x, &queue);
	while (!list_empty(&queue))
		tell(x, pop(&queue));
}

/* Without memory for the deferral the queue waits for the next fact, which tries again. */
static void schedule(struct xfrm *x)
{
	if (!x->telling && loop_defer(x->loop, x, "xfrm facts", tell_all, x) == 0)
		x->telling = true;
}

void xfrm_fact_queue(struct xfrm *x, struct xfrm_fact *fact)
{
	if (!fact->queued) {
		fact->queued = true;
		list_append(&x->facts, &fact->node);
	}
	schedule(x);
}

/* A lost one comes again: the kernel repeats it when its larval SA has expired. */
void xfrm_acquired(struct xfrm *x, const struct selector *sel, uint32_t reqid, uint32_t seq)
{
	struct acquire *a = alloc_zero(sizeof(*a));

	if (!a)
		return;
	a->fact.kind = XFRM_FACT_ACQUIRE;
	a->sel = *sel;
	a->reqid = reqid;
	a->seq = seq;
	xfrm_fact_queue(x, &a->fact);
}

/* At the end of life: watchers hear nothing more, callers get their answers. */
void xfrm_facts_drop(struct xfrm *x)
{
	x->watcher_count = 0;
	loop_defer_cancel(x->loop, x);
	while (!list_empty(&x->facts))
		tell(x, pop(&x->facts));
	x->telling = false;
}

int xfrm_watch(struct xfrm *x, const struct xfrm_watch_ops *ops, void *ctx)
{
	if (x->watcher_count == XFRM_WATCH_MAX)
		return -ENOSPC;
	x->watchers[x->watcher_count++] = (struct xfrm_watcher){.ops = ops, .ctx = ctx};
	return 0;
}
