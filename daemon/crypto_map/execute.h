/*
 * crypto_map/execute: carries a plan out in the kernel, a bounded number of writes in flight. If a
 * step is refused, no more are sent, and those that succeeded are undone, latest first.
 */
#ifndef CRYPTO_MAP_EXECUTE_H
#define CRYPTO_MAP_EXECUTE_H

#include "crypto_map/reconcile.h"

struct execution;

/* Takes the plan's steps. done(arg, err, step, stuck): 0, or the refusal, the step refused (borrowed) and
 * how many steps could not be undone; called once, never before this returns. NULL: no memory, the plan
 * is cleared. */
typedef void execute_done(void *arg, int err, const struct plan_step *refused, size_t stuck);
struct execution *execute_plan(struct loop *loop, struct xfrm *xfrm, struct plan *plan,
			       execute_done *done, void *arg);
void execute_cancel(struct execution *x); /* done is not called; the kernel keeps what it has */

#endif
