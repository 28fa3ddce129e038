/*
 * The table of published connections and its indices: by id, by reqid, by peer address.
 *
 * Each connection has one entry that holds the nodes of all indices, so that publishing allocates
 * everything first and then cannot fail: a version that could not be published leaves the table as
 * it was. The order by id and, for each peer, by map sequence is kept in lists, because walks are
 * by those orders and must not sort.
 */
#include <errno.h>

#include "base/alloc.h"
#include "base/list.h"
#include "base/table.h"
#include "conn/conn.h"

struct peer_slot {
	struct table_node node;
	struct addr addr;
	struct list members; /* of struct peer_link, by map sequence, then id */
};

struct peer_link {
	struct list link;
	struct entry *entry;
	struct peer_slot *slot; /* NULL: not used */
};

struct reqid_node {
	struct table_node node;
	uint32_t reqid;
	struct entry *entry;
};

struct entry {
	struct table_node node; /* by id */
	struct list order;	/* by id */
	struct conn *conn;	/* owned reference */
	struct peer_link peers[CONN_PEERS_MAX];
	struct reqid_node *reqids; /* one a child */
	size_t inserted;	   /* of them, how many stand in the table */
};

struct listener {
	const struct conn_ops *ops;
	void *ctx;
};

struct conn_table {
	struct table *by_id, *by_reqid, *by_peer;
	struct list order;
	struct listener *listeners;
	size_t listener_count;
};

/* ---- finding --------------------------------------------------------------------------------- */

static bool id_is(const struct table_node *node, const void *key)
{
	return table_entry(node, const struct entry, node)->conn->id == *(const uint32_t *)key;
}

static bool reqid_is(const struct table_node *node, const void *key)
{
	return table_entry(node, const struct reqid_node, node)->reqid == *(const uint32_t *)key;
}

static bool peer_is(const struct table_node *node, const void *key)
{
	return addr_equal(&table_entry(node, const struct peer_slot, node)->addr, key);
}

static struct entry *entry_by_id(const struct conn_table *t, uint32_t id)
{
	struct table_node *n = table_find(t->by_id, hash_u32(id, table_seed(t->by_id)), id_is, &id);

	return n ? table_entry(n, struct entry, node) : NULL;
}

static struct reqid_node *find_reqid(const struct conn_table *t, uint32_t reqid)
{
	struct table_node *n =
		table_find(t->by_reqid, hash_u32(reqid, table_seed(t->by_reqid)), reqid_is, &reqid);

	return n ? table_entry(n, struct reqid_node, node) : NULL;
}

static struct peer_slot *find_slot(const struct conn_table *t, const struct addr *peer)
{
	struct table_node *n =
		table_find(t->by_peer, addr_hash(peer, table_seed(t->by_peer)), peer_is, peer);

	return n ? table_entry(n, struct peer_slot, node) : NULL;
}

/* ---- peer slots ------------------------------------------------------------------------------ */

static struct peer_slot *slot_get(struct conn_table *t, const struct addr *peer)
{
	struct peer_slot *slot = find_slot(t, peer);

	if (slot)
		return slot;
	slot = alloc_zero(sizeof(*slot));
	if (!slot)
		return NULL;
	slot->addr = *peer;
	list_init(&slot->members);
	if (table_insert(t->by_peer, &slot->node, addr_hash(peer, table_seed(t->by_peer)))) {
		alloc_free(slot);
		return NULL;
	}
	return slot;
}

static void slot_put(struct conn_table *t, struct peer_slot *slot)
{
	if (!list_empty(&slot->members))
		return;
	table_remove(t->by_peer, &slot->node);
	alloc_free(slot);
}

static bool comes_before(const struct conn *a, const struct conn *b)
{
	return a->seq != b->seq ? a->seq < b->seq : a->id < b->id;
}

/* From the end: loading a configuration appends. */
static void slot_link(struct peer_link *l)
{
	struct list *at = &l->slot->members, *last = at->prev;

	while (last != &l->slot->members &&
	       comes_before(l->entry->conn,
			    list_entry(last, struct peer_link, link)->entry->conn)) {
		at = last;
		last = last->prev;
	}
	list_insert_before(at, &l->link);
}

/* ---- entries --------------------------------------------------------------------------------- */

