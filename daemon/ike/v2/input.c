/*
 * Datagrams in: header, which IKE SA, window, decryption, then the one table that says what a
 * message in a phase means. Whatever does not fit is counted and dropped; a protected request that
 * does not fit gets INVALID_SYNTAX, because its sender is authenticated (RFC 7296 2.21).
 */
#include "ike/v2/v2_internal.h"

#include <stddef.h>
#include <string.h>

#define HAS(name) (1u << (IKE_PAYLOAD_##name - IKE_PAYLOAD_SA))

struct ike_row {
	enum ike_phase phase;
	uint8_t exchange;
	bool response;
	uint32_t required, optional; /* payload types; others are passed over */
	void (*handler)(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m);
	enum ike_phase next; /* where it leads when all is well */
	const char *story;
};

/* The first row that fits a message and whose required payloads are all there is taken. */
static const struct ike_row input_rows[] = {
	{IKE_PHASE_INIT_SENT, IKE_SA_INIT, true, HAS(SA) | HAS(KE) | HAS(NONCE),
	 HAS(NOTIFY) | HAS(VENDOR) | HAS(CERTREQ), ike_init_accepted, IKE_PHASE_AUTH_SENT,
	 "Processing IKE_SA_INIT response"},
	{IKE_PHASE_INIT_SENT, IKE_SA_INIT, true, HAS(NOTIFY), HAS(VENDOR), ike_init_refused,
	 IKE_PHASE_INIT_SENT, "Processing IKE_SA_INIT notify"},
	{IKE_PHASE_AUTH_SENT, IKE_AUTH, true, HAS(IDR) | HAS(AUTH),
	 HAS(SA) | HAS(TSI) | HAS(TSR) | HAS(NOTIFY) | HAS(VENDOR) | HAS(CERT), ike_auth_accepted,
	 IKE_PHASE_ESTABLISHED, "Processing IKE_AUTH response"},
	{IKE_PHASE_AUTH_SENT, IKE_AUTH, true, 0, HAS(NOTIFY), ike_auth_refused, IKE_PHASE_DEAD,
	 "Processing IKE_AUTH refusal"},
	{IKE_PHASE_HALF_OPEN, IKE_AUTH, false, HAS(IDI) | HAS(AUTH) | HAS(SA) | HAS(TSI) | HAS(TSR),
	 HAS(IDR) | HAS(NOTIFY) | HAS(VENDOR) | HAS(CERTREQ) | HAS(CERT) | HAS(CP),
	 ike_auth_request, IKE_PHASE_ESTABLISHED, "Processing IKE_AUTH request"},
	{IKE_PHASE_ESTABLISHED, IKE_CREATE_CHILD_SA, false,
	 HAS(SA) | HAS(NONCE) | HAS(TSI) | HAS(TSR), HAS(KE) | HAS(NOTIFY), ike_create_request,
	 IKE_PHASE_ESTABLISHED, "Processing CREATE_CHILD_SA request"},
	{IKE_PHASE_CLOSING, IKE_CREATE_CHILD_SA, false, HAS(SA) | HAS(NONCE), 0xffff,
	 ike_create_request, IKE_PHASE_CLOSING, "CREATE_CHILD_SA while closing"},
	{IKE_PHASE_ESTABLISHED, IKE_CREATE_CHILD_SA, false, HAS(SA) | HAS(NONCE) | HAS(KE),
	 HAS(NOTIFY), ike_create_rekey_ike, IKE_PHASE_ESTABLISHED,
	 "Processing request to rekey the IKE SA"},
	{IKE_PHASE_ESTABLISHED, IKE_CREATE_CHILD_SA, true,
	 HAS(SA) | HAS(NONCE) | HAS(TSI) | HAS(TSR), HAS(KE) | HAS(NOTIFY), ike_create_accepted,
	 IKE_PHASE_ESTABLISHED, "Processing CREATE_CHILD_SA response"},
	{IKE_PHASE_ESTABLISHED, IKE_CREATE_CHILD_SA, true, 0, HAS(NOTIFY), ike_create_refused,
	 IKE_PHASE_ESTABLISHED, "Processing CREATE_CHILD_SA refusal"},
	{IKE_PHASE_CLOSING, IKE_CREATE_CHILD_SA, true, 0, 0xffff, ike_create_refused,
	 IKE_PHASE_CLOSING, "CREATE_CHILD_SA response while closing"},
	{IKE_PHASE_ESTABLISHED, IKE_INFORMATIONAL, false, 0,
	 HAS(NOTIFY) | HAS(DELETE) | HAS(VENDOR) | HAS(CP), ike_info_request, IKE_PHASE_ESTABLISHED,
	 "Processing INFORMATIONAL request"},
	{IKE_PHASE_CLOSING, IKE_INFORMATIONAL, false, 0, HAS(NOTIFY) | HAS(DELETE),
	 ike_info_request, IKE_PHASE_CLOSING, "INFORMATIONAL request while closing"},
	{IKE_PHASE_ESTABLISHED, IKE_INFORMATIONAL, true, 0, HAS(NOTIFY) | HAS(DELETE),
	 ike_info_answer, IKE_PHASE_ESTABLISHED, "Processing INFORMATIONAL response"},
	{IKE_PHASE_CLOSING, IKE_INFORMATIONAL, true, 0, HAS(NOTIFY) | HAS(DELETE), ike_info_answer,
	 IKE_PHASE_DEAD, "Processing INFORMATIONAL response"},
};

