/*
 * ike/wire and ike/crypto against what real peers said: sessions of two strongSwans are read along,
 * with no more than the logged Diffie-Hellman secrets and the PSK. Every message must open, both
 * AUTHs must be right, and Child keys must be those that strongSwan gave to its kernel.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "hex.h"
#include "ike/crypto/crypto.h"
#include "ike_recorded.h"
#include "ike_samples.h"

#define DATAGRAM_MAX 1024

struct datagram {
	uint8_t bytes[DATAGRAM_MAX];
	size_t len;
};

/* One session as a listener knows it. */
struct session {
	const struct ike_recorded *r;
	struct datagram init[2]; /* request, response: what AUTH signs */
	uint8_t nonce_bytes[2][256];
	struct view nonce[2];
	uint64_t rekey_spi[2]; /* of the IKE SA that takes over */
	struct ike_keys keys[2];
	uint64_t spi_i[2];
	unsigned int opened, auths, children;
};

static struct datagram datagram_of(const char *text)
{
	struct datagram d;

	d.len = unhex(text, d.bytes, sizeof(d.bytes));
	return d;
}

static struct secret *secret_of(const char *text)
{
	struct view v = hex(text);

	return v.len ? secret_new(v.data, v.len) : NULL;
}

static int is_response(const struct ike_message *m)
{
	return m->header.flags & IKE_FLAG_RESPONSE ? 1 : 0;
}

static void keep_nonce(struct session *s, const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_NONCE, 0);
	int way = is_response(m);

	assert_non_null(p);
	memcpy(s->nonce_bytes[way], p->body.data, p->body.len);
	s->nonce[way] = (struct view){s->nonce_bytes[way], p->body.len};
}

static struct ike_sa_payload read_sa(const struct ike_message *m)
{
	const struct ike_payload *p = ike_find(m, IKE_PAYLOAD_SA, 0);
	struct ike_sa_payload sa;

	assert_non_null(p);
	assert_int_equal(ike_read_sa(p, &sa), 0);
	return sa;
}

/* ---- exchanges ------------------------------------------------------------------------------- */

static void on_init(struct session *s, const struct ike_message *m, const struct datagram *d)
{
	struct ike_sa_payload sa;
	struct secret *shared;

	if (!ike_find(m, IKE_PAYLOAD_SA, 0)) {
		struct ike_notify_body n;

		assert_true(ike_find_notify(m, IKE_N_INVALID_KE_PAYLOAD, &n) ||
			    ike_find_notify(m, IKE_N_COOKIE, &n));
		return;
	}
	s->init[is_response(m)] = *d;
	keep_nonce(s, m);
	if (!is_response(m))
		return;
	sa = read_sa(m);
	shared = secret_of(s->r->shared[0]);
	s->spi_i[0] = m->header.spi_i;
	assert_int_equal(ike_keys_derive(&s->keys[0], &sa.offers[0].proposal, shared, s->nonce[0],
					 s->nonce[1], m->header.spi_i, m->header.spi_r),
			 0);
	secret_free(shared);
}

static void check_child(struct session *s, const struct proposal *esp, const char *dh)
{
	struct view want = hex(s->r->child_keys[s->children++]);
	struct reader r = reader_of(want);
	struct secret *shared = secret_of(dh);
	struct ike_child_keys ck;
	const struct secret *order[4];

	assert_int_equal(
		ike_child_keys_derive(&ck, &s->keys[0], esp, shared, s->nonce[0], s->nonce[1]), 0);
	order[0] = ck.encr_i;
	order[1] = ck.integ_i;
	order[2] = ck.encr_r;
	order[3] = ck.integ_r;
	for (size_t i = 0; i < 4; i++) {
		struct view got = secret_view(order[i]);

		assert_true(view_equal(got, reader_view(&r, got.len)));
	}
	assert_true(reader_done(&r));
	ike_child_keys_clear(&ck);
	secret_free(shared);
}

static void on_auth(struct session *s, const struct ike_message *m)
{
	int way = is_response(m);
	const struct ike_payload *id = ike_find(m, way ? IKE_PAYLOAD_IDR : IKE_PAYLOAD_IDI, 0);
	struct secret *psk = secret_new(IKE_RECORDED_PSK, strlen(IKE_RECORDED_PSK));
	const struct datagram *init = &s->init[way];
	uint8_t want[IKE_PRF_MAX];
	struct identity who;
	struct ike_auth auth;

	assert_non_null(id);
	assert_int_equal(ike_read_id(id, &who), 0);
	assert_int_equal(who.type, IDENTITY_FQDN);
	assert_int_equal(ike_read_auth(ike_find(m, IKE_PAYLOAD_AUTH, 0), &auth), 0);
	assert_int_equal(auth.method, IKE_AUTH_PSK);
	assert_int_equal(ike_auth_psk(&s->keys[0], !way, psk, (struct view){init->bytes, init->len},
				      s->nonce[!way], id->body, want),
			 0);
	assert_memory_equal(auth.data.data, want, auth.data.len);
	s->auths++;
	if (way) {
		struct ike_sa_payload sa = read_sa(m);

		check_child(s, &sa.offers[0].proposal, "");
	}
	secret_free(psk);
}

