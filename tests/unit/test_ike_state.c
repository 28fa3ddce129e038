/* The durable state of an IKE SA: what is in it before a send and after an accept. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"
#include "ike/crypto/crypto.h"
#include "ike/v2/state.h"

static const uint8_t digest[IKE_STATE_DIGEST_LEN] = {1, 2, 3};

static void test_a_fresh_state_has_a_version_and_a_size(void **state)
{
	struct ike_sa_state *s = ike_state_new();

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->version, IKE_STATE_VERSION);
	assert_int_equal(s->size, sizeof(*s));
	ike_state_free(s);
	ike_state_free(NULL);
}

static void test_ivs_never_repeat_and_are_reserved_in_blocks(void **state)
{
	struct ike_sa_state *s = ike_state_new();
	uint64_t last = 0;

	(void)state;
	for (unsigned int i = 0; i < 3 * IKE_STATE_IV_BLOCK; i++) {
		const uint64_t iv = ike_state_take_iv(s);

		assert_true(iv > last);
		assert_true(iv < s->iv_reserved);
		last = iv;
	}
	/* After a restart the rest of a block is skipped: nothing that was used comes again. */
	s->iv_next = s->iv_reserved;
	assert_true(ike_state_take_iv(s) > last);
	ike_state_free(s);
}

static void test_a_request_is_in_the_state_before_it_leaves(void **state)
{
	struct ike_sa_state *s = ike_state_new();
	const uint8_t bytes[] = {9, 8, 7};
	const struct view v = {.data = bytes, .len = sizeof(bytes)};

	(void)state;
	s->send_id = 4;
	assert_int_equal(ike_state_request(s, v), 0);
	assert_int_equal(s->request_len, 3);
	assert_memory_equal(s->request, bytes, 3);
	assert_int_equal(s->send_id, 4); /* until its answer is accepted */
	assert_int_equal(s->send_reserved, 5);
	ike_state_answered(s);
	assert_int_equal(s->request_len, 0);
	assert_int_equal(s->send_id, 5);
	ike_state_free(s);
}

static void test_what_does_not_fit_is_refused_and_changes_nothing(void **state)
{
	struct ike_sa_state *s = ike_state_new();
	static const uint8_t big[IKE_STATE_MESSAGE_MAX + 1];
	const struct view v = {.data = big, .len = sizeof(big)};

	(void)state;
	assert_int_equal(ike_state_request(s, v), -EMSGSIZE);
	assert_int_equal(ike_state_request(s, (struct view){0}), -EMSGSIZE);
	assert_int_equal(ike_state_response(s, v, digest), -EMSGSIZE);
	assert_int_equal(s->send_reserved, 0);
	assert_int_equal(s->receive_id, 0);
	ike_state_free(s);
}

static void test_the_window_takes_the_next_repeats_the_last_and_drops_the_rest(void **state)
{
	struct ike_sa_state *s = ike_state_new();
	const uint8_t bytes[] = {1};
	const struct view v = {.data = bytes, .len = sizeof(bytes)};

	(void)state;
	assert_int_equal(ike_state_window(s, 0), IKE_WINDOW_NEW);
	assert_int_equal(ike_state_window(s, 1), IKE_WINDOW_DROP);
	assert_int_equal(ike_state_window(s, UINT32_MAX), IKE_WINDOW_DROP);
	assert_int_equal(ike_state_response(s, v, digest), 0);
	assert_int_equal(ike_state_window(s, 0), IKE_WINDOW_AGAIN);
	assert_int_equal(ike_state_window(s, 1), IKE_WINDOW_NEW);
	assert_int_equal(ike_state_window(s, 2), IKE_WINDOW_DROP);
	assert_memory_equal(s->request_digest, digest, sizeof(digest));
	ike_state_free(s);
}

static void test_keys_go_in_and_come_out_the_same(void **state)
{
	struct ike_sa_state *s = ike_state_new();
	struct ike_keys in = {0}, out;
	struct secret **const keys[] = {&in.d, &in.ei, &in.er, &in.pi, &in.pr};
	uint8_t bytes[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		memset(bytes, (int)i + 1, sizeof(bytes));
		*keys[i] = secret_new(bytes, 32 + i * 4);
	}
	proposal_add(&in.chosen, TRANSFORM_ENCR, ENCR_AES_GCM_16, 256);
	ike_state_put_keys(s, &in);
	assert_int_equal(ike_state_get_keys(s, &out), 0);
	assert_true(secret_equal(in.d, out.d) && secret_equal(in.ei, out.ei));
	assert_true(secret_equal(in.er, out.er) && secret_equal(in.pi, out.pi));
	assert_true(secret_equal(in.pr, out.pr));
	assert_null(out.ai);
	assert_true(proposal_equal(&in.chosen, &out.chosen));
	ike_keys_clear(&in);
	ike_keys_clear(&out);
	ike_state_free(s);
}

static void test_child_slots_are_bounded_and_used_again(void **state)
{
	struct ike_sa_state *s = ike_state_new();

	(void)state;
	for (int i = 0; i < IKE_STATE_CHILDREN_MAX; i++)
		assert_int_equal(ike_state_child_slot(s), i);
	assert_int_equal(ike_state_child_slot(s), -ENOSPC);
	s->children[7].spi_in = 4711;
	ike_state_child_drop(s, 7);
	assert_int_equal(s->children[7].spi_in, 0);
	assert_int_equal(ike_state_child_slot(s), 7);
	ike_state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_fresh_state_has_a_version_and_a_size),
		cmocka_unit_test(test_ivs_never_repeat_and_are_reserved_in_blocks),
		cmocka_unit_test(test_a_request_is_in_the_state_before_it_leaves),
		cmocka_unit_test(test_what_does_not_fit_is_refused_and_changes_nothing),
		cmocka_unit_test(
			test_the_window_takes_the_next_repeats_the_last_and_drops_the_rest),
		cmocka_unit_test(test_keys_go_in_and_come_out_the_same),
		cmocka_unit_test(test_child_slots_are_bounded_and_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
