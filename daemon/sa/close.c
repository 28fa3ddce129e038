/*
 * Pairs that end by our own doing: a person's clear, a limit, a clean stop, a connection that went.
 * What an IKE SA holds is closed by the engine, so that the peer hears of it; what none holds goes from
 * the kernel at once. Those who wait are told when the kernel has confirmed.
 */
#include <errno.h>
#include <limits.h>

#include "base/alloc.h"
#include "sa/sa_internal.h"

/* How long a peer that does not answer may hold a pair up. */
#define ASK_LONGEST_MS 5000
#define ENDS_A_TURN    256u

int sa_retire(struct sa *sa, uint32_t spi_in, enum sa_death why)
{
	struct sa_entry *e = sa_entry_by_in(sa, spi_in);

	if (!e)
		return -ESRCH;
	sa_entry_delete(e, why);
	return 0;
}

/* ---- asking the engine -------------------------------------------------------------------------- */

static void ask_free(struct sa_ask *a)
{
	list_remove(&a->link);
	alloc_free(a);
}

/* The peer has answered, or nobody did. Where the answer named our pair, the engine asks for its
 * SA_DELETE; this comes first, and then that finds nothing to do. */
static void ask_answered(void *arg, const struct engine_done *done)
{
	struct sa_ask *a = arg;
	struct sa_entry *e = sa_entry_by_in(a->sa, a->spi_in);

	(void)done;
	ask_free(a);
	if (e)
		sa_entry_delete(e, e->why);
}

static int ask(struct sa_entry *e)
{
	struct engine_msg m = {.type = ENGINE_DELETE_SPI,
			       .delete_spi = {.ike = e->pub.ike,
					      .peer = e->pub.remote.addr,
					      .protocol = e->pub.protocol,
					      .spi = e->pub.spi_in}};
	struct sa_ask *a = alloc_zero(sizeof(*a));
	int err;

	if (!a)
		return -ENOMEM;
	a->sa = e->sa;
	a->spi_in = e->pub.spi_in;
	list_append(&e->sa->asks, &a->link);
	err = engine_request(e->sa->engine, &m, ask_answered, a);
	if (err)
		ask_free(a);
	return err;
}

void sa_entry_close(struct sa_entry *e, enum sa_death why)
{
	if (e->lingers) {
		sa_entry_delete(e, why); /* whoever asks for it does not wait for strays */
		return;
	}
	if (e->dying)
		return;
	if (e->why == SA_DEATH_NONE)
		e->why = why;
	if (e->asked || !e->pub.ike || ask(e)) {
		sa_entry_delete(e, why);
		return;
	}
	e->asked = true;
	loop_timer_stop(&e->soft);
	loop_timer_set(&e->hard, ASK_LONGEST_MS);
}

/* ---- those who wait --------------------------------------------------------------------------------- */

static bool concerns(const struct addr *peer, const struct sa_pair *p)
{
	return !addr_is_set(peer) || addr_equal(peer, &p->remote.addr);
}

static void waiter_serve(struct sa_waiter *w)
{
	xfrm_done *done = w->done;
	void *arg = w->arg;

	list_remove(&w->link);
	alloc_free(w);
	done(arg, 0);
}

void sa_waiters_serve(struct sa *sa, const struct sa_pair *gone)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->waiters)
	{
		struct sa_waiter *w = list_entry(it, struct sa_waiter, link);

		if (w->left && gone->id <= w->last && concerns(&w->peer, gone) && !--w->left)
			waiter_serve(w);
	}
}

static uint64_t count_pairs(const struct sa *sa, const struct addr *peer)
{
	uint64_t n = 0;

	for (const struct sa_pair *p = NULL; (p = sa_pair_next(sa, p));)
		n += concerns(peer, p);
	return n;
}

static uint32_t youngest(const struct sa *sa)
{
	const struct order_node *n = order_previous(sa->pairs, NULL);

	return n ? n->number : 0;
}

static void wait_for(struct sa *sa, struct sa_waiter *w, const struct addr *peer, xfrm_done *done,
		     void *arg)
{
	*w = (struct sa_waiter){.peer = *peer,
				.last = youngest(sa),
				.left = count_pairs(sa, peer),
				.done = done,
				.arg = arg};
	list_append(&sa->waiters, &w->link);
}

static void ending_over(struct sa_ending *g)
{
	list_remove(&g->link);
	alloc_free(g);
}

void sa_waits_free(struct sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->asks)
	{
		struct sa_ask *a = list_entry(it, struct sa_ask, link);

		engine_forget(sa->engine, a);
		ask_free(a);
	}
	list_for_each_safe(it, tmp, &sa->waiters)
	{
		list_remove(it);
		alloc_free(list_entry(it, struct sa_waiter, link));
	}
	while (!list_empty(&sa->endings))
		ending_over(list_entry(sa->endings.next, struct sa_ending, link));
	alloc_free(sa->stop_waiter);
}

/* ---- clear, stop ---------------------------------------------------------------------------------------- */

/* So many at most; true: there are more. */
static bool end_some(struct sa *sa, struct sa_ending *g, unsigned int most)
{
	struct order_node *n = order_after(sa->pairs, g->from), *next;

	for (; n && n->number <= g->last && most; n = next, most--) {
		struct sa_entry *e = order_entry(n, struct sa_entry, order);

		next = order_next(sa->pairs, n);
		g->from = n->number;
		if (concerns(&g->peer, &e->pub))
			g->end(e, g->why);
	}
	return n && n->number <= g->last;
}

