/*
 * CREATE_CHILD_SA, both roles: a further Child SA, or one that replaces another (REKEY_SA).
 * The rekey of the IKE SA itself is refused for now (NO_ADDITIONAL_SAS); ours is replaced by a
 * fresh one, make before break (timers.c).
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

/* SA, [nonce, KE,] TSi, TSr of one side, in request or answer, in IKE_AUTH or CREATE_CHILD_SA. */
void ike_create_add_child(const struct ike_op *op, struct ike_builder *b)
{
	const struct ike_ts local = ike_ts_from_selector(&op->selector, true);
	const struct ike_ts remote = ike_ts_from_selector(&op->selector, false);
	struct ike_offer offers[CONN_PROPOSALS_MAX];
	size_t count = 1;

	if (op->initiator)
		count = ike_op_offers(op, offers);
	else
		offers[0] = (struct ike_offer){.number = op->offer_number,
					       .spi_len = 4,
					       .spi = op->spi_in,
					       .proposal = op->chosen};
	ike_add_sa(b, offers, count);
	if (!op->first) {
		ike_add_nonce(b, ike_nonce_view(op->initiator ? &op->ni : &op->nr));
		if (op->group != DH_NONE)
			ike_add_ke(b, op->group, ike_dh_public(op->dh));
	}
	ike_add_ts(b, IKE_PAYLOAD_TSI, op->initiator ? &local : &remote, 1);
	ike_add_ts(b, IKE_PAYLOAD_TSR, op->initiator ? &remote : &local, 1);
	if (ike_op_waits(op))
		ike_message_notify(b, IKE_N_SPINDLE_WAITS, (struct view){0});
}

static void create_build(struct ike_task *t, struct ike_builder *b)
{
	const struct ike_op *op = t->op;
	struct ike_notify_body n = {
		.type = IKE_N_REKEY_SA, .protocol = IKE_PROTO_ESP, .spi_len = 4};

	if (op == NULL) {
		b->w.failed = true;
		return;
	}
	if (op->rekey) {
		n.spi = op->old_spi_in;
		ike_add_notify(b, &n);
	}
	ike_create_add_child(op, b);
}

static void create_failed(struct ike_task *t, int result, uint16_t notify)
{
	if (t->op != NULL)
		ike_op_fail(t->op, result, notify);
}

const struct ike_task_ops ike_task_create = {.name = "create child",
					     .exchange = IKE_CREATE_CHILD_SA,
					     .build = create_build,
					     .failed = create_failed};

/* ---- initiator: the answer ------------------------------------------------------------------- */

static bool create_take_ts(struct ike_op *op, const struct ike_message *m)
{
	struct ike_ts_payload tsi, tsr;
	struct selector s;

	if (ike_read_ts(ike_find(m, IKE_PAYLOAD_TSI, 0), &tsi) != 0 ||
	    ike_read_ts(ike_find(m, IKE_PAYLOAD_TSR, 0), &tsr) != 0 || tsi.count == 0 ||
	    tsr.count == 0 || ike_ts_to_selector(&tsi.ts[0], &tsr.ts[0], &s) != 0 ||
	    !ike_select_within(&s, &op->selector))
		return false;
	op->selector = s;
	return true;
}

uint16_t ike_create_take_answer(struct ike_op *op, const struct ike_message *m)
{
	struct ike_offer offers[CONN_PROPOSALS_MAX];
	const size_t count = ike_op_offers(op, offers);
	const struct ike_offer *taken;
	struct ike_sa_payload answer;
	struct ike_notify_body n;

	if (ike_read_sa(ike_find(m, IKE_PAYLOAD_SA, 0), &answer) != 0 ||
	    (!op->first && !ike_nonce_take(&op->nr, m)))
		return IKE_N_INVALID_SYNTAX;
	if (ike_select_answer(offers, count, &answer, op->first, &op->chosen, &taken) != 0)
		return IKE_N_NO_PROPOSAL_CHOSEN;
	op->spi_out = (uint32_t)taken->spi;
	if (op->spi_out < 256) /* RFC 4303 2.1: reserved */
		return IKE_N_INVALID_SYNTAX;
	op->peer_waits = op->sa->s->peer_is_spindle && ike_find_notify(m, IKE_N_SPINDLE_WAITS, &n);
	return create_take_ts(op, m) ? 0 : IKE_N_TS_UNACCEPTABLE;
}

