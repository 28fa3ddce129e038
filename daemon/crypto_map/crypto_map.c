/*
 * Crypto maps: config drives prepare, commit, abort; link and xfrm tell what changed around us. One
 * change is under way at a time: what is marked meanwhile is built when it has ended. A commit that the
 * kernel refuses is undone whole: policies by the plan's inverses, connections by their old versions,
 * objects by those that were there before. Changes from around us (an address came, a policy was removed by
 * another program) go the same way and have nobody to answer to but the log.
 */
#include "crypto_map/crypto_map.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/loop.h"
#include "base/pace.h"
#include "base/text.h"
#include "conn/conn.h"
#include "crypto_map/build.h"
#include "crypto_map/execute.h"
#include "link/link.h"
#include "log/log.h"

/* Another program that removes our policies is answered, but not as fast as it can go on. */
static const struct pace_class repair_class = {.burst = 5, .refill_ms = 10000, .min_gap_ms = 200};

/* A prepared change of one object: what will be put, and after the put what was there. */
struct shadow {
	struct list link;
	enum model_kind kind;
	model_name key;
	struct model_object *object; /* NULL: removed */
	bool swapped;
};

struct crypto_map {
	struct loop *loop;
	struct conn_table *conns;
	struct link *link;
	struct xfrm *xfrm;
	const struct seal *seal;
	struct log *log;
	struct graph *graph;
	struct list prepared; /* shadows that no commit has ordered, or whose commit waits */
	bool ordered;	      /* … the latter */
	struct list shadows;  /* of the change under way */
	uint32_t next_conn_id;
	/* the change under way */
	bool busy;
	struct changes changes;
	struct execution *execution;
	crypto_map_done *done;
	void *done_arg;
	/* what waits for its end */
	bool commit_waits, reconcile_waits;
	crypto_map_done *waiting_done;
	void *waiting_arg;
	struct loop_timer repair;
	struct pace repair_pace;
	int blocked; /* instances whose traffic is another's */
	xfrm_done *removal_done;
	void *removal_arg;
};

#define RETRY_MS 1000

const char *const *crypto_map_paths(void)
{
	static const char *const paths[] = {"/spindle-acl:access-lists/extended",
					    "/spindle-interface:interfaces/interface",
					    "/spindle-crypto:crypto/ipsec/transform-set",
					    "/spindle-crypto:crypto/ipsec/security-association",
					    "/spindle-crypto:crypto/ikev2/proposal",
					    "/spindle-crypto:crypto/ikev2/policy",
					    "/spindle-crypto:crypto/ikev2/keyring",
					    "/spindle-crypto:crypto/ikev2/profile",
					    "/spindle-crypto:crypto/ikev2/dpd",
					    "/spindle-crypto:crypto/map",
					    NULL};

	return paths;
}

/* ---- prepare, abort --------------------------------------------------------------------------- */

static void shadow_free(struct shadow *s)
{
	list_remove(&s->link);
	model_free(s->object);
	alloc_free(s);
}

static void shadows_free(struct list *shadows)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, shadows) shadow_free(list_entry(it, struct shadow, link));
}

int crypto_map_prepare(struct crypto_map *cm, const struct crypto_map_change *c, struct error *err)
{
	enum model_kind kind = model_kind_of(c->path);
	struct shadow *s;

	if (kind == MODEL_KIND_COUNT)
		return error_set(err, -EINVAL, "%s is not handled", c->path);
	s = alloc_zero(sizeof(*s));
	if (!s)
		return error_set(err, -ENOMEM, "no memory");
	list_init(&s->link);
	s->kind = kind;
	model_key(c->new ? c->new : c->old, s->key);
	if (c->new) {
		s->object = model_parse(kind, c->new, cm->seal, err);
		if (!s->object) {
			alloc_free(s);
			return err && err->code ? err->code : -EINVAL;
		}
	}
	list_append(&cm->prepared, &s->link);
	return 0;
}

void crypto_map_abort(struct crypto_map *cm)
{
	shadows_free(&cm->prepared);
}

/* A commit's shadows become those of the change that begins; what is only prepared stays aside, so
 * that a change from around us neither puts it early nor frees it. */
static void take_prepared(struct crypto_map *cm)
{
	struct list *it, *tmp;

	if (!cm->ordered)
		return;
	cm->ordered = false;
	list_for_each_safe(it, tmp, &cm->prepared)
	{
		list_remove(it);
		list_append(&cm->shadows, it);
	}
}

/* Puts each prepared object in its place and keeps the one before; the second swap undoes it. */
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
	s->object = before;
	s->swapped = !s->swapped;
	return 0;
}

