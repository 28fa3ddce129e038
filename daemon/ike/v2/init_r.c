/*
 * IKE_SA_INIT as responder. Nothing is kept of a request before its sender was seen to be a
 * configured peer's address and, under load, to be able to receive there (cookie).
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"

#define INIT_CANDIDATES 16

struct init_offer {
	const struct conn *conn;
	struct proposal chosen;
	uint8_t number;
	struct ike_ke ke;
	struct ike_nonce nonce;
};

/* A clear answer that leaves no state behind. */
static void init_reply(struct ike_v2 *v2, const struct endpoint *local,
		       const struct endpoint *remote, const struct ike_message *m, uint16_t type,
		       struct view data)
{
	const struct ike_header h = {
		.spi_i = m->header.spi_i,
		.version = 0x20,
		.exchange = IKE_SA_INIT,
		.flags = IKE_FLAG_RESPONSE,
	};
	struct ike_builder b;
	struct view v;

	ike_builder_start(&b, v2->out, sizeof(v2->out), &h);
	ike_message_notify(&b, type, data);
	v = ike_builder_done(&b);
	if (v.len == 0)
		return;
	ike_message_count_sent(v2, v);
	v2->transport->send(v2->transport_ctx, local, remote, v);
}

/* True: the request may go on; else a cookie was asked for, or it was dropped. */
static bool init_admit(struct ike_v2 *v2, const struct endpoint *local,
		       const struct endpoint *remote, const struct ike_message *m,
		       struct view nonce)
{
	struct ike_notify_body n;
	uint8_t cookie[36];

	if (v2->half_open < IKE_COOKIE_TOTAL &&
	    ike_sa_half_open_from(v2, &remote->addr) < IKE_COOKIE_PER_PEER)
		return true;
	if (ike_find_notify(m, IKE_N_COOKIE, &n) &&
	    ike_cookie_check(v2, n.data, nonce, remote, m->header.spi_i))
		return v2->half_open < IKE_HALF_OPEN_MAX;
	if (ike_cookie_make(v2, nonce, remote, m->header.spi_i, cookie) == 0) {
		v2->stats.cookies_sent++;
		init_reply(v2, local, remote, m, IKE_N_COOKIE,
			   (struct view){.data = cookie, .len = sizeof(cookie)});
	}
	return false;
}

/* Any connection between the two addresses will do until IKE_AUTH says who it is. */
static int init_choose(struct ike_v2 *v2, const struct endpoint *local,
		       const struct endpoint *remote, const struct ike_message *m,
		       struct init_offer *o)
{
	const struct conn *c[INIT_CANDIDATES];
	const size_t count = ike_conns_between(v2, &local->addr, &remote->addr, c, INIT_CANDIDATES);
	const struct ike_offer *offer;
	struct ike_sa_payload offers;

	if (count == 0)
		return -ENOENT;
	if (ike_read_sa(ike_find(m, IKE_PAYLOAD_SA, 0), &offers) != 0)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++) {
		if (ike_select_proposal(c[i]->ike, c[i]->ike_count, IKE_PROTO_IKE, &offers, false,
					&o->chosen, &offer) != 0)
			continue;
		o->conn = c[i];
		o->number = offer->number;
		return 0;
	}
	return -EPROTONOSUPPORT;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void init_respond(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;
	const struct ike_offer offer = {.number = hs->offer_number, .proposal = sa->s->chosen};
	struct ike_builder b;
	struct view v;

	ike_message_begin(sa, &b, IKE_SA_INIT, true, 0);
	ike_add_sa(&b, &offer, 1);
	ike_add_ke(&b, hs->group, ike_dh_public(hs->dh));
	ike_add_nonce(&b, ike_nonce_view(&hs->nr));
	ike_init_add_common(&b, sa->s->spi_i, sa->s->spi_r, &sa->s->local, &sa->s->remote);
	v = ike_message_end(sa, &b);
	hs->init_response = v.len == 0 ? NULL : alloc_copy(v.data, v.len);
	hs->init_response_len = v.len;
	if (hs->init_response == NULL || ike_init_keys(sa) != 0 ||
	    loop_timer_set(&sa->guard, IKE_HALF_OPEN_MS) != 0 ||
	    ike_state_response(sa->s, v, sa->request_digest) != 0) {
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
		return;
	}
	sa->phase = IKE_PHASE_HALF_OPEN;
	ike_sa_announce_half(sa);
	ike_message_transmit(sa, v);
}

