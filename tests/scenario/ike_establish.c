/* Establishment: what two engines agree on, and what becomes of it when they cannot. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

static void test_two_engines_establish_and_agree_on_keys(void **state)
{
	struct pair *p = pair_new(NULL);
	const struct fake_event *up;

	(void)state;
	assert_true(pair_establish(p));
	assert_int_equal(p->datagrams, 4);
	up = fake_router_event(&p->end[0].router, ENGINE_IKE_UP);
	assert_non_null(up);
	assert_true(up->initiator);
	assert_int_equal(up->why, ENGINE_WHY_TRAFFIC);
	up = fake_router_event(&p->end[1].router, ENGINE_CHILD_UP);
	assert_int_equal(up->why, ENGINE_WHY_PEER_INIT);
	assert_int_equal(up->child, 10);
	assert_true(pair_packet(p, 0, 10));
	assert_true(pair_packet(p, 1, 10));
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_free(p);
}

struct choice {
	uint16_t encr, bits, integ, dh;
};

static void test_every_transform_that_we_offer_works(void **state)
{
	static const struct choice choices[] = {
		{ENCR_AES_GCM_16, 128, INTEG_NONE, DH_ECP_256},
		{ENCR_AES_GCM_16, 256, INTEG_NONE, DH_MODP_2048},
		{ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, DH_CURVE25519},
		{ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256, DH_ECP_256},
		{ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192, DH_CURVE25519},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		const struct choice *c = &choices[i];
		struct proposal ike = pair_ike_proposal(c->encr, c->bits, c->integ, c->dh);
		struct proposal esp = pair_esp_proposal(c->encr, c->bits, c->integ, c->dh);
		struct pair *p = pair_new(&(struct pair_options){.ike = &ike, .esp = &esp});

		assert_true(pair_establish(p));
		pair_free(p);
	}
}

static void test_ipv6_peers_establish(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.v6 = true});

	(void)state;
	assert_true(pair_establish(p));
	pair_free(p);
}

static void test_identities_are_checked_by_both_ends(void **state)
{
	struct pair_options o = {.id = {"a.example", "b.example"}};
	struct pair *p = pair_new(&o);
	struct conn *c;
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	pair_free(p);

	p = pair_new(&o);
	c = pair_conn(&o, 0);
	identity_set(&c->local_id, IDENTITY_FQDN, "c.example", 9);
	pair_put_conn(p, 0, c);
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -EACCES);
	pair_free(p);
}

static void test_esn_is_taken_when_the_peer_insists(void **state)
{
	struct proposal esp = pair_esp_proposal(ENCR_AES_GCM_16, 128, INTEG_NONE, DH_NONE);
	struct pair *p;
	struct conn *c;

	(void)state;
	proposal_add(&esp, TRANSFORM_ESN, ESN_YES, 0);
	p = pair_new(NULL);
	c = pair_conn(NULL, 0);
	c->esp[0] = esp;
	pair_put_conn(p, 0, c);
	c = pair_conn(NULL, 1);
	c->esp[0] = pair_esp_proposal(ENCR_AES_GCM_16, 128, INTEG_NONE, DH_NONE);
	pair_put_conn(p, 1, c);
	assert_true(pair_establish(p));
	assert_int_equal(fake_router_sender(&p->end[1].router, 10)->esn, 1);
	pair_free(p);
}

static void test_wrong_psk_ends_in_authentication_failed_at_both_ends(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.psk = {"right", "wrong"}});
	const uint32_t token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	const struct fake_event *down;
	struct ike_v2_stats stats;

	(void)state;
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -EACCES);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->notify,
			 IKE_N_AUTHENTICATION_FAILED);
	for (int i = 0; i < 2; i++) {
		down = fake_router_event(&p->end[i].router, ENGINE_IKE_DOWN);
		assert_int_equal(down->why, ENGINE_WHY_AUTH);
		assert_int_equal(p->end[i].router.seen[ENGINE_IKE_DOWN], 1);
		assert_int_equal(p->end[i].router.seen[ENGINE_IKE_UP], 0);
		ike_v2_stats(p->end[i].v2, &stats);
		assert_int_equal(stats.auth_failed, 1);
	}
	pair_run(p, 20000);
	ike_v2_stats(p->end[1].v2, &stats);
	assert_int_equal(stats.half_open, 0);
	pair_assert_synced(p, 0);
	pair_free(p);
}

static uint64_t message_count(struct pair *p, int end, unsigned int exchange, enum engine_way way)
{
	return p->end[end].router.stats.count[ENGINE_STAT_EXCHANGE + 4 * exchange + way];
}

/* Each end counts what the other one sent; both are asked over the engine's interface. */
static void test_both_ends_count_what_they_said(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_true(pair_establish(p));
	for (int end = 0; end < 2; end++) {
		struct engine_msg m = {.type = ENGINE_STATS};
		const uint32_t token = pair_ask(p, end, &m);
		const uint64_t *count = p->end[end].router.stats.count;

		pair_run(p, 1);
		assert_int_equal(pair_result(p, end, token), 0);
		assert_int_equal(count[end ? ENGINE_STAT_IN_ACTIVE : ENGINE_STAT_OUT_ACTIVE], 1);
		assert_int_equal(count[end ? ENGINE_STAT_OUT_ACTIVE : ENGINE_STAT_IN_ACTIVE], 0);
		assert_int_equal(
			count[end ? ENGINE_STAT_IN_ESTABLISHED : ENGINE_STAT_OUT_ESTABLISHED], 1);
		assert_int_equal(count[ENGINE_STAT_SENT], 2);
		assert_int_equal(count[ENGINE_STAT_RECEIVED], 2);
		assert_int_equal(count[ENGINE_STAT_MALFORMED], 0);
	}
	for (unsigned int exchange = 0; exchange < ENGINE_EXCHANGES; exchange++) {
		const uint64_t want = exchange < 2; /* IKE_SA_INIT, IKE_AUTH */

		assert_int_equal(message_count(p, 0, exchange, ENGINE_SENT_REQUEST), want);
		assert_int_equal(message_count(p, 1, exchange, ENGINE_RECEIVED_REQUEST), want);
		assert_int_equal(message_count(p, 1, exchange, ENGINE_SENT_RESPONSE), want);
		assert_int_equal(message_count(p, 0, exchange, ENGINE_RECEIVED_RESPONSE), want);
		assert_int_equal(message_count(p, 0, exchange, ENGINE_SENT_RESPONSE), 0);
	}
	pair_free(p);
}

