#include "ike_samples.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t noise[256] = {1, 2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47};

static const struct view nonce = {noise, 32};

static struct ike_header header(uint8_t exchange, uint8_t flags, uint32_t message_id)
{
	bool request = exchange == IKE_SA_INIT && !(flags & IKE_FLAG_RESPONSE);

	return (struct ike_header){.spi_i = 0x1122334455667788,
				   .spi_r = request ? 0 : 0x99aabbccddeeff00,
				   .version = 0x20,
				   .exchange = exchange,
				   .flags = flags,
				   .message_id = message_id};
}

static struct ike_offer offer(uint8_t number, uint8_t protocol, uint8_t spi_len, uint64_t spi)
{
	struct ike_offer o = {.number = number, .spi_len = spi_len, .spi = spi};

	o.proposal.protocol = protocol;
	proposal_add(&o.proposal, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(&o.proposal, TRANSFORM_ENCR, ENCR_AES_GCM_16, 128);
	if (protocol == IKE_PROTO_IKE)
		proposal_add(&o.proposal, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&o.proposal, TRANSFORM_DH, DH_CURVE25519, 0);
	if (protocol != IKE_PROTO_IKE)
		proposal_add(&o.proposal, TRANSFORM_ESN, ESN_NO, 0);
	return o;
}

static struct ike_offer cbc_offer(uint8_t number)
{
	struct ike_offer o = {.number = number};

	o.proposal.protocol = IKE_PROTO_IKE;
	proposal_add(&o.proposal, TRANSFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&o.proposal, TRANSFORM_PRF, PRF_HMAC_SHA2_512, 0);
	proposal_add(&o.proposal, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	proposal_add(&o.proposal, TRANSFORM_DH, DH_ECP_256, 0);
	proposal_add(&o.proposal, TRANSFORM_DH, DH_MODP_2048, 0);
	return o;
}

static void notify(struct ike_builder *b, uint16_t type, size_t data_len)
{
	ike_add_notify(b, &(struct ike_notify_body){.type = type, .data = {noise, data_len}});
}

static void selectors(struct ike_builder *b)
{
	struct ike_ts ts[2] = {{.proto = 6, .port_first = 80, .port_last = 80},
			       {.proto = 0, .port_first = 0, .port_last = 65535}};

	addr_parse(&ts[0].first, "10.1.0.0");
	addr_parse(&ts[0].last, "10.1.255.255");
	addr_parse(&ts[1].first, "2001:db8::");
	addr_parse(&ts[1].last, "2001:db8::ffff");
	ike_add_ts(b, IKE_PAYLOAD_TSI, ts, 2);
	ike_add_ts(b, IKE_PAYLOAD_TSR, ts, 1);
}

static struct ike_header build_init_request(struct ike_builder *b)
{
	struct ike_offer offers[2] = {offer(1, IKE_PROTO_IKE, 0, 0), cbc_offer(2)};

	notify(b, IKE_N_COOKIE, 36);
	ike_add_sa(b, offers, 2);
	ike_add_ke(b, DH_CURVE25519, (struct view){noise, 32});
	ike_add_nonce(b, nonce);
	notify(b, IKE_N_NAT_DETECTION_SOURCE_IP, 20);
	notify(b, IKE_N_NAT_DETECTION_DESTINATION_IP, 20);
	notify(b, IKE_N_SIGNATURE_HASH_ALGORITHMS, 6);
	ike_add_vendor(b, (struct view){noise, 16});
	ike_add_vendor(b, (struct view){noise, 9});
	return header(IKE_SA_INIT, IKE_FLAG_INITIATOR, 0);
}

static struct ike_header build_init_response(struct ike_builder *b)
{
	struct ike_offer o = cbc_offer(2);

	ike_add_sa(b, &o, 1);
	ike_add_ke(b, DH_ECP_256, (struct view){noise, 64});
	ike_add_nonce(b, nonce);
	return header(IKE_SA_INIT, IKE_FLAG_RESPONSE, 0);
}

static struct ike_header build_init_refusal(struct ike_builder *b)
{
	notify(b, IKE_N_INVALID_KE_PAYLOAD, 2);
	return header(IKE_SA_INIT, IKE_FLAG_RESPONSE, 0);
}

static struct ike_header build_auth_request(struct ike_builder *b)
{
	struct ike_offer o = offer(1, IKE_PROTO_ESP, 4, 0xff001234);
	struct identity id;

	identity_set(&id, IDENTITY_FQDN, "r1.example", 10);
	ike_add_id(b, IKE_PAYLOAD_IDI, &id);
	identity_set(&id, IDENTITY_IPV6, noise, 16);
	ike_add_id(b, IKE_PAYLOAD_IDR, &id);
	ike_add_auth(b, IKE_AUTH_PSK, (struct view){noise, 32});
	notify(b, IKE_N_INITIAL_CONTACT, 0);
	ike_add_sa(b, &o, 1);
	selectors(b);
	return header(IKE_AUTH, IKE_FLAG_INITIATOR, 1);
}

static struct ike_header build_child_request(struct ike_builder *b)
{
	struct ike_offer o = offer(1, IKE_PROTO_ESP, 4, 0xc0000001);
	struct ike_notify_body rekey = {
		.protocol = IKE_PROTO_ESP, .type = IKE_N_REKEY_SA, .spi_len = 4, .spi = 0xc0000002};

	ike_add_notify(b, &rekey);
	ike_add_sa(b, &o, 1);
	ike_add_nonce(b, nonce);
	ike_add_ke(b, DH_CURVE25519, (struct view){noise, 32});
	selectors(b);
	return header(IKE_CREATE_CHILD_SA, 0, 7);
}

static struct ike_header build_ike_rekey(struct ike_builder *b)
{
	struct ike_offer o = offer(1, IKE_PROTO_IKE, 8, 0x0102030405060708);

