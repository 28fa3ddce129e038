/* INFORMATIONAL: DELETE both ways, unknown SPIs, liveness, INVALID_SPI inside and outside. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/secret.h"
#include "ike/v2/v2_internal.h"
#include "tests/scenario/ike_pair.h"

static struct ike_sa *first_sa(struct pair *p, int end)
{
	return list_entry(p->end[end].v2->sas.next, struct ike_sa, node);
}

static struct ike_child *first_child(struct pair *p, int end)
{
	return list_entry(first_sa(p, end)->children.next, struct ike_child, node);
}

static uint32_t delete_spi(struct pair *p, int end, uint32_t spi)
{
	struct engine_msg m = {.type = ENGINE_DELETE_SPI,
			       .delete_spi = {.peer = p->end[1 - end].addr,
					      .protocol = IKE_PROTO_ESP,
					      .spi = spi}};

	return pair_ask(p, end, &m);
}

static void test_delete_of_a_child_takes_the_pair_at_both_ends(void **state)
{
	(void)state;
	for (int end = 0; end < 2; end++) {
		struct pair *p = pair_new(NULL);

		assert_true(pair_establish(p));
		ike_child_delete(first_child(p, end), ENGINE_WHY_OPERATOR);
		pair_run(p, 100);
		pair_assert_synced(p, 0);
		assert_int_equal(fake_router_event(&p->end[end].router, ENGINE_CHILD_DOWN)->why,
				 ENGINE_WHY_OPERATOR);
		assert_int_equal(fake_router_event(&p->end[1 - end].router, ENGINE_CHILD_DOWN)->why,
				 ENGINE_WHY_PEER_DELETE);
		assert_int_equal(pair_ikes(p, 0), 1);
		pair_free(p);
	}
}

static void test_delete_for_an_unknown_spi_gets_an_empty_answer(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	token = delete_spi(p, 0, 0xb761863e);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->spi, 0);
	assert_true(fake_router_result(&p->end[0].router, token)->ike != 0);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void test_delete_for_an_spi_that_the_peer_has_names_its_pair(void **state)
{
	struct pair *p = pair_new(NULL);
	struct ike_sa *sa;
	uint32_t token, spi, paired;

	(void)state;
	assert_true(pair_establish(p));
	spi = first_child(p, 1)->install.spi_out;
	paired = first_child(p, 1)->install.spi_in;
	/* End 0 has lost it altogether. */
	sa = first_sa(p, 0);
	ike_child_gone(first_child(p, 0), ENGINE_WHY_LOST, 0);
	ike_v2_reap(sa->v2);
	token = delete_spi(p, 0, spi);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(fake_router_result(&p->end[0].router, token)->spi, paired);
	pair_assert_synced(p, 0);
	pair_free(p);
}

static void test_a_paired_spi_of_ours_takes_our_half_too(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	token = delete_spi(p, 0, first_child(p, 0)->install.spi_in);
	pair_run(p, 100);
	assert_true(fake_router_result(&p->end[0].router, token)->spi != 0);
	pair_assert_synced(p, 0);
	assert_int_equal(p->end[0].router.seen[ENGINE_CHILD_DOWN], 1);
	pair_free(p);
}

static void test_delete_spi_without_an_ike_sa_is_not_connected(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_int_equal(pair_result(p, 0, delete_spi(p, 0, 4711)), -ENOTCONN);
	pair_free(p);
}

static void test_close_says_goodbye_and_ends_in_one_done(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.children = 2});
	uint32_t a, b;

	(void)state;
	assert_true(pair_establish(p));
	a = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	b = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, a), 0);
	assert_int_equal(pair_result(p, 0, b), 0);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_OPERATOR);
	assert_int_equal(fake_router_event(&p->end[1].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_PEER_DELETE);
	assert_int_equal(pair_ikes(p, 1), 0);
	pair_assert_synced(p, 0);
	/* Nothing to close is no error. */
	assert_int_equal(pair_result(p, 0, pair_ref(p, 0, ENGINE_CLOSE, 0, 0, 0)), 0);
	pair_free(p);
}

