/*
 * Start adopts, never flushes: a life in births that the kernel still has becomes a pair again; one
 * that it has not was lost while we were away. Never is an old key added anew.
 *
 * A pair whose IKE SA is gone (the ike process died, or we started over living SAs) is an orphan: it
 * goes on forwarding, a new IKE SA with INITIAL_CONTACT is asked for, and the orphan is retired once
 * the new pair decrypts and sends. So does one whose IKE SA the peer has ended by INITIAL_CONTACT: it may have lost
 * no more than its ike process; but that one has not long to live in any case.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "sa/sa_internal.h"

#define ORPHAN_JITTER_MS  2000
#define ORPHAN_EACH_MS	  500
#define ORPHAN_SOON_MS	  20 /* there are more */
#define ORPHANS_A_TICK	  256u
#define LOOKED_A_TICK	  4096	/* … and pairs that are none */
#define ORPHAN_LONGEST_MS 30000 /* the new pair stands; no traffic proves it */
#define FORGOTTEN_MS	  3000 /* the peer calls all its Children anew within 2 s (the jitter above) */

/* ---- start ------------------------------------------------------------------------------------- */

static void bury_away(struct sa *sa, struct life *l)
{
	l->away = true;
	history_died(sa->history, l, SA_DEATH_AWAY, clock_wall_ms(), 0, NULL, 0);
}

/* The half of a life that the kernel still has: with its reqid, or it is another program's. */
static bool half_is_there(const struct sa *sa, const struct life *l, bool in)
{
	const struct xfrm_sa *k =
		in ? xfrm_sa_find(sa->xfrm, &l->local.addr, l->proto, l->spi_in, NULL)
		   : xfrm_sa_find(sa->xfrm, &l->peer.addr, l->proto, l->spi_out, NULL);

	return k && !k->larval && k->reqid == l->reqid;
}

static void adopt_fill(struct sa_pair *p, const struct life *l, const struct conn *c,
		       const struct conn_child *child, bool in, bool out)
{
	*p = (struct sa_pair){.conn = c->id,
			      .child = child->child,
			      .reqid = l->reqid,
			      .protocol = IKE_PROTO_ESP,
			      .spi_in = l->spi_in,
			      .spi_out = l->spi_out,
			      .local = l->local,
			      .remote = l->peer,
			      .encap = l->encap,
			      .initiator = l->initiator,
			      .adopted = true,
			      .selector = l->selector,
			      .encr = l->encr,
			      .integ = l->integ,
			      .esn = l->esn,
			      .in_installed = in,
			      .out_installed = out,
			      .lifetime_s = l->lifetime_s,
			      .lifetime_kb = c->lifetime_kb};
	text_copy(p->conn_name, sizeof(p->conn_name), c->name);
}

static uint64_t age_ms(const struct life *l)
{
	uint64_t now = clock_wall_ms();

	return now > l->born_wall_ms ? now - l->born_wall_ms : 0;
}

/* Its connection went while we were away: what is left in the kernel is ours to remove. */
static void remove_leftover(struct sa *sa, struct life *l, bool in, bool out)
{
	struct xfrm_sa_id in_id = {.dst = l->local.addr, .proto = l->proto, .spi = l->spi_in};
	struct xfrm_sa_id out_id = {.dst = l->peer.addr, .proto = l->proto, .spi = l->spi_out};

	if (out)
		sa->kernel->sa_delete(sa->kernel_ctx, &out_id, NULL, NULL);
	if (in)
		sa->kernel->sa_delete(sa->kernel_ctx, &in_id, NULL, NULL);
	history_died(sa->history, l, SA_DEATH_CONFIG, clock_wall_ms(), 0, NULL, 0);
}

/* The connection that it was born of, as far as it still means the same ends. */
static const struct conn *conn_of_life(const struct sa *sa, const struct life *l,
				       const struct conn_child **child)
{
	const struct conn *c = conn_by_reqid(sa->conns, l->reqid, child);

	return c && *child && !strncmp(c->name, l->conn_name, sizeof(l->conn_name) - 1) &&
			       addr_equal(&c->local, &l->local.addr) &&
			       conn_has_peer(c, &l->peer.addr)
		       ? c
		       : NULL;
}

