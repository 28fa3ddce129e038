/* Pure choices: proposals and selectors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ike/v2/v2_internal.h"

static struct proposal esp(uint16_t bits, uint16_t dh, int esn)
{
	struct proposal p = {.protocol = IKE_PROTO_ESP};

	proposal_add(&p, TRANSFORM_ENCR, ENCR_AES_GCM_16, bits);
	if (dh != DH_NONE)
		proposal_add(&p, TRANSFORM_DH, dh, 0);
	if (esn >= 0)
		proposal_add(&p, TRANSFORM_ESN, (uint16_t)esn, 0);
	return p;
}

static struct ike_offer offer(uint8_t number, struct proposal p)
{
	return (struct ike_offer){.number = number, .spi_len = 4, .spi = 0x1000, .proposal = p};
}

static void test_our_preference_counts_not_the_order_of_the_offers(void **state)
{
	const struct proposal ours[2] = {esp(256, DH_NONE, -1), esp(128, DH_NONE, -1)};
	struct ike_sa_payload sa = {.count = 2};
	const struct ike_offer *taken;
	struct proposal chosen;

	(void)state;
	sa.offers[0] = offer(1, esp(128, DH_NONE, ESN_NO));
	sa.offers[1] = offer(2, esp(256, DH_NONE, ESN_NO));
	assert_int_equal(ike_select_proposal(ours, 2, IKE_PROTO_ESP, &sa, false, &chosen, &taken),
			 0);
	assert_int_equal(taken->number, 2);
	assert_int_equal(proposal_first(&chosen, TRANSFORM_ENCR)->key_bits, 256);
	assert_int_equal(
		ike_select_proposal(&ours[1], 1, IKE_PROTO_ESP, &sa, false, &chosen, &taken), 0);
	assert_int_equal(taken->number, 1);
}

static void test_offers_of_another_protocol_or_spi_size_are_passed_over(void **state)
{
	const struct proposal ours = esp(128, DH_NONE, -1);
	struct ike_sa_payload sa = {.count = 1};
	const struct ike_offer *taken;
	struct proposal chosen;

	(void)state;
	sa.offers[0] = offer(1, ours);
	sa.offers[0].spi_len = 0;
	assert_int_equal(ike_select_proposal(&ours, 1, IKE_PROTO_ESP, &sa, false, &chosen, &taken),
			 -ENOENT);
	sa.offers[0] = offer(1, ours);
	sa.offers[0].proposal.protocol = IKE_PROTO_AH;
	assert_int_equal(ike_select_proposal(&ours, 1, IKE_PROTO_ESP, &sa, false, &chosen, &taken),
			 -ENOENT);
}

static void test_pfs_does_not_count_in_ike_auth(void **state)
{
	const struct proposal ours = esp(128, DH_CURVE25519, -1);
	struct ike_sa_payload sa = {.count = 1};
	const struct ike_offer *taken;
	struct proposal chosen;

	(void)state;
	sa.offers[0] = offer(1, esp(128, DH_NONE, ESN_NO));
	assert_int_equal(ike_select_proposal(&ours, 1, IKE_PROTO_ESP, &sa, true, &chosen, &taken),
			 0);
	assert_int_equal(ike_select_group(&chosen), DH_NONE);
	assert_int_equal(ike_select_proposal(&ours, 1, IKE_PROTO_ESP, &sa, false, &chosen, &taken),
			 -ENOENT);
}

static void test_an_answer_must_be_one_offer_with_one_transform_a_type(void **state)
{
	struct ike_offer ours[2] = {offer(1, esp(256, DH_NONE, ESN_NO)),
				    offer(2, esp(128, DH_NONE, ESN_NO))};
	struct ike_sa_payload answer = {.count = 1};
	const struct ike_offer *taken;
	struct proposal chosen;

	(void)state;
	answer.offers[0] = offer(2, esp(128, DH_NONE, ESN_NO));
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), 0);
	answer.offers[0].number = 1; /* that number was another offer */
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), -EBADMSG);
	answer.offers[0] = offer(2, esp(128, DH_NONE, ESN_NO));
	proposal_add(&answer.offers[0].proposal, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), -EBADMSG);
	answer.offers[0] = offer(2, esp(192, DH_NONE, ESN_NO)); /* never offered */
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), -EBADMSG);
	answer.count = 2;
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), -EBADMSG);
	answer.count = 0;
	assert_int_equal(ike_select_answer(ours, 2, &answer, false, &chosen, &taken), -EBADMSG);
}

