/* Invalid SPIs and their recovery. */
#include <errno.h>

#include "api/state_internal.h"
#include "base/loop.h"
#include "conn/conn.h"
#include "recovery/recovery.h"
#include "spi/spi.h"

/* ---- the source and its sums ------------------------------------------------------------------------- */

static json_t *verdicts(const struct spi_stats *st)
{
	json_t *list = json_array();

	for (unsigned int v = 0; v < SPI_VERDICT_COUNT; v++) {
		json_t *o = json_object();

		put_text(o, "verdict", spi_verdict_text(v));
		put_u64(o, "packets", st->by_verdict[v]);
		json_array_append_new(list, o);
	}
	return list;
}

static int source_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct spi_stats st;
	json_t *o = json_object();

	(void)filter;
	(void)max;
	spi_stats(rooms->spi, &st);
	put_text(o, "source", st.source);
	put_text(o, "why", st.why);
	put_u64(o, "seen", st.seen);
	put_u64(o, "counted", st.counted);
	put_u64(o, "not-looked-at", st.unlooked);
	put_u64(o, "unexplained", st.unexplained);
	put_u64(o, "flows", st.flows);
	put_u64(o, "evicted", st.evicted);
	put_u64(o, "printed", st.printed);
	put_u64(o, "suppressed", st.suppressed);
	put_u64(o, "ring-lost", st.ring_lost);
	json_object_set_new(o, "verdict", verdicts(&st));
	return state_one(o, cursor, out);
}

/* ---- flows --------------------------------------------------------------------------------------------- */

static void put_author(json_t *o, const struct xfrm_author *by)
{
	put_text(o, "author", by->name);
	if (by->pid)
		put_u32(o, "author-pid", by->pid);
}

static json_t *history_object(const struct sa_history *h)
{
	json_t *o = json_object();

	put_time(o, "born", h->born_wall_ms);
	put_bool(o, "earlier-boot", !h->same_boot);
	if (h->dead) {
		put_time(o, "died", h->died_wall_ms);
		put_text(o, "death", sa_death_text(h->why));
		put_author(o, &h->by);
		put_u32(o, "last-sequence", h->last_seq);
	}
	if (h->successor)
		put_u32(o, "successor", h->successor);
	return o;
}

static void put_flow_packets(json_t *o, const struct spi_flow *f, uint64_t now_ms)
{
	put_time(o, "first", f->first_wall_ms);
	put_time(o, "last", f->last_wall_ms);
	put_u64(o, "age", now_ms - f->first_ms);
	put_u64(o, "idle", now_ms - f->last_ms);
	put_u64(o, "packets", f->count);
	put_u32(o, "rate", f->rate);
	put_u32(o, "first-sequence", f->first_seq);
	put_u32(o, "last-sequence", f->last_seq);
}

static json_t *flow_entry(const struct api_rooms *rooms, const struct spi_flow *f)
{
	const struct conn *c = conn_by_id(rooms->conns, f->conn);
	json_t *o = json_object();

	put_u32(o, "id", f->id);
	put_addr(o, "source-address", &f->src);
	put_addr(o, "destination-address", &f->dst);
	put_u32(o, "protocol", f->proto);
	put_u32(o, "spi", f->spi);
	put_bool(o, "udp-encapsulated", f->encap);
	if (f->encap)
		put_u32(o, "source-port", f->sport);
	put_text(o, "interface", f->interface);
	put_flow_packets(o, f, loop_now(rooms->loop));
	put_text(o, "verdict", spi_verdict_text(f->verdict));
	if (c)
		put_text(o, "connection", c->name);
	put_u64(o, "printed", f->printed);
	put_u64(o, "suppressed", f->suppressed);
	put_bool(o, "persistent", f->persistent);
	put_bool(o, "forged-looking", f->forged_looking);
	put_text(o, "recovery", recovery_flow_state(rooms->recovery, f));
	if (f->history.born)
		json_object_set_new(o, "history", history_object(&f->history));
	return o;
}

