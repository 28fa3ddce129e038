#include "tests/unit/unit.h"

#include <errno.h>
#include <string.h>

#include "base/transform.h"

/* A proposal from rows that end with type 0. */
static struct proposal proposal(uint8_t protocol, const struct transform *rows)
{
	struct proposal p = {.protocol = protocol};

	for (; rows->type; rows++)
		assert_int_equal(proposal_add(&p, rows->type, rows->id, rows->key_bits), 0);
	return p;
}

#define PROPOSAL(protocol, ...) proposal(protocol, (const struct transform[]){__VA_ARGS__, {0}})

#define GCM256                                                                                     \
	{                                                                                          \
		TRANSFORM_ENCR, ENCR_AES_GCM_16, 256                                               \
	}
#define GCM128                                                                                     \
	{                                                                                          \
		TRANSFORM_ENCR, ENCR_AES_GCM_16, 128                                               \
	}
#define CBC256                                                                                     \
	{                                                                                          \
		TRANSFORM_ENCR, ENCR_AES_CBC, 256                                                  \
	}
#define SHA256                                                                                     \
	{                                                                                          \
		TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, 0                                        \
	}
#define SHA512                                                                                     \
	{                                                                                          \
		TRANSFORM_INTEG, INTEG_HMAC_SHA2_512_256, 0                                        \
	}
#define NOINTEG                                                                                    \
	{                                                                                          \
		TRANSFORM_INTEG, INTEG_NONE, 0                                                     \
	}
#define PRF256                                                                                     \
	{                                                                                          \
		TRANSFORM_PRF, PRF_HMAC_SHA2_256, 0                                                \
	}
#define ECP256                                                                                     \
	{                                                                                          \
		TRANSFORM_DH, DH_ECP_256, 0                                                        \
	}
#define X25519                                                                                     \
	{                                                                                          \
		TRANSFORM_DH, DH_CURVE25519, 0                                                     \
	}
#define NODH                                                                                       \
	{                                                                                          \
		TRANSFORM_DH, DH_NONE, 0                                                           \
	}
#define ESN                                                                                        \
	{                                                                                          \
		TRANSFORM_ESN, ESN_YES, 0                                                          \
	}
#define NOESN                                                                                      \
	{                                                                                          \
		TRANSFORM_ESN, ESN_NO, 0                                                           \
	}

static void chosen_is(struct proposal ours, struct proposal theirs, struct proposal expected)
{
	struct proposal got = {0};

	assert_true(proposal_choose(&ours, &theirs, &got));
	assert_int_equal(got.count, expected.count);
	for (size_t i = 0; i < expected.count; i++) {
		const struct transform *want = &expected.t[i],
				       *have = proposal_first(&got, want->type);

		assert_non_null(have);
		assert_int_equal(have->id, want->id);
		assert_int_equal(have->key_bits, want->key_bits);
	}
}

static void not_chosen(struct proposal ours, struct proposal theirs)
{
	struct proposal got = {.count = 7};

	assert_false(proposal_choose(&ours, &theirs, &got));
	assert_int_equal(got.count, 7);
}

static void test_our_order_of_preference_decides(void **state)
{
	(void)state;
	chosen_is(PROPOSAL(IKE_PROTO_IKE, GCM256, GCM128, PRF256, X25519, ECP256),
		  PROPOSAL(IKE_PROTO_IKE, GCM128, GCM256, PRF256, ECP256, X25519),
		  PROPOSAL(IKE_PROTO_IKE, GCM256, PRF256, X25519));
	chosen_is(PROPOSAL(IKE_PROTO_IKE, GCM256, GCM128, PRF256, X25519, ECP256),
		  PROPOSAL(IKE_PROTO_IKE, GCM128, PRF256, ECP256),
		  PROPOSAL(IKE_PROTO_IKE, GCM128, PRF256, ECP256));
}

static void test_key_length_is_part_of_a_cipher(void **state)
{
	(void)state;
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM128));
}

