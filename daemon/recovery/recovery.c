/*
 * Invalid SPI recovery. Drivers: spi (a flow came or went on), sa (a pair was lost from the kernel, start's
 * adoption is through), the engine (an IKE SA came or went), timers. Owned: attempts, one an SPI out of step, bounded;
 * pacing and results of each configured peer; the decision log. Facts go in, recovery_decide() says what to do, act.c
 * does it. What may fail: the exchange (said, tried again as the budget allows), memory (the packet
 * comes again).
 */
#include "recovery/recovery.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "recovery/recovery_internal.h"

#define LOST_EVENT_MS 200 /* what one flush takes comes within that time */

static const struct pace_class refusal_class = {.burst = 10, .refill_ms = 6000, .min_gap_ms = 0};

/* ---- attempts ---------------------------------------------------------------------------------- */

struct attempt_key {
	uint32_t spi;
	const struct addr *peer;
};

static bool attempt_matches(const struct table_node *n, const void *key)
{
	const struct attempt *a = table_entry(n, const struct attempt, node);
	const struct attempt_key *k = key;

	return a->spi == k->spi && addr_equal(&a->peer, k->peer);
}

struct attempt *attempt_find(const struct recovery *r, uint32_t spi, const struct addr *peer)
{
	struct attempt_key key = {spi, peer};
	struct table_node *n =
		table_find(r->by_spi, hash_u32(spi, table_seed(r->by_spi)), attempt_matches, &key);

	return n ? table_entry(n, struct attempt, node) : NULL;
}

static void attempt_free(struct attempt *a)
{
	loop_timer_stop(&a->look);
	loop_timer_stop(&a->stuck);
	table_remove(a->r->by_spi, &a->node);
	list_remove(&a->link);
	a->r->attempt_count--;
	alloc_free(a);
}

/* The oldest that runs nothing; strangers before peers. */
static struct attempt *least_needed(struct recovery *r)
{
	struct attempt *peer = NULL;
	struct list *it;

	list_for_each(it, &r->attempts)
	{
		struct attempt *a = list_entry(it, struct attempt, link);

		if (a->running || attempt_watching(a))
			continue;
		if (!a->conn)
			return a;
		if (!peer)
			peer = a;
	}
	return peer;
}

static bool make_room(struct recovery *r)
{
	struct attempt *a;

	if (r->attempt_count < RECOVERY_ATTEMPTS_MAX)
		return true;
	a = least_needed(r);
	if (a)
		attempt_free(a);
	return a;
}

struct attempt *attempt_make(struct recovery *r, uint32_t spi, const struct addr *peer)
{
	struct attempt *a = attempt_find(r, spi, peer);

	if (a)
		return a;
	a = make_room(r) ? alloc_zero(sizeof(*a)) : NULL;
	if (!a)
		return NULL;
	a->r = r;
	a->spi = spi;
	a->peer = *peer;
	a->words = "";
	a->began_ms = loop_now(r->loop);
	attempt_timers(a);
	if (table_insert(r->by_spi, &a->node, hash_u32(spi, table_seed(r->by_spi)))) {
		alloc_free(a);
		return NULL;
	}
	list_append(&r->attempts, &a->link);
	r->attempt_count++;
	return a;
}

/* ---- facts ---------------------------------------------------------------------------------------- */

static enum recovery_ike ike_fact(const struct engine_ike_info *ike)
{
	if (!ike)
		return RECOVERY_IKE_NONE;
	if (ike->established)
		return RECOVERY_IKE_UP;
	return ike->e.initiator ? RECOVERY_IKE_HALF_OURS : RECOVERY_IKE_HALF_THEIRS;
}

static bool child_lives(const struct recovery *r, uint32_t conn, uint32_t child)
{
	const struct sa_pair *p = sa_pair_current(r->sa, conn, child);

	return p && p->ike && engine_ike_by_handle(r->engine, p->ike);
}

