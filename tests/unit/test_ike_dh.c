/* Diffie-Hellman: the RFCs' vectors, both ends agree, and values that must be refused. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "base/secret.h"
#include "hex.h"
#include "ike/crypto/crypto_internal.h"

static const uint16_t all_groups[] = {DH_MODP_2048, DH_ECP_256, DH_CURVE25519};

static void assert_shared(struct ike_dh *dh, struct view peer, struct view want)
{
	struct secret *s = NULL;

	assert_non_null(dh);
	assert_int_equal(ike_dh_shared(dh, peer, &s), 0);
	assert_true(view_equal(secret_view(s), want));
	secret_free(s);
	ike_dh_free(dh);
}

static void assert_refused(const struct ike_dh *dh, struct view peer)
{
	struct secret *s = (struct secret *)(uintptr_t)1;

	assert_int_equal(ike_dh_shared(dh, peer, &s), -EBADMSG);
	assert_null(s);
}

/* RFC 5903 8.1: the secret is girx, the x coordinate alone. */
static void test_p256_is_that_of_rfc_5903(void **state)
{
	const struct view i =
		hex("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");
	const struct view gi =
		hex("DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
		    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3");
	const struct view r =
		hex("C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53");
	const struct view gr =
		hex("D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
		    "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB");
	const struct view girx =
		hex("D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE");

	(void)state;
	assert_shared(ike_dh_of_pair(DH_ECP_256, i, gi), gr, girx);
	assert_shared(ike_dh_of_pair(DH_ECP_256, r, gr), gi, girx);
}

/* RFC 7748 6.1 and the first vector of 5.2. */
static void test_x25519_is_that_of_rfc_7748(void **state)
{
	const struct view a =
		hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
	const struct view ga =
		hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
	const struct view b =
		hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
	const struct view gb =
		hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
	const struct view k =
		hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
	struct ike_dh *dh = ike_dh_of_pair(DH_CURVE25519, a, ga);

	(void)state;
	assert_true(view_equal(ike_dh_public(dh), ga));
	assert_shared(dh, gb, k);
	assert_shared(ike_dh_of_pair(DH_CURVE25519, b, gb), ga, k);
	assert_shared(
		ike_dh_of_pair(
			DH_CURVE25519,
			hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
			gb),
		hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
		hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
}

/* A number of 256 bytes: 1 << bit. */
static struct view power_of_two(unsigned int bit, uint8_t out[256])
{
	memset(out, 0, 256);
	out[255 - bit / 8] = (uint8_t)(1u << bit % 8);
	return (struct view){out, 256};
}

/* 2^10 and 2^9 give 2^90, far below the prime: 244 zero bytes must stand in front. */
static void test_modp_secret_keeps_its_leading_zeros(void **state)
{
	uint8_t own[256], peer[256], want[256];
	struct ike_dh *dh = ike_dh_of_pair(DH_MODP_2048, hex("0a"), power_of_two(10, own));

	(void)state;
	assert_non_null(dh);
	assert_true(view_equal(ike_dh_public(dh), (struct view){own, 256}));
	assert_shared(dh, power_of_two(9, peer), power_of_two(90, want));
}

static void test_both_ends_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ike_dh *a = ike_dh_new(all_groups[i]), *b = ike_dh_new(all_groups[i]);
		struct secret *x = NULL, *y = NULL;

		assert_int_equal(ike_dh_public(a).len, ike_dh_public_len(all_groups[i]));
		assert_false(view_equal(ike_dh_public(a), ike_dh_public(b)));
		assert_int_equal(ike_dh_shared(a, ike_dh_public(b), &x), 0);
		assert_int_equal(ike_dh_shared(b, ike_dh_public(a), &y), 0);
		assert_true(secret_equal(x, y));
		assert_int_equal(secret_len(x), all_groups[i] == DH_MODP_2048 ? 256 : 32);
		secret_free(x);
		secret_free(y);
		ike_dh_free(a);
		ike_dh_free(b);
	}
}