static void init_computed(void *arg, int result)
{
	struct ike_sa *sa = arg;

	/* A wrong public value gets no answer: its sender is not authenticated. */
	if (result != 0)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
	else
		init_respond(sa);
}

static void init_accept(struct ike_v2 *v2, const struct endpoint *local,
			const struct endpoint *remote, const struct ike_message *m,
			const struct init_offer *o)
{
	struct ike_sa *sa = ike_sa_new(v2, false, local, remote);
	struct ike_handshake *hs;

	if (sa == NULL)
		return;
	hs = sa->hs;
	sa->why = ENGINE_WHY_PEER_INIT;
	sa->s->spi_i = m->header.spi_i;
	sa->s->chosen = o->chosen;
	sa->s->peer_is_spindle = ike_init_is_spindle(m);
	ike_sa_set_conn(sa, o->conn);
	ike_init_detect_nat(sa, m);
	hs->offer_number = o->number;
	hs->group = o->ke.group;
	hs->ni = o->nonce;
	ike_nonce_make(&hs->nr);
	ike_record_received(sa, m);
	ike_record(sa, RECORD_IKE_BEGUN, sa->handle, 0, sa->why);
	ike_v2_digest(v2, m->datagram, sa->request_digest);
	hs->init_request = alloc_copy(m->datagram.data, m->datagram.len);
	hs->init_request_len = m->datagram.len;
	if (hs->init_request == NULL || ike_sa_index_init(sa) != 0 ||
	    ike_dh_submit(v2, hs->group, &hs->dh, &hs->shared, o->ke.data, &hs->job, init_computed,
			  sa) != 0)
		ike_sa_down(sa, ENGINE_WHY_LOCAL_ERROR, 0);
}

/* A repeated request gets the same bytes; while its answer is being computed it is dropped. */
static void init_again(struct ike_sa *sa, const struct ike_message *m)
{
	uint8_t digest[IKE_STATE_DIGEST_LEN];

	ike_v2_digest(sa->v2, m->datagram, digest);
	if (sa->phase != IKE_PHASE_HALF_OPEN || sa->responding ||
	    memcmp(digest, sa->s->request_digest, sizeof(digest)) != 0) {
		sa->v2->stats.dropped_window++;
		return;
	}
	sa->v2->stats.retransmitted++;
	ike_record(sa, RECORD_IKE_ANSWERED_AGAIN, m->header.exchange, 1, m->header.message_id,
		   m->header.spi_i, m->header.spi_r);
	ike_message_transmit(sa,
			     (struct view){.data = sa->s->response, .len = sa->s->response_len});
}

static void init_refuse(struct ike_v2 *v2, const struct endpoint *local,
			const struct endpoint *remote, const struct ike_message *m, uint16_t notify,
			uint16_t group)
{
	const uint8_t data[2] = {(uint8_t)(group >> 8), (uint8_t)group};

	if (pace_take(&v2->refuse_pace, ike_v2_now(v2)))
		init_reply(v2, local, remote, m, notify,
			   (struct view){.data = data, .len = group != 0 ? sizeof(data) : 0});
}

void ike_init_request(struct ike_v2 *v2, const struct endpoint *local,
		      const struct endpoint *remote, struct ike_message *m)
{
	struct ike_sa *old = ike_sa_by_init(v2, m->header.spi_i, remote);
	struct init_offer o = {0};
	int r;

	if (old != NULL) {
		init_again(old, m);
		return;
	}
	if (!ike_nonce_take(&o.nonce, m) || ike_find(m, IKE_PAYLOAD_SA, 0) == NULL ||
	    ike_find(m, IKE_PAYLOAD_KE, 0) == NULL ||
	    ike_read_ke(ike_find(m, IKE_PAYLOAD_KE, 0), &o.ke) != 0) {
		v2->stats.malformed++;
		return;
	}
	r = init_choose(v2, local, remote, m, &o);
	if (r == -ENOENT || r == -EBADMSG)
		return; /* nobody we know: no packet for addresses that anyone can write */
	if (!init_admit(v2, local, remote, m, ike_nonce_view(&o.nonce)))
		return;
	if (r != 0)
		init_refuse(v2, local, remote, m, IKE_N_NO_PROPOSAL_CHOSEN, 0);
	else if (ike_select_group(&o.chosen) != o.ke.group)
		init_refuse(v2, local, remote, m, IKE_N_INVALID_KE_PAYLOAD,
			    ike_select_group(&o.chosen));
	else if (o.ke.data.len == ike_dh_public_len(o.ke.group))
		init_accept(v2, local, remote, m, &o);
	else
		v2->stats.malformed++;
}