static void facts_of_peer(const struct attempt *a, const struct conn *c, struct recovery_facts *f)
{
	const struct engine_ike_info *ike = engine_ike_by_peer(a->r->engine, &a->peer);
	struct recovery_peer_state *p = peer_state(a->r, c->id, &a->peer);
	uint64_t now = loop_now(a->r->loop), since = sa_in_flight_since(a->r->sa, &a->peer);
	bool never = f->verdict == SPI_NEVER_OURS;

	f->ike = ike_fact(ike);
	f->half_age_ms = ike && !ike->established ? now - ike->since_ms : 0;
	f->in_flight_ms = since ? now - since + 1 : 0;
	f->has_child = child_lives(a->r, a->conn, a->child);
	f->explicit_peer = c->kind == CONN_STATIC_MAP;
	f->current_peer = addr_equal(&a->peer, conn_current_peer(c));
	f->budget_ours = p && !pace_wait_ms(&p->ours, now);
	f->budget_never = p && !pace_wait_ms(&p->never, now);
	f->wait_ms = p ? pace_wait_ms(never ? &p->never : &p->ours, now) : 1000;
	f->exchange_stuck = p && p->stuck;
}

static void facts_of_flow(const struct attempt *a, const struct spi_flow *fl,
			  struct recovery_facts *f)
{
	uint64_t now = loop_now(a->r->loop);
	const struct sa_history *h = &fl->history;

	f->verdict = fl->verdict;
	f->death = h->why;
	f->dead_for_ms = h->died_ms && h->died_ms <= now ? now - h->died_ms : UINT64_MAX;
	f->flow_age_ms = now - fl->first_ms;
	f->forged_looking = fl->forged_looking;
	f->passed = fl->passed;
	/* Only once behind NAT does a peer's ESP come from a port that is not 4500. */
	f->nat_unknown = fl->encap && fl->sport != 4500 &&
			 !engine_ike_by_peer(a->r->engine, &a->peer);
}

static void facts_of_attempt(const struct attempt *a, const struct spi_flow *fl,
			     struct recovery_facts *f)
{
	uint64_t now = loop_now(a->r->loop);

	f->steps = a->steps;
	f->since_step_ms = a->steps ? now - a->step_ms : UINT64_MAX;
	f->packets_since_step = fl->last_ms > a->quiet_from_ms;
	f->replaced = a->replaced;
	f->all_move = a->unsure && a->all_move;
	f->delete_sent = a->delete_sent;
	f->delete_paired = a->delete_paired;
}

static void gather(const struct attempt *a, const struct spi_flow *fl, struct recovery_facts *f)
{
	const struct conn *c = conn_by_id(a->r->conns, a->conn);

	*f = (struct recovery_facts){.grace_ms = a->r->cfg.grace_ms,
				     .enabled = a->r->cfg.enabled,
				     .capabilities = engine_capabilities(a->r->engine),
				     .configured = c};
	facts_of_flow(a, fl, f);
	facts_of_attempt(a, fl, f);
	if (c)
		facts_of_peer(a, c, f);
	else
		f->budget_ours = f->budget_never = true;
}

/* ---- which Child --------------------------------------------------------------------------------------- */

static void choose_child(struct attempt *a, const struct spi_flow *fl)
{
	const struct sa_pair *p =
		a->delete_paired ? sa_pair_by_spi_out(a->r->sa, &a->peer, a->delete_paired) : NULL;

	a->unsure = false;
	if (fl->history.born && fl->history.conn) {
		a->conn = fl->history.conn;
		a->child = fl->history.child;
	} else if (p) {
		a->conn = p->conn;
		a->child = p->child;
	} else {
		a->unsure = true;
		a->all_move = !survey_choose(a);
	}
}

/* Nothing is replaced on suspicion that carries traffic. */
static bool needs_survey(const struct attempt *a, enum recovery_act act)
{
	return a->unsure && a->survey_state != SURVEY_DONE &&
	       (act == RECOVERY_ACT_REPLACE_CHILD || act == RECOVERY_ACT_CREATE_CHILD);
}

/* ---- deciding -------------------------------------------------------------------------------------------- */

