/*
 * The tables of our pairs, larval SPIs: by SPI, by connection, by IKE SA, by peer; and the order in
 * which pairs came, by which people page. Nothing here is searched by a walk: each packet, each message
 * of the kernel and each Child's negotiation asks.
 */
#include <errno.h>
#include <netinet/in.h>

#include "base/alloc.h"
#include "sa/sa_internal.h"

uint8_t sa_ipproto(uint8_t ike_protocol)
{
	return ike_protocol == IKE_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
}

struct xfrm_sa_id sa_id_in(const struct sa_pair *p)
{
	return (struct xfrm_sa_id){
		.dst = p->local.addr, .proto = sa_ipproto(p->protocol), .spi = p->spi_in};
}

struct xfrm_sa_id sa_id_out(const struct sa_pair *p)
{
	return (struct xfrm_sa_id){
		.dst = p->remote.addr, .proto = sa_ipproto(p->protocol), .spi = p->spi_out};
}

int sa_pairs_init(struct sa *sa)
{
	sa->pairs = order_new();
	sa->by_in = table_new();
	sa->by_out = table_new();
	sa->by_conn = table_new();
	sa->by_ike = table_new();
	sa->larval_by_spi = table_new();
	sa->larval_by_peer = table_new();
	sa->want_by_child = table_new();
	sa->children = table_new();
	return sa->pairs && sa->by_in && sa->by_out && sa->by_conn && sa->by_ike &&
			       sa->larval_by_spi && sa->larval_by_peer && sa->want_by_child &&
			       sa->children
		       ? 0
		       : -ENOMEM;
}

void sa_pairs_free(struct sa *sa)
{
	order_free(sa->pairs);
	sa_traffic_free(sa);
	table_free(sa->by_in);
	table_free(sa->by_out);
	table_free(sa->by_conn);
	table_free(sa->by_ike);
	table_free(sa->larval_by_spi);
	table_free(sa->larval_by_peer);
	table_free(sa->want_by_child);
}

/* ---- making and freeing ------------------------------------------------------------------------- */

static uint32_t u32_hash(const struct table *t, uint32_t v)
{
	return hash_u32(v, table_seed(t));
}

/* Pairs of no IKE SA are told apart by their SPI: thousands of them are not one chain. */
static uint32_t ike_hash(const struct sa *sa, const struct sa_entry *e)
{
	return u32_hash(sa->by_ike, e->pub.ike ? e->pub.ike : e->pub.spi_in);
}

static int entry_insert(struct sa *sa, struct sa_entry *e)
{
	const struct sa_pair *p = &e->pub;

	if (table_insert(sa->by_in, &e->by_in, u32_hash(sa->by_in, p->spi_in)))
		return -ENOMEM;
	if (table_insert(sa->by_out, &e->by_out, u32_hash(sa->by_out, p->spi_out)))
		goto no_out;
	if (table_insert(sa->by_conn, &e->by_conn, u32_hash(sa->by_conn, p->conn)))
		goto no_conn;
	if (table_insert(sa->by_ike, &e->by_ike, ike_hash(sa, e)))
		goto no_ike;
	if (!order_add(sa->pairs, &e->order))
		return 0;
	table_remove(sa->by_ike, &e->by_ike);
no_ike:
	table_remove(sa->by_conn, &e->by_conn);
no_conn:
	table_remove(sa->by_out, &e->by_out);
no_out:
	table_remove(sa->by_in, &e->by_in);
	return -ENOMEM;
}

struct sa_entry *sa_entry_new(struct sa *sa, const struct sa_pair *pub)
{
	struct sa_entry *e = alloc_zero(sizeof(*e));

	if (!e)
		return NULL;
	e->sa = sa;
	e->pub = *pub;
	e->pub.since_ms = loop_now(sa->loop);
	list_init(&e->lost);
	sa_lifetime_init(e);
	if (entry_insert(sa, e)) {
		alloc_free(e);
		return NULL;
	}
	e->pub.id = e->order.number;
	return e;
}

void sa_entry_free(struct sa_entry *e)
{
	struct sa *sa = e->sa;

	loop_timer_stop(&e->soft);
	loop_timer_stop(&e->hard);
	table_remove(sa->by_in, &e->by_in);
	table_remove(sa->by_out, &e->by_out);
	table_remove(sa->by_conn, &e->by_conn);
	table_remove(sa->by_ike, &e->by_ike);
	order_remove(sa->pairs, &e->order);
	list_remove(&e->lost);
	alloc_free(e);
}

void sa_entry_over(struct sa_entry *e)
{
	struct sa_pair gone = e->pub;
	struct sa *sa = e->sa;

	sa_tell_gone(sa, e, e->why);
	sa_traffic_over(e);
	sa_entry_free(e);
	sa_waiters_serve(sa, &gone);
}

void sa_entry_settle(struct sa_entry *e)
{
	if (!e->in_kernel && !e->out_kernel && !e->pub.ike && !e->dying) {
		e->why = e->why == SA_DEATH_NONE ? e->lost_why : e->why;
		sa_entry_over(e);
	}
}

/* The table is not empty, so that putting it where it belongs now cannot fail. */
void sa_entry_set_ike(struct sa_entry *e, engine_ike ike)
{
	table_remove(e->sa->by_ike, &e->by_ike);
	e->pub.ike = ike;
	table_insert(e->sa->by_ike, &e->by_ike, ike_hash(e->sa, e));
}

/* ---- finding ------------------------------------------------------------------------------------ */

static bool in_matches(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct sa_entry, by_in)->pub.spi_in == *(const uint32_t *)key;
}

struct sa_entry *sa_entry_by_in(const struct sa *sa, uint32_t spi_in)
{
	struct table_node *n =
		table_find(sa->by_in, u32_hash(sa->by_in, spi_in), in_matches, &spi_in);

