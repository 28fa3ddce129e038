#include "crypto_map/execute.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/loop.h"

#define WINDOW 32

struct flight {		     /* one write under way */
	struct execution *x; /* NULL: cancelled */
	size_t step;
};

struct execution {
	struct loop *loop;
	const struct xfrm_ops *kernel;
	void *kernel_ctx;
	struct plan plan;
	bool *succeeded; /* by step */
	struct flight *flights[WINDOW];
	size_t next; /* forward: steps not yet sent */
	size_t in_flight;
	bool undoing;
	size_t undo_left; /* steps below this are still to be looked at */
	int err;
	size_t refused, stuck;
	execute_done *done;
	void *arg;
};

static void go_on(void *arg);

static void execution_free(struct execution *x)
{
	loop_defer_cancel(x->loop, x);
	for (size_t i = 0; i < WINDOW; i++)
		if (x->flights[i])
			x->flights[i]->x = NULL;
	plan_clear(&x->plan);
	alloc_free(x->succeeded);
	alloc_free(x);
}

static void finish(struct execution *x)
{
	execute_done *done = x->done;
	void *arg = x->arg;
	int err = x->err;
	struct plan_step refused = {0};
	size_t stuck = x->stuck;

	if (err)
		refused = *plan_step_at(&x->plan, x->refused);
	execution_free(x);
	done(arg, err, err ? &refused : NULL, stuck);
}

/* What is in flight for a step: itself, or its inverse. */
static bool is_deleting(const struct execution *x, size_t step)
{
	const struct plan_step *s = plan_step_at(&x->plan, step);

	return (x->undoing ? plan_inverse(s).kind : s->kind) == PLAN_DELETE;
}

static void landed(void *arg, int err)
{
	struct flight *f = arg;
	struct execution *x = f->x;
	size_t step = f->step;

	for (size_t i = 0; x && i < WINDOW; i++)
		if (x->flights[i] == f)
			x->flights[i] = NULL;
	alloc_free(f);
	if (!x)
		return;
	x->in_flight--;
	/* Deleting what is gone already is no refusal. */
	if (err == -ENOENT && is_deleting(x, step))
		err = 0;
	/* Without an answer it may have happened: it is undone like what has. */
	if (!x->undoing && (!err || err == -ETIMEDOUT))
		x->succeeded[step] = true;
	x->stuck += x->undoing && err;
	if (!x->undoing && err && !x->err) {
		x->err = err;
		x->refused = step;
	}
	go_on(x);
}

static int send_step(struct execution *x, const struct plan_step *s, size_t index)
{
	struct flight *f = alloc_zero(sizeof(*f));
	size_t slot = 0;
	int err;

	if (!f)
		return -ENOMEM;
	while (x->flights[slot])
		slot++;
	*f = (struct flight){x, index};
	err = s->kind == PLAN_PUT ? x->kernel->policy_put(x->kernel_ctx, &s->policy, landed, f)
				  : x->kernel->policy_delete(x->kernel_ctx, &s->policy, landed, f);
	if (err) {
		alloc_free(f);
		return err;
	}
	x->flights[slot] = f;
	x->in_flight++;
	return 0;
}

static void forward(struct execution *x)
{
	while (!x->err && x->next < x->plan.count && x->in_flight < WINDOW) {
		int err = send_step(x, plan_step_at(&x->plan, x->next), x->next);

		if (err) {
			x->err = err;
			x->refused = x->next;
		}
		x->next++;
	}
}

/* One at a time: the order of the inverses matters. */
static void undo(struct execution *x)
{
	while (x->undo_left && !x->in_flight) {
		struct plan_step inverse;

		x->undo_left--;
		if (!x->succeeded[x->undo_left])
			continue;
		inverse = plan_inverse(plan_step_at(&x->plan, x->undo_left));
		x->stuck += send_step(x, &inverse, x->undo_left) != 0;
	}
}

static void go_on(void *arg)
{
	struct execution *x = arg;

	if (!x->undoing)
		forward(x);
	if (x->in_flight)
		return;
	if (x->err && !x->undoing) {
		x->undoing = true;
		x->undo_left = x->plan.count;
	}
	if (x->undoing)
		undo(x);
	if (!x->in_flight)
		finish(x);
}

struct execution *execute_plan(struct loop *loop, struct xfrm *xfrm, struct plan *plan,
			       execute_done *done, void *arg)
{
	struct execution *x = alloc_zero(sizeof(*x));
	bool *succeeded = alloc_array(plan->count + 1, sizeof(*succeeded));

	if (!x || !succeeded || loop_defer(loop, x, "policies", go_on, x)) {
		alloc_free(x);
		alloc_free(succeeded);
		plan_clear(plan);
		return NULL;
	}
	x->loop = loop;
	x->kernel = xfrm_ops(xfrm, &x->kernel_ctx);
	x->plan = *plan;
	*plan = (struct plan){0};
	x->succeeded = succeeded;
	x->done = done;
	x->arg = arg;
	return x;
}

void execute_cancel(struct execution *x)
{
	if (x)
		execution_free(x);
}
