#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "recovery/recovery_internal.h"

/* Success does not refill: a peer whose SAs are removed again and again is not worth more tries. */
static const struct pace_class ours_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};
static const struct pace_class never_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};
static const struct pace_class lost_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};

struct peer_key {
	uint32_t conn;
	const struct addr *peer;
};

static bool peer_matches(const struct table_node *n, const void *key)
{
	const struct recovery_peer_state *p =
		table_entry(n, const struct recovery_peer_state, node);
	const struct peer_key *k = key;

	return p->conn == k->conn && addr_equal(&p->peer, k->peer);
}

static struct recovery_peer_state *find(const struct recovery *r, uint32_t conn,
					const struct addr *peer)
{
	struct peer_key key = {conn, peer};
	struct table_node *n =
		table_find(r->by_peer, hash_u32(conn, table_seed(r->by_peer)), peer_matches, &key);

	return n ? table_entry(n, struct recovery_peer_state, node) : NULL;
}

const struct recovery_peer_state *peer_state_find(const struct recovery *r, uint32_t conn,
						  const struct addr *peer)
{
	return find(r, conn, peer);
}

static bool is_configured(const struct recovery *r, uint32_t conn, const struct addr *peer)
{
	const struct conn *c = conn_by_id(r->conns, conn);

	return c && conn_has_peer(c, peer);
}

/* Made for configured peers only, so that there are as many as the configuration names. */
struct recovery_peer_state *peer_state(struct recovery *r, uint32_t conn, const struct addr *peer)
{
	struct recovery_peer_state *p = find(r, conn, peer);
	uint64_t now = loop_now(r->loop);

	if (p || !is_configured(r, conn, peer))
		return p;
	p = alloc_zero(sizeof(*p));
	if (!p)
		return NULL;
	p->conn = conn;
	p->peer = *peer;
	p->last_words = "";
	pace_init(&p->ours, &ours_class, now);
	pace_init(&p->never, &never_class, now);
	pace_init(&p->lost, &lost_class, now);
	if (table_insert(r->by_peer, &p->node, hash_u32(conn, table_seed(r->by_peer)))) {
		alloc_free(p);
		return NULL;
	}
	list_append(&r->peers, &p->link);
	return p;
}

static void peers_drop(struct recovery *r, bool all)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &r->peers)
	{
		struct recovery_peer_state *p = list_entry(it, struct recovery_peer_state, link);

		if (!all && is_configured(r, p->conn, &p->peer))
			continue;
		table_remove(r->by_peer, &p->node);
		list_remove(&p->link);
		alloc_free(p);
	}
}

void peers_prune(struct recovery *r)
{
	peers_drop(r, false);
}

void peers_free(struct recovery *r)
{
	peers_drop(r, true);
	table_free(r->by_peer);
}

void peer_result(struct attempt *a, enum recovery_result result, const char *words,
		 uint64_t took_ms)
{
	struct recovery_peer_state *p = peer_state(a->r, a->conn, &a->peer);
	const struct recovery_outcome o = {.peer = a->peer,
					   .spi = a->spi,
					   .flow = a->flow,
					   .conn = a->conn,
					   .result = result,
					   .words = words,
					   .took_ms = took_ms};

	for (size_t i = 0; i < a->r->listener_count; i++)
		if (a->r->listeners[i].ops->outcome)
			a->r->listeners[i].ops->outcome(a->r->listeners[i].ctx, &o);
	if (!p)
		return;
	p->last_result = result;
	p->last_words = words;
	p->last_took_ms = took_ms;
	p->last_wall_ms = clock_wall_ms();
	if (result == RECOVERY_SUCCESS)
		p->successes++;
	if (result == RECOVERY_SUCCESS || result == RECOVERY_SILENT)
		p->stuck = false;
}

/* ---- for people ----------------------------------------------------------------------------------- */

static bool eligible(const struct recovery *r, const struct conn *c, const struct addr *peer,
		     const char **why)
{
	const struct engine_ike_info *ike = engine_ike_by_peer(r->engine, peer);

	if (ike && ike->established) {
		*why = "static crypto map, IKE SA";
		return true;
	}
	if (!addr_equal(peer, conn_current_peer(c))) {
		*why = "not the current peer";
		return false;
	}
	*why = r->cfg.enabled ? "static crypto map"
			      : "no IKE SA, and invalid-spi-recovery is not configured";
	return r->cfg.enabled;
}

/* The bucket is refilled when it is used; people see what it would hold. */
static uint32_t tokens_now(struct pace copy, uint64_t now_ms)
{
	uint32_t n = 0;

	while (n < copy.cls->burst && pace_take(&copy, now_ms))
		n++;
	return n;
}

static void peer_fill(const struct recovery *r, const struct conn *c, const struct addr *peer,
		      struct recovery_peer *out)
{
	const struct recovery_peer_state *p = peer_state_find(r, c->id, peer);

	*out = (struct recovery_peer){
		.conn = c->id, .peer = *peer, .last_words = "", .tokens = ours_class.burst};
	memcpy(out->conn_name, c->name, sizeof(out->conn_name));
	out->eligible = eligible(r, c, peer, &out->why);
	if (!p)
		return;
	out->attempts = p->attempts;
	out->successes = p->successes;
	out->last_result = p->last_result;
	out->last_words = p->last_words;
	out->last_wall_ms = p->last_wall_ms;
	out->last_took_ms = p->last_took_ms;
	out->next_ms = pace_wait_ms(&p->ours, loop_now(r->loop));
	out->tokens = tokens_now(p->ours, loop_now(r->loop));
}

bool recovery_peer_get(const struct recovery *r, uint32_t conn, uint8_t number,
		       struct recovery_peer *out)
{
	const struct conn *c = conn_by_id(r->conns, conn);

	if (!c || number >= c->peer_count)
		return false;
	peer_fill(r, c, &c->peers[number], out);
	return true;
}

const char *recovery_result_text(enum recovery_result result)
{
	static const char *const texts[] = {
		[RECOVERY_NONE] = "none",	[RECOVERY_RUNNING] = "running",
		[RECOVERY_SUCCESS] = "success", [RECOVERY_SILENT] = "replacement up, no packet yet",
		[RECOVERY_REFUSED] = "refused", [RECOVERY_GAVE_UP] = "gave up",
	};

	return texts[result];
}
