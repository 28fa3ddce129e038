/*
 * The whole IKE engine under a peer that holds the keys: two engines, a real handshake, and an input
 * that is a script. It changes what is inside SK on its way (decrypted, changed, sealed again), puts
 * whole messages of its own beside it, loses, doubles and cuts datagrams, asks the engines for things,
 * lets router refuse, lets time pass.
 *
 * What must be true whatever came: each request of router's is answered once; no larval SPI stays; each
 * secret is wiped; and when the wickedness ends, both ends come to a pair that carries packets.
 */
#include "fuzz.h"

#include <string.h>

#include "base/random.h"
#include "base/secret.h"
#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

#define STEPS_MAX   40
#define CHANGES_MAX 16
#define ASKED_MAX   (STEPS_MAX + 8)
#define PEACE_MS    120000

enum step {
	STEP_TIME,
	STEP_ASK,
	STEP_CHANGE, /* bytes of the next message, inside SK where there is one */
	STEP_REQUEST,
	STEP_ANSWER,
	STEP_CLEAR, /* a message with the right SPIs and nothing protected */
	STEP_FATE,
	STEP_REFUSE, /* router's next answer of a kind */
	STEP_COUNT,
};

struct change {
	uint16_t at;
	uint8_t how, value;
};

struct war {
	struct pair *p;
	struct reader in;
	struct change changes[CHANGES_MAX];
	size_t change_count;
	uint8_t fate; /* of the next datagram: 1 lost, 2 twice, 3 cut */
	uint64_t iv;
	uint32_t asked[2][ASKED_MAX];
	size_t asked_count[2];
};

/* ---- numbers that are the same each time (base/random is not linked beside this) ------------- */

static uint64_t random_state;

void random_bytes(void *out, size_t len)
{
	uint8_t *at = out;

	while (len-- > 0) {
		random_state = random_state * 6364136223846793005u + 1442695040888963407u;
		*at++ = (uint8_t)(random_state >> 56);
	}
}

uint32_t random_u32(void)
{
	uint32_t v;

	random_bytes(&v, sizeof(v));
	return v;
}

uint32_t random_below(uint32_t n)
{
	return n > 0 ? random_u32() % n : 0;
}

/* ---- messages that the input makes ----------------------------------------------------------- */

static struct ike_sa *sa_of(struct war *w, int end, uint8_t which)
{
	struct ike_v2 *v2 = w->p->end[end].v2;
	struct ike_sa *sa = NULL;
	struct list *it;

	list_for_each(it, &v2->sas)
	{
		sa = list_entry(it, struct ike_sa, node);
		if (which-- == 0)
			break;
	}
	return sa;
}

/* A chain, sealed as the peer of `sa` would. Length 0: it has no keys yet, or it did not fit. */
static size_t seal(struct war *w, const struct ike_sa *sa, const struct ike_header *h,
		   uint8_t first, struct view chain, uint8_t out[IKE_DATAGRAM_MAX])
{
	struct ike_builder b;
	struct ike_sealable s;

	if (sa->keys.d == NULL)
		return 0;
	ike_builder_start(&b, out, IKE_STATE_MESSAGE_MAX, h);
	ike_builder_open_sk(&b, ike_sk_iv_len(&sa->keys));
	writer_view(&b.w, chain);
	if (ike_builder_close_sk(&b, ike_sk_block(&sa->keys), ike_sk_icv_len(&sa->keys), &s) != 0)
		return 0;
	out[b.sk_at] = first;
	return ike_sk_seal(&sa->keys, !sa->s->initiator, ++w->iv, out, &s) == 0 ? s.len : 0;
}

static struct ike_header header_to(const struct ike_sa *sa, uint8_t exchange, bool response,
				   uint32_t id)
{
	return (struct ike_header){
		.spi_i = sa->s->spi_i,
		.spi_r = sa->s->spi_r,
		.version = 0x20,
		.exchange = exchange,
		.flags = (uint8_t)((sa->s->initiator ? 0 : IKE_FLAG_INITIATOR) |
				   (response ? IKE_FLAG_RESPONSE : 0)),
		.message_id = id,
	};
}

static void say(struct war *w, int to, bool response, bool clear)
{
	const struct ike_sa *sa = sa_of(w, to, reader_u8(&w->in) & 3);
	uint8_t exchange = (uint8_t)(IKE_SA_INIT + (reader_u8(&w->in) & 3));
	const int8_t off = (int8_t)reader_u8(&w->in);
	const uint8_t first = reader_u8(&w->in);
	struct reader chain = reader_sub(&w->in, reader_u8(&w->in));
	const struct view v = reader_rest(&chain);
	static uint8_t out[IKE_DATAGRAM_MAX];
	struct ike_builder b;
	struct ike_header h;
	size_t len;

	if (sa == NULL)
		return;
	if (response && sa->current != NULL && off >= 0)
		exchange = sa->current->ops->exchange;
	h = header_to(sa, exchange, response,
		      (response ? sa->s->send_id : sa->s->receive_id) + (uint32_t)(off / 32));
	if (clear) {
		ike_builder_start(&b, out, sizeof(out), &h);
		writer_patch8(&b.w, 16, first);
		writer_view(&b.w, v);
		len = ike_builder_done(&b).len;
	} else {
		len = seal(w, sa, &h, first, v, out);
	}
	if (len > 0)
		pair_inject(w->p, to, (struct view){.data = out, .len = len});
}

