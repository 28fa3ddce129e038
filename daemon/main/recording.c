#include "main/recording.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "conn/conn.h"
#include "engine/router.h"
#include "ike/wire/wire.h"
#include "recovery/recovery.h"
#include "sa/sa.h"
#include "spi/spi.h"
#include "xfrm/xfrm.h"

/* Flows are told again and again; of each the last thing said is remembered, by its number. */
#define FLOWS 4096

struct recording {
	struct recorder *recorder;
	struct conn_table *conns;
	struct engine *engine;
	struct xfrm *xfrm;
	struct sa *sa;
	struct said {
		uint32_t id;
		uint8_t verdict;
		bool persistent;
	} said[FLOWS];
	uint32_t touched;
	char first_path[96];
};

/* ---- words --------------------------------------------------------------------------------------- */

static const char *reason_name(uint64_t v)
{
	return engine_reason_text((enum engine_reason)v);
}

static const char *death_name(uint64_t v)
{
	return sa_death_text((enum sa_death)v);
}

static const char *gone_name(uint64_t v)
{
	static const char *const names[] = {[XFRM_GONE_DELETED] = "deleted",
					    [XFRM_GONE_FLUSHED] = "flushed",
					    [XFRM_GONE_EXPIRED_TIME] = "its time ended",
					    [XFRM_GONE_EXPIRED_VOLUME] = "its volume ended",
					    [XFRM_GONE_MISSED] = "found missing"};

	return v < sizeof(names) / sizeof(names[0]) ? names[v] : NULL;
}

static const char *verdict_name(uint64_t v)
{
	return v < SPI_VERDICT_COUNT ? spi_verdict_text((enum spi_verdict)v) : NULL;
}

static const char *row_name(uint64_t v)
{
	return v <= RECOVERY_ROW_SETTLED ? recovery_row_text((enum recovery_row)v) : NULL;
}

static const char *act_name(uint64_t v)
{
	return v <= RECOVERY_ACT_REFUSE ? recovery_act_text((enum recovery_act)v) : NULL;
}

static const char *result_name(uint64_t v)
{
	return v <= RECOVERY_GAVE_UP ? recovery_result_text((enum recovery_result)v) : NULL;
}

static const char *exchange_name(uint64_t v)
{
	return ike_exchange_name((uint8_t)v);
}

static const char *payload_name(uint64_t v)
{
	return ike_payload_name((uint8_t)v);
}

static const char *notify_name(uint64_t v)
{
	return v <= UINT16_MAX ? ike_notify_name((uint16_t)v) : NULL;
}

const struct recorder_names recording_names = {.reason = reason_name,
					       .death = death_name,
					       .gone = gone_name,
					       .verdict = verdict_name,
					       .row = row_name,
					       .act = act_name,
					       .result = result_name,
					       .exchange = exchange_name,
					       .payload = payload_name,
					       .notify = notify_name};

/* ---- who is a peer ------------------------------------------------------------------------------- */

static bool known(void *ctx, const struct addr *a)
{
	const struct recording *rec = ctx;
	const struct engine_ike_info *ike;

	if (conn_next_by_peer(rec->conns, a, NULL))
		return true;
	ike = engine_ike_by_peer(rec->engine,
				 a); /* one that is in no list, but has proved who it is */
	return ike && ike->established;
}

/* ---- the engine ---------------------------------------------------------------------------------- */

static void ike_event(struct recording *rec, const struct engine_msg *m)
{
	const struct engine_ike_event *e = &m->ike;
	struct recorder_note n = {.peer = &e->remote.addr,
				  .n = {e->ike, e->initiator, e->why, e->spi_i, e->spi_r}};

	if (e->listed)
		return; /* it was there before */
	n.id = RECORD_IKE_UP;
	if (m->type == ENGINE_IKE_REKEYED) {
		n.id = RECORD_IKE_REKEYED;
		n.n[1] = e->old;
	} else if (m->type == ENGINE_IKE_DOWN) {
		n.id = RECORD_IKE_DOWN;
		n.n[1] = e->notify;
	}
	recorder_note(rec->recorder, &n);
}