static void entry_unlink(struct conn_table *t, struct entry *e)
{
	for (size_t i = 0; i < e->inserted; i++)
		table_remove(t->by_reqid, &e->reqids[i].node);
	for (size_t i = 0; i < CONN_PEERS_MAX && e->peers[i].slot; i++) {
		list_remove(&e->peers[i].link);
		slot_put(t, e->peers[i].slot);
	}
	list_remove(&e->order);
	conn_unref(e->conn);
	alloc_free(e->reqids);
	alloc_free(e);
}

/* A peer given twice has one link: links stand at the front of `peers`. */
static int take_slots(struct conn_table *t, struct entry *e)
{
	size_t used = 0;

	for (uint8_t i = 0; i < e->conn->peer_count; i++) {
		struct peer_slot *slot = slot_get(t, &e->conn->peers[i]);
		bool twice = false;

		if (!slot)
			return -ENOMEM;
		for (size_t k = 0; k < used; k++)
			twice = twice || e->peers[k].slot == slot;
		if (!twice)
			e->peers[used++].slot = slot;
	}
	return 0;
}

static int take_reqids(struct conn_table *t, struct entry *e)
{
	for (; e->inserted < e->conn->child_count; e->inserted++) {
		struct reqid_node *n = &e->reqids[e->inserted];

		n->reqid = e->conn->children[e->inserted].reqid;
		n->entry = e;
		if (table_insert(t->by_reqid, &n->node,
				 hash_u32(n->reqid, table_seed(t->by_reqid))))
			return -ENOMEM;
	}
	return 0;
}

/* With room in all indices, but linked into no list yet. Takes the reference only on success. */
static struct entry *entry_new(struct conn_table *t, struct conn *c)
{
	struct entry *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	list_init(&e->order);
	for (size_t i = 0; i < CONN_PEERS_MAX; i++) {
		list_init(&e->peers[i].link);
		e->peers[i].entry = e;
	}
	e->conn = conn_ref(c);
	e->reqids = alloc_array(c->child_count ? c->child_count : 1u, sizeof(*e->reqids));
	if (e->reqids && !take_slots(t, e) && !take_reqids(t, e) &&
	    !table_insert(t->by_id, &e->node, hash_u32(c->id, table_seed(t->by_id)))) {
		conn_unref(c);
		return e;
	}
	entry_unlink(t, e);
	return NULL;
}

static void link_order(struct conn_table *t, struct entry *e)
{
	struct list *at = &t->order, *last = at->prev;

	while (last != &t->order && list_entry(last, struct entry, order)->conn->id > e->conn->id) {
		at = last;
		last = last->prev;
	}
	list_insert_before(at, &e->order);
}

/* A new version stands where the old one stood: with thousands that change, none is searched for. */
static void entry_link(struct conn_table *t, struct entry *e, struct entry *old)
{
	if (old)
		list_insert_before(&old->order, &e->order);
	else
		link_order(t, e);
	for (size_t i = 0; i < CONN_PEERS_MAX && e->peers[i].slot; i++)
		slot_link(&e->peers[i]);
}

/* ---- the table ------------------------------------------------------------------------------- */

struct conn_table *conn_table_new(void)
{
	struct conn_table *t = alloc_zero(sizeof(*t));

	if (!t)
		return NULL;
	list_init(&t->order);
	t->by_id = table_new();
	t->by_reqid = table_new();
	t->by_peer = table_new();
	if (t->by_id && t->by_reqid && t->by_peer)
		return t;
	conn_table_free(t);
	return NULL;
}

void conn_table_free(struct conn_table *t)
{
	struct list *it, *next;

	if (!t)
		return;
	list_for_each_safe(it, next, &t->order)
		entry_unlink(t, list_entry(it, struct entry, order));
	table_free(t->by_id);
	table_free(t->by_reqid);
	table_free(t->by_peer);
	alloc_free(t->listeners);
	alloc_free(t);
}

