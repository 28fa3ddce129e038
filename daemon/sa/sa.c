/*
 * Our SA pairs. Drivers: the engine's requests (serve.c), the kernel's facts (watch.c), timers
 * (lifetime.c, want.c, orphans in adopt.c). Owned here: the list of pairs, larval SPIs, births and
 * grave. What may fail: the kernel (answered to the engine, undone), memory (the request is
 * refused), the state folder (births go on in memory, said once). A pair leaves the list only when
 * the kernel has confirmed that both halves are gone, or lost them by itself.
 */
#include "sa/sa.h"

#include <errno.h>
#include <netinet/in.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/jobs.h"
#include "sa/sa_internal.h"

#define FLUSH_EACH_MS  1000
#define ORPHAN_EACH_MS 500

static const char *const death_texts[SA_DEATH_COUNT] = {
	[SA_DEATH_NONE] = "lives",
	[SA_DEATH_REKEYED] = "rekeyed",
	[SA_DEATH_PEER_DELETE] = "deleted by the peer",
	[SA_DEATH_OWN_DELETE] = "deleted by us",
	[SA_DEATH_EXPIRED_TIME] = "expired (time)",
	[SA_DEATH_EXPIRED_VOLUME] = "expired (volume)",
	[SA_DEATH_CLEARED] = "cleared by an operator",
	[SA_DEATH_DPD] = "the peer did not answer",
	[SA_DEATH_INITIAL_CONTACT] = "the peer began anew (INITIAL_CONTACT)",
	[SA_DEATH_IKE_GONE] = "its IKE SA ended",
	[SA_DEATH_FLUSHED] = "flushed by another program",
	[SA_DEATH_FOREIGN] = "deleted by another program",
	[SA_DEATH_CONFIG] = "the connection was changed or removed",
	[SA_DEATH_STOP] = "clean stop",
	[SA_DEATH_AWAY] = "lost while we were away",
	[SA_DEATH_LARVAL] = "negotiated, never installed",
	[SA_DEATH_INSTALL_FAILED] = "the kernel refused it",
};

const char *sa_death_text(enum sa_death why)
{
	return (unsigned int)why < SA_DEATH_COUNT ? death_texts[why] : death_texts[0];
}

/* ---- births and grave go to the disk as a job each second -------------------------------------- */

/* A worker may be writing when the room is freed: the history is closed after both. */
struct sa_flush {
	struct sa *sa; /* NULL: freed meanwhile */
	struct history *history;
};

static void flush_run(void *arg)
{
	struct sa_flush *f = arg;

	history_flush(f->history);
}

static void flush_done(void *arg, int err)
{
	struct sa_flush *f = arg;

	(void)err;
	if (f->sa)
		f->sa->flush = NULL;
	else
		history_close(f->history);
	alloc_free(f);
}

static void flush_begin(struct sa *sa)
{
	struct sa_flush *f = alloc_zero(sizeof(*f));

	if (!f)
		return;
	*f = (struct sa_flush){sa, sa->history};
	sa->flush = f;
	if (!jobs_submit(sa->jobs, flush_run, flush_done, f))
		return;
	sa->flush = NULL;
	alloc_free(f);
}

static void flush_tick(void *arg)
{
	struct sa *sa = arg;

	if (!sa->flush && history_dirty(sa->history))
		flush_begin(sa);
	loop_timer_set(&sa->flush_timer, FLUSH_EACH_MS);
}

static void history_let_go(struct sa *sa)
{
	if (sa->history)
		history_flush(sa->history);
	if (sa->flush)
		sa->flush->sa = NULL;
	else
		history_close(sa->history);
}

/* ---- life --------------------------------------------------------------------------------------- */

static const struct conn_ops conn_listener = {.changed = sa_conns_changed};
static const struct engine_ops engine_listener = {
	.request = sa_serve,
	.event = sa_engine_event,
	.up = sa_engine_up,
	.down = sa_engine_down,
};

struct sa *sa_new(struct loop *loop, struct jobs *jobs, struct xfrm *xfrm, struct conn_table *conns,
		  struct engine *engine, struct log *log, const struct sa_config *cfg,
		  struct error *err)
{
	struct sa *sa = alloc_zero(sizeof(*sa));