static int swap_all(struct crypto_map *cm)
{
	struct list *it;

	list_for_each(it, &cm->shadows) if (swap_one(cm, list_entry(it, struct shadow,
								    link))) return -ENOMEM;
	return 0;
}

static void swap_back(struct crypto_map *cm)
{
	for (struct list *it = cm->shadows.prev; it != &cm->shadows; it = it->prev) {
		struct shadow *s = list_entry(it, struct shadow, link);

		if (s->swapped)
			swap_one(cm, s);
	}
	/* Marks stay: something around us may have changed meanwhile. What is as it was compiles to
	 * what is there. */
}

/* Names that nobody uses any more. */
static void prune(struct crypto_map *cm)
{
	struct list *it;

	list_for_each(it, &cm->shadows)
	{
		const struct shadow *s = list_entry(it, struct shadow, link);
		struct slot *slot = graph_find(cm->graph, s->kind, s->key);

		if (!slot || slot->object)
			continue;
		if (slot->compiled && list_empty(&((struct compiled *)slot->compiled)->instances))
			compiled_free(slot);
		graph_prune(cm->graph, slot);
	}
}

/* ---- one change ------------------------------------------------------------------------------------ */

static void begin(struct crypto_map *cm, crypto_map_done *done, void *arg);
static void begin_waiting(void *arg);

static void end(struct crypto_map *cm, int err, const struct error *why)
{
	crypto_map_done *done = cm->done;
	void *arg = cm->done_arg;

	changes_clear(&cm->changes);
	shadows_free(&cm->shadows);
	cm->busy = false;
	cm->done = NULL;
	if (err && !done) /* nobody to answer to: what changed around us is tried again */
		loop_timer_set(&cm->repair, RETRY_MS);
	if (cm->commit_waits || cm->reconcile_waits)
		loop_defer(cm->loop, cm, "crypto map", begin_waiting, cm);
	if (done)
		done(arg, err, why);
}

static void refused(struct crypto_map *cm, int err, const struct plan_step *step)
{
	struct error why = {0};
	char text[SELECTOR_STRLEN];

	changes_unpublish(&cm->changes, cm->conns);
	changes_mark(&cm->changes, cm->graph);
	swap_back(cm);
	error_set(&why, err, "the kernel refused to %s the policy for %s: %s",
		  step->kind == PLAN_PUT ? "install" : "remove",
		  selector_format(&step->policy.selector, text), strerror(-err));
	log_say(cm->log, NULL, KERNEL_REFUSED, "change policies", why.text);
	end(cm, err, &why);
}

/* Entries whose traffic was another's are looked at again. */
static void unblock(struct crypto_map *cm)
{
	struct slot *s = NULL;

	while (cm->blocked && (s = graph_next(cm->graph, MODEL_ENTRY, s))) {
		const struct compiled *c = s->compiled;
		const struct list *it;

		if (c)
			list_for_each(
				it, &c->instances) if (list_entry(it, const struct instance, link)
							       ->blocked) graph_touch(cm->graph, s);
	}
	cm->commit_waits |= cm->blocked > 0;
}

static void settled(struct crypto_map *cm)
{
	bool others_may_come = changes_free_traffic(&cm->changes);

	cm->blocked += changes_settle(&cm->changes, cm->conns);
	prune(cm);
	if (others_may_come)
		unblock(cm);
	end(cm, 0, NULL);
}

static void executed(void *arg, int err, const struct plan_step *step)
{
	struct crypto_map *cm = arg;

	cm->execution = NULL;
	if (err)
		refused(cm, err, step);
	else
		settled(cm);
}

static void fail_early(struct crypto_map *cm, int err)
{
	struct error why = {0};

	changes_mark(&cm->changes, cm->graph);
	swap_back(cm);
	error_set(&why, err, "%s",
		  err == -ENOMEM ? "no memory for the change"
				 : "a connection of the change does not fit the others");
	end(cm, err, &why);
}

/* Every policy of ours that no connection wants (start: the configuration changed while we were
 * away). */
static int plan_leftovers(struct crypto_map *cm, struct plan *plan)
{
	for (const struct xfrm_policy *p = NULL; (p = xfrm_policy_next(cm->xfrm, p));) {
		const struct conn_child *child = NULL;

		conn_by_reqid(cm->conns, p->reqid, &child);
		if (plan_is_ours(p) && !(child && selector_equal(&child->selector, &p->selector)) &&
		    plan_unwant(plan, cm->xfrm, p))
			return -ENOMEM;
	}
	return 0;
}