int conn_table_listen(struct conn_table *t, const struct conn_ops *ops, void *ctx)
{
	struct listener *more =
		alloc_grow(t->listeners, t->listener_count, t->listener_count + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	t->listeners = more;
	t->listeners[t->listener_count++] = (struct listener){ops, ctx};
	return 0;
}

static void tell(const struct conn_table *t, const struct conn *old, const struct conn *new)
{
	for (size_t i = 0; i < t->listener_count; i++)
		t->listeners[i].ops->changed(t->listeners[i].ctx, old, new);
}

/* A reqid ties kernel SAs and policies to one child: twice would mix two flows' keys. */
static int check_reqids(const struct conn_table *t, const struct conn *c)
{
	for (uint8_t i = 0; i < c->child_count; i++) {
		const struct reqid_node *n = find_reqid(t, c->children[i].reqid);

		if (!c->children[i].reqid || (n && n->entry->conn->id != c->id))
			return -EEXIST;
		for (uint8_t k = 0; k < i; k++)
			if (c->children[k].reqid == c->children[i].reqid)
				return -EEXIST;
	}
	return 0;
}

static int check_bounds(const struct conn *c)
{
	return !c->id || c->peer_count > CONN_PEERS_MAX || c->child_count > CONN_CHILDREN_MAX
		       ? -EINVAL
		       : 0;
}

int conn_table_put(struct conn_table *t, struct conn *c)
{
	struct entry *e, *old = entry_by_id(t, c->id);
	const struct conn *before = old ? conn_ref(old->conn) : NULL;
	int rc = check_bounds(c);

	if (!rc)
		rc = check_reqids(t, c);
	e = rc ? NULL : entry_new(t, c);
	if (!e) {
		conn_unref(before);
		conn_unref(c);
		return rc ? rc : -ENOMEM;
	}
	c->version = before ? before->version + 1 : 1;
	/* First the new one, so that a peer's slot that both share is never empty. */
	entry_link(t, e, old);
	if (old) {
		table_remove(t->by_id, &old->node);
		entry_unlink(t, old);
	}
	tell(t, before, c);
	conn_unref(before);
	return 0;
}

void conn_table_del(struct conn_table *t, uint32_t id)
{
	struct entry *e = entry_by_id(t, id);
	const struct conn *gone;

	if (!e)
		return;
	gone = conn_ref(e->conn);
	table_remove(t->by_id, &e->node);
	entry_unlink(t, e);
	tell(t, gone, NULL);
	conn_unref(gone);
}

/* ---- looking up ------------------------------------------------------------------------------ */

const struct conn *conn_by_id(const struct conn_table *t, uint32_t id)
{
	const struct entry *e = entry_by_id(t, id);

	return e ? e->conn : NULL;
}

const struct conn *conn_by_reqid(const struct conn_table *t, uint32_t reqid,
				 const struct conn_child **child)
{
	const struct reqid_node *n = find_reqid(t, reqid);

	if (child)
		*child = n ? conn_child_by_reqid(n->entry->conn, reqid) : NULL;
	return n ? n->entry->conn : NULL;
}

static struct list *link_of(struct entry *e, const struct peer_slot *slot)
{
	for (size_t i = 0; e && i < CONN_PEERS_MAX && e->peers[i].slot; i++)
		if (e->peers[i].slot == slot)
			return &e->peers[i].link;
	return NULL;
}

/* The first member behind `it`, also when `it` has left the table since. */
static struct list *behind(const struct peer_slot *slot, const struct conn *it)
{
	struct list *at;

	list_for_each(at,
		      &slot->members) if (comes_before(it, list_entry(at, struct peer_link, link)
								   ->entry->conn)) break;
	return at;
}

const struct conn *conn_next_by_peer(const struct conn_table *t, const struct addr *peer,
				     const struct conn *it)
{
	const struct peer_slot *slot = find_slot(t, peer);
	struct list *at;

	if (!slot)
		return NULL;
	at = it ? link_of(entry_by_id(t, it->id), slot) : NULL;
	if (at)
		at = at->next;
	else
		at = it ? behind(slot, it) : slot->members.next;
	return at == &slot->members ? NULL : list_entry(at, struct peer_link, link)->entry->conn;
}

const struct conn *conn_above(const struct conn_table *t, uint32_t id)
{
	const struct entry *e = id ? entry_by_id(t, id) : NULL;
	const struct list *at = e ? e->order.next : t->order.next;

	while (!e && at != &t->order && list_entry(at, const struct entry, order)->conn->id <= id)
		at = at->next;
	return at == &t->order ? NULL : list_entry(at, const struct entry, order)->conn;
}

const struct conn *conn_next(const struct conn_table *t, const struct conn *it)
{
	return conn_above(t, it ? it->id : 0);
}

size_t conn_count(const struct conn_table *t)
{
	return table_count(t->by_id);
}