static void test_no_common_proposal_is_refused_at_once(void **state)
{
	struct proposal other =
		pair_ike_proposal(ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128, DH_ECP_256);
	struct pair *p = pair_new(&(struct pair_options){.ike_other = &other});
	const uint32_t token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);

	(void)state;
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->notify,
			 IKE_N_NO_PROPOSAL_CHOSEN);
	assert_int_equal(p->datagrams, 2);
	pair_free(p);
}

static void test_the_responders_group_is_taken_after_invalid_ke_payload(void **state)
{
	struct proposal ours = pair_ike_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);
	struct proposal theirs = pair_ike_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_ECP_256);
	struct pair *p;

	(void)state;
	proposal_add(&ours, TRANSFORM_DH, DH_ECP_256, 0);
	p = pair_new(&(struct pair_options){.ike = &ours, .ike_other = &theirs});
	assert_true(pair_establish(p));
	assert_int_equal(p->datagrams, 6);
	pair_free(p);
}

static enum pair_fate reply_invalid_ke(struct pair *p, int from, uint8_t *data, size_t *len,
				       void *arg)
{
	unsigned int *count = arg;

	(void)p;
	/* Each IKE_SA_INIT answer becomes INVALID_KE_PAYLOAD for a group that nobody offered. */
	if (from != 1 || data[18] != IKE_SA_INIT)
		return PAIR_PASS;
	(*count)++;
	data[16] = IKE_PAYLOAD_NOTIFY;
	memset(data + 8, 0, 8);
	memcpy(data + 28, "\0\0\0\x0a\0\0\0\x11\0\x05", 10);
	*len = 38;
	memcpy(data + 24, "\0\0\0\x26", 4);
	return PAIR_PASS;
}

static void test_invalid_ke_payload_for_a_group_not_offered_ends_the_attempt(void **state)
{
	struct pair *p = pair_new(NULL);
	unsigned int count = 0;
	uint32_t token;

	(void)state;
	p->filter = reply_invalid_ke;
	p->filter_arg = &count;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	assert_int_equal(count, 1);
	pair_free(p);
}

