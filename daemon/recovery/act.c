/*
 * Carrying an action out: an exchange through the engine, then the watch over the replacement: each
 * 50 ms its inbound half is asked for its first packet. Success is a packet decrypted, not an answer.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "recovery/recovery_internal.h"

#define PROBE_EACH_MS	50
#define SILENT_AFTER_MS 3000
#define NO_ANSWER_MS	5000

static struct ticket *ticket_new(struct attempt *a)
{
	struct ticket *t = alloc_zero(sizeof(*t));

	if (!t)
		return NULL;
	list_init(&t->link);
	t->anchor = anchor_ref(a->r->anchor);
	t->spi = a->spi;
	t->number = ++a->ticket;
	t->peer = a->peer;
	return t;
}

static void ticket_free(struct ticket *t)
{
	if (!t)
		return;
	list_remove(&t->link);
	anchor_unref(t->anchor);
	alloc_free(t);
}

static struct attempt *ticket_redeem(struct ticket *t)
{
	struct recovery *r = anchor_get(t->anchor);
	struct attempt *a = r ? attempt_find(r, t->spi, &t->peer) : NULL;
	bool current = a && a->ticket == t->number;

	ticket_free(t);
	return current ? a : NULL;
}

/* Those that the engine still holds. */
void tickets_free(struct recovery *r)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &r->tickets)
	{
		struct ticket *t = list_entry(it, struct ticket, link);

		engine_forget(r->engine, t);
		ticket_free(t);
	}
}

static const struct spi_flow *flow_of(const struct attempt *a)
{
	return a->flow ? spi_flow_find(a->r->spi, a->flow) : NULL;
}

const char *attempt_cause(const struct attempt *a)
{
	struct sa_history h;

	if (sa_history(a->r->sa, &a->dst, a->proto, a->spi, &h) && h.dead)
		return sa_death_text(h.why);
	return flow_of(a) ? spi_verdict_text(flow_of(a)->verdict) : "not known";
}

static struct log_about about(const struct attempt *a)
{
	return (struct log_about){.peer = a->peer, .spi = a->spi, .cause = attempt_cause(a)};
}

static void say_start(struct attempt *a, const char *cause, const char *action)
{
	struct log_about ab = about(a);
	char peer[ADDR_STRLEN];

	if (a->started_said)
		return;
	a->started_said = true;
	log_say(a->r->log, &ab, RECOVERY_START, addr_format(&a->peer, peer), a->spi, a->spi, cause,
		action);
}

/* ---- the old pair goes -------------------------------------------------------------------------- */

static void retire_old(struct attempt *a)
{
	struct engine_msg m = {
		.type = ENGINE_DELETE_SPI,
		.delete_spi = {.peer = a->peer, .protocol = IKE_PROTO_ESP, .spi = a->spi}};
	const struct sa_pair *old = sa_pair_by_spi_in(a->r->sa, a->spi);

	if (old && !old->ike)
		sa_retire(a->r->sa, a->spi, SA_DEATH_REKEYED);
	if (!a->delete_due)
		return;
	a->delete_due = false;
	engine_request(a->r->engine, &m, NULL, NULL); /* an empty answer is normal */
}

/* ---- the watch over the replacement --------------------------------------------------------------- */

static void over(struct attempt *a, enum recovery_result result, const char *words, uint64_t end_ms)
{
	uint64_t took = end_ms - a->began_ms;
	struct log_about ab = about(a);
	char peer[ADDR_STRLEN];

	addr_format(&a->peer, peer);
	if (result == RECOVERY_SUCCESS)
		log_say(a->r->log, &ab, RECOVERY_DONE, peer, (unsigned long long)took, a->spi,
			a->spi, a->new_spi, a->new_spi);
	else if (result == RECOVERY_SILENT)
		log_say(a->r->log, &ab, RECOVERY_SILENT, peer, a->spi, a->spi, a->new_spi,
			a->new_spi);
	peer_result(a, result, words, took);
	a->words = words;
	if (sa_pair_by_spi_in(a->r->sa, a->new_spi))
		retire_old(a);
	a->cured |= result == RECOVERY_SUCCESS;
	a->new_spi = 0;
	a->heard_ms = 0;
	a->started_said = false;
	a->quiet_from_ms = loop_now(a->r->loop) + a->r->cfg.grace_ms;
}