/* Of a Child event: by its pair, or by its IKE SA. */
static const struct addr *child_peer(const struct recording *rec,
				     const struct engine_child_event *e)
{
	const struct sa_pair *p = sa_pair_by_spi_in(rec->sa, e->spi_in);
	const struct engine_ike_info *ike = engine_ike_by_handle(rec->engine, e->ike);

	return p ? &p->remote.addr : ike ? &ike->e.remote.addr : NULL;
}

static void child_event(struct recording *rec, const struct engine_msg *m)
{
	const struct engine_child_event *e = &m->child;
	struct recorder_note n = {.id = RECORD_CHILD_DOWN,
				  .peer = child_peer(rec, e),
				  .spi = e->spi_in,
				  .n = {e->spi_in, e->spi_out, e->why, e->notify}};

	if (m->type == ENGINE_CHILD_REKEYED) {
		n.id = RECORD_CHILD_REKEYED;
		n.n[0] = e->initiator;
		n.n[1] = e->spi_in;
		n.n[2] = e->spi_out;
		n.n[3] = e->old_spi_in;
	}
	recorder_note(rec->recorder, &n);
}

static void notify_event(struct recording *rec, const struct engine_peer_notify *e)
{
	const struct recorder_note n = {.id = RECORD_PEER_NOTIFY,
					.peer = &e->peer.addr,
					.spi = e->spi,
					.stranger = !e->is_protected,
					.n = {e->notify, e->is_protected, e->spi}};

	recorder_note(rec->recorder, &n);
}

static void engine_event(void *ctx, const struct engine_msg *m)
{
	switch (m->type) {
	case ENGINE_IKE_UP:
	case ENGINE_IKE_REKEYED:
	case ENGINE_IKE_DOWN:
		ike_event(ctx, m);
		break;
	case ENGINE_CHILD_REKEYED:
	case ENGINE_CHILD_DOWN:
		child_event(ctx, m);
		break;
	case ENGINE_PEER_NOTIFY:
		notify_event(ctx, &m->notify);
		break;
	default:
		break;
	}
}

static void engine_records(void *ctx, const struct engine_records *records)
{
	const struct recording *rec = ctx;

	recorder_take(rec->recorder, (struct view){records->bytes, records->len}, records->lost);
}

static void engine_up(void *ctx)
{
	const struct recording *rec = ctx;
	struct recorder_note n = {.id = RECORD_ENGINE_UP};

	for (const struct engine_ike_info *i = NULL; (i = engine_ike_next(rec->engine, i));)
		n.n[0] += i->established;
	recorder_note(rec->recorder, &n);
}

static void engine_down(void *ctx)
{
	const struct recording *rec = ctx;

	recorder_note(rec->recorder, &(struct recorder_note){.id = RECORD_ENGINE_DOWN});
}

static const struct engine_ops engine_listener = {
	.event = engine_event, .records = engine_records, .up = engine_up, .down = engine_down};

/* ---- pairs --------------------------------------------------------------------------------------- */

static void pair_up(void *ctx, const struct sa_pair *p)
{
	const struct recording *rec = ctx;
	const struct recorder_note n = {
		.id = RECORD_SA_UP,
		.peer = &p->remote.addr,
		.spi = p->spi_in,
		.n = {p->spi_in, p->spi_out, p->initiator, p->why, p->replaces},
		.text = p->conn_name};

	recorder_note(rec->recorder, &n);
}

static const char *author_name(const struct xfrm_author *by)
{
	return by->name[0] ? by->name : "another program";
}