static void test_a_stop_waits_two_seconds_for_a_silent_peer(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->cut[1] = true;
	token = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_STOP);
	pair_run(p, 1900);
	assert_false(fake_router_is_done(&p->end[0].router, token));
	pair_run(p, 200);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_STOP);
	assert_int_equal(fake_router_sa_count(&p->end[0].router, true), 0);
	pair_free(p);
}

static void test_a_half_open_one_is_closed_in_silence(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token, closed;

	(void)state;
	p->cut[1] = true;
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 100);
	closed = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	assert_int_equal(pair_result(p, 0, closed), 0);
	assert_int_equal(pair_result(p, 0, token), -ECANCELED);
	assert_int_equal(p->datagrams, 2);
	pair_free(p);
}

/* ---- liveness -------------------------------------------------------------------------------- */

static void test_liveness_is_answered_or_ends_the_ike_sa(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	token = pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, 0);
	pair_run(p, 100);
	assert_int_equal(pair_result(p, 0, token), 0);
	p->cut[1] = true;
	token = pair_ref(p, 0, ENGINE_LIVENESS, 0, 0, 0);
	pair_run(p, 30000);
	assert_int_equal(pair_result(p, 0, token), -ETIMEDOUT);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_DPD);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_CHILD_DOWN)->why,
			 ENGINE_WHY_DPD);
	assert_int_equal(fake_router_sa_count(&p->end[0].router, false), 0);
	pair_free(p);
}

static void test_periodic_dpd_probes_when_nothing_is_heard(void **state)
{
	struct pair *p = pair_new(
		&(struct pair_options){.dpd = {.interval_s = 10, .retry_s = 2, .periodic = true}});
	unsigned int before;

	(void)state;
	assert_true(pair_establish(p));
	before = p->datagrams;
	pair_run(p, 60000);
	assert_true(p->datagrams >= before + 8 && p->datagrams <= before + 26);
	assert_int_equal(pair_ikes(p, 0), 1);
	p->cut[1] = true;
	pair_run(p, 40000);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_DPD);
	pair_free(p);
}

static void test_on_demand_dpd_probes_only_when_we_send_and_hear_nothing(void **state)
{
	struct pair *p = pair_new(&(struct pair_options){.dpd = {.interval_s = 10, .retry_s = 2}});
	unsigned int before;

	(void)state;
	assert_true(pair_establish(p));
	before = p->datagrams;
	pair_run(p, 60000); /* silence on both sides: nothing is asked */
	assert_int_equal(p->datagrams, before);
	for (int i = 0; i < 60; i++) { /* traffic both ways: neither */
		(void)pair_packet(p, 0, 10);
		(void)pair_packet(p, 1, 10);
		pair_run(p, 1000);
	}
	assert_int_equal(p->datagrams, before);
	for (int i = 0; i < 30; i++) { /* we send, nothing comes back */
		(void)pair_packet(p, 0, 10);
		pair_run(p, 1000);
	}
	assert_true(p->datagrams > before);
	pair_free(p);
}

/* ---- notifies -------------------------------------------------------------------------------- */

static uint8_t notify_spi_len;

static void build_invalid_spi(struct ike_task *t, struct ike_builder *b)
{
	const uint8_t spi[4] = {0xb7, 0x61, 0x86, 0x3e};
	struct ike_notify_body n = {.type = IKE_N_INVALID_SPI};

	(void)t;
	if (notify_spi_len == 4) {
		n.protocol = IKE_PROTO_ESP;
		n.spi_len = 4;
		n.spi = 0xb761863e;
	} else {
		n.data = (struct view){.data = spi, .len = sizeof(spi)};
	}
	ike_add_notify(b, &n);
}

static void answered(struct ike_task *t, const struct ike_message *m)
{
	(void)t;
	(void)m;
}

static const struct ike_task_ops invalid_spi = {.name = "invalid SPI",
						.exchange = IKE_INFORMATIONAL,
						.build = build_invalid_spi,
						.answer = answered};