void sa_endings_run(void *arg)
{
	struct sa *sa = arg;
	struct sa_ending *g;

	if (list_empty(&sa->endings))
		return;
	g = list_entry(sa->endings.next, struct sa_ending, link);
	if (!end_some(sa, g, ENDS_A_TURN))
		ending_over(g);
	if (!list_empty(&sa->endings))
		loop_timer_set(&sa->end_timer, 1);
}

/* The first ones now; the others in later turns, so that thousands do not fill one. Without memory to
 * remember them by, all at once. */
static void end_pairs(struct sa *sa, const struct addr *peer, enum sa_death why,
		      void (*end)(struct sa_entry *e, enum sa_death why))
{
	struct sa_ending now = {.peer = *peer, .last = youngest(sa), .why = why, .end = end};
	struct sa_ending *later;

	if (!end_some(sa, &now, ENDS_A_TURN))
		return;
	later = alloc_copy(&now, sizeof(now));
	if (!later || loop_timer_set(&sa->end_timer, 1)) {
		alloc_free(later);
		end_some(sa, &now, UINT_MAX);
		return;
	}
	list_append(&sa->endings, &later->link);
}

int sa_clear(struct sa *sa, const struct addr *peer, enum sa_death why, xfrm_done *done, void *arg)
{
	const struct addr all = {0}, *whose = peer ? peer : &all;
	bool any = count_pairs(sa, whose);

	if (done && any) {
		struct sa_waiter *w = alloc_zero(sizeof(*w));

		if (!w)
			return -ENOMEM;
		wait_for(sa, w, whose, done, arg);
	}
	end_pairs(sa, whose, why, sa_entry_close);
	if (done && !any)
		done(arg, 0);
	return 0;
}

void sa_clear_pair(struct sa *sa, uint32_t spi_in, enum sa_death why)
{
	struct sa_entry *e = sa_entry_by_in(sa, spi_in);

	if (e)
		sa_entry_close(e, why);
}

void sa_larval_delete(struct sa_larval *l)
{
	struct xfrm_sa_id id = {.dst = l->local, .proto = l->proto, .spi = l->spi};

	l->sa->kernel->sa_delete(l->sa->kernel_ctx, &id, NULL, NULL);
	sa_larval_drop(l);
}

static void larvals_delete(struct sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->larvals)
		sa_larval_delete(list_entry(it, struct sa_larval, link));
}

void sa_quiet(struct sa *sa)
{
	struct list *it, *tmp;

	sa->stopping = true;
	list_for_each_safe(it, tmp, &sa->wants) sa_want_free(list_entry(it, struct sa_want, link));
}

void sa_stop(struct sa *sa, xfrm_done *done, void *arg)
{
	const struct addr all = {0};
	bool any = order_count(sa->pairs);

	sa_quiet(sa);
	larvals_delete(sa);
	if (done && any && sa->stop_waiter) {
		wait_for(sa, sa->stop_waiter, &all, done, arg);
		sa->stop_waiter = NULL;
	}
	end_pairs(sa, &all, SA_DEATH_STOP, sa_entry_delete);
	history_flush(sa->history);
	if (done && !any)
		done(arg, 0);
}

/* ---- connections that went --------------------------------------------------------------------------------- */

static bool still_wanted(const struct sa *sa, uint32_t conn, uint32_t child,
			 const struct addr *local, const struct addr *peer)
{
	const struct conn *c = conn_by_id(sa->conns, conn);

	return c && conn_child(c, child) && addr_equal(&c->local, local) && conn_has_peer(c, peer);
}

/* What an IKE SA holds is closed by the engine, which hears of the connection too. */
static void sweep_pairs(struct sa *sa)
{
	struct sa_entry *e = sa_entry_next(sa, NULL), *next;

	for (; e; e = next) {
		const struct sa_pair *p = &e->pub;

		next = sa_entry_next(sa, e);
		if (!p->ike &&
		    !still_wanted(sa, p->conn, p->child, &p->local.addr, &p->remote.addr))
			sa_entry_delete(e, SA_DEATH_CONFIG);
	}
}

static void sweep_larvals(struct sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->larvals)
	{
		struct sa_larval *l = list_entry(it, struct sa_larval, link);

		if (!still_wanted(sa, l->conn, l->child, &l->local, &l->remote))
			sa_larval_delete(l);
	}
}

static void sweep_wants(struct sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->wants)
	{
		struct sa_want *w = list_entry(it, struct sa_want, link);
		const struct conn *c = conn_by_id(sa->conns, w->conn);

		if (!c || !conn_child(c, w->child))
			sa_want_free(w);
	}
}

static void sweep_conns(void *arg)
{
	struct sa *sa = arg;

	sa->conns_due = false;
	sweep_wants(sa);
	sweep_larvals(sa);
	sweep_pairs(sa);
	sa_traffic_sweep(sa);
}

void sa_conns_changed(void *ctx, const struct conn *old, const struct conn *new)
{
	struct sa *sa = ctx;

	(void)new;
	if (old && !sa->conns_due)
		sa->conns_due = !loop_defer(sa->loop, sa, "sa connections", sweep_conns, sa);
}