static void test_selectors_that_do_not_meet_leave_an_ike_sa_without_child(void **state)
{
	struct pair *p = pair_new(NULL);
	struct conn *c = pair_conn(NULL, 1);
	uint32_t token;

	(void)state;
	prefix_parse(&c->children[0].selector.local, "203.0.113.0/24");
	pair_put_conn(p, 1, c);
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->notify,
			 IKE_N_TS_UNACCEPTABLE);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_assert_synced(p, 0);
	pair_free(p);
}

static void test_a_narrower_responder_gets_a_policy_at_the_initiator(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.remote_selector = "192.168.0.128/25"});

	(void)state;
	assert_true(pair_establish(p));
	assert_int_equal(p->end[0].router.seen[ENGINE_POLICY_ADD], 1);
	assert_int_equal(p->end[1].router.seen[ENGINE_POLICY_ADD], 0);
	assert_int_equal(fake_router_sender(&p->end[0].router, 10)->selector.remote.len, 25);
	pair_free(p);
}

static void test_a_nat_between_leads_to_port_4500_and_encapsulation(void **state)
{
	struct pair_options o = {.id = {"a.example", "b.example"}};
	struct pair *p = pair_new(&o);
	struct conn *c = pair_conn(&o, 1);
	const struct fake_sa *sa;

	(void)state;
	p->nat = true;
	c->peers[0] = addr_v4(0xc6336401);
	pair_put_conn(p, 1, c);
	assert_true(pair_establish(p));
	sa = fake_router_sender(&p->end[1].router, 10);
	assert_true(sa->encap);
	assert_int_equal(sa->remote.port, 14500);
	assert_int_equal(sa->local.port, 4500);
	sa = fake_router_sender(&p->end[0].router, 10);
	assert_true(sa->encap);
	assert_int_equal(sa->remote.port, 4500);
	pair_free(p);
}

/* ---- loss ------------------------------------------------------------------------------------ */

static void test_each_lost_message_is_made_up_for(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 4; i++) {
		struct pair *p = pair_new(NULL);
		uint32_t token;

		p->drop_index = i;
		token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
		pair_run(p, 1500);
		assert_int_equal(pair_result(p, 0, token), 0);
		pair_assert_synced(p, 1);
		assert_int_equal(pair_ikes(p, 1), 1);
		pair_free(p);
	}
}

static void test_each_doubled_message_changes_nothing(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 4; i++) {
		struct pair *p = pair_new(NULL);

		p->twice_index = i;
		assert_true(pair_establish(p));
		assert_int_equal(pair_ikes(p, 1), 1);
		pair_free(p);
	}
}

static void test_a_dead_peer_ends_after_six_tries(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	p->cut[1] = true;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_RECOVERY);
	pair_run(p, 16000);
	assert_false(fake_router_is_done(&p->end[0].router, token));
	pair_run(p, 8000);
	assert_int_equal(pair_result(p, 0, token), -ETIMEDOUT);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_TIMEOUT);
	pair_run(p, 20000);
	assert_int_equal(pair_ikes(p, 1), 0);
	pair_assert_synced(p, 0);
	pair_free(p);
}

static void test_a_half_open_one_of_the_peer_ends_after_ten_seconds(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_v2_stats stats;

	(void)state;
	p->drop_index = 3;
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 10);
	p->cut[0] = true;
	ike_v2_stats(p->end[1].v2, &stats);
	assert_int_equal(stats.half_open, 1);
	pair_run(p, 11000);
	ike_v2_stats(p->end[1].v2, &stats);
	assert_int_equal(stats.half_open, 0);
	assert_int_equal(fake_router_event(&p->end[1].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_TIMEOUT);
	pair_free(p);
}

/* ---- many ------------------------------------------------------------------------------------ */

/* A half-open IKE SA at end 1 for each call: the recorded request with another SPI. */
static void flood(struct pair *p, unsigned int count, uint8_t salt)
{
	uint8_t init[4096];
	const size_t len = p->last_len[0];

	memcpy(init, p->last[0], len);
	for (unsigned int i = 0; i < count; i++) {
		init[0] = salt;
		init[1] = (uint8_t)(i >> 8);
		init[2] = (uint8_t)i;
		pair_inject(p, 1, (struct view){.data = init, .len = len});
	}
}