static void test_invalid_spi_is_read_with_spi_size_0_and_4(void **state)
{
	(void)state;
	for (notify_spi_len = 0; notify_spi_len <= 4; notify_spi_len += 4) {
		struct pair *p = pair_new(NULL);
		const struct fake_event *e;

		assert_true(pair_establish(p));
		ike_task_queue(ike_task_new(first_sa(p, 1), &invalid_spi));
		pair_run(p, 100);
		e = fake_router_event(&p->end[0].router, ENGINE_PEER_NOTIFY);
		assert_non_null(e);
		assert_true(e->is_protected);
		assert_int_equal(e->notify, IKE_N_INVALID_SPI);
		assert_int_equal(e->spi_in, 0xb761863e);
		assert_true(e->ike != 0);
		/* It is answered, emptily, and harms nothing. */
		assert_null(first_sa(p, 1)->current);
		pair_assert_synced(p, 1);
		pair_free(p);
	}
}

static size_t clear_notify(uint8_t *out, size_t cap, uint16_t type, bool spi_field)
{
	const uint8_t spi[4] = {0xb7, 0x61, 0x86, 0x3e};
	const struct ike_header h = {.spi_i = 1,
				     .spi_r = 2,
				     .version = 0x20,
				     .exchange = IKE_INFORMATIONAL,
				     .flags = IKE_FLAG_INITIATOR};
	struct ike_notify_body n = {.type = type};
	struct ike_builder b;

	if (spi_field) {
		n.protocol = IKE_PROTO_ESP;
		n.spi_len = 4;
		n.spi = 0xb761863e;
	} else {
		n.data = (struct view){.data = spi, .len = sizeof(spi)};
	}
	ike_builder_start(&b, out, cap, &h);
	ike_add_notify(&b, &n);
	return ike_builder_done(&b).len;
}

static void test_clear_notifies_are_hints_never_answered_and_limited(void **state)
{
	struct pair *p = pair_new(NULL);
	uint8_t bytes[256];
	size_t len;
	unsigned int before;
	const struct fake_event *e;

	(void)state;
	assert_true(pair_establish(p));
	before = p->datagrams;
	for (int i = 0; i < 1000; i++) {
		len = clear_notify(bytes, sizeof(bytes), IKE_N_INVALID_SPI, i % 2 == 0);
		assert_true(len > 0);
		pair_inject(p, 0, (struct view){.data = bytes, .len = len});
	}
	assert_int_equal(p->datagrams, before);
	assert_int_equal(p->end[0].router.seen[ENGINE_PEER_NOTIFY], 8);
	e = fake_router_event(&p->end[0].router, ENGINE_PEER_NOTIFY);
	assert_false(e->is_protected);
	assert_int_equal(e->ike, 0);
	assert_int_equal(e->spi_in, 0xb761863e);
	pair_run(p, 3000);
	len = clear_notify(bytes, sizeof(bytes), IKE_N_INVALID_IKE_SPI, false);
	pair_inject(p, 0, (struct view){.data = bytes, .len = len});
	assert_int_equal(p->end[0].router.seen[ENGINE_PEER_NOTIFY], 9);
	pair_assert_synced(p, 1);
	pair_free(p);
}

static void build_auth_failed(struct ike_task *t, struct ike_builder *b)
{
	(void)t;
	ike_message_notify(b, IKE_N_AUTHENTICATION_FAILED, (struct view){0});
}

static const struct ike_task_ops auth_failed = {.name = "auth failed",
						.exchange = IKE_INFORMATIONAL,
						.build = build_auth_failed,
						.answer = answered};

static void test_authentication_failed_in_informational_ends_the_ike_sa(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_true(pair_establish(p));
	ike_task_queue(ike_task_new(first_sa(p, 1), &auth_failed));
	pair_run(p, 100);
	assert_int_equal(pair_ikes(p, 0), 0);
	assert_int_equal(fake_router_event(&p->end[0].router, ENGINE_IKE_DOWN)->why,
			 ENGINE_WHY_AUTH);
	assert_int_equal(fake_router_sa_count(&p->end[0].router, true), 0);
	pair_free(p);
}