static void pair_lost(void *ctx, const struct sa_pair *p, bool in, bool out, enum sa_death why,
		      const struct xfrm_author *by)
{
	const struct recording *rec = ctx;
	bool foreign = by && (why == SA_DEATH_FOREIGN || why == SA_DEATH_FLUSHED);
	const struct recorder_note n = {.id = RECORD_SA_LOST,
					.peer = &p->remote.addr,
					.spi = p->spi_in,
					.n = {p->spi_in, p->spi_out,
					      (uint64_t)in | (uint64_t)out << 1, why, foreign,
					      foreign ? by->pid : 0},
					.text = foreign ? author_name(by) : NULL};

	recorder_note(rec->recorder, &n);
}

static void pair_gone(void *ctx, const struct sa_pair *p, enum sa_death why)
{
	const struct recording *rec = ctx;
	const struct recorder_note n = {.id = RECORD_SA_GONE,
					.peer = &p->remote.addr,
					.spi = p->spi_in,
					.n = {p->spi_in, p->spi_out, why}};

	recorder_note(rec->recorder, &n);
}

/* Start's adoption is through: what did not come through it. */
static void sa_is_ready(void *ctx)
{
	const struct recording *rec = ctx;
	struct sa_history h;
	uint64_t cursor = 0;

	while (sa_away_next(rec->sa, &cursor, &h))
		recorder_note(rec->recorder, &(struct recorder_note){.id = RECORD_SA_AWAY,
								     .peer = &h.peer,
								     .spi = h.spi_in,
								     .n = {h.spi_in}});
}

static const struct sa_ops sa_listener = {
	.pair_up = pair_up, .pair_lost = pair_lost, .pair_gone = pair_gone, .ready = sa_is_ready};

/* ---- the kernel ---------------------------------------------------------------------------------- */

enum who { WHO_ANOTHER, WHO_US, WHO_KERNEL };

static enum who who_is(const struct xfrm_author *by)
{
	if (!by || (!by->pid && !by->seq))
		return WHO_KERNEL;
	return by->own ? WHO_US : WHO_ANOTHER;
}

/* Which end is not ours. */
static const struct addr *sa_peer(const struct recording *rec, const struct xfrm_sa *sa)
{
	const struct conn *c = conn_by_reqid(rec->conns, sa->reqid, NULL);

	if (c)
		return addr_equal(&c->local, &sa->src) ? &sa->id.dst : &sa->src;
	return conn_next_by_peer(rec->conns, &sa->id.dst, NULL) ? &sa->id.dst : &sa->src;
}

static void note_sa(const struct recording *rec, struct recorder_note *n, const struct xfrm_sa *sa,
		    const struct xfrm_author *by)
{
	n->peer = sa_peer(rec, sa);
	n->spi = sa->id.spi;
	n->addr = &sa->id.dst;
	n->n[1] = who_is(by);
	n->n[2] = by ? by->pid : 0;
	n->text = n->n[1] == WHO_ANOTHER ? author_name(by) : NULL;
	recorder_note(rec->recorder, n);
}

/* What a dump finds is no change. */
static void kernel_sa_new(void *ctx, const struct xfrm_sa *sa)
{
	const struct recording *rec = ctx;
	struct recorder_note n = {.id = RECORD_XFRM_NEW, .n = {sa->larval}};

	if (xfrm_synced(rec->xfrm))
		note_sa(rec, &n, sa, &sa->author);
}

static void kernel_sa_changed(void *ctx, const struct xfrm_sa *sa)
{
	struct recorder_note n = {.id = RECORD_XFRM_CHANGED};

	if (!sa->author.own) /* ours: the larval one became whole, which the pair's birth says */
		note_sa(ctx, &n, sa, &sa->author);
}

static void kernel_sa_gone(void *ctx, const struct xfrm_sa *sa, enum xfrm_gone why,
			   const struct xfrm_author *by)
{
	struct recorder_note n = {.id = RECORD_XFRM_GONE,
				  .n = {why, 0, 0, sa->counters.packets, sa->larval}};

	note_sa(ctx, &n, sa, by);
}

