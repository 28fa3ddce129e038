#include "crypto_map/build.h"

#include <errno.h>

#include "base/alloc.h"
#include "base/text.h"

/* ---- instances --------------------------------------------------------------------------------- */

struct instance *instance_find(const struct slot *entry, const char *interface)
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

static struct instance *instance_make(struct slot *entry, const char *interface)
{
	struct compiled *c = entry->compiled;
	struct instance *i = instance_find(entry, interface);

	if (i)
		return i;
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
	text_copy(i->interface, sizeof(i->interface), interface);
	list_append(&c->instances, &i->link);
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
		struct change *grown = alloc_grow(ch->list, ch->cap, cap, sizeof(*ch->list));

		if (!grown)
			return NULL;
		ch->list = grown;
		ch->cap = cap;
	}
	c = &ch->list[ch->count++];
	*c = (struct change){.entry = entry};
	text_copy(c->interface, sizeof(c->interface), interface);
	return c;
}

/* The same line keeps its reqid over versions and restarts; a clash moves to the next candidate. */
static bool reqid_is_free(const struct build *b, const struct conn *c, size_t upto, uint32_t reqid)
{
	const struct conn *owner = conn_by_reqid(b->conns, reqid, NULL);

	if (owner && owner->id != c->id)
		return false;
	for (size_t i = 0; i < upto; i++)
		if (c->children[i].reqid == reqid)
			return false;
	return true;
}

static void set_reqids(const struct build *b, struct conn *c)
{
	for (size_t i = 0; i < c->child_count; i++) {
		unsigned int try = 0;

		do
			c->children[i].reqid = compile_reqid(c, c->children[i].child, try++);
		while (!reqid_is_free(b, c, i, c->children[i].reqid));
	}
}

/* Its traffic may be protected already: by another entry, or by a policy of another program, which
 * Spindle never edits. True when neither. */
static bool traffic_is_free(const struct build *b, const struct conn *c, char *words, size_t size)
{
	char text[SELECTOR_STRLEN];

	for (size_t i = 0; i < c->child_count; i++) {
		struct xfrm_policy p[COMPILE_POLICIES];
		const struct xfrm_policy *have;
		const struct conn *owner;

		compile_policies(c, i, p);
		have = xfrm_policy_find(b->xfrm, XFRM_DIR_OUT, &p[0].selector, &p[0].mark);
		owner = have ? conn_by_reqid(b->conns, have->reqid, NULL) : NULL;
		selector_format(&p[0].selector, text);
		if (have && !plan_is_ours(have)) {
			snprintf(words, size, "another program has a policy for %s", text);
			return false;
		}
		if (owner && owner->id != c->id) {
			snprintf(words, size, "crypto map %s protects %s already", owner->name,
				 text);
			return false;
		}
	}
	return true;
}

static int compile_instance(const struct build *b, struct change *c, const struct instance *i)
{
	struct compile_input in = {.graph = b->graph,
				   .entry = &c->entry->object->entry,
				   .interface = c->interface,
				   .link = link_by_name(b->link, c->interface)};
	struct compile_output out;

	if (compile_entry(&in, &out))
		return -ENOMEM;
	text_copy(c->incomplete, sizeof(c->incomplete), out.incomplete);
	if (!out.conn)
		return 0;
	out.conn->id = c->conn.id;
	set_reqids(b, out.conn);
	if (!traffic_is_free(b, out.conn, c->incomplete, sizeof(c->incomplete))) {
		conn_unref(out.conn);
		return 0;
	}
	if (i && i->conn && conn_same(i->conn, out.conn)) {
		conn_unref(out.conn);
		c->conn.new = conn_ref(i->conn);
		return 0;
	}
	c->conn.new = out.conn;
	return 0;
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
	c->conn.id = i ? i->conn_id : ++*b->next_conn_id;
	c->conn.old = i && i->conn ? conn_ref(i->conn) : NULL;
	c->gone = !attached || !entry->object;
	if (!c->gone && compile_instance(b, c, i))
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

int build_changes(const struct build *b, struct changes *out)
{
	struct slot *s;
	int err = 0;

	*out = (struct changes){0};
	while ((s = graph_next_dirty(b->graph)))
		if (!err && s->kind == MODEL_ENTRY)
			err = build_entry(b, out, s);
	if (err)
		changes_clear(out);
	return err;
}

/* ---- carrying out ------------------------------------------------------------------------------------------ */

static bool is_fresh(const struct change *c)
{
	return c->conn.new && c->conn.new != c->conn.old;
}

int changes_publish(const struct changes *ch, struct conn_table *conns)
{
	for (size_t i = 0; i < ch->count; i++) {
		const struct change *c = &ch->list[i];
		int err = is_fresh(c) ? conn_table_put(conns, conn_ref(c->conn.new)) : 0;
		struct changes before = {.list = ch->list, .count = i};

		if (!err)
			continue;
		changes_unpublish(&before, conns);
		return err;
	}
	return 0;
}

void changes_unpublish(const struct changes *ch, struct conn_table *conns)
{
	for (size_t i = ch->count; i--;) {
		const struct change *c = &ch->list[i];

		if (!is_fresh(c))
			continue;
		if (!c->conn.old)
			conn_table_del(conns, c->conn.id);
		else
			conn_table_put(conns, conn_ref(c->conn.old));
	}
}

static void settle_one(const struct change *c, struct conn_table *conns)
{
	struct instance *i = c->gone ? instance_find(c->entry, c->interface)
				     : instance_make(c->entry, c->interface);

	if (c->conn.old && !c->conn.new)
		conn_table_del(conns, c->conn.id);
	if (!i)
		return;
	if (c->gone) {
		instance_free(i);
		return;
	}
	i->conn_id = c->conn.id;
	conn_unref(i->conn);
	i->conn = c->conn.new ? conn_ref(c->conn.new) : NULL;
	text_copy(i->incomplete, sizeof(i->incomplete), c->incomplete);
}

void changes_settle(const struct changes *ch, struct conn_table *conns)
{
	for (size_t i = 0; i < ch->count; i++)
		settle_one(&ch->list[i], conns);
}

void changes_clear(struct changes *ch)
{
	for (size_t i = 0; i < ch->count; i++) {
		conn_unref(ch->list[i].conn.old);
		conn_unref(ch->list[i].conn.new);
	}
	alloc_free(ch->list);
	plan_clear(&ch->plan);
	*ch = (struct changes){0};
}