static bool input_is_response(const struct ike_message *m)
{
	return (m->header.flags & IKE_FLAG_RESPONSE) != 0;
}

static uint32_t input_payloads(const struct ike_message *m)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < m->count; i++) {
		const uint8_t type = m->payloads[i].type;

		if (type >= IKE_PAYLOAD_SA && type < IKE_PAYLOAD_SA + 16)
			mask |= 1u << (type - IKE_PAYLOAD_SA);
	}
	return mask;
}

static const struct ike_row *input_row(const struct ike_sa *sa, const struct ike_message *m)
{
	const uint32_t has = input_payloads(m);

	for (size_t i = 0; i < sizeof(input_rows) / sizeof(input_rows[0]); i++) {
		const struct ike_row *row = &input_rows[i];

		if (row->phase == sa->phase && row->exchange == m->header.exchange &&
		    row->response == input_is_response(m) && (row->required & ~has) == 0)
			return row;
	}
	return NULL;
}

static void input_trace_unused(const struct ike_sa *sa, const struct ike_row *row,
			       const struct ike_message *m)
{
	for (size_t i = 0; i < m->count; i++) {
		const uint8_t type = m->payloads[i].type;
		const char *name = ike_payload_name(type);

		if (type < IKE_PAYLOAD_SA || type >= IKE_PAYLOAD_SA + 16 ||
		    ((row->required | row->optional) & (1u << (type - IKE_PAYLOAD_SA))) == 0)
			ike_trace(sa, 2, "Payload %s is not used here",
				  name != NULL ? name : "of unknown type");
	}
}

/* An authenticated message (or one of IKE_SA_INIT) that is next in its window. */
static void input_dispatch(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_row *row = input_row(sa, m);
	struct ike_task *t = NULL;

	if (input_is_response(m)) {
		t = sa->current;
		if (row == NULL) {
			/* Authenticated and senseless: what the peer thinks now is unknown. */
			if (sa->phase != IKE_PHASE_INIT_SENT)
				ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, IKE_N_INVALID_SYNTAX);
			return;
		}
		loop_timer_stop(&sa->retransmit);
		ike_state_answered(sa->s);
		sa->current = NULL;
	} else {
		sa->responding = true;
		sa->request_exchange = m->header.exchange;
		if (row == NULL) {
			ike_message_respond_notify(sa, IKE_N_INVALID_SYNTAX, (struct view){0});
			if (sa->phase == IKE_PHASE_HALF_OPEN)
				ike_sa_refuse(sa, ENGINE_WHY_PEER_REFUSED, IKE_N_INVALID_SYNTAX);
			return;
		}
	}
	ike_trace(sa, 1, "%s", row->story);
	input_trace_unused(sa, row, m);
	row->handler(sa, t, m);
	ike_task_next(sa);
}