	if (!sa) {
		error_set(err, -ENOMEM, "no memory for the SA tables");
		return NULL;
	}
	sa->loop = loop;
	sa->jobs = jobs;
	sa->xfrm = xfrm;
	sa->kernel = xfrm_ops(xfrm, &sa->kernel_ctx);
	sa->conns = conns;
	sa->engine = engine;
	sa->log = log;
	list_init(&sa->larvals);
	list_init(&sa->wants);
	list_init(&sa->lost);
	list_init(&sa->asks);
	list_init(&sa->waiters);
	list_init(&sa->endings);
	loop_timer_init(&sa->flush_timer, loop, "sa flush", flush_tick, sa);
	loop_timer_init(&sa->orphan_timer, loop, "sa orphans", sa_orphan_tick, sa);
	loop_timer_init(&sa->call_timer, loop, "sa orphan calls", sa_orphan_calls, sa);
	loop_timer_init(&sa->end_timer, loop, "sa endings", sa_endings_run, sa);
	sa->anchor = anchor_new(sa);
	sa->stop_waiter = alloc_zero(sizeof(*sa->stop_waiter));
	sa->history = history_open(cfg->state_dir, cfg->boot_id, err);
	/* Listening comes last: nobody is told of an object that is not made. */
	if (!sa->history || sa_pairs_init(sa) || !sa->anchor || !sa->stop_waiter ||
	    loop_timer_set(&sa->flush_timer, FLUSH_EACH_MS) ||
	    loop_timer_set(&sa->orphan_timer, ORPHAN_EACH_MS) ||
	    xfrm_watch(xfrm, &sa_watch_ops, sa) || engine_listen(engine, &engine_listener, sa) ||
	    conn_table_listen(conns, &conn_listener, sa)) {
		error_set(err, -ENOMEM, "no memory for the SA tables");
		sa_free(sa);
		return NULL;
	}
	return sa;
}

static void lists_free(struct sa *sa)
{
	struct list *it, *tmp;

	for (struct sa_entry *e; sa->pairs && (e = sa_entry_next(sa, NULL));)
		sa_entry_free(e);
	list_for_each_safe(it, tmp, &sa->larvals)
		sa_larval_free(list_entry(it, struct sa_larval, link));
	list_for_each_safe(it, tmp, &sa->wants) sa_want_free(list_entry(it, struct sa_want, link));
	sa_waits_free(sa);
}

void sa_free(struct sa *sa)
{
	if (!sa)
		return;
	loop_timer_stop(&sa->flush_timer);
	loop_timer_stop(&sa->orphan_timer);
	loop_timer_stop(&sa->call_timer);
	loop_timer_stop(&sa->end_timer);
	loop_defer_cancel(sa->loop, sa);
	lists_free(sa);
	sa_pairs_free(sa);
	history_let_go(sa);
	anchor_lose(sa->anchor);
	alloc_free(sa);
}

int sa_listen(struct sa *sa, const struct sa_ops *ops, void *ctx)
{
	if (sa->listener_count == SA_LISTENERS_MAX)
		return -ENOSPC;
	sa->listeners[sa->listener_count].ops = ops;
	sa->listeners[sa->listener_count++].ctx = ctx;
	return 0;
}

/* ---- telling ------------------------------------------------------------------------------------------ */

void sa_tell_up(struct sa *sa, const struct sa_entry *e)
{
	for (size_t i = 0; i < sa->listener_count; i++)
		if (sa->listeners[i].ops->pair_up)
			sa->listeners[i].ops->pair_up(sa->listeners[i].ctx, &e->pub);
}

void sa_tell_gone(struct sa *sa, const struct sa_entry *e, enum sa_death why)
{
	for (size_t i = 0; i < sa->listener_count; i++)
		if (sa->listeners[i].ops->pair_gone)
			sa->listeners[i].ops->pair_gone(sa->listeners[i].ctx, &e->pub, why);
}

/* ---- births and grave, seen from outside ------------------------------------------------------------ */

static struct life *life_of(const struct sa *sa, const struct sa_pair *p)
{
	return history_find(sa->history, &p->local.addr, sa_ipproto(p->protocol), p->spi_in);
}

