/*
 * crypto_map/course: the course of one change, in phases, a slice a turn, so that a change of ten thousand
 * entries holds up no turn of the loop; a small one goes through in one. All or nothing: what fails
 * before the kernel has agreed to everything takes the way back. What changes around us meanwhile is
 * marked late (graph.h) and belongs to the next change.
 */
#include "crypto_map/crypto_map_internal.h"

#include <errno.h>

#include "base/alloc.h"
#include "conn/conn.h"
#include "log/log.h"

#define SLICE 64

static void go_on(void *arg);

/* ---- objects in their places -------------------------------------------------------------------- */

/* Puts a prepared object in its place and keeps the one before; the second swap undoes it. */
static int swap_one(struct crypto_map *cm, struct shadow *s)
{
	struct slot *slot = graph_slot(cm->graph, s->kind, s->key);
	struct model_object *before;
	bool ok = false;

	if (!slot)
		return -ENOMEM;
	before = graph_put(cm->graph, slot, s->object, &ok);
	if (!ok)
		return -ENOMEM;
	model_keep_hits(slot->object, before);
	s->object = before;
	s->swapped = !s->swapped;
	return 0;
}

static int swap_step(struct crypto_map *cm)
{
	int err = 0;

	for (int n = 0; !err && cm->shadow_at != &cm->shadows; n++) {
		if (n == SLICE)
			return -EAGAIN;
		err = swap_one(cm, list_entry(cm->shadow_at, struct shadow, link));
		if (!err)
			cm->shadow_at = cm->shadow_at->next;
	}
	return err;
}

/* Marks stay: something around us may have changed meanwhile. What is as it was compiles to what is
 * there. */
static int swap_back_step(struct crypto_map *cm)
{
	for (int n = 0; cm->shadow_at != &cm->shadows; n++) {
		struct shadow *s = list_entry(cm->shadow_at, struct shadow, link);

		if (n == SLICE)
			return -EAGAIN;
		if (s->swapped)
			swap_one(cm, s);
		cm->shadow_at = cm->shadow_at->prev;
	}
	return 0;
}

static void prune(struct crypto_map *cm, const struct shadow *s)
{
	struct slot *slot = graph_find(cm->graph, s->kind, s->key);

	if (!slot || slot->object)
		return;
	if (slot->compiled && list_empty(&((struct compiled *)slot->compiled)->instances))
		compiled_free(slot);
	graph_prune(cm->graph, slot);
}

static int prune_step(struct crypto_map *cm)
{
	for (int n = 0; cm->shadow_at != &cm->shadows; n++) {
		if (n == SLICE)
			return -EAGAIN;
		prune(cm, list_entry(cm->shadow_at, struct shadow, link));
		cm->shadow_at = cm->shadow_at->next;
	}
	if (changes_free_traffic(&cm->changes))
		crypto_map_unblock(cm);
	return 0;
}

/* ---- connections ---------------------------------------------------------------------------------- */

static int build_step(struct crypto_map *cm)
{
	struct build b = {cm->graph, cm->conns, cm->link, cm->xfrm, &cm->next_conn_id};

	return build_changes(&b, &cm->changes, SLICE);
}

static int publish_step(struct crypto_map *cm)
{
	return changes_publish(&cm->changes, cm->conns, &cm->change_at, SLICE);
}

static int unpublish_step(struct crypto_map *cm)
{
	int err = changes_unpublish(&cm->changes, cm->conns, &cm->change_at, SLICE);

	if (!err)
		changes_mark(&cm->changes, cm->graph);
	return err;
}

static int settle_step(struct crypto_map *cm)
{
	return changes_settle(&cm->changes, cm->conns, &cm->change_at, SLICE, &cm->blocked);
}

static int clear_step(struct crypto_map *cm)
{
	return changes_free(&cm->changes, SLICE);
}

/* ---- policies --------------------------------------------------------------------------------------- */

static int plan_conn_all(struct crypto_map *cm, const struct conn *c)
{
	for (size_t i = 0; i < c->child_count; i++) {
		struct xfrm_policy p[COMPILE_POLICIES];

		compile_policies(c, i, p);
		for (size_t k = 0; k < COMPILE_POLICIES; k++)
			if (!plan_foreign(cm->xfrm, &p[k]) &&
			    plan_want(&cm->changes.plan, cm->xfrm, &p[k]))
				return -ENOMEM;
	}
	return 0;
}

/* Only a change puts connections and takes them, so the place in the table stays good. */
static int missing_step(struct crypto_map *cm)
{
	const struct conn *c;

	for (int n = 0; cm->all && (c = conn_next(cm->conns, cm->conn_at)); n++) {
		if (n == SLICE)
			return -EAGAIN;
		if (plan_conn_all(cm, c))
			return -ENOMEM;
		cm->conn_at = c;
	}
	return 0;
}

/* Every policy of ours that no connection wants (start: the configuration changed while we were
 * away). In one go, for policies come and go between turns; it only looks. */
static int leftovers_step(struct crypto_map *cm)
{
	for (const struct xfrm_policy *p = NULL; cm->all && (p = xfrm_policy_next(cm->xfrm, p));) {
		const struct conn_child *child = NULL;

		conn_by_reqid(cm->conns, p->reqid, &child);
		if (plan_is_ours(p) && !(child && selector_equal(&child->selector, &p->selector)) &&
		    plan_unwant(&cm->changes.plan, cm->xfrm, p))
			return -ENOMEM;
	}
	return 0;
}