void recovery_note(struct attempt *a, const struct recovery_action *act)
{
	struct recovery *r = a->r;
	struct log_about ab = {.peer = a->peer, .spi = a->spi};
	struct recovery_decision d;
	char peer[ADDR_STRLEN];

	if (a->row == act->row && a->words == act->words)
		return;
	a->row = act->row;
	a->words = act->words;
	d = (struct recovery_decision){clock_wall_ms(), a->flow,  a->spi,    a->peer,
				       act->row,	act->act, act->words};
	if (a->conn) /* a flood from strangers must not push out what was decided for peers */
		decisions_note(&r->decisions, &d);
	for (size_t i = 0; i < r->listener_count; i++)
		if (r->listeners[i].ops->decided)
			r->listeners[i].ops->decided(r->listeners[i].ctx, &d);
	log_debug(r->log, LOG_DEBUG_INVALID_SPI, &ab,
		  "INVALID-SPI: peer %s spi 0x%X: row %s, action %s: %s",
		  addr_format(&a->peer, peer), a->spi, recovery_row_text(act->row),
		  recovery_act_text(act->act), act->words);
}

static void refuse(struct attempt *a, const char *words)
{
	struct log_about ab = {.peer = a->peer, .spi = a->spi, .cause = attempt_cause(a)};
	char peer[ADDR_STRLEN];

	if (a->refused_said)
		return;
	a->refused_said = true;
	if (a->conn)
		peer_result(a, RECOVERY_REFUSED, words, 0);
	if (!pace_take(&a->r->refusals, loop_now(a->r->loop))) {
		log_count_limited(a->r->log, 1);
		return;
	}
	log_say(a->r->log, &ab, RECOVERY_REFUSED, addr_format(&a->peer, peer), a->spi, a->spi,
		words);
	if (a->conn && a->r->cfg.notify)
		attempt_notify(a);
}

static void carry_out(struct attempt *a, const struct recovery_action *act)
{
	switch (act->act) {
	case RECOVERY_ACT_COUNT:
		return;
	case RECOVERY_ACT_WAIT:
		loop_timer_set(&a->look, act->wait_ms);
		return;
	case RECOVERY_ACT_MARK_FORGED:
		a->forged = true;
		spi_flow_mark_forged(a->r->spi, a->flow);
		attempt_no_cause(a, act->words);
		return;
	case RECOVERY_ACT_REFUSE:
		refuse(a, act->words);
		return;
	default:
		attempt_step(a, act);
		return;
	}
}

void recovery_look(struct attempt *a)
{
	const struct spi_flow *fl = a->flow ? spi_flow_find(a->r->spi, a->flow) : NULL;
	struct recovery_facts f;
	struct recovery_action act;

	if (a->running || attempt_watching(a))
		return;
	if (!fl) { /* its flow was evicted, or never was */
		attempt_free(a);
		return;
	}
	if (!a->r->ready || !engine_is_up(a->r->engine))
		return; /* adoption tells what is ours, LIST who is there: both look again */
	choose_child(a, fl);
	gather(a, fl, &f);
	act = recovery_decide(&f);
	if (needs_survey(a, act.act) && !survey_end(a))
		return; /* look is called when the second sample is there, with the choice */
	if (a->unsure && act.act == RECOVERY_ACT_DELETE_SPI)
		survey_begin(a);
	recovery_note(a, &act);
	carry_out(a, &act);
}

/* ---- facts come in ----------------------------------------------------------------------------------------- */

/* A flood has spent the budget before it costs a question to the kernel for each packet. */
static bool can_afford(const struct attempt *a)
{
	const struct recovery_peer_state *p = peer_state_find(a->r, a->conn, &a->peer);

	return !p || !pace_wait_ms(&p->never, loop_now(a->r->loop));
}

/* What was decided for the same SPI in an earlier flow is in the diary under that one's number: it is
 * decided anew, and said. */
static void another_flow(struct attempt *a)
{
	if (a->running || attempt_watching(a))
		return;
	a->words = "";
	loop_timer_stop(&a->look);
}

