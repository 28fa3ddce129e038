/*
 * crypto_map/reconcile: plan = reconcile(wanted, no longer wanted, mirror): a pure function; each
 * step carries its inverse.
 */
#ifndef CRYPTO_MAP_RECONCILE_H
#define CRYPTO_MAP_RECONCILE_H

#include "xfrm/xfrm.h"

enum plan_step_kind { PLAN_PUT, PLAN_DELETE };

struct plan_step {
	enum plan_step_kind kind;
	struct xfrm_policy policy; /* what to put or delete */
	struct xfrm_policy before; /* the inverse puts this back; has_before false: it deletes */
	bool has_before;
};

/* In blocks: growing moves nothing, which with thirty thousand steps would hold up the loop. */
struct plan {
	struct plan_step **blocks;
	size_t count, cap; /* steps, pointers to blocks */
};

struct plan_step *plan_step_at(const struct plan *plan, size_t i);

/* Adds what is missing or different in the mirror, and takes away what is there and not wanted any
 * more. 0 or -ENOMEM (the plan is then to be cleared). */
int plan_want(struct plan *plan, const struct xfrm *mirror, const struct xfrm_policy *wanted);
int plan_unwant(struct plan *plan, const struct xfrm *mirror, const struct xfrm_policy *unwanted);
struct plan_step plan_inverse(const struct plan_step *s);
void plan_clear(struct plan *plan);
/* A policy with the same direction and selector that is not of our making, or NULL. */
const struct xfrm_policy *plan_foreign(const struct xfrm *mirror, const struct xfrm_policy *wanted);
bool plan_is_ours(const struct xfrm_policy *p);

#endif