/* ---- messages that are changed on their way -------------------------------------------------- */

static size_t change(struct war *w, uint8_t *bytes, size_t len, size_t cap)
{
	for (size_t i = 0; i < w->change_count && len > 0; i++) {
		const struct change *c = &w->changes[i];
		const size_t at = c->at % len;

		switch (c->how % 4) {
		case 0:
			bytes[at] = c->value;
			break;
		case 1:
			bytes[at] ^= (uint8_t)(1u << (c->value % 8));
			break;
		case 2: /* from there on it is gone */
			len = at + 1;
			break;
		default: /* a part comes twice */
			if (len - at <= cap - len) {
				memmove(bytes + len, bytes + at, len - at);
				len += len - at;
			}
		}
	}
	w->change_count = 0;
	return len;
}

static void change_inside(struct war *w, int to, uint8_t *data, size_t *len)
{
	static uint8_t plain[IKE_DATAGRAM_MAX + 1], out[IKE_DATAGRAM_MAX];
	struct ike_wire_error err = {0};
	const struct ike_sa *sa;
	struct ike_message m;
	struct view chain;
	uint8_t first;
	size_t n;

	if (ike_parse_header((struct view){.data = data, .len = *len}, &m, &err) != 0 ||
	    ike_parse_payloads(&m, m.header.next_payload, m.chain, false, &err) != 0)
		return;
	if (m.header.exchange == IKE_SA_INIT) {
		*len = IKE_HEADER_LEN + change(w, data + IKE_HEADER_LEN, *len - IKE_HEADER_LEN,
					       2048 - IKE_HEADER_LEN);
		data[26] = (uint8_t)(*len >> 8);
		data[27] = (uint8_t)*len;
		return;
	}
	sa = ike_sa_by_spi(w->p->end[to].v2, (m.header.flags & IKE_FLAG_INITIATOR) != 0
						     ? m.header.spi_r
						     : m.header.spi_i);
	if (sa == NULL || sa->keys.d == NULL ||
	    ike_sk_open(&sa->keys, !sa->s->initiator, &m, plain + 1, sizeof(plain) - 1, &first,
			&chain) != 0 ||
	    chain.len > 2000)
		return;
	plain[0] = first;
	memmove(plain + 1, chain.data, chain.len);
	n = change(w, plain, chain.len + 1, 2048);
	n = seal(w, sa, &m.header, plain[0], (struct view){.data = plain + 1, .len = n - 1}, out);
	if (n > 0 && n <= 4096) {
		memcpy(data, out, n);
		*len = n;
	}
}

static enum pair_fate on_its_way(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	struct war *w = arg;
	const uint8_t fate = w->fate;

	(void)p;
	w->fate = 0;
	if (w->change_count > 0)
		change_inside(w, 1 - from, data, len);
	if (fate % 4 == 3)
		*len = 1 + fate % *len;
	return fate % 4 == 1 ? PAIR_DROP : fate % 4 == 2 ? PAIR_TWICE : PAIR_PASS;
}

/* With the NAT, end 1 knows end 0 by the address that it has outside. */
static void put_conn(struct pair *p, int end)
{
	const struct pair_options o = {.children = 2};
	struct conn *c = pair_conn(&o, end);

	if (p->nat && end == 1)
		c->peers[0] = addr_v4(0xc6336401);
	pair_put_conn(p, end, c);
}

/* ---- the script ------------------------------------------------------------------------------ */

static uint32_t some_spi(struct war *w, int end, uint8_t which)
{
	const struct fake_router *r = &w->p->end[end].router;

	for (size_t i = 0; i < FAKE_SAS_MAX; i++)
		if (r->sas[i].used && which-- == 0)
			return r->sas[i].spi_in;
	return 0x12345678;
}

static void question(struct war *w, int end, uint8_t which, struct engine_msg *m)
{
	const uint32_t child = 10u * (1 + which % 2), spi = some_spi(w, end, which / 2);
	const struct addr peer = w->p->end[1 - end].addr;

	switch (m->type) {
	case ENGINE_INITIATE:
		m->initiate = (struct engine_initiate){.conn = 1,
						       .child = child,
						       .initial_contact = (which & 8) != 0,
						       .why = ENGINE_WHY_TRAFFIC};
		break;
	case ENGINE_DELETE_SPI:
		m->delete_spi = (struct engine_delete_spi){
			.peer = peer, .protocol = IKE_PROTO_ESP, .spi = spi};
		break;
	case ENGINE_NOTIFY_SEND:
		m->notify_send = (struct engine_notify_send){.conn = 1, .spi = spi, .peer = peer};
		break;
	case ENGINE_LIST:
		break;
	case ENGINE_TRACE_SET:
		m->trace_set.level = 2;
		break;
	default:
		m->ref = (struct engine_child_ref){
			.conn = 1, .child = child, .spi_in = spi, .why = ENGINE_WHY_RECOVERY};
	}
}