/* The peer made it and has deleted it before we heard of it. */
static bool create_is_doomed(struct ike_sa *sa, uint32_t spi_out)
{
	bool found = false;

	for (size_t i = 0; i < sa->doomed_count; i++)
		found |= sa->doomed[i] == spi_out;
	sa->doomed_count = 0;
	return found;
}

void ike_create_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE, 0);
	struct ike_op *op = t->op;
	struct ike_ke ke = {0};
	uint16_t wrong;

	ike_task_end(t);
	if (op == NULL)
		return; /* only where the IKE SA is being closed */
	op->accepted = true;
	wrong = ike_create_take_answer(op, m);
	if (create_is_doomed(sa, op->spi_out)) {
		op->accepted = false;
		ike_op_fail(op, -ECONNRESET, 0);
		return;
	}
	if (wrong == 0 && p != NULL && ike_read_ke(p, &ke) != 0)
		wrong = IKE_N_INVALID_SYNTAX;
	if (wrong == 0 && (ike_select_group(&op->chosen) != op->group || ke.group != op->group))
		wrong = IKE_N_INVALID_KE_PAYLOAD;
	if (wrong != 0)
		ike_op_fail(op, -EBADMSG, wrong);
	else
		ike_op_answered(op, ke.data);
}

static uint16_t create_wanted_group(const struct ike_message *m)
{
	struct ike_notify_body n;
	struct reader r;

	if (!ike_find_notify(m, IKE_N_INVALID_KE_PAYLOAD, &n))
		return DH_NONE;
	r = reader_of(n.data);
	return reader_u16(&r);
}

void ike_create_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	const uint16_t notify = ike_message_error(m);
	struct ike_op *op = t->op;

	ike_task_end(t);
	sa->doomed_count = 0;
	if (op == NULL)
		return;
	ike_trace(sa, 1, "Peer refused the Child SA: %s",
		  notify != 0 ? ike_notify_name(notify) : "without a reason");
	if (op->rekey && op->rival != NULL) {
		/* The peer's own rekey has done it. */
		struct ike_child *rival = op->rival;

		op->rival = NULL;
		ike_router_sa_delete(sa->v2,
				     &(struct engine_sa_install){.conn = sa->conn->id,
								 .protocol = IKE_PROTO_ESP,
								 .spi_in = op->spi_in,
								 .local = sa->s->local,
								 .remote = sa->s->remote},
				     ENGINE_PART_IN, ENGINE_WHY_DUPLICATE);
		ike_op_done(op, rival);
	} else if (notify == IKE_N_TEMPORARY_FAILURE) {
		ike_op_later(op);
	} else if (notify == IKE_N_INVALID_KE_PAYLOAD) {
		ike_op_new_group(op, create_wanted_group(m));
	} else if (notify == IKE_N_CHILD_SA_NOT_FOUND && op->rekey) {
		/* The peer has lost it: a fresh one instead, then ours goes too. */
		op->rekey = false;
		ike_op_ask(op);
	} else {
		ike_op_fail(op, -ECONNREFUSED, notify);
	}
}

/* ---- responder: the request ------------------------------------------------------------------ */

static uint16_t create_take_ke(struct ike_op *op, const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_KE, 0);
	struct ike_ke ke;

	op->group = ike_select_group(&op->chosen);
	if (op->group == DH_NONE)
		return 0;
	if (p == NULL)
		return IKE_N_INVALID_KE_PAYLOAD;
	if (ike_read_ke(p, &ke) != 0)
		return IKE_N_INVALID_SYNTAX;
	if (ke.group != op->group)
		return IKE_N_INVALID_KE_PAYLOAD;
	if (ke.data.len != ike_dh_public_len(ke.group) || ke.data.len > sizeof(op->peer_ke))
		return IKE_N_INVALID_SYNTAX;
	memcpy(op->peer_ke, ke.data.data, ke.data.len);
	op->peer_ke_len = ke.data.len;
	return 0;
}

