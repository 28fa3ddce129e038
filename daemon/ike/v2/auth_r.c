/*
 * IKE_AUTH as responder: which connection is this, is the key right, and the first Child SA.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>

#include "base/secret.h"

#define AUTH_CANDIDATES 16

struct auth_claim {
	struct identity idi, idr;
	bool has_idr;
	struct view idi_body;
	struct ike_auth auth;
};

static bool auth_read_claim(const struct ike_message *m, struct auth_claim *claim)
{
	const struct ike_payload *idi = ike_find(m, IKE_PAYLOAD_IDI, 0);
	const struct ike_payload *idr = ike_find(m, IKE_PAYLOAD_IDR, 0);

	claim->has_idr = idr != NULL;
	claim->idi_body = idi->body;
	return ike_read_id(idi, &claim->idi) == 0 &&
	       (idr == NULL || ike_read_id(idr, &claim->idr) == 0) &&
	       ike_read_auth(ike_find(m, IKE_PAYLOAD_AUTH, 0), &claim->auth) == 0;
}

/* What IKE_SA_INIT agreed on, before the identity was known, must be allowed here too. */
static bool auth_allows_chosen(const struct conn *c, const struct proposal *chosen)
{
	struct proposal out;

	for (size_t i = 0; i < c->ike_count; i++)
		if (proposal_choose(&c->ike[i], chosen, &out))
			return true;
	return false;
}

static bool auth_fits(const struct ike_sa *sa, const struct conn *c, const struct auth_claim *claim)
{
	const struct identity local = ike_conn_local_id(c);

	return identity_matches(&c->remote_id, &claim->idi) &&
	       (!claim->has_idr || identity_equal(&local, &claim->idr)) &&
	       auth_allows_chosen(c, &sa->s->chosen);
}

static bool auth_psk_ok(const struct ike_sa *sa, const struct conn *c,
			const struct auth_claim *claim)
{
	const struct ike_handshake *hs = sa->hs;
	const size_t len = ike_prf_len(proposal_first(&sa->s->chosen, TRANSFORM_PRF)->id);
	uint8_t want[IKE_PRF_MAX];
	bool ok;

	if (claim->auth.method != IKE_AUTH_PSK || claim->auth.data.len != len ||
	    ike_auth_psk(&sa->keys, true, c->psk_remote,
			 (struct view){.data = hs->init_request, .len = hs->init_request_len},
			 ike_nonce_view(&hs->nr), claim->idi_body, want) != 0)
		return false;
	ok = ike_equal(want, claim->auth.data.data, len);
	secret_wipe(want, sizeof(want));
	return ok;
}

static const struct conn *auth_find(struct ike_sa *sa, const struct auth_claim *claim)
{
	const struct conn *c[AUTH_CANDIDATES];
	const size_t count = ike_conns_between(sa->v2, &sa->s->local.addr, &sa->s->remote.addr, c,
					       AUTH_CANDIDATES);

	for (size_t i = 0; i < count; i++)
		if (auth_fits(sa, c[i], claim) && auth_psk_ok(sa, c[i], claim))
			return c[i];
	return NULL;
}

static void auth_fail(struct ike_sa *sa)
{
	sa->v2->stats.auth_failed++;
	ike_trace(sa, 1, "Failed to authenticate the IKE SA");
	ike_message_respond_notify(sa, IKE_N_AUTHENTICATION_FAILED, (struct view){0});
	ike_sa_refuse(sa, ENGINE_WHY_AUTH, IKE_N_AUTHENTICATION_FAILED);
}

static void auth_start_child(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_op *op = ike_op_new(sa, 0, false, ENGINE_WHY_PEER_INIT);
	uint16_t wrong;

	if (op == NULL) {
		ike_auth_respond(sa, NULL, IKE_N_NO_ADDITIONAL_SAS);
		return;
	}
	op->first = true;
	op->ni = sa->hs->ni;
	op->nr = sa->hs->nr;
	wrong = ike_create_take_offer(op, m);
	if (wrong != 0)
		ike_op_fail(op, -EPROTO, wrong);
	else
		ike_op_start(op);
}

void ike_auth_request(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct ike_notify_body n;
	struct auth_claim claim;
	const struct conn *c;

	(void)t;
	c = auth_read_claim(m, &claim) ? auth_find(sa, &claim) : NULL;
	if (c == NULL) {
		auth_fail(sa);
		return;
	}
	ike_sa_set_conn(sa, c);
	sa->s->local_id = ike_conn_local_id(c);
	sa->s->remote_id = claim.idi;
	ike_sa_up(sa);
	if (ike_timers_start(sa) != 0) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	sa->contact = ike_find_notify(m, IKE_N_INITIAL_CONTACT, &n);
	auth_start_child(sa, m);
}

/* ---- the answer ------------------------------------------------------------------------------ */

struct auth_answer {
	struct ike_op *op;
	uint16_t child_notify;
};

static void auth_build_answer(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	const struct auth_answer *a = arg;
	const struct ike_handshake *hs = sa->hs;
	uint8_t id[4 + IDENTITY_MAX], auth[IKE_PRF_MAX];
	const struct view body = {.data = id, .len = ike_id_body(&sa->s->local_id, id)};

	ike_add_id(b, IKE_PAYLOAD_IDR, &sa->s->local_id);
	if (ike_auth_psk(&sa->keys, false, sa->conn->psk_local,
			 (struct view){.data = hs->init_response, .len = hs->init_response_len},
			 ike_nonce_view(&hs->ni), body, auth) != 0) {
		b->w.failed = true;
		return;
	}
	ike_add_auth(b, IKE_AUTH_PSK,
		     (struct view){.data = auth,
				   .len = ike_prf_len(
					   proposal_first(&sa->s->chosen, TRANSFORM_PRF)->id)});
	secret_wipe(auth, sizeof(auth));
	if (a->child_notify != 0)
		ike_message_notify(b, a->child_notify, (struct view){0});
	else if (a->op != NULL)
		ike_create_add_child(a->op, b);
}

void ike_auth_respond(struct ike_sa *sa, struct ike_op *op, uint16_t child_notify)
{
	struct auth_answer a = {.op = op, .child_notify = child_notify};

	if (sa->hs == NULL || !sa->responding)
		return;
	ike_message_respond(sa, auth_build_answer, &a);
	ike_handshake_free(sa);
	/* Replace, then retire: what INITIAL_CONTACT declares dead goes when the fresh pair is there,
	 * or our traffic would find no SA for a moment and ask for yet another one. */
	if (sa->contact)
		ike_initial_contact(sa);
	sa->contact = false;
	ike_collide_check(sa);
}