static void flow(void *ctx, const struct spi_flow *fl)
{
	struct recovery *r = ctx;
	struct attempt *a = attempt_make(r, fl->spi, &fl->src);

	if (!a)
		return;
	if (!a->flow)
		a->began_ms = fl->first_ms;
	else if (a->flow != fl->id)
		another_flow(a);
	a->flow = fl->id;
	a->dst = fl->dst;
	a->proto = fl->proto;
	if (!a->conn || !conn_by_id(r->conns, a->conn))
		a->conn = fl->conn;
	if (fl->verdict == SPI_NEVER_OURS && can_afford(a))
		survey_begin(a);
	if (!loop_timer_armed(&a->look))
		recovery_look(a);
}

/* A token is for an event, not for a pair: a flush takes all the Children of a peer at once. */
static bool take_lost(struct recovery_peer_state *p, uint64_t now)
{
	if (p->lost_known && now - p->lost_ms < LOST_EVENT_MS)
		return true;
	if (!pace_take(&p->lost, now))
		return false;
	p->lost_known = true;
	p->lost_ms = now;
	return true;
}

static bool fight(struct recovery *r, struct recovery_peer_state *p, const struct sa_pair *pair,
		  const struct xfrm_author *by)
{
	struct log_about ab = {.peer = pair->remote.addr, .spi = pair->spi_in};
	char peer[ADDR_STRLEN];

	p->lost_count++;
	if (take_lost(p, loop_now(r->loop))) {
		p->lost_said = false;
		return false;
	}
	if (!p->lost_said)
		log_say(r->log, &ab, SA_LOST_REPEAT, addr_format(&pair->remote.addr, peer),
			p->lost_count, by->name[0] ? by->name : "an unnamed program");
	p->lost_said = true;
	p->lost_count = 0;
	return true;
}

/* A pair that nobody has complained of by a packet is replaced at once, before one must be lost. */
static void replace_pair(struct recovery *r, const struct sa_pair *p, const char *words)
{
	struct recovery_action act = {
		.act = RECOVERY_ACT_REPLACE_CHILD, .row = RECOVERY_ROW_LOST, .words = words};
	struct attempt *a = attempt_make(r, p->spi_in, &p->remote.addr);

	if (!a || a->running || attempt_watching(a))
		return;
	a->conn = p->conn;
	a->child = p->child;
	a->dst = p->local.addr;
	a->proto = IPPROTO_ESP;
	a->began_ms = loop_now(r->loop);
	recovery_note(a, &act);
	attempt_step(a, &act);
}

static bool by_another_hand(enum sa_death why)
{
	return why != SA_DEATH_EXPIRED_TIME && why != SA_DEATH_EXPIRED_VOLUME;
}

/* Another hand, or a limit, took one of our pairs. */
static void pair_lost(void *ctx, const struct sa_pair *p, bool in, bool out, enum sa_death why,
		      const struct xfrm_author *by)
{
	struct recovery *r = ctx;
	struct recovery_peer_state *ps = peer_state(r, p->conn, &p->remote.addr);

	(void)in;
	(void)out;
	if (!ps || p->replaced_by || !child_lives(r, p->conn, p->child) ||
	    (by_another_hand(why) && fight(r, ps, p, by)))
		return;
	replace_pair(r, p, "replace the lost pair");
}

/* INVALID_SPI of a peer (RFC 7296 3.10.1). Over the IKE SA it is proof that the peer lost our outbound
 * SA's other half; outside of one anybody can have written it: noted, and nothing follows. */
static void peer_notify(struct recovery *r, const struct engine_peer_notify *n)
{
	const struct sa_pair *p = sa_pair_by_spi_out(r->sa, &n->peer.addr, n->spi);
	struct log_about ab = {.peer = n->peer.addr, .spi = n->spi};
	struct recovery_peer_state *ps;
	char peer[ADDR_STRLEN];

	log_debug(r->log, LOG_DEBUG_INVALID_SPI, &ab,
		  "INVALID-SPI: notify %u of peer %s for spi 0x%X, %s", n->notify,
		  addr_format(&n->peer.addr, peer), n->spi,
		  n->is_protected ? "over the IKE SA" : "unprotected: a hint");
	if (!n->is_protected || !p || p->replaced_by || !child_lives(r, p->conn, p->child))
		return;
	ps = peer_state(r, p->conn, &p->remote.addr);
	if (ps && take_lost(ps, loop_now(r->loop)))
		replace_pair(r, p, "the peer has lost its half of the pair");
}

