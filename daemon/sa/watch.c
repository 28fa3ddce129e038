/*
 * The kernel's facts about our SAs. Both halves of a pair usually go in one message or one flush, so
 * losses are gathered until the end of the turn and told once a pair.
 */
#include "base/clock.h"
#include "sa/sa_internal.h"

static enum sa_death death_of_gone(enum xfrm_gone why)
{
	switch (why) {
	case XFRM_GONE_FLUSHED:
		return SA_DEATH_FLUSHED;
	case XFRM_GONE_EXPIRED_TIME:
		return SA_DEATH_EXPIRED_TIME;
	case XFRM_GONE_EXPIRED_VOLUME:
		return SA_DEATH_EXPIRED_VOLUME;
	default:
		return SA_DEATH_FOREIGN;
	}
}

static void tell_lost(struct sa *sa, struct sa_entry *e)
{
	struct log_about about = {.peer = e->pub.remote.addr, .spi = e->pub.spi_in};
	char peer[ADDR_STRLEN];
	bool in = e->lost_in, out = e->lost_out;

	e->lost_in = e->lost_out = false;
	log_say(sa->log, &about, SA_LOST, addr_format(&e->pub.remote.addr, peer), e->pub.spi_in,
		e->pub.spi_in, sa_death_text(e->lost_why),
		e->lost_by.name[0] ? e->lost_by.name : "an unnamed program");
	for (size_t i = 0; i < sa->listener_count; i++)
		if (sa->listeners[i].ops->pair_lost)
			sa->listeners[i].ops->pair_lost(sa->listeners[i].ctx, &e->pub, in, out,
							e->lost_why, &e->lost_by);
}

static void sweep(void *arg)
{
	struct sa *sa = arg;

	sa->sweep_due = false;
	while (!list_empty(&sa->lost)) {
		struct sa_entry *e = list_entry(sa->lost.next, struct sa_entry, lost);

		list_remove(&e->lost);
		if ((e->lost_in || e->lost_out) && !e->dying) {
			tell_lost(sa, e);
			sa_entry_settle(e);
		}
	}
}

/* The kernel's last word of a half: what it had counted then. */
static void last_count(struct xfrm_counters *of, const struct xfrm_sa *k)
{
	if (k->counters.packets > of->packets)
		*of = k->counters;
}

static void in_lost(struct sa *sa, struct sa_entry *e, const struct xfrm_sa *k, enum sa_death why,
		    const struct xfrm_author *by)
{
	e->lost_in |= e->pub.in_installed;
	e->in_kernel = e->pub.in_installed = false;
	if (e->lost_in)
		sa_bury(sa, e, why, by, k->counters.seq_in);
}

static void out_lost(struct sa_entry *e)
{
	e->lost_out |= e->pub.out_installed;
	e->out_kernel = e->pub.out_installed = false;
}

/* A half that is being installed and gone already is found by the installation's end. */
static void half_lost(struct sa *sa, struct sa_entry *e, bool in, const struct xfrm_sa *k,
		      enum sa_death why, const struct xfrm_author *by)
{
	if (in)
		in_lost(sa, e, k, why, by);
	else
		out_lost(e);
	if (!e->lost_in && !e->lost_out)
		return;
	e->lost_why = why;
	e->lost_by = *by;
	list_remove(&e->lost);
	list_append(&sa->lost, &e->lost);
	if (!sa->sweep_due)
		sa->sweep_due = !loop_defer(sa->loop, sa, "sa losses", sweep, sa);
}

static bool is_in_half(const struct sa_entry *e, const struct xfrm_sa *k)
{
	return addr_equal(&e->pub.local.addr, &k->id.dst) &&
	       sa_ipproto(e->pub.protocol) == k->id.proto;
}

/* What lingers was replaced before another hand took it: nobody has lost anything. */
static void stray_gone(struct sa *sa, struct sa_entry *e, const struct xfrm_sa *k)
{
	e->in_kernel = e->pub.in_installed = false;
	sa_bury(sa, e, e->why, NULL, k->counters.seq_in);
	loop_timer_set(&e->hard, 0);
}

static void sa_gone(void *ctx, const struct xfrm_sa *k, enum xfrm_gone why,
		    const struct xfrm_author *by)
{
	struct sa *sa = ctx;
	struct sa_larval *l = sa_larval_find(sa, k->id.spi);
	struct sa_entry *e;

	if (l && addr_equal(&l->local, &k->id.dst)) {
		sa_larval_drop(l);
		return;
	}
	e = sa_entry_by_in(sa, k->id.spi);
	if (e && is_in_half(e, k)) {
		last_count(&e->pub.in, k);
		if (e->lingers && e->in_kernel)
			stray_gone(sa, e, k);
		else if (!e->dying && e->in_kernel)
			half_lost(sa, e, true, k, death_of_gone(why), by);
		return;
	}
	e = sa_entry_by_out(sa, &k->id.dst, k->id.spi);
	if (e)
		last_count(&e->pub.out, k);
	if (e && !e->dying && e->out_kernel)
		half_lost(sa, e, false, k, death_of_gone(why), by);
}

static void sa_soft(void *ctx, const struct xfrm_sa *k)
{
	struct sa *sa = ctx;
	struct sa_entry *e = sa_entry_by_in(sa, k->id.spi);

	if (!e || !is_in_half(e, k))
		e = sa_entry_by_out(sa, &k->id.dst, k->id.spi);
	if (e && !e->dying && !e->asked && !e->pub.replaced_by)
		sa_replace(e, ENGINE_WHY_LIFETIME);
}

/* While an exchange with the peer is in flight, its pair is probably what the packet needs. */
#define ACQUIRE_PATIENCE_MS 500

static void acquire(void *ctx, const struct selector *sel, uint32_t reqid, uint32_t seq)
{
	struct sa *sa = ctx;
	const struct conn_child *child = NULL;
	const struct conn *c = conn_by_reqid(sa->conns, reqid, &child);

	(void)sel;
	(void)seq;
	if (!c || !child || sa->stopping)
		return;
	sa->acquires++;
	sa_want(sa, c->id, child->child, ENGINE_WHY_TRAFFIC,
		sa_in_flight_since(sa, conn_current_peer(c)) ? ACQUIRE_PATIENCE_MS : 0);
}

const struct xfrm_watch_ops sa_watch_ops = {
	.sa_gone = sa_gone,
	.sa_soft = sa_soft,
	.acquire = acquire,
};
