/* A peer that holds the keys and answers wrongly: our request ends once, cleanly; life goes on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

static struct ike_sa *first_sa(struct pair *p, int end)
{
	return list_entry(p->end[end].v2->sas.next, struct ike_sa, node);
}

static enum pair_fate deaf(struct pair *p, int from, uint8_t *data, size_t *len, void *arg)
{
	(void)p;
	(void)data;
	(void)len;
	(void)arg;
	return from == 0 ? PAIR_DROP : PAIR_PASS;
}

/* What end 1 says instead of what its engine would: it never hears the request. */
struct lie {
	uint8_t number;
	uint16_t encr_bits;
	uint32_t spi;
	uint32_t dh;	   /* in the proposal */
	uint32_t ke_group; /* 0 = no KE payload */
	size_t ke_len;
	const char *remote; /* TSr, as a prefix */
	int no_nonce;
	int result;
	int notify;
};

static void add_prefix(struct ike_builder *b, uint8_t type, const char *text)
{
	struct selector s = {0};
	struct ike_ts ts;

	prefix_parse(&s.local, text);
	prefix_parse(&s.remote, text);
	ts = ike_ts_from_selector(&s, true);
	ike_add_ts(b, type, &ts, 1);
}

static void build_lie(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	static const uint8_t bytes[256] = {7};
	const struct lie *l = arg;
	struct ike_offer o = {.number = l->number, .spi_len = 4, .spi = l->spi};

	(void)sa;
	o.proposal.protocol = IKE_PROTO_ESP;
	proposal_add(&o.proposal, TRANSFORM_ENCR, ENCR_AES_GCM_16, l->encr_bits);
	if (l->dh != 0)
		proposal_add(&o.proposal, TRANSFORM_DH, (uint16_t)l->dh, 0);
	proposal_add(&o.proposal, TRANSFORM_ESN, ESN_NO, 0);
	ike_add_sa(b, &o, 1);
	if (!l->no_nonce)
		ike_add_nonce(b, (struct view){.data = bytes, .len = 32});
	if (l->ke_group != 0)
		ike_add_ke(b, (uint16_t)l->ke_group,
			   (struct view){.data = bytes, .len = l->ke_len});
	add_prefix(b, IKE_PAYLOAD_TSI, "172.16.0.0/24");
	add_prefix(b, IKE_PAYLOAD_TSR, l->remote);
}

static void answer_as_end_1(struct pair *p,
			    void (*build)(struct ike_sa *, struct ike_builder *, void *), void *arg)
{
	struct ike_sa *sa = first_sa(p, 1);

	sa->request_exchange = IKE_CREATE_CHILD_SA;
	ike_message_respond(sa, build, arg);
}

static void test_a_wrong_answer_to_create_child_fails_once_and_is_taken_back(void **state)
{
	static const struct lie lies[] = {
		{2, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", false,
		 -EBADMSG, IKE_N_NO_PROPOSAL_CHOSEN},
		{1, 128, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", false,
		 -EBADMSG, IKE_N_NO_PROPOSAL_CHOSEN},
		{1, 256, 0x5000, DH_CURVE25519, 0, 0, "192.168.0.0/24", false, -EBADMSG,
		 IKE_N_INVALID_KE_PAYLOAD},
		{1, 256, 0x5000, DH_CURVE25519, DH_ECP_256, 64, "192.168.0.0/24", false, -EBADMSG,
		 IKE_N_INVALID_KE_PAYLOAD},
		{1, 256, 0x5000, 0, 0, 0, "192.168.0.0/24", false, -EBADMSG,
		 IKE_N_NO_PROPOSAL_CHOSEN},
		{1, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/16", false,
		 -EBADMSG, IKE_N_TS_UNACCEPTABLE},
		{1, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", true,
		 -ECONNREFUSED, 0},
	};
	struct proposal esp = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct pair *p = pair_new(&(struct pair_options){.esp = &esp});
		struct lie lie = lies[i];
		uint32_t token;

		assert_true(pair_establish(p));
		p->filter = deaf;
		token = pair_ref(p, 0, ENGINE_CREATE_CHILD, 10, 0, ENGINE_WHY_TRAFFIC);
		pair_run(p, 100);
		answer_as_end_1(p, build_lie, &lie);
		p->filter = NULL;
		pair_run(p, 5000);
		if (pair_result(p, 0, token) != lie.result)
			fail_msg("case %zu: %d", i, pair_result(p, 0, token));
		assert_int_equal(fake_router_result(&p->end[0].router, token)->notify, lie.notify);
		pair_assert_synced(p, 1);
		assert_int_equal(pair_ikes(p, 0), 1);
		/* The IKE SA is good for the next one. */
		token = pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, ENGINE_WHY_NONE);
		pair_run(p, 1000);
		assert_int_equal(pair_result(p, 0, token), 0);
		pair_free(p);
	}
}