/* With one half gone the other goes on until its successor stands. */
static void adopt_one(struct sa *sa, struct life *l)
{
	const struct conn_child *child = NULL;
	const struct conn *c = conn_of_life(sa, l, &child);
	bool in = half_is_there(sa, l, true), out = half_is_there(sa, l, false);
	struct sa_entry *e;
	struct sa_pair pub;

	if (!c && (in || out)) {
		remove_leftover(sa, l, in, out);
		return;
	}
	if (!in)
		bury_away(sa, l);
	if (!in && !out)
		return;
	adopt_fill(&pub, l, c, child, in, out);
	e = sa_entry_new(sa, &pub);
	if (!e)
		return;
	e->in_kernel = in;
	e->out_kernel = out;
	e->orphan_since_ms = loop_now(sa->loop);
	sa_lifetime_start(e, age_ms(l));
}

void sa_start(struct sa *sa)
{
	struct life *l;
	uint64_t cursor = 0;

	if (sa->adopted)
		return;
	while ((l = history_next(sa->history, &cursor)))
		if (l->why == SA_DEATH_NONE && !sa_entry_by_in(sa, l->spi_in))
			adopt_one(sa, l);
	sa->adopted = true;
	for (size_t i = 0; i < sa->listener_count; i++)
		if (sa->listeners[i].ops->ready)
			sa->listeners[i].ops->ready(sa->listeners[i].ctx);
	if (engine_is_up(sa->engine))
		sa_engine_up(sa);
}

/* ---- IKE SAs come and go ------------------------------------------------------------------------- */

/* Its IKE SA is gone: it goes on forwarding. */
static void orphan(struct sa_entry *e, bool forgotten)
{
	sa_entry_set_ike(e, 0);
	e->orphan_since_ms = loop_now(e->sa->loop);
	e->forgotten = forgotten;
	if (e->asked)
		sa_entry_delete(e, e->why); /* nobody is left who could close it */
	else
		sa_entry_settle(e);
}

void sa_engine_down(void *ctx)
{
	struct sa *sa = ctx;
	struct sa_entry *e = sa_entry_next(sa, NULL), *next;

	for (; e; e = next) {
		next = sa_entry_next(sa, e);
		orphan(e, false);
	}
}

static void ike_down(struct sa *sa, const struct engine_ike_event *ev)
{
	for (struct sa_entry *e; (e = sa_entry_of_ike(sa, ev->ike));)
		orphan(e, ev->why == ENGINE_WHY_INITIAL_CONTACT);
}

static void child_up(struct sa *sa, const struct engine_child_event *c)
{
	struct sa_entry *e = sa_entry_by_in(sa, c->spi_in);

	if (!e)
		return;
	sa_entry_set_ike(e, c->ike);
	e->orphan_since_ms = 0;
	e->forgotten = e->relieved = false;
}

static void ike_rekeyed(struct sa *sa, const struct engine_ike_event *ev)
{
	struct sa_entry *e;

	while (ev->old && ev->old != ev->ike && (e = sa_entry_of_ike(sa, ev->old)))
		sa_entry_set_ike(e, ev->ike);
}

void sa_engine_event(void *ctx, const struct engine_msg *m)
{
	if (m->type == ENGINE_CHILD_UP || m->type == ENGINE_CHILD_REKEYED)
		child_up(ctx, &m->child);
	else if (m->type == ENGINE_IKE_REKEYED)
		ike_rekeyed(ctx, &m->ike);
	else if (m->type == ENGINE_IKE_DOWN && m->ike.ike)
		ike_down(ctx, &m->ike);
}

