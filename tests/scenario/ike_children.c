/* CREATE_CHILD_SA: more Children and rekeys, lost messages, refusals, traffic that must not stop. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

static uint32_t inbound_spi(struct pair *p, int end)
{
	const struct fake_sa *s = fake_router_sender(&p->end[1 - end].router, 10);

	assert_non_null(s);
	return s->spi;
}

static uint32_t replace(struct pair *p, int end)
{
	return pair_ref(p, end, ENGINE_REPLACE_CHILD, 10, inbound_spi(p, end), ENGINE_WHY_RECOVERY);
}

static struct ike_sa *only_sa(struct pair *p, int end)
{
	return list_entry(p->end[end].v2->sas.next, struct ike_sa, node);
}

/* Packets both ways each millisecond; how many were not decrypted. */
static unsigned int run_with_traffic(struct pair *p, unsigned int ms)
{
	unsigned int lost = 0;

	for (unsigned int i = 0; i < ms; i++) {
		pair_run(p, 1);
		lost += !pair_packet(p, 0, 10);
		lost += !pair_packet(p, 1, 10);
	}
	return lost;
}

static void test_further_children_come_up_from_both_ends(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 3});
	uint32_t a, b;

	(void)state;
	assert_true(pair_establish(p));
	a = pair_ref(p, 0, ENGINE_CREATE_CHILD, 20, 0, ENGINE_WHY_TRAFFIC);
	b = pair_ref(p, 1, ENGINE_CREATE_CHILD, 30, 0, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, a), 0);
	assert_int_equal(pair_result(p, 1, b), 0);
	assert_true(fake_router_result(&p->end[0].router, a)->spi != 0);
	pair_assert_synced(p, 3);
	pair_free(p);
}

static void test_create_child_without_an_ike_sa_is_not_connected(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_int_equal(pair_result(p, 0, pair_ref(p, 0, ENGINE_CREATE_CHILD, 10, 0, 0)),
			 -ENOTCONN);
	assert_int_equal(pair_result(p, 0, pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, 0)), -ENOTCONN);
	assert_int_equal(pair_result(p, 0, pair_ref(p, 0, ENGINE_REPLACE_IKE, 0, 0, 0)), -ENOTCONN);
	assert_int_equal(pair_result(p, 0, pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10, 4711, 0)),
			 -ENOENT);
	pair_free(p);
}

static void test_replacing_a_child_loses_no_packet(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		for (unsigned int delay = 0; delay <= 40; delay += 10) {
			struct pair *p = pair_new(NULL);
			const struct fake_event *e;
			uint32_t old, token;

			assert_true(pair_establish(p));
			p->delay_ms = delay;
			old = inbound_spi(p, end);
			token = replace(p, end);
			assert_int_equal(run_with_traffic(p, 3000), 0);
			assert_int_equal(pair_result(p, end, token), 0);
			assert_int_equal(fake_router_result(&p->end[end].router, token)->spi,
					 inbound_spi(p, end));
			assert_int_not_equal(inbound_spi(p, end), old);
			pair_assert_synced(p, 1);
			e = fake_router_event(&p->end[end].router, ENGINE_CHILD_REKEYED);
			assert_int_equal(e->old_spi_in, old);
			assert_int_equal(e->spi_in, inbound_spi(p, end));
			e = fake_router_event(&p->end[end].router, ENGINE_CHILD_DOWN);
			assert_int_equal(e->why, ENGINE_WHY_REPLACED);
			e = fake_router_event(&p->end[1 - end].router, ENGINE_CHILD_DOWN);
			assert_int_equal(e->why, ENGINE_WHY_REPLACED);
			pair_free(p);
		}
	}
}