/* ---- answers that are malformed inside ------------------------------------------------------- */

static void build_garbage(struct ike_sa *sa, struct ike_builder *b, void *arg)
{
	(void)sa;
	(void)arg;
	ike_message_notify(b, IKE_N_INITIAL_CONTACT, (struct view){0});
	writer_patch16(&b->w, b->payload_at + 2, 0x1000);
}

static void test_a_malformed_answer_ends_the_ike_sa(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->filter = deaf;
	token = pair_ref(p, 0, ENGINE_CREATE_CHILD, 10, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 100);
	answer_as_end_1(p, build_garbage, NULL);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->notify,
			 IKE_N_INVALID_SYNTAX);
	assert_int_equal(fake_router_sa_count(&p->end[0].router, true), 0);
	assert_int_equal(fake_router_larval_count(&p->end[0].router), 0);
	pair_free(p);
}

/* ---- offers that are wrong ------------------------------------------------------------------- */

static struct lie offer_lie;

static void build_offer(struct ike_task *t, struct ike_builder *b)
{
	build_lie(t->sa, b, &offer_lie);
}

static void answered(struct ike_task *t, const struct ike_message *m)
{
	(void)t;
	(void)m;
}

static const struct ike_task_ops wrong_offer = {.name = "wrong offer",
						.exchange = IKE_CREATE_CHILD_SA,
						.build = build_offer,
						.answer = answered};

static void test_wrong_offers_are_refused_with_the_right_notify(void **state)
{
	static const struct {
		struct lie lie;
		const char *notify;
	} cases[] = {
		{{1, 192, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", false, 0, 0},
		 "NO_PROPOSAL_CHOSEN"},
		{{1, 256, 255, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", false, 0, 0},
		 "INVALID_SYNTAX"},
		{{1, 256, 0x5000, DH_CURVE25519, 0, 0, "192.168.0.0/24", false, 0, 0},
		 "INVALID_KE_PAYLOAD"},
		{{1, 256, 0x5000, DH_CURVE25519, DH_ECP_256, 64, "192.168.0.0/24", false, 0, 0},
		 "INVALID_KE_PAYLOAD"},
		{{1, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 31, "192.168.0.0/24", false, 0, 0},
		 "INVALID_SYNTAX"},
		{{1, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "203.0.113.0/24", false, 0, 0},
		 "TS_UNACCEPTABLE"},
		{{1, 256, 0x5000, DH_CURVE25519, DH_CURVE25519, 32, "192.168.0.0/24", true, 0, 0},
		 "INVALID_SYNTAX"},
	};
	struct proposal esp = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pair *p = pair_new(&(struct pair_options){.esp = &esp});
		struct engine_msg trace = {.type = ENGINE_TRACE_SET, .trace_set = {.level = 1}};
		bool said = false;

		assert_true(pair_establish(p));
		(void)pair_ask(p, 1, &trace);
		offer_lie = cases[i].lie;
		ike_task_queue(ike_task_new(first_sa(p, 0), &wrong_offer));
		pair_run(p, 1000);
		for (size_t j = 0; j < 8; j++)
			said |= strstr(p->end[1].router.trace[j], cases[i].notify) != NULL;
		if (!said)
			fail_msg("case %zu: %s was not said", i, cases[i].notify);
		assert_null(first_sa(p, 0)->current);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

/* ---- rekey of nothing ------------------------------------------------------------------------ */

static void build_rekey_nothing(struct ike_task *t, struct ike_builder *b)
{
	struct ike_notify_body n = {
		.type = IKE_N_REKEY_SA, .protocol = IKE_PROTO_ESP, .spi_len = 4, .spi = 0x12345678};

	offer_lie = (struct lie){1, 256, 0x5000, 0, 0, 0, "192.168.0.0/24", false, 0, 0};
	ike_add_notify(b, &n);
	build_lie(t->sa, b, &offer_lie);
}

static const struct ike_task_ops rekey_nothing = {.name = "rekey nothing",
						  .exchange = IKE_CREATE_CHILD_SA,
						  .build = build_rekey_nothing,
						  .answer = answered};

static void test_a_rekey_of_a_child_that_is_not_there_is_not_found(void **state)
{
	struct pair *p = pair_new(NULL);
	struct engine_msg trace = {.type = ENGINE_TRACE_SET, .trace_set = {.level = 1}};
	bool said = false;

	(void)state;
	assert_true(pair_establish(p));
	(void)pair_ask(p, 1, &trace);
	ike_task_queue(ike_task_new(first_sa(p, 0), &rekey_nothing));
	pair_run(p, 1000);
	for (size_t j = 0; j < 8; j++)
		said |= strstr(p->end[1].router.trace[j], "NOTIFY(CHILD_SA_NOT_FOUND)") != NULL;
	assert_true(said);
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* ---- going away in the middle ---------------------------------------------------------------- */

static void test_an_engine_may_end_while_a_worker_computes_for_it(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token, closed;

	(void)state;
	/* The key pair is being made when router takes the request back. */
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	closed = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	assert_int_equal(pair_result(p, 0, token), -ECANCELED);
	assert_int_equal(pair_result(p, 0, closed), 0);
	pair_run(p, 1000);
	assert_int_equal(p->datagrams, 0);
	/* And the whole engine goes while one is being made. */
	(void)pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_free(p);
}

static void test_a_half_open_one_ends_when_its_connection_changes(void **state)
{
	struct pair *p = pair_new(NULL);
	struct conn *c = pair_conn(NULL, 0);
	uint32_t token;

	(void)state;
	p->cut[1] = true;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 100);
	pair_put_conn(p, 0, pair_conn(NULL, 0)); /* the same again: it goes on */
	assert_false(fake_router_is_done(&p->end[0].router, token));
	c->ike_lifetime_s = 77;
	pair_put_conn(p, 0, c);
	assert_int_equal(pair_result(p, 0, token), -ECANCELED);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_CONFIG);
	pair_free(p);
}

static void test_a_refused_policy_refuses_the_narrower_child(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.remote_selector = "192.168.0.128/25"});
	uint32_t token;

	(void)state;
	p->end[0].router.fail[ENGINE_POLICY_ADD] = 1;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 2000);
	assert_int_equal(pair_result(p, 0, token), -ENOBUFS);
	pair_assert_synced(p, 0); /* the peer's pair was deleted again */
	assert_int_equal(pair_ikes(p, 1), 1);
	/* Rekeyed, it keeps its policy and asks for none. */
	token = pair_ref(p, 0, ENGINE_CREATE_CHILD, 10, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 2000);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(p->end[0].router.seen[ENGINE_POLICY_ADD], 2);
	token = pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10,
			 fake_router_sender(&p->end[0].router, 10)->spi_in, ENGINE_WHY_LIFETIME);
	pair_run(p, 2000);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(p->end[0].router.seen[ENGINE_POLICY_ADD], 2);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_of_several_connections_the_identity_decides(void **state)
{
	struct pair_options a = {.id = {"a.example", "b.example"}};
	struct pair_options x = {.id = {"x.example", "b.example"}, .psk = {"other", "other"}};
	struct pair *p = pair_new(&a);
	struct conn *c = pair_conn(&x, 1);

	(void)state;
	c->id = 2;
	c->seq = 5; /* asked first */
	c->ike_count = 1;
	pair_put_conn(p, 1, c);
	assert_true(pair_establish(p));
	assert_int_equal(first_sa(p, 1)->conn->id, 1);
	pair_free(p);
}