void attempt_no_cause(struct attempt *a, const char *words)
{
	struct log_about ab = about(a);
	char peer[ADDR_STRLEN];

	if (a->steps)
		log_say(a->r->log, &ab, RECOVERY_NO_CAUSE, addr_format(&a->peer, peer), a->spi,
			a->spi, words);
	over(a, RECOVERY_GAVE_UP, words, loop_now(a->r->loop));
}

/* Did the peer certainly send with this SPI, so that a packet on the replacement is the cure? It was
 * ours and was lost, or the peer named its half. Anyone can send the rest, and its traffic on the
 * fresh pair says nothing about them. So with an SPI that comes back after its cure. */
static bool is_proven(const struct attempt *a)
{
	struct sa_history h;

	if (a->cured)
		return false;
	if (!a->flow || a->delete_paired)
		return true;
	return sa_history(a->r->sa, &a->dst, a->proto, a->spi, &h) && h.born &&
	       !(h.dead && recovery_death_is_retired(h.why));
}

static uint64_t confirm_ms(const struct spi_flow *f)
{
	uint64_t gap = f && f->count > 1 ? (f->last_ms - f->first_ms) / (f->count - 1) : 0;

	if (4 * gap <= RECOVERY_CONFIRM_MS)
		return RECOVERY_CONFIRM_MS;
	return 4 * gap < RECOVERY_CONFIRM_MAX_MS ? 4 * gap : RECOVERY_CONFIRM_MAX_MS;
}

/* The peer said that it does not know the SPI, and nobody has used it since. */
static bool was_denied(const struct attempt *a, const struct spi_flow *f)
{
	return a->delete_sent && !a->delete_paired && (!f || f->last_ms <= a->answered_ms);
}

static const char decrypted[] = "the first packet was decrypted on the replacement";

static void confirm(struct attempt *a)
{
	const struct spi_flow *f = flow_of(a);
	uint64_t now = loop_now(a->r->loop), end = a->heard_ms + confirm_ms(f);

	if (f && f->last_ms > a->heard_ms + a->r->cfg.grace_ms) {
		attempt_no_cause(a, "its pair was replaced, and packets with it still come");
	} else if (now < end) {
		loop_timer_set(&a->look, end - now);
		return;
	} else if (was_denied(a, f)) {
		attempt_no_cause(a, "the peer does not know it, and no more packets came");
	} else {
		over(a, RECOVERY_SUCCESS, decrypted, a->heard_ms);
	}
	loop_timer_set(&a->look, RECOVERY_SETTLE_MS);
}

static void heard(struct attempt *a)
{
	uint64_t now = loop_now(a->r->loop);

	if (is_proven(a)) {
		over(a, RECOVERY_SUCCESS, decrypted, now);
		return;
	}
	retire_old(a);
	a->heard_ms = now;
	loop_timer_set(&a->look, RECOVERY_CONFIRM_MS);
}

static void probe_done(void *arg, int err, const struct xfrm_sa *sa)
{
	struct attempt *a = ticket_redeem(arg);

	if (!a)
		return;
	a->probing = false;
	if (!a->new_spi || a->heard_ms)
		return;
	if (!err && sa->counters.packets)
		heard(a);
	else if (loop_now(a->r->loop) - a->up_ms >= SILENT_AFTER_MS)
		over(a, RECOVERY_SILENT, "replacement up, no packet yet", loop_now(a->r->loop));
}

static void probe(struct attempt *a)
{
	struct ticket *t;

	if (a->probing || !(t = ticket_new(a)))
		return;
	a->probing = !sa_probe(a->r->sa, a->new_spi, probe_done, t);
	if (!a->probing) {
		ticket_free(t);
		if (loop_now(a->r->loop) - a->up_ms >= SILENT_AFTER_MS)
			over(a, RECOVERY_SILENT, "the replacement went again",
			     loop_now(a->r->loop));
	}
}

