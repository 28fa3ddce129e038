/* IKE SAs, IPsec SAs, sessions, crypto map entries. */
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "api/state_internal.h"
#include "base/loop.h"
#include "conn/conn.h"
#include "crypto_map/crypto_map.h"
#include "engine/router.h"
#include "link/link.h"
#include "sa/sa.h"
#include "xfrm/xfrm.h"

#define MAP_PAGE 64

/* ---- IKE SAs ---------------------------------------------------------------------------------------- */

static void put_ike_spi(json_t *o, const char *name, uint64_t spi)
{
	char text[20];

	snprintf(text, sizeof(text), "%016" PRIX64, spi);
	put_text(o, name, text);
}

static void put_identity(json_t *o, const char *name, const struct identity *id)
{
	char text[IDENTITY_STRLEN];

	if (id->type)
		put_text(o, name, identity_format(id, text, sizeof(text)));
}

static void put_ike_algorithms(json_t *o, const struct proposal *p)
{
	const struct transform *encr = proposal_first(p, TRANSFORM_ENCR);
	const struct transform *dh = proposal_first(p, TRANSFORM_DH);

	put_transform(o, "encryption", encr);
	if (encr && encr->key_bits)
		put_u32(o, "key-size", encr->key_bits);
	put_transform(o, "prf", proposal_first(p, TRANSFORM_PRF));
	put_transform(o, "integrity", proposal_first(p, TRANSFORM_INTEG));
	if (dh)
		put_u32(o, "group", dh->id);
}

static void put_ike_conn(json_t *o, const struct conn *c)
{
	if (!c)
		return;
	put_text(o, "connection", c->name);
	put_text(o, "authentication-local", c->psk_local ? "PSK" : "");
	put_text(o, "authentication-remote", c->psk_remote ? "PSK" : "");
	if (c->dpd.interval_s) {
		put_u32(o, "dpd-interval", c->dpd.interval_s);
		put_u32(o, "dpd-retry", c->dpd.retry_s);
	}
}

static json_t *ike_entry(const struct api_rooms *rooms, const struct engine_ike_info *i)
{
	json_t *o = json_object();

	if (!o)
		return NULL;
	put_u32(o, "id", i->display_id);
	put_ike_conn(o, conn_by_id(rooms->conns, i->e.conn));
	put_text(o, "status", i->established ? "ready" : "in-negotiation");
	put_bool(o, "initiator", i->e.initiator);
	put_endpoints(o, &i->e.local, &i->e.remote);
	put_identity(o, "local-identity", &i->e.local_id);
	put_identity(o, "remote-identity", &i->e.remote_id);
	put_ike_spi(o, "initiator-spi", i->e.spi_i);
	put_ike_spi(o, "responder-spi", i->e.spi_r);
	put_ike_algorithms(o, &i->e.chosen);
	put_u32(o, "lifetime", i->e.lifetime_s);
	put_u64(o, "age", loop_now(rooms->loop) - i->since_ms);
	put_bool(o, "nat-local", i->e.nat_local);
	put_bool(o, "nat-remote", i->e.nat_remote);
	put_u32(o, "children", i->children);
	put_text(o, "reason", engine_reason_text(i->e.why));
	return o;
}

/* Youngest first; the cursor is the display id of the last one told. */
static int ike_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct engine_ike_info *i = engine_ike_below(rooms->engine, (uint32_t)*cursor);

	(void)filter;
	for (; i && max; i = engine_ike_next(rooms->engine, i), max--) {
		*cursor = i->display_id;
		if (state_keep(out, ike_entry(rooms, i)))
			return -ENOMEM;
	}
	if (!i)
		*cursor = 0;
	return 0;
}

/* ---- IPsec SAs ----------------------------------------------------------------------------------------- */

static void put_pair_conn(json_t *o, const struct api_rooms *rooms, const struct conn *c)
{
	const struct link_info *link;

	if (!c)
		return;
	link = rooms->link ? link_by_name(rooms->link, c->interface) : NULL;
	if (link)
		put_u32(o, "path-mtu", link->mtu);
	put_text(o, "interface", c->interface);
	put_text(o, "map", c->map);
	put_u32(o, "sequence", c->seq);
}

/* What only the kernel knows for sure: the configuration may have changed since it was installed. */
static void put_pair_kernel(json_t *o, const struct api_rooms *rooms, const struct sa_pair *p)
{
	const struct xfrm_sa *in = NULL;

	if (p->in_installed)
		in = xfrm_sa_find(rooms->xfrm, &p->local.addr,
				  p->protocol == IKE_PROTO_AH ? IPPROTO_AH : IPPROTO_ESP, p->spi_in,
				  NULL);
	if (!in)
		return;
	put_text(o, "mode", in->mode == XFRM_KIND_TRANSPORT ? "transport" : "tunnel");
	put_u32(o, "replay-window", in->replay_window);
}

