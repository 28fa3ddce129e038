#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "recovery/recovery_internal.h"

/* Success does not refill: a peer whose SAs are removed again and again is not worth more tries. */
static const struct pace_class ours_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};
static const struct pace_class never_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};
static const struct pace_class lost_class = {.burst = 3, .refill_ms = 60000, .min_gap_ms = 0};

const struct recovery_peer_state *peer_state_find(const struct recovery *r, uint32_t conn,
						  const struct addr *peer)
{
	const struct list *it;

	list_for_each(it, &r->peers)
	{
		const struct recovery_peer_state *p =
			list_entry(it, const struct recovery_peer_state, link);

		if (p->conn == conn && addr_equal(&p->peer, peer))
			return p;
	}
	return NULL;
}

/* Made for configured peers only, so that there are as many as the configuration names. */
struct recovery_peer_state *peer_state(struct recovery *r, uint32_t conn, const struct addr *peer)
{
	struct recovery_peer_state *p;
	struct list *it;
	uint64_t now = loop_now(r->loop);

	list_for_each(it, &r->peers)
	{
		p = list_entry(it, struct recovery_peer_state, link);
		if (p->conn == conn && addr_equal(&p->peer, peer))
			return p;
	}
	p = alloc_zero(sizeof(*p));
	if (!p)
		return NULL;
	p->conn = conn;
	p->peer = *peer;
	p->last_words = "";
	pace_init(&p->ours, &ours_class, now);
	pace_init(&p->never, &never_class, now);
	pace_init(&p->lost, &lost_class, now);
	list_append(&r->peers, &p->link);
	return p;
}

void peer_result(struct attempt *a, enum recovery_result result, const char *words,
		 uint64_t took_ms)
{
	struct recovery_peer_state *p = peer_state(a->r, a->conn, &a->peer);

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
	out->tokens = p->ours.tokens;
}

bool recovery_peer_get(const struct recovery *r, size_t index, struct recovery_peer *out)
{
	for (const struct conn *c = NULL; (c = conn_next(r->conns, c));) {
		if (index >= c->peer_count) {
			index -= c->peer_count;
			continue;
		}
		peer_fill(r, c, &c->peers[index], out);
		return true;
	}
	return false;
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