static int plan_missing(struct crypto_map *cm, struct plan *plan)
{
	for (const struct conn *c = NULL; (c = conn_next(cm->conns, c));)
		for (size_t i = 0; i < c->child_count; i++) {
			struct xfrm_policy p[COMPILE_POLICIES];

			compile_policies(c, i, p);
			for (size_t k = 0; k < COMPILE_POLICIES; k++)
				if (!plan_foreign(cm->xfrm, &p[k]) &&
				    plan_want(plan, cm->xfrm, &p[k]))
					return -ENOMEM;
		}
	return 0;
}

static void start(struct crypto_map *cm, bool all)
{
	struct build b = {cm->graph, cm->conns, cm->link, cm->xfrm, &cm->next_conn_id};
	int err = swap_all(cm);

	if (!err)
		err = build_changes(&b, &cm->changes);
	if (!err)
		err = changes_publish(&cm->changes, cm->conns);
	if (!err && all &&
	    (plan_missing(cm, &cm->changes.plan) || plan_leftovers(cm, &cm->changes.plan))) {
		changes_unpublish(&cm->changes, cm->conns);
		err = -ENOMEM;
	}
	if (!err) {
		cm->execution = execute_plan(cm->loop, cm->xfrm, &cm->changes.plan, executed, cm);
		if (cm->execution)
			return;
		changes_unpublish(&cm->changes, cm->conns);
		err = -ENOMEM;
	}
	fail_early(cm, err);
}

static void begin(struct crypto_map *cm, crypto_map_done *done, void *arg)
{
	bool all = cm->reconcile_waits;

	cm->commit_waits = cm->reconcile_waits = false;
	cm->busy = true;
	cm->done = done;
	cm->done_arg = arg;
	take_prepared(cm);
	start(cm, all);
}

static void begin_waiting(void *arg)
{
	struct crypto_map *cm = arg;
	crypto_map_done *done = cm->waiting_done;

	if (cm->busy)
		return;
	cm->waiting_done = NULL;
	begin(cm, done, cm->waiting_arg);
}

/* One caller at a time may wait: config has one commit under way, and reconciling has no caller but at
 * start. */
static void begin_or_wait(struct crypto_map *cm, crypto_map_done *done, void *arg)
{
	if (done) {
		cm->waiting_done = done;
		cm->waiting_arg = arg;
	}
	if (cm->busy)
		return;
	done = cm->waiting_done;
	cm->waiting_done = NULL;
	begin(cm, done, cm->waiting_arg);
}

void crypto_map_commit(struct crypto_map *cm, crypto_map_done *done, void *arg)
{
	cm->commit_waits = cm->ordered = true;
	begin_or_wait(cm, done, arg);
}

void crypto_map_reconcile_all(struct crypto_map *cm, crypto_map_done *done, void *arg)
{
	cm->reconcile_waits = true;
	begin_or_wait(cm, done, arg);
}

/* ---- what changes around us -------------------------------------------------------------------------- */

static void begin_later(struct crypto_map *cm)
{
	cm->commit_waits = true;
	loop_defer_cancel(cm->loop, cm);
	loop_defer(cm->loop, cm, "crypto map", begin_waiting, cm);
}

static void link_changed(void *ctx, const char *name)
{
	struct crypto_map *cm = ctx;
	const struct slot *s = graph_find(cm->graph, MODEL_INTERFACE, name);
	struct slot *map = s && s->object && s->object->interface.map[0]
				   ? graph_find(cm->graph, MODEL_MAP, s->object->interface.map)
				   : NULL;

	if (!map)
		return;
	graph_touch(cm->graph, map);
	begin_later(cm);
}

static void repair(void *arg)
{
	struct crypto_map *cm = arg;
	uint64_t now = loop_now(cm->loop);

	if (pace_take(&cm->repair_pace, now))
		crypto_map_reconcile_all(cm, NULL, NULL);
	else
		loop_timer_set(&cm->repair, pace_wait_ms(&cm->repair_pace, now));
}

static void policy_gone(void *ctx, const struct xfrm_policy *p, const struct xfrm_author *by)
{
	struct crypto_map *cm = ctx;
	const struct conn *c = conn_by_reqid(cm->conns, p->reqid, NULL);
	char text[SELECTOR_STRLEN + 32];

	if (by->own)
		return;
	if (!c) {
		unblock(cm); /* perhaps it stood where one of ours belongs */
		if (cm->blocked)
			begin_later(cm);
		return;
	}
	selector_format(&p->selector, text);
	log_say(cm->log, NULL, POLICY_LOST, c->name, text,
		by->name[0] ? by->name : "an unnamed program");
	if (!loop_timer_armed(&cm->repair))
		loop_timer_set(&cm->repair, 1);
}

static void resync(void *ctx)
{
	struct crypto_map *cm = ctx;

	if (conn_count(cm->conns))
		crypto_map_reconcile_all(cm, NULL, NULL);
}