static void kernel_sa_soft(void *ctx, const struct xfrm_sa *sa)
{
	const struct recording *rec = ctx;
	const struct recorder_note n = {.id = RECORD_XFRM_SOFT,
					.peer = sa_peer(rec, sa),
					.spi = sa->id.spi,
					.addr = &sa->id.dst,
					.n = {sa->counters.packets, sa->counters.bytes}};

	recorder_note(rec->recorder, &n);
}

static void kernel_acquire(void *ctx, const struct selector *sel, uint32_t reqid, uint32_t seq)
{
	const struct recording *rec = ctx;
	const struct conn *c = conn_by_reqid(rec->conns, reqid, NULL);
	char text[SELECTOR_STRLEN];
	const struct recorder_note n = {.id = RECORD_XFRM_ACQUIRE,
					.peer = c ? conn_current_peer(c) : NULL,
					.n = {reqid},
					.text = selector_format(sel, text)};

	(void)seq;
	recorder_note(rec->recorder, &n);
}

static void kernel_mapping(void *ctx, const struct xfrm_sa_id *id, const struct endpoint *from)
{
	const struct recording *rec = ctx;
	const struct sa_pair *p = sa_pair_by_spi_in(rec->sa, id->spi);
	const struct recorder_note n = {.id = RECORD_XFRM_MAPPING,
					.peer = p ? &p->remote.addr : &from->addr,
					.spi = id->spi,
					.addr = &from->addr,
					.n = {from->port}};

	recorder_note(rec->recorder, &n);
}

/* Our own follow the configuration, whose commit is noted: thousands may change by one. */
static void note_policy(const struct recording *rec, enum recorder_id id,
			const struct xfrm_policy *p, const struct xfrm_author *by)
{
	char text[SELECTOR_STRLEN];
	const struct recorder_note n = {
		.id = id,
		.peer = &p->tunnel_remote,
		.n = {p->dir, p->reqid, who_is(by) == WHO_US},
		.text = selector_format(&p->selector, text),
	};

	if (!n.n[2] && xfrm_synced(rec->xfrm))
		recorder_note(rec->recorder, &n);
}

static void kernel_policy_new(void *ctx, const struct xfrm_policy *p)
{
	note_policy(ctx, RECORD_XFRM_POLICY_NEW, p, &p->author);
}

static void kernel_policy_gone(void *ctx, const struct xfrm_policy *p, const struct xfrm_author *by)
{
	note_policy(ctx, RECORD_XFRM_POLICY_GONE, p, by);
}

static const struct xfrm_watch_ops xfrm_listener = {.sa_new = kernel_sa_new,
						    .sa_changed = kernel_sa_changed,
						    .sa_gone = kernel_sa_gone,
						    .sa_soft = kernel_sa_soft,
						    .acquire = kernel_acquire,
						    .mapping = kernel_mapping,
						    .policy_new = kernel_policy_new,
						    .policy_gone = kernel_policy_gone};

/* ---- packets with unknown SPIs -------------------------------------------------------------------- */

/* Once ours: not forged by chance. All else anybody can send, in any peer's name. */
static void note_flow(const struct recording *rec, const struct spi_flow *f)
{
	const struct sa_history *h = &f->history;
	struct recorder_note n = {.id = RECORD_SPI_SEEN,
				  .peer = &f->src,
				  .spi = f->spi,
				  .addr = &f->dst,
				  .stranger = f->verdict != SPI_ONCE_OURS,
				  .n = {f->verdict, f->first_seq, f->encap ? f->sport : 0, f->id}};

	if (!n.stranger) {
		n.id = RECORD_SPI_ONCE_OURS;
		n.n[0] = h->why;
		n.n[1] = h->died_wall_ms && h->died_wall_ms < f->first_wall_ms
				 ? f->first_wall_ms - h->died_wall_ms
				 : 0;
		n.n[2] = f->first_seq;
	}
	recorder_note(rec->recorder, &n);
}