static void input_malformed_inner(struct ike_sa *sa, const struct ike_message *m,
				  const struct ike_wire_error *err)
{
	const uint8_t type = err->payload;
	struct view data = {0};

	sa->v2->stats.malformed++;
	ike_record_malformed(sa->v2, &sa->s->remote, m, true, err->reason);
	ike_trace(sa, 1, "Malformed: %s", err->reason);
	if (input_is_response(m)) {
		ike_sa_down(sa, ENGINE_WHY_PEER_REFUSED, IKE_N_INVALID_SYNTAX);
		return;
	}
	sa->request_exchange = m->header.exchange;
	if (err->notify == IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD)
		data = (struct view){.data = &type, .len = 1};
	ike_message_respond_notify(sa, err->notify != 0 ? err->notify : IKE_N_INVALID_SYNTAX, data);
	if (sa->phase == IKE_PHASE_HALF_OPEN) /* RFC 7296 2.21.2: in IKE_AUTH it ends it */
		ike_sa_refuse(sa, ENGINE_WHY_PEER_REFUSED, IKE_N_INVALID_SYNTAX);
}

/* Decrypts; nothing about the IKE SA changes unless the ICV is right. */
static void input_protected(struct ike_sa *sa, const struct endpoint *local,
			    const struct endpoint *remote, struct ike_message *m)
{
	struct ike_v2 *v2 = sa->v2;
	struct ike_message inner = *m;
	struct ike_wire_error err = {0};
	struct view chain;
	uint8_t first;

	if (sa->keys.d == NULL || ike_sk_open(&sa->keys, !sa->s->initiator, m, v2->plain,
					      sizeof(v2->plain), &first, &chain) != 0) {
		v2->stats.malformed++;
		ike_record_malformed(v2, remote, m, false, "not authentic");
		return;
	}
	sa->heard_ms = ike_v2_now(v2);
	if (!sa->s->established && sa->s->encap) {
		/* IKE_AUTH comes by the ports that NAT detection led to; without a NAT nothing
		 * that arrives moves an end. */
		ike_sa_move(sa, local, remote);
	}
	if (!input_is_response(m))
		ike_v2_digest(v2, m->datagram, sa->request_digest);
	if (ike_parse_payloads(&inner, first, chain, true, &err) != 0) {
		input_malformed_inner(sa, m, &err);
		return;
	}
	ike_record_received(sa, &inner);
	ike_trace_packet(sa, &inner, false);
	input_dispatch(sa, &inner);
}

/* Outside the window, or an answer to nothing. */
static void input_unexpected(struct ike_v2 *v2, const struct endpoint *remote,
			     const struct ike_message *m)
{
	v2->stats.dropped_window++;
	ike_record_datagram(v2, remote, RECORD_IKE_UNEXPECTED, &m->header);
}

static void input_again(struct ike_sa *sa, const struct ike_message *m)
{
	uint8_t digest[IKE_STATE_DIGEST_LEN];

	ike_v2_digest(sa->v2, m->datagram, digest);
	if (memcmp(digest, sa->s->request_digest, sizeof(digest)) != 0) {
		input_unexpected(sa->v2, &sa->s->remote, m);
		return;
	}
	sa->v2->stats.retransmitted++;
	ike_record(sa, RECORD_IKE_ANSWERED_AGAIN, m->header.exchange, 1, m->header.message_id,
		   m->header.spi_i, m->header.spi_r);
	ike_message_transmit(sa,
			     (struct view){.data = sa->s->response, .len = sa->s->response_len});
}