static void test_a_type_only_one_side_names_is_no_match(void **state)
{
	(void)state;
	not_chosen(PROPOSAL(IKE_PROTO_IKE, GCM256, ECP256),
		   PROPOSAL(IKE_PROTO_IKE, GCM256, PRF256, ECP256));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256, ECP256), PROPOSAL(IKE_PROTO_ESP, GCM256));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256, ESN));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, NOESN));
}

static void test_absent_and_none_are_the_same(void **state)
{
	(void)state;
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256, NODH, NOESN),
		  PROPOSAL(IKE_PROTO_ESP, GCM256, NODH, NOESN));
	/* An answer names nothing that the offer did not. */
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256, ECP256, NODH, NOESN),
		  PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256));
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256, ESN, NOESN),
		  PROPOSAL(IKE_PROTO_ESP, GCM256, NOESN), PROPOSAL(IKE_PROTO_ESP, GCM256, NOESN));
}

static void test_a_combined_cipher_takes_no_integrity(void **state)
{
	(void)state;
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256, NOINTEG),
		  PROPOSAL(IKE_PROTO_ESP, GCM256, NOINTEG));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256, SHA256));
	/* Mixed offers fall back to the pair that goes together. */
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256, CBC256, SHA256),
		  PROPOSAL(IKE_PROTO_ESP, GCM256, CBC256, SHA256),
		  PROPOSAL(IKE_PROTO_ESP, CBC256, SHA256));
}

static void test_another_cipher_is_never_without_integrity(void **state)
{
	(void)state;
	not_chosen(PROPOSAL(IKE_PROTO_ESP, CBC256), PROPOSAL(IKE_PROTO_ESP, CBC256));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, CBC256, NOINTEG),
		   PROPOSAL(IKE_PROTO_ESP, CBC256, NOINTEG));
	chosen_is(PROPOSAL(IKE_PROTO_ESP, CBC256, SHA512, SHA256),
		  PROPOSAL(IKE_PROTO_ESP, CBC256, SHA256), PROPOSAL(IKE_PROTO_ESP, CBC256, SHA256));
	not_chosen(PROPOSAL(IKE_PROTO_ESP, CBC256, SHA512),
		   PROPOSAL(IKE_PROTO_ESP, CBC256, SHA256));
}

static void test_ah_has_no_cipher(void **state)
{
	(void)state;
	chosen_is(PROPOSAL(IKE_PROTO_AH, SHA256), PROPOSAL(IKE_PROTO_AH, SHA512, SHA256),
		  PROPOSAL(IKE_PROTO_AH, SHA256));
	not_chosen(PROPOSAL(IKE_PROTO_AH, NOINTEG), PROPOSAL(IKE_PROTO_AH, NOINTEG));
	not_chosen(PROPOSAL(IKE_PROTO_AH, SHA256), PROPOSAL(IKE_PROTO_AH, GCM256, SHA256));
	not_chosen(PROPOSAL(IKE_PROTO_AH, SHA256), PROPOSAL(IKE_PROTO_ESP, SHA256));
}

static void test_an_unknown_id_or_type_is_never_chosen(void **state)
{
	(void)state;
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256),
		   PROPOSAL(IKE_PROTO_ESP, {TRANSFORM_ENCR, 999, 256}));
	chosen_is(PROPOSAL(IKE_PROTO_ESP, GCM256),
		  PROPOSAL(IKE_PROTO_ESP, {TRANSFORM_ENCR, 999, 256}, GCM256),
		  PROPOSAL(IKE_PROTO_ESP, GCM256));
}