static void test_a_public_value_of_another_length_is_refused(void **state)
{
	static const uint8_t zeros[300];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ike_dh *dh = ike_dh_new(all_groups[i]);
		size_t len = ike_dh_public_len(all_groups[i]);

		assert_refused(dh, (struct view){0});
		assert_refused(dh, (struct view){zeros, len - 1});
		assert_refused(dh, (struct view){zeros, len + 1});
		assert_refused(dh, (struct view){zeros, len});
		ike_dh_free(dh);
	}
}

static void test_a_point_off_the_curve_is_refused(void **state)
{
	struct ike_dh *dh = ike_dh_new(DH_ECP_256), *other = ike_dh_new(DH_ECP_256);
	uint8_t point[64];

	(void)state;
	memcpy(point, ike_dh_public(other).data, sizeof(point));
	for (size_t i = 0; i < sizeof(point); i++) {
		point[i] ^= 1;
		assert_refused(dh, (struct view){point, sizeof(point)});
		point[i] ^= 1;
	}
	memset(point, 0xff, sizeof(point)); /* coordinates over the field */
	assert_refused(dh, (struct view){point, sizeof(point)});
	ike_dh_free(dh);
	ike_dh_free(other);
}

/* 0, 1, p - 1 and p and more: each would let a forger know the secret (RFC 6989 2.1). RFC 3526: the
 * prime of group 14 begins and ends with 64 one bits. */
static void test_modp_values_out_of_range_are_refused(void **state)
{
	struct ike_dh *dh = ike_dh_new(DH_MODP_2048);
	uint8_t y[256] = {0};

	(void)state;
	assert_refused(dh, (struct view){y, 256});
	y[255] = 1;
	assert_refused(dh, (struct view){y, 256});
	memset(y, 0xff, sizeof(y));
	assert_refused(dh, (struct view){y, 256});
	ike_dh_free(dh);
}

/* The points of small order: whatever the private key, the result is zero (RFC 7748 6.1). */
static void test_x25519_results_of_zero_are_refused(void **state)
{
	static const char *const small[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct ike_dh *dh = ike_dh_new(DH_CURVE25519);

	(void)state;
	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		assert_refused(dh, hex(small[i]));
	ike_dh_free(dh);
}

static void test_other_groups_are_not_supported(void **state)
{
	(void)state;
	assert_null(ike_dh_new(2));
	assert_null(ike_dh_new(DH_NONE));
	assert_int_equal(ike_dh_public_len(20), 0);
	assert_null(ike_dh_of_pair(20, hex("01"), hex("02")));
	assert_null(ike_dh_of_pair(DH_ECP_256, hex("01"), hex("02")));
	ike_dh_free(NULL);
}

static int agree(void *arg)
{
	uint16_t group = *(const uint16_t *)arg;
	struct ike_dh *a = ike_dh_new(group), *b = a ? ike_dh_new(group) : NULL;
	struct secret *s = NULL;
	int rc = b ? ike_dh_shared(a, ike_dh_public(b), &s) : -ENOMEM;

	secret_free(s);
	ike_dh_free(a);
	ike_dh_free(b);
	return rc;
}

static void test_without_memory_nothing_is_left(void **state)
{
	uint16_t group = DH_CURVE25519;

	(void)state;
	assert_int_equal(unit_fail_each_allocation(agree, &group), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p256_is_that_of_rfc_5903),
		cmocka_unit_test(test_x25519_is_that_of_rfc_7748),
		cmocka_unit_test(test_modp_secret_keeps_its_leading_zeros),
		cmocka_unit_test(test_both_ends_agree),
		cmocka_unit_test(test_a_public_value_of_another_length_is_refused),
		cmocka_unit_test(test_a_point_off_the_curve_is_refused),
		cmocka_unit_test(test_modp_values_out_of_range_are_refused),
		cmocka_unit_test(test_x25519_results_of_zero_are_refused),
		cmocka_unit_test(test_other_groups_are_not_supported),
		cmocka_unit_test(test_without_memory_nothing_is_left),
	};

	return cmocka_run_group_tests_name("ike_dh", tests, NULL, NULL);
}