static int flow_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct spi_flow *f = spi_flow_next(rooms->spi, NULL);
	size_t n = 0;

	(void)filter;
	for (uint64_t skip = *cursor; f && skip; skip--)
		f = spi_flow_next(rooms->spi, f);
	for (; f && n < max; f = spi_flow_next(rooms->spi, f), n++)
		if (state_keep(out, flow_entry(rooms, f)))
			return -1;
	*cursor = f ? *cursor + n : 0;
	return 0;
}

/* ---- recovery -------------------------------------------------------------------------------------------- */

static int recovery_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	struct recovery_config cfg;
	json_t *o = json_object();

	(void)filter;
	(void)max;
	recovery_get_config(rooms->recovery, &cfg);
	put_bool(o, "enabled", cfg.enabled);
	put_bool(o, "at-start", cfg.at_start);
	return state_one(o, cursor, out);
}

static json_t *peer_entry(const struct api_rooms *rooms, uint32_t conn, uint8_t number)
{
	struct recovery_peer p;
	json_t *o;

	if (!recovery_peer_get(rooms->recovery, conn, number, &p))
		return NULL;
	o = json_object();
	put_text(o, "connection", p.conn_name);
	put_addr(o, "address", &p.peer);
	put_bool(o, "eligible", p.eligible);
	put_text(o, "why", p.why);
	put_u64(o, "attempts", p.attempts);
	put_u64(o, "successes", p.successes);
	put_text(o, "last-result", recovery_result_text(p.last_result));
	put_text(o, "last-words", p.last_words);
	put_time(o, "last", p.last_wall_ms);
	if (p.last_wall_ms)
		put_u64(o, "last-took", p.last_took_ms);
	put_u64(o, "next", p.next_ms);
	put_u32(o, "tokens", p.tokens);
	return o;
}

/* By connection, whole ones: the cursor is the id of the last one told. */
static int peer_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	const struct api_rooms *rooms = ctx;
	const struct conn *c = conn_above(rooms->conns, (uint32_t)*cursor);

	(void)filter;
	for (; c && json_array_size(out) < max; c = conn_next(rooms->conns, c)) {
		*cursor = c->id;
		for (uint8_t i = 0; i < c->peer_count; i++)
			if (state_keep(out, peer_entry(rooms, c->id, i)))
				return -ENOMEM;
	}
	if (!c)
		*cursor = 0;
	return 0;
}

static json_t *decision_entry(const struct api_rooms *rooms, size_t index)
{
	struct recovery_decision d;
	json_t *o;

	if (!recovery_decision_get(rooms->recovery, index, &d))
		return NULL;
	o = json_object();
	put_u64(o, "index", index);
	put_time(o, "time", d.wall_ms);
	if (d.flow)
		put_u32(o, "flow", d.flow);
	put_u32(o, "spi", d.spi);
	put_addr(o, "peer", &d.peer);
	put_text(o, "row", recovery_row_text(d.row));
	put_text(o, "action", recovery_act_text(d.act));
	put_text(o, "words", d.words);
	return o;
}

static int decision_page(void *ctx, const json_t *filter, uint64_t *cursor, size_t max, json_t *out)
{
	(void)filter;
	return state_page(ctx, decision_entry, cursor, max, out);
}

static const struct api_state states[] = {
	{.path = "/spindle-crypto:crypto-state/invalid-spi", .privilege = 1, .page = source_page},
	{.path = "/spindle-crypto:crypto-state/invalid-spi/flow", .privilege = 1, .page = flow_page},
	{.path = "/spindle-crypto:crypto-state/invalid-spi-recovery",
	 .privilege = 1,
	 .page = recovery_page},
	{.path = "/spindle-crypto:crypto-state/invalid-spi-recovery/peer",
	 .privilege = 1,
	 .page = peer_page},
	{.path = "/spindle-crypto:crypto-state/invalid-spi-recovery/decision",
	 .privilege = 1,
	 .page = decision_page},
};
const struct state_part state_part_spi = {
	.states = states,
	.state_count = STATE_COUNT(states),
};