/* Policies that could not be put back: said, and put right by a look at all of them. */
static void not_undone(struct crypto_map *cm, size_t stuck)
{
	size_t len = strlen(cm->why.text);

	snprintf(cm->why.text + len, sizeof(cm->why.text) - len,
		 "; %zu policies could not be put back yet", stuck);
	cm->reconcile_waits = true;
}

static void refused(struct crypto_map *cm, int err, const struct plan_step *step, size_t stuck)
{
	char text[SELECTOR_STRLEN];

	cm->err = err;
	error_set(&cm->why, err, "the kernel refused to %s the policy for %s: %s",
		  step->kind == PLAN_PUT ? "install" : "remove",
		  selector_format(&step->policy.selector, text), strerror(-err));
	if (stuck)
		not_undone(cm, stuck);
	log_say(cm->log, NULL, KERNEL_REFUSED, "change policies", cm->why.text);
}

static void enter(struct crypto_map *cm, enum course_phase phase);

static void executed(void *arg, int err, const struct plan_step *step, size_t stuck)
{
	struct crypto_map *cm = arg;

	cm->execution = NULL;
	if (err)
		refused(cm, err, step, stuck);
	enter(cm, err ? COURSE_UNPUBLISH : COURSE_SETTLE);
	go_on(cm);
}

/* -EINPROGRESS: executed() goes on. */
static int execute_step(struct crypto_map *cm)
{
	cm->execution = execute_plan(cm->loop, cm->xfrm, &cm->changes.plan, executed, cm);
	return cm->execution ? -EINPROGRESS : -ENOMEM;
}

/* ---- phases -------------------------------------------------------------------------------------------- */

/* 0: the phase is over; -EAGAIN: another turn; -EINPROGRESS: somebody calls; else why it failed. */
static const struct {
	int (*step)(struct crypto_map *cm);
	enum course_phase then, or_else;
} rows[] = {
	[COURSE_SWAP] = {swap_step, COURSE_BUILD, COURSE_UNPUBLISH},
	[COURSE_BUILD] = {build_step, COURSE_PUBLISH, COURSE_UNPUBLISH},
	[COURSE_PUBLISH] = {publish_step, COURSE_MISSING, COURSE_UNPUBLISH},
	[COURSE_MISSING] = {missing_step, COURSE_LEFTOVERS, COURSE_UNPUBLISH},
	[COURSE_LEFTOVERS] = {leftovers_step, COURSE_EXECUTE, COURSE_UNPUBLISH},
	[COURSE_EXECUTE] = {execute_step, COURSE_SETTLE, COURSE_UNPUBLISH},
	[COURSE_SETTLE] = {settle_step, COURSE_PRUNE, COURSE_PRUNE},
	[COURSE_PRUNE] = {prune_step, COURSE_CLEAR, COURSE_CLEAR},
	[COURSE_UNPUBLISH] = {unpublish_step, COURSE_SWAP_BACK, COURSE_SWAP_BACK},
	[COURSE_SWAP_BACK] = {swap_back_step, COURSE_CLEAR, COURSE_CLEAR},
	[COURSE_CLEAR] = {clear_step, COURSE_END, COURSE_END},
};

/* Where a phase begins. What was published is what changes_publish() had come to. */
static void enter(struct crypto_map *cm, enum course_phase phase)
{
	cm->phase = phase;
	if (phase == COURSE_SWAP || phase == COURSE_PRUNE)
		cm->shadow_at = cm->shadows.next;
	else if (phase == COURSE_SWAP_BACK)
		cm->shadow_at = cm->shadows.prev;
	else if (phase == COURSE_PUBLISH || phase == COURSE_SETTLE)
		cm->change_at = 0;
	else if (phase == COURSE_MISSING)
		cm->conn_at = NULL;
}

static void failed(struct crypto_map *cm, int err)
{
	cm->err = err;
	error_set(&cm->why, err, "%s",
		  err == -ENOMEM ? "no memory for the change"
				 : "a connection of the change does not fit the others");
}

/* Without memory for the timer the next slice follows at once. */
static void go_on(void *arg)
{
	struct crypto_map *cm = arg;

	while (cm->phase != COURSE_END) {
		int err = rows[cm->phase].step(cm);

		if (err == -EINPROGRESS || (err == -EAGAIN && !loop_timer_set(&cm->turn, 0)))
			return;
		if (err == -EAGAIN)
			continue;
		if (err)
			failed(cm, err);
		enter(cm, err ? rows[cm->phase].or_else : rows[cm->phase].then);
	}
	cm->phase = COURSE_IDLE;
	course_ended(cm, cm->err, cm->err ? &cm->why : NULL);
}

void course_begin(struct crypto_map *cm, bool all)
{
	cm->all = all;
	cm->err = 0;
	cm->why = (struct error){0};
	cm->change_at = 0;
	graph_wake(cm->graph);
	enter(cm, COURSE_SWAP);
	go_on(cm);
}

void course_init(struct crypto_map *cm)
{
	loop_timer_init(&cm->turn, cm->loop, "crypto map", go_on, cm);
}

void course_free(struct crypto_map *cm)
{
	loop_timer_stop(&cm->turn);
	execute_cancel(cm->execution);
	changes_free(&cm->changes, SIZE_MAX);
}