static void note_persistent(const struct recording *rec, const struct spi_flow *f)
{
	const struct recorder_note n = {.id = RECORD_SPI_PERSISTENT,
					.peer = &f->src,
					.spi = f->spi,
					.addr = &f->dst,
					.stranger = f->verdict != SPI_ONCE_OURS,
					.n = {f->verdict, f->count, f->id}};

	recorder_note(rec->recorder, &n);
}

static void flow(void *ctx, const struct spi_flow *f)
{
	struct recording *rec = ctx;
	struct said *s = &rec->said[f->id % FLOWS];

	if (s->id != f->id)
		*s = (struct said){.id = f->id, .verdict = SPI_PENDING};
	if (f->verdict != s->verdict)
		note_flow(rec, f);
	if (f->persistent && !s->persistent)
		note_persistent(rec, f);
	s->verdict = (uint8_t)f->verdict;
	s->persistent = f->persistent;
}

static const struct spi_ops spi_listener = {.flow = flow};

/* ---- recovery -------------------------------------------------------------------------------------- */

/* To count, wait, refuse or call it forged is what any forged packet leads to; steps are paced. */
static bool act_is_cheap(enum recovery_act act)
{
	return act == RECOVERY_ACT_COUNT || act == RECOVERY_ACT_WAIT ||
	       act == RECOVERY_ACT_REFUSE || act == RECOVERY_ACT_MARK_FORGED;
}

static void decided(void *ctx, const struct recovery_decision *d)
{
	const struct recording *rec = ctx;
	const struct recorder_note n = {.id = RECORD_DECISION,
					.peer = &d->peer,
					.spi = d->spi,
					.stranger = act_is_cheap(d->act),
					.n = {d->row, d->act, d->flow},
					.text = d->words};

	recorder_note(rec->recorder, &n);
}

static void outcome(void *ctx, const struct recovery_outcome *o)
{
	const struct recording *rec = ctx;
	const struct recorder_note n = {.id = RECORD_RECOVERY_RESULT,
					.peer = &o->peer,
					.spi = o->spi,
					.stranger = o->result == RECOVERY_REFUSED,
					.n = {o->result, o->took_ms, o->flow},
					.text = o->words};

	recorder_note(rec->recorder, &n);
}

static const struct recovery_ops recovery_listener = {.decided = decided, .outcome = outcome};

/* ---- commits ---------------------------------------------------------------------------------------- */

void recording_touched(struct recording *rec, const char *path)
{
	if (rec && !rec->touched++)
		text_copy(rec->first_path, sizeof(rec->first_path), path);
}

void recording_committed(struct recording *rec)
{
	if (!rec || !rec->touched)
		return;
	recorder_note(rec->recorder, &(struct recorder_note){.id = RECORD_COMMIT,
							     .n = {rec->touched},
							     .text = rec->first_path});
	rec->touched = 0;
}

void recording_aborted(struct recording *rec)
{
	if (rec)
		rec->touched = 0;
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct recording *recording_new(struct recorder *r, struct conn_table *conns, struct engine *engine,
				struct xfrm *xfrm, struct sa *sa)
{
	struct recording *rec = alloc_zero(sizeof(*rec));

	if (!rec)
		return NULL;
	rec->recorder = r;
	rec->conns = conns;
	rec->engine = engine;
	rec->xfrm = xfrm;
	rec->sa = sa;
	if (engine_listen(engine, &engine_listener, rec) || sa_listen(sa, &sa_listener, rec) ||
	    xfrm_watch(xfrm, &xfrm_listener, rec)) {
		alloc_free(rec);
		return NULL;
	}
	recorder_set_known(r, known, rec);
	return rec;
}

void recording_free(struct recording *rec)
{
	if (rec)
		recorder_set_known(rec->recorder, NULL, NULL);
	alloc_free(rec);
}

int recording_spi(struct recording *rec, struct spi *spi)
{
	return spi_listen(spi, &spi_listener, rec);
}

int recording_recovery(struct recording *rec, struct recovery *recovery)
{
	return recovery_listen(recovery, &recovery_listener, rec);
}