static uint64_t left(uint64_t whole, uint64_t used)
{
	return whole > used ? whole - used : 0;
}

static void put_pair_counters(json_t *o, const struct sa_pair *p)
{
	const struct xfrm_counters *in = &p->cleared_in, *out = &p->cleared_out;

	put_u64(o, "packets-in", left(p->in.packets, in->packets));
	put_u64(o, "bytes-in", left(p->in.bytes, in->bytes));
	put_u64(o, "packets-out", left(p->out.packets, out->packets));
	put_u64(o, "bytes-out", left(p->out.bytes, out->bytes));
	put_u64(o, "replay-failed",
		left((uint64_t)p->in.replay_failed + p->in.replay_window_failed,
		     (uint64_t)in->replay_failed + in->replay_window_failed));
	put_u64(o, "integrity-failed", left(p->in.integrity_failed, in->integrity_failed));
	put_u32(o, "sequence-in", p->in.seq_in);
	put_u32(o, "sequence-out", p->out.seq_out);
}

static void put_pair_limits(json_t *o, const struct sa_pair *p, uint64_t now_ms)
{
	uint64_t age = now_ms - p->since_ms;
	uint64_t bytes = p->in.bytes > p->out.bytes ? p->in.bytes : p->out.bytes;

	put_u64(o, "age", age);
	put_u64(o, "lifetime", p->lifetime_s);
	put_u64(o, "remaining", left(p->lifetime_s, age / 1000));
	put_u64(o, "lifetime-kilobytes", p->lifetime_kb);
	if (p->lifetime_kb)
		put_u64(o, "remaining-kilobytes", left(p->lifetime_kb, bytes / 1024));
}

static void put_pair_algorithms(json_t *o, const struct sa_pair *p)
{
	put_transform(o, "encryption", &p->encr);
	if (p->encr.key_bits)
		put_u32(o, "key-size", p->encr.key_bits);
	put_transform(o, "integrity", &p->integ);
	if (p->dh.id)
		put_u32(o, "group", p->dh.id);
	put_bool(o, "extended-sequence", p->esn);
}

static void put_pair_life(json_t *o, const struct sa_pair *p)
{
	put_bool(o, "initiator", p->initiator);
	put_bool(o, "adopted", p->adopted);
	put_text(o, "reason", engine_reason_text(p->why));
	put_bool(o, "inbound-installed", p->in_installed);
	put_bool(o, "outbound-installed", p->out_installed);
	if (p->replaces)
		put_u32(o, "replaces", p->replaces);
	if (p->replaced_by)
		put_u32(o, "replaced-by", p->replaced_by);
}

static json_t *pair_entry(const struct api_rooms *rooms, const struct sa_pair *p)
{
	const struct engine_ike_info *ike = engine_ike_by_handle(rooms->engine, p->ike);
	json_t *o = json_object();

	if (!o)
		return NULL;
	put_u32(o, "spi-in", p->spi_in);
	put_u32(o, "spi-out", p->spi_out);
	put_u32(o, "id", p->id);
	put_text(o, "connection", p->conn_name);
	put_pair_conn(o, rooms, conn_by_id(rooms->conns, p->conn));
	put_u32(o, "child", p->child);
	put_u32(o, "reqid", p->reqid);
	if (ike)
		put_u32(o, "ikev2-sa", ike->display_id);
	put_u32(o, "protocol", p->protocol == IKE_PROTO_AH ? 51 : 50);
	put_pair_kernel(o, rooms, p);
	put_endpoints(o, &p->local, &p->remote);
	put_bool(o, "udp-encapsulated", p->encap);
	put_selector(o, &p->selector);
	put_pair_algorithms(o, p);
	put_pair_life(o, p);
	put_pair_limits(o, p, loop_now(rooms->loop));
	put_pair_counters(o, p);
	return o;
}

/* The cursor is the id of the last one told. */
static int pair_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct sa_pair *p = sa_pair_above(rooms->sa, (uint32_t)*cursor);

	(void)filter;
	for (; p && max; p = sa_pair_next(rooms->sa, p), max--) {
		*cursor = p->id;
		if (state_keep(out, pair_entry(rooms, p)))
			return -ENOMEM;
	}
	if (!p)
		*cursor = 0;
	return 0;
}

/* Page by page: the first of 100,000 pairs is not to wait for the kernel's word on the last. */
static void pair_refresh(void *ctx, uint64_t cursor, size_t max, void (*done)(void *arg), void *arg)
{
	const struct api_rooms *rooms = ctx;

	sa_refresh_above(rooms->sa, (uint32_t)cursor, max, done, arg);
}

/* ---- sessions --------------------------------------------------------------------------------------------- */