/* What nobody claimed needs a new IKE SA. Some at a time: thousands do not fill a turn. */
void sa_orphan_calls(void *arg)
{
	struct sa *sa = arg;
	struct order_node *n = order_after(sa->pairs, sa->call_from);

	if (!engine_is_up(sa->engine) || sa->stopping)
		return; /* sa_engine_up() begins anew */
	for (unsigned int i = 0; n && i < ORPHANS_A_TICK; n = order_next(sa->pairs, n), i++) {
		struct sa_entry *e = order_entry(n, struct sa_entry, order);

		sa->call_from = e->pub.id;
		if (e->orphan_since_ms && !e->pub.replaced_by)
			sa_want(sa, e->pub.conn, e->pub.child, ENGINE_WHY_LOST,
				1 + random_below(ORPHAN_JITTER_MS));
	}
	if (n)
		loop_timer_set(&sa->call_timer, 1);
}

/* LIST is through. */
void sa_engine_up(void *ctx)
{
	struct sa *sa = ctx;

	if (!sa->adopted || sa->stopping)
		return;
	sa_wants_run(sa);
	sa->call_from = 0;
	sa_orphan_calls(sa);
}

/* ---- retiring orphans --------------------------------------------------------------------------------- */

struct proof {
	struct anchor *anchor;
	uint32_t orphan, successor;
};

static void orphan_retire(struct sa_entry *e, uint32_t successor)
{
	e->pub.replaced_by = successor;
	sa_entry_delete(e, e->forgotten ? SA_DEATH_INITIAL_CONTACT : SA_DEATH_REKEYED);
}

/* The first proof relieves it, the next one, a tick later, retires it. */
static void proof_done(void *arg, int err, const struct xfrm_sa *k)
{
	struct proof *p = arg;
	struct sa *sa = anchor_get(p->anchor);
	struct sa_entry *old = sa ? sa_entry_by_in(sa, p->orphan) : NULL;
	const struct sa_entry *next = sa ? sa_entry_by_in(sa, p->successor) : NULL;
	bool decrypts = !err && k->counters.packets;

	if (old && next && !old->dying && old->orphan_since_ms) {
		if (old->relieved || loop_now(sa->loop) - next->pub.since_ms > ORPHAN_LONGEST_MS)
			orphan_retire(old, p->successor);
		else
			old->relieved = decrypts;
	}
	anchor_unref(p->anchor);
	alloc_free(p);
}

/* True: the kernel was asked. */
static bool orphan_look(struct sa *sa, struct sa_entry *e)
{
	const struct sa_pair *next = sa_pair_current(sa, e->pub.conn, e->pub.child);
	struct proof *p;

	if (!next || next == &e->pub || !next->ike || !next->in_installed || !next->out_installed)
		return false;
	p = alloc_zero(sizeof(*p));
	if (!p)
		return false;
	*p = (struct proof){sa->anchor, e->pub.spi_in, next->spi_in};
	if (sa_probe(sa, next->spi_in, proof_done, p)) {
		alloc_free(p);
		return false;
	}
	anchor_ref(p->anchor);
	return true;
}

/* True: it cost a message to the kernel. */
static bool orphan_turn(struct sa *sa, struct sa_entry *e)
{
	if (!e->orphan_since_ms || e->dying)
		return false;
	if (!e->forgotten || loop_now(sa->loop) - e->orphan_since_ms <= FORGOTTEN_MS)
		return orphan_look(sa, e);
	orphan_retire(e, 0);
	return true;
}

/* Some a tick, from where the last one stopped: thousands of pairs do not fill a turn. */
void sa_orphan_tick(void *arg)
{
	struct sa *sa = arg;
	struct order_node *n = order_after(sa->pairs, sa->orphan_from), *next;

	for (unsigned int asked = 0, looked = 0;
	     n && asked < ORPHANS_A_TICK && looked < LOOKED_A_TICK; n = next, looked++) {
		struct sa_entry *e = order_entry(n, struct sa_entry, order);

		next = order_next(sa->pairs, n);
		sa->orphan_from = e->pub.id;
		asked += orphan_turn(sa, e);
	}
	if (!n)
		sa->orphan_from = 0;
	loop_timer_set(&sa->orphan_timer, n ? ORPHAN_SOON_MS : ORPHAN_EACH_MS);
}