static void test_esn_is_offered_both_ways_unless_configured(void **state)
{
	const struct proposal plain = esp(128, DH_NONE, -1), only = esp(128, DH_NONE, ESN_YES);
	struct proposal p = ike_select_strip(&plain, false, true);

	(void)state;
	assert_int_equal(proposal_first(&p, TRANSFORM_ESN)->id, ESN_NO);
	assert_int_equal(p.count, 3);
	p = ike_select_strip(&only, false, true);
	assert_int_equal(proposal_first(&p, TRANSFORM_ESN)->id, ESN_YES);
	assert_int_equal(p.count, 2);
}

static void test_groups_are_looked_for_in_all_proposals(void **state)
{
	const struct proposal p[2] = {esp(128, DH_NONE, -1), esp(128, DH_ECP_256, -1)};

	(void)state;
	assert_true(ike_select_has_group(p, 2, DH_ECP_256));
	assert_false(ike_select_has_group(p, 1, DH_ECP_256));
	assert_false(ike_select_has_group(p, 2, DH_CURVE25519));
}

/* ---- selectors --------------------------------------------------------------------------------- */

static struct selector sel(const char *local, const char *remote)
{
	struct selector s = {0};

	prefix_parse(&s.local, local);
	prefix_parse(&s.remote, remote);
	return s;
}

static struct ike_ts_payload ts(const char *prefix)
{
	const struct selector s = sel(prefix, prefix);
	struct ike_ts_payload p = {.count = 1};

	p.ts[0] = ike_ts_from_selector(&s, true);
	return p;
}

static struct conn two_children(void)
{
	struct conn c = {.child_count = 2};

	c.children[0] = (struct conn_child){.child = 10, .reqid = 1};
	c.children[0].selector = sel("10.1.0.0/16", "10.2.0.0/16");
	c.children[1] = (struct conn_child){.child = 20, .reqid = 2};
	c.children[1].selector = sel("10.3.0.0/16", "10.2.0.0/16");
	return c;
}

static void test_a_wider_offer_is_narrowed_to_the_whole_child(void **state)
{
	const struct conn c = two_children();
	const struct ike_ts_payload mine = ts("10.0.0.0/8"), theirs = ts("0.0.0.0/0");
	struct selector out;

	(void)state;
	assert_int_equal(ike_select_child(&c, &mine, &theirs, &out)->child, 10);
	assert_true(selector_equal(&out, &c.children[0].selector));
}

static void test_a_narrower_offer_is_taken_as_it_is(void **state)
{
	const struct conn c = two_children();
	const struct ike_ts_payload mine = ts("10.3.7.0/24"), theirs = ts("10.2.1.0/24");
	struct selector out, want = sel("10.3.7.0/24", "10.2.1.0/24");

	(void)state;
	assert_int_equal(ike_select_child(&c, &mine, &theirs, &out)->child, 20);
	assert_true(selector_equal(&out, &want));
}

/* RFC 7296 2.9: the first selector may be that of the packet which asked for the SA. */
static void test_the_packets_own_selector_chooses_the_child_and_the_wide_one_its_size(void **state)
{
	const struct conn c = two_children();
	struct ike_ts_payload mine = ts("10.3.7.7/32"), theirs = ts("10.2.1.1/32");
	struct selector out;

	(void)state;
	mine.ts[mine.count++] = ts("10.0.0.0/8").ts[0];
	theirs.ts[theirs.count++] = ts("10.0.0.0/8").ts[0];
	assert_int_equal(ike_select_child(&c, &mine, &theirs, &out)->child, 20);
	assert_true(selector_equal(&out, &c.children[1].selector));
}

static void test_selectors_that_do_not_meet_choose_nothing(void **state)
{
	const struct conn c = two_children();
	const struct ike_ts_payload mine = ts("192.0.2.0/24"), theirs = ts("10.2.0.0/16");
	const struct ike_ts_payload none = {.count = 0};
	struct selector out;

	(void)state;
	assert_null(ike_select_child(&c, &mine, &theirs, &out));
	assert_null(ike_select_child(&c, &none, &theirs, &out));
	assert_null(ike_select_child(&c, &mine, &none, &out));
}