static json_t *flow_entry(const struct api_rooms *rooms, const struct conn *c,
			  const struct conn_child *child)
{
	json_t *o = json_object(), *spis = json_array();
	uint32_t active = 0;

	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(rooms->sa, c->id, p));) {
		if (p->child != child->child)
			continue;
		active += (uint32_t)p->in_installed + (uint32_t)p->out_installed;
		json_array_append_new(spis, json_integer(p->spi_in));
	}
	put_u32(o, "child", child->child);
	put_selector(o, &child->selector);
	put_u32(o, "active-sas", active);
	if (json_array_size(spis))
		json_object_set_new(o, "spi-in", spis);
	else
		json_decref(spis);
	return o;
}

static void put_session_ikes(json_t *o, const struct api_rooms *rooms, const struct conn *c)
{
	json_t *ids = json_array();
	uint64_t since = 0;

	for (const struct engine_ike_info *i = NULL;
	     (i = engine_ike_next_of(rooms->engine, c->id, i));) {
		json_array_append_new(ids, json_integer(i->display_id));
		if (!i->established)
			continue;
		put_identity(o, "remote-identity", &i->e.remote_id);
		put_u32(o, "peer-port", i->e.remote.port);
		if (!since || i->since_ms < since)
			since = i->since_ms;
	}
	if (since)
		put_u64(o, "uptime", loop_now(rooms->loop) - since);
	if (json_array_size(ids))
		json_object_set_new(o, "ikev2-sa", ids);
	else
		json_decref(ids);
}

static json_t *session_entry(const struct api_rooms *rooms, const struct conn *c)
{
	json_t *o = json_object(), *flows = json_array();
	struct crypto_map_entry e;

	put_text(o, "connection", c->name);
	put_addr(o, "peer", conn_current_peer(c));
	put_addr(o, "local-address", &c->local);
	put_text(o, "interface", c->interface);
	if (rooms->crypto_map && crypto_map_entry_of(rooms->crypto_map, c, &e)) {
		put_text(o, "profile", e.profile);
		put_text(o, "description", e.description);
	}
	put_text(o, "status", sa_session_text(sa_session(rooms->sa, c->id)));
	put_session_ikes(o, rooms, c);
	for (size_t i = 0; i < c->child_count; i++)
		json_array_append_new(flows, flow_entry(rooms, c, &c->children[i]));
	json_object_set_new(o, "flow", flows);
	return o;
}

/* The cursor is the id of the last one told. */
static int session_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct conn *c = conn_above(rooms->conns, (uint32_t)*cursor);

	(void)filter;
	for (; c && max; c = conn_next(rooms->conns, c), max--) {
		*cursor = c->id;
		if (state_keep(out, session_entry(rooms, c)))
			return -ENOMEM;
	}
	if (!c)
		*cursor = 0;
	return 0;
}

/* ---- crypto map entries -------------------------------------------------------------------------------------- */

static json_t *map_entry(const struct api_rooms *rooms, const struct crypto_map_entry *e)
{
	const struct conn *c = e->conn ? conn_by_id(rooms->conns, e->conn) : NULL;
	json_t *o = json_object();

	put_text(o, "name", e->map);
	put_u32(o, "sequence", e->seq);
	json_object_set_new(o, "interface", json_string(e->interface));
	put_text(o, "incomplete", e->incomplete);
	if (c) {
		put_text(o, "connection", c->name);
		put_addr(o, "current-peer", conn_current_peer(c));
	}
	return o;
}

/* By number: the walk to the cursor is one a page. */
static int map_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	struct crypto_map_entry entries[MAP_PAGE];
	const struct api_rooms *rooms = ctx;
	size_t want = max < MAP_PAGE ? max : MAP_PAGE;
	size_t n = crypto_map_entries_get(rooms->crypto_map, (size_t)*cursor, entries, want);

	(void)filter;
	for (size_t i = 0; i < n; i++)
		if (state_keep(out, map_entry(rooms, &entries[i])))
			return -ENOMEM;
	*cursor = n == want ? *cursor + n : 0;
	return 0;
}

/* A pair is three dozen leaves: 256 of them held the loop for 10 ms. */
#define LONG_ENTRIES 64
/* A session has up to 64 flows. */
#define SESSIONS 8

static const struct api_state states[] = {
	{.path = "/spindle-crypto:crypto-state/ikev2-sa", .privilege = 1, .page = ike_page},
	{.path = "/spindle-crypto:crypto-state/ipsec-sa",
	 .privilege = 1,
	 .most = LONG_ENTRIES,
	 .page = pair_page,
	 .refresh_page = pair_refresh},
	{.path = "/spindle-crypto:crypto-state/session",
	 .privilege = 1,
	 .most = SESSIONS,
	 .page = session_page},
	{.path = "/spindle-crypto:crypto-state/crypto-map", .privilege = 1, .page = map_page},
};
const struct state_part state_part_ipsec = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
