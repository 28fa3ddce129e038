/*
 * Messages of an IKE SA on their way out: built in v2->out, sealed, kept in the durable state,
 * then sent. Order matters: IV, message ID and bytes are in the state before the datagram leaves.
 */
#include "ike/v2/v2_internal.h"

#include <errno.h>
#include <string.h>

void ike_message_begin(struct ike_sa *sa, struct ike_builder *b, uint8_t exchange, bool response,
		       uint32_t id)
{
	const struct ike_header h = {
		.spi_i = sa->s->spi_i,
		.spi_r = sa->s->spi_r,
		.version = 0x20,
		.exchange = exchange,
		.flags = (uint8_t)((sa->s->initiator ? IKE_FLAG_INITIATOR : 0) |
				   (response ? IKE_FLAG_RESPONSE : 0)),
		.message_id = id,
	};

	ike_builder_start(b, sa->v2->out, sizeof(sa->v2->out), &h);
	if (exchange != IKE_SA_INIT)
		ike_builder_open_sk(b, ike_sk_iv_len(&sa->keys));
}

#define NEXT_PAYLOAD_AT 16 /* RFC 7296 3.1 */
#define HEADER_LEN	28

static void message_trace_out(struct ike_sa *sa, const uint8_t *data, size_t len, uint8_t first,
			      struct view chain, bool inner)
{
	struct ike_message m;
	struct ike_wire_error err = {0};

	if (!ike_trace_on(sa->v2, &sa->s->remote.addr, 1) ||
	    ike_parse_header((struct view){.data = data, .len = len}, &m, &err) != 0)
		return;
	if (!inner) {
		first = m.header.next_payload;
		chain = m.chain;
	}
	(void)ike_parse_payloads(&m, first, chain, inner, &err);
	ike_trace_packet(sa, &m, true);
}

static struct view message_seal(struct ike_sa *sa, struct ike_builder *b)
{
	const struct ike_keys *k = &sa->keys;
	const struct view none = {0};
	struct ike_sealable s;
	uint8_t *data = sa->v2->out;
	struct view chain;
	uint8_t first, pad;

	if (ike_builder_close_sk(b, ike_sk_block(k), ike_sk_icv_len(k), &s) != 0)
		return none;
	first = data[b->sk_at];
	pad = data[s.text_at + s.text_len - 1];
	chain = (struct view){.data = data + s.text_at, .len = s.text_len - 1 - (size_t)pad};
	ike_record_sent(sa, (struct view){.data = data, .len = s.len}, first, chain);
	message_trace_out(sa, data, s.len, first, chain, true);
	if (ike_sk_seal(k, sa->s->initiator, ike_state_take_iv(sa->s), data, &s) != 0)
		return none;
	return (struct view){.data = data, .len = s.len};
}

struct view ike_message_end(struct ike_sa *sa, struct ike_builder *b)
{
	struct view v;

	if (b->sk_at != 0)
		return message_seal(sa, b);
	v = ike_builder_done(b);
	if (v.len <= HEADER_LEN)
		return v;
	ike_record_sent(sa, v, v.data[NEXT_PAYLOAD_AT],
			(struct view){.data = v.data + HEADER_LEN, .len = v.len - HEADER_LEN});
	message_trace_out(sa, v.data, v.len, 0, v, false);
	return v;
}

/* RFC 7296 3.1: exchange types are consecutive; others are not counted by type. */
static void count(struct ike_v2 *v2, uint8_t exchange, enum engine_way way)
{
	if (exchange >= IKE_SA_INIT && exchange < IKE_SA_INIT + ENGINE_EXCHANGES)
		v2->stats.exchange[exchange - IKE_SA_INIT][way]++;
}

void ike_message_count_received(struct ike_v2 *v2, const struct ike_header *h)
{
	count(v2, h->exchange,
	      h->flags & IKE_FLAG_RESPONSE ? ENGINE_RECEIVED_RESPONSE : ENGINE_RECEIVED_REQUEST);
}

#define EXCHANGE_AT 18
#define FLAGS_AT    19

void ike_message_count_sent(struct ike_v2 *v2, struct view datagram)
{
	v2->stats.sent++;
	if (datagram.len > FLAGS_AT)
		count(v2, datagram.data[EXCHANGE_AT],
		      datagram.data[FLAGS_AT] & IKE_FLAG_RESPONSE ? ENGINE_SENT_RESPONSE
								  : ENGINE_SENT_REQUEST);
}

void ike_message_transmit(struct ike_sa *sa, struct view datagram)
{
	struct ike_v2 *v2 = sa->v2;

	ike_message_count_sent(v2, datagram);
	v2->transport->send(v2->transport_ctx, &sa->s->local, &sa->s->remote, datagram);
}

void ike_message_respond(struct ike_sa *sa,
			 void (*build)(struct ike_sa *sa, struct ike_builder *b, void *arg),
			 void *arg)
{
	struct ike_builder b;
	struct view v;

	ike_message_begin(sa, &b, sa->request_exchange, true, sa->s->receive_id);
	build(sa, &b, arg);
	v = ike_message_end(sa, &b);
	sa->responding = false;
	if (ike_state_response(sa->s, v, sa->request_digest) != 0)
		return; /* too long or not sealed: the peer asks again and gets the same */
	ike_message_transmit(sa, v);
}

void ike_message_notify(struct ike_builder *b, uint16_t type, struct view data)
{
	const struct ike_notify_body n = {.type = type, .data = data};

	ike_add_notify(b, &n);
}

struct message_notify {
	uint16_t type;
	struct view data;
};

static void message_build_notify(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	const struct message_notify *n = arg;

	(void)sa;
	ike_message_notify(b, n->type, n->data);
}

void ike_message_respond_notify(struct ike_sa *sa, uint16_t notify, struct view data)
{
	struct message_notify n = {.type = notify, .data = data};

	ike_trace(sa, 1, "Answering with %s", ike_notify_name(notify));
	ike_message_respond(sa, message_build_notify, &n);
}

uint16_t ike_message_error(const struct ike_message *m)
{
	const struct ike_payload *p;
	struct ike_notify_body n;

	for (size_t i = 0; (p = ike_find(m, IKE_PAYLOAD_NOTIFY, i)) != NULL; i++)
		if (ike_read_notify(p, &n) == 0 && n.type <= IKE_N_ERROR_LAST)
			return n.type;
	return 0;
}