/* ---- ready, engine ------------------------------------------------------------------------------------------ */

static void look_at_all(struct recovery *r)
{
	struct list *it, *tmp;

	if (!r->started && r->ready && engine_is_up(r->engine)) {
		r->started = true;
		at_start_begin(r);
	}
	list_for_each_safe(it, tmp, &r->attempts)
		recovery_look(list_entry(it, struct attempt, link));
}

static void sa_ready(void *ctx)
{
	struct recovery *r = ctx;

	r->ready = true;
	look_at_all(r);
}

static void engine_up(void *ctx)
{
	look_at_all(ctx);
}

static void engine_event(void *ctx, const struct engine_msg *m)
{
	struct recovery *r = ctx;
	struct recovery_peer_state *p;

	if (m->type == ENGINE_PEER_NOTIFY)
		peer_notify(r, &m->notify);
	if (m->type != ENGINE_IKE_UP)
		return;
	p = peer_state(r, m->ike.conn, &m->ike.remote.addr);
	if (p)
		p->stuck = false;
}

/* ---- connections go -------------------------------------------------------------------------------------------- */

static void prune_attempt(struct attempt *a)
{
	const struct conn *c = a->conn ? conn_by_id(a->r->conns, a->conn) : NULL;

	if (!a->conn || (c && conn_has_peer(c, &a->peer)))
		return;
	if (!a->flow) {
		attempt_free(a);
		return;
	}
	attempt_stop(a);
	a->conn = a->child = 0;
	a->survey_state = SURVEY_NONE;
	a->survey_number++;
}

static void prune(void *arg)
{
	struct recovery *r = arg;
	struct list *it, *tmp;

	r->prune_due = false;
	list_for_each_safe(it, tmp, &r->attempts)
		prune_attempt(list_entry(it, struct attempt, link));
	peers_prune(r);
}

