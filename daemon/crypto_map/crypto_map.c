/*
 * Crypto maps: config drives prepare, commit, abort; link and xfrm tell what changed around us. One
 * change is under way at a time: what is marked meanwhile is built when it has ended. A commit that the
 * kernel refuses is undone whole: policies by the plan's inverses, connections by their old versions,
 * objects by those that were there before. Changes from around us (an address came, a policy was removed by
 * another program) go the same way and have nobody to answer to but the log.
 */
#include "crypto_map/crypto_map_internal.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conn/conn.h"
#include "link/link.h"
#include "log/log.h"

/* Another program that removes our policies is answered, but not as fast as it can go on. */
static const struct pace_class repair_class = {.burst = 5, .refill_ms = 10000, .min_gap_ms = 200};

#define RETRY_MS    1000
#define SWEEP_SLICE 256

const char *const *crypto_map_paths(void)
{
	static const char *const paths[] = {"/spindle-acl:access-lists/standard",
					    "/spindle-acl:access-lists/extended",
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

/* ---- what is no longer needed ----------------------------------------------------------------------- */

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

static void sweep(void *arg)
{
	struct crypto_map *cm = arg;

	for (int n = 0; n < SWEEP_SLICE && !list_empty(&cm->trash); n++)
		shadow_free(list_entry(cm->trash.next, struct shadow, link));
	if (!list_empty(&cm->trash) && loop_timer_set(&cm->sweep, 0))
		shadows_free(&cm->trash);
}

static void sweep_shadows(struct crypto_map *cm, struct list *shadows)
{
	list_move_all(&cm->trash, shadows);
	sweep(cm);
}

/* ---- prepare, abort --------------------------------------------------------------------------- */

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
	sweep_shadows(cm, &cm->prepared);
}

/* A commit's shadows become those of the change that begins; what is only prepared stays aside, so
 * that a change from around us neither puts it early nor frees it. */
static void take_prepared(struct crypto_map *cm)
{
	if (cm->ordered)
		list_move_all(&cm->shadows, &cm->prepared);
	cm->ordered = false;
}

/* ---- one change after the other --------------------------------------------------------------------- */

static void begin_waiting(void *arg);

void course_ended(struct crypto_map *cm, int err, const struct error *why)
{
	crypto_map_done *done = cm->done;
	struct error kept = why ? *why : (struct error){0};
	void *arg = cm->done_arg;

	sweep_shadows(cm, &cm->shadows);
	cm->busy = false;
	cm->done = NULL;
	if (err && !done) /* nobody to answer to: what changed around us is tried again */
		loop_timer_set(&cm->repair, RETRY_MS);
	if (cm->commit_waits || cm->reconcile_waits)
		loop_defer(cm->loop, cm, "crypto map", begin_waiting, cm);
	if (done)
		done(arg, err, err ? &kept : NULL);
}

/* Entries whose traffic was another's are looked at again. */
void crypto_map_unblock(struct crypto_map *cm)
{
	struct slot *s = NULL;

	while (cm->blocked && (s = graph_next(cm->graph, MODEL_ENTRY, s))) {
		const struct compiled *c = s->compiled;
		const struct list *it;

		if (c)
			list_for_each(it,
				      &c->instances) if (list_entry(it, const struct instance, link)
								 ->blocked)
				graph_touch_late(cm->graph, s);
	}
	cm->commit_waits |= cm->blocked > 0;
}

static void begin(struct crypto_map *cm, crypto_map_done *done, void *arg)
{
	bool all = cm->reconcile_waits;

	cm->commit_waits = cm->reconcile_waits = false;
	cm->busy = true;
	cm->done = done;
	cm->done_arg = arg;
	take_prepared(cm);
	course_begin(cm, all);
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
	graph_touch_late(cm->graph, map);
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
		crypto_map_unblock(cm); /* perhaps it stood where one of ours belongs */
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
	list_init(&cm->trash);
	course_init(cm);
	loop_timer_init(&cm->sweep, loop, "crypto map", sweep, cm);
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
	loop_timer_stop(&cm->sweep);
	loop_defer_cancel(cm->loop, cm);
	course_free(cm);
	shadows_free(&cm->prepared);
	shadows_free(&cm->shadows);
	shadows_free(&cm->trash);
	compiled_free_all(cm);
	graph_free(cm->graph);
	alloc_free(cm);
}

bool crypto_map_reqid_is_ours(uint32_t reqid)
{
	return (reqid & REQID_MASK) == REQID_OURS;
}

/* ---- --remove -------------------------------------------------------------------------------------------- */

static void removed(void *arg, int err, const struct plan_step *step, size_t stuck)
{
	struct crypto_map *cm = arg;

	(void)step;
	(void)stuck;
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
					 .acl = e->acl,
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

static bool rule_fits(const struct model_rule *r, const struct addr *from, uint16_t port)
{
	const struct selector *s = &r->selector;

	if (s->local.addr.family && !prefix_contains(&s->local, from))
		return false;
	if ((s->proto && s->proto != IPPROTO_TCP) || r->source.first || r->source.outside ||
	    r->source.last != UINT16_MAX)
		return false;
	return model_ports_hold(&r->destination, port);
}

static struct slot *list_of(const struct crypto_map *cm, const char *name)
{
	struct slot *s = graph_find(cm->graph, MODEL_ACL, name);

	return s && s->object ? s : graph_find(cm->graph, MODEL_ACL_STANDARD, name);
}

int crypto_map_access(const struct crypto_map *cm, const char *list, const struct addr *from,
		      uint16_t port)
{
	struct slot *s = list_of(cm, list);

	if (!s || !s->object)
		return -ENOENT;
	for (size_t i = 0; i < s->object->acl.count; i++) {
		struct model_rule *r = &s->object->acl.rules[i];

		if (!rule_fits(r, from, port))
			continue;
		r->hits++;
		return r->permit;
	}
	return 0;
}

/* Every list, standard ones first: walk with s = NULL. */
static struct slot *list_next(const struct crypto_map *cm, const struct slot *s)
{
	enum model_kind kind = s ? s->kind : MODEL_ACL_STANDARD;
	struct slot *next = graph_next(cm->graph, kind, s);

	if (!next && kind == MODEL_ACL_STANDARD)
		next = graph_next(cm->graph, MODEL_ACL, NULL);
	return next;
}

size_t crypto_map_hits_get(const struct crypto_map *cm, size_t from, struct crypto_map_hits *out,
			   size_t max)
{
	size_t count = 0;

	for (const struct slot *s = NULL; count < max && (s = list_next(cm, s));) {
		for (size_t i = 0; s->object && i < s->object->acl.count && count < max; i++) {
			const struct model_rule *r = &s->object->acl.rules[i];

			if (r->hits && from)
				from--;
			else if (r->hits)
				out[count++] =
					(struct crypto_map_hits){s->key, r->sequence, r->hits};
		}
	}
	return count;
}

void crypto_map_hits_clear(struct crypto_map *cm, const char *list)
{
	for (struct slot *s = NULL; (s = list_next(cm, s));)
		for (size_t i = 0; s->object && i < s->object->acl.count; i++)
			if (!list || !strcmp(list, s->key))
				s->object->acl.rules[i].hits = 0;
}

/* Entries as people see them, from number `from` on. */
struct entry_window {
	struct crypto_map_entry *out;
	size_t from, max, count;
};

static void window_take(struct entry_window *w, const struct slot *s, const struct instance *i)
{
	if (w->from)
		w->from--;
	else
		entry_fill(&w->out[w->count++], s, i);
}

static void window_slot(struct entry_window *w, const struct slot *s)
{
	const struct compiled *c = s->compiled;
	const struct list *it;

	if (!s->object)
		return;
	if (!c || list_empty(&c->instances)) {
		window_take(w, s, NULL);
		return;
	}
	for (it = c->instances.next; it != &c->instances && w->count < w->max; it = it->next)
		window_take(w, s, list_entry(it, const struct instance, link));
}

size_t crypto_map_entries_get(const struct crypto_map *cm, size_t from,
			      struct crypto_map_entry *out, size_t max)
{
	struct entry_window w = {.out = out, .from = from, .max = max};
	const struct slot *s = NULL;

	while (w.count < max && (s = graph_next(cm->graph, MODEL_ENTRY, s)))
		window_slot(&w, s);
	return w.count;
}