static void test_the_responder_sends_on_the_old_pair_until_the_new_one_is_used(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t old_out;

	(void)state;
	assert_true(pair_establish(p));
	old_out = fake_router_sender(&p->end[1].router, 10)->spi;
	p->delay_ms = 20;
	(void)replace(p, 0);
	pair_run(p, 30); /* the request has come, the answer is on its way */
	assert_int_equal(fake_router_sender(&p->end[1].router, 10)->spi, old_out);
	assert_int_equal(fake_router_sa_count(&p->end[1].router, true), 2);
	pair_run(p, 1000);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static enum pair_fate drop_informational(struct pair *p, int from, uint8_t *data, size_t *len,
					 void *arg)
{
	(void)p;
	(void)from;
	(void)len;
	(void)arg;
	return data[18] == IKE_INFORMATIONAL ? PAIR_DROP : PAIR_PASS;
}

static void test_first_traffic_or_two_seconds_bring_the_outbound_part(void **state)
{
	(void)state;
	for (int traffic = 0; traffic < 2; traffic++) {
		struct pair *p = pair_new(NULL);

		assert_true(pair_establish(p));
		p->filter = drop_informational; /* no DELETE arrives */
		(void)replace(p, 0);
		pair_run(p, 50);
		assert_int_equal(fake_router_sa_count(&p->end[1].router, false), 1);
		if (traffic)
			assert_true(pair_packet(p, 0, 10));
		pair_run(p, traffic ? 250 : 1500);
		assert_int_equal(fake_router_sa_count(&p->end[1].router, false), traffic ? 2 : 1);
		pair_run(p, 800);
		assert_int_equal(fake_router_sa_count(&p->end[1].router, false), 2);
		p->filter = NULL;
		pair_run(p, 20000);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_pfs_children_have_keys_of_their_own_exchange(void **state)
{
	static const uint16_t groups[] = {DH_CURVE25519, DH_ECP_256, DH_MODP_2048};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct proposal esp =
			pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, groups[i]);
		struct pair *p = pair_new(&(struct pair_options){.esp = &esp, .children = 2});
		uint32_t a, b;

		assert_true(pair_establish(p));
		a = replace(p, 0);
		b = pair_ref(p, 1, ENGINE_CREATE_CHILD, 20, 0, ENGINE_WHY_TRAFFIC);
		pair_run(p, 3000);
		assert_int_equal(pair_result(p, 0, a), 0);
		assert_int_equal(pair_result(p, 1, b), 0);
		pair_assert_synced(p, 2);
		pair_free(p);
	}
}

static void test_invalid_ke_payload_in_create_child_changes_the_group(void **state)
{
	struct proposal ours = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);
	struct proposal theirs = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_ECP_256);
	struct pair *p;
	struct conn *c;
	uint32_t token;

	(void)state;
	proposal_add(&ours, TRANSFORM_DH, DH_ECP_256, 0);
	p = pair_new(&(struct pair_options){.esp = &ours});
	c = pair_conn(NULL, 1);
	c->esp[0] = theirs;
	pair_put_conn(p, 1, c);
	assert_true(pair_establish(p));
	token = replace(p, 0);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, token), 0);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_pfs_that_the_peer_does_not_want_is_refused(void **state)
{
	struct proposal ours = pair_esp_proposal(ENCR_AES_GCM_16, 256, INTEG_NONE, DH_CURVE25519);
	struct pair *p = pair_new(&(struct pair_options){.esp = &ours});
	uint32_t token;

	(void)state;
	pair_put_conn(p, 1, pair_conn(NULL, 1));
	assert_true(pair_establish(p));
	token = replace(p, 0);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, token), -ECONNREFUSED);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->notify,
			 IKE_N_NO_PROPOSAL_CHOSEN);
	pair_assert_synced(p, 1); /* the old pair stays */
	assert_true(pair_packet(p, 0, 10) && pair_packet(p, 1, 10));
	pair_free(p);
}