static void test_replace_ike_twice_is_refused_the_second_time(void **state)
{
	struct pair *p = pair_new(NULL);
	const struct engine_msg hello = {.type = ENGINE_HELLO, .hello = {.version = 1}};
	struct engine_msg m = hello;
	uint32_t a, b;

	(void)state;
	ike_v2_message(p->end[0].v2, &m);
	assert_true(pair_establish(p));
	a = pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY);
	b = pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY);
	assert_int_equal(pair_result(p, 0, b), -EALREADY);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, a), 0);
	pair_assert_synced(p, 1);
	pair_free(p);
}

/* A fresh IKE SA whose Child is refused does not take the place of one whose Child works. */
static void test_a_fresh_ike_sa_without_child_does_not_replace_the_old_one(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->end[1].router.fail[ENGINE_SA_INSTALL] = 1;
	token = pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, ENGINE_WHY_RECOVERY);
	pair_run(p, 5000);
	assert_true(fake_router_is_done(&p->end[0].router, token));
	assert_int_equal(pair_ikes(p, 0), 1);
	pair_assert_synced(p, 1);
	assert_true(pair_packet(p, 0, 10) && pair_packet(p, 1, 10));
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_wrong_answer_to_create_child_fails_once_and_is_taken_back),
		cmocka_unit_test(test_a_malformed_answer_ends_the_ike_sa),
		cmocka_unit_test(test_wrong_offers_are_refused_with_the_right_notify),
		cmocka_unit_test(test_a_rekey_of_a_child_that_is_not_there_is_not_found),
		cmocka_unit_test(test_an_engine_may_end_while_a_worker_computes_for_it),
		cmocka_unit_test(test_a_half_open_one_ends_when_its_connection_changes),
		cmocka_unit_test(test_a_refused_policy_refuses_the_narrower_child),
		cmocka_unit_test(test_of_several_connections_the_identity_decides),
		cmocka_unit_test(test_replace_ike_twice_is_refused_the_second_time),
		cmocka_unit_test(test_a_fresh_ike_sa_without_child_does_not_replace_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