static void look(void *arg)
{
	struct attempt *a = arg;

	if (a->heard_ms) {
		confirm(a);
		return;
	}
	if (!a->new_spi) {
		recovery_look(a);
		return;
	}
	probe(a);
	if (!a->heard_ms)
		loop_timer_set(&a->look, a->new_spi ? PROBE_EACH_MS : RECOVERY_SETTLE_MS);
}

bool attempt_watching(const struct attempt *a)
{
	return a->new_spi;
}

/* ---- exchanges ---------------------------------------------------------------------------------------- */

static const char *failure_words(int result)
{
	switch (result) {
	case -EPIPE:
		return "the IKE process restarted";
	case -ETIMEDOUT:
		return "the peer does not answer";
	case -EACCES:
		return "the peer refused";
	case -ENOTCONN:
		return "the IKE SA ended";
	case -ENOENT:
		return "the Child SA is not there any more";
	default:
		return "the exchange failed";
	}
}

static void failed(struct attempt *a, const char *words)
{
	struct log_about ab = about(a);
	char peer[ADDR_STRLEN];

	log_say(a->r->log, &ab, RECOVERY_FAILED, addr_format(&a->peer, peer), a->spi, a->spi,
		words);
	peer_result(a, RECOVERY_GAVE_UP, words, loop_now(a->r->loop) - a->began_ms);
	a->words = words;
	a->started_said = false;
	loop_timer_set(&a->look, RECOVERY_SETTLE_MS);
}

static void attempt_send(struct attempt *a, struct engine_msg *m);

/* The engine has no such Child any more: make one of the connection. */
static void create_instead(struct attempt *a)
{
	struct engine_msg m = {
		.type = ENGINE_CREATE_CHILD,
		.ref = {.conn = a->conn, .child = a->child, .why = ENGINE_WHY_RECOVERY}};

	a->act = RECOVERY_ACT_CREATE_CHILD;
	a->delete_due = a->then_delete;
	attempt_send(a, &m);
}

static void delete_answered(struct attempt *a, const struct engine_done *done)
{
	a->delete_sent = true;
	a->delete_paired = done->result ? 0 : done->spi;
	a->answered_ms = loop_now(a->r->loop);
	loop_timer_set(&a->look, 0);
}

static void replaced(struct attempt *a, const struct engine_done *done)
{
	const struct sa_pair *p = sa_pair_current(a->r->sa, a->conn, a->child);
	bool fresh = p && p->since_ms >= a->step_ms; /* an older one proves nothing */

	a->replaced = true;
	a->new_spi = done->spi ? done->spi : fresh ? p->spi_in : 0;
	a->up_ms = loop_now(a->r->loop);
	loop_timer_set(&a->look, a->new_spi ? 1 : RECOVERY_SETTLE_MS);
}

static void answered(void *arg, const struct engine_done *done)
{
	struct attempt *a = ticket_redeem(arg);

	if (!a)
		return;
	a->running = false;
	loop_timer_stop(&a->stuck);
	if (a->act == RECOVERY_ACT_DELETE_SPI)
		delete_answered(a, done);
	else if (done->result == -ENOENT && a->act == RECOVERY_ACT_REPLACE_CHILD)
		create_instead(a);
	else if (done->result)
		failed(a, failure_words(done->result));
	else
		replaced(a, done);
}

/* No answer for 5 s counts as no IKE SA: the peer may have lost that too. The engine goes on
 * retransmitting; its late answer is stale. */
static void stuck(void *arg)
{
	struct attempt *a = arg;
	struct recovery_peer_state *p = peer_state(a->r, a->conn, &a->peer);

	if (p && a->act != RECOVERY_ACT_INITIATE)
		p->stuck = true;
	attempt_stop(a);
	a->steps = 0;
	recovery_look(a);
}

void attempt_stop(struct attempt *a)
{
	loop_timer_stop(&a->stuck);
	a->running = a->probing = false;
	a->new_spi = 0;
	a->heard_ms = 0;
	a->ticket++;
}

static void attempt_send(struct attempt *a, struct engine_msg *m)
{
	struct ticket *t = ticket_new(a);
	int err = t ? engine_request(a->r->engine, m, answered, t) : -ENOMEM;

	if (err) {
		ticket_free(t);
		failed(a, failure_words(err));
		return;
	}
	list_append(&a->r->tickets, &t->link);
	a->running = true;
	if (a->act != RECOVERY_ACT_INITIATE && a->act != RECOVERY_ACT_JOIN)
		loop_timer_set(&a->stuck, NO_ANSWER_MS);
}