	return n ? table_entry(n, struct sa_entry, by_in) : NULL;
}

struct out_key {
	uint32_t spi;
	const struct addr *peer;
};

static bool out_matches(const struct table_node *n, const void *key)
{
	const struct sa_entry *e = table_entry(n, const struct sa_entry, by_out);
	const struct out_key *k = key;

	return e->pub.spi_out == k->spi && addr_equal(&e->pub.remote.addr, k->peer);
}

struct sa_entry *sa_entry_by_out(const struct sa *sa, const struct addr *peer, uint32_t spi_out)
{
	struct out_key key = {spi_out, peer};
	struct table_node *n =
		table_find(sa->by_out, u32_hash(sa->by_out, spi_out), out_matches, &key);

	return n ? table_entry(n, struct sa_entry, by_out) : NULL;
}

struct sa_entry *sa_entry_of_ike(const struct sa *sa, engine_ike ike)
{
	for (struct table_node *n = NULL;
	     (n = table_same(sa->by_ike, u32_hash(sa->by_ike, ike), n));) {
		struct sa_entry *e = table_entry(n, struct sa_entry, by_ike);

		if (e->pub.ike == ike)
			return e;
	}
	return NULL;
}

static struct sa_entry *entry_of(struct order_node *n)
{
	return n ? order_entry(n, struct sa_entry, order) : NULL;
}

struct sa_entry *sa_entry_next(const struct sa *sa, const struct sa_entry *it)
{
	return entry_of(order_next(sa->pairs, it ? &it->order : NULL));
}

static const struct sa_pair *pair_of(const struct sa_entry *e)
{
	return e ? &e->pub : NULL;
}

const struct sa_pair *sa_pair_next(const struct sa *sa, const struct sa_pair *it)
{
	return pair_of(sa_entry_next(sa, it ? list_entry(it, const struct sa_entry, pub) : NULL));
}

const struct sa_pair *sa_pair_above(const struct sa *sa, uint32_t id)
{
	return pair_of(entry_of(order_after(sa->pairs, id)));
}

const struct sa_pair *sa_pair_next_of(const struct sa *sa, uint32_t conn, const struct sa_pair *it)
{
	const struct table_node *n = it ? &list_entry(it, const struct sa_entry, pub)->by_conn
					: NULL;

	while ((n = table_same(sa->by_conn, u32_hash(sa->by_conn, conn), n))) {
		const struct sa_entry *e = table_entry(n, const struct sa_entry, by_conn);

		if (e->pub.conn == conn)
			return &e->pub;
	}
	return NULL;
}

const struct sa_pair *sa_pair_by_spi_in(const struct sa *sa, uint32_t spi_in)
{
	const struct sa_entry *e = sa_entry_by_in(sa, spi_in);

	return e ? &e->pub : NULL;
}

const struct sa_pair *sa_pair_by_spi_out(const struct sa *sa, const struct addr *peer, uint32_t spi)
{
	const struct sa_entry *e = sa_entry_by_out(sa, peer, spi);

	return e ? &e->pub : NULL;
}

/* The youngest; of two of the same moment, the one that came later. */
const struct sa_pair *sa_pair_current(const struct sa *sa, uint32_t conn, uint32_t child)
{
	const struct sa_pair *best = NULL;

	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(sa, conn, p));)
		if (p->child == child && !p->replaced_by &&
		    !list_entry(p, const struct sa_entry, pub)->silent &&
		    (!best || p->id > best->id))
			best = p;
	return best;
}

/* ---- larval SPIs ------------------------------------------------------------------------------------ */

static bool larval_is(const struct table_node *n, const void *key)
{
	return table_entry(n, const struct sa_larval, by_spi)->spi == *(const uint32_t *)key;
}

struct sa_larval *sa_larval_find(const struct sa *sa, uint32_t spi)
{
	struct table_node *n =
		table_find(sa->larval_by_spi, u32_hash(sa->larval_by_spi, spi), larval_is, &spi);

	return n ? table_entry(n, struct sa_larval, by_spi) : NULL;
}

static uint32_t peer_hash(const struct sa *sa, const struct addr *peer)
{
	return addr_hash(peer, table_seed(sa->larval_by_peer));
}

int sa_larval_add(struct sa_larval *l)
{
	struct sa *sa = l->sa;

	if (table_insert(sa->larval_by_spi, &l->by_spi, u32_hash(sa->larval_by_spi, l->spi)))
		return -ENOMEM;
	if (table_insert(sa->larval_by_peer, &l->by_peer, peer_hash(sa, &l->remote))) {
		table_remove(sa->larval_by_spi, &l->by_spi);
		return -ENOMEM;
	}
	list_append(&sa->larvals, &l->link);
	return 0;
}

void sa_larval_free(struct sa_larval *l)
{
	table_remove(l->sa->larval_by_spi, &l->by_spi);
	table_remove(l->sa->larval_by_peer, &l->by_peer);
	list_remove(&l->link);
	alloc_free(l);
}

bool sa_spi_is_larval(const struct sa *sa, uint32_t spi_in)
{
	return sa_larval_find(sa, spi_in) != NULL;
}

static uint64_t older(uint64_t a, uint64_t b)
{
	return !a || (b && b < a) ? b : a;
}

uint64_t sa_in_flight_since(const struct sa *sa, const struct addr *peer)
{
	const uint32_t hash = peer_hash(sa, peer);
	uint64_t since = 0;

	for (struct table_node *n = NULL; (n = table_same(sa->larval_by_peer, hash, n));) {
		const struct sa_larval *l = table_entry(n, const struct sa_larval, by_peer);

		if (addr_equal(&l->remote, peer))
			since = older(since, l->since_ms);
	}
	return since;
}