void sa_bury(struct sa *sa, const struct sa_entry *e, enum sa_death why,
	     const struct xfrm_author *by, uint32_t last_seq)
{
	struct life *l = life_of(sa, &e->pub);

	if (!l)
		return;
	if (e->pub.replaced_by)
		history_succeeded(l, e->pub.replaced_by);
	history_died(sa->history, l, why, clock_wall_ms(), loop_now(sa->loop), by, last_seq);
}

static void history_fill(const struct sa *sa, const struct life *l, struct sa_history *out)
{
	const struct conn_child *child = NULL;
	const struct conn *c = conn_by_reqid(sa->conns, l->reqid, &child);

	*out = (struct sa_history){.born = true,
				   .dead = l->why != SA_DEATH_NONE,
				   .same_boot = history_same_boot(sa->history, l),
				   .conn = c ? c->id : 0,
				   .child = child ? child->child : 0,
				   .reqid = l->reqid,
				   .spi_in = l->spi_in,
				   .local = l->local.addr,
				   .peer = l->peer.addr,
				   .born_wall_ms = l->born_wall_ms,
				   .died_wall_ms = l->died_wall_ms,
				   .died_ms = l->died_ms,
				   .why = l->why,
				   .by = l->by,
				   .last_seq = l->last_seq,
				   .successor = l->successor};
}

bool sa_history(const struct sa *sa, const struct addr *dst, uint8_t proto, uint32_t spi,
		struct sa_history *out)
{
	const struct life *l = history_find(sa->history, dst, proto, spi);

	if (l)
		history_fill(sa, l, out);
	return l;
}

bool sa_away_next(const struct sa *sa, uint64_t *cursor, struct sa_history *out)
{
	const struct life *l;

	while ((l = history_next(sa->history, cursor))) {
		if (!l->away)
			continue; /* lives, or was lost before an earlier start */
		history_fill(sa, l, out);
		if (out->conn && !sa_pair_current(sa, out->conn, out->child))
			return true;
	}
	return false;
}

int sa_probe(struct sa *sa, uint32_t spi_in, xfrm_sa_done *done, void *arg)
{
	const struct sa_entry *e = sa_entry_by_in(sa, spi_in);
	struct xfrm_sa_id id;

	if (!e)
		return -ESRCH;
	id = sa_id_in(&e->pub);
	return sa->kernel->sa_get(sa->kernel_ctx, &id, done, arg);
}

/* ---- sessions ------------------------------------------------------------------------------------------- */

static bool conn_has_pair(const struct sa *sa, uint32_t conn)
{
	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(sa, conn, p));)
		if (p->in_installed && p->out_installed)
			return true;
	return false;
}

enum sa_session_state sa_session(const struct sa *sa, uint32_t conn)
{
	const struct conn *c = conn_by_id(sa->conns, conn);
	const struct engine_ike_info *ike = NULL;
	bool pair = conn_has_pair(sa, conn);

	for (size_t i = 0; c && i < c->peer_count && !(ike && ike->established); i++)
		ike = engine_ike_by_peer(sa->engine, &c->peers[i]);
	if (ike && ike->established)
		return pair ? SA_SESSION_UP_ACTIVE : SA_SESSION_UP_IDLE;
	if (pair)
		return SA_SESSION_UP_NO_IKE;
	return ike ? SA_SESSION_DOWN_NEGOTIATING : SA_SESSION_DOWN;
}

const char *sa_session_text(enum sa_session_state s)
{
	static const char *const texts[] = {
		[SA_SESSION_DOWN] = "DOWN",
		[SA_SESSION_DOWN_NEGOTIATING] = "DOWN-NEGOTIATING",
		[SA_SESSION_UP_IDLE] = "UP-IDLE",
		[SA_SESSION_UP_NO_IKE] = "UP-NO-IKE",
		[SA_SESSION_UP_ACTIVE] = "UP-ACTIVE",
	};

	return texts[s];
}

void sa_stats(const struct sa *sa, struct sa_stats *out)
{
	*out = (struct sa_stats){.pairs = order_count(sa->pairs),
				 .larval = table_count(sa->larval_by_spi),
				 .acquires = sa->acquires,
				 .refused_requests = sa->refused};
	history_counts(sa->history, &out->births, &out->births_overwritten, &out->graves,
		       &out->graves_overwritten);
}