static void conn_changed(void *ctx, const struct conn *old, const struct conn *new)
{
	struct recovery *r = ctx;

	(void)new;
	if (old && !r->prune_due)
		r->prune_due = !loop_defer(r->loop, r, "recovery connections", prune, r);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static const struct spi_ops spi_listener = {.flow = flow};
static const struct sa_ops sa_listener = {.pair_lost = pair_lost, .ready = sa_ready};
static const struct conn_ops conn_listener = {.changed = conn_changed};
static const struct engine_ops engine_listener = {.event = engine_event, .up = engine_up};

struct recovery *recovery_new(struct loop *loop, struct spi *spi, struct sa *sa,
			      struct conn_table *conns, struct engine *engine, struct log *log,
			      const struct recovery_config *cfg)
{
	struct recovery *r = alloc_zero(sizeof(*r));

	if (!r)
		return NULL;
	r->loop = loop;
	r->spi = spi;
	r->sa = sa;
	r->conns = conns;
	r->engine = engine;
	r->log = log;
	r->cfg = *cfg;
	list_init(&r->attempts);
	list_init(&r->peers);
	list_init(&r->tickets);
	list_init(&r->calls);
	pace_init(&r->refusals, &refusal_class, loop_now(loop));
	r->by_spi = table_new();
	r->by_peer = table_new();
	r->anchor = anchor_new(r);
	if (!r->by_spi || !r->by_peer || !r->anchor || at_start_init(r) ||
	    spi_listen(spi, &spi_listener, r) || sa_listen(sa, &sa_listener, r) ||
	    engine_listen(engine, &engine_listener, r) ||
	    conn_table_listen(conns, &conn_listener, r)) {
		recovery_free(r);
		return NULL;
	}
	return r;
}

void recovery_free(struct recovery *r)
{
	struct list *it, *tmp;

	if (!r)
		return;
	list_for_each_safe(it, tmp, &r->attempts)
		attempt_free(list_entry(it, struct attempt, link));
	at_start_free(r);
	tickets_free(r);
	peers_free(r);
	loop_defer_cancel(r->loop, r);
	anchor_lose(r->anchor);
	table_free(r->by_spi);
	alloc_free(r);
}

/* The next packet of a flow is looked at under the new settings, and what they refuse is said even if
 * the old ones refused it too. */
void recovery_configure(struct recovery *r, const struct recovery_config *cfg)
{
	struct list *it;

	r->cfg = *cfg;
	list_for_each(it, &r->attempts) list_entry(it, struct attempt, link)->refused_said = false;
}

int recovery_listen(struct recovery *r, const struct recovery_ops *ops, void *ctx)
{
	if (r->listener_count == RECOVERY_LISTENERS_MAX)
		return -ENOSPC;
	r->listeners[r->listener_count].ops = ops;
	r->listeners[r->listener_count++].ctx = ctx;
	return 0;
}

void recovery_quiet(struct recovery *r)
{
	r->quiet = true;
}

void recovery_get_config(const struct recovery *r, struct recovery_config *out)
{
	*out = r->cfg;
}

/* ---- for people --------------------------------------------------------------------------------------------------- */

bool recovery_decision_get(const struct recovery *r, size_t index, struct recovery_decision *out)
{
	if (index >= r->decisions.count)
		return false;
	*out = r->decisions.list[index];
	return true;
}

const char *recovery_row_text(enum recovery_row row)
{
	static const char *const texts[] = {
		[RECOVERY_ROW_RESERVED] = "reserved SPI",
		[RECOVERY_ROW_KNOWN] = "known SPI",
		[RECOVERY_ROW_LARVAL] = "larval",
		[RECOVERY_ROW_GRACE] = "grace",
		[RECOVERY_ROW_PASSED] = "passed",
		[RECOVERY_ROW_IN_FLIGHT] = "exchange in flight",
		[RECOVERY_ROW_HALF_OURS] = "our negotiation",
		[RECOVERY_ROW_HALF_THEIRS] = "peer's negotiation",
		[RECOVERY_ROW_BUDGET] = "paced",
		[RECOVERY_ROW_LOST] = "once ours, lost",
		[RECOVERY_ROW_RETIRED_DELETE] = "once ours, retired",
		[RECOVERY_ROW_NEVER_DELETE] = "never ours",
		[RECOVERY_ROW_RETIRED_STEPS] = "once ours, retired (step by step)",
		[RECOVERY_ROW_NEVER_SIBLING] = "never ours (sibling)",
		[RECOVERY_ROW_FORGED] = "forged-looking",
		[RECOVERY_ROW_NAT] = "behind NAT",
		[RECOVERY_ROW_NOT_CURRENT] = "not the current peer",
		[RECOVERY_ROW_INITIATE] = "no IKE SA",
		[RECOVERY_ROW_OFF] = "not configured",
		[RECOVERY_ROW_NO_PEER] = "no peer",
		[RECOVERY_ROW_DYNAMIC] = "peer not explicit",
		[RECOVERY_ROW_SETTLED] = "step taken",
	};

	return texts[row];
}

const char *recovery_act_text(enum recovery_act act)
{
	static const char *const texts[] = {
		[RECOVERY_ACT_COUNT] = "count",
		[RECOVERY_ACT_WAIT] = "wait",
		[RECOVERY_ACT_JOIN] = "join",
		[RECOVERY_ACT_REPLACE_CHILD] = "replace Child SA",
		[RECOVERY_ACT_CREATE_CHILD] = "create Child SA",
		[RECOVERY_ACT_DELETE_SPI] = "DELETE",
		[RECOVERY_ACT_REPLACE_IKE] = "replace IKE SA",
		[RECOVERY_ACT_REESTABLISH] = "close and initiate",
		[RECOVERY_ACT_INITIATE] = "initiate",
		[RECOVERY_ACT_MARK_FORGED] = "mark as forged-looking",
		[RECOVERY_ACT_REFUSE] = "refuse",
	};

	return texts[act];
}

const char *recovery_flow_state(const struct recovery *r, const struct spi_flow *fl)
{
	const struct attempt *a = attempt_find(r, fl->spi, &fl->src);

	return a && a->flow == fl->id ? a->words : "";
}