static void ask(struct war *w, int end)
{
	static const enum engine_type types[] = {
		ENGINE_INITIATE,    ENGINE_CREATE_CHILD, ENGINE_REPLACE_CHILD, ENGINE_REPLACE_IKE,
		ENGINE_DELETE_SPI,  ENGINE_CLOSE,	 ENGINE_LIVENESS,      ENGINE_LIST,
		ENGINE_NOTIFY_SEND, ENGINE_CONN_DEL,	 ENGINE_CONN_PUT,      ENGINE_TRACE_SET,
	};
	const uint8_t what = reader_u8(&w->in), which = reader_u8(&w->in);
	struct engine_msg m = {.type = types[what % (sizeof(types) / sizeof(types[0]))]};

	if (m.type == ENGINE_CONN_PUT) {
		put_conn(w->p, end);
		return;
	}
	question(w, end, which, &m);
	w->asked[end][w->asked_count[end]++] = pair_ask(w->p, end, &m);
}

/* A larval SPI or an SA that the kernel will not delete is not the engine's to mend. */
static void refuse(struct war *w, int end, uint8_t nth)
{
	static const enum engine_type types[] = {ENGINE_ALLOC_SPI, ENGINE_SA_INSTALL,
						 ENGINE_POLICY_ADD, ENGINE_SA_USE};

	w->p->end[end].router.fail[types[reader_u8(&w->in) % 4]] = 1 + nth % 4;
}

static void step(struct war *w)
{
	static const uint32_t waits[] = {0, 10, 100, 500, 2000, 6000, 30000, 700000};
	const uint8_t what = reader_u8(&w->in);
	const int end = what >> 7;

	switch ((enum step)(what % STEP_COUNT)) {
	case STEP_TIME:
		pair_run(w->p, waits[what / STEP_COUNT % 8]);
		break;
	case STEP_ASK:
		ask(w, end);
		break;
	case STEP_CHANGE:
		if (w->change_count < CHANGES_MAX)
			w->changes[w->change_count++] =
				(struct change){.at = reader_u16(&w->in),
						.how = (uint8_t)(what / STEP_COUNT),
						.value = reader_u8(&w->in)};
		break;
	case STEP_REQUEST:
	case STEP_ANSWER:
	case STEP_CLEAR:
		say(w, end, what % STEP_COUNT == STEP_ANSWER || (what & 0x40) != 0,
		    what % STEP_COUNT == STEP_CLEAR);
		break;
	case STEP_FATE:
		w->fate = reader_u8(&w->in);
		break;
	default:
		refuse(w, end, what / STEP_COUNT);
	}
}

/* ---- peace ----------------------------------------------------------------------------------- */

static void check_end(struct war *w, int end)
{
	const struct fake_router *r = &w->p->end[end].router;
	struct ike_v2_stats stats;

	for (size_t i = 0; i < w->asked_count[end]; i++)
		fuzz_must(fake_router_is_done(r, w->asked[end][i]));
	fuzz_must(fake_router_larval_count(r) == 0);
	fuzz_must(r->outbound_first == 0);
	ike_v2_stats(w->p->end[end].v2, &stats);
	fuzz_must(stats.half_open == 0);
}

/* Whatever was done to them: the next call with INITIAL_CONTACT gives a pair at both ends. */
static void make_peace(struct war *w)
{
	uint32_t token;

	w->p->filter = NULL;
	for (int end = 0; end < 2; end++) {
		memset(w->p->end[end].router.fail, 0, sizeof(w->p->end[end].router.fail));
		put_conn(w->p, end);
	}
	pair_run(w->p, PEACE_MS);
	check_end(w, 0);
	check_end(w, 1);
	token = pair_initiate(w->p, 0, 10, true, ENGINE_WHY_TRAFFIC);
	pair_run(w->p, PEACE_MS);
	fuzz_must(pair_result(w->p, 0, token) == 0);
	fuzz_must(pair_packet(w->p, 0, 10) && pair_packet(w->p, 1, 10));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t secrets = secret_alive();
	struct war w = {.iv = (uint64_t)1 << 40};

	if (size == 0)
		return 0;
	random_state = 1;
	w.in = reader_new(data + 1, size - 1);
	w.p = pair_new(&(struct pair_options){.children = 2});
	w.p->nat = (data[0] & 1) != 0;
	put_conn(w.p, 1);
	w.p->filter = on_its_way;
	w.p->filter_arg = &w;
	if ((data[0] & 2) == 0)
		fuzz_must(pair_establish(w.p));
	for (int i = 0; i < STEPS_MAX && reader_left(&w.in) > 0; i++)
		step(&w);
	make_peace(&w);
	pair_free(w.p);
	fuzz_must(secret_alive() == secrets);
	return 0;
}
