#include "crypto_map/build.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/text.h"
#include "crypto_map/claims.h"

/* ---- instances --------------------------------------------------------------------------------- */

static struct instance *instance_find(const struct slot *entry, const char *interface)
{
	const struct compiled *c = entry->compiled;
	struct list *it;

	if (!c)
		return NULL;
	list_for_each(it, &c->instances)
	{
		struct instance *i = list_entry(it, struct instance, link);

		if (!strcmp(i->interface, interface))
			return i;
	}
	return NULL;
}

/* Room for an instance that is to come. */
static struct instance *instance_new(struct slot *entry, const char *interface)
{
	struct compiled *c = entry->compiled;
	struct instance *i;

	if (!c) {
		c = alloc_zero(sizeof(*c));
		if (!c)
			return NULL;
		list_init(&c->instances);
		entry->compiled = c;
	}
	i = alloc_zero(sizeof(*i));
	if (!i)
		return NULL;
	list_init(&i->link);
	text_copy(i->interface, sizeof(i->interface), interface);
	return i;
}

static void instance_free(struct instance *i)
{
	list_remove(&i->link);
	conn_unref(i->conn);
	alloc_free(i);
}

void compiled_free(struct slot *entry)
{
	struct compiled *c = entry->compiled;
	struct list *it, *tmp;

	if (!c)
		return;
	list_for_each_safe(it, tmp, &c->instances)
		instance_free(list_entry(it, struct instance, link));
	alloc_free(c);
	entry->compiled = NULL;
}

/* ---- one instance → a change ------------------------------------------------------------------------ */

static struct change *change_add(struct changes *ch, struct slot *entry, const char *interface)
{
	struct change *c;

	if (ch->count == ch->cap) {
		size_t cap = ch->cap ? ch->cap * 2 : 8;
		struct change **grown = alloc_grow(ch->list, ch->cap, cap, sizeof(*ch->list));

		if (!grown)
			return NULL;
		ch->list = grown;
		ch->cap = cap;
	}
	c = alloc_zero(sizeof(*c));
	if (!c)
		return NULL;
	ch->list[ch->count++] = c;
	c->entry = entry;
	text_copy(c->interface, sizeof(c->interface), interface);
	return c;
}

/* The same line keeps its reqid over versions and restarts; a clash moves to the next candidate. */
static bool reqid_is_free(const struct build *b, const struct changes *ch, const struct conn *c,
			  uint32_t reqid)
{
	const struct conn *owner = conn_by_reqid(b->conns, reqid, NULL);

	return (!owner || owner->id == c->id) && !claims_reqid(ch->claims, reqid);
}

static uint32_t reqid_for(const struct build *b, const struct changes *ch, const struct conn *c,
			  uint32_t child, const struct conn *old)
{
	const struct conn_child *before = old ? conn_child(old, child) : NULL;
	unsigned int try = 0;
	uint32_t reqid;

	if (before && !claims_reqid(ch->claims, before->reqid))
		return before->reqid;
	do
		reqid = compile_reqid(c, child, try++);
	while (!reqid_is_free(b, ch, c, reqid));
	return reqid;
}

/* Its traffic may be protected already: by another entry, or by a policy of another program, which
 * Spindle never edits. True when neither. */
static bool line_is_free(const struct build *b, const struct changes *ch, const struct conn *c,
			 size_t child, char *words, size_t size)
{
	const struct selector *s = &c->children[child].selector;
	struct xfrm_mark none = {0, 0};
	const struct xfrm_policy *have = xfrm_policy_find(b->xfrm, XFRM_DIR_OUT, s, &none);
	const struct conn *owner = have ? conn_by_reqid(b->conns, have->reqid, NULL) : NULL;
	const char *name = claims_traffic(ch->claims, s);
	char text[SELECTOR_STRLEN];

	selector_format(s, text);
	if (have && !plan_is_ours(have)) {
		snprintf(words, size, "another program has a policy for %s", text);
		return false;
	}
	if (!name && owner && owner->id != c->id)
		name = owner->name;
	if (name)
		snprintf(words, size, "crypto map %s protects %s already", name, text);
	return !name;
}

/* Gives the connection its reqids and takes its traffic for it. 0, -EEXIST: blocked; -ENOMEM. */
static int take_lines(const struct build *b, struct changes *ch, struct conn *c,
		      const struct conn *old, struct change *to)
{
	for (size_t i = 0; i < c->child_count; i++)
		if (!line_is_free(b, ch, c, i, to->incomplete, sizeof(to->incomplete)))
			return -EEXIST;
	for (size_t i = 0; i < c->child_count; i++) {
		struct conn_child *line = &c->children[i];

		line->reqid = reqid_for(b, ch, c, line->child, old);
		if (claims_take(ch->claims, line->reqid, &line->selector, c->name))
			return -ENOMEM;
	}
	return 0;
}