static void test_cookies_are_asked_for_under_load_and_given(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_v2_stats stats;
	uint32_t token;

	(void)state;
	p->cut[0] = true;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 0);
	flood(p, 5, 1); /* five half-open ones of this peer: the next needs a cookie */
	pair_run(p, 0);
	flood(p, 100, 2);
	ike_v2_stats(p->end[1].v2, &stats);
	assert_int_equal(stats.half_open, 5);
	assert_int_equal(stats.cookies_sent, 100);
	p->cut[0] = false;
	pair_run(p, 2000);
	assert_int_equal(pair_result(p, 0, token), 0);
	ike_v2_stats(p->end[1].v2, &stats);
	assert_true(stats.cookies_sent > 100);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_a_cookie_of_another_sender_is_not_taken(void **state)
{
	struct pair *p = pair_new(NULL);
	struct endpoint a = {.addr = p->end[0].addr, .port = 500};
	struct endpoint b = {.addr = p->end[1].addr, .port = 500};
	const uint8_t bytes[16] = {1, 2, 3};
	const struct view nonce = {.data = bytes, .len = sizeof(bytes)};
	uint8_t cookie[36];
	const struct view v = {.data = cookie, .len = sizeof(cookie)};
	struct ike_v2 *v2 = p->end[1].v2;

	(void)state;
	assert_int_equal(ike_cookie_make(v2, nonce, &a, 7, cookie), 0);
	assert_true(ike_cookie_check(v2, v, nonce, &a, 7));
	assert_false(ike_cookie_check(v2, v, nonce, &a, 8));
	assert_false(ike_cookie_check(v2, v, nonce, &b, 7));
	assert_false(ike_cookie_check(v2, (struct view){.data = cookie, .len = 35}, nonce, &a, 7));
	assert_int_equal(ike_cookie_rotate(v2), 0);
	assert_true(ike_cookie_check(v2, v, nonce, &a, 7));
	assert_int_equal(ike_cookie_rotate(v2), 0);
	assert_false(ike_cookie_check(v2, v, nonce, &a, 7));
	pair_free(p);
}

static void test_an_unknown_address_gets_no_answer(void **state)
{
	struct pair *p = pair_new(NULL);
	const struct endpoint local = {.addr = p->end[1].addr, .port = 500};
	const struct endpoint remote = {.addr = addr_v4(0xcb007105), .port = 500};
	unsigned int before;

	(void)state;
	p->delay_ms = 20; /* so that the last datagram is IKE_SA_INIT */
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 0);
	before = p->datagrams;
	for (unsigned int i = 0; i < 100; i++)
		ike_v2_receive(p->end[1].v2, &local, &remote,
			       (struct view){.data = p->last[0], .len = p->last_len[0]});
	pair_run(p, 100);
	assert_int_equal(p->datagrams, before + 3);
	assert_int_equal(p->end[1].router.seen[ENGINE_IKE_HALF], 1);
	pair_free(p);
}

/* ---- joining --------------------------------------------------------------------------------- */

static void test_initiate_joins_a_half_open_one_of_ours(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 3});
	const uint32_t a = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	const uint32_t b = pair_initiate(p, 0, 10, true, ENGINE_WHY_RECOVERY);
	const uint32_t c = pair_initiate(p, 0, 20, false, ENGINE_WHY_TRAFFIC);

	(void)state;
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, a), 0);
	assert_int_equal(pair_result(p, 0, b), 0);
	assert_int_equal(pair_result(p, 0, c), 0);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 2);
	/* And over the living one: a Child, not another IKE SA. */
	assert_int_equal(pair_initiate(p, 0, 30, false, ENGINE_WHY_TRAFFIC) > 0, 1);
	pair_run(p, 1000);
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 3);
	pair_free(p);
}

static void test_joined_requests_all_fail_with_the_half_open_one(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 2, .psk = {"a", "b"}});
	const uint32_t a = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	const uint32_t b = pair_initiate(p, 0, 20, false, ENGINE_WHY_TRAFFIC);

	(void)state;
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, a), -EACCES);
	assert_int_equal(pair_result(p, 0, b), -EACCES);
	pair_free(p);
}

static void test_router_refusals_end_cleanly(void **state)
{
	static const enum engine_type types[] = {ENGINE_ALLOC_SPI, ENGINE_SA_INSTALL};

	(void)state;
	for (int end = 0; end < 2; end++) {
		for (size_t i = 0; i < 2; i++) {
			struct pair *p = pair_new(NULL);
			uint32_t token;

			p->end[end].router.fail[types[i]] = 1;
			token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
			pair_run(p, 30000);
			assert_true(pair_result(p, 0, token) < 0);
			pair_assert_synced(p, 0);
			/* And again, now that router is well. */
			token = pair_initiate(p, 0, 10, true, ENGINE_WHY_TRAFFIC);
			pair_run(p, 5000);
			assert_int_equal(pair_result(p, 0, token), 0);
			pair_assert_synced(p, 1);
			pair_free(p);
		}
	}
}

