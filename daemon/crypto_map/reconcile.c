#include "crypto_map/reconcile.h"

#include <errno.h>

#include "base/alloc.h"
#include "crypto_map/compile.h"

#define BLOCK 32 /* steps */

bool plan_is_ours(const struct xfrm_policy *p)
{
	return (p->reqid & REQID_MASK) == REQID_OURS;
}

static const struct xfrm_policy *same_place(const struct xfrm *mirror, const struct xfrm_policy *p)
{
	return xfrm_policy_find(mirror, p->dir, &p->selector, &p->mark);
}

const struct xfrm_policy *plan_foreign(const struct xfrm *mirror, const struct xfrm_policy *wanted)
{
	const struct xfrm_policy *have = same_place(mirror, wanted);

	return have && !plan_is_ours(have) ? have : NULL;
}

static bool same_content(const struct xfrm_policy *a, const struct xfrm_policy *b)
{
	return a->priority == b->priority && a->block == b->block && a->proto == b->proto &&
	       a->mode == b->mode && a->reqid == b->reqid &&
	       addr_equal(&a->tunnel_local, &b->tunnel_local) &&
	       addr_equal(&a->tunnel_remote, &b->tunnel_remote);
}

struct plan_step *plan_step_at(const struct plan *plan, size_t i)
{
	return &plan->blocks[i / BLOCK][i % BLOCK];
}

static bool block_add(struct plan *plan, size_t at)
{
	if (at == plan->cap) {
		size_t cap = plan->cap ? plan->cap * 2 : 8;
		struct plan_step **grown =
			alloc_grow(plan->blocks, plan->cap, cap, sizeof(*plan->blocks));

		if (!grown)
			return false;
		plan->blocks = grown;
		plan->cap = cap;
	}
	plan->blocks[at] = alloc_array(BLOCK, sizeof(struct plan_step));
	return plan->blocks[at];
}

static struct plan_step *step_new(struct plan *plan)
{
	if (plan->count % BLOCK == 0 && !block_add(plan, plan->count / BLOCK))
		return NULL;
	return plan_step_at(plan, plan->count++);
}

static int step_add(struct plan *plan, enum plan_step_kind kind, const struct xfrm_policy *p,
		    const struct xfrm_policy *before)
{
	struct plan_step *s = step_new(plan);

	if (!s)
		return -ENOMEM;
	*s = (struct plan_step){.kind = kind, .policy = *p, .has_before = before};
	if (before)
		s->before = *before;
	return 0;
}

int plan_want(struct plan *plan, const struct xfrm *mirror, const struct xfrm_policy *wanted)
{
	const struct xfrm_policy *have = same_place(mirror, wanted);

	if (have && same_content(have, wanted))
		return 0;
	return step_add(plan, PLAN_PUT, wanted, have);
}

int plan_unwant(struct plan *plan, const struct xfrm *mirror, const struct xfrm_policy *unwanted)
{
	const struct xfrm_policy *have = same_place(mirror, unwanted);

	if (!have || have->reqid != unwanted->reqid)
		return 0; /* gone already, or another's by now */
	return step_add(plan, PLAN_DELETE, have, have);
}

struct plan_step plan_inverse(const struct plan_step *s)
{
	return (struct plan_step){.kind = s->has_before ? PLAN_PUT : PLAN_DELETE,
				  .policy = s->has_before ? s->before : s->policy};
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i * BLOCK < plan->count; i++)
		alloc_free(plan->blocks[i]);
	alloc_free(plan->blocks);
	*plan = (struct plan){0};
}
