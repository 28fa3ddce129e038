/*
 * How a pair leaves the kernel: by the engine's SA_DELETE, or by whoever calls sa_entry_delete(). It stops
 * sending first; where a fresh pair has taken over, its inbound half lingers for what was on its way. What
 * may fail is asked for again: an entry goes when the kernel has confirmed.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "sa/sa_internal.h"

static enum sa_death death_of(enum engine_reason why)
{
	switch (why) {
	case ENGINE_WHY_REPLACED:
		return SA_DEATH_REKEYED;
	case ENGINE_WHY_PEER_DELETE:
		return SA_DEATH_PEER_DELETE;
	case ENGINE_WHY_OPERATOR:
		return SA_DEATH_CLEARED;
	case ENGINE_WHY_DPD:
		return SA_DEATH_DPD;
	case ENGINE_WHY_INITIAL_CONTACT:
		return SA_DEATH_INITIAL_CONTACT;
	case ENGINE_WHY_TIMEOUT:
	case ENGINE_WHY_AUTH:
		return SA_DEATH_IKE_GONE;
	case ENGINE_WHY_CONFIG:
		return SA_DEATH_CONFIG;
	case ENGINE_WHY_STOP:
		return SA_DEATH_STOP;
	case ENGINE_WHY_LIFETIME:
		return SA_DEATH_EXPIRED_TIME;
	case ENGINE_WHY_LOCAL_ERROR:
		return SA_DEATH_INSTALL_FAILED;
	default:
		return SA_DEATH_OWN_DELETE;
	}
}

/* An SPI that was negotiated and never installed: the peer may believe in it, so the grave knows. */
void sa_larval_drop(struct sa_larval *l)
{
	const struct conn *c = conn_by_id(l->sa->conns, l->conn);
	const struct conn_child *child = c ? conn_child(c, l->child) : NULL;
	struct life birth = {.born_wall_ms = clock_wall_ms(),
			     .local.addr = l->local,
			     .peer.addr = l->remote,
			     .proto = l->proto,
			     .spi_in = l->spi,
			     .reqid = child ? child->reqid : 0};
	struct life *life = history_born(l->sa->history, &birth);

	if (life)
		history_died(l->sa->history, life, SA_DEATH_LARVAL, clock_wall_ms(),
			     loop_now(l->sa->loop), NULL, 0);
	sa_larval_free(l);
}

struct deletion {
	struct anchor *anchor;
	uint32_t spi_in;
	bool in;
};

/* What could not be asked for, for want of memory, or had no answer, is asked for again. */
#define DELETE_AGAIN_MS 1000
/* What the peer sent before it changed over to the fresh pair comes within that time, in whatever
 * order the network leaves it. */
#define LINGER_MS 3000

static void deletion_go_on(struct sa_entry *e)
{
	if (e->deleting || e->lingers)
		return;
	if (e->in_kernel || e->out_kernel)
		loop_timer_set(&e->hard, DELETE_AGAIN_MS);
	else
		sa_entry_over(e);
}

/* Without an answer nothing is known of the SA, without memory nothing was done: it is asked for again. What the kernel refuses it does not do the second time either: it stays, and was said. */
static bool deletion_failed(struct sa *sa, int err)
{
	if (err && err != -ESRCH && err != -ECANCELED)
		log_say(sa->log, NULL, KERNEL_REFUSED, "delete an SA", strerror(-err));
	return err == -ETIMEDOUT || err == -ENOMEM || err == -ENOBUFS;
}

static void deletion_done(void *arg, int err)
{
	struct deletion *d = arg;
	struct sa *sa = anchor_get(d->anchor);
	struct sa_entry *e = sa ? sa_entry_by_in(sa, d->spi_in) : NULL;
	bool failed = sa && deletion_failed(sa, err);

	if (e && !failed) {
		*(d->in ? &e->pub.in_installed : &e->pub.out_installed) = false;
		*(d->in ? &e->in_kernel : &e->out_kernel) = false;
	}
	if (e) {
		e->deleting--;
		deletion_go_on(e);
	}
	anchor_unref(d->anchor);
	alloc_free(d);
}

static void delete_part(struct sa_entry *e, bool in)
{
	struct xfrm_sa_id id = in ? sa_id_in(&e->pub) : sa_id_out(&e->pub);
	struct deletion *d = (in ? e->in_kernel : e->out_kernel) ? alloc_zero(sizeof(*d)) : NULL;

	if (!d)
		return;
	*d = (struct deletion){e->sa->anchor, e->pub.spi_in, in};
	if (e->sa->kernel->sa_delete(e->sa->kernel_ctx, &id, deletion_done, d)) {
		alloc_free(d);
		return;
	}
	anchor_ref(d->anchor);
	e->deleting++;
}