/* The responder's AUTH is wrong: the initiator says so, and neither keeps the IKE SA. */
static void test_a_responder_that_fails_to_authenticate_is_told(void **state)
{
	struct pair *p = pair_new(NULL);
	struct conn *c = pair_conn(NULL, 0);
	uint32_t token;

	(void)state;
	secret_free(c->psk_remote);
	c->psk_remote = secret_new("other", 5);
	pair_put_conn(p, 0, c);
	token = pair_initiate(p, 0, 10, false, ENGINE_WHY_TRAFFIC);
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), -EACCES);
	assert_int_equal(pair_ikes(p, 0), 0);
	assert_int_equal(pair_ikes(p, 1), 0);
	pair_assert_synced(p, 0);
	pair_free(p);
}

/* ---- goodbye --------------------------------------------------------------------------------- */

/* The peer removes its inbound part when it reads our DELETE: none of our packets may come later. */
static void test_a_goodbye_waits_until_we_have_stopped_sending(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->end[0].router.silent = true; /* the kernel takes its time */
	token = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_OPERATOR);
	pair_run(p, 1000);
	assert_int_equal(pair_ikes(p, 1), 1);
	p->end[0].router.silent = false;
	ike_router_lost(p->end[0].v2); /* router will never say so: then without */
	pair_run(p, 1000);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(pair_ikes(p, 1), 0);
	pair_free(p);
}

static void test_a_stop_does_not_wait_for_a_router_that_says_nothing(void **state)
{
	struct pair *p = pair_new(NULL);
	uint32_t token;

	(void)state;
	assert_true(pair_establish(p));
	p->end[0].router.silent = true;
	token = pair_ref(p, 0, ENGINE_CLOSE, 0, 0, ENGINE_WHY_STOP);
	pair_run(p, IKE_STOP_MS + 100);
	assert_int_equal(pair_result(p, 0, token), 0);
	assert_int_equal(pair_ikes(p, 0), 0);
	pair_free(p);
}

/* Only one that has been asked for is said, and only between Spindles that need it. */
static void test_receiving_is_not_announced_where_nothing_else_sends(void **state)
{
	struct pair *p = pair_new(NULL);

	(void)state;
	assert_true(pair_establish(p));
	assert_int_equal(p->datagrams, 4);
	pair_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delete_of_a_child_takes_the_pair_at_both_ends),
		cmocka_unit_test(test_delete_for_an_unknown_spi_gets_an_empty_answer),
		cmocka_unit_test(test_delete_for_an_spi_that_the_peer_has_names_its_pair),
		cmocka_unit_test(test_a_paired_spi_of_ours_takes_our_half_too),
		cmocka_unit_test(test_delete_spi_without_an_ike_sa_is_not_connected),
		cmocka_unit_test(test_close_says_goodbye_and_ends_in_one_done),
		cmocka_unit_test(test_a_stop_waits_two_seconds_for_a_silent_peer),
		cmocka_unit_test(test_a_half_open_one_is_closed_in_silence),
		cmocka_unit_test(test_liveness_is_answered_or_ends_the_ike_sa),
		cmocka_unit_test(test_periodic_dpd_probes_when_nothing_is_heard),
		cmocka_unit_test(test_on_demand_dpd_probes_only_when_we_send_and_hear_nothing),
		cmocka_unit_test(test_invalid_spi_is_read_with_spi_size_0_and_4),
		cmocka_unit_test(test_clear_notifies_are_hints_never_answered_and_limited),
		cmocka_unit_test(test_authentication_failed_in_informational_ends_the_ike_sa),
		cmocka_unit_test(test_a_responder_that_fails_to_authenticate_is_told),
		cmocka_unit_test(test_a_goodbye_waits_until_we_have_stopped_sending),
		cmocka_unit_test(test_a_stop_does_not_wait_for_a_router_that_says_nothing),
		cmocka_unit_test(test_receiving_is_not_announced_where_nothing_else_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