uint16_t ike_create_take_offer(struct ike_op *op, const struct ike_message *m)
{
	const struct conn *c = op->sa->conn;
	const struct conn_child *child;
	const struct ike_offer *offer;
	struct ike_sa_payload offers;
	struct ike_ts_payload tsi, tsr;

	if (ike_read_sa(ike_find(m, IKE_PAYLOAD_SA, 0), &offers) != 0 ||
	    ike_read_ts(ike_find(m, IKE_PAYLOAD_TSI, 0), &tsi) != 0 ||
	    ike_read_ts(ike_find(m, IKE_PAYLOAD_TSR, 0), &tsr) != 0 ||
	    (!op->first && !ike_nonce_take(&op->ni, m)))
		return IKE_N_INVALID_SYNTAX;
	if (ike_select_proposal(c->esp, c->esp_count, IKE_PROTO_ESP, &offers, op->first,
				&op->chosen, &offer) != 0)
		return IKE_N_NO_PROPOSAL_CHOSEN;
	op->offer_number = offer->number;
	op->spi_out = (uint32_t)offer->spi;
	if (op->spi_out < 256)
		return IKE_N_INVALID_SYNTAX;
	child = ike_select_child(c, &tsr, &tsi, &op->selector);
	if (child == NULL)
		return IKE_N_TS_UNACCEPTABLE;
	op->child = child->child;
	return create_take_ke(op, m);
}

struct create_answer {
	struct ike_op *op;
	uint16_t notify;
};

static void create_build_answer(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	const struct create_answer *a = arg;
	const uint8_t group[2] = {(uint8_t)(a->op->group >> 8), (uint8_t)a->op->group};

	(void)sa;
	if (a->notify == 0)
		ike_create_add_child(a->op, b);
	else
		ike_message_notify(b, a->notify,
				   (struct view){.data = group,
						 .len = a->notify == IKE_N_INVALID_KE_PAYLOAD
								? sizeof(group)
								: 0});
}

void ike_create_respond(struct ike_sa *sa, struct ike_op *op, uint16_t notify)
{
	struct create_answer a = {.op = op, .notify = notify};

	if (sa->responding)
		ike_message_respond(sa, create_build_answer, &a);
}

static void create_build_not_found(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	const struct ike_notify_body *rekey = arg;
	struct ike_notify_body n = {.type = IKE_N_CHILD_SA_NOT_FOUND,
				    .protocol = rekey->protocol,
				    .spi_len = rekey->spi_len,
				    .spi = rekey->spi};

	(void)sa;
	ike_add_notify(b, &n);
}

/* The Child that REKEY_SA names may not be rekeyed now: says so and is false (RFC 7296 2.25.1). */
static bool create_may_rekey(struct ike_sa *sa, const struct ike_child *old,
			     struct ike_notify_body *n)
{
	const uint16_t no = ike_collide_rekey_request(old, sa->phase, ike_task_is_asking(sa));

	if (no == IKE_N_CHILD_SA_NOT_FOUND)
		ike_message_respond(sa, create_build_not_found, n);
	else if (no != 0)
		ike_message_respond_notify(sa, no, (struct view){0});
	return no == 0;
}

void ike_create_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct ike_notify_body n;
	const bool rekey = ike_find_notify(m, IKE_N_REKEY_SA, &n);
	struct ike_child *old = rekey ? ike_child_by_out(sa, (uint32_t)n.spi) : NULL;
	struct ike_op *op;
	uint16_t wrong;

	(void)t;
	if (sa->phase != IKE_PHASE_ESTABLISHED) {
		ike_message_respond_notify(sa, IKE_N_TEMPORARY_FAILURE, (struct view){0});
		return;
	}
	if (rekey && !create_may_rekey(sa, old, &n))
		return;
	op = ike_op_new(sa, 0, false, rekey ? ENGINE_WHY_LIFETIME : ENGINE_WHY_PEER_INIT);
	if (op == NULL) {
		ike_message_respond_notify(sa, IKE_N_NO_ADDITIONAL_SAS, (struct view){0});
		return;
	}
	op->rekey = rekey;
	op->old = old;
	op->old_spi_in = old != NULL ? old->install.spi_in : 0;
	wrong = ike_create_take_offer(op, m);
	if (wrong != 0)
		ike_op_fail(op, -EPROTO, wrong);
	else
		ike_op_start(op);
}

void ike_create_rekey_ike(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	(void)t;
	(void)m;
	ike_message_respond_notify(sa, IKE_N_NO_ADDITIONAL_SAS, (struct view){0});
}