/* RFC 7296 3.3.6; what an SA payload reader marks as not understood goes the same way. */
static void test_a_type_nobody_knows_spoils_the_whole_proposal(void **state)
{
	(void)state;
	not_chosen(PROPOSAL(IKE_PROTO_ESP, GCM256), PROPOSAL(IKE_PROTO_ESP, GCM256, {6, 36, 0}));
	not_chosen(
		PROPOSAL(IKE_PROTO_ESP, GCM256),
		PROPOSAL(IKE_PROTO_ESP, {TRANSFORM_ENCR, ENCR_AES_GCM_16, TRANSFORM_KEY_BITS_BAD}));
	assert_true(transform_known(TRANSFORM_DH, DH_CURVE25519));
	assert_false(transform_known(TRANSFORM_DH, 2));
	assert_false(transform_known(6, 0));
}

static void test_a_type_can_be_taken_out(void **state)
{
	struct proposal p = PROPOSAL(IKE_PROTO_ESP, X25519, GCM256, ECP256, ESN);
	struct proposal want = PROPOSAL(IKE_PROTO_ESP, GCM256, ESN);

	(void)state;
	proposal_remove(&p, TRANSFORM_DH);
	assert_memory_equal(&p, &want, sizeof(p));
	proposal_remove(&p, TRANSFORM_PRF);
	assert_true(proposal_equal(&p, &want));
}

static void test_a_proposal_has_an_end(void **state)
{
	struct proposal p = {.protocol = IKE_PROTO_ESP}, q;

	(void)state;
	for (unsigned int i = 0; i < PROPOSAL_TRANSFORMS_MAX; i++)
		assert_int_equal(proposal_add(&p, TRANSFORM_DH, (uint16_t)i, 0), 0);
	assert_int_equal(proposal_add(&p, TRANSFORM_DH, 99, 0), -ENOSPC);
	assert_int_equal(p.count, PROPOSAL_TRANSFORMS_MAX);
	assert_int_equal(proposal_first(&p, TRANSFORM_DH)->id, 0);
	assert_null(proposal_first(&p, TRANSFORM_PRF));
	q = p;
	assert_true(proposal_equal(&p, &q));
	q.t[5].key_bits = 1;
	assert_false(proposal_equal(&p, &q));
	q = p;
	q.count--;
	assert_false(proposal_equal(&p, &q));
	q = p;
	q.protocol = IKE_PROTO_AH;
	assert_false(proposal_equal(&p, &q));
}

static void test_names_are_the_routers_or_the_number(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(transform_name(TRANSFORM_ENCR, ENCR_AES_GCM_16, buf, 16), "AES-GCM");
	assert_string_equal(transform_name(TRANSFORM_PRF, PRF_HMAC_SHA2_384, buf, 16), "SHA384");
	assert_string_equal(transform_name(TRANSFORM_INTEG, INTEG_HMAC_SHA2_256_128, buf, 16),
			    "SHA256");
	assert_string_equal(transform_name(TRANSFORM_DH, DH_ECP_256, buf, 16), "19");
	assert_string_equal(transform_name(TRANSFORM_ENCR, 65535, buf, 16), "65535");
	assert_string_equal(transform_name(77, 1, buf, 16), "1");
	assert_true(encr_is_aead(ENCR_AES_GCM_16));
	assert_false(encr_is_aead(ENCR_AES_CBC));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_our_order_of_preference_decides),
		cmocka_unit_test(test_key_length_is_part_of_a_cipher),
		cmocka_unit_test(test_a_type_only_one_side_names_is_no_match),
		cmocka_unit_test(test_absent_and_none_are_the_same),
		cmocka_unit_test(test_a_combined_cipher_takes_no_integrity),
		cmocka_unit_test(test_another_cipher_is_never_without_integrity),
		cmocka_unit_test(test_ah_has_no_cipher),
		cmocka_unit_test(test_an_unknown_id_or_type_is_never_chosen),
		cmocka_unit_test(test_a_type_nobody_knows_spoils_the_whole_proposal),
		cmocka_unit_test(test_a_type_can_be_taken_out),
		cmocka_unit_test(test_a_proposal_has_an_end),
		cmocka_unit_test(test_names_are_the_routers_or_the_number),
	};

	return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