static void test_within_looks_at_prefixes_protocol_and_ports(void **state)
{
	const struct selector outer = sel("10.1.0.0/16", "10.2.0.0/16");
	struct selector inner = sel("10.1.1.0/24", "10.2.0.0/16"), tcp = outer;

	(void)state;
	assert_true(ike_select_within(&inner, &outer));
	assert_true(ike_select_within(&outer, &outer));
	assert_false(ike_select_within(&outer, &inner));
	tcp.proto = 6;
	tcp.remote_port = 443;
	tcp.remote_port_mask = 0xffff;
	assert_true(ike_select_within(&tcp, &outer));
	assert_false(ike_select_within(&outer, &tcp));
	inner = tcp;
	inner.remote_port = 444;
	assert_false(ike_select_within(&inner, &tcp));
}

/* ---- nonces ------------------------------------------------------------------------------------ */

static void test_nonces_are_compared_as_octets_and_then_by_length(void **state)
{
	const struct ike_nonce a = {.len = 16, .data = {1, 2}}, b = {.len = 16, .data = {1, 3}};
	const struct ike_nonce c = {.len = 17, .data = {1, 2}};

	(void)state;
	assert_true(ike_nonce_cmp(&a, &b) < 0);
	assert_true(ike_nonce_cmp(&b, &a) > 0);
	assert_true(ike_nonce_cmp(&a, &c) < 0);
	assert_int_equal(ike_nonce_cmp(&a, &a), 0);
	assert_ptr_equal(ike_nonce_lowest(&b, &a), &a);
	assert_int_equal(ike_collide_rekey(&a, &b), IKE_COLLIDE_LOSE);
	assert_int_equal(ike_collide_rekey(&b, &a), IKE_COLLIDE_WIN);
	assert_int_equal(ike_collide_rekey(&a, NULL), IKE_COLLIDE_NONE);
}

static void test_a_rekey_request_is_answered_by_the_childs_phase(void **state)
{
	struct ike_child c = {.phase = IKE_CHILD_LIVE};

	(void)state;
	assert_int_equal(ike_collide_rekey_request(&c, IKE_PHASE_ESTABLISHED, false), 0);
	assert_int_equal(ike_collide_rekey_request(&c, IKE_PHASE_CLOSING, false),
			 IKE_N_TEMPORARY_FAILURE);
	assert_int_equal(ike_collide_rekey_request(NULL, IKE_PHASE_ESTABLISHED, false),
			 IKE_N_CHILD_SA_NOT_FOUND);
	assert_int_equal(ike_collide_rekey_request(NULL, IKE_PHASE_ESTABLISHED, true),
			 IKE_N_TEMPORARY_FAILURE);
	c.phase = IKE_CHILD_DELETING;
	assert_int_equal(ike_collide_rekey_request(&c, IKE_PHASE_ESTABLISHED, false),
			 IKE_N_TEMPORARY_FAILURE);
	c.phase = IKE_CHILD_REPLACED;
	assert_int_equal(ike_collide_rekey_request(&c, IKE_PHASE_ESTABLISHED, false),
			 IKE_N_TEMPORARY_FAILURE);
	c.phase = IKE_CHILD_DEAD;
	assert_int_equal(ike_collide_rekey_request(&c, IKE_PHASE_ESTABLISHED, false),
			 IKE_N_CHILD_SA_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_our_preference_counts_not_the_order_of_the_offers),
		cmocka_unit_test(test_offers_of_another_protocol_or_spi_size_are_passed_over),
		cmocka_unit_test(test_pfs_does_not_count_in_ike_auth),
		cmocka_unit_test(test_an_answer_must_be_one_offer_with_one_transform_a_type),
		cmocka_unit_test(test_esn_is_offered_both_ways_unless_configured),
		cmocka_unit_test(test_groups_are_looked_for_in_all_proposals),
		cmocka_unit_test(test_a_wider_offer_is_narrowed_to_the_whole_child),
		cmocka_unit_test(test_a_narrower_offer_is_taken_as_it_is),
		cmocka_unit_test(
			test_the_packets_own_selector_chooses_the_child_and_the_wide_one_its_size),
		cmocka_unit_test(test_selectors_that_do_not_meet_choose_nothing),
		cmocka_unit_test(test_within_looks_at_prefixes_protocol_and_ports),
		cmocka_unit_test(test_nonces_are_compared_as_octets_and_then_by_length),
		cmocka_unit_test(test_a_rekey_request_is_answered_by_the_childs_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