/* ---- life ------------------------------------------------------------------------------------------------ */

static const struct link_ops link_listener = {.changed = link_changed};
static const struct xfrm_watch_ops xfrm_listener = {.policy_gone = policy_gone, .resync = resync};

struct crypto_map *crypto_map_new(struct loop *loop, struct conn_table *conns, struct link *link,
				  struct xfrm *xfrm, const struct seal *seal, struct log *log)
{
	struct crypto_map *cm = alloc_zero(sizeof(*cm));

	if (!cm)
		return NULL;
	cm->loop = loop;
	cm->conns = conns;
	cm->link = link;
	cm->xfrm = xfrm;
	cm->seal = seal;
	cm->log = log;
	list_init(&cm->prepared);
	list_init(&cm->shadows);
	loop_timer_init(&cm->repair, loop, "policy repair", repair, cm);
	pace_init(&cm->repair_pace, &repair_class, loop_now(loop));
	cm->graph = graph_new();
	if (!cm->graph || link_listen(link, &link_listener, cm) ||
	    xfrm_watch(xfrm, &xfrm_listener, cm)) {
		crypto_map_free(cm);
		return NULL;
	}
	return cm;
}

static void compiled_free_all(struct crypto_map *cm)
{
	struct slot *s = NULL;

	while (cm->graph && (s = graph_next(cm->graph, MODEL_ENTRY, s)))
		compiled_free(s);
}

void crypto_map_free(struct crypto_map *cm)
{
	if (!cm)
		return;
	loop_timer_stop(&cm->repair);
	loop_defer_cancel(cm->loop, cm);
	execute_cancel(cm->execution);
	changes_clear(&cm->changes);
	shadows_free(&cm->prepared);
	shadows_free(&cm->shadows);
	compiled_free_all(cm);
	graph_free(cm->graph);
	alloc_free(cm);
}

bool crypto_map_reqid_is_ours(uint32_t reqid)
{
	return (reqid & REQID_MASK) == REQID_OURS;
}

/* ---- --remove -------------------------------------------------------------------------------------------- */

static void removed(void *arg, int err, const struct plan_step *step)
{
	struct crypto_map *cm = arg;

	(void)step;
	cm->execution = NULL;
	cm->busy = false;
	if (cm->removal_done)
		cm->removal_done(cm->removal_arg, err);
}

/* Nothing is put back afterwards: this is the end of the daemon, or of its installation. */
int crypto_map_remove_all(struct crypto_map *cm, xfrm_done *done, void *arg)
{
	struct plan plan = {0};
	int err = cm->busy ? -EBUSY : 0;

	for (const struct xfrm_policy *p = NULL; !err && (p = xfrm_policy_next(cm->xfrm, p));)
		if (plan_is_ours(p))
			err = plan_unwant(&plan, cm->xfrm, p);
	if (!err) {
		cm->execution = execute_plan(cm->loop, cm->xfrm, &plan, removed, cm);
		err = cm->execution ? 0 : -ENOMEM;
	}
	if (err) {
		plan_clear(&plan);
		return err;
	}
	cm->busy = true;
	cm->removal_done = done;
	cm->removal_arg = arg;
	return 0;
}

/* ---- for people ------------------------------------------------------------------------------------------- */

static void entry_fill(struct crypto_map_entry *out, const struct slot *s, const struct instance *i)
{
	const struct model_entry *e = &s->object->entry;

	*out = (struct crypto_map_entry){.map = e->map,
					 .seq = e->seq,
					 .interface = i ? i->interface : "",
					 .incomplete = i ? i->incomplete : "not attached",
					 .conn = i && i->conn ? i->conn_id : 0,
					 .profile = e->profile,
					 .description = e->description};
}

bool crypto_map_entry_of(const struct crypto_map *cm, const struct conn *c,
			 struct crypto_map_entry *out)
{
	const struct slot *s = graph_find(cm->graph, MODEL_ENTRY, c->name);

	if (!s || !s->object)
		return false;
	entry_fill(out, s, NULL);
	return true;
}

bool crypto_map_entry_get(const struct crypto_map *cm, size_t index, struct crypto_map_entry *out)
{
	const struct slot *s = NULL;

	while ((s = graph_next(cm->graph, MODEL_ENTRY, s))) {
		const struct compiled *c = s->compiled;
		const struct list *it;

		if (!s->object)
			continue;
		if (!c || list_empty(&c->instances)) {
			if (!index--) {
				entry_fill(out, s, NULL);
				return true;
			}
			continue;
		}
		list_for_each(it, &c->instances)
		{
			if (index--)
				continue;
			entry_fill(out, s, list_entry(it, const struct instance, link));
			return true;
		}
	}
	return false;
}
