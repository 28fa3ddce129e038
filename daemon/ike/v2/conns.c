/*
 * The connections that router gave us, by id and by peer address. Versions are references; an IKE
 * SA keeps the version it was made with until a new one is put.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

struct ike_conn_peer {
	struct table_node node;
	struct addr addr;
	struct ike_conn_slot *slot;
};

struct ike_conn_slot {
	struct table_node node;
	const struct conn *conn;
	size_t peer_count;
	struct ike_conn_peer peers[CONN_PEERS_MAX];
};

int ike_conns_init(struct ike_v2 *v2)
{
	v2->conns = table_new();
	v2->conn_peers = table_new();
	return v2->conns == NULL || v2->conn_peers == NULL ? -ENOMEM : 0;
}

static bool conn_slot_match(const struct table_node *node, const void *key)
{
	return table_entry(node, struct ike_conn_slot, node)->conn->id == *(const uint32_t *)key;
}

static struct ike_conn_slot *conn_slot(const struct ike_v2 *v2, uint32_t id)
{
	struct table_node *n =
		table_find(v2->conns, hash_u32(id, table_seed(v2->conns)), conn_slot_match, &id);

	return n == NULL ? NULL : table_entry(n, struct ike_conn_slot, node);
}

static void conn_slot_free(struct ike_v2 *v2, struct ike_conn_slot *slot)
{
	for (size_t i = 0; i < slot->peer_count; i++)
		table_remove(v2->conn_peers, &slot->peers[i].node);
	table_remove(v2->conns, &slot->node);
	conn_unref(slot->conn);
	alloc_free(slot);
}

void ike_conns_free(struct ike_v2 *v2)
{
	struct table_cursor c = {0};
	struct table_node *n;

	while (v2->conns != NULL && v2->conn_peers != NULL &&
	       (n = table_next(v2->conns, &c)) != NULL)
		conn_slot_free(v2, table_entry(n, struct ike_conn_slot, node));
	table_free(v2->conns);
	table_free(v2->conn_peers);
}

static int conn_slot_index(struct ike_v2 *v2, struct ike_conn_slot *slot)
{
	const struct conn *c = slot->conn;
	int r = 0;

	for (size_t i = 0; i < c->peer_count && r == 0; i++) {
		struct ike_conn_peer *p = &slot->peers[i];

		p->addr = c->peers[i];
		p->slot = slot;
		r = table_insert(v2->conn_peers, &p->node,
				 addr_hash(&p->addr, table_seed(v2->conn_peers)));
		if (r == 0)
			slot->peer_count++;
	}
	return r;
}

int ike_conns_put(struct ike_v2 *v2, const struct conn *c)
{
	struct ike_conn_slot *slot = alloc_zero(sizeof(*slot)), *old = conn_slot(v2, c->id);
	int r;

	if (slot == NULL)
		return -ENOMEM;
	slot->conn = conn_ref(c);
	r = table_insert(v2->conns, &slot->node, hash_u32(c->id, table_seed(v2->conns)));
	if (r != 0) {
		conn_unref(c);
		alloc_free(slot);
		return r;
	}
	r = conn_slot_index(v2, slot);
	if (r != 0)
		conn_slot_free(v2, slot);
	else if (old != NULL)
		conn_slot_free(v2, old);
	return r;
}

void ike_conns_del(struct ike_v2 *v2, uint32_t id)
{
	struct ike_conn_slot *slot = conn_slot(v2, id);

	if (slot != NULL)
		conn_slot_free(v2, slot);
}

const struct conn *ike_conns_by_id(const struct ike_v2 *v2, uint32_t id)
{
	const struct ike_conn_slot *slot = conn_slot(v2, id);

	return slot == NULL ? NULL : slot->conn;
}

/* table_find() ends at the first match; this one never matches and gathers. */
struct conn_gather {
	const struct addr *local, *peer;
	const struct conn **out;
	size_t *count, max;
};

static bool conn_gather_match(const struct table_node *node, const void *key)
{
	const struct ike_conn_peer *p = table_entry(node, struct ike_conn_peer, node);
	const struct conn_gather *g = key;
	const struct conn *c = p->slot->conn;
	size_t at;

	if (!addr_equal(&p->addr, g->peer) || !addr_equal(&c->local, g->local) ||
	    *g->count == g->max)
		return false;
	for (at = (*g->count)++; at > 0 && g->out[at - 1]->seq > c->seq; at--)
		g->out[at] = g->out[at - 1];
	g->out[at] = c;
	return false;
}

size_t ike_conns_between(const struct ike_v2 *v2, const struct addr *local, const struct addr *peer,
			 const struct conn **out, size_t max)
{
	size_t count = 0;
	const struct conn_gather g = {
		.local = local, .peer = peer, .out = out, .count = &count, .max = max};

	(void)table_find(v2->conn_peers, addr_hash(peer, table_seed(v2->conn_peers)),
			 conn_gather_match, &g);
	return count;
}

struct identity ike_conn_local_id(const struct conn *c)
{
	return c->local_id.type == IDENTITY_ANY ? identity_of_addr(&c->local) : c->local_id;
}