static void entry_dies(struct sa_entry *e, enum sa_death why)
{
	if (e->why == SA_DEATH_NONE)
		e->why = why;
	e->dying = true;
	loop_timer_stop(&e->soft);
	loop_timer_stop(&e->hard);
}

void sa_entry_delete(struct sa_entry *e, enum sa_death why)
{
	if (e->deleting && !e->lingers)
		return;
	e->lingers = false;
	entry_dies(e, why);
	sa_bury(e->sa, e, e->why, NULL, 0);
	/* Outbound first: we stop sending before we stop understanding. */
	delete_part(e, false);
	delete_part(e, true);
	deletion_go_on(e);
}

/* Another pair of that Child carries its traffic both ways. */
static bool child_has_another(const struct sa_entry *e)
{
	for (const struct sa_pair *p = NULL; (p = sa_pair_next_of(e->sa, e->pub.conn, p));) {
		const struct sa_entry *o = list_entry(p, const struct sa_entry, pub);

		if (o != e && p->child == e->pub.child && p->in_installed && p->out_installed &&
		    !o->dying && !o->silent)
			return true;
	}
	return false;
}

/* It ends because something took its place, or by the peer's wish; not by a person's, whose clear
 * means now. */
static bool gives_way(enum engine_reason why)
{
	return why == ENGINE_WHY_REPLACED || why == ENGINE_WHY_PEER_DELETE ||
	       why == ENGINE_WHY_LIFETIME || why == ENGINE_WHY_DUPLICATE ||
	       why == ENGINE_WHY_INITIAL_CONTACT;
}

/* We stop sending with it now and understand it for a while yet: its grave is dug when it goes from
 * the kernel. Without a timer it goes now. */
static void entry_linger(struct sa_entry *e, enum sa_death why)
{
	entry_dies(e, why);
	if (loop_timer_set(&e->hard, LINGER_MS)) {
		sa_entry_delete(e, why);
		return;
	}
	e->lingers = e->silent = true;
	delete_part(e, false);
}

static void entry_end(struct sa_entry *e, enum engine_reason why)
{
	if (gives_way(why) && e->lingers)
		return;
	if (gives_way(why) && !e->dying && e->pub.in_installed && child_has_another(e))
		entry_linger(e, death_of(why));
	else
		sa_entry_delete(e, death_of(why));
}

/* The engine is about to tell the peer that the pair ends: we stop sending with it first, and listen
 * until the rest of it is taken away. The answer comes when the kernel has done it, so that the peer
 * hears of it after our last packet. */
struct silence {
	struct anchor *anchor;
	uint32_t token, spi_in;
};

static void silence_done(void *arg, int err)
{
	struct silence *s = arg;
	struct sa *sa = anchor_get(s->anchor);
	struct sa_entry *e = sa ? sa_entry_by_in(sa, s->spi_in) : NULL;
	bool gone = !err || err == -ESRCH;

	if (e && gone)
		e->pub.out_installed = false;
	else if (e)
		e->out_kernel = true; /* the deletion of the whole pair tries again */
	if (sa)
		sa_answer(sa, s->token, gone ? 0 : err);
	anchor_unref(s->anchor);
	alloc_free(s);
}

static bool serve_silence(struct sa *sa, const struct engine_msg *m, struct sa_entry *e)
{
	struct xfrm_sa_id id = sa_id_out(&e->pub);
	struct silence *s = alloc_zero(sizeof(*s));
	int err;

	if (!s)
		return sa_refuse(sa, m, -ENOMEM, "no memory");
	*s = (struct silence){sa->anchor, m->token, e->pub.spi_in};
	err = sa->kernel->sa_delete(sa->kernel_ctx, &id, silence_done, s);
	if (err) {
		alloc_free(s);
		return sa_refuse(sa, m, err, "the kernel cannot be asked");
	}
	anchor_ref(s->anchor);
	e->silent = true;
	e->out_kernel = false; /* that it goes is our doing */
	loop_timer_stop(&e->soft);
	return true;
}

bool sa_serve_delete(struct sa *sa, const struct engine_msg *m)
{
	struct sa_entry *e = sa_entry_by_in(sa, m->sa.spi_in);
	struct sa_larval *l = sa_larval_find(sa, m->sa.spi_in);

	if (e && m->sa.parts == ENGINE_PART_OUT && e->out_kernel && !e->dying)
		return serve_silence(sa, m, e);
	sa_answer(sa, m->token, e || l ? 0 : -ESRCH);
	if (m->sa.parts == ENGINE_PART_OUT)
		return true; /* there is none that sends */
	if (l)
		sa_larval_delete(l);
	if (e)
		entry_end(e, m->sa.why);
	return true;
}