static void test_each_lost_or_doubled_message_of_a_rekey_is_made_up_for(void **state)
{
	(void)state;
	for (unsigned int i = 1; i <= 8; i++) {
		struct pair *p = pair_new(NULL);
		uint32_t token;

		assert_true(pair_establish(p));
		if (i <= 4)
			p->drop_index = p->datagrams + i;
		else
			p->twice_index = p->datagrams + i - 4;
		token = replace(p, 0);
		assert_int_equal(run_with_traffic(p, 4000), 0);
		assert_int_equal(pair_result(p, 0, token), 0);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_two_requests_to_replace_one_child_share_the_exchange(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t a, b;

	(void)state;
	assert_true(pair_establish(p));
	a = replace(p, 0);
	b = replace(p, 0);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, a), 0);
	assert_int_equal(pair_result(p, 0, b), 0);
	assert_int_equal(p->datagrams, 8);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_a_child_that_the_peer_has_lost_is_made_anew(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_sa *sa;
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	sa = only_sa(p, 1);
	ike_child_gone(list_entry(sa->children.next, struct ike_child, node), ENGINE_WHY_LOST, 0);
	ike_v2_reap(p->end[1].v2);
	token = pair_ref(p, 0, ENGINE_REPLACE_CHILD, 10,
			 fake_router_sender(&p->end[0].router, 10)->spi_in, ENGINE_WHY_RECOVERY);
	pair_run(p, 3000);
	assert_int_equal(pair_result(p, 0, token), 0);
	pair_assert_synced(p, 1);
	assert_true(pair_packet(p, 0, 10) && pair_packet(p, 1, 10));
	pair_free(p);
}

static void test_temporary_failure_is_tried_again_and_then_given_up(void **state)
{
	(void)state;
	for (int times = 1; times <= 5; times += 4) {
		struct pair *p = pair_new(NULL);
		uint32_t token;

		assert_true(pair_establish(p));
		p->end[1].router.fail[ENGINE_ALLOC_SPI] = times == 1 ? 1 : -1;
		token = replace(p, 0);
		assert_int_equal(run_with_traffic(p, 20000), 0);
		assert_int_equal(pair_result(p, 0, token), times == 1 ? 0 : -EAGAIN);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static void test_router_refusals_in_a_rekey_leave_the_old_pair(void **state)
{
	static const enum engine_type types[] = {ENGINE_ALLOC_SPI, ENGINE_SA_INSTALL};

	(void)state;
	for (int end = 0; end < 2; end++) {
		for (size_t i = 0; i < 2; i++) {
			struct pair *p = pair_new(NULL);
			uint32_t token;

			assert_true(pair_establish(p));
			p->end[end].router.fail[types[i]] = -1;
			token = replace(p, 0);
			assert_int_equal(run_with_traffic(p, 20000), 0);
			assert_true(pair_result(p, 0, token) < 0);
			pair_assert_synced(p, 1);
			pair_free(p);
		}
	}
}

static void test_the_late_outbound_part_refused_takes_the_pair_down(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->end[1].router.fail[ENGINE_SA_INSTALL] = 2; /* inbound works, outbound does not */
	token = replace(p, 0);
	pair_run(p, 5000);
	assert_int_equal(pair_result(p, 0, token), 0);
	pair_assert_synced(p, 0);
	assert_int_equal(fake_router_event(&p->end[1].router, ENGINE_CHILD_DOWN)->why,
			 ENGINE_WHY_LOCAL_ERROR);
	pair_free(p);
}

/* ---- the peer's rekey of the IKE SA ---------------------------------------------------------- */

static void build_rekey_ike(struct ike_task *t, struct ike_builder *b)
{
	struct ike_offer o = {.number = 1, .spi_len = 8, .spi = 4711};
	uint8_t bytes[32] = {1};
	const struct view v = {.data = bytes, .len = sizeof(bytes)};

	o.proposal = t->sa->s->chosen;
	ike_add_sa(b, &o, 1);
	ike_add_nonce(b, v);
	ike_add_ke(b, DH_CURVE25519, v);
}

static const struct ike_task_ops rekey_ike = {
	.name = "rekey IKE", .exchange = IKE_CREATE_CHILD_SA, .build = build_rekey_ike};

static void test_a_rekey_of_the_ike_sa_is_refused_and_harms_nothing(void **state)
{
	struct pair *p = pair_new(NULL);
	struct engine_msg trace = {.type = ENGINE_TRACE_SET, .trace_set = {.level = 1}};
	bool said = false;

	(void)state;
	assert_true(pair_establish(p));
	(void)pair_ask(p, 0, &trace);
	ike_task_queue(ike_task_new(only_sa(p, 1), &rekey_ike));
	pair_run(p, 100);
	for (size_t i = 0; i < 8; i++)
		said |= strstr(p->end[0].router.trace[i], "NO_ADDITIONAL_SAS") != NULL;
	assert_true(said);
	assert_int_equal(pair_ikes(p, 0), 1);
	assert_int_equal(pair_ikes(p, 1), 1);
	pair_assert_synced(p, 1);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_further_children_come_up_from_both_ends),
		cmocka_unit_test(test_create_child_without_an_ike_sa_is_not_connected),
		cmocka_unit_test(test_replacing_a_child_loses_no_packet),
		cmocka_unit_test(
			test_the_responder_sends_on_the_old_pair_until_the_new_one_is_used),
		cmocka_unit_test(test_first_traffic_or_two_seconds_bring_the_outbound_part),
		cmocka_unit_test(test_pfs_children_have_keys_of_their_own_exchange),
		cmocka_unit_test(test_invalid_ke_payload_in_create_child_changes_the_group),
		cmocka_unit_test(test_pfs_that_the_peer_does_not_want_is_refused),
		cmocka_unit_test(test_each_lost_or_doubled_message_of_a_rekey_is_made_up_for),
		cmocka_unit_test(test_two_requests_to_replace_one_child_share_the_exchange),
		cmocka_unit_test(test_a_child_that_the_peer_has_lost_is_made_anew),
		cmocka_unit_test(test_temporary_failure_is_tried_again_and_then_given_up),
		cmocka_unit_test(test_router_refusals_in_a_rekey_leave_the_old_pair),
		cmocka_unit_test(test_the_late_outbound_part_refused_takes_the_pair_down),
		cmocka_unit_test(test_a_rekey_of_the_ike_sa_is_refused_and_harms_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
