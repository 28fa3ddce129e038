/*
 * Connections as values: made by crypto_map or by the decoder of engine.h, never changed once they
 * are published. Memory is theirs alone; the last reference wipes the keys.
 */
#include "conn/conn.h"

#include <string.h>

#include "base/alloc.h"
#include "base/secret.h"

/* Published connections are const to everybody; only the count of references moves. */
static struct conn *unconst(const struct conn *c)
{
	return (struct conn *)(uintptr_t)c;
}

struct conn *conn_new(void)
{
	struct conn *c = alloc_zero(sizeof(*c));

	if (c)
		c->refs = 1;
	return c;
}

struct conn *conn_ref(const struct conn *c)
{
	struct conn *own = unconst(c);

	own->refs++;
	return own;
}

void conn_unref(const struct conn *c)
{
	struct conn *own = unconst(c);

	if (!own || --own->refs)
		return;
	secret_free(own->psk_local);
	secret_free(own->psk_remote);
	alloc_free(own);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return a && b ? secret_equal(a, b) : a == b;
}

static bool same_proposals(const struct proposal *a, uint8_t a_count, const struct proposal *b,
			   uint8_t b_count)
{
	if (a_count != b_count)
		return false;
	for (uint8_t i = 0; i < a_count; i++)
		if (!proposal_equal(&a[i], &b[i]))
			return false;
	return true;
}

static bool same_place(const struct conn *a, const struct conn *b)
{
	return a->id == b->id && a->kind == b->kind && a->seq == b->seq &&
	       !strcmp(a->name, b->name) && !strcmp(a->map, b->map) &&
	       !strcmp(a->interface, b->interface);
}

static bool same_peers(const struct conn *a, const struct conn *b)
{
	if (a->peer_count != b->peer_count || a->current_peer != b->current_peer ||
	    !addr_equal(&a->local, &b->local))
		return false;
	for (uint8_t i = 0; i < a->peer_count; i++)
		if (!addr_equal(&a->peers[i], &b->peers[i]))
			return false;
	return true;
}

static bool same_ike(const struct conn *a, const struct conn *b)
{
	return identity_equal(&a->local_id, &b->local_id) &&
	       identity_equal(&a->remote_id, &b->remote_id) &&
	       same_secret(a->psk_local, b->psk_local) &&
	       same_secret(a->psk_remote, b->psk_remote) &&
	       same_proposals(a->ike, a->ike_count, b->ike, b->ike_count) &&
	       a->ike_lifetime_s == b->ike_lifetime_s && a->dpd.interval_s == b->dpd.interval_s &&
	       a->dpd.retry_s == b->dpd.retry_s && a->dpd.periodic == b->dpd.periodic;
}

static bool same_esp(const struct conn *a, const struct conn *b)
{
	return same_proposals(a->esp, a->esp_count, b->esp, b->esp_count) &&
	       a->lifetime_s == b->lifetime_s && a->lifetime_kb == b->lifetime_kb &&
	       a->replay_window == b->replay_window;
}

static bool same_children(const struct conn *a, const struct conn *b)
{
	if (a->child_count != b->child_count)
		return false;
	for (uint8_t i = 0; i < a->child_count; i++) {
		const struct conn_child *x = &a->children[i], *y = &b->children[i];

		if (x->child != y->child || x->reqid != y->reqid ||
		    !selector_equal(&x->selector, &y->selector))
			return false;
	}
	return true;
}

bool conn_same(const struct conn *a, const struct conn *b)
{
	return same_place(a, b) && same_peers(a, b) && same_ike(a, b) && same_esp(a, b) &&
	       same_children(a, b);
}

/* ---- peers and children ---------------------------------------------------------------------- */

bool conn_has_peer(const struct conn *c, const struct addr *peer)
{
	for (uint8_t i = 0; i < c->peer_count; i++)
		if (addr_equal(&c->peers[i], peer))
			return true;
	return false;
}

const struct addr *conn_current_peer(const struct conn *c)
{
	return c->current_peer < c->peer_count ? &c->peers[c->current_peer] : NULL;
}

const struct conn_child *conn_child(const struct conn *c, uint32_t child)
{
	for (uint8_t i = 0; i < c->child_count; i++)
		if (c->children[i].child == child)
			return &c->children[i];
	return NULL;
}

const struct conn_child *conn_child_by_reqid(const struct conn *c, uint32_t reqid)
{
	for (uint8_t i = 0; i < c->child_count; i++)
		if (c->children[i].reqid == reqid)
			return &c->children[i];
	return NULL;
}

static bool port_within(uint16_t port, uint16_t mask, uint16_t outer, uint16_t outer_mask)
{
	return !outer_mask || (mask && port == outer);
}

static bool selector_within(const struct selector *s, const struct selector *outer)
{
	return prefix_within(&s->local, &outer->local) &&
	       prefix_within(&s->remote, &outer->remote) &&
	       (!outer->proto || s->proto == outer->proto) &&
	       port_within(s->local_port, s->local_port_mask, outer->local_port,
			   outer->local_port_mask) &&
	       port_within(s->remote_port, s->remote_port_mask, outer->remote_port,
			   outer->remote_port_mask);
}

/* The access list's order decides, as for packets; but an equal line is the one that was meant. */
const struct conn_child *conn_child_for(const struct conn *c, const struct selector *s)
{
	const struct conn_child *holds = NULL;

	for (uint8_t i = 0; i < c->child_count; i++) {
		const struct conn_child *child = &c->children[i];

		if (selector_equal(s, &child->selector))
			return child;
		if (!holds && selector_within(s, &child->selector))
			holds = child;
	}
	return holds;
}