static void on_create(struct session *s, const struct ike_message *m)
{
	struct ike_sa_payload sa = read_sa(m);
	struct secret *shared;

	keep_nonce(s, m);
	if (sa.offers[0].proposal.protocol == IKE_PROTO_ESP) {
		if (is_response(m))
			check_child(s, &sa.offers[0].proposal, s->r->child_shared);
		return;
	}
	s->rekey_spi[is_response(m)] = sa.offers[0].spi;
	if (!is_response(m))
		return;
	shared = secret_of(s->r->shared[1]);
	s->spi_i[1] = s->rekey_spi[0];
	assert_int_equal(ike_keys_rekey(&s->keys[1], &s->keys[0], &sa.offers[0].proposal, shared,
					s->nonce[0], s->nonce[1], s->rekey_spi[0], s->rekey_spi[1]),
			 0);
	secret_free(shared);
}

static void on_protected(struct session *s, struct ike_message *m, uint8_t *plain)
{
	const struct ike_keys *k = &s->keys[m->header.spi_i == s->spi_i[1]];
	struct ike_wire_error err = {0};
	struct view chain;
	uint8_t first;

	assert_int_equal(ike_sk_open(k, m->header.flags & IKE_FLAG_INITIATOR, m, plain,
				     DATAGRAM_MAX, &first, &chain),
			 0);
	if (ike_parse_payloads(m, first, chain, true, &err))
		fail_msg("%s", err.reason);
	s->opened++;
	if (m->header.exchange == IKE_AUTH)
		on_auth(s, m);
	else if (m->header.exchange == IKE_CREATE_CHILD_SA)
		on_create(s, m);
}

static void on_datagram(struct session *s, const char *text)
{
	struct datagram d = datagram_of(text);
	static uint8_t plain[DATAGRAM_MAX];
	struct ike_wire_error err = {0};
	struct ike_message m;

	if (ike_sample_parse((struct view){d.bytes, d.len}, false, &m, &err))
		fail_msg("%s: %s", s->r->name, err.reason);
	if (m.header.exchange == IKE_SA_INIT)
		on_init(s, &m, &d);
	else
		on_protected(s, &m, plain);
	/* the inner views stand in `plain`, not in the datagram */
	m.datagram = m.header.exchange == IKE_SA_INIT ? m.datagram
						      : (struct view){plain, sizeof(plain)};
	ike_sample_touch(&m);
}

static void test_sessions_of_strongswan_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ike_recorded_count; i++) {
		struct session s = {.r = &ike_recorded[i]};

		for (size_t n = 0; n < IKE_RECORDED_MAX && s.r->datagrams[n]; n++)
			on_datagram(&s, s.r->datagrams[n]);
		assert_int_equal(s.auths, 2);
		assert_int_equal(s.children, 2);
		/* AUTH, rekey of the Child, its DELETE, rekey of the IKE SA, two DELETEs */
		assert_int_equal(s.opened, 12);
		ike_keys_clear(&s.keys[0]);
		ike_keys_clear(&s.keys[1]);
	}
	assert_int_equal(secret_alive(), 0);
}

/* However much a peer offers, what we can do is found in it, and unknown types spoil only theirs. */
static void test_offers_of_real_peers_are_accepted(void **state)
{
	static const uint16_t groups[] = {DH_ECP_256, DH_CURVE25519};
	struct proposal gcm = {.protocol = IKE_PROTO_IKE}, cbc = {.protocol = IKE_PROTO_IKE},
			chosen;

	(void)state;
	proposal_add(&gcm, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	proposal_add(&gcm, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&cbc, TRANSFORM_ENCR, ENCR_AES_CBC, 256);
	proposal_add(&cbc, TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0);
	proposal_add(&cbc, TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		proposal_add(&gcm, TRANSFORM_DH, groups[i], 0);
		proposal_add(&cbc, TRANSFORM_DH, groups[i], 0);
	}
	for (size_t i = 0; i < ike_recorded_offer_count; i++) {
		struct datagram d = datagram_of(ike_recorded_offers[i].datagram);
		struct ike_sa_payload sa;
		struct ike_message m;
		unsigned int taken = 0;

		assert_int_equal(ike_sample_parse((struct view){d.bytes, d.len}, false, &m, NULL),
				 0);
		ike_sample_touch(&m);
		sa = read_sa(&m);
		for (size_t n = 0; n < sa.count; n++)
			taken += proposal_choose(&gcm, &sa.offers[n].proposal, &chosen) ||
				 proposal_choose(&cbc, &sa.offers[n].proposal, &chosen);
		if (!taken)
			fail_msg("%s: nothing taken", ike_recorded_offers[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions_of_strongswan_are_understood),
		cmocka_unit_test(test_offers_of_real_peers_are_accepted),
	};

	return cmocka_run_group_tests_name("ike_recorded", tests, NULL, NULL);
}