	ike_add_sa(b, &o, 1);
	ike_add_nonce(b, nonce);
	ike_add_ke(b, DH_CURVE25519, (struct view){noise, 32});
	return header(IKE_CREATE_CHILD_SA, IKE_FLAG_RESPONSE, 8);
}

static struct ike_header build_delete(struct ike_builder *b)
{
	const uint32_t spis[] = {0xff001122, 0x00000100, 0xc0ffee00};

	ike_add_delete(b, IKE_PROTO_ESP, spis, 3);
	ike_add_delete(b, IKE_PROTO_IKE, NULL, 0);
	return header(IKE_INFORMATIONAL, IKE_FLAG_INITIATOR, 9);
}

static struct ike_header build_invalid_spi(struct ike_builder *b)
{
	notify(b, IKE_N_INVALID_SPI, 4);
	return header(IKE_INFORMATIONAL, IKE_FLAG_INITIATOR, 0);
}

static struct ike_header build_sk(struct ike_builder *b)
{
	struct ike_sealable s;

	ike_builder_open_sk(b, 8);
	notify(b, IKE_N_AUTHENTICATION_FAILED, 0);
	ike_builder_close_sk(b, 1, 16, &s);
	return header(IKE_AUTH, IKE_FLAG_RESPONSE, 1);
}

static const struct {
	const char *name;
	bool inner;
	struct ike_header (*build)(struct ike_builder *b);
} makers[] = {
	{"init_request", false, build_init_request},
	{"init_response", false, build_init_response},
	{"init_refusal", false, build_init_refusal},
	{"auth_request", true, build_auth_request},
	{"child_request", true, build_child_request},
	{"ike_rekey", true, build_ike_rekey},
	{"delete", true, build_delete},
	{"invalid_spi", false, build_invalid_spi},
	{"sk", false, build_sk},
};

/* The header is known only by its maker: it builds once for the header, once behind it. */
bool ike_sample_get(size_t index, struct ike_sample *out)
{
	struct ike_header h = header(IKE_SA_INIT, IKE_FLAG_INITIATOR, 0);
	struct ike_builder b;

	if (index >= sizeof(makers) / sizeof(makers[0]))
		return false;
	memset(out, 0, sizeof(*out));
	out->name = makers[index].name;
	out->inner = makers[index].inner;
	for (int pass = 0; pass < 2; pass++) {
		ike_builder_start(&b, out->bytes, sizeof(out->bytes), &h);
		h = makers[index].build(&b);
	}
	out->len = ike_builder_done(&b).len;
	return out->len > 0;
}

int ike_sample_parse(struct view bytes, bool inner, struct ike_message *m,
		     struct ike_wire_error *err)
{
	int rc = ike_parse_header(bytes, m, err);

	if (rc)
		return rc;
	return ike_parse_payloads(m, m->header.next_payload, m->chain,
				  inner && m->header.exchange != IKE_SA_INIT, err);
}

static void must(bool what)
{
	if (!what)
		abort();
}

static void inside(const struct ike_message *m, struct view v)
{
	if (v.len)
		must(v.data >= m->datagram.data &&
		     v.data + v.len <= m->datagram.data + m->datagram.len);
}

static void touch_selectors(const struct ike_payload *p)
{
	struct ike_ts_payload ts;
	struct ike_ts narrowed;
	struct selector s;

	if (ike_read_ts(p, &ts))
		return;
	must(ts.count <= IKE_SELECTORS_MAX);
	for (size_t i = 0; i < ts.count; i++) {
		must(!ike_ts_intersect(&ts.ts[i], &ts.ts[0], &narrowed) ||
		     addr_cmp(&narrowed.first, &narrowed.last) <= 0);
		if (ike_ts_to_selector(&ts.ts[i], &ts.ts[0], &s))
			continue;
		narrowed = ike_ts_from_selector(&s, true);
		must(addr_equal(&narrowed.first, &ts.ts[i].first));
		must(addr_equal(&narrowed.last, &ts.ts[i].last));
	}
}

static void touch_views(const struct ike_message *m, const struct ike_payload *p)
{
	struct ike_notify_body n;
	struct ike_auth auth;
	struct ike_ke ke;

	if (!ike_read_ke(p, &ke))
		inside(m, ke.data);
	if (!ike_read_auth(p, &auth))
		inside(m, auth.data);
	if (!ike_read_notify(p, &n))
		inside(m, n.data);
}

static void touch_lists(const struct ike_payload *p)
{
	struct ike_sa_payload sa;
	struct ike_delete d;
	struct identity id;
	struct proposal chosen;

	if (!ike_read_sa(p, &sa)) {
		must(sa.count > 0 && sa.count <= IKE_PROPOSALS_MAX);
		proposal_choose(&sa.offers[0].proposal, &sa.offers[sa.count - 1].proposal, &chosen);
	}
	if (!ike_read_delete(p, &d))
		must(d.count <= IKE_DELETE_MAX && d.count <= d.total);
	if (!ike_read_id(p, &id))
		must(id.type != IDENTITY_ANY && id.len <= IDENTITY_MAX);
}

/* Every reader on every payload: they must stand bodies of any type. */
void ike_sample_touch(const struct ike_message *m)
{
	char text[256];

	must(m->count <= IKE_PAYLOADS_MAX);
	for (size_t i = 0; i < m->count; i++) {
		inside(m, m->payloads[i].body);
		touch_views(m, &m->payloads[i]);
		touch_lists(&m->payloads[i]);
		touch_selectors(&m->payloads[i]);
	}
	must(strlen(ike_contents(m, text, sizeof(text))) < sizeof(text));
}
