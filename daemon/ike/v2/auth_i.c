/*
 * IKE_AUTH as initiator: who we are, that we know the key, and the first Child SA.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"

size_t ike_id_body(const struct identity *id, uint8_t buf[4 + IDENTITY_MAX])
{
	memset(buf, 0, 4);
	buf[0] = id->type;
	memcpy(buf + 4, id->data, id->len);
	return 4 + (size_t)id->len;
}

static int auth_own(const struct ike_sa *sa, uint8_t out[IKE_PRF_MAX])
{
	const struct ike_handshake *hs = sa->hs;
	uint8_t id[4 + IDENTITY_MAX];
	const struct view body = {.data = id, .len = ike_id_body(&sa->s->local_id, id)};

	return ike_auth_psk(&sa->keys, true, sa->conn->psk_local,
			    (struct view){.data = hs->init_request, .len = hs->init_request_len},
			    ike_nonce_view(&hs->nr), body, out);
}

static void auth_build(struct ike_task *t, struct ike_builder *b)
{
	struct ike_sa *sa = t->sa;
	uint8_t auth[IKE_PRF_MAX];

	sa->s->local_id = ike_conn_local_id(sa->conn);
	ike_add_id(b, IKE_PAYLOAD_IDI, &sa->s->local_id);
	if (sa->hs->initial_contact && ike_may_say_initial_contact(sa))
		ike_message_notify(b, IKE_N_INITIAL_CONTACT, (struct view){0});
	if (sa->conn->remote_id.type != IDENTITY_ANY)
		ike_add_id(b, IKE_PAYLOAD_IDR, &sa->conn->remote_id);
	if (auth_own(sa, auth) != 0) {
		b->w.failed = true; /* nothing is sent; the IKE SA ends */
		return;
	}
	ike_add_auth(b, IKE_AUTH_PSK,
		     (struct view){.data = auth,
				   .len = ike_prf_len(
					   proposal_first(&sa->s->chosen, TRANSFORM_PRF)->id)});
	secret_wipe(auth, sizeof(auth));
	if (t->op != NULL)
		ike_create_add_child(t->op, b);
}

const struct ike_task_ops ike_task_auth = {
	.name = "auth", .exchange = IKE_AUTH, .build = auth_build};

/* The peer's identity is the configured one and its AUTH is right. */
static bool auth_peer_ok(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_handshake *hs = sa->hs;
	const struct ike_payload *idr = ike_find(m, IKE_PAYLOAD_IDR, 0);
	uint8_t want[IKE_PRF_MAX];
	struct ike_auth auth;
	bool ok;

	if (ike_read_id(idr, &sa->s->remote_id) != 0 ||
	    ike_read_auth(ike_find(m, IKE_PAYLOAD_AUTH, 0), &auth) != 0 ||
	    auth.method != IKE_AUTH_PSK ||
	    !identity_matches(&sa->conn->remote_id, &sa->s->remote_id))
		return false;
	if (ike_auth_psk(&sa->keys, false, sa->conn->psk_remote,
			 (struct view){.data = hs->init_response, .len = hs->init_response_len},
			 ike_nonce_view(&hs->ni), idr->body, want) != 0)
		return false;
	ok = auth.data.len == ike_prf_len(proposal_first(&sa->s->chosen, TRANSFORM_PRF)->id) &&
	     ike_equal(auth.data.data, want, auth.data.len);
	secret_wipe(want, sizeof(want));
	return ok;
}

/* The IKE SA is up whatever becomes of its Child (RFC 7296 1.2, 2.21.2). */
static void auth_take_child(struct ike_sa *sa, struct ike_op *op, const struct ike_message *m)
{
	uint16_t wrong;

	if (op == NULL)
		return;
	if (ike_find(m, IKE_PAYLOAD_SA, 0) == NULL || ike_find(m, IKE_PAYLOAD_TSI, 0) == NULL ||
	    ike_find(m, IKE_PAYLOAD_TSR, 0) == NULL) {
		const uint16_t notify = ike_message_error(m);

		ike_trace(sa, 1, "Peer refused the Child SA: %s",
			  notify != 0 ? ike_notify_name(notify) : "without a reason");
		ike_op_fail(op, -ECONNREFUSED, notify);
		return;
	}
	op->accepted = true;
	wrong = ike_create_take_answer(op, m);
	if (wrong != 0)
		ike_op_fail(op, -EBADMSG, wrong);
	else
		ike_op_answered(op, (struct view){0});
}

/* Requests to bring up other Children joined while this one was half-open. */
static void auth_start_waiting(struct ike_sa *sa)
{
	struct list *it, *tmp;

	list_for_each_safe(it, tmp, &sa->ops)
	{
		struct ike_op *op = list_entry(it, struct ike_op, node);

		if (op->step == IKE_OP_WAIT && !loop_timer_armed(&op->retry))
			ike_op_start(op);
	}
}

void ike_auth_accepted(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct ike_op *op = t->op;

	ike_task_end(t);
	if (!auth_peer_ok(sa, m)) {
		sa->v2->stats.auth_failed++;
		ike_trace(sa, 1, "Failed to authenticate the peer");
		ike_sa_close(sa, ENGINE_WHY_AUTH, IKE_N_AUTHENTICATION_FAILED);
		return;
	}
	ike_sa_up(sa);
	if (ike_timers_start(sa) != 0) {
		ike_sa_close(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	ike_handshake_free(sa);
	auth_take_child(sa, op, m);
	ike_collide_check(sa);
	if (sa->phase != IKE_PHASE_ESTABLISHED)
		return;
	auth_start_waiting(sa);
	ike_replace_up(sa);
}

void ike_auth_refused(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	const uint16_t notify = ike_message_error(m);

	ike_task_end(t);
	if (notify == IKE_N_AUTHENTICATION_FAILED) {
		sa->v2->stats.auth_failed++;
		ike_sa_down(sa, ENGINE_WHY_AUTH, notify);
	} else {
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, notify);
	}
}