static void input_request(struct ike_sa *sa, const struct endpoint *local,
			  const struct endpoint *remote, struct ike_message *m)
{
	switch (ike_state_window(sa->s, m->header.message_id)) {
	case IKE_WINDOW_AGAIN:
		input_again(sa, m);
		return;
	case IKE_WINDOW_NEW:
		/* Being worked on: its answer will come. Before the answer to our IKE_AUTH has
		 * come, the peer is not known yet: it will ask again. */
		if (!sa->responding && sa->phase != IKE_PHASE_FAILED &&
		    sa->phase != IKE_PHASE_AUTH_SENT) {
			input_protected(sa, local, remote, m);
			return;
		}
		break;
	case IKE_WINDOW_DROP:
		break;
	}
	input_unexpected(sa->v2, remote, m);
}

static void input_response(struct ike_sa *sa, const struct endpoint *local,
			   const struct endpoint *remote, struct ike_message *m)
{
	if (sa->current == NULL || sa->s->request_len == 0 ||
	    m->header.message_id != sa->s->send_id ||
	    m->header.exchange != sa->current->ops->exchange) {
		input_unexpected(sa->v2, remote, m);
		return;
	}
	if (m->header.exchange == IKE_SA_INIT) {
		ike_record_received(sa, m);
		ike_trace_packet(sa, m, false);
		input_dispatch(sa, m);
	} else {
		input_protected(sa, local, remote, m);
	}
}

/* The header's SPIs, and who says it is the original initiator, must be this IKE SA's. */
static bool input_spis_fit(const struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_header *h = &m->header;
	const bool from_initiator = (h->flags & IKE_FLAG_INITIATOR) != 0;

	if (from_initiator == (sa->s->initiator != 0) || h->spi_i != sa->s->spi_i)
		return false;
	return h->spi_r == sa->s->spi_r ||
	       (sa->phase == IKE_PHASE_INIT_SENT && h->exchange == IKE_SA_INIT);
}

static void input_find(struct ike_v2 *v2, const struct endpoint *local,
		       const struct endpoint *remote, struct ike_message *m)
{
	const bool from_initiator = (m->header.flags & IKE_FLAG_INITIATOR) != 0;
	struct ike_sa *sa = ike_sa_by_spi(v2, from_initiator ? m->header.spi_r : m->header.spi_i);

	if (sa == NULL || !input_spis_fit(sa, m)) {
		/* Never answered: a forger must not learn or gain anything. */
		v2->stats.dropped_unknown_spi++;
		ike_record_datagram(v2, remote, RECORD_IKE_UNKNOWN, &m->header);
		return;
	}
	if ((m->header.exchange == IKE_SA_INIT) != (sa->phase == IKE_PHASE_INIT_SENT)) {
		input_unexpected(v2, remote, m);
		return;
	}
	if (input_is_response(m))
		input_response(sa, local, remote, m);
	else if (m->header.exchange != IKE_SA_INIT)
		input_request(sa, local, remote, m);
	else
		input_unexpected(v2, remote, m);
}

static bool input_is_clear(const struct ike_message *m)
{
	return ike_find(m, IKE_PAYLOAD_SK, 0) == NULL;
}

void ike_input(struct ike_v2 *v2, const struct endpoint *local, const struct endpoint *remote,
	       struct view datagram)
{
	struct ike_wire_error err = {0};
	struct ike_message m;

	v2->stats.received++;
	if (ike_parse_header(datagram, &m, &err) != 0 ||
	    ike_parse_payloads(&m, m.header.next_payload, m.chain, false, &err) != 0) {
		v2->stats.malformed++;
		ike_record_malformed(v2, remote, &m, false, err.reason);
		return;
	}
	ike_message_count_received(v2, &m.header);
	if (m.header.exchange == IKE_SA_INIT && !input_is_response(&m)) {
		if (m.header.spi_r == 0 && m.header.message_id == 0 && m.header.spi_i != 0 &&
		    (m.header.flags & IKE_FLAG_INITIATOR) != 0)
			ike_init_request(v2, local, remote, &m);
		else
			v2->stats.malformed++;
		return;
	}
	/* RFC 7296 1.5: INVALID_IKE_SPI copies the exchange type of what it complains of. */
	if (m.header.exchange != IKE_SA_INIT && input_is_clear(&m)) {
		ike_info_hint(v2, remote, &m);
		return;
	}
	input_find(v2, local, remote, &m);
}
