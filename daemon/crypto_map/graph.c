#include "crypto_map/graph.h"

#include "base/alloc.h"
#include "base/text.h"

struct graph {
	struct table *slots;
	struct list all[MODEL_KIND_COUNT], dirty, late;
};

struct slot_key {
	enum model_kind kind;
	const char *key;
};

static bool slot_matches(const struct table_node *n, const void *key)
{
	const struct slot *s = table_entry(n, const struct slot, node);
	const struct slot_key *k = key;

	return s->kind == k->kind && !strcmp(s->key, k->key);
}

static uint32_t slot_hash(const struct graph *g, enum model_kind kind, const char *key)
{
	return hash_bytes(key, strlen(key), table_seed(g->slots) ^ (uint32_t)kind);
}

struct graph *graph_new(void)
{
	struct graph *g = alloc_zero(sizeof(*g));

	if (!g)
		return NULL;
	for (size_t k = 0; k < MODEL_KIND_COUNT; k++)
		list_init(&g->all[k]);
	list_init(&g->dirty);
	list_init(&g->late);
	g->slots = table_new();
	if (!g->slots) {
		alloc_free(g);
		return NULL;
	}
	return g;
}

static void edge_free(struct edge *e)
{
	list_remove(&e->user_link);
	list_remove(&e->use_link);
	alloc_free(e);
}

static void edges_clear(struct list *uses)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, uses) edge_free(list_entry(it, struct edge, use_link));
}

/* … and forgets the names that were used here alone. */
static void edges_drop(struct graph *g, struct list *uses)
{
	while (!list_empty(uses)) {
		struct edge *e = list_entry(uses->next, struct edge, use_link);
		struct slot *to = e->to;

		edge_free(e);
		graph_prune(g, to);
	}
}

static void slot_free(struct graph *g, struct slot *s)
{
	edges_clear(&s->uses);
	table_remove(g->slots, &s->node);
	list_remove(&s->all);
	list_remove(&s->dirty);
	list_remove(&s->late);
	model_free(s->object);
	alloc_free(s);
}

void graph_free(struct graph *g)
{
	struct list *it, *tmp;

	if (!g)
		return;
	for (size_t k = 0; k < MODEL_KIND_COUNT; k++)
		list_for_each(it, &g->all[k]) edges_clear(&list_entry(it, struct slot, all)->uses);
	for (size_t k = 0; k < MODEL_KIND_COUNT; k++)
		list_for_each_safe(it, tmp, &g->all[k])
			slot_free(g, list_entry(it, struct slot, all));
	table_free(g->slots);
	alloc_free(g);
}

struct slot *graph_find(const struct graph *g, enum model_kind kind, const char *key)
{
	struct slot_key k = {kind, key};
	struct table_node *n = table_find(g->slots, slot_hash(g, kind, key), slot_matches, &k);

	return n ? table_entry(n, struct slot, node) : NULL;
}

struct slot *graph_slot(struct graph *g, enum model_kind kind, const char *key)
{
	struct slot *s = graph_find(g, kind, key);

	if (s)
		return s;
	s = alloc_zero(sizeof(*s));
	if (!s)
		return NULL;
	s->kind = kind;
	text_copy(s->key, sizeof(s->key), key);
	list_init(&s->users);
	list_init(&s->uses);
	list_init(&s->dirty);
	list_init(&s->late);
	if (table_insert(g->slots, &s->node, slot_hash(g, kind, key))) {
		alloc_free(s);
		return NULL;
	}
	list_append(&g->all[kind], &s->all);
	return s;
}

/* ---- edges ------------------------------------------------------------------------------------ */

static bool use(struct graph *g, struct list *uses, struct slot *from, enum model_kind kind,
		const char *key)
{
	struct slot *to;
	struct edge *e;

	if (!key[0] && kind != MODEL_SA_LIMITS && kind != MODEL_DPD && kind != MODEL_POLICIES)
		return true;
	to = graph_slot(g, kind, key);
	e = to ? alloc_zero(sizeof(*e)) : NULL;
	if (!e)
		return false;
	e->from = from;
	e->to = to;
	list_append(&to->users, &e->user_link);
	list_append(uses, &e->use_link);
	return true;
}