/* One datagram, unprotected: a hint that the peer may follow or not (RFC 7296 1.5). */
void attempt_notify(const struct attempt *a)
{
	struct engine_msg m = {.type = ENGINE_NOTIFY_SEND,
			       .notify_send = {.conn = a->conn, .peer = a->peer, .spi = a->spi}};

	engine_request(a->r->engine, &m, NULL, NULL);
}

/* The pair that REPLACE_CHILD is to take over from: the lost one while the engine has it, else the one
 * that is current. */
static uint32_t pair_to_replace(const struct attempt *a)
{
	const struct sa_pair *lost = sa_pair_by_spi_in(a->r->sa, a->spi);
	const struct sa_pair *p = lost && lost->ike ? lost
						    : sa_pair_current(a->r->sa, a->conn, a->child);

	return p ? p->spi_in : a->spi;
}

static void message_for(const struct attempt *a, struct engine_msg *m)
{
	bool contact = engine_capabilities(a->r->engine) & ENGINE_INITIAL_CONTACT;

	*m = (struct engine_msg){
		.ref = {.conn = a->conn, .child = a->child, .why = ENGINE_WHY_RECOVERY}};
	switch (a->act) {
	case RECOVERY_ACT_REPLACE_CHILD:
		m->type = ENGINE_REPLACE_CHILD;
		m->ref.spi_in = pair_to_replace(a);
		break;
	case RECOVERY_ACT_CREATE_CHILD:
		m->type = ENGINE_CREATE_CHILD;
		break;
	case RECOVERY_ACT_REPLACE_IKE:
		m->type = ENGINE_REPLACE_IKE;
		break;
	case RECOVERY_ACT_DELETE_SPI:
		m->type = ENGINE_DELETE_SPI;
		m->delete_spi = (struct engine_delete_spi){
			.peer = a->peer, .protocol = IKE_PROTO_ESP, .spi = a->spi};
		break;
	default: /* INITIATE, REESTABLISH, JOIN: the engine joins what it is negotiating */
		m->type = ENGINE_INITIATE;
		m->initiate = (struct engine_initiate){.conn = a->conn,
						       .child = a->child,
						       .initial_contact = contact,
						       .why = ENGINE_WHY_RECOVERY,
						       .peer = a->peer};
		break;
	}
}

static void close_first(const struct attempt *a)
{
	struct engine_msg m = {.type = ENGINE_CLOSE,
			       .ref = {.conn = a->conn, .why = ENGINE_WHY_RECOVERY}};

	engine_request(a->r->engine, &m, NULL, NULL);
}

void attempt_step(struct attempt *a, const struct recovery_action *action)
{
	struct recovery_peer_state *p = peer_state(a->r, a->conn, &a->peer);
	struct engine_msg m;

	if (a->r->quiet)
		return;
	if (p && action->takes_token)
		pace_take(action->never_class ? &p->never : &p->ours, loop_now(a->r->loop));
	if (p && !a->steps)
		p->attempts++;
	say_start(a, attempt_cause(a), action->words);
	peer_result(a, RECOVERY_RUNNING, action->words, 0);
	a->act = action->act;
	a->steps++;
	a->step_ms = loop_now(a->r->loop);
	a->quiet_from_ms = a->step_ms;
	a->probing = a->refused_said = false;
	a->child_turn += a->unsure && a->survey_state == SURVEY_DONE;
	a->then_delete = action->then_delete;
	a->delete_due = action->then_delete &&
			(a->act == RECOVERY_ACT_INITIATE || a->act == RECOVERY_ACT_CREATE_CHILD);
	if (a->act == RECOVERY_ACT_REESTABLISH)
		close_first(a);
	message_for(a, &m);
	attempt_send(a, &m);
}

void attempt_timers(struct attempt *a)
{
	loop_timer_init(&a->look, a->r->loop, "recovery look", look, a);
	loop_timer_init(&a->stuck, a->r->loop, "recovery no answer", stuck, a);
}