static void test_debug_lines_tell_the_story_only_when_asked(void **state)
{
	struct pair *p = pair_new(NULL);
	struct engine_msg m = {.type = ENGINE_TRACE_SET, .trace_set = {.level = 1}};

	(void)state;
	assert_true(pair_establish(p));
	assert_int_equal(p->end[0].router.traces, 0);
	(void)pair_ask(p, 0, &m);
	(void)pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_NONE);
	pair_run(p, 100);
	assert_true(p->end[0].router.traces > 8);
	pair_free(p);

	p = pair_new(NULL);
	p->delay_ms = 20;
	(void)pair_ask(p, 0, &m);
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 0);
	assert_non_null(strstr(p->end[0].router.trace[0], "Generating IKE_SA_INIT message"));
	assert_non_null(strstr(p->end[0].router.trace[1],
			       "Sending Packet [To 10.1.1.2:500/From 10.1.1.1:500/VRF i0:f0] "));
	assert_non_null(
		strstr(p->end[0].router.trace[5], "SA KE N VID NOTIFY(NAT_DETECTION_SOURCE_IP)"));
	pair_free(p);
}

/* `debug crypto condition`: what nobody will see is not even written. */
static void test_debug_lines_of_other_peers_are_not_written(void **state)
{
	static const struct {
		const char *first, *second;
		bool written;
	} rows[] = {
		{"192.0.2.0/24", NULL, false}, {"192.0.2.0/24", "10.1.1.2", true},
		{"10.0.0.0/8", NULL, true},    {"2001:db8::/32", "10.1.1.3", false},
		{"10.1.1.2", NULL, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct engine_msg m = {.type = ENGINE_TRACE_SET,
				       .trace_set = {.level = 2, .peer_count = 1}};
		struct pair *p = pair_new(NULL);

		prefix_parse(&m.trace_set.peers[0], rows[i].first);
		if (rows[i].second)
			prefix_parse(&m.trace_set.peers[m.trace_set.peer_count++], rows[i].second);
		(void)pair_ask(p, 0, &m);
		assert_true(pair_establish(p));
		assert_int_equal(p->end[0].router.traces > 0, rows[i].written);
		pair_free(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_engines_establish_and_agree_on_keys),
		cmocka_unit_test(test_every_transform_that_we_offer_works),
		cmocka_unit_test(test_ipv6_peers_establish),
		cmocka_unit_test(test_identities_are_checked_by_both_ends),
		cmocka_unit_test(test_esn_is_taken_when_the_peer_insists),
		cmocka_unit_test(test_wrong_psk_ends_in_authentication_failed_at_both_ends),
		cmocka_unit_test(test_both_ends_count_what_they_said),
		cmocka_unit_test(test_no_common_proposal_is_refused_at_once),
		cmocka_unit_test(test_the_responders_group_is_taken_after_invalid_ke_payload),
		cmocka_unit_test(test_invalid_ke_payload_for_a_group_not_offered_ends_the_attempt),
		cmocka_unit_test(test_selectors_that_do_not_meet_leave_an_ike_sa_without_child),
		cmocka_unit_test(test_a_narrower_responder_gets_a_policy_at_the_initiator),
		cmocka_unit_test(test_a_nat_between_leads_to_port_4500_and_encapsulation),
		cmocka_unit_test(test_each_lost_message_is_made_up_for),
		cmocka_unit_test(test_each_doubled_message_changes_nothing),
		cmocka_unit_test(test_a_dead_peer_ends_after_six_tries),
		cmocka_unit_test(test_a_half_open_one_of_the_peer_ends_after_ten_seconds),
		cmocka_unit_test(test_cookies_are_asked_for_under_load_and_given),
		cmocka_unit_test(test_a_cookie_of_another_sender_is_not_taken),
		cmocka_unit_test(test_an_unknown_address_gets_no_answer),
		cmocka_unit_test(test_initiate_joins_a_half_open_one_of_ours),
		cmocka_unit_test(test_joined_requests_all_fail_with_the_half_open_one),
		cmocka_unit_test(test_router_refusals_end_cleanly),
		cmocka_unit_test(test_debug_lines_tell_the_story_only_when_asked),
		cmocka_unit_test(test_debug_lines_of_other_peers_are_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