static bool entry_uses(struct graph *g, struct list *uses, struct slot *s,
		       const struct model_entry *e)
{
	bool ok = use(g, uses, s, MODEL_MAP, e->map) && use(g, uses, s, MODEL_ACL, e->acl) &&
		  use(g, uses, s, MODEL_ACL_STANDARD, e->acl) &&
		  use(g, uses, s, MODEL_PROFILE, e->profile) &&
		  use(g, uses, s, MODEL_SA_LIMITS, "") && use(g, uses, s, MODEL_DPD, "") &&
		  use(g, uses, s, MODEL_POLICIES, "");

	for (size_t i = 0; ok && i < e->set_count; i++)
		ok = use(g, uses, s, MODEL_TRANSFORM_SET, e->sets[i]);
	return ok;
}

/* What an object of each kind depends on, or is depended on by name. */
static bool draw(struct graph *g, struct list *uses, struct slot *s, const struct model_object *o)
{
	switch (o ? o->kind : MODEL_KIND_COUNT) {
	case MODEL_ENTRY:
		return entry_uses(g, uses, s, &o->entry);
	case MODEL_PROFILE:
		return use(g, uses, s, MODEL_KEYRING, o->profile.keyring);
	default:
		return true;
	}
}

/* An interface touches the map it names; policies and proposals stand together. */
static void touch_meeting(struct graph *g, const struct model_object *o)
{
	struct slot *s = NULL;

	if (o && o->kind == MODEL_INTERFACE && o->interface.map[0])
		s = graph_slot(g, MODEL_MAP, o->interface.map);
	else if (o && (o->kind == MODEL_POLICY || o->kind == MODEL_PROPOSAL))
		s = graph_slot(g, MODEL_POLICIES, "");
	if (s)
		graph_touch(g, s);
}

struct model_object *graph_put(struct graph *g, struct slot *s, struct model_object *o, bool *ok)
{
	struct model_object *before = s->object;
	struct list uses;

	list_init(&uses);
	*ok = draw(g, &uses, s, o);
	if (!*ok) {
		edges_drop(g, &uses);
		return NULL;
	}
	edges_drop(g, &s->uses);
	list_move_all(&s->uses, &uses);
	s->object = o;
	graph_touch(g, s);
	touch_meeting(g, before);
	touch_meeting(g, o);
	return before;
}

/* ---- marks -------------------------------------------------------------------------------------- */

/* Depth is bounded by the kinds: keyring → profile → entry. A slot that is marked has had its
 * users marked. */
void graph_touch(struct graph *g, struct slot *s)
{
	struct list *it;

	if (!list_empty(&s->dirty))
		return;
	list_append(&g->dirty, &s->dirty);
	list_for_each(it, &s->users) graph_touch(g, list_entry(it, struct edge, user_link)->from);
}

void graph_touch_late(struct graph *g, struct slot *s)
{
	if (list_empty(&s->late))
		list_append(&g->late, &s->late);
}

void graph_wake(struct graph *g)
{
	while (!list_empty(&g->late)) {
		struct slot *s = list_entry(g->late.next, struct slot, late);

		list_remove(&s->late);
		graph_touch(g, s);
	}
}

struct slot *graph_next_dirty(struct graph *g)
{
	struct slot *s;

	if (list_empty(&g->dirty))
		return NULL;
	s = list_entry(g->dirty.next, struct slot, dirty);
	list_remove(&s->dirty);
	return s;
}

bool graph_is_dirty(const struct graph *g)
{
	return !list_empty(&g->dirty);
}

struct slot *graph_next(const struct graph *g, enum model_kind kind, const struct slot *it)
{
	const struct list *head = &g->all[kind];
	struct list *at = it ? it->all.next : head->next;

	return at == head ? NULL : list_entry(at, struct slot, all);
}

void graph_prune(struct graph *g, struct slot *s)
{
	if (!s->object && !s->compiled && list_empty(&s->users) && list_empty(&s->dirty) &&
	    list_empty(&s->late))
		slot_free(g, s);
}