static int take_conn(const struct build *b, struct changes *ch, struct change *c, struct conn *new)
{
	const struct conn *old = c->conn.old;
	int err;

	new->id = c->conn.id;
	err = take_lines(b, ch, new, old, c);
	c->blocked = err == -EEXIST;
	if (err) {
		conn_unref(new);
		return c->blocked ? 0 : err;
	}
	if (old && conn_same(old, new)) {
		conn_unref(new);
		c->conn.new = conn_ref(old);
	} else {
		c->conn.new = new;
	}
	return 0;
}

static int compile_instance(const struct build *b, struct changes *ch, struct change *c)
{
	struct compile_input in = {.graph = b->graph,
				   .entry = &c->entry->object->entry,
				   .interface = c->interface,
				   .link = link_by_name(b->link, c->interface)};
	struct compile_output out;

	if (compile_entry(&in, &out))
		return -ENOMEM;
	text_copy(c->incomplete, sizeof(c->incomplete), out.incomplete);
	return out.conn ? take_conn(b, ch, c, out.conn) : 0;
}

static int plan_conn(struct plan *plan, const struct xfrm *xfrm, const struct conn *c,
		     int (*fn)(struct plan *, const struct xfrm *, const struct xfrm_policy *))
{
	for (size_t i = 0; c && i < c->child_count; i++) {
		struct xfrm_policy p[COMPILE_POLICIES];

		compile_policies(c, i, p);
		for (size_t k = 0; k < COMPILE_POLICIES; k++)
			if (fn(plan, xfrm, &p[k]))
				return -ENOMEM;
	}
	return 0;
}

static bool wants_policy(const struct conn *c, const struct selector *s)
{
	for (size_t i = 0; c && i < c->child_count; i++)
		if (selector_equal(&c->children[i].selector, s))
			return true;
	return false;
}

/* Policies of the old connection that the new one does not want; what both want is put in place. */
static int plan_old(const struct build *b, struct plan *plan, const struct conn *old,
		    const struct conn *new)
{
	for (size_t i = 0; old && i < old->child_count; i++) {
		struct xfrm_policy p[COMPILE_POLICIES];

		if (wants_policy(new, &old->children[i].selector))
			continue;
		compile_policies(old, i, p);
		for (size_t k = 0; k < COMPILE_POLICIES; k++)
			if (plan_unwant(plan, b->xfrm, &p[k]))
				return -ENOMEM;
	}
	return 0;
}

static int build_instance(const struct build *b, struct changes *out, struct slot *entry,
			  const char *interface, bool attached)
{
	const struct instance *i = instance_find(entry, interface);
	struct change *c = change_add(out, entry, interface);

	if (!c)
		return -ENOMEM;
	c->fresh = i ? NULL : instance_new(entry, interface);
	if (!i && !c->fresh)
		return -ENOMEM;
	c->conn.id = i ? i->conn_id : ++*b->next_conn_id;
	c->conn.old = i && i->conn ? conn_ref(i->conn) : NULL;
	c->gone = !attached || !entry->object;
	if (!c->gone && compile_instance(b, out, c))
		return -ENOMEM;
	if (plan_old(b, &out->plan, c->conn.old, c->conn.new))
		return -ENOMEM;
	return plan_conn(&out->plan, b->xfrm, c->conn.new, plan_want);
}

/* ---- all marked entries ------------------------------------------------------------------------------- */

static bool is_attached(const struct build *b, const char *interface, const char *map)
{
	const struct slot *s = graph_find(b->graph, MODEL_INTERFACE, interface);

	return s && s->object && !strcmp(s->object->interface.map, map);
}

/* The map's name is the entry's key up to its last blank. */
static void map_of(const struct slot *entry, model_name map)
{
	char *blank;

	text_copy(map, sizeof(model_name), entry->key);
	blank = strrchr(map, ' ');
	if (blank)
		*blank = '\0';
}

static int build_new_attachments(const struct build *b, struct changes *out, struct slot *entry,
				 const char *map)
{
	const struct slot *s = NULL;

	while (entry->object && (s = graph_next(b->graph, MODEL_INTERFACE, s)))
		if (s->object && !strcmp(s->object->interface.map, map) &&
		    !instance_find(entry, s->key) && build_instance(b, out, entry, s->key, true))
			return -ENOMEM;
	return 0;
}

static int build_entry(const struct build *b, struct changes *out, struct slot *entry)
{
	const struct compiled *c = entry->compiled;
	const struct list *it;
	model_name map;

	map_of(entry, map);
	if (c)
		list_for_each(it, &c->instances)
		{
			const struct instance *i = list_entry(it, const struct instance, link);

			if (build_instance(b, out, entry, i->interface,
					   is_attached(b, i->interface, map)))
				return -ENOMEM;
		}
	return build_new_attachments(b, out, entry, map);
}

/* A name that stands for nothing any more. */
static void slot_leave(const struct build *b, struct slot *s)
{
	const struct compiled *c = s->compiled;

	if (!s->object && c && list_empty(&c->instances))
		compiled_free(s);
	graph_prune(b->graph, s);
}

int build_changes(const struct build *b, struct changes *out, size_t max)
{
	struct slot *s;
	int err = 0;

	if (!out->claims)
		out->claims = claims_new();
	if (!out->claims)
		err = -ENOMEM;
	while (!err && max-- && (s = graph_next_dirty(b->graph))) {
		size_t before = out->count;

		if (s->kind == MODEL_ENTRY)
			err = build_entry(b, out, s);
		if (err)
			graph_touch(b->graph, s);
		else if (out->count == before)
			slot_leave(b, s);
	}
	return !err && graph_is_dirty(b->graph) ? -EAGAIN : err;
}

void changes_mark(const struct changes *ch, struct graph *graph)
{
	for (size_t i = 0; i < ch->count; i++)
		graph_touch(graph, ch->list[i]->entry);
}

/* ---- carrying out ------------------------------------------------------------------------------------------ */

static bool is_fresh(const struct change *c)
{
	return c->conn.new && c->conn.new != c->conn.old;
}

int changes_publish(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max)
{
	for (; *at < ch->count; ++*at) {
		const struct change *c = ch->list[*at];
		int err;

		if (!max--)
			return -EAGAIN;
		err = is_fresh(c) ? conn_table_put(conns, conn_ref(c->conn.new)) : 0;
		if (err)
			return err;
	}
	return 0;
}

static void unpublish(const struct change *c, struct conn_table *conns)
{
	if (!is_fresh(c))
		return;
	if (!c->conn.old)
		conn_table_del(conns, c->conn.id);
	else
		conn_table_put(conns, conn_ref(c->conn.old));
}

int changes_unpublish(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max)
{
	while (*at) {
		if (!max--)
			return -EAGAIN;
		unpublish(ch->list[--*at], conns);
	}
	return 0;
}

static struct instance *settle_instance(struct change *c)
{
	struct instance *i = instance_find(c->entry, c->interface);

	if (i || c->gone)
		return i;
	i = c->fresh;
	c->fresh = NULL;
	list_append(&((struct compiled *)c->entry->compiled)->instances, &i->link);
	return i;
}

static int settle_one(struct change *c, struct conn_table *conns)
{
	struct instance *i = settle_instance(c);
	int blocked = c->blocked - (i && i->blocked);

	if (c->conn.old && !c->conn.new)
		conn_table_del(conns, c->conn.id);
	if (!i)
		return 0;
	if (c->gone) {
		instance_free(i);
		return blocked;
	}
	i->conn_id = c->conn.id;
	i->blocked = c->blocked;
	conn_unref(i->conn);
	i->conn = c->conn.new ? conn_ref(c->conn.new) : NULL;
	text_copy(i->incomplete, sizeof(i->incomplete), c->incomplete);
	return blocked;
}

int changes_settle(const struct changes *ch, struct conn_table *conns, size_t *at, size_t max,
		   int *blocked)
{
	for (; *at < ch->count; ++*at) {
		if (!max--)
			return -EAGAIN;
		*blocked += settle_one(ch->list[*at], conns);
	}
	return 0;
}

bool changes_free_traffic(const struct changes *ch)
{
	for (size_t i = 0; i < ch->plan.count; i++)
		if (plan_step_at(&ch->plan, i)->kind == PLAN_DELETE)
			return true;
	for (size_t i = 0; i < ch->count; i++)
		if (ch->list[i]->conn.old && ch->list[i]->conn.new != ch->list[i]->conn.old)
			return true;
	return false;
}

static void change_free(struct change *c)
{
	conn_unref(c->conn.old);
	conn_unref(c->conn.new);
	if (c->fresh)
		instance_free(c->fresh);
	alloc_free(c);
}

int changes_free(struct changes *ch, size_t max)
{
	while (ch->count) {
		if (!max--)
			return -EAGAIN;
		change_free(ch->list[--ch->count]);
	}
	if (claims_drop(ch->claims, max))
		return -EAGAIN;
	claims_free(ch->claims);
	alloc_free(ch->list);
	plan_clear(&ch->plan);
	*ch = (struct changes){0};
	return 0;
}
